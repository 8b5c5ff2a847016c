//! The connection that writes: how a transaction begins and ends, and what is left of one that didn't.
//!
//! It is no pool: a pool asks its connection each time whether it still lives, which here is a message to another thread
//! and back, as each statement is.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{
    BUSY, STILL_BUSY,
    error::{Fault, is_busy},
};

/// See the module's own words.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: SqliteConnection,
    /// A transaction was begun, and its end was not seen.
    open: bool,
    /// The last statement that writes has waited for another program in vain.
    held_up: bool,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection,
            open: false,
            held_up: false,
        }
    }

    /// Begins a transaction. One that is dropped before its end is taken back by whoever comes next.
    pub(super) async fn begin(&mut self) -> Result<&mut SqliteConnection, Fault> {
        self.settle().await;
        self.open = true;
        // PostgreSQL says BEGIN. SQLite is told at once that this one writes: a transaction that first reads could not
        // wait for another program's writing.
        let begun = self.say("BEGIN IMMEDIATE").await;
        self.note(begun.as_ref().err()).await;
        begun.map(|()| &mut self.connection)
    }

    /// Ends a transaction: what was done in it stands, or all of it is taken back.
    pub(super) async fn end<T>(&mut self, done: Result<T, Fault>) -> Result<T, Fault> {
        let ended = match done {
            Ok(value) => self.say("COMMIT").await.map(|()| value),
            Err(fault) => Err(fault),
        };
        self.open = ended.is_err();
        self.settle().await;
        ended
    }

    /// The connection, with nothing half done on it.
    pub(super) async fn settled(&mut self) -> &mut SqliteConnection {
        self.settle().await;
        &mut self.connection
    }

    /// Waits shorter for another program where it was waited for in vain.
    async fn note(&mut self, fault: Option<&Fault>) {
        let busy = matches!(fault, Some(Fault::Database(error)) if is_busy(error));
        if busy == self.held_up {
            return;
        }
        self.held_up = busy;
        let wait = if busy { STILL_BUSY } else { BUSY };
        let wait = format!("PRAGMA busy_timeout = {}", wait.as_millis());
        let set = sqlx::query(AssertSqlSafe(wait));
        // Where even this fails, the next statement tells why.
        let _ = set.execute(&mut self.connection).await;
    }

    /// Takes back what was begun and not ended.
    async fn settle(&mut self) {
        if self.open {
            // SQLite may have taken it back itself, or not have begun: then there is nothing to do, and it says so.
            let _ = self.say("ROLLBACK").await;
            self.open = false;
        }
    }

    async fn say(&mut self, statement: &'static str) -> Result<(), Fault> {
        sqlx::query(statement).execute(&mut self.connection).await?;
        Ok(())
    }
}
