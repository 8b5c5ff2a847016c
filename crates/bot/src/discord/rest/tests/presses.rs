//! Buttons, and the answers to those who press them.

use kaiwa_core::{
    button::{Interaction, InteractionToken},
    id::{ApplicationId, InteractionId},
};

use super::*;

fn interaction() -> Interaction {
    Interaction {
        id: InteractionId(11),
        application: ApplicationId(12),
        token: InteractionToken::try_from("aW50ZXI".to_owned()).unwrap(),
    }
}

fn told(content: &str) -> FirstAnswer {
    FirstAnswer::Told(whisper(content))
}

fn whisper(content: &str) -> Whisper {
    Whisper {
        content: content.to_owned(),
        files: Vec::new(),
    }
}

fn stop() -> NewButton {
    NewButton {
        label: "Stop",
        custom_id: "k1.stop.1.2.3".to_owned(),
        look: Look::Secondary,
    }
}

fn row() -> serde_json::Value {
    json!([{"type": 1, "components": [
        {"type": 2, "style": 2, "label": "Stop", "custom_id": "k1.stop.1.2.3"},
    ]}])
}

#[tokio::test]
async fn buttons_come_with_a_message_and_go_with_an_edit() {
    let server = Server::start(|_, _| message(7)).await;
    let created = NewMessage {
        buttons: vec![stop()],
        ..new_message("more")
    };
    server.rest.create_message(created, None).await.unwrap();
    for buttons in [None, Some(vec![stop()]), Some(Vec::new())] {
        let edit = EditMessage {
            buttons,
            ..edit(1, "more")
        };
        server.rest.edit_message(edit, None).await.unwrap();
    }
    let alone = EditMessage {
        content: None,
        buttons: Some(Vec::new()),
        ..edit(1, "")
    };
    server.rest.edit_message(alone, None).await.unwrap();
    let bodies: Vec<serde_json::Value> = server.seen().iter().map(|seen| seen.json()).collect();
    assert_eq!(bodies[0]["components"], row());
    assert_eq!(bodies[1].get("components"), None, "it keeps those it has");
    assert_eq!(bodies[2]["components"], row());
    assert_eq!(bodies[3]["components"], json!([]));
    assert_eq!(bodies[4]["components"], json!([]));
    assert_eq!(bodies[4].get("content"), None, "its words stay");
}

#[tokio::test]
async fn a_press_is_answered_by_its_own_token_alone() {
    let server = Server::start(|_, _| Reply::json(200, &json!({}))).await;
    for answer in [
        FirstAnswer::Heard,
        FirstAnswer::Buttons(vec![stop()]),
        told("no"),
    ] {
        let answered = server.rest.answer_press(&interaction(), answer).await;
        assert_eq!(answered, Ok(FirstAnswered::Now));
    }
    let mut thoughts = whisper("see the file");
    thoughts.files.push(File {
        name: "thoughts.md".to_owned(),
        content: b"# Hm".to_vec(),
        description: String::new(),
    });
    server.rest.whisper(&interaction(), thoughts).await.unwrap();
    let nobody = json!({"parse": [], "replied_user": false});
    let seen = server.seen();
    assert!(
        seen.iter()
            .all(|seen| !seen.headers.contains_key("authorization"))
    );
    let (last, first) = seen.split_last().unwrap();
    for seen in first {
        assert_eq!(seen.method, Method::POST);
        assert_eq!(seen.path, "/api/v10/interactions/11/aW50ZXI/callback");
    }
    assert_eq!(first[0].json(), json!({"type": 6}));
    assert_eq!(
        first[1].json(),
        json!({"type": 7, "data": {"components": row(), "allowed_mentions": nobody}})
    );
    assert_eq!(
        first[2].json(),
        json!({"type": 4, "data": {"content": "no", "flags": 64, "allowed_mentions": nobody}})
    );
    assert_eq!(last.path, "/api/v10/webhooks/12/aW50ZXI");
    let form = String::from_utf8(last.body.to_vec()).unwrap();
    assert!(
        form.contains("\"flags\":64") && form.contains("# Hm"),
        "{form}"
    );
}

#[tokio::test]
async fn a_press_that_was_answered_before_or_too_late_is_no_error() {
    for (status, code, answered) in [
        (400, 40_060, FirstAnswered::Before),
        (404, 10_062, FirstAnswered::TooLate),
    ] {
        let script = move |number, _: &server::Seen| match number {
            0 => Reply::json(500, &json!({})),
            _ => Reply::json(status, &json!({"message": "m", "code": code})),
        };
        let server = Server::start(script).await;
        let result = server
            .rest
            .answer_press(&interaction(), FirstAnswer::Heard)
            .await;
        assert_eq!(result, Ok(answered));
        assert_eq!(server.seen().len(), 2);
    }
}
