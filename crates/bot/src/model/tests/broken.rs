//! Answers that break off after their first words: gone on with where the server can, begun anew elsewhere.

use futures_util::StreamExt;
use kaiwa_core::{
    error::ModelError,
    model::{FinishReason, ModelEvent},
};

use super::{
    Heard, Options, hear, model, options, prompt,
    server::{Provider, Reply, Step, finishes, response, says, stream, stream_head, whole},
};
use crate::model::{Answer, Model};

/// What could be read after each event, without repetitions.
async fn screens(mut answer: Answer) -> (Vec<String>, Option<ModelError>) {
    let (mut heard, mut screens) = (Heard::default(), Vec::new());
    while let Some(event) = answer.next().await {
        match event {
            // What takes its place comes in the same breath.
            Ok(ModelEvent::Anew) => heard.note(ModelEvent::Anew),
            Ok(event) => {
                heard.note(event);
                screens.push(heard.texts.concat());
            }
            Err(error) => return (screens, Some(error)),
        }
    }
    screens.dedup();
    (screens, None)
}

/// A server that says what it is, and then gives these replies.
async fn served_by(owned_by: &str, replies: impl IntoIterator<Item = Reply>) -> (Provider, Model) {
    served_in(3, owned_by, replies).await
}

/// The same, asked so often at the most.
async fn served_in(
    tries: u32,
    owned_by: &str,
    replies: impl IntoIterator<Item = Reply>,
) -> (Provider, Model) {
    let list = format!(r#"{{"data":[{{"id":"test-model","owned_by":"{owned_by}"}}]}}"#);
    let replies: Vec<Reply> = std::iter::once(response(200, "", &list))
        .chain(replies)
        .collect();
    let provider = Provider::start(replies).await;
    let model = model(Options {
        tries,
        ..options(&provider.base_url)
    });
    model.check().await.unwrap();
    (provider, model)
}

#[tokio::test]
async fn it_comes_anew_and_the_screen_never_shrinks() {
    let breaks: Vec<(&str, Reply)> = vec![
        ("cut", stream(&says("The sea"))),
        (
            "reset",
            vec![
                stream_head(),
                Step::Send(says("The sea").into_bytes()),
                Step::Reset,
            ],
        ),
        (
            "an error in the stream",
            stream(&format!(
                "{}data: {{\"error\":{{\"code\":502}}}}\n\n",
                says("The sea")
            )),
        ),
        (
            "garbage",
            stream(&format!("{}data: {{{{\n\n", says("The sea"))),
        ),
    ];
    for (name, broken) in breaks {
        let slow: String = ["An ", "ocean ", "is ", "blue."].map(says).concat();
        let again = format!("{slow}{}data: [DONE]\n\n", finishes("stop"));
        let provider = Provider::start([broken, stream(&again)]).await;
        let (screens, error) =
            screens(model(options(&provider.base_url)).ask_patiently(prompt())).await;
        assert_eq!(error, None, "{name}");
        assert_eq!(screens.first().unwrap(), "The sea", "{name}");
        assert_eq!(screens.last().unwrap(), "An ocean is blue.", "{name}");
        let sent = provider.requests();
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[0].body, sent[1].body, "{name}: the same question");
    }
}

#[tokio::test]
async fn the_longest_stays_where_every_try_breaks_off() {
    let tries = ["The", "The sea is", "A"].map(|text| stream(&says(text)));
    let provider = Provider::start(tries).await;
    let (screens, error) =
        screens(model(options(&provider.base_url)).ask_patiently(prompt())).await;
    assert_eq!(screens, ["The", "The sea is"]);
    assert_eq!(error, Some(ModelError::Cut));
    assert_eq!(provider.requests().len(), 3);
}

#[tokio::test]
async fn a_whole_answer_takes_the_place_of_a_longer_half() {
    let provider = Provider::start([
        stream(&says("The sea is usually said to be")),
        stream(&whole("Blue.")),
    ])
    .await;
    let heard = hear(model(options(&provider.base_url)).ask_patiently(prompt())).await;
    assert_eq!(heard.texts, ["Blue."]);
    assert_eq!(heard.finishes, [(0, FinishReason::Stop)]);
}

/// Enough of an answer to be gone on with.
const BEGUN: &str = "Whoever looks down at the open sea";

