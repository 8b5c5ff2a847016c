//! Messages, from the gateway or from REST.

use kaiwa_core::id::{ChannelId, GuildId, MessageId, RoleId};
use serde::Deserialize;

use super::{
    Channel, Member, User,
    lenient::{lenient, lenient_box, moment, or_default},
};

/// A message, from the gateway or from REST; only its id and its channel are sure to be there.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Message {
    pub id: MessageId,
    pub channel_id: ChannelId,
    #[serde(default)]
    pub guild_id: Option<GuildId>,
    #[serde(default)]
    pub author: Option<User>,
    #[serde(default)]
    pub member: Option<Member>,
    #[serde(default)]
    pub content: Option<String>,
    /// When its author changed it last; Discord tells of changes that are not the author's too: a pin, a preview, a thread.
    #[serde(default, deserialize_with = "moment")]
    pub edited_timestamp: Option<u64>,
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: u64,
    #[serde(default, deserialize_with = "lenient")]
    pub mentions: Vec<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub mention_roles: Vec<RoleId>,
    #[serde(default, deserialize_with = "or_default")]
    pub mention_everyone: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub attachments: Vec<Attachment>,
    #[serde(default, deserialize_with = "lenient")]
    pub sticker_items: Vec<Sticker>,
    #[serde(default, deserialize_with = "lenient")]
    pub embeds: Vec<Embed>,
    #[serde(default)]
    pub poll: Option<Poll>,
    #[serde(default)]
    pub webhook_id: Option<RoleId>,
    #[serde(default)]
    pub message_reference: Option<MessageReference>,
    #[serde(default, deserialize_with = "lenient_box")]
    pub referenced_message: Option<Box<Message>>,
    #[serde(default, deserialize_with = "lenient")]
    pub message_snapshots: Vec<Snapshot>,
    #[serde(default, deserialize_with = "lenient")]
    pub components: Vec<ActionRow>,
    /// The thread that was opened on it.
    #[serde(default, deserialize_with = "lenient_box")]
    pub thread: Option<Box<Channel>>,
}

impl Message {
    /// It has no text, or one that Discord hides from the bot, as without the intent to read it.
    pub(crate) fn shows_no_text(&self) -> bool {
        self.content.as_deref().is_none_or(str::is_empty)
    }
}

/// A row of buttons.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ActionRow {
    #[serde(default, deserialize_with = "lenient")]
    pub components: Vec<Component>,
}

/// A button, or whatever else is in a row.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Component {
    #[serde(default)]
    pub custom_id: Option<String>,
}

/// The kinds of messages that people write: plain ones and replies. Source: "Message Types".
pub(crate) const PLAIN: u64 = 0;
/// A reply.
pub(crate) const REPLY: u64 = 19;
/// The first message of a thread that was opened on a message: it only points at that message.
pub(crate) const THREAD_STARTER: u64 = 21;

/// Where a message points.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MessageReference {
    /// 0 for a reply, 1 for a forward.
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: u64,
    #[serde(default)]
    pub message_id: Option<MessageId>,
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
}

/// A forwarded message, without its author.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Snapshot {
    pub message: SnapshotMessage,
}

/// What a forwarded message says.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SnapshotMessage {
    #[serde(default, deserialize_with = "or_default")]
    pub content: String,
    #[serde(default, deserialize_with = "lenient")]
    pub attachments: Vec<Attachment>,
    #[serde(default, deserialize_with = "lenient")]
    pub sticker_items: Vec<Sticker>,
    #[serde(default, deserialize_with = "lenient")]
    pub embeds: Vec<Embed>,
}

/// A file of a message.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Attachment {
    #[serde(default, deserialize_with = "or_default")]
    pub filename: String,
    #[serde(default)]
    pub content_type: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub size: u64,
    #[serde(default, deserialize_with = "or_default")]
    pub url: String,
}

/// A sticker of a message.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sticker {
    pub name: String,
}

/// A poll of a message.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Poll {
    pub question: PollMedia,
    #[serde(default, deserialize_with = "lenient")]
    pub answers: Vec<PollAnswer>,
}

/// One answer of a poll.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PollAnswer {
    pub poll_media: PollMedia,
}

/// A text of a poll.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PollMedia {
    #[serde(default)]
    pub text: Option<String>,
}

/// An embed of a message; only a bot's `rich` ones say something that its text doesn't.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Embed {
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: String,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
}

/// The body of MESSAGE_DELETE and MESSAGE_DELETE_BULK.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Deleted {
    #[serde(default)]
    pub id: Option<MessageId>,
    #[serde(default, deserialize_with = "lenient")]
    pub ids: Vec<MessageId>,
    pub channel_id: ChannelId,
}
