//! One turn's work: the questions that it answers together, what is known of their answer, and how it ends.

use std::{collections::VecDeque, convert::Infallible, iter, sync::Arc};

use kaiwa_core::{
    Now,
    button::Presser,
    error::TurnError,
    id::MessageId,
    message::{Ask, AskKind, Said},
    missed,
    model::{FinishReason, ModelEvent, Prompt},
    reply::ReplyState,
};
use tokio::sync::oneshot;

use crate::{
    app::Rooms,
    delivery::Stage,
    lanes::Signal,
    prompt::Built,
    shown::Carried,
    store::{Before, Claim, Fence},
};

/// Below this many tokens a window is not worth trying.
const LEAST_WINDOW: usize = 1_024;

/// One turn's work: the questions that it answers together.
pub(crate) struct Work {
    /// The question that the turn is named after; it says where the answer goes.
    lead: Ask,
    /// The others, oldest first.
    joined: Vec<Ask>,
    /// What the store could not take of them.
    unstored: Vec<Said>,
    /// The right to write the turn; none where the store could not take it.
    fence: Arc<Option<Fence>>,
    /// What an earlier process showed of the answer.
    shown: Option<ReplyState>,
    /// What is shown of it, where the store could not take the turn.
    carried: Carried,
    /// The version before, where the answer is made once more.
    before: Option<Before>,
    /// A process died over it: something may have been sent that it could not keep.
    left: bool,
    /// Its questions that nobody heard when they were asked.
    missed: Vec<MessageId>,
    /// How it ends, where that is known before it begins.
    foregone: Option<Ended>,
    /// The answer comes late: a question waited too long to be heard.
    pub late_answer: bool,
    /// The model's window, in tokens, as far as it is known.
    pub window: usize,
    /// The beginning of the conversation no longer fitted, and nobody was told.
    pub left_out: bool,
    /// The end of the question did not fit.
    pub question_cut: bool,
    /// Why the model ended its answer.
    pub finish: FinishReason,
    /// The model said all it had to say, and all of it is shown.
    pub is_answered: bool,
    /// Questions that came too late for this turn and that the store could not take.
    late: Vec<(Ask, Said)>,
    /// Who waits for its end.
    knocks: Vec<oneshot::Sender<Infallible>>,
}

/// How a turn ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The model said all it had to say.
    Answered(FinishReason),
    /// It could not be answered, or not to the end.
    Failed(TurnError),
    /// Nobody asks any more.
    Withdrawn,
    /// Somebody stopped it.
    StoppedBy(Presser),
    /// The process ends; the next one goes on.
    Stopped,
}

/// What a deleted message takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    /// The whole turn.
    Turn,
    /// One of its questions; others remain.
    Question,
    /// Nothing: it was no question of this turn.
    Nothing,
}

impl Work {
    pub(crate) fn claimed(claim: Claim, window: usize) -> Option<Self> {
        let turn = claim.fence.turn();
        let (mut lead, joined): (Vec<Ask>, Vec<Ask>) =
            claim.asks.into_iter().partition(|ask| ask.message == turn);
        let shown = claim.reply.as_deref();
        let shown = shown.and_then(|state| {
            serde_json::from_str(state)
                .inspect_err(|_| tracing::warn!(%turn, "what was shown of an answer can't be read; it is answered anew"))
                .ok()
        });
        let work = Self::new(
            lead.pop()?,
            joined,
            Vec::new(),
            Some(claim.fence),
            shown,
            window,
        );
        let foregone = if claim.withdrawn {
            Some(Ended::Withdrawn)
        } else {
            claim.stopped.map(Ended::StoppedBy)
        };
        // Whoever has begun an answer of which nothing is known had no store.
        let is_unkept = work.is_unkept();
        Some(Self {
            left: claim.left || is_unkept,
            foregone,
            before: claim.before,
            missed: claim.missed,
            ..work
        })
    }

    /// The questions that the store could not take, as far as one answer serves them all. One whose answer is made again is on its
    /// own.
    pub(crate) fn unstored(
        waiting: &mut VecDeque<(Ask, Said)>,
        is_again: impl Fn(MessageId) -> bool,
        window: usize,
    ) -> Option<Self> {
        let (lead, said) = waiting.pop_front()?;
        let is_alone = is_again(lead.message);
        let together = waiting
            .iter()
            .take_while(|(ask, _)| !is_alone && ask.joins(&lead) && !is_again(ask.message))
            .count();
        let (joined, more): (Vec<Ask>, Vec<Said>) = waiting.drain(..together).unzip();
        let unstored = iter::once(said).chain(more).collect();
        Some(Self::new(lead, joined, unstored, None, None, window))
    }

    /// The same work, in the messages of the version before, if there is one.
    pub(crate) fn again(self, before: Option<(ReplyState, Before)>) -> Self {
        let (shown, before) = before.unzip();
        Self {
            shown: shown.or(self.shown),
            before: before.or(self.before),
            ..self
        }
    }

