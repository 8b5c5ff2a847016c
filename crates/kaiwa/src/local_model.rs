//! `kaiwa local-model`: a small model on this machine, and what to set for a bot that is to use it.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use indicatif::{ProgressBar, ProgressStyle};
use kaiwa_bot::{config::locale_here, http::http_client};
use kaiwa_core::words::{Locale, local};
use kaiwa_local::{Choice, LocalError, Options, Server, Step};

/// Serves until it is interrupted.
pub(crate) fn run(model: &str, directory: Option<PathBuf>) -> ExitCode {
    let locale = locale_here();
    match serve(locale, model, directory) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "kaiwa: {sentence}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(locale: Locale, model: &str, directory: Option<PathBuf>) -> Result<(), String> {
    let told = |error: LocalError| error.told(locale);
    let mut stop = std::pin::pin!(crate::run::told_to_stop());
    let mut server = tokio::select! {
        server = start(locale, model, directory) => server?,
        () = &mut stop => return Ok(()),
    };
    let settings = format!(
        "OPENAI_BASE_URL={}\nKAIWA_MODEL={}",
        server.base_url(),
        server.name()
    );
    let said = local::serving(locale, server.name(), server.base_url(), &settings);
    let mut out = std::io::stdout();
    let written = writeln!(out, "{said}").and_then(|()| out.flush());
    written.map_err(|error| error.to_string())?;
    tokio::select! {
        error = server.ended() => Err(told(error)),
        () = stop => Ok(()),
    }
}

/// Brings a model here and serves it, with its progress on the terminal.
pub(crate) async fn start(
    locale: Locale,
    model: &str,
    directory: Option<PathBuf>,
) -> Result<Server, String> {
    let told = |error: LocalError| error.told(locale);
    let choice = Choice::parse(model).map_err(told)?;
    let name = choice.name();
    let directory = match directory {
        Some(directory) => directory,
        None => kaiwa_local::directory().map_err(told)?,
    };
    let http = http_client().map_err(|error| error.to_string())?;
    let options = Options {
        model: choice,
        directory,
    };
    let mut progress = Progress::new(locale, name);
    let started = kaiwa_local::start(&options, &http, |step| progress.tell(step)).await;
    progress.bar.finish_and_clear();
    started.map_err(told)
}

/// How far it is: a bar in a terminal, a line for each step elsewhere.
struct Progress {
    locale: Locale,
    name: String,
    bar: ProgressBar,
    downloading: bool,
}

impl Progress {
    fn new(locale: Locale, name: String) -> Self {
        Self {
            locale,
            name,
            bar: ProgressBar::hidden(),
            downloading: false,
        }
    }

    fn tell(&mut self, step: Step) {
        match step {
            Step::Downloading { done, total } => {
                if !self.downloading {
                    self.downloading = true;
                    let said = local::downloading(self.locale, &self.name);
                    self.show(ProgressBar::new(total), BAR, said);
                }
                self.bar.set_position(done);
            }
            Step::Installing => {
                let said = local::installing(self.locale).to_owned();
                self.show(ProgressBar::new_spinner(), SPINNER, said);
            }
            Step::Loading => {
                let said = local::loading(self.locale, &self.name);
                self.show(ProgressBar::new_spinner(), SPINNER, said);
            }
        }
    }

    fn show(&mut self, bar: ProgressBar, template: &str, said: String) {
        self.bar.finish_and_clear();
        if !std::io::stderr().is_terminal() {
            let _ = writeln!(std::io::stderr(), "{said}");
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(said);
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        self.bar = bar;
    }
}

const BAR: &str = "{msg}  {bar:30}  {bytes} / {total_bytes}  {bytes_per_sec}";
const SPINNER: &str = "{msg} {spinner}";
