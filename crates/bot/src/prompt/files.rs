//! Reads the text files that came with messages, from Discord's content network, as long as a question may wait for them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt as _, future::join_all, stream};
use kaiwa_core::{
    id::{ChannelId, MessageId},
    message::{Attachment, Content, Conversation, Place, Said},
};
use tokio::{
    sync::OnceCell,
    time::{Instant, timeout_at},
};

use crate::{app::Rooms, discord::rest::RestError, recall::Wanted};

/// How long a file is waited for, from when it was first wanted.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long every later question waits for it all the same.
const AGAIN: Duration = Duration::from_secs(2);
/// The files of so many messages are read side by side.
const AT_ONCE: usize = 4;
/// Of so many messages it is known since when their files are wanted.
const KNOWN: usize = 1_000;

/// Since when the files of messages are wanted. One that never comes must not cost every question of its conversation all the
/// patience there is.
#[derive(Debug, Default)]
pub(crate) struct Awaited(Mutex<HashMap<MessageId, Tried>>);

/// How the files of a message were asked for.
#[derive(Clone, Copy, Debug)]
struct Tried {
    since: Instant,
    /// By so many questions.
    times: u32,
}

impl Awaited {
    /// How many questions have asked for the files of a message.
    fn times(&self, message: MessageId) -> u32 {
        let tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.get(&message).map_or(0, |tried| tried.times)
    }

    /// Until when a question, which began to read at that time, waits for the files of a message; none where that is over
    /// already.
    fn until(&self, message: MessageId, began: Instant) -> Option<Instant> {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tried.get(&message).copied();
        let since = known.map_or(began, |known| known.since);
        let until = (since + PATIENCE).max(began + AGAIN);
        if until <= Instant::now() {
            return None;
        }
        if tried.len() >= KNOWN && known.is_none() {
            tried.clear();
        }
        let times = known.map_or(0, |known| known.times).saturating_add(1);
        tried.insert(message, Tried { since, times });
        Some(until)
    }

    /// They are there.
    fn came(&self, message: MessageId) {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.remove(&message);
    }
}

/// Reads the files of a conversation that were not read before: each is read once, as their addresses expire. What can't be
/// had for the moment stays unread in the store, for the next question.
pub(super) async fn read(rooms: &Rooms, wanted: &Wanted, conversation: &mut Conversation) {
    let now = Instant::now();
    let has_unread = |said: &Said| said.attachments.iter().any(is_unread);
    if !conversation.said.iter().any(has_unread) {
        return;
    }
    // The newest first: mostly they are what the question is about. But what never comes is not to keep the others waiting.
    let unread = conversation.said.iter_mut().rev();
    let mut unread: Vec<&mut Said> = unread.filter(|said| has_unread(said)).collect();
    unread.sort_by_key(|said| rooms.awaited.times(said.id));
    let reading = stream::iter(unread).for_each_concurrent(AT_ONCE, |said| async {
        if let Some(until) = rooms.awaited.until(said.id, now) {
            read_of(rooms, wanted, said, until).await;
        }
    });
    // Most turns have no files: this is not to make them larger.
    Box::pin(reading).await;
}

fn is_unread(file: &Attachment) -> bool {
    file.content == Content::Unread
}

async fn read_of(rooms: &Rooms, wanted: &Wanted, said: &mut Said, until: Instant) {
    let message = said.id;
    let files = Files {
        rooms,
        message,
        channel: wanted.channel_of(message),
        fresh: OnceCell::new(),
    };
    let unread = said.attachments.iter_mut().filter(|file| is_unread(file));
    let reading = unread.map(|file| async {
        match timeout_at(until, files.content(file)).await {
            Ok(content) => file.content = content,
            Err(_) => {
                tracing::warn!(%message, "a file that came with a message was not there in time");
            }
        }
        !is_unread(file)
    });
    let came = join_all(reading).await;
    if came.iter().all(|came| *came) {
        rooms.awaited.came(message);
    }
    if came.contains(&true) {
        let files = &said.attachments;
        rooms.memory.attachments_read(message, files).await;
    }
}

/// The files of a message, while they are read.
struct Files<'a> {
    rooms: &'a Rooms,
    message: MessageId,
    channel: ChannelId,
    /// The files as the message tells them now.
    fresh: OnceCell<Vec<Attachment>>,
}

impl Files<'_> {
    /// What a file says; it stays unread where it can't be had for a reason that passes.
    async fn content(&self, file: &Attachment) -> Content {
        let message = self.message;
        let fetched = match self.fetch(file).await {
            // The address has expired. The message tells a new one each time it is read.
            Err(RestError::NotFound { .. } | RestError::Forbidden { .. }) => {
                match self.fresh.get_or_try_init(|| self.told_now()).await {
                    Ok(files) => match file.among(files) {
                        Some(file) => self.fetch(file).await,
                        None => return Content::Opaque,
                    },
                    Err(error) => Err(error),
                }
            }
            fetched => fetched,
        };
        fetched.unwrap_or_else(|error| {
            tracing::warn!(%message, %error, "can't read a file that came with a message");
            if let RestError::Unavailable { .. } = error {
                Content::Unread
            } else {
                Content::Opaque
            }
        })
    }

    /// Reads a file at the address that is known of it.
    async fn fetch(&self, file: &Attachment) -> Result<Content, RestError> {
        let limit = self.rooms.attachment_bytes;
        let fetched = self.rooms.rest.fetch(&file.url, limit).await?;
        Ok(match text_of(&fetched.content) {
            Some(text) if fetched.is_cut => Content::Cut(text),
            Some(text) => Content::Text(text),
            None => Content::Opaque,
        })
    }

    /// Reads the message once more for the addresses that its files have now.
    async fn told_now(&self) -> Result<Vec<Attachment>, RestError> {
        let rest = &self.rooms.rest;
        let (message, _) = rest.message_of(self.channel, self.message).await?;
        let edge = self.rooms.reader.edge();
        let message = edge.and_then(|edge| edge.message(message, Place::Channel));
        Ok(message.map(|told| told.attachments).unwrap_or_default())
    }
}

/// A file's bytes as text; `None` when they are something else. A character that the limit cut in two is left out.
fn text_of(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    (!text.contains('\0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_does_not_come_is_waited_for_once() {
        let awaited = Awaited::default();
        let (file, asked) = (MessageId(1), Instant::now());
        let seconds = |seconds| asked + Duration::from_secs(seconds);
        assert_eq!(awaited.until(file, asked), Some(seconds(15)));
        // A question that comes before the first one is answered begins nothing anew.
        assert_eq!(awaited.until(file, seconds(10)), Some(seconds(15)));
        assert_eq!(awaited.until(file, seconds(14)), Some(seconds(16)));
        assert_eq!(awaited.until(file, seconds(900)), Some(seconds(902)));
        assert_eq!(
            awaited.until(MessageId(2), seconds(900)),
            Some(seconds(915))
        );
        awaited.came(file);
        assert_eq!(awaited.until(file, seconds(901)), Some(seconds(916)));
    }

    #[test]
    fn what_is_known_of_files_that_do_not_come_is_bounded() {
        let (awaited, now) = (Awaited::default(), Instant::now());
        for message in 0..3_000 {
            awaited.until(MessageId(message), now);
        }
        assert_eq!(awaited.0.lock().unwrap().len(), KNOWN);
    }
}
