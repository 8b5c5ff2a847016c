//! Why a turn could not be answered, told by what one can do about it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a model gave no answer, or no whole one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelError {
    /// It has too much to do (429): try again later.
    #[error("the provider is rate limiting us")]
    Busy {
        /// How long it asks us to wait, where it says so.
        retry_after: Option<Duration>,
    },
    /// The account has no credit left; waiting doesn't help.
    #[error("the provider says that the quota is used up")]
    QuotaUsedUp,
    /// The key was refused (401, 403).
    #[error("the provider refused the key (status {status})")]
    KeyRefused {
        /// The HTTP status.
        status: u16,
    },
    /// The provider knows no such model (404).
    #[error("the provider knows no model {model:?}")]
    ModelUnknown {
        /// The model's name as it is set.
        model: String,
    },
    /// The prompt is longer than the model's window.
    #[error("the prompt is longer than the model's window")]
    TooLong,
    /// The provider refused the request for another reason (4xx); trying again doesn't help.
    #[error("the provider refused the request (status {status}): {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The provider's reason, for the operator: bounded in length, never the prompt.
        reason: String,
    },
    /// The provider is broken (5xx).
    #[error("the provider failed (status {status})")]
    Broken {
        /// The HTTP status.
        status: u16,
    },
    /// The provider can't be reached.
    #[error("the provider can't be reached: {reason}")]
    Unreachable {
        /// What the connection said, for the operator.
        reason: String,
    },
    /// The stream ended before the answer did.
    #[error("the stream was cut")]
    Cut,
    /// No byte came for too long.
    #[error("the stream stood still")]
    Stalled,
    /// What came can't be understood.
    #[error("the provider sent something that can't be understood: {reason}")]
    Garbage {
        /// What was wrong with it, for the operator: never its text.
        reason: String,
    },
    /// The answer has no text.
    #[error("the answer was empty")]
    Empty,
    /// The answer reached its limit of tokens before its first word: the model has thought all the time.
    #[error("the answer reached its length limit before its first word")]
    OutOfRoom,
}

impl ModelError {
    /// Asking again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Broken { .. }
            | Self::Unreachable { .. }
            | Self::Cut
            | Self::Stalled
            | Self::Garbage { .. }
            | Self::Empty => true,
            Self::QuotaUsedUp
            | Self::KeyRefused { .. }
            | Self::ModelUnknown { .. }
            | Self::TooLong
            | Self::OutOfRoom
            | Self::Refused { .. } => false,
        }
    }
}

/// Why a turn failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "room", rename_all = "snake_case")]
pub enum TurnError {
    /// The model gave no answer.
    #[error("{error}")]
    Model {
        /// Why.
        error: ModelError,
    },
    /// Discord did not let us answer there, and we know why.
    #[error("missing permission: {permission}")]
    Forbidden {
        /// Discord's name of the permission.
        permission: String,
    },
    /// The place is gone: deleted, or out of our sight. Nothing can be said there.
    #[error("the channel is gone")]
    Gone,
    /// This program broke off, by a fault of its own.
    #[error("this program broke off")]
    BrokeOff,
    /// Discord refused for another reason.
    #[error("Discord refused (status {status}, code {code})")]
    Discord {
        /// The HTTP status.
        status: u16,
        /// Discord's own error code, 0 where it gave none.
        code: u64,
    },
}

impl From<ModelError> for TurnError {
    fn from(error: ModelError) -> Self {
        Self::Model { error }
    }
}
