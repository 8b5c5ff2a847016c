//! What people see when Discord can't be reached for minutes or longer: nothing for a while, and then all of it, once.

use std::time::Duration;

use kaiwa_sim::{Route, World, model::HOLD};

use crate::story::{
    Place, Story,
    failures::ONE_TRY,
    outage::{
        ALL, all_is_told, forgets_nonces, is_back, is_gone, is_refused_for_an_hour, is_told,
        posts_unbeknown, sea_waits_for, state, until_told,
    },
    time::run_story_in_time,
    until_stored,
};

/// The thread is closed, as by Discord where nothing was posted for an hour.
fn rests(w: &Story, thread: Place) {
    w.sim.world(|world| {
        let guild = world.guild_of(thread.0).unwrap();
        let owner = world.guilds[&guild].owner;
        world.set_archived(owner, thread.0, true).unwrap();
    });
}

#[tokio::test]
async fn a_text_that_grows_waits_and_goes_on_where_the_model_is_by_then() {
    run_story_in_time(&[], async |w| {
        w.model
            .answers(["The sea ", HOLD, "is ", HOLD, "blue", HOLD, "."]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.reads(ask.thread(), "The sea").await?;
        is_gone(w, Route::EditMessage);
        w.model.release();
        w.waits_for_discord(3).await?;
        // The model is heard meanwhile.
        w.model.release();
        w.waits_for_discord(5).await?;
        is_back(w);
        w.in_time("the freshest text", |w| {
            let calls = w.sim.shared().look(|world| {
                let edits = world.calls.of(Route::EditMessage);
                let done = edits.filter(|call| call.status == Some(200));
                done.map(|call| call.body["content"].clone())
                    .collect::<Vec<_>>()
            });
            (calls.last()? == "The sea is blue").then_some(())
        })
        .await?;
        w.model.release();
        all_is_told(w, ask.thread(), "The sea is blue.").await?;
        assert_eq!(w.model.requests().len(), 1);
        assert_eq!(state(w), "done");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn first_words_and_last_ones_wait_as_well() {
    for route in [
        Route::CreateThreadFromMessage,
        Route::CreateMessage,
        Route::EditMessage,
    ] {
        run_story_in_time(&[], async |w| {
            let ask = sea_waits_for(w, route).await?;
            w.waits_for_discord(4).await?;
            is_back(w);
            all_is_told(w, ask.thread(), "The sea is blue.").await?;
            assert_eq!(w.model.requests().len(), 1);
            assert_eq!(state(w), "done");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_thread_is_asked_for_again_where_discord_came_back_while_its_question_was_looked_at() {
    run_story_in_time(&[], async |w| {
        // Whether the look takes long enough for that depends on how much time has passed when it is made.
        w.log.expects("an answer waits for Discord");
        w.sim.world(|world| {
            let next = world.faults.next(Route::CreateThreadFromMessage).times(ALL);
            next.fails(503, 0, "upstream connect error");
            world.faults.next(Route::GetMessage).held_before();
        });
        w.model.answers(["The sea is blue."]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.in_time("the question to be looked at", |w| {
            let looked = |world: &World| world.calls.of(Route::GetMessage).next().is_some();
            w.sim.shared().look(looked).then_some(())
        })
        .await?;
        is_back(w);
        all_is_told(w, ask.thread(), "The sea is blue.").await
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_has_gone_to_rest_meanwhile_is_opened_again() {
    run_story_in_time(&[], async |w| {
        let (ask, _) = w.sea_is_half_told().await?;
        is_gone(w, Route::EditMessage);
        w.model.release();
        w.waits_for_discord(3).await?;
        rests(w, ask.thread());
        is_back(w);
        all_is_told(w, ask.thread(), "The sea is blue.").await
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_rests_while_a_message_grows_for_an_hour_is_opened_again() {
    run_story_in_time(&[], async |w| {
        w.model
            .answers(["The sea ", HOLD, "is ", HOLD, "blue", HOLD, "."]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.reads(ask.thread(), "The sea").await?;
        for text in ["The sea is", "The sea is blue", "The sea is blue."] {
            w.time_passes(Duration::from_secs(1_801)).await;
            if text.ends_with('.') {
                rests(w, ask.thread());
            }
            w.model.release();
            is_told(w, ask.thread(), text).await?;
        }
        all_is_told(w, ask.thread(), "The sea is blue.").await
    })
    .await;
}

#[tokio::test]
async fn what_was_posted_all_the_same_is_found_when_discord_has_forgotten_its_nonce() {
    run_story_in_time(&[], async |w| {
        posts_unbeknown(w);
        w.model.answers(["The sea ", HOLD, "is blue."]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.waits_for_discord(1).await?;
        is_back(w);
        forgets_nonces(w).await;
        w.model.release();
        all_is_told(w, ask.thread(), "The sea is blue.").await
    })
    .await;
}

#[tokio::test]
async fn what_was_posted_all_the_same_is_found_when_the_answer_has_become_another_one_meanwhile() {
    let long = |color: &str| format!("The sea is wide and {color} and deep and old. ").repeat(60);
    // The other answer needs the message, or doesn't.
    for other in [long("green").trim_end(), "Green."] {
        run_story_in_time(&[], async |w| {
            let (blue, ada) = (long("blue"), w.user("ada"));
            let (first, rest) = blue.split_at(1_000);
            w.model.answers([first, HOLD, rest, HOLD]);
            let ask = ada.says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), first.trim_end()).await?;
            posts_unbeknown(w);
            w.model.release();
            w.waits_for_discord(2).await?;
            w.model.answers([other]);
            ada.edits(ask, "@kaiwa what color is the meadow?")?;
            w.waits_for_discord(3).await?;
            forgets_nonces(w).await;
            is_back(w);
            until_told(w, ask.thread(), other).await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()).join(" "), other);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_process_that_ends_meanwhile_waits_for_nothing_and_the_next_one_goes_on() {
    run_story_in_time(ONE_TRY, async |w| {
        let (ask, answer) = w.sea_is_half_told().await?;
        is_gone(w, Route::EditMessage);
        w.model.release();
        w.waits_for_discord(2).await?;
        w.stop().await?;
        assert_eq!(state(w), "queued");
        is_back(w);
        w.model.answers(["The sea is blue."]);
        w.comes_back().await?;
        assert_eq!(w.reads(ask.thread(), "The sea is blue.").await?, answer);
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()).len(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_message_that_discord_can_edit_no_more_though_it_answers_is_left_behind() {
    run_story_in_time(&[], async |w| {
        let (ask, half) = w.sea_is_half_told().await?;
        is_gone(w, Route::EditMessage);
        w.model.release();
        w.waits_for_discord(10).await?;
        w.time_passes(Duration::from_secs(3_600)).await;
        is_told(w, ask.thread(), "The sea is blue.").await?;
        is_back(w);
        w.in_time("the old message to be at rest", |w| {
            w.buttons(half).is_empty().then_some(())
        })
        .await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["The sea", "The sea is blue."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_whose_messages_are_refused_for_hours_though_discord_answers_comes_when_it_can() {
    let whole = "The sea is wide and blue and deep and old. ".repeat(200);
    for text in ["The sea is blue.", whole.trim_end()] {
        // The whole one comes as a file, until it is clear that it may be the file that is refused.
        run_story_in_time(&[("KAIWA_MAX_MESSAGES", "1")], async |w| {
            let (first, rest) = text.split_at(10);
            w.model.answers([first, HOLD, rest]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            if text.len() > 2_000 {
                w.reads(ask.thread(), first.trim_end()).await?;
            }
            is_gone(w, Route::CreateMessage);
            w.model.release();
            is_refused_for_an_hour(w).await?;
            w.waits_for_discord(13).await?;
            is_back(w);
            until_told(w, ask.thread(), text).await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()).join(" "), text);
            assert_eq!(state(w), "done");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_deleted_for_hours_keeps_no_answer_waiting() {
    run_story_in_time(&[], async |w| {
        let ada = w.user("ada");
        let long = "The sea is wide and blue and deep and old. ".repeat(60);
        w.model.answers([long.as_str()]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        until_told(w, ask.thread(), long.trim_end()).await?;
        until_stored(&w.another_program()).await?;
        is_gone(w, Route::DeleteMessage);
        w.model.answers(["Green."]);
        ada.edits(ask, "@kaiwa what color is the meadow?")?;
        is_refused_for_an_hour(w).await?;
        w.model.answers(["Yes."]);
        ada.says_in(ask.thread(), "still there?")?;
        w.reads(ask.thread(), "Yes.").await?;
        let heard = w.model_hears(3).await?;
        assert!(heard.contains("assistant: Green.\n"), "{heard}");
        assert!(!heard.contains("wide"), "{heard}");
        w.stop().await?;
        let texts = w.texts(ask.thread());
        assert_eq!((texts[0].as_str(), texts.len()), ("Green.", 3));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_process_that_begins_meanwhile_finds_what_the_one_before_may_have_posted() {
    run_story_in_time(&[("KAIWA_DRAIN_SECONDS", "0")], async |w| {
        posts_unbeknown(w);
        w.model.answers(["The sea ", HOLD]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        w.waits_for_discord(1).await?;
        w.stop().await?;
        assert_eq!(state(w), "running");
        forgets_nonces(w).await;
        // The next one can't look either before it ends.
        w.comes_back().await?;
        w.waits_for_discord(3).await?;
        w.stop().await?;
        assert_eq!(state(w), "running");
        w.comes_back().await?;
        w.waits_for_discord(5).await?;
        is_back(w);
        w.model.answers(["The sea is blue."]);
        all_is_told(w, ask.thread(), "The sea is blue.").await
    })
    .await;
}
