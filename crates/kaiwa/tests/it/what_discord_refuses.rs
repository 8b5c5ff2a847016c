//! What people see where Discord refuses what is to be shown, for a reason that nobody has foreseen: once is nothing, and for good
//! is said.

use anyhow::Result;
use kaiwa_sim::{Route, World, model::HOLD, world::permissions};

use crate::story::{Seen, Story, outage::state, run_story};

/// Discord's refusals: a content that it doesn't like, what AutoMod blocks, and those without a reason.
const REFUSALS: [(u16, u64, &str); 4] = [
    (400, 50_035, "Invalid Form Body"),
    (400, 200_000, "Message was blocked by automatic moderation"),
    (403, 0, "403: Forbidden"),
    (404, 0, "404: Not Found"),
];

/// The next calls of a route are refused.
fn refuses(w: &Story, route: Route, times: usize, (status, code, why): (u16, u64, &str)) {
    w.log.expects("Discord refuses what is to be shown");
    if times > 1 {
        w.log.expects("an answer can't be shown");
    }
    w.sim.world(|world| {
        let next = world.faults.next(route).times(times);
        next.fails(status, code, why);
    });
}

/// It is said that the answer isn't taken, and the button brings it.
async fn retry_brings_it(w: &mut Story, ask: Seen) -> Result<()> {
    w.log.expects("a turn failed");
    let (said, text) = w
        .reads_where(ask.thread(), "the refusal", |text| {
            text.contains("Discord didn't accept the answer")
        })
        .await?;
    assert!(
        text.ends_with("press Retry, and tell the operator of this bot if it happens again."),
        "{text}"
    );
    w.until_buttons(said, &["Retry"]).await?;
    w.model.answers(["The sea is azure."]);
    w.user("ada").presses(said, "Retry")?;
    w.reads(ask.thread(), "The sea is azure.").await?;
    w.stop().await?;
    assert_eq!(w.texts(ask.thread()), ["The sea is azure."]);
    Ok(())
}

#[tokio::test]
async fn what_is_refused_once_is_shown_all_the_same() {
    for refusal in REFUSALS {
        for route in [Route::CreateMessage, Route::EditMessage] {
            run_story(World::default(), async |w| {
                refuses(w, route, 1, refusal);
                w.sea_is_told_whole().await
            })
            .await;
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_refused_says_so_and_can_be_tried_again() {
    for refusal in REFUSALS {
        run_story(World::default(), async |w| {
            refuses(w, Route::CreateMessage, 2, refusal);
            w.model.answers(["The sea is blue."]);
            let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
            retry_brings_it(w, ask).await
        })
        .await;
    }
}

#[tokio::test]
async fn an_answer_that_is_refused_in_its_middle_says_so_and_can_be_tried_again() {
    for refusal in REFUSALS {
        run_story(World::default(), async |w| {
            let (ask, _) = w.sea_is_half_told().await?;
            refuses(w, Route::EditMessage, 2, refusal);
            w.model.release();
            retry_brings_it(w, ask).await
        })
        .await;
    }
}

#[tokio::test]
async fn where_nothing_is_taken_it_is_left_at_that() {
    run_story(World::default(), async |w| {
        w.log.expects("a turn failed");
        let (ask, _) = w.sea_is_half_told().await?;
        refuses(w, Route::EditMessage, 100, REFUSALS[0]);
        w.model.release();
        w.until("the turn to end", |w| {
            (w.calls(Route::EditMessage) == 3).then_some(())
        })
        .await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["The sea"]);
        assert_eq!(w.calls(Route::EditMessage), 3);
        assert_eq!(state(w), "failed");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn where_a_thread_is_refused_the_answer_is_a_reply() {
    run_story(World::default(), async |w| {
        w.log.expects("can't open a thread");
        w.sim.world(|world| {
            let next = world.faults.next(Route::CreateThreadFromMessage);
            next.fails(404, 0, "404: Not Found");
        });
        w.model.answers(["Blue."]);
        w.user("ada").says("@kaiwa what color is the sea?")?;
        w.reads_where(w.channel("general"), "the answer", |text| {
            text.starts_with("Blue.")
        })
        .await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_right_that_is_lost_in_the_middle_is_said_where_the_answer_stands() {
    run_story(World::default(), async |w| {
        w.log.expects("a turn failed");
        let wide = "The sea is wide and deep and old. ".repeat(50);
        w.model
            .answers([wide.as_str(), "\n\n", HOLD, wide.as_str()]);
        let ask = w.user("ada").says("@kaiwa what color is the sea?")?;
        let (first, _) = w
            .reads_where(ask.thread(), "the beginning", |text| {
                text.starts_with("The sea")
            })
            .await?;
        w.deny(permissions::SEND_MESSAGES_IN_THREADS);
        w.model.release();
        let (said, text) = w
            .reads_where(ask.thread(), "the refusal", |text| text.contains("-#"))
            .await?;
        assert_eq!(said, first);
        assert!(text.contains("The answer above is not complete."), "{text}");
        w.until_buttons(said, &["Retry"]).await?;
        w.stop().await?;
        assert_eq!(w.calls(Route::CreateMessage), 2);
        Ok(())
    })
    .await;
}
