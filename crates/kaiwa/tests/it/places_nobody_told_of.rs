//! Messages in places that nobody told the bot of: what was asked there is answered as soon as Discord has said what place it is.

use std::time::Duration;

use anyhow::Result;
use insta::assert_snapshot;
use kaiwa_sim::{
    Route, World,
    gateway::{Raw, Target},
    model::Answer,
};

use crate::story::{Place, Story, run_story};

/// The bot is told that a thread is open or closed. One that is closed it forgets.
fn is_told(w: &Story, thread: Place, is_archived: bool) {
    let gateway = &w.sim.shared().gateway;
    let (guild, bot) = (
        w.sim.world(|world| world.guild_of(thread.0).unwrap()),
        w.bot_id(),
    );
    let told = format!(
        r#"{{"op":0,"s":{},"t":"THREAD_UPDATE","d":{{"id":"{}","guild_id":"{guild}","owner_id":"{bot}","type":11,"thread_metadata":{{"archived":{is_archived}}}}}}}"#,
        gateway.sessions()[0].sent,
        thread.0,
    );
    assert_eq!(gateway.send_raw(&Target::All, &Raw::Payload(told)), 1);
}

/// The bot takes a thread for closed, and so forgets it.
fn is_forgotten(w: &Story, thread: Place) {
    is_told(w, thread, true);
}

/// More is said in a thread that the bot does not know than there is room for while Discord is asked about it, and somewhere
/// in it, after so many lines, a question. Discord has answered.
async fn more_is_said_than_there_is_room_for(
    w: &mut Story,
    lines: usize,
    then: usize,
) -> Result<Place> {
    let ada = w.user("ada");
    w.logs("is online").await?;
    let thread = ada.opens_thread(w.channel("general"), "lines")?;
    w.still_hears().await?;
    is_forgotten(w, thread);
    let gate = w
        .sim
        .world(|world| world.faults.next(Route::GetChannel).held_before());
    for line in 1..=lines {
        ada.says_in(thread, format!("line {line}").as_str())?;
    }
    ada.says_in(thread, "@kaiwa how many digits has that?")?;
    for line in 1..=then {
        ada.says_in(thread, format!("later line {line}").as_str())?;
    }
    w.still_hears().await?;
    w.sim.world(|world| world.faults.open(gate));
    Ok(thread)
}

