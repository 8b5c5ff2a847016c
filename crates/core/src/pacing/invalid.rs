//! Invalid requests (401, 403, 404, 429): Discord bans an address for a while after 10,000 of them in ten minutes.
//! Long before that only urgent calls go, then none.
//! Source: Discord's reference, "Rate Limits", "Invalid Request Limit".

use std::{collections::VecDeque, time::Duration};

use crate::Now;

const WINDOW: Duration = Duration::from_secs(600);

/// They are counted in steps of this length, so that ten minutes are a handful of numbers.
const STEP: Duration = Duration::from_secs(10);

/// From so many on, only first words and final texts go.
pub(super) const ONLY_URGENT_FROM: u32 = 2_000;

/// From so many on, nothing goes.
pub(super) const NOTHING_FROM: u32 = 5_000;

/// See the module's own words.
#[derive(Debug, Default)]
pub(super) struct InvalidRequests {
    /// The beginning of each step with its count, oldest first.
    steps: VecDeque<(Now, u32)>,
}

impl InvalidRequests {
    pub(super) fn count(&mut self, now: Now) {
        while self
            .steps
            .front()
            .is_some_and(|&(begin, _)| over(begin) <= now)
        {
            self.steps.pop_front();
        }
        match self.steps.back_mut() {
            Some((begin, count)) if now < *begin + STEP => *count += 1,
            Some(_) | None => self.steps.push_back((now, 1)),
        }
    }

    /// Those of the last ten minutes; up to one step more, never fewer.
    pub(super) fn total(&self, now: Now) -> u32 {
        self.steps
            .iter()
            .filter(|&&(begin, _)| over(begin) > now)
            .map(|&(_, count)| count)
            .sum()
    }

    /// When a call may go as far as these are concerned; a moment that is not after `now` means at once.
    pub(super) fn opens(&self, urgent: bool, now: Now) -> Now {
        let limit = if urgent {
            NOTHING_FROM
        } else {
            ONLY_URGENT_FROM
        };
        let mut total = self.total(now);
        let mut opens = now;
        for &(begin, count) in self.steps.iter().filter(|&&(begin, _)| over(begin) > now) {
            if total < limit {
                break;
            }
            total -= count;
            opens = over(begin);
        }
        opens
    }
}

/// When a step's requests are all older than the window.
fn over(begin: Now) -> Now {
    begin + STEP + WINDOW
}
