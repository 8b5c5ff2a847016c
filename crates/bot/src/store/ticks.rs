//! The moments that order what is learnt. They are told by the machine's clock as long as that goes forward, and go on from the last
//! one where it was put back, also when the process was started anew meanwhile: a machine may have a wrong clock until it has
//! asked somebody for the time.

use std::sync::atomic::Ordering;

use super::{Store, StoreError, connection::Connection, error::Fault, now_ms};

/// Keeps the last moment that was given out.
pub(super) const KEEP: &str = "UPDATE counters SET value = $1 WHERE name = 'tick' AND value < $1";

/// The last one as far as the rows tell: a process that was killed could not keep it.
const LAST: &str = "SELECT MAX(value) FROM (SELECT value FROM counters WHERE name = 'tick' \
     UNION ALL SELECT MAX(lost) FROM conversations \
     UNION ALL SELECT MAX(changed) FROM (SELECT changed FROM messages ORDER BY id DESC LIMIT 1000) AS newest) AS ticks";

impl Store {
    /// The next moment in microseconds since the Unix epoch, no two the same, so that what was learnt first is told
    /// from what was learnt later.
    pub(super) fn tick(&self) -> i64 {
        let now = now_ms().saturating_mul(1000);
        let next = |last: i64| Some(now.max(last.saturating_add(1)));
        match self
            .clock
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
        {
            Ok(last) | Err(last) => now.max(last.saturating_add(1)),
        }
    }

    /// Keeps the last moment, for the next run.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub(super) async fn keep_tick(&self) -> Result<(), StoreError> {
        let tick = self.tick();
        self.write(move |connection| {
            connection.execute(KEEP, (tick,))?;
            Ok(())
        })
        .await
    }
}

/// The last moment that earlier runs gave out, as far as that is known.
pub(super) fn last(connection: &Connection) -> Result<i64, Fault> {
    let last: Option<i64> = connection.one(LAST, ())?;
    Ok(last.unwrap_or_default())
}
