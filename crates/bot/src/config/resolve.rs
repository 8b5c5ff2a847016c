//! From what was said to what counts: each value checked, all problems kept.

use std::path::PathBuf;

use kaiwa_core::words::{Locale, configuration};
use reqwest::Url;
use tracing_subscriber::EnvFilter;

use super::{
    problem::Place,
    said::{Said, Saying, Value},
    setting::{Setting, Takes},
};

/// Takes settings out of what was said, one by one.
pub(super) struct Resolver {
    pub(super) said: Said,
}

impl Resolver {
    /// A text, whole.
    pub(super) fn text(&mut self, setting: &Setting) -> Option<String> {
        self.take(setting, |saying| match &saying.value {
            Value::Text(text) => Some(text.clone()),
            Value::Flag(_) | Value::Number(_) | Value::Other => None,
        })
    }

    /// A name: a text without the space around it; an empty one counts as not said.
    pub(super) fn name(&mut self, setting: &Setting) -> Option<String> {
        let name = self.text(setting)?.trim().to_owned();
        (!name.is_empty()).then_some(name)
    }

    /// One of the setting's words.
    pub(super) fn word(&mut self, setting: &Setting) -> Option<String> {
        let Takes::OneOf(words) = setting.takes else {
            return None;
        };
        self.take(setting, |saying| match &saying.value {
            Value::Text(text) => words.contains(&text.trim()).then(|| text.trim().to_owned()),
            Value::Flag(_) | Value::Number(_) | Value::Other => None,
        })
    }

    pub(super) fn flag(&mut self, setting: &Setting) -> Option<bool> {
        self.take(setting, |saying| match &saying.value {
            Value::Flag(flag) => Some(*flag),
            // The environment has no types.
            Value::Text(text) if in_environment(saying) => {
                match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "1" => Some(true),
                    "false" | "0" => Some(false),
                    _ => None,
                }
            }
            Value::Text(_) | Value::Number(_) | Value::Other => None,
        })
    }

    /// A whole number within the setting's bounds, in whatever type it fits.
    pub(super) fn whole<T: TryFrom<u64>>(&mut self, setting: &Setting) -> Option<T> {
        let Takes::Whole(from, to) = setting.takes else {
            return None;
        };
        self.take(setting, |saying| {
            let number: u64 = digits(saying)?.parse().ok()?;
            (from..=to)
                .contains(&number)
                .then(|| T::try_from(number).ok())
                .flatten()
        })
    }

    /// A number within the setting's bounds.
    pub(super) fn decimal(&mut self, setting: &Setting) -> Option<f32> {
        let Takes::Decimal(from, to) = setting.takes else {
            return None;
        };
        self.take(setting, |saying| {
            let number: f32 = digits(saying)?.parse().ok()?;
            (from..=to).contains(&number).then_some(number)
        })
    }

    /// An address, without the slash at its end.
    pub(super) fn address(&mut self, setting: &Setting) -> Option<String> {
        let origin_only = setting.takes == Takes::Origin;
        self.take(setting, |saying| match &saying.value {
            Value::Text(text) => {
                let address = text.trim().trim_end_matches('/');
                let url = Url::parse(address).ok()?;
                let plain = matches!(url.scheme(), "http" | "https")
                    && url.has_host()
                    && url.username().is_empty()
                    && url.password().is_none()
                    && url.query().is_none()
                    && url.fragment().is_none();
                let path = url.path().trim_end_matches('/');
                let fits = if origin_only {
                    path.is_empty()
                } else {
                    !path.ends_with("/chat/completions")
                };
                (plain && fits).then(|| address.to_owned())
            }
            Value::Flag(_) | Value::Number(_) | Value::Other => None,
        })
    }

    /// A filter for the log.
    pub(super) fn filter(&mut self, setting: &Setting) -> Option<String> {
        self.take(setting, |saying| match &saying.value {
            Value::Text(text) => is_filter(text).then(|| text.trim().to_owned()),
            Value::Flag(_) | Value::Number(_) | Value::Other => None,
        })
    }

    /// A path: one in the file starts from the file's directory, and `~/` is the home directory.
    pub(super) fn path(&mut self, setting: &Setting) -> Option<PathBuf> {
        let path = self.take(setting, |saying| match &saying.value {
            Value::Text(text) => Some(text.trim().to_owned()).filter(|path| !path.is_empty()),
            Value::Flag(_) | Value::Number(_) | Value::Other => None,
        })?;
        if let Some(rest) = path.strip_prefix("~/")
            && let Ok(home) = etcetera::home_dir()
        {
            return Some(home.join(rest));
        }
        let from_file = !self.said.in_environment.contains_key(setting.key);
        Some(if from_file {
            self.said.folder.join(path)
        } else {
            PathBuf::from(path)
        })
    }

    /// Takes one setting; what `understand` can't understand is a problem.
    fn take<T>(
        &mut self,
        setting: &Setting,
        understand: impl FnOnce(&Saying) -> Option<T>,
    ) -> Option<T> {
        let saying = self.said.get(setting)?;
        let understood = understand(saying);
        if understood.is_none() {
            let place = saying.place.clone();
            let problem = wrong(self.said.problems.locale, setting, saying);
            self.said.problems.add(place, problem);
        }
        understood
    }
}

