//! The log: pretty on a terminal, JSON otherwise. It carries messages and fields, never what people say, nor secrets.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Sends everything that is logged from now on to standard error. A fault of this program is told by its place alone: its
/// own words may hold what somebody wrote.
pub fn start(log: &Log) {
    // The filter was checked when the settings were read.
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let pretty = match log.format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A log that is started already, by a test or a host program, stays as it is.
    let _ = if pretty {
        builder
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map(ToString::to_string);
        let (place, thread) = (place.unwrap_or_default(), std::thread::current());
        let thread = thread.name().unwrap_or_default();
        tracing::error!(place, thread, "a fault of this program");
    }));
}
