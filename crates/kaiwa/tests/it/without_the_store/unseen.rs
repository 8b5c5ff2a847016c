//! What was asked while nobody was there is not taken for answered by what has not seen it.

use super::*;
use crate::story::{
    Seen,
    failures::{ONE_TRY, SENTENCE},
};

impl Story {
    /// The sky is asked for in a thread between two processes, of which the second has no store: nobody heard it.
    async fn sky_is_missed(&mut self) -> anyhow::Result<Seen> {
        self.log.expects("can't be used");
        let (sea, _) = self.sea_is_blue().await?;
        self.stop().await?;
        self.user("ada").says_in(sea.thread(), "and the sky?")?;
        self.takes_store_away()?;
        self.comes_back().await?;
        self.logs("can't be used").await?;
        Ok(sea)
    }

    /// The process that has the store answers it, and nothing else.
    async fn sky_is_told(&mut self, sea: Seen, hears: Hears) -> anyhow::Result<()> {
        self.store_is_back().await?;
        let before = self.model.requests().len();
        self.model.answers(["Blue too."]);
        self.comes_back_and(hears).await?;
        self.reads(sea.thread(), "Blue too.").await?;
        self.stop().await?;
        assert_eq!(self.texts(sea.thread()).len(), 3);
        assert_eq!(self.model.requests().len(), before + 1);
        Ok(())
    }
}

#[tokio::test]
async fn what_was_missed_is_answered_though_a_greeting_was_given_since() {
    for hears in WAYS {
        run_story(World::default(), async |w| {
            let sea = w.sky_is_missed().await?;
            w.user("ben").says_in(sea.thread(), "@kaiwa")?;
            let greeting = |text: &str| text.starts_with("Hi!");
            w.reads_where(sea.thread(), "a greeting", greeting).await?;
            w.sky_is_told(sea, hears).await
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_missed_is_answered_though_an_answer_has_failed_since() {
    for hears in WAYS {
        run_story_with(World::default(), ONE_TRY, async |w| {
            let sea = w.sky_is_missed().await?;
            w.fails();
            w.user("ben").says_in(sea.thread(), "and the grass?")?;
            w.reads(sea.thread(), SENTENCE).await?;
            w.sky_is_told(sea, hears).await
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_answered_together_with_a_call_is_not_answered_again() {
    for hears in WAYS {
        run_story(World::default(), async |w| {
            let ada = w.user("ada");
            let (sea, _) = w.sea_is_blue().await?;
            w.loses_its_store().await?;
            w.model.answers([HOLD]);
            ada.says_in(sea.thread(), "and the sky?")?;
            w.model_hears(2).await?;
            w.model.answers(["Blue too."]);
            ada.says_in(sea.thread(), "@kaiwa")?;
            w.reads(sea.thread(), "Blue too.").await?;
            w.store_is_back().await?;
            w.comes_back_and(hears).await?;
            w.goes_on_in(sea.thread()).await?;
            w.stop().await?;
            assert_eq!(w.texts(sea.thread()), ["Blue.", "Blue too.", "Yes."]);
            assert_eq!(w.model.requests().len(), 4);
            Ok(())
        })
        .await;
    }
}
