//! `kaiwa play` as a newcomer meets it: one command, a page, an answer.

mod browser;
mod markdown;
mod offers;
mod page;
mod scene;

use serde_json::json;

use scene::Playing;

#[tokio::test]
async fn one_command_and_somebody_answers() {
    let playing = Playing::start(&[]).await;
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
    let playing = Playing::start(&[]).await;
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

#[test]
fn wrong_settings_are_told_where_it_was_started() {
    let told = Playing::fails(
        &["--config", "wrong.toml"],
        ("wrong.toml", "max_messages = \"many\"\n"),
    );
    assert!(
        told.contains("the bot ended:") && told.contains("max_messages"),
        "{told}"
    );
}
