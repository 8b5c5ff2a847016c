//! What is to be seen of one answer: written by the side that hears the model, read by the side that speaks to Discord.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kaiwa_core::{
    Now,
    button::Answer,
    error::TurnError,
    id::{ChannelId, MessageId},
    message::Ask,
    model::{FinishReason, ModelEvent},
    pacing::Urgency,
    reply::{Buttons, Limits, Reply, Seen, Want},
    words::{
        Locale,
        conversation::{GoOn, greeting, rest_comes_in_file, still_thinking, whole_answer_in_file},
        small_print,
    },
};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::place::go_on;
use crate::{
    app::Rooms,
    shown::{self, Carried},
    store::{Before, Fence, Shown},
    work::{Ended, Work},
};

/// So long a call that is under way may take when the process ends. It is less than answers have for their last words.
const LAST_CALL: Duration = Duration::from_secs(3);

/// Why nothing more can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Discord does not take it.
    Failed(TurnError),
    /// The process ends before all of it is shown; the next one goes on.
    Stopped,
}

impl From<Lost> for Ended {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Failed(error) => Self::Failed(error),
            Lost::Stopped => Self::Stopped,
        }
    }
}

/// What is to be seen of one answer, and where.
pub(crate) struct Stage {
    reply: Mutex<Reply>,
    /// Something is to be shown, or the answer is whole.
    changed: Notify,
    /// Why nothing more can be shown.
    lost: watch::Sender<Option<Lost>>,
    /// Why Discord takes none of the words that are still to be shown.
    refused: watch::Sender<Refusal>,
    /// Cancelled when the process ends.
    stopping: CancellationToken,
    /// What stands under the answer.
    notices: Mutex<Notices>,
    phase: watch::Sender<Phase>,
    /// All of it is shown.
    settled: Notify,
    /// The question that says where the answer goes.
    pub(super) lead: Ask,
    /// The message that a reply is to reply to: the newest question.
    newest: Mutex<Asked>,
    /// How people go on with the conversation.
    go_on: Mutex<GoOn>,
    /// The right to write the turn into the store.
    fence: Arc<Option<Fence>>,
    /// How far it has come, where nobody may write it into the store.
    carried: Carried,
}

/// How far its delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// It is not settled where the answer goes.
    Opening,
    /// That is settled.
    Placed,
    /// Nothing more will come.
    Over,
}

/// A question: the message, and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) message: MessageId,
    pub(super) channel: ChannelId,
}

impl Asked {
    fn by(ask: &Ask) -> Self {
        Self {
            message: ask.message,
            channel: ask.home.asked_in(),
        }
    }
}

/// What becomes of words that Discord does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// It takes them, as far as is known.
    None,
    /// It doesn't, for this reason, and nobody has heard of it yet.
    Told(TurnError),
    /// They are given up; what is said instead comes next.
    GivenUp,
}

/// What stands under the answer, in small print.
#[derive(Debug, Default)]
struct Notices {
    /// What the place calls for.
    place: Vec<String>,
    /// What the end of the answer calls for, once it has come.
    end: Option<Vec<String>>,
}

impl Stage {
    /// An empty stage for a piece of work; what an earlier process showed of its answer is taken over.
    pub(crate) fn new(rooms: &Rooms, work: &Work, stopping: CancellationToken) -> Self {
        let limits = Limits::default();
        let mut reply = match work.shown() {
            Some(state) => Reply::resume(limits, state),
            None => Reply::new(limits),
        };
        let lead = work.lead().clone();
        reply.attach_after(
            rooms.settings.max_messages,
            whole_answer_in_file(lead.locale),
            rest_comes_in_file(lead.locale),
        );
        reply.offer(Buttons::STOP, Buttons::NONE);
        if work.fence().is_none() {
            reply.tell_of_more();
        }
        if rooms.settings.formula_pictures {
            reply.draw_formulas();
        }
        if let Some(before) = work.before() {
            reply.remake(&before.text, before.is_whole);
        }
        Self {
            reply: Mutex::new(reply),
            changed: Notify::new(),
            lost: watch::Sender::new(None),
            refused: watch::Sender::new(Refusal::None),
            stopping,
            notices: Mutex::default(),
            phase: watch::Sender::new(Phase::Opening),
            settled: Notify::new(),
            newest: Mutex::new(Asked::by(work.newest())),
            go_on: Mutex::new(go_on(rooms, &lead)),
            lead,
            fence: work.fence(),
            carried: work.carried(),
        }
    }

