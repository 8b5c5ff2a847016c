//! Discord's JSON, as little of it as we read.
//!
//! Every field that is not vital is optional and every list may hold things we don't know, because one new field or
//! value on Discord's side must never cost a message. Source of the shapes: Discord's reference, "Message",
//! "Channel", "Guild" and "Gateway Events".

use kaiwa_core::{
    button::InteractionToken,
    id::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId, RoleId, UserId},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

/// A gateway frame: what kind of event it is, its body still unread.
#[derive(Debug, Deserialize)]
pub(crate) struct Frame<'a> {
    /// The opcode; 0 is a dispatch.
    pub op: u8,
    /// The event's name, of a dispatch.
    #[serde(borrow, default)]
    pub t: Option<std::borrow::Cow<'a, str>>,
    /// The event's body.
    #[serde(borrow, default)]
    pub d: Option<&'a RawValue>,
}

/// A user.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    pub id: UserId,
    #[serde(default, deserialize_with = "or_default")]
    pub username: String,
    #[serde(default)]
    pub global_name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub bot: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub system: bool,
    /// The guild's view of the user, in the mentions of a gateway message.
    #[serde(default)]
    pub member: Option<Member>,
}

/// A user as a member of a guild.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Member {
    #[serde(default)]
    pub nick: Option<String>,
}

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

/// A channel or a thread.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Channel {
    pub id: ChannelId,
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: u64,
    #[serde(default)]
    pub guild_id: Option<GuildId>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub owner_id: Option<UserId>,
    /// The channel that a thread hangs below, or the category of another channel.
    #[serde(default)]
    pub parent_id: Option<ChannelId>,
    /// Its newest message, which may be deleted by now.
    #[serde(default)]
    pub last_message_id: Option<MessageId>,
    /// Of a thread.
    #[serde(default, deserialize_with = "or_default")]
    pub thread_metadata: ThreadMetadata,
}

/// Whether a thread is open.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) struct ThreadMetadata {
    #[serde(default, deserialize_with = "or_default")]
    pub archived: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub locked: bool,
}

/// A role of a guild.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Role {
    pub id: RoleId,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    #[serde(default)]
    pub tags: Option<RoleTags>,
}

/// What a role belongs to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RoleTags {
    /// The bot that the role came with.
    #[serde(default)]
    pub bot_id: Option<UserId>,
}

/// A guild, as GUILD_CREATE tells it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Guild {
    pub id: GuildId,
    #[serde(default, deserialize_with = "or_default")]
    pub unavailable: bool,
    #[serde(default)]
    pub preferred_locale: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub channels: Vec<Channel>,
    #[serde(default, deserialize_with = "lenient")]
    pub threads: Vec<Channel>,
    #[serde(default, deserialize_with = "lenient")]
    pub roles: Vec<Role>,
}

/// The body of READY.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ready {
    pub user: User,
    #[serde(default, deserialize_with = "lenient")]
    pub guilds: Vec<GuildStub>,
    #[serde(default)]
    pub application: Option<ApplicationStub>,
    /// The shard's number and how many there are.
    #[serde(default)]
    pub shard: Option<(u32, u32)>,
}

/// A guild that is still to come.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GuildStub {
    pub id: GuildId,
    #[serde(default, deserialize_with = "or_default")]
    pub unavailable: bool,
}

/// The application that the bot belongs to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ApplicationStub {
    pub id: UserId,
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

/// The body of GUILD_ROLE_CREATE and GUILD_ROLE_UPDATE.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RoleChanged {
    pub guild_id: GuildId,
    pub role: Role,
}

/// The body of GUILD_ROLE_DELETE.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RoleDeleted {
    pub guild_id: GuildId,
    pub role_id: RoleId,
}

/// The body of THREAD_LIST_SYNC.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ThreadsSynced {
    pub guild_id: GuildId,
    #[serde(default, deserialize_with = "lenient")]
    pub threads: Vec<Channel>,
}

/// The body of INTERACTION_CREATE: somebody used what a bot offers. Source: Discord's reference, "Interaction Object".
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Interaction {
    pub id: InteractionId,
    pub application_id: ApplicationId,
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub kind: u64,
    pub token: InteractionToken,
    #[serde(default)]
    pub data: Option<InteractionData>,
    #[serde(default)]
    pub guild_id: Option<GuildId>,
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    #[serde(default, deserialize_with = "lenient_box")]
    pub channel: Option<Box<Channel>>,
    /// What the bot may do there, as a number in decimal digits.
    #[serde(default)]
    pub app_permissions: Option<String>,
    /// Who, in a guild.
    #[serde(default)]
    pub member: Option<Actor>,
    /// Who, in direct messages.
    #[serde(default)]
    pub user: Option<User>,
    /// The language of that person's Discord.
    #[serde(default)]
    pub locale: Option<String>,
    /// The message whose button was pressed.
    #[serde(default)]
    pub message: Option<MessageStub>,
}

/// That somebody is still typing a command's option; it can be answered with suggestions alone.
pub(crate) const AUTOCOMPLETE: u64 = 4;

/// What was used.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct InteractionData {
    #[serde(default)]
    pub custom_id: Option<String>,
}

/// Who acts in a guild.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Actor {
    pub user: User,
    #[serde(default)]
    pub nick: Option<String>,
}

/// Which message.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct MessageStub {
    pub id: MessageId,
}

/// The answer of `GET /gateway/bot`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GatewayBot {
    pub url: String,
    #[serde(default)]
    pub shards: Option<u32>,
    #[serde(default)]
    pub session_start_limit: Option<SessionStartLimit>,
}

/// How often the bot may identify.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct SessionStartLimit {
    pub total: u32,
    pub remaining: u32,
    /// Milliseconds until `remaining` is `total` again.
    pub reset_after: u64,
    pub max_concurrency: u16,
}

/// `null` stands for the default, as Discord often writes it.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// A list without the entries that can't be understood.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let entries = Option::<Vec<&RawValue>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(entries
        .into_iter()
        .filter_map(|entry| serde_json::from_str(entry.get()).ok())
        .collect())
}

/// A value that is left out when it can't be understood.
fn lenient_box<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Box<T>>, D::Error> {
    let raw = Option::<&RawValue>::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_what_we_do_not_know() {
        let message: Message = serde_json::from_str(
            r#"{"id":"1","channel_id":"2","type":null,"content":"hi","mentions":[{"id":"3"},{"no":1},7],
                "attachments":null,"embeds":[{"type":"new","fields":[{}]}],"referenced_message":{"broken":true},
                "future":{"a":[1]},"poll":null}"#,
        )
        .unwrap();
        assert_eq!(message.id, MessageId(1));
        assert_eq!(message.kind, PLAIN);
        assert_eq!(message.mentions.len(), 1);
        assert!(message.attachments.is_empty() && message.referenced_message.is_none());
        assert_eq!(message.embeds.len(), 1);
    }

    #[test]
    fn a_frame_is_read_without_its_body() {
        let frame: Frame<'_> =
            serde_json::from_str(r#"{"op":0,"s":4,"t":"TYPING_START","d":{"x":[]}}"#).unwrap();
        assert_eq!((frame.op, frame.t.as_deref()), (0, Some("TYPING_START")));
        assert_eq!(frame.d.unwrap().get(), r#"{"x":[]}"#);
    }
}