#[tokio::test]
async fn discord_is_asked_once_and_what_comes_meanwhile_waits_for_the_answer() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        is_forgotten(w, sea.thread());
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::GetChannel).held_before());
        w.model.answers_when("grass", Answer::new(["Green."]));
        let sky = ada.says_in(sea.thread(), "and the sky?")?;
        let gras = ada.says_in(sea.thread(), "and the gras?")?;
        let never = ada.says_in(sea.thread(), "and never this?")?;
        ada.edits(gras, "and the grass?")?;
        ada.deletes(never)?;
        ada.deletes(sky)?;
        // What it is told after that shows that it has heard all of it.
        w.still_hears().await?;
        w.sim.world(|world| world.faults.open(gate));
        w.reads(sea.thread(), "Green.").await?;
        assert_eq!(w.calls(Route::GetChannel), 1);
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: Blue.
        user: and the grass?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn discord_is_asked_again_while_it_cannot_answer() {
    run_story(World::default(), async |w| {
        w.log.expects("can't find out yet");
        w.log.expects("can't be understood");
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        is_forgotten(w, sea.thread());
        w.sim
            .world(|world| world.faults.next(Route::GetChannel).not_json());
        w.model.answers(["Blue too."]);
        ada.says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "Blue too.").await?;
        assert_eq!(w.calls(Route::GetChannel), 2);

        // It is known from then on.
        w.model.answers(["Green."]);
        ada.says_in(sea.thread(), "and the grass?")?;
        w.reads(sea.thread(), "Green.").await?;
        assert_eq!(w.calls(Route::GetChannel), 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_finds_no_room_is_read_back() {
    run_story(World::default(), async |w| {
        w.log.expects("can't read back what was said meanwhile");
        w.log.expects("can't be understood");
        w.sim
            .world(|world| world.faults.next(Route::ListMessages).times(2).not_json());
        w.model.answers_when("digits", Answer::new(["Three."]));
        let thread = more_is_said_than_there_is_room_for(w, 170, 0).await?;
        w.reads(thread, "Three.").await?;
        assert_eq!(w.calls(Route::GetChannel), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_read_back_late_is_answered_with_a_word_about_it() {
    run_story(World::default(), async |w| {
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::ListMessages).held_before());
        let thread = more_is_said_than_there_is_room_for(w, 60, 0).await?;
        w.until("it to begin reading", |w| {
            (w.calls(Route::ListMessages) > 0).then_some(())
        })
        .await?;
        let late = Duration::from_secs(20 * 60);
        w.sim.world(|world| world.clock.advance(late));
        // Discord's answers tell what time it is.
        w.still_hears().await?;
        w.model.answers_when("digits", Answer::new(["Two."]));
        w.sim.world(|world| world.faults.open(gate));
        let (_, text) = w
            .reads_where(thread, "a late answer", |text| text.contains("late"))
            .await?;
        assert_snapshot!(text, @r"
        Two.
        -# I was away when you asked this; sorry for the late answer.
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn no_more_is_read_back_than_is_worth_it() {
    run_story(World::default(), async |w| {
        more_is_said_than_there_is_room_for(w, 60, 600).await?;
        w.until("it to have read", |w| {
            (w.calls(Route::ListMessages) >= 5).then_some(())
        })
        .await?;
        for _ in 0..3 {
            w.still_hears().await?;
        }
        assert_eq!(w.calls(Route::ListMessages), 5);
        assert!(w.model.requests().iter().all(|request| {
            let turns = request.turns();
            turns.iter().all(|(_, text)| !text.contains("digits"))
        }));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_not_read_back_is_left_to_the_next_process() {
    run_story(World::default(), async |w| {
        w.sim
            .world(|world| world.faults.next(Route::ListMessages).held_before());
        let thread = more_is_said_than_there_is_room_for(w, 60, 0).await?;
        w.until("it to begin reading", |w| {
            (w.calls(Route::ListMessages) > 0).then_some(())
        })
        .await?;
        w.still_hears().await?;
        w.stop().await?;
        // Nothing holds the session back.
        let sent = i64::try_from(w.sim.shared().gateway.sessions()[0].sent)?;
        let kept = |w: &Story| -> Result<(i64, i64)> {
            let kept = "SELECT (SELECT sequence FROM sessions), (SELECT COUNT(*) FROM unheard)";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            Ok(w.another_program().query_row(kept, [], row)?)
        };
        assert_eq!(kept(w)?, (sent, 1));

        w.sim.world(|world| world.faults.clear());
        w.model.answers_when("digits", Answer::new(["Two."]));
        w.comes_back().await?;
        w.reads(thread, "Two.").await?;
        assert_eq!(w.connected(), (1, 1));
        w.stop().await?;
        assert_eq!(kept(w)?.1, 0);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn where_discord_refuses_the_place_it_keeps_silent_and_goes_on() {
    for (status, code) in [(403, 50_001), (404, 10_003)] {
        run_story(World::default(), async |w| {
            w.log.expects("can't find out where something was said");
            let ada = w.user("ada");
            let (sea, _) = w.sea_is_blue().await?;
            is_forgotten(w, sea.thread());
            w.sim.world(|world| {
                let call = world.faults.next(Route::GetChannel);
                call.fails(status, code, "Not for you");
            });
            ada.says_in(sea.thread(), "and the sky?")?;
            w.logs("can't find out where something was said").await?;
            w.still_hears().await?;
            w.stop().await?;
            w.comes_back().await?;
            w.still_hears().await?;
            // It is not asked for again, and does not hold the session back.
            assert_eq!(w.calls(Route::GetChannel), 1);
            assert_eq!(w.connected(), (1, 1));
            assert_eq!(w.texts(sea.thread()), ["Blue."]);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_is_placed_by_then_is_answered_although_discord_refuses_the_place() {
    run_story(World::default(), async |w| {
        w.log.expects("can't find out where something was said");
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        is_forgotten(w, sea.thread());
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::GetChannel).no_answer());
        w.sim.world(|world| {
            let call = world.faults.next(Route::GetChannel);
            call.fails(403, 50_001, "Missing Access");
        });
        ada.says_in(sea.thread(), "and the sky?")?;
        w.still_hears().await?;
        is_told(w, sea.thread(), false);
        ada.says_in(sea.thread(), "and the grass?")?;
        w.still_hears().await?;
        w.model.answers_when("grass", Answer::new(["Green."]));
        w.sim.world(|world| world.faults.open(gate));
        w.reads(sea.thread(), "Green.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_lost_meanwhile_changes_nothing() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        is_forgotten(w, sea.thread());
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::GetChannel).held_before());
        w.model.answers_when("sky", Answer::new(["Blue too."]));
        ada.says_in(sea.thread(), "and the sky?")?;
        w.still_hears().await?;
        let gateway = &w.sim.shared().gateway;
        gateway.lose_sessions(&Target::All);
        gateway.drop_connections(&Target::All, 4000, "lost");
        w.until_connected(0, 2).await?;
        // It is read back, and then it is placed, and answered once.
        w.reads(sea.thread(), "Blue too.").await?;
        w.sim.world(|world| world.faults.open(gate));
        w.still_hears().await?;
        w.model.answers(["Yes."]);
        ada.says_in(sea.thread(), "sure?")?;
        w.reads(sea.thread(), "Yes.").await?;
        assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too.", "Yes."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_nobody_placed_is_told_to_the_next_process() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        is_forgotten(w, sea.thread());
        w.sim
            .world(|world| world.faults.next(Route::GetChannel).held_before());
        ada.says_in(sea.thread(), "and the sky?")?;
        w.still_hears().await?;
        w.stop().await?;
        w.sim.world(|world| world.faults.clear());
        w.model.answers(["Blue too."]);
        w.comes_back().await?;
        w.reads(sea.thread(), "Blue too.").await?;
        assert_eq!(w.connected(), (1, 1));
        Ok(())
    })
    .await;
}
