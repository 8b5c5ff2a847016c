//! The transport against real sockets. What must not be sent too early is measured where it arrives; nothing here
//! depends on being fast.

mod limits;
mod presses;
mod server;

use std::time::Duration;

use axum::http::Method;
use kaiwa_core::{
    id::{ChannelId, MessageId},
    pacing::Urgency,
};
use serde_json::json;

use super::*;
use server::{Reply, Server, message};

fn new_message(content: &str) -> NewMessage {
    NewMessage {
        channel: ChannelId(1),
        content: content.to_owned(),
        reply_to: None,
        nonce: "2s.0".to_owned(),
        files: Vec::new(),
        buttons: Vec::new(),
    }
}

fn edit(channel: u64, content: &str) -> EditMessage {
    EditMessage {
        channel: ChannelId(channel),
        message: MessageId(7),
        content: Some(content.to_owned()),
        buttons: None,
        attached: Attached::Stays,
    }
}

#[tokio::test]
async fn a_message_is_created_so_that_it_can_be_repeated_and_pings_nobody() {
    let server = Server::start(|_, _| message(9)).await;
    let reply = NewMessage {
        reply_to: Some(MessageId(5)),
        ..new_message("@everyone")
    };
    let created = server.rest.create_message(reply, None).await.unwrap();
    assert_eq!(created.id, MessageId(9));
    let seen = server.only();
    assert_eq!(
        (seen.method.clone(), seen.path.as_str()),
        (Method::POST, "/api/v10/channels/1/messages")
    );
    assert_eq!(seen.headers["authorization"], "Bot a-token");
    let agent = seen.headers["user-agent"].to_str().unwrap();
    assert!(agent.starts_with("DiscordBot (https://"), "{agent}");
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(
        seen.json(),
        json!({
            "content": "@everyone",
            "nonce": "2s.0",
            "enforce_nonce": true,
            "allowed_mentions": {"parse": [], "replied_user": false},
            "message_reference": {"message_id": "5", "fail_if_not_exists": false},
        })
    );
}

#[tokio::test]
async fn an_edit_pings_nobody_either() {
    let server = Server::start(|_, _| message(7)).await;
    server
        .rest
        .edit_message(edit(1, "more"), None)
        .await
        .unwrap();
    let seen = server.only();
    assert_eq!(
        (seen.method.clone(), seen.path.as_str()),
        (Method::PATCH, "/api/v10/channels/1/messages/7")
    );
    assert_eq!(
        seen.json(),
        json!({"content": "more", "allowed_mentions": {"parse": [], "replied_user": false}})
    );
}

#[tokio::test]
async fn a_message_with_files_is_one_form() {
    let server = Server::start(|_, _| message(9)).await;
    let file = File {
        name: "answer.md".to_owned(),
        content: b"# All of it".to_vec(),
        description: String::new(),
    };
    let with_file = NewMessage {
        files: vec![file],
        ..new_message("see the file")
    };
    server.rest.create_message(with_file, None).await.unwrap();
    let seen = server.only();
    let kind = seen.headers["content-type"].to_str().unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let body = String::from_utf8(seen.body.to_vec()).unwrap();
    for part in [
        "name=\"payload_json\"",
        "\"attachments\":[{\"id\":0,\"filename\":\"answer.md\"}]",
        "\"enforce_nonce\":true",
        "name=\"files[0]\"; filename=\"answer.md\"",
        "# All of it",
    ] {
        assert!(body.contains(part), "{part} is missing in {body}");
    }
}

#[tokio::test]
async fn an_edit_says_which_files_there_are_from_then_on() {
    let server = Server::start(|_, _| message(7)).await;
    let file = File {
        name: "formulas.png".to_owned(),
        content: b"a picture".to_vec(),
        description: "(1) x".to_owned(),
    };
    for files in [vec![file], Vec::new()] {
        let edit = EditMessage {
            attached: Attached::Becomes(files),
            ..edit(5, "more")
        };
        server.rest.edit_message(edit, None).await.unwrap();
    }
    let seen = server.seen();
    let body = String::from_utf8(seen[0].body.to_vec()).unwrap();
    for part in [
        "\"attachments\":[{\"id\":0,\"filename\":\"formulas.png\",\"description\":\"(1) x\"}]",
        "name=\"files[0]\"; filename=\"formulas.png\"",
        "a picture",
    ] {
        assert!(body.contains(part), "{part} is missing in {body}");
    }
    assert_eq!(seen[1].json()["attachments"], json!([]));
}

