//! Answers made again: the version that was is kept, and the turn waits for a worker once more, with the messages that
//! its answer has.

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Ask, AskKind, Attachment, Quoted, Said},
    turn::TurnEnd,
};

use super::{
    Before, Fence, Store, StoreError,
    connection::{Connection, record},
    error::Fault,
    leads::led,
    lease::held,
    messages, now_ms, places,
    row::{self, from_json, stored, to_json},
};

/// What became of an answer that was to be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Its turn is queued in this conversation; the new answer goes into the messages of the old one.
    Queued(ConversationId),
    /// It is being answered, or waits for that already.
    UnderWay(ConversationId),
    /// There is no such question any more, or there never was.
    Unknown,
}

/// What became of an answer that failed and was to be tried once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Retried {
    /// Its turn is queued; the new answer goes into the messages of the old one. The turn's first question, as it is
    /// stored.
    Queued(Ask),
    /// It is being answered, or waits for that already.
    UnderWay,
    /// It did not fail, or it was answered by now.
    Answered,
    /// The question is deleted.
    Deleted,
    /// The store does not have the question.
    Unknown,
}

/// A question that is found again on Discord, and what is to be seen of its answer there.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    /// The question.
    pub ask: &'a Ask,
    /// Its message.
    pub said: &'a Said,
    /// The messages of the answer, as [`Store::save_reply`] takes them.
    pub reply: &'a str,
    /// The text of the answer so far.
    pub text: &'a str,
}

/// An earlier version of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Which one, from 1.
    pub version: i64,
    /// The model's text, as far as it had come.
    pub text: String,
}

record!(Version { version, text });

impl Store {
    /// Lets the turn of a conversation that answers a question be answered once more. Questions that were answered together
    /// stay together.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn again(
        &self,
        conversation: ConversationId,
        ask: MessageId,
    ) -> Result<Again, StoreError> {
        // An answer whose end is owed is none that is under way.
        self.pay(Some(conversation)).await?;
        self.write(move |connection| {
            let is_here: bool = connection.one(
                "SELECT EXISTS (SELECT 1 FROM turns WHERE ask = $1 AND conversation = $2)",
                (stored(ask.0), stored(conversation.0)),
            )?;
            if is_here {
                requeue(connection, ask)
            } else {
                Ok(Again::Unknown)
            }
        })
        .await
    }

    /// Lets the turn that answers a question be tried once more, if it failed.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn retry(&self, ask: MessageId) -> Result<Retried, StoreError> {
        self.write(move |connection| {
            let Some(led) = led(connection, ask)? else {
                return Ok(Retried::Unknown);
            };
            let Some(question) = from_json::<Ask>(&led.question) else {
                return Ok(Retried::Unknown);
            };
            match (led.state.as_str(), led.deleted) {
                ("queued" | "running" | "joined", _) => Ok(Retried::UnderWay),
                (_, Some(true)) => Ok(Retried::Deleted),
                // The place was out of reach, and what was said there is forgotten.
                (_, None) => Ok(Retried::Unknown),
                ("failed", Some(false)) => {
                    requeue(connection, ask)?;
                    Ok(Retried::Queued(question))
                }
                // A process gave it that had no store, and may have failed.
                (_, Some(false)) if is_unkept(connection, led.turn)? => Ok(Retried::Unknown),
                (_, Some(false)) => Ok(Retried::Answered),
            }
        })
        .await
    }

    /// Takes in a question that was answered before, but of which the store knows nothing any more, to be answered once
    /// more in the same messages. Tells whether it is queued now; `false` where it is being answered.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn begin_again(&self, found: &Found<'_>) -> Result<bool, StoreError> {
        let Found { ask, said, .. } = *found;
        let (ask, said) = (ask.clone(), said.clone());
        let (reply, text) = (found.reply.to_owned(), found.text.to_owned());
        let tick = self.tick();
        self.write(move |connection| {
            let now = now_ms();
            places::ensure(connection, &ask, now)?;
            messages::insert(connection, ask.conversation, &said, tick)?;
            let queued = connection.execute(
                "INSERT INTO turns (ask, conversation, state, fence, run, version, question, reply, created) \
                 VALUES ($1, $2, 'queued', 0, 0, 2, $3, $4, $5) ON CONFLICT (ask) DO UPDATE SET state = 'queued', \
                 leader = NULL, version = turns.version + 1, question = excluded.question, reply = excluded.reply, \
                 outcome = NULL, ended = NULL, stopped = NULL WHERE turns.state IN ('done', 'failed')",
                (stored(ask.message.0), stored(ask.conversation.0), to_json(&ask)?, reply, now),
            )?;
            if queued == 0 {
                return Ok(false);
            }
            connection.execute(
                "INSERT INTO versions (ask, version, text, outcome, ended) \
                 SELECT ask, version - 1, $2, NULL, $3 FROM turns WHERE ask = $1 ON CONFLICT (ask, version) DO NOTHING",
                (stored(ask.message.0), text, now),
            )?;
            Ok(true)
        })
        .await
    }

    /// The running turn begins a new version of its answer, and keeps the one before.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn begin_version(&self, fence: &Fence, before: Before) -> Result<(), StoreError> {
        let fence = fence.copy();
        self.write(move |connection| {
            let begun = connection.execute(
                "UPDATE turns SET version = version + 1, stopped = NULL WHERE ask = $1 AND fence = $2 AND state = 'running'",
                (stored(fence.turn.0), fence.number),
            )?;
            held(begun)?;
            let outcome = before.is_whole.then(|| to_json(&TurnEnd::ANSWERED));
            let outcome = outcome.transpose()?;
            connection.execute(
                "INSERT INTO versions (ask, version, text, outcome, ended) \
                 SELECT ask, version - 1, $2, $3, $4 FROM turns WHERE ask = $1 ON CONFLICT (ask, version) DO NOTHING",
                (stored(fence.turn.0), before.text, outcome, now_ms()),
            )?;
            Ok(())
        })
        .await
    }

    /// The earlier versions of a turn's answer, oldest first; `turn` is its first question.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn versions(&self, turn: MessageId) -> Result<Vec<Version>, StoreError> {
        self.read(move |connection| {
            let versions = connection.all(
                "SELECT version, text FROM versions WHERE ask = $1 ORDER BY version",
                (stored(turn.0),),
            )?;
            Ok(versions)
        })
        .await
    }
}

