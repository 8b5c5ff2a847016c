//! The gateway by the book: handshake, close codes, intents, compression, members.

use std::io::Read;

use kaiwa_sim::{
    Sim, World,
    gateway::Outcome,
    world::{Dispatch, intents},
};
use serde_json::{Value, json};

use crate::client::{Client, Received, token};

pub(crate) const GUILD_MESSAGES: u64 =
    intents::GUILDS | intents::GUILD_MESSAGES | intents::MESSAGE_CONTENT;

pub(crate) async fn start(world: World) -> Sim {
    Sim::start(world, ([127, 0, 0, 1], 0).into())
        .await
        .expect("loopback has a free port")
}

pub(crate) fn bot(sim: &Sim) -> u64 {
    sim.world(|world| *world.bots.keys().next().expect("the world has a bot"))
}

/// Something that the first bot may see, in the first guild. What is only carried needs no name that Discord knows.
pub(crate) fn emit(sim: &Sim, name: &'static str, data: Value) {
    sim.world(|world| {
        let guild = *world.guilds.keys().next().expect("the world has a guild");
        world.emit_in_guild(name, data, intents::GUILD_MESSAGES, guild);
    });
}

#[tokio::test]
async fn a_client_is_greeted_acknowledged_and_told_of_its_guild() {
    let sim = start(World::default()).await;
    let mut client = Client::connect(&sim).await;
    assert_eq!(
        client.payload(10).await["d"]["heartbeat_interval"],
        json!(41_250)
    );
    client.send(1, Value::Null).await;
    assert_eq!(
        client.payload(11).await,
        json!({ "t": null, "s": null, "op": 11, "d": null })
    );
    client
        .identify(&sim, json!({ "intents": GUILD_MESSAGES, "shard": [0, 1] }))
        .await;
    let ready = client.dispatch("READY").await;
    let id = bot(&sim).to_string();
    assert_eq!(
        (
            &ready["v"],
            &ready["user"]["id"],
            &ready["application"]["id"]
        ),
        (&json!(10), &json!(id), &json!(id))
    );
    assert_eq!(
        ready["resume_gateway_url"],
        json!(format!("ws://{}/gateway", sim.address()))
    );
    assert_eq!(ready["guilds"][0]["unavailable"], json!(true));
    let guild = client.dispatch("GUILD_CREATE").await;
    assert_eq!(guild["id"], ready["guilds"][0]["id"]);
    assert!(
        guild["channels"]
            .as_array()
            .is_some_and(|channels| channels.iter().any(|one| one["name"] == "general"))
    );
    let identify = sim.shared().gateway.records().identifies.remove(0);
    assert_eq!((identify.bot, identify.shard), (Some(bot(&sim)), (0, 1)));
    assert!(matches!(identify.outcome, Outcome::Accepted(_)));
}

#[tokio::test]
async fn the_bare_host_is_a_gateway_too() {
    let sim = start(World::default()).await;
    let mut client = Client::dial(&format!("ws://{}/?v=10&encoding=json", sim.address())).await;
    client.payload(10).await;
}

#[tokio::test]
async fn each_mistake_has_its_close_code() {
    let sim = start(World::default()).await;
    let known = token(&sim);
    let identify = |fields: Value| {
        let mut data = json!({ "token": known, "properties": {}, "intents": 1 });
        for (key, value) in fields.as_object().unwrap() {
            data[key] = value.clone();
        }
        json!({ "op": 2, "d": data }).to_string()
    };
    let cases = [
        (4001, vec![json!({ "op": 99, "d": null }).to_string()]),
        (4002, vec!["{\"op\":".to_owned()]),
        (4003, vec![json!({ "op": 3, "d": {} }).to_string()]),
        (
            4003,
            vec![json!({ "op": 8, "d": { "guild_id": "1", "query": "", "limit": 0 } }).to_string()],
        ),
        (4004, vec![identify(json!({ "token": "wrong" }))]),
        (4005, vec![identify(json!({})), identify(json!({}))]),
        (4010, vec![identify(json!({ "shard": [2, 2] }))]),
        (4013, vec![identify(json!({ "intents": 1_u64 << 40 }))]),
        (4013, vec![identify(json!({ "intents": null }))]),
        (
            4004,
            vec![
                json!({ "op": 6, "d": { "token": "wrong", "session_id": "x", "seq": 1 } })
                    .to_string(),
            ],
        ),
    ];
    for (code, sent) in cases {
        let mut client = Client::connect(&sim).await;
        client.payload(10).await;
        for text in &sent {
            client.send_text(text.clone()).await;
        }
        assert_eq!(client.closed().await, Some(code), "after {sent:?}");
    }
    for (code, query) in [(4012, "v=6&encoding=json"), (4002, "v=10&encoding=etf")] {
        let mut client = Client::dial(&format!("ws://{}/gateway?{query}", sim.address())).await;
        assert_eq!(client.closed().await, Some(code), "at {query}");
    }
}

