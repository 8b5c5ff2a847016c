//! Everything but messages: who the bot is, channels, threads, and what it may do where.

use std::time::Duration;

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId, RoleId, UserId},
    pacing::Urgency,
};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};

use super::{
    Rest, RestError, Route,
    error::THREAD_EXISTS,
    transport::{Body, Call},
};
use crate::discord::wire;

/// The application that the bot belongs to.
#[derive(Clone, Debug, Deserialize)]
pub struct Application {
    /// Its id, which the invite link holds; of all but very old applications it is the bot's as well.
    pub id: UserId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its flags; the reference's "Application Flags" tell which intents are switched on.
    #[serde(default)]
    pub flags: u64,
}

/// A thread on a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// It was opened now.
    New(ChannelId),
    /// The message had one already.
    Existed(ChannelId),
}

impl Started {
    /// The thread, new or not.
    pub fn channel(self) -> ChannelId {
        match self {
            Self::New(channel) | Self::Existed(channel) => channel,
        }
    }
}

#[derive(Deserialize)]
struct RoleRights {
    id: RoleId,
    #[serde(deserialize_with = "bits")]
    permissions: u64,
}

#[derive(Deserialize)]
struct MemberRoles {
    #[serde(default)]
    roles: Vec<RoleId>,
}

#[derive(Deserialize)]
struct ChannelRights {
    guild_id: Option<GuildId>,
    #[serde(rename = "type", default)]
    kind: u64,
    parent_id: Option<ChannelId>,
    #[serde(default)]
    permission_overwrites: Vec<Overwrite>,
}

/// Rights of one role or member in one channel.
#[derive(Deserialize)]
struct Overwrite {
    /// A role's or a member's; the two never coincide.
    id: RoleId,
    #[serde(deserialize_with = "bits")]
    allow: u64,
    #[serde(deserialize_with = "bits")]
    deny: u64,
}

/// The right that includes all others.
const ADMINISTRATOR: u64 = 1 << 3;

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

