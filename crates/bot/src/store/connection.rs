//! A connection to the database, and the thread that it lives on.
//!
//! SQLite waits: for the disk, and for other programs. So each connection has a thread, and what is to be done there goes
//! over whole: a transaction is one message to the thread and one back, however many statements it has. A message costs
//! several times what a statement does.
//!
//! The library for SQLite is known here, and its errors in `error`. The rest of the room says statements and values, and
//! reads rows as tuples or as [`record!`]s.

use std::{
    cell::Cell,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use rusqlite::{
    CachedStatement, InterruptHandle, OpenFlags, Row, ToSql, config::DbConfig, types::FromSql,
};
use tokio::sync::oneshot;

use super::{
    BUSY, STILL_BUSY,
    error::{Fault, is_busy},
    fold::{self, Fold},
};

/// How many statements a connection keeps ready: more than the room has.
const STATEMENTS: usize = 128;

/// Something to be done on the thread.
type Job = Box<dyn FnOnce(&Connection) + Send>;

/// A connection on a thread of its own.
pub(super) struct Database {
    jobs: mpsc::Sender<Job>,
    /// How much that writes has been sent there and is not done.
    writing: Arc<AtomicUsize>,
    interrupt: InterruptHandle,
    /// Told by the thread when it has closed the connection.
    closed: oneshot::Receiver<()>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("writing", &self.writing)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Starts the thread and opens a connection on it.
    pub(super) async fn open(
        open: impl FnOnce() -> Result<Connection, Fault> + Send + 'static,
    ) -> Result<Self, Fault> {
        let (opened, opens) = oneshot::channel();
        let (closes, closed) = oneshot::channel();
        let (jobs, waiting) = mpsc::channel::<Job>();
        let thread = thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(move || {
            let connection = match open() {
                Ok(connection) => connection,
                Err(fault) => return drop(opened.send(Err(fault))),
            };
            if opened
                .send(Ok(connection.raw.get_interrupt_handle()))
                .is_err()
            {
                return;
            }
            while let Some(job) = fold::next(&waiting, &connection) {
                // A fault of ours in one job is told to whoever waits for it; the others find everything as it was.
                if catch_unwind(AssertUnwindSafe(|| job(&connection))).is_err() {
                    connection.take_back();
                }
            }
            connection.close();
            // Dropping it tells as much: nobody may wait.
            let _ = closes.send(());
        });
        thread.map_err(Fault::Thread)?;
        let interrupt = opens.await.map_err(|_| Fault::Gone)??;
        Ok(Self {
            jobs,
            writing: Arc::default(),
            interrupt,
            closed,
        })
    }

    /// Does something on the thread that only reads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (told, done) = oneshot::channel();
        let job: Job = Box::new(move |connection| drop(told.send(work(connection))));
        self.jobs.send(job).map_err(|_| Fault::Gone)?;
        done.await.map_err(|_| Fault::Gone)?
    }

    /// Does something on the thread that may write. It is done whole also where nobody waits for it any more.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let writing = Writing::begun(&self.writing);
        self.read(move |connection| {
            let _writing = writing;
            work(connection)
        })
        .await
    }

    /// Whether what is asked now would wait for something that writes.
    pub(super) fn is_writing(&self) -> bool {
        self.writing.load(Ordering::Relaxed) > 0
    }

    /// Breaks off what is being done on the thread.
    pub(super) fn interrupt(&self) {
        self.interrupt.interrupt();
    }

    /// Does what was sent and closes the connection.
    pub(super) async fn close(self) {
        drop(self.jobs);
        // The thread tells nothing where it is gone already.
        let _ = self.closed.await;
    }
}

/// Something that writes, as long as it is not done.
struct Writing(Arc<AtomicUsize>);

impl Writing {
    fn begun(all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(all))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection, on its thread.
#[derive(Debug)]
pub(super) struct Connection {
    raw: rusqlite::Connection,
    /// The last transaction has waited for another program in vain.
    held_up: Cell<bool>,
    /// When the write-ahead log is folded for the sake of what was erased.
    pub(super) fold: Fold,
}

impl Connection {
    /// Opens the file that is to be written.
    pub(super) fn writing(file: &Path) -> Result<Self, Fault> {
        Self::with(|| {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            rusqlite::Connection::open_with_flags(file, flags)
        })
    }

    /// Opens a file that is only read.
    pub(super) fn reading(file: &Path) -> Result<Self, Fault> {
        Self::with(|| {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            rusqlite::Connection::open_with_flags(file, flags)
        })
    }

    /// Opens a file that nobody writes, without making anything beside it.
    pub(super) fn looking(file: &Path) -> Result<Self, Fault> {
        Self::with(|| {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let address = format!("file:{}?immutable=1", escaped(file));
            rusqlite::Connection::open_with_flags(address, flags | OpenFlags::SQLITE_OPEN_URI)
        })
    }

