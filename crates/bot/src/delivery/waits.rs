//! What an answer waits for while it is delivered: Discord itself, old messages that take few edits, and its own first word.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kaiwa_core::{
    id::{ChannelId, MessageId},
    pacing::Urgency,
    pauses::Pauses,
    reply::Want,
};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Lost, Stage};
use crate::{app::Rooms, discord::rest::RestError};

/// After so many tries and so long it is looked whether Discord can be reached at all, or only refuses that one call.
const MANY: u32 = 10;
/// See [`MANY`].
const LONG: Duration = Duration::from_secs(3_600);

/// How often an edit of an old message is tried: for about five minutes.
const OLD_TRIES: u32 = 10;

/// A typing indicator lasts ten seconds; it is renewed a little before. Source: "Trigger Typing Indicator".
const TYPING_RENEWAL: Duration = Duration::from_secs(8);

/// Discord can't be reached: what is to be shown waits, for as long as it takes, and the model is heard meanwhile.
#[derive(Debug)]
pub(crate) struct Outage {
    since: Option<Instant>,
    failed: u32,
    pauses: Pauses,
    /// The operator knows that it is no outage of all of Discord.
    is_told: bool,
}

impl Outage {
    pub(crate) fn new() -> Self {
        Self {
            since: None,
            failed: 0,
            pauses: Pauses::FOR_DISCORD,
            is_told: false,
        }
    }

    /// Waits before the next try, unless the process ends.
    pub(super) async fn wait(&mut self, stage: &Stage) -> Result<(), Lost> {
        let pause = self.failed(stage.lead.message);
        rest(stage, pause).await
    }

    /// Another try has failed: tells how long to wait before the next one.
    pub(crate) fn failed(&mut self, turn: MessageId) -> Duration {
        self.failed += 1;
        if self.since.is_none() {
            self.since = Some(Instant::now());
            tracing::warn!(%turn, "an answer waits for Discord");
        } else {
            tracing::info!(%turn, tries = self.failed, "an answer waits for Discord");
        }
        self.pauses.longer()
    }

    /// It lasts longer than Discord is ever gone.
    pub(super) fn is_long(&self) -> bool {
        self.failed >= MANY && self.since.is_some_and(|since| since.elapsed() >= LONG)
    }

    /// Tells the operator, once, that Discord takes nothing more of an answer although it answers.
    pub(super) fn tell_refused(&mut self, channel: ChannelId) {
        if !self.is_told {
            self.is_told = true;
            tracing::error!(%channel, "Discord answers, but takes nothing more of an answer");
        }
    }

    /// Something got through.
    pub(super) fn over(&mut self) {
        *self = Self::new();
    }
}

/// Messages that are older than an hour, as those of an answer that is retried late can be, take few edits. Once Discord
/// has said so, they get the end of the answer alone, and it is tried for minutes.
#[derive(Debug)]
pub(super) struct OldMessages {
    refused: u32,
    pauses: Pauses,
}

impl OldMessages {
    pub(super) fn new() -> Self {
        Self {
            refused: 0,
            pauses: Pauses::FOR_DISCORD,
        }
    }

    pub(super) fn may_take(&self, want: &Want) -> bool {
        self.refused == 0 || want.urgency != Urgency::Text
    }

    /// Discord has refused an edit: waits before the next one. Tells whether it is worth another one.
    pub(super) async fn rest(&mut self, stage: &Stage) -> Result<bool, Lost> {
        if self.refused >= OLD_TRIES {
            return Ok(false);
        }
        self.refused += 1;
        tracing::info!(turn = %stage.lead.message, tries = self.refused, "an old message takes no edit; an answer waits for Discord");
        rest(stage, self.pauses.longer()).await?;
        Ok(true)
    }
}

/// Waits, unless nothing more is to be shown or the process ends.
async fn rest(stage: &Stage, pause: Duration) -> Result<(), Lost> {
    tokio::select! {
        () = sleep(pause) => Ok(()),
        lost = stage.lost() => Err(lost),
        () = stage.stopping() => Err(Lost::Stopped),
    }
}

/// Shows that the bot is typing while nothing of its answer can be seen.
#[derive(Debug, Default)]
pub(super) struct Typing {
    next: Option<Instant>,
    /// Discord does not let the bot type there.
    is_refused: Arc<AtomicBool>,
}

impl Typing {
    /// Resolves when the indicator is to be shown: at once, then again before it goes out. Where it was refused, it never is:
    /// Discord counts what it has to refuse again and again.
    pub(super) async fn due(&self) {
        if let Some(next) = self.next {
            sleep_until(next).await;
        }
        if self.is_refused.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    }

    /// Nobody waits for it, and a late one is worth nothing: the answer goes on meanwhile.
    pub(super) fn show(&mut self, rooms: &Rooms, channel: ChannelId) {
        self.next = Some(Instant::now() + TYPING_RENEWAL);
        let (rest, is_refused) = (rooms.rest.clone(), Arc::clone(&self.is_refused));
        tokio::spawn(async move {
            match rest.typing(channel).await {
                Ok(()) | Err(RestError::NoRoom | RestError::Unavailable { .. }) => {}
                Err(_) => is_refused.store(true, Ordering::Relaxed),
            }
        });
    }
}
