//! Tests of the model room: recorded streams cut in every way, and scripted servers on real sockets.

mod alike;
mod broken;
mod check;
mod exchanges;
mod failures;
mod lengths;
mod requests;
mod retries;
mod server;
mod streams;

use std::time::Duration;

use futures_util::StreamExt;
use kaiwa_core::{
    error::ModelError,
    model::{FinishReason, ModelEvent, Prompt, PromptMessage, Role, Usage},
};

use super::{Answer, Model, Options, Pauses};
use crate::http::http_client;

/// Nothing in these tests may take so long; it only ends a test that hangs.
const HANGS: Duration = Duration::from_secs(20);

/// What one stream gave, put together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    /// The text of each answer.
    texts: Vec<String>,
    reasoning: String,
    finishes: Vec<(u32, FinishReason)>,
    usage: Option<Usage>,
    error: Option<ModelError>,
}

impl Heard {
    fn note(&mut self, event: ModelEvent) {
        match event {
            ModelEvent::Text { choice, text } => {
                assert!(!text.is_empty());
                let choice = choice as usize;
                self.texts
                    .resize(self.texts.len().max(choice + 1), String::new());
                self.texts[choice].push_str(&text);
            }
            ModelEvent::Reasoning(text) => self.reasoning.push_str(&text),
            ModelEvent::Finish { choice, reason } => self.finishes.push((choice, reason)),
            ModelEvent::Anew => {
                self.texts.clear();
                self.reasoning.clear();
            }
            ModelEvent::Usage(usage) => {
                assert!(self.usage.replace(usage).is_none(), "usage told twice")
            }
        }
    }
}

/// Hears a stream out. It must end by itself, at once after an error.
async fn hear(mut answer: Answer) -> Heard {
    let mut heard = Heard::default();
    let listen = async {
        while let Some(item) = answer.next().await {
            assert!(heard.error.is_none(), "something came after an error");
            match item {
                Ok(event) => heard.note(event),
                Err(error) => heard.error = Some(error),
            }
        }
    };
    tokio::time::timeout(HANGS, listen)
        .await
        .expect("the stream never ended");
    heard
}

fn options(base_url: &str) -> Options {
    Options {
        base_url: base_url.to_owned(),
        key: Some("sk-a-very-secret-key".into()),
        name: Some("test-model".to_owned()),
        window: None,
        max_answer: None,
        temperature: None,
        stall: Duration::from_secs(10),
        tries: 3,
        pauses: Pauses {
            first: Duration::from_millis(2),
            longest: Duration::from_millis(4),
            obeyed: Duration::from_secs(60),
        },
    }
}

fn model(options: Options) -> Model {
    Model::new(http_client().unwrap(), options)
}

const QUESTION: &str = "what colour is the sea, and what shall my password be?";

fn prompt() -> Prompt {
    let message = |role, content: &str| PromptMessage {
        role,
        content: content.to_owned(),
    };
    Prompt {
        messages: vec![
            message(Role::System, "Answer in few words."),
            message(Role::User, "hello"),
            message(Role::Assistant, "Hello!"),
            message(Role::User, QUESTION),
        ],
        ..Prompt::default()
    }
}
