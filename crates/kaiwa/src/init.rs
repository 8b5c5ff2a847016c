//! `kaiwa init`: the talk is `kaiwa_bot::init`'s; this is where its exit code comes from.

use std::process::ExitCode;

use kaiwa_bot::{
    config::{Begun, locale_here},
    init::{Console, Given, InitError, init},
};

use crate::run::{NEEDS_OPERATOR, fail};

/// Asks, checks and writes.
pub(crate) fn run(given: &Given) -> ExitCode {
    let begun = match Begun::here() {
        Ok(begun) => begun,
        Err(error) => return fail(NEEDS_OPERATOR, &error.to_string()),
    };
    match talk(given, begun) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(NEEDS_OPERATOR, &error.to_string()),
    }
}

#[tokio::main]
async fn talk(given: &Given, begun: Begun) -> Result<(), InitError> {
    let locale = given.language.unwrap_or_else(locale_here);
    init(given, begun, locale, Console::here()).await
}