impl Rest {
    /// The gateway's address and how often the bot may identify. It is tried once: nothing goes on before it succeeds,
    /// and the caller tells people so.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn gateway_bot(&self) -> Result<wire::GatewayBot, RestError> {
        let route = Route::GatewayBot;
        let call = Call {
            route,
            path: "/gateway/bot".to_owned(),
            body: Body::Empty,
            urgency: Urgency::Call,
            patience: Duration::ZERO,
        };
        self.call(call, None).await?.read(route)
    }

    /// The bot's own user.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn me(&self) -> Result<wire::User, RestError> {
        self.get(Route::Me, "/users/@me".to_owned()).await
    }

    /// The application that the bot belongs to.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub async fn application(&self) -> Result<Application, RestError> {
        self.get(Route::Application, "/applications/@me".to_owned())
            .await
    }

    /// A channel or thread.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn channel(&self, channel: ChannelId) -> Result<wire::Channel, RestError> {
        let path = format!("/channels/{channel}");
        self.get(Route::Channel(channel), path).await
    }

    /// A guild's channels, threads not among them.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn guild_channels(
        &self,
        guild: GuildId,
    ) -> Result<Vec<wire::Channel>, RestError> {
        let path = format!("/guilds/{guild}/channels");
        self.get(Route::GuildChannels(guild), path).await
    }

    /// A guild's roles.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn guild_roles(&self, guild: GuildId) -> Result<Vec<wire::Role>, RestError> {
        let path = format!("/guilds/{guild}/roles");
        self.get(Route::GuildRoles(guild), path).await
    }

    /// What the bot may do in a guild's channel or thread, as Discord's permission bits; for saying which one is
    /// missing. Threads have the rights of their parent. Four calls at the most.
    ///
    /// # Errors
    ///
    /// See [`RestError`]; `Forbidden` with code 50001 when the bot can't even see the channel.
    pub async fn own_permissions(&self, channel: ChannelId, me: UserId) -> Result<u64, RestError> {
        let path = format!("/channels/{channel}");
        let mut place: ChannelRights = self.get(Route::Channel(channel), path).await?;
        // Kinds 10 to 12 are threads. Source: Discord's reference, "Channel Types".
        if let Some(parent) = place.parent_id
            && (10..=12).contains(&place.kind)
        {
            let path = format!("/channels/{parent}");
            place = self.get(Route::Channel(parent), path).await?;
        }
        let Some(guild) = place.guild_id else {
            return Ok(u64::MAX);
        };
        let (roles, member) = tokio::try_join!(
            self.get::<Vec<RoleRights>>(Route::GuildRoles(guild), format!("/guilds/{guild}/roles")),
            self.get::<MemberRoles>(
                Route::Member(guild),
                format!("/guilds/{guild}/members/{me}")
            ),
        )?;
        Ok(permissions(guild, me, &roles, &member, &place))
    }

    /// Opens a thread on a message; one that is there already is as good.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub async fn start_thread(
        &self,
        channel: ChannelId,
        message: MessageId,
        name: &str,
    ) -> Result<Started, RestError> {
        let route = Route::StartThread(channel);
        let call = Call {
            route,
            path: format!("/channels/{channel}/messages/{message}/threads"),
            body: Body::json(&Name { name })?,
            urgency: Urgency::Call,
            patience: self.shared.times.call,
        };
        match self.call(call, None).await {
            Ok(answer) => Ok(Started::New(answer.read::<wire::Channel>(route)?.id)),
            // A message's thread has the message's id.
            Err(RestError::Refused {
                code: THREAD_EXISTS,
                ..
            }) => Ok(Started::Existed(ChannelId(message.0))),
            Err(error) => Err(error),
        }
    }

    /// Becomes a member of a thread.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub async fn join_thread(&self, thread: ChannelId) -> Result<(), RestError> {
        let call = Call {
            route: Route::JoinThread(thread),
            path: format!("/channels/{thread}/thread-members/@me"),
            body: Body::Empty,
            urgency: Urgency::Call,
            patience: self.shared.times.call,
        };
        self.call(call, None).await.map(drop)
    }

    /// Gives a thread another name, if there is room for such a nicety.
    ///
    /// # Errors
    ///
    /// See [`RestError`]; `NoRoom` when it was not sent.
    pub async fn rename_thread(&self, thread: ChannelId, name: &str) -> Result<(), RestError> {
        let call = Call {
            route: Route::EditChannel(thread),
            path: format!("/channels/{thread}"),
            body: Body::json(&Name { name })?,
            urgency: Urgency::Background,
            patience: std::time::Duration::ZERO,
        };
        self.call(call, None).await.map(drop)
    }

    /// Shows for ten seconds that the bot types, if there is room for such a nicety.
    ///
    /// # Errors
    ///
    /// See [`RestError`]; `NoRoom` when it was not sent.
    pub async fn typing(&self, channel: ChannelId) -> Result<(), RestError> {
        let call = Call {
            route: Route::Typing(channel),
            path: format!("/channels/{channel}/typing"),
            body: Body::Empty,
            urgency: Urgency::Background,
            patience: std::time::Duration::ZERO,
        };
        self.call(call, None).await.map(drop)
    }

    /// Reads something that somebody waits for.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        route: Route,
        path: String,
    ) -> Result<T, RestError> {
        let call = Call {
            route,
            path,
            body: Body::Empty,
            urgency: Urgency::Call,
            patience: self.shared.times.call,
        };
        self.call(call, None).await?.read(route)
    }
}

/// Source: Discord's reference, "Permission Overwrites": everyone's rights and the roles' together, then the
/// channel's for everyone, for the roles together, and for the member.
fn permissions(
    guild: GuildId,
    me: UserId,
    roles: &[RoleRights],
    member: &MemberRoles,
    place: &ChannelRights,
) -> u64 {
    let everyone = RoleId(guild.0);
    let has = |role: RoleId| role == everyone || member.roles.contains(&role);
    let base = roles
        .iter()
        .filter(|role| has(role.id))
        .fold(0, |all, role| all | role.permissions);
    if base & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let of_everyone = |overwrite: &Overwrite| overwrite.id == everyone;
    let of_roles = |overwrite: &Overwrite| overwrite.id != everyone && has(overwrite.id);
    let of_me = |overwrite: &Overwrite| overwrite.id.0 == me.0;
    let steps: [&dyn Fn(&Overwrite) -> bool; 3] = [&of_everyone, &of_roles, &of_me];
    steps.into_iter().fold(base, |rights, step| {
        let chosen = place.permission_overwrites.iter().filter(|o| step(o));
        let (allow, deny) = chosen.fold((0, 0), |(allow, deny), overwrite| {
            (allow | overwrite.allow, deny | overwrite.deny)
        });
        rights & !deny | allow
    })
}

/// Discord writes bit sets as decimal strings.
fn bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
