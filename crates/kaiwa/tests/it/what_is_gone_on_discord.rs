//! What is gone on Discord is forgotten here, whether the bot hears it or is away: servers that it has left, channels, forums
//! and threads that were deleted.

use kaiwa_sim::{
    World,
    model::HOLD,
    world::{ChannelKind, permissions},
};

use crate::story::{
    Place, Story, run_story, until_counted, until_ended, until_forgotten, until_stored,
};

impl Story {
    /// Somebody who may do so deletes a channel or a thread.
    fn is_deleted(&self, place: Place) {
        self.sim.world(|world| {
            let owner = world.guilds.values().next().expect("a server").owner;
            world.delete_channel(owner, place.0).expect("a channel");
        });
    }

    /// A conversation is held here, in a thread or forum post of somebody else's.
    async fn is_held_in(&mut self, place: Place) -> anyhow::Result<()> {
        self.model.answers(["Warm enough."]);
        self.user("ada").says_in(place, "@kaiwa is it warm?")?;
        self.reads(place, "Warm enough.").await?;
        until_stored(&self.another_program()).await
    }
}

#[tokio::test]
async fn a_server_that_it_was_removed_from_while_it_was_away_is_forgotten_and_no_other() {
    let mut world = World::default();
    let ada = world.user_named("ada").unwrap().id;
    let (guild, bot) = (
        *world.guilds.keys().next().unwrap(),
        *world.bots.keys().next().unwrap(),
    );
    let other = world.add_guild("Elsewhere", ada);
    let elsewhere = world.add_channel(other, ChannelKind::Text, "elsewhere", None);
    world.invite_bot(other, bot, permissions::ADMINISTRATOR);
    run_story(world, async |w| {
        let ada = w.user("ada");
        w.sea_is_blue().await?;
        w.model.answers(["There."]);
        let there = ada.says_in(Place(elsewhere), "@kaiwa are you over there?")?;
        w.reads(there.thread(), "There.").await?;
        w.stop().await?;
        w.sim.world(|world| world.leave(guild, bot));
        w.away_for(1);
        w.comes_back().await?;
        let stored = w.another_program();
        let left = "SELECT COUNT(*) FROM messages WHERE text LIKE '%sea%' OR text LIKE '%Blue%'";
        until_counted(&stored, left, 0).await?;
        w.goes_on_in(there.thread()).await?;
        assert!(w.model_hears(3).await?.contains("are you over there?"));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_was_deleted_while_it_was_away_is_forgotten() {
    // For some minutes, or for so long that it might have gone to rest.
    for minutes in [1, 200] {
        run_story(World::default(), async |w| {
            let (sea, stored) = w.sea_is_stored().await?;
            w.stop().await?;
            w.is_deleted(sea.thread());
            w.away_for(minutes);
            w.comes_back().await?;
            until_forgotten(&stored).await?;
            w.still_hears().await
        })
        .await;
    }
}

#[tokio::test]
async fn a_channel_that_was_deleted_while_it_was_away_is_forgotten() {
    run_story(World::default(), async |w| {
        let (ada, lounge) = (w.user("ada"), w.channel("lounge"));
        w.model.answers(["Jazz."]);
        ada.says_in(lounge, "@kaiwa what is playing?")?;
        w.reads(lounge, "Jazz.").await?;
        let stored = w.another_program();
        until_stored(&stored).await?;
        w.stop().await?;
        w.is_deleted(lounge);
        w.away_for(1);
        w.comes_back().await?;
        until_forgotten(&stored).await?;
        w.still_hears().await
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_it_may_not_see_any_more_is_not_forgotten() {
    run_story(World::default(), async |w| {
        w.log.expects("can't read back what was said meanwhile");
        let (sea, _) = w.sea_is_stored().await?;
        w.stop().await?;
        w.deny(permissions::VIEW_CHANNEL);
        w.away_for(1);
        w.comes_back().await?;
        w.until("the guild to be there", |w| {
            (w.connected() == (0, 2)).then_some(())
        })
        .await?;
        w.model.answers(["Hello."]);
        let hello = w.user("ben").tells(w.bot_id(), "hello")?;
        w.reads(hello.place, "Hello.").await?;
        w.stop().await?;
        let kept: i64 = w.another_program().query_one(
            "SELECT COUNT(*) FROM messages WHERE conversation = ?1 AND deleted = FALSE",
            [i64::try_from(sea.id)?],
            |row| row.get(0),
        )?;
        assert_eq!(kept, 2);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_was_said_in_a_forum_goes_with_it() {
    run_story(World::default(), async |w| {
        let ideas = w.channel("ideas");
        let post = w.user("ada").posts(ideas, "Swimming", "Shall we?")?;
        w.is_held_in(post.place).await?;
        w.is_deleted(ideas);
        until_forgotten(&w.another_program()).await
    })
    .await;
}

#[tokio::test]
async fn an_answer_in_a_thread_whose_channel_is_deleted_ends() {
    run_story(World::default(), async |w| {
        w.log.expects("a turn failed");
        let (ada, general) = (w.user("ada"), w.channel("general"));
        let thread = ada.opens_thread(general, "plans")?;
        w.is_held_in(thread).await?;
        w.model.answers(["Swim, ", HOLD, "of course."]);
        ada.says_in(thread, "@kaiwa what shall we do?")?;
        w.reads(thread, "Swim,").await?;
        w.is_deleted(general);
        let stored = w.another_program();
        until_forgotten(&stored).await?;
        until_ended(&stored).await?;
        w.model.release();
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_thread_that_is_deleted_while_the_store_fails_is_forgotten_when_it_works_again() {
    // Whether anything is asked then, or the bot is only stopped.
    for is_asked in [true, false] {
        run_story(World::default(), async |w| {
            w.log.expects("can't be used");
            let (sea, stored) = w.sea_is_stored().await?;
            stored.execute_batch("BEGIN IMMEDIATE")?;
            w.is_deleted(sea.thread());
            w.logs("can't be used").await?;
            stored.execute_batch("ROLLBACK")?;
            if is_asked {
                w.still_hears().await?;
            } else {
                w.stop().await?;
            }
            let left =
                "SELECT COUNT(*) FROM messages WHERE text LIKE '%sea%' OR text LIKE '%Blue%'";
            until_counted(&stored, left, 0).await
        })
        .await;
    }
}
