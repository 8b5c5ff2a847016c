//! Messages: posting, paging, editing, deleting, files, nonces, pings.

use super::{Rest, contents, id_of};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

#[tokio::test]
async fn a_message_is_posted_trimmed_read_edited_and_deleted() {
    let rest = Rest::start().await;
    let mut feed = rest.sim.shared().subscribe();
    let posted = rest
        .post(&rest.messages(), json!({ "content": "  hello\n" }))
        .await
        .ok();
    assert_eq!(
        (
            &posted["content"],
            &posted["type"],
            &posted["edited_timestamp"]
        ),
        (&json!("hello"), &json!(0), &Value::Null)
    );
    assert_eq!(posted.get("guild_id"), None, "REST messages name no guild");
    let created = feed.try_recv().unwrap();
    assert_eq!(
        (created.name, &created.data["guild_id"]),
        ("MESSAGE_CREATE", &json!(rest.guild.to_string()))
    );
    assert!(created.data["member"]["roles"].is_array());

    let path = format!("{}/{}", rest.messages(), id_of(&posted));
    let edited = rest.patch(&path, json!({ "content": "bye" })).await.ok();
    assert!(edited["edited_timestamp"].is_string());
    let updated = feed.try_recv().unwrap();
    assert_eq!(
        (updated.name, &updated.data["content"]),
        ("MESSAGE_UPDATE", &json!("bye"))
    );
    let history = rest.sim.world(|world| {
        world.message(rest.general, id_of(&posted)).unwrap().history[0]
            .content
            .clone()
    });
    assert_eq!(history, "hello");

    assert_eq!(rest.delete(&path).await.status, 204);
    assert_eq!(feed.try_recv().unwrap().name, "MESSAGE_DELETE");
    assert_eq!(rest.get(&path).await.refused(), (404, 10_008));
}

#[tokio::test]
async fn listings_are_newest_first_and_page_both_ways() {
    let rest = Rest::start().await;
    let ids: Vec<u64> = (0..120)
        .map(|number| rest.ada_says(&format!("message {number}")))
        .collect();
    let list = async |query: &str| rest.get(&format!("{}{query}", rest.messages())).await.ok();
    assert_eq!(list("").await.as_array().unwrap().len(), 50);
    let newest = list("?limit=100").await;
    assert_eq!(
        (contents(&newest)[0], contents(&newest)[99]),
        ("message 119", "message 20")
    );
    assert_eq!(
        contents(&list(&format!("?limit=2&before={}", ids[20])).await),
        ["message 19", "message 18"]
    );
    assert_eq!(
        contents(&list(&format!("?limit=2&after={}", ids[20])).await),
        ["message 22", "message 21"]
    );
    let around = list(&format!("?limit=3&around={}", ids[20])).await;
    assert_eq!(
        contents(&around),
        ["message 21", "message 20", "message 19"]
    );
    assert_eq!(
        rest.get(&format!("{}?limit=101", rest.messages()))
            .await
            .refused(),
        (400, 50_035)
    );
    assert_eq!(
        rest.get(&format!("{}?before=soon", rest.messages()))
            .await
            .refused(),
        (400, 50_035)
    );
}

