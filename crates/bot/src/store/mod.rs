//! The memory: conversations as they were said, and the turns that are to be answered. The only room with SQL.
//!
//! Everything is a row before it is a task, and every row bears Discord's id, so that an event told twice changes
//! nothing. A turn that runs is written with a [`Fence`], the witness that its worker still owns it.
//!
//! SQLite is embedded: a write-ahead log, one connection that writes and a few that read. The statements keep to what
//! SQLite and PostgreSQL share. What can't be shared has one place each: how a database is opened and how a
//! transaction begins (here), what an error code means (`error`), and the tables (`migrations/`).
//!
//! Statements are checked when they run, not when they are compiled: sqlx's macros check against the one database that
//! the build is bound to, which would tie each statement to one engine. The room's tests run every one of them.

mod ends;
mod erase;
mod error;
mod held;
mod inspection;
mod lease;
mod load;
mod messages;
mod missed;
mod places;
mod row;
mod sessions;
#[cfg(test)]
mod tests;
mod turns;
mod versions;

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use sqlx::{
    AssertSqlSafe, SqlSafeStr, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
    pool::PoolOptions,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
    },
};

pub use error::StoreError;
use error::{Fault, io_error, migration};
pub use held::{Held, HeldTurn, held};
pub use inspection::{Inspected, inspect, is_in_use};
pub use lease::{Before, Claim, Fence};
pub use load::{Chain, Loaded, Reach};
pub use messages::{Edited, Mark};
pub use missed::Known;
pub use places::{History, Kind, Settled};
pub use sessions::KeptSession;
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

/// How many connections read at the same time; each is a thread that mostly sleeps.
const READERS: u32 = 3;

/// How many rows a connection reads ahead of those who take them; no more than [`load::WIDEST_PAGE`] come at once.
const ROWS: usize = 1_000;

/// Up to which size the write-ahead log is kept after it has been folded into the database, in bytes.
const LOG_KEPT: &str = "8388608";

/// The changes of the tables, oldest first. What has been released never changes; a new version is a new line.
const MIGRATIONS: [(i64, &str, &str); 5] = [
    (
        1,
        "conversations",
        include_str!("../../migrations/0001_conversations.sql"),
    ),
    (
        2,
        "versions",
        include_str!("../../migrations/0002_versions.sql"),
    ),
    (
        3,
        "sessions",
        include_str!("../../migrations/0003_sessions.sql"),
    ),
    (
        4,
        "missed",
        include_str!("../../migrations/0004_missed.sql"),
    ),
    (
        5,
        "identifies",
        include_str!("../../migrations/0005_identifies.sql"),
    ),
];

/// The store, open. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    /// The database, to name it in errors.
    file: Arc<Path>,
    /// Which opening of this database this is: a turn that another run left running has lost its worker.
    run: i64,
    /// When it was opened, in milliseconds since the Unix epoch.
    opened: i64,
    /// The last tick that was given out.
    clock: Arc<AtomicI64>,
    /// The last statement that writes has waited for another program in vain.
    held_up: Arc<AtomicBool>,
    /// Ends of turns that could not be written yet.
    owed: Arc<Mutex<Vec<ends::Owed>>>,
    /// Held as long as the store is open; none where the store is in memory.
    lock: Option<Arc<File>>,
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
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .journal_mode(SqliteJournalMode::Wal)
            // A killed process loses nothing; a power cut may lose the last moments, but never half a transaction.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY)
            .pragma("journal_size_limit", LOG_KEPT);
        let mut store = Self::with(options.clone(), file).await?;
        let readers = options.row_buffer_size(ROWS).read_only(true);
        let readers = settled(READERS).connect_with(readers).await;
        store.readers = readers.map_err(|error| Fault::from(error).told(&store.file))?;
        store.lock = lock;
        Ok(store)
    }

    /// Opens an empty store that is forgotten when it is closed: what the bot goes on with where its database can't be
    /// opened.
    ///
    /// # Errors
    /// [`StoreError::Other`]
    pub async fn open_in_memory() -> Result<Self, StoreError> {
        Self::with(
            SqliteConnectOptions::new().in_memory(true),
            PathBuf::from("in memory"),
        )
        .await
    }

    /// Connects, brings the tables up to date and counts this run.
    async fn with(options: SqliteConnectOptions, file: PathBuf) -> Result<Self, StoreError> {
        let options = options
            .foreign_keys(true)
            // A connection is a thread: it hands over a whole page of rows at once, without waiting in between.
            .row_buffer_size(ROWS)
            // What is deleted is overwritten in the file too.
            .pragma("secure_delete", "ON");
        let writer = settled(1).connect_with(options).await;
        let writer = writer.map_err(|error| Fault::from(error).told(&file))?;
        let steps = MIGRATIONS.map(|(version, name, text)| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                text.into_sql_str(),
                false,
            )
        });
        let migrated = Migrator::with_migrations(steps.into()).run(&writer).await;
        migrated.map_err(|error| migration(error, &file))?;
        let mut store = Self {
            readers: writer.clone(),
            writer,
            file: file.into(),
            run: 0,
            opened: now_ms(),
            clock: Arc::default(),
            held_up: Arc::default(),
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
        self.readers.close().await;
        self.writer.close().await;
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
    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let written = async {
            // PostgreSQL says BEGIN. SQLite is told at once that this one writes: a transaction that first reads
            // could not wait for another program's writing.
            let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
            let value = work(&mut transaction).await?;
            transaction.commit().await?;
            Ok(value)
        };
        let written = written.await;
        let written = written.map_err(|fault: Fault| fault.told(&self.file));
        let busy = matches!(written, Err(StoreError::Busy { .. }));
        if self.held_up.swap(busy, Ordering::Relaxed) != busy {
            let wait = if busy { STILL_BUSY } else { BUSY };
            let wait = format!("PRAGMA busy_timeout = {}", wait.as_millis());
            let set = sqlx::query(AssertSqlSafe(wait));
            // Where even this fails, the next statement tells why.
            let _ = set.execute(&self.writer).await;
        }
        written
    }

    /// Reads with one connection, beside whatever is being written.
    async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let read = async {
            let mut connection = self.readers.acquire().await?;
            work(&mut connection).await
        };
        read.await.map_err(|fault: Fault| fault.told(&self.file))
    }
}

async fn count_run(connection: &mut SqliteConnection) -> Result<i64, Fault> {
    let run = sqlx::query_scalar(
        "UPDATE counters SET value = value + 1 WHERE name = 'run' RETURNING value",
    )
    .fetch_one(connection)
    .await?;
    Ok(run)
}

/// A pool whose connections stay: they are local, they need no tests and no renewal.
fn settled(connections: u32) -> SqlitePoolOptions {
    PoolOptions::new()
        // Behind a write that waits for a lock the next one waits too: the one that fails tells it, once.
        .acquire_slow_threshold(BUSY * 2)
        .min_connections(1)
        .max_connections(connections)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
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
