//! What a response's headers, and a 429's body, say about limits.
//! Source: Discord's reference, "Rate Limits".

use std::time::Duration;

use kaiwa_core::pacing::{Limited, Observed, Scope, Window};
use reqwest::header::HeaderMap;

/// No demand is believed beyond this: what stands before Discord bans for an hour at most.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// How long a window is thought to last that doesn't say so, as most of Discord's do.
const UNREADABLE: Duration = Duration::from_secs(5);

/// A 429's body, as far as Discord itself wrote it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct LimitedBody {
    retry_after: Option<f64>,
    global: bool,
}

/// Reads the limits from a response. `body` is needed for a 429 alone.
pub(super) fn observe(status: u16, headers: &HeaderMap, body: &[u8]) -> Observed {
    let window = window(headers);
    let limited = (status == 429).then(|| limited(headers, body, window.is_some()));
    Observed {
        status,
        window,
        limited,
    }
}

/// A route whose bucket is named is limited, whatever of the rest can't be read: then nothing is left of it for a while.
fn window(headers: &HeaderMap) -> Option<Window> {
    let reset_after = text(headers, "x-ratelimit-reset-after")
        .and_then(|value| value.parse().ok())
        .and_then(seconds);
    Some(Window {
        bucket: text(headers, "x-ratelimit-bucket")?.to_owned(),
        limit: number(headers, "x-ratelimit-limit").unwrap_or(1),
        remaining: number(headers, "x-ratelimit-remaining").unwrap_or(0),
        reset_after: reset_after.unwrap_or(UNREADABLE),
    })
}

fn limited(headers: &HeaderMap, body: &[u8], names_bucket: bool) -> Limited {
    let body: LimitedBody = serde_json::from_slice(body).unwrap_or_default();
    let scope = match text(headers, "x-ratelimit-scope") {
        Some("global") => Scope::Global,
        _ if body.global || headers.contains_key("x-ratelimit-global") => Scope::Global,
        Some("user") => Scope::User,
        Some("shared") => Scope::Shared,
        // It names a bucket, so it comes from Discord; without one, what stands in front of Discord has spoken.
        Some(_) | None if names_bucket => Scope::User,
        Some(_) | None => Scope::Address,
    };
    let header = text(headers, "retry-after").and_then(|value| value.parse().ok());
    // The body is exact, the header is in whole seconds.
    let retry_after = body.retry_after.or(header).and_then(seconds);
    Limited { scope, retry_after }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Some figures are written with decimals where none are needed.
fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    let value = text(headers, name)?;
    value.parse().ok().or_else(|| {
        let whole = value.split('.').next()?;
        whole.parse().ok()
    })
}

fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value)
        .ok()
        .map(|time| time.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn told(headers: &[(&'static str, &'static str)]) -> Option<Window> {
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        observe(200, &headers.collect(), b"").window
    }

    #[test]
    fn a_named_bucket_is_a_limit_even_where_its_figures_cannot_be_read() {
        let bucket = ("x-ratelimit-bucket", "abc");
        let limit = ("x-ratelimit-limit", "5");
        let remaining = ("x-ratelimit-remaining", "4.0");
        let read = |limit, remaining, reset_after| {
            Some(Window {
                bucket: "abc".to_owned(),
                limit,
                remaining,
                reset_after: Duration::from_millis(reset_after),
            })
        };
        for (reset, after) in [("1.25", 1250), ("-1", 5000), ("NaN", 5000), ("", 5000)] {
            let reset = ("x-ratelimit-reset-after", reset);
            assert_eq!(told(&[bucket, limit, remaining, reset]), read(5, 4, after));
        }
        assert_eq!(told(&[bucket]), read(1, 0, 5000));
        assert_eq!(told(&[limit, remaining]), None);
    }
}
