//! The gateway session outlives the process: what happens while the bot is away is told to the next one, which spends no
//! IDENTIFY on it. Where a stored session can't be used, one is begun, and nothing is answered twice.

use std::fs;

use insta::assert_snapshot;
use kaiwa_bot::store::{KeptSession, Store};
use kaiwa_core::id::UserId;
use kaiwa_sim::{Route, World, gateway::Target, model::Answer};

use crate::story::{Story, run_story, run_story_before_start, two_shards};

/// What the stopped bot has stored of its sessions, changed.
async fn tampered(w: &Story, change: impl AsyncFnOnce(&Store, Vec<KeptSession>)) {
    let store = Store::open(w.data(), UserId(w.bot_id())).await.unwrap();
    let kept = store.sessions().await.unwrap();
    change(&store, kept).await;
    store.close().await;
}

#[tokio::test]
async fn what_is_asked_during_a_restart_is_answered_once_and_costs_no_identify() {
    run_story(World::default(), async |w| {
        let (sea, _) = w.sea_is_blue().await?;
        w.stop().await?;

        let asked = w.three_are_asked(sea)?;
        let reads = w.calls(Route::ListMessages);
        let guilds = w.calls(Route::GetGuild) + w.calls(Route::ListGuildChannels);
        w.comes_back().await?;
        w.three_are_answered(&asked).await?;
        assert_eq!(w.connected(), (1, 1));
        // A known conversation is known still: nothing had to be read back but the direct messages, met for the first time.
        assert_eq!(w.calls(Route::ListMessages), reads + 1);
        assert_eq!(
            w.calls(Route::GetGuild) + w.calls(Route::ListGuildChannels),
            guilds
        );
        let online: Vec<String> = w
            .log
            .all()
            .into_iter()
            .filter(|line| line.contains("is online in 1 server on 1 shard"))
            .collect();
        assert_eq!(online.len(), 2, "each start has its line: {online:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_it_knew_of_its_guilds_it_knows_after_a_restart() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let announcements = w.channel("announcements").0;
        let role = w.sim.world(|world| {
            let guild = world.guild_of(announcements).unwrap();
            world.create_role(guild, "sailors", 0)
        });
        w.still_hears().await?;
        w.stop().await?;
        w.sim.world(|world| {
            world
                .rename(ada.id, announcements, "news")
                .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
        })?;
        let fresh = ada.opens_thread(w.channel("general"), "fresh")?;
        w.comes_back().await?;
        w.model.answers(["Ok."]);
        let ask = ada.says(
            format!(
                "@kaiwa tell <@&{role}> in <#{announcements}> and <#{}>",
                fresh.0
            )
            .as_str(),
        )?;
        w.reads(ask.thread(), "Ok.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: tell @sailors in #news and #fresh
        ");
        w.model.answers(["Here too."]);
        ada.says_in(fresh, "@kaiwa are you here?")?;
        w.reads(fresh, "Here too.").await?;
        assert_eq!(w.connected(), (1, 1));
        assert_eq!(
            w.calls(Route::GetChannel),
            0,
            "nobody had to be asked what a channel is"
        );

        // What was told by one process and what was told by another is told to the third.
        w.stop().await?;
        w.comes_back().await?;
        w.model.answers(["Yes."]);
        let ask = ada.says(format!("@kaiwa is it <#{announcements}>?").as_str())?;
        w.reads(ask.thread(), "Yes.").await?;
        assert_snapshot!(w.model_hears(4).await?, @r"
        system: Be kind.
        user: is it #news?
        ");
        assert_eq!(w.connected(), (2, 1));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_session_that_discord_has_lost_is_begun_anew() {
    run_story(World::default(), async |w| {
        w.still_hears().await?;
        w.stop().await?;
        assert_eq!(w.sim.shared().gateway.lose_sessions(&Target::All), 1);
        w.comes_back().await?;
        w.still_hears().await?;
        assert_eq!(w.connected(), (0, 2));
        w.stop().await?;
        w.comes_back().await?;
        w.still_hears().await?;
        assert_eq!(w.connected(), (1, 2));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_stored_session_that_makes_no_sense_costs_an_identify_and_nothing_else() {
    run_story(World::default(), async |w| {
        w.still_hears().await?;
        for round in 0..4 {
            w.stop().await?;
            tampered(w, async |store, kept| {
                let session = kept[0].session.clone();
                let changed = match round {
                    0 => kaiwa_core::session::Session {
                        id: "\u{0}\"no session".to_owned(),
                        ..session
                    },
                    1 => kaiwa_core::session::Session {
                        sequence: session.sequence + 1_000,
                        ..session
                    },
                    2 => kaiwa_core::session::Session {
                        resume_url: "ws://127.0.0.1:9".to_owned(),
                        ..session
                    },
                    _ => {
                        let guilds = [(kept[0].guilds[0].0, Some("{".to_owned()))];
                        store.guilds_changed(0, &guilds).await.unwrap();
                        return;
                    }
                };
                let guilds: Vec<_> = kept[0].guilds.iter().map(|(guild, _)| *guild).collect();
                store
                    .session_began(&changed, &guilds, kept[0].reached_ms, None)
                    .await
                    .unwrap();
                store.guilds_changed(0, &kept[0].guilds).await.unwrap();
            })
            .await;
            if round == 2 {
                w.log.expects("the gateway can't be reached");
            }
            w.comes_back().await?;
            w.still_hears().await?;
        }
        // Where only the address was wrong, the session was resumed at the gateway's own.
        assert_eq!(w.connected(), (1, 4));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_memory_of_another_bot_is_not_touched() {
    for opens_late in [false, true] {
        let mut world = World::default();
        let ada = world.user_named("ada").unwrap().id;
        let other = world.add_bot("othello", ada);
        let (own, token) = (
            world.bots.values().next().unwrap().token.clone(),
            world.bots[&other].token.clone(),
        );
        run_story(world, async |w| {
            let (sea, _) = w.sea_is_blue().await?;
            w.stop().await?;
            let file = w.data().join("kaiwa.db");
            let left = fs::read(&file)?;
            // It is in no server, and would take all of them for left.
            w.env.insert("DISCORD_TOKEN", token);
            if opens_late {
                w.log.expects("can't be used");
                w.takes_store_away()?;
            }
            w.start();
            if opens_late {
                w.logs("can't be used").await?;
                w.logs("othello is online").await?;
                w.puts_store_back()?;
            }
            let error = w.ends().await.unwrap_err().to_string();
            assert!(error.contains("belongs to another bot"), "{error}");
            assert!(fs::read(&file)? == left, "something was written");
            let said = w.log.all();
            assert!(!said.iter().any(|line| line.contains("works again")));
            w.env.insert("DISCORD_TOKEN", own);
            w.comes_back().await?;
            w.model.answers(["That it is blue."]);
            w.user("ada").says_in(sea.thread(), "what did you say?")?;
            w.reads(sea.thread(), "That it is blue.").await?;
            assert!(w.model_hears(2).await?.contains("assistant: Blue."));
            assert_eq!(w.texts(sea.thread()), ["Blue.", "That it is blue."]);
            // Nothing had to be read back.
            assert_eq!(w.calls(Route::ListMessages), 0);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn with_other_intents_it_begins_anew() {
    run_story(World::default(), async |w| {
        w.logs("is online").await?;
        w.stop().await?;
        w.env.insert("KAIWA_MESSAGE_CONTENT", "false".to_owned());
        w.comes_back().await?;
        w.logs("message_content is false").await?;
        assert_eq!(w.connected(), (0, 2));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn each_shard_goes_on_and_other_shards_begin_anew() {
    let (world, elsewhere, _) = two_shards();
    run_story_before_start(world, &[], async |w| {
        let ada = w.user("ada");
        w.start();
        w.logs("is online in 2 servers on 2 shards").await?;
        w.stop().await?;
        let (here, there) = (
            ada.says("@kaiwa are you here?")?,
            ada.says_in(elsewhere, "@kaiwa or over there?")?,
        );
        w.model.answers_when("you here?", Answer::new(["Here."]));
        w.model.answers_when("over there?", Answer::new(["There."]));
        w.comes_back().await?;
        w.reads(here.thread(), "Here.").await?;
        w.reads(there.thread(), "There.").await?;
        assert_eq!(w.connected(), (2, 2));

        w.stop().await?;
        w.env.insert("KAIWA_SHARDS", "1".to_owned());
        w.comes_back().await?;
        w.logs("is online in 2 servers on 1 shard").await?;
        w.still_hears().await?;
        assert_eq!(w.connected(), (2, 3));
        w.stop().await?;
        w.comes_back().await?;
        w.still_hears().await?;
        assert_eq!(w.connected(), (3, 3));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_edited_and_deleted_during_a_restart_is_honoured() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (ask, blue) = w.sea_is_blue().await?;
        w.model.answers(["Nice."]);
        let secret = ada.says_in(ask.thread(), "my password is hunter2")?;
        w.reads(ask.thread(), "Nice.").await?;
        w.stop().await?;
        ada.deletes(secret)?;
        ada.edits(ask, "@kaiwa what color is the grass?")?;
        w.model.answers(["Green."]);
        w.comes_back().await?;
        let green = w.reads(ask.thread(), "Green.").await?;
        assert_eq!(green.id, blue.id);
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: what color is the grass?
        ");
        assert_eq!(w.connected(), (1, 1));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_crash_loop_slows_down_and_a_resume_does_not_wait() {
    run_story(World::default(), async |w| {
        w.logs("is online").await?;
        w.stop().await?;
        let now = w.sim.world(|world| world.clock.now_ms());
        tampered(w, async |store, _| {
            for _ in 0..20 {
                store.identified(0, now).await.unwrap();
            }
        })
        .await;
        w.comes_back().await?;
        w.still_hears().await?;
        assert_eq!(w.connected(), (1, 1));
        w.stop().await?;

        w.log
            .expects("sessions with Discord were begun within a day");
        w.sim.shared().gateway.lose_sessions(&Target::All);
        w.start();
        let said = w.logs("were begun within a day").await?;
        assert!(said.contains("21 sessions with Discord"), "{said}");
        assert!(
            said.contains("the next one is begun in 3 minutes"),
            "{said}"
        );
        // It can be stopped while it waits, and when the time has passed it doesn't wait any more.
        w.stop().await?;
        assert_eq!(w.connected(), (1, 1));
        w.sim
            .world(|world| world.clock.advance(std::time::Duration::from_secs(180)));
        w.comes_back().await?;
        w.still_hears().await?;
        assert_eq!(w.connected(), (1, 2));
        Ok(())
    })
    .await;
}