#[tokio::test]
async fn a_privileged_intent_that_is_off_closes_with_4014() {
    let mut world = World::default();
    for bot in world.bots.values_mut() {
        bot.set_message_content(false);
    }
    let sim = start(world).await;
    let mut client = Client::connect(&sim).await;
    client.payload(10).await;
    client
        .identify(&sim, json!({ "intents": GUILD_MESSAGES }))
        .await;
    assert_eq!(client.closed().await, Some(4014));
    let (_client, ready) = Client::ready(&sim, GUILD_MESSAGES & !intents::MESSAGE_CONTENT).await;
    assert!(ready["session_id"].is_string());
}

#[tokio::test]
async fn more_than_120_payloads_in_a_minute_close_with_4008() {
    let sim = start(World::default()).await;
    let mut client = Client::connect(&sim).await;
    client.payload(10).await;
    for _ in 0..121 {
        client.send(1, Value::Null).await;
    }
    assert_eq!(client.closed().await, Some(4008));
}

#[tokio::test]
async fn content_needs_the_intent_or_a_reason() {
    let mut world = World::default();
    let (ada, general) = (
        world.user_named("ada").unwrap().id,
        world.channel_named("general").unwrap().id,
    );
    let said = world.say(ada, general, "hello").unwrap();
    let mut full = world.message_json(world.message(general, said).unwrap(), None);
    full["embeds"] = json!([{ "type": "rich" }]);
    full["attachments"] = json!([{ "id": "1", "filename": "a", "size": 1, "url": "https://a.invalid", "proxy_url": "https://a.invalid" }]);
    full["components"] = json!([{ "type": 1, "id": 1, "components": [] }]);
    full["poll"] = json!({ "question": {}, "answers": [], "expiry": "2030-01-01T00:00:00+00:00",
        "allow_multiselect": false, "layout_type": 1, "results": { "answer_counts": [], "is_finalized": false } });
    let sim = start(world).await;
    let (mut client, _) = Client::ready(
        &sim,
        intents::GUILDS | intents::GUILD_MESSAGES | intents::DIRECT_MESSAGES,
    )
    .await;
    client.dispatch("GUILD_CREATE").await;
    let me = bot(&sim);
    let message = |guild: Option<u64>, content_for: Vec<u64>, intents: u64| Dispatch {
        name: "MESSAGE_CREATE",
        data: full.clone(),
        intents,
        guild,
        recipients: vec![me],
        content_for,
    };
    sim.world(|world| {
        let guild = *world.guilds.keys().next().unwrap();
        world.emit(message(Some(guild), vec![], intents::GUILD_MESSAGES));
        world.emit(message(Some(guild), vec![me], intents::GUILD_MESSAGES));
        world.emit(message(None, vec![], intents::DIRECT_MESSAGES));
        world.emit(message(Some(guild), vec![], intents::GUILD_MESSAGE_TYPING));
    });
    let mut empty = full.clone();
    empty["content"] = json!("");
    for list in ["embeds", "attachments", "components"] {
        empty[list] = json!([]);
    }
    empty.as_object_mut().unwrap().remove("poll");
    assert_eq!(client.dispatch("MESSAGE_CREATE").await, empty);
    assert_eq!(client.dispatch("MESSAGE_CREATE").await["content"], "hello");
    assert_eq!(
        client.dispatch("MESSAGE_CREATE").await["poll"],
        full["poll"]
    );
    // The last one asks for an intent that the session has not; a heartbeat shows that nothing follows.
    client.send(1, json!(client.sequence)).await;
    client.payload(11).await;
}

