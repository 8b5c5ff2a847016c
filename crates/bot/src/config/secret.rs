//! Secrets, from their setting or from a file that another setting names. Their values never reach a message.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use kaiwa_core::words::configuration;
use secrecy::SecretString;

use super::{
    problem::Place,
    resolve::{Resolver, in_environment},
    said::{Said, Saying, not_read},
    setting::Setting,
};

/// What was said of a secret, or of a text, that may also be in a file.
pub(super) enum Given {
    /// Nothing.
    Nothing,
    /// Something that can't be used; the problem is told.
    Unusable,
    /// A value, and the setting's name where it was said.
    Value(String, Place, String),
}

impl Resolver {
    /// A text that is said itself, or that a file holds. Both in one place contradict each other; the environment's
    /// either goes before the file's either.
    pub(super) fn text_or_file(&mut self, direct: &Setting, file: &Setting) -> Given {
        let both = |sayings: &BTreeMap<&str, Saying>| {
            (
                sayings.get(direct.key).cloned(),
                sayings.get(file.key).cloned(),
            )
        };
        let said = match both(&self.said.in_environment) {
            (None, None) => both(&self.said.in_file),
            environment => environment,
        };
        match said {
            (None, None) => Given::Nothing,
            (Some(one), Some(other)) => {
                let problem =
                    configuration::given_twice(self.said.problems.locale, &one.name, &other.name);
                self.said.problems.add(one.place.max(other.place), problem);
                Given::Unusable
            }
            (Some(saying), None) => match self.text(direct) {
                Some(text) => Given::Value(text, saying.place, saying.name),
                None => Given::Unusable,
            },
            (None, Some(saying)) => match self.file(direct, file, &saying) {
                Some(text) => Given::Value(text, saying.place, saying.name),
                None => Given::Unusable,
            },
        }
    }

    /// A secret, checked as far as can be seen without using it.
    pub(super) fn secret(&mut self, direct: &Setting, file: &Setting) -> Secret {
        let (text, place, name) = match self.text_or_file(direct, file) {
            Given::Nothing => return Secret::Missing,
            Given::Unusable => return Secret::Unusable,
            Given::Value(text, place, name) => (text, place, name),
        };
        let secret = text.trim();
        // People copy the whole header.
        let secret = secret
            .strip_prefix("Bot ")
            .or_else(|| secret.strip_prefix("Bearer "))
            .unwrap_or(secret)
            .trim();
        if secret.is_empty() {
            return Secret::Missing;
        }
        let locale = self.said.problems.locale;
        let problem = if is_placeholder(secret) {
            configuration::placeholder(locale, &name)
        } else if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            configuration::not_a_secret(locale, &name)
        } else {
            return Secret::Set(SecretString::from(secret));
        };
        self.said.problems.add(place, problem);
        Secret::Unusable
    }

    /// What a file holds, without the line break at its end.
    fn file(&mut self, direct: &Setting, file: &Setting, saying: &Saying) -> Option<String> {
        let path = self.path(file)?;
        let shown = path.display().to_string();
        let Said {
            problems, folder, ..
        } = &mut self.said;
        // Paths of the environment start from the working directory.
        let from = if in_environment(saying) {
            Path::new("")
        } else {
            folder
        };
        let problem = match std::fs::read(&path).map(String::from_utf8) {
            Ok(Ok(text)) if !text.trim().is_empty() => {
                // Editors on Windows put a mark in front that nobody sees.
                let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
                return Some(text.trim_end_matches(['\n', '\r']).to_owned());
            }
            Ok(Ok(_)) => configuration::empty_file(problems.locale, &saying.name, &shown),
            Ok(Err(_)) => configuration::not_unicode(problems.locale, &shown),
            Err(_) if let Some(directory) = misplaced(&path, from) => configuration::no_such_file(
                problems.locale,
                &saying.name,
                &directory.display().to_string(),
                &name_of(direct, saying),
            ),
            Err(error) => {
                let mut other = String::new();
                configuration::unreadable_for(
                    problems.locale,
                    &saying.name,
                    &shown,
                    not_read(&error, &mut other),
                )
            }
        };
        problems.add(saying.place.clone(), problem);
        None
    }
}

/// What a secret is called where its file was named.
fn name_of(direct: &Setting, file: &Saying) -> String {
    match direct.shared {
        Some(shared) if in_environment(file) => shared.to_owned(),
        None if in_environment(file) => direct.variable(),
        Some(_) | None => direct.key.to_owned(),
    }
}

/// Where a file was looked for whose name may be the secret itself, and is not to be shown: nothing is there, nor the
/// first directory that it names. Relative paths start from `from`.
pub(crate) fn misplaced(path: &Path, from: &Path) -> Option<PathBuf> {
    if path.symlink_metadata().is_ok() {
        return None;
    }
    let written = path.strip_prefix(from).unwrap_or(path);
    let root = written
        .ancestors()
        .last()
        .filter(|last| last.has_root())
        .map(Path::to_path_buf);
    let names_a_directory = written
        .ancestors()
        .skip(1)
        .filter(|directory| directory.file_name().is_some() || directory.ends_with(".."))
        .last()
        .is_some_and(|first| from.join(first).is_dir());
    if names_a_directory {
        return None;
    }
    Some(root.unwrap_or_else(|| std::path::absolute(from.join(".")).unwrap_or_default()))
}

/// A secret, as far as it was said.
pub(super) enum Secret {
    Missing,
    Unusable,
    Set(SecretString),
}

impl Secret {
    pub(super) fn set(self) -> Option<SecretString> {
        match self {
            Self::Set(secret) => Some(secret),
            Self::Missing | Self::Unusable => None,
        }
    }
}

/// Whether it is what stands in examples: `your-token-here`, `<token>`, `sk-xxxx`, `changeme`.
fn is_placeholder(secret: &str) -> bool {
    let lower = secret.to_lowercase();
    let words: Vec<&str> = lower
        .split(|character: char| !character.is_alphanumeric())
        .collect();
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let is_filler = |word: &&str| word.len() >= 3 && word.chars().all(|character| character == 'x');
    lower.starts_with('<')
        || lower.contains("...")
        || lower.contains('…')
        // Nothing but a prefix and filler: a real secret may hold a few such letters.
        || (words.len() <= 2 && words.last().is_some_and(is_filler))
        || ["changeme", "change-me", "change_me"].contains(&lower.as_str())
        || (has(&["your"]) && has(&["token", "key", "here"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_examples_is_no_secret() {
        for text in [
            "your-token-here",
            "YOUR_BOT_TOKEN",
            "<token>",
            "sk-...",
            "sk-xxxxxxxx",
            "changeme",
            "change-me",
            "your key here",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
            "sk-proj-4f9aXXxyourkey_9-me-Tq",
            "test",
            "token",
            "sim.bot.token",
            "ollama",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
