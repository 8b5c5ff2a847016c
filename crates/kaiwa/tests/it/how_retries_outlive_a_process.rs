//! Retry and the end of a process: a press is kept, and an old button finds its answer, whatever the next process knows.

use insta::assert_snapshot;
use kaiwa_sim::{Route, World, model::HOLD, world::permissions};
use rusqlite::Connection;

use crate::story::{
    Person, Place, Seen, Story,
    failures::{CUT, ONE_TRY, SENTENCE},
    run_story_with, until_counted, until_ended,
};

/// Answers under way are waited for when it is told to stop.
const PATIENT: [(&str, &str); 2] = [("KAIWA_MODEL_TRIES", "1"), ("KAIWA_DRAIN_SECONDS", "30")];

/// Asks somewhere, and gives where the answer is.
type Asks = fn(&Story, &Person) -> anyhow::Result<Place>;

const PLACES: [(&str, Asks); 5] = [
    ("a thread of its own", |_, ada| {
        Ok(ada.says("@kaiwa what color is the sea?")?.thread())
    }),
    ("a thread of others", |w, ada| {
        let thread = ada.opens_thread(w.channel("general"), "the sea")?;
        ada.says_in(thread, "@kaiwa what color is the sea?")?;
        Ok(thread)
    }),
    ("the opening post of a forum", |w, ada| {
        let post = ada.posts(
            w.channel("ideas"),
            "summer",
            "@kaiwa what color is the sea?",
        )?;
        Ok(post.place)
    }),
    ("a reply", |w, ada| {
        w.deny(permissions::CREATE_PUBLIC_THREADS);
        Ok(ada.says("@kaiwa what color is the sea?")?.place)
    }),
    ("a direct message", |w, ada| {
        Ok(ada.tells(w.bot_id(), "what color is the sea?")?.place)
    }),
];

#[tokio::test]
async fn it_works_after_a_restart_also_where_the_store_is_lost_wherever_it_was_asked() {
    for (place, asks) in PLACES {
        for lost in [false, true] {
            run_story_with(World::default(), ONE_TRY, async |w| {
                let ada = w.user("ada");
                // A long beginning, so that it is in several messages.
                let long = "The sea is wide and blue and deep and old. ".repeat(60);
                w.breaks_off(&long);
                let place = asks(w, &ada)?;
                let (answer, _) = w
                    .reads_where(place, "the sentence", |text| text.contains(&CUT[3..]))
                    .await?;
                w.until_buttons(answer, &["Retry"]).await?;
                let before = w.texts(place);
                assert_eq!(before.len(), 2);
                w.stop().await?;
                if lost {
                    w.forget_everything();
                }
                w.comes_back().await?;
                w.model.answers([HOLD, "It is blue."]);
                ada.presses(answer, "Retry")?;
                w.until_buttons(answer, &["Stop"]).await?;
                assert_eq!(w.texts(place), before);
                let heard = w.model_hears(2).await?;
                assert!(heard.ends_with("user: what color is the sea?"), "{heard}");
                w.model.release();
                let (seen, text) = w
                    .reads_where(place, "the answer", |text| text.starts_with("It is blue."))
                    .await?;
                w.stop().await?;
                assert_eq!(w.texts(place), [text], "{place:?}, lost: {lost}");
                assert!(seen.id < answer.id, "in the first message");
                assert_eq!(w.buttons(seen), Vec::<String>::new());
                Ok(())
            })
            .await;
        }
        println!("{place} is done");
    }
}

/// An answer has failed, and its button is pressed while the bot is told to stop and waits for another answer: the question
/// of the first, its answer, and the question of the other.
async fn pressed_while_it_stops(w: &mut Story) -> anyhow::Result<(Seen, Seen, Seen)> {
    let (ask, answer) = w.sea_fails().await?;
    w.model.answers(["Deep ", HOLD, "indeed."]);
    let other = w.user("ben").says("@kaiwa how deep is the sea?")?;
    w.reads(other.thread(), "Deep").await?;
    w.tells_to_stop();
    w.logs("Stopping: ").await?;
    w.user("ada").presses(answer, "Retry")?;
    w.until_buttons(answer, &["Stop"]).await?;
    Ok((ask, answer, other))
}