    /// The next piece of the answer.
    pub(crate) fn push(&self, event: &ModelEvent, now: Now) {
        let mut reply = lock(&self.reply);
        let wanted = reply.want();
        reply.push(event, now);
        // Most tokens change nothing: text waits already, or an act is under way.
        if reply.want() != wanted {
            self.changed.notify_one();
        }
    }

    /// The answer begins, or begins anew, for everything up to the question `newest`.
    pub(crate) fn restart(&self, newest: &Ask) {
        *lock(&self.newest) = Asked::by(newest);
        // What stood under an answer that is begun anew says nothing about the new one.
        lock(&self.notices).end = None;
        self.refused.send_replace(Refusal::None);
        lock(&self.reply).restart();
        self.changed.notify_one();
    }

    /// Greets whoever only called the bot, once it is settled where.
    pub(crate) fn greet(&self, locale: Locale, now: Now) {
        self.push(&ModelEvent::whole(greeting(locale, self.go_on())), now);
        let (choice, reason) = (0, FinishReason::Stop);
        self.push(&ModelEvent::Finish { choice, reason }, now);
    }

    /// Shows that the answer is still to come, where nothing of it can be seen.
    pub(crate) fn think(&self, locale: Locale, now: Now) {
        lock(&self.reply).thinking(&small_print(still_thinking(locale)), now);
        self.changed.notify_one();
    }

    /// Nothing more will come; `notices` stand under the answer, in small print, and `buttons` below all of it.
    pub(crate) fn finish(&self, notices: Vec<String>, buttons: Buttons, now: Now) {
        lock(&self.reply).offer(Buttons::STOP, buttons);
        lock(&self.notices).end = Some(notices);
        self.show_notices(now);
        // An end that knows nothing of a refusal does not settle it.
        self.refused.send_if_modified(|refusal| {
            let is_settled = *refusal == Refusal::GivenUp;
            if is_settled {
                *refusal = Refusal::None;
            }
            is_settled
        });
    }

    /// The answer ends with what is seen of it: words that Discord does not take are given up.
    pub(crate) fn cut(&self, seen: Seen) {
        lock(&self.reply).cut(seen);
        self.refused.send_if_modified(|refusal| {
            let is_told = matches!(refusal, Refusal::Told(_));
            if is_told {
                *refusal = Refusal::GivenUp;
            }
            is_told
        });
        self.changed.notify_one();
    }

    /// Adds what the place of the answer calls for to what stands under it.
    pub(super) fn remark(&self, remark: String, now: Now) {
        lock(&self.notices).place.push(remark);
        self.show_notices(now);
    }

    fn show_notices(&self, now: Now) {
        let notices = lock(&self.notices);
        if let Some(end) = &notices.end {
            let all = end.iter().chain(&notices.place);
            let all: Vec<String> = all.map(|notice| small_print(notice)).collect();
            lock(&self.reply).finish(&all, now);
            self.changed.notify_one();
        }
    }

    /// It is settled where the answer goes; `go_on` is how people go on there.
    pub(super) fn place(&self, go_on: GoOn) {
        *lock(&self.go_on) = go_on;
        self.come_to(Phase::Placed);
    }

