//! Where conversations are held, and how much of each is known.

use kaiwa_core::{
    error::TurnError,
    id::{ChannelId, ConversationId, GuildId, MessageId},
    message::{Ask, Home},
};

use super::{
    Fence, Store, StoreError,
    connection::Connection,
    erase,
    error::Fault,
    lease::hold,
    now_ms,
    row::{self, from_json, stored, to_json},
};

/// What kind of place a conversation is held in, where everything said belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A thread or a forum post.
    Thread,
    /// Direct messages.
    Direct,
}

/// How much of a conversation is in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// Messages may be missing anywhere: it is to be read back before the model is asked.
    Unread,
    /// Nothing is missing from the oldest stored message on; older ones exist on Discord.
    Partly,
    /// Nothing is missing.
    Whole,
}

impl History {
    /// Its name in the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Partly => "partly",
            Self::Whole => "whole",
        }
    }

    /// Read from the table, whose check admits no other names.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "whole" => Self::Whole,
            "partly" => Self::Partly,
            _ => Self::Unread,
        }
    }
}

/// What became of a thread that was to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was opened.
    Opened {
        /// The thread.
        thread: ChannelId,
        /// The name that it has, where the model is to give it a title.
        untitled: Option<String>,
    },
    /// It was there already; what was said in it is to be read back.
    Joined {
        /// The thread.
        thread: ChannelId,
    },
    /// It can't be opened: the conversation goes on as a reply chain.
    Chain {
        /// The channel of the asking message.
        channel: ChannelId,
    },
}

impl Settled {
    /// Where the conversation is held, as what, and the name of its thread as long as that may get a title.
    fn columns(&self) -> (i64, &'static str, Option<&str>) {
        match self {
            Self::Opened { thread, untitled } => (stored(thread.0), "thread", untitled.as_deref()),
            Self::Joined { thread } => (stored(thread.0), "thread", None),
            Self::Chain { channel } => (stored(channel.0), "chain", None),
        }
    }
}

/// What was said is to be read back before it is used again, `$1` being the moment; more conditions may follow. Of a reply chain
/// each message is looked at. Where a thread is still to be opened, there is nothing to be read back; where a turn has ended, it
/// was opened by somebody who could not keep that.
pub(super) const UNREAD: &str = "UPDATE conversations SET history = 'unread', lost = $1 WHERE (kind <> 'opening' \
     OR EXISTS (SELECT 1 FROM turns WHERE conversation = conversations.id AND state IN ('done', 'failed')))";

