//! Which setting was probably meant.

use super::setting::{SETTINGS, Setting};

/// How alike two names must be, from 0 (nothing in common) to 1 (the same).
const ALIKE: f64 = 0.7;

/// The setting whose name is nearest to a name that is none, if one is near: a misspelling, another case, hyphens, the
/// name of its variable, or the last or the first part of its name alone.
pub(super) fn nearest(name: &str) -> Option<&'static Setting> {
    let name = name.to_ascii_lowercase().replace(['-', '.', ' '], "_");
    let name = name.strip_prefix("kaiwa_").unwrap_or(&name);
    SETTINGS
        .iter()
        .map(|setting| (alikeness(name, setting.key), *setting))
        .filter(|(alikeness, _)| *alikeness >= ALIKE)
        // The first of equals: the plain setting stands before its file.
        .reduce(|best, other| if other.0 > best.0 { other } else { best })
        .map(|(_, setting)| setting)
}

fn alikeness(name: &str, key: &str) -> f64 {
    let part = name.len() >= 4
        && (key
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('_'))
            || key
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('_')));
    let spelt = strsim::normalized_damerau_levenshtein(name, key);
    if part { spelt.max(0.9) } else { spelt }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_understood() {
        let table = [
            ("sytem_prompt", Some("system_prompt")),
            ("System-Prompt", Some("system_prompt")),
            ("DISCORD_TOKEN", Some("discord_token")),
            ("KAIWA_MODEL", Some("model")),
            ("token", Some("discord_token")),
            ("api_key", Some("openai_api_key")),
            ("base_url", Some("openai_base_url")),
            ("drain", Some("drain_seconds")),
            ("log_fromat", Some("log_format")),
            ("modle", Some("model")),
            ("service_host", None),
            ("port", None),
            ("colour", None),
            ("", None),
        ];
        for (name, meant) in table {
            assert_eq!(nearest(name).map(|setting| setting.key), meant, "{name}");
        }
    }
}
