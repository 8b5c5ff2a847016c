//! The command line, in the language of whoever types it.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;
use kaiwa_core::words::{Locale, command as words};

/// For a program that starts the bot and is not to be outlived by it: `kaiwa play`. Neither help nor completions name it.
pub(crate) const UNTIL_STDIN_CLOSES: &str = "until-stdin-closes";

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
        /// See [`UNTIL_STDIN_CLOSES`].
        #[arg(skip)]
        until_stdin_closes: bool,
    },
    Init {
        #[arg(long, value_name = "DIRECTORY", default_value = ".")]
        directory: PathBuf,
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        #[arg(long, value_name = "URL")]
        model_url: Option<String>,
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
        #[arg(long, value_name = "LANGUAGE", value_parser = ["en", "ja"])]
        language: Option<String>,
        #[arg(long)]
        without_message_content: bool,
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
    Health {
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    Completions {
        shell: Shell,
    },
    Man {
        #[arg(value_name = "DIRECTORY")]
        directory: Option<PathBuf>,
    },
    Play {
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<SocketAddr>,
        #[arg(long, value_name = "DIRECTORY")]
        data_dir: Option<PathBuf>,
        #[arg(long)]
        guide: bool,
        #[arg(
            long,
            value_name = "MODEL",
            num_args = 0..=1,
            default_missing_value = kaiwa_local::DEFAULT,
            conflicts_with = "guide"
        )]
        local_model: Option<String>,
        #[arg(long)]
        no_open: bool,
    },
    Sim {
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
        listen: SocketAddr,
        #[arg(long)]
        page: bool,
    },
    LocalModel {
        #[arg(value_name = "MODEL", default_value = kaiwa_local::DEFAULT)]
        model: String,
        #[arg(long, value_name = "DIRECTORY")]
        directory: Option<PathBuf>,
    },
    /// `kaiwa help run` asks what `kaiwa run --help` does.
    #[command(hide = true)]
    Help {
        command: Option<String>,
    },
}

impl Arguments {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Where it is no command that can be run: it asks for help, or can't be understood.
    pub(crate) fn read(locale: Locale) -> Result<Self, clap::Error> {
        let flag = Arg::new(UNTIL_STDIN_CLOSES)
            .long(UNTIL_STDIN_CLOSES)
            .hide(true)
            .action(ArgAction::SetTrue);
        let command = described(locale).mut_subcommand("run", |run| run.arg(flag));
        let matches = command.try_get_matches()?;
        let mut arguments = Self::from_arg_matches(&matches)?;
        if let Command::Help { command } = &arguments.command {
            let line = ["kaiwa"].into_iter().chain(command.as_deref());
            described(locale).try_get_matches_from(line.chain(["--help"]))?;
        }
        if let (
            Command::Run {
                until_stdin_closes, ..
            },
            Some(("run", run)),
        ) = (&mut arguments.command, matches.subcommand())
        {
            *until_stdin_closes = run.get_flag(UNTIL_STDIN_CLOSES);
        }
        Ok(arguments)
    }
}

/// The command line with its words.
pub(crate) fn described(locale: Locale) -> clap::Command {
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
    let init = |command: clap::Command| {
        command
            .about(words::init(locale))
            .after_help(words::init_asks(locale))
            .mut_arg("directory", |argument| {
                argument.help(words::directory(locale))
            })
            .mut_arg("token_file", |argument| {
                argument.help(words::token_file(locale))
            })
            .mut_arg("model_url", |argument| {
                argument.help(words::model_url(locale))
            })
            .mut_arg("model", |argument| argument.help(words::model(locale)))
            .mut_arg("key_file", |argument| {
                argument.help(words::key_file(locale))
            })
            .mut_arg("language", |argument| {
                argument.help(words::language(locale))
            })
            .mut_arg("without_message_content", |argument| {
                argument.help(words::without_message_content(locale))
            })
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
    let health = |command: clap::Command| {
        command
            .about(words::health(locale))
            .mut_arg("config", |argument| argument.help(words::config(locale)))
    };
    let completions = |command: clap::Command| {
        command
            .about(words::completions(locale))
            .mut_arg("shell", |argument| argument.help(words::shell(locale)))
    };
    let man = |command: clap::Command| {
        command
            .about(words::man(locale))
            .mut_arg("directory", |argument| {
                argument.help(words::man_directory(locale))
            })
    };
    let play = |command: clap::Command| {
        command
            .about(words::play(locale))
            .after_help(words::play_needs(locale))
            .mut_arg("config", |argument| argument.help(words::config(locale)))
            .mut_arg("listen", |argument| {
                argument.help(words::play_listen(locale))
            })
            .mut_arg("data_dir", |argument| {
                argument.help(words::data_dir(locale))
            })
            .mut_arg("guide", |argument| argument.help(words::guide(locale)))
            .mut_arg("no_open", |argument| argument.help(words::no_open(locale)))
            .mut_arg("local_model", |argument| {
                argument.help(words::with_local_model(locale))
            })
    };
    let sim = |command: clap::Command| {
        command
            .about(words::sim(locale))
            .mut_arg("listen", |argument| argument.help(words::listen(locale)))
            .mut_arg("page", |argument| argument.help(words::page(locale)))
    };
    let local_model = |command: clap::Command| {
        command
            .about(words::local_model(locale))
            .after_help(words::local_models(locale, &known_models()))
            .mut_arg("model", |argument| {
                argument.help(words::which_model(locale))
            })
            .mut_arg("directory", |argument| {
                argument.help(words::model_directory(locale))
            })
    };
    let program = Arguments::command()
        .about(words::program(locale))
        .subcommand_help_heading(commands)
        .disable_version_flag(true)
        .arg(version)
        .mut_subcommand("run", |command| worded(run(command), locale))
        .mut_subcommand("init", |command| worded(init(command), locale))
        .mut_subcommand("doctor", |command| worded(doctor(command), locale))
        .mut_subcommand("health", |command| worded(health(command), locale))
        .mut_subcommand("completions", |command| {
            worded(completions(command), locale)
        })
        .mut_subcommand("man", |command| worded(man(command), locale))
        .mut_subcommand("play", |command| worded(play(command), locale))
        .mut_subcommand("sim", |command| worded(sim(command), locale))
        .mut_subcommand("local-model", |command| {
            worded(local_model(command), locale)
        });
    worded(program, locale)
}

/// The models that can be brought by name, a line each.
fn known_models() -> String {
    let line = |known: &kaiwa_local::Known| {
        format!(
            "  {} ({} MB, {}): {}",
            known.name,
            (known.size + 500_000) / 1_000_000,
            known.licence,
            known.about
        )
    };
    let lines: Vec<String> = kaiwa_local::known().iter().map(line).collect();
    lines.join("\n")
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
