//! Reading a conversation for a prompt: the newest messages, or the ancestors of one, as far as a prompt can reach.

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Conversation, Said},
};

use super::{
    History, Store, StoreError,
    connection::{Connection, record},
    error::Fault,
    row::{self, MessageRow, message_columns, stored},
};

/// How far back a prompt can reach at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Bytes of text; the message that passes this number is the last one read.
    pub bytes: usize,
}

/// The newest messages of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// What was said; `more` tells that older messages are stored that are out of reach.
    pub conversation: Conversation,
    /// How much of the conversation is in the store.
    pub history: History,
    /// The newest message that the store knows of, deleted ones included.
    pub newest: Option<MessageId>,
}

impl Loaded {
    /// Something that the prompt could reach is missing and is to be read back from Discord.
    pub fn wants_history(&self) -> bool {
        match self.history {
            History::Unread => true,
            History::Partly => !self.conversation.more,
            History::Whole => false,
        }
    }
}

/// The ancestors of a message along its replies, that message included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What was said, oldest first; answers of several messages whole, with every question that they answer.
    /// `more` tells that older ancestors are stored that are out of reach.
    pub conversation: Conversation,
    /// The next ancestor, where it is not in the store.
    pub leaves_at: Option<MessageId>,
    /// Those of it of which a change or a deletion may have been missed, newest first; [`Store::still_there`] takes them out.
    pub unsure: Vec<MessageId>,
}

/// Later than any message that will ever be.
const LATEST: MessageId = MessageId((i64::MAX - 1).cast_unsigned());

/// How many messages the first statement reads: more than most conversations have, or than fill a small window.
const PAGE: usize = 100;

/// How many messages one statement reads at the most, where the reach is far.
pub(super) const WIDEST_PAGE: usize = 1_000;

/// What is known of a conversation as a whole.
pub(super) const HEAD: &str = "SELECT told_window, history, (SELECT m.id FROM messages m WHERE m.conversation = c.id \
     ORDER BY m.id DESC LIMIT 1), c.lost FROM conversations c WHERE c.id = $1 AND c.gone = FALSE";

/// The messages before one, newest first.
pub(super) const BEFORE: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m WHERE m.conversation = $1 AND m.id < $2 AND m.deleted = FALSE ORDER BY m.id DESC LIMIT $3"
);

/// The answers to questions before one that came after it: they were being written when it was asked.
pub(super) const LATE: &str = concat!(
    "SELECT ",
    message_columns!(),
    " FROM messages m WHERE m.conversation = $1 AND m.id > $2 AND m.mine = TRUE AND m.answers < $2 \
     AND m.deleted = FALSE ORDER BY m.id LIMIT 100"
);

/// The ancestors of a message. An answer leads on to its question, any other message to the one it replies to; an
/// ancestor is always older, which also ends a circle. The other parts of an answer, and the questions that it
/// answers along with the first one, belong to it.
pub(super) const CHAIN: &str = concat!(
    "WITH RECURSIVE chain (id, answers, next, total) AS ( \
     SELECT m.id, m.answers, COALESCE(m.answers, m.reply_to), m.size FROM messages m \
     WHERE m.conversation = $1 AND m.id = $2 \
     UNION ALL \
     SELECT m.id, m.answers, COALESCE(m.answers, m.reply_to), c.total + m.size FROM chain c \
     JOIN messages m ON m.conversation = $1 AND m.id = c.next \
     WHERE c.total <= $3 AND m.id < c.id), \
     wanted (id) AS ( \
     SELECT id FROM chain \
     UNION SELECT id FROM messages WHERE conversation = $1 AND answers IN (SELECT answers FROM chain) \
     UNION SELECT leader FROM turns WHERE ask = $2 AND leader IS NOT NULL \
     UNION SELECT ask FROM turns WHERE leader IN \
     (SELECT id FROM chain UNION SELECT leader FROM turns WHERE ask = $2 AND leader IS NOT NULL)) \
     SELECT ",
    message_columns!(),
    ", m.deleted, m.changed, c.next, c.total FROM messages m LEFT JOIN chain c ON c.id = m.id \
     WHERE m.conversation = $1 AND m.id IN (SELECT id FROM wanted) ORDER BY m.id"
);

#[derive(Debug)]
struct Link {
    message: MessageRow,
    deleted: bool,
    changed: i64,
    next: Option<i64>,
    /// Bytes of the chain down to this message; none of messages beside it.
    total: Option<i64>,
}

record!(Link {
    message,
    deleted,
    changed,
    next,
    total
});

