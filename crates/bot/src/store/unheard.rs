//! What was said in single places and has reached nobody: kept until it is read back, so that a process that dies over it leaves it
//! to the next.

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId},
    missed::Unheard,
};

use super::{
    Store, StoreError,
    row::{self, stored},
};

impl Store {
    /// What is still to be read back of single places.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn unheard(&self) -> Result<Vec<Unheard>, StoreError> {
        self.read(move |connection| {
            let unheard: Vec<(i64, i64, i64)> = connection.all(
                "SELECT guild, channel, since FROM unheard ORDER BY channel, since",
                (),
            )?;
            let unheard = unheard.into_iter().map(|(guild, channel, since)| Unheard {
                guild: GuildId(row::id(guild)),
                channel: ChannelId(row::id(channel)),
                since: MessageId(row::id(since)),
            });
            Ok(unheard.collect())
        })
        .await
    }

    /// This is to be read back. What is kept already stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn keep_unheard(&self, unheard: &[Unheard]) -> Result<(), StoreError> {
        let unheard = unheard.to_vec();
        self.write(move |connection| {
            for unheard in unheard {
                connection.execute(
                    "INSERT INTO unheard (guild, channel, since) VALUES ($1, $2, $3) ON CONFLICT (channel, since) DO NOTHING",
                    (
                        stored(unheard.guild.0),
                        stored(unheard.channel.0),
                        stored(unheard.since.0),
                    ),
                )?;
            }
            Ok(())
        })
        .await
    }

    /// This is read back.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn unheard_read(&self, unheard: Unheard) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "DELETE FROM unheard WHERE channel = $1 AND since = $2",
                (stored(unheard.channel.0), stored(unheard.since.0)),
            )?;
            Ok(())
        })
        .await
    }
}
