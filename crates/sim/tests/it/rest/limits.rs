//! Rate limits: headers, scopes, bodies, bans.

use super::Rest;
use kaiwa_sim::{Route, world::faults::Fault, world::limits::Scope};
use serde_json::json;
use std::time::Duration;

async fn limited() -> Rest {
    let rest = Rest::start().await;
    rest.sim.world(|world| world.settings.rate_limits = true);
    rest
}

#[tokio::test]
async fn the_sixth_message_in_five_seconds_is_refused_with_all_headers() {
    let rest = limited().await;
    for left in (0..5).rev() {
        let posted = rest.post(&rest.messages(), json!({ "content": "x" })).await;
        assert_eq!(
            (
                posted.header("x-ratelimit-limit"),
                posted.header("x-ratelimit-remaining")
            ),
            ("5", left.to_string().as_str())
        );
        assert_eq!(posted.header("x-ratelimit-bucket").len(), 32);
        assert!(
            posted
                .header("x-ratelimit-reset-after")
                .parse::<f64>()
                .unwrap()
                <= 5.0
        );
    }
    let refused = rest.post(&rest.messages(), json!({ "content": "x" })).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("x-ratelimit-scope")),
        (429, "user")
    );
    assert_eq!(
        (
            refused.header("x-ratelimit-remaining"),
            refused.header("via")
        ),
        ("0", "1.1 google")
    );
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);
    let wait = refused.body["retry_after"].as_f64().unwrap();
    assert!(wait > 0.0 && wait <= 5.0);
    assert_eq!(
        (&refused.body["global"], &refused.body["message"]),
        (&json!(false), &json!("You are being rate limited."))
    );
    rest.sim.world(|world| {
        assert_eq!(world.limits.refused, [1, 0, 0]);
        assert_eq!(world.messages[&rest.general].len(), 5);
        world.clock.advance(Duration::from_secs(5));
    });
    rest.post(&rest.messages(), json!({ "content": "x" }))
        .await
        .ok();
}

#[tokio::test]
async fn the_global_budget_counts_every_request_of_the_bot_and_says_so() {
    let rest = limited().await;
    rest.sim.world(|world| {
        world.settings.global_per_second = 3;
        world.clock.stop();
    });
    rest.get("/users/@me").await.ok();
    // Needs no token, but one that comes with the bot's is the bot's request.
    rest.get("/gateway").await.ok();
    rest.get("/applications/@me").await.ok();
    let refused = rest.get("/users/@me/guilds").await;
    assert_eq!(
        (
            refused.status.as_u16(),
            refused.header("x-ratelimit-scope"),
            refused.header("x-ratelimit-global")
        ),
        (429, "global", "true")
    );
    assert_eq!(refused.body["global"], true);
    rest.sim
        .world(|world| world.clock.advance(Duration::from_secs(1)));
    rest.get("/users/@me/guilds").await.ok();
}

#[tokio::test]
async fn a_channel_is_renamed_twice_in_ten_minutes() {
    let rest = limited().await;
    let thread = rest
        .post(
            &format!("/channels/{}/threads", rest.general),
            json!({ "name": "0", "type": 11 }),
        )
        .await
        .id();
    let path = format!("/channels/{thread}");
    for name in ["1", "2"] {
        rest.patch(&path, json!({ "name": name })).await.ok();
    }
    let refused = rest.patch(&path, json!({ "name": "3" })).await;
    assert_eq!(refused.status, 429);
    assert!(refused.body["retry_after"].as_f64().unwrap() > 500.0);
    // The headers tell of the route, of which much is left.
    assert_eq!(refused.header("x-ratelimit-limit"), "10");
    assert_eq!(refused.header("x-ratelimit-remaining"), "7");
    assert_eq!(refused.header("x-ratelimit-scope"), "user");
    rest.patch(&path, json!({ "locked": true })).await.ok();
}

#[tokio::test]
async fn without_limits_there_are_no_headers_and_made_up_429s_have_them() {
    let rest = Rest::start().await;
    for _ in 0..20 {
        let posted = rest.post(&rest.messages(), json!({ "content": "x" })).await;
        assert_eq!(
            (posted.status.as_u16(), posted.header("x-ratelimit-limit")),
            (200, "")
        );
    }
    rest.sim.world(|world| {
        world
            .faults
            .next(Route::CreateMessage)
            .rate_limited(Duration::from_millis(1_200))
    });
    let refused = rest.post(&rest.messages(), json!({ "content": "x" })).await;
    assert_eq!(
        (refused.header("retry-after"), &refused.body["retry_after"]),
        ("2", &json!(1.2))
    );
    let from_in_front = Fault::RateLimited {
        retry_after: Duration::from_secs(3),
        scope: None,
    };
    rest.sim
        .world(|world| world.faults.next_any().fault(from_in_front));
    let refused = rest.post(&rest.messages(), json!({ "content": "x" })).await;
    assert_eq!(
        (
            refused.header("x-ratelimit-scope"),
            refused.header("via"),
            refused.header("retry-after")
        ),
        ("", "", "3")
    );
    let shared = Fault::RateLimited {
        retry_after: Duration::from_secs(1),
        scope: Some(Scope::Shared),
    };
    rest.sim
        .world(|world| world.faults.next(Route::Typing).fault(shared));
    let refused = rest
        .post(&format!("/channels/{}/typing", rest.general), json!({}))
        .await;
    assert_eq!(refused.header("x-ratelimit-scope"), "shared");
    assert_eq!(rest.sim.world(|world| world.limits.refused), [1, 1, 0]);
}

#[tokio::test]
async fn an_address_that_keeps_asking_wrongly_is_shut_out() {
    let rest = Rest::start().await;
    rest.sim
        .world(|world| world.settings.ban_after_invalid = Some(3));
    rest.sim.world(|world| {
        world
            .faults
            .next(Route::Typing)
            .times(3)
            .fails(403, 50_013, "Missing Permissions")
    });
    for _ in 0..3 {
        rest.post(&format!("/channels/{}/typing", rest.general), json!({}))
            .await;
    }
    let shut_out = rest.get("/users/@me").await;
    assert_eq!(
        (
            shut_out.status.as_u16(),
            shut_out.header("retry-after"),
            shut_out.header("via")
        ),
        (429, "600", "")
    );
    assert_eq!(shut_out.body, json!("error code: 1015"));
}
