//! What a turn remembers: the conversation from the store, and what the store lacks read back from Discord.
//!
//! A known conversation needs no request. One met for the first time, or one that events were missed of, is read
//! back in pages of 100, as far as the model's window reaches.

mod pages;

use kaiwa_core::{
    id::{ChannelId, ConversationId, MessageId},
    intake,
    message::{Ask, Conversation, Home, Place, Said, Speaker},
    text,
};

use crate::{
    app::Rooms,
    delivery::PICTURE,
    discord::{rest::RestError, wire},
    store::{History, Reach},
    work::Work,
};
pub(crate) use pages::Pages;

/// How many messages of a reply chain are asked for one by one.
const LINKS: usize = 30;
/// No token stands for more bytes of ordinary text than this.
const BYTES_A_TOKEN: usize = 6;

/// What is to be remembered, as the work stands: a copy, because that may change while the conversation is read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The question that the turn is named after.
    pub lead: Ask,
    /// The newest question: everything up to it belongs to the conversation.
    pub newest: Ask,
    /// The model's window, in tokens.
    pub window: usize,
    /// What the store could not take of the questions.
    unstored: Vec<Said>,
    /// The messages of the answer itself, as far as they are there: that is not what it answers to.
    own: Vec<MessageId>,
    /// The answer is made once more.
    is_again: bool,
}

impl Wanted {
    /// What this work wants now.
    pub(crate) fn by(work: &Work) -> Self {
        Self {
            lead: work.lead().clone(),
            newest: work.newest().clone(),
            window: work.window,
            unstored: work.unstored_said().to_vec(),
            own: work.own_messages(),
            is_again: work.before().is_some(),
        }
    }

    /// The channel that a message of the conversation belongs to.
    pub(crate) fn channel_of(&self, message: MessageId) -> ChannelId {
        let asks = [&self.newest, &self.lead];
        if let Some(ask) = asks.iter().find(|ask| ask.message == message) {
            return ask.home.asked_in();
        }
        let Ask {
            home, conversation, ..
        } = &self.lead;
        let own = home.own_channel(*conversation);
        own.unwrap_or(home.asked_in())
    }
}

/// The conversation that a turn answers in. What was read back already of its channel is in `pages`.
pub(crate) async fn conversation(
    rooms: &Rooms,
    wanted: &Wanted,
    pages: &mut Pages,
) -> Conversation {
    let reach = Reach {
        bytes: wanted.window.saturating_mul(BYTES_A_TOKEN),
    };
    let mut conversation = match wanted.lead.home {
        Home::NewThread { .. } | Home::Channel { .. } => {
            Box::pin(channel(rooms, wanted, pages, reach)).await
        }
        Home::Chain { .. } => Box::pin(chain(rooms, wanted, reach)).await,
    };
    for said in &wanted.unstored {
        if !conversation.said.iter().any(|known| known.id == said.id) {
            conversation.said.push(said.clone());
        }
    }
    let asked = &wanted.newest;
    if !conversation
        .said
        .iter()
        .any(|said| said.id == asked.message)
        && let reading = rooms.rest.message(asked.home.asked_in(), asked.message)
        && let Ok(message) = Box::pin(reading).await
    {
        // The store failed between keeping the question and reading it.
        conversation.said.extend(remember(rooms, wanted, message));
    }
    conversation
        .said
        .retain(|said| !wanted.own.contains(&said.id));
    conversation.said.sort_by_key(|said| said.id);
    conversation
}

/// A thread's or a direct message channel's conversation.
async fn channel(rooms: &Rooms, wanted: &Wanted, pages: &mut Pages, reach: Reach) -> Conversation {
    let ask = &wanted.lead;
    let Some(channel) = ask.home.own_channel(ask.conversation) else {
        return Conversation::default();
    };
    let asked = wanted.newest.message;
    let load = || rooms.memory.load_up_to(ask.conversation, asked, reach);
    let loaded = load().await;
    match loaded {
        Some(loaded) if !loaded.wants_history() => return loaded.conversation,
        // A thread that is being opened can't be read yet, and holds nothing but its question.
        None if matches!(ask.home, Home::NewThread { .. }) && !wanted.unstored.is_empty() => {
            return Conversation::default();
        }
        Some(_) | None => {}
    }
    let Some((mark, said, history)) = pages.read(rooms, wanted, channel, reach).await else {
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

/// A reply chain's conversation.
async fn chain(rooms: &Rooms, wanted: &Wanted, reach: Reach) -> Conversation {
    let ask = &wanted.newest;
    let channel = ask.home.asked_in();
    let id = ask.conversation;
    for _ in 0..LINKS {
        let Some(chain) = rooms.memory.load_chain(id, ask.message, reach).await else {
            return walk(rooms, wanted, channel).await;
        };
        let Some(lacking) = chain.leaves_at else {
            return chain.conversation;
        };
        if !fetch_link(rooms, wanted, channel, id, lacking).await {
            return chain.conversation;
        }
    }
    let chain = rooms.memory.load_chain(id, ask.message, reach).await;
    chain.map(|chain| chain.conversation).unwrap_or_default()
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
fn remember(rooms: &Rooms, wanted: &Wanted, mut message: wire::Message) -> Option<Said> {
    message.guild_id = wanted.lead.guild;
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
