//! What comes in from Discord, in our own words: one closed enum, made at the edge by `discord::convert`.

use serde::{Deserialize, Serialize};

use crate::{
    button::Press,
    given::Own,
    id::{ChannelId, ConversationId, GuildId, MessageId, UserId},
    text::is_blank,
    words::Locale,
};

/// Everything that Discord can tell us that matters to a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Somebody said something.
    Message(Message),
    /// The bot itself said something, or it reads differently now. Told only while a session that another process left
    /// tells what happened since.
    Mine(Own),
    /// A message has a new text; the message is told whole.
    Edited(Message),
    /// Messages were deleted.
    Deleted {
        /// Where they were.
        channel: ChannelId,
        /// Which ones.
        messages: Vec<MessageId>,
    },
    /// A channel or thread is no longer there for the bot: deleted, or out of its sight.
    ChannelGone(ChannelId),
    /// The bot was removed from a guild, or the guild was deleted.
    GuildGone(GuildId),
    /// Somebody pressed a button.
    Pressed(Press),
}

/// A message as it was said, with everything that [`crate::intake::decide`] needs to know of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its id, which also orders it in time.
    pub id: MessageId,
    /// Where it was said.
    pub channel: ChannelId,
    /// The guild of that channel; none in direct messages.
    pub guild: Option<GuildId>,
    /// What kind of place the channel is.
    pub place: Place,
    /// Who said it.
    pub author: Author,
    /// Its text with readable names in place of Discord's markup and without the bot's own mention
    /// (see [`crate::text::readable`]).
    pub text: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// The text itself names the bot, or the role that came with the bot.
    pub mentions_me: bool,
    /// It names somebody else: a person, a role, everyone.
    pub mentions_others: bool,
    /// The message it replies to.
    pub reply_to: Option<Replied>,
    /// When its author changed it last, in milliseconds since 1970 by Discord's clock; none where they never did.
    pub edited_ms: Option<u64>,
    /// The language that the guild says it speaks, or the one set for direct messages.
    pub locale: Locale,
}

/// Who said a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Their id.
    pub id: UserId,
    /// The name that people see: nickname, else display name, else user name.
    pub name: String,
    /// What they are.
    pub kind: AuthorKind,
}

/// What an author is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorKind {
    /// A human being.
    Person,
    /// This bot.
    Me,
    /// Another bot, or a webhook.
    Bot,
    /// Discord itself: joins, pins, boosts, a thread's birth.
    System,
}

/// What kind of place a channel is, as far as conversations care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Direct messages with one person.
    Direct,
    /// A text or announcement channel: a thread can be opened on a message.
    Channel,
    /// A thread or a forum post.
    Thread {
        /// This bot opened it, so that everything said in it is said to the bot.
        ours: bool,
        /// The channel or forum that it hangs below, where that is known.
        below: Option<ChannelId>,
    },
    /// A voice or stage channel's chat, which has no threads.
    Chat,
}

impl Place {
    /// What it hangs below, where that is known.
    pub fn below(self) -> Option<ChannelId> {
        match self {
            Self::Thread { below, .. } => below,
            Self::Direct | Self::Channel | Self::Chat => None,
        }
    }
}

/// The message that a message replies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replied {
    /// Its id.
    pub id: MessageId,
    /// Who said it and what, when Discord told it; `None` when it was deleted or not told.
    pub quoted: Option<Quoted>,
}

/// A message brought in from elsewhere, as context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quoted {
    /// Who said it.
    pub author: UserId,
    /// Their name, as people see it.
    pub name: String,
    /// This bot said it.
    pub mine: bool,
    /// What it said, readable.
    pub text: String,
}

/// A file that came with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its file name.
    pub name: String,
    /// Its MIME type, where Discord tells one.
    pub media_type: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// Where it can be read; such an address expires after about a day.
    pub url: String,
    /// What it says, once it has been read as text.
    pub content: Content,
}

impl Attachment {
    /// It looks like another file, wherever the two are.
    pub fn is_like(&self, other: &Self) -> bool {
        self.name == other.name && self.size == other.size && self.media_type == other.media_type
    }

    /// Finds this file in a list of the same message's files that was told at another time. Each time its address is
    /// another one, in all but the path.
    pub fn among<'a>(&self, files: &'a [Self]) -> Option<&'a Self> {
        fn path(file: &Attachment) -> Option<&str> {
            file.url.split('?').next()
        }
        let mut alike = files.iter().filter(|file| self.is_like(file));
        alike.find(|file| path(file) == path(self))
    }
}

