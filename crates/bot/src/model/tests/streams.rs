//! Recorded streams and every odd form that providers use, cut at every place.

use kaiwa_core::{
    error::ModelError,
    model::{FinishReason, Usage},
};

use super::Heard;
use crate::model::{
    answer::{Answer, CHOICES_LIMIT, Events, Problem, TEXT_LIMIT},
    sse::{EVENT_LIMIT, Event, Reader, TooLarge},
};

/// Reads a stream that comes in these pieces.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard {
    let (mut reader, mut answer, mut events, mut outcome) =
        (Reader::default(), Answer::default(), Events::new(), Ok(()));
    for piece in pieces {
        let read = reader.read(piece, |event| {
            if outcome.is_ok() {
                outcome = answer.event(event, &mut events);
            }
        });
        read.unwrap();
    }
    if outcome.is_ok() && answer.is_complete() && !answer.is_over() {
        outcome = answer.end(&mut events);
    }
    let mut heard = Heard::default();
    events.into_iter().for_each(|event| heard.note(event));
    heard.error = match outcome {
        Ok(()) => None,
        Err(Problem::Known(error)) => Some(error),
        Err(Problem::Told(told)) => panic!("told: {told}"),
    };
    heard
}

fn usage(prompt: u64, answer: u64) -> Option<Usage> {
    Some(Usage { prompt, answer })
}

#[test]
fn recorded_streams_are_understood_however_they_are_cut() {
    const THOUGHT: &str = "Water scatters light.";
    let said = |texts: &[&str], reasoning: &str, finishes: &[(u32, FinishReason)], usage| Heard {
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        reasoning: reasoning.to_owned(),
        finishes: finishes.to_vec(),
        usage,
        error: None,
    };
    let blue = ["The sea is blue."];
    let recordings = [
        (
            include_str!("streams/openai.sse"),
            said(
                &["The sea is blue. 海は青い 🌊"],
                "",
                &[(0, FinishReason::Stop)],
                usage(19, 12),
            ),
        ),
        (
            include_str!("streams/llama_cpp.sse"),
            said(&blue, THOUGHT, &[(0, FinishReason::Length)], usage(31, 9)),
        ),
        (
            include_str!("streams/ollama.sse"),
            said(&blue, THOUGHT, &[(0, FinishReason::Stop)], usage(20, 14)),
        ),
        (
            include_str!("streams/vllm.sse"),
            said(
                &["\n\nThe sea is blue.", "It is blue."],
                "",
                &[(0, FinishReason::Length), (1, FinishReason::Stop)],
                usage(25, 16),
            ),
        ),
        (
            include_str!("streams/openrouter.sse"),
            said(&blue, THOUGHT, &[(0, FinishReason::Stop)], usage(17, 11)),
        ),
        (
            include_str!("streams/mistral.sse"),
            said(&blue, THOUGHT, &[(0, FinishReason::Length)], usage(18, 12)),
        ),
    ];
    for (recording, expected) in recordings {
        let forms = [
            recording.to_owned(),
            recording.replace('\n', "\r\n"),
            recording.replace('\n', "\r"),
            recording.replace("data: ", "data:"),
            recording.replace(
                "data: ",
                ": still here\nid: 7\nevent: message\nretry: 10\nunheard-of: field\ndata: ",
            ),
            format!("\u{feff}{recording}"),
        ];
        for (place, form) in forms.iter().enumerate() {
            let bytes = form.as_bytes();
            assert_eq!(read([bytes]), expected);
            assert_eq!(read(bytes.chunks(1)), expected);
            for size in 2..40 {
                assert_eq!(read(bytes.chunks(size)), expected, "in pieces of {size}");
            }
            // At every single place for the two forms of line ends that are in use.
            for middle in 0..if place < 2 { bytes.len() } else { 0 } {
                let (a, b) = bytes.split_at(middle);
                assert_eq!(read([a, b]), expected, "cut at {middle}");
            }
        }
    }
}

#[test]
fn a_reader_joins_lines_and_gives_the_last_event_without_an_empty_line() {
    let mut reader = Reader::default();
    let mut events = Vec::new();
    reader
        .read(
            b"data: a\ndata\ndata:  b\n\nevent: error\ndata: c",
            |event| events.push(event.clone()),
        )
        .unwrap();
    events.extend(reader.end());
    let event = |error, data: &str| Event {
        error,
        data: data.into(),
    };
    assert_eq!(events, [event(false, "a\n\n b"), event(true, "c")]);
    assert!(reader.recognised());
    assert_eq!(reader.end(), None);
}

