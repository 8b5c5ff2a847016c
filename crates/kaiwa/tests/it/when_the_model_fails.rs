//! What people see when the model fails: first nothing, as it is asked again; then one sentence, in their language.

use kaiwa_sim::{
    World,
    model::{Answer, Break, ErrorBody, Fault, Finish},
};

use crate::story::{Story, run_story, run_story_before_start, run_story_with};

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
        Fault::ResetBeforeHeaders,
        Fault::CloseBeforeHeaders,
        Fault::EmptyBody,
    ] {
        run_story(World::default(), async |w| {
            w.model.fails(1, fault);
            w.sea_is_blue().await?;
            w.stop().await?;
            assert_eq!(w.model.requests().len(), 2);
            Ok(())
        })
        .await;
    }
}

/// The default world, in a guild that speaks Japanese.
fn japanese() -> World {
    let mut world = World::default();
    for guild in world.guilds.values_mut() {
        guild.locale = "ja".to_owned();
    }
    world
}

#[tokio::test]
async fn the_last_failure_is_said_in_one_sentence_in_the_readers_language() {
    let cases = [
        (
            status(500),
            "-# The model provider has a problem on its side (error 500); please press Retry in a few minutes.",
            "-# モデル提供元で障害が起きています（エラー500）。数分おいて「再試行」を押してください。",
        ),
        (
            status(401),
            "-# The model provider doesn't accept this bot's key; the operator of this bot has to renew it.",
            "-# モデル提供元がこのボットのキーを受け付けません。ボットの運営者がキーを設定し直す必要があります。",
        ),
        (
            Fault::QuotaExceeded,
            "-# The credit for the model is used up; the operator of this bot has to top it up.",
            "-# モデルの利用枠を使い切りました。ボットの運営者が利用枠を追加する必要があります。",
        ),
        (
            Fault::RateLimited { retry_after: 0.1 },
            "-# The model is very busy right now; please press Retry in about 1 second.",
            "-# モデルが大変混み合っています。1秒ほどおいて「再試行」を押してください。",
        ),
        (
            Fault::EmptyAnswer,
            "-# The model gave an empty answer; please press Retry, or ask in other words.",
            "-# モデルの回答が空でした。「再試行」を押すか、言い方を変えて送ってください。",
        ),
        (
            Fault::HtmlPage,
            "-# The model provider sent something that I can't understand; please press Retry, and tell the operator of this bot if it happens again.",
            "-# モデル提供元から読み取れない応答が届きました。「再試行」を押してみて、繰り返すようならボットの運営者に知らせてください。",
        ),
        (
            Fault::CloseBeforeHeaders,
            "-# The connection to the model broke off; please press Retry.",
            "-# モデルとの接続が切れました。「再試行」を押してください。",
        ),
    ];
    for (fault, in_english, in_japanese) in cases {
        for (world, question, sentence) in [
            (World::default(), "what color is the sea?", in_english),
            (japanese(), "what color is the sea?", in_english),
            (World::default(), "海は何色ですか？", in_japanese),
            (japanese(), "sea?", in_japanese),
        ] {
            let fault = fault.clone();
            run_story_with(world, ONE_TRY, async |w| {
                w.model.answers([" "]);
                assert_eq!(said(w, Some(fault), question).await?, sentence);
                Ok(())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_is_named() {
    run_story(World::default(), async |w| {
        w.log.expects("a turn failed");
        w.log.expects("simulated");
        w.model.settings(|settings| settings.models.clear());
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.reads(
            ask.thread(),
            "-# The provider has no model `simulated`; the operator of this bot has to choose another.",
        )
        .await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_conversation_that_is_too_long_for_the_model_is_asked_again_with_less() {
    let settings = [("KAIWA_CONTEXT_TOKENS", "8192")];
    run_story_with(World::default(), &settings, async |w| {
        let (ada, general) = (w.user("ada"), w.channel("general"));
        w.model.settings(|settings| {
            for model in &mut settings.models {
                model.context_tokens = 2_500;
            }
        });
        let thread = ada.opens_thread(general, "the sea")?;
        for number in 0..10 {
            ada.says_in(
                thread,
                format!("{number}: {}", "wave ".repeat(380)).as_str(),
            )?;
        }
        w.model.answers(["Blue."]);
        ada.says_in(thread, "@kaiwa what color is the sea?")?;
        w.reads_where(thread, "the answer", |text| {
            text.starts_with(
                "Blue.\n-# This conversation has become longer than I can keep in mind",
            )
        })
        .await?;
        let requests = w.model.requests();
        assert!(requests.len() >= 2);
        let size = |request: &kaiwa_sim::model::Request| request.transcript().len();
        assert!(size(&requests[requests.len() - 1]) < size(&requests[0]));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_no_window_holds_is_said_to_be_too_long() {
    for (question, sentence) in [
        (
            "what color is the sea?",
            "-# This is more than the model can read at once; please shorten it, or start a new conversation.",
        ),
        (
            "海は何色ですか？",
            "-# モデルが一度に読める長さを超えました。短くするか、新しい会話を始めてください。",
        ),
    ] {
        run_story(World::default(), async |w| {
            w.log.expects("a turn failed");
            w.model.settings(|settings| {
                for model in &mut settings.models {
                    model.context_tokens = 1;
                }
            });
            let ask = w.user("ada").says(format!("@kaiwa {question}").as_str())?;
            w.reads(ask.thread(), sentence).await?;
            assert!(w.model.requests().len() > 1, "less was tried first");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_stream_that_breaks_is_asked_again_and_its_message_gets_the_whole_answer() {
    for how in [Break::Close, Break::Reset, Break::Malformed] {
        run_story(World::default(), async |w| {
            w.model.fails(1, Fault::Break { after: 1, how });
            w.model.answers(["The sea", " is wet."]);
            w.model.answers(["The ocean", " is blue."]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), "The ocean is blue.").await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), ["The ocean is blue."]);
            assert_eq!(w.model_hears(2).await?, w.model_hears(1).await?);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_can_goes_on_in_the_middle_of_an_answer() {
    let begun = "Seen from the shore of the island the sea";
    // Mistral's says the beginning once more.
    for server in ["llamacpp", "mistralai"] {
        run_story_before_start(World::default(), &[], async |w| {
            w.model
                .settings(|settings| settings.owned_by = server.to_owned());
            w.start();
            // By then the bot has asked what the server is.
            w.logs("is online").await?;
            let cut = Fault::Break {
                after: 1,
                how: Break::Close,
            };
            w.model.fails(1, cut);
            w.model.answers([begun, " is never seen."]);
            w.model.answers([" is", " blue."]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), &format!("{begun} is blue.")).await?;
            assert_eq!(
                w.model_hears(2).await?,
                format!("system: Be kind.\nuser: what color is the sea?\nassistant: {begun}")
            );
            // The next question knows nothing of it.
            w.goes_on_in(ask.thread()).await?;
            assert_eq!(
                w.model_hears(3).await?,
                format!(
                    "system: Be kind.\nuser: what color is the sea?\nassistant: {begun} is blue.\nuser: sure?"
                )
            );
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_window_that_is_full_in_the_middle_of_an_answer_never_doubles_its_words() {
    for (question, sentence) in [
        (
            "what color is the sea?",
            "The answer stops here because it reached its length limit. Write \"continue\" for the rest.",
        ),
        (
            "海は何色ですか？",
            "長さの上限に達したため、回答はここまでです。続きを読むには「続けて」と書いてください。",
        ),
    ] {
        run_story(World::default(), async |w| {
            let full = Fault::Break {
                after: 1,
                how: Break::Full,
            };
            w.model.fails(1, full);
            w.model.answers(["The sea", " is blue."]);
            let ask = w.user("ada").says(format!("@kaiwa {question}").as_str())?;
            let text = format!("The sea\n-# {sentence}");
            let answer = w.reads(ask.thread(), &text).await?;
            w.until_buttons(answer, &[]).await?;
            assert_eq!(w.model.requests().len(), 1);
            w.model.answers(["It is blue."]);
            w.user("ada").says_in(ask.thread(), "continue")?;
            w.reads(ask.thread(), "It is blue.").await?;
            assert!(w.model_hears(2).await?.contains("assistant: The sea\n"));
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_window_that_is_full_of_thoughts_is_tried_again_with_less() {
    run_story(World::default(), async |w| {
        let full = Fault::Break {
            after: 1,
            how: Break::Full,
        };
        w.model.fails(1, full);
        w.model.answers(["<think>The sea, the sea, the sea", " is"]);
        w.model
            .answers_with(Answer::new(["Blue."]).after_reasoning("Easy."));
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        let answer = w.reads(ask.thread(), "Blue.").await?;
        w.until_buttons(answer, &["Show thoughts"]).await?;
        let pressed = w.user("ada").presses(answer, "Show thoughts")?;
        let whisper = w.whispers(pressed).await?;
        assert!(whisper.content.ends_with("\nEasy."), "{}", whisper.content);
        Ok(())
    })
    .await;
}

/// Answers in which nothing can be read.
const WORDLESS: [&str; 3] = [
    "<think>Hm.</think>\n",
    "<think>Hm, it never ends",
    "\u{200b}",
];

#[tokio::test]
async fn an_answer_without_words_is_asked_for_again() {
    for wordless in WORDLESS {
        run_story(World::default(), async |w| {
            w.model.answers([wordless]);
            w.sea_is_blue().await?;
            w.stop().await?;
            assert_eq!(w.model.requests().len(), 2);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_answer_without_words_never_ends_in_silence() {
    let out_of_room = [
        "-# The model reached its length limit while it was still thinking; please press Retry, or ask in smaller steps.",
        "-# モデルが考えている途中で長さの上限に達し、回答まで進めませんでした。「再試行」を押すか、質問を分けて送ってください。",
    ];
    let empty = [
        "-# The model gave an empty answer; please press Retry, or ask in other words.",
        "-# モデルの回答が空でした。「再試行」を押すか、言い方を変えて送ってください。",
    ];
    for (finish, sentences) in [(Finish::Stop, empty), (Finish::Length, out_of_room)] {
        for (question, sentence, buttons) in [
            (
                "what color is the sea?",
                sentences[0],
                ["Retry", "Show thoughts"],
            ),
            ("海は何色ですか？", sentences[1], ["再試行", "思考を表示"]),
        ] {
            run_story_with(World::default(), ONE_TRY, async |w| {
                w.log.expects("a turn failed");
                w.model
                    .answers_with(Answer::new(["<think>Hm, the sea"]).finish(finish));
                let ada = w.user("ada");
                let ask = ada.says(format!("@kaiwa {question}").as_str())?;
                let answer = w.reads(ask.thread(), sentence).await?;
                w.until_buttons(answer, &buttons).await?;
                w.model.answers(["Blue."]);
                ada.presses(answer, buttons[0])?;
                assert_eq!(w.reads(ask.thread(), "Blue.").await?, answer);
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
            "The connection to the model broke off; please press Retry.",
        ),
        (
            Break::Reset,
            "The connection to the model broke off; please press Retry.",
        ),
        (
            Break::Hang,
            "The model stopped responding; please press Retry.",
        ),
        (
            Break::Malformed,
            "The model provider sent something that I can't understand; please press Retry, and tell the operator of this bot if it happens again.",
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
    for (finish, question, sentence) in [
        (
            Finish::Length,
            "what color is the sea?",
            "The answer stops here because it reached its length limit. Write \"continue\" for the rest.",
        ),
        (
            Finish::Length,
            "海は何色ですか？",
            "長さの上限に達したため、回答はここまでです。続きを読むには「続けて」と書いてください。",
        ),
        (
            Finish::ContentFilter,
            "what color is the sea?",
            "The model provider's content filter withheld the rest of this answer.",
        ),
        (
            Finish::ContentFilter,
            "海は何色ですか？",
            "モデル提供元のフィルターにより、回答の続きを表示できません。",
        ),
    ] {
        run_story(World::default(), async |w| {
            w.model
                .answers_with(Answer::new(["The sea"]).finish(finish));
            let text = said(w, None, question).await?;
            assert_eq!(text, format!("The sea\n-# {sentence}"));
            Ok(())
        })
        .await;
    }
}
