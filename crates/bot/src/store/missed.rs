//! What the store knows of the places in which something may have been missed, and of what was said after a question.

use kaiwa_core::{
    id::{ChannelId, ConversationId, GuildId, MessageId, UserId},
    missed::{By, Later},
};

use super::{
    Store, StoreError,
    connection::record,
    now_ms,
    row::{self, stored},
};

/// How many later messages are looked at.
const LATER: i64 = 200;

/// How far a conversation is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Its newest message.
    pub newest: Option<MessageId>,
    /// Its questions that are not answered yet, or not to the end, oldest first.
    pub waiting: Vec<MessageId>,
}

#[derive(Debug)]
struct LaterRow {
    author: i64,
    mine: bool,
    answers: Option<i64>,
    reply_to: Option<i64>,
    asks: bool,
}

record!(LaterRow {
    author,
    mine,
    answers,
    reply_to,
    asks
});

impl Store {
    /// How far a conversation is known.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn known(&self, conversation: ConversationId) -> Result<Known, StoreError> {
        self.read(move |connection| {
            let newest: Option<i64> =
                connection.one(
                    "SELECT MAX(id) FROM messages WHERE conversation = $1",
                    (stored(conversation.0),),
                )?;
            let waiting: Vec<i64> = connection.all(
                "SELECT ask FROM turns WHERE conversation = $1 AND state IN ('queued', 'running', 'joined') \
                 ORDER BY ask",
                (stored(conversation.0),),
            )?;
            let id = |id: i64| MessageId(row::id(id));
            Ok(Known {
                newest: newest.map(id),
                waiting: waiting.into_iter().map(id).collect(),
            })
        })
        .await
    }

    /// The guilds of a shard in which conversations are held.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn guilds(&self, shard: u32, shards: u32) -> Result<Vec<GuildId>, StoreError> {
        self.read(move |connection| {
            let guilds: Vec<i64> = connection.all(
                "SELECT DISTINCT guild FROM conversations \
                 WHERE guild IS NOT NULL AND gone = FALSE AND (guild >> 22) % $2 = $1",
                (i64::from(shard), i64::from(shards)),
            )?;
            Ok(guilds.into_iter().map(|id| GuildId(row::id(id))).collect())
        })
        .await
    }

    /// The channels of a guild in which conversations began, or something was said in one, within so many milliseconds.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn used_channels(
        &self,
        guild: GuildId,
        within_ms: i64,
    ) -> Result<Vec<ChannelId>, StoreError> {
        let since = now_ms().saturating_sub(within_ms);
        let first = MessageId::first_at(u64::try_from(since).unwrap_or_default());
        self.read(move |connection| {
            let used: Vec<i64> = connection.all(
                "SELECT DISTINCT COALESCE(parent, channel) FROM conversations \
                 WHERE guild = $1 AND gone = FALSE AND (kind = 'chain' OR parent IS NOT NULL) AND (created > $2 \
                 OR EXISTS (SELECT 1 FROM messages WHERE conversation = conversations.id AND messages.id > $3))",
                (stored(guild.0), since, stored(first.0)),
            )?;
            Ok(used.into_iter().map(|id| ChannelId(row::id(id))).collect())
        })
        .await
    }

    /// The channels of a guild in which reply chains are held, or threads hang below them that hold conversations.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn channels(&self, guild: GuildId) -> Result<Vec<ChannelId>, StoreError> {
        self.read(move |connection| {
            let channels: Vec<i64> = connection.all(
                "SELECT DISTINCT COALESCE(parent, channel) FROM conversations \
                 WHERE guild = $1 AND gone = FALSE AND (kind = 'chain' OR parent IS NOT NULL)",
                (stored(guild.0),),
            )?;
            let channels = channels.into_iter();
            Ok(channels.map(|id| ChannelId(row::id(id))).collect())
        })
        .await
    }

    /// The direct messages in which something was said last, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn direct_channels(
        &self,
        limit: i64,
    ) -> Result<Vec<(ChannelId, ConversationId)>, StoreError> {
        self.read(move |connection| {
            let direct: Vec<(i64, i64)> = connection.all(
                "SELECT c.channel, c.id FROM conversations c WHERE c.kind = 'direct' AND c.gone = FALSE \
                 ORDER BY COALESCE((SELECT MAX(m.id) FROM messages m WHERE m.conversation = c.id), 0) DESC LIMIT $1",
                (limit,),
            )?;
            let direct = direct.into_iter();
            Ok(direct
                .map(|(channel, id)| (ChannelId(row::id(channel)), ConversationId(row::id(id))))
                .collect())
        })
        .await
    }

    /// The threads of a guild in which something was said within so many milliseconds, those last in which it was longest ago.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn lively_threads(
        &self,
        guild: GuildId,
        within_ms: i64,
        limit: i64,
    ) -> Result<Vec<(ChannelId, ConversationId)>, StoreError> {
        let since = u64::try_from(now_ms().saturating_sub(within_ms)).unwrap_or_default();
        self.read(move |connection| {
            let threads: Vec<(i64, i64)> = connection.all(
                "SELECT c.channel, c.id FROM conversations c JOIN messages m ON m.conversation = c.id \
                 WHERE c.guild = $1 AND c.kind = 'thread' AND c.gone = FALSE AND m.id > $2 \
                 GROUP BY c.channel, c.id ORDER BY MAX(m.id) DESC LIMIT $3",
                (stored(guild.0), stored(MessageId::first_at(since).0), limit),
            )?;
            let threads = threads.into_iter();
            Ok(threads
                .map(|(channel, id)| (ChannelId(row::id(channel)), ConversationId(row::id(id))))
                .collect())
        })
        .await
    }

    /// The newest of these messages, which hold words of answers in a conversation, that the store knows nothing of: it is
    /// older than they are, as one from a backup is. `None` where there is none, and where an answer was begun that an earlier run
    /// has not ended, of which there may be more than is known.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn newer_than_known(
        &self,
        conversation: ConversationId,
        words: Vec<MessageId>,
    ) -> Result<Option<MessageId>, StoreError> {
        let run = self.opened()?.run;
        self.read(move |connection| {
            let Some(oldest) = words.iter().min() else {
                return Ok(None);
            };
            let begun: bool = connection.one(
                "SELECT EXISTS (SELECT 1 FROM turns WHERE conversation = $1 AND \
                 ((state = 'running' AND run <> $2) OR (state = 'queued' AND reply IS NOT NULL)))",
                (stored(conversation.0), run),
            )?;
            let known: Vec<i64> = connection.all(
                "SELECT id FROM messages WHERE conversation = $1 AND id >= $2 AND answers IS NOT NULL",
                (stored(conversation.0), stored(oldest.0)),
            )?;
            let known = |word: &MessageId| begun || known.contains(&stored(word.0));
            Ok(words.into_iter().filter(|word| !known(word)).max())
        })
        .await
    }

    /// What was said in a conversation after a message.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn later(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Vec<Later>, StoreError> {
        self.read(move |connection| {
            let rows: Vec<LaterRow> = connection.all(
                "SELECT m.author, m.mine, m.answers, m.reply_to, \
                 CASE WHEN EXISTS (SELECT 1 FROM turns t WHERE t.ask = m.id) THEN TRUE ELSE FALSE END AS asks \
                 FROM messages m WHERE m.conversation = $1 AND m.id > $2 AND m.deleted = FALSE ORDER BY m.id LIMIT $3",
                (stored(conversation.0), stored(message.0), LATER),
            )?;
            let id = |id: i64| MessageId(row::id(id));
            let later = rows
                .into_iter()
                .map(|row| Later {
                    by: if row.mine {
                        By::Me {
                            answers: row.answers.map(id),
                        }
                    } else {
                        By::Other(UserId(row::id(row.author)))
                    },
                    asks: row.asks,
                    replies_to: row.reply_to.map(id),
                });
            Ok(later.collect())
        })
        .await
    }
}
