//! Turns: stored before they are answered, claimed by one worker, written with a fence, ended once.

use kaiwa_core::{
    error::TurnError,
    id::{ConversationId, MessageId},
    message::{Ask, Home, Said},
    turn::TurnEnd,
};
use sqlx::SqliteConnection;

use super::{
    Store, StoreError,
    error::Fault,
    messages, now_ms, places,
    row::{self, from_json, stored, to_json},
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

/// The witness that a worker owns a turn. Whoever claims the turn after it gets a higher number, and this one can't
/// write any more.
#[derive(Debug)]
pub struct Fence {
    turn: MessageId,
    conversation: ConversationId,
    number: i64,
}

impl Fence {
    /// The turn, which is the id of its first question's message.
    pub fn turn(&self) -> MessageId {
        self.turn
    }

    /// The turn's conversation.
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }
}

/// A turn to be answered now.
#[derive(Debug)]
pub struct Claim {
    /// The right to write it.
    pub fence: Fence,
    /// Its questions, oldest first and never none; the turn bears the id of [`Claim::fence`]'s turn.
    pub asks: Vec<Ask>,
    /// How far the answer had come, as [`Store::save_reply`] kept it, where another worker had begun it. Questions that
    /// came after such an answer wait; [`Store::absorb`] takes them in.
    pub reply: Option<String>,
}

/// The conversations with a turn to claim, the one that has waited longest first.
pub(super) const UNFINISHED: &str = "SELECT conversation FROM turns \
     WHERE state = 'queued' OR (state = 'running' AND run <> $1) GROUP BY conversation ORDER BY MIN(ask)";

/// Gives a number for a claim, if there is something to claim and nobody of this run is at work. It also makes others
/// who claim at the same time wait.
pub(super) const NUMBER: &str = "UPDATE conversations SET fence = fence + 1 WHERE id = $1 \
     AND EXISTS (SELECT 1 FROM turns WHERE conversation = $1 AND state IN ('queued', 'running')) \
     AND NOT EXISTS (SELECT 1 FROM turns WHERE conversation = $1 AND state = 'running' AND run = $2) \
     RETURNING fence";

/// The turns of a conversation that have not ended.
pub(super) const OPEN: &str = "SELECT ask, state, leader, question, reply FROM turns \
     WHERE conversation = $1 AND state IN ('queued', 'running', 'joined') ORDER BY ask";

