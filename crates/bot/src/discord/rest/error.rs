//! How a call ends when it doesn't succeed, told by what the caller can do.

/// Discord's message of a refusal is cut to this many characters.
const MESSAGE_LENGTH: usize = 200;

/// Why the way to Discord can't be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The address is no `http://` or `https://` address with a host.
    #[error("Discord's address must be like https://discord.com")]
    Address,
    /// The token is empty or holds characters that no token has.
    #[error("the Discord token is empty or holds characters that can't be sent")]
    Token,
}

/// Why a call did not succeed. Codes are Discord's own ("JSON Error Codes" in its reference), 0 where it gave none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// The token is wrong or was reset (401): nothing works any more.
    #[error("Discord refuses the token")]
    Unauthorized,
    /// The bot may not do that here (403): 50013 a permission is missing, 50001 it may not see the place.
    #[error("Discord forbids it (code {code})")]
    Forbidden {
        /// Discord's code.
        code: u64,
    },
    /// It isn't there (404): 10003 the channel, 10008 the message.
    #[error("it is not there (code {code})")]
    NotFound {
        /// Discord's code.
        code: u64,
    },
    /// The thread is archived (50083).
    #[error("the thread is archived")]
    Archived,
    /// The thread is locked (160005).
    #[error("the thread is locked")]
    Locked,
    /// The guild holds as many active threads as it may (160006).
    #[error("the guild has too many active threads")]
    TooManyThreads,
    /// A message older than an hour was edited too often (30046): try much later.
    #[error("the message is old and was edited too often")]
    EditedTooOften,
    /// Discord refused what was sent; sending it again doesn't help.
    #[error("Discord refused (status {status}, code {code}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Discord's code.
        code: u64,
        /// Discord's words, bounded in length.
        message: String,
    },
    /// A nicety found no room in time and was not sent.
    #[error("there was no room for it")]
    NoRoom,
    /// A file's address is not one that is fetched from.
    #[error("files are not fetched from such an address")]
    ForeignAddress,
    /// All tries are used up. Whether Discord has done it is unknown.
    #[error("Discord can't be reached: {last}")]
    Unavailable {
        /// How the last try ended.
        last: Last,
    },
}

/// Discord's code for a channel that there is not. Source: Discord's reference, "JSON Error Codes".
const UNKNOWN_CHANNEL: u64 = 10003;

impl RestError {
    /// The channel, or the thread, is there no longer.
    pub(crate) fn is_channel_gone(&self) -> bool {
        matches!(self, Self::NotFound { code } if *code == UNKNOWN_CHANNEL)
    }

    /// The message is there no longer, and its channel is.
    pub(crate) fn is_message_gone(&self) -> bool {
        matches!(self, Self::NotFound { code } if *code == UNKNOWN_MESSAGE)
    }
}

/// How a try ended that may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Last {
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// No connection: nothing was sent.
    #[error("no connection")]
    NotConnected,
    /// The connection broke after the call was sent.
    #[error("the connection broke")]
    Cut,
    /// Discord is broken (5xx), or what stands in front of it doesn't let the call through.
    #[error("status {0}")]
    Broken(u16),
    /// Discord wants a pause (429).
    #[error("rate limited")]
    Limited,
    /// It succeeded, but the answer can't be understood.
    #[error("the answer can't be understood")]
    Unreadable,
}

/// What Discord says of an error.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct ErrorBody {
    pub(super) code: u64,
    pub(super) message: String,
}

impl ErrorBody {
    /// Reads it as far as it can be read: what stands before Discord answers in HTML.
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// Discord always says why.
    pub(super) fn is_discords(&self) -> bool {
        self.code != 0 || !self.message.is_empty()
    }
}

/// What a status that is no success means.
pub(super) fn meaning(status: u16, body: &[u8]) -> RestError {
    let ErrorBody { code, message } = ErrorBody::read(body);
    match (status, code) {
        (_, 50083) => RestError::Archived,
        (_, 160_005) => RestError::Locked,
        (_, 160_006) => RestError::TooManyThreads,
        (_, EDITED_TOO_OFTEN) => RestError::EditedTooOften,
        (401, _) => RestError::Unauthorized,
        (403, _) => RestError::Forbidden { code },
        (404, _) => RestError::NotFound { code },
        _ => RestError::Refused {
            status,
            code,
            message: message.chars().take(MESSAGE_LENGTH).collect(),
        },
    }
}

/// "Maximum number of edits to messages older than 1 hour reached": comes with status 429 or 400.
pub const EDITED_TOO_OFTEN: u64 = 30_046;

/// "You cannot reply without permission to read message history".
pub(super) const REPLY_NEEDS_HISTORY: u64 = 160_002;

/// "Unknown interaction": it was never there, or its three seconds are over.
pub(super) const UNKNOWN_INTERACTION: u64 = 10_062;

/// "Interaction has already been acknowledged".
pub(super) const ALREADY_ANSWERED: u64 = 40_060;

/// "Unknown message".
pub(super) const UNKNOWN_MESSAGE: u64 = 10_008;

/// "A thread has already been created for this message".
pub(super) const THREAD_EXISTS: u64 = 160_004;
