//! How soon a shard may begin a new session: a crash loop slows down over restarts, because Discord resets the token of
//! a bot that identifies too often (1,000 times in 24 hours for most bots).
//! Source: Discord's reference, "Gateway", "Session Start Limit". To resume a session is free.

use std::time::Duration;

/// The span over which Discord counts.
pub const DAY: Duration = Duration::from_secs(24 * 3600);
/// So many starts a day are never waited for, where Discord allows enough of them.
const FREE: u32 = 5;
/// The pauses grow in so many steps, each twice as long as the one before.
const STEPS: u32 = 4;

/// How long a shard waits before it may identify once more. `earlier` are its IDENTIFYs of the last day, told by their age,
/// in any order; `allowed` is how many of them Discord allows a day, of all shards, and `shards` how many there are.
///
/// However often a process starts, less than what is allowed is used up in a day; see the test.
pub fn pause(earlier: &[Duration], allowed: u32, shards: u32) -> Duration {
    let share = (allowed / shards.max(1)).max(1);
    let free = (share / 10).clamp(1, FREE);
    let count = u32::try_from(earlier.iter().filter(|age| **age < DAY).count()).unwrap_or(u32::MAX);
    let Some(last) = earlier.iter().min().filter(|_| count >= free) else {
        return Duration::ZERO;
    };
    // At this pace half of the share is used up in a day.
    let longest = DAY * 2 / share;
    let halvings = STEPS.saturating_sub(count - free);
    (longest / 2_u32.pow(halvings)).saturating_sub(*last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_starts_are_free_and_then_the_pauses_grow() {
        // How often it has started just now, and the pause.
        let table = [
            (0, 0),
            (1, 0),
            (4, 0),
            (5, 10),
            (6, 21),
            (7, 43),
            (8, 86),
            (9, 172),
            (10, 172),
            (400, 172),
        ];
        for (count, seconds) in table {
            let earlier = vec![Duration::ZERO; count];
            assert_eq!(pause(&earlier, 1_000, 1).as_secs(), seconds, "{count}");
        }
    }

    #[test]
    fn time_that_has_passed_counts() {
        let earlier = vec![30 * SECOND; 8];
        assert_eq!(pause(&earlier, 1_000, 1).as_secs(), 56);
        let earlier = vec![100 * SECOND; 8];
        assert_eq!(pause(&earlier, 1_000, 1), Duration::ZERO, "long ago");
        let earlier = vec![DAY; 100];
        assert_eq!(pause(&earlier, 1_000, 1), Duration::ZERO, "on another day");
    }

    #[test]
    fn no_crash_loop_uses_up_a_day() {
        for (allowed, shards) in [
            (1_000, 1),
            (1_000, 2),
            (1_000, 16),
            (1_000, 60),
            (2_000, 160),
            (10, 1),
            (1_000_000, 1),
        ] {
            // It crashes in the moment in which it has identified, for three days.
            let mut starts: Vec<Duration> = Vec::new();
            let mut now = Duration::ZERO;
            while now < 3 * DAY && starts.len() < 3_000 {
                let earlier: Vec<Duration> = starts.iter().map(|start| now - *start).collect();
                let wait = pause(&earlier, allowed, shards);
                now += wait.max(SECOND);
                starts.push(now);
            }
            let most = starts.iter().map(|from| {
                let of_day = starts
                    .iter()
                    .filter(|start| **start >= *from && **start < *from + DAY);
                u32::try_from(of_day.count()).unwrap()
            });
            let most = most.max().unwrap() * shards;
            let share = allowed / shards;
            assert!(
                share < 10 || most < allowed || starts.len() >= 3_000,
                "{most} of {allowed} on {shards} shards"
            );
        }
    }
}
