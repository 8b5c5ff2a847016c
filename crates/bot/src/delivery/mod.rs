//! Bringing one answer to Discord: the [`Stage`] holds what is to be seen, [`deliver`] makes it so.
//!
//! The model's side only pushes text onto the stage. This side asks for a permit whenever something waits to be
//! shown, and renders the freshest text at the moment when the permit comes. Where Discord can't be reached, it waits and
//! tries again, for as long as the process lives.

pub(crate) mod buttons;
mod found;
mod place;
mod stage;
mod stand_in;
mod waits;

use std::{future::Future, time::Duration};

use kaiwa_core::{
    error::TurnError,
    id::MessageId,
    reply::{Act, Outcome},
};

use crate::{
    app::Rooms,
    discord::rest::{Attached, EditMessage, Moment, Page, Permit, RestError},
};
use found::{Attempt, Unsure};
pub(crate) use found::{Unreadable, read_what_is_left, standing, text_in_file};
pub(crate) use place::is_picture;
use place::{Place, Refused};
pub(crate) use stage::{Lost, Stage};
use stand_in::StandIn;
pub(crate) use waits::Outage;
use waits::{OldMessages, Typing};

/// A thread goes to rest when so long nothing was posted in it, at the earliest. Source: "Channel Object",
/// `auto_archive_duration`.
const THREAD_RESTS: Duration = Duration::from_secs(3_600);

/// Shows what is on the stage until all of it is shown, or nothing more can be.
pub(crate) async fn deliver(rooms: &Rooms, stage: &Stage) {
    if let Err(lost) = show(rooms, stage).await {
        stage.leave(lost);
    }
}

async fn show(rooms: &Rooms, stage: &Stage) -> Result<(), Lost> {
    let mut outage = Outage::new();
    let place = tokio::select! {
        place = Box::pin(Place::open(rooms, stage, &mut outage)) => place?,
        lost = stage.lost() => return Err(lost),
        () = stage.out_of_time() => return Err(Lost::Stopped),
        // There is nothing to be shown any more.
        () = stage.delivery_ends() => return Ok(()),
    };
    let mut delivery = Delivery {
        rooms,
        stage,
        place,
        typing: Typing::default(),
        old: OldMessages::new(),
        outage,
        unsure: Unsure::default(),
        stand_in: StandIn::default(),
        refusals: 0,
        awake: None,
        left: None,
    };
    loop {
        // What is sent is heard out, so that it is known what stands there. All else ends at once.
        let next = tokio::select! {
            biased;
            lost = stage.lost() => return Err(lost),
            next = delivery.next() => next,
        };
        // A call takes more room than all the rest of an answer, which waits for its model most of the time.
        match next {
            Some((act, permit)) => Box::pin(delivery.send(act, permit)).await?,
            None => break,
        }
    }
    Box::pin(delivery.tidy()).await;
    Ok(())
}

/// The delivery of one answer.
struct Delivery<'a> {
    rooms: &'a Rooms,
    stage: &'a Stage,
    place: Place,
    typing: Typing,
    old: OldMessages,
    outage: Outage,
    unsure: Unsure,
    stand_in: StandIn,
    /// How often in a row Discord refused what was to be shown.
    refusals: u32,
    /// When a message was posted or the thread opened again, or the first edit done, since Discord was gone: from then on
    /// the thread was not at rest.
    awake: Option<Moment>,
    /// The last of the messages that take no edits; it may have buttons.
    left: Option<MessageId>,
}

/// What an act does, and to which message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// With files, or with words alone.
    Create {
        has_files: bool,
    },
    /// With another picture, or without.
    Edit {
        message: MessageId,
        has_files: bool,
    },
    Delete,
    Find,
}

impl Kind {
    fn of(act: &Act) -> Self {
        let has_files = act.has_files();
        match act {
            Act::Create { .. } => Self::Create { has_files },
            Act::Edit { message, .. } => Self::Edit {
                message: *message,
                has_files,
            },
            Act::Delete { .. } => Self::Delete,
            Act::Find { .. } => Self::Find,
        }
    }
}

