//! What is known of models whose servers don't tell it: `known.toml`, read on first need.

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

use super::continuing::Continues;

/// What the file says.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    /// The models to take on OpenAI's servers when none is named, best first.
    default: Vec<String>,
    /// The beginnings of names, and how many tokens a prompt may have.
    windows: BTreeMap<String, u32>,
    /// How servers are told to go on with an answer, by what they say they are.
    continues: BTreeMap<String, Continues>,
    /// The beginnings of names of models that see pictures.
    pictures: Vec<String>,
    /// The beginnings of names of models that call tools.
    tools: Vec<String>,
}

/// The file, read once.
pub(super) fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    // It is part of the program and a test reads it, so it can't be broken; without it nothing would be known.
    KNOWN.get_or_init(|| toml::from_str(include_str!("known.toml")).unwrap_or_default())
}

impl Known {
    /// How many tokens the model's prompt may have, by the longest beginning of its name that is known.
    ///
    /// Gateways put the maker in front (`openai/gpt-6-luna`); fine-tunes of OpenAI's begin with `ft:`.
    pub(super) fn window(&self, name: &str) -> Option<u32> {
        let name = bare(name);
        self.windows
            .iter()
            .filter(|(beginning, _)| begins(&name, beginning))
            .max_by_key(|(beginning, _)| beginning.len())
            .map(|(_, window)| *window)
    }

    /// How a server is told to go on with an answer that broke off; none where it can't.
    pub(super) fn continues(&self, owned_by: &str) -> Option<Continues> {
        self.continues.get(owned_by).copied()
    }

    /// Whether the model sees pictures; none where that isn't known.
    pub(super) fn sees_pictures(&self, name: &str) -> Option<bool> {
        is_listed(&self.pictures, name)
    }

    /// Whether the model calls tools; none where that isn't known.
    pub(super) fn calls_tools(&self, name: &str) -> Option<bool> {
        is_listed(&self.tools, name)
    }

    /// The model to take on OpenAI's servers when none is named, among those that the account may use.
    pub(super) fn default(&self, served: &[String]) -> Option<&str> {
        self.default
            .iter()
            .find(|name| served.is_empty() || served.contains(name))
            .map(String::as_str)
    }
}

/// The name without its maker and without the mark of a fine-tune.
fn bare(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    name.strip_prefix("ft:").map(str::to_owned).unwrap_or(name)
}

/// Yes where a name begins so; what isn't listed may still be so.
fn is_listed(beginnings: &[String], name: &str) -> Option<bool> {
    let name = bare(name);
    let listed = beginnings.iter().any(|beginning| begins(&name, beginning));
    listed.then_some(true)
}

/// The name begins so, at the end of a word: `gpt-4` is not the beginning of `gpt-4o`, nor `o1` of `o10`.
fn begins(name: &str, beginning: &str) -> bool {
    name.strip_prefix(beginning).is_some_and(|rest| {
        beginning.ends_with('-')
            || rest
                .chars()
                .next()
                .is_none_or(|c| !c.is_ascii_alphanumeric())
    })
}
