//! The control API over HTTP, as a test in another language uses it.

mod mistakes;

use std::time::Duration;

use kaiwa_sim::{
    Sim, World,
    control::{self, Action, Say, Wait},
    world::{AllowedMentions, Author, Change, Draft, intents},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    client::Client,
    gateway::{bot, start},
};

const INTENTS: u64 = intents::GUILDS
    | intents::GUILD_MESSAGES
    | intents::MESSAGE_CONTENT
    | intents::DIRECT_MESSAGES
    | intents::GUILD_MESSAGE_REACTIONS
    | intents::GUILD_MEMBERS;

struct Caller {
    http: reqwest::Client,
    sim: Sim,
}

impl Caller {
    async fn start() -> Self {
        let http = crate::client::http_client();
        Self {
            http,
            sim: start(World::default()).await,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let address = format!("{}/control{path}", self.sim.url());
        let answer = self
            .http
            .request(method, address)
            .json(&body)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// A call that must work.
    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call(Method::GET, path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn transcript(&self, channel: &str) -> String {
        let address = format!("{}/control/transcript?channel={channel}", self.sim.url());
        self.http
            .get(address)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    /// The bot writes, as if over REST.
    fn answer(&self, channel: &str, content: &str, components: Vec<Value>) -> u64 {
        let bot = bot(&self.sim);
        self.sim.world(|world| {
            let channel = world.channel_named(channel).unwrap().id;
            let allowed = AllowedMentions::nobody();
            let draft = Draft {
                content: content.into(),
                components,
                allowed,
                application: Some(bot),
                ..Draft::default()
            };
            world.post(Author::User(bot), channel, draft).unwrap()
        })
    }
}

#[tokio::test]
async fn a_talk_is_said_seen_and_read_back() {
    let caller = Caller::start().await;
    let (mut client, _) = Client::ready(&caller.sim, INTENTS).await;
    client.dispatch("GUILD_CREATE").await;
    let said = caller
        .post(
            "/say",
            json!({ "as": "ada", "channel": "general", "content": "@kaiwa hello" }),
        )
        .await;
    let seen = client.dispatch("MESSAGE_CREATE").await;
    assert_eq!(seen["id"], said["id"]);
    assert_eq!(
        seen["content"],
        json!(format!("<@{}> hello", bot(&caller.sim)))
    );
    let edited = caller
        .post(
            "/edit",
            json!({ "message": said["id"], "content": "@kaiwa hello!" }),
        )
        .await;
    assert_eq!(edited["history"][0]["content"], seen["content"]);
    client.dispatch("MESSAGE_UPDATE").await;
    caller
        .post(
            "/react",
            json!({ "as": "ben", "message": "last", "channel": "general", "emoji": "👍" }),
        )
        .await;
    client.dispatch("MESSAGE_REACTION_ADD").await;
    caller.answer("general", "Hi Ada.", vec![]);
    caller
        .post(
            "/thread",
            json!({ "as": "ada", "message": said["id"], "name": "greetings" }),
        )
        .await;
    caller.post("/say", json!({ "as": "ben", "channel": "greetings", "content": "in here", "files": [{ "name": "a.txt", "text": "hello" }] })).await;
    assert_eq!(
        caller.transcript("general").await,
        "#general\nAda: @kaiwa hello! (edited)\n  | reactions: 👍 1\n  └ thread \"greetings\"\nkaiwa: Hi Ada.\n"
    );
    assert_eq!(
        caller.transcript("greetings").await,
        "thread \"greetings\"\nAda: (the message that this thread started from)\nBen: in here\n  | file: a.txt (5 bytes)\n"
    );
    let messages = caller.get("/messages?channel=general").await;
    assert_eq!(messages.as_array().unwrap().len(), 2);
    caller
        .post("/delete", json!({ "message": said["id"] }))
        .await;
    caller.post("/wait", json!({ "gone": said["id"] })).await;
    client.until("MESSAGE_DELETE").await;
}

#[tokio::test]
async fn direct_messages_and_forum_posts_are_places_too() {
    let caller = Caller::start().await;
    let (mut client, _) = Client::ready(&caller.sim, INTENTS).await;
    client.dispatch("GUILD_CREATE").await;
    caller
        .post(
            "/say",
            json!({ "as": "ben", "dm": "kaiwa", "content": "psst" }),
        )
        .await;
    let seen = client.until("MESSAGE_CREATE").await;
    assert_eq!(
        (&seen["content"], &seen["guild_id"]),
        (&json!("psst"), &Value::Null)
    );
    let post = caller
        .post(
            "/say",
            json!({ "channel": "ideas", "title": "A better sea", "content": "Make it green." }),
        )
        .await;
    let thread = client.until("THREAD_CREATE").await;
    assert_eq!(
        (&thread["id"], &thread["name"]),
        (&post["id"], &json!("A better sea"))
    );
    let changed = json!({ "as": "ada", "channel": "A better sea", "archived": true });
    let (status, answer) = caller.call(Method::PATCH, "/channel", changed).await;
    assert_eq!(
        (status, &answer["thread_metadata"]["archived"]),
        (StatusCode::OK, &json!(true))
    );
}

#[tokio::test]
async fn waiting_ends_with_what_was_waited_for() {
    let caller = Caller::start().await;
    let wait =
        json!({ "channel": "general", "author": "kaiwa", "contains": "sea", "settled_ms": 20 });
    let waiting = caller.post("/wait", wait);
    let answering = async {
        let message = caller.answer("general", "The", vec![]);
        let me = bot(&caller.sim);
        for content in ["The sea", "The sea is", "The sea is blue."] {
            caller.sim.world(|world| {
                let channel = world.channel_named("general").unwrap().id;
                let change = Change {
                    content: Some(content.into()),
                    ..Change::default()
                };
                world.edit(me, channel, message, change).unwrap();
            });
            tokio::task::yield_now().await;
        }
    };
    let (found, ()) = tokio::join!(waiting, answering);
    assert_eq!(found[0]["content"], "The sea is blue.");
    let (status, answer) = caller
        .call(
            Method::POST,
            "/wait",
            json!({ "channel": "general", "contains": "green", "timeout_ms": 1 }),
        )
        .await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .contains("kaiwa: The sea is blue."),
        "{answer}"
    );
    let (_client, _) = Client::ready(&caller.sim, INTENTS).await;
    let sessions = caller.post("/wait", json!({ "connected": 1 })).await;
    assert_eq!(sessions[0]["bot"], json!(bot(&caller.sim).to_string()));
}

#[tokio::test]
async fn buttons_selects_and_commands_reach_the_bot() {
    let caller = Caller::start().await;
    let (mut client, _) = Client::ready(&caller.sim, INTENTS).await;
    client.dispatch("GUILD_CREATE").await;
    let row = json!({ "type": 1, "components": [{ "type": 2, "style": 1, "label": "Stop", "custom_id": "stop:1" }] });
    let menu = json!({ "type": 1, "components": [{ "type": 3, "custom_id": "pick", "options": [{ "label": "A", "value": "a" }] }] });
    caller.answer("general", "…", vec![row, menu]);
    let last = json!({ "as": "ben", "channel": "general", "message": "last", "button": "Stop" });
    let clicked = caller.post("/click", last).await;
    let seen = client.until("INTERACTION_CREATE").await;
    assert_eq!(
        (&seen["id"], &seen["data"]["custom_id"]),
        (&clicked["interaction"], &json!("stop:1"))
    );
    assert_eq!(clicked["answer"], "waiting");
    let (status, answer) = caller
        .call(
            Method::POST,
            "/wait",
            json!({ "interaction": clicked["interaction"], "timeout_ms": 1 }),
        )
        .await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT, "{answer}");
    caller
        .post(
            "/select",
            json!({ "channel": "general", "message": "last", "select": "pick", "values": ["a"] }),
        )
        .await;
    assert_eq!(
        client.until("INTERACTION_CREATE").await["data"]["values"],
        json!(["a"])
    );
    let (status, answer) = caller
        .call(
            Method::POST,
            "/command",
            json!({ "channel": "general", "name": "chat" }),
        )
        .await;
    assert_eq!(
        status,
        StatusCode::CONFLICT,
        "no such command is registered: {answer}"
    );
    assert!(answer["discord"]["code"].is_u64());
}

#[tokio::test]
async fn the_world_grows_while_it_runs() {
    let caller = Caller::start().await;
    let (mut client, _) = Client::ready(&caller.sim, INTENTS).await;
    client.dispatch("GUILD_CREATE").await;
    caller
        .post(
            "/people",
            json!({ "name": "cleo", "shown": "Cleo", "locale": "ja" }),
        )
        .await;
    assert_eq!(
        client.until("GUILD_MEMBER_ADD").await["user"]["username"],
        "cleo"
    );
    caller
        .post("/channels", json!({ "name": "tea", "kind": "voice" }))
        .await;
    assert_eq!(client.until("CHANNEL_CREATE").await["type"], 2);
    let guild = caller.post("/guilds", json!({ "name": "Elsewhere" })).await;
    assert_eq!(client.until("GUILD_CREATE").await["id"], guild["id"]);
    let gone = json!({ "as": "kaiwa", "guild": "Elsewhere", "member": false });
    caller.post("/membership", gone).await;
    assert_eq!(client.until("GUILD_DELETE").await["id"], guild["id"]);
    let other = caller.post("/bots", json!({ "name": "second" })).await;
    let world = caller.get("/world").await;
    let bots = world["bots"].as_array().unwrap();
    assert!(bots.iter().any(|bot| bot["token"] == other["token"]));
    let off = json!({ "bot": "kaiwa", "message_content": false });
    let (_, answer) = caller.call(Method::PATCH, "/bots", off).await;
    assert_eq!(answer["message_content"], json!(false));
    let deny = json!({ "channel": "general", "role": "everyone", "deny": 1024 });
    let (status, answer) = caller.call(Method::PUT, "/overwrite", deny).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, answer) = caller
        .call(
            Method::POST,
            "/say",
            json!({ "as": "ben", "channel": "general", "content": "hello?" }),
        )
        .await;
    assert_eq!(
        (status, &answer["discord"]["code"]),
        (StatusCode::CONFLICT, &json!(50_001))
    );
}

#[tokio::test]
async fn settings_and_faults_are_set_over_http() {
    let caller = Caller::start().await;
    let changes = json!({ "world": { "rate_limits": true, "latency_after_ms": 5 }, "gateway": { "heartbeat_interval_ms": 1000 } });
    let (status, set) = caller.call(Method::PATCH, "/settings", changes).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (
            &set["world"]["latency_after_ms"],
            &set["gateway"]["heartbeat_interval_ms"]
        ),
        (&json!(5), &json!(1000))
    );
    assert_eq!(
        caller.sim.world(|world| world.settings.latency_after),
        Duration::from_millis(5)
    );
    let fault =
        json!({ "route": "CreateMessage", "times": 2, "fault": { "status": { "status": 503 } } });
    assert_eq!(caller.post("/faults", fault).await["waiting"], 2);
    let gate = caller
        .post("/faults", json!({ "fault": "hold_after" }))
        .await["gate"]
        .as_u64()
        .unwrap();
    caller.post(&format!("/gates/{gate}"), json!({})).await;
    let (_, cleared) = caller.call(Method::DELETE, "/faults", json!({})).await;
    assert_eq!(cleared["waiting"], 0);
    let (mut client, _) = Client::ready(&caller.sim, INTENTS).await;
    client.dispatch("GUILD_CREATE").await;
    assert_eq!(
        caller
            .post("/gateway", json!({ "fault": { "drop": { "code": 4000 } } }))
            .await["met"],
        1
    );
    assert_eq!(client.closed().await, Some(4000));
    assert_eq!(
        caller.get("/gateway").await["records"]["identifies"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    caller
        .post("/clock", json!({ "advance_ms": 3_600_000 }))
        .await;
    let world = caller.post("/reset", json!({})).await;
    assert_eq!(world["guilds"].as_array().unwrap().len(), 1);
    assert!(
        caller.get("/gateway").await["sessions"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn rust_tests_use_the_same_requests_as_values() {
    let sim = start(World::default()).await;
    let say = Say {
        channel: Some("general".into()),
        content: "hello".into(),
        ..Say::default()
    };
    let said = sim.world(|world| say.apply(world)).unwrap();
    let wait = Wait {
        channel: Some("general".into()),
        equals: Some("hello".into()),
        ..Wait::default()
    };
    assert_eq!(wait.run(sim.shared()).await.unwrap()[0]["id"], said["id"]);
}
