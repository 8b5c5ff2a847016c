//! `kaiwa doctor`: looks, prints, and tells the worst by its exit code.

use std::{
    io::{IsTerminal as _, Write as _},
    path::Path,
    process::ExitCode,
};

use kaiwa_bot::{
    config::{Config, file_here, locale_here, no_colours_here},
    doctor::{Aim, Report, examine},
};
use kaiwa_core::{findings::State, words::doctor::Colours};

use crate::run::{NEEDS_OPERATOR, fail};

/// Looks at everything that the bot needs, or at one channel.
pub(crate) fn run(file: Option<&Path>, aim: Aim, json: bool) -> ExitCode {
    let report = match Config::load_here(file) {
        Err(error) => Report::of_settings(&error, locale_here()),
        Ok(config) => match look(&config, file_here(file).as_deref(), aim) {
            Ok(report) => report,
            Err(error) => return fail(NEEDS_OPERATOR, &error.to_string()),
        },
    };
    let mut out = std::io::stdout();
    let colours = if out.is_terminal() && !no_colours_here() {
        Colours::On
    } else {
        Colours::Off
    };
    let said = if json {
        format!("{}\n", report.json())
    } else {
        report.page(colours)
    };
    // Where standard output is closed there is nobody to tell; the exit code says it still.
    let _ = out.write_all(said.as_bytes());
    match report.state() {
        State::Fine => ExitCode::SUCCESS,
        State::Warning => ExitCode::from(1),
        State::Broken => ExitCode::from(NEEDS_OPERATOR),
    }
}

#[tokio::main]
async fn look(
    config: &Config,
    file: Option<&Path>,
    aim: Aim,
) -> Result<Report, kaiwa_bot::doctor::DoctorError> {
    examine(config, file, aim).await
}
