//! What a process leaves to be answered, the next one answers: as it reads by then, and once.

use std::time::Duration;

use kaiwa_sim::{
    World,
    gateway::Target,
    model::{Answer, HOLD},
    world::permissions,
};

use crate::story::{Story, failures::ONE_TRY, run_story_with, until_ended};

/// Nothing is waited for when it is told to stop: what is under way is left.
async fn run_story(story: impl AsyncFnOnce(&mut Story) -> anyhow::Result<()>) {
    let settings = [("KAIWA_DRAIN_SECONDS", "0")];
    run_story_with(World::default(), &settings, story).await;
}

#[tokio::test]
async fn it_is_late_where_it_waited_too_long() {
    run_story(async |w| {
        let sea = w.sea_is_thought_about().await?;
        w.stop().await?;
        // Its session is resumed all the same.
        w.sim
            .world(|world| world.clock.advance(Duration::from_secs(20 * 60)));
        w.model.answers(["Blue."]);
        w.comes_back().await?;
        w.reads_where(sea.thread(), "a late answer", |text| {
            text.starts_with("Blue.\n-# I was away")
        })
        .await?;
        assert_eq!(w.connected(), (1, 1));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn it_is_not_answered_where_it_was_taken_back_meanwhile() {
    run_story(async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        w.model.answers([HOLD]);
        let sky = ada.says_in(sea.thread(), "and the sky?")?;
        w.model_hears(2).await?;
        w.stop().await?;
        w.logs("1 answer will follow").await?;
        ada.deletes(sky)?;
        w.away_for(1);
        w.model.answers(["Green."]);
        let grass = ada.says("@kaiwa and the grass?")?;
        w.comes_back().await?;
        w.reads(grass.thread(), "Green.").await?;
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), ["Blue."]);
        w.logs("Stopped; every answer is finished.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn it_waits_with_what_is_asked_since_until_all_of_it_is_told() {
    run_story(async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let sea = w.sea_is_thought_about().await?;
        w.stop().await?;
        // As a process leaves it that is killed in its first seconds: of its guild nothing is kept, so that the guild is told
        // again before what was said there.
        w.another_program()
            .execute_batch("UPDATE sessions SET sequence = 1; UPDATE guilds SET known = NULL")?;
        let rain = ben.says("@kaiwa why does it rain?")?;
        let vote = w.foreign_button(w.channel("general"))?;
        let pressed = ben.presses(vote, "Yes")?;
        w.sim.shared().gateway.hold_back(&Target::All);
        ada.says_in(sea.thread(), "I mean the big one")?;
        w.model.answers_when("rain", Answer::new(["Clouds."]));
        w.model.answers_when("the big one", Answer::new(["Gray."]));
        w.comes_back().await?;
        // What is told before is heard, and nobody begins to answer.
        w.whispers(pressed).await?;
        assert_eq!(w.model.requests().len(), 1);
        w.sim.shared().gateway.let_go(&Target::All);
        w.reads(rain.thread(), "Clouds.").await?;
        w.reads(sea.thread(), "Gray.").await?;
        assert_eq!(w.model.requests().len(), 3);
        assert_eq!(w.connected(), (1, 1));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn it_is_answered_where_its_session_is_lost() {
    run_story(async |w| {
        let sea = w.sea_is_thought_about().await?;
        w.stop().await?;
        w.logs("1 answer will follow").await?;
        w.user("ada").says_in(sea.thread(), "I mean the big one")?;
        w.away_for(1);
        w.model.answers_when("the big one", Answer::new(["Gray."]));
        w.comes_back().await?;
        w.reads(sea.thread(), "Gray.").await?;
        // The thread was opened on the question, which is not in it.
        let requests = w.model.requests();
        let asked = requests.last().map(|request| request.body.to_string());
        assert!(asked.is_some_and(|asked| asked.contains("what color is the sea?")));
        assert_eq!(requests.len(), 2);
        assert_eq!(w.connected(), (0, 2));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn it_is_answered_where_what_was_said_may_not_be_read_meanwhile() {
    run_story(async |w| {
        let (sea, _) = w.sea_is_blue().await?;
        w.model.answers([HOLD]);
        w.user("ada").says_in(sea.thread(), "and the sky?")?;
        w.model_hears(2).await?;
        w.stop().await?;
        w.logs("1 answer will follow").await?;
        w.deny(permissions::READ_MESSAGE_HISTORY);
        w.away_for(1);
        w.model.answers(["Gray."]);
        w.comes_back().await?;
        w.reads(sea.thread(), "Gray.").await?;
        assert_eq!(w.connected(), (0, 2));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn it_is_told_again_where_it_could_not_be_stored() {
    run_story(async |w| {
        w.log.expects("can't be used");
        w.logs("is online").await?;
        let other = w.another_program();
        other.execute_batch("BEGIN IMMEDIATE")?;
        let sea = w.sea_is_thought_about().await?;
        other.execute_batch("ROLLBACK")?;
        w.stop().await?;
        w.model.answers(["Blue."]);
        w.comes_back().await?;
        w.reads(sea.thread(), "Blue.").await?;
        assert_eq!(w.connected(), (1, 1));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn half_an_answer_ends_where_its_question_was_taken_back_meanwhile() {
    run_story(async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        for (is_lost, half) in [(false, "The sky is"), (true, "The grass is")] {
            w.model.answers([half, HOLD]);
            let ask = ada.says_in(sea.thread(), "and the next one?")?;
            w.reads(sea.thread(), half).await?;
            w.stop().await?;
            ada.deletes(ask)?;
            if is_lost {
                w.away_for(1);
            }
            w.model.answers([half, " not asked for."]);
            w.comes_back().await?;
            until_ended(&w.another_program()).await?;
            w.model.with(|model| model.scripts.clear());
        }
        assert_eq!(w.model.requests().len(), 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_call_that_got_words_meanwhile_is_a_question() {
    run_story(async |w| {
        let ada = w.user("ada");
        w.sea_is_blue().await?;
        w.stop().await?;
        let called = ada.says("@kaiwa")?;
        ada.edits(called, "@kaiwa what color is the sky?")?;
        w.model.answers(["Blue too."]);
        w.comes_back().await?;
        w.reads(called.thread(), "Blue too.").await?;
        assert_eq!(w.texts(called.thread()), ["Blue too."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_made_again_leaves_those_of_others_as_they_are() {
    run_story_with(World::default(), ONE_TRY, async |w| {
        let ada = w.user("ada");
        let (sea, blue) = w.sea_is_blue().await?;
        w.fails();
        ada.says_in(sea.thread(), "and the sky?")?;
        let (failed, _) = w
            .reads_where(sea.thread(), "why it fails", |text| text.starts_with("-# "))
            .await?;
        w.until_buttons(failed, &["Retry"]).await?;
        w.model.answers(["Green, I ", HOLD]);
        ada.edits(sea, "@kaiwa what color is the meadow?")?;
        assert_eq!(w.reads(sea.thread(), "Green, I").await?, blue);
        w.stop().await?;
        // As a process leaves it that is killed.
        w.another_program()
            .execute_batch("UPDATE turns SET state = 'running' WHERE state = 'queued'")?;
        w.model.answers(["Green."]);
        w.comes_back().await?;
        assert_eq!(w.reads(sea.thread(), "Green.").await?, blue);
        until_ended(&w.another_program()).await?;
        assert_eq!(w.buttons(failed), ["Retry"]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn half_an_answer_is_finished_before_an_earlier_one_is_made_again() {
    run_story(async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        w.model.answers(["The sky ", HOLD]);
        let sky = ada.says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "The sky").await?;
        w.stop().await?;
        // As kill -9 leaves it.
        let running = "UPDATE turns SET state = 'running' WHERE ask = ?1";
        w.another_program()
            .execute(running, [sky.id.cast_signed()])?;
        ada.edits(sea, "@kaiwa what color is the meadow?")?;
        w.model
            .answers_when("sky?", Answer::new(["The sky is blue too."]));
        w.model.answers_when("meadow", Answer::new(["Green."]));
        w.comes_back().await?;
        w.reads(sea.thread(), "The sky is blue too.").await?;
        w.reads(sea.thread(), "Green.").await?;
        assert_eq!(w.texts(sea.thread()), ["Green.", "The sky is blue too."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn small_print_of_one_answer_is_no_part_of_another_in_the_same_channel() {
    run_story(async |w| {
        let (ada, ben, lounge) = (w.user("ada"), w.user("ben"), w.channel("lounge"));
        // So much is in the first message that the word about the end of the process needs one of its own.
        let begins = "Once upon a time. ".repeat(110);
        w.model.answers([begins.trim_end(), HOLD]);
        ada.says_in(lounge, "@kaiwa tell me a story")?;
        w.reads_where(lounge, "its first message", |text| text.len() > 1_900)
            .await?;
        w.model.answers(["Blue, I ", HOLD]);
        ben.says_in(lounge, "@kaiwa what color is the sea?")?;
        w.reads(lounge, "Blue, I").await?;
        w.stop().await?;
        // And the next process died over both.
        let died = "UPDATE turns SET state = 'running' WHERE state = 'queued'";
        assert_eq!(w.another_program().execute(died, [])?, 2);

        let ends = "And so it went on. ".repeat(50);
        let told = format!("{begins}{ends}The end.");
        w.model.answers_when("story", Answer::new([told.as_str()]));
        w.model.answers_when("sea", Answer::new(["Blue, I think."]));
        w.comes_back().await?;
        w.reads(lounge, "Blue, I think.").await?;
        w.reads_where(lounge, "its end", |text| text.ends_with("The end."))
            .await?;
        w.stop().await?;
        let texts = w.texts(lounge);
        let words = |text: &str| text.split_whitespace().count();
        let shown: usize = texts.iter().map(|text| words(text)).sum();
        assert_eq!((texts.len(), shown), (3, words(&told) + 3));
        Ok(())
    })
    .await;
}