/// Nothing is kept of the answer that a turn has, not even which messages it has.
fn is_unkept(connection: &Connection, turn: i64) -> Result<bool, Fault> {
    connection.one(
        "SELECT EXISTS (SELECT 1 FROM turns WHERE ask = $1 AND reply IS NULL)",
        (turn,),
    )
}

/// See [`Store::again`].
pub(super) fn requeue(connection: &Connection, ask: MessageId) -> Result<Again, Fault> {
    // A question that was answered along with others is asked again along with them.
    let Some(led) = led(connection, ask)?.filter(|led| led.deleted == Some(false)) else {
        return Ok(Again::Unknown);
    };
    let (turn, conversation) = (led.turn, ConversationId(row::id(led.conversation)));
    word(connection, ask)?;
    if !matches!(led.state.as_str(), "done" | "failed") {
        return Ok(Again::UnderWay(conversation));
    }
    keep(connection, turn)?;
    connection.execute(
        "UPDATE turns SET state = 'queued', version = version + 1, outcome = NULL, ended = NULL, stopped = NULL \
         WHERE ask = $1",
        (turn,),
    )?;
    connection.execute(
        "UPDATE turns SET state = 'joined', outcome = NULL, ended = NULL \
         WHERE leader = $1 AND state IN ('done', 'failed') AND EXISTS (SELECT 1 FROM messages m \
         WHERE m.conversation = turns.conversation AND m.id = turns.ask AND m.deleted = FALSE)",
        (turn,),
    )?;
    Ok(Again::Queued(conversation))
}

/// Keeps the version that has ended.
fn keep(connection: &Connection, turn: i64) -> Result<(), Fault> {
    let parts: Vec<String> = connection.all(
        "SELECT m.text FROM messages m JOIN turns t ON t.conversation = m.conversation AND t.ask = m.answers \
         WHERE t.ask = $1 AND m.deleted = FALSE ORDER BY m.part, m.id",
        (turn,),
    )?;
    connection.execute(
        "INSERT INTO versions (ask, version, text, outcome, ended) \
         SELECT ask, version, $2, outcome, COALESCE(ended, $3) FROM turns WHERE ask = $1 \
         ON CONFLICT (ask, version) DO NOTHING",
        (turn, parts.concat(), now_ms()),
    )?;
    Ok(())
}

/// What was only a call before may have words now: then it is a question. And what has lost them is only a call.
fn word(connection: &Connection, ask: MessageId) -> Result<(), Fault> {
    let found: Option<(String, String, String, Option<String>)> = connection.first(
        "SELECT t.question, m.text, m.attachments, m.quoted FROM turns t \
         JOIN messages m ON m.conversation = t.conversation AND m.id = t.ask WHERE t.ask = $1",
        (stored(ask.0),),
    )?;
    let Some((question, text, attachments, quoted)) = found else {
        return Ok(());
    };
    let attachments: Vec<Attachment> = from_json(&attachments).unwrap_or_default();
    let quoted: Option<Quoted> = quoted.as_deref().and_then(from_json);
    let kind = AskKind::of(&text, &attachments, quoted.as_ref());
    if let Some(ask) = from_json::<Ask>(&question).filter(|ask| ask.kind != kind) {
        connection.execute(
            "UPDATE turns SET question = $2 WHERE ask = $1",
            (stored(ask.message.0), to_json(&Ask { kind, ..ask })?),
        )?;
    }
    Ok(())
}
