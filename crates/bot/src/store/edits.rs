//! What was said is changed as it is changed on Discord, and mended as it is read back.

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Attachment, Content, Quoted, Said},
};

use super::{
    Mark, Store, StoreError,
    connection::{Connection, record},
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
    /// The message is kept: where nothing is changed, nobody has changed it.
    pub is_kept: bool,
}

/// Whether a message is kept that people can change, or a quotation of it.
pub(super) const IS_KEPT: &str = "SELECT EXISTS (SELECT 1 FROM messages WHERE id = $1 AND mine = FALSE AND deleted = FALSE) \
     OR EXISTS (SELECT 1 FROM messages WHERE reply_to = $1 AND quoted IS NOT NULL)";

/// What [`Kept`] is read from.
macro_rules! kept {
    () => {
        "SELECT conversation, text, attachments, quoted, answers, deleted, changed, edited_ms FROM messages "
    };
}

/// Such a message, wherever it is kept.
const KEPT: &str = concat!(
    kept!(),
    "WHERE id = $1 AND mine = FALSE AND deleted = FALSE ORDER BY conversation"
);

/// A message of one conversation, whosever it is.
const KEPT_HERE: &str = concat!(kept!(), "WHERE conversation = $1 AND id = $2");

impl Store {
    /// Changes what somebody said, wherever it is kept, quotations of it too. Nothing changes where only a link's
    /// preview came, or the message is unknown, deleted or the bot's own (whose rows hold the model's words, not what
    /// Discord shows). A question that was answered is to be answered again, see [`Store::again`]; not where its author
    /// has changed nothing and only a name in it is another one by now.
    ///
    /// An edited message that is unknown may be part of history that is just being read back: whoever reads takes the edit in.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn edited(&self, said: &Said) -> Result<Edited, StoreError> {
        self.change(said, true).await
    }

    /// The same, where those who answer the question hear of it in another way: nothing is answered again by this.
    ///
    /// # Errors
    /// As of [`Store::edited`].
    pub async fn reworded(&self, said: &Said) -> Result<Edited, StoreError> {
        self.change(said, false).await
    }

    async fn change(&self, said: &Said, is_again: bool) -> Result<Edited, StoreError> {
        let (said, now) = (said.clone(), self.tick());
        self.look_and_write(move |connection| {
            // Most of what is edited anywhere was never kept: nobody is to wait for a lock because of it.
            if !connection.one(IS_KEPT, (stored(said.id.0),))? {
                return Ok(Edited::default());
            }
            connection.transaction(|connection| {
                let kept: Vec<Kept> = connection.all(KEPT, (stored(said.id.0),))?;
                let mut edited = Edited {
                    is_kept: !kept.is_empty(),
                    ..Edited::default()
                };
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
                if is_again
                    && !edited.changed.is_empty()
                    && let Again::Queued(conversation) = requeue(connection, said.id)?
                {
                    edited.again = Some(conversation);
                }
                Ok(edited)
            })
        })
        .await
    }

    /// What an edit would change, where that can't be kept now.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn would_change(&self, said: &Said) -> Result<Edited, StoreError> {
        let said = said.clone();
        self.read(move |connection| {
            let kept: Vec<Kept> = connection.all(KEPT, (stored(said.id.0),))?;
            let differs = kept.iter().filter(|kept| kept.is_changed_by(&said));
            Ok(Edited {
                changed: differs
                    .map(|kept| ConversationId(row::id(kept.conversation)))
                    .collect(),
                again: None,
                is_kept: !kept.is_empty(),
            })
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

    /// Its author has changed it.
    fn is_changed_by(&self, said: &Said) -> bool {
        let before: Vec<Attachment> = from_json(&self.attachments).unwrap_or_default();
        let is_edited = said.edited_ms.map(stored) > self.edited_ms;
        is_edited && differs(&self.text, &before, said)
    }
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
    let differs = differs(&kept.text, &before, said);
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

/// A message says something else than these words and files.
fn differs(text: &str, files: &[Attachment], said: &Said) -> bool {
    let mut pairs = files.iter().zip(&said.attachments);
    text != said.text
        || files.len() != said.attachments.len()
        || pairs.any(|(before, after)| !before.is_like(after))
}

/// The new list of files, with what is known already of what they say.
pub(super) fn keep_read(before: &[Attachment], after: &[Attachment]) -> Vec<Attachment> {
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
pub(super) fn mend(
    connection: &Connection,
    conversation: ConversationId,
    mark: Mark,
    said: &Said,
    now: i64,
) -> Result<(), Fault> {
    let ids = (stored(conversation.0), stored(said.id.0));
    let kept: Option<Kept> = connection.first(KEPT_HERE, ids)?;
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
