//! What a turn remembers: the conversation from the store, and what the store lacks read back from Discord.
//!
//! A known conversation needs no request. One met for the first time, or one that events were missed of, is read
//! back in pages of 100, as far as the model's window reaches.

use kaiwa_core::{
    id::{ChannelId, ConversationId, MessageId},
    intake,
    message::{Conversation, Home, Place, Said, Speaker},
    text,
};

use crate::{
    app::Rooms,
    delivery::PICTURE,
    discord::{
        convert,
        rest::{PAGE, Page, RestError},
        wire,
    },
    store::{History, Reach},
    work::Work,
};

/// How many pages are read back at the most: 2,000 messages fill any window that people pay for.
const PAGES: usize = 20;
/// How many messages of a reply chain are asked for one by one.
const LINKS: usize = 30;
/// No token stands for more bytes of ordinary text than this.
const BYTES_A_TOKEN: usize = 6;

/// The conversation that a turn answers in.
pub(crate) async fn conversation(rooms: &Rooms, work: &Work) -> Conversation {
    let reach = Reach {
        bytes: work.window.saturating_mul(BYTES_A_TOKEN),
    };
    let mut conversation = match work.lead().home {
        Home::NewThread { .. } | Home::Channel { .. } => {
            Box::pin(channel(rooms, work, reach)).await
        }
        Home::Chain { .. } => Box::pin(chain(rooms, work, reach)).await,
    };
    for said in work.unstored_said() {
        if !conversation.said.iter().any(|known| known.id == said.id) {
            conversation.said.push(said.clone());
        }
    }
    let asked = work.newest();
    if !conversation
        .said
        .iter()
        .any(|said| said.id == asked.message)
        && let reading = rooms.rest.message(asked.home.asked_in(), asked.message)
        && let Ok(message) = Box::pin(reading).await
    {
        // The store failed between keeping the question and reading it.
        conversation.said.extend(remember(rooms, work, message));
    }
    conversation.said.sort_by_key(|said| said.id);
    conversation
}

/// A thread's or a direct message channel's conversation.
async fn channel(rooms: &Rooms, work: &Work, reach: Reach) -> Conversation {
    let ask = work.lead();
    let Some(channel) = ask.home.own_channel(ask.conversation) else {
        return Conversation::default();
    };
    let asked = work.newest().message;
    let load = || rooms.memory.load_up_to(ask.conversation, asked, reach);
    let loaded = load().await;
    match loaded {
        Some(loaded) if !loaded.wants_history() => return loaded.conversation,
        // A thread that is being opened can't be read yet, and holds nothing but its question.
        None if matches!(ask.home, Home::NewThread { .. }) && !work.unstored_said().is_empty() => {
            return Conversation::default();
        }
        Some(_) | None => {}
    }
    let mark = rooms.memory.mark();
    let Some((said, history)) = read_back(rooms, work, channel, reach).await else {
        return loaded.map(|loaded| loaded.conversation).unwrap_or_default();
    };
    rooms
        .memory
        .add_history(ask.conversation, mark, &said, history)
        .await;
    match load().await {
        Some(loaded) => loaded.conversation,
        None => Conversation {
            more: history != History::Whole,
            said,
            told_window: false,
        },
    }
}

/// Reads a channel back, newest page first, until the reach is filled or its beginning is found.
async fn read_back(
    rooms: &Rooms,
    work: &Work,
    channel: ChannelId,
    reach: Reach,
) -> Option<(Vec<Said>, History)> {
    let mut said = Vec::new();
    let mut bytes = 0;
    // An answer that is made once more may be far back; what came since is not its business, and stays unread.
    let (mut page, gap, complete_history) = if work.before().is_some() {
        let asked = work.newest().message;
        (
            Page::Before(MessageId(asked.0.saturating_add(1))),
            History::Unread,
            History::Unread,
        )
    } else {
        (Page::Latest, History::Partly, History::Whole)
    };
    let mut history = gap;
    for _ in 0..PAGES {
        let messages = match rooms.rest.messages(channel, page, PAGE).await {
            Ok(messages) => messages,
            Err(error) => {
                tracing::warn!(%channel, %error, "can't read a conversation back from Discord");
                return (!said.is_empty()).then_some((said, history));
            }
        };
        let complete = messages.len() < usize::from(PAGE);
        let oldest = messages.iter().map(|message| message.id).min();
        for message in messages {
            let message = if message.kind == wire::THREAD_STARTER {
                starter(rooms, message).await
            } else {
                Some(message)
            };
            if let Some(remembered) = message.and_then(|message| remember(rooms, work, message)) {
                bytes += remembered.text.len();
                said.push(remembered);
            }
        }
        match oldest {
            Some(oldest) if !complete && bytes <= reach.bytes => page = Page::Before(oldest),
            Some(_) | None => {
                if complete {
                    history = complete_history;
                }
                break;
            }
        }
    }
    said.sort_by_key(|said: &Said| said.id);
    said.dedup_by_key(|said| said.id);
    Some((said, history))
}

