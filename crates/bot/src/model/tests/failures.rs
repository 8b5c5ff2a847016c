//! What providers say when they fail, and what becomes of it.

mod table;

use std::time::Duration;

use kaiwa_core::error::ModelError;

use super::{
    QUESTION, hear, model, options, prompt,
    server::{Provider, response, says, stream},
};

use table::failures;

fn refused(status: u16, reason: &str) -> ModelError {
    ModelError::Refused {
        status,
        reason: reason.to_owned(),
    }
}

fn unknown() -> ModelError {
    ModelError::ModelUnknown {
        model: "test-model".to_owned(),
    }
}

const fn busy(retry_after: Option<u64>) -> ModelError {
    let retry_after = match retry_after {
        Some(seconds) => Some(Duration::from_secs(seconds)),
        None => None,
    };
    ModelError::Busy { retry_after }
}

#[tokio::test]
async fn a_status_and_a_body_tell_what_one_can_do() {
    let failures = failures();
    let provider = Provider::start(
        failures
            .iter()
            .map(|(status, headers, body, _)| response(*status, headers, body)),
    )
    .await;
    let model = model(options(&provider.base_url));
    for (status, _, body, error) in &failures {
        let heard = hear(model.ask(prompt())).await;
        assert_eq!(heard.error.as_ref(), Some(error), "{status} {body}");
    }
    assert_eq!(provider.requests().len(), failures.len());
}

#[tokio::test]
async fn an_error_inside_a_stream_is_told_as_exactly() {
    let cases = [
        (
            r#"data: {"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
            ModelError::TooLong,
        ),
        (
            r#"error: {"code":500,"message":"Context size has been exceeded.","type":"server_error"}"#,
            ModelError::TooLong,
        ),
        (
            "event: error\ndata: {\"error\":{\"message\":\"The number of tokens to keep from the initial prompt is greater than the context length.\"}}",
            ModelError::TooLong,
        ),
        (
            "event: error\ndata: {\"error\":\"Trying to keep the first 9 tokens when context the overflows.\"}",
            ModelError::TooLong,
        ),
        (
            "event: error\ndata: {\"message\":\"slow down\",\"type\":\"rate_limit_exceeded\"}",
            busy(None),
        ),
        (
            "event: error\ndata: not even JSON",
            ModelError::Broken { status: 500 },
        ),
        (
            r#"data: {"error":{"code":429,"message":"Provider is busy"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#,
            busy(None),
        ),
        (
            r#"data: {"error":{"code":"server_error","message":"Provider disconnected"},"choices":[]}"#,
            ModelError::Broken { status: 500 },
        ),
        (
            r#"data: {"error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            ModelError::Broken { status: 529 },
        ),
        (
            r#"data: {"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            ModelError::QuotaUsedUp,
        ),
        (
            r#"data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#,
            ModelError::Broken { status: 500 },
        ),
        (
            r#"data: {"error":{"message":"No such tool.","type":"invalid_request_error","code":"odd_request"}}"#,
            refused(400, "No such tool."),
        ),
        // As one body, with a status that says that all is well.
        (
            r#"{"error":{"message":"Model is overloaded","code":503}}"#,
            ModelError::Broken { status: 503 },
        ),
    ];
    for (text, error) in cases {
        let provider = Provider::start([stream(&format!("{text}\n\n"))]).await;
        let heard = hear(model(options(&provider.base_url)).ask(prompt())).await;
        assert_eq!(heard.error, Some(error), "{text}");
    }

    // After the first text the prompt is no longer there to compare with: only the code is passed on.
    let error = r#"data: {"error":{"message":"You asked for my password","type":"invalid_request_error","code":"odd_request"}}"#;
    let provider = Provider::start([stream(&format!("{}{error}\n\n", says("hel")))]).await;
    let heard = hear(model(options(&provider.base_url)).ask(prompt())).await;
    assert_eq!(heard.texts, ["hel"]);
    assert_eq!(heard.error, Some(refused(400, "odd_request")));
}

#[tokio::test]
async fn a_reason_never_repeats_what_people_said_nor_the_key() {
    let quotations = [
        format!("Invalid input: '{QUESTION}'"),
        "input_value='...shall my password be?'".to_owned(),
        format!("Invalid input: {}", QUESTION.replace(' ', "\n  ")),
        "Invalid input: \"hello\"".to_owned(),
        "Bad header: Bearer sk-a-very-secret-key".to_owned(),
    ];
    for message in quotations {
        let body =
            serde_json::json!({"error": {"message": message, "code": "odd_request"}}).to_string();
        let provider = Provider::start([response(400, "", &body)]).await;
        let heard = hear(model(options(&provider.base_url)).ask(prompt())).await;
        assert_eq!(heard.error, Some(refused(400, "odd_request")), "{message}");
    }
    // Words that only have letters in common with it are passed on, up to a bound.
    let body = serde_json::json!({"error": {"message": "othello ".repeat(1000)}}).to_string();
    let provider = Provider::start([response(400, "", &body)]).await;
    let heard = hear(model(options(&provider.base_url)).ask(prompt())).await;
    let Some(ModelError::Refused { reason, .. }) = heard.error else {
        panic!("{heard:?}");
    };
    assert!(
        reason.starts_with("othello othello") && reason.chars().count() <= 201,
        "{reason}"
    );
}

#[tokio::test]
async fn an_endless_or_missing_body_of_a_failure_does_not_hide_its_status() {
    use super::server::Step;
    let head = |length: &str| {
        Step::Send(format!("HTTP/1.1 429 Whatever\r\nRetry-After: 5\r\n{length}\r\n").into_bytes())
    };
    let replies = [
        vec![head(""), Step::Flood(vec![b' '; 4096])],
        vec![head("Content-Length: 100\r\n"), Step::Hold],
        vec![head("Content-Length: 100\r\n"), Step::Reset],
    ];
    for reply in replies {
        let provider = Provider::start([reply]).await;
        let model = model(super::Options {
            stall: Duration::from_millis(150),
            ..options(&provider.base_url)
        });
        assert_eq!(hear(model.ask(prompt())).await.error, Some(busy(Some(5))));
    }
}
