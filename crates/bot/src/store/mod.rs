//! The memory: conversations as they were said, and the turns that are to be answered. The only room with SQL.
//!
//! Everything is a row before it is a task, and every row bears Discord's id, so that an event told twice changes
//! nothing. A turn that runs is written with a [`Fence`], the witness that its worker still owns it.
//!
//! SQLite is embedded: a write-ahead log, one connection for everything, and one that reads while that one waits. The statements keep to what
//! SQLite and PostgreSQL share. What can't be shared has one place each: how a database is opened and how a
//! transaction begins (`connection`), what an error code means (`error`), and the tables (`migrations/`).
//!
//! Statements are checked when they run, not when they are compiled: sqlx's macros check against the one database that
//! the build is bound to, which would tie each statement to one engine. The room's tests run every one of them.

mod connection;
mod ends;
mod erase;
mod error;
mod gaps;
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
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use sqlx::{
    ConnectOptions as _, Connection as _, SqlSafeStr as _, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync;

use connection::Writer;
pub use error::StoreError;
use error::{Fault, io_error, migration};
pub use gaps::Gap;
pub use held::{Held, HeldTurn, held};
pub use inspection::{Inspected, inspect, is_in_use};
pub use lease::{Before, Claim, Fence, Shown};
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

/// How many rows a connection reads ahead of those who take them; no more than [`load::WIDEST_PAGE`] come at once.
const ROWS: usize = 1_000;

/// Up to which size the write-ahead log is kept after it has been folded into the database, in bytes.
const LOG_KEPT: &str = "8388608";

/// The changes of the tables, oldest first. What has been released never changes; a new version is a new line.
const MIGRATIONS: [(i64, &str, &str); 6] = [
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
    (6, "gaps", include_str!("../../migrations/0006_gaps.sql")),
];

/// The store, open. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    writer: Arc<sync::Mutex<Writer>>,
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
    owed: Arc<Mutex<Vec<ends::Owed>>>,
    /// Held as long as the store is open; none where the store is in memory.
    lock: Option<Arc<File>>,
}

/// What reads while something is being written. Otherwise the connection that writes reads too: it has at hand what it
/// wrote, where another one would have to read it from the file each time.
#[derive(Clone, Debug)]
enum Reader {
    /// A connection of its own: it sees what was written last as a whole, and waits for nobody who writes.
    Apart(Arc<sync::Mutex<SqliteConnection>>),
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
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .journal_mode(SqliteJournalMode::Wal)
            // A killed process loses nothing; a power cut may lose the last moments, but never half a transaction.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY)
            .pragma("journal_size_limit", LOG_KEPT);
        let mut store = Self::with(options.clone(), file).await?;
        let reader = options.row_buffer_size(ROWS).read_only(true);
        let reader = reader.connect().await;
        let reader = reader.map_err(|error| Fault::from(error).told(&store.file))?;
        store.reader = Reader::Apart(Arc::new(sync::Mutex::new(reader)));
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
        // sqlx brings tables up to date through a pool; its one connection is taken out of it afterwards.
        let pool = SqlitePoolOptions::new().max_connections(1);
        let pool = pool.connect_with(options).await;
        let pool = pool.map_err(|error| Fault::from(error).told(&file))?;
        let steps = MIGRATIONS.map(|(version, name, text)| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                text.into_sql_str(),
                false,
            )
        });
        let migrated = Migrator::with_migrations(steps.into()).run(&pool).await;
        migrated.map_err(|error| migration(error, &file))?;
        let writer = pool.acquire().await;
        let writer = writer.map_err(|error| Fault::from(error).told(&file))?;
        let writer = writer.detach();
        let mut store = Self {
            writer: Arc::new(sync::Mutex::new(Writer::new(writer))),
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
        // Whoever still shares the store closes its connections by letting go of them.
        let reader = match self.reader {
            Reader::Apart(reader) => Arc::into_inner(reader),
            Reader::Writer => None,
        };
        let writer = Arc::into_inner(self.writer);
        let writer = writer.map(|writer| writer.into_inner().connection);
        for connection in [reader.map(sync::Mutex::into_inner), writer] {
            if let Some(connection) = connection
                && let Err(error) = connection.close().await
            {
                tracing::warn!(%error, "a connection to the store could not be closed well");
            }
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
    async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let written = async {
            let mut writer = self.writer.lock().await;
            let done = work(writer.begin().await?).await;
            writer.end(done).await
        };
        written.await.map_err(|fault| fault.told(&self.file))
    }

    /// Reads, beside whatever is being written.
    async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let read = match &self.reader {
            Reader::Apart(reader) => match self.writer.try_lock() {
                Ok(mut writer) => work(writer.settled().await).await,
                Err(_) => work(&mut *reader.lock().await).await,
            },
            Reader::Writer => work(self.writer.lock().await.settled().await).await,
        };
        read.map_err(|fault| fault.told(&self.file))
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
