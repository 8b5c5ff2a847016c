//! kaiwa-bench: the real `kaiwa` process against the simulator, in figures and their ratio to what is physically
//! possible (the simulator's latency, the model's pace, Discord's limits).
//!
//! Everything is measured from outside: moments are those at which the simulator sent, was called or changed, and
//! processor time and memory are what the system counts for the bot's process alone.

mod awake;
mod bot;
mod lines;
mod report;
mod stage;
mod statistics;
mod turn;

use std::{fs, io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::Parser;

use awake::Awake;
use lines::{LINES, Scale};
use report::Report;

/// Measures Kaiwa and prints a table.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Writes the figures to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measures one line of the table alone.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Smaller numbers: a first look in a few minutes, no figures to publish.
    #[arg(long)]
    quick: bool,
    /// Lets the processors fall asleep whenever there is nothing to do, as on a machine that does nothing else.
    #[arg(long)]
    asleep: bool,
    /// Does nothing but keep a processor awake: the bench starts itself so.
    #[arg(long = "loop", hide = true)]
    spins: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "kaiwa-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    if arguments.spins {
        awake::spin();
    }
    let binary = bot::binary()?;
    let scale = if arguments.quick {
        Scale::Quick
    } else {
        Scale::Full
    };
    let chosen: Vec<_> = LINES
        .iter()
        .filter(|(name, _)| arguments.only.as_deref().is_none_or(|only| only == *name))
        .collect();
    if chosen.is_empty() {
        let names: Vec<&str> = LINES.iter().map(|(name, _)| *name).collect();
        bail!("there is no such line; there are: {}", names.join(", "));
    }
    let mut report = Report::new(scale == Scale::Quick, arguments.asleep);
    let mut awake = match arguments.asleep {
        true => None,
        false => Some(Awake::keep()?),
    };
    for (name, line) in chosen {
        if let Some(awake) = &mut awake {
            awake.ran()?;
        }
        writeln!(std::io::stderr(), "measuring {name} ...")?;
        match lines::measure(*line, &binary, scale).await {
            Ok(rows) => report.rows(name, rows),
            // One line that can't be measured doesn't take the others away, but it is said in their place.
            Err(error) => report.failed(name, format!("{error:#}")),
        }
        if let Some(file) = &arguments.json {
            fs::write(file, report.json())
                .with_context(|| format!("writing {}", file.display()))?;
        }
    }
    writeln!(std::io::stdout(), "{report}")?;
    if let Some(awake) = &mut awake {
        awake.ran()?;
    }
    if report.has_failed() {
        bail!("not every line could be measured");
    }
    Ok(())
}
