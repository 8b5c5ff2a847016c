//! An event that is like the one before it is not taken apart; what comes out is the same.

use kaiwa_core::text::is_blank;
use proptest::prelude::*;
use serde_json::json;

use super::Heard;
use crate::model::{
    alike::Alike,
    answer::{Answer, Events},
    sse::Event,
};

fn learnt(event: &str, text: &str) -> Option<Alike> {
    Alike::of(event.as_bytes(), 3, text)
}

#[test]
fn the_text_is_found_where_all_else_is_the_same() {
    for event in [
        r#"{"id":"a","choices":[{"index":3,"delta":{"content":"one"},"finish_reason":null}]}"#,
        r#"{"id": "a", "choices": [{"index": 3, "delta": {"content": "one"}}]}"#,
        r#"{"choices":[{"delta":{"content"  :  "one"}}]}"#,
        r#"{"choices":[{"delta":{"content":"one"}}],"usage": null}"#,
        r#"{"id":"usage","choices":[{"delta":{"content":"one"}}]}"#,
    ] {
        let alike = learnt(event, "one").unwrap();
        for text in ["two", "", "one", "海は青い 🌊", "{}[],:", "'"] {
            let next = event.replace("one", text);
            assert_eq!(alike.text(next.as_bytes()), Some((3, text)), "{next}");
        }
    }
}

#[test]
fn whatever_else_differs_is_taken_apart() {
    let event =
        r#"{"id":"a","choices":[{"index":3,"delta":{"content":"one"},"finish_reason":null}]}"#;
    let alike = learnt(event, "one").unwrap();
    for next in [
        r#"{"id":"b","choices":[{"index":3,"delta":{"content":"two"},"finish_reason":null}]}"#,
        r#"{"id":"a","choices":[{"index":3,"delta":{"content":"two"},"finish_reason":"stop"}]}"#,
        r#"{"id":"a","choices":[{"index":3,"delta":{"content":null},"finish_reason":null}]}"#,
        r#"{"id":"a","choices":[{"index":3,"delta":{"content":"a\nb"},"finish_reason":null}]}"#,
        r#"{"id":"a","choices":[{"index":3,"delta":{"content":"a\"b"},"finish_reason":null}]}"#,
        r#"{"id":"a","choices":[{"index":3,"delta":{"content":"a","refusal":"b"},"finish_reason":null}]}"#,
        r#"{"id":"a","choices":[{"index":3,"delta":{"content":"two"#,
        "",
    ] {
        assert_eq!(alike.text(next.as_bytes()), None, "{next}");
    }
    let broken = [event.as_bytes(), b"\xff"].concat();
    assert_eq!(alike.text(&broken), None);
    let broken = event.replace("one", "\u{1}");
    assert_eq!(alike.text(broken.as_bytes()), None);
}

#[test]
fn an_event_teaches_nothing_where_its_text_could_be_another_one() {
    for (event, text) in [
        // Twice the name.
        (
            r#"{"content":"one","choices":[{"delta":{"content":"one"}}]}"#,
            "one",
        ),
        // Another text was seen, or none.
        (
            r#"{"choices":[{"delta":{"content":"one","refusal":"two"}}]}"#,
            "onetwo",
        ),
        (r#"{"choices":[{"delta":{"reasoning":"one"}}]}"#, "one"),
        // It is written otherwise than it reads, or goes on.
        (r#"{"choices":[{"delta":{"content":"on\u0065"}}]}"#, "one"),
        (r#"{"choices":[{"delta":{"content":"a\\b"}}]}"#, r"a\b"),
        (r#"{"choices":[{"delta":{"content":"one"}}]}"#, "on"),
        (
            r#"{"choices":[{"delta":{"content":[{"type":"text","text":"one"}]}}]}"#,
            "one",
        ),
        // The name is a longer one.
        (r#"{"choices":[{"delta":{"\"content":"one"}}]}"#, "one"),
        // It tells what the answer costs.
        (
            r#"{"choices":[{"delta":{"content":"one"}}],"usage" : {"prompt_tokens":1}}"#,
            "one",
        ),
        (
            r#"{"usage":null,"choices":[{"usage":{},"delta":{"content":"one"}}]}"#,
            "one",
        ),
    ] {
        assert!(learnt(event, text).is_none(), "{event}");
    }
}

proptest! {
    /// However the events of a stream differ, what is heard is what was said.
    #[test]
    fn what_is_heard_is_what_was_said(
        pieces in prop::collection::vec(
            (0..3_u32, prop_oneof!["[a-c\"\\\\ \n]{0,4}", "\\PC{0,4}"], 0..4_u8, any::<bool>()),
            1..12,
        ),
    ) {
        let (mut answer, mut events) = (Answer::default(), Events::new());
        let mut said = vec![String::new(); 3];
        let mut thought = String::new();
        for (index, text, form, spaced) in pieces {
            let event = match form {
                0 => json!({"choices": [{"index": index, "delta": {"reasoning": text, "content": null}}]}),
                1 => json!({"id": text, "choices": [{"index": index, "delta": {"content": text}}]}),
                _ => json!({"id": 1, "choices": [{"index": index, "delta": {"content": text}}]}),
            };
            match form {
                0 => thought.push_str(&text),
                _ => said[index as usize].push_str(&text),
            }
            let data = if spaced { format!("{event:#}") } else { event.to_string() };
            let event = Event { error: false, data: data.into_bytes() };
            prop_assert!(answer.event(&event, &mut events).is_ok());
        }
        // What looks like the beginning of a thought waits for more; without a word all of it is an error.
        let _ = answer.end(&mut events);
        let mut heard = Heard::default();
        events.into_iter().for_each(|event| heard.note(event));
        heard.texts.resize(3, String::new());
        // White space in front of an answer waits for something that can be seen.
        let begun = |text: &String| if is_blank(text) { String::new() } else { text.clone() };
        prop_assert_eq!(heard.texts, said.iter().map(begun).collect::<Vec<_>>());
        prop_assert_eq!(heard.reasoning, thought);
    }
}
