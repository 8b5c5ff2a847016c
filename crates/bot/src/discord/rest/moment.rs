//! A moment since which time passes at Discord, also while this machine sleeps: then only the clock on the wall goes on.

use std::time::Duration;

use tokio::time::Instant;

use super::Rest;

/// A moment by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    at: Instant,
    /// By Discord's clock, in milliseconds since the Unix epoch.
    pub(crate) discord_ms: u64,
}

impl Moment {
    /// This one.
    pub(crate) fn now(rest: &Rest) -> Self {
        Self {
            at: Instant::now(),
            discord_ms: rest.discord_ms(),
        }
    }

    /// How long ago that is at Discord.
    pub(crate) fn elapsed(&self, rest: &Rest) -> Duration {
        self.elapsed_at(Instant::now(), rest.discord_ms())
    }

    fn elapsed_at(&self, now: Instant, discord_ms: u64) -> Duration {
        let on_the_wall = Duration::from_millis(discord_ms.saturating_sub(self.discord_ms));
        now.saturating_duration_since(self.at).max(on_the_wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_while_the_machine_sleeps_counts() {
        let at = Instant::now();
        let moment = Moment {
            at,
            discord_ms: 1_000,
        };
        let seconds = Duration::from_secs;
        assert_eq!(moment.elapsed_at(at + seconds(5), 6_000), seconds(5));
        assert_eq!(
            moment.elapsed_at(at + seconds(5), 7_201_000),
            seconds(7_200)
        );
        // A clock that is put back tells nothing.
        assert_eq!(moment.elapsed_at(at + seconds(5), 0), seconds(5));
    }
}
