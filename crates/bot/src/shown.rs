//! What of an answer is kept in the store: its messages, and what the next worker needs to go on with it.

use kaiwa_core::{
    id::MessageId,
    message::{Said, Speaker},
    reply::{Reply, ReplyState},
};

use crate::store::Shown;

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
