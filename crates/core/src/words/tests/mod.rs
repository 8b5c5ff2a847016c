//! Every sentence in both languages, as snapshots: who changes a sentence sees its translation.

mod button;
mod command;
mod configuration;
mod conversation;
mod local;
mod mistyped;
mod operator;
mod play;
mod simulator;
mod title;

use std::fmt::Display;

use super::{Locale, SMALL_PRINT, small_print};

/// A sentence in English and, below it, in Japanese.
fn both<T: Display>(say: impl Fn(Locale) -> T) -> String {
    format!("{}\n{}", say(Locale::En), say(Locale::Ja))
}

#[test]
fn a_locale_is_known_by_its_name() {
    for code in ["ja", "JA", "ja_JP.UTF-8", "ja_JP", "ja@x"] {
        assert_eq!(Locale::from_posix(code), Locale::Ja, "{code}");
    }
    for code in ["en-US", "en-GB", "jav", "C", "POSIX", "", "pt-BR"] {
        assert_eq!(Locale::from_discord(code), Locale::En, "{code}");
    }
}

#[test]
fn small_print_marks_each_line() {
    assert_eq!(small_print("one\n\n  two \n"), "-# one\n-#   two");
    assert_eq!(small_print("\n"), "");
    assert_eq!(SMALL_PRINT, "-# ");
}
