//! How limits look from outside: headers on every response, and the 429s.

use crate::world::limits::{Scope, Standing};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde_json::{Value, json};

/// A response with a JSON body, or none.
pub(super) fn json_response(status: u16, body: Option<&Value>) -> Response<Body> {
    let mut response =
        Response::new(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if body.is_some() {
        put(
            &mut response,
            header::CONTENT_TYPE.as_str(),
            "application/json",
        );
    }
    // Clients tell Discord's own 429s from those of the network in front of it by this header.
    put(&mut response, "via", "1.1 google");
    response
}

/// The headers of the bucket that a request was counted in.
pub(super) fn put_standing(response: &mut Response<Body>, standing: &Standing) {
    for (name, value) in [
        ("x-ratelimit-limit", standing.limit.to_string()),
        ("x-ratelimit-remaining", standing.remaining.to_string()),
        ("x-ratelimit-reset", seconds(standing.reset_at_ms)),
        ("x-ratelimit-reset-after", seconds(standing.reset_after_ms)),
        ("x-ratelimit-bucket", standing.bucket.clone()),
    ] {
        put(response, name, &value);
    }
}

/// A 429. Without a scope it comes from in front of Discord: not JSON, and without the usual headers.
pub(super) fn too_many(
    retry_after_ms: u64,
    scope: Option<Scope>,
    standing: Option<&Standing>,
) -> (Response<Body>, Value) {
    let Some(scope) = scope else {
        return (from_in_front(retry_after_ms), Value::Null);
    };
    let is_global = scope == Scope::Global;
    let body = json!({ "message": "You are being rate limited.", "retry_after": millis_as_seconds(retry_after_ms),
        "global": is_global });
    let mut response = json_response(429, Some(&body));
    put_retry_after(&mut response, retry_after_ms);
    put(&mut response, "x-ratelimit-scope", scope.as_str());
    if is_global {
        put(&mut response, "x-ratelimit-global", "true");
    }
    if let Some(standing) = standing {
        put_standing(&mut response, standing);
    }
    (response, body)
}

/// When to come again, in whole seconds.
pub(super) fn put_retry_after(response: &mut Response<Body>, retry_after_ms: u64) {
    let seconds = retry_after_ms.div_ceil(1000).to_string();
    put(response, "retry-after", &seconds);
}

/// What Cloudflare answers for an address that is shut out.
pub(super) fn from_in_front(retry_after_ms: u64) -> Response<Body> {
    let mut response = Response::new(Body::from("error code: 1015"));
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    put(
        &mut response,
        header::CONTENT_TYPE.as_str(),
        "text/plain; charset=UTF-8",
    );
    put_retry_after(&mut response, retry_after_ms);
    put(&mut response, "server", "cloudflare");
    response
}

fn put(response: &mut Response<Body>, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        response.headers_mut().insert(name, value);
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

fn millis_as_seconds(millis: u64) -> f64 {
    std::time::Duration::from_millis(millis).as_secs_f64()
}