    /// Resolves when it is settled where the answer goes, or that it goes nowhere.
    pub(crate) async fn placed(&self) {
        tokio::select! {
            () = self.reached(Phase::Placed) => {}
            _ = self.lost() => {}
        }
    }

    /// Resolves when it is finished and all of it is shown, or nothing more can be.
    pub(crate) async fn settled(&self) {
        let settled = async {
            while !lock(&self.reply).is_settled() {
                self.settled.notified().await;
            }
        };
        tokio::select! {
            () = settled => {}
            _ = self.lost() => {}
        }
    }

    /// All of it is shown, for now.
    pub(super) fn tell_settled(&self) {
        self.settled.notify_one();
    }

    /// Nothing more will come.
    pub(crate) fn end_delivery(&self) {
        self.come_to(Phase::Over);
    }

    /// Resolves when nothing more will come.
    pub(super) async fn delivery_ends(&self) {
        self.reached(Phase::Over).await;
    }

    fn come_to(&self, phase: Phase) {
        self.phase.send_modify(|now| *now = phase.max(*now));
    }

    async fn reached(&self, phase: Phase) {
        let mut phases = self.phase.subscribe();
        // The sender lives as long as the stage.
        let _ = phases.wait_for(|now| *now >= phase).await;
    }

    /// Nothing more is to be shown, not even what waits.
    pub(crate) fn leave(&self, why: Lost) {
        self.lost.send_modify(|lost| {
            lost.get_or_insert(why);
        });
    }

    /// Resolves when nothing more can be shown, with the reason.
    pub(crate) async fn lost(&self) -> Lost {
        let mut lost = self.lost.subscribe();
        let why = lost.wait_for(Option::is_some).await;
        // The sender lives as long as the stage: waiting can't end without a reason.
        why.ok()
            .and_then(|why| why.clone())
            .unwrap_or(Lost::Failed(TurnError::Gone))
    }

    /// Discord takes none of the words that are still to be shown. Resolves when it is settled what is to be shown instead.
    pub(super) async fn refuse(&self, why: TurnError) -> Result<(), Lost> {
        let mut refused = self.refused.subscribe();
        self.refused.send_replace(Refusal::Told(why));
        tokio::select! {
            // The sender lives as long as the stage.
            _ = refused.wait_for(|refusal| *refusal == Refusal::None) => Ok(()),
            lost = self.lost() => Err(lost),
            () = self.stopping() => Err(Lost::Stopped),
        }
    }

    /// Resolves when Discord takes none of the words that are still to be shown, with the reason.
    pub(crate) async fn refused(&self) -> TurnError {
        let mut refused = self.refused.subscribe();
        let told = refused.wait_for(|refusal| matches!(refusal, Refusal::Told(_)));
        match told.await.as_deref() {
            Ok(Refusal::Told(why)) => why.clone(),
            // The sender lives as long as the stage: waiting can't end without a reason.
            Ok(Refusal::None | Refusal::GivenUp) | Err(_) => TurnError::Gone,
        }
    }

    /// The answer ends with what is seen of it; all of its text is kept in the store.
    pub(crate) async fn give_up(&self, rooms: &Rooms) {
        let whole = {
            let reply = lock(&self.reply);
            Before {
                text: reply.text().to_owned(),
                is_whole: reply.is_whole(),
            }
        };
        rooms.memory.begin_version(self.fence(), whole).await;
        self.cut(Seen::Perhaps);
    }

    /// The answer has ended: all that is left is to show it.
    pub(super) fn has_ended(&self) -> bool {
        lock(&self.notices).end.is_some()
    }

    /// Why nothing more can be shown, if that is so.
    pub(crate) fn why_lost(&self) -> Option<Lost> {
        self.lost.borrow().clone()
    }

    /// Resolves when the process ends.
    pub(super) async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Resolves when the process ends and can't wait any longer for what is under way.
    pub(super) async fn out_of_time(&self) {
        self.stopping.cancelled().await;
        sleep(LAST_CALL).await;
    }

