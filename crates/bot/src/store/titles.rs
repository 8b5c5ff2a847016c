//! Threads that the bot has opened and that the model may still give a title.

use kaiwa_core::id::{ChannelId, ConversationId, GuildId};

use super::{
    Store, StoreError,
    row::{self, stored},
};

/// A thread without a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untitled {
    /// The thread.
    pub thread: ChannelId,
    /// Its guild.
    pub guild: Option<GuildId>,
    /// The name under which the bot opened it. Where it has another one, people gave it that.
    pub name: String,
}

/// The thread of a conversation that has no title.
pub(super) const UNTITLED: &str = "SELECT channel, guild, name FROM conversations \
     WHERE id = $1 AND name IS NOT NULL AND kind = 'thread' AND gone = FALSE";

impl Store {
    /// The thread of a conversation, as long as it may still get a title; `None` where it has one, or is to have none.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn untitled(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<Untitled>, StoreError> {
        self.read(move |connection| {
            let found: Option<(i64, Option<i64>, String)> =
                connection.first(UNTITLED, (stored(conversation.0),))?;
            Ok(found.map(|(thread, guild, name)| Untitled {
                thread: ChannelId(row::id(thread)),
                guild: guild.map(|guild| GuildId(row::id(guild))),
                name,
            }))
        })
        .await
    }

    /// The model is about to be asked for the title of a conversation's thread; tells whether it may be, which it may so many
    /// times.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn try_title(
        &self,
        conversation: ConversationId,
        times: i64,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let tried = connection.execute(
                "UPDATE conversations SET title_tries = title_tries + 1 \
                 WHERE id = $1 AND name IS NOT NULL AND title_tries < $2",
                (stored(conversation.0), times),
            )?;
            Ok(tried > 0)
        })
        .await
    }

    /// The thread of a conversation has a title, or is to have none.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn titled(&self, conversation: ConversationId) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "UPDATE conversations SET name = NULL WHERE id = $1",
                (stored(conversation.0),),
            )?;
            Ok(())
        })
        .await
    }
}
