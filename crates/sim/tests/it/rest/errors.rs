//! What is refused, and how it is said.

use super::Rest;
use kaiwa_sim::world::{Overwrite, OverwriteKind, permissions};
use serde_json::json;

#[tokio::test]
async fn tokens_routes_and_forms_are_checked() {
    let rest = Rest::start().await;
    let url = |path: &str| format!("{}/api/v10{path}", rest.sim.url());
    let anonymous = rest.send(rest.client.get(url("/users/@me"))).await;
    assert_eq!(
        (anonymous.status.as_u16(), anonymous.body),
        (401, json!({ "message": "401: Unauthorized", "code": 0 }))
    );
    let unknown = rest.get("/no/such/thing").await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.body),
        (404, json!({ "message": "404: Not Found", "code": 0 }))
    );
    let recorded = rest
        .sim
        .world(|world| world.calls.unknown_routes().collect::<Vec<_>>());
    assert_eq!(recorded, ["GET /no/such/thing"]);
    assert_eq!(rest.put("/gateway", json!({})).await.refused(), (405, 0));
    let long = rest
        .post(&rest.messages(), json!({ "content": "あ".repeat(2001) }))
        .await;
    assert_eq!(
        long.body["errors"]["content"]["_errors"][0]["code"],
        "BASE_TYPE_MAX_LENGTH"
    );
    assert_eq!(
        rest.post(&rest.messages(), json!({ "content": " \n " }))
            .await
            .refused(),
        (400, 50_006)
    );
    assert_eq!(
        rest.post("/channels/1/messages", json!({ "content": "x" }))
            .await
            .refused(),
        (404, 10_003)
    );
    assert_eq!(rest.get("/channels/general").await.refused(), (400, 50_035));
    let not_json = rest
        .request(reqwest::Method::POST, &rest.messages())
        .header("content-type", "application/json")
        .body("{");
    assert_eq!(rest.send(not_json).await.refused(), (400, 50_109));
    let older = rest
        .client
        .get(format!("{}/api/v9/gateway", rest.sim.url()));
    assert!(
        rest.send(older).await.ok()["url"]
            .as_str()
            .unwrap()
            .starts_with("ws://127.0.0.1")
    );
}

#[tokio::test]
async fn channels_that_may_not_be_seen_or_written_are_refused_by_what_is_missing() {
    let rest = Rest::start().await;
    let deny = |bits: u64| {
        let overwrite = Overwrite {
            id: rest.kaiwa,
            kind: OverwriteKind::Member,
            allow: 0,
            deny: bits,
        };
        rest.sim
            .world(|world| world.set_overwrite(rest.general, overwrite));
    };
    let question = rest.ada_says("hello");
    deny(permissions::SEND_MESSAGES);
    assert_eq!(
        rest.post(&rest.messages(), json!({ "content": "x" }))
            .await
            .refused(),
        (403, 50_013)
    );
    deny(permissions::CREATE_PUBLIC_THREADS);
    let threads = format!("{}/{question}/threads", rest.messages());
    assert_eq!(
        rest.post(&threads, json!({ "name": "x" })).await.refused(),
        (403, 50_013)
    );
    deny(permissions::READ_MESSAGE_HISTORY);
    assert_eq!(rest.get(&rest.messages()).await.ok(), json!([]));
    assert_eq!(
        rest.get(&format!("{}/{question}", rest.messages()))
            .await
            .refused(),
        (403, 50_013)
    );
    deny(permissions::VIEW_CHANNEL);
    assert_eq!(rest.get(&rest.messages()).await.refused(), (403, 50_001));
    assert_eq!(
        rest.get(&format!("/channels/{}", rest.general))
            .await
            .refused(),
        (403, 50_001)
    );
    deny(0);
    let path = format!("{}/{question}", rest.messages());
    assert_eq!(
        rest.patch(&path, json!({ "content": "x" })).await.refused(),
        (403, 50_005)
    );
    assert_eq!(rest.delete(&path).await.refused(), (403, 50_013));
}

#[tokio::test]
async fn people_who_take_no_direct_messages_get_none() {
    let rest = Rest::start().await;
    rest.sim.world(|world| {
        world
            .users
            .get_mut(&rest.ben)
            .unwrap()
            .takes_direct_messages = false
    });
    let channel = rest
        .post(
            "/users/@me/channels",
            json!({ "recipient_id": rest.ben.to_string() }),
        )
        .await
        .id();
    assert_eq!(
        rest.post(
            &format!("/channels/{channel}/messages"),
            json!({ "content": "hi" })
        )
        .await
        .refused(),
        (403, 50_007)
    );
    let channel = rest
        .post(
            "/users/@me/channels",
            json!({ "recipient_id": rest.ada.to_string() }),
        )
        .await
        .ok();
    assert_eq!(
        (&channel["type"], &channel["recipients"][0]["username"]),
        (&json!(1), &json!("ada"))
    );
    let again = rest
        .post(
            "/users/@me/channels",
            json!({ "recipient_id": rest.ada.to_string() }),
        )
        .await
        .ok();
    assert_eq!(channel["id"], again["id"]);
    assert_eq!(
        rest.post("/users/@me/channels", json!({ "recipient_id": "5" }))
            .await
            .refused(),
        (404, 10_013)
    );
}

#[tokio::test]
async fn hour_old_messages_may_be_edited_less() {
    let rest = Rest::start().await;
    rest.sim
        .world(|world| world.settings.old_edits_per_channel = Some(1));
    let message = rest
        .post(&rest.messages(), json!({ "content": "old" }))
        .await
        .id();
    let path = format!("{}/{message}", rest.messages());
    rest.patch(&path, json!({ "content": "young" })).await.ok();
    rest.sim
        .world(|world| world.clock.advance(std::time::Duration::from_secs(3_700)));
    rest.patch(&path, json!({ "content": "old 1" })).await.ok();
    let refused = rest.patch(&path, json!({ "content": "old 2" })).await;
    assert_eq!(refused.refused(), (429, 30_046));
    assert_eq!(refused.body["global"], false);
    let wait = refused.body["retry_after"].as_f64().expect("a wait");
    assert!(wait > 0.0);
    assert_eq!(refused.header("retry-after"), wait.ceil().to_string());
}
