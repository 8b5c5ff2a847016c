//! The world's clock and the way Discord writes a moment. The clock is the machine's, moved forward by as much as
//! a test asks for: fifteen-minute tokens and hour-old messages need no waiting.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Unix milliseconds.
pub type Millis = u64;

/// The machine's clock, or the moment of [`Clock::stop`], plus whatever was added by [`Clock::advance`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    ahead: Duration,
    /// The moment at which it was stopped, before what was added.
    stopped: Option<Duration>,
}

impl Clock {
    /// This moment in Unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> Millis {
        self.at(since_epoch())
    }

    /// What it shows at a moment of the machine's clock, in Unix milliseconds.
    #[must_use]
    pub fn shows_at(&self, unix_ms: Millis) -> Millis {
        self.at(Duration::from_millis(unix_ms))
    }

    fn at(&self, since: Duration) -> Millis {
        let since = self.stopped.unwrap_or(since) + self.ahead;
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// This moment as the head of an HTTP answer writes it.
    #[must_use]
    pub fn date(&self) -> String {
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(self.now_ms()))
    }

    /// Lets the clock stand where it is: from here on only [`Clock::advance`] moves it, so that what depends on
    /// windows of time doesn't depend on the speed of the machine.
    pub fn stop(&mut self) {
        self.stopped.get_or_insert_with(since_epoch);
    }

    /// Moves the world's clock forward.
    pub fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }
}

/// This moment by the machine's clock, whatever the world's says.
#[must_use]
pub fn unix_ms() -> Millis {
    u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)
}

/// How long ago 1970 began, by the machine's clock.
fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// A moment as Discord writes it: ISO 8601 with microseconds and an explicit offset.
#[must_use]
pub fn iso(unix_ms: Millis) -> String {
    let (seconds, millis) = (unix_ms / 1000, unix_ms % 1000);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}+00:00",
        rest / 3600,
        rest / 60 % 60,
        rest % 60,
        millis * 1000
    )
}

/// Reads a moment that [`iso`] or a client wrote (`2026-01-02T03:04:05.678Z`, offsets as `+09:00`).
#[must_use]
pub fn parse_iso(text: &str) -> Option<Millis> {
    let (date, time) = text.trim().split_once(['T', ' '])?;
    let mut date = date.split('-').map(str::parse::<u64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (clock, offset_minutes) = split_offset(time)?;
    let mut clock = clock.split(':');
    let hours: u64 = clock.next()?.parse().ok()?;
    let minutes: u64 = clock.next()?.parse().ok()?;
    let seconds: f64 = clock.next().unwrap_or("0").parse().ok()?;
    let days = days_before(year, month, day)?;
    let whole = i64::try_from((days * 86_400 + hours * 3600 + minutes * 60) * 1000).ok()?;
    let millis = Duration::try_from_secs_f64(seconds).ok()?.as_millis();
    u64::try_from(whole + i64::try_from(millis).ok()? - offset_minutes * 60_000).ok()
}

fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(place) = time.rfind(['+', '-']) else {
        return Some((time, 0));
    };
    let (clock, offset) = time.split_at_checked(place)?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = offset.trim_start_matches(['+', '-']).split_once(':')?;
    Some((
        clock,
        sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?),
    ))
}

/// Year, month and day of a number of days since 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

fn days_before(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 {
        year.checked_sub(1)?
    } else {
        year
    };
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    (era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year)
        .checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_discord_does_and_read_back() {
        for (millis, text) in [
            (1_420_070_400_000, "2015-01-01T00:00:00.000000+00:00"),
            (1_709_164_799_999, "2024-02-28T23:59:59.999000+00:00"),
            (1_709_251_200_000, "2024-03-01T00:00:00.000000+00:00"),
        ] {
            assert_eq!(iso(millis), text);
            assert_eq!(parse_iso(text), Some(millis));
        }
        assert_eq!(
            parse_iso("2015-01-01T09:00:00+09:00"),
            Some(1_420_070_400_000)
        );
        assert_eq!(
            parse_iso("2015-01-01T00:00:00.000Z"),
            Some(1_420_070_400_000)
        );
        assert_eq!(parse_iso("yesterday"), None);
    }
}
