//! The model provider's faults over real sockets: what a client sees of each.

use kaiwa_sim::model::{Answer, Break, ErrorBody, Fault, Framing, Outcome};
use serde_json::Value;

use crate::model::{Provider, error_of, said, words};

#[tokio::test]
async fn faults_before_the_answer_leave_it_for_the_retry() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    model.answers(["blue"]);
    model.fails(1, Fault::RateLimited { retry_after: 1.5 });
    model.fails(
        1,
        Fault::Status {
            status: 502,
            body: ErrorBody::Html,
            retry_after: Some("3".to_owned()),
        },
    );
    model.fails(1, Fault::CloseBeforeHeaders);
    model.fails(1, Fault::ResetBeforeHeaders);
    let limited = provider.ask("sea?").send().await.unwrap();
    assert_eq!(limited.status(), 429);
    assert_eq!(limited.headers()["retry-after"], "2");
    assert_eq!(limited.headers()["retry-after-ms"], "1500");
    assert_eq!(error_of(limited).await.1["code"], "rate_limit_exceeded");
    let gateway = provider.ask("sea?").send().await.unwrap();
    assert_eq!(gateway.headers()["retry-after"], "3");
    assert_eq!(gateway.headers()["content-type"], "text/html");
    assert!(gateway.text().await.unwrap().contains("502 Bad Gateway"));
    for _ in 0..2 {
        let error = provider.ask("sea?").send().await.unwrap_err();
        assert!(error.is_request(), "{error:?}");
    }
    assert_eq!(
        words(provider.ask("sea?").send().await.unwrap()).await.0,
        "blue"
    );
    let outcomes: Vec<Outcome> = model
        .requests()
        .iter()
        .map(|request| request.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [
            Outcome::Refused(429),
            Outcome::Refused(502),
            Outcome::Broken,
            Outcome::Broken,
            Outcome::Answered
        ]
    );
}

#[tokio::test]
async fn a_cut_comes_after_the_words_before_it() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    for how in [Break::Close, Break::Reset] {
        model.answers(["The sea ", "is blue."]);
        model.fails(1, Fault::Break { after: 1, how });
        let (text, ended) = words(provider.ask("sea?").send().await.unwrap()).await;
        assert_eq!(text, "The sea ", "{how:?}");
        let error = ended.unwrap_err();
        let reset = format!("{error:?}").contains("ConnectionReset");
        assert_eq!(reset, how == Break::Reset, "{error:?}");
    }
    model.answers_with(Answer::new(["The sea ", "is"]));
    model.fails(
        1,
        Fault::Break {
            after: 1,
            how: Break::End,
        },
    );
    let (text, ended) = words(provider.ask("sea?").send().await.unwrap()).await;
    assert_eq!(text, "The sea ");
    ended.unwrap();
    assert_eq!(
        model.wait_for_outcome(3).await.unwrap().outcome,
        Outcome::Broken
    );
}

#[tokio::test]
async fn hangs_last_until_the_client_leaves_or_all_is_released() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    model.fails(2, Fault::HangBeforeHeaders);
    let waiting = tokio::spawn(provider.ask("sea?").send());
    model.wait_for_request(1).await.unwrap();
    waiting.abort();
    assert_eq!(
        model.wait_for_outcome(1).await.unwrap().outcome,
        Outcome::ClientLeft
    );
    let waiting = tokio::spawn(provider.ask("sea?").send());
    model.wait_for_request(2).await.unwrap();
    model.release_all();
    assert!(waiting.await.unwrap().is_err());
    assert_eq!(
        model.wait_for_outcome(2).await.unwrap().outcome,
        Outcome::Broken
    );
}

#[tokio::test]
async fn odd_shapes_arrive_as_they_were_ordered() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    let shaped = async |fault: Fault| {
        model.answers(["海は", "青い"]);
        model.fails(1, fault);
        let response = provider.ask("海は?").send().await.unwrap();
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        (kind, response.text().await.unwrap())
    };
    let (_, odd) = shaped(Fault::Framing(Framing::all())).await;
    assert_eq!(said(&odd), "海は青い");
    assert!(odd.contains("\r\ndata:{"));
    let (kind, body) = shaped(Fault::WholeBody).await;
    assert_eq!(kind, "application/json");
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap()["choices"][0]["message"]["content"],
        "海は青い"
    );
    assert_eq!(
        shaped(Fault::ContentType("text/plain".to_owned())).await.0,
        "text/plain"
    );
    let (kind, page) = shaped(Fault::HtmlPage).await;
    assert_eq!(kind, "text/html");
    assert!(page.starts_with("<html>"));
    assert_eq!(shaped(Fault::EmptyBody).await.1, "");
    assert_eq!(said(&shaped(Fault::EmptyAnswer).await.1), "");
}
