//! What can be made to go wrong on the gateway, each seen from the client.

use std::time::{Duration, Instant};

use kaiwa_sim::{
    Sim, World,
    gateway::{Raw, Target},
    world::intents,
};
use serde_json::{Value, json};

use crate::{
    client::{Client, Received},
    gateway::{emit, start},
};

const INTENTS: u64 = intents::GUILDS | intents::GUILD_MESSAGES | intents::MESSAGE_CONTENT;

async fn connected() -> (Sim, Client, Value) {
    let sim = start(World::default()).await;
    let (mut client, ready) = Client::ready(&sim, INTENTS).await;
    client.dispatch("GUILD_CREATE").await;
    (sim, client, ready)
}

/// Resumes on a new connection; the next payload tells how that went.
async fn resumed(sim: &Sim, ready: &Value, sequence: u64) -> Client {
    let mut client = Client::connect(sim).await;
    client.payload(10).await;
    client.resume(sim, &ready["session_id"], sequence).await;
    client
}

#[tokio::test]
async fn a_dropped_connection_shows_its_code_and_can_resume() {
    let (sim, mut client, ready) = connected().await;
    assert_eq!(
        sim.shared()
            .gateway
            .drop_connections(&Target::All, 4000, "testing"),
        1
    );
    assert_eq!(client.closed().await, Some(4000));
    resumed(&sim, &ready, client.sequence)
        .await
        .dispatch("RESUMED")
        .await;
}

#[tokio::test]
async fn a_cut_connection_ends_without_a_word_and_can_resume() {
    let (sim, mut client, ready) = connected().await;
    assert_eq!(sim.shared().gateway.cut_connections(&Target::Shard(0)), 1);
    assert_eq!(client.closed().await, None);
    resumed(&sim, &ready, client.sequence)
        .await
        .dispatch("RESUMED")
        .await;
}

#[tokio::test]
async fn a_lost_session_cannot_be_resumed() {
    let (sim, client, ready) = connected().await;
    let id = ready["session_id"].as_str().unwrap().to_owned();
    assert_eq!(sim.shared().gateway.lose_sessions(&Target::Session(id)), 1);
    let sequence = client.sequence;
    client.close(4000).await;
    let mut client = resumed(&sim, &ready, sequence).await;
    assert_eq!(client.payload(9).await["d"], json!(false));
}

#[tokio::test]
async fn a_silent_connection_neither_speaks_nor_acknowledges() {
    let (sim, mut client, _) = connected().await;
    let gateway = &sim.shared().gateway;
    assert_eq!(gateway.set_silent(&Target::All, true), 1);
    emit(&sim, "MADE_UP", json!({ "content": "kept" }));
    client.send(1, json!(client.sequence)).await;
    // The heartbeat has arrived once it is noted; its acknowledgement would have been sent by then.
    while gateway.sessions()[0].acknowledged == 0 {
        tokio::task::yield_now().await;
    }
    assert!(gateway.sessions()[0].silent);
    assert!(
        gateway.sessions()[0].sent < gateway.sessions()[0].queued,
        "nothing was sent"
    );
    gateway.set_silent(&Target::All, false);
    assert_eq!(
        client.dispatch("MADE_UP").await["content"],
        "kept",
        "and no acknowledgement before it"
    );
}

#[tokio::test]
async fn reconnect_invalid_session_and_heartbeat_request_reach_the_client() {
    let (sim, mut client, ready) = connected().await;
    let gateway = &sim.shared().gateway;
    gateway.request_heartbeat(&Target::All);
    client.payload(1).await;
    gateway.ask_to_reconnect(&Target::All);
    client.payload(7).await;
    gateway.invalidate(&Target::All, true);
    assert_eq!(client.payload(9).await["d"], json!(true));
    client
        .resume(&sim, &ready["session_id"], client.sequence)
        .await;
    client.dispatch("RESUMED").await;
    gateway.invalidate(&Target::All, false);
    assert_eq!(client.payload(9).await["d"], json!(false));
    assert!(gateway.sessions().is_empty());
    client.identify(&sim, json!({})).await;
    client.dispatch("READY").await;
}

#[tokio::test]
async fn raw_messages_go_out_as_they_are() {
    let (sim, mut client, _) = connected().await;
    let gateway = &sim.shared().gateway;
    gateway.send_raw(&Target::All, &Raw::Text("{not json".into()));
    gateway.send_raw(&Target::All, &Raw::Binary(vec![1, 2, 3]));
    gateway.send_raw(
        &Target::All,
        &Raw::Payload(json!({ "op": 42, "d": null }).to_string()),
    );
    for expected in [b"{not json".to_vec(), vec![1, 2, 3]] {
        match client.receive().await {
            Received::Garbage(bytes) => assert_eq!(bytes, expected),
            other => panic!("expected garbage, got {other:?}"),
        }
    }
    client.payload(42).await;
}

#[tokio::test]
async fn new_connections_can_be_refused_for_a_while() {
    let sim = start(World::default()).await;
    let gateway = &sim.shared().gateway;
    gateway.refuse_connections_for(Duration::from_secs(600));
    let address = format!("ws://{}/gateway", sim.address());
    let refused = tokio_tungstenite::connect_async(&address)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("503"), "{refused}");
    gateway.refuse_connections_for(Duration::ZERO);
    Client::connect(&sim).await.payload(10).await;
}

#[tokio::test]
async fn events_can_come_twice() {
    let (sim, mut client, _) = connected().await;
    let gateway = &sim.shared().gateway;
    emit(&sim, "MADE_UP", json!({ "content": "once" }));
    client.dispatch("MADE_UP").await;
    let first = client.sequence;
    assert_eq!(gateway.replay_last(&Target::All, "MADE_UP"), 1);
    assert_eq!(client.dispatch("MADE_UP").await["content"], "once");
    assert_eq!(client.sequence, first + 1);
    assert_eq!(gateway.replay_last(&Target::All, "THREAD_CREATE"), 0);
    gateway.set(|settings| settings.send_twice = vec!["MADE_UP".into()]);
    emit(&sim, "MADE_UP", json!({ "content": "twice" }));
    for _ in 0..2 {
        assert_eq!(client.dispatch("MADE_UP").await["content"], "twice");
    }
}

#[tokio::test]
async fn dispatches_can_be_late() {
    let (sim, mut client, _) = connected().await;
    sim.shared()
        .gateway
        .set(|settings| settings.dispatch_delay_ms = 60);
    let started = Instant::now();
    emit(&sim, "MADE_UP", json!({ "content": "late" }));
    client.dispatch("MADE_UP").await;
    assert!(started.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_reset_ends_every_connection_and_forgets_what_was_seen() {
    let (sim, mut client, _) = connected().await;
    sim.shared().gateway.reset();
    assert_eq!(client.closed().await, None);
    assert!(sim.shared().gateway.records().identifies.is_empty());
    assert!(sim.shared().gateway.sessions().is_empty());
}
