//! A process that can't open its store answers from memory. The next one, which has the store again, knows by what it sees
//! which questions were answered, and answers the others.

mod between;
mod half;
mod halves;
mod unseen;

use std::time::Duration;

use kaiwa_sim::{
    World,
    gateway::Target,
    model::{Answer, HOLD},
    world::permissions,
};

use crate::story::{
    Seen, Story, run_story, run_story_before_start, run_story_with, two_shards, until_counted,
};

/// How the next process hears of what was said: the session that it had before the store was lost goes on and tells it, or
/// that is lost too and it is read back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hears {
    AllAgain,
    Nothing,
}

/// What is told to stop stops at once, in the middle of its answer.
const AT_ONCE: [(&str, &str); 1] = [("KAIWA_DRAIN_SECONDS", "0")];

const WAYS: [Hears; 2] = [Hears::AllAgain, Hears::Nothing];

impl Story {
    /// The bot is stopped and comes back with a database that can't be opened.
    async fn loses_its_store(&mut self) -> anyhow::Result<()> {
        self.log.expects("can't be used");
        self.stop().await?;
        self.takes_store_away()?;
        self.comes_back().await?;
        self.logs("can't be used").await?;
        Ok(())
    }

    /// The bot is stopped, and its database is as it was.
    async fn store_is_back(&mut self) -> anyhow::Result<()> {
        self.stop().await?;
        self.puts_store_back()
    }

    /// Discord does not remember for ever what it was sent once already.
    fn discord_forgets_nonces(&self) {
        self.sim
            .world(|world| world.settings.nonce_memory = Duration::ZERO);
    }

    async fn comes_back_and(&mut self, hears: Hears) -> anyhow::Result<()> {
        let (resumed, begun) = self.connected();
        let connected = match hears {
            Hears::AllAgain => (resumed + 1, begun),
            Hears::Nothing => {
                self.away_for(1);
                (resumed, begun + 1)
            }
        };
        self.comes_back().await?;
        anyhow::ensure!(self.connected() == connected);
        Ok(())
    }

    /// The next process says the whole answer in the messages of its half.
    async fn finishes_in(&mut self, hears: Hears, half: Seen, whole: &str) -> anyhow::Result<()> {
        self.discord_forgets_nonces();
        self.model.answers([whole]);
        self.comes_back_and(hears).await?;
        assert_eq!(self.reads(half.place, whole).await?, half);
        Ok(())
    }
}

