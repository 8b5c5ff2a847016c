//! The request: what is sent, and which optional fields this server takes.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use kaiwa_core::model::{Prompt, Role};
use serde::Serialize;

use super::{Options, continuing::Continues, failure::Told};

/// The beginning of an answer that the server is to go on with.
#[derive(Clone, Copy)]
pub(super) struct Beginning<'a> {
    pub(super) text: &'a str,
    pub(super) how: Continues,
}

/// The body of a request for a chat completion. It has no `Debug`: it holds what people said.
#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continue_final_message: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    add_generation_prompt: Option<bool>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<bool>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The optional fields that a request had.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    usage: bool,
    max_completion_tokens: bool,
    max_tokens: bool,
    temperature: bool,
}

/// The field that bounds an answer's length.
const MAX_COMPLETION_TOKENS: u8 = 0;
const MAX_TOKENS: u8 = 1;
const NO_BOUND: u8 = 2;

/// Which optional fields this server takes, as far as it is known. Learnt once, then kept for the process's life.
pub(super) struct Fields {
    usage: AtomicBool,
    temperature: AtomicBool,
    bound: AtomicU8,
}

impl Fields {
    /// What is tried first: OpenAI's models refuse `max_tokens`, most other servers know no other name.
    pub(super) fn new(openai: bool) -> Self {
        Self {
            usage: AtomicBool::new(true),
            temperature: AtomicBool::new(true),
            bound: AtomicU8::new(if openai {
                MAX_COMPLETION_TOKENS
            } else {
                MAX_TOKENS
            }),
        }
    }

    /// Writes the request's body, and tells which fields it has.
    pub(super) fn body(
        &self,
        model: &str,
        prompt: &Prompt,
        beginning: Option<Beginning<'_>>,
        options: &Options,
    ) -> Result<(Vec<u8>, Sent), serde_json::Error> {
        let bound = self.bound.load(Ordering::Relaxed);
        let said = prompt.messages.iter().map(|message| Message {
            role: match message.role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
            },
            content: &message.content,
            prefix: None,
        });
        let begun = beginning.map(|beginning| Message {
            role: "assistant",
            content: beginning.text,
            prefix: (beginning.how == Continues::Prefix).then_some(true),
        });
        let by_fields = beginning.filter(|beginning| beginning.how == Continues::Fields);
        let body = Body {
            model,
            messages: said.chain(begun).collect(),
            stream: true,
            stream_options: self.usage.load(Ordering::Relaxed).then_some(StreamOptions {
                include_usage: true,
            }),
            max_completion_tokens: options
                .max_answer
                .filter(|_| bound == MAX_COMPLETION_TOKENS),
            max_tokens: options.max_answer.filter(|_| bound == MAX_TOKENS),
            temperature: options
                .temperature
                .filter(|_| self.temperature.load(Ordering::Relaxed)),
            continue_final_message: by_fields.map(|_| true),
            add_generation_prompt: by_fields.map(|_| false),
        };
        let sent = Sent {
            usage: body.stream_options.is_some(),
            max_completion_tokens: body.max_completion_tokens.is_some(),
            max_tokens: body.max_tokens.is_some(),
            temperature: body.temperature.is_some(),
        };
        Ok((serde_json::to_vec(&body)?, sent))
    }

    /// Learns from a refusal (status 400 or 422) and tells whether asking again makes sense.
    ///
    /// Each field is given up at most once, so this ends. Two requests that fail side by side both ask again.
    pub(super) fn learn(&self, told: &Told, sent: Sent) -> bool {
        let field = if sent.usage && told.names("stream_options") {
            self.usage.store(false, Ordering::Relaxed);
            "stream_options"
        } else if sent.max_completion_tokens && told.refuses("max_completion_tokens") {
            self.bound.store(NO_BOUND, Ordering::Relaxed);
            "max_completion_tokens"
        } else if sent.max_tokens && told.refuses("max_tokens") {
            self.bound.store(MAX_COMPLETION_TOKENS, Ordering::Relaxed);
            "max_tokens"
        } else if sent.temperature && told.refuses("temperature") {
            self.temperature.store(false, Ordering::Relaxed);
            "temperature"
        } else {
            return false;
        };
        tracing::warn!(
            field,
            "the model's server refuses a field of the request; it is left out from now on"
        );
        true
    }
}
