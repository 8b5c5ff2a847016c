//! Interactions: somebody used what the bot offers.

use kaiwa_core::{
    button::InteractionToken,
    id::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId},
};
use serde::Deserialize;

use super::{
    Channel, User,
    lenient::{lenient_box, or_default},
};

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
