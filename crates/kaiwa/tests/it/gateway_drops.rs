//! What the gateway does on a bad day: every drop is mended, and what was said is answered once.

use insta::assert_snapshot;
use kaiwa_sim::{
    World,
    gateway::{Raw, Target},
};

use crate::story::{run_story, run_story_before_start};

#[tokio::test]
async fn a_closed_connection_is_resumed() {
    run_story(World::default(), async |w| {
        w.logs("is online").await?;
        for code in [1001, 4000, 4008] {
            assert_eq!(
                w.sim
                    .shared()
                    .gateway
                    .drop_connections(&Target::All, code, "bye"),
                1
            );
            w.still_hears().await?;
        }
        assert_eq!(w.connected(), (3, 1));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn asked_to_reconnect_it_resumes() {
    run_story(World::default(), async |w| {
        w.logs("is online").await?;
        assert_eq!(w.sim.shared().gateway.ask_to_reconnect(&Target::All), 1);
        w.still_hears().await?;
        // The message may have come over the old connection still.
        w.until_connected(1, 1).await?;
        assert_eq!(w.sim.shared().gateway.invalidate(&Target::All, true), 1);
        w.still_hears().await?;
        w.until_connected(2, 1).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_gateway_that_falls_silent_is_left() {
    run_story_before_start(World::default(), &[], async |w| {
        w.sim
            .shared()
            .gateway
            .set(|settings| settings.heartbeat_interval_ms = 300);
        w.start();
        w.logs("is online").await?;
        assert_eq!(w.sim.shared().gateway.set_silent(&Target::All, true), 1);
        w.still_hears().await?;
        assert!(w.connected().0 >= 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_is_skipped_and_named_once_a_kind() {
    run_story(World::default(), async |w| {
        w.logs("is online").await?;
        w.log.expects("skipping gateway events");
        for raw in [
            r#"{"op":0,"s":90,"t":"A_THING_TO_COME","d":{"a":[1]}}"#,
            r#"{"op":0,"s":91,"t":"A_THING_TO_COME","d":null}"#,
            r#"{"op":0,"s":92,"t":"MESSAGE_CREATE","d":{"id":[]}}"#,
            r#"{"op":42,"d":{}}"#,
            r#"{"op":900,"d":{}}"#,
            r#"{"op":0,"s":93,"t":"MESSAGE_CREATE""#,
            "not even JSON",
            "[]",
        ] {
            let raw = Raw::Payload(raw.to_owned());
            assert_eq!(w.sim.shared().gateway.send_raw(&Target::All, &raw), 1);
        }
        w.still_hears().await?;
        let skipped: Vec<String> = w
            .log
            .all()
            .into_iter()
            .filter(|line| line.contains("skipping"))
            .collect();
        assert_eq!(skipped.len(), 3, "{skipped:?}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_frame_that_cannot_be_unpacked_costs_only_the_connection() {
    run_story(World::default(), async |w| {
        w.logs("is online").await?;
        w.log.expects("can't be unpacked");
        let raw = Raw::Binary(vec![7, 7, 7, 0, 0, 0xff, 0xff]);
        w.sim.shared().gateway.send_raw(&Target::All, &raw);
        w.logs("can't be unpacked").await?;
        w.still_hears().await?;
        assert_eq!(w.connected(), (1, 1));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_resume_address_that_is_none_is_survived() {
    run_story(World::default(), async |w| {
        w.logs("is online").await?;
        w.log.expects("can't be dialled");
        let session = w.sim.shared().gateway.sessions().remove(0);
        let ready = format!(
            r#"{{"op":0,"s":{},"t":"READY","d":{{"v":10,"user":{{"id":"{}","username":"kaiwa"}},"guilds":[],"session_id":"{}","resume_gateway_url":"ws://not an address","shard":[0,1]}}}}"#,
            session.sent,
            w.bot_id(),
            session.session_id,
        );
        w.sim.shared().gateway.send_raw(&Target::All, &Raw::Payload(ready));
        w.logs("can't be dialled").await?;
        w.until_connected(1, 1).await?;
        w.still_hears().await
    })
    .await;
}

#[tokio::test]
async fn guilds_come_and_go_and_names_follow() {
    run_story(World::default(), async |w| {
        let (ada, bot) = (w.user("ada"), w.bot_id());
        let announcements = w.channel("announcements").0;
        let (guild, role) = w.sim.world(|world| {
            let guild = world.guild_of(announcements).unwrap();
            (guild, world.create_role(guild, "sailors", 0))
        });
        w.sim.world(|world| {
            world
                .rename(ada.id, announcements, "news")
                .map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
        })?;
        w.model.answers(["Ok."]);
        let ask = ada.says(format!("@kaiwa tell <@&{role}> in <#{announcements}>").as_str())?;
        w.reads(ask.thread(), "Ok.").await?;
        assert_snapshot!(w.model_hears(1).await?, @r"
        system: Be kind.
        user: tell @sailors in #news
        ");

        // Down and up again, then out and in again.
        w.sim
            .world(|world| world.set_guild_available(guild, bot, false));
        w.sim
            .world(|world| world.set_guild_available(guild, bot, true));
        w.still_hears().await?;
        w.sim.world(|world| world.leave(guild, bot));
        ada.says("it is gone")?;
        w.sim.world(|world| world.join(guild, bot));
        w.still_hears().await
    })
    .await;
}
