//! `kaiwa run`: settings, log, runtime, signals; the rest is `kaiwa_bot::run`.

use std::{io::Write as _, path::Path, process::ExitCode};

use kaiwa_bot::{RunError, config::Config};
use tokio::signal;

/// The operator has to change something before a start can succeed: supervisors need not try again.
pub(crate) const NEEDS_OPERATOR: u8 = 2;

/// Runs the bot until it is told to stop.
pub(crate) fn run(file: Option<&Path>) -> ExitCode {
    let config = match Config::load_here(file) {
        Ok(config) => config,
        Err(error) => return fail(NEEDS_OPERATOR, &error.to_string()),
    };
    kaiwa_bot::log::start(&config.log);
    // One thread for everything that waits: a bot may make 50 calls a second, which is little work, and handing it from
    // thread to thread costs more than the work itself. What takes long by itself, and the gateway, has threads of its own.
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(1, &error.to_string()),
    };
    match runtime.block_on(kaiwa_bot::run(config, told_to_stop())) {
        Ok(()) => ExitCode::SUCCESS,
        // Without a reason there is nothing to mend: a new start is what helps.
        Err(error @ RunError::Gateway { code: 0, .. }) => fail(1, &error.to_string()),
        Err(
            error @ (RunError::TokenRefused(_)
            | RunError::IntentRefused(_)
            | RunError::Gateway { .. }
            | RunError::Store { .. }
            | RunError::Setup(_)),
        ) => fail(NEEDS_OPERATOR, &error.to_string()),
        // Where a supervisor starts it again, it goes on.
        Err(error @ (RunError::Grown(_) | RunError::Http(_) | RunError::Thread(_))) => {
            fail(1, &error.to_string())
        }
    }
}

/// Lets the process end when its standard input closes, however the process ended that held the other end. There is
/// nobody to finish anything for then.
pub(crate) fn end_with_stdin() {
    std::thread::spawn(|| {
        // What is written there means nothing; an error means as much as the end.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(1);
    });
}

/// Says why nothing goes on, and ends with a code.
pub(crate) fn fail(code: u8, sentence: &str) -> ExitCode {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "kaiwa: {sentence}");
    ExitCode::from(code)
}

/// Resolves on Ctrl-C, and on SIGTERM where there is one. A second signal ends the process at once.
pub(crate) async fn told_to_stop() {
    wait_for_signal().await;
    tokio::spawn(async {
        wait_for_signal().await;
        std::process::exit(130);
    });
}

#[cfg(unix)]
async fn wait_for_signal() {
    let Ok(mut terminate) = signal::unix::signal(signal::unix::SignalKind::terminate()) else {
        let _ = signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    let _ = signal::ctrl_c().await;
}
