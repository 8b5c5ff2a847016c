//! What was said: kept as it comes in, changed as it is changed on Discord, mended as it is read back.

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Attachment, Content, Quoted, Said, Speaker},
};

use super::{
    History, Store, StoreError,
    connection::{Connection, record},
    erase::erase_vanished,
    error::Fault,
    row::{self, from_json, stored, to_json},
    versions::{Again, requeue},
};

/// What an edit of a message changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    /// The conversations in which it reads differently now.
    pub changed: Vec<ConversationId>,
    /// The one of them in which it was a question with an answer, whose turn is queued again now.
    pub again: Option<ConversationId>,
}

/// A moment before Discord was asked for history: what the store learnt since then is newer than what Discord answers.
#[derive(Clone, Copy, Debug)]
pub struct Mark(i64);

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

    /// Changes what somebody said, wherever it is kept, quotations of it too. Nothing changes where only a link's
    /// preview came, or the message is unknown, deleted or the bot's own (whose rows hold the model's words, not what
    /// Discord shows). A question that was answered is to be answered again, see [`Store::again`]; not where its author
    /// has changed nothing and only a name in it is another one by now.
    ///
    /// An edited message that is unknown may be part of history that is just being read back: [`Store::note`] it then,
    /// and the older text that is on its way will not replace it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn edited(&self, said: &Said) -> Result<Edited, StoreError> {
        let (said, now) = (said.clone(), self.tick());
        self.write(move |connection| {
            let kept: Vec<Kept> = connection.all(
                "SELECT conversation, text, attachments, quoted, answers, deleted, changed, edited_ms FROM messages \
                 WHERE id = $1 AND mine = FALSE AND deleted = FALSE ORDER BY conversation",
                (stored(said.id.0),),
            )?;
            let mut edited = Edited::default();
            let is_late = kept.iter().any(|kept| kept.is_newer(&said));
            for kept in kept {
                if revise(connection, &kept, &said, now)? {
                    let conversation = ConversationId(row::id(kept.conversation));
                    edited.changed.push(conversation);
                }
            }
            if !is_late {
                requote(connection, said.id, &said.text)?;
            }
            if !edited.changed.is_empty()
                && let Again::Queued(conversation) = requeue(connection, said.id)?
            {
                edited.again = Some(conversation);
            }
            Ok(edited)
        })
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
    /// people have deleted meanwhile is erased. Of a reply chain no history is whole.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn add_history(
        &self,
        conversation: ConversationId,
        mark: Mark,
        page: &[Said],
        history: History,
    ) -> Result<(), StoreError> {
        let (page, now) = (page.to_vec(), self.tick());
        self.write(move |connection| {
            for said in &page {
                // Rows that history brings are as old as the mark: an event that came meanwhile wins.
                if !insert(connection, conversation, said, mark.0)? {
                    mend(connection, conversation, mark, said, now)?;
                }
            }
            erase_vanished(connection, conversation, mark.0, &page, history, now)?;
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

/// What is kept of a message, as far as a change needs it.
#[derive(Debug)]
struct Kept {
    conversation: i64,
    text: String,
    attachments: String,
    quoted: Option<String>,
    answers: Option<i64>,
    deleted: bool,
    changed: i64,
    edited_ms: Option<i64>,
}

record!(Kept {
    conversation,
    text,
    attachments,
    quoted,
    answers,
    deleted,
    changed,
    edited_ms
});

impl Kept {
    /// It was told late: the text has been changed since.
    fn is_newer(&self, said: &Said) -> bool {
        said.edited_ms.map(stored) < self.edited_ms
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

/// Lets a message say something else. Tells whether its author has changed it: where only a name in it is another one by
/// now, it has that name from here on, and that is all.
fn revise(connection: &Connection, kept: &Kept, said: &Said, now: i64) -> Result<bool, Fault> {
    if kept.is_newer(said) {
        return Ok(false);
    }
    let edited_ms = said.edited_ms.map(stored);
    let is_edited = edited_ms > kept.edited_ms;
    let before: Vec<Attachment> = from_json(&kept.attachments).unwrap_or_default();
    let after = keep_read(&before, &said.attachments);
    let differs = kept.text != said.text
        || before.len() != after.len()
        || before
            .iter()
            .zip(&after)
            .any(|(before, after)| !before.is_like(after));
    // The same files have new addresses each time they are told; those are worth keeping, but they are no change.
    let quoted: Option<Quoted> = kept.quoted.as_deref().and_then(from_json);
    // What was erased does not come back, and the bot's own words are kept as the model wrote them.
    let requoted = said.quoted.as_ref().filter(|now| {
        let before = quoted.as_ref();
        before.is_some_and(|before| !before.mine && before.text != now.text)
    });
    if !differs && before == after && !is_edited && requoted.is_none() {
        return Ok(false);
    }
    let quoted = requoted.or(quoted.as_ref());
    if differs || requoted.is_some() {
        connection.fold.soon();
    }
    connection.execute(
        "UPDATE messages SET text = $3, attachments = $4, size = $5, edited_ms = $6, changed = $7, quoted = $8 \
         WHERE conversation = $1 AND id = $2",
        (
            kept.conversation,
            stored(said.id.0),
            &said.text,
            to_json(&after)?,
            row::bytes(row::size(&said.text, &after, quoted)),
            edited_ms,
            now,
            quoted.map(to_json).transpose()?,
        ),
    )?;
    Ok(differs && is_edited)
}

/// The new list of files, with what is known already of what they say.
fn keep_read(before: &[Attachment], after: &[Attachment]) -> Vec<Attachment> {
    let with_known = |file: &Attachment| match (&file.content, file.among(before)) {
        (Content::Unread, Some(known)) => Attachment {
            content: known.content.clone(),
            ..file.clone()
        },
        _ => file.clone(),
    };
    after.iter().map(with_known).collect()
}

/// Takes over what Discord says of a message that is known already, where nothing newer is known.
fn mend(
    connection: &Connection,
    conversation: ConversationId,
    mark: Mark,
    said: &Said,
    now: i64,
) -> Result<(), Fault> {
    let kept: Option<Kept> = connection.first(
        "SELECT conversation, text, attachments, quoted, answers, deleted, changed, edited_ms FROM messages \
         WHERE conversation = $1 AND id = $2",
        (stored(conversation.0), stored(said.id.0)),
    )?;
    if let Some(kept) = kept
        && !kept.deleted
        && kept.answers.is_none()
        && kept.changed < mark.0
    {
        revise(connection, &kept, said, now)?;
    }
    Ok(())
}

/// Lets quotations of a message say what it says now.
fn requote(connection: &Connection, message: MessageId, text: &str) -> Result<(), Fault> {
    let quotations: Vec<(i64, i64, String)> = connection.all(
        "SELECT conversation, id, quoted FROM messages WHERE reply_to = $1 AND quoted IS NOT NULL",
        (stored(message.0),),
    )?;
    for (conversation, id, quoted) in quotations {
        let Some(quoted) = from_json::<Quoted>(&quoted) else {
            continue;
        };
        if quoted.mine || quoted.text == text {
            continue;
        }
        let quoted = Quoted {
            text: text.to_owned(),
            ..quoted
        };
        connection.execute(
            "UPDATE messages SET quoted = $3, size = size + $4 WHERE conversation = $1 AND id = $2",
            (conversation, id, to_json(&quoted)?, row::bytes(text.len())),
        )?;
    }
    Ok(())
}