#[tokio::test]
async fn a_create_whose_outcome_is_unknown_is_repeated_with_the_same_nonce() {
    let script = |number, _: &server::Seen| match number {
        0 => Reply::json(
            500,
            &json!({"message": "500: Internal Server Error", "code": 0}),
        ),
        1 => Reply::Cut,
        2 => Reply::Never,
        _ => message(9),
    };
    let times = Times {
        attempt: Duration::from_millis(500),
        ..Times::default()
    };
    let server = Server::with_times(times, script).await;
    let created = server.rest.create_message(new_message("once"), None).await;
    assert_eq!(created.unwrap().id, MessageId(9));
    let seen = server.seen();
    assert!(seen.len() >= 4);
    assert!(seen.iter().all(|seen| seen.json() == seen_first(&server)));
    let totals = server.rest.totals();
    assert_eq!(totals.requests, totals.retries + 1);
    assert_eq!(totals.broken, 1);
    assert!(totals.unanswered >= 2);
    assert_eq!(server.rest.load().sent, 0);
}

fn seen_first(server: &Server) -> serde_json::Value {
    server.seen()[0].json()
}

#[tokio::test]
async fn tries_end_when_the_time_is_used_up() {
    let times = Times {
        words: Duration::from_millis(700),
        ..Times::default()
    };
    let server = Server::with_times(times, |_, _| Reply::json(503, &json!({}))).await;
    let error = server.rest.create_message(new_message("hm"), None).await;
    let last = Last::Broken(503);
    assert_eq!(error.unwrap_err(), RestError::Unavailable { last });
    assert!(server.seen().len() >= 2);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_to_be_so() {
    // A port that was free a moment ago.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let times = Times {
        call: Duration::ZERO,
        ..Times::default()
    };
    let http = crate::http::http_client().unwrap();
    let rest = Rest::with_times(http, &address, &"a-token".into(), times).unwrap();
    let last = Last::NotConnected;
    assert_eq!(
        rest.gateway_bot().await.unwrap_err(),
        RestError::Unavailable { last }
    );
    assert_eq!(rest.load().sent, 0);
}

#[tokio::test]
async fn refusals_tell_what_can_be_done_and_are_not_repeated() {
    let cases = [
        (401, 0, RestError::Unauthorized),
        (403, 50_013, RestError::Forbidden { code: 50_013 }),
        (404, 10_003, RestError::NotFound { code: 10_003 }),
        (400, 50_083, RestError::Archived),
        (403, 160_005, RestError::Locked),
        (400, 160_006, RestError::TooManyThreads),
        (400, 30_046, RestError::EditedTooOften),
        (429, 30_046, RestError::EditedTooOften),
        (
            400,
            50_035,
            RestError::Refused {
                status: 400,
                code: 50_035,
                message: "m".repeat(200),
            },
        ),
    ];
    for (status, code, error) in cases {
        let body = json!({"message": "m".repeat(5000), "code": code});
        let server = Server::start(move |_, _| Reply::json(status, &body)).await;
        let result = server.rest.edit_message(edit(1, "hm"), None).await;
        assert_eq!(result.unwrap_err(), error);
        server.only();
        // No refusal of this kind holds up anything else.
        drop(
            server
                .rest
                .permit(&Route::Application, Urgency::Text, Duration::ZERO)
                .await,
        );
    }
}

