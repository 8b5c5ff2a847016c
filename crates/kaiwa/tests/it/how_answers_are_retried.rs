//! Retry: an answer that failed is made again, in the very same messages, whenever somebody asks for it.

use insta::assert_snapshot;
use kaiwa_sim::{Route, World, model::HOLD, world::permissions};

use crate::story::{
    Seen,
    failures::{ONE_TRY, SENTENCE},
    run_story_with,
    time::run_story_in_time,
    until_ended,
};

#[tokio::test]
async fn a_failed_answer_is_made_again_in_its_own_message() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_fails().await?;
        w.model.answers([HOLD, "The sea ", HOLD, "is blue."]);
        ada.presses(answer, "Retry")?;
        // It is heard at once, before anything else can be seen of it.
        w.until_buttons(answer, &["Stop"]).await?;
        w.model.release();
        assert_eq!(w.reads(ask.thread(), "The sea").await?, answer);
        w.until_buttons(answer, &["Stop"]).await?;
        w.model.release();
        assert_eq!(w.reads(ask.thread(), "The sea is blue.").await?, answer);
        w.until_buttons(answer, &[]).await?;
        assert_snapshot!(w.model_hears(2).await?, @"
        system: Be kind.
        user: what color is the sea?
        ");
        assert_eq!(w.texts(ask.thread()).len(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_words_so_far_stay_until_there_are_new_ones() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_breaks_off().await?;

        // It fails again, without a word: everything is as it was.
        w.fails();
        ada.presses(answer, "Retry")?;
        let again = format!(
            "The sea\n-# The answer above is not complete. {}",
            &SENTENCE[3..]
        );
        assert_eq!(w.reads(ask.thread(), &again).await?, answer);
        w.until_buttons(answer, &["Retry"]).await?;

        w.model.answers([HOLD, "It is ", HOLD, "blue."]);
        ada.presses(answer, "Retry")?;
        w.model_hears(3).await?;
        assert_eq!(w.texts(ask.thread()), [again]);
        w.model.release();
        assert_eq!(w.reads(ask.thread(), "It is").await?, answer);
        w.model.release();
        assert_eq!(w.reads(ask.thread(), "It is blue.").await?, answer);
        w.until_buttons(answer, &[]).await?;
        assert_eq!(w.texts(ask.thread()).len(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_retried_answer_knows_nothing_of_what_was_said_later_and_takes_its_turn() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_fails().await?;
        w.model.answers(["Deep ", HOLD, "indeed."]);
        ada.says_in(ask.thread(), "how deep is it?")?;
        w.reads(ask.thread(), "Deep").await?;
        // The lane works on a later question.
        ada.presses(answer, "Retry")?;
        w.until_buttons(answer, &["Stop"]).await?;
        assert_eq!(w.model.requests().len(), 2);
        w.model.answers([HOLD, "Blue."]);
        w.model.release();
        w.reads(ask.thread(), "Deep indeed.").await?;
        assert_snapshot!(w.model_hears(3).await?, @"
        system: Be kind.
        user: what color is the sea?
        ");
        // What is asked before its first word is a question of its own.
        ada.says_in(ask.thread(), "and the sky?")?;
        w.model.answers(["Blue, too."]);
        w.model.release();
        assert_eq!(w.reads(ask.thread(), "Blue.").await?, answer);
        w.reads(ask.thread(), "Blue, too.").await?;
        assert_eq!(
            w.texts(ask.thread()),
            ["Blue.", "Deep indeed.", "Blue, too."]
        );
        assert_snapshot!(w.model_hears(4).await?, @"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: how deep is it?
        assistant: Deep indeed.
        user: and the sky?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn only_the_first_of_two_presses_counts() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let (ask, answer) = w.sea_fails().await?;
        let retry = w.components(answer);
        w.model.answers([HOLD, "Blue."]);
        let (first, second) = (ada.presses(answer, "Retry")?, ben.presses(answer, "Retry")?);
        w.until_buttons(answer, &["Stop"]).await?;
        // Whichever came first.
        let late = [first, second].map(|pressed| pressed.interaction);
        let told = w
            .until("one of them to be told", |w| {
                w.sim.shared().look(|world| {
                    let messages = world.messages.get(&ask.thread().0)?;
                    messages.values().find_map(|message| {
                        let trace = message.interaction.as_ref()?;
                        late.contains(&trace.id).then_some(trace.id)
                    })
                })
            })
            .await?;
        let whisper = w
            .whispers(crate::story::Pressed { interaction: told })
            .await?;
        assert_eq!(
            whisper.content,
            "-# This question is already being answered again."
        );
        w.model.release();
        w.reads(ask.thread(), "Blue.").await?;
        w.stop().await?;
        assert_eq!(w.model.requests().len(), 2);

        // An edit that never came: the button is still there.
        w.comes_back().await?;
        let old = w.bot_posts(ask.thread(), "as it was", retry)?;
        let pressed = ben.presses(old, "Retry")?;
        let whisper = w.whispers(pressed).await?;
        assert_eq!(
            whisper.content,
            "-# This question has been answered by now."
        );
        assert_eq!(w.texts(ask.thread()), ["Blue.", "as it was"]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_retry_can_be_stopped() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_breaks_off().await?;
        w.model.answers([HOLD, "Never seen."]);
        ada.presses(answer, "Retry")?;
        w.until_buttons(answer, &["Stop"]).await?;
        ada.presses(answer, "Stop")?;
        let stopped = w.reads(ask.thread(), "The sea\n-# stopped by Ada").await?;
        assert_eq!(stopped, answer);
        w.until_buttons(answer, &[]).await
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_gone_is_not_answered_again_and_that_is_said() {
    let sentence = "-# The question has been deleted, so there is nothing to answer again; please ask it anew.";
    for lost in [false, true] {
        run_story_with(World::default(), ONE_TRY, async |w| {
            let ada = w.user("ada");
            let (ask, answer) = w.sea_fails().await?;
            until_ended(&w.another_program()).await?;
            if lost {
                w.stop().await?;
                ada.deletes(ask)?;
                w.forget_everything();
                w.comes_back().await?;
            } else {
                ada.deletes(ask)?;
            }
            let pressed = ada.presses(answer, "Retry")?;
            assert_eq!(w.whispers(pressed).await?.content, sentence);
            assert_eq!(w.texts(answer.place), [SENTENCE]);
            w.until_buttons(answer, &["Retry"]).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_thread_that_was_closed_is_opened_and_one_that_is_locked_is_left_alone() {
    for locked in [false, true] {
        run_story_with(World::default(), ONE_TRY, async |w| {
            let ada = w.user("ada");
            let (ask, answer) = w.sea_fails().await?;
            w.sim.world(|world| {
                let thread = world.channels.get_mut(&ask.thread().0).unwrap();
                let thread = thread.thread.as_mut().unwrap();
                (thread.archived, thread.locked) = (true, locked);
            });
            if locked {
                w.deny(permissions::MANAGE_THREADS);
            } else {
                w.model.answers(["Blue."]);
            }
            let pressed = ada.presses(answer, "Retry")?;
            if locked {
                let whisper = w.whispers(pressed).await?;
                assert_eq!(
                    whisper.content,
                    "-# This thread is locked; once a moderator unlocks it, the button works again."
                );
                assert_eq!(w.model.requests().len(), 1);
            } else {
                assert_eq!(w.reads(ask.thread(), "Blue.").await?, answer);
                assert_eq!(w.calls(Route::EditChannel), 1);
            }
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn it_is_offered_in_the_language_of_the_question() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        w.fails();
        let ask = ada.says("@kaiwa 海は何色ですか？")?;
        let (answer, _) = w
            .reads_where(ask.thread(), "a sentence", |text| text.starts_with("-# "))
            .await?;
        w.until_buttons(answer, &["再試行"]).await?;
        w.model.answers([HOLD, "青です。"]);
        ada.presses(answer, "再試行")?;
        w.until_buttons(answer, &["停止"]).await?;
        w.model.release();
        assert_eq!(w.reads(ask.thread(), "青です。").await?, answer);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_old_message_that_takes_few_edits_gets_the_whole_answer_all_the_same() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_fails().await?;
        w.model.answers(["The sea ", HOLD, "is ", HOLD, "blue."]);
        ada.presses(answer, "Retry")?;
        w.reads(ask.thread(), "The sea").await?;
        // An hour has passed; from now on edits are refused for a while.
        w.sim.world(|world| {
            let next = world.faults.next(Route::EditMessage).times(2);
            next.fails(
                400,
                30_046,
                "Maximum number of edits to messages older than 1 hour reached",
            );
        });
        let before = w.calls(Route::EditMessage);
        w.model.release();
        w.until("an edit that is refused", |w| {
            (w.calls(Route::EditMessage) > before).then_some(())
        })
        .await?;
        w.model.release();
        assert_eq!(w.reads(ask.thread(), "The sea is blue.").await?, answer);
        w.until_buttons(answer, &[]).await
    })
    .await;
}

#[tokio::test]
async fn an_old_message_that_takes_no_edits_at_all_is_left_behind() {
    // What is tried last is to take its dead button away.
    for last_is_refused in [false, true] {
        run_story_in_time(ONE_TRY, async |w| {
            let ada = w.user("ada");
            let (ask, old) = w.sea_fails().await?;
            w.sim.world(|world| {
                let refused = 11 + usize::from(last_is_refused);
                let next = world.faults.next(Route::EditMessage).times(refused);
                next.fails(
                    400,
                    30_046,
                    "Maximum number of edits to messages older than 1 hour reached",
                );
            });
            w.model.answers(["The sea is blue."]);
            ada.presses(old, "Retry")?;
            let new = w
                .in_time("the answer in a new message", |w| {
                    w.sim.shared().look(|world| {
                        let messages = world.messages.get(&ask.thread().0)?;
                        let mut messages = messages.values();
                        let new = messages.find(|message| message.content == "The sea is blue.");
                        new.map(|new| Seen {
                            place: ask.thread(),
                            id: new.id,
                        })
                    })
                })
                .await?;
            assert_ne!(new, old);
            w.until_buttons(new, &[]).await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), [SENTENCE, "The sea is blue."]);
            if last_is_refused {
                assert_eq!(w.buttons(old), ["Stop"]);
            } else {
                assert!(w.buttons(old).is_empty());
            }
            assert_eq!(w.model.requests().len(), 2);
            Ok(())
        })
        .await;
    }
}