#[tokio::test]
async fn a_server_that_can_goes_on_where_it_was() {
    for (owned_by, in_body, in_message) in [
        ("llamacpp", None, None),
        ("vllm", Some("continue_final_message"), None),
        ("mistralai", None, Some("prefix")),
    ] {
        let replies = [BEGUN, " says"].map(|text| stream(&says(text)));
        let (provider, model) = served_by(
            owned_by,
            replies
                .into_iter()
                .chain([stream(&whole(" that it is blue."))]),
        )
        .await;
        let (screens, error) = screens(model.ask_patiently(prompt())).await;
        assert_eq!(error, None);
        assert_eq!(
            screens,
            [
                BEGUN,
                &format!("{BEGUN} says"),
                &format!("{BEGUN} says that it is blue.")
            ]
        );
        let requests = provider.requests();
        let body = &requests.last().unwrap().body;
        let message = body["messages"].as_array().unwrap().last().unwrap();
        assert_eq!(message["role"], "assistant");
        assert_eq!(message["content"], format!("{BEGUN} says"));
        for (field, value) in [(in_body, body), (in_message, message)] {
            if let Some(field) = field {
                assert_eq!(value[field], true, "{owned_by}");
            }
        }
        // The first question has none of it.
        let first = &requests[1].body;
        assert!(first.get("continue_final_message").is_none());
        assert_eq!(first["messages"].as_array().unwrap().len(), 4);
    }
}

#[tokio::test]
async fn a_server_whose_streams_are_all_cut_after_a_while_comes_to_its_end() {
    let counts = |from: u32, to: u32| (from..to).map(|n| format!("{n} ")).collect::<String>();
    let pieces: Vec<String> = (0..8).map(|n| counts(n * 100, (n + 1) * 100)).collect();
    let replies = pieces.iter().map(|text| stream(&says(text)));
    let replies = replies.chain([stream(&whole("The end."))]);
    let (provider, model) = served_by("llamacpp", replies).await;
    let heard = hear(model.ask_patiently(prompt())).await;
    assert_eq!(heard.error, None);
    assert_eq!(heard.texts, [format!("{}The end.", pieces.concat())]);
    assert_eq!(provider.requests().len(), 1 + 8 + 1);
    // Where hardly anything comes of it, each one counts; and one try is one try.
    for (tries, size, asked) in [(3, 10, 3), (1, 100, 1)] {
        let replies = (0..8).map(|n| stream(&says(&counts(n * size, (n + 1) * size))));
        let replies = std::iter::once(stream(&says(BEGUN))).chain(replies);
        let (provider, model) = served_in(tries, "llamacpp", replies).await;
        let heard = hear(model.ask_patiently(prompt())).await;
        assert_eq!(heard.error, Some(ModelError::Cut));
        assert_eq!(provider.requests().len(), 1 + asked);
    }
}

#[tokio::test]
async fn what_only_looks_like_the_beginning_said_once_more_is_said() {
    let laughs = "ha ".repeat(40);
    for owned_by in ["llamacpp", "vllm"] {
        for (given, rest) in [
            ("1", "1"),
            ("1", "12 is it"),
            ("ha", "ha ha!"),
            ("#", "# Head"),
            (&laughs, &*laughs),
            (&laughs, "ha ha!"),
        ] {
            let whole_answer = format!("{given}{rest}");
            let (provider, model) = served_by(
                owned_by,
                [stream(&says(given)), stream(&whole(&whole_answer))],
            )
            .await;
            let heard = hear(model.ask_patiently(prompt())).await;
            assert_eq!((heard.texts, heard.error), (vec![whole_answer], None));
            // Such a beginning is not gone on with: it couldn't be told from an echo of it.
            let asked = provider.requests();
            assert_eq!(asked[1].body, asked[2].body, "{given}");
        }
    }
}

#[tokio::test]
async fn a_tag_in_the_middle_of_an_answer_is_said() {
    let given = format!("{BEGUN} may think in `");
    let rest = "<think>` tags. </think> ends them.";
    for again in ["", &given] {
        for size in [1, 4, 100] {
            let pieces: Vec<char> = format!("{again}{rest}").chars().collect();
            let pieces: String = pieces
                .chunks(size)
                .map(|piece| says(&piece.iter().collect::<String>()))
                .collect();
            let pieces = format!("{pieces}{}data: [DONE]\n\n", finishes("stop"));
            let replies = [stream(&says(&given)), stream(&pieces)];
            let (_provider, model) = served_by("vllm", replies).await;
            let heard = hear(model.ask_patiently(prompt())).await;
            assert_eq!(heard.texts, [format!("{given}{rest}")], "by {size}");
            assert_eq!((heard.reasoning, heard.error), (String::new(), None));
        }
    }
}

