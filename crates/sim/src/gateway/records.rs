//! What the gateway has seen, kept for tests and for the control API.

use serde::Serialize;
use serde_json::Value;

/// An identify, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct IdentifyRecord {
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The bot's user id; absent when the token is unknown.
    #[serde(with = "optional_id")]
    pub bot: Option<u64>,
    /// Shard and number of shards.
    pub shard: (u64, u64),
    /// The intents asked for.
    pub intents: u64,
    /// `none`, `zlib-stream` or `zstd-stream`.
    pub compression: &'static str,
    /// Whether zlib a payload was asked for.
    pub compress_payloads: bool,
    /// The client's own description of itself.
    pub properties: Value,
    /// The presence sent along, or null.
    pub presence: Value,
    /// How it ended.
    pub outcome: Outcome,
}

/// A resume, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct ResumeRecord {
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The session to be resumed.
    pub session_id: String,
    /// The last sequence that the client has seen.
    pub sequence: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// The answer to an identify or a resume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// READY or RESUMED under this session id.
    Accepted(String),
    /// Invalid session (op 9), not resumable.
    InvalidSession,
    /// The connection was closed with this code.
    Closed(u16),
}

/// A connection that the client or the gateway ended.
#[derive(Clone, Debug, Serialize)]
pub struct CloseRecord {
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The session it carried.
    pub session_id: Option<String>,
    /// The code the client sent; absent when it went without a close frame.
    pub client_code: Option<u16>,
}

/// Something a client sent that changes no state here: presences, voice states, requests for members.
#[derive(Clone, Debug, Serialize)]
pub struct SentRecord {
    /// Milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The session it came from.
    pub session_id: String,
    /// The opcode.
    pub op: u64,
    /// Its data.
    pub data: Value,
}

/// Everything above, oldest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GatewayRecords {
    /// Identifies.
    pub identifies: Vec<IdentifyRecord>,
    /// Resumes.
    pub resumes: Vec<ResumeRecord>,
    /// Ended connections.
    pub closes: Vec<CloseRecord>,
    /// Other payloads.
    pub sent: Vec<SentRecord>,
}

/// A session as it stands now.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView {
    /// Its id.
    pub session_id: String,
    /// The bot's user id.
    #[serde(with = "id")]
    pub bot: u64,
    /// Shard and number of shards.
    pub shard: (u64, u64),
    /// Its intents.
    pub intents: u64,
    /// Whether a connection carries it.
    pub connected: bool,
    /// Whether that connection was made silent.
    pub silent: bool,
    /// Whether a resume will be refused.
    pub lost: bool,
    /// The sequence of the last dispatch queued for it.
    pub queued: u64,
    /// The sequence of the last dispatch sent.
    pub sent: u64,
    /// The sequence of the client's last heartbeat.
    pub acknowledged: u64,
}

/// Ids are strings in JSON, as everywhere in Discord: numbers this long lose digits in JavaScript.
mod id {
    use serde::Serializer;

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    pub(super) fn serialize<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }
}

mod optional_id {
    use serde::Serializer;

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(
        id: &Option<u64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => serializer.collect_str(id),
            None => serializer.serialize_none(),
        }
    }
}
