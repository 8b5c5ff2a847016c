//! Turns: stored before they are answered, and found again by those who ask what became of them.

use kaiwa_core::{
    button::Presser,
    error::TurnError,
    id::{ConversationId, GuildId, MessageId},
    message::{Ask, Home, Said},
    turn::TurnEnd,
};

use super::{
    Store, StoreError,
    connection::Connection,
    error::Fault,
    messages, now_ms, places,
    row::{self, stored, to_json},
};

/// What became of a question that was to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is queued. A reply to a message of a stored chain has joined that chain's conversation.
    New(Ask),
    /// It was told before, or its message is deleted already: there is nothing to do.
    Known,
}

/// Where a turn is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It waits for a worker.
    Queued,
    /// A worker answers it, or did when the process died.
    Running,
    /// The turn of an earlier question answers this one too.
    Joined {
        /// That turn.
        leader: MessageId,
    },
    /// It ended.
    Done(TurnEnd),
    /// It failed.
    Failed(TurnError),
}

/// The conversations with a turn to claim, and their guilds, the one that has waited longest first.
pub(super) const UNFINISHED: &str = "SELECT conversation, guild FROM turns \
     JOIN conversations ON conversations.id = conversation \
     WHERE state = 'queued' OR (state = 'running' AND run <> $1) GROUP BY conversation, guild ORDER BY MIN(ask)";

/// The turn of a later question for whose answer a message that was missed was read back, and how it stands: people can see that answer,
/// and it is whole or still being given. One that failed, or that somebody stopped or took back, has answered nothing else.
pub(super) const SEEN_BY_LATER: &str = "SELECT ask, state FROM turns WHERE conversation = $1 AND ask > $2 AND told = $3 AND reply IS NOT NULL \
     AND (state IN ('queued', 'running') OR (state = 'done' AND outcome LIKE '%\"answered\"%')) \
     AND EXISTS (SELECT 1 FROM messages WHERE conversation = $1 AND id = $2 AND deleted = FALSE) ORDER BY ask LIMIT 1";

