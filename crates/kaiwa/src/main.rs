//! The one binary. `main` is a table of contents: what each command does is in the libraries.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

mod run;
mod sim;

/// 会話 — a Discord chat bot for language models: the whole answer, exactly once, live, whatever happens.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Connects to Discord and to a model, and answers.
    ///
    /// DISCORD_TOKEN and OPENAI_API_KEY are all it needs; kaiwa.example.toml documents the rest.
    Run {
        /// The settings; kaiwa.toml in the working directory when not given.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Serves a simulated Discord and model provider, to try bots against without an account.
    Sim {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
        listen: SocketAddr,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Run { config } => run::run(config.as_deref()),
        Command::Sim { listen } => sim::run(listen),
    }
}
