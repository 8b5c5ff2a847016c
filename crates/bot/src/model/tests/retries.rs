//! When a prompt is asked again, how often, and after which pause.

use std::time::{Duration, SystemTime};

use kaiwa_core::error::ModelError;
use reqwest::header::HeaderMap;

use super::{
    hear, model, options, prompt,
    server::{Provider, Reply, Step, response, says, stream, whole},
};
use crate::model::{Options, Pauses, pause};

#[tokio::test]
async fn what_may_pass_is_asked_again_until_it_does() {
    let failures: Vec<(&str, Reply)> = vec![
        ("500", response(500, "", "")),
        ("429", response(429, "retry-after-ms: 1\r\n", "")),
        ("no response", vec![]),
        ("reset", vec![Step::Reset]),
        (
            "cut before the first word",
            stream("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n"),
        ),
        ("empty", stream("data: [DONE]\n\n")),
        ("garbage", response(200, "", "<html>")),
        (
            "an error in the stream",
            stream("data: {\"error\":{\"message\":\"overloaded\",\"code\":502}}\n\n"),
        ),
        (
            "a thought, then a cut",
            stream("data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\"}}]}\n\n"),
        ),
        ("blank text, then a cut", stream(&says("\n"))),
    ];
    for (name, failure) in failures {
        let provider = Provider::start([failure.clone(), failure, stream(&whole("hello"))]).await;
        let heard = hear(model(options(&provider.base_url)).ask_patiently(prompt())).await;
        assert_eq!(
            (heard.error, heard.texts.concat().as_str()),
            (None, "hello"),
            "{name}"
        );
        let requests = provider.requests();
        assert_eq!(requests.len(), 3, "{name}");
        assert!(
            requests
                .iter()
                .all(|request| request.body == requests[0].body),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_stall_before_the_first_word_is_asked_again() {
    let provider = Provider::start([vec![Step::Hold], stream(&whole("hello"))]).await;
    let model = model(Options {
        stall: Duration::from_millis(150),
        ..options(&provider.base_url)
    });
    assert_eq!(hear(model.ask_patiently(prompt())).await.texts, ["hello"]);
}

#[tokio::test]
async fn tries_are_counted_and_what_cannot_pass_is_told_at_once() {
    let cases = [
        (response(503, "", ""), 3, 3),
        (response(503, "", ""), 1, 1),
        (response(503, "", ""), 0, 1),
        (response(401, "", ""), 3, 1),
        (response(402, "", ""), 3, 1),
        (response(413, "", ""), 3, 1),
        (response(400, "", ""), 3, 1),
        // More than we are ready to wait.
        (response(429, "Retry-After: 61\r\n", ""), 3, 1),
        (response(503, "Retry-After: 3600\r\n", ""), 3, 1),
    ];
    for (reply, tries, asked) in cases {
        let provider = Provider::start(vec![reply.clone(); 5]).await;
        let model = model(Options {
            tries,
            ..options(&provider.base_url)
        });
        assert!(hear(model.ask_patiently(prompt())).await.error.is_some());
        assert_eq!(provider.requests().len(), asked);
        // Without patience it is asked once, whatever happens.
        assert!(hear(model.ask(prompt())).await.error.is_some());
        assert_eq!(provider.requests().len(), asked + 1);
    }
}

#[tokio::test]
async fn without_patience_a_broken_answer_ends_there() {
    let provider = Provider::start([stream(&says("hel")), stream(&whole("hello"))]).await;
    let heard = hear(model(options(&provider.base_url)).ask(prompt())).await;
    assert_eq!(
        (heard.texts.concat().as_str(), heard.error),
        ("hel", Some(ModelError::Cut))
    );
    // The text comes out first, though the error came with it in the same bytes.
    let both = format!("{}data: {{\"error\":{{\"code\":502}}}}\n\n", says("hel"));
    let provider = Provider::start([stream(&both)]).await;
    let heard = hear(model(options(&provider.base_url)).ask(prompt())).await;
    assert_eq!(
        (heard.texts.concat().as_str(), heard.error),
        ("hel", Some(ModelError::Broken { status: 502 }))
    );
}

#[tokio::test]
async fn a_pause_asked_for_is_obeyed() {
    let provider = Provider::start([
        response(429, "retry-after-ms: 300\r\n", ""),
        stream(&whole("hello")),
    ])
    .await;
    let started = std::time::Instant::now();
    assert_eq!(
        hear(model(options(&provider.base_url)).ask_patiently(prompt()))
            .await
            .texts,
        ["hello"]
    );
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[test]
fn pauses_grow_within_bounds_and_are_spread() {
    let pauses = Pauses::default();
    let range = |tries| {
        let pause = |chance| pauses.after(tries, None, chance).unwrap().as_millis();
        (pause(0.0), pause(1.0))
    };
    assert_eq!(
        [1, 2, 3, 4, 5, 6, 1000].map(range),
        [
            (250, 500),
            (500, 1000),
            (1000, 2000),
            (2000, 4000),
            (4000, 8000),
            (4000, 8000),
            (4000, 8000),
        ]
    );
    let asked = |seconds| pauses.after(1, Some(Duration::from_secs(seconds)), 0.0);
    assert_eq!(asked(60), Some(Duration::from_secs(60)));
    assert_eq!(asked(61), None);
    assert!(pauses.after(1, Some(Duration::from_secs(5)), 1.0) > Some(Duration::from_secs(5)));

    let chances: Vec<f64> = (0..64).map(|_| pause::chance()).collect();
    assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)));
    assert!(
        chances.iter().any(|chance| *chance < 0.5) && chances.iter().any(|chance| *chance > 0.5)
    );
}

#[test]
fn a_pause_is_read_in_every_form() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    let read = |headers: &[(&'static str, &'static str)]| {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        pause::retry_after(&headers, now).map(|wait| wait.as_millis())
    };
    assert_eq!(read(&[]), None);
    assert_eq!(read(&[("retry-after", "12")]), Some(12_000));
    assert_eq!(read(&[("retry-after", " 1.5 ")]), Some(1_500));
    assert_eq!(
        read(&[("retry-after-ms", "250.4"), ("retry-after", "9")]),
        Some(250)
    );
    assert_eq!(
        read(&[("retry-after-ms", "soon"), ("retry-after", "9")]),
        Some(9_000)
    );
    for odd in ["-3", "NaN", "inf", "1e300", "", "soon"] {
        assert_eq!(read(&[("retry-after", odd)]), None, "{odd}");
    }
    // A date counts from the response's own date, else from our clock.
    let date = "Thu, 01 Jan 1970 00:20:00 GMT";
    assert_eq!(read(&[("retry-after", date)]), Some(200_000));
    assert_eq!(
        read(&[
            ("retry-after", date),
            ("date", "Thu, 01 Jan 1970 00:19:50 GMT")
        ]),
        Some(10_000)
    );
    assert_eq!(
        read(&[
            ("retry-after", date),
            ("date", "Thu, 01 Jan 1970 00:21:00 GMT")
        ]),
        Some(0)
    );
}
