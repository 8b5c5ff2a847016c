//! What the control API answers when it can't do what was asked: a sentence that says what to do instead.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::world::Refusal;

/// A request that could not be done.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Mistake {
    /// The request itself is wrong.
    #[error("{0}")]
    Request(String),
    /// The world's Discord refuses it, as it would refuse the person's own client.
    #[error("Discord refuses this: {0}")]
    Refused(Refusal),
    /// What was waited for did not happen in time; the text shows what did.
    #[error("{0}")]
    TimedOut(String),
}

impl Mistake {
    /// A mistake in the request.
    pub fn new(words: impl std::fmt::Display) -> Self {
        Self::Request(words.to_string())
    }
}

impl From<Refusal> for Mistake {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Request(_) => StatusCode::BAD_REQUEST,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::TimedOut(_) => StatusCode::REQUEST_TIMEOUT,
        };
        let mut body = json!({ "error": self.to_string() });
        if let (Self::Refused(refusal), Some(fields)) = (&self, body.as_object_mut()) {
            fields.insert("discord".to_owned(), refusal.body());
        }
        (status, Json(body)).into_response()
    }
}

/// Reads a body; an empty one counts as `{}`.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Mistake> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes)
        .map_err(|error| Mistake::new(format!("The body is not what this call takes: {error}")))
}

/// `current` with the fields in `changes` replaced; unknown names are refused with the list of known ones.
pub(super) fn merge<T: Serialize + DeserializeOwned>(
    current: &T,
    changes: Map<String, Value>,
) -> Result<T, Mistake> {
    let mut fields = serde_json::to_value(current).map_err(Mistake::new)?;
    if let Some(fields) = fields.as_object_mut() {
        fields.extend(changes);
    }
    serde_json::from_value(fields).map_err(Mistake::new)
}