#[tokio::test]
async fn a_nonce_that_is_enforced_returns_the_message_that_exists() {
    let rest = Rest::start().await;
    let body = json!({ "content": "once", "nonce": "turn-1", "enforce_nonce": true });
    let first = rest.post(&rest.messages(), body.clone()).await.ok();
    let again = rest
        .post(
            &rest.messages(),
            json!({ "content": "twice", "nonce": "turn-1", "enforce_nonce": true }),
        )
        .await
        .ok();
    assert_eq!(
        (&again["id"], &again["content"], &again["nonce"]),
        (&first["id"], &json!("once"), &json!("turn-1"))
    );
    let free = rest
        .post(
            &rest.messages(),
            json!({ "content": "free", "nonce": "turn-1" }),
        )
        .await
        .ok();
    assert_ne!(
        free["id"], first["id"],
        "without enforce_nonce it is posted"
    );
    let listed = rest.get(&rest.messages()).await.ok();
    assert_eq!(contents(&listed), ["free", "once"]);
    rest.sim
        .world(|world| world.clock.advance(std::time::Duration::from_secs(600)));
    assert_ne!(
        rest.post(&rest.messages(), body).await.ok()["id"],
        first["id"],
        "the memory is short"
    );
    assert_eq!(
        rest.post(
            &rest.messages(),
            json!({ "content": "x", "nonce": "n".repeat(26) })
        )
        .await
        .refused(),
        (400, 50_035)
    );
}

#[tokio::test]
async fn replies_carry_what_they_answer_and_ping_only_if_allowed() {
    let rest = Rest::start().await;
    let question = rest.ada_says("why?");
    let reply = |allowed: Value| {
        json!({ "content": "so", "message_reference": { "message_id": question.to_string() },
        "allowed_mentions": allowed })
    };
    let loud = rest
        .post(
            &rest.messages(),
            reply(json!({ "parse": [], "replied_user": true })),
        )
        .await
        .ok();
    assert_eq!(
        (&loud["type"], &loud["referenced_message"]["content"]),
        (&json!(19), &json!("why?"))
    );
    assert_eq!(loud["mentions"][0]["username"], "ada");
    let quiet = rest
        .post(&rest.messages(), reply(json!({ "parse": [] })))
        .await
        .ok();
    assert_eq!(quiet["mentions"], json!([]));
    rest.sim
        .world(|world| world.delete(rest.ada, rest.general, question))
        .unwrap();
    let orphan = rest
        .get(&format!("{}/{}", rest.messages(), id_of(&quiet)))
        .await
        .ok();
    assert_eq!(orphan["referenced_message"], Value::Null);
    let late = rest.post(&rest.messages(), reply(json!({}))).await;
    assert_eq!(late.refused(), (400, 50_035));
    assert_eq!(
        late.body["errors"]["message_reference"]["_errors"][0]["code"],
        "REPLIES_UNKNOWN_MESSAGE"
    );
    let anyway = json!({ "content": "so", "message_reference": { "message_id": question.to_string(), "fail_if_not_exists": false } });
    assert_eq!(rest.post(&rest.messages(), anyway).await.ok()["type"], 0);
}

#[tokio::test]
async fn files_come_as_multipart_and_are_served_again() {
    let rest = Rest::start().await;
    let payload = json!({ "content": "look", "attachments": [{ "id": 0, "description": "a note" }],
        "embeds": [{ "image": { "url": "attachment://my_note.txt" } }] });
    let part = Part::bytes(b"dear diary".to_vec())
        .file_name("my note.txt")
        .mime_str("text/plain")
        .unwrap();
    let form = Form::new()
        .text("payload_json", payload.to_string())
        .part("files[0]", part);
    let message = rest.post_form(&rest.messages(), form).await.ok();
    let file = &message["attachments"][0];
    assert_eq!(
        (&file["filename"], &file["size"], &file["description"]),
        (&json!("my_note.txt"), &json!(10), &json!("a note"))
    );
    let url = file["url"].as_str().unwrap();
    assert!(url.contains("?ex="), "{url}");
    assert_eq!(
        message["embeds"][0]["image"]["url"]
            .as_str()
            .unwrap()
            .split('?')
            .next(),
        url.split('?').next()
    );
    let served = rest.client.get(url).send().await.unwrap();
    assert_eq!(served.headers()["content-type"], "text/plain");
    assert_eq!(served.bytes().await.unwrap(), "dear diary");

    let path = format!("{}/{}", rest.messages(), id_of(&message));
    let kept = rest.patch(&path, json!({ "content": "edited" })).await.ok();
    assert_eq!(
        kept["attachments"].as_array().unwrap().len(),
        1,
        "an edit that does not speak of files keeps them"
    );
    let gone = rest
        .patch(&path, json!({ "attachments": [], "embeds": [] }))
        .await
        .ok();
    assert_eq!(gone["attachments"], json!([]));
}

