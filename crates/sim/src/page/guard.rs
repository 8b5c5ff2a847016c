//! Who may use a simulator with a page: browsers send anything anywhere, so a foreign site that somebody visits could
//! otherwise act in it, and spend a real model's tokens.

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

/// Refuses what a page of another origin sends, and names of hosts that somebody may point at this machine. A browser
/// that opens the bare address is sent to the page.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !is_own_host(headers) || is_foreign(headers) {
        let error = "This address is for its own page and for programs, not for other sites.";
        return (StatusCode::FORBIDDEN, Json(json!({ "error": error }))).into_response();
    }
    let upgrades = headers.contains_key(header::UPGRADE);
    if request.uri().path() == "/" && !upgrades {
        return Redirect::temporary("/page/").into_response();
    }
    next.run(request).await
}

/// Whether the request names this machine by its address, or as localhost: any other name could be a site's own.
fn is_own_host(headers: &HeaderMap) -> bool {
    let Some(host) = text(headers, header::HOST) else {
        return true;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|one| one.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<std::net::IpAddr>().is_ok()
}

/// Whether another site's page sends it. Programs send no origin.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = text(headers, header::ORIGIN) else {
        return false;
    };
    let host = text(headers, header::HOST).unwrap_or_default();
    origin.split_once("://").map(|(_, origin)| origin) != Some(host)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), header::HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn programs_and_the_own_page_pass_and_other_sites_do_not() {
        for (host, origin, passes) in [
            ("127.0.0.1:4000", None, true),
            ("localhost:4000", Some("http://localhost:4000"), true),
            ("[::1]:4000", Some("http://[::1]:4000"), true),
            ("[::1]", None, true),
            ("127.0.0.1:4000", Some("https://elsewhere.example"), false),
            ("127.0.0.1:4000", Some("null"), false),
            (
                "elsewhere.example:4000",
                Some("http://elsewhere.example:4000"),
                false,
            ),
            ("elsewhere.example", None, false),
        ] {
            let mut pairs = vec![(header::HOST, host)];
            pairs.extend(origin.map(|origin| (header::ORIGIN, origin)));
            let headers = headers(&pairs);
            assert_eq!(
                is_own_host(&headers) && !is_foreign(&headers),
                passes,
                "{host} {origin:?}"
            );
        }
    }
}
