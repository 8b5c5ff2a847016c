//! Model servers on this machine: whoever runs one need not be asked where it is.

use std::time::Duration;

use futures_util::future::join_all;

use super::{Checked, Model, Options, Pauses};

/// A server on this machine answers a list of models faster than this, or is busy with something else.
const PATIENCE: Duration = Duration::from_millis(900);

/// The servers that people run themselves, and where each listens unless told otherwise.
pub(crate) const USUAL: [(&str, &str); 3] = [
    ("Ollama", "http://127.0.0.1:11434/v1"),
    ("LM Studio", "http://127.0.0.1:1234/v1"),
    ("llama.cpp", "http://127.0.0.1:8080/v1"),
];

/// A server that was found, with the model that it would answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The program that usually listens there.
    pub program: &'static str,
    /// Its address, up to before `/chat/completions`.
    pub base_url: String,
    /// What its list of models says.
    pub model: Checked,
}

/// The first of the usual servers that runs here and has a model to chat with.
pub async fn on_this_machine(http: &reqwest::Client) -> Option<Local> {
    among(http, &USUAL).await
}

async fn among(http: &reqwest::Client, places: &[(&'static str, &str)]) -> Option<Local> {
    let looked = places.iter().map(|&(program, base_url)| async move {
        let model = Model::new(http.clone(), options(base_url));
        let checked = tokio::time::timeout(PATIENCE, model.check()).await;
        let model = checked.ok()?.ok()?;
        Some(Local {
            program,
            base_url: base_url.to_owned(),
            model,
        })
    });
    join_all(looked).await.into_iter().flatten().next()
}

fn options(base_url: &str) -> Options {
    Options {
        base_url: base_url.to_owned(),
        key: None,
        name: None,
        window: None,
        max_answer: None,
        temperature: None,
        stall: PATIENCE,
        tries: 1,
        pauses: Pauses::default(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{Json, Router, routing::get};
    use serde_json::{Value, json};

    use super::*;

    async fn serves(list: Value) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/v1/models", get(|| async { Json(list) }));
        tokio::spawn(async { axum::serve(listener, router).await });
        format!("http://{address}/v1")
    }

    #[tokio::test]
    async fn the_first_server_with_a_model_that_can_chat_is_taken() {
        let http = crate::http::http_client().unwrap();
        let nothing = serves(json!({ "data": [] })).await;
        let other = serves(json!("a page of something else")).await;
        let chats =
            serves(json!({ "data": [{ "id": "embed-small" }, { "id": "llama3.2" }] })).await;
        let found = among(
            &http,
            &[("one", &nothing), ("two", &other), ("three", &chats)],
        )
        .await
        .unwrap();
        assert_eq!(
            (found.program, found.model.name.as_str()),
            ("three", "llama3.2")
        );
        let nobody = among(
            &http,
            &[("one", &nothing), ("two", "http://127.0.0.1:9/v1")],
        )
        .await;
        assert_eq!(nobody, None);
    }
}
