//! Every sentence that a person can read, per locale.
//!
//! One function a sentence, a `match` on [`Locale`] in each: with two languages a sentence and its translation
//! stand side by side, the compiler refuses a language that was forgotten, and Rust formats what a message
//! format would (English plurals are the only ones there are). A translation file would earn its keep
//! only with languages that nobody here reads.
//!
//! Whatever the bot says about itself in Discord is small print ([`small_print`]), so that reading a thread back tells
//! its own words from the model's. Only the greeting is ordinary speech.

pub mod button;
pub mod command;
pub mod configuration;
pub mod conversation;
pub mod detect;
pub mod doctor;
pub mod failure;
pub mod init;
pub mod local;
mod masked;
pub mod mistyped;
pub mod notes;
pub mod operator;
pub mod permissions;
pub mod play;
pub mod simulator;
pub mod title;

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A language that Kaiwa speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Locale {
    /// The language of a locale as Discord writes it (`ja`, `en-US`, `pt-BR`); English where Kaiwa doesn't speak it.
    ///
    /// Source: Discord's reference, "Locales".
    pub fn from_discord(code: &str) -> Self {
        Self::from_tag(code)
    }

    /// The language of a locale as operating systems write it in `LANG` (`ja_JP.UTF-8`, `C`, `en_GB`); English where
    /// Kaiwa doesn't speak it.
    pub fn from_posix(name: &str) -> Self {
        Self::from_tag(name)
    }

    fn from_tag(tag: &str) -> Self {
        let language = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("ja") {
            Self::Ja
        } else {
            Self::En
        }
    }
}

/// What starts each line of small print in Discord's Markdown.
pub const SMALL_PRINT: &str = "-# ";

/// Makes a notice small print: each of its lines that says something starts with [`SMALL_PRINT`].
pub fn small_print(text: &str) -> String {
    let mut printed = String::with_capacity(text.len() + SMALL_PRINT.len());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if !printed.is_empty() {
            printed.push('\n');
        }
        printed.push_str(SMALL_PRINT);
        printed.push_str(line.trim_end());
    }
    printed
}

/// A span of time as people say it, rounded up: "20 seconds", "3 minutes", "2 hours".
fn span(locale: Locale, span: Duration) -> String {
    let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    let (count, english, japanese) = match seconds {
        0..=90 => (seconds.max(1), "second", "秒"),
        91..=5_400 => (seconds.div_ceil(60), "minute", "分"),
        _ => (seconds.div_ceil(3_600), "hour", "時間"),
    };
    match locale {
        Locale::En => counted(count, english),
        Locale::Ja => format!("{count}{japanese}"),
    }
}

/// A number with an English noun in its singular or plural.
fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
