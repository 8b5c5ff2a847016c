//! A reply chain: its messages from the store, and one by one from Discord those that the store lacks, or of which it may have
//! missed that they were changed or deleted.

use std::{collections::HashSet, mem};

use futures_util::{StreamExt as _, stream};
use kaiwa_core::{
    id::{ChannelId, ConversationId, MessageId},
    message::{Conversation, Said, Speaker},
};

use super::{Wanted, remember};
use crate::{
    app::Rooms,
    discord::{
        convert,
        rest::{Page, RestError},
        wire,
    },
    store::{Chain, History, Reach},
};

/// Within how many messages before one of its parts an answer begins: few are as long, and people talk in between.
const PARTS: u8 = 50;
/// How many messages of a reply chain are asked for one by one; of those beyond, which may be gone, nothing is told.
const LINKS: usize = 30;
/// How many of these at the same time.
const AT_ONCE: usize = 5;

/// A reply chain's conversation.
pub(super) async fn chain(rooms: &Rooms, wanted: &Wanted, reach: Reach) -> Conversation {
    let ask = &wanted.newest;
    let channel = ask.home.asked_in();
    let id = ask.conversation;
    let mut looked_at: HashSet<MessageId> = HashSet::new();
    let mut is_refused = false;
    let mut tries = LINKS;
    loop {
        let Some(mut chain) = rooms.memory.load_chain(id, ask.message, reach).await else {
            return walk(rooms, wanted, channel).await;
        };
        if is_refused {
            return chain.conversation;
        }
        chain
            .unsure
            .retain(|link| !wanted.asks(*link) && !looked_at.contains(link));
        let left = LINKS.saturating_sub(looked_at.len()).min(tries);
        let is_sure = chain.unsure.is_empty();
        if !is_sure && left > 0 {
            chain.unsure.truncate(left);
            looked_at.extend(&chain.unsure);
            is_refused = !look_again(rooms, wanted, channel, chain.unsure).await;
            tries -= 1;
            continue;
        }
        let goes_on = match chain.leaves_at {
            Some(lacking) if is_sure && tries > 0 => {
                fetch_link(rooms, wanted, channel, id, lacking).await
            }
            Some(_) | None => false,
        };
        if !goes_on {
            return looked_over(chain, wanted);
        }
        tries -= 1;
    }
}

/// A chain down to the first message of which nobody knows whether it is still there: its next question looks further.
fn looked_over(chain: Chain, wanted: &Wanted) -> Conversation {
    let mut conversation = chain.conversation;
    let Some(unsure) = chain.unsure.first() else {
        return conversation;
    };
    conversation
        .said
        .retain(|said| said.id > *unsure || wanted.asks(said.id));
    for said in &mut conversation.said {
        // What they quote of the others may be gone as well.
        if said.reply_to.is_some_and(|to| to <= *unsure) {
            said.quoted = None;
        }
    }
    conversation
}

/// Reads one message of a chain into the store. Tells whether the chain goes on.
async fn fetch_link(
    rooms: &Rooms,
    wanted: &Wanted,
    channel: ChannelId,
    conversation: ConversationId,
    lacking: MessageId,
) -> bool {
    let mark = rooms.memory.mark();
    match rooms.rest.message(channel, lacking).await {
        Ok(message) => match remember(rooms, wanted, message) {
            Some(said) => {
                // One by one: what lies between them belongs to other branches.
                for part in answer_up_to(rooms, wanted, channel, said).await {
                    rooms
                        .memory
                        .add_history(conversation, mark, &[part], &[], History::Partly)
                        .await;
                }
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

/// Looks whether messages of a chain that are stored are still there and read as they did. Nobody has told it since.
/// Tells whether Discord lets it: what it refuses once or is too slow for is not tried with each of them, while somebody waits.
async fn look_again(
    rooms: &Rooms,
    wanted: &Wanted,
    channel: ChannelId,
    links: Vec<MessageId>,
) -> bool {
    let conversation = wanted.newest.conversation;
    let mark = rooms.memory.mark();
    let read = |link| async move { (link, rooms.rest.message(channel, link).await) };
    let reading = links.into_iter().map(|link| Box::pin(read(link)));
    let mut reading = stream::iter(reading).buffer_unordered(AT_ONCE);
    let (mut there, mut said) = (Vec::new(), Vec::new());
    let mut may_look = true;
    while let Some((link, found)) = reading.next().await {
        match found {
            Ok(message) => {
                there.push(link);
                said.extend(remember(rooms, wanted, message));
            }
            Err(error) if error.is_message_gone() => {
                rooms.memory.missing(conversation, link).await;
            }
            Err(error) => {
                tracing::warn!(%channel, %error, "can't read a reply chain back from Discord");
                may_look = false;
                break;
            }
        }
    }
    drop(reading);
    rooms
        .memory
        .still_there(conversation, mark, &there, &said)
        .await;
    may_look
}

/// A message of a chain, and where it is a further part of an answer the parts before it, newest first. The first one alone replies to
/// the question: each of the others is taken to reply to the one before it, as its place says.
async fn answer_up_to(rooms: &Rooms, wanted: &Wanted, channel: ChannelId, last: Said) -> Vec<Said> {
    let is_further = last.reply_to.is_none() && matches!(last.by, Speaker::Me { .. });
    let Some(me) = rooms
        .reader
        .edge()
        .map(|edge| edge.me)
        .filter(|_| is_further)
    else {
        return vec![last];
    };
    let before = rooms.rest.messages(channel, Page::Before(last.id), PARTS);
    let before = Box::pin(before).await.unwrap_or_default();
    let own = before
        .into_iter()
        .filter(|message| convert::is_written_by(message, me));
    let (mut parts, mut part) = (Vec::new(), last.clone());
    for message in own {
        let is_reply = message.kind == wire::REPLY;
        let replies_to = convert::points_at(&message).filter(|_| is_reply);
        match remember(rooms, wanted, message) {
            Some(said) => {
                part.reply_to = Some(said.id);
                parts.push(mem::replace(&mut part, said));
            }
            // It shows no words of the model's.
            None => part.reply_to = replies_to.map(|(_, message)| message),
        }
        if is_reply {
            parts.push(part);
            return parts;
        }
    }
    vec![last]
}

/// Follows a chain over REST alone, where the store can't help.
async fn walk(rooms: &Rooms, wanted: &Wanted, channel: ChannelId) -> Conversation {
    let mut said = Vec::new();
    let mut next = Some(wanted.newest.message);
    for _ in 0..LINKS {
        let Some(id) = next else {
            break;
        };
        let known = wanted.unstored.iter().find(|said| said.id == id).cloned();
        let link = match known {
            Some(known) => Some(known),
            None => match rooms.rest.message(channel, id).await {
                Ok(message) => remember(rooms, wanted, message),
                Err(_) => None,
            },
        };
        let links = match link {
            Some(link) => answer_up_to(rooms, wanted, channel, link).await,
            None => Vec::new(),
        };
        let oldest = links.last();
        next = oldest.and_then(|link| link.reply_to).filter(|to| *to < id);
        said.extend(links);
    }
    Conversation {
        said,
        more: next.is_some(),
        told_window: false,
    }
}
