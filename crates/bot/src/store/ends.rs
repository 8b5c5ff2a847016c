//! How turns end in the store, also when the store can't be written just then.

use std::sync::{Arc, MutexGuard, PoisonError};

use kaiwa_core::{
    error::TurnError,
    id::{ConversationId, MessageId},
    turn::TurnEnd,
};

use super::{
    Fence, Shown, Store, StoreError,
    connection::Connection,
    error::Fault,
    leads::led,
    lease::{forget_left, held, record_parts},
    now_ms,
    row::{self, stored, to_json},
    taken::Taken,
    versions::{Again, requeue},
};

/// An end that could not be written. It is kept, and written before its conversation is claimed again: otherwise the
/// turn would seem to run, and its conversation would be silent, or be answered twice.
#[derive(Debug)]
pub(super) struct Owed {
    right: Right,
    end: End,
    shown: Shown,
}

/// What allows a worker to write how its turn ended.
#[derive(Debug)]
pub enum Right {
    /// It has claimed the turn.
    Claimed(Fence),
    /// It could only read the questions.
    Taken(Taken),
    /// The same of questions whose answer had ended, and was made again for somebody who pressed for it.
    Again(Taken),
}

impl From<&Fence> for Right {
    fn from(fence: &Fence) -> Self {
        Self::Claimed(fence.copy())
    }
}