    fn new(
        lead: Ask,
        joined: Vec<Ask>,
        unstored: Vec<Said>,
        fence: Option<Fence>,
        shown: Option<ReplyState>,
        window: usize,
    ) -> Self {
        Self {
            lead,
            joined,
            unstored,
            fence: Arc::new(fence),
            shown,
            carried: Carried::default(),
            before: None,
            left: false,
            missed: Vec::new(),
            foregone: None,
            late_answer: false,
            window,
            left_out: false,
            question_cut: false,
            finish: FinishReason::Stop,
            is_answered: false,
            late: Vec::new(),
            knocks: Vec::new(),
        }
    }

    /// The same work, which can't be answered any more. What is said of that goes into the messages that there are.
    pub(crate) fn failing(self, error: TurnError) -> Self {
        Self {
            shown: self.carried.take().or(self.shown),
            foregone: Some(Ended::Failed(error)),
            ..self
        }
    }

    /// Looks at questions that nobody heard when they were asked. Gives the right to end the turn if people have moved on
    /// from it. What was begun is always finished.
    pub(crate) async fn passed_by(&mut self, rooms: &Rooms) -> Option<&Fence> {
        if self.missed.is_empty() || self.shown.is_some() {
            return None;
        }
        let now = rooms.rest.discord_ms();
        let is_stale = |ask: &MessageId| missed::age(*ask, now) > rooms.settings.stale_after;
        self.late_answer = self.missed.iter().any(is_stale);
        let newest = self.newest();
        if self.left || !self.missed.contains(&newest.message) || !is_stale(&newest.message) {
            return None;
        }
        let later = rooms
            .memory
            .later(newest.conversation, newest.message)
            .await;
        if missed::moved_on(newest, &later) {
            self.fence.as_ref().as_ref()
        } else {
            None
        }
    }

    /// How it ends, where that is known before it begins: somebody has stopped it or taken it back, or it can't be answered.
    pub(crate) fn foregone(&mut self) -> Option<Ended> {
        self.foregone.take()
    }

    /// The question that the turn is named after; it says where the answer goes.
    pub(crate) fn lead(&self) -> &Ask {
        &self.lead
    }

    /// The newest question: everything up to it is answered.
    pub(crate) fn newest(&self) -> &Ask {
        self.joined
            .last()
            .filter(|ask| ask.message > self.lead.message)
            .unwrap_or(&self.lead)
    }

    /// The bot was only called: none of the questions asks anything.
    pub(crate) fn is_greeting(&self) -> bool {
        iter::once(&self.lead)
            .chain(&self.joined)
            .all(|ask| ask.kind == AskKind::Greeting)
    }

    /// The messages of the questions.
    pub(crate) fn asked(&self) -> impl Iterator<Item = MessageId> {
        let asks = iter::once(&self.lead).chain(&self.joined);
        asks.map(|ask| ask.message)
    }

    /// A message is one of the questions.
    pub(crate) fn asks(&self, message: MessageId) -> bool {
        self.asked().any(|asked| asked == message)
    }

    /// What the store could not take.
    pub(crate) fn unstored_said(&self) -> &[Said] {
        &self.unstored
    }

    /// The right to write the turn.
    pub(crate) fn fence(&self) -> Arc<Option<Fence>> {
        Arc::clone(&self.fence)
    }

    /// What an earlier process showed of the answer.
    pub(crate) fn shown(&self) -> Option<ReplyState> {
        self.shown.clone()
    }

    /// The messages of the answer that an earlier process has left.
    pub(crate) fn own_messages(&self) -> Vec<MessageId> {
        let parts = self.shown.iter().flat_map(|shown| &shown.parts);
        parts.filter_map(|part| part.message).collect()
    }

    /// Where it is kept how far the answer has come, if the store could not take the turn.
    pub(crate) fn carried(&self) -> Carried {
        self.carried.clone()
    }

    /// The version before, where the answer is made once more.
    pub(crate) fn before(&self) -> Option<&Before> {
        self.before.as_ref()
    }

    /// What is asked from now on waits for the next turn: words of this answer can be seen, or could be before, or it says for
    /// good which question it is to.
    pub(crate) fn is_closed(&self, stage: &Stage) -> bool {
        stage.is_visible() || stage.is_bound() || self.before.is_some()
    }

    /// A process died over it: something may have been sent that it could not keep.
    pub(crate) fn is_left(&self) -> bool {
        self.left
    }

