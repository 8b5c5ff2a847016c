//! What new sessions have not told: kept until it is read back, so that a process that dies over it leaves it to the next.

use kaiwa_core::id::{ChannelId, GuildId, MessageId};

use super::{
    Store, StoreError,
    connection::Connection,
    error::Fault,
    row::{self, from_json, stored, to_json},
};

/// What was missed in a guild, or in direct messages, and is still to be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The guild; none for direct messages.
    pub guild: Option<GuildId>,
    /// Until when it was surely heard, by Discord's clock, in milliseconds since the Unix epoch.
    pub heard_ms: u64,
    /// Tells it from what it becomes when it grows; never 0.
    pub number: i64,
    /// The channels and threads in which something may have been said, each with its newest message; none before Discord
    /// has told them.
    pub places: Option<Vec<(ChannelId, MessageId)>>,
}

/// The guild's id of direct messages, which no guild has.
const DIRECT: i64 = 0;

/// A gap that there is already begins where the earlier one does, and is told anew.
macro_rules! or_grow {
    () => {
        "ON CONFLICT (guild) DO UPDATE SET number = excluded.number, places = NULL, \
         heard = CASE WHEN gaps.heard < excluded.heard THEN gaps.heard ELSE excluded.heard END"
    };
}

impl Store {
    /// What is still to be read back.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn gaps(&self) -> Result<Vec<Gap>, StoreError> {
        self.read(move |connection| {
            let gaps: Vec<(i64, i64, i64, Option<String>)> = connection.all(
                "SELECT guild, heard, number, places FROM gaps ORDER BY guild",
                (),
            )?;
            let gaps = gaps.into_iter().map(|(guild, heard, number, places)| Gap {
                guild: (guild != DIRECT).then(|| GuildId(row::id(guild))),
                heard_ms: u64::try_from(heard).unwrap_or_default(),
                number,
                places: places.as_deref().and_then(from_json),
            });
            Ok(gaps.collect())
        })
        .await
    }

    /// Discord has told where in these guilds something may have been said. Whoever knows it does not wait to be told
    /// again, so it is kept before their session is.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn gaps_told(
        &self,
        guilds: &[(GuildId, Vec<(ChannelId, MessageId)>)],
    ) -> Result<(), StoreError> {
        let guilds = guilds.to_vec();
        self.write(move |connection| {
            for (guild, places) in guilds {
                connection.execute(
                    "UPDATE gaps SET places = $2 WHERE guild = $1",
                    (stored(guild.0), to_json(&places)?),
                )?;
            }
            Ok(())
        })
        .await
    }

    /// A gap is read back. Changes nothing where it has grown meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn gap_closed(&self, guild: Option<GuildId>, number: i64) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "DELETE FROM gaps WHERE guild = $1 AND number = $2",
                (guild.map_or(DIRECT, |guild| stored(guild.0)), number),
            )?;
            Ok(())
        })
        .await
    }
}

/// A shard's new session has not told what was said since `heard`, in none of the shard's guilds. What was to be read back
/// before still is, and is forgotten of guilds that the bot is in no longer.
pub(super) fn open(
    connection: &Connection,
    shard: i64,
    shards: i64,
    heard: i64,
    number: i64,
) -> Result<(), Fault> {
    for left in [
        "DELETE FROM gaps WHERE guild <> 0 AND (guild >> 22) % $2 = $1 \
         AND guild NOT IN (SELECT id FROM guilds WHERE shard = $1)",
        "DELETE FROM unheard WHERE (guild >> 22) % $2 = $1 \
         AND guild NOT IN (SELECT id FROM guilds WHERE shard = $1)",
    ] {
        connection.execute(left, (shard, shards))?;
    }
    connection.execute(
        concat!(
            "INSERT INTO gaps (guild, heard, number) SELECT id, $2, $3 FROM (SELECT id, shard FROM guilds UNION ALL SELECT 0, 0) AS heard_in WHERE shard = $1 ",
            or_grow!()
        ),
        (shard, heard, number),
    )?;
    Ok(())
}

/// The sessions of another number of shards are about to be forgotten: their guilds were heard until the first of them ceased to
/// hear, and are read back from there when their new shards begin.
pub(super) fn open_of_others(
    connection: &Connection,
    shards: i64,
    number: i64,
) -> Result<(), Fault> {
    connection.execute(
        concat!(
            "INSERT INTO gaps (guild, heard, number) SELECT heard_in.id, others.heard, $2 \
         FROM (SELECT id FROM guilds UNION SELECT 0) AS heard_in \
         CROSS JOIN (SELECT MIN(reached) AS heard FROM sessions WHERE shards <> $1) AS others \
         WHERE others.heard IS NOT NULL ",
            or_grow!()
        ),
        (shards, number),
    )?;
    Ok(())
}
