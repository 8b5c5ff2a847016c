//! What stands on Discord of an answer and is not known here: messages that were sent without an answer from Discord, and
//! the words that an earlier process left.

use std::{
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    time::Duration,
};

use kaiwa_core::{
    error::TurnError,
    id::{ChannelId, MessageId},
    reply::{Act, Outcome, Standing},
};
use tokio::time::{Instant, sleep_until};

use super::{
    Stage,
    place::{Refused, WHOLE_ANSWER},
};
use crate::{
    app::Rooms,
    discord::{
        rest::{Moment, PAGE, Page, RestError},
        wire,
    },
};

/// Discord remembers a nonce for a few minutes. A call that begins within this time ends within them.
const NONCE_MEMORY: Duration = Duration::from_secs(120);
/// So long after a call to which nothing was said it may still be done.
const LANDS: Duration = Duration::from_secs(10);
/// A message may have been posted so much earlier than we believe, by Discord's clock.
const CLOCKS_DIFFER_MS: u64 = 60_000;
/// More than Discord takes of a bot. Source: "Uploading Files".
const LARGEST_FILE: usize = 10 << 20;
/// How many pages are looked through at the most.
const PAGES: usize = 10;

/// A try to post a message.
#[derive(Debug)]
pub(super) struct Attempt {
    part: u32,
    /// The question that it answers.
    ask: MessageId,
    content: u64,
    at: Moment,
}

impl Attempt {
    /// The try that is made now; none where nothing is to be posted.
    pub(super) fn of(act: &Act, rooms: &Rooms, stage: &Stage) -> Option<Self> {
        match act {
            Act::Create { part, content, .. } => Some(Self {
                part: *part,
                ask: stage.newest().message,
                content: fingerprint(content),
                at: Moment::now(&rooms.rest),
            }),
            Act::Edit { .. } | Act::Delete { .. } | Act::Find { .. } => None,
        }
    }
}

/// Messages that may have been posted: of each, the tries of which nobody knows what came, oldest first.
#[derive(Debug, Default)]
pub(super) struct Unsure {
    attempts: Vec<Attempt>,
    /// When the last of these calls ended.
    last: Option<Instant>,
}

impl Unsure {
    /// Nobody knows what came of this.
    pub(super) fn note(&mut self, attempt: Option<Attempt>) {
        if attempt.is_some() {
            self.last = Some(Instant::now());
        }
        self.attempts.extend(attempt);
    }

    /// It is known what came of the message of a part.
    pub(super) fn settle(&mut self, part: u32) {
        self.attempts.retain(|attempt| attempt.part != part);
    }

    /// Looks whether a message is there: one that is to be posted, once Discord may have forgotten its nonce, and one that is
    /// not needed any more. Nothing where it is to be sent.
    pub(super) async fn look(
        &mut self,
        rooms: &Rooms,
        stage: &Stage,
        channel: ChannelId,
        act: &Act,
    ) -> Result<Option<Outcome>, Refused> {
        let (part, absent) = match act {
            Act::Create { part, .. } => (*part, None),
            Act::Find { part } => (*part, Some(Outcome::Missing)),
            Act::Edit { .. } | Act::Delete { .. } => return Ok(None),
        };
        let first = self.attempts.iter().find(|attempt| attempt.part == part);
        let Some(first) = first else {
            return Ok(absent);
        };
        if absent.is_none() && first.at.elapsed(&rooms.rest) < NONCE_MEMORY {
            return Ok(None);
        }
        let since = MessageId::first_at(first.at.discord_ms.saturating_sub(CLOCKS_DIFFER_MS));
        if let (Some(_), Some(last)) = (absent, self.last) {
            sleep_until(last + LANDS).await;
        }
        match self.find(rooms, stage, channel, part, since).await {
            Ok(Some(message)) => Ok(Some(Outcome::Found(message))),
            Ok(None) => {
                // None of them got through: the nonce counts from now on.
                self.settle(part);
                Ok(absent)
            }
            Err(RestError::Unavailable { .. }) => Err(Refused::Unreachable),
            Err(RestError::NotFound { .. }) => Err(Refused::Turn(TurnError::Gone)),
            // What the bot may not read it can't look for.
            Err(error) => {
                tracing::warn!(%channel, %error, "can't find out whether a message was posted");
                Ok(absent)
            }
        }
    }