impl Right {
    fn conversation(&self) -> ConversationId {
        match self {
            Self::Claimed(fence) => fence.conversation,
            Self::Taken(taken) | Self::Again(taken) => taken.conversation,
        }
    }
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
        right: impl Into<Right>,
        end: TurnEnd,
        shown: Shown,
    ) -> Result<(), StoreError> {
        self.end(right.into(), End::Finished(end), shown).await
    }

    /// Ends a running turn and those that joined it, without an answer or with a part of it.
    ///
    /// # Errors
    /// As of [`Store::finish`].
    pub async fn fail(
        &self,
        right: impl Into<Right>,
        error: &TurnError,
        shown: Shown,
    ) -> Result<(), StoreError> {
        self.end(right.into(), End::Failed(error.clone()), shown)
            .await
    }

    /// Lets a running turn wait for another worker, which goes on with what is shown of its answer.
    ///
    /// # Errors
    /// As of [`Store::finish`].
    pub async fn release(&self, right: impl Into<Right>, shown: Shown) -> Result<(), StoreError> {
        self.end(right.into(), End::Released, shown).await
    }

    /// The worker of a conversation is gone without a word, by a panic: what it ran can be claimed again, and should it
    /// still be alive, it can't write any more.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn abandoned(&self, conversation: ConversationId) -> Result<(), StoreError> {
        self.pay(Some(conversation)).await?;
        self.write(move |connection| {
            // Neither number is ever given out.
            connection.execute(
                "UPDATE turns SET run = 0, fence = 0 WHERE conversation = $1 AND state = 'running'",
                (stored(conversation.0),),
            )?;
            Ok(())
        })
        .await
    }

    async fn end(&self, right: Right, end: End, shown: Shown) -> Result<(), StoreError> {
        self.settle(Arc::new(Owed { right, end, shown })).await
    }

    async fn settle(&self, owed: Arc<Owed>) -> Result<(), StoreError> {
        let written = self.write_owed(&owed).await;
        if let Err(error) = &written
            && !matches!(error, StoreError::Fenced)
        {
            self.owed().push(owed);
        }
        written
    }

    async fn write_owed(&self, owed: &Arc<Owed>) -> Result<(), StoreError> {
        let (owed, now) = (Arc::clone(owed), self.tick());
        self.write(move |connection| {
            let Owed { right, end, shown } = &*owed;
            let fence = match right {
                Right::Claimed(fence) => {
                    write_end(connection, fence, end, shown)?;
                    fence.copy()
                }
                Right::Taken(taken) => {
                    let Some(fence) = write_taken(connection, taken, end, shown)? else {
                        return Ok(());
                    };
                    fence
                }
                Right::Again(taken) => {
                    let Some(fence) = write_again(connection, taken, end, shown)? else {
                        return Ok(());
                    };
                    fence
                }
            };
            if !shown.parts.is_empty() {
                forget_left(connection, &fence, now)?;
            }
            record_parts(connection, &fence, &shown.parts, now)
        })
        .await
    }

    /// Writes the ends that are owed, of one conversation or of all. One that fails stays owed, and is none of the others'.
    pub(super) async fn pay(&self, conversation: Option<ConversationId>) -> Result<(), StoreError> {
        let is_due = |owed: &&Arc<Owed>| {
            conversation.is_none_or(|conversation| owed.right.conversation() == conversation)
        };
        let due: Vec<Arc<Owed>> = self.owed().iter().filter(is_due).cloned().collect();
        let mut failed = None;
        for owed in due {
            match self.write_owed(&owed).await {
                // A turn that has ended otherwise meanwhile needs nothing.
                Ok(()) | Err(StoreError::Fenced) => {
                    self.owed().retain(|other| !Arc::ptr_eq(other, &owed));
                }
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Every state of the list is a whole one, also after a panic: it changes by single steps.
    fn owed(&self) -> MutexGuard<'_, Vec<Arc<Owed>>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends what was only read. Gives what its messages are written with; none where the question that leads is not there any more.
fn write_taken(
    connection: &Connection,
    taken: &Taken,
    end: &End,
    shown: &Shown,
) -> Result<Option<Fence>, Fault> {
    match end {
        End::Finished(end) => taken.end(connection, "done", &to_json(end)?, shown),
        End::Failed(error) => taken.end(connection, "failed", &to_json(error)?, shown),
        End::Released => taken.put_back(connection, shown),
    }
}

/// Ends the turn of an answer that was made again; none where the question is not there any more, or somebody is at it. It never
/// runs: another turn of the conversation may.
fn write_again(
    connection: &Connection,
    taken: &Taken,
    end: &End,
    shown: &Shown,
) -> Result<Option<Fence>, Fault> {
    let Some(ask) = taken.asks.first() else {
        return Ok(None);
    };
    let again = requeue(connection, *ask)?;
    let Some(led) = led(connection, *ask)? else {
        return Ok(None);
    };
    let is_queued = led.state == "queued";
    if matches!(again, Again::Unknown) || !is_queued {
        return Ok(None);
    }
    let fence = Fence {
        turn: MessageId(row::id(led.turn)),
        conversation: taken.conversation,
        number: 0,
    };
    let (state, outcome) = match (end, again) {
        (End::Finished(end), Again::Queued(_)) => ("done", to_json(end)?),
        (End::Failed(error), Again::Queued(_)) => ("failed", to_json(error)?),
        // It waits for the next process, or for whoever has to do with it since: in these messages.
        (End::Released, _) | (_, Again::UnderWay(_) | Again::Unknown) => {
            connection.execute(
                "UPDATE turns SET reply = COALESCE($2, reply) WHERE ask = $1 AND state = 'queued'",
                (led.turn, &shown.state),
            )?;
            return Ok(Some(fence));
        }
    };
    connection.execute(
        "UPDATE turns SET state = $2, outcome = $3, ended = $4, reply = COALESCE($5, reply), stopped = NULL \
         WHERE ask = $1 AND state = 'queued'",
        (led.turn, state, outcome, now_ms(), &shown.state),
    )?;
    close_joined(connection, &fence)?;
    Ok(Some(fence))
}

fn write_end(
    connection: &Connection,
    fence: &Fence,
    end: &End,
    shown: &Shown,
) -> Result<(), Fault> {
    match end {
        End::Finished(end) => {
            close(connection, fence, "done", &to_json(end)?, shown)?;
            match end {
                TurnEnd::Answered { .. } | TurnEnd::PassedBy | TurnEnd::Stopped { .. } => {
                    close_joined(connection, fence)
                }
                TurnEnd::Withdrawn => part_joined(connection, fence),
            }
        }
        End::Failed(error) => {
            close(connection, fence, "failed", &to_json(error)?, shown)?;
            close_joined(connection, fence)
        }
        End::Released => put_back(connection, fence, shown),
    }
}

/// Lets the turn wait. Before the first word of its answer those that joined it wait for themselves.
fn put_back(connection: &Connection, fence: &Fence, shown: &Shown) -> Result<(), Fault> {
    let reply: Option<Option<String>> = connection.first(
        "UPDATE turns SET state = 'queued', reply = COALESCE($3, reply) \
         WHERE ask = $1 AND fence = $2 AND state = 'running' RETURNING reply",
        (stored(fence.turn.0), fence.number, &shown.state),
    )?;
    match reply {
        None => Err(Fault::Fenced),
        Some(None) => part_joined(connection, fence),
        Some(Some(_)) => Ok(()),
    }
}

/// Ends the turn itself. What was kept of the answer stays: another version of it goes into the same messages.
fn close(
    connection: &Connection,
    fence: &Fence,
    state: &'static str,
    outcome: &str,
    shown: &Shown,
) -> Result<(), Fault> {
    let closed = connection.execute(
        "UPDATE turns SET state = $3, outcome = $4, ended = $5, reply = COALESCE($6, reply), stopped = NULL \
         WHERE ask = $1 AND fence = $2 AND state = 'running'",
        (
            stored(fence.turn.0),
            fence.number,
            state,
            outcome,
            now_ms(),
            &shown.state,
        ),
    )?;
    held(closed)
}

/// Ends the joined turns as their leader ended.
fn close_joined(connection: &Connection, fence: &Fence) -> Result<(), Fault> {
    connection.execute(
        "UPDATE turns SET state = (SELECT l.state FROM turns l WHERE l.ask = $1), \
         outcome = (SELECT l.outcome FROM turns l WHERE l.ask = $1), ended = $2, stopped = NULL \
         WHERE leader = $1 AND state = 'joined'",
        (stored(fence.turn.0), now_ms()),
    )?;
    Ok(())
}

/// Lets the joined turns wait for themselves again.
fn part_joined(connection: &Connection, fence: &Fence) -> Result<(), Fault> {
    connection.execute(
        "UPDATE turns SET state = 'queued', leader = NULL WHERE leader = $1 AND state = 'joined'",
        (stored(fence.turn.0),),
    )?;
    Ok(())
}
