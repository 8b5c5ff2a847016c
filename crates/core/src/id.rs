//! Discord's ids (snowflakes), one type for each kind of thing, so that a channel can't be passed for a message.
//!
//! A snowflake is an unsigned 64-bit integer; Discord writes it as a decimal string in JSON.
//! Source: Discord's reference, "Snowflakes".

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds between the Unix epoch and Discord's, the first second of 2015.
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// When the thing was made, in milliseconds since the Unix epoch, as its id says.
            pub const fn created_ms(self) -> u64 {
                (self.0 >> 22) + DISCORD_EPOCH_MS
            }

            /// The least id of what was made in this millisecond since the Unix epoch, or later.
            pub const fn first_at(unix_ms: u64) -> Self {
                Self(unix_ms.saturating_sub(DISCORD_EPOCH_MS) << 22)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Digits).map(Self)
            }
        }
    )+};
}

ids! {
    /// A message.
    MessageId,
    /// A channel of any kind; threads and direct messages are channels too.
    ChannelId,
    /// A guild, which people call a server.
    GuildId,
    /// A person or a bot.
    UserId,
    /// A role of a guild.
    RoleId,
    /// An application, which a bot belongs to.
    ApplicationId,
    /// Something that a person did with a bot's button or command.
    InteractionId,
    /// A conversation: the id of its thread, of its direct message channel, or of the first message of its reply chain.
    ///
    /// A thread opened on a message has that message's id, so the id of a new conversation is known before
    /// its thread exists, and stays the same when no thread can be opened and the talk goes on as a reply chain.
    ConversationId,
}

impl GuildId {
    /// The number of the shard that serves the guild, of so many in all. Source: Discord's reference, "Sharding".
    pub const fn shard(self, shards: u32) -> u32 {
        // Less than `shards`, and so a `u32` again.
        #[expect(clippy::cast_possible_truncation)]
        let shard = match (self.0 >> 22).checked_rem(shards as u64) {
            Some(shard) => shard as u32,
            None => 0,
        };
        shard
    }
}

/// Reads a snowflake from a decimal string, as Discord writes it, or from a plain number.
struct Digits;

impl de::Visitor<'_> for Digits {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a snowflake id")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<u64, E> {
        value
            .parse()
            .map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_from_text_or_number_and_written_as_text() {
        let id: MessageId = serde_json::from_str(r#""175928847299117063""#).unwrap();
        assert_eq!(id, MessageId(175_928_847_299_117_063));
        assert_eq!(
            serde_json::from_str::<MessageId>("5").unwrap(),
            MessageId(5)
        );
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            r#""175928847299117063""#
        );
        assert!(serde_json::from_str::<MessageId>(r#""-1""#).is_err());
    }

    #[test]
    fn a_guild_has_its_shard() {
        let guild = GuildId(197_038_439_483_310_086);
        assert_eq!(
            [0, 1, 2, 16].map(|shards| guild.shard(shards)),
            [0, 0, 0, 2]
        );
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        // The example of Discord's reference.
        assert_eq!(
            MessageId(175_928_847_299_117_063).created_ms(),
            1_462_015_105_796
        );
    }
}