impl Store {
    /// Keeps a question and its message, in one step: the conversation, the message, the queued turn.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn begin_turn(&self, ask: &Ask, said: &Said) -> Result<Begun, StoreError> {
        self.write(async |connection| {
            let known: Option<i64> = sqlx::query_scalar("SELECT ask FROM turns WHERE ask = $1")
                .bind(stored(ask.message.0))
                .fetch_optional(&mut *connection)
                .await?;
            if known.is_some() {
                return Ok(Begun::Known);
            }
            let mut ask = ask.clone();
            if let Home::Chain { channel, parent: Some(parent) } = &ask.home
                && let Some(conversation) = places::chain_of(connection, *channel, *parent).await?
            {
                ask.conversation = conversation;
            }
            let now = now_ms();
            places::ensure(connection, &ask, now).await?;
            messages::insert(connection, ask.conversation, said, self.tick()).await?;
            let queued = sqlx::query(
                "INSERT INTO turns (ask, conversation, state, fence, run, version, question, created) \
                 SELECT $1, $2, 'queued', 0, 0, 1, $3, $4 WHERE NOT EXISTS \
                 (SELECT 1 FROM messages WHERE conversation = $2 AND id = $1 AND deleted = TRUE) \
                 ON CONFLICT (ask) DO NOTHING",
            )
            .bind(stored(ask.message.0))
            .bind(stored(ask.conversation.0))
            .bind(to_json(&ask)?)
            .bind(now)
            .execute(connection)
            .await?;
            Ok(if queued.rows_affected() > 0 { Begun::New(ask) } else { Begun::Known })
        })
        .await
    }

    /// Where the turn of a message is; `None` where the message never asked.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]; [`StoreError::Other`] for a turn that was given up because its
    /// row can't be read.
    pub async fn turn(&self, ask: MessageId) -> Result<Option<Turn>, StoreError> {
        self.read(async |connection| {
            let found: Option<(String, Option<i64>, Option<String>)> =
                sqlx::query_as("SELECT state, leader, outcome FROM turns WHERE ask = $1")
                    .bind(stored(ask.0))
                    .fetch_optional(connection)
                    .await?;
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

    /// The conversations that have something to claim, the one that has waited longest first: what a new process
    /// begins with.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn unfinished(&self) -> Result<Vec<ConversationId>, StoreError> {
        self.read(async |connection| {
            let waiting: Vec<i64> = sqlx::query_scalar(UNFINISHED)
                .bind(self.run)
                .fetch_all(connection)
                .await?;
            Ok(waiting
                .into_iter()
                .map(|id| ConversationId(row::id(id)))
                .collect())
        })
        .await
    }

    /// Claims what a conversation has to be answered: all its queued questions as one turn, led by the oldest (of a
    /// reply chain those that belong together, see [`Ask::joins`]), or the turn that a dead process or a drain left.
    /// `None` where there is nothing, or a worker of this process has it.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn claim(&self, conversation: ConversationId) -> Result<Option<Claim>, StoreError> {
        self.write(async |connection| {
            let number: Option<i64> = sqlx::query_scalar(NUMBER)
                .bind(stored(conversation.0))
                .bind(self.run)
                .fetch_optional(&mut *connection)
                .await?;
            let Some(number) = number else {
                return Ok(None);
            };
            let open = open_turns(connection, conversation).await?;
            // What was begun before goes first, the oldest question otherwise.
            let begun = open.iter().find(|turn| turn.state == State::Running || turn.reply.is_some());
            let Some(leader) = begun.or_else(|| open.iter().find(|turn| turn.state == State::Queued)) else {
                return Ok(None);
            };
            let fence = Fence { turn: leader.ask.message, conversation, number };
            sqlx::query(
                "UPDATE turns SET state = 'running', leader = NULL, fence = $2, run = $3, claimed = $4 WHERE ask = $1",
            )
            .bind(stored(fence.turn.0))
            .bind(number)
            .bind(self.run)
            .bind(now_ms())
            .execute(&mut *connection)
            .await?;
            let belongs = |turn: &&Open| match turn.leader {
                Some(joined) if joined == fence.turn => true,
                _ => leader.reply.is_none() && turn.ask.message != fence.turn && turn.ask.joins(&leader.ask),
            };
            let mut asks = vec![leader.ask.clone()];
            for turn in open.iter().filter(belongs) {
                join(connection, &fence, turn.ask.message).await?;
                asks.push(turn.ask.clone());
            }
            asks.sort_unstable_by_key(|ask| ask.message);
            Ok(Some(Claim { fence, asks, reply: leader.reply.clone() }))
        })
        .await
    }

    /// Takes the questions that have come meanwhile into a running turn; tells them, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn absorb(&self, fence: &Fence) -> Result<Vec<Ask>, StoreError> {
        self.write(async |connection| {
            hold(connection, fence).await?;
            let open = open_turns(connection, fence.conversation).await?;
            let mut asks = Vec::new();
            let leader = open.iter().find(|turn| turn.ask.message == fence.turn);
            let queued = open.iter().filter(|turn| turn.state == State::Queued);
            for turn in
                queued.filter(|turn| leader.is_some_and(|leader| turn.ask.joins(&leader.ask)))
            {
                join(connection, fence, turn.ask.message).await?;
                asks.push(turn.ask.clone());
            }
            Ok(asks)
        })
        .await
    }

    /// Keeps how far the answer of a running turn has come: what the next worker needs to go on with it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn save_reply(&self, fence: &Fence, state: &str) -> Result<(), StoreError> {
        self.write(async |connection| {
            let saved = sqlx::query(
                "UPDATE turns SET reply = $3 WHERE ask = $1 AND fence = $2 AND state = 'running'",
            )
            .bind(stored(fence.turn.0))
            .bind(fence.number)
            .bind(state)
            .execute(connection)
            .await?;
            held(saved.rows_affected())
        })
        .await
    }

    /// Keeps the messages of a running turn's answer, in order, with the part of the model's text that each holds now.
    /// A message that was deleted meanwhile stays deleted.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn record_parts(&self, fence: &Fence, parts: &[Said]) -> Result<(), StoreError> {
        self.write(async |connection| {
            hold(connection, fence).await?;
            for (part, said) in parts.iter().enumerate() {
                let now = self.tick();
                messages::upsert_part(connection, fence.conversation, fence.turn, part, said, now)
                    .await?;
            }
            Ok(())
        })
        .await
    }

    /// Ends a running turn and those that joined it. Where its own question was withdrawn, the others wait again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn finish(&self, fence: &Fence, end: TurnEnd) -> Result<(), StoreError> {
        self.write(async |connection| {
            close(connection, fence, "done", &to_json(&end)?).await?;
            match end {
                TurnEnd::Answered { .. } => close_joined(connection, fence).await,
                TurnEnd::Withdrawn => part_joined(connection, fence).await,
            }
        })
        .await
    }

    /// Ends a running turn and those that joined it, without an answer or with a part of it.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn fail(&self, fence: &Fence, error: &TurnError) -> Result<(), StoreError> {
        self.write(async |connection| {
            close(connection, fence, "failed", &to_json(error)?).await?;
            close_joined(connection, fence).await
        })
        .await
    }

    /// Lets a running turn wait for another worker, which goes on with what was saved of its answer.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn release(&self, fence: &Fence) -> Result<(), StoreError> {
        self.write(async |connection| {
            let reply: Option<Option<String>> = sqlx::query_scalar(
                "UPDATE turns SET state = 'queued' WHERE ask = $1 AND fence = $2 AND state = 'running' RETURNING reply",
            )
            .bind(stored(fence.turn.0))
            .bind(fence.number)
            .fetch_optional(&mut *connection)
            .await?;
            match reply {
                None => Err(Fault::Fenced),
                Some(None) => part_joined(connection, fence).await,
                Some(Some(_)) => Ok(()),
            }
        })
        .await
    }

    /// The worker of a conversation is gone without a word, by a panic: what it ran can be claimed again, and should it
    /// still be alive, it can't write any more.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn abandoned(&self, conversation: ConversationId) -> Result<(), StoreError> {
        self.write(async |connection| {
            // Neither number is ever given out.
            sqlx::query(
                "UPDATE turns SET run = 0, fence = 0 WHERE conversation = $1 AND state = 'running'",
            )
            .bind(stored(conversation.0))
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
    }
}

