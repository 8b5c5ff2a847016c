//! What is deleted and edited while the database can't be written counts at once for what is being answered, and for what is kept
//! as soon as it can be.

use anyhow::Result;
use insta::assert_snapshot;
use kaiwa_sim::{
    World,
    model::{HOLD, Outcome, Request},
};

use crate::story::{Story, run_story, until_counted, until_ended, until_queued, until_stored};

impl Story {
    /// Nobody hears the model out any more.
    async fn is_broken_off(&self) -> Result<()> {
        self.until("the answer to be broken off", |w| {
            let requests = w.model.requests();
            let is_left = |request: &Request| request.outcome == Outcome::ClientLeft;
            let left = requests.iter().any(is_left);
            left.then_some(())
        })
        .await
    }
}

#[tokio::test]
async fn a_question_that_is_being_answered_can_be_taken_back() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (ask, _) = w.sea_is_half_told().await?;
        let other = w.another_program();
        other.execute_batch("BEGIN IMMEDIATE")?;
        w.user("ada").deletes(ask)?;
        w.is_broken_off().await?;
        other.execute_batch("ROLLBACK")?;
        until_ended(&other).await?;
        let kept = "SELECT COUNT(*) FROM messages WHERE text LIKE '%color%'";
        until_counted(&other, kept, 0).await?;
        w.texts(ask.thread());
        w.still_hears().await
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_being_answered_can_be_changed_and_is_answered_once() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let ask = w.sea_is_thought_about().await?;
        let other = w.another_program();
        until_counted(
            &other,
            "SELECT COUNT(*) FROM turns WHERE state = 'running'",
            1,
        )
        .await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        w.model.answers(["Blue as well."]);
        w.user("ada").edits(ask, "@kaiwa what color is the sky?")?;
        w.reads(ask.thread(), "Blue as well.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what color is the sky?
        ");
        other.execute_batch("ROLLBACK")?;
        w.goes_on_in(ask.thread()).await?;
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is the sky?
        assistant: Blue as well.
        user: sure?
        ");
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["Blue as well.", "Yes."]);
        assert_eq!(w.model.requests().len(), 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_was_answered_before_is_answered_anew() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (ask, other) = w.sea_is_stored().await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        w.user("ada")
            .edits(ask, "@kaiwa what color is the grass?")?;
        w.logs("can't be used").await?;
        w.model.answers(["Green."]);
        other.execute_batch("ROLLBACK")?;
        w.reads(ask.thread(), "Green.").await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["Green."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_is_answered_anew_that_was_changed_while_the_store_could_not_even_be_read() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (ask, _) = w.sea_is_half_told().await?;
        let other = w.another_program();
        other.execute_batch("ALTER TABLE messages RENAME TO elsewhere")?;
        w.user("ada")
            .edits(ask, "@kaiwa what color is the grass?")?;
        w.logs("can't be used").await?;
        w.model.release_all();
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.model.answers(["Green."]);
        other.execute_batch("ALTER TABLE elsewhere RENAME TO messages")?;
        w.reads(ask.thread(), "Green.").await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["Green."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_where_nobody_works_is_answered_anew_by_itself() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (sea, other) = w.sea_is_stored().await?;
        // Once there is another answer nobody is at work in the first thread.
        w.still_hears().await?;
        until_stored(&other).await?;
        other.execute_batch("ALTER TABLE messages RENAME TO elsewhere")?;
        w.user("ada")
            .edits(sea, "@kaiwa what color is the grass?")?;
        w.logs("can't be used").await?;
        w.model.answers(["Green."]);
        other.execute_batch("ALTER TABLE elsewhere RENAME TO messages")?;
        w.reads(sea.thread(), "Green.").await?;
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), ["Green."]);
        assert_eq!(w.model.requests().len(), 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_made_again_without_the_store_is_an_answer_to_the_question() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (ada, (sea, other)) = (w.user("ada"), w.sea_is_stored().await?);
        w.model.answers([HOLD]);
        ada.edits(sea, "@kaiwa what color is the grass?")?;
        w.model_hears(2).await?;
        other.execute_batch("ALTER TABLE conversations RENAME TO elsewhere")?;
        w.model.answers(["Blue as well."]);
        ada.edits(sea, "@kaiwa what color is the sky?")?;
        w.reads(sea.thread(), "Blue as well.").await?;
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is the sky?
        ");
        other.execute_batch("ALTER TABLE elsewhere RENAME TO conversations")?;
        until_ended(&other).await
    })
    .await;
}

#[tokio::test]
async fn what_was_taken_back_while_the_store_could_not_even_be_read_is_broken_off() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (sea, _) = w.sea_is_half_told().await?;
        let other = w.another_program();
        other.execute_batch("ALTER TABLE messages RENAME TO elsewhere")?;
        w.user("ada").deletes(sea)?;
        // What is said after it is heard after it.
        w.still_hears().await?;
        other.execute_batch("ALTER TABLE elsewhere RENAME TO messages")?;
        w.is_broken_off().await?;
        until_ended(&other).await?;
        w.texts(sea.thread());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_waits_can_be_taken_back() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_half_told().await?;
        let sky = ada.says_in(ask.thread(), "and the sky?")?;
        let other = w.another_program();
        until_queued(&other, 1).await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        ada.deletes(sky)?;
        w.logs("can't be used").await?;
        w.model.release_all();
        w.reads(ask.thread(), "The sea is blue.").await?;
        other.execute_batch("ROLLBACK")?;
        until_ended(&other).await?;
        w.goes_on_in(ask.thread()).await?;
        w.stop().await?;
        assert_eq!(w.texts(ask.thread()), ["The sea is blue.", "Yes."]);
        assert_eq!(w.model.requests().len(), 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_changed_in_a_reply_chain_reads_so_in_the_next_answer() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (ada, lounge) = (w.user("ada"), w.channel("lounge"));
        w.model.answers(["Blue."]);
        let sea = ada.says_in(lounge, "@kaiwa what color is the sea?")?;
        let blue = w.reads(lounge, "Blue.").await?;
        let other = w.another_program();
        until_stored(&other).await?;
        w.model.answers(["Because."]);
        let why = ada.replies(blue, "why?")?;
        let because = w.reads(lounge, "Because.").await?;
        until_stored(&other).await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        w.model.answers(["Green."]);
        ada.edits(sea, "@kaiwa what color is the grass?")?;
        w.logs("can't be used").await?;
        w.model.answers(["Of course."]);
        ada.edits(why, "why that?")?;
        other.execute_batch("ROLLBACK")?;
        w.reads(lounge, "Green.").await?;
        w.reads(lounge, "Of course.").await?;
        until_stored(&other).await?;
        w.model.answers(["Yes."]);
        ada.replies(because, "sure?")?;
        w.reads(lounge, "Yes.").await?;
        assert_snapshot!(w.model_hears(5).await?, @r"
        system: Be kind.
        user: what color is the grass?
        assistant: Green.
        user: why that?
        assistant: Of course.
        user: sure?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_in_a_reply_chain_is_forgotten() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (ada, lounge) = (w.user("ada"), w.channel("lounge"));
        w.model.answers(["Change it."]);
        let told = ada.says_in(lounge, "@kaiwa my password is hunter2")?;
        w.reads(lounge, "Change it.").await?;
        let other = w.another_program();
        until_stored(&other).await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        ada.deletes(told)?;
        w.logs("can't be used").await?;
        other.execute_batch("ROLLBACK")?;
        let kept = "SELECT COUNT(*) FROM messages WHERE text LIKE '%hunter2%'";
        until_counted(&other, kept, 0).await
    })
    .await;
}
