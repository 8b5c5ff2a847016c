//! What is sent, what is learnt from refusals, and what stays out of the logs.

use std::{
    io,
    sync::{Arc, Mutex},
};

use kaiwa_core::error::ModelError;
use serde_json::json;

use super::{
    QUESTION, hear, model, options, prompt,
    server::{Provider, response, stream, whole},
};
use crate::model::Options;

#[tokio::test]
async fn a_request_says_what_was_asked_and_no_more() {
    let provider = Provider::start([stream(&whole("hi"))]).await;
    hear(model(options(&provider.base_url)).ask(prompt())).await;
    let request = &provider.requests()[0];
    assert!(
        request
            .head
            .starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{}",
        request.head
    );
    let head = request.head.to_ascii_lowercase();
    assert!(
        head.contains("authorization: bearer sk-a-very-secret-key\r\n"),
        "{head}"
    );
    assert!(
        head.contains("content-type: application/json\r\n"),
        "{head}"
    );
    assert_eq!(
        request.body,
        json!({
            "model": "test-model",
            "messages": [
                {"role": "system", "content": "Answer in few words."},
                {"role": "user", "content": "hello"},
                {"role": "assistant", "content": "Hello!"},
                {"role": "user", "content": QUESTION},
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
        })
    );
}

#[tokio::test]
async fn the_address_is_taken_as_it_is_given() {
    for (given, path) in [
        ("/", "/v1/chat/completions"),
        ("?api-version=1", "/v1/chat/completions?api-version=1"),
        ("/a%20b", "/v1/a%20b/chat/completions"),
    ] {
        let provider = Provider::start([stream(&whole("hi"))]).await;
        let model = model(Options {
            key: None,
            ..options(&format!("{}{given}", provider.base_url))
        });
        assert_eq!(hear(model.ask(prompt())).await.error, None);
        let head = &provider.requests()[0].head;
        assert!(
            head.starts_with(&format!("POST {path} HTTP/1.1\r\n")),
            "{head}"
        );
        assert!(
            !head.to_ascii_lowercase().contains("authorization"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn fields_that_a_server_refuses_are_left_out_from_then_on() {
    let refusals = [
        r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#,
        r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#,
        r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
    ];
    let mut replies: Vec<_> = refusals
        .iter()
        .map(|body| response(400, "", body))
        .collect();
    replies.extend([stream(&whole("hi")), stream(&whole("hi"))]);
    let provider = Provider::start(replies).await;
    let model = model(Options {
        max_answer: Some(500),
        temperature: Some(0.5),
        ..options(&provider.base_url)
    });
    // One try is enough: asking again in another way is no retry.
    assert_eq!(hear(model.ask(prompt())).await.error, None);
    assert_eq!(hear(model.ask(prompt())).await.error, None);
    let sent: Vec<_> = provider
        .requests()
        .iter()
        .map(|request| {
            [
                "stream_options",
                "temperature",
                "max_tokens",
                "max_completion_tokens",
            ]
            .map(|field| request.body.get(field).is_some())
        })
        .collect();
    assert_eq!(
        sent,
        [
            [true, true, true, false],
            [false, true, true, false],
            [false, false, true, false],
            [false, false, false, true],
            [false, false, false, true],
        ]
    );
    assert_eq!(provider.requests()[0].body["temperature"], json!(0.5));
    assert_eq!(
        provider.requests()[4].body["max_completion_tokens"],
        json!(500)
    );
}

#[tokio::test]
async fn a_server_that_refuses_everything_is_not_asked_for_ever() {
    let refusal = r#"{"error":{"message":"unknown: stream_options, temperature, max_tokens, max_completion_tokens"}}"#;
    let provider = Provider::start(vec![response(400, "", refusal); 20]).await;
    let model = model(Options {
        max_answer: Some(500),
        temperature: Some(0.5),
        ..options(&provider.base_url)
    });
    let heard = hear(model.ask(prompt())).await;
    assert!(
        matches!(heard.error, Some(ModelError::Refused { status: 400, .. })),
        "{heard:?}"
    );
    assert_eq!(provider.requests().len(), 5);
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_words_nor_the_key_reach_the_logs() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    // Tests on other threads, which log nowhere, may have been the first to pass a place that logs, and then it stays
    // silent until this is asked again. So everything is passed once, asked again, and only then looked at.
    go_through_much().await;
    tracing::callsite::rebuild_interest_cache();
    log.0.lock().unwrap().clear();
    go_through_much().await;

    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("it is asked again") && logged.contains("stream_options"),
        "{logged}"
    );
    let options = options("http://127.0.0.1:1/v1");
    let shown = format!("{options:?} {:?}", model(options.clone()));
    for secret in ["password", "confidential", "very-secret"] {
        assert!(!logged.contains(secret), "{secret} is in the logs");
        assert!(!shown.contains(secret), "{secret} is shown");
    }
}

/// A prompt that is asked again after every kind of failure that is logged.
async fn go_through_much() {
    let echo = serde_json::json!({"error": {"message": format!("bad: {QUESTION} stream_options")}});
    let echo = echo.to_string();
    let provider = Provider::start([
        response(500, "", &echo),
        response(400, "", &echo),
        stream("data: {\"choices\":[{\"delta\":{\"content\":\"a confidential ans"),
        stream(&whole("a confidential answer")),
    ])
    .await;
    let heard = hear(model(options(&provider.base_url)).ask_patiently(prompt())).await;
    assert_eq!(heard.texts, ["a confidential answer"]);
}
