//! REST as a client sees it: real requests over loopback to a default world.

mod errors;
mod faults;
mod interactions;
mod limits;
mod messages;
mod places;
mod threads;

use crate::described;
use kaiwa_sim::{Sim, World};
use reqwest::{Method, Response, StatusCode, multipart::Form};
use serde_json::Value;

/// A simulator, a client that holds the bot's token, and the ids that every test needs.
struct Rest {
    sim: Sim,
    client: reqwest::Client,
    token: String,
    kaiwa: u64,
    ada: u64,
    ben: u64,
    guild: u64,
    general: u64,
}

/// An answer, read.
struct Answered {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Rest {
    async fn start() -> Self {
        Self::with(World::default()).await
    }

    async fn with(world: World) -> Self {
        let user = |name: &str| world.user_named(name).expect("a default person").id;
        let (kaiwa, ada, ben) = (user("kaiwa"), user("ada"), user("ben"));
        let token = world.bots[&kaiwa].token.clone();
        let guild = *world.guilds.keys().next().expect("the default guild");
        let general = world
            .channel_named("general")
            .expect("the default channel")
            .id;
        let sim = Sim::start(world, ([127, 0, 0, 1], 0).into())
            .await
            .expect("loopback can be bound");
        let client = crate::client::http_client();
        Self {
            sim,
            client,
            token,
            kaiwa,
            ada,
            ben,
            guild,
            general,
        }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v10{path}", self.sim.url());
        self.client
            .request(method, url)
            .header("authorization", format!("Bot {}", self.token))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answered {
        read(request.send().await.expect("the simulator answers")).await
    }

    async fn get(&self, path: &str) -> Answered {
        self.send(self.request(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: Value) -> Answered {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    async fn patch(&self, path: &str, body: Value) -> Answered {
        self.send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    async fn put(&self, path: &str, body: Value) -> Answered {
        self.send(self.request(Method::PUT, path).json(&body)).await
    }

    async fn delete(&self, path: &str) -> Answered {
        self.send(self.request(Method::DELETE, path)).await
    }

    async fn post_form(&self, path: &str, form: Form) -> Answered {
        self.send(self.request(Method::POST, path).multipart(form))
            .await
    }

    /// The path of #general's messages.
    fn messages(&self) -> String {
        format!("/channels/{}/messages", self.general)
    }

    /// ada says something in #general.
    fn ada_says(&self, text: &str) -> u64 {
        self.sim
            .world(|world| world.say(self.ada, self.general, text))
            .expect("ada may speak")
    }
}

impl Answered {
    /// Status and Discord's code.
    fn refused(&self) -> (u16, u64) {
        (
            self.status.as_u16(),
            self.body["code"].as_u64().unwrap_or_default(),
        )
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("headers are text"))
    }

    fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.body);
        self.body
    }

    /// The id of the object that was answered.
    fn id(self) -> u64 {
        id_of(&self.ok())
    }
}

async fn read(response: Response) -> Answered {
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("the body arrives");
    Answered {
        status,
        headers,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

fn id_of(object: &Value) -> u64 {
    object["id"]
        .as_str()
        .expect("objects have an id")
        .parse()
        .expect("ids are numbers")
}

/// The contents of a list of messages.
fn contents(list: &Value) -> Vec<&str> {
    list.as_array()
        .expect("a list")
        .iter()
        .filter_map(|message| message["content"].as_str())
        .collect()
}

/// Every test of REST ends with a look at all that it sent and was answered.
impl Drop for Rest {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            described::all_is_as_described(&self.sim);
        }
    }
}