/// A turn that has not ended.
#[derive(Debug)]
struct Open {
    ask: Ask,
    state: State,
    leader: Option<MessageId>,
    reply: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Queued,
    Running,
    Joined,
}

type OpenRow = (i64, String, Option<i64>, String, Option<String>);

/// The turns of a conversation that have not ended, oldest first. One that can't be read would block the conversation
/// for ever: it is given up.
async fn open_turns(
    connection: &mut SqliteConnection,
    conversation: ConversationId,
) -> Result<Vec<Open>, Fault> {
    let rows: Vec<OpenRow> = sqlx::query_as(OPEN)
        .bind(stored(conversation.0))
        .fetch_all(&mut *connection)
        .await?;
    let mut open = Vec::with_capacity(rows.len());
    for (id, state, leader, question, reply) in rows {
        let Some(ask) = from_json(&question) else {
            tracing::error!(
                turn = row::id(id),
                "a question that can't be read is given up"
            );
            sqlx::query(
                "UPDATE turns SET state = 'failed', reply = NULL, ended = $2 WHERE ask = $1",
            )
            .bind(id)
            .bind(now_ms())
            .execute(&mut *connection)
            .await?;
            continue;
        };
        open.push(Open {
            ask,
            state: match state.as_str() {
                "running" => State::Running,
                "joined" => State::Joined,
                _ => State::Queued,
            },
            leader: leader.map(|leader| MessageId(row::id(leader))),
            reply,
        });
    }
    Ok(open)
}

/// Makes sure that the worker still owns its turn, for the rest of the transaction.
pub(super) async fn hold(connection: &mut SqliteConnection, fence: &Fence) -> Result<(), Fault> {
    // An update rather than a question: on an engine with several writers it also keeps others from claiming.
    let touched = sqlx::query(
        "UPDATE turns SET fence = fence WHERE ask = $1 AND fence = $2 AND state = 'running'",
    )
    .bind(stored(fence.turn.0))
    .bind(fence.number)
    .execute(connection)
    .await?;
    held(touched.rows_affected())
}

/// A statement that names the fence has found its row.
fn held(rows: u64) -> Result<(), Fault> {
    if rows > 0 { Ok(()) } else { Err(Fault::Fenced) }
}

async fn join(
    connection: &mut SqliteConnection,
    fence: &Fence,
    ask: MessageId,
) -> Result<(), Fault> {
    sqlx::query("UPDATE turns SET state = 'joined', leader = $2 WHERE ask = $1")
        .bind(stored(ask.0))
        .bind(stored(fence.turn.0))
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends the turn itself. What was kept of the answer is in its messages; the rest is forgotten.
async fn close(
    connection: &mut SqliteConnection,
    fence: &Fence,
    state: &'static str,
    outcome: &str,
) -> Result<(), Fault> {
    let closed = sqlx::query(
        "UPDATE turns SET state = $3, outcome = $4, reply = NULL, ended = $5 \
         WHERE ask = $1 AND fence = $2 AND state = 'running'",
    )
    .bind(stored(fence.turn.0))
    .bind(fence.number)
    .bind(state)
    .bind(outcome)
    .bind(now_ms())
    .execute(connection)
    .await?;
    held(closed.rows_affected())
}

/// Ends the joined turns as their leader ended.
async fn close_joined(connection: &mut SqliteConnection, fence: &Fence) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE turns SET state = (SELECT l.state FROM turns l WHERE l.ask = $1), \
         outcome = (SELECT l.outcome FROM turns l WHERE l.ask = $1), ended = $2 \
         WHERE leader = $1 AND state = 'joined'",
    )
    .bind(stored(fence.turn.0))
    .bind(now_ms())
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets the joined turns wait for themselves again.
async fn part_joined(connection: &mut SqliteConnection, fence: &Fence) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE turns SET state = 'queued', leader = NULL WHERE leader = $1 AND state = 'joined'",
    )
    .bind(stored(fence.turn.0))
    .execute(connection)
    .await?;
    Ok(())
}