#[test]
fn a_reader_holds_no_more_than_its_limit() {
    let piece = vec![b'x'; 64 * 1024];
    let mut reader = Reader::default();
    let mut taken = 0;
    while reader.read(&piece, |_| panic!("there is no event")) == Ok(()) {
        taken += piece.len();
        assert!(taken <= EVENT_LIMIT);
    }
    assert_eq!(taken, EVENT_LIMIT);

    // Many lines of one event are as large as one line.
    let mut reader = Reader::default();
    let line = [b"data: ".as_slice(), &piece, b"\n"].concat();
    let outcome = (0..100)
        .map(|_| reader.read(&line, |_| panic!("there is no event")))
        .find(Result::is_err);
    assert_eq!(outcome, Some(Err(TooLarge)));
}

/// Reads events given by their data, then the stream's end if the answer isn't over.
fn read_events(data: &[&str]) -> Heard {
    let stream: String = data
        .iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect();
    read([stream.as_bytes()])
}

#[test]
fn odd_forms_are_understood() {
    // Each with what it should give: text, reasoning, finishes.
    let stop = Some(FinishReason::Stop);
    let cases: &[(&[&str], &str, &str, Option<FinishReason>)] = &[
        (
            &[r#"{"choices":[{"delta":{"content":"a"}}]}"#, "[DONE]"],
            "a",
            "",
            stop,
        ),
        (
            &[r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#],
            "a",
            "",
            stop,
        ),
        (
            &[
                r#"{"choices":[{"delta":{"content":"a"},"finish_reason":""}]}"#,
                " [DONE] ",
            ],
            "a",
            "",
            stop,
        ),
        (
            &[
                r#"{"choices":[{"delta":{"content":["a",{"type":"text","text":"b"},null,7]}}]}"#,
                "[DONE]",
            ],
            "ab",
            "",
            stop,
        ),
        (
            &[
                r#"{"choices":[{"delta":{"content":{"odd":true},"refusal":"I won't."}}]}"#,
                "[DONE]",
            ],
            "I won't.",
            "",
            stop,
        ),
        // Whole messages where pieces should be.
        (
            &[r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#],
            "a",
            "",
            stop,
        ),
        // The same thought under both names is one thought.
        (
            &[
                r#"{"choices":[{"delta":{"content":"a","reasoning":"t","reasoning_content":"t"}}]}"#,
                "[DONE]",
            ],
            "a",
            "t",
            stop,
        ),
        (
            &[
                r#"{"choices":[{"delta":{"reasoning":{"odd":1},"content":"a"},"finish_reason":"tool_calls"}]}"#,
            ],
            "a",
            "",
            Some(FinishReason::Other),
        ),
        // Nothing in it: pings, empty data, nulls.
        (
            &[
                "{}",
                "",
                r#"{"type":"ping"}"#,
                r#"{"choices":null,"usage":null,"error":null}"#,
                r#"{"choices":[{"delta":null}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":"much"}"#,
                "[DONE]",
            ],
            "a",
            "",
            stop,
        ),
        // Thoughts between tags are thoughts; what looked like a tag to its end is text.
        (
            &[
                r#"{"choices":[{"delta":{"content":"\n<thi"}}]}"#,
                r#"{"choices":[{"delta":{"content":"nk>t</think>\n\na <think>"}}]}"#,
                "[DONE]",
            ],
            "a <think>",
            "t",
            stop,
        ),
        (
            &[r#"{"choices":[{"delta":{"content":"<thi"},"finish_reason":"stop"}]}"#],
            "<thi",
            "",
            stop,
        ),
        // White space at the beginning waits for something to see, and is kept.
        (
            &[
                r#"{"choices":[{"delta":{"content":"  "}}]}"#,
                r#"{"choices":[{"delta":{"content":"\n- a"}}]}"#,
                "[DONE]",
            ],
            "  \n- a",
            "",
            stop,
        ),
        // Some gateways give a reason beside every piece: the last one counts. Nothing does after the end.
        (
            &[
                r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
                r#"{"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}"#,
                r#"{"choices":[{"delta":{"content":"c"},"finish_reason":"length"}]}"#,
                "[DONE]",
                r#"{"choices":[{"delta":{"content":"d"}}]}"#,
            ],
            "abc",
            "",
            Some(FinishReason::Length),
        ),
        // Some put an error beside every piece that says that there is none.
        (
            &[
                r#"{"choices":[{"delta":{"content":"a"}}],"error":""}"#,
                r#"{"choices":[{"delta":{"content":"b"}}],"error":false}"#,
                r#"{"choices":[{"delta":{"content":"c"}}],"error":{}}"#,
                r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"error":[]}"#,
            ],
            "abc",
            "",
            stop,
        ),
        // Some put a reason on what has no text yet.
        (
            &[
                r#"{"choices":[{"delta":{"content":"","role":"assistant"},"finish_reason":"stop"}]}"#,
                r#"{"choices":[{"delta":{"content":"a"},"finish_reason":null}]}"#,
                "[DONE]",
            ],
            "a",
            "",
            stop,
        ),
        (
            &[
                r#"{"choices":[{"message":{"content":"The sea"},"delta":{"content":""},"finish_reason":"stop"}]}"#,
            ],
            "The sea",
            "",
            stop,
        ),
        // Signs of life, and nothing in many forms.
        (
            &[
                r#"{"choices":[{"delta":{"content":"a"}}]}"#,
                "null",
                r#""""#,
                "ping",
                "0",
                r#"{"choices":[null]}"#,
                r#"{"choices":{}}"#,
                r#"{"choices":[{"delta":[],"message":7}]}"#,
                r#"{"choices":[{"delta":{"content":"b"}}]}"#,
                "[DONE]",
            ],
            "ab",
            "",
            stop,
        ),
        // What stands around a text is not as it should be.
        (
            &[
                r#"{"choices":[{"index":"0","delta":{"content":"a"}}]}"#,
                r#"{"choices":[{"index":0.0,"delta":{"content":"b"},"message":""}]}"#,
                r#"{"choices":[{"index":-1,"delta":{"content":"c"}}]}"#,
                r#"{"choices":[{"index":"first","delta":"d"}]}"#,
                r#"{"choices":[{"index":0,"delta":{"content":"e","content":"e"},"finish_reason":"length"}]}"#,
            ],
            "abcde",
            "",
            Some(FinishReason::Length),
        ),
        // Servers in JavaScript may cut an emoji in two, and any of them one at the answer's end.
        (
            &[
                r#"{"choices":[{"delta":{"content":"The sea "}}]}"#,
                r#"{"choices":[{"delta":{"content":"\ud83c"}}]}"#,
                r#"{"choices":[{"delta":{"content":"\udf0a, \ud83c\udf0a"}}]}"#,
                r#"{"choices":[{"delta":{"reasoning":"\ud83c"}}]}"#,
                r#"{"choices":[{"delta":{"reasoning":"\udf0a"}}]}"#,
                r#"{"choices":[{"delta":{"content":"\ud83c"},"finish_reason":"length"}]}"#,
            ],
            "The sea 🌊, 🌊",
            "🌊",
            Some(FinishReason::Length),
        ),
        // Some tell beside each piece all that was said so far.
        (
            &[
                r#"{"choices":[{"message":{"content":"The"},"delta":{"content":"The"},"finish_reason":null}]}"#,
                r#"{"choices":[{"message":{"content":"The sea"},"delta":{"content":" sea"},"finish_reason":null}]}"#,
                r#"{"choices":[{"message":{"content":"The sea"},"delta":{},"finish_reason":"stop"}]}"#,
            ],
            "The sea",
            "",
            stop,
        ),
    ];
    for (data, text, reasoning, finish) in cases {
        let heard = read_events(data);
        assert_eq!(heard.error, None, "{data:?}");
        assert_eq!(heard.texts.concat(), *text, "{data:?}");
        assert_eq!(heard.reasoning, *reasoning, "{data:?}");
        assert_eq!(
            heard.finishes,
            finish
                .map(|finish| (0, finish))
                .into_iter()
                .collect::<Vec<_>>(),
            "{data:?}"
        );
    }
}

#[test]
fn an_answer_without_text_is_an_error_and_its_cost_is_told() {
    let spent = r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":9}}"#;
    let says = |text: &str, finish: &str| {
        serde_json::json!({"choices": [{"delta": {"content": text}, "finish_reason": finish}]})
            .to_string()
    };
    let thinks = |finish: &str| {
        serde_json::json!({"choices": [{"delta": {"reasoning_content": "hm"}, "finish_reason": finish}]})
            .to_string()
    };
    for (said, reasoning, error) in [
        ("{}".to_owned(), "", ModelError::Empty),
        (says(" \n ", "stop"), "", ModelError::Empty),
        // What can't be seen either.
        (says("\u{200b}", "stop"), "", ModelError::Empty),
        // Thoughts are no words, in whatever form they come.
        (thinks("stop"), "hm", ModelError::Empty),
        (
            says("<think>hm</think>\n\n", "stop"),
            "hm",
            ModelError::Empty,
        ),
        (says("<think>hm", "stop"), "hm", ModelError::Empty),
        (thinks("length"), "hm", ModelError::OutOfRoom),
        (says("<think>hm", "length"), "hm", ModelError::OutOfRoom),
        (says("", "length"), "", ModelError::OutOfRoom),
    ] {
        let heard = read_events(&[&said, spent, "[DONE]"]);
        assert_eq!(heard.error, Some(error), "{said}");
        assert_eq!(heard.reasoning, reasoning, "{said}");
        assert_eq!(heard.usage, usage(5, 9));
        assert!(heard.texts.is_empty() && heard.finishes.is_empty());
    }
    let withheld = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
    let heard = read_events(&[withheld, "[DONE]"]);
    assert!(
        matches!(heard.error, Some(ModelError::Refused { .. })),
        "{heard:?}"
    );
}

#[test]
fn one_empty_answer_beside_a_full_one_is_no_error() {
    let heard = read_events(&[
        r#"{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
        "[DONE]",
    ]);
    assert_eq!(heard.error, None);
    assert_eq!(
        heard.finishes,
        [(0, FinishReason::Stop), (1, FinishReason::Stop)]
    );
}

#[test]
fn garbage_is_told_without_quoting_it() {
    for data in [
        r#"{"choices":[{"delta":{"content":"my secret"#,
        r#"{"choices":"my secret"}"#,
        r#"{"choices":{"a":"my secret"}}"#,
        r#"{"choices":["my secret"]}"#,
        "[1, 2]",
        // Between the words and the mark of their end.
        "Internal Server Error: my secret",
    ] {
        let heard = read_events(&[data, "[DONE]"]);
        let Some(ModelError::Garbage { reason }) = heard.error else {
            panic!("{data}: {heard:?}");
        };
        assert!(!reason.contains("secret"), "{reason}");
    }
}

#[test]
fn characters_that_are_cut_as_bytes_are_put_together_and_broken_ones_cost_no_answer() {
    let mut stream = Vec::new();
    for piece in [
        &b"sea \xE6"[..],
        b"\xB5\xB7 \xF0",
        b"\x9F",
        b"\x8C",
        b"\x8A",
        b" caf\xE9.",
    ] {
        stream.extend_from_slice(b"data: {\"choices\":[{\"delta\":{\"content\":\"");
        stream.extend_from_slice(piece);
        stream.extend_from_slice(b"\"}}]}\n\n");
    }
    stream.extend_from_slice(b"data: [DONE]\n\n");
    let heard = read([&stream[..]]);
    let text = "sea 海 🌊 caf\u{fffd}.".to_owned();
    assert_eq!((heard.texts, heard.error), (vec![text], None));
}

#[test]
fn an_answer_holds_no_more_than_its_limits() {
    let piece = "x".repeat(64 * 1024);
    let event = Event {
        error: false,
        data: serde_json::json!({"choices": [{"index": 0, "delta": {"content": piece}}]})
            .to_string()
            .into(),
    };
    let (mut answer, mut events) = (Answer::default(), Events::new());
    for _ in 0..1000 {
        answer.event(&event, &mut events).unwrap();
    }
    // A model that never stops is cut off, and what it said is its answer.
    assert!(answer.is_over());
    let mut heard = Heard::default();
    events.into_iter().for_each(|event| heard.note(event));
    assert_eq!(heard.texts.concat().len(), TEXT_LIMIT);
    assert_eq!(heard.finishes, [(0, FinishReason::Length)]);

    // One that never stops thinking has not answered.
    let event = Event {
        error: false,
        data: serde_json::json!({"choices": [{"delta": {"reasoning": "海".repeat(TEXT_LIMIT)}}]})
            .to_string()
            .into(),
    };
    let (mut answer, mut events) = (Answer::default(), Events::new());
    let outcome = answer.event(&event, &mut events);
    assert!(matches!(
        outcome,
        Err(Problem::Known(ModelError::OutOfRoom))
    ));

    let (mut answer, mut events) = (Answer::default(), Events::new());
    let taken = (0..1000)
        .take_while(|index| {
            let data = serde_json::json!({"choices": [{"index": index, "delta": {"content": ""}}]})
                .to_string()
                .into();
            answer
                .event(&Event { error: false, data }, &mut events)
                .is_ok()
        })
        .count();
    assert_eq!(taken, CHOICES_LIMIT);
}
