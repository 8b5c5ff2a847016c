//! A database that another program holds, or that can be read and not written, stops nobody.

use insta::assert_snapshot;
use kaiwa_sim::{
    World,
    gateway::Target,
    model::{Answer, HOLD},
};

use crate::story::{run_story, until_counted, until_ended, until_queued};

#[tokio::test]
async fn without_the_store_too_questions_can_be_taken_back_and_changed() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        w.logs("is online").await?;
        let ada = w.user("ada");
        let other = w.another_program();
        other.execute_batch("BEGIN IMMEDIATE")?;
        let ask = w.sea_is_thought_about().await?;
        w.model.answers([HOLD]);
        let sky = ada.says_in(ask.thread(), "and the sky?")?;
        w.model_hears(2).await?;
        w.model.answers([HOLD]);
        ada.deletes(ask)?;
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: and the sky?
        ");
        w.model.answers(["Dark."]);
        ada.edits(sky, "and the sky at night?")?;
        w.reads(ask.thread(), "Dark.").await?;
        assert_snapshot!(w.model_hears(4).await?, @r"
        system: Be kind.
        user: and the sky at night?
        ");
        other.execute_batch("ROLLBACK")?;
        // Nothing is told again to the next process.
        w.stop().await?;
        w.comes_back().await?;
        w.model.answers(["Yes."]);
        let sure = ada.says("@kaiwa sure?")?;
        w.reads(sure.thread(), "Yes.").await?;
        assert_eq!(w.texts(ask.thread()), ["Dark."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_locked_database_stops_nobody() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let ada = w.user("ada");
        let (ask, other) = w.sea_is_stored().await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        w.model.answers(["Still blue."]);
        ada.says_in(ask.thread(), "sure?")?;
        w.reads(ask.thread(), "Still blue.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: sure?
        ");
        w.model.answers(["Good day."]);
        let other_ask = ada.says("@kaiwa hi")?;
        w.reads(other_ask.thread(), "Good day.").await?;
        w.model.answers(["Very."]);
        ada.says_in(other_ask.thread(), "nice?")?;
        w.reads(other_ask.thread(), "Very.").await?;
        assert_snapshot!(w.model_hears(4).await?, @r"
        system: Be kind.
        user: hi
        assistant: Good day.
        user: nice?
        ");
        // That it can be read is no reason to say that it works again.
        let mended = |line: &String| line.contains("works again");
        assert!(!w.log.all().iter().any(mended));
        other.execute_batch("ROLLBACK")?;
        w.model.answers(["I know."]);
        ada.says_in(ask.thread(), "what do you know?")?;
        w.reads(ask.thread(), "I know.").await?;
        assert_eq!(w.log.all().iter().filter(|line| mended(line)).count(), 1);
        assert_snapshot!(w.model_hears(5).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: sure?
        assistant: Still blue.
        user: what do you know?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_was_stored_before_the_database_was_locked_is_answered() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_half_told().await?;
        ada.says_in(ask.thread(), "and the sky?")?;
        // It is stored while the first answer is still being given.
        let other = w.another_program();
        until_queued(&other, 1).await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        w.model.answers(["Blue too."]);
        w.model.release_all();
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.logs("can't be used").await?;
        other.execute_batch("ROLLBACK")?;
        w.reads(ask.thread(), "Blue too.").await?;
        Ok(())
    })
    .await;
}

/// Makes that nothing can be claimed or ended, while questions can still be stored; and mends it.
const BREAKS: &str =
    "CREATE TRIGGER breaks BEFORE UPDATE ON turns BEGIN SELECT RAISE(FAIL, 'broken'); END";
const MENDS: &str = "DROP TRIGGER breaks";

#[tokio::test]
async fn a_question_that_the_store_has_and_cannot_give_out_is_answered() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let ada = w.user("ada");
        let (ask, other) = w.sea_is_stored().await?;
        other.execute_batch(BREAKS)?;
        w.model.answers(["Blue too."]);
        ada.says_in(ask.thread(), "and the sky?")?;
        w.reads(ask.thread(), "Blue too.").await?;
        w.model.answers(["Green."]);
        let grass = ada.says("@kaiwa and the grass?")?;
        w.reads(grass.thread(), "Green.").await?;
        // What is asked next is not held up by it, and sees it.
        w.model.answers(["Yes."]);
        ada.says_in(grass.thread(), "sure?")?;
        w.reads(grass.thread(), "Yes.").await?;
        assert_snapshot!(w.model_hears(4).await?, @r"
        system: Be kind.
        user: and the grass?
        assistant: Green.
        user: sure?
        ");
        until_queued(&other, 3).await?;
        other.execute_batch(MENDS)?;
        // Their ends are kept as soon as that can be done, and nothing is answered again.
        until_ended(&other).await?;
        w.model.answers(["Three things."]);
        ada.says_in(ask.thread(), "what do you know?")?;
        w.reads(ask.thread(), "Three things.").await?;
        assert_snapshot!(w.model_hears(5).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: and the sky?
        assistant: Blue too.
        user: what do you know?
        ");
        let mended = |line: &&String| line.contains("works again");
        assert_eq!(w.log.all().iter().filter(mended).count(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_the_store_could_not_give_out_is_not_answered_again_by_the_next_process() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        w.log.expects("could not be stored as such");
        let ada = w.user("ada");
        let (ask, other) = w.sea_is_stored().await?;
        other.execute_batch(BREAKS)?;
        w.model.answers(["Blue too."]);
        ada.says_in(ask.thread(), "and the sky?")?;
        w.reads(ask.thread(), "Blue too.").await?;
        w.stop().await?;
        until_queued(&other, 1).await?;
        other.execute_batch(MENDS)?;
        w.comes_back().await?;
        w.model.answers(["Yes."]);
        ada.says_in(ask.thread(), "sure?")?;
        w.reads(ask.thread(), "Yes.").await?;
        assert_eq!(w.texts(ask.thread()), ["Blue.", "Blue too.", "Yes."]);
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: and the sky?
        assistant: Blue too.
        user: sure?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_edited_while_the_database_is_locked_is_answered_anew() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let ada = w.user("ada");
        let (sea, other) = w.sea_is_stored().await?;
        w.model.answers(["Dark."]);
        let sky = ada.says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "Dark.").await?;
        until_ended(&other).await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        ada.edits(sky, "and the sky by day?")?;
        ada.edits(sea, "@kaiwa what color is the meadow?")?;
        w.logs("can't be used").await?;
        other.execute_batch("ROLLBACK")?;
        w.model.answers_when("meadow", Answer::new(["Green."]));
        w.model.answers_when("by day", Answer::new(["Blue too."]));
        w.reads(sea.thread(), "Green.").await?;
        w.reads(sea.thread(), "Blue too.").await?;
        assert_eq!(w.texts(sea.thread()), ["Green.", "Blue too."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_is_told_again_while_the_database_is_locked_is_not_answered_again() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        w.model.answers([HOLD, "Hello."]);
        let hi = w.user("ben").tells(w.bot_id(), "hi")?;
        w.model_hears(1).await?;
        let other = w.another_program();
        other.execute_batch("BEGIN IMMEDIATE")?;
        let gateway = &w.sim.shared().gateway;
        assert_eq!(gateway.replay_last(&Target::All, "MESSAGE_CREATE"), 1);
        w.logs("can't be used").await?;
        w.model.release();
        w.reads(hi.place, "Hello.").await?;
        other.execute_batch("ROLLBACK")?;
        w.still_hears().await?;
        w.stop().await?;
        assert_eq!(w.texts(hi.place), ["Hello."]);
        assert_eq!(w.model.requests().len(), 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_was_opened_meanwhile_is_known_when_the_store_works_again() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let (_, other) = w.sea_is_stored().await?;
        other.execute_batch(BREAKS)?;
        w.model.answers(["Green."]);
        let grass = ada.says("@kaiwa and the grass?")?;
        w.reads(grass.thread(), "Green.").await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        w.model.answers(["Mostly."]);
        ada.says_in(grass.thread(), "also in winter?")?;
        w.reads(grass.thread(), "Mostly.").await?;
        other.execute_batch("ROLLBACK")?;
        other.execute_batch(MENDS)?;
        // Another conversation is the first one that goes on.
        w.model.answers(["Yes."]);
        let sure = ben.says("@kaiwa are you there?")?;
        w.reads(sure.thread(), "Yes.").await?;
        w.model.answers(["Two things."]);
        ada.says_in(grass.thread(), "what do you know?")?;
        w.reads(grass.thread(), "Two things.").await?;
        assert_snapshot!(w.model_hears(5).await?, @r"
        system: Be kind.
        user: and the grass?
        assistant: Green.
        user: also in winter?
        assistant: Mostly.
        user: what do you know?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_was_opened_meanwhile_is_forgotten_when_it_is_deleted() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (_, other) = w.sea_is_stored().await?;
        other.execute_batch(BREAKS)?;
        w.model.answers(["Green."]);
        let grass = w.user("ada").says("@kaiwa and the grass?")?;
        w.reads(grass.thread(), "Green.").await?;
        other.execute_batch(MENDS)?;
        until_ended(&other).await?;
        w.sim.world(|world| {
            let owner = world.guilds.values().next().expect("a server").owner;
            world
                .delete_channel(owner, grass.id)
                .expect("a thread that is there");
        });
        let kept = "SELECT COUNT(*) FROM messages WHERE text LIKE '%grass%' OR text LIKE '%Green%'";
        until_counted(&other, kept, 0).await
    })
    .await;
}
