//! This machine: what runs, with which settings, and whether names have addresses.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, SystemTime},
};

use kaiwa_core::findings::Machine;
use reqwest::Url;
use tokio::{net::lookup_host, time::timeout};

use crate::{config::system_here, discord::rest::Reached};

/// How long a name may take to be looked up.
const LOOKUP: Duration = Duration::from_secs(5);

/// A clock is right within so much: Discord's is told in whole seconds, and the answer has travelled.
const CLOCK: Duration = Duration::from_secs(5);

pub(super) fn program() -> Machine {
    Machine::Program {
        version: env!("CARGO_PKG_VERSION"),
        system: system_here(),
    }
}

pub(super) fn settings(file: Option<&Path>) -> Machine {
    Machine::Settings {
        file: file.map(|file| file.display().to_string()),
    }
}

/// Looks up the names in these addresses.
pub(super) async fn hosts(addresses: &[&str]) -> Vec<Machine> {
    let named = addresses.iter().filter_map(|address| {
        let url = Url::parse(address).ok()?;
        // An address in figures needs no lookup.
        let name = url.domain()?.to_owned();
        Some((name, url.port_or_known_default()?))
    });
    let named: BTreeSet<(String, u16)> = named.collect();
    let mut known = Vec::new();
    let mut found = Vec::new();
    for (host, port) in named {
        let looked_up = timeout(LOOKUP, lookup_host((host.as_str(), port))).await;
        let reason = match looked_up.map(|found| found.map(|mut found| found.next())) {
            Ok(Ok(Some(_))) => {
                known.push(host);
                continue;
            }
            Ok(Ok(None)) => "it has none".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_elapsed) => "no answer in time".to_owned(),
        };
        found.push(Machine::HostUnknown { host, reason });
    }
    if !known.is_empty() {
        known.dedup();
        found.insert(0, Machine::HostsKnown { hosts: known });
    }
    found
}

/// Takes back that the host of an address has none itself.
pub(super) fn found_all_the_same(hosts: &mut Vec<Machine>, address: &str) {
    let url = Url::parse(address).ok();
    let name = url.as_ref().and_then(Url::domain);
    hosts.retain(|found| match found {
        Machine::HostUnknown { host, .. } => name != Some(host),
        Machine::HostsKnown { .. }
        | Machine::Program { .. }
        | Machine::Settings { .. }
        | Machine::SettingWrong { .. }
        | Machine::ClockRight
        | Machine::ClockWrong { .. } => true,
    });
}

/// This machine's clock beside Discord's, where Discord told the time.
pub(super) fn clock(reached: &Reached) -> Option<Machine> {
    let (there, here) = (reached.date?, reached.here);
    let behind = here < there;
    let off = |one: SystemTime, other: SystemTime| one.duration_since(other).unwrap_or_default();
    let by = off(here, there).max(off(there, here));
    Some(if by <= CLOCK {
        Machine::ClockRight
    } else {
        Machine::ClockWrong { by, behind }
    })
}
