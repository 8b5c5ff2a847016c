//! Guilds, their channels and roles, and what changes them.

use kaiwa_core::id::{ChannelId, GuildId, MessageId, RoleId, UserId};
use serde::Deserialize;

use super::lenient::{lenient, or_default};

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

/// The kinds of channels that hold posts and no messages. Source: Discord's reference, "Channel Types".
pub(crate) const FORUM: u64 = 15;
pub(crate) const MEDIA: u64 = 16;

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
