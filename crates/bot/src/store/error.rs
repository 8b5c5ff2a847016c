//! What can go wrong in the store, told by what can be done about it.

use std::{io, path::PathBuf};

use kaiwa_core::{
    id::UserId,
    words::{
        Locale,
        operator::{StoreTrouble, store_trouble},
    },
};

/// Why the store did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room left on the disk. What is stored can still be read; writing works again once there is room.
    #[error("the disk that holds {} is full: make room there", file.display())]
    Full {
        /// The database.
        file: PathBuf,
    },
    /// Somebody else held the database for too long; trying again may help.
    #[error("the database {} is locked by another program", file.display())]
    Busy {
        /// The database.
        file: PathBuf,
    },
    /// Another Kaiwa runs with the same data directory. Two would answer everything twice.
    #[error("another Kaiwa is running with the data directory {}: stop it first", directory.display())]
    InUse {
        /// The data directory.
        directory: PathBuf,
    },
    /// The directory or a file in it can't be made or written.
    #[error("can't write {}: {reason}. Let the user that runs Kaiwa write there, or choose another data directory", path.display())]
    Unwritable {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The database is damaged, or is none.
    #[error("the database {} is damaged ({reason}): move it away with its -wal and -shm files and restore a \
             backup, or let a new one be made at the next start (conversations are then read back from Discord)", file.display())]
    Broken {
        /// The database.
        file: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A newer Kaiwa has written the database.
    #[error("the database {} was written by a newer Kaiwa: run that one", file.display())]
    TooNew {
        /// The database.
        file: PathBuf,
    },
    /// The database could not be opened yet.
    #[error("the database is not open")]
    Closed,
    /// It is the memory of another bot.
    #[error("the database {} belongs to another bot ({})", file.display(), bot.0)]
    Foreign {
        /// The database.
        file: PathBuf,
        /// That bot.
        bot: UserId,
    },
    /// The turn belongs to another worker now, or has ended: whoever gets this stops writing.
    #[error("the turn belongs to another worker now, or has ended")]
    Fenced,
    /// Anything else; trying again does not help.
    #[error("the store failed: {reason}")]
    Other {
        /// What the database said; statements and their names, never what people said.
        reason: String,
    },
}

impl StoreError {
    /// The same in the operator's language.
    pub fn told(&self, locale: Locale) -> String {
        let (path, trouble) = match self {
            Self::Full { file } => (file, StoreTrouble::Full),
            Self::Busy { file } => (file, StoreTrouble::Busy),
            Self::InUse { directory } => (directory, StoreTrouble::InUse),
            Self::Unwritable { path, reason } => (path, StoreTrouble::Unwritable(reason)),
            Self::Broken { file, reason } => (file, StoreTrouble::Broken(reason)),
            Self::TooNew { file } => (file, StoreTrouble::TooNew),
            Self::Foreign { file, bot } => (file, StoreTrouble::Foreign(bot.0)),
            Self::Closed | Self::Fenced | Self::Other { .. } => return self.to_string(),
        };
        store_trouble(locale, &path.display().to_string(), trouble)
    }
}

/// What fails inside the room, before it is told with the name of the file.
#[derive(Debug)]
pub(super) enum Fault {
    /// The database refused.
    Database(rusqlite::Error),
    /// A newer Kaiwa has written the database.
    TooNew,
    /// It is the memory of this other bot.
    Foreign(UserId),
    /// The system gave no thread.
    Thread(io::Error),
    /// The job broke off by a fault of ours.
    Gone,
    /// The lease is lost.
    Fenced,
    /// Our own data could not be written as JSON, or read from it.
    Json(serde_json::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl Fault {
    /// Tells the fault to those who use the store.
    pub(super) fn told(self, file: &std::path::Path) -> StoreError {
        match self {
            Self::Database(error) => database(&error, file),
            Self::Fenced => StoreError::Fenced,
            Self::TooNew => StoreError::TooNew {
                file: file.to_owned(),
            },
            Self::Foreign(bot) => StoreError::Foreign {
                file: file.to_owned(),
                bot,
            },
            Self::Thread(error) => StoreError::Other {
                reason: format!("no thread for it: {error}"),
            },
            Self::Gone => StoreError::Other {
                reason: "a fault of this program".to_owned(),
            },
            Self::Json(error) => StoreError::Other {
                // The position and the kind of the mistake; serde_json's text may quote what people said.
                reason: format!(
                    "unreadable JSON ({:?}, column {})",
                    error.classify(),
                    error.column()
                ),
            },
        }
    }
}

/// SQLite's primary result codes. Source: <https://www.sqlite.org/rescode.html>.
mod code {
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const READONLY: u32 = 8;
    pub(super) const CORRUPT: u32 = 11;
    pub(super) const FULL: u32 = 13;
    pub(super) const CANTOPEN: u32 = 14;
    pub(super) const NOTADB: u32 = 26;
    /// Extended: the file of the write-ahead log's index could not grow, which is a full disk.
    pub(super) const IOERR_SHMSIZE: u32 = 10 | (19 << 8);
}

/// Another program holds the database.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    let code = extended_code(error);
    code.is_some_and(|code| matches!(code & 0xff, code::BUSY | code::LOCKED))
}

fn extended_code(error: &rusqlite::Error) -> Option<u32> {
    let failure = error.sqlite_error()?;
    Some(failure.extended_code.cast_unsigned())
}

/// What an error of the database means. The one place that knows SQLite's codes.
fn database(error: &rusqlite::Error, file: &std::path::Path) -> StoreError {
    let file = file.to_owned();
    let reason = error.to_string();
    match extended_code(error) {
        Some(code::IOERR_SHMSIZE) => StoreError::Full { file },
        Some(extended) => match extended & 0xff {
            code::FULL => StoreError::Full { file },
            code::BUSY | code::LOCKED => StoreError::Busy { file },
            code::READONLY | code::CANTOPEN => StoreError::Unwritable { path: file, reason },
            code::CORRUPT | code::NOTADB => StoreError::Broken { file, reason },
            _ => StoreError::Other { reason },
        },
        None => StoreError::Other { reason },
    }
}

/// What an error of the file system means.
pub(super) fn io_error(error: &io::Error, path: PathBuf) -> StoreError {
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    if full.contains(&error.kind()) {
        StoreError::Full { file: path }
    } else {
        StoreError::Unwritable {
            path,
            reason: error.to_string(),
        }
    }
}
