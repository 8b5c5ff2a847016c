//! What is remembered of turns: claimed, written while they run, ended, and queued again.

use std::{
    collections::{BTreeSet, HashSet, hash_map::Entry},
    sync::atomic::Ordering,
};

use kaiwa_core::{
    button::Presser,
    given::Answers,
    id::{ConversationId, GuildId, MessageId},
    message::{Ask, Said},
    reply::ReplyState,
    text::is_blank,
    turn::TurnEnd,
};

use super::{Memory, lock};
use crate::{
    store::{Before, Claim, Fence, Found, Retried, Right, Settled, Shown, StoreError, Taken, Turn},
    work::Ended,
};

/// The store fails, so that nobody knows what it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CannotTell;

impl Memory {
    /// What an earlier process left to be answered.
    pub(crate) async fn unfinished(&self) -> Vec<(ConversationId, Option<GuildId>)> {
        self.heard(self.store.unfinished().await)
            .unwrap_or_default()
    }

    /// Claims what a conversation has to be answered; `Ok(None)` where there is nothing.
    ///
    /// # Errors
    /// When the store can't tell now: what it has still waits.
    pub(crate) async fn claim(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<Claim>, CannotTell> {
        // Before it is asked it has to take what it is told. What may have been taken back is not given out.
        self.tell_late().await;
        if self.late.borrow().has_deleted() {
            return Err(CannotTell);
        }
        self.late.send_if_modified(|late| {
            late.asks(conversation);
            false
        });
        if self.gaps.swap(false, Ordering::Relaxed) {
            self.heard(self.store.lost_track().await)
                .ok_or(CannotTell)?;
        }
        let given = lock(&self.told_again).answered_in(conversation);
        if let Some(answers) = given {
            let begun = answers.begun.clone();
            self.were_answered(conversation, answers, Vec::new())
                .await
                .ok_or(CannotTell)?;
            self.were_begun(conversation, begun)
                .await
                .ok_or(CannotTell)?;
            lock(&self.told_again).claimed(conversation);
        }
        let claimed = self.heard(self.store.claim(conversation).await);
        if let Some(Some(_)) = claimed {
            self.mended();
        }
        claimed.ok_or(CannotTell)
    }

    /// Questions have answers that the process which gave them could not store, and others have half of one, as the bot's own
    /// messages tell. Of some that have answers the store knows nothing.
    pub(crate) async fn were_answered(
        &self,
        conversation: ConversationId,
        answers: Answers,
        others: Vec<Ask>,
    ) -> Option<()> {
        if answers.answered.is_empty() {
            return Some(());
        }
        let store = &self.store;
        let told = store.were_answered(conversation, answers, others);
        self.heard(told.await)
    }

    /// Questions have half an answer each, of which the process that began it could keep nothing, as the bot's own messages tell:
    /// whoever claims them looks for it, and goes on there.
    pub(crate) async fn were_begun(
        &self,
        conversation: ConversationId,
        begun: BTreeSet<MessageId>,
    ) -> Option<()> {
        if begun.is_empty() {
            return Some(());
        }
        // Our own state: it can always be written as JSON.
        let unknown = serde_json::to_string(&ReplyState::default()).unwrap_or_default();
        self.heard(self.store.were_begun(conversation, begun, unknown).await)
    }

    /// Reads what waits in a conversation, where it can't be claimed, each question once: it is answered as if the store had not
    /// taken it.
    ///
    /// # Errors
    /// When the store can't be read either.
    pub(crate) async fn take(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<(Ask, Said)>, CannotTell> {
        let waiting = self.heard(self.store.waiting(conversation).await);
        let mut waiting = waiting.ok_or(CannotTell)?;
        let (mut taken, mut carried) = (lock(&self.taken), lock(&self.carried));
        let late = self.late.borrow();
        waiting.retain(|(ask, _)| !late.is_deleted(ask.message));
        waiting.retain(|(ask, _)| taken.insert(ask.message, conversation).is_none());
        carried.extend(
            waiting
                .iter()
                .map(|(ask, _)| (ask.message, ask.conversation)),
        );
        Ok(waiting)
    }

    /// The store has a conversation in its hands again: it knows how the turns of what was taken from it ended, and gives out
    /// those that have not begun. Tells which these may be.
    pub(crate) fn hand_back(&self, conversation: ConversationId) -> HashSet<MessageId> {
        let mut taken = lock(&self.taken);
        if taken.is_empty() {
            return HashSet::new();
        }
        let back = taken.extract_if(|_, held| *held == conversation);
        let back: HashSet<MessageId> = back.map(|(ask, _)| ask).collect();
        lock(&self.carried).retain(|ask, _| !back.contains(ask));
        back
    }

    /// Whether neither the store nor this process has had a question; `None` where the store can't tell.
    pub(crate) async fn is_new(&self, ask: MessageId) -> Option<bool> {
        if self.has_had(ask) {
            return Some(false);
        }
        let turn = self.heard(self.store.turn(ask).await)?;
        Some(turn.is_none())
    }

    /// A question is answered, or never will be: nobody needs to be told of it again, unless the store believes that it waits.
    pub(crate) fn settled(&self, ask: MessageId) {
        if !lock(&self.taken).contains_key(&ask) {
            lock(&self.carried).remove(&ask);
        }
    }

    /// The worker of a conversation broke off: its turn can be claimed again.
    pub(crate) async fn abandoned(&self, conversation: ConversationId) {
        self.heard(self.store.abandoned(conversation).await);
    }

    /// Where the turn of a message is; `None` where the store does not know it, or can't tell.
    pub(crate) async fn turn(&self, ask: MessageId) -> Option<Turn> {
        self.heard(self.store.turn(ask).await).flatten()
    }

    /// Keeps who wants the answer to a question to end; tells whether there is one to end. Where the store can't, the worker
    /// alone knows.
    pub(crate) async fn stop(&self, ask: MessageId, by: &Presser) -> bool {
        self.heard(self.store.stop(ask, by).await).unwrap_or(true)
    }

    /// A question reads differently: where its turn has ended meanwhile, it is answered once more. Tells whether the store knows;
    /// where it can't be told now, it is before the next claim.
    pub(crate) async fn again(&self, conversation: ConversationId, ask: MessageId) -> bool {
        let told = self.heard(self.store.again(conversation, ask).await);
        let is_late = told.is_none() && self.store.is_open();
        if is_late {
            self.late.send_modify(|late| late.again(conversation, ask));
        }
        !is_late
    }

    /// The answer to a question, with what the model thought before it; `None` where nothing is kept of that.
    pub(crate) async fn thoughts(&self, ask: MessageId) -> Option<ReplyState> {
        let state = self.heard(self.store.reply(ask).await).flatten()?;
        let state: ReplyState = serde_json::from_str(&state).ok()?;
        (!is_blank(&state.thoughts)).then_some(state)
    }

    /// Lets an answer that failed be tried once more.
    pub(crate) async fn retry(&self, ask: MessageId) -> Option<Retried> {
        self.heard(self.store.retry(ask).await)
    }

    /// Takes in a question that was found again on Discord, to be answered once more. `None` where the store can't.
    pub(crate) async fn begin_again(
        &self,
        ask: &Ask,
        said: &Said,
        state: &ReplyState,
        text: &str,
    ) -> Option<bool> {
        // Our own state: it can always be written as JSON.
        let reply = serde_json::to_string(state).unwrap_or_default();
        let found = Found {
            ask,
            said,
            reply: &reply,
            text,
        };
        let begun = self.heard(self.store.begin_again(&found).await);
        if begun.is_some() {
            self.hold(ask);
            return begun;
        }
        let before = Before {
            text: text.to_owned(),
            is_whole: false,
        };
        match lock(&self.again).entry(ask.message) {
            Entry::Vacant(again) => {
                again.insert((state.clone(), before));
                None
            }
            // Somebody else has pressed for it at the same time.
            Entry::Occupied(_) => Some(false),
        }
    }

    /// The running turn begins a new version of its answer, and keeps the one before.
    pub(crate) async fn begin_version(&self, fence: Option<&Fence>, before: Before) {
        if let Some(fence) = fence {
            self.heard(self.store.begin_version(fence, before).await);
        }
    }

    /// Takes in what was asked meanwhile.
    pub(crate) async fn absorb(&self, fence: &Fence) -> Vec<Ask> {
        self.heard(self.store.absorb(fence).await)
            .unwrap_or_default()
    }

    /// People have moved on from the questions of a turn.
    pub(crate) async fn pass_by(&self, fence: &Fence) {
        self.heard(
            self.store
                .finish(fence, TurnEnd::PassedBy, Shown::default())
                .await,
        );
    }

    /// Keeps where a conversation goes on. Where that can't be kept now, it is before anything there is claimed.
    pub(crate) async fn settle(
        &self,
        conversation: ConversationId,
        fence: Option<&Fence>,
        settled: Settled,
    ) {
        let is_kept = match fence {
            Some(fence) => {
                let kept = self.store.settle_home(fence, settled.clone()).await;
                // Whoever has the turn by now knows better.
                let is_over = matches!(kept, Err(StoreError::Fenced));
                self.heard(kept).is_some() || is_over
            }
            None => false,
        };
        if !is_kept && self.store.is_open() {
            self.late
                .send_modify(|late| late.settle(conversation, settled));
        }
    }

    /// Keeps how far an answer has come: its messages, and what each holds.
    pub(crate) async fn shown(&self, fence: &Fence, shown: &Shown) {
        // A question of whose answer nothing was sent waits as if nobody had begun with it.
        if shown.state.is_some() {
            self.heard(self.store.save_reply(fence, shown).await);
        }
    }

    /// An answer is about to delete one of its messages.
    pub(crate) async fn leaves(&self, message: MessageId) {
        self.heard(self.store.leave(message).await);
    }

    /// Which of these messages of the bot are known as something else than a part of the answer that a turn gives; `None` where
    /// the store can't tell. Whoever began an `unkept` one had no store.
    pub(crate) async fn of_others(
        &self,
        fence: &Fence,
        messages: Vec<MessageId>,
        unkept: bool,
    ) -> Option<HashSet<MessageId>> {
        self.heard(self.store.of_others(fence, messages, unkept).await)
    }

    /// The answer to this question is made again, and the store could not be told.
    pub(crate) fn is_asked_again(&self, ask: MessageId) -> bool {
        lock(&self.again).contains_key(&ask)
    }

    /// What was to be seen of the answer to such a question.
    pub(crate) fn before_again(&self, ask: MessageId) -> Option<(ReplyState, Before)> {
        lock(&self.again).get(&ask).cloned()
    }

    /// Somebody pressed for the answer that these questions have now, and the store could not be told.
    fn was_asked_again(&self, asks: &[MessageId]) -> bool {
        let mut again = lock(&self.again);
        asks.first()
            .is_some_and(|lead| again.remove(lead).is_some())
    }

    /// Keeps how a turn ended, and what is shown of its answer. Without a fence its questions were taken, or the store has never
    /// had them.
    pub(crate) async fn end(
        &self,
        fence: Option<&Fence>,
        (conversation, asks): (ConversationId, Vec<MessageId>),
        ended: &Ended,
        shown: Shown,
    ) {
        let (right, shown) = match fence {
            Some(fence) => (Right::from(fence), shown),
            None if self.was_asked_again(&asks) => {
                if !self.store.is_open() {
                    return;
                }
                (Right::Again(Taken { conversation, asks }), shown)
            }
            None => {
                let lead = asks.first().copied();
                let taken = lock(&self.taken);
                let asks: Vec<_> = asks
                    .into_iter()
                    .filter(|ask| taken.contains_key(ask))
                    .collect();
                if asks.is_empty() {
                    return;
                }
                // Messages that bear the name of a question which the store has never had are no business of its.
                let is_lead = lead == asks.first().copied();
                let shown = Some(shown).filter(|_| is_lead).unwrap_or_default();
                (Right::from(Taken { conversation, asks }), shown)
            }
        };
        let kept = match ended {
            Ended::Answered(finish) => {
                let end = TurnEnd::Answered { finish: *finish };
                self.store.finish(right, end, shown).await
            }
            Ended::StoppedBy(by) => {
                let end = TurnEnd::Stopped { by: by.id };
                self.store.finish(right, end, shown).await
            }
            Ended::Withdrawn => self.store.finish(right, TurnEnd::Withdrawn, shown).await,
            Ended::Failed(error) => self.store.fail(right, error, shown).await,
            Ended::Stopped => self.store.release(right, shown).await,
        };
        self.heard(kept);
    }
}
