//! What goes wrong on purpose, and what is recorded of it.

use super::Rest;
use kaiwa_sim::{Route, world::faults::Fault};
use serde_json::json;
use std::time::Duration;

/// Longer than any answer takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn refusals_and_errors_are_answered_once() {
    let rest = Rest::start().await;
    rest.sim.world(|world| {
        world
            .faults
            .next(Route::CreateMessage)
            .fails(503, 0, "upstream connect error")
    });
    let failed = rest.post(&rest.messages(), json!({ "content": "x" })).await;
    assert_eq!(failed.status, 503);
    rest.sim
        .world(|world| world.faults.next(Route::CreateMessage).done_then_error());
    assert_eq!(
        rest.post(&rest.messages(), json!({ "content": "done" }))
            .await
            .status,
        500
    );
    rest.sim
        .world(|world| world.faults.next(Route::GetGateway).not_json());
    let garbled = rest.get("/gateway").await;
    assert_eq!(garbled.status, 200);
    assert!(
        garbled
            .body
            .as_str()
            .is_some_and(|text| text.starts_with("<html>"))
    );
    rest.sim.world(|world| {
        assert_eq!(world.transcript(rest.general), "kaiwa: done\n");
        let calls: Vec<_> = world
            .calls
            .of(Route::CreateMessage)
            .map(|call| (call.status, call.fault.is_some()))
            .collect();
        assert_eq!(calls, [(Some(503), true), (Some(500), true)]);
        assert_eq!(world.faults.left(), 0);
    });
}

#[tokio::test]
async fn connections_are_cut_before_and_after_the_effect() {
    let rest = Rest::start().await;
    let send = |text: &'static str| {
        rest.request(reqwest::Method::POST, &rest.messages())
            .json(&json!({ "content": text }))
            .send()
    };
    rest.sim
        .world(|world| world.faults.next(Route::CreateMessage).disconnects());
    assert!(
        tokio::time::timeout(PATIENCE, send("lost"))
            .await
            .unwrap()
            .is_err()
    );
    rest.sim.world(|world| {
        world
            .faults
            .next(Route::CreateMessage)
            .done_then_disconnect()
    });
    assert!(
        tokio::time::timeout(PATIENCE, send("done"))
            .await
            .unwrap()
            .is_err()
    );
    assert_eq!(
        rest.sim.world(|world| world.transcript(rest.general)),
        "kaiwa: done\n"
    );
}

#[tokio::test]
async fn calls_are_held_until_the_gate_opens() {
    let rest = Rest::start().await;
    let before = rest
        .sim
        .world(|world| world.faults.next(Route::CreateMessage).held_before());
    let path = rest.messages();
    let held = rest.post(&path, json!({ "content": "held" }));
    let arrived = rest.sim.until(|world| {
        world
            .calls
            .of(Route::CreateMessage)
            .next()
            .is_some()
            .then_some(())
    });
    let opened = async {
        arrived.await;
        assert_eq!(rest.sim.world(|world| world.transcript(rest.general)), "");
        rest.sim.world(|world| world.faults.open(before));
    };
    let (answered, ()) = tokio::join!(held, opened);
    assert_eq!(answered.ok()["content"], "held");

    let after = rest
        .sim
        .world(|world| world.faults.next(Route::CreateMessage).held_after());
    let done = rest.sim.until(|world| {
        world
            .transcript(rest.general)
            .contains("second")
            .then_some(())
    });
    let opened = async {
        done.await;
        let status = rest.sim.world(|world| {
            world
                .calls
                .of(Route::CreateMessage)
                .next_back()
                .unwrap()
                .status
        });
        assert_eq!(status, None, "done, but not answered yet");
        rest.sim.world(|world| world.faults.open(after));
    };
    let (answered, ()) = tokio::join!(rest.post(&path, json!({ "content": "second" })), opened);
    answered.ok();
}

#[tokio::test]
async fn a_call_without_an_answer_ends_when_the_client_gives_up() {
    let rest = Rest::start().await;
    let gate = rest
        .sim
        .world(|world| world.faults.next(Route::CreateMessage).no_answer());
    let request = rest
        .request(reqwest::Method::POST, &rest.messages())
        .json(&json!({ "content": "x" }));
    let error = request
        .timeout(Duration::from_millis(50))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    rest.sim.world(|world| {
        let call = world.calls.of(Route::CreateMessage).next().unwrap();
        assert_eq!(
            (call.status, &call.body, &call.fault),
            (
                None,
                &json!({ "content": "x" }),
                &Some(Fault::NoAnswer(gate))
            )
        );
        assert_eq!(world.transcript(rest.general), "");
    });
}

#[tokio::test]
async fn latency_lies_before_and_after_the_effect() {
    let rest = Rest::start().await;
    rest.sim.world(|world| {
        world.settings.latency_before = Duration::from_millis(30);
        world.settings.latency_after = Duration::from_millis(40);
    });
    let started = std::time::Instant::now();
    rest.get("/gateway").await.ok();
    assert!(started.elapsed() >= Duration::from_millis(70));
}
