//! The page as a browser gets it: its files, who may use it, and the stream of what a person may see.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{SinkExt, StreamExt};
use kaiwa_sim::{
    Sim, World,
    control::{Action, Say},
    page::{Order, Page, Program},
};
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::client::http_client;

const PATIENCE: Duration = Duration::from_secs(20);

async fn start(page: Page) -> Sim {
    let listen = "127.0.0.1:0".parse().unwrap();
    Sim::start_with_page(World::for_people(), listen, page)
        .await
        .unwrap()
}

async fn get(sim: &Sim, path: &str) -> Response {
    http_client()
        .get(format!("{}{path}", sim.url()))
        .send()
        .await
        .unwrap()
}

/// A page that is open, with all entries that it has.
struct Open {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    entries: serde_json::Map<String, Value>,
}

impl Open {
    async fn connect(sim: &Sim, person: &str) -> Self {
        let address = format!("ws://{}/page/stream?as={person}", sim.address());
        let (socket, _) = connect_async(address).await.unwrap();
        Self {
            socket,
            entries: serde_json::Map::new(),
        }
    }

    /// Waits until the entries are as they should be.
    async fn until(&mut self, mut seen: impl FnMut(&serde_json::Map<String, Value>) -> bool) {
        let waiting = async {
            while !seen(&self.entries) {
                let Some(Ok(Message::Text(text))) = self.socket.next().await else {
                    panic!("the stream ended")
                };
                let update: Value = serde_json::from_str(&text).unwrap();
                for gone in update["gone"].as_array().unwrap() {
                    self.entries.remove(gone.as_str().unwrap());
                }
                self.entries
                    .extend(update["set"].as_object().unwrap().clone());
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!("not seen; there is {:?}", self.entries.keys());
        }
    }

    async fn wish(&mut self, wish: Value) {
        self.socket
            .send(Message::text(wish.to_string()))
            .await
            .unwrap();
    }
}

/// A message with this text.
fn has(entries: &serde_json::Map<String, Value>, text: &str) -> bool {
    let mut messages = entries
        .iter()
        .filter(|(key, _)| key.starts_with("message:"));
    messages.any(|(_, message)| message["content"] == text)
}

fn say(sim: &Sim, person: &str, channel: &str, content: &str) -> Value {
    let say = Say {
        person: Some(person.into()),
        channel: Some(channel.into()),
        content: content.to_owned(),
        ..Say::default()
    };
    sim.world(|world| say.apply(world).unwrap())
}

#[tokio::test]
async fn every_file_that_the_page_names_is_there() {
    let sim = start(Page::default()).await;
    let index = get(&sim, "/page/").await;
    let policy = index.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("script-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let index = index.text().await.unwrap();
    let mut left: Vec<String> = index
        .split("\"/page/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = left.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let file = get(&sim, &format!("/page/{name}")).await;
        assert_eq!(file.status(), StatusCode::OK, "{name}");
        let text = file.text().await.unwrap();
        let imports = text.split("from \"./").skip(1);
        left.extend(imports.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    assert!(seen.len() > 25, "{seen:?}");
    assert_eq!(
        get(&sim, "/page/no-such.js").await.status(),
        StatusCode::NOT_FOUND
    );
    let root = get(&sim, "/").await;
    assert_eq!(
        root.url().path(),
        "/page/",
        "a browser that opens the address gets the page"
    );
}

#[tokio::test]
async fn other_sites_may_not_act_in_it() {
    let sim = start(Page::default()).await;
    for (origin, status) in [
        (
            "https://elsewhere.example".to_owned(),
            StatusCode::FORBIDDEN,
        ),
        (sim.url(), StatusCode::OK),
    ] {
        let said = http_client()
            .post(format!("{}/control/say", sim.url()))
            .header(header::ORIGIN, &origin)
            .body(r#"{"channel": "general", "content": "hello"}"#)
            .send()
            .await
            .unwrap();
        assert_eq!(said.status(), status, "{origin}");
    }
    let pointed = http_client()
        .get(format!("{}/control/world", sim.url()))
        .header(header::HOST, "elsewhere.example")
        .send()
        .await
        .unwrap();
    assert_eq!(pointed.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_page_sees_what_happens_and_a_page_that_comes_back_has_all_of_it() {
    let sim = start(Page::default()).await;
    let mut page = Open::connect(&sim, "ben").await;
    page.until(|entries| entries.contains_key("me")).await;
    assert_eq!(page.entries["me"]["username"], "ben");
    say(&sim, "ada", "general", "before");
    page.until(|entries| has(entries, "before")).await;
    drop(page);
    let said = say(&sim, "ada", "general", "meanwhile");
    let mut page = Open::connect(&sim, "ben").await;
    page.until(|entries| has(entries, "before") && has(entries, "meanwhile"))
        .await;
    sim.world(|world| {
        let id = |key: &str| said[key].as_str().unwrap().parse().unwrap();
        let ada = world.user_named("ada").unwrap().id;
        world.delete(ada, id("channel_id"), id("id")).unwrap();
    });
    page.until(|entries| !has(entries, "meanwhile")).await;
}

#[tokio::test]
async fn the_xray_comes_when_it_is_asked_for() {
    let sim = start(Page::default()).await;
    let mut page = Open::connect(&sim, "ada").await;
    page.until(|entries| entries.contains_key("me")).await;
    assert!(!page.entries.contains_key("faults"));
    page.wish(json!({ "xray": true })).await;
    page.until(|entries| entries.contains_key("faults")).await;
    say(&sim, "ada", "general", "hello");
    page.until(|entries| {
        entries
            .values()
            .any(|entry| entry["name"] == "MESSAGE_CREATE")
    })
    .await;
    page.wish(json!({ "xray": false })).await;
    page.until(|entries| !entries.contains_key("faults")).await;
}

#[tokio::test]
async fn the_bots_process_is_shown_and_ordered_about() {
    let (program, mut orders) = Program::new();
    let sim = start(Page {
        program: Some(program.clone()),
        ..Page::default()
    })
    .await;
    let mut page = Open::connect(&sim, "ada").await;
    page.wish(json!({ "xray": true })).await;
    program.started();
    program.said("ready");
    page.until(|entries| {
        let running = entries
            .get("about")
            .is_some_and(|about| about["program"]["running"] == true);
        running
            && entries
                .get("log:1")
                .is_some_and(|line| line["text"] == "ready")
    })
    .await;
    let killed = http_client()
        .post(format!("{}/page/program", sim.url()))
        .json(&"kill")
        .send()
        .await
        .unwrap();
    assert_eq!(killed.status(), StatusCode::OK);
    assert_eq!(orders.recv().await, Some(Order::Kill));
    program.ended();
    page.until(|entries| entries["about"]["program"]["running"] == false)
        .await;
    let without = start(Page::default()).await;
    let refused = http_client()
        .post(format!("{}/page/program", without.url()))
        .json(&"kill")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
}
