//! How long to wait before something that failed is tried again.

use std::time::Duration;

/// Pauses, each twice as long as the one before, up to a longest one.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    /// The pauses between two tries of what Discord does not take just then, each of which has the patience of a call itself.
    pub const FOR_DISCORD: Self = Self::new(Duration::from_secs(1), Duration::from_secs(60));

    /// Pauses from a first one to a longest one.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self {
            next: first,
            longest,
        }
    }

    /// The next pause.
    pub fn longer(&mut self) -> Duration {
        let pause = self.next.min(self.longest);
        self.next = pause.saturating_mul(2);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_grow_as_far_as_they_may() {
        let mut pauses = Pauses::new(Duration::from_secs(2), Duration::from_secs(10));
        let seconds: Vec<u64> = (0..5).map(|_| pauses.longer().as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 10, 10]);
    }
}
