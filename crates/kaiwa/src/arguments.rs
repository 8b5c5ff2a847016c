//! The command line, in the language of whoever types it.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};
use kaiwa_core::words::{Locale, command as words};

/// What was typed.
#[derive(Parser)]
#[command(
    name = "kaiwa",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

/// The commands there are.
#[derive(Subcommand)]
pub(crate) enum Command {
    Run {
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    Doctor {
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        #[arg(long, value_name = "ID")]
        channel: Option<u64>,
        #[arg(long, value_name = "ID", requires = "channel")]
        user: Option<u64>,
        #[arg(long)]
        json: bool,
    },
    Sim {
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
        listen: SocketAddr,
    },
}

impl Arguments {
    /// Reads what was typed. Help, and what can't be understood, is answered here, and the process ends.
    pub(crate) fn read(locale: Locale) -> Self {
        let matches = described(locale).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// The command line with its words.
fn described(locale: Locale) -> clap::Command {
    let [_, commands, _] = words::headings(locale);
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help(words::version(locale));
    let run = |command: clap::Command| {
        command
            .about(words::run(locale))
            .after_help(words::run_needs(locale))
            .mut_arg("config", |argument| argument.help(words::config(locale)))
    };
    let doctor = |command: clap::Command| {
        command
            .about(words::doctor(locale))
            .after_help(words::doctor_ends(locale))
            .mut_arg("config", |argument| argument.help(words::config(locale)))
            .mut_arg("channel", |argument| argument.help(words::channel(locale)))
            .mut_arg("user", |argument| argument.help(words::user(locale)))
            .mut_arg("json", |argument| argument.help(words::json(locale)))
    };
    let sim = |command: clap::Command| {
        command
            .about(words::sim(locale))
            .mut_arg("listen", |argument| argument.help(words::listen(locale)))
    };
    let program = Arguments::command()
        .about(words::program(locale))
        .subcommand_help_heading(commands)
        .disable_version_flag(true)
        .arg(version)
        .mut_subcommand("run", |command| worded(run(command), locale))
        .mut_subcommand("doctor", |command| worded(doctor(command), locale))
        .mut_subcommand("sim", |command| worded(sim(command), locale));
    worded(program, locale)
}

/// What all commands have in common.
fn worded(command: clap::Command, locale: Locale) -> clap::Command {
    let [usage, _, options] = words::headings(locale);
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help(words::help(locale));
    command
        .disable_help_flag(true)
        .arg(help)
        .mut_args(|argument| argument.help_heading(options))
        .help_template(format!(
            "{{about-with-newline}}\n{usage}: {{usage}}\n\n{{all-args}}{{after-help}}"
        ))
}
