//! Forgetting what was deleted on Discord: its words are erased, its row stays, so that it can't come back.

use std::collections::HashSet;

use kaiwa_core::{
    id::{ChannelId, ConversationId, MessageId},
    message::{Ask, Home},
    reply::ReplyState,
    turn::TurnEnd,
    words::conversation::nameless_thread_name,
};

use super::{
    History, Store, StoreError,
    connection::Connection,
    error::Fault,
    leads, now_ms,
    row::{self, from_json, stored, to_json},
};

/// How many ids one statement names; Discord deletes 100 messages at once at the most.
const IDS: usize = 100;

/// Whether the deletion of messages in a channel concerns anything that is kept, or is about to be.
const CONCERNS: &str = "SELECT EXISTS (SELECT 1 FROM messages WHERE deleted = FALSE AND id IN ({ids})) \
     OR EXISTS (SELECT 1 FROM messages WHERE quoted IS NOT NULL AND reply_to IN ({ids})) \
     OR EXISTS (SELECT 1 FROM turns WHERE ask IN ({ids})) \
     OR EXISTS (SELECT 1 FROM conversations WHERE name IS NOT NULL AND id IN ({ids})) \
     OR EXISTS (SELECT 1 FROM conversations WHERE channel = $1 AND kind IN ('thread', 'direct') AND history <> 'whole')";

impl Store {
    /// Erases messages that were deleted in a channel, and every quotation of them. Tells which of them were part of a
    /// conversation. Questions among them that wait or were joined are withdrawn; a running turn that one of them leads,
    /// and an answer that was begun and released, are for the worker to end.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn deleted(
        &self,
        channel: ChannelId,
        messages: &[MessageId],
    ) -> Result<Vec<(ConversationId, MessageId)>, StoreError> {
        let (now, messages) = (self.tick(), messages.to_vec());
        self.look_and_write(move |connection| {
            let mut erased = Vec::new();
            for messages in messages.chunks(IDS) {
                // Most of what is deleted anywhere was never kept: nobody is to wait for a lock because of it.
                if !connection.one(&naming(messages, CONCERNS), (stored(channel.0),))? {
                    continue;
                }
                erased.extend(connection.transaction(|connection| {
                    let erased = erase(connection, messages, now)?;
                    withdraw(connection, messages, now_ms())?;
                    bury(connection, channel, messages, now)?;
                    Ok(erased)
                })?);
            }
            Ok(erased)
        })
        .await
    }

    /// The bot is about to delete a message of its own that an answer needs no more. That it is gone will tell of nothing that
    /// people want to be forgotten.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn leave(&self, message: MessageId) -> Result<(), StoreError> {
        let now = self.tick();
        self.write(move |connection| {
            connection.execute(
                "UPDATE messages SET text = '', size = 0, answers = NULL, changed = $2 WHERE id = $1 AND mine = TRUE",
                (stored(message.0), now),
            )?;
            Ok(())
        })
        .await
    }

    /// Which of these messages are part of a conversation, where they can't be erased now.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn parts_of_conversations(
        &self,
        messages: &[MessageId],
    ) -> Result<Vec<(ConversationId, MessageId)>, StoreError> {
        let messages = messages.to_vec();
        self.read(move |connection| {
            let mut parts = Vec::new();
            for messages in messages.chunks(IDS) {
                let statement = naming(
                    messages,
                    "SELECT conversation, id FROM messages WHERE deleted = FALSE AND id IN ({ids}) ORDER BY conversation, id",
                );
                let found: Vec<(i64, i64)> = connection.all(&statement, ())?;
                parts.extend(found.into_iter().map(placed));
            }
            Ok(parts)
        })
        .await
    }

    /// Remembers that Discord does not have a message any more, so that a reply chain ends there without a question.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn missing(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<(), StoreError> {
        let now = self.tick();
        self.write(move |connection| {
            erase(connection, &[message], now)?;
            insert_deleted(connection, conversation, message, now)
        })
        .await
    }
}