    /// The message that one of the tries of a part has posted.
    async fn find(
        &self,
        rooms: &Rooms,
        stage: &Stage,
        channel: ChannelId,
        part: u32,
        since: MessageId,
    ) -> Result<Option<MessageId>, RestError> {
        let Some(edge) = rooms.reader.edge() else {
            return Ok(None);
        };
        let known = stage.reply().state().parts;
        let is_ours = |message: &wire::Message| {
            let Some(own) = edge.own(message) else {
                return false;
            };
            let content = message.content.as_deref().map(fingerprint);
            // Several answers can wait in one channel, with the same first words.
            let is_it = |attempt: &Attempt| {
                attempt.part == part
                    && Some(attempt.content) == content
                    && own.answers.is_none_or(|ask| ask == attempt.ask)
            };
            known.iter().all(|known| known.message != Some(message.id))
                && self.attempts.iter().any(is_it)
        };
        let mut after = since;
        for _ in 0..PAGES {
            let page = rooms
                .rest
                .messages(channel, Page::After(after), PAGE)
                .await?;
            if let Some(found) = page.iter().find(|message| is_ours(message)) {
                return Ok(Some(found.id));
            }
            match page.iter().map(|message| message.id).max() {
                Some(newest) if page.len() >= usize::from(PAGE) => after = newest,
                Some(_) | None => break,
            }
        }
        Ok(None)
    }
}

/// Reads the words that an earlier process left, where nothing else has come in their place: what there is to say of them
/// is to stand under them.
pub(crate) async fn read_what_is_left(rooms: &Rooms, stage: &Stage) {
    let channel = stage.lead.answered_in();
    let reading = async {
        let mut messages = Vec::new();
        let unread = stage.reply().unread();
        for id in unread {
            messages.push(rooms.rest.message(channel, id).await.ok()?);
        }
        let file = text_in_file(rooms, &messages).await.ok()?;
        Some((messages, file))
    };
    tokio::select! {
        read = reading => if let Some((messages, file)) = read {
            let contents = messages.into_iter().map(|message| (message.id, message.content.unwrap_or_default()));
            let contents: Vec<(MessageId, String)> = contents.collect();
            stage.reply().read(&contents, file.as_deref());
        },
        _ = stage.lost() => {}
        () = stage.stopping() => {}
    }
}

/// The file of an answer can't be read now.
#[derive(Debug)]
pub(crate) struct Unreadable;

/// All of the text of an answer with these messages, where one of them has it in a file.
pub(crate) async fn text_in_file(
    rooms: &Rooms,
    messages: &[wire::Message],
) -> Result<Option<String>, Unreadable> {
    let Some(file) = messages.iter().rev().find_map(file_of) else {
        return Ok(None);
    };
    let read = match rooms.rest.fetch(&file.url, LARGEST_FILE).await {
        Ok(fetched) if !fetched.is_cut => String::from_utf8(fetched.content).ok(),
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, "can't read the file of an answer");
            None
        }
    };
    read.map(Some).ok_or(Unreadable)
}

/// How a message of an answer stands there.
pub(crate) fn standing(message: &wire::Message) -> Standing<'_> {
    Standing {
        message: message.id,
        content: message.content.as_deref().unwrap_or_default(),
        has_file: file_of(message).is_some(),
    }
}

fn file_of(message: &wire::Message) -> Option<&wire::Attachment> {
    let mut files = message.attachments.iter();
    files.find(|file| file.filename == WHOLE_ANSWER)
}

/// A number that is the same for the same content, as Discord shows it.
fn fingerprint(content: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(content.trim())
}
