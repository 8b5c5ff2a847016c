//! Tells from a provider's status and body what one can do about a failure.
//!
//! Status alone does not tell: a used-up quota and a short pause are both 429, an unknown model is a 404 here and a 400
//! there, and a prompt that is too long comes with anything from 400 to 500. Codes and types are looked at first, then
//! the wordings of the servers in use (OpenAI, OpenRouter, Anthropic, Gemini, Groq, DeepSeek, Mistral, xAI, llama.cpp,
//! vLLM, SGLang, Ollama, LM Studio).

use std::time::Duration;

use kaiwa_core::{error::ModelError, model::Prompt};
use serde_json::Value;

use super::reason;

/// A failure, and how long the provider asks us to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error: ModelError,
    pub(super) retry_after: Option<Duration>,
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

/// What was asked, as far as telling its failure needs it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The model's name.
    pub(super) model: &'a str,
    /// The prompt, so that it can be kept out of reasons; without it only codes are passed on.
    pub(super) prompt: Option<&'a Prompt>,
    /// The key that was sent, so that it can be kept out of reasons too.
    pub(super) key: Option<&'a str>,
}

/// What a provider tells about a failure.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// `code` and `type`, lower case.
    codes: Vec<String>,
    /// A code that is an HTTP status.
    status: Option<u16>,
    /// The sentence for people.
    message: String,
    /// The request's field that it is about.
    param: String,
    /// Everything said, lower case, to look for wordings.
    haystack: String,
    /// How long to wait, where the body tells it (Gemini).
    retry_delay: Option<Duration>,
}

/// Reads a body that should be JSON; anything else becomes its text.
pub(super) fn value(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}

/// Some gateways put an error beside every piece that says nothing: that nothing went wrong.
pub(super) fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(error) => !error.is_empty(),
        Value::Array(errors) => !errors.is_empty(),
        Value::Object(error) => !error.is_empty(),
    }
}

/// The value is what servers send for an error.
pub(super) fn told(value: &Value) -> bool {
    ["error", "detail", "message"]
        .iter()
        .any(|key| value.get(key).is_some_and(|value| !value.is_null()))
        || value
            .as_array()
            .and_then(|list| list.first())
            .is_some_and(told)
}

impl Told {
    /// Reads the body of a failed request, or the error of a stream.
    pub(super) fn new(value: &Value) -> Self {
        // Gemini wraps the object in a list.
        let outer = value
            .as_array()
            .and_then(|list| list.first())
            .unwrap_or(value);
        let error = outer
            .get("error")
            .filter(|error| !error.is_null())
            .unwrap_or(outer);
        let mut told = Self::default();
        match error {
            Value::String(message) => told.message = message.clone(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                for key in ["code", "type", "status", "error"] {
                    match error.get(key) {
                        Some(Value::String(code)) => told.codes.push(code.to_ascii_lowercase()),
                        Some(Value::Number(code)) => {
                            told.status = code
                                .as_u64()
                                .and_then(|code| u16::try_from(code).ok())
                                .or(told.status);
                        }
                        _ => {}
                    }
                }
                told.param = text(error.get("param"));
                told.message = [
                    error.get("message"),
                    error.get("detail"),
                    outer.get("message"),
                    outer.get("detail"),
                ]
                .into_iter()
                .map(text)
                .find(|message| !message.is_empty())
                .unwrap_or_default();
            }
        }
        // FastAPI (vLLM and others) names the field by its path in the body.
        let complaint = outer
            .get("detail")
            .and_then(|detail| detail.get(0)?.get("loc")?.as_array()?.last());
        if let Some(Value::String(field)) = complaint {
            told.param.clone_from(field);
        }
        told.retry_delay = error
            .get("details")
            .and_then(Value::as_array)
            .and_then(|details| {
                details
                    .iter()
                    .find_map(|detail| detail.get("retryDelay")?.as_str())
            })
            .and_then(|delay| delay.strip_suffix('s')?.parse().ok())
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        // OpenRouter passes on what the provider behind it said.
        let raw = text(
            error
                .get("metadata")
                .and_then(|metadata| metadata.get("raw")),
        );
        told.haystack = format!("{}\n{raw}", told.message).to_lowercase();
        told
    }

    /// It is about this field of the request, which the server doesn't take.
    pub(super) fn refuses(&self, field: &str) -> bool {
        const REFUSALS: [&str; 11] = [
            "unsupported",
            "not supported",
            "does not support",
            "unrecognized",
            "unrecognised",
            "unknown",
            "unexpected",
            "extra",
            "not permitted",
            "not allowed",
            "deprecated",
        ];
        (self.param == field || self.haystack.contains(field))
            && (self.says(&REFUSALS) || self.codes.iter().any(|code| code.starts_with("un")))
    }

    /// It names this field of the request.
    pub(super) fn names(&self, field: &str) -> bool {
        self.param.starts_with(field) || self.haystack.contains(field)
    }

    fn is(&self, codes: &[&str]) -> bool {
        self.codes.iter().any(|code| codes.contains(&code.as_str()))
    }

    fn says(&self, wordings: &[&str]) -> bool {
        wordings
            .iter()
            .any(|wording| self.haystack.contains(wording))
    }

