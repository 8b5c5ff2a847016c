//! What the model sees: everything said so far, as it stands now, and no more than fits.

use insta::assert_snapshot;
use kaiwa_sim::{
    Route, World,
    model::{Answer, HOLD},
    world::Saying,
};

use crate::story::{run_story, run_story_with, until_stored};

#[tokio::test]
async fn edits_and_deletions_are_honoured() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_blue().await?;
        w.model.answers(["Nice."]);
        let secret = ada.says_in(ask.thread(), "my password is hunter2")?;
        w.reads(ask.thread(), "Nice.").await?;
        ada.deletes(secret)?;
        w.model.answers(["Blue, too."]);
        ada.edits(ask, "@kaiwa what color is the sky?")?;
        w.reads(ask.thread(), "Blue, too.").await?;
        w.goes_on_in(ask.thread()).await?;
        assert_snapshot!(w.model_hears(4).await?, @r"
        system: Be kind.
        user: what color is the sky?
        assistant: Blue, too.
        Nice.
        user: sure?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn names_are_readable() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["Ok."]);
        let ask = ada.says("@kaiwa ask @ben in #announcements <a:party:123456789012345678>")?;
        w.reads(ask.thread(), "Ok.").await?;
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: ask @Ben in #announcements :party:
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn several_choices_are_joined_by_newlines_in_index_order() {
    run_story(World::default(), async |w| {
        w.model
            .answers_with(Answer::new(["one"]).and(["two"]).and(["three"]));
        let ask = w.user("ada").says("@kaiwa say numbers")?;
        w.reads(ask.thread(), "one\ntwo\nthree").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_comes_before_the_first_word_restarts_and_what_comes_later_waits() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers([HOLD, "never seen"]);
        let ask = ada.says("@kaiwa what color is")?;
        w.model_hears(1).await?;
        w.until("the thread", |w| {
            w.sim.world(|world| world.channels.get(&ask.id).map(|_| ()))
        })
        .await?;
        w.model.answers(["The sea ", HOLD, "is blue."]);
        ada.says_in(ask.thread(), "the sea?")?;
        w.reads(ask.thread(), "The sea").await?;
        ada.says_in(ask.thread(), "and the sky?")?;
        ada.says_in(ask.thread(), "and the grass?")?;
        w.model.answers(["Blue and green."]);
        w.model.release_all();
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.reads(ask.thread(), "Blue and green.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what color is
        the sea?
        ");
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is
        the sea?
        assistant: The sea is blue.
        user: and the sky?
        and the grass?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn words_that_can_be_read_are_kept_though_discord_has_not_said_that_they_are_there() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::CreateMessage).held_after());
        w.model.answers(["Blue.", HOLD]);
        let sea = ada.says("@kaiwa what color is the sea?")?;
        let blue = w.reads(sea.thread(), "Blue.").await?;
        ada.says_in(sea.thread(), "and the sky?")?;
        // When what was said after it is heard, it has been heard.
        w.model.answers(["Green."]);
        let grass = ben.says("@kaiwa and the grass?")?;
        w.reads(grass.thread(), "Green.").await?;
        w.model.answers(["Blue too."]);
        w.sim.world(|world| world.faults.open(gate));
        w.model.release();
        w.reads(sea.thread(), "Blue too.").await?;
        assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too."]);
        assert_eq!(w.reads(sea.thread(), "Blue.").await?, blue);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_met_for_the_first_time_is_read_back_starter_included() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, _) = w.sea_is_blue().await?;
        w.stop().await?;
        // While it was away people went on, past two pages of history.
        for number in 0..230 {
            ada.says_in(ask.thread(), format!("@ben wave {number}").as_str())?;
        }
        w.forget_everything();
        w.comes_back().await?;
        w.model.answers(["230 waves."]);
        ada.says_in(ask.thread(), "how many waves?")?;
        w.reads(ask.thread(), "230 waves.").await?;
        let heard = w.model_hears(2).await?;
        assert!(heard.starts_with("system: Be kind.\nuser: what color is the sea?\nassistant: Blue.\nuser: @Ben wave 0\n"), "{heard}");
        assert!(heard.ends_with("@Ben wave 229\nhow many waves?"), "{heard}");
        let pages = w.sim.world(|world| world.calls.of(Route::ListMessages).count());
        assert_eq!(pages, 3);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_memory_survives_a_restart_and_what_was_missed_is_read_back() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let (ask, _) = w.sea_is_blue().await?;
        w.stop().await?;
        ben.says_in(ask.thread(), "@ada is it?")?;
        w.comes_back().await?;
        w.model.answers(["It is."]);
        ada.says_in(ask.thread(), "is it?")?;
        w.reads(ask.thread(), "It is.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: Ada: what color is the sea?
        assistant: Blue.
        user: Ben: @Ada is it?
        Ada: is it?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_oldest_leaves_first_and_people_are_told_once() {
    run_story_with(World::default(), &[("KAIWA_CONTEXT_TOKENS", "2048")], async |w| {
        let ada = w.user("ada");
        w.model.answers(["One."]);
        let ask = ada.says("@kaiwa the first question")?;
        w.reads(ask.thread(), "One.").await?;
        let long = "the sea is wide and blue and deep and old ".repeat(45);
        for number in 2..8_u64 {
            w.model.answers([format!("Answer {number}.")]);
            ada.says_in(ask.thread(), format!("{number} {long}").as_str())?;
            let (_, text) = w
                .reads_where(ask.thread(), "the next answer", |text| text.starts_with(&format!("Answer {number}.")))
                .await?;
            let heard = w.model_hears(number).await?;
            assert!(heard.ends_with(format!("{number} {long}").trim()), "the question itself is always there");
            if text.contains("-#") {
                assert_snapshot!(text.replace(&number.to_string(), "N"), @r"
                Answer N.
                -# This conversation has become longer than I can keep in mind: I no longer see all of its oldest messages, so please repeat what still matters.
                ");
                assert!(!heard.contains("the first question"), "{heard}");
            }
        }
        assert_eq!(w.transcript(ask.thread()).matches("-#").count(), 1, "{}", w.transcript(ask.thread()));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn people_are_told_of_a_message_that_does_not_fit_as_a_whole() {
    let window = [("KAIWA_CONTEXT_TOKENS", "2048")];
    run_story_with(World::default(), &window, async |w| {
        let ada = w.user("ada");
        let long = "the sea is wide and blue and deep and old\n".repeat(400);
        let saying = Saying::from("@kaiwa what is in it?").with_file("sea.txt", long.as_bytes());
        w.model.answers(["The sea."]);
        let ask = ada.says(saying)?;
        // That the question is cut is no reason to say that what was said before is.
        w.reads(
            ask.thread(),
            "The sea.\n-# Your message is longer than I can read at once: this answers only its beginning.",
        )
        .await?;
        w.model.answers(["It is."]);
        ada.says_in(ask.thread(), "is it wide?")?;
        w.reads(
            ask.thread(),
            "It is.\n-# This conversation has become longer than I can keep in mind: I no longer see all of its oldest messages, so please repeat what still matters.",
        )
        .await?;
        assert!(w.model_hears(2).await?.contains("what is in it?\n[file sea.txt"));
        // They are told once.
        w.goes_on_in(ask.thread()).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_known_conversation_needs_no_call_before_its_model_request() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        // The thread can't be opened yet, and the model is asked all the same.
        let gate = w.sim.world(|world| {
            world
                .faults
                .next(Route::CreateThreadFromMessage)
                .held_before()
        });
        w.model.answers(["Hello."]);
        let ask = ada.says("@kaiwa hi")?;
        w.model_hears(1).await?;
        w.sim.world(|world| world.faults.open(gate));
        w.reads(ask.thread(), "Hello.").await?;
        // No call of Discord's is answered any more, and the model is asked all the same.
        let before = w.sim.world(|world| world.calls.count());
        let gate = w.sim.world(|world| {
            let gate = world.faults.gate();
            world
                .faults
                .next_any()
                .times(1)
                .fault(kaiwa_sim::world::faults::Fault::HoldBefore(gate));
            gate
        });
        w.model.answers(["Fine."]);
        ada.says_in(ask.thread(), "how are you?")?;
        w.model_hears(2).await?;
        w.sim.world(|world| world.faults.open(gate));
        w.reads(ask.thread(), "Fine.").await?;
        let reads = w.sim.world(|world| {
            world
                .calls
                .iter()
                .filter(|call| call.number > before && call.method == "GET")
                .count()
        });
        assert_eq!(reads, 0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_event_told_twice_is_answered_once() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["Hello."]);
        let ask = ada.says("@kaiwa hi")?;
        w.reads(ask.thread(), "Hello.").await?;
        let target = kaiwa_sim::gateway::Target::All;
        assert_eq!(
            w.sim
                .shared()
                .gateway
                .replay_last(&target, "MESSAGE_CREATE"),
            1
        );
        w.model.answers(["Good."]);
        ada.says_in(ask.thread(), "all well?")?;
        w.reads(ask.thread(), "Good.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_several_messages_does_not_end_a_reply_chain_that_is_read_back() {
    for is_lost in [true, false] {
        run_story(World::default(), async |w| {
            w.log.expects("can't be used");
            let (ada, ben, lounge) = (w.user("ada"), w.user("ben"), w.channel("lounge"));
            let begins = "It is a long story. ".repeat(100);
            let ends = format!("{}The end.", "And so it went on. ".repeat(50));
            w.model.answers([begins.trim_end(), HOLD, &ends]);
            ada.says_in(lounge, "@kaiwa what is jazz?")?;
            w.reads_where(lounge, "its first message", |text| {
                text.starts_with("It is")
            })
            .await?;
            // People talk in between.
            ben.says_in(lounge, "nice weather")?;
            w.model.release();
            let (last, _) = w
                .reads_where(lounge, "its end", |text| text.ends_with("The end."))
                .await?;
            let other = w.another_program();
            until_stored(&other).await?;
            if is_lost {
                w.stop().await?;
                w.forget_everything();
                w.comes_back().await?;
            } else {
                other.execute_batch("BEGIN IMMEDIATE")?;
            }
            w.model.answers(["Really."]);
            ada.replies(last, "really?")?;
            w.reads(lounge, "Really.").await?;
            let heard = w.model_hears(2).await?;
            assert!(heard.starts_with("system: Be kind.\nuser: what is jazz?\nassistant: It is"));
            assert!(heard.ends_with("The end.\nuser: really?"), "{heard}");
            Ok(())
        })
        .await;
    }
}
