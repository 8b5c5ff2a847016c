//! What a turn remembers: the conversation from the store, and what the store lacks read back from Discord.
//!
//! A known conversation needs no request. One met for the first time, or one that events were missed of, is read
//! back in pages of 100, as far as the model's window reaches.

mod links;
mod pages;

use kaiwa_core::{
    context::Asked,
    id::{ChannelId, MessageId},
    intake,
    message::{Ask, Conversation, Home, Place, Said, Speaker},
    text,
};

use crate::{app::Rooms, delivery::is_picture, discord::wire, store::Reach, work::Work};
pub(crate) use pages::Pages;
use pages::ReadBack;

/// No token stands for more bytes of ordinary text than this.
const BYTES_A_TOKEN: usize = 6;

/// What is to be remembered, as the work stands: a copy, because that may change while the conversation is read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The question that the turn is named after.
    pub lead: Ask,
    /// The newest question: everything up to it belongs to the conversation.
    pub newest: Ask,
    /// The message of the oldest one.
    oldest: MessageId,
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
            oldest: work.asked().fold(work.lead().message, MessageId::min),
            window: work.window,
            unstored: work.unstored_said().to_vec(),
            own: work.own_messages(),
            is_again: work.before().is_some(),
        }
    }

    /// A message is one of those that the answer is named after and reaches up to.
    fn asks(&self, message: MessageId) -> bool {
        [self.lead.message, self.newest.message].contains(&message)
    }

    /// What the model is to answer.
    pub(crate) fn asked(&self) -> Asked {
        Asked {
            first: self.oldest,
            last: self.newest.message,
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
        Home::Chain { .. } => Box::pin(links::chain(rooms, wanted, reach)).await,
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
        && let reading = rooms.rest.message_of(asked.home.asked_in(), asked.message)
        && let Ok((message, _)) = Box::pin(reading).await
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
    let Some(read) = pages.read(rooms, wanted, channel, reach).await else {
        return loaded.map(|loaded| loaded.conversation).unwrap_or_default();
    };
    let ReadBack { said, hidden, .. } = &read;
    rooms
        .memory
        .add_history(ask.conversation, read.mark, said, hidden, read.history)
        .await;
    match load().await {
        Some(loaded) => loaded.conversation,
        None => Conversation {
            more: read.more,
            said: read.said,
            told_window: false,
        },
    }
}

/// A message read back, as a conversation remembers it; `None` for what is not part of it: system messages, what is hidden from the
/// bot, and its own small print. A mere call says nothing, and is there all the same: it may have said more before.
fn remember(rooms: &Rooms, wanted: &Wanted, mut message: wire::Message) -> Option<Said> {
    message.guild_id = wanted.lead.guild;
    let spoken = matches!(message.kind, wire::PLAIN | wire::REPLY);
    let shown = !message.shows_no_text();
    let message = rooms.reader.edge()?.message(message, Place::Channel)?;
    let mut said = intake::said(message);
    let is_call = match said.by {
        Speaker::Me { .. } => {
            said.text = kaiwa_core::reply::join(&[&said.text]);
            // What they show stands in the text.
            said.attachments.retain(|file| !is_picture(&file.name));
            false
        }
        Speaker::Other { .. } => shown,
    };
    let empty = text::is_blank(&said.text) && said.attachments.is_empty();
    (spoken && (is_call || !empty)).then_some(said)
}
