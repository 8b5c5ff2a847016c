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
mod ends;
mod erase;
mod error;
mod fold;
mod gaps;
mod held;
mod inspection;
mod lease;
mod load;
mod messages;
mod migrations;
mod missed;
mod places;
mod row;
mod sessions;
mod taken;
#[cfg(test)]
mod tests;
mod titles;
mod turns;
mod unheard;
mod versions;
mod whose;

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use connection::{Connection, Database};
pub use ends::Right;
pub use error::StoreError;
use error::{Fault, io_error};
pub use gaps::Gap;
pub use held::{Held, HeldTurn, held};
pub use inspection::{Inspected, inspect, is_in_use};
pub use lease::{Before, Claim, Fence, Shown};
pub use load::{Chain, Loaded, Reach};
pub use messages::{Edited, Mark};
pub use missed::Known;
pub use places::{History, Kind, Settled};
pub use sessions::KeptSession;
pub use taken::Taken;
pub use titles::Untitled;
pub use turns::{Begun, Turn};
pub use versions::{Again, Found, Retried, Version};

/// The database's name in the data directory; SQLite puts `-wal` and `-shm` files beside it.
const FILE: &str = "kaiwa.db";

/// The file whose lock says that a Kaiwa runs with this data directory. It is not the database itself: SQLite's own
/// locks on a file are lost when the process closes another handle of it.
const LOCK: &str = "kaiwa.lock";

/// How often the lock is tried before it counts as another Kaiwa's, and how long after each try: one that only looks
/// (`kaiwa doctor`) holds it for a moment.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// How long a statement waits for another program that holds the database, such as a backup.
const BUSY: Duration = Duration::from_secs(5);

/// How long it waits where the one before has waited in vain: questions come faster than one in five seconds.
const STILL_BUSY: Duration = Duration::from_millis(50);

/// Up to which size the write-ahead log is kept after it has been folded into the database, in bytes.
const LOG_KEPT: &str = "8388608";

/// The store, open. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<Database>,
    reader: Reader,
    /// The database, to name it in errors.
    file: Arc<Path>,
    /// Which opening of this database this is: a turn that another run left running has lost its worker.
    run: i64,
    /// When it was opened, in milliseconds since the Unix epoch.
    opened: i64,
    /// The last tick that was given out.
    clock: Arc<AtomicI64>,
    /// Ends of turns that could not be written yet.
    owed: Arc<Mutex<Vec<Arc<ends::Owed>>>>,
    /// Held as long as the store is open; none where the store is in memory.
    lock: Option<Arc<File>>,
}

/// What reads while something is being written. Otherwise the connection that writes reads too: it has at hand what it
/// wrote, where another one would have to read it from the file each time.
#[derive(Clone, Debug)]
enum Reader {
    /// A connection of its own: it sees what was written last as a whole, and waits for nobody who writes.
    Apart(Arc<Database>),
    /// None: a database in memory belongs to one connection.
    Writer,
}

