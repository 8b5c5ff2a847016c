//! The one binary. `main` is a table of contents: what each command does is in the libraries.

use std::process::ExitCode;

use arguments::{Arguments, Command};
use kaiwa_bot::{config::locale_here, doctor::Aim};
use kaiwa_core::id::{ChannelId, UserId};

mod arguments;
mod doctor;
mod run;
mod sim;

fn main() -> ExitCode {
    match Arguments::read(locale_here()).command {
        Command::Run { config } => run::run(config.as_deref()),
        Command::Doctor {
            config,
            channel,
            user,
            json,
        } => {
            let aim = channel.map_or(Aim::Everything, |channel| Aim::Channel {
                channel: ChannelId(channel),
                person: user.map(UserId),
            });
            doctor::run(config.as_deref(), aim, json)
        }
        Command::Sim { listen } => sim::run(listen),
    }
}
