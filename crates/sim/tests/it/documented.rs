//! What `docs/simulator.md` says: the figures of what is served are right, and its examples work, one after the other.

use std::{fmt::Write as _, path::PathBuf};

use kaiwa_sim::{
    Route, Sim, World, control,
    openapi::{self, Description},
    world::intents,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{client::Client, client::token, gateway::bot};

/// Set to anything, it lets the test write the table in place of comparing it:
/// `KAIWA_WRITE_DOCS=1 cargo nextest run -p kaiwa-sim documented`.
const WRITE: &str = "KAIWA_WRITE_DOCS";

const BEGINNING: &str = "<!-- served: made by a test, see crates/sim/tests/it/documented.rs -->\n";
const END: &str = "<!-- /served -->";

/// The parts of Discord's API in the order of the table. An operation is in the first whose parts its path has,
/// beginning with the first of them.
const AREAS: [(&str, &[&str]); 15] = [
    ("Gateway", &["/gateway"]),
    ("Users", &["/users"]),
    ("Commands", &["/applications/", "/commands"]),
    ("Applications", &["/applications"]),
    ("OAuth2", &["/oauth2"]),
    ("Members", &["/guilds/", "/members"]),
    ("Roles", &["/guilds/", "/roles"]),
    ("Reactions", &["/channels/", "/reactions"]),
    ("Threads", &["/guilds", "/threads"]),
    ("Threads", &["/channels", "/thread"]),
    ("Messages and pins", &["/channels/", "/messages"]),
    ("Messages and pins", &["/channels/", "/pins"]),
    ("Channels", &["/channels"]),
    ("Interactions", &["/interactions"]),
    ("Webhooks", &["/webhooks"]),
];

fn area(path: &str) -> &'static str {
    let known = AREAS.iter().find(|(_, parts)| {
        parts.iter().all(|part| path.contains(part)) && path.starts_with(parts[0])
    });
    match known {
        Some((name, _)) => name,
        None if path.starts_with("/guilds") => "Guilds",
        None => "Everything else (invites, stickers, lobbies, stages, ...)",
    }
}

/// The table, with a line for each area that the description has.
fn table(description: &Description) -> String {
    let operations = description.operations();
    let is_served = |(method, path): &(String, String)| {
        Route::ALL
            .iter()
            .any(|route| route.method().as_str() == method && route.pattern() == path)
    };
    let mut names: Vec<&str> = AREAS.iter().map(|(name, _)| *name).collect();
    names.insert(5, "Guilds");
    names.push(area("/"));
    names.dedup();
    let mut table = String::from("| Area | Served | Described |\n|---|---:|---:|\n");
    let mut line = |name: &str, of: Vec<&(String, String)>| {
        let served = of.iter().filter(|operation| is_served(operation)).count();
        writeln!(table, "| {name} | {served} | {} |", of.len()).unwrap();
    };
    for name in names {
        line(
            name,
            operations
                .iter()
                .filter(|(_, path)| area(path) == name)
                .collect(),
        );
    }
    line("**All**", operations.iter().collect());
    table
}

fn page() -> (PathBuf, String) {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/simulator.md"
    ));
    let text = std::fs::read_to_string(&path).expect("the page is there");
    (path, text)
}

#[test]
fn the_page_has_the_figures_of_what_is_served() {
    let (path, text) = page();
    let (before, rest) = text.split_once(BEGINNING).expect("the table's beginning");
    let (written, after) = rest.split_once(END).expect("the table's end");
    let table = table(openapi::shared().unwrap());
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path, format!("{before}{BEGINNING}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(
        written, table,
        "{WRITE}=1 makes the test write the table into docs/simulator.md"
    );
}

/// One example of the page.
struct Example<'a> {
    method: Method,
    path: &'a str,
    body: &'a str,
}

/// Reads `curl [-X METHOD] ["]$SIM/path["] [-H 'header'] [-d 'body']`; the page writes nothing else.
fn example(line: &str) -> Option<Example<'_>> {
    let rest = line.strip_prefix("curl ")?;
    let body = rest
        .split_once("-d '")
        .map_or("", |(_, body)| body.trim_end_matches('\''));
    let (method, rest) = match rest.strip_prefix("-X ") {
        Some(rest) => {
            let (method, rest) = rest.split_once(' ')?;
            (method.parse().ok()?, rest)
        }
        None if body.is_empty() => (Method::GET, rest),
        None => (Method::POST, rest),
    };
    let path = rest.trim_start_matches('"').strip_prefix("$SIM")?;
    let path = path.split([' ', '"']).next()?;
    Some(Example { method, path, body })
}