impl Store {
    /// The threads and direct messages in which a conversation is held; a thread that is being opened is among them,
    /// since its id is known before it exists.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn known_channels(
        &self,
    ) -> Result<Vec<(ChannelId, ConversationId, Kind)>, StoreError> {
        self.read(known_channels).await
    }

    /// Tells where the conversation of a running turn goes on. Its turns that have not ended go there too.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn settle_home(&self, fence: &Fence, settled: Settled) -> Result<(), StoreError> {
        let conversation = fence.conversation();
        let fence = fence.copy();
        self.write(move |connection| {
            hold(connection, &fence)?;
            let (channel, kind, name) = settled.columns();
            let is_joined = matches!(settled, Settled::Joined { .. });
            let history = is_joined.then(|| History::Unread.name());
            connection.execute(
                "UPDATE conversations SET channel = $2, kind = $3, history = COALESCE($4, history), name = $5 \
                 WHERE id = $1",
                (stored(conversation.0), channel, kind, history, name),
            )?;
            move_turns(connection, conversation, &settled)
        })
        .await
    }

    /// The same where that could not be kept when it came to be so, or nobody had the right to: what was said there since is to be
    /// read back. Changes nothing where it is known by now.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn settled_before(
        &self,
        conversation: ConversationId,
        settled: Settled,
    ) -> Result<(), StoreError> {
        let now = self.tick();
        self.write(move |connection| {
            let (channel, kind, name) = settled.columns();
            let moved = connection.execute(
                "UPDATE conversations SET channel = $2, kind = $3, name = $4, history = 'unread', lost = $5 \
                 WHERE id = $1 AND kind = 'opening' AND gone = FALSE",
                (stored(conversation.0), channel, kind, name, now),
            )?;
            if moved > 0 {
                move_turns(connection, conversation, &settled)?;
            }
            Ok(())
        })
        .await
    }

    /// People were told that the conversation's beginning no longer fits into the model's window.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn told_window(&self, conversation: ConversationId) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "UPDATE conversations SET told_window = TRUE WHERE id = $1",
                (stored(conversation.0),),
            )?;
            Ok(())
        })
        .await
    }

    /// Events may have been missed, as after a gateway session that could not be resumed: what was said is to be read back before
    /// it is used again.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn lost_track(&self) -> Result<(), StoreError> {
        let now = self.tick();
        self.write(move |connection| {
            connection.execute(UNREAD, (now,))?;
            Ok(())
        })
        .await
    }

    /// A channel is out of reach: everything said in it, and in the threads below it, is erased, and its open turns
    /// fail. Tells the conversations that were held there. A new question there begins anew.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn channel_gone(
        &self,
        channel: ChannelId,
    ) -> Result<Vec<ConversationId>, StoreError> {
        let now = self.tick();
        self.write(move |connection| {
            let held = connection.all(
                "SELECT id FROM conversations WHERE gone = FALSE AND channel = $1 \
                 UNION SELECT id FROM conversations WHERE gone = FALSE AND kind = 'opening' AND id = $1 \
                 UNION SELECT id FROM conversations WHERE gone = FALSE AND parent = $1",
                (stored(channel.0),),
            )?;
            forget(connection, held, now)
        })
        .await
    }

    /// A guild is out of reach: see [`Store::channel_gone`].
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn guild_gone(&self, guild: GuildId) -> Result<Vec<ConversationId>, StoreError> {
        let now = self.tick();
        self.write(move |connection| {
            let held = connection.all(
                "SELECT id FROM conversations WHERE gone = FALSE AND guild = $1",
                (stored(guild.0),),
            )?;
            forget(connection, held, now)
        })
        .await
    }
}

/// See [`Store::known_channels`].
pub(super) fn known_channels(
    connection: &Connection,
) -> Result<Vec<(ChannelId, ConversationId, Kind)>, Fault> {
    let rows: Vec<(i64, i64, String)> = connection.all(
        "SELECT CASE WHEN kind = 'opening' THEN id ELSE channel END, id, kind FROM conversations \
         WHERE gone = FALSE AND kind <> 'chain' ORDER BY id",
        (),
    )?;
    let known = rows.into_iter().map(|(channel, id, kind)| {
        let kind = if kind == "direct" {
            Kind::Direct
        } else {
            Kind::Thread
        };
        (
            ChannelId(row::id(channel)),
            ConversationId(row::id(id)),
            kind,
        )
    });
    Ok(known.collect())
}

/// Makes sure that the conversation of a question is there, and held where the question was asked.
pub(super) fn ensure(connection: &Connection, ask: &Ask, now: i64) -> Result<(), Fault> {
    let (channel, parent, kind, history) = match &ask.home {
        Home::NewThread { parent, .. } => (*parent, Some(*parent), "opening", History::Whole),
        Home::Channel { channel, .. } if ask.guild.is_none() => {
            (*channel, None, "direct", History::Unread)
        }
        Home::Channel { channel, below } => (*channel, *below, "thread", History::Unread),
        // What a chain needs is found by its replies.
        Home::Chain { channel, .. } => (*channel, None, "chain", History::Whole),
    };
    // One that was gone is back, and events were missed meanwhile. A question inside a thread tells that it exists,
    // whoever opened it: the bot in this very moment, or somebody on a message that had begun a chain. It tells what the
    // thread hangs below, too: when that is deleted, Discord says nothing of the thread.
    connection.execute(
        "INSERT INTO conversations (id, channel, parent, guild, kind, history, lost, told_window, gone, fence, created) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, FALSE, FALSE, 0, $7) \
         ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, kind = excluded.kind, gone = FALSE, \
         parent = COALESCE(excluded.parent, conversations.parent), \
         history = CASE WHEN conversations.gone = TRUE OR conversations.kind = 'chain' THEN excluded.history \
         ELSE conversations.history END \
         WHERE conversations.gone = TRUE OR (excluded.kind = 'thread' AND (conversations.kind IN ('chain', 'opening') \
         OR (conversations.parent IS NULL AND excluded.parent IS NOT NULL)))",
        (
            stored(ask.conversation.0),
            stored(channel.0),
            parent.map(|parent| stored(parent.0)),
            ask.guild.map(|guild| stored(guild.0)),
            kind,
            history.name(),
            now,
        ),
    )?;
    Ok(())
}

