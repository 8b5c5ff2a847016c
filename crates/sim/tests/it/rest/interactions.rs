//! Commands, buttons, selects, forms, and how they are answered.

use super::{Rest, id_of};
use kaiwa_sim::world::Answer;
use serde_json::{Value, json};
use std::time::Duration;

const ASK: &str = "ask";

async fn with_command() -> Rest {
    let rest = Rest::start().await;
    let commands = json!([
        { "name": ASK, "description": "Ask", "options": [{ "type": 3, "name": "question", "description": "What", "required": true }] },
        { "name": "Continue", "type": 3 },
    ]);
    let path = format!("/applications/{}/commands", rest.kaiwa);
    assert_eq!(
        rest.put(&path, commands)
            .await
            .ok()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    rest
}

/// Runs the command as ada; the callback's and the follow-ups' paths.
fn ask(rest: &Rest) -> (u64, String, String) {
    let given = [("question".to_owned(), json!("why?"))];
    let id = rest
        .sim
        .world(|world| world.run_command(rest.ada, rest.general, ASK, &given))
        .unwrap();
    let token = rest
        .sim
        .world(|world| world.interactions[&id].token.clone());
    (
        id,
        format!("/interactions/{id}/{token}/callback"),
        format!("/webhooks/{}/{token}", rest.kaiwa),
    )
}

#[tokio::test]
async fn commands_are_registered_replaced_and_checked() {
    let rest = with_command().await;
    let path = format!("/applications/{}/commands", rest.kaiwa);
    let first = rest.get(&path).await.ok();
    let again = rest
        .post(&path, json!({ "name": ASK, "description": "Ask again" }))
        .await;
    assert_eq!(again.status, 200, "an upsert of a known name");
    let again = again.ok();
    assert_eq!(
        (&again["id"], &again["description"]),
        (&first[0]["id"], &json!("Ask again"))
    );
    assert_eq!(
        rest.post(&path, json!({ "name": "new", "description": "New" }))
            .await
            .status,
        201
    );
    let bad = rest
        .put(&path, json!([{ "name": "Has Spaces", "description": "x" }]))
        .await;
    assert_eq!(
        bad.body["errors"]["0"]["name"]["_errors"][0]["code"],
        "APPLICATION_COMMAND_INVALID_NAME"
    );
    assert_eq!(rest.put(&path, json!([])).await.ok(), json!([]));
    let guild = format!(
        "/applications/{}/guilds/{}/commands",
        rest.kaiwa, rest.guild
    );
    let made = rest
        .post(&guild, json!({ "name": "here", "description": "Here" }))
        .await
        .ok();
    assert_eq!(made["guild_id"], rest.guild.to_string());
    assert_eq!(
        rest.delete(&format!("{guild}/{}", id_of(&made)))
            .await
            .status,
        204
    );
    assert_eq!(
        rest.get(&format!("{guild}/{}", id_of(&made)))
            .await
            .refused(),
        (404, 10_063)
    );
}

#[tokio::test]
async fn an_interaction_is_answered_once_and_followed_up() {
    let rest = with_command().await;
    let mut feed = rest.sim.shared().subscribe();
    let (_, callback, webhook) = ask(&rest);
    let event = feed.try_recv().unwrap();
    assert_eq!(
        (
            event.name,
            event.intents,
            &event.data["data"]["options"][0]["value"]
        ),
        ("INTERACTION_CREATE", 0, &json!("why?"))
    );
    assert_eq!(event.data["member"]["user"]["username"], "ada");
    let answered = rest
        .post(
            &format!("{callback}?with_response=true"),
            json!({ "type": 4, "data": { "content": "so" } }),
        )
        .await
        .ok();
    let message = &answered["resource"]["message"];
    assert_eq!(
        (&message["content"], &message["type"]),
        (&json!("so"), &json!(20))
    );
    assert_eq!(message["interaction_metadata"]["user"]["username"], "ada");
    assert_eq!(
        rest.post(&callback, json!({ "type": 4, "data": { "content": "x" } }))
            .await
            .refused(),
        (400, 40_060)
    );
    let edited = rest
        .patch(
            &format!("{webhook}/messages/@original"),
            json!({ "content": "so!" }),
        )
        .await
        .ok();
    assert_eq!(
        (&edited["id"], &edited["content"]),
        (&message["id"], &json!("so!"))
    );
    let more = rest
        .post(&webhook, json!({ "content": "and", "flags": 64 }))
        .await
        .ok();
    assert_eq!(more["flags"], 64);
    let listed = rest.get(&rest.messages()).await.ok();
    assert_eq!(
        super::contents(&listed),
        ["so!"],
        "what only ada sees is in no listing"
    );
    assert_eq!(
        rest.delete(&format!("{webhook}/messages/{}", id_of(&more)))
            .await
            .status,
        204
    );
    rest.sim
        .world(|world| world.clock.advance(Duration::from_secs(16 * 60)));
    assert_eq!(
        rest.post(&webhook, json!({ "content": "late" }))
            .await
            .refused(),
        (401, 50_027)
    );
}

#[tokio::test]
async fn three_seconds_are_the_limit_and_deferring_buys_time() {
    let rest = with_command().await;
    let (_, late, _) = ask(&rest);
    rest.sim
        .world(|world| world.clock.advance(Duration::from_secs(4)));
    assert_eq!(
        rest.post(&late, json!({ "type": 5 })).await.refused(),
        (404, 10_062)
    );
    let (id, callback, webhook) = ask(&rest);
    assert_eq!(rest.post(&callback, json!({ "type": 5 })).await.status, 204);
    let loading = rest
        .get(&format!("{webhook}/messages/@original"))
        .await
        .ok();
    assert_eq!(loading["flags"], 128);
    rest.sim
        .world(|world| world.clock.advance(Duration::from_secs(60)));
    let filled = rest
        .patch(
            &format!("{webhook}/messages/@original"),
            json!({ "content": "here" }),
        )
        .await
        .ok();
    assert_eq!(
        (&filled["id"], &filled["flags"], &filled["edited_timestamp"]),
        (&loading["id"], &json!(0), &Value::Null)
    );
    assert!(
        rest.sim
            .world(|world| matches!(world.interactions[&id].answer, Answer::Message(_)))
    );
    assert_eq!(
        rest.post("/interactions/1/none/callback", json!({ "type": 5 }))
            .await
            .refused(),
        (404, 10_062)
    );
}

#[tokio::test]
async fn buttons_selects_and_forms_come_back_as_they_were_sent() {
    let rest = Rest::start().await;
    let components = json!([
        { "type": 1, "components": [{ "type": 2, "style": 4, "label": "Stop", "custom_id": "stop:1" }] },
        { "type": 1, "components": [{ "type": 3, "custom_id": "model", "options": [{ "label": "Small", "value": "s" }] }] },
    ]);
    let message = rest
        .post(
            &rest.messages(),
            json!({ "content": "...", "components": components }),
        )
        .await
        .ok();
    assert_eq!(
        (
            &message["components"][0]["id"],
            &message["components"][0]["components"][0]["id"]
        ),
        (&json!(1), &json!(2))
    );
    let message = id_of(&message);
    let mut feed = rest.sim.shared().subscribe();
    let click = rest
        .sim
        .world(|world| world.click(rest.ada, rest.general, message, "Stop"))
        .unwrap();
    let event = feed.try_recv().unwrap();
    assert_eq!(
        (
            &event.data["data"]["custom_id"],
            &event.data["message"]["id"]
        ),
        (&json!("stop:1"), &json!(message.to_string()))
    );
    let path = |id: u64| {
        let token = rest
            .sim
            .world(|world| world.interactions[&id].token.clone());
        format!("/interactions/{id}/{token}/callback")
    };
    let stopped = json!({ "type": 7, "data": { "content": "stopped", "components": [] } });
    rest.post(&path(click), stopped).await;
    assert_eq!(
        rest.sim.world(|world| world.transcript(rest.general)),
        "kaiwa (edited): stopped\n"
    );
    let unknown = rest
        .sim
        .world(|world| world.click(rest.ada, rest.general, message, "Stop"))
        .unwrap_err();
    assert_eq!(unknown.code, 50_035);

    let form_message = rest
        .post(
            &rest.messages(),
            json!({ "content": "?", "components": components }),
        )
        .await
        .id();
    let pick = rest
        .sim
        .world(|world| {
            world.choose(
                rest.ada,
                rest.general,
                form_message,
                "model",
                &["s".to_owned()],
            )
        })
        .unwrap();
    let form = json!({ "type": 9, "data": { "custom_id": "name", "title": "Name", "components": [
        { "type": 18, "label": "Name", "component": { "type": 4, "custom_id": "field", "style": 1 } }] } });
    assert_eq!(rest.post(&path(pick), form).await.status, 204);
    while feed.try_recv().is_ok() {}
    let fields = [("field".to_owned(), json!("Kai"))];
    rest.sim
        .world(|world| world.submit_form(rest.ada, pick, &fields))
        .unwrap();
    let event = feed.try_recv().unwrap();
    assert_eq!(
        (
            &event.data["type"],
            &event.data["data"]["components"][0]["component"]["value"]
        ),
        (&json!(5), &json!("Kai"))
    );
}

#[tokio::test]
async fn webhooks_write_under_their_own_name() {
    let rest = Rest::start().await;
    let webhook = rest.sim.world(|world| {
        let id = world
            .create_webhook(rest.ada, rest.general, "news")
            .unwrap();
        world.webhooks[&id].clone()
    });
    let path = format!("/webhooks/{}/{}", webhook.id, webhook.token);
    assert_eq!(
        rest.post(&path, json!({ "content": "quiet" })).await.status,
        204
    );
    let message = rest
        .post(
            &format!("{path}?wait=true"),
            json!({ "content": "loud", "username": "crier" }),
        )
        .await
        .ok();
    assert_eq!(
        (&message["webhook_id"], &message["author"]["username"]),
        (&json!(webhook.id.to_string()), &json!("crier"))
    );
    assert_eq!(
        rest.get(&format!("/webhooks/{}/wrong", webhook.id))
            .await
            .refused(),
        (401, 50_027)
    );
}
