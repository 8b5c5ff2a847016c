//! The pace of text in one bucket: its burst at the front, then steady.
//!
//! The first edit of a bucket that has rested goes as soon as something has gathered, the next one may follow after
//! [`QUICK`], the one behind it after twice that, and so on. No gap becomes longer than the bucket's own rhythm (a second with
//! five in five seconds), until all that a window allows text is spent: one slot is kept for what is last, and so the burst is over
//! before the window is. From then on what is left is shared evenly. Spent any faster, a window would be followed by seconds in
//! which nothing moves.

use std::time::Duration;

use crate::Now;

/// How soon the second edit may follow the first. A short answer has ended by then, and its last text needs no edit before it.
const QUICK: Duration = Duration::from_secs(1);

/// When text was let go in a bucket.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    last: Option<Sent>,
    /// The one before, in case the last comes back unused.
    before: Option<Sent>,
}

/// A piece of text that was let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    at: Now,
    /// How many there have been since the bucket last rested, at least 1.
    row: u32,
}

/// What a window that isn't over has for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// Slots that are left, at least 1, and until when.
    pub(super) slots: u32,
    pub(super) end: Now,
    /// How many a whole window has.
    pub(super) burst: u32,
    /// A window's length for each of its slots.
    pub(super) rhythm: Duration,
}

impl Pace {
    /// A piece of text is let go; `rest` is how long a bucket must not have had any to be rested.
    pub(super) fn take(&mut self, now: Now, rest: Duration) {
        let row = match self.last {
            Some(last) if now < last.at + rest => last.row.saturating_add(1),
            Some(_) | None => 1,
        };
        self.before = self.last.replace(Sent { at: now, row });
    }

    /// The one that was let go at `sent` has not been used.
    pub(super) fn give_back(&mut self, sent: Now) {
        if self.last.is_some_and(|last| last.at == sent) {
            self.last = self.before.take();
        }
    }

    /// One that was let go at `sent` under another name has turned out to be of this bucket.
    pub(super) fn adopt(&mut self, sent: Now) {
        self.last = self.last.max(Some(Sent { at: sent, row: 1 }));
    }

    /// Takes over what is known of another bucket that has turned out to be the same.
    pub(super) fn absorb(&mut self, other: Self) {
        self.last = self.last.max(other.last);
        self.before = None;
    }

    /// When the next one may go.
    pub(super) fn next(&self, room: Room) -> Now {
        let Some(last) = self.last else {
            return Now::ZERO;
        };
        let even = room.end.saturating_sub(last.at) / room.slots.saturating_add(1);
        if last.row >= room.burst {
            return last.at + even;
        }
        // Doubled more often than that, it is longer than any rhythm.
        let quick = QUICK * 2_u32.pow(last.row.min(16) - 1);
        last.at + even.min(quick.min(room.rhythm.max(QUICK)))
    }
}
