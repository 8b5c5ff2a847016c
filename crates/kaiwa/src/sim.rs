//! `kaiwa sim`: the simulator as a server of its own, and what to type to run a bot against it.

use std::{io::Write as _, net::SocketAddr, process::ExitCode};

use kaiwa_bot::config::locale_here;
use kaiwa_core::words::simulator::{cannot_listen, page_at, simulating};
use kaiwa_sim::{Sim, World, model::Settings, page::Page};

/// Serves until it is interrupted.
pub(crate) fn run(listen: SocketAddr, page: bool) -> ExitCode {
    match serve(listen, page) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let said = cannot_listen(locale_here(), &listen.to_string(), &error.to_string());
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "kaiwa: {said}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(listen: SocketAddr, page: bool) -> std::io::Result<()> {
    let mut world = if page {
        World::for_people()
    } else {
        World::default()
    };
    world.settings.rate_limits = true;
    let token = world.bots.values().next().map(|bot| bot.token.clone());
    let sim = if page {
        Sim::start_with_page(world, listen, Page::default()).await?
    } else {
        Sim::start(world, listen).await?
    };
    sim.model()
        .settings(|settings| *settings = Settings::for_people());
    let url = sim.url();
    let settings = format!(
        "DISCORD_TOKEN={token}\n\
         KAIWA_DISCORD_URL={url}\n\
         OPENAI_BASE_URL={url}/v1\n\
         OPENAI_API_KEY={key}",
        token = token.unwrap_or_default(),
        key = kaiwa_sim::model::DEFAULT_KEY,
    );
    let mut out = std::io::stdout();
    writeln!(out, "{}", simulating(locale_here(), &url, &settings))?;
    if page {
        let page = format!("{url}/page/");
        writeln!(out, "\n{}", page_at(locale_here(), &page))?;
    }
    out.flush()?;
    crate::run::told_to_stop().await;
    Ok(())
}
