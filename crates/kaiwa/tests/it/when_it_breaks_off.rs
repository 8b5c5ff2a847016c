//! Where the bot breaks off by a fault of its own, people are told, and what waits is answered.

use kaiwa_sim::{
    Route, World,
    model::{Answer, HOLD},
};

use crate::story::{Story, run_story, until_queued};

/// The next edit of a message breaks off the turn that it is part of.
fn breaks_off_at_the_next_edit(w: &Story) {
    for expected in [
        "broke off by a fault",
        "can't be used",
        "Discord refuses what is to be shown",
        "a turn failed",
    ] {
        w.log.expects(expected);
    }
    w.log.breaks_at("Discord refuses what is to be shown");
    w.sim.world(|world| {
        let next = world.faults.next(Route::EditMessage);
        next.fails(400, 0, "No");
    });
}

#[tokio::test]
async fn a_turn_that_breaks_off_by_our_fault_says_so_and_can_be_tried_again() {
    // In the store and without it: before there is anything to be seen, and in the middle of the answer.
    for is_stored in [true, false] {
        run_story(World::default(), async |w| {
            w.log.expects("broke off by a fault");
            w.log.expects("can't be used");
            w.log.expects("can't open a thread");
            w.log.expects("a turn failed");
            w.logs("is online").await?;
            let (ada, general) = (w.user("ada"), w.channel("general"));
            let other = w.another_program();
            if !is_stored {
                other.execute_batch("BEGIN IMMEDIATE")?;
            }
            w.log.breaks_at("can't open a thread");
            w.sim.world(|world| {
                let next = world.faults.next(Route::CreateThreadFromMessage);
                next.fails(400, 0, "No");
            });
            w.model.answers([HOLD]);
            let ask = ada.says("@kaiwa what color is the sea?")?;
            let broke = "-# Something broke on my side; please press Retry, and tell the operator of this bot if it happens again.";
            let failed = w.reads(ask.thread(), broke).await?;
            w.until_buttons(failed, &["Retry"]).await?;
            // The model may not have been asked before it broke off.
            w.model.with(|model| model.scripts.clear());
            if is_stored {
                w.model.answers(["Blue."]);
                ada.presses(failed, "Retry")?;
                let blue = w.reads(ask.thread(), "Blue.").await?;
                assert_eq!(blue, failed);
            } else {
                other.execute_batch("ROLLBACK")?;
            }
            // The conversation goes on.
            w.model.answers(["Green."]);
            ada.says_in(ask.thread(), "and the grass?")?;
            w.reads(ask.thread(), "Green.").await?;
            assert!(w.texts(general).is_empty());
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_came_too_late_for_a_turn_that_breaks_off_is_answered_next() {
    run_story(World::default(), async |w| {
        w.logs("is online").await?;
        let ada = w.user("ada");
        let other = w.another_program();
        other.execute_batch("BEGIN IMMEDIATE")?;
        let (ask, _) = w.sea_is_half_told().await?;
        ada.says_in(ask.thread(), "and the sky?")?;
        // What it answers after that shows that it has heard it; then no other edit is to come.
        w.model.answers(["I hear you."]);
        let heard = ada.says("@kaiwa do you hear me?")?;
        let answer = w.reads(heard.thread(), "I hear you.").await?;
        w.until_buttons(answer, &[]).await?;
        breaks_off_at_the_next_edit(w);
        w.model.answers(["Blue too."]);
        w.model.release();
        w.reads_where(ask.thread(), "a word about it", |text| {
            text.starts_with("The sea\n-# The answer above is not complete. Something broke")
        })
        .await?;
        w.reads(ask.thread(), "Blue too.").await?;
        other.execute_batch("ROLLBACK")?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_in_the_middle_keeps_its_words() {
    for is_stored in [true, false] {
        run_story(World::default(), async |w| {
            w.logs("is online").await?;
            let ada = w.user("ada");
            let other = w.another_program();
            if !is_stored {
                other.execute_batch("BEGIN IMMEDIATE")?;
            }
            let (ask, answer) = w.sea_is_half_told().await?;
            breaks_off_at_the_next_edit(w);
            w.model.release();
            let (said, _) = w
                .reads_where(ask.thread(), "a word about it", |text| {
                    text.starts_with(
                        "The sea\n-# The answer above is not complete. Something broke",
                    )
                })
                .await?;
            assert_eq!(said, answer);
            w.until_buttons(answer, &["Retry"]).await?;
            if !is_stored {
                other.execute_batch("ROLLBACK")?;
            }
            w.model.answers(["It is blue."]);
            ada.presses(said, "Retry")?;
            let blue = w.reads(ask.thread(), "It is blue.").await?;
            assert_eq!(blue, answer);
            w.stop().await?;
            assert_eq!(w.texts(ask.thread()), ["It is blue."]);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_waits_for_a_worker_that_breaks_off_is_answered() {
    run_story(World::default(), async |w| {
        for expected in [
            "broke off by a fault",
            "can't be used",
            "what was shown of an answer can't be read",
        ] {
            w.log.expects(expected);
        }
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_half_told().await?;
        ada.says_in(ask.thread(), "and the rain?")?;
        let other = w.another_program();
        until_queued(&other, 1).await?;
        // The next one is in memory alone, and what is stored of the one before will break off whoever takes it up.
        other.execute_batch(
            "BEGIN IMMEDIATE; UPDATE turns SET reply = '{' WHERE state = 'queued'",
        )?;
        ada.says_in(ask.thread(), "and the sky?")?;
        w.logs("can't be used").await?;
        other.execute_batch("COMMIT")?;
        w.log.breaks_at("what was shown of an answer can't be read");
        w.model.answers_when("the rain?", Answer::new(["Gray."]));
        w.model.answers_when("the sky?", Answer::new(["Blue too."]));
        w.model.release();
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.reads(ask.thread(), "Gray.").await?;
        w.reads(ask.thread(), "Blue too.").await?;
        Ok(())
    })
    .await;
}
