//! The main job: somebody mentions the bot, a thread opens, the answer streams in, the talk goes on, and everything
//! said so far is what the model sees.

use insta::assert_snapshot;
use kaiwa_sim::{World, model::HOLD};

use crate::story::run_story;

#[tokio::test]
async fn a_mention_opens_a_thread_and_the_talk_goes_on_without_mentions() {
    run_story(World::default(), async |w| {
        let ada = w.user("ada");
        w.model.answers(["The sea is ", HOLD, "blue."]);
        let ask = ada.says("@kaiwa what color is the sea?")?;
        let thread = ask.thread();
        w.reads(thread, "The sea is").await?;
        w.model.release();
        w.reads(thread, "The sea is blue.").await?;
        let name = w.sim.world(|world| {
            world
                .channels
                .get(&thread.0)
                .map(|thread| thread.name.clone())
        });
        assert_eq!(name.as_deref(), Some("what color is the sea?"));

        w.model.answers(["Blue too."]);
        ada.says_in(thread, "and the sky?")?;
        w.reads(thread, "Blue too.").await?;
        assert_snapshot!(w.model_hears(2).await?, @r"
        system: Be kind.
        user: what color is the sea?
        assistant: The sea is blue.
        user: and the sky?
        ");
        Ok(())
    })
    .await;
}