impl Store {
    /// Loads the newest messages of a conversation until their text exceeds the reach. The cost does not depend on the
    /// conversation's length. `None` where there is no such conversation, or its channel is gone.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn load(
        &self,
        conversation: ConversationId,
        reach: Reach,
    ) -> Result<Option<Loaded>, StoreError> {
        self.load_up_to(conversation, LATEST, reach).await
    }

    /// As [`Store::load`], from the question `asked` backwards, and the answers to earlier questions with it, also where
    /// they came later.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn load_up_to(
        &self,
        conversation: ConversationId,
        asked: MessageId,
        reach: Reach,
    ) -> Result<Option<Loaded>, StoreError> {
        self.read(move |connection| {
            let head: Option<(bool, String, Option<i64>, i64)> =
                connection.first(HEAD, (stored(conversation.0),))?;
            let Some((told_window, history, newest, _)) = head else {
                return Ok(None);
            };
            let before = stored(asked.0).saturating_add(1);
            let (mut said, more) = newest_first(connection, conversation, before, reach)?;
            said.reverse();
            if asked < LATEST {
                let late: Vec<MessageRow> =
                    connection.all(LATE, (stored(conversation.0), stored(asked.0)))?;
                said.extend(late.into_iter().map(Said::from));
            }
            Ok(Some(Loaded {
                conversation: Conversation {
                    said,
                    more,
                    told_window,
                },
                history: History::named(&history),
                newest: newest.map(|message| MessageId(row::id(message))),
            }))
        })
        .await
    }

    /// Loads the ancestors of a message until their text exceeds the reach. `None` where the message is not in that
    /// conversation.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn load_chain(
        &self,
        conversation: ConversationId,
        from: MessageId,
        reach: Reach,
    ) -> Result<Option<Chain>, StoreError> {
        self.read(move |connection| {
            let head: Option<(bool, String, Option<i64>, i64)> =
                connection.first(HEAD, (stored(conversation.0),))?;
            let links: Vec<Link> = connection.all(
                CHAIN,
                (
                    stored(conversation.0),
                    stored(from.0),
                    row::bytes(reach.bytes),
                ),
            )?;
            // The oldest message of the chain itself, and where it leads.
            let oldest = links.iter().find_map(|link| Some((link.next, link.total?)));
            let (Some((told_window, .., lost)), Some((next, total))) = (head, oldest) else {
                return Ok(None);
            };
            let out_of_reach = total > row::bytes(reach.bytes);
            let said = links.into_iter().filter(|link| !link.deleted);
            let said: Vec<Link> = said.collect();
            let unsure = said.iter().rev().filter(|link| link.changed < lost);
            let unsure = unsure
                .map(|link| MessageId(row::id(link.message.id)))
                .collect();
            Ok(Some(Chain {
                conversation: Conversation {
                    said: said
                        .into_iter()
                        .map(|link| Said::from(link.message))
                        .collect(),
                    more: out_of_reach && next.is_some(),
                    told_window,
                },
                leaves_at: next
                    .filter(|_| !out_of_reach)
                    .map(|message| MessageId(row::id(message))),
                unsure,
            }))
        })
        .await
    }
}

/// The newest messages before one and within reach, newest first, and whether older ones are stored.
fn newest_first(
    connection: &Connection,
    conversation: ConversationId,
    before: i64,
    reach: Reach,
) -> Result<(Vec<Said>, bool), Fault> {
    let mut said = Vec::new();
    let mut bytes = 0_usize;
    let (mut before, mut width) = (before, PAGE);
    loop {
        let page: Vec<MessageRow> =
            connection.all(BEFORE, (stored(conversation.0), before, row::bytes(width)))?;
        let is_last = page.len() < width;
        before = page.last().map_or(i64::MAX, |last| last.id);
        for row in page {
            if bytes > reach.bytes {
                return Ok((said, true));
            }
            let message = Said::from(row);
            bytes = bytes.saturating_add(row::size(
                &message.text,
                &message.attachments,
                message.quoted.as_ref(),
            ));
            said.push(message);
        }
        if is_last {
            return Ok((said, false));
        }
        width = lacking(reach.bytes.saturating_sub(bytes), bytes / said.len().max(1));
    }
}

/// How many messages are still to be read for so many bytes, where one has so many: one more, since the last one
/// passes the reach, and a few for those that are shorter.
fn lacking(bytes: usize, each: usize) -> usize {
    let messages = bytes / each.max(1);
    messages
        .saturating_add(messages / 4)
        .saturating_add(8)
        .min(WIDEST_PAGE)
}
