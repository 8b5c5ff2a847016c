//! What can be set about the world: how slow it is, what it limits, how strictly it counts.

use std::time::Duration;

/// Settings of a world; every one can be changed while it runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether requests are limited at all. Off for tests, on for the command line.
    pub rate_limits: bool,
    /// Requests a second over all routes of one bot, interactions not counted.
    pub global_per_second: u32,
    /// Invalid requests (401, 403, 429) in ten minutes after which the address is banned; none: never.
    pub ban_after_invalid: Option<u32>,
    /// How long a REST call travels before it takes effect.
    pub latency_before: Duration,
    /// How long its answer travels back.
    pub latency_after: Duration,
    /// How texts are measured against 2,000.
    pub length: Length,
    /// Active threads that a guild may have (Discord: 1,000).
    pub active_threads_per_guild: usize,
    /// How long an interaction waits for its first answer (Discord: 3 s).
    pub interaction_wait: Duration,
    /// How long its token lives (Discord: 15 min).
    pub interaction_life: Duration,
    /// Edits of messages older than an hour that go through in ten minutes, a channel; none: any number.
    pub old_edits_per_channel: Option<u32>,
    /// Shards that `GET /gateway/bot` recommends.
    pub shards: u64,
    /// IDENTIFYs that a bot has a day, as `GET /gateway/bot` says (Discord: 1,000 for most bots).
    pub identifies_a_day: u64,
    /// IDENTIFYs left today, as it says too.
    pub identifies_left: u64,
    /// Shards that may identify at the same time.
    pub max_concurrency: u64,
    /// Largest file in bytes without boosts (Discord: 10 MiB).
    pub file_limit: usize,
    /// Served calls that are kept for reading.
    pub calls_kept: usize,
    /// How long `enforce_nonce` remembers (Discord: a few minutes).
    pub nonce_memory: Duration,
}

/// How the length of a text is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Unicode code points, as Discord's servers count.
    CodePoints,
    /// UTF-16 units, as its clients count; the stricter of both.
    Utf16,
}

impl Length {
    /// The length of `text`.
    #[must_use]
    pub fn of(self, text: &str) -> usize {
        match self {
            Self::CodePoints => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rate_limits: false,
            global_per_second: 50,
            ban_after_invalid: None,
            latency_before: Duration::ZERO,
            latency_after: Duration::ZERO,
            length: Length::CodePoints,
            active_threads_per_guild: 1000,
            interaction_wait: Duration::from_secs(3),
            interaction_life: Duration::from_secs(15 * 60),
            old_edits_per_channel: None,
            shards: 1,
            identifies_a_day: 1000,
            identifies_left: 1000,
            max_concurrency: 1,
            file_limit: 10 * 1024 * 1024,
            calls_kept: 10_000,
            nonce_memory: Duration::from_secs(5 * 60),
        }
    }
}
