//! Discord's clock. Ids say by it when things were made, and so ages are told by it: this machine's clock may be wrong.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::SystemTime,
};

use reqwest::header::{DATE, HeaderMap};

/// How far Discord's clock is ahead of this machine's, in milliseconds, as its last response told.
#[derive(Debug, Default)]
pub(super) struct Clock(AtomicI64);

impl Clock {
    /// Learns from a response's head, which tells the time in whole seconds.
    pub(super) fn hear(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        if let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) {
            let ahead = since_epoch_ms(date).saturating_sub(since_epoch_ms(SystemTime::now()));
            self.0.store(ahead, Ordering::Relaxed);
        }
    }

    /// This moment, in milliseconds since the Unix epoch.
    pub(super) fn now_ms(&self) -> u64 {
        let now = since_epoch_ms(SystemTime::now()).saturating_add(self.0.load(Ordering::Relaxed));
        u64::try_from(now).unwrap_or(0)
    }
}

fn since_epoch_ms(moment: SystemTime) -> i64 {
    let since = moment.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn it_is_as_late_as_discord_says() {
        let clock = Clock::default();
        let later = SystemTime::now() + Duration::from_secs(3_600);
        let mut headers = HeaderMap::new();
        for (date, ahead) in [
            (None, 0),
            (Some("nonsense".to_owned()), 0),
            (Some(httpdate::fmt_http_date(later)), 3_600_000),
        ] {
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_str(&date).unwrap());
            }
            clock.hear(&headers);
            let expected = since_epoch_ms(SystemTime::now()) + ahead;
            let off = i64::try_from(clock.now_ms()).unwrap() - expected;
            assert!(off.abs() < 60_000, "{off}");
        }
    }
}
