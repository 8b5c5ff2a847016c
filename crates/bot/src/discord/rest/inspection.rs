//! What a look at the bot's account, its servers and their channels needs: what the gateway's events hold of them too, and
//! the permissions, which a turn never asks for, so that the gateway's shapes stay small.

use std::time::{Duration, SystemTime};

use kaiwa_core::{
    id::{ChannelId, GuildId, RoleId, UserId},
    message::Place,
    permissions::{Ground, Overwrite, Whom},
};
use reqwest::header::DATE;
use serde::{Deserialize, Deserializer};
use tokio::time::{Instant, timeout};

use super::{Rest, RestError, Route};
use crate::discord::wire;

/// How many servers one page holds at the most. Source: Discord's reference, "Get Current User Guilds".
const GUILDS_A_PAGE: usize = 200;

/// Discord answers.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    /// How long it took, with the connection.
    pub took: Duration,
    /// What time it is there, to the second, where it says so.
    pub date: Option<SystemTime>,
    /// What time it was here.
    pub here: SystemTime,
}

/// A server in the list of those that the bot is in.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct OwnGuild {
    /// Its id.
    pub id: GuildId,
}

/// A server with its roles.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct InspectedGuild {
    /// Its id.
    pub id: GuildId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Who owns it.
    pub owner_id: UserId,
    /// Its roles, @everyone among them.
    #[serde(default)]
    pub roles: Vec<InspectedRole>,
}

/// A role with its permissions.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct InspectedRole {
    /// What the gateway tells of it too.
    #[serde(flatten)]
    pub role: wire::Role,
    /// What it allows.
    #[serde(deserialize_with = "bits")]
    pub permissions: u64,
}

/// A member with its roles.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct InspectedMember {
    /// Who it is.
    pub user: wire::User,
    /// What the gateway tells of it too.
    #[serde(flatten)]
    member: wire::Member,
    /// Its roles.
    #[serde(default)]
    pub roles: Vec<RoleId>,
    /// Until when it may only look, an ISO 8601 moment in UTC that may have passed.
    #[serde(default)]
    communication_disabled_until: Option<String>,
}

/// A channel or thread with its overwrites.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct InspectedChannel {
    /// What the gateway tells of it too.
    #[serde(flatten)]
    pub channel: wire::Channel,
    /// What it allows and denies whom.
    #[serde(default)]
    permission_overwrites: Vec<InspectedOverwrite>,
}

#[derive(Clone, Debug, Deserialize)]
struct InspectedOverwrite {
    id: RoleId,
    #[serde(rename = "type")]
    kind: u64,
    #[serde(deserialize_with = "bits")]
    allow: u64,
    #[serde(deserialize_with = "bits")]
    deny: u64,
}

/// Permissions, which Discord writes as a decimal string.
fn bits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    // They are read as ids are.
    RoleId::deserialize(deserializer).map(|bits| bits.0)
}

impl InspectedMember {
    /// Whether it may only look now. A time-out that is over stays in the member.
    pub(crate) fn is_timed_out(&self, now: SystemTime) -> bool {
        let until = self.communication_disabled_until.as_deref();
        until.and_then(moment).is_some_and(|until| until > now)
    }

    /// The name that people see.
    pub(crate) fn shown(&self) -> &str {
        self.member.nick.as_deref().unwrap_or(&self.user.username)
    }
}

impl InspectedChannel {
    /// What kind of ground it is for the bot; none where nobody talks. Source: Discord's reference, "Channel Types".
    pub(crate) fn ground(&self) -> Option<Ground> {
        match self.channel.kind {
            0 | 5 => Some(Ground::Text),
            2 | 13 => Some(Ground::Voice),
            10..=12 => Some(Ground::Thread),
            15 | 16 => Some(Ground::Forum),
            _ => None,
        }
    }

    /// What kind of place it is for conversations; none where nobody talks.
    pub(crate) fn place(&self, me: UserId) -> Option<Place> {
        match self.channel.kind {
            1 => Some(Place::Direct),
            0 | 5 => Some(Place::Channel),
            2 | 13 => Some(Place::Chat),
            10..=12 => Some(Place::Thread {
                ours: self.channel.owner_id == Some(me),
                below: self.channel.parent_id,
            }),
            _ => None,
        }
    }

