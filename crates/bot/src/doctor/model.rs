//! The model: its server, its window, what it can do, and how long its first token takes.

use futures_util::StreamExt as _;
use kaiwa_core::{
    error::ModelError,
    findings,
    model::{ModelEvent, Prompt, PromptMessage, Role},
};
use tokio::time::Instant;

use crate::{app::WINDOW, config::Config, model::Model};

/// What the model is asked. One token of an answer is all that is waited for.
const QUESTION: &str = "Say: yes";

pub(super) async fn look(http: reqwest::Client, config: &Config) -> Vec<findings::Model> {
    let base_url = config.model.base_url.clone();
    let model = Model::new(http, &config.model);
    let checked = match model.check().await {
        Ok(checked) => checked,
        Err(failed) => {
            return vec![findings::Model::Unusable {
                base_url,
                error: failed.error,
                nearest: failed.nearest,
            }];
        }
    };
    let first = match first_token(&model).await {
        Ok(took) => findings::Model::FirstToken { took },
        Err(error) => findings::Model::NoToken {
            base_url: base_url.clone(),
            error,
        },
    };
    let window = match checked.window {
        Some(tokens) => findings::Model::Window {
            tokens: u64::from(tokens),
        },
        None => findings::Model::WindowUnknown {
            assumed: WINDOW as u64,
        },
    };
    vec![
        findings::Model::Served {
            model: checked.name,
            base_url,
        },
        first,
        window,
        findings::Model::Abilities {
            pictures: checked.pictures,
            tools: checked.tools,
        },
    ]
}

/// Asks a short question, and tells how long the first token took; the rest of the answer is not waited for.
///
/// # Errors
/// Why none came.
pub(crate) async fn first_token(model: &Model) -> Result<std::time::Duration, ModelError> {
    let prompt = Prompt {
        messages: vec![PromptMessage {
            role: Role::User,
            content: QUESTION.to_owned(),
        }],
        ..Prompt::default()
    };
    let asked = Instant::now();
    let mut answer = model.ask(prompt);
    while let Some(event) = answer.next().await {
        match event? {
            ModelEvent::Text { .. } | ModelEvent::Reasoning(_) => return Ok(asked.elapsed()),
            ModelEvent::Anew | ModelEvent::Finish { .. } | ModelEvent::Usage(_) => {}
        }
    }
    Err(ModelError::Empty)
}
