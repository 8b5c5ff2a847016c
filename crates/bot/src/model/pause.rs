//! How long to wait before a provider is asked again.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    time::{Duration, SystemTime},
};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The pauses between tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// The first one, before some of it is taken off by chance; each further one is twice as long.
    pub first: Duration,
    /// The longest one of our own choosing.
    pub longest: Duration,
    /// The longest one that a provider may ask for; if it asks for more, the error is told at once.
    pub obeyed: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            obeyed: Duration::from_secs(60),
        }
    }
}

impl Pauses {
    /// The pause after so many tries, at least 1; none when the provider asks for more than we are ready to wait.
    ///
    /// `chance` is between 0 and 1. Never earlier than the provider asked, and spread, so that many answers that
    /// failed together don't come back together.
    pub(super) fn after(
        &self,
        tries: u32,
        asked: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        let doubled = 1u32
            .checked_shl(tries.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let own = self.first.saturating_mul(doubled).min(self.longest);
        match asked {
            Some(asked) if asked > self.obeyed => None,
            Some(asked) => Some(asked + (self.first / 2).mul_f64(chance)),
            None => Some(own.mul_f64(0.5 + chance / 2.0)),
        }
    }
}

/// A number between 0 and 1; good enough to spread requests, for nothing else.
pub(super) fn chance() -> f64 {
    let random = RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(random).unwrap_or_default()) / f64::from(u32::MAX)
}

/// How long the provider asks us to wait: OpenAI's `retry-after-ms`, else `Retry-After` in seconds or as a date.
///
/// A date is read against the response's own `Date`, so that a wrong clock on either side does no harm.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |value: &reqwest::header::HeaderValue| Some(value.to_str().ok()?.trim().to_owned());
    let date = |text: String| httpdate::parse_http_date(&text).ok();
    let number =
        |text: &str, unit: f64| Duration::try_from_secs_f64(text.parse::<f64>().ok()? * unit).ok();

    if let Some(wait) = headers
        .get("retry-after-ms")
        .and_then(text)
        .and_then(|text| number(&text, 0.001))
    {
        return Some(wait);
    }
    let asked = headers.get(RETRY_AFTER).and_then(text)?;
    number(&asked, 1.0).or_else(|| {
        let now = headers
            .get(DATE)
            .and_then(text)
            .and_then(date)
            .unwrap_or(now);
        Some(date(asked)?.duration_since(now).unwrap_or_default())
    })
}