/// The message that a thread was opened on; the thread itself lists only a pointer to it.
async fn starter(rooms: &Rooms, stub: wire::Message) -> Option<wire::Message> {
    if let Some(starter) = stub.referenced_message {
        return Some(*starter);
    }
    let (channel, message) = convert::starter(&stub)?;
    rooms.rest.message(channel, message).await.ok()
}

/// A reply chain's conversation.
async fn chain(rooms: &Rooms, work: &Work, reach: Reach) -> Conversation {
    let ask = work.newest();
    let channel = ask.home.asked_in();
    let id = ask.conversation;
    for _ in 0..LINKS {
        let Some(chain) = rooms.memory.load_chain(id, ask.message, reach).await else {
            return walk(rooms, work, channel).await;
        };
        let Some(lacking) = chain.leaves_at else {
            return chain.conversation;
        };
        if !fetch_link(rooms, work, channel, id, lacking).await {
            return chain.conversation;
        }
    }
    let chain = rooms.memory.load_chain(id, ask.message, reach).await;
    chain.map(|chain| chain.conversation).unwrap_or_default()
}

/// Reads one message of a chain into the store. Tells whether the chain goes on.
async fn fetch_link(
    rooms: &Rooms,
    work: &Work,
    channel: ChannelId,
    conversation: ConversationId,
    lacking: MessageId,
) -> bool {
    let mark = rooms.memory.mark();
    match rooms.rest.message(channel, lacking).await {
        Ok(message) => match remember(rooms, work, message) {
            Some(said) => {
                rooms
                    .memory
                    .add_history(conversation, mark, &[said], History::Partly)
                    .await;
                true
            }
            None => {
                rooms.memory.missing(conversation, lacking).await;
                true
            }
        },
        Err(RestError::NotFound { .. }) => {
            rooms.memory.missing(conversation, lacking).await;
            true
        }
        Err(error) => {
            tracing::warn!(%channel, %error, "can't read a reply chain back from Discord");
            false
        }
    }
}

/// Follows a chain over REST alone, where the store can't help.
async fn walk(rooms: &Rooms, work: &Work, channel: ChannelId) -> Conversation {
    let mut said = Vec::new();
    let mut next = Some(work.newest().message);
    for _ in 0..LINKS {
        let Some(id) = next else {
            break;
        };
        let known = work
            .unstored_said()
            .iter()
            .find(|said| said.id == id)
            .cloned();
        let link = match known {
            Some(known) => Some(known),
            None => match rooms.rest.message(channel, id).await {
                Ok(message) => remember(rooms, work, message),
                Err(_) => None,
            },
        };
        next = link
            .as_ref()
            .and_then(|link| link.reply_to)
            .filter(|to| *to < id);
        said.extend(link);
    }
    Conversation {
        said,
        more: next.is_some(),
        told_window: false,
    }
}

/// A message read back, as a conversation remembers it; `None` for what is not part of it: system messages, and the
/// bot's own small print.
fn remember(rooms: &Rooms, work: &Work, mut message: wire::Message) -> Option<Said> {
    message.guild_id = work.lead().guild;
    let spoken = matches!(message.kind, wire::PLAIN | wire::REPLY);
    let message = rooms.reader.edge()?.message(message, Place::Channel)?;
    let mut said = intake::said(message);
    if let Speaker::Me { .. } = said.by {
        said.text = kaiwa_core::reply::join(&[&said.text]);
        // What they show stands in the text.
        said.attachments.retain(|file| file.name != PICTURE);
    }
    let empty = text::is_blank(&said.text) && said.attachments.is_empty();
    (spoken && !empty).then_some(said)
}
