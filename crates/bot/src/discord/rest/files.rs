//! Files that came with messages, read from Discord's content network. No call of the API: no token goes along, no
//! limit is counted.

use kaiwa_core::Now;
use reqwest::Url;
use tokio::time::{sleep, timeout};

use super::{DISCORD, Last, Rest, RestError, error::meaning, transport::pause};

/// How often a file is asked for.
const TRIES: u32 = 3;

/// So many times the time of a call is what a whole file may take.
const PATIENCE: u32 = 3;

/// Where Discord keeps files.
const HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// A file, or its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What was read.
    pub content: Vec<u8>,
    /// The file goes on beyond the limit.
    pub is_cut: bool,
}

impl Rest {
    /// Reads at most `limit` bytes of an attachment from the address that Discord told.
    ///
    /// # Errors
    ///
    /// See [`RestError`]; `NotFound` or `Forbidden` when the address has expired, as they do after about a day.
    pub async fn fetch(&self, address: &str, limit: usize) -> Result<Fetched, RestError> {
        let url = self
            .file_address(address)
            .ok_or(RestError::ForeignAddress)?;
        let patience = self.shared.times.attempt * PATIENCE;
        let mut tries = 1;
        loop {
            let result = timeout(patience, self.fetch_once(url.clone(), limit)).await;
            let last = match result {
                Ok(Ok(result)) => return result,
                Ok(Err(last)) => last,
                Err(_elapsed) => Last::TimedOut,
            };
            if tries == TRIES {
                return Err(RestError::Unavailable { last });
            }
            sleep(pause(tries)).await;
            tries += 1;
        }
    }

    /// Where a file really is: only Discord's own hosts are asked, or, where another server stands in for Discord,
    /// that one in their place.
    fn file_address(&self, address: &str) -> Option<Url> {
        let mut url = Url::parse(address).ok()?;
        let base = &self.shared.base;
        let is_discord = Url::parse(DISCORD).is_ok_and(|discord| discord == *base);
        let is_known_host = url.host_str().is_some_and(|host| HOSTS.contains(&host));
        if is_discord {
            return (is_known_host && url.scheme() == "https").then_some(url);
        }
        if is_known_host {
            url.set_scheme(base.scheme()).ok()?;
            url.set_host(base.host_str()).ok()?;
            url.set_port(base.port()).ok()?;
        }
        matches!(url.scheme(), "http" | "https").then_some(url)
    }

    async fn fetch_once(&self, url: Url, limit: usize) -> Result<Result<Fetched, RestError>, Last> {
        let began: Now = self.now();
        let response = self.shared.http.get(url).send().await;
        let mut response = response.map_err(|error| {
            if error.is_connect() {
                Last::NotConnected
            } else {
                Last::Cut
            }
        })?;
        let status = response.status().as_u16();
        let took = self.now().saturating_sub(began);
        tracing::debug!(status, ?took, "the content network answered");
        match status {
            200..300 => {}
            429 => return Err(Last::Limited),
            500.. => return Err(Last::Broken(status)),
            _ => return Ok(Err(meaning(status, &[]))),
        }
        let mut content = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Last::Cut)? {
            let room = limit - content.len();
            if chunk.len() > room {
                content.extend(chunk.iter().take(room));
                return Ok(Ok(Fetched {
                    content,
                    is_cut: true,
                }));
            }
            content.extend_from_slice(&chunk);
        }
        Ok(Ok(Fetched {
            content,
            is_cut: false,
        }))
    }
}
