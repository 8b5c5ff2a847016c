//! Ids as Discord makes them: milliseconds since its own epoch in the upper bits, so that sorting by id is
//! sorting by time. <https://docs.discord.com/developers/reference#snowflakes>

/// The first moment of Discord's calendar: 2015-01-01T00:00:00Z, in Unix milliseconds.
pub const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

/// Hands out ids that never repeat and never go backwards, even when the wall clock does.
#[derive(Debug, Clone, Default)]
pub struct Snowflakes {
    last: u64,
}

impl Snowflakes {
    /// A fresh id for an object made at `now_ms` (Unix milliseconds).
    pub fn next(&mut self, now_ms: u64) -> u64 {
        let from_clock = at(now_ms);
        self.last = from_clock.max(self.last + 1);
        self.last
    }
}

/// The smallest id that an object made at `unix_ms` can have.
#[must_use]
pub fn at(unix_ms: u64) -> u64 {
    unix_ms.saturating_sub(DISCORD_EPOCH_MS) << 22
}

/// When the object with this id was made, in Unix milliseconds.
#[must_use]
pub fn made_at(id: u64) -> u64 {
    (id >> 22) + DISCORD_EPOCH_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_stands_or_goes_back() {
        let mut ids = Snowflakes::default();
        let now = 1_800_000_000_000;
        let first = ids.next(now);
        let second = ids.next(now);
        let third = ids.next(now - 5_000);
        assert!(first < second && second < third);
        assert_eq!(made_at(first), now);
    }
}
