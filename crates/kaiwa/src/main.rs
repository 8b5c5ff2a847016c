//! The one binary. `main` is a table of contents: what each command does is in the libraries.

use std::process::ExitCode;

use arguments::{Arguments, Command};
use kaiwa_bot::{config::locale_here, doctor::Aim, init::Given};
use kaiwa_core::{
    id::{ChannelId, UserId},
    words::Locale,
};

mod arguments;
mod doctor;
mod health;
mod init;
mod local_model;
mod manual;
mod mistyped;
mod play;
mod run;
mod sim;

fn main() -> ExitCode {
    let locale = locale_here();
    let arguments = match Arguments::read(locale) {
        Ok(arguments) => arguments,
        Err(error) => return mistyped::answer(locale, &error),
    };
    match arguments.command {
        Command::Run {
            config,
            until_stdin_closes,
        } => {
            if until_stdin_closes {
                run::end_with_stdin();
            }
            run::run(config.as_deref())
        }
        Command::Init {
            directory,
            token_file,
            model_url,
            model,
            key_file,
            language,
            without_message_content,
        } => init::run(&Given {
            directory,
            language: language.map(|language| Locale::from_posix(&language)),
            token_file,
            model_url,
            model,
            key_file,
            without_message_content,
        }),
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
        Command::Health { config } => health::run(config.as_deref()),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { directory } => manual::man(directory.as_deref()),
        // It was given when the line was read.
        Command::Help { .. } => ExitCode::SUCCESS,
        Command::Play {
            config,
            listen,
            data_dir,
            guide,
            local_model,
            no_open,
        } => play::run(play::Options {
            config,
            listen,
            data_dir,
            guide,
            local_model,
            open: !no_open,
        }),
        Command::Sim { listen, page } => sim::run(listen, page),
        Command::LocalModel { model, directory } => local_model::run(&model, directory),
    }
}
