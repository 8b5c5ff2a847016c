//! What of an answer is kept in the store: its messages, and what the next worker needs to go on with it.

use std::sync::{Arc, Mutex, PoisonError};

use kaiwa_core::{
    id::MessageId,
    message::{Said, Speaker},
    reply::{Reply, ReplyState},
};

use crate::store::Shown;

/// How far an answer has come that the store could not take: should its turn break off, what is said of that goes into its
/// messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried(Arc<Mutex<Option<ReplyState>>>);

impl Carried {
    pub(crate) fn keep(&self, state: ReplyState) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(state);
    }

    pub(crate) fn take(&self) -> Option<ReplyState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// How far an answer has come, as the store keeps it; `answers` is its newest question.
pub(crate) fn of(reply: &Reply, answers: MessageId) -> Shown {
    let parts = reply.parts().map(|part| Said {
        id: part.message,
        by: Speaker::Me {
            answers: Some(answers),
        },
        text: part.text.to_owned(),
        attachments: Vec::new(),
        reply_to: None,
        quoted: None,
        edited_ms: None,
    });
    Shown {
        state: state(&reply.state()),
        parts: parts.collect(),
    }
}

/// What the next worker needs of an answer; nothing where it has no message.
pub(crate) fn state(state: &ReplyState) -> Option<String> {
    if !state.is_begun() {
        return None;
    }
    // Our own state: it can always be written as JSON.
    serde_json::to_string(state).ok()
}
