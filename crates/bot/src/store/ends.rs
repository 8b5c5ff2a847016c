//! How turns end in the store, also when the store can't be written just then.

use std::sync::{MutexGuard, PoisonError};

use kaiwa_core::{error::TurnError, id::ConversationId, turn::TurnEnd};
use sqlx::SqliteConnection;

use super::{
    Fence, Shown, Store, StoreError,
    error::Fault,
    lease::{held, record_parts},
    now_ms,
    row::{stored, to_json},
};

/// An end that could not be written. It is kept, and written before its conversation is claimed again: otherwise the
/// turn would seem to run, and its conversation would be silent, or be answered twice.
#[derive(Debug)]
pub(super) struct Owed {
    fence: Fence,
    end: End,
    shown: Shown,
}

/// How a worker leaves a turn.
#[derive(Debug)]
enum End {
    Finished(TurnEnd),
    Failed(TurnError),
    Released,
}

impl Store {
    /// Ends a running turn and those that joined it, and keeps what is shown of its answer. Where its own question was
    /// withdrawn, the others wait again.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]. With [`StoreError::Full`], [`StoreError::Busy`] and the others the store keeps the end in
    /// memory, and writes it before the conversation's next claim or when it is closed.
    pub async fn finish(
        &self,
        fence: &Fence,
        end: TurnEnd,
        shown: Shown,
    ) -> Result<(), StoreError> {
        self.end(fence, End::Finished(end), shown).await
    }

    /// Ends a running turn and those that joined it, without an answer or with a part of it.
    ///
    /// # Errors
    /// As of [`Store::finish`].
    pub async fn fail(
        &self,
        fence: &Fence,
        error: &TurnError,
        shown: Shown,
    ) -> Result<(), StoreError> {
        self.end(fence, End::Failed(error.clone()), shown).await
    }

    /// Lets a running turn wait for another worker, which goes on with what is shown of its answer.
    ///
    /// # Errors
    /// As of [`Store::finish`].
    pub async fn release(&self, fence: &Fence, shown: Shown) -> Result<(), StoreError> {
        self.end(fence, End::Released, shown).await
    }

    /// The worker of a conversation is gone without a word, by a panic: what it ran can be claimed again, and should it
    /// still be alive, it can't write any more.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn abandoned(&self, conversation: ConversationId) -> Result<(), StoreError> {
        self.pay(Some(conversation)).await?;
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

    async fn end(&self, fence: &Fence, end: End, shown: Shown) -> Result<(), StoreError> {
        let written = self.write(async |connection| {
            write_end(connection, fence, &end, &shown).await?;
            record_parts(connection, fence, &shown.parts, self.tick()).await
        });
        let written = written.await;
        if let Err(error) = &written
            && !matches!(error, StoreError::Fenced)
        {
            let fence = Fence { ..*fence };
            self.owed().push(Owed { fence, end, shown });
        }
        written
    }

    /// Writes the ends that are owed, of one conversation or of all.
    pub(super) async fn pay(&self, conversation: Option<ConversationId>) -> Result<(), StoreError> {
        let due = |owed: &Owed| {
            conversation.is_none_or(|conversation| owed.fence.conversation == conversation)
        };
        loop {
            let owed = {
                let mut all = self.owed();
                let Some(at) = all.iter().position(due) else {
                    return Ok(());
                };
                all.swap_remove(at)
            };
            // A failure keeps it owed; a turn that has ended otherwise meanwhile needs nothing.
            match self.end(&owed.fence, owed.end, owed.shown).await {
                Ok(()) | Err(StoreError::Fenced) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Every state of the list is a whole one, also after a panic: it changes by single steps.
    fn owed(&self) -> MutexGuard<'_, Vec<Owed>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write_end(
    connection: &mut SqliteConnection,
    fence: &Fence,
    end: &End,
    shown: &Shown,
) -> Result<(), Fault> {
    match end {
        End::Finished(end) => {
            close(connection, fence, "done", &to_json(end)?, shown).await?;
            match end {
                TurnEnd::Answered { .. } | TurnEnd::PassedBy | TurnEnd::Stopped { .. } => {
                    close_joined(connection, fence).await
                }
                TurnEnd::Withdrawn => part_joined(connection, fence).await,
            }
        }
        End::Failed(error) => {
            close(connection, fence, "failed", &to_json(error)?, shown).await?;
            close_joined(connection, fence).await
        }
        End::Released => put_back(connection, fence, shown).await,
    }
}

/// Lets the turn wait. Before the first word of its answer those that joined it wait for themselves.
async fn put_back(
    connection: &mut SqliteConnection,
    fence: &Fence,
    shown: &Shown,
) -> Result<(), Fault> {
    let reply: Option<Option<String>> = sqlx::query_scalar(
        "UPDATE turns SET state = 'queued', reply = COALESCE($3, reply) \
         WHERE ask = $1 AND fence = $2 AND state = 'running' RETURNING reply",
    )
    .bind(stored(fence.turn.0))
    .bind(fence.number)
    .bind(&shown.state)
    .fetch_optional(&mut *connection)
    .await?;
    match reply {
        None => Err(Fault::Fenced),
        Some(None) => part_joined(connection, fence).await,
        Some(Some(_)) => Ok(()),
    }
}

/// Ends the turn itself. What was kept of the answer stays: another version of it goes into the same messages.
async fn close(
    connection: &mut SqliteConnection,
    fence: &Fence,
    state: &'static str,
    outcome: &str,
    shown: &Shown,
) -> Result<(), Fault> {
    let closed = sqlx::query(
        "UPDATE turns SET state = $3, outcome = $4, ended = $5, reply = COALESCE($6, reply) \
         WHERE ask = $1 AND fence = $2 AND state = 'running'",
    )
    .bind(stored(fence.turn.0))
    .bind(fence.number)
    .bind(state)
    .bind(outcome)
    .bind(now_ms())
    .bind(&shown.state)
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