/// The conversation of a reply chain that a message belongs to.
pub(super) fn chain_of(
    connection: &Connection,
    channel: ChannelId,
    message: MessageId,
) -> Result<Option<ConversationId>, Fault> {
    let found: Option<i64> = connection.first(
        "SELECT m.conversation FROM messages m JOIN conversations c ON c.id = m.conversation \
         WHERE m.id = $1 AND c.channel = $2 AND c.kind = 'chain' AND c.gone = FALSE ORDER BY m.conversation LIMIT 1",
        (stored(message.0), stored(channel.0)),
    )?;
    Ok(found.map(|id| ConversationId(row::id(id))))
}

/// Gives the turns of a conversation that have not ended their new home.
fn move_turns(
    connection: &Connection,
    conversation: ConversationId,
    settled: &Settled,
) -> Result<(), Fault> {
    let open: Vec<(i64, String, Option<i64>)> = connection.all(
        "SELECT t.ask, t.question, m.reply_to FROM turns t \
         LEFT JOIN messages m ON m.conversation = t.conversation AND m.id = t.ask \
         WHERE t.conversation = $1 AND t.state IN ('queued', 'running', 'joined')",
        (stored(conversation.0),),
    )?;
    for (id, question, reply_to) in open {
        let Some(mut ask) = from_json::<Ask>(&question) else {
            continue;
        };
        if !matches!(ask.home, Home::NewThread { .. }) {
            continue;
        }
        ask.home = match settled {
            Settled::Opened { thread, .. } | Settled::Joined { thread } => Home::Channel {
                channel: *thread,
                below: None,
            },
            Settled::Chain { channel } => Home::Chain {
                channel: *channel,
                parent: reply_to.map(|message| MessageId(row::id(message))),
            },
        };
        connection.execute(
            "UPDATE turns SET question = $2 WHERE ask = $1",
            (id, to_json(&ask)?),
        )?;
    }
    Ok(())
}

/// Erases what was said in conversations that are out of reach, and fails their open turns.
fn forget(
    connection: &Connection,
    conversations: Vec<i64>,
    lost: i64,
) -> Result<Vec<ConversationId>, Fault> {
    let now = now_ms();
    let outcome = to_json(&TurnError::Gone)?;
    if !conversations.is_empty() {
        connection.fold.soon();
    }
    for conversation in &conversations {
        connection.execute(
            "UPDATE turns SET state = 'failed', outcome = $2, reply = NULL, ended = $3, stopped = NULL \
             WHERE conversation = $1 AND state IN ('queued', 'running', 'joined')",
            (conversation, &outcome, now),
        )?;
        connection.execute(
            "DELETE FROM versions WHERE ask IN \
             (SELECT ask FROM turns WHERE conversation = $1 AND state IN ('done', 'failed'))",
            (conversation,),
        )?;
        connection.execute(
            "UPDATE turns SET reply = NULL WHERE conversation = $1 AND state IN ('done', 'failed')",
            (conversation,),
        )?;
        let ended = connection.all(
            "SELECT ask, question FROM turns WHERE conversation = $1 AND state IN ('done', 'failed')",
            (conversation,),
        )?;
        erase::unname(connection, ended)?;
        connection.execute(
            "DELETE FROM messages WHERE conversation = $1",
            (conversation,),
        )?;
        connection.execute(
            "UPDATE conversations SET gone = TRUE, history = 'unread', lost = $2, name = NULL WHERE id = $1",
            (conversation, lost),
        )?;
    }
    Ok(conversations
        .into_iter()
        .map(|id| ConversationId(row::id(id)))
        .collect())
}
