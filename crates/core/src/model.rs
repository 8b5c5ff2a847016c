//! What a language model is asked and what it answers, without any provider's wire format.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is sent to the model: messages in order, the system prompt first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Prompt {
    /// The messages, oldest first.
    pub messages: Vec<PromptMessage>,
    /// How many messages of the conversation before the question are not in it, or not whole, because they no longer fit.
    pub left_out: usize,
    /// The question itself is not in it whole.
    pub question_cut: bool,
}

/// One message of a prompt.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PromptMessage {
    /// Who speaks.
    pub role: Role,
    /// What they say.
    pub content: String,
}

/// What people say never reaches a log, not even by a prompt that is printed for debugging.
impl fmt::Debug for PromptMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}({} bytes)", self.role, self.content.len())
    }
}

/// Who speaks in a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The operator's instructions.
    System,
    /// The people.
    User,
    /// The bot.
    Assistant,
}

/// One event of a model's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelEvent {
    /// The next piece of an answer's text.
    Text {
        /// Which of several answers (`choices`) it belongs to, counted from 0.
        choice: u32,
        /// The piece, never empty.
        text: String,
    },
    /// The next piece of the model's reasoning, which is not part of the answer.
    Reasoning(String),
    /// One of the answers is complete.
    Finish {
        /// Which one.
        choice: u32,
        /// Why it ended.
        reason: FinishReason,
    },
    /// What it cost.
    Usage(Usage),
    /// The answer broke off and was begun anew: what was said of it so far no longer counts.
    Anew,
}

impl ModelEvent {
    /// A whole answer's text at once.
    pub fn whole(text: &str) -> Self {
        Self::Text {
            choice: 0,
            text: text.to_owned(),
        }
    }
}

/// Why a model ended an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It said all it had to say.
    Stop,
    /// It reached its limit of tokens.
    Length,
    /// The provider withheld the rest.
    ContentFilter,
    /// Something else.
    Other,
}

/// What an answer cost, in tokens as the provider counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt: u64,
    /// Tokens of the answer.
    pub answer: u64,
}
