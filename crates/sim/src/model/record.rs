//! What was asked of the provider, kept whole, and how to read it.

use serde::Serialize;
use serde_json::Value;

use super::fault::Fault;

/// A request for an answer, as it arrived.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// 1 for the first since the start or the last reset.
    pub number: u64,
    /// When it arrived, in milliseconds since 1970.
    pub arrived: u64,
    /// The body, or a string with the bytes where it is no JSON.
    pub body: Value,
    /// The `user-agent` header.
    pub user_agent: Option<String>,
    /// The fault that it met.
    pub fault: Option<Fault>,
    /// The words it was answered with, as far as they were planned.
    pub answer: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// When each part of the answer's body went out, in milliseconds since 1970.
    #[serde(skip)]
    pub sent: Vec<u64>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The answer is on its way.
    Open,
    /// The answer went out to its end.
    Answered,
    /// It was refused with this status.
    Refused(u16),
    /// No script was there for it.
    Unscripted,
    /// The answer was broken off by a fault.
    Broken,
    /// The client went away before the end.
    ClientLeft,
}

impl Request {
    pub(crate) fn new(number: u64, arrived: u64, body: Value, user_agent: Option<String>) -> Self {
        Self {
            number,
            arrived,
            body,
            user_agent,
            fault: None,
            answer: None,
            outcome: Outcome::Open,
            sent: Vec::new(),
        }
    }

    /// Whether a stream was asked for.
    pub fn streamed(&self) -> bool {
        streams(&self.body)
    }

    /// The model asked for.
    pub fn model(&self) -> &str {
        text_field(&self.body, "model")
    }

    /// The messages, in order.
    pub fn messages(&self) -> &[Value] {
        messages(&self.body)
    }

    /// Role and text of each message.
    pub fn turns(&self) -> Vec<(String, String)> {
        let turns = self.messages().iter().map(|message| {
            let role = text_field(message, "role").to_owned();
            (role, message_text(message))
        });
        turns.collect()
    }

    /// The text of the last message.
    pub fn question(&self) -> String {
        last_text(&self.body)
    }

    /// The conversation as one readable text: `role: words`, a message a line (further lines of a
    /// message are indented). For snapshots.
    pub fn transcript(&self) -> String {
        let lines: Vec<String> = self
            .messages()
            .iter()
            .map(|message| {
                let speaker = match message.get("name").and_then(Value::as_str) {
                    Some(name) => format!("{} ({name})", text_field(message, "role")),
                    None => text_field(message, "role").to_owned(),
                };
                format!("{speaker}: {}", message_text(message).replace('\n', "\n  "))
            })
            .collect();
        lines.join("\n")
    }
}

pub(super) fn streams(body: &Value) -> bool {
    body.get("stream").and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn text_field<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn messages(body: &Value) -> &[Value] {
    body.get("messages")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn last_text(body: &Value) -> String {
    messages(body).last().map(message_text).unwrap_or_default()
}

/// The text of a message; parts that are no text stand in brackets, such as `[image_url]`.
pub(super) fn message_text(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<String> = parts
                .iter()
                .map(|part| match text_field(part, "type") {
                    "text" => text_field(part, "text").to_owned(),
                    other => format!("[{other}]"),
                })
                .collect();
            texts.join("\n")
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}
