//! When things fail: what fails, and what people see then. A test a row, an item after the other.
//!
//! | what fails | what the user sees |
//! |---|---|
//! | the model answers 429, 5xx, times out, cuts the stream, sends garbage | the next try; the text so far stays; then one plain sentence and Retry |
//! | Discord answers 429, 5xx, times out on create or edit | the same text, a little later, once |
//! | the gateway drops | resumed; where the session is lost, what was missed is read back |
//! | the process is killed and started again | the half-written message is finished in place, questions asked meanwhile are answered |
//! | a permission is missing, a channel is gone | said once where it can be said, never retried in a loop |
//! | the store is full or broken | answers go on from Discord's own history; the operator sees it |
//!
//! What else there is to each of them stands in the files of stories that its name says.

use std::time::Duration;

use insta::assert_snapshot;
use kaiwa_sim::{
    Route, World,
    gateway::Target,
    model::{Break, ErrorBody, Fault},
    world::{faults::NextCalls, permissions},
};

use crate::{
    killed::{
        point::{Kind, Outcome, Point},
        scene::Scene,
    },
    story::{run_story, run_story_with},
};

fn status(status: u16) -> Fault {
    Fault::Status {
        status,
        body: ErrorBody::Json,
        retry_after: None,
    }
}

fn broken(how: Break) -> Fault {
    Fault::Break { after: 1, how }
}

#[tokio::test]
async fn the_model_fails() {
    let busy = Fault::RateLimited { retry_after: 0.1 };
    let garbage = "The model provider sent something that I can't understand; please press Retry, and tell the operator of this bot if it happens again.";
    let table = [
        (
            busy,
            "",
            "The model is very busy right now; please press Retry in about 1 second.",
        ),
        (
            status(500),
            "",
            "The model provider has a problem on its side (error 500); please press Retry in a few minutes.",
        ),
        (
            Fault::HangBeforeHeaders,
            "",
            "The model stopped responding; please press Retry.",
        ),
        (
            broken(Break::Hang),
            "The sea",
            "The model stopped responding; please press Retry.",
        ),
        (
            broken(Break::Close),
            "The sea",
            "The connection to the model broke off; please press Retry.",
        ),
        (broken(Break::Malformed), "The sea", garbage),
        (Fault::HtmlPage, "", garbage),
    ];
    let settings = [
        ("KAIWA_MODEL_TRIES", "2"),
        ("KAIWA_MODEL_STALL_SECONDS", "5"),
    ];
    for (fault, text, sentence) in table {
        // Once: nobody hears of it.
        run_story_with(World::default(), &settings, async |w| {
            w.model.fails(1, fault.clone());
            for _ in 0..2 {
                w.model.answers(["The sea", " is blue."]);
            }
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), "The sea is blue.").await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), ["The sea is blue."]);
            assert_eq!(w.model.requests().len(), 2);
            Ok(())
        })
        .await;
        // Every time: what there is stays, and one sentence says what to do.
        run_story_with(World::default(), &settings, async |w| {
            w.log.expects("a turn failed");
            w.model.fails(9, fault.clone());
            for _ in 0..9 {
                w.model.answers(["The sea", " is blue."]);
            }
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            let said = if text.is_empty() {
                format!("-# {sentence}")
            } else {
                format!("{text}\n-# The answer above is not complete. {sentence}")
            };
            let answer = w.reads(ask.thread(), &said).await?;
            w.until_buttons(answer, &["Retry"]).await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), [said]);
            Ok(())
        })
        .await;
    }
}

