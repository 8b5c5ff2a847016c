//! The close codes of Discord's gateway, with the words Discord sends beside them.
//!
//! Source: <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>.

/// Why the gateway closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// 4000: something went wrong.
    UnknownError,
    /// 4001: an opcode that clients may not send.
    UnknownOpcode,
    /// 4002: a payload that is no JSON, lacks a field, or is longer than 4,096 bytes.
    DecodeError,
    /// 4003: a payload before identify or resume.
    NotAuthenticated,
    /// 4004: the token is wrong.
    AuthenticationFailed,
    /// 4005: a second identify.
    AlreadyAuthenticated,
    /// 4007: a resume from a sequence that was never sent.
    InvalidSequence,
    /// 4008: more than 120 payloads in a minute.
    RateLimited,
    /// 4009: no heartbeat for too long.
    SessionTimedOut,
    /// 4010: the shard is not in its own total.
    InvalidShard,
    /// 4011: too many guilds for so few shards.
    ShardingRequired,
    /// 4012: a version of the API that is not spoken.
    InvalidApiVersion,
    /// 4013: bits that are no intent.
    InvalidIntents,
    /// 4014: a privileged intent that is not switched on for the application.
    DisallowedIntents,
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::UnknownError => 4000,
            Self::UnknownOpcode => 4001,
            Self::DecodeError => 4002,
            Self::NotAuthenticated => 4003,
            Self::AuthenticationFailed => 4004,
            Self::AlreadyAuthenticated => 4005,
            Self::InvalidSequence => 4007,
            Self::RateLimited => 4008,
            Self::SessionTimedOut => 4009,
            Self::InvalidShard => 4010,
            Self::ShardingRequired => 4011,
            Self::InvalidApiVersion => 4012,
            Self::InvalidIntents => 4013,
            Self::DisallowedIntents => 4014,
        }
    }

    /// The reason in the close frame.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::UnknownError => "Unknown error.",
            Self::UnknownOpcode => "Unknown opcode.",
            Self::DecodeError => "Error while decoding payload.",
            Self::NotAuthenticated => "Not authenticated.",
            Self::AuthenticationFailed => "Authentication failed.",
            Self::AlreadyAuthenticated => "Already authenticated.",
            Self::InvalidSequence => "Invalid seq.",
            Self::RateLimited => "Rate limited.",
            Self::SessionTimedOut => "Session timed out.",
            Self::InvalidShard => "Invalid shard.",
            Self::ShardingRequired => "Sharding required.",
            Self::InvalidApiVersion => "Invalid API version.",
            Self::InvalidIntents => "Invalid intent(s).",
            Self::DisallowedIntents => "Disallowed intent(s).",
        }
    }
}
