//! `kaiwa sim`: the simulator as a server of its own, and what to type to run a bot against it.

use std::{io::Write as _, net::SocketAddr, process::ExitCode};

use kaiwa_sim::{Sim, World, model::Settings};

/// Serves until it is interrupted.
pub(crate) fn run(listen: SocketAddr) -> ExitCode {
    match serve(listen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "kaiwa: can't listen on {listen}: {error}. Choose another address with --listen, or --listen 127.0.0.1:0 for a free port."
            );
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(listen: SocketAddr) -> std::io::Result<()> {
    let mut world = World::default();
    world.settings.rate_limits = true;
    let token = world.bots.values().next().map(|bot| bot.token.clone());
    let sim = Sim::start(world, listen).await?;
    sim.model()
        .settings(|settings| *settings = Settings::for_people());
    let url = sim.url();
    let mut out = std::io::stdout();
    writeln!(
        out,
        "A simulated Discord and model provider are at {url}. Run a bot against them with\n\n\
         DISCORD_TOKEN={token}\n\
         KAIWA_DISCORD_URL={url}\n\
         OPENAI_BASE_URL={url}/v1\n\
         OPENAI_API_KEY={key}\n\n\
         and be a person in them over {url}/control (docs/simulator.md tells how). Ctrl-C ends it.",
        token = token.unwrap_or_default(),
        key = kaiwa_sim::model::DEFAULT_KEY,
    )?;
    out.flush()?;
    crate::run::told_to_stop().await;
    Ok(())
}
