//! What people see when Discord can't be reached for minutes or longer: nothing for a while, and then all of it, once.

use std::time::Duration;

use anyhow::Result;
use kaiwa_sim::{
    Route, World,
    model::{HOLD, Outcome},
};

use crate::story::{
    Place, Story, failures::ONE_TRY, time::run_story_in_time, until_deleted, until_stored,
};

/// More calls than a story makes.
const ALL: usize = 10_000;
/// What the operator reads, once.
pub(crate) const GONE: &str = "an answer waits for Discord";

/// Calls of this route fail until all is well again.
fn is_gone(w: &Story, route: Route) {
    w.log.expects(GONE);
    w.sim.world(|world| {
        let next = world.faults.next(route).times(ALL);
        next.fails(503, 0, "upstream connect error");
    });
}

/// Messages are posted no more until all is well again, and of the first one that isn't the bot is told a lie: it is there.
fn posts_unbeknown(w: &Story) {
    w.sim.world(|world| {
        let next = world.faults.next(Route::CreateMessage);
        next.done_then_error();
    });
    is_gone(w, Route::CreateMessage);
    is_gone(w, Route::ListMessages);
}

/// Discord was gone for so long that it has forgotten all nonces.
async fn forgets_nonces(w: &Story) {
    w.sim
        .world(|world| world.settings.nonce_memory = Duration::ZERO);
    w.time_passes(Duration::from_secs(120)).await;
}

fn is_back(w: &Story) {
    w.sim.world(|world| world.faults.clear());
}

/// The thread is closed, as by Discord where nothing was posted for an hour.
fn rests(w: &Story, thread: Place) {
    w.sim.world(|world| {
        let guild = world.guild_of(thread.0).unwrap();
        let owner = world.guilds[&guild].owner;
        world.set_archived(owner, thread.0, true).unwrap();
    });
}

/// The text can be read there, once, and the turn has ended well.
async fn all_is_told(w: &mut Story, place: Place, text: &str) -> Result<()> {
    is_told(w, place, text).await?;
    w.stop().await?;
    assert_eq!(w.texts(place), [text]);
    Ok(())
}

async fn is_told(w: &Story, place: Place, text: &str) -> Result<()> {
    w.in_time("the whole answer", |w| {
        w.sim.shared().look(|world| {
            let messages = world.messages.get(&place.0)?;
            let told = messages.values().any(|message| message.content == text);
            told.then_some(())
        })
    })
    .await
}

fn state(w: &Story) -> String {
    let state = w
        .another_program()
        .query_one("SELECT state FROM turns", (), |row| row.get(0));
    state.unwrap()
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
            let ask = if route == Route::EditMessage {
                let (ask, _) = w.sea_is_half_told().await?;
                is_gone(w, route);
                w.model.release();
                ask
            } else {
                is_gone(w, route);
                if route == Route::CreateThreadFromMessage {
                    is_gone(w, Route::GetMessage);
                }
                w.model.answers(["The sea is blue."]);
                w.user("ada").says("@kaiwa what color is the sea?")?
            };
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
            w.in_time("the other answer, and nothing else", |w| {
                w.sim.shared().look(|world| {
                    let messages = world.messages.get(&ask.thread().0)?.values();
                    let texts = messages.filter(|message| !message.content.is_empty());
                    let texts: Vec<&str> = texts.map(|message| message.content.as_str()).collect();
                    (texts.join(" ") == other).then_some(())
                })
            })
            .await?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()).join(" "), other);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn an_answer_can_be_stopped_meanwhile() {
    run_story_in_time(&[], async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_is_half_told().await?;
        is_gone(w, Route::EditMessage);
        ada.presses(answer, "Stop")?;
        w.until("the model to be left", |w| {
            let requests = w.model.requests();
            (requests.first()?.outcome == Outcome::ClientLeft).then_some(())
        })
        .await?;
        w.waits_for_discord(3).await?;
        is_back(w);
        w.in_time("that it was stopped", |w| {
            w.sim.shared().look(|world| {
                let message = world.message(answer.place.0, answer.id)?;
                (message.content == "The sea\n-# stopped by Ada").then_some(())
            })
        })
        .await?;
        w.reads(ask.thread(), "The sea\n-# stopped by Ada").await?;
        Ok(())
    })
    .await;
}

/// The model has said all it had to say.
async fn model_is_heard_out(w: &Story) -> Result<()> {
    w.until("the model to be heard out", |w| {
        let requests = w.model.requests();
        (requests.last()?.outcome == Outcome::Answered).then_some(())
    })
    .await
}

