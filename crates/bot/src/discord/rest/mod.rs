//! Discord's REST interface: our own transport, which sends when the schedule of [`kaiwa_core::pacing`] says so.
//!
//! Every call waits for a [`Permit`], reads the limits from each answer, is repeated where that is safe, and ends in
//! what the caller can do about it ([`RestError`]). Creates are safe to repeat because each has a nonce with
//! `enforce_nonce`, for which Discord gives the first message again; edits and deletions because they set a state;
//! the opening of a thread because Discord says that it is there already.
//!
//! Nothing that is sent can ping anyone: `allowed_mentions` is empty in every create and edit.

mod clock;
mod components;
mod error;
mod files;
mod headers;
mod inspection;
mod interactions;
mod messages;
mod moment;
mod permit;
mod places;
mod route;
#[cfg(test)]
mod tests;
mod totals;
mod transport;

use std::{sync::Arc, time::Duration};

use kaiwa_core::{
    Now,
    pacing::{Load, Urgency},
};
use reqwest::{Url, header::HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

pub use error::{EDITED_TOO_OFTEN, Last, RestError, SetupError};
pub use files::Fetched;
pub use inspection::Reached;
pub(crate) use inspection::{InspectedChannel, InspectedGuild, InspectedMember};
pub(crate) use interactions::{FirstAnswer, FirstAnswered, Whisper};
pub use messages::{Attached, EditMessage, File, Look, NewButton, NewMessage, PAGE, Page};
pub(crate) use moment::Moment;
pub use permit::Permit;
pub use places::{Application, Started};
pub use route::Route;
pub use totals::Totals;

use clock::Clock;
use permit::Line;
use totals::Counters;

/// Discord's own address.
pub const DISCORD: &str = "https://discord.com";

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// One try of a call, from sending to the last byte of the answer.
    pub attempt: Duration,
    /// All tries of a call that brings somebody's words: messages that are created, first words, final texts. They are tried
    /// again after that, with the freshest text.
    pub words: Duration,
    /// All tries of a call that somebody waits for.
    pub call: Duration,
    /// All tries of a text that will be overtaken by a longer one anyway.
    pub text: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(10),
            words: Duration::from_secs(60),
            call: Duration::from_secs(60),
            text: Duration::from_secs(20),
        }
    }
}

/// The way to Discord's REST interface. Cheap to clone; all clones share one schedule.
#[derive(Clone)]
pub struct Rest {
    shared: Arc<Shared>,
}

struct Shared {
    http: reqwest::Client,
    base: Url,
    authorization: HeaderValue,
    times: Times,
    line: Arc<Line>,
    counters: Counters,
    clock: Clock,
    started: Instant,
}

impl Rest {
    /// Opens the way. `base` is [`DISCORD`] or another `scheme://host:port`; must be called inside a tokio runtime,
    /// as a task of its own keeps the time.
    ///
    /// # Errors
    ///
    /// When the address or the token can't be used at all.
    pub fn new(
        http: reqwest::Client,
        base: &str,
        token: &SecretString,
    ) -> Result<Self, SetupError> {
        Self::with_times(http, base, token, Times::default())
    }

    /// As [`new`](Self::new), with other times.
    ///
    /// # Errors
    ///
    /// When the address or the token can't be used at all.
    pub fn with_times(
        http: reqwest::Client,
        base: &str,
        token: &SecretString,
        times: Times,
    ) -> Result<Self, SetupError> {
        let base = Url::parse(base).ok();
        let base = base.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let base = base.ok_or(SetupError::Address)?;
        let token = token.expose_secret().trim();
        let token = token.strip_prefix("Bot ").unwrap_or(token);
        if token.is_empty() {
            return Err(SetupError::Token);
        }
        let mut authorization =
            HeaderValue::from_str(&format!("Bot {token}")).map_err(|_| SetupError::Token)?;
        authorization.set_sensitive(true);
        let started = Instant::now();
        let shared = Shared {
            http,
            base,
            authorization,
            times,
            line: Line::open(started),
            counters: Counters::default(),
            clock: Clock::default(),
            started,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The present moment, as ages of what waits are told here.
    pub fn now(&self) -> Now {
        self.shared.started.elapsed()
    }

    /// The present moment by Discord's clock, in milliseconds since the Unix epoch.
    pub fn discord_ms(&self) -> u64 {
        self.shared.clock.now_ms()
    }

    /// Waits until a call may be sent. `since` is the age of what waits to be seen.
    ///
    /// Dropping the future leaves the line; dropping the permit gives the turn back.
    pub async fn permit(&self, route: &Route, urgency: impl Into<Urgency>, since: Now) -> Permit {
        let urgency = urgency.into();
        loop {
            // Only niceties are sent away, and whoever asks in this way wants to wait.
            if let Some(permit) = self.shared.line.ask(*route, urgency, since).await {
                return permit;
            }
        }
    }

    /// What has been sent so far.
    pub fn totals(&self) -> Totals {
        self.shared.counters.read()
    }

    /// How much waits and is under way.
    pub fn load(&self) -> Load {
        self.shared.line.load()
    }
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rest")
            .field("base", &self.shared.base.as_str())
            .finish_non_exhaustive()
    }
}
