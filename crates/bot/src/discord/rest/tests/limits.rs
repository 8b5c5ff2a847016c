//! Discord's limits: read from every answer, obeyed to the moment.

use std::time::Duration;

use kaiwa_core::{id::ChannelId, pacing::Urgency};
use serde_json::json;

use super::{
    super::{Last, RestError, Route},
    edit, new_message,
    server::{Reply, Seen, Server, message},
};

fn limited(retry_after: f64, global: bool) -> Reply {
    let body = json!({
        "message": "You are being rate limited.",
        "retry_after": retry_after,
        "global": global,
    });
    Reply::json(429, &body)
}

/// Two edits in a bucket that is then refused, and one elsewhere: which arrive in which order, and how long after
/// the refusal the repetition comes.
async fn refused_with(
    refusal: impl Fn() -> Reply + Send + Sync + 'static,
) -> (Vec<String>, Duration, Server) {
    let script = move |number, _: &Seen| if number == 0 { refusal() } else { message(7) };
    let server = Server::start(script).await;
    let rest = server.rest.clone();
    let refused = tokio::spawn(async move { rest.edit_message(edit(1, "refused"), None).await });
    // The refusal has been learnt once it is counted among the invalid or shared ones.
    loop {
        let totals = server.rest.totals();
        if totals.limited_user
            + totals.limited_shared
            + totals.limited_global
            + totals.limited_address
            > 0
            && server.rest.load().sent == 0
        {
            break;
        }
        tokio::task::yield_now().await;
    }
    server
        .rest
        .edit_message(edit(2, "elsewhere"), None)
        .await
        .unwrap();
    refused.await.unwrap().unwrap();
    let seen = server.seen();
    let order: Vec<String> = seen.iter().map(|seen| seen.channel().to_owned()).collect();
    let repeated = seen.iter().rposition(|seen| seen.channel() == "1").unwrap();
    let earliest = order
        .iter()
        .skip(1)
        .position(|channel| channel == "2")
        .unwrap()
        + 1;
    let waited = server.between(0, repeated);
    assert_eq!(seen.len(), 3);
    (
        order,
        waited.min(server.between(0, repeated.max(earliest))),
        server,
    )
}

#[tokio::test]
async fn a_429_of_the_bucket_stops_that_bucket_alone() {
    for scope in ["user", "shared"] {
        let refusal = move || {
            limited(0.7, false)
                .with("X-RateLimit-Scope", scope)
                .with("Retry-After", 1)
        };
        let (order, waited, server) = refused_with(refusal).await;
        assert_eq!(order, ["1", "2", "1"], "{scope}");
        assert!(waited >= Duration::from_millis(700), "{scope}: {waited:?}");
        let totals = server.rest.totals();
        let counted = [totals.limited_user, totals.limited_shared, totals.invalid];
        assert_eq!(
            counted,
            if scope == "user" {
                [1, 0, 1]
            } else {
                [0, 1, 0]
            }
        );
    }
}

#[tokio::test]
async fn a_global_429_stops_everything() {
    let refusal = || {
        limited(0.4, true)
            .with("X-RateLimit-Global", "true")
            .with("X-RateLimit-Scope", "global")
    };
    let (_, _, server) = refused_with(refusal).await;
    for later in [1, 2] {
        let waited = server.between(0, later);
        assert!(waited >= Duration::from_millis(400), "{waited:?}");
    }
    assert_eq!(server.rest.totals().limited_global, 1);
}

#[tokio::test]
async fn a_429_of_a_new_name_stops_nothing_and_is_not_repeated() {
    let script = |number, _: &Seen| match number {
        // The headers are those of the bucket, which has room.
        0 => limited(582.0, false)
            .with("X-RateLimit-Scope", "user")
            .with("X-RateLimit-Bucket", "edit-channel")
            .with("X-RateLimit-Limit", 5)
            .with("X-RateLimit-Remaining", 4)
            .with("X-RateLimit-Reset-After", 15),
        _ => Reply::json(200, &json!({"id": "7", "type": 11})),
    };
    let server = Server::start(script).await;
    let thread = ChannelId(7);
    let renamed = server.rest.rename_thread(thread, "The sea").await;
    let last = Last::Limited;
    assert_eq!(renamed, Err(RestError::Unavailable { last }));
    assert_eq!(server.rest.reopen_thread(thread).await, Ok(()));
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].json(), json!({"name": "The sea"}));
    assert_eq!(seen[1].json(), json!({"archived": false}));
    assert_eq!(server.rest.totals().limited_user, 1);
}

