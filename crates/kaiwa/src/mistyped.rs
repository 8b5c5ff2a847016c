//! A command line that can't be understood, told in the reader's language: clap finds what is wrong, and says it in
//! English only.

use std::process::ExitCode;

use clap::{
    Error,
    error::{ContextKind, ContextValue, ErrorKind},
};
use kaiwa_core::words::{
    Locale,
    mistyped::{Mistyped, mistyped},
};

use crate::run::{NEEDS_OPERATOR, fail};

/// Answers what is no command to be run: help and the version as they are, mistakes in a sentence.
pub(crate) fn answer(locale: Locale, error: &Error) -> ExitCode {
    let kind = error.kind();
    let is_wanted = matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_wanted || kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Where nobody reads it, it can't be said.
        let _ = error.print();
        let code = if is_wanted { 0 } else { NEEDS_OPERATOR };
        return ExitCode::from(code);
    }
    let usage = text(error, ContextKind::Usage);
    let usage = usage
        .as_deref()
        .map(|usage| usage.trim_start_matches("Usage:").trim());
    fail(NEEDS_OPERATOR, &mistyped(locale, &what(kind, error), usage))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "clap may come to find more, and what it says itself is there for the rest"
)]
fn what(kind: ErrorKind, error: &Error) -> Mistyped {
    let named = |kind| text(error, kind).unwrap_or_default();
    let argument = || named(ContextKind::InvalidArg);
    match kind {
        ErrorKind::UnknownArgument => {
            Mistyped::Argument(argument(), text(error, ContextKind::SuggestedArg))
        }
        ErrorKind::InvalidSubcommand => {
            let nearest = list(error, ContextKind::SuggestedSubcommand);
            Mistyped::Command(
                named(ContextKind::InvalidSubcommand),
                nearest.into_iter().next(),
            )
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let takes = list(error, ContextKind::ValidValue);
            match named(ContextKind::InvalidValue) {
                given if given.is_empty() => Mistyped::NoValue(argument(), takes),
                given => match example(&argument()) {
                    Some(example) if takes.is_empty() => Mistyped::Form(argument(), given, example),
                    _ => Mistyped::Value(argument(), given, takes),
                },
            }
        }
        ErrorKind::MissingRequiredArgument => {
            Mistyped::Missing(list(error, ContextKind::InvalidArg))
        }
        ErrorKind::ArgumentConflict => {
            let others = list(error, ContextKind::PriorArg);
            if others.is_empty() || others.contains(&argument()) {
                Mistyped::Twice(argument())
            } else {
                Mistyped::Conflict(argument(), others)
            }
        }
        _ => {
            let said = error.to_string();
            let first = said.lines().next().unwrap_or_default();
            Mistyped::Other(first.trim_start_matches("error: ").to_owned())
        }
    }
}

/// How the value of an option is written, by the name that its usage gives it.
fn example(option: &str) -> Option<&'static str> {
    match option.rsplit_once('<')?.1 {
        "ADDRESS>" => Some("127.0.0.1:4000"),
        "ID>" => Some("1323802873036800001"),
        _ => None,
    }
}

/// What clap says of one thing; the first where it names several.
fn text(error: &Error, kind: ContextKind) -> Option<String> {
    list(error, kind).into_iter().next()
}

fn list(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        _ => Vec::new(),
    }
}
