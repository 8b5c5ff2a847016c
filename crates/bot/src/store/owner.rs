//! Whose memory it is. What one bot was told, and which messages are its own, means nothing to another: it would take servers that
//! it isn't in for servers that were left, and erase what was said there.

use kaiwa_core::id::UserId;

use super::{
    Store, StoreError,
    row::{self, stored},
};

/// The bot whose memory it is: as it was written down, or as its last session tells, from before that was done.
const OWNER: &str = "SELECT COALESCE((SELECT value FROM counters WHERE name = 'bot'), (SELECT bot FROM sessions LIMIT 1))";

impl Store {
    /// Makes sure that this is the bot's own memory; an empty one becomes its.
    ///
    /// # Errors
    /// [`StoreError::Foreign`] where it is another bot's; [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn belongs_to(&self, bot: UserId) -> Result<(), StoreError> {
        let owner: Option<i64> = self.read(|connection| connection.one(OWNER, ())).await?;
        if let Some(owner) = owner.filter(|owner| *owner != stored(bot.0)) {
            return Err(StoreError::Foreign {
                file: self.file.to_path_buf(),
                bot: UserId(row::id(owner)),
            });
        }
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO counters (name, value) VALUES ('bot', $1) ON CONFLICT (name) DO NOTHING",
                (stored(bot.0),),
            )?;
            Ok(())
        })
        .await
    }
}
