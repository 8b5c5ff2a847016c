//! Questions that are deleted or changed before their answers have ended.

use anyhow::Result;
use insta::assert_snapshot;
use kaiwa_sim::{World, model::HOLD};

use crate::story::{
    Seen, Story,
    failures::{ONE_TRY, SENTENCE},
    run_story, run_story_with, until_deleted, until_ended, until_queued,
};

#[tokio::test]
async fn a_deleted_question_leaves_those_that_had_joined_it() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let ask = w.sea_is_thought_about().await?;
        w.model.answers([HOLD]);
        ada.says_in(ask.thread(), "and the sky?")?;
        w.model_hears(2).await?;
        w.model.answers(["Blue."]);
        ada.deletes(ask)?;
        w.reads(ask.thread(), "Blue.").await?;
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: and the sky?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_deleted_while_it_is_answered_stops_the_answer() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["Hello."]);
        let ask = ada.says("@kaiwa hi")?;
        w.reads(ask.thread(), "Hello.").await?;
        w.model.answers(["Once upon ", HOLD, "a time."]);
        let story = ada.says_in(ask.thread(), "tell me a story")?;
        w.reads(ask.thread(), "Once upon").await?;
        ada.deletes(story)?;
        w.until("the model's stream to be left", |w| {
            let requests = w.model.requests();
            (requests.len() == 2 && requests[1].outcome != kaiwa_sim::model::Outcome::Open)
                .then_some(())
        })
        .await?;
        w.model.answers(["Yes."]);
        ada.says_in(ask.thread(), "still there?")?;
        w.reads(ask.thread(), "Yes.").await?;
        let heard = w.model_hears(3).await?;
        assert!(!heard.contains("tell me a story"), "{heard}");
        assert_eq!(w.transcript(ask.thread()).matches("Once upon").count(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_joined_question_that_is_deleted_is_not_answered() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let ask = w.sea_is_thought_about().await?;
        w.model.answers([HOLD]);
        let sky = ada.says_in(ask.thread(), "and the sky?")?;
        w.model_hears(2).await?;
        w.model.answers(["Blue."]);
        ada.deletes(sky)?;
        w.reads(ask.thread(), "Blue.").await?;
        w.model_hears_of_the_sea(3).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_edited_before_the_first_word_is_answered_as_it_reads_now() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers([HOLD]);
        let ask = ada.says("@kaiwa what color is the see?")?;
        w.model_hears(1).await?;
        w.model.answers(["Blue."]);
        ada.edits(ask, "@kaiwa what color is the sea?")?;
        w.reads(ask.thread(), "Blue.").await?;
        w.model_hears_of_the_sea(2).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_whose_starter_is_deleted_goes_on_and_is_read_back_without_it() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_blue().await?;
        w.stop().await?;
        ada.deletes(ask)?;
        w.forget_everything();
        w.comes_back().await?;
        w.goes_on_in(ask.thread()).await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: [what was said before is not known]
        assistant: Blue.
        user: sure?
        ");
        Ok(())
    })
    .await;
}

/// Ada asks twice, one answer is for both, and the first question is deleted, also in the store: the second question.
async fn first_of_two_is_deleted(w: &mut Story, answer: impl FnOnce(&mut Story)) -> Result<Seen> {
    let (ada, sea) = (w.user("ada"), w.sea_is_thought_about().await?);
    answer(w);
    let sky = ada.says_in(sea.thread(), "and the sky?")?;
    w.model_hears(2).await?;
    let other = w.another_program();
    until_ended(&other).await?;
    ada.deletes(sea)?;
    until_deleted(&other).await?;
    Ok(sky)
}

#[tokio::test]
async fn what_was_asked_with_a_question_that_is_gone_can_be_edited() {
    for is_away in [false, true] {
        run_story(World::default(), async |w| {
            let blue = |w: &mut Story| w.model.answers(["Blue, both."]);
            let sky = first_of_two_is_deleted(w, blue).await?;
            let first = w.reads(sky.place, "Blue, both.").await?;
            if is_away {
                w.stop().await?;
            }
            w.model.answers(["Dark."]);
            w.user("ada").edits(sky, "and the sky at night?")?;
            if is_away {
                w.comes_back().await?;
            }
            assert_eq!(w.reads(sky.place, "Dark.").await?, first);
            let heard = w.model_hears(3).await?;
            assert_eq!(heard, "system: Be kind.\nuser: and the sky at night?");
            until_ended(&w.another_program()).await?;
            w.stop().await?;
            w.comes_back().await?;
            w.goes_on_in(sky.place).await?;
            let heard = w.model_hears(4).await?;
            assert!(heard.ends_with("assistant: Dark.\nuser: sure?"), "{heard}");
            assert_eq!(w.texts(sky.place), ["Dark.", "Yes."]);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_asked_with_a_question_that_is_gone_can_be_tried_again() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let sky = first_of_two_is_deleted(w, |w| w.fails()).await?;
        let failed = w.reads(sky.place, SENTENCE).await?;
        w.model.answers(["Blue, too."]);
        w.user("ada").presses(failed, "Retry")?;
        assert_eq!(w.reads(sky.place, "Blue, too.").await?, failed);
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: and the sky?
        ");
        w.stop().await?;
        assert_eq!(w.texts(sky.place), ["Blue, too."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_tried_again_without_one_of_its_questions_can_be_stopped() {
    for is_first in [true, false] {
        run_story_with(World::default(), ONE_TRY, async |w| {
            let (ada, sea) = (w.user("ada"), w.sea_is_thought_about().await?);
            w.fails();
            let sky = ada.says_in(sea.thread(), "and the sky?")?;
            let failed = w.reads(sky.place, SENTENCE).await?;
            let other = w.another_program();
            until_ended(&other).await?;
            w.until_buttons(failed, &["Retry"]).await?;
            ada.deletes(if is_first { sea } else { sky })?;
            until_deleted(&other).await?;
            w.model.answers([HOLD, "Never seen."]);
            ada.presses(failed, "Retry")?;
            w.model_hears(3).await?;
            w.until_buttons(failed, &["Stop"]).await?;
            ada.presses(failed, "Stop")?;
            assert_eq!(w.reads(sky.place, "-# stopped by Ada").await?, failed);
            w.until_buttons(failed, &[]).await
        })
        .await;
    }
}

#[tokio::test]
async fn what_waits_to_be_made_again_is_when_the_first_of_its_questions_goes() {
    run_story(World::default(), async |w| {
        let (ada, sea) = (w.user("ada"), w.sea_is_thought_about().await?);
        w.model.answers(["Blue, both."]);
        let sky = ada.says_in(sea.thread(), "and the sky?")?;
        let first = w.reads(sea.thread(), "Blue, both.").await?;
        let other = w.another_program();
        until_ended(&other).await?;
        w.model.answers(["Green, ", HOLD, "mostly."]);
        ada.says_in(sea.thread(), "and the grass?")?;
        w.reads(sea.thread(), "Green,").await?;
        ada.edits(sky, "and the sky at night?")?;
        until_queued(&other, 1).await?;
        ada.deletes(sea)?;
        until_deleted(&other).await?;
        w.model.answers(["Dark."]);
        w.model.release();
        w.reads(sea.thread(), "Green, mostly.").await?;
        assert_eq!(w.reads(sea.thread(), "Dark.").await?, first);
        assert_snapshot!(w.model_hears(4).await?, @r"
        system: Be kind.
        user: and the sky at night?
        ");
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), ["Dark.", "Green, mostly."]);
        Ok(())
    })
    .await;
}