    /// Opens what can be opened.
    pub(super) fn with(
        open: impl FnOnce() -> rusqlite::Result<rusqlite::Connection>,
    ) -> Result<Self, Fault> {
        let raw = open()?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        raw.busy_timeout(BUSY)?;
        // Otherwise most statements are prepared anew whenever their values change, to see whether another plan is better.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // What a large statement keeps aside, such as words that it erases, is written to no other file.
        raw.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(Self {
            raw,
            held_up: Cell::new(false),
            fold: Fold::default(),
        })
    }

    /// Sets one of SQLite's own settings.
    pub(super) fn set(&self, name: &str, value: &str) -> Result<(), Fault> {
        // Some answer with a row, and some don't.
        Ok(self.raw.pragma_update(None, name, value)?)
    }

    /// Waits so long for another program before a statement fails.
    pub(super) fn patience(&self, patience: Duration) -> Result<(), Fault> {
        Ok(self.raw.busy_timeout(patience)?)
    }

    /// Waits so long for another program during one piece of work.
    pub(super) fn with_patience<T>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.patience(patience)?;
        let done = work();
        self.patience(if self.held_up.get() { STILL_BUSY } else { BUSY })?;
        done
    }

    /// Whether there is such a table.
    pub(super) fn has_table(&self, name: &str) -> Result<bool, Fault> {
        Ok(self.raw.table_exists(None, name)?)
    }

    /// Runs several statements without values.
    pub(super) fn run(&self, statements: &str) -> Result<(), Fault> {
        Ok(self.raw.execute_batch(statements)?)
    }

    /// Runs a statement; tells how many rows it has changed.
    pub(super) fn execute(&self, statement: &str, values: impl Values) -> Result<usize, Fault> {
        Ok(self.prepare(statement, &values)?.raw_execute()?)
    }

    /// How many rows have been changed by all statements until now.
    pub(super) fn changes(&self) -> u64 {
        self.raw.total_changes()
    }

    /// The first row that a statement gives.
    pub(super) fn first<T: Record>(
        &self,
        statement: &str,
        values: impl Values,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.prepare(statement, &values)?;
        let mut rows = statement.raw_query();
        let row = rows.next()?.map(|row| T::read(&mut Columns::of(row)));
        Ok(row.transpose()?)
    }

    /// The row that a statement always gives.
    pub(super) fn one<T: Record>(&self, statement: &str, values: impl Values) -> Result<T, Fault> {
        let row = self.first(statement, values)?;
        row.ok_or(Fault::Database(rusqlite::Error::QueryReturnedNoRows))
    }

    /// All rows that a statement gives.
    pub(super) fn all<T: Record>(
        &self,
        statement: &str,
        values: impl Values,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.prepare(statement, &values)?;
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(T::read(&mut Columns::of(row))?);
        }
        Ok(all)
    }

    /// A statement with its values. They are told by their numbers, as PostgreSQL does: to SQLite `$2` is only a name.
    fn prepare(&self, statement: &str, values: &impl Values) -> Result<CachedStatement<'_>, Fault> {
        let mut statement = self.raw.prepare_cached(statement)?;
        for at in 1..=statement.parameter_count() {
            let name = statement.parameter_name(at).unwrap_or_default();
            let number = name.strip_prefix('$').and_then(|name| name.parse().ok());
            let value = number.and_then(|number| values.get(number));
            let value = value.ok_or_else(|| {
                let name = name.to_owned();
                Fault::Database(rusqlite::Error::InvalidParameterName(name))
            })?;
            statement.raw_bind_parameter(at, value)?;
        }
        Ok(statement)
    }

    /// Runs one transaction: all of it happens, or nothing.
    pub(super) fn transaction<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        // PostgreSQL says BEGIN. SQLite is told at once that this one writes: a transaction that first reads could not
        // wait for another program's writing.
        let begun = self.execute("BEGIN IMMEDIATE", ());
        self.note(begun.as_ref().err());
        if begun.is_err() {
            // Should one before this have stayed open, it must not stop all that follow.
            self.take_back();
        }
        begun?;
        let done = work(self);
        let done = done.and_then(|value| self.execute("COMMIT", ()).map(|_| value));
        if done.is_err() {
            self.take_back();
        }
        done
    }

    /// Waits shorter for another program where it was waited for in vain.
    fn note(&self, fault: Option<&Fault>) {
        let busy = matches!(fault, Some(Fault::Database(error)) if is_busy(error));
        if self.held_up.replace(busy) != busy {
            // Where even this fails, the next statement tells why.
            let _ = self.patience(if busy { STILL_BUSY } else { BUSY });
        }
    }

    /// Takes back what was begun and not ended.
    fn take_back(&self) {
        // SQLite may have taken it back itself.
        if !self.raw.is_autocommit() {
            let _ = self.execute("ROLLBACK", ());
        }
    }

    fn close(self) {
        if let Err((_, error)) = self.raw.close() {
            tracing::warn!(%error, "a connection to the store could not be closed well");
        }
    }
}

