//! A store that can't be opened at the start is opened as soon as it can be: nobody has to start the bot again.

use std::fs;

use insta::assert_snapshot;
use kaiwa_sim::{
    World,
    model::{Answer, HOLD},
};

use crate::story::{Seen, Story, run_story, run_story_with, until_ended, until_stored};

impl Story {
    /// So many rows a statement counts.
    fn counts(&self, statement: &str) -> i64 {
        let counted = self.another_program();
        let counted = counted.query_one(statement, (), |row| row.get(0));
        counted.expect("a count")
    }

    /// How often the log says that the store works again.
    fn mended(&self) -> usize {
        let lines = self.log.all();
        let mended = lines.iter().filter(|line| line.contains("works again"));
        mended.count()
    }

    /// A thread in which the sky was asked for and nobody has answered, when the bot comes back without its store.
    async fn sky_waits_without_store(&mut self) -> anyhow::Result<Seen> {
        self.log.expects("can't be used");
        let (sea, _) = self.sea_is_blue().await?;
        self.model.answers([HOLD]);
        self.user("ada").says_in(sea.thread(), "and the sky?")?;
        self.model_hears(2).await?;
        self.stop().await?;
        self.takes_store_away()?;
        self.comes_back().await?;
        self.logs("can't be used").await?;
        Ok(sea)
    }

    /// What a second bot with the same data directory ends with.
    async fn second_is_told(&self) -> anyhow::Result<String> {
        let ended = kaiwa_bot::run(self.config()?, std::future::pending()).await;
        let said = ended.expect_err("it runs").to_string();
        Ok(said.replace(&self.data().display().to_string(), "DATA"))
    }
}