    /// Whether it is a thread that only those who manage threads may write in.
    pub(crate) fn is_locked(&self) -> bool {
        self.channel.thread_metadata.locked
    }

    /// What it allows and denies whom. A thread has none of its own: its parent's count.
    pub(crate) fn overwrites(&self) -> Vec<Overwrite> {
        let known = self.permission_overwrites.iter();
        known
            .map(|one| Overwrite {
                of: match one.kind {
                    0 => Whom::Role(one.id),
                    _ => Whom::Member(UserId(one.id.0)),
                },
                allow: one.allow,
                deny: one.deny,
            })
            .collect()
    }
}

impl Rest {
    /// Whether Discord can be reached at all, without a token: one try, so that the first failure is told as it was.
    ///
    /// # Errors
    ///
    /// What the connection said, for the operator.
    pub async fn reach(&self) -> Result<Reached, String> {
        let base = self.shared.base.as_str().trim_end_matches('/');
        let began = Instant::now();
        let sent = self
            .shared
            .http
            .get(format!("{base}/api/v10/gateway"))
            .send();
        let response = match timeout(self.shared.times.attempt, sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let error = error.without_url();
                let mut deepest: &dyn std::error::Error = &error;
                while let Some(source) = deepest.source() {
                    deepest = source;
                }
                return Err(deepest.to_string());
            }
            Err(_elapsed) => return Err(super::Last::TimedOut.to_string()),
        };
        let here = SystemTime::now();
        let date = response.headers().get(DATE);
        let date = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        match response.status().as_u16() {
            // What stands before Discord asks for a pause: it is there.
            200..300 | 429 => Ok(Reached {
                took: began.elapsed(),
                date,
                here,
            }),
            status => Err(super::Last::Broken(status).to_string()),
        }
    }

    /// The bot itself.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn account(&self) -> Result<wire::User, RestError> {
        self.get(Route::Account, "/users/@me".to_owned()).await
    }

    /// The first servers that the bot is in, in the order of their ids.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn own_guilds(&self) -> Result<Vec<OwnGuild>, RestError> {
        let path = format!("/users/@me/guilds?limit={GUILDS_A_PAGE}");
        self.get(Route::OwnGuilds, path).await
    }

    /// A server with its roles.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn inspect_guild(&self, guild: GuildId) -> Result<InspectedGuild, RestError> {
        self.get(Route::Guild(guild), format!("/guilds/{guild}"))
            .await
    }

    /// The channels of a server, those too that the bot may not see; no threads.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn inspect_channels(
        &self,
        guild: GuildId,
    ) -> Result<Vec<InspectedChannel>, RestError> {
        let path = format!("/guilds/{guild}/channels");
        self.get(Route::GuildChannels(guild), path).await
    }

    /// A member of a server.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn inspect_member(
        &self,
        guild: GuildId,
        user: UserId,
    ) -> Result<InspectedMember, RestError> {
        let path = format!("/guilds/{guild}/members/{user}");
        self.get(Route::Member(guild), path).await
    }

    /// A channel or thread.
    ///
    /// # Errors
    ///
    /// See [`RestError`].
    pub(crate) async fn inspect_channel(
        &self,
        channel: ChannelId,
    ) -> Result<InspectedChannel, RestError> {
        let path = format!("/channels/{channel}");
        self.get(Route::Channel(channel), path).await
    }
}

/// A moment as Discord writes it (`2026-01-02T03:04:05.678000+00:00`), to the second. Source: Discord's reference,
/// "ISO8601 Date/Time".
fn moment(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<u64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let mut time = time.get(..8)?.splitn(3, ':').map(str::parse::<u64>);
    let (hour, minute, second) = (time.next()?.ok()?, time.next()?.ok()?, time.next()?.ok()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 1970 in the calendar whose years begin in March, so that the day that comes and goes is the last.
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_discord_writes_them() {
        for (text, seconds) in [
            ("2015-01-01T00:00:00.000000+00:00", 1_420_070_400),
            ("2024-02-29T23:59:59.999000+00:00", 1_709_251_199),
            ("1970-01-01T00:00:00+00:00", 0),
        ] {
            let read = moment(text).map(|at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap());
            assert_eq!(read, Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "soon",
            "2024-13-01T00:00:00",
            "2024-01-01",
            "2024-01-01T1",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
