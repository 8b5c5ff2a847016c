//! What people do while an answer waits for Discord: they stop it, change its question, take it back.

use anyhow::Result;
use kaiwa_sim::{
    Route, World,
    model::{HOLD, Outcome},
};

use crate::story::{
    Story,
    outage::{
        all_is_told, forgets_nonces, is_back, is_gone, posts_unbeknown, sea_waits_for, state,
    },
    time::run_story_in_time,
    until_deleted, until_stored,
};

/// The model has said all it had to say.
async fn model_is_heard_out(w: &Story) -> Result<()> {
    w.until("the model to be heard out", |w| {
        let requests = w.model.requests();
        (requests.last()?.outcome == Outcome::Answered).then_some(())
    })
    .await
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
            let ask = sea_waits_for(w, route).await?;
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
