//! The models that can be brought by name: `known.toml`, and how one of them comes here.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use serde::Deserialize;

use crate::{LocalError, Step, download, unpack};

/// The model that is taken when none is named.
pub const DEFAULT: &str = "smollm2";

/// A model that can be brought here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Its name here.
    #[serde(default)]
    pub name: String,
    /// What it is, for people.
    pub about: String,
    /// Under which licence it comes.
    pub licence: String,
    /// Where it comes from.
    pub url: String,
    /// How many bytes that are.
    pub size: u64,
    /// Their SHA-256, in hexadecimal.
    pub sha256: String,
    /// The model's place in the ZIP archive that comes.
    pub member: String,
}

/// All of them.
pub fn known() -> &'static [Known] {
    static KNOWN: OnceLock<Vec<Known>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        // It is part of the program and a test reads it, so it can't be broken.
        let table: std::collections::BTreeMap<String, Known> =
            toml::from_str(include_str!("known.toml")).unwrap_or_default();
        let named = table
            .into_iter()
            .map(|(name, known)| Known { name, ..known });
        named.collect()
    })
}

/// The model's file, brought here if it isn't yet.
pub(crate) async fn bring(
    known: &Known,
    directory: &Path,
    http: &reqwest::Client,
    tell: &mut impl FnMut(Step),
) -> Result<PathBuf, LocalError> {
    // Named by what it is, so that another one under the same name in the table is brought too.
    let short: String = known.sha256.chars().take(12).collect();
    let named = |ending: &str| directory.join(format!("{}-{short}.{ending}", known.name));
    let model = named("gguf");
    if tokio::fs::try_exists(&model).await.unwrap_or_default() {
        return Ok(model);
    }
    let archive = named("zip");
    let wanted = download::Wanted {
        url: &known.url,
        size: known.size,
        sha256: &known.sha256,
    };
    download::fetch(http, &wanted, &archive, tell).await?;
    unpack::member(&archive, &known.member, &model).await?;
    // The archive has done its duty; one that can't be removed only takes room.
    let _ = tokio::fs::remove_file(&archive).await;
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_has_the_default() {
        assert!(known().iter().any(|known| known.name == DEFAULT));
        for known in known() {
            assert!(known.url.starts_with("https://"), "{}", known.name);
            assert_eq!(known.sha256.len(), 64, "{}", known.name);
            assert!(known.size > 0 && !known.about.is_empty() && !known.licence.is_empty());
        }
    }
}