#[tokio::test]
async fn a_server_that_refuses_to_go_on_is_asked_anew_and_never_again_to_go_on() {
    let refusal = r#"{"error":{"code":400,"message":"Assistant response prefill is incompatible with enable_thinking."}}"#;
    let (provider, model) = served_by(
        "llamacpp",
        [
            stream(&says(BEGUN)),
            response(400, "", refusal),
            stream(&whole("The sea is blue.")),
            stream(&says(BEGUN)),
            stream(&whole("The sky is grey.")),
        ],
    )
    .await;
    let heard = hear(model.ask_patiently(prompt())).await;
    assert_eq!(
        (heard.texts, heard.error),
        (vec!["The sea is blue.".to_owned()], None)
    );
    let heard = hear(model.ask_patiently(prompt())).await;
    assert_eq!(
        (heard.texts, heard.error),
        (vec!["The sky is grey.".to_owned()], None)
    );
    assert_eq!(provider.requests().len(), 6);
}

#[tokio::test]
async fn a_server_that_takes_what_it_goes_on_with_for_thoughts_is_asked_anew() {
    let thinks = r#"{"choices":[{"index":0,"delta":{"reasoning_content":" blue."},"finish_reason":"stop"}]}"#;
    let (provider, model) = served_by(
        "vllm",
        [
            stream(&says(BEGUN)),
            stream(&format!("data: {thinks}\n\ndata: [DONE]\n\n")),
            stream(&whole("The sea is blue.")),
        ],
    )
    .await;
    let heard = hear(model.ask_patiently(prompt())).await;
    assert_eq!(
        (heard.texts, heard.reasoning, heard.error),
        (vec!["The sea is blue.".to_owned()], String::new(), None)
    );
    assert_eq!(provider.requests().len(), 4);
}

#[tokio::test]
async fn thoughts_of_a_try_that_broke_off_before_the_first_word_are_no_part_of_the_answer() {
    let thinks = "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n";
    let (_provider, model) = served_by(
        "llamacpp",
        [
            stream(thinks),
            stream(&format!("{thinks}{}", whole("Blue."))),
        ],
    )
    .await;
    let heard = hear(model.ask_patiently(prompt())).await;
    assert_eq!(
        (heard.texts, heard.reasoning, heard.error),
        (vec!["Blue.".to_owned()], "hm".to_owned(), None)
    );
}

#[tokio::test]
async fn an_answer_that_broke_off_behind_its_last_word_is_whole() {
    let (_provider, model) = served_by(
        "llamacpp",
        [stream(&says(BEGUN)), stream("data: [DONE]\n\n")],
    )
    .await;
    let heard = hear(model.ask_patiently(prompt())).await;
    assert_eq!((heard.texts, heard.error), (vec![BEGUN.to_owned()], None));
    assert_eq!(heard.finishes, [(0, FinishReason::Stop)]);
}

