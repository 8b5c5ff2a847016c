//! What stands half told when a process ends: the next one makes it whole, or says that it is not.

use std::time::Duration;

use kaiwa_sim::{
    Route, World,
    model::{HOLD, Outcome},
    world::faults::Gate,
};

use crate::story::{
    Seen, Story,
    failures::{ONE_TRY, SENTENCE},
    outage::GONE,
    run_story_with,
    time::run_story_in_time,
};

#[tokio::test]
async fn half_an_answer_that_comes_to_nothing_more_says_so_in_place_of_its_promise() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let (sea, half) = w.sea_is_half_told().await?;
        w.stop().await?;
        let promise = "The sea\n-# I had to stop here; this answer will continue once I'm back.";
        assert_eq!(w.texts(sea.thread()), [promise]);
        w.fails();
        w.comes_back().await?;
        let sentence = SENTENCE.trim_start_matches("-# ");
        let said = format!("The sea\n-# The answer above is not complete. {sentence}");
        assert_eq!(w.reads(sea.thread(), &said).await?, half);
        w.until_buttons(half, &["Retry"]).await?;
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), [said]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn half_an_answer_whose_question_is_gone_promises_nothing_more() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let (sea, half) = w.sea_is_half_told().await?;
        w.stop().await?;
        w.user("ada").deletes(sea)?;
        w.comes_back().await?;
        assert_eq!(w.reads(sea.thread(), "The sea").await?, half);
        w.until_buttons(half, &[]).await?;
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), ["The sea"]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn half_an_answer_promises_once_however_often_the_bot_is_stopped() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let (sea, half) = w.sea_is_half_told().await?;
        w.stop().await?;
        w.model.answers([HOLD]);
        w.comes_back().await?;
        w.model_hears(2).await?;
        w.stop().await?;
        let promise = "The sea\n-# I had to stop here; this answer will continue once I'm back.";
        assert_eq!(w.texts(sea.thread()), [promise]);
        w.model.answers(["The sea is blue."]);
        w.comes_back().await?;
        let answer = w.reads(sea.thread(), "The sea is blue.").await?;
        assert_eq!(answer, half);
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), ["The sea is blue."]);
        Ok(())
    })
    .await;
}

/// The model thinks, and the line that says so is posted; Discord's answer to it waits at a gate. The bot is told to stop, and
/// the model is left.
async fn thinking_is_posted_while_it_is_told_to_stop(
    w: &mut Story,
) -> anyhow::Result<(Seen, Gate)> {
    let gate = w
        .sim
        .world(|world| world.faults.next(Route::CreateMessage).held_after());
    let sea = w.sea_is_thought_about().await?;
    w.until("that it thinks", |w| {
        w.sim.shared().look(|world| {
            let messages = world.messages.get(&sea.thread().0)?;
            let mut contents = messages.values().map(|message| &message.content);
            contents
                .any(|content| content.starts_with("-# "))
                .then_some(())
        })
    })
    .await?;
    w.tells_to_stop();
    w.until("the model to be left", |w| {
        let requests = w.model.requests();
        (requests.first()?.outcome == Outcome::ClientLeft).then_some(())
    })
    .await?;
    Ok((sea, gate))
}

#[tokio::test]
async fn a_line_that_is_just_being_posted_becomes_the_answer() {
    let settings = [
        ("KAIWA_DRAIN_SECONDS", "0"),
        ("KAIWA_THINKING_SECONDS", "0"),
    ];
    for is_heard in [true, false] {
        run_story_in_time(&settings, async |w| {
            if !is_heard {
                w.log.expects(GONE);
            }
            let (sea, gate) = thinking_is_posted_while_it_is_told_to_stop(w).await?;
            if is_heard {
                w.sim.world(|world| world.faults.open(gate));
            } else {
                // Nothing is waited for that long.
                w.time_passes(Duration::from_secs(4)).await;
            }
            w.stop().await?;
            w.sim.world(|world| {
                world.faults.open(gate);
                world.settings.nonce_memory = Duration::ZERO;
            });
            w.model.answers(["Blue."]);
            w.comes_back().await?;
            let answer = w.reads(sea.thread(), "Blue.").await?;
            w.until_buttons(answer, &[]).await?;
            w.stop().await?;
            assert_eq!(w.texts(sea.thread()), ["Blue."]);
            Ok(())
        })
        .await;
    }
}
