//! Answers made again: the version that was is kept, and the turn waits for a worker once more, with the messages that
//! its answer has.

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Ask, AskKind},
    text::is_blank,
};
use sqlx::SqliteConnection;

use super::{
    Fence, Store, StoreError,
    error::Fault,
    lease::held,
    now_ms,
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

/// An earlier version of an answer.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// Which one, from 1.
    pub version: i64,
    /// The model's text, as far as it had come.
    pub text: String,
}

impl Store {
    /// Lets the turn that answers a question be answered once more. Questions that were answered together stay together.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn again(&self, ask: MessageId) -> Result<Again, StoreError> {
        self.write(async |connection| requeue(connection, ask).await)
            .await
    }

    /// The running turn begins a new version of its answer; of the one before, this is the text.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn begin_version(&self, fence: &Fence, before: &str) -> Result<(), StoreError> {
        self.write(async |connection| {
            let begun = sqlx::query(
                "UPDATE turns SET version = version + 1 WHERE ask = $1 AND fence = $2 AND state = 'running'",
            )
            .bind(stored(fence.turn.0))
            .bind(fence.number)
            .execute(&mut *connection)
            .await?;
            held(begun.rows_affected())?;
            sqlx::query(
                "INSERT INTO versions (ask, version, text, outcome, ended) \
                 SELECT ask, version - 1, $2, NULL, $3 FROM turns WHERE ask = $1 ON CONFLICT (ask, version) DO NOTHING",
            )
            .bind(stored(fence.turn.0))
            .bind(before)
            .bind(now_ms())
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
    }

    /// The earlier versions of a turn's answer, oldest first; `turn` is its first question.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn versions(&self, turn: MessageId) -> Result<Vec<Version>, StoreError> {
        self.read(async |connection| {
            let versions = sqlx::query_as(
                "SELECT version, text FROM versions WHERE ask = $1 ORDER BY version",
            )
            .bind(stored(turn.0))
            .fetch_all(connection)
            .await?;
            Ok(versions)
        })
        .await
    }
}

/// See [`Store::again`].
pub(super) async fn requeue(
    connection: &mut SqliteConnection,
    ask: MessageId,
) -> Result<Again, Fault> {
    // A question that was answered along with others is asked again along with them.
    let found: Option<(i64, i64, String, String)> = sqlx::query_as(
        "SELECT l.ask, l.conversation, l.state, l.question FROM turns t JOIN turns l ON l.ask = COALESCE(t.leader, t.ask) \
         JOIN messages m ON m.conversation = l.conversation AND m.id = l.ask WHERE t.ask = $1 AND m.deleted = FALSE",
    )
    .bind(stored(ask.0))
    .fetch_optional(&mut *connection)
    .await?;
    let Some((turn, conversation, state, question)) = found else {
        return Ok(Again::Unknown);
    };
    let conversation = ConversationId(row::id(conversation));
    if !matches!(state.as_str(), "done" | "failed") {
        return Ok(Again::UnderWay(conversation));
    }
    keep(connection, turn).await?;
    let question = worded(connection, turn, &question).await?;
    sqlx::query(
        "UPDATE turns SET state = 'queued', version = version + 1, question = $2, outcome = NULL, ended = NULL \
         WHERE ask = $1",
    )
    .bind(turn)
    .bind(question)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE turns SET state = 'joined', outcome = NULL, ended = NULL \
         WHERE leader = $1 AND state IN ('done', 'failed')",
    )
    .bind(turn)
    .execute(connection)
    .await?;
    Ok(Again::Queued(conversation))
}

/// Keeps the version that has ended.
async fn keep(connection: &mut SqliteConnection, turn: i64) -> Result<(), Fault> {
    let parts: Vec<String> = sqlx::query_scalar(
        "SELECT m.text FROM messages m JOIN turns t ON t.conversation = m.conversation AND t.ask = m.answers \
         WHERE t.ask = $1 AND m.deleted = FALSE ORDER BY m.part, m.id",
    )
    .bind(turn)
    .fetch_all(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO versions (ask, version, text, outcome, ended) \
         SELECT ask, version, $2, outcome, COALESCE(ended, $3) FROM turns WHERE ask = $1 \
         ON CONFLICT (ask, version) DO NOTHING",
    )
    .bind(turn)
    .bind(parts.concat())
    .bind(now_ms())
    .execute(connection)
    .await?;
    Ok(())
}

/// The question as it is stored; what was only a call before may have words now.
async fn worded(
    connection: &mut SqliteConnection,
    turn: i64,
    question: &str,
) -> Result<String, Fault> {
    let Some(ask) = from_json::<Ask>(question).filter(|ask| ask.kind == AskKind::Greeting) else {
        return Ok(question.to_owned());
    };
    let text: Option<String> = sqlx::query_scalar(
        "SELECT m.text FROM messages m JOIN turns t ON t.conversation = m.conversation AND t.ask = m.id \
         WHERE t.ask = $1",
    )
    .bind(turn)
    .fetch_optional(connection)
    .await?;
    let kind = match text {
        Some(text) if !is_blank(&text) => AskKind::Question,
        Some(_) | None => AskKind::Greeting,
    };
    Ok(to_json(&Ask { kind, ..ask })?)
}
