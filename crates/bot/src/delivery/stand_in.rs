//! A message that Discord never takes although it answers everything else: whether it is the words that it fails at is found
//! out by saying in their place that they don't get through.

use std::time::Duration;

use kaiwa_core::{
    error::TurnError,
    id::MessageId,
    reply::{Act, Buttons, Outcome},
    words::{
        failure::{Shown, turn_failed},
        small_print,
    },
};
use tokio::time::Instant;

use super::Stage;

/// What people read of it: Discord says no more than that it broke.
pub(super) const BROKEN: TurnError = TurnError::Discord {
    status: 500,
    code: 0,
};
/// Where that doesn't get through either, it is tried again after so long.
const AGAIN: Duration = Duration::from_secs(3_600);
/// So often the words are tried in its place.
const TRIES: u32 = 3;

/// The sentence in place of the words. It is a try for the same message, with the same nonce: nothing is posted twice.
#[derive(Debug, Default)]
pub(super) struct StandIn {
    /// The next new message is it.
    is_due: bool,
    /// When it was tried last, and in place of which message of the answer.
    tried: Option<(Instant, u32)>,
    /// The message that it is, and how often the words were refused there.
    message: Option<(MessageId, u32)>,
}

impl StandIn {
    /// Nothing but words is refused: unless it was tried not long ago, the sentence is next.
    pub(super) fn prepare(&mut self) {
        self.is_due = self.tried.is_none_or(|(tried, _)| tried.elapsed() >= AGAIN);
    }

    /// What is sent for an act, and whether that is the sentence.
    pub(super) fn instead_of(&mut self, act: Act, stage: &Stage) -> (Act, bool) {
        match act {
            Act::Create { part, .. } if std::mem::take(&mut self.is_due) => {
                self.tried = Some((Instant::now(), part));
                let shown = if stage.has_messages() {
                    Shown::Part
                } else {
                    Shown::Nothing
                };
                let sentence = turn_failed(stage.lead.locale, &BROKEN, shown);
                let instead = Act::Create {
                    part,
                    content: small_print(&sentence.unwrap_or_default()),
                    file: None,
                    buttons: Buttons::NONE,
                    formulas: Vec::new(),
                };
                (instead, true)
            }
            act @ (Act::Create { .. }
            | Act::Edit { .. }
            | Act::Delete { .. }
            | Act::Find { .. }) => (act, false),
        }
    }

    /// Takes in what came of an act. Where the sentence got through, now or unbeknown before, the words are tried in its place,
    /// as Discord may have come back just then.
    pub(super) fn hears(&mut self, outcome: Outcome, part: u32, is_it: bool) -> Outcome {
        match outcome {
            Outcome::Created(message) if is_it => {
                self.message = Some((message, 0));
                Outcome::Found(message)
            }
            Outcome::Found(message) if self.tried.is_some_and(|(_, tried)| tried == part) => {
                self.message = Some((message, 0));
                outcome
            }
            Outcome::Created(_)
            | Outcome::Found(_)
            | Outcome::Edited
            | Outcome::Deleted
            | Outcome::Failed
            | Outcome::Unknown
            | Outcome::Missing => outcome,
        }
    }

    /// An edit of this message was refused. Tells whether it is the words that Discord fails at: the sentence got through, and
    /// they don't.
    pub(super) fn proves(&mut self, message: MessageId) -> bool {
        let Some((own, refused)) = self.message.filter(|(own, _)| *own == message) else {
            return false;
        };
        self.message = Some((own, refused + 1));
        refused + 1 >= TRIES
    }

    /// An edit of this message got through, or the words are given up.
    pub(super) fn is_over(&mut self, message: MessageId) {
        if self.message.is_some_and(|(own, _)| own == message) {
            self.message = None;
        }
    }
}
