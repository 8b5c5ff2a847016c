//! What tests and people may set about the gateway, as plain data that the control API reads and writes.

use serde::{Deserialize, Serialize};

/// Settings of the gateway. They apply from the next thing that happens; connections that are open keep their heartbeat interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewaySettings {
    /// Milliseconds between heartbeats, told in hello. A connection that sends none for twice as long is closed with 4009.
    pub heartbeat_interval_ms: u64,
    /// Payloads a client may send in 60 seconds before it is closed with 4008.
    pub sends_per_minute: usize,
    /// Whether identifies must keep to `max_concurrency` in 5 seconds; one too many is answered with invalid session.
    pub identify_pacing: bool,
    /// Guilds one shard may hold before an identify is closed with 4011; 0 for no limit.
    pub guilds_per_shard: usize,
    /// Milliseconds for which a session without a connection can be resumed.
    pub resume_window_ms: u64,
    /// Dispatches already sent that are kept for a resume; what is not sent yet is always kept.
    pub replay_kept: usize,
    /// Milliseconds that every dispatch waits before it is sent.
    pub dispatch_delay_ms: u64,
    /// Names of events that are sent twice, each time under a sequence of its own.
    pub send_twice: Vec<String>,
    /// Whether new connections are answered with status 503.
    pub refuse_connections: bool,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            heartbeat_interval_ms: 41_250,
            sends_per_minute: 120,
            identify_pacing: false,
            guilds_per_shard: 2_500,
            resume_window_ms: 180_000,
            replay_kept: 20_000,
            dispatch_delay_ms: 0,
            send_twice: Vec::new(),
            refuse_connections: false,
        }
    }
}
