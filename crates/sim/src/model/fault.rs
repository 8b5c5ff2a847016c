//! What can go wrong at a model provider, as plain data.

use serde::{Deserialize, Serialize};

use super::answer::Break;

/// A fault for one request.
///
/// Those that come before the answer leave the scripted answer in the queue, so that a retry gets
/// it. Those that change the answer use it up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 429 `rate_limit_exceeded`, with Retry-After.
    RateLimited {
        /// Seconds to wait, with fractions (they go into `retry-after-ms`; Retry-After is rounded up).
        retry_after: f64,
    },
    /// 429 `insufficient_quota`: no retry helps.
    QuotaExceeded,
    /// Any status.
    Status {
        /// The HTTP status.
        status: u16,
        /// What kind of body comes with it.
        #[serde(default)]
        body: ErrorBody,
        /// Retry-After as it is written into the header: seconds or an HTTP date.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// The request is read, and the connection closed without an answer.
    CloseBeforeHeaders,
    /// The request is read, and the connection reset.
    ResetBeforeHeaders,
    /// Nothing is answered until released.
    HangBeforeHeaders,
    /// The answer breaks after so many of its pieces.
    Break {
        /// How many pieces of the first choice are sent before.
        after: usize,
        /// How it breaks.
        how: Break,
    },
    /// The answer is right but framed in an unusual way.
    Framing(Framing),
    /// All words come in one chunk.
    OneChunk,
    /// A whole answer without a word in it.
    EmptyAnswer,
    /// 200 and a body of no bytes.
    EmptyBody,
    /// `[DONE]` comes without any finish reason before it.
    NoFinishReason,
    /// The answer is finished, but `[DONE]` does not come.
    NoDone,
    /// A stream was asked for, one JSON body comes.
    WholeBody,
    /// The right body under another content type.
    ContentType(String),
    /// 200 and an HTML page, as captive portals and proxies give it.
    HtmlPage,
}

/// What comes with an error status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBody {
    /// The provider's error object.
    #[default]
    Json,
    /// A page, as a gateway in front of the provider writes it.
    Html,
    /// Nothing.
    Empty,
}

/// Ways to write server-sent events that are all allowed by the standard.
///
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Framing {
    /// Lines end with CR LF.
    pub carriage_returns: bool,
    /// Comment lines stand between the events, as keep-alives do.
    pub comments: bool,
    /// `data:` has no space after it.
    pub no_space: bool,
    /// `event:`, `id:` and `retry:` lines come with the events.
    pub other_fields: bool,
    /// The stream begins with a byte order mark.
    pub byte_order_mark: bool,
    /// The bytes arrive in small parts of changing size, cut inside lines and characters.
    pub odd_parts: bool,
    /// The last event, `[DONE]`, has no empty line after it.
    pub unfinished_end: bool,
}

impl Framing {
    /// Everything unusual at once.
    pub fn all() -> Self {
        Self {
            carriage_returns: true,
            comments: true,
            no_space: true,
            other_fields: true,
            byte_order_mark: true,
            odd_parts: true,
            unfinished_end: false,
        }
    }
}
