//! The pace of text in one bucket: quick at the front, then steady.
//!
//! The first edit of a bucket that has rested goes as soon as something has gathered, the next one may follow after
//! [`QUICK`], the one behind it after twice that, and so on, until the gaps are as long as an even share of what is left of
//! the window: then they stay so. All of a window spent at the front would be followed by seconds of silence until it ends.

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

    /// When the next one may go, where there are so many slots for text until `end`, at least 1.
    pub(super) fn next(&self, slots: u32, end: Now) -> Now {
        let Some(last) = self.last else {
            return Now::ZERO;
        };
        let even = end.saturating_sub(last.at) / slots.saturating_add(1);
        // Doubled more often than that, it is longer than any share.
        let quick = QUICK * 2_u32.pow(last.row.min(16) - 1);
        last.at + even.min(quick)
    }
}
