//! What bots offer, on the page in a real browser: buttons, selects, forms, commands, answers for one person alone. The
//! test itself is the bot.

use kaiwa_sim::{
    Sim, World,
    page::Page,
    world::{Answer, Author, Command, Draft, Response, flags},
};
use serde_json::{Value, json};

use super::browser::Browser;

async fn start() -> (Sim, u64, u64) {
    let listen = "127.0.0.1:0".parse().unwrap();
    let sim = Sim::start_with_page(World::for_people(), listen, Page::default())
        .await
        .unwrap();
    let (bot, general) = sim.world(|world| {
        let bot = world.user_named("kaiwa").unwrap().id;
        (bot, world.channel_named("general").unwrap().id)
    });
    (sim, bot, general)
}

/// Answers the next interaction.
async fn answers(sim: &Sim, response: Response) {
    let (id, token) = sim
        .until(|world| {
            let waiting = world
                .interactions
                .values()
                .find(|one| one.answer == Answer::Waiting);
            waiting.map(|one| (one.id, one.token.clone()))
        })
        .await;
    sim.world(|world| world.answer(id, &token, response).unwrap());
}

fn says(content: &str, flags: u64) -> Response {
    Response::Message(Box::new(Draft {
        content: content.to_owned(),
        flags,
        ..Draft::default()
    }))
}

fn posts(sim: &Sim, bot: u64, channel: u64, components: &Value) {
    let components = components.as_array().unwrap().clone();
    let draft = Draft {
        content: "Choose.".to_owned(),
        components,
        ..Draft::default()
    };
    sim.world(|world| world.post(Author::User(bot), channel, draft).unwrap());
}

#[tokio::test]
async fn buttons_selects_and_forms_work() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (sim, bot, general) = start().await;
    let page = browser
        .open(
            &format!("{}/page/?lang=en&panel=none", sim.url()),
            1280,
            800,
        )
        .await;
    posts(
        &sim,
        bot,
        general,
        &json!([
            { "type": 1, "components": [{ "type": 2, "style": 1, "label": "Form", "custom_id": "form" }, { "type": 2, "style": 2, "label": "Slow", "custom_id": "slow" }] },
            { "type": 1, "components": [{ "type": 3, "custom_id": "pick", "placeholder": "Size", "options": [
                { "label": "Small", "value": "s" }, { "label": "Large", "value": "l", "description": "much larger" }] }] },
        ]),
    );
    page.click("[data-custom=form]").await;
    let form = json!({ "custom_id": "about", "title": "About you", "components": [
        { "type": 18, "label": "Name", "component": { "type": 4, "custom_id": "name", "style": 1 } }] });
    answers(&sim, Response::Modal(form)).await;
    page.shows(".modal h2", "About you").await;
    page.click(".modal input").await;
    page.types("Ada L.").await;
    page.key("Enter").await;
    answers(&sim, says("Only you know.", flags::EPHEMERAL)).await;
    page.shows(".message.ephemeral", "Only you know.").await;
    page.shows(".message.ephemeral", "Only you can see this.")
        .await;
    page.click("[data-custom=pick]").await;
    page.click("[role=option][data-value=l]").await;
    answers(&sim, says("Large it is.", 0)).await;
    page.shows(".message", "Large it is.").await;
    // A bot that never answers is said to have failed.
    page.click("[data-custom=slow]").await;
    page.shows(".toast", "did not answer in time").await;
    let other = browser
        .open(
            &format!("{}/page/?lang=en&as=ben&panel=none", sim.url()),
            1280,
            800,
        )
        .await;
    other.shows(".message", "Large it is.").await;
    assert_eq!(
        other
            .is("document.querySelectorAll('.ephemeral').length")
            .await,
        0
    );
    browser.finish();
}

#[tokio::test]
async fn slash_commands_are_completed_filled_in_and_run() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let (sim, bot, _) = start().await;
    sim.world(|world| {
        let id = world.next_id();
        let data = json!({ "id": id.to_string(), "application_id": bot.to_string(), "type": 1, "name": "settings", "description": "Shows or changes settings",
            "options": [{ "type": 3, "name": "model", "description": "Which model", "required": true },
                { "type": 5, "name": "loud", "description": "Whether loud" }] });
        let command = Command { id, application: bot, guild: None, kind: 1, name: "settings".to_owned(), data, version: 1 };
        world.commands.insert(id, command);
    });
    let page = browser
        .open(
            &format!("{}/page/?lang=en&panel=none", sim.url()),
            1280,
            800,
        )
        .await;
    page.click("#talk .composer textarea").await;
    page.types("/set").await;
    page.shows(".complete-option", "Shows or changes settings")
        .await;
    page.key("Enter").await;
    page.until("document.activeElement.closest('[data-option=model]')")
        .await;
    page.types("small").await;
    page.key("Enter").await;
    let given = sim
        .until(|world| {
            world
                .interactions
                .values()
                .next()
                .map(|one| one.name.clone())
        })
        .await;
    assert_eq!(given, "settings");
    answers(&sim, Response::Deferred { ephemeral: false }).await;
    page.shows(".message.loading", "kaiwa is thinking").await;
    let interaction = sim.world(|world| *world.interactions.keys().next().unwrap());
    let draft = Draft {
        content: "The model is small.".to_owned(),
        ..Draft::default()
    };
    sim.world(|world| world.follow_up(interaction, draft).unwrap());
    page.shows(".message", "The model is small.").await;
    page.shows(".message .reply-bar", "/settings").await;
    browser.finish();
}
