//! The model provider over real sockets: what a client sees of each answer.

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::StreamExt;
use kaiwa_sim::{
    Sim, World,
    model::{Answer, DEFAULT_KEY, Finish, HOLD, Outcome, Unscripted},
};
use serde_json::{Value, json};

pub(crate) struct Provider {
    pub sim: Sim,
    client: reqwest::Client,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let sim = Sim::start(World::default(), listen).await.unwrap();
        let client = crate::client::http_client();
        Self { sim, client }
    }

    pub(crate) fn ask(&self, question: &str) -> reqwest::RequestBuilder {
        self.ask_with(json!({
            "model": "simulated", "stream": true,
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": question}],
        }))
    }

    pub(crate) fn ask_with(&self, body: Value) -> reqwest::RequestBuilder {
        self.client
            .post(format!("{}/v1/chat/completions", self.sim.url()))
            .bearer_auth(DEFAULT_KEY)
            .json(&body)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sim.url())
    }
}

/// Reads a stream to its end; the words, and how it ended.
pub(crate) async fn words(response: reqwest::Response) -> (String, Result<(), reqwest::Error>) {
    let mut body = Vec::new();
    let mut ended = Ok(());
    let mut stream = response.bytes_stream();
    while let Some(part) = stream.next().await {
        match part {
            Ok(bytes) => body.extend_from_slice(&bytes),
            Err(error) => ended = Err(error),
        }
    }
    (said(&String::from_utf8_lossy(&body)), ended)
}

pub(crate) fn said(body: &str) -> String {
    let data = body
        .lines()
        .filter_map(|line| line.trim_start_matches('\u{feff}').strip_prefix("data:"));
    let deltas = data.filter_map(|data| {
        let chunk: Value = serde_json::from_str(data.trim()).ok()?;
        Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_owned())
    });
    deltas.collect()
}

pub(crate) async fn error_of(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"].clone())
}

#[tokio::test]
async fn a_scripted_answer_is_streamed_and_the_request_kept() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    model.answers(["The sea is ", "blue."]);
    let response = provider.ask("what color is the sea?").send().await.unwrap();
    assert_eq!(
        response.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    assert!(response.headers().contains_key("x-request-id"));
    let (text, ended) = words(response).await;
    assert_eq!(text, "The sea is blue.");
    ended.unwrap();
    let asked = model.wait_for_outcome(1).await.unwrap();
    assert_eq!(asked.outcome, Outcome::Answered);
    assert_eq!(
        asked.transcript(),
        "system: Be brief.\nuser: what color is the sea?"
    );
    assert!(asked.streamed());
}

#[tokio::test]
async fn a_held_answer_shows_its_words_and_waits() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    model.answers(["The sea is ", HOLD, "blue."]);
    let response = provider.ask("sea?").send().await.unwrap();
    let mut stream = response.bytes_stream();
    let mut body = String::new();
    while !body.contains("sea is") {
        body.push_str(&String::from_utf8_lossy(
            &stream.next().await.unwrap().unwrap(),
        ));
    }
    model.wait_for_hold(1).await.unwrap();
    assert_eq!(
        model.wait_for_request(1).await.unwrap().outcome,
        Outcome::Open
    );
    assert_eq!(said(&body), "The sea is ");
    model.release();
    while let Some(part) = stream.next().await {
        body.push_str(&String::from_utf8_lossy(&part.unwrap()));
    }
    assert_eq!(said(&body), "The sea is blue.");
}

#[tokio::test]
async fn holds_are_released_in_the_order_in_which_they_came() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    for name in ["first", "second"] {
        model.answers_when(name, Answer::new([HOLD, name]));
    }
    let first = provider.ask("first").send().await.unwrap();
    model.wait_for_hold(1).await.unwrap();
    let second = provider.ask("second").send().await.unwrap();
    model.wait_for_hold(2).await.unwrap();
    model.release();
    assert_eq!(words(first).await.0, "first");
    assert_eq!(model.read(|world| world.holding()), 1);
    model.release();
    assert_eq!(words(second).await.0, "second");
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    model.answers([HOLD, "too late"]);
    let response = provider.ask("sea?").send().await.unwrap();
    model.wait_for_hold(1).await.unwrap();
    drop(response);
    let asked = model.wait_for_outcome(1).await.unwrap();
    assert_eq!(asked.outcome, Outcome::ClientLeft);
    assert_eq!(model.read(|world| world.holding()), 0);
}