#[tokio::test]
async fn what_stands_in_front_of_discord_refuses_nothing_for_good() {
    for status in [400, 401, 403, 404, 408, 413, 425] {
        let script = move |number, _: &server::Seen| match number {
            0 => Reply::html(status, "<h1>nginx</h1>"),
            1 => Reply::json(status, &json!({})),
            _ => message(7),
        };
        let server = Server::start(script).await;
        let result = server.rest.edit_message(edit(1, "hm"), None).await;
        assert!(result.is_ok(), "{status}: {result:?}");
        assert_eq!(server.seen().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn deleting_what_is_gone_is_a_success() {
    let script = |number, _: &server::Seen| match number {
        0 => Reply::json(502, &json!({})),
        _ => Reply::json(404, &json!({"message": "Unknown Message", "code": 10_008})),
    };
    let server = Server::start(script).await;
    let deleted = server.rest.delete_message(ChannelId(1), MessageId(7), None);
    assert_eq!(deleted.await, Ok(()));
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.method == Method::DELETE));
}

#[tokio::test]
async fn a_thread_is_opened_or_found() {
    let script = |number, _: &server::Seen| match number {
        0 => Reply::json(201, &json!({"id": "7", "type": 11, "parent_id": "1"})),
        1 => Reply::json(500, &json!({})),
        _ => Reply::json(
            400,
            &json!({"message": "A thread has already been created", "code": 160_004}),
        ),
    };
    let server = Server::start(script).await;
    let started = server
        .rest
        .start_thread(ChannelId(1), MessageId(7), "The sea");
    let opened = Started::New {
        thread: ChannelId(7),
        name: "The sea".to_owned(),
    };
    assert_eq!(started.await, Ok(opened));
    let started = server
        .rest
        .start_thread(ChannelId(1), MessageId(7), "The sea");
    assert_eq!(started.await, Ok(Started::Existed(ChannelId(7))));
    let seen = server.seen();
    assert_eq!(seen[0].path, "/api/v10/channels/1/messages/7/threads");
    assert_eq!(seen[0].json(), json!({"name": "The sea"}));
}

#[tokio::test]
async fn history_comes_newest_first_and_in_pages() {
    let page = json!([
        {"id": "3", "channel_id": "1", "content": "c"},
        {"id": "5", "channel_id": "1", "content": "e", "surprise": {"new": true}},
        {"id": "4", "channel_id": "1", "content": "d", "author": {"id": "2", "username": "ada"}},
    ]);
    let server = Server::start(move |_, _| Reply::json(200, &page)).await;
    let pages = [
        Page::Latest,
        Page::Before(MessageId(6)),
        Page::After(MessageId(2)),
    ];
    for page in pages {
        let messages = server.rest.messages(ChannelId(1), page, 255).await.unwrap();
        let ids: Vec<u64> = messages.iter().map(|message| message.id.0).collect();
        assert_eq!(ids, [5, 4, 3]);
    }
    let paths: Vec<String> = server.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(
        paths,
        [
            "/api/v10/channels/1/messages?limit=100",
            "/api/v10/channels/1/messages?limit=100&before=6",
            "/api/v10/channels/1/messages?limit=100&after=2",
        ]
    );
}

#[tokio::test]
async fn files_are_read_up_to_a_limit_without_the_token() {
    let server = Server::start(|number, _| match number {
        0 => Reply::json(503, &json!({})),
        _ => Reply::Answer {
            status: 200,
            headers: Vec::new(),
            body: "a long text".to_owned(),
        },
    })
    .await;
    // Where another server stands in for Discord, it keeps the files too.
    let discords = "https://cdn.discordapp.com/attachments/1/2/message.txt?ex=1&hm=2";
    let whole = server.rest.fetch(discords, 11).await.unwrap();
    assert_eq!(
        (whole.content.as_slice(), whole.is_cut),
        (&b"a long text"[..], false)
    );
    let own = format!("{}/attachments/1/2/message.txt", server.address);
    let cut = server.rest.fetch(&own, 6).await.unwrap();
    assert_eq!((cut.content.as_slice(), cut.is_cut), (&b"a long"[..], true));
    let seen = server.seen();
    assert_eq!(seen[1].path, "/attachments/1/2/message.txt?ex=1&hm=2");
    assert!(
        seen.iter()
            .all(|seen| !seen.headers.contains_key("authorization"))
    );
    assert_eq!(server.rest.totals(), Totals::default());
}

#[tokio::test]
async fn files_are_read_from_discord_alone() {
    let http = crate::http::http_client().unwrap();
    let rest = Rest::new(http, DISCORD, &"a-token".into()).unwrap();
    for address in [
        "https://169.254.169.254/latest/meta-data",
        "http://cdn.discordapp.com/attachments/1/2/message.txt",
        "https://cdn.discordapp.com.example.org/message.txt",
        "file:///etc/passwd",
        "message.txt",
    ] {
        assert_eq!(
            rest.fetch(address, 10).await,
            Err(RestError::ForeignAddress)
        );
    }
}

#[tokio::test]
async fn an_address_or_token_that_can_not_be_used_is_said_at_once() {
    let open = |base: &str, token: &str| {
        let http = crate::http::http_client().unwrap();
        Rest::new(http, base, &token.into()).map(drop)
    };
    assert_eq!(open("discord.com", "t"), Err(SetupError::Address));
    assert_eq!(open("ftp://discord.com", "t"), Err(SetupError::Address));
    assert_eq!(open(DISCORD, " "), Err(SetupError::Token));
    assert_eq!(open(DISCORD, "a\nb"), Err(SetupError::Token));
    assert_eq!(open(DISCORD, "Bot a.b.c\n"), Ok(()));
}