#[test]
fn the_page_has_an_example_of_each_call() {
    let (_, text) = page();
    let examples: Vec<(String, String)> = text
        .lines()
        .filter_map(example)
        .map(|one| {
            let path = one.path.split('?').next().unwrap_or_default();
            (one.method.to_string(), path.replace("gates/1", "gates/N"))
        })
        .collect();
    for (call, _) in control::CALLS {
        let (method, path) = call.split_once(' ').unwrap();
        let path = path.split('?').next().unwrap().to_owned();
        assert!(
            examples.contains(&(method.to_owned(), path)),
            "docs/simulator.md has no example of {call}"
        );
    }
}

/// A bot that answers what the examples do: a command with a form, the form with a button and a select, and these with the
/// same again.
async fn play_the_bot(http: reqwest::Client, url: String, mut client: Client) {
    let buttons = json!({ "type": 4, "data": { "content": "Pick one.", "components": [
        { "type": 1, "components": [{ "type": 2, "style": 1, "label": "Again", "custom_id": "again" }] },
        { "type": 1, "components": [{ "type": 3, "custom_id": "pick", "options": [
            { "label": "Small", "value": "small" }, { "label": "Large", "value": "large" }] }] }] } });
    let form = json!({ "type": 9, "data": { "title": "Settings", "custom_id": "form", "components": [
        { "type": 1, "components": [{ "type": 4, "style": 2, "label": "Prompt", "custom_id": "prompt" }] }] } });
    loop {
        let interaction = client.until("INTERACTION_CREATE").await;
        let answer = if interaction["type"] == 2 {
            &form
        } else {
            &buttons
        };
        let address = format!(
            "{url}/api/v10/interactions/{}/{}/callback",
            interaction["id"].as_str().unwrap(),
            interaction["token"].as_str().unwrap()
        );
        let answered = http.post(address).json(answer).send().await.unwrap();
        assert!(answered.status().is_success(), "{answered:?}");
    }
}

#[tokio::test]
async fn the_examples_of_the_page_work_one_after_the_other() {
    let sim = Sim::start(World::default(), ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    // As `kaiwa sim` has it: what nobody scripted is echoed.
    sim.model()
        .settings(|settings| *settings = kaiwa_sim::model::Settings::for_people());
    drop(rustls::crypto::ring::default_provider().install_default());
    let http = reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build()
        .unwrap();
    let (client, _) = Client::ready(&sim, intents::GUILDS).await;
    let commands = format!("{}/api/v10/applications/{}/commands", sim.url(), bot(&sim));
    let registered = http
        .put(commands)
        .header("authorization", format!("Bot {}", token(&sim)))
        .json(&json!([{ "name": "settings", "description": "settings",
            "options": [{ "type": 3, "name": "model", "description": "a model" }] }]))
        .send()
        .await
        .unwrap();
    assert!(registered.status().is_success());
    let playing = tokio::spawn(play_the_bot(http.clone(), sim.url(), client));
    let (_, text) = page();
    let mut worked = 0;
    for line in text.lines().filter(|line| line.starts_with("curl")) {
        let Example { method, path, body } =
            example(line).unwrap_or_else(|| panic!("the test can't read {line:?}"));
        let request = http
            .request(method, format!("{}{path}", sim.url()))
            .header(
                "authorization",
                format!("Bearer {}", kaiwa_sim::model::DEFAULT_KEY),
            )
            .body(body.to_owned());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let said = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{line}: {said}");
        worked += 1;
        if path == "/control/wait" && body.contains("interaction") {
            let outcome: Value = serde_json::from_str(&said).unwrap();
            assert!(!outcome["answer"].is_null(), "{line}: {said}");
        }
        // From here on connections are ended, the bot's among them.
        if line.contains("not json") {
            playing.abort();
        }
    }
    assert!(worked > control::CALLS.len(), "{worked} examples");
}