#[tokio::test]
async fn a_press_while_the_bot_stops_is_kept_for_the_next_start() {
    run_story_with(World::default(), &PATIENT, async |w| {
        let (ask, answer, other) = pressed_while_it_stops(w).await?;
        w.model.release();
        w.ends().await?;
        w.reads(other.thread(), "Deep indeed.").await?;
        assert_eq!(w.texts(ask.thread()), [SENTENCE]);
        w.model.answers(["Blue."]);
        w.comes_back().await?;
        assert_eq!(w.reads(ask.thread(), "Blue.").await?, answer);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_stop_is_kept_where_no_worker_hears_of_it_any_more() {
    run_story_with(World::default(), &PATIENT, async |w| {
        let ben = w.user("ben");
        let (ask, answer, other) = pressed_while_it_stops(w).await?;
        let answered = w.calls(Route::AnswerInteraction);
        ben.presses(answer, "Stop")?;
        w.until("the answer to the press", |w| {
            (w.calls(Route::AnswerInteraction) > answered).then_some(())
        })
        .await?;
        w.model.release();
        w.ends().await?;
        w.reads(other.thread(), "Deep indeed.").await?;
        w.comes_back().await?;
        let stopped = w.reads(ask.thread(), "-# stopped by Ben").await?;
        assert_eq!(stopped, answer);
        w.until_buttons(answer, &[]).await?;
        assert_eq!(w.model.requests().len(), 2, "the model is not asked");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_press_that_waited_too_long_for_its_answer_does_what_it_says_all_the_same() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_fails().await?;
        w.stop().await?;
        ada.presses(answer, "Retry")?;
        let by = std::time::Duration::from_secs(20 * 60);
        w.sim.world(|world| world.clock.advance(by));
        w.model.answers(["Blue."]);
        w.comes_back().await?;
        assert_eq!(w.connected(), (1, 1));
        assert_eq!(w.reads(ask.thread(), "Blue.").await?, answer);
        w.until_buttons(answer, &[]).await
    })
    .await;
}

#[tokio::test]
async fn a_press_is_not_lost_where_the_bot_dies_before_it_can_answer_it() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_fails().await?;
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::AnswerInteraction).no_answer());
        w.log.expects("could not be answered in time");
        // Where Discord is given up soon enough, it is worked on before the end.
        w.model.answers([HOLD]);
        ada.presses(answer, "Retry")?;
        w.until("the answer to the press", |w| {
            (w.calls(Route::AnswerInteraction) > 0).then_some(())
        })
        .await?;
        w.stop().await?;
        w.sim.world(|world| world.faults.open(gate));
        w.model.with(|model| model.scripts.clear());
        w.model.answers(["Blue."]);
        w.comes_back().await?;
        assert_eq!(w.reads(ask.thread(), "Blue.").await?, answer);
        w.until_buttons(answer, &[]).await
    })
    .await;
}

/// An answer has broken off, and another program holds the database since: the question, its answer, and that program.
async fn breaks_off_and_is_locked(w: &mut Story) -> anyhow::Result<(Seen, Seen, Connection)> {
    w.log.expects("can't be used");
    let (ask, answer) = w.sea_breaks_off().await?;
    let other = w.another_program();
    until_ended(&other).await?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    Ok((ask, answer, other))
}

#[tokio::test]
async fn a_press_that_was_heard_is_not_heard_again_where_its_answer_stands() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        w.log.expects("could not be stored");
        let ada = w.user("ada");
        // Neither the answer is kept, nor how far the session has come.
        let (ask, answer, other) = breaks_off_and_is_locked(w).await?;
        w.model.answers(["Blue."]);
        ada.presses(answer, "Retry")?;
        w.reads(ask.thread(), "Blue.").await?;
        w.until_buttons(answer, &[]).await?;
        w.stop().await?;
        other.execute_batch("ROLLBACK")?;
        w.comes_back().await?;
        // The gateway tells the press again, and then what is asked now.
        w.model.answers(["Deep."]);
        ada.says_in(ask.thread(), "how deep is it?")?;
        w.reads(ask.thread(), "Deep.").await?;
        assert_eq!(w.texts(ask.thread()), ["Blue.", "Deep."]);
        assert_eq!(w.model.requests().len(), 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_was_made_again_while_the_store_was_locked_is_what_the_model_has_said() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer, other) = breaks_off_and_is_locked(w).await?;
        w.model.answers(["Blue.", HOLD, " Not seen."]);
        ada.presses(answer, "Retry")?;
        w.user("ben").presses(answer, "Retry")?;
        assert_eq!(w.reads(ask.thread(), "Blue.").await?, answer);
        ada.presses(answer, "Stop")?;
        w.reads(ask.thread(), "Blue.\n-# stopped by Ada").await?;
        w.until_buttons(answer, &[]).await?;
        other.execute_batch("ROLLBACK")?;
        w.model.answers(["Deep."]);
        ada.says_in(ask.thread(), "how deep is it?")?;
        w.reads(ask.thread(), "Deep.").await?;
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: how deep is it?
        ");
        let transcript = w.transcript(ask.thread());
        assert_eq!(transcript.matches("already being answered").count(), 1);
        // It was answered.
        until_counted(
            &other,
            "SELECT COUNT(*) FROM turns WHERE state = 'failed'",
            0,
        )
        .await
    })
    .await;
}

#[tokio::test]
async fn while_the_store_is_locked_the_new_answer_goes_into_the_same_messages_too() {
    for fails in [false, true] {
        run_story_with(World::default(), ONE_TRY, async |w| {
            let ada = w.user("ada");
            let (ask, answer, other) = breaks_off_and_is_locked(w).await?;
            // Discord remembers no nonce so long.
            let by = std::time::Duration::from_secs(20 * 60);
            w.sim.world(|world| world.clock.advance(by));
            let text = if fails {
                w.fails();
                "The sea\n-# The answer above is not complete. The model provider has a problem on its side (error 500); please press Retry in a few minutes."
            } else {
                w.model.answers(["Blue."]);
                "Blue."
            };
            ada.presses(answer, "Retry")?;
            assert_eq!(w.reads(ask.thread(), text).await?, answer);
            let buttons: &[&str] = if fails { &["Retry"] } else { &[] };
            w.until_buttons(answer, buttons).await?;
            other.execute_batch("ROLLBACK")?;
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), [text]);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn it_works_also_where_the_store_takes_the_failure_for_an_answer() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (ask, answer) = w.sea_fails().await?;
        let other = w.another_program();
        until_ended(&other).await?;
        // So it is where a process without the store failed at a question that waits in it.
        other.execute_batch("UPDATE turns SET state = 'done', outcome = NULL, reply = NULL")?;
        w.model.answers(["Blue."]);
        ada.presses(answer, "Retry")?;
        assert_eq!(w.reads(ask.thread(), "Blue.").await?, answer);
        w.until_buttons(answer, &[]).await?;
        assert_eq!(w.texts(ask.thread()), ["Blue."]);
        Ok(())
    })
    .await;
}