    /// A first word of the answer can be seen.
    pub(crate) fn is_visible(&self) -> bool {
        lock(&self.reply).is_visible()
    }

    /// How people go on with the conversation.
    pub(crate) fn go_on(&self) -> GoOn {
        *lock(&self.go_on)
    }

    /// How long the model thought before it spoke, if it told its thoughts.
    pub(crate) fn thought(&self) -> Option<Duration> {
        lock(&self.reply).thought()
    }

    /// The model told what it thought.
    pub(crate) fn has_thoughts(&self) -> bool {
        !kaiwa_core::text::is_blank(lock(&self.reply).thoughts())
    }

    /// Ended without another word, what can be seen would be a part of an answer.
    pub(crate) fn is_part(&self) -> bool {
        lock(&self.reply).is_part()
    }

    /// All that can be seen are words that an earlier process left.
    pub(crate) fn is_left(&self) -> bool {
        !lock(&self.reply).unread().is_empty()
    }

    /// Something was sent, and nobody knows whether it was posted.
    pub(crate) fn is_unsure(&self) -> bool {
        lock(&self.reply).is_unsure()
    }

    /// The answer has a message.
    pub(super) fn has_messages(&self) -> bool {
        let state = lock(&self.reply).state();
        let mut parts = state.parts.iter();
        parts.any(|part| part.message.is_some() && !part.deleted)
    }

    /// What can be seen of the answer was one version of it; the next one takes its place.
    pub(crate) async fn keep_version(&self, rooms: &Rooms) {
        let before = {
            let reply = lock(&self.reply);
            reply.is_visible().then(|| Before {
                text: reply.text().to_owned(),
                is_whole: reply.is_whole(),
            })
        };
        if let Some(before) = before {
            lock(&self.reply).remade();
            rooms.memory.begin_version(self.fence(), before).await;
        }
    }

    /// Keeps in the store what is shown.
    pub(crate) async fn keep(&self, rooms: &Rooms) {
        match self.fence() {
            Some(fence) => rooms.memory.shown(fence, &self.shown()).await,
            None => self.carried.keep(lock(&self.reply).state()),
        }
    }

    /// What is shown, as the store keeps it.
    pub(crate) fn shown(&self) -> Shown {
        shown::of(&lock(&self.reply), self.newest().message)
    }

    pub(super) fn fence(&self) -> Option<&Fence> {
        self.fence.as_ref().as_ref()
    }

    pub(super) fn reply(&self) -> MutexGuard<'_, Reply> {
        lock(&self.reply)
    }

    /// The question that a reply is to reply to.
    pub(super) fn newest(&self) -> Asked {
        *lock(&self.newest)
    }

    /// A later process will know of the answer, by the store.
    pub(super) fn is_kept(&self) -> bool {
        self.fence.is_some()
    }

    /// What is asked from now on is not answered by this answer: where it alone tells which question it is to, its first
    /// message tells it for good.
    pub(crate) fn is_bound(&self) -> bool {
        !self.is_kept() && lock(&self.reply).is_begun()
    }

    /// By what the buttons find the answer again.
    pub(super) fn answer(&self) -> Answer {
        let Asked { message, channel } = *lock(&self.newest);
        let state = lock(&self.reply).state();
        Answer {
            conversation: self.lead.conversation,
            ask: message,
            asked_in: channel,
            first: state.parts.iter().find_map(|part| part.message),
        }
    }

    /// Resolves when something may have changed in what is to be shown.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(super) fn want(&self) -> Option<Want> {
        lock(&self.reply).want()
    }

    /// Resolves when something more urgent than `urgency` is to be shown.
    pub(super) async fn more_urgent(&self, urgency: Urgency) {
        loop {
            self.changed.notified().await;
            if self.want().is_none_or(|want| want.urgency != urgency) {
                return;
            }
        }
    }
}

/// Every poisoned state is a whole one: all changes are single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