#[tokio::test]
async fn several_answers_at_once_have_no_middle_to_go_on_from() {
    let two = |first: &str, second: &str| {
        serde_json::json!({"choices": [
            {"index": 0, "delta": {"content": first}}, {"index": 1, "delta": {"content": second}}]})
    };
    let ends = serde_json::json!({"choices": [
        {"index": 0, "delta": {}, "finish_reason": "stop"}, {"index": 1, "delta": {}, "finish_reason": "stop"}]});
    let (provider, model) = served_by(
        "llamacpp",
        [
            stream(&format!("data: {}\n\n", two(BEGUN, BEGUN))),
            stream(&format!(
                "data: {}\n\ndata: {ends}\n\n",
                two("It is blue.", "It is grey.")
            )),
        ],
    )
    .await;
    let heard = hear(model.ask_patiently(prompt())).await;
    assert_eq!(
        (heard.texts, heard.error),
        (
            vec!["It is blue.".to_owned(), "It is grey.".to_owned()],
            None
        )
    );
    assert_eq!(
        provider.requests()[2].body["messages"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

/// The error of a server whose window is full, in the middle of its stream (llama.cpp).
const FULL: &str = "data: {\"error\":{\"code\":500,\"message\":\"Context size has been exceeded.\",\"type\":\"server_error\"}}\n\n";

#[tokio::test]
async fn a_window_that_is_full_in_the_middle_of_an_answer_ends_it_as_its_limit_does() {
    let full = |text: &str| stream(&format!("{}{FULL}", says(text)));
    for (owned_by, replies, text) in [
        ("anybody", vec![full("The sea is")], "The sea is"),
        // The rest goes on where it was.
        (
            "llamacpp",
            vec![stream(&says(BEGUN)), full(" is")],
            &format!("{BEGUN} is"),
        ),
        ("llamacpp", vec![stream(&says(BEGUN)), stream(FULL)], BEGUN),
        // It was begun anew, and has not come as far as before, or farther.
        (
            "anybody",
            vec![stream(&says("The sea is")), full("An")],
            "The sea is",
        ),
        (
            "anybody",
            vec![stream(&says("The")), full("The sea is")],
            "The sea is",
        ),
        // The server had room for it once and has none any more.
        (
            "anybody",
            vec![stream(&says("The sea is")), response(413, "", "")],
            "The sea is",
        ),
    ] {
        let asked = replies.len();
        let (provider, model) = served_by(owned_by, replies).await;
        let heard = hear(model.ask_patiently(prompt())).await;
        assert_eq!((heard.texts.concat().as_str(), heard.error), (text, None));
        assert_eq!(heard.finishes, [(0, FinishReason::Length)]);
        assert_eq!(provider.requests().len(), 1 + asked);
    }
    // While nothing was given out, it is the prompt that is too long. Thoughts are nothing.
    for begun in ["", "<think>The sea"] {
        let (_provider, model) = served_by("anybody", [full(begun)]).await;
        let heard = hear(model.ask_patiently(prompt())).await;
        assert_eq!(heard.error, Some(ModelError::TooLong));
        assert!(heard.texts.is_empty());
    }
}

#[tokio::test]
async fn a_beginning_that_is_said_once_more_is_left_out() {
    let given = |end: &str| format!("{BEGUN}{end}");
    let given = [
        given(""),
        given(" "),
        given(":\n\n"),
        " 海を見た者は皆、海は青いと".to_owned(),
    ];
    for given in given.iter().map(String::as_str) {
        let white = given.strip_prefix(given.trim_end()).unwrap();
        for rest in ["", " blue.", "\n\nblue", "The", given] {
            // As most servers go on, which never saw the white space at its end, and as Mistral does.
            for again in ["", given, given.trim_start()] {
                if again.is_empty() && rest == given {
                    // This can't be told from a repetition.
                    continue;
                }
                for size in [1, 4, 100] {
                    let before = if again.is_empty() { white } else { again };
                    let whole = format!("{before}{rest}");
                    let pieces: Vec<char> = whole.chars().collect();
                    let pieces: String = pieces
                        .chunks(size)
                        .map(|piece| says(&piece.iter().collect::<String>()))
                        .collect();
                    let pieces = format!("{pieces}{}data: [DONE]\n\n", finishes("stop"));
                    let replies = [stream(&says(given)), stream(&pieces)];
                    let (_provider, model) = served_by("mistralai", replies).await;
                    let (screens, error) = screens(model.ask_patiently(prompt())).await;
                    assert_eq!(error, None);
                    let case = format!("{again:?} and {rest:?} by {size}");
                    assert_eq!(*screens.last().unwrap(), format!("{given}{rest}"), "{case}");
                    assert!(
                        screens.iter().all(|screen| screen.starts_with(given)),
                        "{case}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn white_space_where_an_answer_broke_off_stands_once() {
    let cases = [
        (" ", " is blue.", " is blue."),
        (" ", "is blue.", " is blue."),
        (" ", "\n\nIt is.", " \n\nIt is."),
        (":\n\n", "\n\n- It is.", ":\n\n- It is."),
        (":\n", "\n\n- It is.", ":\n\n- It is."),
        (":\n    ", "\n    return", ":\n    return"),
        (":\n    ", "\n        return", ":\n        return"),
    ];
    for (end, rest, text) in cases {
        for owned_by in ["llamacpp", "vllm", "mistralai"] {
            let rest: String = rest.split_inclusive(' ').map(says).collect();
            let rest = format!("{rest}{}data: [DONE]\n\n", finishes("stop"));
            let replies = [stream(&says(&format!("{BEGUN}{end}"))), stream(&rest)];
            let (provider, model) = served_by(owned_by, replies).await;
            let heard = hear(model.ask_patiently(prompt())).await;
            assert_eq!(heard.texts, [format!("{BEGUN}{text}")]);
            // Many templates trim it, and a model that is shown a space at the end says strange things.
            let asked = provider.requests().pop().unwrap();
            let asked = asked.body["messages"].as_array().unwrap().last().unwrap();
            assert_eq!(asked["content"], format!("{BEGUN}{end}").trim_end());
        }
    }
}

#[tokio::test]
async fn a_beginning_whose_repetition_breaks_off_is_there_all_the_same() {
    let longer = format!("{BEGUN} say");
    let replies = [BEGUN, "Whoever looks", &longer].map(|text| stream(&says(text)));
    let (provider, model) = served_by("mistralai", replies).await;
    let (screens, error) = screens(model.ask_patiently(prompt())).await;
    assert_eq!(screens, [BEGUN, &longer]);
    assert_eq!(error, Some(ModelError::Cut));
    let last = provider.requests().pop().unwrap();
    let messages = last.body["messages"].as_array().unwrap();
    assert_eq!(messages.last().unwrap()["content"], BEGUN);
}