#[tokio::test]
async fn without_the_switch_only_what_concerns_the_bot_can_be_read() {
    let rest = Rest::start().await;
    rest.ada_says("a secret");
    rest.ada_says("@kaiwa a question");
    rest.post(&rest.messages(), json!({ "content": "my own" }))
        .await
        .ok();
    let own_question = format!("<@{}> a question", rest.kaiwa);
    rest.sim.world(|world| {
        world
            .bots
            .get_mut(&rest.kaiwa)
            .unwrap()
            .set_message_content(false)
    });
    let stripped = rest.get(&rest.messages()).await.ok();
    assert_eq!(contents(&stripped), ["my own", own_question.as_str(), ""]);
    let body = json!({ "flags": 1 << 19 });
    assert_eq!(
        rest.patch("/applications/@me", body).await.ok()["flags"]
            .as_u64()
            .unwrap()
            & 1 << 19,
        1 << 19
    );
    let whole = rest.get(&rest.messages()).await.ok();
    assert_eq!(
        contents(&whole),
        ["my own", own_question.as_str(), "a secret"]
    );
}

#[tokio::test]
async fn reactions_pins_and_bulk_deletion() {
    let rest = Rest::start().await;
    let messages: Vec<u64> = (0..3)
        .map(|number| rest.ada_says(&number.to_string()))
        .collect();
    let path = format!("{}/{}", rest.messages(), messages[0]);
    assert_eq!(
        rest.put(&format!("{path}/reactions/%F0%9F%91%8D/@me"), json!(null))
            .await
            .status,
        204
    );
    rest.sim
        .world(|world| world.react_with(rest.ben, rest.general, messages[0], "👍"))
        .unwrap();
    let message = rest.get(&path).await.ok();
    assert_eq!(
        (
            &message["reactions"][0]["count"],
            &message["reactions"][0]["me"]
        ),
        (&json!(2), &json!(true))
    );
    let who = rest
        .get(&format!("{path}/reactions/%F0%9F%91%8D"))
        .await
        .ok();
    assert_eq!(who.as_array().unwrap().len(), 2);
    assert_eq!(
        rest.delete(&format!("{path}/reactions/%F0%9F%91%8D/@me"))
            .await
            .status,
        204
    );
    assert_eq!(
        rest.put(&format!("{path}/reactions/nonsense/@me"), json!(null))
            .await
            .refused(),
        (400, 10_014)
    );

    let pin = format!("{}/pins/{}", rest.messages(), messages[1]);
    assert_eq!(
        rest.put(&pin, json!(null)).await.refused(),
        (403, 50_013),
        "the bot is invited without that right"
    );
    rest.sim
        .world(|world| world.set_pinned(rest.ada, rest.general, messages[1], true))
        .unwrap();
    let pins = rest.get(&format!("{}/pins", rest.messages())).await.ok();
    assert_eq!(
        (&pins["items"][0]["message"]["content"], &pins["has_more"]),
        (&json!("1"), &json!(false))
    );
    let old = rest
        .get(&format!("/channels/{}/pins", rest.general))
        .await
        .ok();
    assert_eq!(contents(&old), ["1"]);

    let bulk = format!("{}/bulk-delete", rest.messages());
    assert_eq!(
        rest.post(&bulk, json!({ "messages": [messages[0].to_string()] }))
            .await
            .refused(),
        (403, 50_013)
    );
    rest.sim
        .world(|world| world.delete_many(rest.ada, rest.general, &messages))
        .unwrap();
    assert_eq!(rest.get(&rest.messages()).await.ok(), json!([]));
}
