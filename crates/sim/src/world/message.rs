//! Messages and what hangs on them.

use super::time::Millis;
use serde_json::Value;

/// Message flags. <https://docs.discord.com/developers/resources/message#message-object-message-flags>
pub mod flags {
    /// Published to following channels.
    pub const CROSSPOSTED: u64 = 1;
    /// Without previews.
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    /// A thread was made from it.
    pub const HAS_THREAD: u64 = 1 << 5;
    /// Only the one who caused it sees it.
    pub const EPHEMERAL: u64 = 1 << 6;
    /// An interaction answers later.
    pub const LOADING: u64 = 1 << 7;
    /// Makes no sound.
    pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
    /// Speech.
    pub const IS_VOICE_MESSAGE: u64 = 1 << 13;
    /// Built of components only; can never be taken off again.
    pub const IS_COMPONENTS_V2: u64 = 1 << 15;
}

/// Message types. <https://docs.discord.com/developers/resources/message#message-object-message-types>
pub mod kind {
    /// An ordinary message.
    pub const DEFAULT: u8 = 0;
    /// "renamed the thread".
    pub const CHANNEL_NAME_CHANGE: u8 = 4;
    /// "pinned a message".
    pub const PINNED: u8 = 6;
    /// "joined the server".
    pub const USER_JOIN: u8 = 7;
    /// "started a thread", in the parent of a thread made without a message.
    pub const THREAD_CREATED: u8 = 18;
    /// An answer to another message.
    pub const REPLY: u8 = 19;
    /// Answer to a slash command.
    pub const CHAT_INPUT_COMMAND: u8 = 20;
    /// First in a thread made from a message, pointing at it.
    pub const THREAD_STARTER: u8 = 21;
    /// Answer to a user or message command.
    pub const CONTEXT_MENU_COMMAND: u8 = 23;
}

/// One message.
#[derive(Debug, Clone)]
pub struct Message {
    /// Id.
    pub id: u64,
    /// Channel or thread.
    pub channel: u64,
    /// Guild of the channel.
    pub guild: Option<u64>,
    /// Who wrote it.
    pub author: Author,
    /// One of [`kind`].
    pub kind: u8,
    /// Text.
    pub content: String,
    /// When it was posted.
    pub posted_ms: Millis,
    /// When it was last edited.
    pub edited_ms: Option<Millis>,
    /// Whether it is read aloud.
    pub tts: bool,
    /// Users that it pings.
    pub mentions: Vec<u64>,
    /// Roles that it pings.
    pub mention_roles: Vec<u64>,
    /// Whether it pings everyone.
    pub mention_everyone: bool,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Embeds, as JSON.
    pub embeds: Vec<Value>,
    /// Components, as JSON with ids filled in.
    pub components: Vec<Value>,
    /// Stickers, as JSON.
    pub stickers: Vec<Value>,
    /// Reactions in the order of their first use.
    pub reactions: Vec<Reaction>,
    /// What the sender gave to know it again.
    pub nonce: Option<Value>,
    /// Whether and since when it is pinned.
    pub pinned_ms: Option<Millis>,
    /// Bits of [`flags`].
    pub flags: u64,
    /// The message that it points at.
    pub reference: Option<Reference>,
    /// Thread made from it.
    pub thread: Option<u64>,
    /// Application that wrote it.
    pub application: Option<u64>,
    /// The interaction that it answers.
    pub interaction: Option<InteractionTrace>,
    /// The only person who sees it; such messages are in no listing.
    pub only_for: Option<u64>,
    /// Place in a thread.
    pub position: Option<u64>,
    /// Every text it had before, oldest first.
    pub history: Vec<Version>,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// A person or a bot.
    User(u64),
    /// A webhook, under the name it took for this message.
    Webhook {
        /// Webhook id.
        id: u64,
        /// Name shown.
        name: String,
        /// Avatar hash.
        avatar: Option<String>,
    },
}

impl Author {
    /// The user id, or the webhook's id, which Discord puts in the same place.
    #[must_use]
    pub fn id(&self) -> u64 {
        match self {
            Self::User(id) | Self::Webhook { id, .. } => *id,
        }
    }
}

/// A text that a message had before an edit.
#[derive(Debug, Clone)]
pub struct Version {
    /// The text.
    pub content: String,
    /// When it was replaced.
    pub until_ms: Millis,
}

/// Pointer to another message.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Message, none where a whole thread is meant.
    pub message: Option<u64>,
    /// Channel of it.
    pub channel: u64,
    /// Guild of it.
    pub guild: Option<u64>,
}

/// What is left on a message of the interaction it answers.
#[derive(Debug, Clone)]
pub struct InteractionTrace {
    /// Interaction id.
    pub id: u64,
    /// Interaction type: 2 command, 3 component, 5 modal.
    pub kind: u8,
    /// Who did it.
    pub user: u64,
    /// The command's name, empty for others.
    pub name: String,
    /// The message whose component was used.
    pub source_message: Option<u64>,
    /// For a form that was filled in: what showed it.
    pub shown_by: Option<Box<InteractionTrace>>,
}

/// One emoji on a message, and who put it there.
#[derive(Debug, Clone)]
pub struct Reaction {
    /// The emoji.
    pub emoji: ReactionEmoji,
    /// Users in the order in which they came.
    pub users: Vec<u64>,
}

/// The emoji of a reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReactionEmoji {
    /// A Unicode emoji.
    Unicode(String),
    /// A custom one.
    Custom {
        /// Id.
        id: u64,
        /// Name.
        name: String,
        /// Whether it moves.
        animated: bool,
    },
}

/// One file on a message; the bytes are in [`super::World::files`].
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Id.
    pub id: u64,
    /// File name, as Discord cleans it.
    pub filename: String,
    /// Alternative text.
    pub description: Option<String>,
    /// MIME type.
    pub content_type: Option<String>,
    /// Bytes.
    pub size: usize,
    /// Pixels, for pictures.
    pub dimensions: Option<(u32, u32)>,
    /// Channel in the path of its URL.
    pub channel: u64,
    /// Seconds of speech.
    pub duration_seconds: Option<f64>,
    /// Loudness of speech, base64.
    pub waveform: Option<String>,
}
