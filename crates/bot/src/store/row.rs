//! Between rows and our own types.

use kaiwa_core::{
    id::{MessageId, UserId},
    message::{Attachment, Content, Quoted, Said, Speaker},
};
use serde::{Serialize, de::DeserializeOwned};

use super::connection::record;

/// An id as the database keeps it: the same 64 bits, with a sign. Discord's ids stay positive until the year 2084.
pub(super) const fn stored(id: u64) -> i64 {
    id.cast_signed()
}

/// The id that a row holds.
pub(super) const fn id(stored: i64) -> u64 {
    stored.cast_unsigned()
}

/// A count of bytes as the database keeps it.
pub(super) fn bytes(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A message as it is read.
#[derive(Debug)]
pub(super) struct MessageRow {
    pub(super) id: i64,
    author: i64,
    name: String,
    mine: bool,
    answers: Option<i64>,
    text: String,
    attachments: String,
    reply_to: Option<i64>,
    quoted: Option<String>,
    edited_ms: Option<i64>,
}

record!(MessageRow {
    id,
    author,
    name,
    mine,
    answers,
    text,
    attachments,
    reply_to,
    quoted,
    edited_ms
});

/// The columns of [`MessageRow`], of the table `m`. The bot's own message answers the newest question of its turn: in
/// the prompt it stands behind all of them.
macro_rules! message_columns {
    () => {
        "m.id, m.author, m.name, m.mine, \
         CASE WHEN m.answers IS NULL THEN NULL \
         ELSE COALESCE((SELECT MAX(t.ask) FROM turns t WHERE t.leader = m.answers AND t.ask > m.answers), m.answers) END AS answers, \
         m.text, m.attachments, m.reply_to, m.quoted, m.edited_ms"
    };
}
pub(super) use message_columns;

impl From<MessageRow> for Said {
    fn from(row: MessageRow) -> Self {
        let by = if row.mine {
            Speaker::Me {
                answers: row.answers.map(|answers| MessageId(id(answers))),
            }
        } else {
            Speaker::Other {
                id: UserId(id(row.author)),
                name: row.name,
            }
        };
        Self {
            id: MessageId(id(row.id)),
            by,
            text: row.text,
            attachments: from_json(&row.attachments).unwrap_or_default(),
            reply_to: row.reply_to.map(|message| MessageId(id(message))),
            quoted: row.quoted.as_deref().and_then(from_json),
            edited_ms: row.edited_ms.map(id),
        }
    }
}

/// Reads what a row holds as JSON. A conversation stays readable when a detail of it isn't: that one is left out.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let (kind, column) = (error.classify(), error.column());
            tracing::error!(
                ?kind,
                column,
                "the store holds JSON that can't be read: it is left out"
            );
            None
        }
    }
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

/// How many bytes of text a message brings into a prompt.
pub(super) fn size(text: &str, attachments: &[Attachment], quoted: Option<&Quoted>) -> usize {
    let attached = attachments
        .iter()
        .map(|attachment| match &attachment.content {
            Content::Text(text) | Content::Cut(text) => text.len(),
            Content::Unread | Content::Opaque => 0,
        });
    text.len() + attached.sum::<usize>() + quoted.map_or(0, |quoted| quoted.text.len())
}