#[tokio::test]
async fn a_name_that_finds_no_room_is_not_sent() {
    let script = |_, _: &Seen| {
        Reply::json(200, &json!({"id": "7", "type": 11}))
            .with("X-RateLimit-Bucket", "edit-channel")
            .with("X-RateLimit-Limit", 1)
            .with("X-RateLimit-Remaining", 0)
            .with("X-RateLimit-Reset-After", 3_600)
    };
    let server = Server::start(script).await;
    let thread = ChannelId(7);
    assert_eq!(server.rest.reopen_thread(thread).await, Ok(()));
    let renamed = server.rest.rename_thread(thread, "The sea").await;
    assert_eq!(renamed, Err(RestError::NoRoom));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_429_without_scope_stops_everything_too() {
    let refusal = || {
        let page = "<html><title>Access denied</title></html>".to_owned();
        Reply::Answer {
            status: 429,
            headers: vec![("Retry-After", "1".to_owned())],
            body: page,
        }
    };
    let (_, _, server) = refused_with(refusal).await;
    for later in [1, 2] {
        let waited = server.between(0, later);
        assert!(waited >= Duration::from_secs(1), "{waited:?}");
    }
    assert_eq!(server.rest.totals().limited_address, 1);
}

#[tokio::test]
async fn the_headers_of_a_success_are_obeyed() {
    let script = |number, _: &Seen| match number {
        0 => message(7).bucket(2, 1, 0.6),
        1 => message(7).bucket(2, 0, 0.6),
        _ => message(7).bucket(2, 1, 0.6),
    };
    let server = Server::start(script).await;
    let edits = (0..3).map(|_| server.rest.edit_message(edit(1, "now"), None));
    let edits: Vec<_> = futures_util::future::join_all(edits).await;
    assert!(edits.iter().all(Result::is_ok));
    assert!(
        server.between(0, 2) >= Duration::from_millis(600),
        "{:?}",
        server.between(0, 2)
    );
    assert_eq!(server.rest.totals().limited_user, 0);
}

#[tokio::test]
async fn creates_and_edits_do_not_wait_for_each_other() {
    // The bucket of edits is used up for an hour.
    let script = |_, seen: &Seen| match seen.method.as_str() {
        "PATCH" => message(7).bucket(1, 0, 3600.0),
        _ => message(9),
    };
    let server = Server::start(script).await;
    server
        .rest
        .edit_message(edit(1, "one"), None)
        .await
        .unwrap();
    let mut second = std::pin::pin!(server.rest.edit_message(edit(1, "two"), None));
    tokio::select! {
        _ = &mut second => panic!("the bucket was empty"),
        created = server.rest.create_message(new_message("new"), None) => assert!(created.is_ok()),
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_dropped_permit_gives_its_turn_back_and_a_dropped_asker_leaves() {
    let server = Server::start(|_, _| message(7)).await;
    let route = Route::EditMessage(ChannelId(1));
    let ask = |urgency| server.rest.permit(&route, urgency, Duration::ZERO);
    // One goes first to find out what the bucket allows.
    let first = ask(Urgency::Text).await;
    {
        let mut second = std::pin::pin!(ask(Urgency::Text));
        tokio::select! {
            biased;
            _ = &mut second => panic!("nothing is known of the bucket yet"),
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(server.rest.load().waiting, 1);
    }
    assert_eq!(server.rest.load().waiting, 0);
    drop(first);
    assert_eq!(server.rest.load().sent, 0);
    let third = ask(Urgency::Final).await;
    server
        .rest
        .edit_message(edit(1, "now"), Some(third))
        .await
        .unwrap();
    assert_eq!(server.seen().len(), 1);
    assert_eq!(server.rest.load().sent, 0);
}

#[tokio::test]
async fn a_permit_for_another_place_is_given_back() {
    let server = Server::start(|_, _| message(7)).await;
    let other = Route::EditMessage(ChannelId(2));
    let permit = server
        .rest
        .permit(&other, Urgency::Text, Duration::ZERO)
        .await;
    server
        .rest
        .edit_message(edit(1, "now"), Some(permit))
        .await
        .unwrap();
    assert_eq!(server.rest.load().sent, 0);
    server.only();
}

#[tokio::test]
async fn typing_is_dropped_under_load() {
    let server = Server::start(|_, _| Reply::json(204, &json!(null))).await;
    server.rest.typing(ChannelId(1)).await.unwrap();
    let mut held = Vec::new();
    for channel in 0..30 {
        let route = Route::CreateMessage(ChannelId(channel));
        held.push(
            server
                .rest
                .permit(&route, Urgency::First, Duration::ZERO)
                .await,
        );
    }
    assert_eq!(
        server.rest.typing(ChannelId(2)).await,
        Err(RestError::NoRoom)
    );
    drop(held);
    server.rest.typing(ChannelId(2)).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn sixty_creates_at_once_never_exceed_fifty_in_a_second() {
    let server = Server::start(|_, _| message(9)).await;
    let creates = (0..60).map(|n| {
        let mut new = new_message("hello");
        new.channel = ChannelId(100 + n);
        server.rest.create_message(new, None)
    });
    let results = futures_util::future::join_all(creates).await;
    assert!(results.iter().all(Result::is_ok));
    let mut arrivals: Vec<_> = server.seen().iter().map(|seen| seen.at).collect();
    arrivals.sort_unstable();
    for pair in arrivals.windows(51) {
        assert!(pair[50] - pair[0] >= Duration::from_secs(1));
    }
}
