//! Shards at the gateway by the book: who sees what, how many guilds one may have, and how fast they come in.

use std::time::Duration;

use kaiwa_sim::World;
use serde_json::json;

use crate::{
    client::{Client, token},
    gateway::start,
};

#[tokio::test]
async fn a_shard_sees_its_own_guilds_and_the_first_one_direct_messages() {
    let mut world = World::default();
    let bot = *world.bots.keys().next().unwrap();
    let owner = world.user_named("ada").unwrap().id;
    for number in 0..40 {
        // The shard comes from the millisecond in which a guild was made.
        world.clock.advance(Duration::from_millis(1));
        let guild = world.add_guild(&format!("guild {number}"), owner);
        world.add_member(guild, bot);
    }
    let guilds: Vec<u64> = world.guilds.keys().copied().collect();
    let sim = start(world).await;
    let mut clients = Vec::new();
    for shard in 0..2_u64 {
        let mut client = Client::connect(&sim).await;
        client.payload(10).await;
        client.identify(&sim, json!({ "shard": [shard, 2] })).await;
        let ready = client.dispatch("READY").await;
        let seen: Vec<u64> = ready["guilds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|guild| guild["id"].as_str().unwrap().parse().unwrap())
            .collect();
        let expected: Vec<u64> = guilds
            .iter()
            .copied()
            .filter(|id| (id >> 22) % 2 == shard)
            .collect();
        assert_eq!(seen, expected);
        for _ in &expected {
            client.dispatch("GUILD_CREATE").await;
        }
        clients.push(client);
    }
    sim.world(|world| {
        world.emit_to("INTERACTION_CREATE", json!({ "id": "dm" }), 0, None, bot);
        for guild in &guilds {
            world.emit_to(
                "INTERACTION_CREATE",
                json!({ "id": guild.to_string() }),
                0,
                Some(*guild),
                bot,
            );
        }
    });
    assert_eq!(clients[0].dispatch("INTERACTION_CREATE").await["id"], "dm");
    for guild in &guilds {
        let shard = usize::try_from((guild >> 22) % 2).unwrap();
        assert_eq!(
            clients[shard].dispatch("INTERACTION_CREATE").await["id"],
            guild.to_string()
        );
    }
}

#[tokio::test]
async fn too_many_guilds_for_one_shard_close_with_4011() {
    let sim = start(World::default()).await;
    sim.world(|world| {
        let (bot, owner) = (
            *world.bots.keys().next().unwrap(),
            world.user_named("ada").unwrap().id,
        );
        let guild = world.add_guild("second", owner);
        world.add_member(guild, bot);
    });
    sim.shared()
        .gateway
        .set(|settings| settings.guilds_per_shard = 1);
    let mut client = Client::connect(&sim).await;
    client.payload(10).await;
    client.identify(&sim, json!({})).await;
    assert_eq!(client.closed().await, Some(4011));
}

#[tokio::test]
async fn identifies_are_paced_and_counted() {
    let sim = start(World::default()).await;
    sim.shared()
        .gateway
        .set(|settings| settings.identify_pacing = true);
    sim.world(|world| world.settings.identifies_left = 2);
    let (mut first, _) = Client::ready(&sim, 1).await;
    first.dispatch("GUILD_CREATE").await;
    let mut client = Client::connect(&sim).await;
    client.payload(10).await;
    client.identify(&sim, json!({})).await;
    assert_eq!(
        client.payload(9).await["d"],
        json!(false),
        "the second within five seconds"
    );
    sim.shared()
        .gateway
        .set(|settings| settings.identify_pacing = false);
    client.identify(&sim, json!({})).await;
    client.until("READY").await;
    let old = token(&sim);
    let mut third = Client::connect(&sim).await;
    third.payload(10).await;
    third.identify(&sim, json!({})).await;
    assert_eq!(
        third.closed().await,
        Some(4004),
        "the day's identifies are used up"
    );
    assert_eq!(first.closed().await, Some(4004), "and every session ends");
    assert_ne!(token(&sim), old, "and the token is another one");
}

#[tokio::test]
async fn ten_thousand_guilds_arrive_over_five_shards() {
    let mut world = World::empty();
    let owner = world.add_person("ada", "Ada");
    let bot = world.add_bot("kaiwa", owner);
    for number in 0..10_000 {
        world.clock.advance(Duration::from_millis(1));
        let guild = world.add_guild(&format!("guild {number}"), owner);
        world.add_member(guild, bot);
        world.add_channel(guild, kaiwa_sim::world::ChannelKind::Text, "general", None);
    }
    let sim = start(world).await;
    let mut shards = Vec::new();
    for shard in 0..5 {
        let mut client = Client::connect(&sim).await;
        client.payload(10).await;
        client.identify(&sim, json!({ "shard": [shard, 5] })).await;
        shards.push(tokio::spawn(async move {
            let ready = client.dispatch("READY").await;
            let expected = ready["guilds"].as_array().unwrap().len();
            for _ in 0..expected {
                client.dispatch("GUILD_CREATE").await;
            }
            expected
        }));
    }
    let mut total = 0;
    for shard in shards {
        total += tokio::time::timeout(Duration::from_secs(60), shard)
            .await
            .unwrap()
            .unwrap();
    }
    assert_eq!(total, 10_000);
}
