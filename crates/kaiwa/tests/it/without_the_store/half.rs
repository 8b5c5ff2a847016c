//! Half an answer, and what was asked while it was written.

use super::*;

impl Story {
    /// The third question in a thread is asked between two messages of the answer to the second one. It is begun with, and nothing of
    /// its answer can be seen.
    async fn tells_a_story_and_is_asked_meanwhile(&mut self, sea: Seen) -> anyhow::Result<()> {
        let ada = self.user("ada");
        let begins = "Once upon a time. ".repeat(100);
        let ends = format!("{}The end.", "And so it went on. ".repeat(50));
        self.model.answers([begins.trim_end(), HOLD, &ends]);
        ada.says_in(sea.thread(), "tell me a story")?;
        let (first, _) = self
            .reads_where(sea.thread(), "its first message", |text| {
                text.starts_with("Once")
            })
            .await?;
        ada.says_in(sea.thread(), "and the sky?")?;
        self.model.answers([HOLD]);
        self.model.release();
        let (last, _) = self
            .reads_where(sea.thread(), "its end", |text| text.ends_with("The end."))
            .await?;
        assert!(last.id > first.id);
        self.model_hears(3).await?;
        Ok(())
    }
}

#[tokio::test]
async fn what_was_asked_between_two_messages_of_an_answer_is_answered() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let (sea, _) = w.sea_is_blue().await?;
            w.loses_its_store().await?;
            w.tells_a_story_and_is_asked_meanwhile(sea).await?;
            w.store_is_back().await?;

            w.model.answers(["Blue too."]);
            w.comes_back_and(hears).await?;
            w.reads(sea.thread(), "Blue too.").await?;
            w.stop().await?;
            let texts = w.texts(sea.thread());
            let once = texts.iter().filter(|text| text.contains("The end."));
            assert_eq!((texts.len(), once.count()), (4, 1));
            assert_eq!(w.model.requests().len(), 4);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let (sea, _) = w.sea_is_blue().await?;
            w.loses_its_store().await?;
            w.model.answers(["Blue, I ", HOLD]);
            w.user("ada").says_in(sea.thread(), "and the sky?")?;
            w.reads(sea.thread(), "Blue, I").await?;
            w.store_is_back().await?;
            w.model.answers(["Blue too."]);
            w.comes_back_and(hears).await?;
            w.reads(sea.thread(), "Blue too.").await?;
            w.stop().await?;
            assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too."]);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn half_an_answer_in_a_new_thread_is_finished_there() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            w.sea_is_blue().await?;
            w.loses_its_store().await?;
            let begins = "Once upon a time. ".repeat(100);
            let goes_on = "And so it went on. ".repeat(50);
            w.model.answers([begins.as_str(), goes_on.trim_end(), HOLD]);
            let story = w.user("ada").says("@kaiwa tell me a story")?;
            let begun = |text: &str| text.starts_with("Once");
            let (first, _) = w
                .reads_where(story.thread(), "its first message", begun)
                .await?;
            let goes_on = |text: &str| text.starts_with("And so");
            w.reads_where(story.thread(), "its second message", goes_on)
                .await?;
            w.store_is_back().await?;

            w.finishes_in(hears, first, "There was a king.").await?;
            w.stop().await?;
            assert_eq!(w.texts(story.thread()), ["There was a king."]);
            assert_eq!(w.model.requests().len(), 3);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn half_an_answer_in_a_new_thread_is_finished_where_something_was_answered_there_since() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let ada = w.user("ada");
            w.sea_is_blue().await?;
            w.loses_its_store().await?;
            w.model.answers(["Blue, I ", HOLD]);
            let sky = ada.says("@kaiwa and the sky?")?;
            let half = w.reads(sky.thread(), "Blue, I").await?;
            w.stop().await?;
            w.comes_back().await?;
            w.model.answers(["Black."]);
            ada.says_in(sky.thread(), "and at night?")?;
            w.reads(sky.thread(), "Black.").await?;
            w.store_is_back().await?;

            w.finishes_in(hears, half, "Blue too.").await?;
            w.goes_on_in(sky.thread()).await?;
            w.stop().await?;
            assert_eq!(w.texts(sky.thread()), ["Blue too.", "Black.", "Yes."]);
            assert_eq!(w.model.requests().len(), 5);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn half_an_answer_to_two_questions_in_a_new_thread_is_finished_there() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let ada = w.user("ada");
            w.sea_is_blue().await?;
            w.loses_its_store().await?;
            w.model.answers([HOLD]);
            let sky = ada.says("@kaiwa and the sky?")?;
            w.model_hears(2).await?;
            w.until_opened(sky).await?;
            w.model.answers(["Blue, I ", HOLD]);
            ada.says_in(sky.thread(), "I mean by day")?;
            let half = w.reads(sky.thread(), "Blue, I").await?;
            w.store_is_back().await?;

            w.finishes_in(hears, half, "Blue too.").await?;
            w.stop().await?;
            assert_eq!(w.texts(sky.thread()), ["Blue too."]);
            let heard = w.model_hears(4).await?;
            assert!(heard.ends_with("user: and the sky?\nI mean by day"));
            assert_eq!(w.model.requests().len(), 4);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn half_an_answer_is_finished_and_what_was_asked_since_has_its_own() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let ada = w.user("ada");
            let (sea, _) = w.sea_is_blue().await?;
            w.loses_its_store().await?;
            w.model.answers([HOLD]);
            ada.says_in(sea.thread(), "and the sky?")?;
            w.model_hears(2).await?;
            w.model.answers(["Blue, I ", HOLD]);
            ada.says_in(sea.thread(), "I mean by day")?;
            let half = w.reads(sea.thread(), "Blue, I").await?;
            w.store_is_back().await?;

            ada.says_in(sea.thread(), "and the grass?")?;
            w.discord_forgets_nonces();
            w.model.answers(["Blue too."]);
            w.model.answers(["Green."]);
            w.comes_back_and(hears).await?;
            let whole = w.reads(sea.thread(), "Blue too.").await?;
            w.reads(sea.thread(), "Green.").await?;
            w.stop().await?;
            assert_eq!(half.id, whole.id);
            assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too.", "Green."]);
            let heard = w.model_hears(4).await?;
            assert!(heard.ends_with("assistant: Blue.\nuser: and the sky?\nI mean by day"));
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_asked_while_it_answered_is_not_taken_for_answered() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        let (sea, _) = w.sea_is_blue().await?;
        w.loses_its_store().await?;
        w.tells_a_story_and_is_asked_meanwhile(sea).await?;
        w.model.answers(["Blue too."]);
        ada.says_in(sea.thread(), "by day, I mean")?;
        w.reads(sea.thread(), "Blue too.").await?;
        let heard = w.model_hears(4).await?;
        assert!(heard.ends_with("The end.\nuser: and the sky?\nby day, I mean"));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn half_an_answer_is_finished_where_the_same_person_was_answered_since() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let (ada, lounge) = (w.user("ada"), w.channel("lounge"));
            w.model.answers(["Jazz."]);
            ada.says_in(lounge, "@kaiwa what is playing?")?;
            let jazz = w.reads(lounge, "Jazz.").await?;
            w.loses_its_store().await?;
            w.model.answers(["Bill, I ", HOLD]);
            ada.replies(jazz, "by whom?")?;
            w.reads(lounge, "Bill, I").await?;
            w.stop().await?;
            w.comes_back().await?;
            w.model.answers(["In 1961."]);
            ada.replies(jazz, "from when?")?;
            w.reads(lounge, "In 1961.").await?;
            w.store_is_back().await?;
            if hears == Hears::Nothing {
                w.away_for(1);
            }
            w.model.answers(["Bill Evans."]);
            w.comes_back().await?;
            w.reads(lounge, "Bill Evans.").await?;
            w.stop().await?;
            assert_eq!(w.texts(lounge), ["Jazz.", "Bill Evans.", "In 1961."]);
            assert_eq!(w.model.requests().len(), 4);
            Ok(())
        })
        .await;
    }
}
