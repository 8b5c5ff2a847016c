//! How many stories begin: what is told again and again has a name.

use anyhow::Result;
use kaiwa_sim::{
    model::HOLD,
    world::{Overwrite, OverwriteKind},
};

use super::{Seen, Story};

/// What is asked first.
const QUESTION: &str = "@kaiwa what color is the sea?";

impl Story {
    /// Ada asks what color the sea is, and reads in its thread that it is blue: her question, and the answer.
    pub(crate) async fn sea_is_blue(&mut self) -> Result<(Seen, Seen)> {
        self.model.answers(["Blue."]);
        let ask = self.user("ada").says(QUESTION)?;
        let answer = self.reads(ask.thread(), "Blue.").await?;
        Ok((ask, answer))
    }

    /// Ada asks what color the sea is, and the model thinks about it for as long as it is let to; the thread is open.
    pub(crate) async fn sea_is_thought_about(&mut self) -> Result<Seen> {
        self.model.answers([HOLD]);
        let ask = self.user("ada").says(QUESTION)?;
        self.model_hears(1).await?;
        self.until("the thread", |story| {
            let opened = |world: &mut kaiwa_sim::World| world.channels.get(&ask.id).map(|_| ());
            story.sim.world(opened)
        })
        .await?;
        Ok(ask)
    }

    /// Ada asks what color the sea is, and reads the first words; the others wait until the model is let to go on.
    pub(crate) async fn sea_is_half_told(&mut self) -> Result<(Seen, Seen)> {
        self.model.answers(["The sea ", HOLD, "is blue."]);
        let ask = self.user("ada").says(QUESTION)?;
        let answer = self.reads(ask.thread(), "The sea").await?;
        Ok((ask, answer))
    }

    /// The bot may not do that in #general.
    pub(crate) fn deny(&self, deny: u64) {
        let overwrite = Overwrite {
            id: self.bot_id(),
            kind: OverwriteKind::Member,
            allow: 0,
            deny,
        };
        let general = self.channel("general").0;
        self.sim
            .world(|world| world.set_overwrite(general, overwrite));
    }

    /// Somebody asks, and the answer shows that the bot hears.
    pub(crate) async fn still_hears(&mut self) -> Result<()> {
        self.model.answers(["I hear you."]);
        let ask = self.user("ada").says("@kaiwa do you hear me?")?;
        self.reads(ask.thread(), "I hear you.").await?;
        Ok(())
    }

    /// Waits until gateway sessions were resumed and begun so often.
    pub(crate) async fn until_connected(&self, resumed: usize, begun: usize) -> Result<()> {
        let what = format!("{resumed} sessions resumed and {begun} begun");
        self.until(&what, |story| {
            (story.connected() == (resumed, begun)).then_some(())
        })
        .await
    }
}