fn wrong(locale: Locale, setting: &Setting, saying: &Saying) -> String {
    let example = if in_environment(saying) {
        format!("{}={}", saying.name, setting.example.trim_matches('"'))
    } else {
        format!("{} = {}", setting.key, setting.example)
    };
    let given = shown(setting, &saying.written);
    configuration::wrong_value(
        locale,
        &saying.name,
        given.as_deref(),
        setting.takes.expected(),
        &example,
    )
}

pub(super) fn in_environment(saying: &Saying) -> bool {
    matches!(saying.place, Place::Variable(_))
}

/// A number's digits: unquoted in the file, plain text in the environment.
fn digits(saying: &Saying) -> Option<&str> {
    match &saying.value {
        Value::Number(digits) => Some(digits.trim_start_matches('+')),
        Value::Text(text) if in_environment(saying) => Some(text.trim()),
        Value::Text(_) | Value::Flag(_) | Value::Other => None,
    }
}

/// A value as an error may show it: its first line, cut where it is long; not at all where a secret may be in it.
fn shown(setting: &Setting, written: &str) -> Option<String> {
    const LIMIT: usize = 60;
    let may_be_secret = match setting.takes {
        Takes::Secret => true,
        // An address may hold a password or a key, or be a key that was put into the wrong variable.
        Takes::Address | Takes::Origin => {
            written.contains(['@', '?', '#']) || !written.contains([':', '/'])
        }
        Takes::Text
        | Takes::Path
        | Takes::Flag
        | Takes::Whole(..)
        | Takes::Decimal(..)
        | Takes::OneOf(_)
        | Takes::LogFilter => false,
    };
    if may_be_secret {
        return None;
    }
    let line = written.lines().next().unwrap_or_default();
    let short: String = line.chars().take(LIMIT).collect();
    Some(if short.len() < written.len() {
        format!("{short}…")
    } else {
        short
    })
}

/// Whether `tracing` reads it as somebody means it. A bare word that is no level names a part and mutes all others, so
/// that `KAIWA_LOG=inof` would log nothing: such a part has to be written as `part=trace`.
fn is_filter(text: &str) -> bool {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let bare_words_are_levels = text
        .split(',')
        .map(str::trim)
        .filter(|directive| !directive.contains(['=', '[', '_', ':']))
        .all(|word| LEVELS.contains(&word.to_ascii_lowercase().as_str()));
    bare_words_are_levels && EnvFilter::builder().parse(text.trim()).is_ok()
}