#[tokio::test]
async fn whole_answers_have_every_choice_and_the_usage() {
    let provider = Provider::start().await;
    provider.sim.model().answers_with(
        Answer::new(["blue"])
            .after_reasoning("water")
            .and(["green"])
            .finish(Finish::Length),
    );
    let body =
        json!({"model": "simulated", "n": 2, "messages": [{"role": "user", "content": "sea?"}]});
    let answer: Value = provider
        .ask_with(body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["choices"][0]["message"]["content"], "blue");
    assert_eq!(
        answer["choices"][0]["message"]["reasoning_content"],
        "water"
    );
    assert_eq!(answer["choices"][1]["message"]["content"], "green");
    assert_eq!(answer["choices"][1]["finish_reason"], "length");
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn keys_models_and_addresses_are_checked() {
    let provider = Provider::start().await;
    let models = provider.url("/v1/models");
    let (status, error) = error_of(provider.client.get(&models).send().await.unwrap()).await;
    assert_eq!(
        (status, &error["type"]),
        (401, &json!("invalid_request_error"))
    );
    let wrong = provider
        .client
        .get(&models)
        .bearer_auth("sk-wrong-key-of-somebody");
    let (status, error) = error_of(wrong.send().await.unwrap()).await;
    assert_eq!((status, &error["code"]), (401, &json!("invalid_api_key")));
    assert!(
        !error["message"]
            .as_str()
            .unwrap()
            .contains("sk-wrong-key-of-somebody")
    );
    let list = provider
        .client
        .get(&models)
        .bearer_auth(DEFAULT_KEY)
        .send()
        .await
        .unwrap();
    let list: Value = list.json().await.unwrap();
    assert_eq!(list["object"], "list");
    assert!(
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .any(|card| card["id"] == "simulated")
    );
    for (path, status, code) in [
        ("/v1/models/simulated", 200, Value::Null),
        ("/v1/models/vendor/nobody", 404, json!("model_not_found")),
        ("/v1/nothing", 404, Value::Null),
        ("/v1/chat/completions", 405, json!("method_not_supported")),
    ] {
        let got = provider
            .client
            .get(provider.url(path))
            .bearer_auth(DEFAULT_KEY)
            .send()
            .await
            .unwrap();
        let (got, error) = error_of(got).await;
        assert_eq!((got, &error["code"]), (status, &code), "{path}");
    }
    let unknown = json!({"model": "nobody", "messages": [{"role": "user", "content": "x"}]});
    let (status, error) = error_of(provider.ask_with(unknown).send().await.unwrap()).await;
    assert_eq!((status, &error["code"]), (404, &json!("model_not_found")));
    assert_eq!(
        provider.sim.model().requests()[0].outcome,
        Outcome::Refused(404)
    );
}

#[tokio::test]
async fn requests_that_openai_refuses_are_refused() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    model.settings(|settings| settings.models[4].context_tokens = 10);
    let (status, error) = error_of(provider.ask(&"sea ".repeat(100)).send().await.unwrap()).await;
    assert_eq!(
        (status, &error["code"]),
        (400, &json!("context_length_exceeded"))
    );
    let garbage = provider
        .client
        .post(provider.url("/v1/chat/completions"))
        .bearer_auth(DEFAULT_KEY)
        .body("not json");
    let (status, error) = error_of(garbage.send().await.unwrap()).await;
    assert_eq!(
        (status, &error["type"]),
        (400, &json!("invalid_request_error"))
    );
    assert_eq!(model.requests()[1].body, json!("not json"));
    model.settings(|settings| {
        settings.models[4].context_tokens = 10_000;
        settings.out_of_credit = true;
    });
    let (status, error) = error_of(provider.ask("sea?").send().await.unwrap()).await;
    assert_eq!(
        (status, &error["code"]),
        (429, &json!("insufficient_quota"))
    );
}