#[tokio::test]
async fn a_whole_answer_that_waits_can_be_stopped_where_it_is() {
    run_story_in_time(&[], async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_is_half_told().await?;
        is_gone(w, Route::EditMessage);
        w.model.release();
        model_is_heard_out(w).await?;
        w.waits_for_discord(2).await?;
        ada.presses(answer, "Stop")?;
        w.until("the press to be heard", |w| {
            let heard = |world: &World| world.calls.of(Route::AnswerInteraction).count();
            (w.sim.shared().look(heard) > 0).then_some(())
        })
        .await?;
        w.waits_for_discord(4).await?;
        is_back(w);
        all_is_told(w, ask.thread(), "The sea\n-# stopped by Ada").await?;
        assert_eq!(state(w), "done");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_changed_while_its_whole_answer_waits_is_answered_as_it_reads_then() {
    for route in [Route::EditMessage, Route::CreateMessage] {
        run_story_in_time(&[], async |w| {
            let ada = w.user("ada");
            let ask = if route == Route::EditMessage {
                let (ask, _) = w.sea_is_half_told().await?;
                is_gone(w, route);
                w.model.release();
                ask
            } else {
                is_gone(w, route);
                w.model.answers(["The sea is blue."]);
                ada.says("@kaiwa what color is the sea?")?
            };
            model_is_heard_out(w).await?;
            w.waits_for_discord(2).await?;
            w.model.answers(["The meadow is green."]);
            ada.edits(ask, "@kaiwa what color is the meadow?")?;
            w.waits_for_discord(4).await?;
            is_back(w);
            all_is_told(w, ask.thread(), "The meadow is green.").await?;
            assert_eq!(w.model.requests().len(), 2);
            assert_eq!(state(w), "done");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn of_an_answer_whose_question_is_deleted_while_it_waits_nothing_stands_but_what_was_seen() {
    for seen in ["", "The sea"] {
        run_story_in_time(&[], async |w| {
            let ada = w.user("ada");
            let (first, _) = w.sea_is_blue().await?;
            let ask = if seen.is_empty() {
                posts_unbeknown(w);
                w.model.answers(["The sea is deep."]);
                ada.says_in(first.thread(), "how deep is it?")?
            } else {
                w.model.answers(["The sea", HOLD, " is deep."]);
                let ask = ada.says_in(first.thread(), "how deep is it?")?;
                w.reads(first.thread(), seen).await?;
                is_gone(w, Route::EditMessage);
                w.model.release();
                ask
            };
            model_is_heard_out(w).await?;
            w.waits_for_discord(2).await?;
            ada.deletes(ask)?;
            until_deleted(&w.another_program()).await?;
            w.waits_for_discord(3).await?;
            forgets_nonces(w).await;
            is_back(w);
            w.model.answers(["Yes."]);
            ada.says_in(first.thread(), "still there?")?;
            w.in_time("the next answer", |w| {
                w.sim.shared().look(|world| {
                    let mut messages = world.messages.get(&first.thread().0)?.values();
                    messages.find(|message| message.content == "Yes.").map(drop)
                })
            })
            .await?;
            w.stop().await?;
            let texts = w.texts(first.thread());
            let expected = ["Blue.", seen, "Yes."]
                .into_iter()
                .filter(|text| !text.is_empty());
            assert_eq!(texts, expected.collect::<Vec<_>>());
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_line_that_may_have_been_posted_goes_with_its_question() {
    run_story_in_time(&[("KAIWA_THINKING_SECONDS", "0")], async |w| {
        let ada = w.user("ada");
        let (first, _) = w.sea_is_blue().await?;
        posts_unbeknown(w);
        w.model.answers([HOLD, "Deep."]);
        let ask = ada.says_in(first.thread(), "how deep is it?")?;
        w.waits_for_discord(2).await?;
        ada.deletes(ask)?;
        until_deleted(&w.another_program()).await?;
        forgets_nonces(w).await;
        is_back(w);
        w.in_time("the line to be gone", |w| {
            let left = w.sim.world(|world| world.messages[&first.thread().0].len());
            // The thread's first message stands in front of its channel's own.
            (left == 2).then_some(())
        })
        .await?;
        w.stop().await?;
        assert_eq!(w.texts(first.thread()), ["Blue."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_deleted_before_its_thread_is_opened_waits_for_nothing() {
    run_story_in_time(&[], async |w| {
        let ada = w.user("ada");
        is_gone(w, Route::CreateThreadFromMessage);
        is_gone(w, Route::GetMessage);
        w.model.answers(["The sea is blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        w.waits_for_discord(2).await?;
        ada.deletes(ask)?;
        until_deleted(&w.another_program()).await?;
        until_stored(&w.another_program()).await?;
        is_back(w);
        w.stop().await?;
        assert!(w.sim.world(|world| !world.messages.contains_key(&ask.id)));
        Ok(())
    })
    .await;
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
