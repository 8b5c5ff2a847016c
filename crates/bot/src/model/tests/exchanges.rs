//! One request over real sockets: how it ends, and that nothing is left behind.

use std::time::Duration;

use futures_util::StreamExt;
use kaiwa_core::{
    error::ModelError,
    model::{FinishReason, ModelEvent, Usage},
};

use super::{
    Heard, hear, model, options, prompt,
    server::{Provider, Reply, Step, finishes, response, says, stream, stream_head, whole},
};

async fn ask_once(reply: Reply) -> Heard {
    let provider = Provider::start([reply]).await;
    hear(model(options(&provider.base_url)).ask(prompt())).await
}

/// A stream in HTTP's chunks; `end` is the empty chunk that says that nothing is missing.
fn chunked(texts: &[&str], end: bool) -> Reply {
    let mut bytes =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            .to_vec();
    for text in texts {
        bytes.extend(format!("{:x}\r\n{text}\r\n", text.len()).into_bytes());
    }
    if end {
        bytes.extend(b"0\r\n\r\n");
    }
    vec![Step::Send(bytes)]
}

#[tokio::test]
async fn ways_to_end() {
    let (hello, stop) = (says("hello"), finishes("stop"));
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\n";
    let reset = |texts: &[&str]| {
        let mut reply = chunked(texts, false);
        reply.push(Step::Reset);
        reply
    };
    // The reply, the text, whether it finished, the error.
    let cases: Vec<(&str, Reply, &str, bool, Option<ModelError>)> = vec![
        ("done", stream(&whole("hello")), "hello", true, None),
        (
            "done, chunked",
            chunked(&[&whole("hello")], true),
            "hello",
            true,
            None,
        ),
        (
            "finished, closed",
            stream(&format!("{hello}{stop}")),
            "hello",
            true,
            None,
        ),
        (
            "finished, cut",
            chunked(&[&hello, &stop], false),
            "hello",
            true,
            None,
        ),
        (
            "finished, reset",
            reset(&[&hello, &stop]),
            "hello",
            true,
            None,
        ),
        (
            "finished, cut in the cost",
            chunked(&[&hello, &stop, "data: {\"cho"], false),
            "hello",
            true,
            None,
        ),
        (
            "done without a reason",
            stream(&format!("{hello}data: [DONE]\n\n")),
            "hello",
            true,
            None,
        ),
        (
            "no empty line at the end",
            stream(&format!("{hello}data: [DONE]")),
            "hello",
            true,
            None,
        ),
        (
            "closed",
            stream(&hello),
            "hello",
            false,
            Some(ModelError::Cut),
        ),
        (
            "closed, all chunks there",
            chunked(&[&hello], true),
            "hello",
            false,
            Some(ModelError::Cut),
        ),
        (
            "cut",
            chunked(&[&hello], false),
            "hello",
            false,
            Some(ModelError::Cut),
        ),
        (
            "cut in an event",
            chunked(&[&hello, "data: {\"choices\":[{\"del"], false),
            "hello",
            false,
            Some(ModelError::Cut),
        ),
        (
            "closed in an event",
            stream(&format!("{hello}data: {{\"cho")),
            "hello",
            false,
            Some(ModelError::Cut),
        ),
        (
            "cut before anything",
            chunked(&[], false),
            "",
            false,
            Some(ModelError::Cut),
        ),
        (
            "nothing at all",
            stream(""),
            "",
            false,
            Some(ModelError::Cut),
        ),
        ("no response", vec![], "", false, Some(ModelError::Cut)),
        (
            "reset before a response",
            vec![Step::Reset],
            "",
            false,
            Some(ModelError::Cut),
        ),
        (
            "only signs of life",
            stream(": hello\n\n: hello\n\n"),
            "",
            false,
            Some(ModelError::Cut),
        ),
        (
            "no text",
            stream(&format!("{stop}data: [DONE]\n\n")),
            "",
            false,
            Some(ModelError::Empty),
        ),
        (
            "cost after the end",
            stream(&format!("{hello}{stop}{usage}")),
            "hello",
            true,
            None,
        ),
    ];
    for (name, reply, text, finished, error) in cases {
        let heard = ask_once(reply).await;
        assert_eq!(heard.error, error, "{name}");
        assert_eq!(heard.texts.concat(), text, "{name}");
        assert_eq!(heard.finishes.len(), usize::from(finished), "{name}");
        assert!(
            heard
                .finishes
                .iter()
                .all(|finish| *finish == (0, FinishReason::Stop)),
            "{name}"
        );
        let cost = (name == "cost after the end").then_some(Usage {
            prompt: 3,
            answer: 1,
        });
        assert_eq!(heard.usage, cost, "{name}");
    }
}

