//! Titles of the bot's own threads. They come last of all: once an answer is shown and nothing else is to be done in its
//! conversation, and where the model has room for one, so that nobody waits for an answer because of a title. Whatever happens in
//! the conversation goes first. One that fails costs nobody anything, and nobody hears of it.

use std::{
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::StreamExt as _;
use kaiwa_core::{
    error::ModelError,
    id::ConversationId,
    model::{FinishReason, ModelEvent, Prompt},
    reply::{Limits, Reply},
    title::{name, prompt},
};
use tokio::time::timeout;

use crate::{
    app::Rooms,
    discord::rest::RestError,
    lanes::{Lane, Signal},
    store::{Reach, Untitled},
    work::Work,
};

/// So long the model may take for one, its thoughts included.
const LONGEST: Duration = Duration::from_secs(60);
/// So long one waits for the model to have room.
const PATIENCE: Duration = Duration::from_secs(600);
/// So often the model is asked for one, those that gave way to an answer counted.
const TRIES: i64 = 3;
/// So long somebody who asks in a thread waits for the end of its renaming: a name that is on its way should come to its end.
const RENAMING: Duration = Duration::from_secs(1);
/// Of a reply so many bytes are heard: thoughts may stand in front of it that only their end shows to be none.
const LONGEST_HEARD: usize = 8 * 1024;
/// The beginning of a talk is in so many bytes of its newest messages, or it is long since past.
const REACH: Reach = Reach { bytes: 256 * 1024 };

/// The titles that are still to come.
#[derive(Debug, Default)]
pub(crate) struct Titles {
    /// The lanes in which a title is all that is left to do.
    waiting: AtomicUsize,
}

impl Titles {
    /// In how many lanes a title is all that is left to do: nobody is to wait for them.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// Counted as long as it is held.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn among(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What came of an attempt.
enum Attempt {
    /// The thread is to have this title.
    Title(String),
    /// The thread has its title, or is to have none.
    Over,
    /// It didn't come to that: it is tried again after the next answer.
    Later,
}

/// Whether the answer that a turn has given can be followed by a title.
pub(crate) fn may_follow(rooms: &Rooms, work: &Work) -> bool {
    rooms.settings.thread_titles
        && work.is_answered
        && work.finish != FinishReason::ContentFilter
        && !work.is_greeting()
}

/// Gives the thread of a conversation its title, if it is still to have one. Ends at once when something happens there, which
/// is given back, and when the process ends.
///
/// Once a title was tried it is stored that it was. A process that dies before that finds the thread with another name than
/// the bot gave it, and leaves it alone.
pub(crate) async fn give(rooms: &Rooms, lane: &mut Lane) -> Option<Signal> {
    let conversation = lane.conversation;
    let _waits = Waits::among(&rooms.titles.waiting);
    let found = tokio::select! {
        biased;
        signal = lane.happens() => return signal,
        found = find(rooms, conversation) => found,
    };
    let (untitled, title) = found?;
    let mut renaming = pin!(rename(rooms, &untitled, &title));
    let (renamed, signal) = tokio::select! {
        biased;
        renamed = &mut renaming => (renamed, None),
        signal = lane.happens() => {
            let signal = Some(signal?);
            // Discord may have it by now: it is never told twice.
            let renamed = timeout(RENAMING, renaming).await;
            (renamed.unwrap_or(Attempt::Over), signal)
        }
    };
    settle(rooms, conversation, renamed).await;
    signal
}

/// The title that the model gives to the thread of a conversation; none where it is to have none, or not now.
async fn find(rooms: &Rooms, conversation: ConversationId) -> Option<(Untitled, String)> {
    let untitled = rooms.memory.untitled(conversation).await?;
    match attempt(rooms, conversation, &untitled).await {
        Attempt::Title(title) => Some((untitled, title)),
        other @ (Attempt::Over | Attempt::Later) => {
            settle(rooms, conversation, other).await;
            None
        }
    }
}

/// Keeps what came of an attempt.
async fn settle(rooms: &Rooms, conversation: ConversationId, attempt: Attempt) {
    match attempt {
        Attempt::Over => rooms.memory.titled(conversation).await,
        Attempt::Later | Attempt::Title(_) => {
            tracing::debug!(%conversation, "the title of a thread is put off");
        }
    }
}

async fn attempt(rooms: &Rooms, conversation: ConversationId, untitled: &Untitled) -> Attempt {
    let reply = loop {
        if has_its_name(rooms, untitled) == Some(false) {
            return Attempt::Over;
        }
        let said = rooms.memory.load(conversation, REACH).await;
        let Some(prompt) = said.and_then(|said| prompt(&said.conversation)) else {
            return Attempt::Later;
        };
        let Ok(mut place) = timeout(PATIENCE, rooms.sharing.place()).await else {
            return Attempt::Later;
        };
        match rooms.memory.try_title(conversation, TRIES).await {
            Some(true) => {}
            Some(false) => return Attempt::Over,
            None => return Attempt::Later,
        }
        tokio::select! {
            biased;
            reply = timeout(LONGEST, reply(rooms, prompt)) => break reply,
            // Dropped, it leaves the model alone.
            () = place.is_wanted() => {}
        }
    };
    match reply {
        Ok(Ok(reply)) => match name(&reply) {
            Some(title) if title != untitled.name => is_ours(rooms, untitled, title).await,
            Some(_) | None => Attempt::Over,
        },
        Ok(Err(error)) => {
            tracing::debug!(%conversation, %error, "the model gives no title");
            if error.is_transient() {
                Attempt::Later
            } else {
                Attempt::Over
            }
        }
        Err(_elapsed) => Attempt::Later,
    }
}

/// What the model says to a prompt, its thoughts left out as they are of an answer; nothing where that is not whole. What is far too
/// long for a title and thoughts about it is not heard out.
async fn reply(rooms: &Rooms, prompt: Prompt) -> Result<String, ModelError> {
    let mut answer = rooms.model.ask(prompt);
    let mut reply = Reply::new(Limits::default());
    while let Some(event) = answer.next().await {
        let event = event?;
        if let ModelEvent::Finish { reason, .. } = &event
            && *reason != FinishReason::Stop
        {
            return Ok(String::new());
        }
        reply.push(&event, rooms.now());
        if reply.text().len() > LONGEST_HEARD {
            break;
        }
    }
    reply.finish(&[], rooms.now());
    Ok(reply.text().to_owned())
}

/// Whether the thread still has the name that the bot gave it, by what Discord has told; none where nothing is known of it.
fn has_its_name(rooms: &Rooms, untitled: &Untitled) -> Option<bool> {
    let directory = rooms.reader.directory();
    directory.with_guild(untitled.guild, |guild| {
        let name = guild?.channel_name(untitled.thread)?;
        Some(name == untitled.name)
    })
}

/// A title is for the thread, unless people have given that another name or put it away.
async fn is_ours(rooms: &Rooms, untitled: &Untitled, title: String) -> Attempt {
    let is_ours = match has_its_name(rooms, untitled) {
        Some(is_ours) => is_ours,
        None => match rooms.rest.channel_if_room(untitled.thread).await {
            Ok(known) => {
                let state = known.thread_metadata;
                let is_open = !state.archived && !state.locked;
                is_open && known.name.as_deref() == Some(&untitled.name)
            }
            Err(RestError::NoRoom | RestError::Unavailable { .. }) => return Attempt::Later,
            Err(_) => false,
        },
    };
    if is_ours {
        Attempt::Title(title)
    } else {
        Attempt::Over
    }
}

/// Gives the thread its title.
async fn rename(rooms: &Rooms, untitled: &Untitled, title: &str) -> Attempt {
    let thread = untitled.thread;
    match rooms.rest.rename_thread(thread, title).await {
        Ok(()) => Attempt::Over,
        Err(RestError::NoRoom) => Attempt::Later,
        // Whether it was done or not: what Discord refuses once it is not asked for again.
        Err(error) => {
            tracing::debug!(%thread, %error, "a thread gets no title");
            Attempt::Over
        }
    }
}
