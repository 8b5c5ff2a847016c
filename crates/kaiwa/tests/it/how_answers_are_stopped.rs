//! Stop: whoever reads along may end an answer; it keeps its words.

use kaiwa_sim::{
    Route, World,
    gateway::Target,
    model::{HOLD, Outcome},
};

use crate::story::{Seen, Story, run_story, run_story_with};

/// The first request to the model was given up by the bot.
async fn until_given_up(w: &Story) -> anyhow::Result<()> {
    w.until("the bot to stop listening to the model", |w| {
        let first = w.model.requests().into_iter().next()?;
        (first.outcome == Outcome::ClientLeft).then_some(())
    })
    .await
}

#[tokio::test]
async fn a_stopped_answer_keeps_its_words_and_the_talk_goes_on() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        w.model.answers(["The sea ", HOLD, "is never seen."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let answer = w.reads(ask.thread(), "The sea").await?;
        w.until_buttons(answer, &["Stop"]).await?;
        ben.presses(answer, "Stop")?;
        let stopped = w.reads(ask.thread(), "The sea\n-# stopped by Ben").await?;
        assert_eq!(stopped, answer);
        w.until_buttons(answer, &[]).await?;
        until_given_up(w).await?;
        w.model.answers(["You asked about the sea."]);
        ada.says_in(ask.thread(), "what did I ask?")?;
        w.reads(ask.thread(), "You asked about the sea.").await?;
        let heard = w.model_hears(2).await?;
        assert!(heard.contains("assistant: The sea\n"), "{heard}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_still_thought_about_can_be_stopped() {
    let mut world = World::default();
    for guild in world.guilds.values_mut() {
        guild.locale = "ja".to_owned();
    }
    let soon = [("KAIWA_THINKING_SECONDS", "0")];
    run_story_with(world, &soon, async |w| {
        let ada = w.user("ada");
        w.model.answers([HOLD, "Never seen."]);
        let ask = ada.says("@kaiwa 海は何色ですか？")?;
        let line = w.reads(ask.thread(), "-# まだ考えています…").await?;
        w.until_buttons(line, &["停止"]).await?;
        ada.presses(line, "停止")?;
        let stopped = w.reads(ask.thread(), "-# Adaさんが停止しました").await?;
        assert_eq!(stopped, line);
        w.until_buttons(line, &[]).await?;
        until_given_up(w).await
    })
    .await;
}

#[tokio::test]
async fn an_answer_can_be_stopped_after_a_restart() {
    let at_once = [("KAIWA_DRAIN_SECONDS", "0")];
    run_story_with(World::default(), &at_once, async |w| {
        let ada = w.user("ada");
        w.model.answers(["The sea ", HOLD, "is never seen."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let answer = w.reads(ask.thread(), "The sea").await?;
        w.stop().await?;
        w.until_buttons(answer, &[]).await?;
        w.model.answers(["The sea is ", HOLD, "not seen either."]);
        w.comes_back().await?;
        w.reads(ask.thread(), "The sea is").await?;
        w.until_buttons(answer, &["Stop"]).await?;
        ada.presses(answer, "Stop")?;
        w.reads(ask.thread(), "The sea is\n-# stopped by Ada")
            .await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn stop_is_on_the_newest_message_of_a_long_answer() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let long = "The sea is wide and blue and deep and old. ".repeat(60);
        w.model.answers([long.as_str(), HOLD, "Never seen."]);
        let ask = ada.says("@kaiwa tell me everything")?;
        let seen = |w: &mut Story| {
            w.texts(ask.thread());
            w.sim.world(|world| -> Vec<Seen> {
                let messages = world.messages[&ask.thread().0].values();
                let posts = messages.filter(|message| message.kind == 0);
                posts
                    .map(|message| Seen {
                        place: ask.thread(),
                        id: message.id,
                    })
                    .collect()
            })
        };
        w.reads_where(ask.thread(), "the second message", |text| {
            !text.is_empty() && text.len() < 1_000
        })
        .await?;
        let [first, second] = seen(w)[..] else {
            anyhow::bail!("two messages are there");
        };
        w.until_buttons(second, &["Stop"]).await?;
        w.until_buttons(first, &[]).await?;
        ada.presses(second, "Stop")?;
        w.reads_where(ask.thread(), "the end", |text| {
            text.ends_with("\n-# stopped by Ada")
        })
        .await?;
        w.until_buttons(second, &[]).await
    })
    .await;
}

#[tokio::test]
async fn stop_that_comes_too_late_changes_nothing() {
    run_story(World::default(), async |w| {
        let (ada, general) = (w.user("ada"), w.channel("general"));
        let (ask, answer) = w.sea_is_half_told().await?;
        w.until_buttons(answer, &["Stop"]).await?;
        let stop = w.components(answer);
        w.model.release();
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.stop().await?;
        w.comes_back().await?;
        // An edit that never came: the button is still there.
        let old = w.bot_posts(ask.thread(), "as it was", stop)?;
        let pressed = ada.presses(old, "Stop")?;
        let whisper = w.whispers(pressed).await?;
        assert_eq!(whisper.content, "-# This answer has already ended.");
        w.stop().await?;
        w.forget_everything();
        w.comes_back().await?;
        let pressed = ada.presses(old, "Stop")?;
        let whisper = w.whispers(pressed).await?;
        assert_eq!(whisper.content, "-# This answer has already ended.");
        assert_eq!(w.texts(ask.thread()), ["The sea is blue.", "as it was"]);
        assert_eq!(w.texts(general).len(), 0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn stop_that_was_left_on_half_an_answer_becomes_retry() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, half) = w.sea_is_half_told().await?;
        w.log.expects("Discord refuses what is to be shown");
        w.log.expects("an answer can't be shown");
        w.log.expects("a turn failed");
        w.sim.world(|world| {
            let next = world.faults.next(Route::EditMessage).times(3);
            next.fails(400, 0, "no");
        });
        w.model.release();
        w.logs("a turn failed").await?;
        // Another question is answered when that one has ended.
        w.model.answers(["Deep."]);
        ada.says_in(ask.thread(), "how deep is it?")?;
        w.reads(ask.thread(), "Deep.").await?;
        w.until_buttons(half, &["Stop"]).await?;
        ada.presses(half, "Stop")?;
        w.until_buttons(half, &["Retry"]).await?;
        w.model.answers(["The sea is blue."]);
        ada.presses(half, "Retry")?;
        assert_eq!(w.reads(ask.thread(), "The sea is blue.").await?, half);
        w.until_buttons(half, &[]).await
    })
    .await;
}

#[tokio::test]
async fn stop_works_where_discord_takes_no_answer_to_the_press_or_tells_it_twice() {
    type Break = fn(&mut World);
    let breaks: [(Break, &str); 3] = [
        (
            |world| {
                let next = world.faults.next(Route::AnswerInteraction);
                next.fails(404, 10_062, "Unknown interaction");
            },
            "a press was answered too late",
        ),
        (
            |world| {
                let next = world.faults.next(Route::AnswerInteraction);
                next.times(20).fails(502, 0, "Bad gateway");
            },
            "",
        ),
        (|_| {}, ""),
    ];
    for (break_it, logged) in breaks {
        run_story(World::default(), async |w| {
            w.log.expects("a press can't be answered");
            let ada = w.user("ada");
            w.model.answers(["The sea ", HOLD, "is never seen."]);
            let ask = ada.says("@kaiwa what color is the sea?")?;
            let answer = w.reads(ask.thread(), "The sea").await?;
            w.until_buttons(answer, &["Stop"]).await?;
            w.sim.world(break_it);
            ada.presses(answer, "Stop")?;
            let gateway = &w.sim.shared().gateway;
            assert_eq!(gateway.replay_last(&Target::All, "INTERACTION_CREATE"), 1);
            w.reads(ask.thread(), "The sea\n-# stopped by Ada").await?;
            w.logs(logged).await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()).len(), 1);
            Ok(())
        })
        .await;
    }
}