#[tokio::test]
async fn a_single_body_is_an_answer_too() {
    let body = r#"
        {"id":"x","object":"chat.completion","choices":[
            {"index":1,"message":{"role":"assistant","content":"second"},"finish_reason":"length"},
            {"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"first"}],"reasoning":"hm"},"finish_reason":"stop"}
        ],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}"#;
    // The content type is not believed: some servers name the wrong one.
    for kind in ["application/json", "text/event-stream", "text/plain"] {
        let heard = ask_once(response(200, &format!("Content-Type: {kind}\r\n"), body)).await;
        assert_eq!(heard.error, None);
        assert_eq!(heard.texts, ["first", "second"]);
        assert_eq!(heard.reasoning, "hm");
        assert_eq!(
            heard.finishes,
            [(0, FinishReason::Stop), (1, FinishReason::Length)]
        );
        assert_eq!(
            heard.usage,
            Some(Usage {
                prompt: 7,
                answer: 2
            })
        );
    }
    // Answers without an index are counted.
    let body = r#"{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}"#;
    assert_eq!(ask_once(response(200, "", body)).await.texts, ["a", "b"]);
    let odd = r#"{"choices":[{"index":"0","message":{"content":"blue"},"delta":""}]}"#;
    assert_eq!(ask_once(response(200, "", odd)).await.texts, ["blue"]);
    let half = r#"{"choices":[{"message":{"content":"blue \ud83c"},"finish_reason":"length"}]}"#;
    assert_eq!(ask_once(response(200, "", half)).await.texts, ["blue "]);
    let empty = r#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#;
    assert_eq!(
        ask_once(response(200, "", empty)).await.error,
        Some(ModelError::Empty)
    );
    assert_eq!(
        ask_once(response(200, "", r#"{"choices":[]}"#)).await.error,
        Some(ModelError::Empty)
    );
}

#[tokio::test]
async fn bodies_that_are_no_answer_are_garbage() {
    let bodies = [
        "<!DOCTYPE html><html><body>Welcome to nginx!</body></html>",
        "Hello. This is the secret of the service.",
        r#"{"hello": "world"}"#,
        r#"{"choices": [{"message": {"content": "cut sec"#,
        "[]",
        "{\"model\":\"x\",\"message\":1}\n{\"model\":\"x\"}\n",
    ];
    for body in bodies {
        let heard = ask_once(response(200, "", body)).await;
        let Some(ModelError::Garbage { reason }) = heard.error else {
            panic!("{body}: {heard:?}");
        };
        assert!(!reason.contains("sec"), "{reason}");
    }
    let heard = ask_once(vec![Step::Send(b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec())]).await;
    assert!(
        matches!(heard.error, Some(ModelError::Garbage { .. })),
        "{heard:?}"
    );
}

#[tokio::test]
async fn a_server_that_stands_still_is_noticed_and_let_go() {
    let stalled = [
        ("before its head", vec![Step::Hold], ""),
        ("after its head", vec![stream_head(), Step::Hold], ""),
        (
            "in its answer",
            vec![
                stream_head(),
                Step::Send(says("hel").into_bytes()),
                Step::Hold,
            ],
            "hel",
        ),
    ];
    for (name, reply, text) in stalled {
        let mut provider = Provider::start([reply]).await;
        let model = model(super::Options {
            stall: Duration::from_millis(150),
            ..options(&provider.base_url)
        });
        let heard = hear(model.ask(prompt())).await;
        assert_eq!(heard.error, Some(ModelError::Stalled), "{name}");
        assert_eq!(heard.texts.concat(), text, "{name}");
        provider.client_gone().await;
    }
}

#[tokio::test]
async fn a_complete_answer_does_not_wait_for_a_server_that_never_closes() {
    let text = format!("{}{}", says("hello"), finishes("stop"));
    let mut provider = Provider::start([vec![
        stream_head(),
        Step::Send(text.into_bytes()),
        Step::Hold,
    ]])
    .await;
    let model = model(super::Options {
        stall: Duration::from_millis(150),
        ..options(&provider.base_url)
    });
    let heard = hear(model.ask(prompt())).await;
    assert_eq!((heard.error, heard.finishes.len()), (None, 1));
    provider.client_gone().await;
}

#[tokio::test]
async fn signs_of_life_alone_do_not_keep_a_stream_for_ever() {
    let mut provider = Provider::start([vec![
        stream_head(),
        Step::Flood(b": still here\n\n".to_vec()),
    ]])
    .await;
    let model = model(super::Options {
        stall: Duration::from_millis(10),
        ..options(&provider.base_url)
    });
    assert_eq!(
        hear(model.ask(prompt())).await.error,
        Some(ModelError::Stalled)
    );
    provider.client_gone().await;
}

#[tokio::test]
async fn a_mad_server_cannot_fill_memory() {
    let floods: [(&str, Vec<Step>, bool); 3] = [
        (
            "a line without end",
            vec![
                stream_head(),
                Step::Send(b"data: ".to_vec()),
                Step::Flood(vec![b'x'; 16 * 1024]),
            ],
            false,
        ),
        (
            "an event without end",
            vec![
                stream_head(),
                Step::Flood(b"data: xxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(512)),
            ],
            false,
        ),
        (
            "an answer without end",
            vec![
                stream_head(),
                Step::Flood(says(&"x".repeat(16 * 1024)).into_bytes()),
            ],
            true,
        ),
    ];
    for (name, reply, is_answer) in floods {
        let mut provider = Provider::start([reply]).await;
        let heard = hear(model(options(&provider.base_url)).ask(prompt())).await;
        if is_answer {
            assert_eq!(heard.error, None, "{name}");
            assert_eq!(heard.finishes, [(0, FinishReason::Length)], "{name}");
        } else {
            assert!(
                matches!(heard.error, Some(ModelError::Garbage { .. })),
                "{name}: {:?}",
                heard.error
            );
        }
        // What was read is bounded; the rest of what was sent lies in the sockets' buffers.
        let sent = provider.client_gone().await;
        assert!(sent < 24 * 1024 * 1024, "{name}: {sent} bytes were taken");
    }
}

#[tokio::test]
async fn the_request_starts_with_the_first_poll_and_ends_with_the_stream() {
    let mut provider = Provider::start([
        vec![
            stream_head(),
            Step::Send(says("hello").into_bytes()),
            Step::Hold,
        ],
        vec![Step::Hold],
    ])
    .await;
    let model = model(options(&provider.base_url));

    drop(model.ask(prompt()));
    assert!(provider.requests().is_empty());

    let mut answer = model.ask(prompt());
    let first = answer.next().await.unwrap().unwrap();
    assert!(matches!(first, ModelEvent::Text { choice: 0, text } if text == "hello"));
    drop(answer);
    provider.client_gone().await;

    // Before the head came, too.
    let mut answer = model.ask(prompt());
    while provider.requests().len() < 2 {
        tokio::select! {
            event = answer.next() => panic!("nothing was said: {event:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    drop(answer);
    provider.client_gone().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    // A port that was free a moment ago: nobody listens on it.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for base_url in [
        format!("http://user:hidden@{address}/v1"),
        "not a URL".to_owned(),
        "mailto:a@b.c".to_owned(),
    ] {
        let heard = hear(model(options(&base_url)).ask(prompt())).await;
        let Some(ModelError::Unreachable { reason }) = heard.error else {
            panic!("{base_url}: {heard:?}");
        };
        assert!(!reason.contains("hidden") && !reason.is_empty(), "{reason}");
    }
}