    /// It was begun by a process that had no store: what that one has shown is still to be found out.
    pub(crate) fn is_unkept(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| !shown.is_begun())
    }

    /// What was shown of the answer has been found out.
    pub(crate) fn found(&mut self, shown: ReplyState) {
        self.shown = Some(shown);
    }

    /// What is sent to the model; what people are to be told of it is kept.
    pub(crate) fn sends(&mut self, built: Built) -> Prompt {
        let Built {
            prompt,
            told_window,
        } = built;
        self.left_out = prompt.left_out > 0 && !told_window;
        self.question_cut = prompt.question_cut;
        prompt
    }

    /// Hands an event of the model on, and keeps what the end needs.
    pub(crate) fn note(&mut self, event: &ModelEvent, stage: &Stage, now: Now) {
        if let ModelEvent::Finish { reason, .. } = event {
            self.finish = *reason;
        }
        stage.push(event, now);
    }

    /// The model said that the prompt is too long: tries with half of it, if that is worth it.
    pub(crate) fn halve_window(&mut self) -> bool {
        self.window /= 2;
        self.window >= LEAST_WINDOW
    }

    /// Takes in what was asked before the first visible word. Tells whether there is anything new.
    pub(crate) async fn absorb(&mut self, rooms: &Rooms, signal: Signal) -> bool {
        let more = match (signal, self.fence.as_ref()) {
            (Signal::AskedUnstored(asked), None) => {
                let (ask, said) = *asked;
                let is_again = |ask| rooms.memory.is_asked_again(ask);
                let is_alone = is_again(ask.message) || is_again(self.lead.message);
                if !is_alone && ask.joins(&self.lead) {
                    self.unstored.push(said);
                    vec![ask]
                } else {
                    self.late.push((ask, said));
                    Vec::new()
                }
            }
            (Signal::AskedUnstored(asked), Some(_)) => {
                self.late.push(*asked);
                Vec::new()
            }
            (_, Some(fence)) => rooms.memory.absorb(fence).await,
            (_, None) => Vec::new(),
        };
        let anything = !more.is_empty();
        self.joined.extend(more);
        self.joined.sort_unstable_by_key(|ask| ask.message);
        anything
    }

    /// Keeps what came too late for this turn, or waits for its end.
    pub(crate) fn keep(&mut self, signal: Signal) {
        match signal {
            Signal::AskedUnstored(asked) => self.late.push(*asked),
            Signal::Knock(knock) => self.knocks.push(knock),
            // The store has it, or nobody else needs it.
            Signal::Asked
            | Signal::Edited(_)
            | Signal::Deleted(_)
            | Signal::Stop(_)
            | Signal::Gone => {}
        }
    }

    /// Takes in that a message has another text. Tells whether it is one of the questions. Discord also tells of edits that
    /// change no word; the store knows those itself.
    pub(crate) fn is_edited(&mut self, said: &Said) -> bool {
        let late = self.late.iter_mut().map(|(_, known)| known);
        let is_reworded = reword(self.unstored.iter_mut().chain(late), said);
        let mut asks = iter::once(&mut self.lead).chain(&mut self.joined);
        let Some(ask) = asks.find(|ask| ask.message == said.id) else {
            return false;
        };
        // It may have been only a call before, or be no more than one now.
        ask.kind = AskKind::of(&said.text, &said.attachments, said.quoted.as_ref());
        is_reworded != Some(false)
    }

    /// Takes back a question whose message was deleted. The turn ends with its lead; the others wait again, in the store or
    /// with what came too late.
    pub(crate) fn withdraw(&mut self, message: MessageId) -> Withdrawn {
        self.late.retain(|(ask, _)| ask.message != message);
        self.unstored.retain(|said| said.id != message);
        if self.lead.message == message {
            if self.fence.is_none() {
                let others = self.joined.drain(..).filter_map(|ask| {
                    let at = self
                        .unstored
                        .iter()
                        .position(|said| said.id == ask.message)?;
                    Some((ask, self.unstored.swap_remove(at)))
                });
                self.late.extend(others);
            }
            return Withdrawn::Turn;
        }
        let before = self.joined.len();
        self.joined.retain(|ask| ask.message != message);
        if self.joined.len() < before {
            Withdrawn::Question
        } else {
            Withdrawn::Nothing
        }
    }

    /// What came too late for this turn and is nowhere else.
    pub(crate) fn late(self) -> Vec<(Ask, Said)> {
        self.late
    }
}

/// Gives a message among these the text that it has now. Tells whether its author has given it another one; nothing where
/// there is no such message.
pub(crate) fn reword<'a>(
    mut known: impl Iterator<Item = &'a mut Said>,
    said: &Said,
) -> Option<bool> {
    let known = known.find(|known| known.id == said.id)?;
    if said.edited_ms < known.edited_ms {
        return Some(false);
    }
    let is_edited = known.text != said.text && said.edited_ms > known.edited_ms;
    known.text.clone_from(&said.text);
    known.attachments.clone_from(&said.attachments);
    known.edited_ms = said.edited_ms;
    Some(is_edited)
}
