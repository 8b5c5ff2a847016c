//! Counting tokens, and not doing so.

use kaiwa_core::model::{Prompt, PromptMessage, Role};

use super::{
    hear, model, options, prompt,
    server::{Provider, stream, whole},
};
use crate::model::tokens::Counter;

#[tokio::test]
async fn ordinary_talk_never_reads_the_tokenizer() {
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":1}}\n\n";
    let text = whole("hi").replace("data: [DONE]\n\n", usage) + "data: [DONE]\n\n";
    let provider = Provider::start([stream(&text)]).await;
    let model = model(options(&provider.base_url));
    assert!(hear(model.ask_patiently(prompt())).await.usage.is_some());
    assert_eq!(Counter::upper_bound("日本語"), 9);
    assert!(!model.counter().is_loaded());
    assert!(model.counter().factor() == 1.0);
}

#[test]
fn texts_are_counted_exactly() {
    let counter = Counter::new(true);
    // As OpenAI's own tokenizer counts them (o200k_base).
    for (text, tokens) in [
        ("", 0),
        ("hello world", 2),
        ("The sea is blue.", 5),
        ("<|endoftext|>", 7),
    ] {
        assert_eq!(counter.count(text), tokens, "{text}");
    }
    assert!(counter.is_loaded());

    // However long: pieces are cut where it changes nothing.
    let sentence = "It was the best of times, it was the worst of times. ";
    let (one, many) = (
        counter.count(sentence),
        counter.count(&sentence.repeat(1000)),
    );
    assert!(many.abs_diff(one * 1000) <= 1000, "{one} {many}");
    let whole = tiktoken_rs::o200k_base()
        .unwrap()
        .encode_ordinary(&sentence.repeat(1000))
        .len();
    assert_eq!(many, whole);
}

#[test]
fn no_text_is_too_odd_to_be_counted() {
    let counter = Counter::new(true);
    let odd = [
        " ",
        "\n",
        "a",
        "あ",
        "👩‍👩‍👧‍👦",
        "!",
        "\u{200b}",
        "0",
        "\t x",
        "A.",
        "\u{301}",
    ];
    for text in odd.map(|text| text.repeat(300_000 / text.len())) {
        let counted = counter.count(&text);
        assert!((1..=Counter::upper_bound(&text)).contains(&counted));
    }
}

fn long_prompt() -> Prompt {
    Prompt {
        messages: vec![PromptMessage {
            role: Role::User,
            content: "It was the best of times. ".repeat(200),
        }],
        ..Prompt::default()
    }
}

#[test]
fn another_tokenizer_is_learnt_from_reported_usage() {
    // It needs twice as many: believed step by step.
    let counter = Counter::new(false);
    let mut before = counter.factor();
    assert!(before == 1.0);
    for _ in 0..10 {
        counter.learn(1000.0, 2000.0);
        assert!(counter.factor() > before && counter.factor() < 2.0);
        before = counter.factor();
    }
    assert!(before > 1.9);

    // It needs half as many: only believed once that is well measured, and never less than that.
    let counter = Counter::new(false);
    for times in 0..60 {
        counter.learn(1000.0, 100.0);
        assert_eq!(counter.factor() < 1.0, times >= 19, "after {times}");
        assert!(counter.factor() >= 0.5);
    }

    // What measures nothing changes nothing.
    let counter = Counter::new(false);
    counter.learn(100.0, 5000.0);
    counter.learn(1000.0, 0.0);
    assert!(counter.factor() == 1.0);
}

#[tokio::test]
async fn usage_is_measured_beside_the_talk_once_the_tokenizer_is_there() {
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5000,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n";
    let text = whole("hi").replace("data: [DONE]\n\n", usage);
    let provider = Provider::start([stream(&text)]).await;
    let model = model(options(&provider.base_url));
    let text = &long_prompt().messages[0].content;
    let own = model.counter().count(text);
    hear(model.ask(long_prompt())).await;
    let measured = async {
        while model.counter().factor() == 1.0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::HANGS, measured)
        .await
        .expect("the usage was never measured");
    // Its own tokens are more than ours, so the same text is longer for it.
    assert!(model.counter().count(text) > own);
}
