//! `kaiwa play`: the simulator, the real bot against it, and a page to talk to it, in one command.
//!
//! The bot runs as a process of its own, as `kaiwa run` does: so it can be killed as processes are, and its log can be shown.

mod bot;
mod browser;
mod guide;
mod model;

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

use kaiwa_bot::config::locale_here;
use kaiwa_core::words::{Locale, play as words, simulator::cannot_listen};
use kaiwa_sim::{
    Sim, World,
    page::{Page, Program},
};

use crate::run::{fail, told_to_stop};
use model::Chosen;

/// Where it listens when nobody says otherwise.
const USUAL: ([u8; 4], u16) = ([127, 0, 0, 1], 4000);

/// How many sessions the bot may begin a day.
const IDENTIFIES: u64 = 1_000_000;

/// What was typed.
pub(crate) struct Options {
    /// The file of settings.
    pub config: Option<PathBuf>,
    /// Where to listen; none for the usual place, or a free one where that is taken.
    pub listen: Option<SocketAddr>,
    /// Where the bot keeps its data; none to forget it at the end.
    pub data_dir: Option<PathBuf>,
    /// Whether the guide answers, whatever model there is.
    pub guide: bool,
    /// A small model that answers, on this machine: a name or a file.
    pub local_model: Option<String>,
    /// Whether the page is opened in the browser.
    pub open: bool,
}

/// Plays until it is interrupted.
pub(crate) fn run(options: Options) -> ExitCode {
    let locale = locale_here();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(play(options, locale)),
        Err(error) => fail(1, &error.to_string()),
    }
}

async fn play(options: Options, locale: Locale) -> ExitCode {
    // It serves as long as it is held.
    let brought = match &options.local_model {
        None => None,
        Some(model) => match crate::local_model::start(locale, model, None).await {
            Ok(server) => Some(server),
            Err(sentence) => return fail(1, &sentence),
        },
    };
    let chosen = match &brought {
        Some(server) => Chosen::brought(server),
        None if options.guide => Chosen::Scripted,
        None => model::choose(options.config.as_deref()).await,
    };
    let (program, orders) = Program::new();
    let page = Page {
        model: Some(chosen.note()),
        upstream: chosen.upstream(),
        program: Some(program.clone()),
    };
    let sim = match serve(options.listen, page).await {
        Ok(sim) => sim,
        Err((address, error)) => {
            let said = cannot_listen(locale, &address.to_string(), &error.to_string());
            return fail(1, &said);
        }
    };
    if matches!(chosen, Chosen::Scripted) {
        sim.model().settings(guide::answers);
    }
    // Dropping it removes what is in it.
    let (data_dir, _forgotten) = match options.data_dir {
        Some(data_dir) => (data_dir, None),
        None => match tempfile::tempdir() {
            Ok(directory) => (directory.path().to_owned(), Some(directory)),
            Err(error) => return fail(1, &words::cannot_start(locale, &error.to_string())),
        },
    };
    let token = sim.world(|world| world.bots.values().next().map(|bot| bot.token.clone()));
    let bot = bot::Bot {
        config: options.config,
        environment: chosen.environment(&sim, token.unwrap_or_default(), &data_dir),
    };
    let page = format!("{}/page/", sim.url());
    let mut out = io::stdout();
    // Where standard output is closed there is nobody to tell.
    let _ = writeln!(out, "{}", words::playing(locale, &page, &chosen.words()));
    let _ = out.flush();
    if options.open {
        browser::open(&page);
    }
    let ended = tokio::select! {
        ended = bot.keep(program.clone(), orders, told_to_stop()) => ended,
        () = bot::count(&data_dir, &program) => Ok(()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(bot::Ended::Said(said)) => fail(2, &words::bot_ended(locale, &said)),
        Err(bot::Ended::NotStarted(error)) => {
            fail(1, &words::cannot_start(locale, &error.to_string()))
        }
    }
}

/// Starts the simulator, at another port where the usual one is taken and none was asked for.
async fn serve(listen: Option<SocketAddr>, page: Page) -> Result<Sim, (SocketAddr, io::Error)> {
    let world = || {
        let mut world = World::for_people();
        world.settings.rate_limits = true;
        // Whoever plays starts and kills the bot as often as they like: it need not slow down for Discord's sake.
        world.settings.identifies_a_day = IDENTIFIES;
        world.settings.identifies_left = IDENTIFIES;
        world
    };
    let address = listen.unwrap_or(SocketAddr::from(USUAL));
    let first = Sim::start_with_page(world(), address, page.clone()).await;
    let started = match first {
        Err(error) if listen.is_none() && error.kind() == io::ErrorKind::AddrInUse => {
            let free = SocketAddr::from((USUAL.0, 0));
            Sim::start_with_page(world(), free, page).await
        }
        first => first,
    };
    started.map_err(|error| (address, error))
}
