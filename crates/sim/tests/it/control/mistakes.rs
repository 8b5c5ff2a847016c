//! What a caller gets wrong is told with what to do, and what the list of calls tells is right.

use super::*;

#[tokio::test]
async fn mistakes_say_what_to_do() {
    let caller = Caller::start().await;
    let cases = [
        (
            "/say",
            json!({ "as": "nobody", "channel": "general", "content": "x" }),
            "There are: ada, ben, kaiwa",
        ),
        (
            "/say",
            json!({ "channel": "nowhere", "content": "x" }),
            "general",
        ),
        ("/say", json!({ "content": "x" }), "give `channel`, or `dm`"),
        (
            "/say",
            json!({ "channel": "general", "text": "x" }),
            "unknown field `text`",
        ),
        (
            "/edit",
            json!({ "message": "last", "content": "x" }),
            "`last` needs a `channel`",
        ),
        ("/wait", json!({}), "Say what to wait for"),
        ("/wait", json!({ "call": "NoSuchRoute" }), "CreateMessage"),
        (
            "/channels",
            json!({ "name": "x", "kind": "cinema" }),
            "forum",
        ),
        ("/people", json!({ "name": "ada" }), "taken"),
        ("/faults", json!({ "fault": "explode" }), "unknown variant"),
    ];
    for (path, body, expected) in cases {
        let (status, answer) = caller.call(Method::POST, path, body.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {body}");
        assert!(
            answer["error"].as_str().unwrap().contains(expected),
            "{path} {body}: {answer}"
        );
    }
    let (status, answer) = caller
        .call(
            Method::PATCH,
            "/settings",
            json!({ "gateway": { "hearbeat": 1 } }),
        )
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .contains("heartbeat_interval_ms"),
        "{answer}"
    );
    let (status, answer) = caller.call(Method::POST, "/sing", json!({})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(answer["error"].as_str().unwrap().contains("GET /control"));
}

#[tokio::test]
async fn every_call_in_the_list_exists() {
    let caller = Caller::start().await;
    let listed = caller.get("").await;
    assert_eq!(
        listed["calls"].as_array().unwrap().len(),
        control::CALLS.len()
    );
    for (call, _) in control::CALLS {
        let (method, path) = call.split_once(' ').unwrap();
        let path = path
            .split('?')
            .next()
            .unwrap()
            .strip_prefix("/control")
            .unwrap()
            .replace("/N", "/1");
        // What the body should be is each call's own matter; here it only must not be unknown.
        let address = format!("{}/control{path}", caller.sim.url());
        let method: Method = method.parse().unwrap();
        let status = caller
            .http
            .request(method, address)
            .json(&json!({}))
            .send()
            .await
            .unwrap()
            .status();
        assert!(!matches!(status.as_u16(), 404 | 405), "{call}: {status}");
    }
}