#[tokio::test]
async fn what_nobody_scripted_is_refused_or_echoed() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    let (status, error) = error_of(provider.ask("sea?").send().await.unwrap()).await;
    assert_eq!((status, &error["code"]), (500, &json!("unscripted")));
    assert_eq!(model.requests()[0].outcome, Outcome::Unscripted);
    model.settings(|settings| settings.unscripted = Unscripted::Echo);
    let (text, _) = words(provider.ask("what color is the sea?").send().await.unwrap()).await;
    assert!(text.contains("> what color is the sea?"), "{text}");
    model.settings(|settings| settings.unscripted = Unscripted::Say("blue".to_owned()));
    assert_eq!(
        words(provider.ask("sea?").send().await.unwrap()).await.0,
        "blue"
    );
}

#[tokio::test]
async fn a_wait_that_misses_says_what_it_saw() {
    let provider = Provider::start().await;
    let model = provider.sim.model();
    model.answers(["blue"]);
    words(provider.ask("sea?").send().await.unwrap())
        .await
        .1
        .unwrap();
    let patience = std::time::Duration::from_millis(1);
    let missed = model
        .wait_until(patience, "a second request", |world| {
            world.request(2).map(|_| ())
        })
        .await;
    let message = missed.unwrap_err().to_string();
    assert_eq!(
        message,
        "waited 1 ms for a second request; the provider has 1 requests, 0 answers and 0 faults queued, \
         0 on hold; last: [#1 Answered \"sea?\"]"
    );
}

#[tokio::test]
async fn the_control_api_scripts_faults_and_waits() {
    let provider = Provider::start().await;
    let control = provider.url("/control/model");
    let call = async |method: &str, path: &str, body: Value| {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = provider
            .client
            .request(method, format!("{control}{path}"))
            .json(&body);
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap(),
        )
    };
    let (status, _) = call(
        "POST",
        "/answers",
        json!({"pieces": ["blue", {"hold": null}, {"text": "."}], "finish": "length"}),
    )
    .await;
    assert_eq!(status, 200);
    call(
        "POST",
        "/faults",
        json!({"fault": {"rate_limited": {"retry_after": 1}}}),
    )
    .await;
    assert_eq!(provider.ask("sea?").send().await.unwrap().status(), 429);
    let response = provider.ask("sea?").send().await.unwrap();
    let (status, state) = call("GET", "/wait?requests=2&holding=1", json!({})).await;
    assert_eq!((status, &state["holding"]), (200, &json!(1)));
    call("POST", "/release", json!({})).await;
    assert_eq!(words(response).await.0, "blue.");
    let (_, requests) = call("GET", "/requests?since=1", json!({})).await;
    assert_eq!(requests[0]["body"]["messages"][1]["content"], "sea?");
    assert_eq!(requests[0]["outcome"], "answered");
    let (status, waited) = call("GET", "/wait?requests=3&timeout=1", json!({})).await;
    assert_eq!(status, 408);
    assert!(waited["error"].as_str().unwrap().contains("2 requests"));
    let (status, state) = call(
        "PATCH",
        "/settings",
        json!({"token_delay": 3, "unscripted": {"say": "hm"}}),
    )
    .await;
    assert_eq!(
        (status, &state["settings"]["token_delay"]),
        (200, &json!(3))
    );
    let (_, state) = call("POST", "/reset", json!({})).await;
    assert_eq!(
        (&state["requests"], &state["settings"]["token_delay"]),
        (&json!(0), &json!(3))
    );
    for (method, path, body, hint) in [
        ("POST", "/answers", json!({}), "`pieces`"),
        (
            "POST",
            "/answers",
            json!({"pieces": [{"shout": "x"}]}),
            "unknown variant `shout`",
        ),
        (
            "POST",
            "/faults",
            json!({"fault": "rain"}),
            "unknown variant `rain`",
        ),
        (
            "PATCH",
            "/settings",
            json!({"token_dealy": 1}),
            "unknown field `token_dealy`",
        ),
    ] {
        let (status, error) = call(method, path, body).await;
        assert_eq!(status, 400, "{path}");
        assert!(error["error"].as_str().unwrap().contains(hint), "{error}");
    }
}
