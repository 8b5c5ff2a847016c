//! What clients may send over the gateway, read into one closed enum.
//!
//! Source: <https://discord.com/developers/docs/events/gateway-events#send-events>.

use serde::Deserialize;
use serde_json::Value;

use super::close::CloseCode;

/// The longest payload that a client may send, in bytes.
const PAYLOAD_MAX: usize = 4096;

/// A payload from a client.
#[derive(Debug)]
pub(super) enum Incoming {
    /// Op 1, with the last sequence the client has seen.
    Heartbeat { sequence: Option<u64> },
    /// Op 2.
    Identify(Box<Identify>),
    /// Op 3.
    PresenceUpdate(Value),
    /// Op 4.
    VoiceStateUpdate(Value),
    /// Op 6.
    Resume(Resume),
    /// Op 8.
    RequestMembers(RequestMembers),
    /// Op 31 and 43: sounds and channel details, which are accepted and not answered.
    Other { op: u64 },
}

/// Op 2, identify.
#[derive(Debug, Deserialize)]
pub(super) struct Identify {
    pub(super) token: String,
    pub(super) properties: Value,
    #[serde(default)]
    pub(super) compress: bool,
    #[serde(default)]
    pub(super) shard: Option<(u64, u64)>,
    #[serde(default)]
    pub(super) intents: Option<u64>,
    #[serde(default)]
    pub(super) presence: Value,
}

/// Op 6, resume.
#[derive(Debug, Deserialize)]
pub(super) struct Resume {
    pub(super) token: String,
    pub(super) session_id: String,
    pub(super) seq: u64,
}

/// Op 8, request guild members.
#[derive(Debug, Deserialize)]
pub(super) struct RequestMembers {
    /// One guild's id; old clients send a list of one.
    pub(super) guild_id: Value,
    #[serde(default)]
    pub(super) query: Option<String>,
    #[serde(default)]
    pub(super) limit: u64,
    #[serde(default)]
    pub(super) presences: Option<bool>,
    /// One id or a list.
    #[serde(default)]
    pub(super) user_ids: Value,
    #[serde(default)]
    pub(super) nonce: Option<String>,
}

#[derive(Deserialize)]
struct Envelope {
    op: u64,
    #[serde(default)]
    d: Value,
}

impl Incoming {
    /// Reads a payload.
    ///
    /// # Errors
    /// The code to close with: decode error (4002) or unknown opcode (4001).
    pub(super) fn parse(payload: &[u8]) -> Result<Self, CloseCode> {
        if payload.len() > PAYLOAD_MAX {
            return Err(CloseCode::DecodeError);
        }
        let Envelope { op, d } =
            serde_json::from_slice(payload).map_err(|_| CloseCode::DecodeError)?;
        match op {
            1 => decode(d).map(|sequence| Self::Heartbeat { sequence }),
            2 => decode(d).map(Box::new).map(Self::Identify),
            3 => Ok(Self::PresenceUpdate(d)),
            4 => Ok(Self::VoiceStateUpdate(d)),
            6 => decode(d).map(Self::Resume),
            8 => decode(d).map(Self::RequestMembers),
            31 | 43 => Ok(Self::Other { op }),
            _ => Err(CloseCode::UnknownOpcode),
        }
    }
}

fn decode<T: serde::de::DeserializeOwned>(data: Value) -> Result<T, CloseCode> {
    serde_json::from_value(data).map_err(|_| CloseCode::DecodeError)
}

/// A dispatch (op 0) as text. Discord writes the fields in this order, and clients look for the name in front of the data.
pub(super) fn dispatch(name: &str, sequence: u64, data: &Value) -> String {
    let name = Value::from(name);
    format!(r#"{{"t":{name},"s":{sequence},"op":0,"d":{data}}}"#)
}

/// Any other payload as text; Discord writes the fields `t` and `s` as null there.
pub(super) fn plain(op: u64, data: &Value) -> String {
    format!(r#"{{"t":null,"s":null,"op":{op},"d":{data}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(payload: &str) -> CloseCode {
        Incoming::parse(payload.as_bytes()).unwrap_err()
    }

    #[test]
    fn what_clients_may_not_send_has_its_close_code() {
        assert_eq!(refused("not json"), CloseCode::DecodeError);
        assert_eq!(refused(r#"{"d":1}"#), CloseCode::DecodeError);
        assert_eq!(refused(r#"{"op":0,"d":{}}"#), CloseCode::UnknownOpcode);
        assert_eq!(refused(r#"{"op":99,"d":null}"#), CloseCode::UnknownOpcode);
        assert_eq!(refused(r#"{"op":1,"d":"many"}"#), CloseCode::DecodeError);
        assert_eq!(
            refused(r#"{"op":2,"d":{"token":"x"}}"#),
            CloseCode::DecodeError
        );
        assert_eq!(
            refused(&format!(r#"{{"op":3,"d":"{}"}}"#, "x".repeat(4096))),
            CloseCode::DecodeError
        );
    }

    #[test]
    fn an_identify_is_read_with_its_shard() {
        let payload = br#"{"op":2,"d":{"token":"t","properties":{"os":"linux"},"shard":[1,4],"intents":513}}"#;
        let Ok(Incoming::Identify(identify)) = Incoming::parse(payload) else {
            panic!("no identify")
        };
        assert_eq!(
            (identify.shard, identify.intents, identify.compress),
            (Some((1, 4)), Some(513), false)
        );
    }
}
