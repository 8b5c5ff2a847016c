//! Half an answer to each of several questions: every one is finished in its own messages.

use super::*;
use crate::story::{Person, Place};

/// What the sky is like, and what the grass is like.
const WHOLE: [&str; 2] = ["The sky is blue.", "The grass is green."];

impl Story {
    /// Somebody asks in the place where the answer comes, and reads its first words.
    async fn begins_to_tell(
        &mut self,
        person: &Person,
        place: Place,
        (question, half): (&str, &str),
    ) -> anyhow::Result<Seen> {
        self.model.answers([half, HOLD]);
        person.says_in(place, question)?;
        self.reads(place, half).await
    }

    /// The process comes that has the store, and finishes both where they were begun.
    async fn finishes(&mut self, hears: Hears, halves: [Seen; 2]) -> anyhow::Result<()> {
        self.discord_forgets_nonces();
        for (question, whole) in ["sky?", "grass?"].into_iter().zip(WHOLE) {
            self.model.answers_when(question, Answer::new([whole]));
        }
        self.comes_back_and(hears).await?;
        for (half, whole) in halves.into_iter().zip(WHOLE) {
            assert_eq!(self.reads(half.place, whole).await?, half);
        }
        self.stop().await
    }
}

#[tokio::test]
async fn what_two_processes_began_is_finished() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let (ada, ben) = (w.user("ada"), w.user("ben"));
            let (sea, _) = w.sea_is_blue().await?;
            w.loses_its_store().await?;
            let sky = ("and the sky?", "The sky");
            let sky = w.begins_to_tell(&ada, sea.thread(), sky).await?;
            w.stop().await?;
            w.comes_back().await?;
            let grass = ("and the grass?", "The grass");
            let grass = w.begins_to_tell(&ben, sea.thread(), grass).await?;
            w.store_is_back().await?;
            w.finishes(hears, [sky, grass]).await?;
            assert_eq!(w.texts(sea.thread()), ["Blue.", WHOLE[0], WHOLE[1]]);
            assert_eq!(w.model.requests().len(), 5);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_begun_without_the_store_is_finished_after_what_it_knows() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let (ada, ben) = (w.user("ada"), w.user("ben"));
            let (sea, _) = w.sea_is_blue().await?;
            let sky = ("and the sky?", "The sky");
            let sky = w.begins_to_tell(&ada, sea.thread(), sky).await?;
            w.stop().await?;
            // As kill -9 leaves it.
            let died = "UPDATE turns SET state = 'running' WHERE state = 'queued'";
            assert_eq!(w.another_program().execute(died, [])?, 1);
            w.log.expects("can't be used");
            w.takes_store_away()?;
            w.comes_back().await?;
            let grass = ("and the grass?", "The grass");
            let grass = w.begins_to_tell(&ben, sea.thread(), grass).await?;
            w.store_is_back().await?;
            w.finishes(hears, [sky, grass]).await?;
            assert_eq!(w.texts(sea.thread()), ["Blue.", WHOLE[0], WHOLE[1]]);
            assert_eq!(w.model.requests().len(), 5);
            Ok(())
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_begun_side_by_side_in_a_channel_is_finished() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let (ada, ben, lounge) = (w.user("ada"), w.user("ben"), w.channel("lounge"));
            w.model.answers(["Jazz."]);
            ada.says_in(lounge, "@kaiwa what is playing?")?;
            w.reads(lounge, "Jazz.").await?;
            w.loses_its_store().await?;
            let sky = ("@kaiwa and the sky?", "The sky");
            let sky = w.begins_to_tell(&ada, lounge, sky).await?;
            let grass = ("@kaiwa and the grass?", "The grass");
            let grass = w.begins_to_tell(&ben, lounge, grass).await?;
            w.store_is_back().await?;
            w.finishes(hears, [sky, grass]).await?;
            assert_eq!(w.texts(lounge), ["Jazz.", WHOLE[0], WHOLE[1]]);
            assert_eq!(w.model.requests().len(), 5);
            Ok(())
        })
        .await;
    }
}
