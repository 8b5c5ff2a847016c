//! What stands on Discord of an answer and is not known here: messages that were sent without an answer from Discord, and
//! the words that an earlier process left.

use std::{
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    time::Duration,
};

use kaiwa_core::{
    error::TurnError,
    id::{ChannelId, MessageId},
    reply::Act,
};
use tokio::time::Instant;

use super::{Stage, place::Refused};
use crate::{
    app::Rooms,
    discord::{
        convert,
        rest::{PAGE, Page, RestError},
        wire,
    },
};

/// Discord remembers a nonce for a few minutes. A call that begins within this time ends within them.
const NONCE_MEMORY: Duration = Duration::from_secs(120);
/// A message may have been posted so much earlier than we believe, by Discord's clock.
const CLOCKS_DIFFER_MS: u64 = 60_000;
/// How many pages are looked through at the most.
const PAGES: usize = 10;

/// A try to post a message.
#[derive(Debug)]
pub(super) struct Attempt {
    part: u32,
    /// The question that it answers.
    ask: MessageId,
    content: u64,
    at: Instant,
    /// By Discord's clock.
    at_ms: u64,
}

impl Attempt {
    /// The try that is made now; none where nothing is to be posted.
    pub(super) fn of(act: &Act, rooms: &Rooms, stage: &Stage) -> Option<Self> {
        match act {
            Act::Create { part, content, .. } => Some(Self {
                part: *part,
                ask: stage.newest().message,
                content: fingerprint(content),
                at: Instant::now(),
                at_ms: rooms.rest.discord_ms(),
            }),
            Act::Edit { .. } | Act::Delete { .. } => None,
        }
    }
}

/// A message that may have been posted: the tries of which nobody knows what came, oldest first.
#[derive(Debug, Default)]
pub(super) struct Unsure {
    attempts: Vec<Attempt>,
}

impl Unsure {
    /// Nobody knows what came of this.
    pub(super) fn note(&mut self, attempt: Option<Attempt>) {
        self.attempts.extend(attempt);
    }

    /// Looks whether a message that is to be posted is there already, once Discord may have forgotten its nonce.
    pub(super) async fn look(
        &mut self,
        rooms: &Rooms,
        stage: &Stage,
        channel: ChannelId,
        act: &Act,
    ) -> Result<Option<MessageId>, Refused> {
        let Act::Create { part, .. } = act else {
            return Ok(None);
        };
        self.attempts.retain(|attempt| attempt.part == *part);
        let first = self.attempts.first();
        let Some(first) = first.filter(|first| first.at.elapsed() >= NONCE_MEMORY) else {
            return Ok(None);
        };
        let since = MessageId::first_at(first.at_ms.saturating_sub(CLOCKS_DIFFER_MS));
        let found = self.find(rooms, stage, channel, since).await;
        match found {
            Ok(found) => {
                if found.is_none() {
                    // None of them got through: the nonce counts from now on.
                    self.attempts.clear();
                }
                Ok(found)
            }
            Err(RestError::Unavailable { .. }) => Err(Refused::Unreachable),
            Err(RestError::NotFound { .. }) => Err(Refused::Turn(TurnError::Gone)),
            // What the bot may not read it can't look for.
            Err(error) => {
                tracing::warn!(%channel, %error, "can't find out whether a message was posted");
                Ok(None)
            }
        }
    }

    /// The message that one of the tries has posted.
    async fn find(
        &self,
        rooms: &Rooms,
        stage: &Stage,
        channel: ChannelId,
        since: MessageId,
    ) -> Result<Option<MessageId>, RestError> {
        let Some(edge) = rooms.reader.edge() else {
            return Ok(None);
        };
        let known = stage.reply().state().parts;
        let is_ours = |message: &wire::Message| {
            let content = message.content.as_deref().map(fingerprint);
            // Several answers can wait in one channel, with the same first words.
            let answers = convert::answers(message);
            let is_it = |attempt: &Attempt| {
                Some(attempt.content) == content && answers.is_none_or(|ask| ask == attempt.ask)
            };
            convert::is_written_by(message, edge.me)
                && known.iter().all(|part| part.message != Some(message.id))
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
    let channel = stage.lead.home.own_channel(stage.lead.conversation);
    let channel = channel.unwrap_or_else(|| stage.lead.home.asked_in());
    let reading = async {
        let mut contents = Vec::new();
        let messages = stage.reply().unread();
        for id in messages {
            let message = rooms.rest.message(channel, id).await.ok()?;
            contents.push((id, message.content?));
        }
        Some(contents)
    };
    tokio::select! {
        read = reading => if let Some(contents) = read {
            stage.reply().read(&contents);
        },
        _ = stage.lost() => {}
        () = stage.stopping() => {}
    }
}

/// A number that is the same for the same content, as Discord shows it.
fn fingerprint(content: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(content.trim())
}
