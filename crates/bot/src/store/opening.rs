//! Opening: the directory's lock first, which is held as long as the process lives, whatever becomes of the database; then
//! the database, which may be damaged, full or another program's just now, and is opened when it can be.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use kaiwa_core::id::{ChannelId, ConversationId, UserId};

use super::{
    Store, StoreError,
    connection::{Connection, Database},
    error::{Fault, io_error},
    fold, migrations, owner, places, ticks,
};

/// The database's name in the data directory; SQLite puts `-wal` and `-shm` files beside it.
pub(super) const FILE: &str = "kaiwa.db";

/// The file whose lock says that a Kaiwa runs with this data directory. It is not the database itself: SQLite's own
/// locks on a file are lost when the process closes another handle of it.
pub(super) const LOCK: &str = "kaiwa.lock";

/// How often the lock is tried before it counts as another Kaiwa's, and how long after each try: one that only looks
/// (`kaiwa doctor`) holds it for a moment.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Up to which size the write-ahead log is kept after it has been folded into the database, in bytes.
const LOG_KEPT: &str = "8388608";

/// The lock of a data directory; none where its file system has no locks.
pub(super) type Lock = Option<File>;

/// A database, open.
#[derive(Debug)]
pub(super) struct Open {
    /// What writes, and mostly reads too: it has at hand what it wrote, where another one would have to read it from the
    /// file each time.
    pub(super) writer: Arc<Database>,
    /// What reads while something is being written: it sees what was written last as a whole, and waits for nobody who
    /// writes.
    pub(super) reader: Arc<Database>,
    /// Which opening of this database this is: a turn that another run left running has lost its worker.
    pub(super) run: i64,
}

/// A database that is open, and that no store uses yet.
#[derive(Debug)]
pub struct Opened {
    pub(super) open: Open,
    /// The last tick that an earlier run gave out.
    pub(super) tick: i64,
    /// The threads and direct messages in which conversations are held.
    pub channels: Vec<(ChannelId, ConversationId)>,
}

impl Store {
    /// The store of a directory, not open yet: everything that it is asked fails with [`StoreError::Closed`].
    pub fn at(directory: &Path) -> Self {
        Self {
            file: directory.join(FILE).into(),
            directory: directory.into(),
            lock: Arc::default(),
            open: Arc::default(),
            clock: Arc::default(),
            owed: Arc::default(),
        }
    }

    /// Takes the directory's lock, and makes directory and file where they are missing, readable by their owner alone. Whose
    /// memory it is need not be known for that: in a database that is there nothing is changed. The lock stays taken where that
    /// can't be used.
    ///
    /// # Errors
    /// As of [`Store::connect`], but for [`StoreError::Foreign`].
    pub async fn take(&self) -> Result<(), StoreError> {
        self.take_directory().await?;
        make_file(&self.file)?;
        let path = Arc::clone(&self.file);
        let looked = Database::open(move || {
            let connection = Connection::writing(&path)?;
            migrations::made(&connection)?;
            Ok(connection)
        });
        let looked = looked.await.map_err(|fault| fault.told(&self.file))?;
        looked.close().await;
        Ok(())
    }