impl Store {
    /// Opens the store in a directory, and makes both where they are missing, readable by their owner alone.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Unwritable`], [`StoreError::Broken`], [`StoreError::TooNew`],
    /// [`StoreError::Full`].
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        let file = directory.join(FILE);
        let mut tries = 1;
        let lock = loop {
            match make_files(directory, &file) {
                Err(StoreError::InUse { .. }) if tries < LOCK_TRIES => {}
                lock => break lock?,
            }
            tries += 1;
            tokio::time::sleep(LOCK_PAUSE).await;
        };
        let path = file.clone();
        let mut store = Self::with(file, move || {
            let connection = Connection::writing(&path)?;
            connection.set("journal_mode", "WAL")?;
            // A killed process loses nothing; a power cut may lose the last moments, but never half a transaction.
            connection.set("synchronous", "NORMAL")?;
            connection.set("journal_size_limit", LOG_KEPT)?;
            // A process that was killed may have erased something.
            fold::fold(&connection);
            Ok(connection)
        })
        .await?;
        let path = Arc::clone(&store.file);
        let reader = Database::open(move || Connection::reading(&path)).await;
        let reader = reader.map_err(|fault| fault.told(&store.file))?;
        store.reader = Reader::Apart(Arc::new(reader));
        store.lock = lock;
        Ok(store)
    }

    /// Opens an empty store that is forgotten when it is closed: what the bot goes on with where its database can't be
    /// opened.
    ///
    /// # Errors
    /// [`StoreError::Other`]
    pub async fn open_in_memory() -> Result<Self, StoreError> {
        Self::with(PathBuf::from("in memory"), Connection::in_memory).await
    }

    /// Connects, brings the tables up to date and counts this run.
    async fn with(
        file: PathBuf,
        open: impl FnOnce() -> Result<Connection, Fault> + Send + 'static,
    ) -> Result<Self, StoreError> {
        let writer = Database::open(move || {
            let connection = open()?;
            connection.set("foreign_keys", "ON")?;
            // What is deleted is overwritten in the file too.
            connection.set("secure_delete", "ON")?;
            migrations::migrate(&connection)?;
            Ok(connection)
        });
        let writer = writer.await.map_err(|fault| fault.told(&file))?;
        let mut store = Self {
            writer: Arc::new(writer),
            reader: Reader::Writer,
            file: file.into(),
            run: 0,
            opened: now_ms(),
            clock: Arc::default(),
            owed: Arc::default(),
            lock: None,
        };
        store.run = store.write(count_run).await?;
        Ok(store)
    }

    /// Closes the store: waits for what is being written and folds the write-ahead log into the database.
    pub async fn close(self) {
        if let Err(error) = self.pay(None).await {
            tracing::error!(%error, "turns that have ended could not be stored as such: they are looked at again");
        }
        // Whoever still shares the store closes its connections by letting go of them. The one that writes is the last:
        // it folds the log.
        let reader = match self.reader {
            Reader::Apart(reader) => Arc::into_inner(reader),
            Reader::Writer => None,
        };
        for connection in [reader, Arc::into_inner(self.writer)].into_iter().flatten() {
            connection.close().await;
        }
        drop(self.lock);
    }

    /// The next moment in microseconds since the Unix epoch, no two the same, so that what was learnt first is told
    /// from what was learnt later.
    fn tick(&self) -> i64 {
        let now = now_ms().saturating_mul(1000);
        let next = |last: i64| Some(now.max(last.saturating_add(1)));
        match self
            .clock
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
        {
            Ok(last) | Err(last) => now.max(last.saturating_add(1)),
        }
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
        let written = self.writer.write(work).await;
        written.map_err(|fault| fault.told(&self.file))
    }

    /// Reads, beside whatever is being written.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = match &self.reader {
            Reader::Apart(reader) if self.writer.is_writing() => reader,
            Reader::Apart(_) | Reader::Writer => &self.writer,
        };
        let read = connection.read(work).await;
        read.map_err(|fault| fault.told(&self.file))
    }
}

fn count_run(connection: &Connection) -> Result<i64, Fault> {
    let counted = "UPDATE counters SET value = value + 1 WHERE name = 'run' RETURNING value";
    connection.one(counted, ())
}

/// Makes the directory and an empty database with the rights they should have, and takes the directory's lock.
fn make_files(directory: &Path, file: &Path) -> Result<Option<Arc<File>>, StoreError> {
    let mut directories = DirBuilder::new();
    directories.recursive(true);
    let mut files = OpenOptions::new();
    files.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        directories.mode(0o700);
        files.mode(0o600);
    }
    directories
        .create(directory)
        .map_err(|error| io_error(&error, directory.to_owned()))?;
    let path = directory.join(LOCK);
    let lock = files
        .open(&path)
        .map_err(|error| io_error(&error, path.clone()))?;
    let lock = match lock.try_lock() {
        Ok(()) => Some(Arc::new(lock)),
        Err(TryLockError::WouldBlock) => {
            let directory = directory.to_owned();
            return Err(StoreError::InUse { directory });
        }
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            tracing::warn!(directory = %directory.display(), "this file system has no locks: make sure that only one Kaiwa uses it");
            None
        }
        Err(TryLockError::Error(error)) => return Err(io_error(&error, path)),
    };
    files
        .open(file)
        .map_err(|error| io_error(&error, file.to_owned()))?;
    Ok(lock)
}

/// Now, in milliseconds since the Unix epoch.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