/// Erases what people said and Discord no longer has: what is not `there`, where a page of history should hold it. Only what lies
/// between its ends is surely gone, or before its end where it is the `whole` history: but the message that a thread was opened
/// on, which has the thread's id, lies elsewhere. A question that is being answered is for its worker, and what was learnt
/// since the moment `mark` is newer than the page.
pub(super) fn erase_vanished(
    connection: &Connection,
    conversation: ConversationId,
    mark: i64,
    there: &HashSet<MessageId>,
    history: History,
    now: i64,
) -> Result<(), Fault> {
    let (Some(first), Some(last)) = (there.iter().min(), there.iter().max()) else {
        return Ok(());
    };
    let first = match history {
        History::Whole => &MessageId(0),
        History::Partly | History::Unread => first,
    };
    let known: Vec<i64> = connection.all(
        "SELECT id FROM messages WHERE conversation = $1 AND id > $2 AND id < $3 AND id <> $1 AND mine = FALSE AND deleted = FALSE \
         AND changed < $4 AND (text <> '' OR attachments <> '[]') AND NOT EXISTS \
         (SELECT 1 FROM turns WHERE ask = messages.id AND state IN ('queued', 'running', 'joined'))",
        (stored(conversation.0), stored(first.0), stored(last.0), mark),
    )?;
    let known = known.into_iter().map(|id| MessageId(row::id(id)));
    let gone: Vec<MessageId> = known.filter(|id| !there.contains(id)).collect();
    for gone in gone.chunks(IDS) {
        erase(connection, gone, now)?;
    }
    Ok(())
}

/// Erases messages and every quotation of them; tells where the messages were.
fn erase(
    connection: &Connection,
    messages: &[MessageId],
    now: i64,
) -> Result<Vec<(ConversationId, MessageId)>, Fault> {
    let before = connection.changes();
    let statement = naming(
        messages,
        "UPDATE messages SET name = '', text = '', attachments = '[]', quoted = NULL, size = 0, deleted = TRUE, \
         changed = $1 WHERE deleted = FALSE AND id IN ({ids}) RETURNING conversation, id",
    );
    let mut erased: Vec<(i64, i64)> = connection.all(&statement, (now,))?;
    forget_names(connection, messages)?;
    let statement = naming(
        messages,
        "UPDATE messages SET quoted = NULL WHERE quoted IS NOT NULL AND reply_to IN ({ids})",
    );
    connection.execute(&statement, ())?;
    for heir in leads::pass_on(connection, messages)? {
        let reply: Option<Option<String>> =
            connection.first("SELECT reply FROM turns WHERE ask = $1", (heir,))?;
        keep_parts(connection, heir, reply.flatten().as_deref())?;
    }
    forget_versions(connection, messages)?;
    // Most of what is deleted on Discord was never kept.
    if connection.changes() > before {
        connection.fold.soon();
    }
    erased.sort_unstable();
    Ok(erased.into_iter().map(placed).collect())
}

/// A row's conversation, and its message.
fn placed((conversation, message): (i64, i64)) -> (ConversationId, MessageId) {
    let conversation = ConversationId(row::id(conversation));
    (conversation, MessageId(row::id(message)))
}

/// Forgets the names of threads that were to be opened and were not: they are made of what was asked, or quoted where nothing
/// else was said. A thread that was opened under such a name gets no title any more.
fn forget_names(connection: &Connection, messages: &[MessageId]) -> Result<(), Fault> {
    let statement = naming(
        messages,
        "UPDATE conversations SET name = NULL WHERE name IS NOT NULL AND (id IN ({ids}) OR id IN \
         (SELECT id FROM messages WHERE quoted IS NOT NULL AND reply_to IN ({ids}) AND text = ''))",
    );
    connection.execute(&statement, ())?;
    let statement = naming(
        messages,
        "SELECT ask, question FROM turns WHERE ask IN ({ids}) OR ask IN \
         (SELECT id FROM messages WHERE quoted IS NOT NULL AND reply_to IN ({ids}) AND text = '')",
    );
    let turns = connection.all(&statement, ())?;
    unname(connection, turns)
}

/// Takes out the names of threads that questions were to open.
pub(super) fn unname(connection: &Connection, turns: Vec<(i64, String)>) -> Result<(), Fault> {
    for (turn, question) in turns {
        let Some(mut ask) = from_json::<Ask>(&question) else {
            continue;
        };
        if let Home::NewThread { name, .. } = &mut ask.home {
            nameless_thread_name(ask.locale).clone_into(name);
            connection.execute(
                "UPDATE turns SET question = $2 WHERE ask = $1",
                (turn, to_json(&ask)?),
            )?;
        }
    }
    Ok(())
}

