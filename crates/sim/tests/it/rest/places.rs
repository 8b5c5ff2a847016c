//! Users, guilds, channels, and the gateway's address.

use super::{Rest, id_of};
use serde_json::{Value, json};

#[tokio::test]
async fn the_bot_finds_itself_and_its_guilds() {
    let rest = Rest::start().await;
    assert_eq!(id_of(&rest.get("/users/@me").await.ok()), rest.kaiwa);
    assert_eq!(
        rest.get(&format!("/users/{}", rest.ada)).await.ok()["global_name"],
        "Ada"
    );
    assert_eq!(rest.get("/users/12").await.refused(), (404, 10_013));
    assert_eq!(
        id_of(&rest.get("/oauth2/applications/@me").await.ok()),
        rest.kaiwa
    );
    let gateway = rest.get("/gateway/bot").await.ok();
    assert_eq!(
        (
            &gateway["shards"],
            &gateway["session_start_limit"]["max_concurrency"]
        ),
        (&json!(1), &json!(1))
    );
    let guilds = rest.get("/users/@me/guilds?with_counts=true").await.ok();
    assert_eq!(
        (&guilds[0]["name"], &guilds[0]["approximate_member_count"]),
        (&json!("Kaiwa Lab"), &json!(3))
    );
    let guild = rest
        .get(&format!("/guilds/{}?with_counts=true", rest.guild))
        .await
        .ok();
    assert_eq!(guild["approximate_member_count"], 3);
    let names = |list: &Value| {
        list.as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let channels = rest
        .get(&format!("/guilds/{}/channels", rest.guild))
        .await
        .ok();
    assert_eq!(
        names(&channels),
        ["talk", "general", "announcements", "ideas", "lounge"]
    );
    assert_eq!(
        names(
            &rest
                .get(&format!("/guilds/{}/roles", rest.guild))
                .await
                .ok()
        ),
        ["@everyone", "kaiwa"]
    );
    let members = rest
        .get(&format!("/guilds/{}/members?limit=2", rest.guild))
        .await
        .ok();
    assert_eq!(members[0]["user"]["username"], "ada");
    let found = rest
        .get(&format!("/guilds/{}/members/search?query=BE", rest.guild))
        .await
        .ok();
    assert_eq!(found[0]["user"]["username"], "ben");
    let nick = rest
        .patch(
            &format!("/guilds/{}/members/@me", rest.guild),
            json!({ "nick": "Kai" }),
        )
        .await
        .ok();
    assert_eq!(nick["nick"], "Kai");
    rest.sim.world(|world| world.leave(rest.guild, rest.kaiwa));
    assert_eq!(
        rest.get(&format!("/guilds/{}", rest.guild)).await.refused(),
        (404, 10_004)
    );
}

#[tokio::test]
async fn typing_and_channels_are_seen_by_others() {
    let rest = Rest::start().await;
    let mut feed = rest.sim.shared().subscribe();
    assert_eq!(
        rest.post(&format!("/channels/{}/typing", rest.general), json!({}))
            .await
            .status,
        204
    );
    assert_eq!(feed.try_recv().unwrap().name, "TYPING_START");
    let path = format!("/channels/{}", rest.general);
    assert_eq!(
        rest.patch(&path, json!({ "name": "x" })).await.refused(),
        (403, 50_013)
    );
    rest.sim
        .world(|world| world.rename(rest.ada, rest.general, "Main Hall"))
        .unwrap();
    assert_eq!(feed.try_recv().unwrap().name, "CHANNEL_UPDATE");
    assert_eq!(rest.get(&path).await.ok()["name"], "main-hall");
    rest.sim
        .world(|world| world.delete_channel(rest.ada, rest.general))
        .unwrap();
    assert_eq!(feed.try_recv().unwrap().name, "CHANNEL_DELETE");
    assert_eq!(rest.get(&path).await.refused(), (404, 10_003));
}

#[tokio::test]
async fn avatars_are_drawn() {
    let rest = Rest::start().await;
    let response = rest
        .client
        .get(format!("{}/avatars/{}/x.png", rest.sim.url(), rest.ada))
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "image/svg+xml");
}
