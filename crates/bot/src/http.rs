//! The one HTTP client that Discord's REST interface and the model's provider share: building one costs 14 ms and
//! a pool of connections, so it is built once.

use std::time::Duration;

/// How long a connection, its TLS handshake included, may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an idle connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(90);
/// How often a silent connection is probed, so that one whose peer is gone is noticed.
const PROBE: Duration = Duration::from_secs(30);

/// Builds the client.
///
/// It has no time limit for a whole request: answers stream for minutes, and each caller knows its own limit.
/// Redirects are handed to the caller as they come: a POST would silently become a GET on the way.
///
/// # Errors
///
/// When the TLS settings or the proxy named by the environment can't be used.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    provide_cryptography();
    let roots = || {
        webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .filter_map(|root| reqwest::Certificate::from_der(root).ok())
    };
    // The system's certificates come first, so that a company's own authority is trusted; Mozilla's are added because
    // a bare container has none at all, and the client then fails even for plain HTTP. Where the two can't be
    // merged, Mozilla's alone serve.
    builder()
        .tls_certs_merge(roots())
        .build()
        .or_else(|_| builder().tls_certs_only(roots()).build())
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("Kaiwa/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .tcp_keepalive(PROBE)
        .http2_keep_alive_interval(PROBE)
        .http2_keep_alive_timeout(CONNECT)
}

/// Installs rustls' provider of cryptography if `main` has not: without one, building a client panics.
fn provide_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race against another thread is fine: then one is installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_can_be_built_without_any_preparation() {
        let client = http_client().unwrap();
        assert!(
            client
                .get("https://discord.com/api/v10/gateway")
                .build()
                .is_ok()
        );
    }

    #[test]
    fn every_root_certificate_can_be_read() {
        assert!(webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() > 100);
        for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            reqwest::Certificate::from_der(root).unwrap();
        }
    }
}
