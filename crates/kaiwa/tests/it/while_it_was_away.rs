//! What is asked while the bot is away for so long that Discord has lost its session: fresh questions are answered, stale
//! ones together with a word about it, and those that people have moved on from are left alone.

use insta::assert_snapshot;
use kaiwa_sim::{Route, World, gateway::Target, model::Answer};

use crate::story::{run_story, run_story_with, until_counted, until_stored};

#[tokio::test]
async fn what_is_fresh_is_answered_once_wherever_the_bot_is_known() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let sea = w.known_everywhere().await?;
        w.stop().await?;

        let asked = w.three_are_asked(sea)?;
        // Not for it: talk in the channel, and one of a kind that nobody can see any more.
        ben.says("nice weather")?;
        let gone = ada.says("@kaiwa never mind this")?;
        ada.deletes(gone)?;
        w.away_for(10);
        w.comes_back().await?;
        w.three_are_answered(&asked).await?;
        assert_eq!(w.connected(), (0, 2));

        // Read back once more, it is known.
        w.stop().await?;
        w.away_for(1);
        w.model.answers(["Still here."]);
        ada.says_in(sea.thread(), "are you there?")?;
        w.comes_back().await?;
        w.reads(sea.thread(), "Still here.").await?;
        assert_eq!(w.texts(asked.grass), ["Green."]);
        assert_eq!(w.texts(asked.you), ["Hello.", "Colorless."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_stale_is_answered_together_with_a_word_about_it() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let (sea, _) = w.sea_is_blue().await?;
        w.stop().await?;
        ada.says_in(sea.thread(), "and the sky?")?;
        ben.says_in(sea.thread(), "and the grass?")?;
        let rain = ben.says("@kaiwa why does it rain?")?;
        // Channels are full of other talk.
        ada.says("nice weather")?;
        w.away_for(20);
        w.model
            .answers_when("grass", Answer::new(["Blue and green."]));
        w.model.answers_when("rain", Answer::new(["Clouds."]));
        w.comes_back().await?;
        let (_, text) = w
            .reads_where(sea.thread(), "a late answer", |text| text.contains("late"))
            .await?;
        assert_snapshot!(text, @r"
        Blue and green.
        -# I was away when you asked this; sorry for the late answer.
        ");
        w.reads_where(rain.thread(), "a late answer", |text| {
            text.starts_with("Clouds.\n-# I was away")
        })
        .await?;
        // One request for the thread, one for the channel.
        assert_eq!(w.model.requests().len(), 3);

        // From now on it hears again.
        w.goes_on_in(sea.thread()).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn where_people_have_moved_on_it_keeps_silent() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let (sea, _) = w.sea_is_blue().await?;
        w.stop().await?;
        ada.says_in(sea.thread(), "and the sky?")?;
        ben.says_in(sea.thread(), "@ada blue as well, I think")?;
        let rain = ben.says("@kaiwa why does it rain?")?;
        ada.replies(rain, "because of the clouds")?;
        w.away_for(20);
        w.comes_back().await?;
        // What it did not answer it has read.
        w.until("all of it to be read back", |w| {
            let read = w.calls(Route::ListMessages);
            (read >= 2).then_some(())
        })
        .await?;
        w.model.answers(["You are welcome."]);
        ada.says_in(sea.thread(), "thank you both")?;
        w.reads(sea.thread(), "You are welcome.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: Ada: what color is the sea?
        assistant: Blue.
        user: Ada: and the sky?
        Ben: @Ada blue as well, I think
        Ada: thank you both
        ");
        assert_eq!(w.model.requests().len(), 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_has_gone_to_rest_meanwhile_is_read_back() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        w.stop().await?;
        ada.says_in(sea.thread(), "and the sky?")?;
        // Three days of silence: Discord no longer names the thread when the bot comes back.
        w.away_for(4 * 24 * 60);
        w.sim.world(kaiwa_sim::World::tidy);
        w.model.answers(["Blue too."]);
        w.comes_back().await?;
        let (_, text) = w
            .reads_where(sea.thread(), "a late answer", |text| text.contains("late"))
            .await?;
        assert_snapshot!(text, @r"
        Blue too.
        -# I was away when you asked this; sorry for the late answer.
        ");
        w.goes_on_in(sea.thread()).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn how_old_is_stale_is_a_setting() {
    run_story_with(
        World::default(),
        &[("KAIWA_STALE_MINUTES", "60")],
        async |w| {
            let ada = w.user("ada");
            let (sea, _) = w.sea_is_blue().await?;
            w.stop().await?;
            ada.says_in(sea.thread(), "and the sky?")?;
            w.away_for(50);
            w.model.answers(["Blue too."]);
            w.comes_back().await?;
            w.reads(sea.thread(), "Blue too.").await?;
            Ok(())
        },
    )
    .await;
}

#[tokio::test]
async fn a_session_lost_while_it_runs_is_caught_up_with() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let (sea, _) = w.sea_is_blue().await?;
        let gateway = &w.sim.shared().gateway;
        gateway.lose_sessions(&Target::All);
        gateway.set_silent(&Target::All, true);
        ada.says_in(sea.thread(), "and the sky?")?;
        let grass = ben.says("@kaiwa and the grass?")?;
        w.model.answers_when("sky", Answer::new(["Blue too."]));
        w.model.answers_when("grass", Answer::new(["Green."]));
        w.sim
            .shared()
            .gateway
            .drop_connections(&Target::All, 4000, "lost");
        w.reads(sea.thread(), "Blue too.").await?;
        w.reads(grass.thread(), "Green.").await?;
        assert_eq!(w.connected(), (0, 2));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_one_process_does_not_come_to_read_back_the_next_one_does() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let sea = w.known_everywhere().await?;
        w.stop().await?;
        let asked = w.three_are_asked(sea)?;
        w.away_for(5);
        // Nothing can be read, and the bot is stopped: twice, as one that is stopped at the wrong moment can be again.
        let reads = w.calls(Route::ListMessages);
        for resumes in 0..2 {
            for _ in 0..9 {
                w.sim
                    .world(|world| world.faults.next(Route::ListMessages).held_before());
            }
            w.comes_back().await?;
            assert_eq!(w.connected(), (resumes, 2));
            w.until("it to begin reading", |w| {
                (w.calls(Route::ListMessages) > reads + resumes).then_some(())
            })
            .await?;
            w.stop().await?;
            w.sim.world(|world| world.faults.clear());
        }
        // What is said meanwhile is told by the session, and changes nothing about what is missing.
        let meadow = ada.says("@kaiwa and the meadow?")?;
        w.model.answers_when("meadow", Answer::new(["Green too."]));
        w.comes_back().await?;
        w.reads(meadow.thread(), "Green too.").await?;
        w.three_are_answered(&asked).await?;
        assert_eq!(w.connected(), (2, 2));
        // Now all of it is read, and nothing is read once more.
        w.stop().await?;
        let reads = w.calls(Route::ListMessages);
        w.comes_back().await?;
        w.model.answers(["Yes."]);
        let sure = ada.says("@kaiwa are you sure?")?;
        w.reads(sure.thread(), "Yes.").await?;
        assert_eq!(w.calls(Route::ListMessages), reads);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_back_is_read_later_by_the_same_process() {
    run_story(World::default(), async |w| {
        w.log.expects("can't read back what was said meanwhile");
        w.log.expects("can't be understood");
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        w.stop().await?;
        ada.says_in(sea.thread(), "and the sky?")?;
        w.away_for(5);
        let reads = w.calls(Route::ListMessages);
        w.sim
            .world(|world| world.faults.next(Route::ListMessages).times(2).not_json());
        w.model.answers(["Blue too."]);
        w.comes_back().await?;
        w.reads(sea.thread(), "Blue too.").await?;
        assert!(w.calls(Route::ListMessages) >= reads + 3);
        assert_eq!(w.connected(), (0, 2));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_being_read_back_still_is_when_the_store_cannot_tell_a_new_session_what_is_missing()
{
    run_story(World::default(), async |w| {
        w.log.expects("can't read back what was said meanwhile");
        w.log.expects("can't be understood");
        w.log.expects("can't be used");
        let ben = w.user("ben");
        w.sea_is_blue().await?;
        w.stop().await?;
        let grass = ben.says("@kaiwa and the grass?")?;
        w.away_for(5);
        let reads = w.calls(Route::ListMessages);
        w.sim
            .world(|world| world.faults.next(Route::ListMessages).times(9).not_json());
        w.comes_back().await?;
        w.until("it to begin reading", |w| {
            (w.calls(Route::ListMessages) > reads).then_some(())
        })
        .await?;
        let other = w.another_program();
        other.execute_batch("ALTER TABLE gaps RENAME TO elsewhere")?;
        let gateway = &w.sim.shared().gateway;
        gateway.lose_sessions(&Target::All);
        gateway.drop_connections(&Target::All, 4000, "lost");
        w.until("a new session", |w| (w.connected() == (0, 3)).then_some(()))
            .await?;
        w.logs("can't be used").await?;
        w.model.answers(["Green."]);
        w.sim.world(|world| world.faults.clear());
        w.reads(grass.thread(), "Green.").await?;
        other.execute_batch("ALTER TABLE elsewhere RENAME TO gaps")?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_edited_and_deleted_while_it_is_away_is_honoured() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_blue().await?;
        w.model.answers(["Nice."]);
        let secret = ada.says_in(ask.thread(), "my password is hunter2")?;
        w.reads(ask.thread(), "Nice.").await?;
        w.stop().await?;
        ada.deletes(secret)?;
        ada.edits(ask, "@kaiwa what color is the sky?")?;
        w.sim.shared().gateway.lose_sessions(&Target::All);
        w.comes_back().await?;
        w.goes_on_in(ask.thread()).await?;
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is the sky?
        assistant: Blue.
        Nice.
        user: sure?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_changes_while_it_is_read_back_is_honoured() {
    run_story(World::default(), async |w| {
        let ben = w.user("ben");
        let (sea, _) = w.sea_is_blue().await?;
        w.stop().await?;
        let rain = ben.says("@kaiwa why does it rain?")?;
        let snow = ben.says("@kaiwa why does it snow?")?;
        w.away_for(1);
        let read = w
            .sim
            .world(|world| world.faults.next(Route::ListMessages).held_after());
        let reads = w.calls(Route::ListMessages);
        w.comes_back().await?;
        w.until("the page to be read", |w| {
            (w.calls(Route::ListMessages) > reads).then_some(())
        })
        .await?;
        ben.edits(rain, "@kaiwa why is it windy?")?;
        ben.deletes(snow)?;
        // What is answered after that shows that both were heard.
        w.still_hears().await?;
        w.model.answers_when("windy", Answer::new(["The sun."]));
        w.sim.world(|world| world.faults.open(read));
        w.reads(rain.thread(), "The sun.").await?;
        w.goes_on_in(sea.thread()).await?;
        assert_eq!(w.model.requests().len(), 4);
        assert_eq!(w.connected(), (0, 2));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_answered_since_a_backup_is_not_answered_again() {
    run_story(World::default(), async |w| {
        let (ada, ben, bot) = (w.user("ada"), w.user("ben"), w.bot_id());
        let sea = w.known_everywhere().await?;
        w.stop().await?;
        let (store, backup) = (w.data().join("kaiwa.db"), w.data().join("backup"));
        std::fs::copy(&store, &backup)?;
        w.comes_back().await?;
        w.model.answers(["Blue too."]);
        ada.says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "Blue too.").await?;
        w.model.answers(["Colorless."]);
        let you = ben.tells(bot, "and you?")?;
        w.reads(you.place, "Colorless.").await?;
        w.model.answers(["Green."]);
        let grass = ben.says("@kaiwa and the grass?")?;
        w.reads(grass.thread(), "Green.").await?;
        w.stop().await?;
        std::fs::rename(&backup, &store)?;
        w.model.answers(["Black."]);
        ada.says_in(sea.thread(), "and the night?")?;
        w.away_for(1);
        w.comes_back().await?;
        w.reads(sea.thread(), "Black.").await?;
        w.goes_on_in(grass.thread()).await?;
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too.", "Black."]);
        assert_eq!(w.texts(you.place), ["Hello.", "Colorless."]);
        assert_eq!(w.texts(grass.thread()), ["Green.", "Yes."]);
        assert_eq!(w.model.requests().len(), 7);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_deleted_is_erased_also_where_the_clock_was_ahead_before() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, other) = w.sea_is_stored().await?;
        w.model.answers(["Fine."]);
        let secret = ada.says_in(ask.thread(), "my password is hunter2")?;
        w.reads(ask.thread(), "Fine.").await?;
        until_stored(&other).await?;
        w.stop().await?;
        // Nine hours ahead, as a machine's clock that takes local time for the world's until somebody tells it.
        other.execute_batch(
            "UPDATE messages SET changed = changed + 32400000000; \
             UPDATE conversations SET lost = (SELECT MAX(changed) FROM messages) + 1, history = 'unread'",
        )?;
        ada.deletes(secret)?;
        w.away_for(10);
        w.comes_back().await?;
        w.goes_on_in(ask.thread()).await?;
        assert!(!w.model_hears(3).await?.contains("hunter2"));
        let kept = "SELECT COUNT(*) FROM messages WHERE text LIKE '%hunter2%'";
        until_counted(&other, kept, 0).await
    })
    .await;
}
