//! Finding what a request names: people, channels, guilds and messages by name or by id.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use super::Mistake;
use crate::world::{Message, World};

/// A name or an id; ids may be written as numbers or as strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl From<u64> for Name {
    fn from(id: u64) -> Self {
        Self(id.to_string())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(name) => Ok(Self(name)),
            Value::Number(id) => Ok(Self(id.to_string())),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                Err(D::Error::custom("a name or an id is a string or a number"))
            }
        }
    }
}

impl Name {
    fn id(&self) -> Option<u64> {
        self.0.parse().ok()
    }

    /// The user of this name.
    ///
    /// # Errors
    /// When there is none; the mistake names those there are.
    pub fn user(&self, world: &World) -> Result<u64, Mistake> {
        let by_id = self.id().filter(|id| world.users.contains_key(id));
        let name = self.0.trim_start_matches('@');
        by_id
            .or_else(|| world.user_named(name).map(|user| user.id))
            .ok_or_else(|| {
                let known = world.users.values().map(|user| user.name.as_str());
                nobody("user", &self.0, known, "POST /control/people makes people")
            })
    }

    /// The bot of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn bot(&self, world: &World) -> Result<u64, Mistake> {
        let user = self.user(world)?;
        if world.bots.contains_key(&user) {
            return Ok(user);
        }
        Err(Mistake::new(format!("{} is a person, not a bot.", self.0)))
    }

    /// The guild of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn guild(&self, world: &World) -> Result<u64, Mistake> {
        let by_id = self.id().filter(|id| world.guilds.contains_key(id));
        let by_name = || {
            world
                .guilds
                .values()
                .find(|guild| guild.name == self.0)
                .map(|guild| guild.id)
        };
        by_id.or_else(by_name).ok_or_else(|| {
            let known = world.guilds.values().map(|guild| guild.name.as_str());
            nobody("guild", &self.0, known, "POST /control/guilds makes guilds")
        })
    }

    /// The channel, thread or post of this name; a leading `#` doesn't matter. Of several the first one made.
    ///
    /// # Errors
    /// When there is none.
    pub fn channel(&self, world: &World) -> Result<u64, Mistake> {
        let by_id = self.id().filter(|id| world.channels.contains_key(id));
        by_id
            .or_else(|| world.channel_named(&self.0).map(|channel| channel.id))
            .ok_or_else(|| {
                let known = world.channels.values().map(|channel| channel.name.as_str());
                nobody(
                    "channel",
                    &self.0,
                    known,
                    "POST /control/channels makes channels",
                )
            })
    }

    /// The message with this id, wherever it is; `last` means the newest in `channel`.
    ///
    /// # Errors
    /// When there is none.
    pub fn message<'w>(
        &self,
        world: &'w World,
        channel: Option<&Self>,
    ) -> Result<&'w Message, Mistake> {
        let channel = channel.map(|channel| channel.channel(world)).transpose()?;
        if self.0 == "last" {
            let channel =
                channel.ok_or_else(|| Mistake::new("`last` needs a `channel` beside it."))?;
            let newest = world
                .messages
                .get(&channel)
                .and_then(|messages| messages.values().next_back());
            return newest.ok_or_else(|| Mistake::new("The channel has no messages yet."));
        }
        let id = self
            .id()
            .ok_or_else(|| Mistake::new("`message` is an id, or \"last\" beside a `channel`."))?;
        // A thread made from a message has its id, but holds the message only as a stub under another one.
        let mut everywhere = world
            .messages
            .iter()
            .filter(|(place, _)| channel.is_none_or(|channel| channel == **place));
        everywhere
            .find_map(|(_, messages)| messages.get(&id))
            .ok_or_else(|| {
                Mistake::new(format!(
                    "There is no message {id}; it may have been deleted."
                ))
            })
    }
}

/// The first guild, for requests that name none.
pub(super) fn first_guild(world: &World) -> Result<u64, Mistake> {
    world
        .guilds
        .keys()
        .next()
        .copied()
        .ok_or_else(|| Mistake::new("The world has no guild; POST /control/guilds makes one."))
}

fn nobody<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>, hint: &str) -> Mistake {
    let known: Vec<&str> = known.filter(|name| !name.is_empty()).take(20).collect();
    Mistake::new(format!(
        "There is no {kind} {name:?}. There are: {}. {hint}.",
        known.join(", ")
    ))
}