/// Forgets earlier versions of the answers that the messages asked for, alone or along with others, or were part of, and what the
/// model thought.
fn forget_versions(connection: &Connection, messages: &[MessageId]) -> Result<(), Fault> {
    let statement = naming(
        messages,
        "DELETE FROM versions WHERE ask IN ({ids}) \
         OR ask IN (SELECT l.ask FROM turns t JOIN turns l ON l.ask = t.leader AND l.state IN ('done', 'failed') \
         WHERE t.ask IN ({ids})) \
         OR ask IN (SELECT answers FROM messages WHERE answers IS NOT NULL AND id IN ({ids}))",
    );
    connection.execute(&statement, ())?;
    forget_thoughts(connection, messages)
}

/// Forgets what the model thought before it answered the messages. Which messages the answer has stays known as long as another
/// question stands that it answers.
fn forget_thoughts(connection: &Connection, messages: &[MessageId]) -> Result<(), Fault> {
    let statement = naming(
        messages,
        "SELECT t.ask, t.reply, EXISTS (SELECT 1 FROM turns j \
         JOIN messages m ON m.conversation = j.conversation AND m.id = j.ask \
         WHERE (j.ask = t.ask OR j.leader = t.ask) AND m.deleted = FALSE) \
         FROM turns t WHERE t.state IN ('done', 'failed') AND t.reply IS NOT NULL AND (t.ask IN ({ids}) \
         OR t.ask IN (SELECT leader FROM turns WHERE leader IS NOT NULL AND ask IN ({ids})))",
    );
    let kept: Vec<(i64, String, bool)> = connection.all(&statement, ())?;
    for (turn, reply, others_stand) in kept {
        keep_parts(connection, turn, others_stand.then_some(&reply))?;
    }
    Ok(())
}

/// Keeps of an answer which messages it has, and nothing else.
fn keep_parts(connection: &Connection, turn: i64, reply: Option<&str>) -> Result<(), Fault> {
    let state = reply.and_then(from_json::<ReplyState>);
    let parts = state.map(|state| ReplyState {
        thoughts: String::new(),
        is_thoughts_cut: false,
        thought_ms: None,
        ..state
    });
    connection.execute(
        "UPDATE turns SET reply = $2 WHERE ask = $1",
        (turn, parts.as_ref().map(to_json).transpose()?),
    )?;
    Ok(())
}

/// Ends the turns of questions that were taken back before anything of their answer was visible.
fn withdraw(connection: &Connection, messages: &[MessageId], now: i64) -> Result<(), Fault> {
    let statement = naming(
        messages,
        "UPDATE turns SET state = 'done', leader = NULL, outcome = $1, ended = $2, stopped = NULL \
         WHERE state IN ('queued', 'joined') AND reply IS NULL AND ask IN ({ids})",
    );
    connection.execute(&statement, (to_json(&TurnEnd::Withdrawn)?, now))?;
    Ok(())
}

/// Remembers deletions of messages that are not known yet, where history may be on its way that still has them.
fn bury(
    connection: &Connection,
    channel: ChannelId,
    messages: &[MessageId],
    now: i64,
) -> Result<(), Fault> {
    let reading: Option<i64> = connection.first(
        "SELECT id FROM conversations WHERE channel = $1 AND kind IN ('thread', 'direct') AND history <> 'whole' \
         ORDER BY id LIMIT 1",
        (stored(channel.0),),
    )?;
    if let Some(conversation) = reading {
        for message in messages {
            insert_deleted(
                connection,
                ConversationId(row::id(conversation)),
                *message,
                now,
            )?;
        }
    }
    Ok(())
}

fn insert_deleted(
    connection: &Connection,
    conversation: ConversationId,
    message: MessageId,
    now: i64,
) -> Result<(), Fault> {
    connection.execute(
        "INSERT INTO messages (conversation, id, author, name, mine, answers, part, text, attachments, reply_to, \
         quoted, size, deleted, changed) \
         SELECT id, $2, 0, '', FALSE, NULL, 0, '', '[]', NULL, NULL, 0, TRUE, $3 \
         FROM conversations WHERE id = $1 AND gone = FALSE \
         ON CONFLICT (conversation, id) DO NOTHING",
        (stored(conversation.0), stored(message.0), now),
    )?;
    Ok(())
}

/// A statement about some messages: their ids stand in it where it says `{ids}`.
pub(super) fn naming(messages: &[MessageId], statement: &str) -> String {
    let ids: Vec<String> = messages
        .iter()
        .map(|message| stored(message.0).to_string())
        .collect();
    statement.replace("{ids}", &ids.join(", "))
}