impl Delivery<'_> {
    /// The next thing to do, once it may be done; none when all is shown and nothing more will come.
    async fn next(&mut self) -> Option<(Act, Permit)> {
        let stage = self.stage;
        loop {
            let Some(want) = stage.want().filter(|want| self.old.may_take(want)) else {
                let is_settled = stage.reply().is_settled();
                if is_settled {
                    stage.tell_settled();
                }
                tokio::select! {
                    () = stage.changed() => {}
                    () = stage.delivery_ends() => return None,
                    () = self.typing.due(), if !stage.is_visible() && !is_settled => {
                        self.typing.show(self.rooms, self.place.channel);
                    }
                }
                continue;
            };
            let route = self.place.route(&want);
            let permit = tokio::select! {
                permit = self.rooms.rest.permit(&route, want.urgency, want.since) => permit,
                // What waits asks again, with its age and its new urgency.
                () = stage.more_urgent(want.urgency) => continue,
            };
            if let Some(act) = stage.reply().act() {
                return Some((act, permit));
            }
        }
    }

    /// Does something at Discord, and tells the reply what came of it.
    async fn send(&mut self, act: Act, permit: Permit) -> Result<(), Lost> {
        let (rooms, stage) = (self.rooms, self.stage);
        let (act, stands_in) = self.stand_in.instead_of(act, stage);
        let (kind, part) = (Kind::of(&act), act.part());
        let attempt = Attempt::of(&act, rooms, stage);
        // A look asks for permits of its own.
        let permit = Some(permit).filter(|_| kind != Kind::Find);
        let (place, unsure) = (&self.place, &mut self.unsure);
        let sending = async {
            match unsure.look(rooms, stage, place.channel, &act).await? {
                Some(outcome) => Ok(outcome),
                None => place.send(rooms, stage, act, permit).await,
            }
        };
        let refused = match heard_out(stage, sending).await {
            Some(Ok(outcome)) => {
                self.outage.over();
                self.refusals = 0;
                if let (Kind::Create { .. }, _) | (_, None) = (kind, self.awake) {
                    self.awake = Some(Moment::now(&rooms.rest));
                }
                if let Kind::Edit { message, .. } = kind {
                    self.stand_in.is_over(message);
                }
                let outcome = self.stand_in.hears(outcome, part, stands_in);
                self.unsure.settle(part);
                stage.reply().done(outcome);
                if let Outcome::Created(_) | Outcome::Found(_) = outcome {
                    self.place.stay();
                    stage.keep(rooms).await;
                }
                return Ok(());
            }
            Some(Err(refused)) => refused,
            None => Refused::Unreachable,
        };
        match (&refused, kind) {
            (Refused::Unreachable, _) => self.unsure.note(attempt),
            // Another answer than this one can be given all the same: the message stays.
            (Refused::Words { .. }, Kind::Delete) => {
                stage.reply().done(Outcome::Missing);
                return Ok(());
            }
            _ => stage.reply().done(Outcome::Failed),
        }
        self.refused(kind, refused).await
    }

    /// Nobody knows whether it was done. It is tried again when Discord can be reached. Where only this one call does not get
    /// through for longer than Discord is ever gone, there may be another way.
    async fn unreachable(&mut self, kind: Kind) -> Result<(), Lost> {
        let stage = self.stage;
        let is_proven = matches!(
            kind,
            Kind::Edit { message, .. } if stage.has_ended() && self.stand_in.proves(message)
        );
        let is_refused = (is_proven || self.outage.is_long()) && self.is_heard().await;
        // Another answer than this one can be given all the same: the message stays.
        let is_left = is_refused && matches!(kind, Kind::Delete | Kind::Find);
        let outcome = if is_left {
            Outcome::Missing
        } else {
            Outcome::Unknown
        };
        stage.reply().done(outcome);
        if is_refused && !matches!(kind, Kind::Edit { .. }) {
            self.outage.tell_refused(self.place.channel);
        }
        match kind {
            // The other side says so in the message that there is.
            Kind::Edit { message, .. } if is_refused && is_proven => {
                self.stand_in.is_over(message);
                return stage.refuse(stand_in::BROKEN).await;
            }
            Kind::Edit { .. } if is_refused => {
                self.post_anew();
                return Ok(());
            }
            Kind::Delete | Kind::Find if is_refused => return Ok(()),
            // It may be files that don't get through, or it may be the words.
            Kind::Create { has_files: true } if is_refused => stage.reply().attach_nothing(),
            Kind::Create { has_files: false } if is_refused && stage.has_ended() => {
                self.stand_in.prepare();
            }
            Kind::Create { .. } | Kind::Edit { .. } | Kind::Delete | Kind::Find => {}
        }
        self.awake = None;
        self.outage.wait(stage).await
    }

    /// What is done about something that did not go through.
    async fn refused(&mut self, kind: Kind, refused: Refused) -> Result<(), Lost> {
        let (rooms, stage) = (self.rooms, self.stage);
        match refused {
            Refused::File => stage.reply().attach_nothing(),
            Refused::Old => {
                if !self.old.rest(stage).await? {
                    self.post_anew();
                }
            }
            Refused::Place(permission) if self.place.may_retreat() => {
                self.place.retreat(rooms, stage, permission).await;
                self.typing = Typing::default();
            }
            Refused::Place(permission) => {
                let permission = permission.to_owned();
                let error = TurnError::Forbidden { permission };
                // What is there can be edited without the right to write.
                if !stage.has_messages() || matches!(kind, Kind::Edit { .. }) {
                    return Err(Lost::Failed(error));
                }
                self.say_refused(error).await?;
            }
            // Nobody has closed the thread to end this answer: it has gone to rest by itself.
            Refused::Archived if self.may_rest() && !matches!(kind, Kind::Create { .. }) => {
                let reopening = rooms.rest.reopen_thread(self.place.channel);
                match heard_out(stage, reopening).await {
                    Some(Ok(())) => self.awake = Some(Moment::now(&rooms.rest)),
                    Some(Err(RestError::Unavailable { .. })) | None => {
                        self.outage.wait(stage).await?;
                    }
                    Some(Err(_)) => return Err(Lost::Failed(TurnError::Gone)),
                }
            }
            Refused::Archived => return Err(Lost::Failed(TurnError::Gone)),
            Refused::Unreachable => self.unreachable(kind).await?,
            Refused::Words { status, code } => self.not_taken(kind, status, code).await?,
            Refused::Turn(error) => return Err(Lost::Failed(error)),
        }
        Ok(())
    }

    /// Discord refuses what is to be shown. It is tried once more, with what has come since; then people are told that it is not
    /// taken, in place of the words. Where that is refused too, nothing can be said.
    async fn not_taken(&mut self, kind: Kind, status: u16, code: u64) -> Result<(), Lost> {
        let channel = self.place.channel;
        if self.refusals == 0 {
            self.refusals = 1;
            tracing::warn!(%channel, status, code, "Discord refuses what is to be shown; it is tried once more");
            return Ok(());
        }
        tracing::error!(%channel, status, code, "an answer can't be shown");
        match kind {
            // It may be the files.
            Kind::Create { has_files: true }
            | Kind::Edit {
                has_files: true, ..
            } => {
                self.stage.reply().attach_nothing();
                Ok(())
            }
            Kind::Create { .. } | Kind::Edit { .. } | Kind::Delete | Kind::Find => {
                self.say_refused(TurnError::Discord { status, code }).await
            }
        }
    }

    /// People are told that the words are not taken, unless that is what is refused.
    async fn say_refused(&mut self, error: TurnError) -> Result<(), Lost> {
        if self.refusals > 1 {
            return Err(Lost::Failed(error));
        }
        self.refusals = 2;
        self.stage.refuse(error).await?;
        // An answer that is begun anew says something else.
        if !self.stage.has_ended() {
            self.refusals = 0;
        }
        Ok(())
    }

    /// The thread may have gone to rest by itself: edits don't keep it awake.
    fn may_rest(&self) -> bool {
        self.awake
            .is_none_or(|awake| awake.elapsed(&self.rooms.rest) >= THREAD_RESTS)
    }

    /// Discord answers other calls there: what doesn't get through is refused, in a way that it can't say.
    async fn is_heard(&self) -> bool {
        let reading = self
            .rooms
            .rest
            .messages(self.place.channel, Page::Latest, 1);
        let read = heard_out(self.stage, reading).await;
        !matches!(read, Some(Err(RestError::Unavailable { .. })) | None)
    }

    /// The messages that are there take no edits: the answer comes in new ones.
    fn post_anew(&mut self) {
        tracing::info!(channel = %self.place.channel, "an answer's messages can't be edited; it is posted anew");
        self.left = self.stage.reply().post_anew();
        self.old = OldMessages::new();
    }

    /// Takes the buttons off what was left behind, if that is possible by now.
    async fn tidy(&self) {
        if let Some(message) = self.left {
            let bare = EditMessage {
                channel: self.place.channel,
                message,
                content: None,
                buttons: Some(Vec::new()),
                attached: Attached::Stays,
            };
            let edited = heard_out(self.stage, self.rooms.rest.edit_message(bare, None)).await;
            if !matches!(edited, Some(Ok(_))) {
                tracing::info!(%message, "a message that can't be edited keeps its button");
            }
        }
    }
}

/// What comes of a call; none where the process ends before it has come.
async fn heard_out<T>(stage: &Stage, calling: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        result = calling => Some(result),
        () = stage.out_of_time() => None,
    }
}
