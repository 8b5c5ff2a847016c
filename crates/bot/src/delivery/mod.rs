//! Bringing one answer to Discord: the [`Stage`] holds what is to be seen, [`deliver`] makes it so.
//!
//! The model's side only pushes text onto the stage. This side asks for a permit whenever something waits to be
//! shown, and renders the freshest text at the moment when the permit comes.

pub(crate) mod buttons;
mod place;
mod stage;

use std::time::Duration;

use kaiwa_core::{
    error::TurnError,
    id::ChannelId,
    pacing::Urgency,
    pauses::Pauses,
    reply::{Outcome, Want},
};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{app::Rooms, discord::rest::EDITED_TOO_OFTEN};
pub(crate) use place::PICTURE;
use place::{Place, Refused};
pub(crate) use stage::Stage;

/// A typing indicator lasts ten seconds; it is renewed a little before. Source: "Trigger Typing Indicator".
const TYPING_RENEWAL: Duration = Duration::from_secs(8);

/// How often an edit of an old message is tried: for about five minutes.
const OLD_TRIES: u32 = 10;
/// How often an edit is tried where Discord can't be reached, each time with the patience of a call: for more than an hour.
const OUTAGE_TRIES: u32 = 60;
/// The pauses between such tries.
const PAUSES: Pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(60));

/// Shows what is on the stage until all of it is shown, or nothing more can be.
pub(crate) async fn deliver(rooms: &Rooms, stage: &Stage) {
    tokio::select! {
        delivered = show(rooms, stage) => if let Err(error) = delivered { stage.leave(error) },
        _ = stage.lost() => {}
    }
}

async fn show(rooms: &Rooms, stage: &Stage) -> Result<(), TurnError> {
    let mut place = Place::open(rooms, stage).await?;
    // In messages that are there already, it goes on after a while in which Discord may have closed their thread by itself.
    let mut may_reopen = stage.reply().is_begun();
    let mut typing = Typing::default();
    let (mut old, mut outage) = (OldMessages::default(), Tries::new(OUTAGE_TRIES));
    loop {
        let Some(want) = stage.want().filter(|want| old.may_take(want)) else {
            if stage.reply().is_settled() {
                return Ok(());
            }
            tokio::select! {
                () = stage.changed() => {}
                () = typing.due(), if !stage.is_visible() => typing.show(rooms, place.channel),
            }
            continue;
        };
        let route = place.route(&want);
        let permit = tokio::select! {
            permit = rooms.rest.permit(&route, want.urgency, want.since) => permit,
            // What waits asks again, with its age and its new urgency.
            () = stage.more_urgent(want.urgency) => continue,
        };
        let Some(act) = stage.reply().act() else {
            continue;
        };
        match place.send(rooms, stage, act, permit).await {
            Ok(outcome) => {
                outage = Tries::new(OUTAGE_TRIES);
                may_reopen = false;
                stage.reply().done(outcome);
                if let Outcome::Created(_) | Outcome::Found(_) = outcome {
                    place.stay();
                    stage.keep(rooms).await;
                }
            }
            Err(Refused::File) => {
                let mut reply = stage.reply();
                reply.done(Outcome::Failed);
                reply.attach_nothing();
            }
            Err(Refused::Old) => {
                stage.reply().done(Outcome::Failed);
                old.rest().await?;
            }
            // What is seen is a part of the answer, and its end is still to be shown.
            Err(Refused::Outage) => {
                stage.reply().done(Outcome::Failed);
                outage
                    .rest()
                    .await
                    .map_err(|Used| TurnError::Discord { status: 0, code: 0 })?;
            }
            Err(Refused::Place(permission)) => {
                stage.reply().done(Outcome::Failed);
                place.retreat(rooms, stage, permission).await?;
            }
            Err(Refused::Archived) if may_reopen => {
                may_reopen = false;
                stage.reply().done(Outcome::Failed);
                let reopened = rooms.rest.reopen_thread(place.channel).await;
                reopened.map_err(|_| TurnError::Gone)?;
            }
            // Closed while it was answered in, it is left in peace: its end was wanted.
            Err(Refused::Archived) => return Err(TurnError::Gone),
            Err(Refused::Turn(error)) => return Err(error),
        }
    }
}

/// Messages that are older than an hour, as those of an answer that is retried late can be, take few edits. Once Discord
/// has said so, they get the end of the answer alone, and it is tried for minutes.
struct OldMessages {
    tries: Tries,
}

impl Default for OldMessages {
    fn default() -> Self {
        Self {
            tries: Tries::new(OLD_TRIES),
        }
    }
}

impl OldMessages {
    fn may_take(&self, want: &Want) -> bool {
        self.tries.left == OLD_TRIES || want.urgency != Urgency::Text
    }

    /// Discord has refused an edit: waits before the next one.
    async fn rest(&mut self) -> Result<(), TurnError> {
        let (status, code) = (400, EDITED_TOO_OFTEN);
        let rested = self.tries.rest().await;
        rested.map_err(|Used| TurnError::Discord { status, code })
    }
}

/// How often something is still tried.
struct Tries {
    left: u32,
    pauses: Pauses,
}

/// There is no try left.
struct Used;

impl Tries {
    fn new(left: u32) -> Self {
        Self {
            left,
            pauses: PAUSES,
        }
    }

    /// Waits before the next try.
    async fn rest(&mut self) -> Result<(), Used> {
        self.left = self.left.checked_sub(1).ok_or(Used)?;
        sleep(self.pauses.longer()).await;
        Ok(())
    }
}

/// Shows that the bot is typing while nothing of its answer can be seen.
#[derive(Default)]
struct Typing {
    next: Option<Instant>,
}

impl Typing {
    /// Resolves when the indicator is to be shown: at once, then again before it goes out.
    async fn due(&self) {
        if let Some(next) = self.next {
            sleep_until(next).await;
        }
    }

    /// Nobody waits for it, and a late one is worth nothing: the answer goes on meanwhile.
    fn show(&mut self, rooms: &Rooms, channel: ChannelId) {
        self.next = Some(Instant::now() + TYPING_RENEWAL);
        let rest = rooms.rest.clone();
        tokio::spawn(async move { rest.typing(channel).await });
    }
}