#[tokio::test]
async fn what_waits_and_what_was_missed_is_answered_and_what_was_answered_is_not_answered_again() {
    let settings = [("KAIWA_DRAIN_SECONDS", "0")];
    run_story_with(World::default(), &settings, async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        w.log.expects("can't be used");
        let sea = w.known_everywhere().await?;
        w.model.answers(["Blue, I ", HOLD]);
        ada.says_in(sea.thread(), "and the sky?")?;
        w.reads(sea.thread(), "Blue, I").await?;
        w.stop().await?;
        let grass = ben.says("@kaiwa and the grass?")?;
        let you = ben.tells(w.bot_id(), "and you?")?;
        w.takes_store_away()?;
        w.comes_back().await?;
        w.logs("can't be used").await?;

        // Without the store, in the thread in which something waits, and in one that it does not know.
        w.model.answers(["Black."]);
        ada.says_in(sea.thread(), "and the night?")?;
        w.reads(sea.thread(), "Black.").await?;
        w.model.answers(["Green too."]);
        let meadow = ben.says("@kaiwa and the meadow?")?;
        w.reads(meadow.thread(), "Green too.").await?;
        // Nobody but this process has heard the one that it is just about to answer.
        w.model.answers(["Because of ", HOLD, "the clouds."]);
        let rain = ada.says("@kaiwa why does it rain?")?;
        w.reads(rain.thread(), "Because of").await?;

        w.model.answers_when("sky", Answer::new(["Blue too."]));
        w.model.answers_when("grass", Answer::new(["Green."]));
        w.model.answers_when("and you", Answer::new(["Colorless."]));
        w.puts_store_back()?;
        w.logs("works again").await?;
        w.reads(sea.thread(), "Blue too.").await?;
        w.reads(grass.thread(), "Green.").await?;
        w.reads(you.place, "Colorless.").await?;
        w.model.release();
        w.reads(rain.thread(), "Because of the clouds.").await?;

        // It remembers again.
        w.goes_on_in(meadow.thread()).await?;
        assert_snapshot!(w.model_hears(10).await?, @r"
        system: Be kind.
        user: Ben: and the meadow?
        assistant: Green too.
        user: Ada: sure?
        ");
        until_stored(&w.another_program()).await?;
        assert_eq!(w.counts("SELECT COUNT(*) FROM turns"), 6);
        w.stop().await?;
        w.comes_back().await?;
        w.still_hears().await?;
        assert_eq!(w.connected(), (1, 2));
        w.stop().await?;
        assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too.", "Black."]);
        assert_eq!(w.texts(meadow.thread()), ["Green too.", "Yes."]);
        assert_eq!(w.texts(rain.thread()), ["Because of the clouds."]);
        assert_eq!(w.model.requests().len(), 11);
        assert_eq!(w.mended(), 1);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_waits_and_was_seen_by_the_answer_to_a_later_question_is_answered_with_it() {
    for opens_later in [true, false] {
        let settings = [("KAIWA_DRAIN_SECONDS", "0")];
        run_story_with(World::default(), &settings, async |w| {
            let sea = w.sky_waits_without_store().await?;
            let ada = w.user("ada");
            w.model.answers(["Blue too, and black."]);
            ada.says_in(sea.thread(), "and at night?")?;
            w.reads(sea.thread(), "Blue too, and black.").await?;
            if opens_later {
                w.puts_store_back()?;
                w.logs("works again").await?;
            } else {
                w.stop().await?;
                w.puts_store_back()?;
                w.comes_back().await?;
            }
            until_ended(&w.another_program()).await?;
            w.goes_on_in(sea.thread()).await?;
            w.stop().await?;
            let told = ["Blue.", "Blue too, and black.", "Yes."];
            assert_eq!(w.texts(sea.thread()), told);
            assert_eq!(w.model.requests().len(), 4);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_waits_is_answered_though_a_greeting_was_given_after_it() {
    for opens_later in [true, false] {
        let settings = [("KAIWA_DRAIN_SECONDS", "0")];
        run_story_with(World::default(), &settings, async |w| {
            let sea = w.sky_waits_without_store().await?;
            let ada = w.user("ada");
            ada.says_in(sea.thread(), "@kaiwa")?;
            w.reads_where(sea.thread(), "a greeting", |text| text.starts_with("Hi!"))
                .await?;
            w.model.answers(["Blue too."]);
            if opens_later {
                w.puts_store_back()?;
            } else {
                w.stop().await?;
                w.puts_store_back()?;
                w.comes_back().await?;
            }
            w.reads(sea.thread(), "Blue too.").await?;
            w.goes_on_in(sea.thread()).await?;
            w.stop().await?;
            assert_eq!(w.model.requests().len(), 4);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_database_whose_conversations_cannot_be_read_stops_nobody_and_is_opened_when_it_is_whole()
{
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (sea, other) = w.sea_is_stored().await?;
        let page: i64 = other.query_one(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'conversations'",
            (),
            |row| row.get(0),
        )?;
        drop(other);
        w.stop().await?;
        let (store, kept) = (w.data().join("kaiwa.db"), w.data().join("kept"));
        fs::copy(&store, kept)?;
        let mut damaged = fs::read(&store)?;
        let at = usize::try_from(page - 1)? * 4096;
        damaged[at..at + 4096].fill(0xa5);
        fs::write(&store, damaged)?;
        w.comes_back().await?;
        w.logs("is damaged").await?;
        w.goes_on_in(sea.thread()).await?;
        w.puts_store_back()?;
        w.logs("works again").await?;
        w.model.answers(["Very."]);
        w.user("ada").says_in(sea.thread(), "really?")?;
        w.reads(sea.thread(), "Very.").await?;
        until_stored(&w.another_program()).await?;
        assert_eq!(w.counts("SELECT COUNT(*) FROM turns"), 2);
        assert_eq!(w.texts(sea.thread()), ["Blue.", "Yes.", "Very."]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn its_directory_is_its_own_also_while_its_store_cannot_be_opened() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (sea, _) = w.sea_is_blue().await?;
        w.stop().await?;
        w.takes_store_away()?;
        w.comes_back().await?;
        w.logs("can't be used").await?;
        assert_snapshot!(w.second_is_told().await?, @"Another Kaiwa is running with DATA: stop it first, or set another data directory.");
        assert!(kaiwa_bot::store::is_in_use(w.data()));
        w.puts_store_back()?;
        w.logs("works again").await?;
        assert_snapshot!(w.second_is_told().await?, @"Another Kaiwa is running with DATA: stop it first, or set another data directory.");
        w.goes_on_in(sea.thread()).await?;
        w.stop().await?;
        assert!(!kaiwa_bot::store::is_in_use(w.data()));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn another_program_that_holds_it_at_the_start_is_waited_for_while_questions_are_answered() {
    run_story(World::default(), async |w| {
        w.log.expects("can't be used");
        let (sea, other) = w.sea_is_stored().await?;
        w.stop().await?;
        other.execute_batch("BEGIN IMMEDIATE")?;
        w.comes_back().await?;
        w.logs("can't be used").await?;
        w.goes_on_in(sea.thread()).await?;
        other.execute_batch("ROLLBACK")?;
        w.logs("works again").await?;
        w.model.answers(["Very."]);
        w.user("ada").says_in(sea.thread(), "really?")?;
        w.reads(sea.thread(), "Very.").await?;
        until_stored(&other).await?;
        assert_eq!(w.counts("SELECT COUNT(*) FROM turns"), 2);
        Ok(())
    })
    .await;
}
