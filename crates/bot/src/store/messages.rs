//! What was said: kept as it comes in, and as it is read back.

use std::collections::HashSet;

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Attachment, Said, Speaker},
};

use super::{
    History, Store, StoreError,
    connection::Connection,
    edits::{keep_read, mend},
    erase::erase_vanished,
    error::Fault,
    row::{self, from_json, stored, to_json},
};

/// A moment before Discord was asked for history: what the store learnt since then is newer than what Discord answers.
#[derive(Clone, Copy, Debug)]
pub struct Mark(pub(super) i64);

impl Store {
    /// Keeps a message that is context only. Tells whether it is new; one that is known, and one of a conversation that
    /// isn't, changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn note(
        &self,
        conversation: ConversationId,
        said: &Said,
    ) -> Result<bool, StoreError> {
        let (said, now) = (said.clone(), self.tick());
        self.write(move |connection| insert(connection, conversation, &said, now))
            .await
    }

    /// Keeps what the files of a message say, once they have been read: their addresses expire after a day. A file that the
    /// message has lost since is lost.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn attachments_read(
        &self,
        message: MessageId,
        attachments: &[Attachment],
    ) -> Result<(), StoreError> {
        let attachments = attachments.to_vec();
        self.write(move |connection| {
            let message = stored(message.0);
            let kept: Vec<(i64, String)> = connection.all(
                "SELECT conversation, attachments FROM messages WHERE id = $1 AND deleted = FALSE",
                (message,),
            )?;
            for (conversation, before) in kept {
                let before: Vec<Attachment> = from_json(&before).unwrap_or_default();
                let after = keep_read(&attachments, &before);
                if after == before {
                    continue;
                }
                // What was read of some files before is counted already.
                let more = row::bytes(row::size("", &after, None))
                    - row::bytes(row::size("", &before, None));
                connection.execute(
                    "UPDATE messages SET attachments = $3, size = size + $4 \
                     WHERE conversation = $1 AND id = $2",
                    (conversation, message, to_json(&after)?, more),
                )?;
            }
            Ok(())
        })
        .await
    }

    /// To be taken before Discord is asked for a page of history, and handed in with it.
    pub fn mark(&self) -> Mark {
        Mark(self.tick())
    }

    /// Keeps what was read back from Discord, and how much of the conversation is known by it.
    ///
    /// What the store learnt from events since the mark stays, deleted messages stay deleted, and the bot's own parts
    /// keep the model's words. Older rows take over what Discord says, so that edits that were missed are mended; what
    /// people have deleted meanwhile is erased, but not what is there and `hidden` from the bot.
    /// Of a reply chain no history is whole.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn add_history(
        &self,
        conversation: ConversationId,
        mark: Mark,
        page: &[Said],
        hidden: &[MessageId],
        history: History,
    ) -> Result<(), StoreError> {
        let (page, now) = (page.to_vec(), self.tick());
        let there = page
            .iter()
            .map(|said| said.id)
            .chain(hidden.iter().copied());
        let there: HashSet<MessageId> = there.collect();
        self.write(move |connection| {
            for said in &page {
                // Rows that history brings are as old as the mark: an event that came meanwhile wins.
                if !insert(connection, conversation, said, mark.0)? {
                    mend(connection, conversation, mark, said, now)?;
                }
            }
            erase_vanished(connection, conversation, mark.0, &there, history, now)?;
            connection.execute(
                "UPDATE conversations SET history = $2 WHERE id = $1 AND lost < $3",
                (stored(conversation.0), history.name(), mark.0),
            )?;
            Ok(())
        })
        .await
    }

    /// Messages that are kept are still there on Discord, and what people said among them reads so.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn still_there(
        &self,
        conversation: ConversationId,
        mark: Mark,
        there: &[MessageId],
        said: &[Said],
    ) -> Result<(), StoreError> {
        let (there, said, now) = (there.to_vec(), said.to_vec(), self.tick());
        self.write(move |connection| {
            for said in &said {
                mend(connection, conversation, mark, said, now)?;
            }
            for message in there {
                connection.execute(
                    "UPDATE messages SET changed = $3 WHERE conversation = $1 AND id = $2 AND changed < $3",
                    (stored(conversation.0), stored(message.0), mark.0),
                )?;
            }
            Ok(())
        })
        .await
    }
}

/// Inserts a message, if its conversation is known and it isn't.
pub(super) fn insert(
    connection: &Connection,
    conversation: ConversationId,
    said: &Said,
    changed: i64,
) -> Result<bool, Fault> {
    let (author, name, answers) = match &said.by {
        Speaker::Me { answers } => (0, "", answers.map(|answers| stored(answers.0))),
        Speaker::Other { id, name } => (stored(id.0), name.as_str(), None),
    };
    let size = row::size(&said.text, &said.attachments, said.quoted.as_ref());
    let inserted = connection.execute(
        "INSERT INTO messages (conversation, id, author, name, mine, answers, part, text, attachments, reply_to, \
         quoted, size, edited_ms, deleted, changed) \
         SELECT id, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, FALSE, $13 \
         FROM conversations WHERE id = $1 AND gone = FALSE \
         ON CONFLICT (conversation, id) DO NOTHING",
        (
            stored(conversation.0),
            stored(said.id.0),
            author,
            name,
            matches!(said.by, Speaker::Me { .. }),
            answers,
            &said.text,
            to_json(&said.attachments)?,
            said.reply_to.map(|message| stored(message.0)),
            said.quoted.as_ref().map(to_json).transpose()?,
            row::bytes(size),
            said.edited_ms.map(stored),
            changed,
        ),
    )?;
    Ok(inserted > 0)
}

/// Writes one part of the bot's answer, or what it has grown to.
pub(super) fn upsert_part(
    connection: &Connection,
    conversation: ConversationId,
    turn: MessageId,
    part: usize,
    said: &Said,
    now: i64,
) -> Result<(), Fault> {
    let size = row::size(&said.text, &said.attachments, said.quoted.as_ref());
    connection.execute(
        "INSERT INTO messages (conversation, id, author, name, mine, answers, part, text, attachments, reply_to, \
         quoted, size, deleted, changed) \
         SELECT id, $2, 0, '', TRUE, $3, $4, $5, $6, $7, NULL, $8, FALSE, $9 \
         FROM conversations WHERE id = $1 AND gone = FALSE \
         ON CONFLICT (conversation, id) DO UPDATE SET mine = TRUE, answers = excluded.answers, part = excluded.part, \
         text = excluded.text, attachments = excluded.attachments, size = excluded.size, changed = excluded.changed \
         WHERE messages.deleted = FALSE",
        (
            stored(conversation.0),
            stored(said.id.0),
            stored(turn.0),
            row::bytes(part),
            &said.text,
            to_json(&said.attachments)?,
            said.reply_to.map(|message| stored(message.0)),
            row::bytes(size),
            now,
        ),
    )?;
    Ok(())
}