impl Store {
    /// Keeps a question and its message, in one step: the conversation, the message, the queued turn.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn begin_turn(&self, ask: &Ask, said: &Said) -> Result<Begun, StoreError> {
        self.begin(ask, said, false).await
    }

    /// The same with a question that was read back: nobody heard it when it was asked. What a later question's answer has seen is
    /// answered with it.
    ///
    /// # Errors
    /// As of [`Store::begin_turn`].
    pub async fn begin_missed(&self, ask: &Ask, said: &Said) -> Result<Begun, StoreError> {
        self.begin(ask, said, true).await
    }

    async fn begin(&self, ask: &Ask, said: &Said, missed: bool) -> Result<Begun, StoreError> {
        let (mut ask, said, tick) = (ask.clone(), said.clone(), self.tick());
        let run = self.opened()?.run;
        self.write(move |connection| {
            let known: Option<i64> = connection.first(
                "SELECT ask FROM turns WHERE ask = $1",
                (stored(ask.message.0),),
            )?;
            if known.is_some() {
                return Ok(Begun::Known);
            }
            if missed && matches!(ask.home, Home::Channel { .. }) {
                let ids = (stored(ask.conversation.0), stored(ask.message.0), run);
                if let Some((later, state)) = connection.first::<(i64, String)>(SEEN_BY_LATER, ids)? {
                    pass(connection, &ask, run, (later, state == "done"))?;
                    return Ok(Begun::Known);
                }
            }
            if let Home::Chain { channel, parent: Some(parent) } = &ask.home
                && let Some(conversation) = places::chain_of(connection, *channel, *parent)?
            {
                ask.conversation = conversation;
            }
            let now = now_ms();
            places::ensure(connection, &ask, now)?;
            messages::insert(connection, ask.conversation, &said, tick)?;
            let queued = connection.execute(
                "INSERT INTO turns (ask, conversation, state, fence, run, version, question, created, missed, told) \
                 SELECT $1, $2, 'queued', 0, 0, 1, $3, $4, $5, $6 WHERE NOT EXISTS \
                 (SELECT 1 FROM messages WHERE conversation = $2 AND id = $1 AND deleted = TRUE) \
                 ON CONFLICT (ask) DO NOTHING",
                (stored(ask.message.0), stored(ask.conversation.0), to_json(&ask)?, now, missed, run),
            )?;
            Ok(if queued > 0 { Begun::New(ask) } else { Begun::Known })
        })
        .await
    }

    /// Where the turn of a message is; `None` where the message never asked.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]; [`StoreError::Other`] for a turn that was given up because its
    /// row can't be read.
    pub async fn turn(&self, ask: MessageId) -> Result<Option<Turn>, StoreError> {
        self.read(move |connection| {
            let found: Option<(String, Option<i64>, Option<String>)> = connection.first(
                "SELECT state, leader, outcome FROM turns WHERE ask = $1",
                (stored(ask.0),),
            )?;
            let Some((state, leader, outcome)) = found else {
                return Ok(None);
            };
            let outcome = outcome.unwrap_or_default();
            Ok(Some(match (state.as_str(), leader) {
                ("queued", _) => Turn::Queued,
                ("running", _) => Turn::Running,
                ("joined", Some(leader)) => Turn::Joined {
                    leader: MessageId(row::id(leader)),
                },
                ("done", _) => Turn::Done(serde_json::from_str(&outcome)?),
                _ => Turn::Failed(serde_json::from_str(&outcome)?),
            }))
        })
        .await
    }

    /// Keeps who wants the answer to a question to end, for whoever works on it now or later. Tells whether there is an
    /// answer to end.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn stop(&self, ask: MessageId, by: &Presser) -> Result<bool, StoreError> {
        let by = by.clone();
        self.write(move |connection| {
            let stopped = connection.execute(
                "UPDATE turns SET stopped = $2 WHERE state IN ('queued', 'running') \
                 AND ask = (SELECT COALESCE(t.leader, t.ask) FROM turns t WHERE t.ask = $1)",
                (stored(ask.0), to_json(&by)?),
            )?;
            Ok(stopped > 0)
        })
        .await
    }

    /// How far the answer to a message has come, as [`Store::save_reply`] kept it last; `None` where nothing was kept, or
    /// it was erased.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn reply(&self, ask: MessageId) -> Result<Option<String>, StoreError> {
        self.read(move |connection| {
            let kept: Option<Option<String>> = connection.first(
                "SELECT l.reply FROM turns t JOIN turns l ON l.ask = COALESCE(t.leader, t.ask) WHERE t.ask = $1",
                (stored(ask.0),),
            )?;
            Ok(kept.flatten())
        })
        .await
    }

    /// The conversations that have something to claim, and the guilds they are held in (none: direct messages), the one
    /// that has waited longest first: what a new process begins with.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn unfinished(&self) -> Result<Vec<(ConversationId, Option<GuildId>)>, StoreError> {
        let run = self.opened()?.run;
        self.read(move |connection| {
            let waiting: Vec<(i64, Option<i64>)> = connection.all(UNFINISHED, (run,))?;
            Ok(waiting
                .into_iter()
                .map(|(id, guild)| {
                    let guild = guild.map(|guild| GuildId(row::id(guild)));
                    (ConversationId(row::id(id)), guild)
                })
                .collect())
        })
        .await
    }
}

/// Keeps that a question is answered along with a later one. From here on they stay together: it ends as that one does, and is
/// answered again with it.
fn pass(
    connection: &Connection,
    ask: &Ask,
    run: i64,
    (later, is_done): (i64, bool),
) -> Result<(), Fault> {
    let ids = (stored(ask.message.0), stored(ask.conversation.0));
    let end = is_done.then(|| to_json(&TurnEnd::ANSWERED)).transpose()?;
    let (state, now) = (if is_done { "done" } else { "joined" }, now_ms());
    connection.execute(
        "INSERT INTO turns (ask, conversation, state, leader, fence, run, version, question, outcome, created, ended, missed, told) \
         VALUES ($1, $2, $3, $4, 0, 0, 1, $5, $6, $7, $8, TRUE, $9) ON CONFLICT (ask) DO NOTHING",
        (ids.0, ids.1, state, later, to_json(ask)?, end, now, is_done.then_some(now), run),
    )?;
    Ok(())
}
