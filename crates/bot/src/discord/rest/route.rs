//! The routes that are called, as the schedule knows them.

use kaiwa_core::{
    id::{ChannelId, GuildId, InteractionId},
    pacing::RouteKey,
};
use reqwest::Method;

/// A route with its major parameter, which together say whose turn it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// The gateway's address and how often the bot may identify.
    GatewayBot,
    /// The application that the bot belongs to.
    Application,
    /// The bot itself.
    Account,
    /// The servers that the bot is in.
    OwnGuilds,
    /// A server.
    Guild(GuildId),
    /// A server's channels.
    GuildChannels(GuildId),
    /// A member of a server.
    Member(GuildId),
    /// A channel.
    Channel(ChannelId),
    /// One message.
    Message(ChannelId),
    /// A page of messages.
    Messages(ChannelId),
    /// A new message.
    CreateMessage(ChannelId),
    /// A new text of a message.
    EditMessage(ChannelId),
    /// The end of a message.
    DeleteMessage(ChannelId),
    /// A thread on a message.
    StartThread(ChannelId),
    /// A channel's or thread's settings.
    EditChannel(ChannelId),
    /// A thread's name: the same bucket, with a limit of its own that shows in no header.
    RenameThread(ChannelId),
    /// The sign that somebody types.
    Typing(ChannelId),
    /// The first answer to an interaction.
    AnswerInteraction(InteractionId),
    /// What else is said to the one who began an interaction.
    FollowUp(InteractionId),
}

impl Route {
    pub(super) fn method(self) -> Method {
        match self {
            Self::GatewayBot
            | Self::Application
            | Self::Account
            | Self::OwnGuilds
            | Self::Guild(_)
            | Self::GuildChannels(_)
            | Self::Member(_)
            | Self::Channel(_)
            | Self::Message(_)
            | Self::Messages(_) => Method::GET,
            Self::CreateMessage(_)
            | Self::StartThread(_)
            | Self::Typing(_)
            | Self::AnswerInteraction(_)
            | Self::FollowUp(_) => Method::POST,
            Self::EditMessage(_) | Self::EditChannel(_) | Self::RenameThread(_) => Method::PATCH,
            Self::DeleteMessage(_) => Method::DELETE,
        }
    }

    /// Whether the right to call it is an interaction's own token, in its path: no token of the bot goes along, and the
    /// global limit does not count it.
    pub(super) fn is_of_interaction(self) -> bool {
        matches!(self, Self::AnswerInteraction(_) | Self::FollowUp(_))
    }

    /// As the schedule knows it.
    pub fn key(self) -> RouteKey {
        let (route, major) = match self {
            Self::GatewayBot => ("GET /gateway/bot", 0),
            Self::Application => ("GET /applications/@me", 0),
            Self::Account => ("GET /users/@me", 0),
            Self::OwnGuilds => ("GET /users/@me/guilds", 0),
            Self::Guild(id) => ("GET /guilds/{guild}", id.0),
            Self::GuildChannels(id) => ("GET /guilds/{guild}/channels", id.0),
            Self::Member(id) => ("GET /guilds/{guild}/members/{user}", id.0),
            Self::Channel(id) => ("GET /channels/{channel}", id.0),
            Self::Message(id) => ("GET /channels/{channel}/messages/{message}", id.0),
            Self::Messages(id) => ("GET /channels/{channel}/messages", id.0),
            Self::CreateMessage(id) => ("POST /channels/{channel}/messages", id.0),
            Self::EditMessage(id) => ("PATCH /channels/{channel}/messages/{message}", id.0),
            Self::DeleteMessage(id) => ("DELETE /channels/{channel}/messages/{message}", id.0),
            Self::StartThread(id) => ("POST /channels/{channel}/messages/{message}/threads", id.0),
            Self::EditChannel(id) | Self::RenameThread(id) => ("PATCH /channels/{channel}", id.0),
            Self::Typing(id) => ("POST /channels/{channel}/typing", id.0),
            Self::AnswerInteraction(id) => {
                ("POST /interactions/{interaction}/{token}/callback", id.0)
            }
            Self::FollowUp(id) => ("POST /webhooks/{application}/{token}", id.0),
        };
        RouteKey {
            route,
            major,
            counted: !self.is_of_interaction(),
        }
    }
}
