//! A look at a data directory from outside: nothing is made, nothing is changed, and a Kaiwa that runs with it doesn't
//! notice.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    time::Duration,
};

use sqlx::{
    Connection as _, SqliteConnection, migrate::Migrate as _, sqlite::SqliteConnectOptions,
};

use super::{
    BUSY, FILE, LOCK, MIGRATIONS, StoreError,
    error::{Fault, io_error, migration},
};

/// How long the database is looked through for damage; a large one is looked through as far as that goes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the migrations that were made are noted, as sqlx calls it.
const MADE: &str = "_sqlx_migrations";

/// What SQLite says of a database without damage.
const SOUND: &str = "ok";

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// Its size in bytes, the write-ahead log included.
    pub size: u64,
    /// How many conversations it holds.
    pub conversations: u64,
    /// How many questions wait for an answer.
    pub waiting: u64,
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
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .read_only(true)
        .busy_timeout(BUSY)
        // Without a log beside it, SQLite would make one, which then belonged to whoever looks. Nobody writes either.
        .immutable(logged == 0 && !log.exists());
    let connection = SqliteConnection::connect_with(&options).await;
    let mut connection = connection.map_err(|error| Fault::from(error).told(&file))?;
    let looked = look(&mut connection, &file).await;
    // Nothing was written that a failing close could lose.
    let _ = connection.close().await;
    let (conversations, waiting) = looked?;
    Ok(Some(Inspected {
        size: size + logged,
        conversations,
        waiting,
    }))
}

/// Counts conversations and waiting questions, of a database that is whole and not newer than this program.
async fn look(connection: &mut SqliteConnection, file: &Path) -> Result<(u64, u64), StoreError> {
    let made = connection.list_applied_migrations(MADE).await;
    let made = made.map_err(|error| migration(error, file))?;
    let newest = made.iter().map(|made| made.version).max();
    if newest > MIGRATIONS.iter().map(|(version, ..)| *version).max() {
        let file = file.to_owned();
        return Err(StoreError::TooNew { file });
    }
    let damage = tokio::time::timeout(PATIENCE, damage(connection)).await;
    if let Ok(damage) = damage {
        let reason = damage.map_err(|fault| fault.told(file))?;
        if reason != SOUND {
            let file = file.to_owned();
            return Err(StoreError::Broken { file, reason });
        }
    }
    counts(connection).await.map_err(|fault| fault.told(file))
}

/// The first damage that is found.
async fn damage(connection: &mut SqliteConnection) -> Result<String, Fault> {
    let found = sqlx::query_scalar("PRAGMA quick_check(1)");
    Ok(found.fetch_one(connection).await?)
}

async fn counts(connection: &mut SqliteConnection) -> Result<(u64, u64), Fault> {
    let conversations: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM conversations")
        .fetch_one(&mut *connection)
        .await?;
    let waiting: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM turns WHERE state IN ('queued', 'running', 'joined')",
    )
    .fetch_one(connection)
    .await?;
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok((count(conversations), count(waiting)))
}
