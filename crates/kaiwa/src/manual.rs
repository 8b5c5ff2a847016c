//! `kaiwa completions` and `kaiwa man`: made from the same definitions as the help, in the same language.

use std::{
    io::{Write as _, stdout},
    path::Path,
    process::ExitCode,
};

use clap_complete::Shell;
use clap_mangen::Man;
use kaiwa_bot::config::locale_here;
use kaiwa_core::words::command as words;

use crate::{arguments::described, run::fail};

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    let mut command = described(locale_here());
    clap_complete::generate(shell, &mut command, "kaiwa", &mut script);
    print(&script)
}

/// Prints the manual's first page, or writes all pages into a directory.
pub(crate) fn man(directory: Option<&Path>) -> ExitCode {
    let command = described(locale_here());
    let made = match directory {
        Some(directory) => std::fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(command, directory))
            .map(|()| Vec::new()),
        None => {
            let mut page = Vec::new();
            Man::new(command).render(&mut page).map(|()| page)
        }
    };
    match made {
        Ok(page) => print(&page),
        Err(error) => {
            let directory = directory.unwrap_or(Path::new(".")).display().to_string();
            fail(
                2,
                &words::no_manual(locale_here(), &directory, &error.to_string()),
            )
        }
    }
}

fn print(text: &[u8]) -> ExitCode {
    // Where standard output is closed, as by `head`, nobody reads on.
    let _ = stdout().write_all(text);
    ExitCode::SUCCESS
}