#[tokio::test]
async fn a_zlib_stream_carries_a_whole_session() {
    let sim = start(World::default()).await;
    let address = format!(
        "ws://{}/gateway?v=10&encoding=json&compress=zlib-stream",
        sim.address()
    );
    let mut client = Client::dial(&address).await;
    client.payload(10).await;
    client
        .identify(&sim, json!({ "intents": GUILD_MESSAGES }))
        .await;
    client.dispatch("READY").await;
    client.dispatch("GUILD_CREATE").await;
    let long = "会話".repeat(20_000);
    emit(&sim, "MADE_UP", json!({ "content": long }));
    assert!(client.dispatch("MADE_UP").await["content"] == long);
}

#[tokio::test]
async fn a_zstd_stream_is_one_frame_over_all_messages() {
    let sim = start(World::default()).await;
    let address = format!(
        "ws://{}/gateway?v=10&encoding=json&compress=zstd-stream",
        sim.address()
    );
    let mut client = Client::dial(&address).await;
    let Received::Garbage(mut stream) = client.receive().await else {
        panic!("hello is not compressed")
    };
    client.identify(&sim, json!({})).await;
    for _ in 0..2 {
        let Received::Garbage(bytes) = client.receive().await else {
            panic!("not compressed")
        };
        stream.extend(bytes);
    }
    // The frame has no last block while the connection lives; the decoder of the test needs one.
    stream.extend_from_slice(&[1, 0, 0]);
    let mut text = String::new();
    ruzstd::decoding::StreamingDecoder::new(stream.as_slice())
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    let ops: Vec<Value> = serde_json::Deserializer::from_str(&text)
        .into_iter::<Value>()
        .map(|payload| payload.unwrap()["t"].clone())
        .collect();
    assert_eq!(ops, [Value::Null, json!("READY"), json!("GUILD_CREATE")]);
}

#[tokio::test]
async fn members_are_sent_in_chunks_on_request() {
    let mut world = World::default();
    let guild = *world.guilds.keys().next().unwrap();
    for number in 0..1200 {
        let person = world.add_person(&format!("guest{number}"), "Guest");
        world.add_member(guild, person);
    }
    let ada = world.user_named("ada").unwrap().id.to_string();
    let sim = start(world).await;
    let (mut client, _) = Client::ready(&sim, intents::GUILDS | intents::GUILD_MEMBERS).await;
    client.dispatch("GUILD_CREATE").await;
    let guild = guild.to_string();
    client
        .send(
            8,
            json!({ "guild_id": guild, "query": "", "limit": 0, "nonce": "n" }),
        )
        .await;
    let mut sizes = Vec::new();
    for index in 0..2 {
        let chunk = client.dispatch("GUILD_MEMBERS_CHUNK").await;
        assert_eq!(
            (
                &chunk["chunk_index"],
                &chunk["chunk_count"],
                &chunk["nonce"]
            ),
            (&json!(index), &json!(2), &json!("n"))
        );
        sizes.push(chunk["members"].as_array().unwrap().len());
    }
    assert_eq!(sizes, [1000, 203]);
    client
        .send(
            8,
            json!({ "guild_id": guild, "user_ids": [ada, "1"], "limit": 0 }),
        )
        .await;
    let chunk = client.dispatch("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(
        (&chunk["members"][0]["user"]["id"], &chunk["not_found"]),
        (&json!(ada), &json!(["1"]))
    );
    client
        .send(8, json!({ "guild_id": guild, "query": "AD", "limit": 5 }))
        .await;
    let chunk = client.dispatch("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["members"].as_array().unwrap().len(), 1);
}