/// A file's name as it stands in an address.
fn escaped(file: &Path) -> String {
    let bytes = file.as_os_str().as_encoded_bytes();
    let mut escaped = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                escaped.push(char::from(*byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// The values of a statement.
pub(super) trait Values {
    /// The one of this number, from 1.
    fn get(&self, number: usize) -> Option<&dyn ToSql>;
}

impl Values for () {
    fn get(&self, _: usize) -> Option<&dyn ToSql> {
        None
    }
}

/// Tuples: the values in their order.
macro_rules! in_order {
    ($($number:literal $value:ident)*) => {
        impl<$($value: ToSql),*> Values for ($($value,)*) {
            fn get(&self, number: usize) -> Option<&dyn ToSql> {
                #[allow(non_snake_case)]
                let ($($value,)*) = self;
                match number {
                    $($number => Some($value),)*
                    _ => None,
                }
            }
        }
    };
}

in_order!(1 A);
in_order!(1 A 2 B);
in_order!(1 A 2 B 3 C);
in_order!(1 A 2 B 3 C 4 D);
in_order!(1 A 2 B 3 C 4 D 5 E);
in_order!(1 A 2 B 3 C 4 D 5 E 6 F);
in_order!(1 A 2 B 3 C 4 D 5 E 6 F 7 G);
in_order!(1 A 2 B 3 C 4 D 5 E 6 F 7 G 8 H);
in_order!(1 A 2 B 3 C 4 D 5 E 6 F 7 G 8 H 9 I);
in_order!(1 A 2 B 3 C 4 D 5 E 6 F 7 G 8 H 9 I 10 J 11 K 12 L 13 M);

/// A row on its way in: its values are taken one after the other.
pub(super) struct Columns<'row> {
    row: &'row Row<'row>,
    next: usize,
}

impl<'row> Columns<'row> {
    fn of(row: &'row Row<'row>) -> Self {
        Self { row, next: 0 }
    }

    fn take<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        let at = self.next;
        self.next += 1;
        self.row.get(at)
    }
}

/// What a row, or the next columns of one, can be read as.
pub(super) trait Record: Sized {
    /// Takes its columns.
    fn read(columns: &mut Columns<'_>) -> rusqlite::Result<Self>;
}

/// Values that one column holds.
macro_rules! values {
    ($($value:ty),*) => {
        $(impl Record for $value {
            fn read(columns: &mut Columns<'_>) -> rusqlite::Result<Self> {
                columns.take()
            }
        })*
    };
}

values!(bool, i64, String, Option<bool>, Option<i64>, Option<String>);

/// Tuples: the columns in their order.
macro_rules! tuples {
    ($(($($part:ident)*))*) => {
        $(impl<$($part: Record),*> Record for ($($part,)*) {
            fn read(columns: &mut Columns<'_>) -> rusqlite::Result<Self> {
                Ok(($($part::read(columns)?,)*))
            }
        })*
    };
}

tuples!((A B) (A B C) (A B C D) (A B C D E F G H I));

/// Lets a struct be read from a row whose columns stand in the order of these fields.
macro_rules! record {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::store::connection::Record for $name {
            fn read(
                columns: &mut $crate::store::connection::Columns<'_>,
            ) -> Result<Self, rusqlite::Error> {
                Ok(Self {
                    $($field: $crate::store::connection::Record::read(columns)?,)*
                })
            }
        }
    };
}
pub(super) use record;

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::store::{load, migrations};

    #[test]
    fn a_statement_is_prepared_once_whatever_its_values_are() {
        let connection = Connection::with(rusqlite::Connection::open_in_memory).unwrap();
        migrations::migrate(&connection).unwrap();
        for value in 1..4 {
            let none: Option<(i64, i64)> = connection
                .first(load::BEFORE, (value, value, value))
                .unwrap();
            assert_eq!(none, None);
        }
        let again = |statement| {
            let statement = connection.raw.prepare_cached(statement).unwrap();
            statement.get_status(StatementStatus::RePrepare)
        };
        assert_eq!(again(load::BEFORE), 0);
    }

    #[test]
    fn values_are_told_by_their_numbers() {
        let connection = Connection::with(rusqlite::Connection::open_in_memory).unwrap();
        let said: (String, i64) = connection.one("SELECT $2, $1", (1, "two")).unwrap();
        assert_eq!(said, ("two".to_owned(), 1));
        let lacking = connection.execute("SELECT $3", (1, 2));
        assert!(matches!(lacking, Err(Fault::Database(_))));
    }
}
