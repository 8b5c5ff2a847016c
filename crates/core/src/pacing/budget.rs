//! The global budget: at most 50 requests in any one second, as Discord sees them arrive.
//!
//! **Why it is never overdrawn.** A slot is taken from the sending of a request until one second after its
//! response has come. Suppose that 51 requests arrived within one second, and look at the moment when the last of
//! them was sent: each of the other 50 was then either under way or had been answered less than a second before
//! (an earlier answer would mean an earlier arrival), so all 50 slots were taken and the last one was not sent.

use std::{collections::VecDeque, time::Duration};

use super::MARGIN;
use crate::Now;

const SECOND: Duration = Duration::from_secs(1);

/// The least that the budget is ever lowered to, in requests a second.
const LEAST: u32 = 10;

/// After a global 429 the budget grows by one request a second in each such time.
const GROWTH: Duration = Duration::from_secs(5);

/// How much of the budget a call may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// Everything.
    All,
    /// All but half of what is kept for urgent calls.
    Most,
    /// All but what is kept for urgent calls.
    AllButKept,
    /// Half.
    Half,
}

/// See the module's own words.
#[derive(Debug)]
pub(super) struct Budget {
    /// What Discord allows.
    full: u32,
    /// What was left when a global 429 last lowered it, and when that was.
    lowered: Option<(u32, Now)>,
    under_way: u32,
    /// When the responses of the last second came, oldest first.
    arrivals: VecDeque<Now>,
    refused_until: Now,
}

impl Budget {
    pub(super) fn new(full: u32) -> Self {
        Self {
            full,
            lowered: None,
            under_way: 0,
            arrivals: VecDeque::new(),
            refused_until: Now::ZERO,
        }
    }

    pub(super) fn take(&mut self) {
        self.under_way += 1;
    }

    /// A slot comes back unused.
    pub(super) fn give_back(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A response has come, or will not come any more.
    pub(super) fn arrived(&mut self, now: Now) {
        self.give_back();
        while self
            .arrivals
            .front()
            .is_some_and(|&at| at + SECOND + MARGIN <= now)
        {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back(now);
    }

    /// Somebody else uses the same token: be silent as long as asked, then ask for less.
    pub(super) fn refuse(&mut self, until: Now, now: Now) {
        // Several that were under way together come back refused together; that is one lesson.
        if self.refused_until <= now {
            self.lowered = Some(((self.size(now) * 3 / 4).max(LEAST.min(self.full)), until));
        }
        self.refused_until = self.refused_until.max(until);
    }

    /// When a call with this share may go; `None`: not before a response comes.
    pub(super) fn opens(&self, share: Share, now: Now) -> Option<Now> {
        let recent = self
            .arrivals
            .partition_point(|&at| at + SECOND + MARGIN <= now);
        let used = self.under_way as usize + self.arrivals.len() - recent;
        let share = self.share(share, now) as usize;
        if used < share {
            return Some(self.refused_until.max(now));
        }
        let last_needed = self.arrivals.get(recent + used - share)?;
        Some((*last_needed + SECOND + MARGIN).max(self.refused_until))
    }

    fn share(&self, share: Share, now: Now) -> u32 {
        let size = self.size(now);
        let kept = (size / 25).max(2);
        match share {
            Share::All => size,
            Share::Most => size - kept / 2,
            Share::AllButKept => size - kept,
            Share::Half => size / 2,
        }
    }

    /// Requests a second that are thought to be ours.
    fn size(&self, now: Now) -> u32 {
        let Some((lowered, since)) = self.lowered else {
            return self.full;
        };
        let grown = now.saturating_sub(since).as_secs() / GROWTH.as_secs();
        self.full
            .min(lowered.saturating_add(u32::try_from(grown).unwrap_or(u32::MAX)))
    }
}
