//! What people delete while the bot is away and its session is lost is erased, wherever in a conversation it stood.

use anyhow::Result;
use insta::assert_snapshot;
use kaiwa_sim::{Route, World, gateway::Target, world::permissions};

use crate::story::{Place, Seen, Story, run_story, run_story_with, until_counted, until_stored};

const SECRET: &str = "my password is hunter2";

impl Story {
    /// The bot is back, and no session tells it what has happened.
    async fn comes_back_knowing_nothing(&mut self) -> Result<()> {
        self.sim.shared().gateway.lose_sessions(&Target::All);
        self.comes_back().await
    }

    /// The talk goes on, and nothing of the secret is sent to the model or kept.
    async fn the_secret_is_gone(&mut self, place: Place, request: u64) -> Result<()> {
        self.goes_on_in(place).await?;
        self.nothing_tells_the_secret(request).await
    }

    /// Ada replies to the last number, and is told the next one.
    async fn counts_on(&mut self, last: Seen, number: u32) -> Result<Seen> {
        let answer = format!("{number}.");
        self.model.answers([answer.as_str()]);
        self.user("ada").replies(last, "go on")?;
        self.reads(last.place, &answer).await
    }

    async fn nothing_tells_the_secret(&mut self, request: u64) -> Result<()> {
        assert!(!self.model_hears(request).await?.contains("hunter2"));
        let kept = "SELECT (SELECT COUNT(*) FROM messages WHERE text LIKE '%hunter2%' OR quoted LIKE '%hunter2%') \
             + (SELECT COUNT(*) FROM turns WHERE question LIKE '%hunter2%')";
        until_counted(&self.another_program(), kept, 0).await
    }
}

