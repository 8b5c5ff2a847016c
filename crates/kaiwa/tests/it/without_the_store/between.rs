//! A process ends between two messages of an answer: what stands there is not taken for all of it.

use kaiwa_sim::Route;

use super::*;
use crate::story::outage::GONE;

impl Story {
    /// Without the store, Ada is told a story, as far as its first message.
    async fn begins_a_story(&mut self, goes_on: &[&str]) -> anyhow::Result<Seen> {
        let (sea, _) = self.sea_is_blue().await?;
        self.loses_its_store().await?;
        let begins = "Once upon a time. ".repeat(100);
        let script = [begins.trim_end(), HOLD].into_iter();
        self.model.answers(script.chain(goes_on.iter().copied()));
        self.user("ada").says_in(sea.thread(), "tell me a story")?;
        let begun = |text: &str| text.starts_with("Once");
        let (first, _) = self
            .reads_where(sea.thread(), "its first message", begun)
            .await?;
        Ok(first)
    }

    /// The next call of a route never gets through.
    fn is_cut_off(&self, route: Route) {
        self.log.expects(GONE);
        self.sim.world(|world| world.faults.next(route).no_answer());
    }

    /// The process ends over that call, as with kill -9: so many messages of the story stand there. The next process has the
    /// store, and tells it anew in the same place.
    async fn is_told_anew(
        &mut self,
        first: Seen,
        there: usize,
        hears: Hears,
    ) -> anyhow::Result<()> {
        self.until("the call", |story| {
            let is_made = story.sim.world(|world| world.faults.left() == 0);
            is_made.then_some(())
        })
        .await?;
        self.store_is_back().await?;
        assert_eq!(self.texts(first.place).len(), 1 + there);
        self.sim.world(|world| world.faults.clear());
        self.finishes_in(hears, first, "There was a king.").await?;
        self.stop().await?;
        assert_eq!(self.texts(first.place), ["Blue.", "There was a king."]);
        assert_eq!(self.buttons(first), [""; 0]);
        assert_eq!(self.model.requests().len(), 3);
        Ok(())
    }
}

#[tokio::test]
async fn an_answer_is_not_taken_for_whole_before_its_next_message_is_there() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let ends = format!("{}The end.", " And so it went on.".repeat(50));
            let first = w.begins_a_story(&[&ends]).await?;
            w.is_cut_off(Route::CreateMessage);
            w.model.release();
            w.is_told_anew(first, 1, hears).await
        })
        .await;
    }
}

#[tokio::test]
async fn an_answer_is_not_taken_for_whole_while_one_of_its_messages_says_that_it_goes_on() {
    for hears in WAYS {
        run_story_with(World::default(), &AT_ONCE, async |w| {
            let goes_on = " And so it went on.".repeat(50);
            let first = w.begins_a_story(&[&goes_on, HOLD]).await?;
            let create = Route::CreateMessage;
            let answered = w.sim.world(|world| world.faults.next(create).held_after());
            w.model.release();
            let second = |text: &str| !text.starts_with("Once") && text.contains("And so");
            w.reads_where(first.place, "its second message", second)
                .await?;
            w.is_cut_off(Route::EditMessage);
            w.sim.world(|world| world.faults.open(answered));
            w.is_told_anew(first, 2, hears).await
        })
        .await;
    }
}
