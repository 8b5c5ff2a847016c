//! Reads the text files that came with messages, from Discord's content network, as long as a question may wait for them.

use std::time::Duration;

use futures_util::{StreamExt as _, future::join_all, stream};
use kaiwa_core::{
    id::MessageId,
    message::{Attachment, Content, Conversation, Said},
};
use tokio::time::{Instant, timeout_at};

use crate::{app::Rooms, discord::rest::RestError};

/// How long a question waits for all of them together.
const PATIENCE: Duration = Duration::from_secs(15);
/// The files of so many messages are read side by side.
const AT_ONCE: usize = 4;

/// Reads the files of a conversation that were not read before: each is read once, as their addresses expire. What can't be
/// had for the moment stays unread in the store, for the next question.
pub(super) async fn read(rooms: &Rooms, conversation: &mut Conversation) {
    let deadline = Instant::now() + PATIENCE;
    let is_unread = |said: &&mut Said| said.attachments.iter().any(is_unread);
    let unread = conversation.said.iter_mut().filter(is_unread);
    stream::iter(unread)
        .for_each_concurrent(AT_ONCE, |said| read_of(rooms, said, deadline))
        .await;
}

fn is_unread(file: &Attachment) -> bool {
    file.content == Content::Unread
}

async fn read_of(rooms: &Rooms, said: &mut Said, deadline: Instant) {
    let message = said.id;
    let unread = said.attachments.iter_mut().filter(|file| is_unread(file));
    let reading = unread.map(|file| async move {
        let reading = timeout_at(deadline, content(rooms, message, file));
        match reading.await {
            Ok(content) => file.content = content,
            Err(_) => {
                tracing::warn!(%message, "a file that came with a message was not there in time")
            }
        }
    });
    join_all(reading).await;
    rooms
        .memory
        .attachments_read(message, &said.attachments)
        .await;
}

/// What a file says; it stays unread where it can't be had for a reason that passes.
async fn content(rooms: &Rooms, message: MessageId, file: &Attachment) -> Content {
    match rooms.rest.fetch(&file.url, rooms.attachment_bytes).await {
        Ok(fetched) => match text_of(&fetched.content) {
            Some(text) if fetched.is_cut => Content::Cut(text),
            Some(text) => Content::Text(text),
            None => Content::Opaque,
        },
        Err(error) => {
            tracing::warn!(%message, %error, "can't read a file that came with a message");
            if let RestError::Unavailable { .. } = error {
                Content::Unread
            } else {
                Content::Opaque
            }
        }
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
