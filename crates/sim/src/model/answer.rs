//! What a scripted model says: pieces, choices, how the answer ends.
//!
//! All of it is plain data, so that a test in any language can write it as JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Written among the pieces of an answer, it holds the stream open until [`super::Model::release`].
///
/// A string (of private-use characters that no answer contains), so that it stands in one array
/// with the words: `model.answers(["The sea is ", HOLD, "blue."])`.
pub const HOLD: &str = "\u{f8ff}hold\u{f8ff}";

/// One step of an answer. Each piece with content is sent as a chunk of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// Words of the answer.
    Text(String),
    /// Words of the model's reasoning, sent as `reasoning_content` (or as the settings name it).
    Reasoning(String),
    /// Words of a refusal, sent as `refusal`.
    Refusal(String),
    /// A call of a function tool.
    ToolCall(ToolCall),
    /// Waits until released.
    Hold,
    /// Waits a while, in milliseconds.
    Pause(u64),
    /// The stream breaks here.
    Break(Break),
}

impl From<&str> for Piece {
    fn from(words: &str) -> Self {
        if words == HOLD {
            Self::Hold
        } else {
            Self::Text(words.to_owned())
        }
    }
}

impl From<String> for Piece {
    fn from(words: String) -> Self {
        Self::from(words.as_str())
    }
}

impl From<Break> for Piece {
    fn from(fault: Break) -> Self {
        Self::Break(fault)
    }
}

impl From<ToolCall> for Piece {
    fn from(call: ToolCall) -> Self {
        Self::ToolCall(call)
    }
}

/// How a stream breaks in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Break {
    /// Nothing more comes, and the connection stays open.
    Hang,
    /// The connection is closed without the end of the body.
    Close,
    /// The connection is reset.
    Reset,
    /// The body ends in order, without a finish reason and without `[DONE]`.
    End,
    /// An event follows whose JSON is cut off; the stream goes on after it.
    Malformed,
    /// An error object follows in place of a chunk, and the stream ends.
    Error,
    /// The same, because the context is full: llama.cpp's words where an answer grows past it.
    Full,
}

/// A call of a function tool, as the model makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The call's id, such as `call_1`.
    pub id: String,
    /// The function's name.
    pub name: String,
    /// Its arguments: a string that should be JSON.
    pub arguments: String,
}

/// Why a choice ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model was done.
    Stop,
    /// It ran into the limit of tokens.
    Length,
    /// It wants its tools to be called.
    ToolCalls,
    /// A filter cut it.
    ContentFilter,
}

impl Finish {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
        }
    }
}

/// One of the answers in a response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What it says, in order.
    pub pieces: Vec<Piece>,
    /// Why it ends. `None`: `tool_calls` when it calls a tool, else `stop`.
    #[serde(default)]
    pub finish: Option<Finish>,
}

impl Choice {
    /// The finish reason that goes over the wire.
    pub fn finish(&self) -> Finish {
        let calls = self.pieces.iter().any(|p| matches!(p, Piece::ToolCall(_)));
        self.finish.unwrap_or(if calls {
            Finish::ToolCalls
        } else {
            Finish::Stop
        })
    }

    /// All words of the answer, joined.
    pub fn text(&self) -> String {
        let words = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(words) => Some(words.as_str()),
            Piece::Reasoning(_)
            | Piece::Refusal(_)
            | Piece::ToolCall(_)
            | Piece::Hold
            | Piece::Pause(_)
            | Piece::Break(_) => None,
        });
        words.collect()
    }
}

/// Token counts as the provider reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Tokens of the request.
    pub prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub completion_tokens: u64,
    /// Tokens of the request that came out of the provider's cache.
    #[serde(default)]
    pub cached_tokens: u64,
    /// Tokens of the reasoning.
    #[serde(default)]
    pub reasoning_tokens: u64,
}

/// A scripted answer: one or more choices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The choices in index order. While streaming their pieces take turns.
    pub choices: Vec<Choice>,
    /// The usage to report. `None`: counted roughly.
    #[serde(default)]
    pub usage: Option<Usage>,
}

impl Answer {
    /// One choice that says these pieces.
    pub fn new<P: Into<Piece>>(pieces: impl IntoIterator<Item = P>) -> Self {
        Self::default().and(pieces)
    }

    /// Adds a further choice.
    #[must_use]
    pub fn and<P: Into<Piece>>(mut self, pieces: impl IntoIterator<Item = P>) -> Self {
        self.choices.push(Choice {
            pieces: pieces.into_iter().map(Into::into).collect(),
            finish: None,
        });
        self
    }

    /// Sets why the last choice ends.
    #[must_use]
    pub fn finish(mut self, finish: Finish) -> Self {
        if let Some(choice) = self.choices.last_mut() {
            choice.finish = Some(finish);
        }
        self
    }

    /// Sets the usage to report.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// Puts reasoning before the last choice's pieces.
    #[must_use]
    pub fn after_reasoning(mut self, words: &str) -> Self {
        if let Some(choice) = self.choices.last_mut() {
            choice.pieces.insert(0, Piece::Reasoning(words.to_owned()));
        }
        self
    }

    /// The words of all choices, joined by newlines in index order.
    pub fn text(&self) -> String {
        let texts: Vec<String> = self.choices.iter().map(Choice::text).collect();
        texts.join("\n")
    }
}

/// An answer in the queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Script {
    /// The words its question must contain; `None` answers any request.
    pub when: Option<String>,
    /// What is said.
    pub answer: Answer,
}

/// Whether a request is the one that a script waits for: its last message contains the words.
pub(super) fn asks(body: &Value, words: &str) -> bool {
    super::record::last_text(body).contains(words)
}
