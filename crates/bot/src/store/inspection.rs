//! A look at a data directory from outside: nothing is made, nothing is changed, and a Kaiwa that runs with it doesn't
//! notice.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use kaiwa_core::id::UserId;

use super::{
    FILE, LOCK, StoreError,
    connection::{Connection, Database},
    error::{Fault, io_error},
    migrations, owner,
};

/// How long the database is looked through for damage; a large one is looked through as far as that goes.
const PATIENCE: Duration = Duration::from_secs(10);

/// What SQLite says of a database without damage.
const SOUND: &str = "ok";

/// What a database holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// Its file.
    pub file: PathBuf,
    /// Its size in bytes, the write-ahead log included.
    pub size: u64,
    /// How many conversations it holds.
    pub conversations: u64,
    /// How many questions wait for an answer.
    pub waiting: u64,
    /// The bot whose memory it is; none where it is nobody's yet.
    pub owner: Option<UserId>,
}

impl Inspected {
    /// Makes sure that it is not another bot's memory.
    ///
    /// # Errors
    /// [`StoreError::Foreign`].
    pub fn may_be_of(&self, bot: UserId) -> Result<(), StoreError> {
        let other = self.owner.filter(|owner| *owner != bot);
        other.map_or(Ok(()), |other| {
            let file = self.file.clone();
            Err(StoreError::Foreign { file, bot: other })
        })
    }
}

/// Whether a Kaiwa runs with this data directory now.
pub fn is_in_use(directory: &Path) -> bool {
    let Ok(lock) = File::open(directory.join(LOCK)) else {
        return false;
    };
    // It is held for a moment, which a start that comes just then waits for.
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Looks into the database of a data directory; none where there is none yet.
///
/// # Errors
/// [`StoreError::Broken`], [`StoreError::TooNew`], [`StoreError::Busy`], [`StoreError::Unwritable`]
pub async fn inspect(directory: &Path) -> Result<Option<Inspected>, StoreError> {
    let file = directory.join(FILE);
    let log = directory.join(format!("{FILE}-wal"));
    let length = |path: &Path| match std::fs::metadata(path) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(io_error(&error, path.to_owned())),
    };
    let (size, logged) = (length(&file)?, length(&log)?);
    if size == 0 {
        return Ok(None);
    }
    // Without a log beside it, SQLite would make one, which then belonged to whoever looks. Nobody writes either.
    let is_still = logged == 0 && !log.exists();
    let path = file.clone();
    let database = Database::open(move || {
        if is_still {
            Connection::looking(&path)
        } else {
            Connection::reading(&path)
        }
    });
    let database = database.await.map_err(|fault| fault.told(&file))?;
    let looked = look(&database, &file).await;
    database.close().await;
    let (conversations, waiting, owner) = looked?;
    Ok(Some(Inspected {
        file,
        size: size + logged,
        conversations,
        waiting,
        owner,
    }))
}

/// What is in a database that is whole and not newer than this program: how many conversations and waiting questions, and whose
/// they are.
async fn look(database: &Database, file: &Path) -> Result<(u64, u64, Option<UserId>), StoreError> {
    let made = database.read(migrations::made).await;
    made.map_err(|fault| fault.told(file))?;
    let damage = database.read(damage);
    match tokio::time::timeout(PATIENCE, damage).await {
        Ok(Ok(found)) if found == SOUND => {}
        Ok(Ok(reason)) => {
            let file = file.to_owned();
            return Err(StoreError::Broken { file, reason });
        }
        Ok(Err(fault)) => return Err(fault.told(file)),
        // As far as it was looked through, it is sound.
        Err(_) => database.interrupt(),
    }
    let counts = database.read(counts).await;
    counts.map_err(|fault| fault.told(file))
}

/// The first damage that is found.
fn damage(connection: &Connection) -> Result<String, Fault> {
    connection.one("PRAGMA quick_check(1)", ())
}

fn counts(connection: &Connection) -> Result<(u64, u64, Option<UserId>), Fault> {
    let conversations: i64 = connection.one("SELECT COUNT(*) FROM conversations", ())?;
    let waiting: i64 = connection.one(
        "SELECT COUNT(*) FROM turns WHERE state IN ('queued', 'running', 'joined')",
        (),
    )?;
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok((count(conversations), count(waiting), owner::of(connection)?))
}
