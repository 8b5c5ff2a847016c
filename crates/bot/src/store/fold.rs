//! Folding the write-ahead log into the database for the sake of what was erased.
//!
//! SQLite overwrites what is deleted in the database (`secure_delete`), but the pages before that stay in the log until it
//! has grown over them, which takes weeks where little is said. So the log is emptied soon after something was erased: once
//! for all that is erased meanwhile, as it costs two waits for the disk.

use std::{
    cell::Cell,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use super::connection::Connection;

/// How long after the first erasing.
const SOON: Duration = Duration::from_secs(3);

/// How long after it could not be done because another program reads or writes, such as a backup.
const AGAIN: Duration = Duration::from_secs(60);

/// How long it waits for that program: nothing else is stored meanwhile.
const PATIENCE: Duration = Duration::from_millis(20);

/// When a connection folds the log next; none where nothing was erased.
#[derive(Debug, Default)]
pub(super) struct Fold(Cell<Option<Instant>>);

impl Fold {
    /// Something is erased.
    pub(super) fn soon(&self) {
        if self.0.get().is_none() {
            self.put_off(SOON);
        }
    }

    fn put_off(&self, wait: Duration) {
        self.0.set(Instant::now().checked_add(wait));
    }
}

/// The next thing to be done with a connection; the log is folded meanwhile where it is time. None at the end.
pub(super) fn next<Job>(jobs: &Receiver<Job>, connection: &Connection) -> Option<Job> {
    loop {
        let Some(due) = connection.fold.0.get() else {
            return jobs.recv().ok();
        };
        let wait = due.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            fold(connection);
            continue;
        }
        match jobs.recv_timeout(wait) {
            Ok(job) => return Some(job),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

/// Folds the log now.
pub(super) fn fold(connection: &Connection) {
    let folded = connection.with_patience(PATIENCE, || {
        // Whether somebody was in the way, how many pages the log had, how many of them were folded.
        connection.first::<(i64, i64, i64)>("PRAGMA wal_checkpoint(TRUNCATE)", ())
    });
    match folded {
        Ok(Some((1.., ..))) => connection.fold.put_off(AGAIN),
        Ok(_) => connection.fold.0.set(None),
        // What is the matter with the database is told where something is to be stored.
        Err(_) => connection.fold.put_off(AGAIN),
    }
}
