//! The one binary. `main` is a table of contents: what each command does is in the libraries.

use std::process::ExitCode;

use arguments::{Arguments, Command};
use kaiwa_bot::config::locale_here;

mod arguments;
mod run;
mod sim;

fn main() -> ExitCode {
    match Arguments::read(locale_here()).command {
        Command::Run { config } => run::run(config.as_deref()),
        Command::Sim { listen } => sim::run(listen),
    }
}
