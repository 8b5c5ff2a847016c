//! The memory: conversations as they were said, and the turns that are to be answered. The only room with SQL.
//!
//! Everything is a row before it is a task, and every row bears Discord's id, so that an event told twice changes
//! nothing. A turn that runs is written with a [`Fence`], the witness that its worker still owns it.
//!
//! SQLite is embedded: a write-ahead log, one connection for everything, and one that reads while that one waits, each
//! on a thread of its own, to which a transaction goes as a whole. The statements keep to what SQLite and PostgreSQL
//! share. What can't be shared has one place each: how a database is opened and how a transaction begins
//! (`connection`), what an error code means (`error`), and the tables (`migrations`).
//!
//! Statements are checked when they run, not when they are compiled. The room's tests run every one of them.

mod connection;
mod edits;
mod ends;
mod erase;
mod error;
mod fold;
mod gaps;
mod given;
mod held;
mod inspection;
mod leads;
mod lease;
mod load;
mod messages;
mod migrations;
mod missed;
mod opening;
mod owner;
mod places;
mod row;
mod sessions;
mod taken;
#[cfg(test)]
mod tests;
mod ticks;
mod titles;
mod turns;
mod unheard;
mod versions;
mod whose;

use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, atomic::AtomicI64},
    time::{Duration, SystemTime},
};

use connection::Connection;
pub use edits::Edited;
pub use ends::Right;
use error::Fault;
pub use error::StoreError;
pub use gaps::Gap;
pub use held::{Held, HeldTurn, held};
pub use inspection::{Inspected, inspect, is_in_use};
use kaiwa_core::id::UserId;
pub use lease::{Before, Claim, Fence, Shown};
pub use load::{Chain, Loaded, Reach};
pub use messages::Mark;
pub use missed::Known;
pub use opening::Opened;
use opening::{FILE, LOCK, Lock, Open};
pub use places::{History, Kind, Settled};
pub use sessions::KeptSession;
pub use taken::Taken;
pub use titles::Untitled;
pub use turns::{Begun, Turn};
pub use versions::{Again, Found, Retried, Version};

/// How long a statement waits for another program that holds the database, such as a backup.
const BUSY: Duration = Duration::from_secs(5);

/// How long it waits where the one before has waited in vain: questions come faster than one in five seconds.
const STILL_BUSY: Duration = Duration::from_millis(50);

/// The store of a data directory. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    directory: Arc<Path>,
    /// The database, to name it in errors.
    file: Arc<Path>,
    /// Held as long as the store lives, once it is taken.
    lock: Arc<OnceLock<Lock>>,
    /// The database, once it is open.
    open: Arc<OnceLock<Open>>,
    /// The last tick that was given out.
    clock: Arc<AtomicI64>,
    /// Ends of turns that could not be written yet.
    owed: Arc<Mutex<Vec<Arc<ends::Owed>>>>,
}

impl Store {
    /// Opens a bot's store in a directory.
    ///
    /// # Errors
    /// As of [`Store::connect`].
    pub async fn open(directory: &Path, bot: UserId) -> Result<Self, StoreError> {
        let store = Self::at(directory);
        let opened = store.connect(bot).await?;
        store.begin_with(opened);
        Ok(store)
    }

    /// Closes the store: waits for what is being written and folds the write-ahead log into the database.
    pub async fn close(self) {
        if let Err(error) = self.pay(None).await {
            tracing::error!(%error, "turns that have ended could not be stored as such: they are looked at again");
        }
        // What could not be kept is found out by what bears it.
        let _ = self.keep_tick().await;
        if let Some(open) = Arc::into_inner(self.open).and_then(OnceLock::into_inner) {
            open.close().await;
        }
        drop(self.lock);
    }

    /// The database.
    fn opened(&self) -> Result<&Open, StoreError> {
        self.open.get().ok_or(StoreError::Closed)
    }

    /// Runs one transaction that writes: all of it happens, or nothing.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.look_and_write(move |connection| connection.transaction(work))
            .await
    }

    /// Looks first, and runs a transaction where there is something to write.
    async fn look_and_write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let written = self.opened()?.writer.write(work).await;
        written.map_err(|fault| fault.told(&self.file))
    }

    /// Reads, beside whatever is being written.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Open { writer, reader, .. } = self.opened()?;
        let connection = if writer.is_writing() { reader } else { writer };
        let read = connection.read(work).await;
        read.map_err(|fault| fault.told(&self.file))
    }
}

/// Now, in milliseconds since the Unix epoch.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
