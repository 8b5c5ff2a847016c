//! Messages in places that nobody told the bot of: what was asked there is answered as soon as Discord has said what place it is.

use insta::assert_snapshot;
use kaiwa_sim::{
    Route, World,
    gateway::{Raw, Target},
    model::Answer,
};

use crate::story::{Place, Story, run_story};

/// The bot takes a thread for closed, and so forgets it.
fn is_forgotten(w: &Story, thread: Place) {
    let gateway = &w.sim.shared().gateway;
    let guild = w.sim.world(|world| world.guild_of(thread.0).unwrap());
    let closed = format!(
        r#"{{"op":0,"s":{},"t":"THREAD_UPDATE","d":{{"id":"{}","guild_id":"{guild}","type":11,"thread_metadata":{{"archived":true}}}}}}"#,
        gateway.sessions()[0].sent,
        thread.0,
    );
    assert_eq!(gateway.send_raw(&Target::All, &Raw::Payload(closed)), 1);
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
        let ada = w.user("ada");
        w.logs("is online").await?;
        let thread = ada.opens_thread(w.channel("general"), "lines")?;
        w.still_hears().await?;
        is_forgotten(w, thread);
        let gate = w
            .sim
            .world(|world| world.faults.next(Route::GetChannel).held_before());
        for line in 1..=170 {
            ada.says_in(thread, format!("line {line}").as_str())?;
        }
        w.model.answers_when("digits", Answer::new(["Three."]));
        ada.says_in(thread, "@kaiwa how many digits has that?")?;
        w.still_hears().await?;
        w.sim.world(|world| world.faults.open(gate));
        w.reads(thread, "Three.").await?;
        assert_eq!(w.calls(Route::GetChannel), 1);
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