#[tokio::test]
async fn what_was_answered_is_not_answered_again() {
    for hears in WAYS {
        run_story(World::default(), async |w| {
            let (ada, ben, bot) = (w.user("ada"), w.user("ben"), w.bot_id());
            let sea = w.known_everywhere().await?;
            w.loses_its_store().await?;
            w.model.answers(["Blue too."]);
            ada.says_in(sea.thread(), "and the sky?")?;
            w.reads(sea.thread(), "Blue too.").await?;
            w.model.answers(["Green."]);
            let grass = ben.says("@kaiwa and the grass?")?;
            w.reads(grass.thread(), "Green.").await?;
            w.model.answers(["Colorless."]);
            let you = ben.tells(bot, "and you?")?;
            w.reads(you.place, "Colorless.").await?;
            w.store_is_back().await?;

            ada.says_in(sea.thread(), "and the night?")?;
            ben.says_in(grass.thread(), "and the trees?")?;
            let meadow = ben.says("@kaiwa and the meadow?")?;
            ben.tells(bot, "and me?")?;
            w.model.answers_when("night", Answer::new(["Black."]));
            w.model.answers_when("trees", Answer::new(["Leafy."]));
            w.model.answers_when("meadow", Answer::new(["Green too."]));
            w.model
                .answers_when("me?", Answer::new(["I can't see you."]));
            w.comes_back_and(hears).await?;
            w.reads(sea.thread(), "Black.").await?;
            w.reads(grass.thread(), "Leafy.").await?;
            w.reads(meadow.thread(), "Green too.").await?;
            w.reads(you.place, "I can't see you.").await?;
            w.stop().await?;
            assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too.", "Black."]);
            assert_eq!(w.texts(grass.thread()), ["Green.", "Leafy."]);
            let told = ["Hello.", "Colorless.", "I can't see you."];
            assert_eq!(w.texts(you.place), told);
            assert_eq!(w.model.requests().len(), 9);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_answered_together_in_a_reply_chain_is_not_answered_again() {
    for hears in WAYS {
        run_story(World::default(), async |w| {
            let (ada, ben, lounge) = (w.user("ada"), w.user("ben"), w.channel("lounge"));
            w.model.answers(["Jazz."]);
            ada.says_in(lounge, "@kaiwa what is playing?")?;
            let jazz = w.reads(lounge, "Jazz.").await?;
            w.loses_its_store().await?;
            w.model.answers([HOLD]);
            ada.replies(jazz, "by whom?")?;
            w.model_hears(2).await?;
            w.model.answers(["Bill Evans on the piano."]);
            ada.replies(jazz, "I mean the piano")?;
            w.reads(lounge, "Bill Evans on the piano.").await?;
            w.model.answers(["In 1961."]);
            ben.replies(jazz, "from when?")?;
            w.reads(lounge, "In 1961.").await?;
            w.store_is_back().await?;

            w.model.answers(["Scott LaFaro."]);
            ada.replies(jazz, "and the bass?")?;
            w.comes_back_and(hears).await?;
            w.reads(lounge, "Scott LaFaro.").await?;
            w.stop().await?;
            let told = [
                "Jazz.",
                "Bill Evans on the piano.",
                "In 1961.",
                "Scott LaFaro.",
            ];
            assert_eq!(w.texts(lounge), told);
            assert_eq!(w.model.requests().len(), 5);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_answered_in_a_new_thread_is_remembered() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        // Its session is stored.
        w.logs("is online").await?;
        w.loses_its_store().await?;
        let (sea, _) = w.sea_is_blue().await?;
        w.store_is_back().await?;
        w.comes_back().await?;
        // Its session tells of both, so that nothing is left to be answered.
        let ended = "SELECT COUNT(*) FROM turns WHERE state = 'done'";
        until_counted(&w.another_program(), ended, 1).await?;
        w.model.answers(["Blue too."]);
        ada.says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "Blue too.").await?;
        let heard = w.model_hears(2).await?;
        assert!(
            heard.ends_with("user: what color is the sea?\nassistant: Blue.\nuser: and the sky?")
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn it_answers_also_where_it_may_not_reply() {
    run_story(World::default(), async |w| {
        w.log.expects("can't read a conversation back");
        let (sea, _) = w.sea_is_blue().await?;
        w.deny(permissions::READ_MESSAGE_HISTORY);
        w.loses_its_store().await?;
        w.model.answers(["Blue too."]);
        w.user("ada").says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "Blue too.").await?;
        w.store_is_back().await
    })
    .await;
}

#[tokio::test]
async fn what_was_answered_while_the_store_failed_is_not_answered_again() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        w.logs("is online").await?;
        let other = w.another_program();
        other.execute_batch("BEGIN IMMEDIATE")?;
        let (sea, _) = w.sea_is_blue().await?;
        w.model.answers(["Blue too."]);
        w.user("ada").says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "Blue too.").await?;
        // The session tells all of it again, because nothing of it could be kept.
        w.stop().await?;
        other.execute_batch("ROLLBACK")?;
        w.comes_back().await?;
        w.goes_on_in(sea.thread()).await?;
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too.", "Yes."]);
        assert_eq!((w.model.requests().len(), w.connected()), (3, (1, 1)));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_while_it_still_thinks_has_an_answer_of_its_own() {
    for hears in WAYS {
        let settings = [("KAIWA_THINKING_SECONDS", "0")];
        run_story_with(World::default(), &settings, async |w| {
            let ada = w.user("ada");
            let (sea, _) = w.sea_is_blue().await?;
            w.loses_its_store().await?;
            w.model.answers([HOLD, "Blue too."]);
            ada.says_in(sea.thread(), "and the sky?")?;
            w.reads_where(sea.thread(), "a line about it", |text| {
                text.starts_with("-#")
            })
            .await?;
            // There is a message that says for good which question it is to.
            ada.says_in(sea.thread(), "and the grass?")?;
            w.still_hears().await?;
            w.model.answers(["Green."]);
            w.model.release();
            w.reads(sea.thread(), "Blue too.").await?;
            w.reads(sea.thread(), "Green.").await?;
            w.store_is_back().await?;
            w.comes_back_and(hears).await?;
            w.goes_on_in(sea.thread()).await?;
            w.stop().await?;
            let told = ["Blue.", "Blue too.", "Green.", "Yes."];
            assert_eq!(w.texts(sea.thread()), told);
            Ok(())
        })
        .await;
    }
}

/// When the session of the other shard tells the rest of what was missed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TheRest {
    /// After this shard has begun anew: all there is to tell.
    Everything,
    /// After what this shard was asked is answered: only that this was all.
    TheEnd,
}

#[tokio::test]
async fn what_one_shard_has_told_does_not_depend_on_the_other() {
    for rest in [TheRest::Everything, TheRest::TheEnd] {
        let (world, elsewhere, there) = two_shards();
        run_story_before_start(world, &[], async |w| {
            let ada = w.user("ada");
            w.start();
            w.logs("is online in 2 servers on 2 shards").await?;
            let sessions = w.sim.shared().gateway.sessions();
            let of_there = sessions.iter().find(|session| session.shard.0 == there);
            let session = Target::Session(of_there.expect("a session").session_id.clone());
            let hold = |w: &Story| w.sim.shared().gateway.hold_back(&session);
            if rest == TheRest::Everything {
                hold(w);
            }
            w.loses_its_store().await?;
            w.until_connected(0, 4).await?;
            w.model.answers(["There."]);
            let asked = ada.says_in(elsewhere, "@kaiwa are you over there?")?;
            w.reads(asked.thread(), "There.").await?;
            w.store_is_back().await?;

            if rest == TheRest::TheEnd {
                hold(w);
                w.model.answers(["Here."]);
                let here = ada.says("@kaiwa are you here?")?;
                w.start();
                w.reads(here.thread(), "Here.").await?;
            } else {
                let delete = "DELETE FROM sessions WHERE shard != ?1";
                w.another_program()
                    .execute(delete, [i64::try_from(there)?])?;
                w.start();
                w.until_connected(1, 5).await?;
                w.still_hears().await?;
            }
            w.sim.shared().gateway.let_go(&session);
            w.model.answers(["Still there."]);
            ada.says_in(asked.thread(), "and now?")?;
            w.reads(asked.thread(), "Still there.").await?;
            w.stop().await?;
            assert_eq!(w.texts(asked.thread()), ["There.", "Still there."]);
            assert_eq!(w.model.requests().len(), 3);
            Ok(())
        })
        .await;
    }
}
