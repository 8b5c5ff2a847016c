//! `kaiwa play` as a newcomer meets it: one command, a page, an answer.

mod browser;
mod markdown;
mod offers;
mod page;
mod scene;

use std::time::Duration;

use serde_json::json;

use kaiwa_sim::{Sim, World, model::DEFAULT_KEY};
use scene::Playing;

#[tokio::test]
async fn one_command_and_somebody_answers() {
    let playing = Playing::start().await;
    assert!(
        playing.said.contains("scripted guide answers"),
        "{}",
        playing.said
    );
    let page = playing.get("/page/").await;
    assert!(page.contains("/page/main.js"), "{page}");
    let asked = playing.say("ada", "general", "@kaiwa hello!").await;
    let answer = playing.answer(&asked, "what happens underneath.").await;
    assert!(
        answer.contains("**not a language model**") && answer.contains("> hello!"),
        "{answer}"
    );
    playing.stop();
}

#[tokio::test]
async fn a_bot_that_is_killed_comes_back_and_finishes() {
    let playing = Playing::start().await;
    let asked = playing
        .say("ada", "general", "@kaiwa a table, please")
        .await;
    playing.answer(&asked, "scripted guide").await;
    playing.post("/page/program", json!("kill")).await;
    let answer = playing.answer(&asked, "Ask for `all formats`").await;
    assert_eq!(
        answer.matches("Ask for `all formats`").count(),
        1,
        "{answer}"
    );
    playing.stop();
}

#[tokio::test]
async fn a_play_that_is_killed_takes_its_bot_with_it() {
    let data = tempfile::tempdir().unwrap();
    let directory = data.path().to_str().unwrap().to_owned();
    let mut playing = Playing::with(&["--guide", "--data-dir", &directory], &[]).await;
    let lock = std::fs::File::open(data.path().join("kaiwa.lock")).unwrap();
    assert!(lock.try_lock().is_err(), "the bot holds its data");
    playing.kill();
    // The lock is given back when the bot's process is gone.
    let gone = tokio::task::spawn_blocking(move || lock.lock());
    let gone = tokio::time::timeout(Duration::from_secs(30), gone).await;
    gone.expect("the bot lives on").unwrap().unwrap();
}

#[tokio::test]
async fn starting_again_and_again_costs_nobody_a_wait() {
    let playing = Playing::start().await;
    let settings = playing.get("/control/settings").await;
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    let allowed = settings["world"]["identifies_a_day"].as_u64().unwrap();
    let just_now = vec![Duration::ZERO; 100];
    let pause = kaiwa_core::starts::pause(&just_now, allowed.try_into().unwrap(), 1);
    assert!(pause < Duration::from_secs(1), "{pause:?}");
    playing.stop();
}

#[tokio::test]
async fn a_real_model_is_asked_on_a_way_that_shows_what_it_is_sent() {
    // The other simulator's model stands for a real server.
    let listen = "127.0.0.1:0".parse().unwrap();
    let server = Sim::start(World::default(), listen).await.unwrap();
    server.model().answers(["The sea ", "is blue."]);
    let playing = Playing::with(
        &[],
        &[
            ("OPENAI_BASE_URL", format!("{}/v1", server.url())),
            ("OPENAI_API_KEY", DEFAULT_KEY.to_owned()),
            ("KAIWA_MODEL", "simulated".to_owned()),
        ],
    )
    .await;
    assert!(
        playing.said.contains("simulated from 127.0.0.1:"),
        "{}",
        playing.said
    );
    // Its first answer is refused on the way: the server isn't asked.
    let refused = json!({ "fault": { "status": { "status": 503 } } });
    playing.post("/control/model/faults", refused).await;
    let asked = playing
        .say("ada", "general", "@kaiwa what color is the sea?")
        .await;
    playing.answer(&asked, "The sea is blue.").await;
    assert_eq!(server.model().requests().len(), 1);
    let seen = playing.get("/control/model/requests?since=0").await;
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    let seen = seen.as_array().unwrap();
    assert_eq!(seen[0]["outcome"], json!({ "refused": 503 }), "{seen:?}");
    assert_eq!(seen[1]["answer"], "The sea is blue.", "{seen:?}");
    assert_eq!(seen[1]["body"], server.model().requests()[0].body);
    playing.stop();
}

#[tokio::test]
async fn a_server_that_is_known_by_its_name_is_asked_by_it_and_shown_too() {
    // The other simulator stands for the network's own proxy, and for the server behind it.
    let listen = "127.0.0.1:0".parse().unwrap();
    let server = Sim::start(World::default(), listen).await.unwrap();
    server.model().answers(["The sea ", "is blue."]);
    let playing = Playing::with(
        &[],
        &[
            ("OPENAI_BASE_URL", "http://models.openai.com/v1".to_owned()),
            ("OPENAI_API_KEY", DEFAULT_KEY.to_owned()),
            ("KAIWA_MODEL", "simulated".to_owned()),
            ("HTTP_PROXY", server.url()),
        ],
    )
    .await;
    assert!(
        playing.said.contains("simulated from models.openai.com"),
        "{}",
        playing.said
    );
    let asked = playing
        .say("ada", "general", "@kaiwa what color is the sea?")
        .await;
    playing.answer(&asked, "The sea is blue.").await;
    let seen = playing.get("/control/model/requests?since=0").await;
    let seen: serde_json::Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen[0]["answer"], "The sea is blue.", "{seen}");
    assert_eq!(seen[0]["body"], server.model().requests()[0].body);
    playing.stop();
}

#[test]
fn wrong_settings_are_told_where_it_was_started() {
    let told = Playing::fails(
        &["--guide", "--config", "wrong.toml"],
        ("wrong.toml", "max_messages = \"many\"\n"),
    );
    assert!(
        told.contains("the bot ended:") && told.contains("max_messages"),
        "{told}"
    );
}
