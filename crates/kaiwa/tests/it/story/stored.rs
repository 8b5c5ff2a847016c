//! What the bot has stored, as another program sees it that opens the same database.

use std::{fs, time::Duration};

use anyhow::Result;
use rusqlite::Connection;

use super::{Place, Seen, Story};

impl Story {
    /// Ada reads that the sea is blue, and all of it is stored: her question, and the other program. What can be read is not
    /// stored yet.
    pub(crate) async fn sea_is_stored(&mut self) -> Result<(Seen, Connection)> {
        let (ask, _) = self.sea_is_blue().await?;
        let other = self.another_program();
        until_stored(&other).await?;
        Ok((ask, other))
    }

    /// In place of the database of a bot that is stopped, there is something that can't be opened.
    pub(crate) fn takes_store_away(&self) -> Result<()> {
        let (store, kept) = (self.data().join("kaiwa.db"), self.data().join("kept"));
        fs::rename(&store, kept)?;
        fs::write(store, "no database".repeat(1_000))?;
        Ok(())
    }

    /// The database is as it was, whether the bot runs or not.
    pub(crate) fn puts_store_back(&self) -> Result<()> {
        let (store, kept) = (self.data().join("kaiwa.db"), self.data().join("kept"));
        // The bot may try to open it at any moment: it finds the one or the other.
        fs::rename(kept, store)?;
        Ok(())
    }
}

/// Waits until all answers are stored as given.
pub(crate) async fn until_stored(other: &Connection) -> Result<()> {
    until_counted(other, "SELECT COUNT(*) FROM turns WHERE state <> 'done'", 0).await
}

/// Waits until no answer is to be worked on any more, however it ended.
pub(crate) async fn until_ended(other: &Connection) -> Result<()> {
    let open = "SELECT COUNT(*) FROM turns WHERE state NOT IN ('done', 'failed')";
    until_counted(other, open, 0).await
}

/// Waits until so many questions are stored that nobody has begun with.
pub(crate) async fn until_queued(other: &Connection, count: i64) -> Result<()> {
    until_counted(
        other,
        "SELECT COUNT(*) FROM turns WHERE state = 'queued'",
        count,
    )
    .await
}

/// Waits until nothing is stored any more of what was said.
pub(crate) async fn until_forgotten(other: &Connection) -> Result<()> {
    until_counted(other, "SELECT COUNT(*) FROM messages", 0).await
}

/// Waits until a deletion is stored.
pub(crate) async fn until_deleted(other: &Connection) -> Result<()> {
    until_counted(
        other,
        "SELECT COUNT(*) FROM messages WHERE deleted = TRUE",
        1,
    )
    .await
}

/// Waits until the thread on a question has a title, or is to have none.
pub(crate) async fn until_titled(other: &Connection, thread: Place) -> Result<()> {
    let untitled = "SELECT COUNT(*) FROM conversations WHERE name IS NOT NULL AND id = ";
    until_counted(other, &format!("{untitled}{}", thread.0), 0).await
}

/// Waits until nothing is left to be read back of what was missed.
pub(crate) async fn until_read_back(other: &Connection) -> Result<()> {
    until_counted(other, "SELECT COUNT(*) FROM gaps", 0).await
}

/// Waits until a statement counts so many rows.
pub(crate) async fn until_counted(other: &Connection, statement: &str, count: i64) -> Result<()> {
    tokio::time::timeout(Duration::from_secs(20), async {
        while other.query_one(statement, (), |row| row.get::<_, i64>(0))? != count {
            tokio::task::yield_now().await;
        }
        Ok(())
    })
    .await?
}