/// How far an attachment has been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A text that has not been read yet.
    Unread,
    /// Its text, whole.
    Text(String),
    /// The first part of its text; the rest is over the limit.
    Cut(String),
    /// Nothing that can be read as text, or it could not be had.
    Opaque,
}

/// A question to be answered: one message, where the answer goes, and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The message that asks. Its id is the ask's identity: the same event told twice is one ask.
    pub message: MessageId,
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// Where the answer goes.
    pub home: Home,
    /// The guild, none in direct messages.
    pub guild: Option<GuildId>,
    /// Who asks.
    pub author: UserId,
    /// Whether there is a question at all.
    pub kind: AskKind,
    /// The language that notices are written in.
    pub locale: Locale,
}

impl Ask {
    /// The channel in which its answer stands. A thread that is opened for it has the id of the conversation.
    pub fn answered_in(&self) -> ChannelId {
        let own = self.home.own_channel(self.conversation);
        own.unwrap_or_else(|| self.home.asked_in())
    }
}

/// Whether there is a question at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskKind {
    /// Something for the model to answer.
    Question,
    /// Only a mention: answered by a short greeting.
    Greeting,
}

impl AskKind {
    /// What a message that is said to the bot asks by its text, its files, and what somebody else said that it replies to.
    pub fn of(text: &str, attachments: &[Attachment], quoted: Option<&Quoted>) -> Self {
        let brings_words = |quoted: &Quoted| !quoted.mine && !is_blank(&quoted.text);
        if is_blank(text) && attachments.is_empty() && !quoted.is_some_and(brings_words) {
            Self::Greeting
        } else {
            Self::Question
        }
    }
}

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Home {
    /// A thread that is to be opened on the asking message.
    NewThread {
        /// The channel of that message.
        parent: ChannelId,
        /// The thread's name, 1 to 100 characters.
        name: String,
    },
    /// A channel whose whole history is the conversation: a thread, a forum post, direct messages.
    Channel {
        /// That channel.
        channel: ChannelId,
        /// What it hangs below, where it is a thread of which that is known.
        #[serde(default)]
        below: Option<ChannelId>,
    },
    /// A chain of replies in a channel that is not the bot's own.
    Chain {
        /// That channel.
        channel: ChannelId,
        /// The message that the asking one replies to, if it replies to one.
        parent: Option<MessageId>,
    },
}

impl Home {
    /// The channel that the asking message is in.
    pub fn asked_in(&self) -> ChannelId {
        match self {
            Self::NewThread { parent, .. } => *parent,
            Self::Channel { channel, .. } | Self::Chain { channel, .. } => *channel,
        }
    }

    /// The channel whose whole history is the conversation; a thread that is being opened has the conversation's id.
    /// None for a reply chain, which shares its channel with others.
    pub fn own_channel(&self, conversation: ConversationId) -> Option<ChannelId> {
        match self {
            Self::NewThread { .. } => Some(ChannelId(conversation.0)),
            Self::Channel { channel, .. } => Some(*channel),
            Self::Chain { .. } => None,
        }
    }
}

/// A conversation as it is remembered, ready to become a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Conversation {
    /// Everything said in it, oldest first, deleted messages left out.
    pub said: Vec<Said>,
    /// Older messages exist that were not loaded, because they could not fit into any window.
    pub more: bool,
    /// People were told already that its beginning no longer fits.
    pub told_window: bool,
}

/// One message of a conversation, as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its id, which also orders it in time.
    pub id: MessageId,
    /// Who said it.
    pub by: Speaker,
    /// What was said, readable. Of the bot's own messages: the part of the model's text that the message holds,
    /// exactly as the model wrote it where it is known.
    pub text: String,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// The message it replies to.
    pub reply_to: Option<MessageId>,
    /// That message's words, where it is not part of the conversation itself.
    pub quoted: Option<Quoted>,
    /// When its author changed it last, in milliseconds since 1970 by Discord's clock; none where they never did. Where it
    /// reads differently and this is the same, only names in it do.
    pub edited_ms: Option<u64>,
}

/// Who said a message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// This bot.
    Me {
        /// The newest message that it answers; none for messages read back from Discord.
        answers: Option<MessageId>,
    },
    /// Somebody else, a person or another bot.
    Other {
        /// Their id.
        id: UserId,
        /// Their name as people saw it then.
        name: String,
    },
}
