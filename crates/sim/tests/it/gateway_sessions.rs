//! Sessions at the gateway by the book: gone on with, taken over, ended by silence.

use kaiwa_sim::World;
use serde_json::json;

use crate::{
    client::Client,
    gateway::{GUILD_MESSAGES, emit, start},
};

#[tokio::test]
async fn a_resume_replays_what_was_missed_and_a_normal_close_gives_it_up() {
    let sim = start(World::default()).await;
    let (mut client, ready) = Client::ready(&sim, GUILD_MESSAGES).await;
    client.dispatch("GUILD_CREATE").await;
    let seen = client.sequence;
    client.close(4000).await;
    emit(&sim, "MADE_UP", json!({ "id": "1", "content": "first" }));
    emit(&sim, "MADE_UP", json!({ "id": "2", "content": "second" }));
    let mut client = Client::connect(&sim).await;
    client.payload(10).await;
    client.resume(&sim, &ready["session_id"], seen).await;
    assert_eq!(client.dispatch("MADE_UP").await["content"], "first");
    assert_eq!(client.dispatch("MADE_UP").await["content"], "second");
    client.dispatch("RESUMED").await;
    emit(&sim, "MADE_UP", json!({ "id": "3", "content": "third" }));
    assert_eq!(client.dispatch("MADE_UP").await["content"], "third");
    assert_eq!(client.sequence, seen + 4);
    client.close(1000).await;

    let mut client = Client::connect(&sim).await;
    client.payload(10).await;
    client.resume(&sim, &ready["session_id"], seen + 4).await;
    assert_eq!(client.payload(9).await["d"], json!(false));
    // The same connection may identify now.
    client.identify(&sim, json!({})).await;
    client.dispatch("READY").await;
}

#[tokio::test]
async fn a_resume_from_the_future_closes_with_4007() {
    let sim = start(World::default()).await;
    let (client, ready) = Client::ready(&sim, 1).await;
    client.close(4000).await;
    let mut client = Client::connect(&sim).await;
    client.payload(10).await;
    client.resume(&sim, &ready["session_id"], 900).await;
    assert_eq!(client.closed().await, Some(4007));
}

#[tokio::test]
async fn a_resume_takes_the_session_from_a_connection_that_still_lives() {
    let sim = start(World::default()).await;
    let (mut first, ready) = Client::ready(&sim, GUILD_MESSAGES).await;
    first.dispatch("GUILD_CREATE").await;
    let mut second = Client::connect(&sim).await;
    second.payload(10).await;
    second
        .resume(&sim, &ready["session_id"], first.sequence)
        .await;
    second.dispatch("RESUMED").await;
    assert_eq!(first.closed().await, Some(4000));
    emit(&sim, "MADE_UP", json!({ "id": "1", "content": "here" }));
    assert_eq!(second.dispatch("MADE_UP").await["content"], "here");
}

#[tokio::test]
async fn silence_from_a_client_ends_its_session() {
    let sim = start(World::default()).await;
    sim.shared()
        .gateway
        .set(|settings| settings.heartbeat_interval_ms = 20);
    let (mut client, ready) = Client::ready(&sim, 1).await;
    assert_eq!(client.closed().await, Some(4009));
    let mut client = Client::connect(&sim).await;
    client.payload(10).await;
    client.resume(&sim, &ready["session_id"], 1).await;
    assert_eq!(client.payload(9).await["d"], json!(false));
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_nobody() {
    let sim = start(World::default()).await;
    let (_deaf, _) = Client::ready(&sim, GUILD_MESSAGES).await;
    let (mut reader, _) = Client::ready(&sim, GUILD_MESSAGES).await;
    reader.dispatch("GUILD_CREATE").await;
    let text = "x".repeat(100_000);
    // Far more than the sockets' buffers hold.
    for _ in 0..300 {
        emit(&sim, "MADE_UP", json!({ "content": text }));
    }
    for _ in 0..300 {
        reader.dispatch("MADE_UP").await;
    }
    let sessions = sim.shared().gateway.sessions();
    assert!(
        sessions.iter().any(|session| session.sent < session.queued),
        "the deaf one has a backlog"
    );
}