/// One answer, of which a call goes wrong.
async fn one_answer(route: Route, calls: usize, wrong: impl Fn(NextCalls<'_>)) {
    run_story(World::default(), async |w| {
        w.sim.world(|world| wrong(world.faults.next(route)));
        w.expects_429();
        let (ask, _) = w.sea_is_half_told().await?;
        w.model.release();
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["The sea is blue."]);
        // The end of an answer may come after its last words, which takes an edit more.
        let more = usize::from(route == Route::EditMessage);
        assert!(
            (calls..=calls + more).contains(&w.calls(route)),
            "{}",
            w.calls(route)
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn discord_fails() {
    for route in [Route::CreateMessage, Route::EditMessage] {
        let pause = Duration::from_millis(200);
        one_answer(route, 2, |next| next.rate_limited(pause)).await;
        one_answer(route, 3, |next| next.times(2).fails(500, 0, "oh")).await;
        one_answer(route, 2, |next| next.disconnects()).await;
        // It is done all the same, and the answer is lost in one way or another.
        one_answer(route, 2, |next| next.done_then_error()).await;
        one_answer(route, 2, |next| next.done_then_disconnect()).await;
        one_answer(route, 2, |next| {
            next.held_after();
        })
        .await;
    }
}

#[tokio::test]
async fn the_gateway_drops() {
    // Resumed: what was asked meanwhile is answered, once.
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.logs("is online").await?;
        let gateway = &w.sim.shared().gateway;
        gateway.set(|settings| settings.refuse_connections = true);
        w.log.expects("the gateway can't be reached");
        assert_eq!(gateway.cut_connections(&Target::All), 1);
        w.model.answers(["Blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        w.logs("the gateway can't be reached").await?;
        let gateway = &w.sim.shared().gateway;
        gateway.set(|settings| settings.refuse_connections = false);
        w.reads(ask.thread(), "Blue.").await?;
        assert_eq!(w.connected(), (1, 1));
        Ok(())
    })
    .await;
    // Lost: what was missed in a known conversation is read back.
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let (ask, _) = w.sea_is_blue().await?;
        let gateway = &w.sim.shared().gateway;
        assert_eq!(gateway.lose_sessions(&Target::All), 1);
        gateway.set_silent(&Target::All, true);
        ben.says_in(ask.thread(), "@ada it is green")?;
        gateway.drop_connections(&Target::All, 4000, "lost");
        w.until_connected(0, 2).await?;
        w.model.answers(["Green, then."]);
        ada.says_in(ask.thread(), "what does he say?")?;
        w.reads(ask.thread(), "Green, then.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: Ada: what color is the sea?
        assistant: Blue.
        user: Ben: @Ada it is green
        Ada: what does he say?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_is_killed_and_started_again() {
    // Before a word, in the middle of the answer, and when all of it is there but nothing is kept: one whole answer.
    for point in [
        Point::AfterCall(1),
        Point::SeenPiece(3),
        Point::AfterCall(4),
    ] {
        let outcome = Scene::play(Kind::NewThread, point).await;
        assert_eq!(outcome, Ok(Outcome::Killed), "{point:?}");
    }
    // What is asked meanwhile belongs together.
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_blue().await?;
        w.stop().await?;
        ada.says_in(ask.thread(), "and the sky?")?;
        ada.says_in(ask.thread(), "and the grass?")?;
        w.model.answers(["Blue and green."]);
        w.comes_back().await?;
        w.reads(ask.thread(), "Blue and green.").await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["Blue.", "Blue and green."]);
        let heard = w.model_hears(2).await?;
        assert!(
            heard.ends_with("user: and the sky?\nand the grass?"),
            "{heard}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_permission_is_missing_or_a_channel_is_gone() {
    // Where it can be said, it is said, once, in the language of the guild.
    for (locale, sentence) in [
        (
            "en-US",
            "I'm missing the permission \"Send Messages in Threads\" here; an admin of this server can give it to me.",
        ),
        (
            "ja",
            "ここでは、ボットに「スレッドでメッセージを送信」の権限がありません。サーバーの管理者に権限の追加を頼んでください。",
        ),
    ] {
        let mut world = World::default();
        for guild in world.guilds.values_mut() {
            guild.locale = locale.to_owned();
        }
        run_story(world, async |w| {
            w.deny(permissions::SEND_MESSAGES_IN_THREADS);
            let (ada, general) = (w.user("ada"), w.channel("general"));
            w.model.answers(["Blue."]);
            ada.says("@kaiwa sea?")?;
            w.reads(general, &format!("Blue.\n-# {sentence}")).await?;
            w.model.answers(["Green."]);
            ada.says("@kaiwa grass?")?;
            w.reads(general, "Green.").await?;
            w.stop().await?;
            assert_eq!(w.calls(Route::CreateMessage), 4, "each place is tried once");
            Ok(())
        })
        .await;
    }
    // Where nothing can be said, the operator reads it, and it is left at that.
    run_story(World::default(), async |w| {
        w.deny(permissions::SEND_MESSAGES_IN_THREADS | permissions::SEND_MESSAGES);
        w.log.expects("a turn failed");
        w.model.answers(["Blue."]);
        w.user("ada").says("@kaiwa sea?")?;
        w.logs("a turn failed").await?;
        w.stop().await?;
        assert_eq!(w.calls(Route::CreateMessage), 2, "each place is tried once");
        Ok(())
    })
    .await;
    for gone in ["the thread", "its channel", "the guild"] {
        run_story(World::default(), async |w| {
            let (general, bot) = (w.channel("general"), w.bot_id());
            w.log.expects("a turn failed");
            let (ask, _) = w.sea_is_half_told().await?;
            w.sim.world(|world| {
                let guild = world.guild_of(general.0).unwrap();
                let owner = world.guilds[&guild].owner;
                match gone {
                    "the thread" => world.delete_channel(owner, ask.thread().0).unwrap(),
                    "its channel" => world.delete_channel(owner, general.0).unwrap(),
                    _ => world.leave(guild, bot),
                }
            });
            w.model.release();
            w.stop().await?;
            let calls = w.calls(Route::CreateMessage) + w.calls(Route::EditMessage);
            assert!(calls <= 2, "{gone}: {calls} calls");
            Ok(())
        })
        .await;
    }
}

/// What another program does to the database, so that the bot can't use it.
const HARM: [(&str, &[&str]); 3] = [
    ("locked", &["BEGIN IMMEDIATE"]),
    // What is there can be read, and nothing more fits.
    (
        "full",
        &[
            "CREATE TRIGGER no_more_messages BEFORE INSERT ON messages BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
            "CREATE TRIGGER no_more_turns BEFORE INSERT ON turns BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
        ],
    ),
    ("broken", &["DROP TABLE messages"]),
];

#[tokio::test]
async fn the_store_is_full_or_broken() {
    for (how, harm) in HARM {
        run_story(World::default(), async |w| {
            w.log.expects("can't be used");
            let ada = w.user("ada");
            let (ask, other) = w.sea_is_stored().await?;
            for statement in harm {
                other.execute_batch(statement)?;
            }
            // In the thread that it knew, and in one that it has never stored anything of.
            for (question, place) in [("sure?", Some(ask.thread())), ("hi", None)] {
                w.model.answers(["Well."]);
                let place = match place {
                    Some(place) => {
                        ada.says_in(place, question)?;
                        place
                    }
                    None => ada.says(format!("@kaiwa {question}").as_str())?.thread(),
                };
                w.reads(place, "Well.").await?;
                let heard = w.model.requests().len() as u64;
                w.model.answers(["Very well."]);
                ada.says_in(place, "how come?")?;
                w.reads(place, "Very well.").await?;
                let heard = w.model_hears(heard + 1).await?;
                let expected = format!("user: {question}\nassistant: Well.\nuser: how come?");
                assert!(heard.ends_with(&expected), "{how}: {heard}");
            }
            w.logs("can't be used").await?;
            Ok(())
        })
        .await;
    }
}