    /// Opens the database for a bot, and brings it up to date. Directory and file are taken and made as by [`Store::take`].
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Unwritable`], [`StoreError::Broken`], [`StoreError::TooNew`],
    /// [`StoreError::Full`], [`StoreError::Busy`]; [`StoreError::Foreign`] where it is another bot's, in which nothing is changed.
    pub async fn connect(&self, bot: UserId) -> Result<Opened, StoreError> {
        self.take_directory().await?;
        make_file(&self.file)?;
        let connected = self.connect_to_file(bot).await;
        connected.map_err(|fault| fault.told(&self.file))
    }

    /// From here on the store works.
    pub fn begin_with(&self, opened: Opened) {
        self.clock.fetch_max(opened.tick, Ordering::Relaxed);
        // Only one is ever connected to for this: what is open already stays.
        let _ = self.open.set(opened.open);
    }

    /// Whether there is a database to work with.
    pub fn is_open(&self) -> bool {
        self.open.get().is_some()
    }

    async fn connect_to_file(&self, bot: UserId) -> Result<Opened, Fault> {
        let path = Arc::clone(&self.file);
        let writer = Database::open(move || {
            let connection = Connection::writing(&path)?;
            migrations::made(&connection)?;
            owner::check(&connection, bot)?;
            connection.set("journal_mode", "WAL")?;
            // A killed process loses nothing; a power cut may lose the last moments, but never half a transaction.
            connection.set("synchronous", "NORMAL")?;
            connection.set("journal_size_limit", LOG_KEPT)?;
            // A process that was killed may have erased something.
            fold::fold(&connection);
            prepare(&connection)?;
            Ok(connection)
        });
        let writer = writer.await?;
        let path = Arc::clone(&self.file);
        let reader = Database::open(move || Connection::reading(&path)).await?;
        // What can't even be read is of no use: it is found out before anything counts on it.
        let held = reader.read(places::known_channels).await?;
        // A page that can't be read among the messages is no reason to do without all the others.
        let tick = reader.read(ticks::last).await.unwrap_or_default();
        let run = writer
            .write(move |connection| begin_run(connection, bot))
            .await?;
        Ok(Opened {
            channels: held
                .into_iter()
                .map(|(channel, id, _)| (channel, id))
                .collect(),
            tick,
            open: Open {
                writer: Arc::new(writer),
                reader: Arc::new(reader),
                run,
            },
        })
    }

    async fn take_directory(&self) -> Result<(), StoreError> {
        let mut tries = 1;
        while self.lock.get().is_none() {
            match take_lock(&self.directory) {
                Err(StoreError::InUse { .. }) if tries < LOCK_TRIES => {
                    tries += 1;
                    tokio::time::sleep(LOCK_PAUSE).await;
                }
                lock => drop(self.lock.set(lock?)),
            }
        }
        Ok(())
    }
}

impl Open {
    /// Does what was sent, and folds the write-ahead log into the database.
    pub(super) async fn close(self) {
        // Whoever still shares a connection closes it by letting go of it. The one that writes is the last: it folds the log.
        let reader = Arc::into_inner(self.reader);
        for connection in [reader, Arc::into_inner(self.writer)].into_iter().flatten() {
            connection.close().await;
        }
    }
}

/// Brings the tables of a new connection up to date.
pub(super) fn prepare(connection: &Connection) -> Result<(), Fault> {
    connection.set("foreign_keys", "ON")?;
    // What is deleted is overwritten in the file too.
    connection.set("secure_delete", "ON")?;
    migrations::migrate(connection)
}

/// Counts this run of a bot.
pub(super) fn begin_run(connection: &Connection, bot: UserId) -> Result<i64, Fault> {
    let counted = "UPDATE counters SET value = value + 1 WHERE name = 'run' RETURNING value";
    connection.transaction(|connection| {
        owner::own(connection, bot)?;
        connection.one(counted, ())
    })
}

/// Makes the directory with the rights that it should have, and takes its lock.
fn take_lock(directory: &Path) -> Result<Lock, StoreError> {
    let mut directories = DirBuilder::new();
    directories.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        directories.mode(0o700);
    }
    directories
        .create(directory)
        .map_err(|error| io_error(&error, directory.to_owned()))?;
    let path = directory.join(LOCK);
    let lock = make_file(&path)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => {
            let directory = directory.to_owned();
            Err(StoreError::InUse { directory })
        }
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
            tracing::warn!(directory = %directory.display(), "this file system has no locks: make sure that only one Kaiwa uses it");
            Ok(None)
        }
        Err(TryLockError::Error(error)) => Err(io_error(&error, path)),
    }
}

/// Opens a file, and makes it with the rights that it should have where it is missing.
fn make_file(path: &Path) -> Result<File, StoreError> {
    let mut files = OpenOptions::new();
    files.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        files.mode(0o600);
    }
    files
        .open(path)
        .map_err(|error| io_error(&error, path.to_owned()))
}