#[tokio::test]
async fn the_question_that_a_thread_was_opened_on() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["Change it."]);
        let ask = ada.says(format!("@kaiwa {SECRET}").as_str())?;
        w.reads(ask.thread(), "Change it.").await?;
        w.stop().await?;
        ada.deletes(ask)?;
        w.comes_back_knowing_nothing().await?;
        w.the_secret_is_gone(ask.thread(), 2).await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: [what was said before is not known]
        assistant: Change it.
        user: sure?
        ");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_question_that_a_thread_was_opened_on_and_that_still_waits() {
    let settings = [("KAIWA_DRAIN_SECONDS", "0")];
    run_story_with(World::default(), &settings, async |w| {
        let ask = w.sea_is_thought_about().await?;
        w.stop().await?;
        w.user("ada").deletes(ask)?;
        w.away_for(1);
        w.comes_back().await?;
        w.still_hears().await?;
        w.stop().await?;
        assert_eq!(w.model.requests().len(), 2);
        assert_eq!(w.texts(ask.thread()), [""; 0]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_the_question_quotes_that_a_thread_was_opened_on() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        w.model.answers(["No idea."]);
        let told = ben.says(SECRET)?;
        let ask = ada.replies(told, "@kaiwa what does he mean?")?;
        w.reads(ask.thread(), "No idea.").await?;
        w.stop().await?;
        // Changed first, it is read as it is now.
        ben.edits(told, "my password is swordfish")?;
        w.comes_back_knowing_nothing().await?;
        w.the_secret_is_gone(ask.thread(), 2).await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: [in reply to Ben:]
        > my password is swordfish
        what does he mean?
        assistant: No idea.
        user: sure?
        ");
        w.stop().await?;
        ben.deletes(told)?;
        w.comes_back_knowing_nothing().await?;
        w.model.answers(["Quite."]);
        ada.says_in(ask.thread(), "really?")?;
        w.reads(ask.thread(), "Quite.").await?;
        assert!(!w.model_hears(3).await?.contains("swordfish"));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_first_of_direct_messages() {
    run_story(World::default(), async |w| {
        let (ada, bot) = (w.user("ada"), w.bot_id());
        w.model.answers(["Fine."]);
        let told = ada.tells(bot, SECRET)?;
        w.reads(told.place, "Fine.").await?;
        w.stop().await?;
        ada.deletes(told)?;
        w.comes_back_knowing_nothing().await?;
        w.the_secret_is_gone(told.place, 2).await
    })
    .await;
}

#[tokio::test]
async fn the_first_message_of_a_forum_post() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let post = ada.posts(w.channel("ideas"), "A secret", SECRET)?;
        w.model.answers(["Change it."]);
        ada.says_in(post.place, "@kaiwa what shall I do?")?;
        w.reads(post.place, "Change it.").await?;
        assert!(w.model_hears(1).await?.contains("hunter2"));
        w.stop().await?;
        ada.deletes(post)?;
        w.comes_back_knowing_nothing().await?;
        w.model.answers(["Yes."]);
        ada.says_in(post.place, "@kaiwa sure?")?;
        w.reads(post.place, "Yes.").await?;
        w.nothing_tells_the_secret(2).await
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_a_reply_chain() {
    run_story(World::default(), async |w| {
        let (ada, lounge) = (w.user("ada"), w.channel("lounge"));
        w.model.answers(["Change it."]);
        let told = ada.says_in(lounge, format!("@kaiwa {SECRET}").as_str())?;
        let change = w.reads(lounge, "Change it.").await?;
        // A reply belongs to its chain where the message that it replies to is stored.
        until_stored(&w.another_program()).await?;
        w.model.answers(["A long one."]);
        let into = ada.replies(change, "into what?")?;
        let long = w.reads(lounge, "A long one.").await?;
        w.stop().await?;
        ada.deletes(told)?;
        ada.edits(into, "what would be a good one?")?;
        w.comes_back_knowing_nothing().await?;
        w.model.answers(["Very."]);
        ada.replies(long, "how long?")?;
        let very = w.reads(lounge, "Very.").await?;
        until_stored(&w.another_program()).await?;
        w.nothing_tells_the_secret(3).await?;
        assert_snapshot!(w.model_hears(3).await?, @r"
        system: Be kind.
        user: [what was said before is not known]
        assistant: Change it.
        user: what would be a good one?
        assistant: A long one.
        user: how long?
        ");
        // Once is enough.
        let looked = w.calls(Route::GetMessage);
        w.model.answers(["Yes."]);
        ada.replies(very, "sure?")?;
        w.reads(lounge, "Yes.").await?;
        let again = w.calls(Route::GetMessage) - looked;
        anyhow::ensure!(again == 0, "it looked again, {again} times");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_stands_so_far_up_in_a_reply_chain_that_nobody_has_looked_is_told_to_nobody() {
    run_story(World::default(), async |w| {
        let (ada, lounge) = (w.user("ada"), w.channel("lounge"));
        w.model.answers(["1."]);
        let told = ada.says_in(lounge, format!("@kaiwa {SECRET}").as_str())?;
        let mut last = w.reads(lounge, "1.").await?;
        for number in 2..19 {
            until_stored(&w.another_program()).await?;
            last = w.counts_on(last, number).await?;
        }
        w.stop().await?;
        ada.deletes(told)?;
        w.comes_back_knowing_nothing().await?;
        let last = w.counts_on(last, 19).await?;
        let heard = w.model_hears(19).await?;
        assert!(!heard.contains("hunter2"), "{heard}");
        assert!(heard.contains("assistant: 18."), "{heard}");
        // The next question looks further.
        until_stored(&w.another_program()).await?;
        w.counts_on(last, 20).await?;
        let heard = w.model_hears(20).await?;
        assert!(heard.contains("assistant: 1.\n"), "{heard}");
        until_stored(&w.another_program()).await?;
        w.nothing_tells_the_secret(20).await
    })
    .await;
}

#[tokio::test]
async fn a_reply_chain_that_may_not_be_read_is_not_tried_link_by_link() {
    run_story(World::default(), async |w| {
        let (ada, lounge) = (w.user("ada"), w.channel("lounge"));
        w.model.answers(["1."]);
        ada.says_in(lounge, "@kaiwa count")?;
        let mut last = w.reads(lounge, "1.").await?;
        until_stored(&w.another_program()).await?;
        for number in 2..9 {
            last = w.counts_on(last, number).await?;
            until_stored(&w.another_program()).await?;
        }
        w.stop().await?;
        w.deny_in(lounge, permissions::READ_MESSAGE_HISTORY);
        w.log.expects("can't read a reply chain back");
        w.comes_back_knowing_nothing().await?;
        let looked = w.calls(Route::GetMessage);
        w.counts_on(last, 9).await?;
        // As many as are read side by side.
        assert!(w.calls(Route::GetMessage) - looked <= 5);
        // The model hears it as it was.
        assert!(w.model_hears(9).await?.contains("user: count"));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_question_that_has_become_a_mere_call_is_not_taken_for_deleted() {
    run_story(World::default(), async |w| {
        let (ada, (sea, _)) = (w.user("ada"), w.sea_is_blue().await?);
        let here = sea.thread();
        w.model.answers(["Change it."]);
        let told = ada.says_in(here, SECRET)?;
        w.reads(here, "Change it.").await?;
        w.stop().await?;
        ada.edits(told, "@kaiwa")?;
        w.comes_back_knowing_nothing().await?;
        w.the_secret_is_gone(here, 3).await?;
        w.model.answers(["Swordfish is no better."]);
        ada.edits(told, "my password is swordfish")?;
        w.reads(here, "Swordfish is no better.").await?;
        w.stop().await?;
        assert_eq!(w.texts(here), ["Blue.", "Swordfish is no better.", "Yes."]);
        Ok(())
    })
    .await;
}

/// Without the intent Discord shows nothing of what people say to each other. That is not gone.
#[tokio::test]
async fn what_is_hidden_for_a_while_is_not_taken_for_deleted() {
    run_story(World::default(), async |w| {
        let (ada, ben) = (w.user("ada"), w.user("ben"));
        let (sea, _) = w.sea_is_blue().await?;
        let here = sea.thread();
        ben.says_in(here, "@ada I like it green")?;
        ada.says_in(here, "@ben why?")?;
        w.goes_on_in(here).await?;
        assert!(w.model_hears(2).await?.contains("I like it green"));
        for (reads, number) in [(false, 3), (true, 4)] {
            w.stop().await?;
            w.sim.world(|world| {
                let bot = world.bots.values_mut().next();
                bot.unwrap().set_message_content(reads);
            });
            w.env.insert("KAIWA_MESSAGE_CONTENT", reads.to_string());
            w.comes_back_knowing_nothing().await?;
            let answer = format!("{number}.");
            w.model.answers([answer.as_str()]);
            ada.says_in(here, "@kaiwa really?")?;
            w.reads_where(here, "the answer", |text| text.starts_with(&answer))
                .await?;
            assert!(w.model_hears(number).await?.contains("I like it green"));
        }
        Ok(())
    })
    .await;
}
