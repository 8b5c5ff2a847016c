//! What people see when the model fails: first nothing, as it is asked again; then one sentence, in their language.

use kaiwa_sim::{
    World,
    model::{Answer, Break, ErrorBody, Fault, Finish},
};

use crate::story::{Story, run_story, run_story_with};

const ONE_TRY: &[(&str, &str)] = &[
    ("KAIWA_MODEL_TRIES", "1"),
    ("KAIWA_MODEL_STALL_SECONDS", "5"),
];

fn status(status: u16) -> Fault {
    Fault::Status {
        status,
        body: ErrorBody::Json,
        retry_after: None,
    }
}

/// Asks in a language, reads what is said in the end, and sees that the talk goes on.
async fn said(w: &mut Story, fault: Option<Fault>, question: &str) -> anyhow::Result<String> {
    w.log.expects("a turn failed");
    let ada = w.user("ada");
    if let Some(fault) = fault {
        w.model.fails(1, fault);
    }
    let ask = ada.says(format!("@kaiwa {question}").as_str())?;
    let (_, text) = w
        .reads_where(ask.thread(), "a sentence", |text| text.contains("-#"))
        .await?;
    w.model.with(|model| model.scripts.clear());
    w.model.answers(["Here I am."]);
    ada.says_in(ask.thread(), "are you there?")?;
    w.reads(ask.thread(), "Here I am.").await?;
    assert_eq!(w.texts(ask.thread()).len(), 2, "said once");
    Ok(text)
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_nobody_hears_of_it() {
    for fault in [
        Fault::RateLimited { retry_after: 0.1 },
        status(500),
        Fault::ResetBeforeHeaders,
        Fault::CloseBeforeHeaders,
        Fault::EmptyBody,
        Fault::HtmlPage,
    ] {
        run_story(World::default(), async |w| {
            w.model.fails(1, fault);
            w.model.answers(["Blue."]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), "Blue.").await?;
            w.stop().await?;
            assert_eq!(w.model.requests().len(), 2);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn the_last_failure_is_said_in_one_sentence_in_the_readers_language() {
    let cases = [
        (
            status(500),
            "-# The model provider has a problem on its side (error 500); please ask again in a few minutes.",
            "-# モデル提供元で障害が起きています（エラー500）。数分おいて、もう一度送ってください。",
        ),
        (
            status(401),
            "-# The model provider doesn't accept this bot's key; the operator of this bot has to renew it.",
            "-# モデル提供元がこのBotのキーを受け付けません。Botの運営者がキーを設定し直す必要があります。",
        ),
        (
            Fault::QuotaExceeded,
            "-# The credit for the model is used up; the operator of this bot has to top it up.",
            "-# モデルの利用枠を使い切りました。Botの運営者が利用枠を追加する必要があります。",
        ),
    ];
    for (fault, english, japanese) in cases {
        for (question, sentence) in [
            ("what color is the sea?", english),
            ("海は何色ですか？", japanese),
        ] {
            let fault = fault.clone();
            run_story_with(World::default(), ONE_TRY, async |w| {
                assert_eq!(said(w, Some(fault), question).await?, sentence);
                Ok(())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_stream_that_breaks_keeps_its_words() {
    for (how, sentence) in [
        (
            Break::Close,
            "The connection to the model broke off; please ask again.",
        ),
        (
            Break::Reset,
            "The connection to the model broke off; please ask again.",
        ),
        (
            Break::Hang,
            "The model stopped responding; please ask again.",
        ),
    ] {
        run_story_with(World::default(), ONE_TRY, async |w| {
            w.model.answers(["The sea", " is blue."]);
            let text = said(
                w,
                Some(Fault::Break { after: 1, how }),
                "what color is the sea?",
            )
            .await?;
            assert_eq!(
                text,
                format!("The sea\n-# The answer above is not complete. {sentence}")
            );
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_end_that_is_none_of_the_models_choice_is_said() {
    for (finish, sentence) in [
        (
            Finish::Length,
            "The answer stops here because it reached its length limit. Write \"continue\" for the rest.",
        ),
        (
            Finish::ContentFilter,
            "The model provider's content filter withheld the rest of this answer.",
        ),
    ] {
        run_story(World::default(), async |w| {
            w.model
                .answers_with(Answer::new(["The sea"]).finish(finish));
            let text = said(w, None, "what color is the sea?").await?;
            assert_eq!(text, format!("The sea\n-# {sentence}"));
            Ok(())
        })
        .await;
    }
}
