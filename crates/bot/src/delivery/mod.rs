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
/// The pause after the first refusal of such an edit; each further one is twice as long.
const OLD_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two of them.
const LONGEST_OLD_PAUSE: Duration = Duration::from_secs(60);

/// Shows what is on the stage until all of it is shown, or nothing more can be.
pub(crate) async fn deliver(rooms: &Rooms, stage: &Stage) {
    tokio::select! {
        delivered = show(rooms, stage) => if let Err(error) = delivered { stage.leave(error) },
        _ = stage.lost() => {}
    }
}

async fn show(rooms: &Rooms, stage: &Stage) -> Result<(), TurnError> {
    let mut place = Place::open(rooms, stage).await?;
    let mut typing = Typing::default();
    let mut old = OldMessages::default();
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
            Err(Refused::Place(permission)) => {
                stage.reply().done(Outcome::Failed);
                place.retreat(rooms, stage, permission).await?;
            }
            Err(Refused::Turn(error)) => return Err(error),
        }
    }
}

/// Messages that are older than an hour, as those of an answer that is retried late can be, take few edits. Once Discord
/// has said so, they get the end of the answer alone, and it is tried for minutes.
#[derive(Default)]
struct OldMessages {
    refused: u32,
}

impl OldMessages {
    fn may_take(&self, want: &Want) -> bool {
        self.refused == 0 || want.urgency != Urgency::Text
    }

    /// Discord has refused an edit: waits before the next one.
    async fn rest(&mut self) -> Result<(), TurnError> {
        if self.refused >= OLD_TRIES {
            let (status, code) = (400, EDITED_TOO_OFTEN);
            return Err(TurnError::Discord { status, code });
        }
        let pause = OLD_PAUSE.saturating_mul(1 << self.refused.min(10));
        self.refused += 1;
        sleep(pause.min(LONGEST_OLD_PAUSE)).await;
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