    /// What one can do about it.
    pub(super) fn failure(
        &self,
        status: u16,
        retry_after: Option<Duration>,
        asked: Asked<'_>,
    ) -> Failure {
        let retry_after = retry_after.or(self.retry_delay);
        let error = if self.quota_used_up(status) {
            ModelError::QuotaUsedUp
        } else if self.model_unknown(status) {
            ModelError::ModelUnknown {
                model: asked.model.to_owned(),
            }
        } else if self.key_refused(status) {
            ModelError::KeyRefused { status }
        } else if self.too_long(status) {
            ModelError::TooLong
        } else if status == 429 {
            ModelError::Busy { retry_after }
        } else if status >= 500 || matches!(status, 408 | 425) {
            // 408 and 425 are the server's own trouble too, whatever their first digit says.
            ModelError::Broken { status }
        } else {
            ModelError::Refused {
                status,
                reason: reason::tell(&self.message, &self.codes, status, asked),
            }
        };
        Failure { error, retry_after }
    }

    /// The same for an error told inside a stream, whose status line said 200.
    pub(super) fn failure_in_stream(&self, asked: Asked<'_>) -> Failure {
        let status = self
            .status
            .filter(|status| (400..600).contains(status))
            .unwrap_or_else(|| {
                if self.is(&[
                    "rate_limit_exceeded",
                    "rate_limit_error",
                    "too_many_requests",
                    "resource_exhausted",
                ]) {
                    429
                } else if self.is(&[
                    "authentication_error",
                    "permission_error",
                    "invalid_api_key",
                ]) {
                    401
                } else if self.is(&[
                    "invalid_request_error",
                    "badrequesterror",
                    "bad_request",
                    "invalid_argument",
                ]) {
                    400
                } else if self.is(&["overloaded_error"]) {
                    529
                } else {
                    500
                }
            });
        self.failure(status, None, asked)
    }

    fn quota_used_up(&self, status: u16) -> bool {
        // Gemini says "exceeded your current quota" of a minute's limit too: that wording alone tells nothing.
        status == 402
            || self.is(&[
                "insufficient_quota",
                "billing_hard_limit_reached",
                "insufficient_balance",
                "billing_error",
            ])
            || (status < 500
                && self.says(&[
                    "insufficient balance",
                    "insufficient credits",
                    "insufficient_quota",
                    "credit balance is too low",
                    "requires more credits",
                ]))
    }

    fn model_unknown(&self, status: u16) -> bool {
        const MISSING: [&str; 9] = [
            "not found",
            "not exist",
            "not_found",
            "unknown",
            "no such",
            "not a valid model",
            "invalid model",
            "not available",
            "no model",
        ];
        self.is(&["model_not_found", "invalid_model"])
            || (matches!(status, 400 | 404 | 422)
                && self.haystack.contains("model")
                && match status {
                    404 => self.says(&MISSING),
                    _ => self.says(&[
                        "not a valid model",
                        "invalid model id",
                        "invalid model name",
                        "invalid model:",
                        "model not exist",
                        "model not found",
                        "model_not_found",
                        "unknown model",
                    ]),
                })
    }

    fn key_refused(&self, status: u16) -> bool {
        // OpenRouter's moderation answers 403 for what was said, not for the key.
        (matches!(status, 401 | 403) && !self.says(&["flagged", "moderation"]))
            || (status == 400
                && self.says(&["api key not valid", "incorrect api key", "invalid api key"]))
    }

    fn too_long(&self, status: u16) -> bool {
        const WORDINGS: [&str; 27] = [
            "context_length_exceeded",
            "exceed_context_size",
            // OpenAI, OpenRouter, DeepSeek, vLLM.
            "maximum context length",
            "context length exceeded",
            "exceeds the context window",
            "exceeds the model's context",
            "exceed context window",
            // llama.cpp, before and while it answers.
            "exceeds the available context size",
            "context size has been exceeded",
            "input is too large to process",
            // vLLM.
            "longer than the maximum model length",
            "maximum model length",
            // SGLang.
            "exceeds the maximum allowed length",
            "longer than the model's context length",
            // Ollama.
            "exceeded max context length",
            "exceeds maximum context length",
            "exceeds the context length",
            // LM Studio.
            "greater than the context length",
            "context the overflows",
            "context overflows",
            // Anthropic, Mistral, xAI, Gemini, Groq.
            "prompt is too long",
            "prompt too long",
            "too large for model with",
            "maximum prompt length",
            "exceeds the maximum number of tokens",
            "reduce the length of the messages",
            "reduce your message size",
        ];
        status == 413
            || self.is(&["context_length_exceeded", "exceed_context_size_error", "string_above_max_length"])
            || self.says(&WORDINGS)
            // OpenAI's 429 for one request that is over the whole minute's limit: waiting never helps.
            || (status == 429 && self.says(&["request too large"]))
    }
}

/// A text, or what a list of complaints says.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        // FastAPI's complaints carry what was sent in `input`: only `msg` is taken.
        Some(Value::Array(complaints)) => {
            let complaints: Vec<String> = complaints
                .iter()
                .map(|complaint| text(complaint.get("msg")))
                .collect();
            complaints.join("; ")
        }
        Some(Value::Object(inner)) => text(inner.get("detail").or_else(|| inner.get("message"))),
        _ => String::new(),
    }
}
