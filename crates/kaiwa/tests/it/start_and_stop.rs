//! How the bot starts, what it tells its operator, and how it stops.

use std::time::Duration;

use insta::assert_snapshot;
use kaiwa_bot::RunError;
use kaiwa_sim::{
    Route, World,
    gateway::Target,
    model::HOLD,
    world::{Bot, intents, permissions},
};

use crate::story::{Story, run_story, run_story_before_start, run_story_with, two_shards};

fn bot(world: &mut World) -> &mut Bot {
    world.bots.values_mut().next().unwrap()
}

/// The way a start ends that fails, without what differs from run to run.
async fn refusal(w: &mut Story) -> String {
    w.start();
    let error = w.ends().await.unwrap_err().to_string();
    error.replace(&w.data().display().to_string(), "DATA")
}

#[tokio::test]
async fn the_line_at_start_tells_who_where_and_how_to_invite() {
    run_story(World::default(), async |w| {
        let line = w.logs("is online").await?;
        let line = line.replace(&w.sim.url(), "URL").replace(&w.data().display().to_string(), "DATA");
        let line = line.replace(&w.bot_id().to_string(), "BOT");
        assert_snapshot!(line, @"INFO kaiwa_bot::serve: kaiwa is online in 1 server on 1 shard. It answers with simulated from URL/v1 and keeps its data in DATA. Invite it with https://discord.com/oauth2/authorize?client_id=BOT&scope=bot&permissions=309238795264");
        let needed = permissions::VIEW_CHANNEL
            | permissions::SEND_MESSAGES
            | permissions::CREATE_PUBLIC_THREADS
            | permissions::SEND_MESSAGES_IN_THREADS
            | permissions::READ_MESSAGE_HISTORY
            | permissions::ATTACH_FILES
            | permissions::CONNECT;
        assert_eq!(needed, 309_238_795_264);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn it_asks_for_four_intents_and_a_compressed_connection() {
    run_story(World::default(), async |w| {
        let identify = w.sim.shared().gateway.records().identifies.remove(0);
        assert_eq!(
            identify.intents,
            intents::GUILDS
                | intents::GUILD_MESSAGES
                | intents::DIRECT_MESSAGES
                | intents::MESSAGE_CONTENT
        );
        assert!(
            ["zlib-stream", "zstd-stream"].contains(&identify.compression),
            "{}",
            identify.compression
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_switch_that_is_off_is_named() {
    let mut world = World::default();
    bot(&mut world).flags = 0;
    run_story_before_start(world, &[], async |w| {
        assert_snapshot!(refusal(w).await, @"Discord refuses the connection because this application's Message Content Intent is off. Turn it on: https://discord.com/developers/applications -> your application -> Bot -> Privileged Gateway Intents -> Message Content Intent -> Save Changes, then start again. To run without it, set message_content = false; the bot then reads only direct messages, mentions, and replies to it with the ping on.");
        assert_eq!(w.sim.shared().gateway.records().identifies.len(), 1, "it does not try again");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_wrong_token_is_one_sentence_and_no_loop() {
    run_story_before_start(World::default(), &[("DISCORD_TOKEN", "not.the.token"), ("LANG", "ja_JP.UTF-8")], async |w| {
        assert_snapshot!(refusal(w).await, @"Discordのトークンが正しくありません。https://discord.com/developers/applications → 対象のアプリケーション → Bot → Reset Tokenで新しいトークンを取得し、DISCORD_TOKENに設定してください。");
        let asked = w.sim.world(|world| world.calls.of(Route::GetGatewayBot).count());
        assert_eq!((asked, w.sim.shared().gateway.records().identifies.len()), (1, 0));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_reset_while_it_runs_ends_it() {
    run_story(World::default(), async |w| {
        w.sim
            .world(|world| bot(world).token = "another.token".to_owned());
        let gateway = &w.sim.shared().gateway;
        gateway.drop_connections(&Target::All, 4004, "Authentication failed.");
        let ended = w.ends().await;
        assert!(matches!(ended, Err(RunError::TokenRefused(_))), "{ended:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_bot_that_outgrows_its_shards_can_be_started_again() {
    for (shards, is_its_own) in [("", true), ("1", false)] {
        run_story_with(World::default(), &[("KAIWA_SHARDS", shards)], async |w| {
            let gateway = &w.sim.shared().gateway;
            gateway.drop_connections(&Target::All, 4011, "Sharding required.");
            let ended = w.ends().await;
            let is_grown = matches!(ended, Err(RunError::Grown(_)));
            assert_eq!(is_grown, is_its_own, "{ended:?}");
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_used_is_named() {
    run_story_before_start(World::default(), &[], async |w| {
        let file = w.data().join("a file");
        std::fs::write(&file, "")?;
        let path = file.join("kaiwa").display().to_string();
        w.env.insert("KAIWA_DATA_DIR", path);
        let said = refusal(w).await;
        assert!(
            said.starts_with("DATA/a file/kaiwa can't be written ("),
            "{said}"
        );
        assert!(
            said.ends_with(
                "let the user that runs Kaiwa write there, or set another data directory."
            ),
            "{said}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_second_kaiwa_on_the_same_data_is_sent_away() {
    run_story(World::default(), async |w| {
        let ended = kaiwa_bot::run(w.config()?, std::future::pending()).await;
        let said = ended.unwrap_err().to_string();
        let said = said.replace(&w.data().display().to_string(), "DATA");
        assert_snapshot!(said, @"Another Kaiwa is running with DATA: stop it first, or set another data directory.");
        // The first goes on.
        w.model.answers(["Yes."]);
        let ask = w.user("ada").says("@kaiwa are you there?")?;
        w.reads(ask.thread(), "Yes.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_discord_that_is_broken_is_waited_for_and_named() {
    run_story_before_start(World::default(), &[], async |w| {
        w.log.expects("Discord can't be reached");
        w.sim.world(|world| world.faults.next(Route::GetGatewayBot).fails(500, 0, "broken"));
        w.start();
        let said = w.logs("Discord can't be reached").await?;
        assert_snapshot!(said, @"ERROR kaiwa_bot::app: Discord can't be reached (status 500); trying again in 1 second.");
        w.logs("is online").await?;
        w.model.answers(["Yes."]);
        let ask = w.user("ada").says("@kaiwa are you there?")?;
        w.reads(ask.thread(), "Yes.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_discord_that_is_not_there_does_not_keep_it_from_stopping() {
    run_story_before_start(
        World::default(),
        &[("KAIWA_DISCORD_URL", "http://127.0.0.1:9")],
        async |w| {
            w.log.expects("Discord can't be reached");
            w.start();
            w.logs("Discord can't be reached (no connection)").await?;
            w.stop().await
        },
    )
    .await;
}

#[tokio::test]
async fn a_newer_database_is_told_also_while_discord_is_not_there() {
    let settings = [("KAIWA_DISCORD_URL", "http://127.0.0.1:9")];
    run_story_before_start(World::default(), &settings, async |w| {
        w.log.expects("Discord can't be reached");
        w.another_program().execute_batch(
            "CREATE TABLE migrations (version BIGINT NOT NULL, name TEXT NOT NULL); \
             INSERT INTO migrations (version, name) VALUES (9999, 'later')",
        )?;
        w.start();
        let error = w.ends().await.unwrap_err().to_string();
        assert!(error.contains("A newer Kaiwa has written"), "{error}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn without_the_message_content_intent_it_answers_what_it_can_read() {
    let mut world = World::default();
    bot(&mut world).flags = 0;
    run_story_with(world, &[("KAIWA_MESSAGE_CONTENT", "false")], async |w| {
        let identify = w.sim.shared().gateway.records().identifies.remove(0);
        assert_eq!(identify.intents, intents::GUILDS | intents::GUILD_MESSAGES | intents::DIRECT_MESSAGES);
        assert!(w.logs("is online").await?.contains("message_content is false"));

        let (ada, bot) = (w.user("ada"), w.bot_id());
        w.model.answers(["Blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let (blue, text) = w
            .reads_where(ask.thread(), "a notice", |text| text.contains("-#")).await?;
        assert_snapshot!(text, @r"
        Blue.
        -# I can read only messages that mention me or reply to me with the ping on, so please do so here too.
        ");
        // It can't be read, and so it is not answered.
        ada.says_in(ask.thread(), "and the sky?")?;
        w.model.answers(["Blue too."]);
        ada.says_in(ask.thread(), "@kaiwa and the sky?")?;
        w.reads(ask.thread(), "Blue too.").await?;
        w.model.answers(["Always."]);
        ada.replies(blue, "always?")?;
        w.reads(ask.thread(), "Always.").await?;
        w.model.answers(["Hello."]);
        let direct = ada.tells(bot, "hi")?;
        w.reads(direct.place, "Hello.").await?;
        let greeted = ada.says("@kaiwa")?;
        w.reads(
            greeted.thread(),
            "Hi! What can I do for you? Reply to this message, or mention me with your question.",
        )
        .await?;
        // Of what no longer mentions it Discord doesn't tell the words: they are not gone.
        ada.edits(ask, "what color is the sea?")?;
        w.model.answers(["All of it."]);
        ada.says_in(ask.thread(), "@kaiwa what do you know?")?;
        w.reads(ask.thread(), "All of it.").await?;
        assert!(w.model_hears(5).await?.contains("user: what color is the sea?"));
        assert!(w.texts(ask.thread())[0].starts_with("Blue."));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn shards_identify_in_their_pace_and_all_are_answered() {
    let (world, elsewhere, _) = two_shards();
    run_story_before_start(world, &[], async |w| {
        w.sim
            .shared()
            .gateway
            .set(|settings| settings.identify_pacing = true);
        w.start();
        let line = w.logs("is online").await?;
        assert!(line.contains("in 2 servers on 2 shards"), "{line}");
        let mut shards: Vec<_> = w
            .sim
            .shared()
            .gateway
            .records()
            .identifies
            .iter()
            .map(|one| one.shard)
            .collect();
        shards.sort_unstable();
        assert_eq!(shards, [(0, 2), (1, 2)]);

        let ada = w.user("ada");
        w.model.answers(["Here."]);
        let here = ada.says("@kaiwa where are you?")?;
        w.reads(here.thread(), "Here.").await?;
        w.model.answers(["There."]);
        let there = ada.says_in(elsewhere, "@kaiwa and now?")?;
        w.reads(there.thread(), "There.").await?;
        w.model.answers(["Everywhere."]);
        let direct = ada.tells(w.bot_id(), "and here?")?;
        w.reads(direct.place, "Everywhere.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_live_answer_is_finished_and_what_is_asked_meanwhile_waits_for_the_next_start() {
    run_story(World::default(), async |w| {
        let ben = w.user("ben");
        let (ask, _) = w.sea_is_half_told().await?;
        w.tells_to_stop();
        w.logs("Stopping: 1 answer may take up to 30 seconds to finish.")
            .await?;
        let later = ben.says("@kaiwa and the sky?")?;
        // What was sent is handled before the bot ends: it looks at everything that it was told.
        w.until("the question to be sent", |w| {
            w.sim
                .shared()
                .gateway
                .sessions()
                .iter()
                .all(|session| session.sent == session.queued)
                .then_some(())
        })
        .await?;
        w.model.release();
        w.reads(ask.thread(), "The sea is blue.").await?;
        w.stop().await?;
        w.logs("Stopped; 1 answer will follow after the next start.")
            .await?;
        assert_eq!(w.model.requests().len(), 1);
        w.model.answers(["Blue too."]);
        w.comes_back().await?;
        w.reads(later.thread(), "Blue too.").await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_may_not_finish_is_finished_by_the_next_start_in_the_same_message() {
    run_story_with(
        World::default(),
        &[("KAIWA_DRAIN_SECONDS", "0")],
        async |w| {
            let ada = w.user("ada");
            w.model.answers(["The sea ", HOLD, "is never seen."]);
            let ask = ada.says("@kaiwa what color is the sea?")?;
            let half = w.reads(ask.thread(), "The sea").await?;
            w.stop().await?;
            assert!(
                w.transcript(ask.thread())
                    .contains("I had to stop here; this answer will continue once I'm back.")
            );
            w.model.answers(["The sea is blue."]);
            w.comes_back().await?;
            let whole = w.reads(ask.thread(), "The sea is blue.").await?;
            assert_eq!(whole.id, half.id);
            w.goes_on_in(ask.thread()).await?;
            assert_eq!(w.transcript(ask.thread()).matches("blue").count(), 1);
            Ok(())
        },
    )
    .await;
}

#[tokio::test]
async fn what_was_left_in_a_guild_that_it_was_removed_from_is_given_up() {
    // The resumed session tells that it was removed; a new one doesn't name the guild any more.
    for lost in [false, true] {
        let settings = [("KAIWA_DRAIN_SECONDS", "0")];
        run_story_with(World::default(), &settings, async |w| {
            let ada = w.user("ada");
            w.model.answers(["The sea ", HOLD, "is never seen."]);
            let ask = ada.says("@kaiwa what color is the sea?")?;
            w.reads(ask.thread(), "The sea").await?;
            w.stop().await?;
            w.transcript(ask.thread());
            let bot = w.bot_id();
            w.sim.world(|world| {
                let guild = *world.guilds.keys().next().unwrap();
                world.leave(guild, bot);
            });
            if lost {
                w.sim.shared().gateway.lose_sessions(&Target::All);
            }
            w.comes_back().await?;
            w.logs("online in 0 servers").await?;
            w.stop().await?;
            w.logs("Stopped; every answer is finished.").await?;
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn few_identifies_left_are_waited_for_and_named() {
    let mut world = World::default();
    world.settings.identifies_left = 0;
    run_story_before_start(world, &[], async |w| {
        w.log.expects("more new sessions today");
        w.start();
        let said = w.logs("more new sessions today").await?;
        assert!(said.contains("it goes on in 24 hours"), "{said}");
        tokio::time::timeout(Duration::from_secs(15), w.stop()).await??;
        assert!(w.sim.shared().gateway.records().identifies.is_empty());
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_model_that_comes_up_later_is_found() {
    run_story_before_start(World::default(), &[], async |w| {
        w.log.expects("refuses the key");
        let wants = |w: &Story, key: &str| {
            w.model
                .settings(|settings| key.clone_into(&mut settings.key));
        };
        wants(w, "another-key");
        w.start();
        w.logs("refuses the key").await?;
        w.logs("is online").await?;
        wants(w, kaiwa_sim::model::DEFAULT_KEY);
        let line = w.logs_in_time("can be used now").await?;
        assert!(line.contains("simulated at http://"), "{line}");
        Ok(())
    })
    .await;
}
