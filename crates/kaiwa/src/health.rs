//! `kaiwa health`: whether the bot of this data directory is connected, for whatever watches over it.

use std::{io::Write as _, path::Path, process::ExitCode};

use kaiwa_bot::{Health, config, health};
use kaiwa_core::words::operator;

use crate::run::{NEEDS_OPERATOR, fail};

/// Looks, says it in one line, and tells it by the exit code.
pub(crate) fn run(file: Option<&Path>) -> ExitCode {
    let (data, locale) = match config::data_dir_here(file) {
        Ok(found) => found,
        Err(error) => return fail(NEEDS_OPERATOR, &error.to_string()),
    };
    let silent = match health(&data) {
        Health::Connected => {
            let said = operator::connected(locale);
            // Where standard output is closed the exit code says it still.
            let _ = writeln!(std::io::stdout(), "{said}");
            return ExitCode::SUCCESS;
        }
        Health::Silent(ago) => Some(ago),
        Health::Absent => None,
    };
    let data = data.display().to_string();
    fail(1, &operator::not_connected(locale, &data, silent))
}
