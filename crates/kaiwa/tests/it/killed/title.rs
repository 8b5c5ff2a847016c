//! A process that is killed over the title of a thread: the thread gets it once.

use kaiwa_sim::{Route, model::HOLD};
use rusqlite::Connection;

use super::scene::Scene;
use crate::story::{Place, until_titled};

const TITLE: &str = "Color of the sea";

impl Scene {
    fn name(&self, thread: u64) -> String {
        self.sim.world(|world| world.channels[&thread].name.clone())
    }

    /// Asks for a first time in a world where threads get titles, this one from the model; tells the thread.
    async fn asks_for_a_title(&mut self, title: &str) -> Result<u64, String> {
        self.titles = true;
        self.start().await?;
        self.sim.model().answers(["Blue."]);
        self.sim.model().answers([title]);
        let thread = self.say(self.general, "@kaiwa what color is the sea?")?;
        self.reads(thread, None, "Blue.").await?;
        Ok(thread)
    }

    /// The next process answers once more, and nothing is left to be done for a title then.
    async fn goes_on(&mut self, thread: u64) -> Result<(), String> {
        self.sim.world(|world| world.faults.clear());
        self.start().await?;
        self.say(thread, "sure?")?;
        self.reads(thread, None, "Blue.Yes.").await?;
        let other = Connection::open(self.data.path().join("kaiwa.db")).unwrap();
        let over = until_titled(&other, Place(thread)).await;
        over.map_err(|error| error.to_string())?;
        assert_eq!(self.name(thread), TITLE);
        let renamed = |world: &mut kaiwa_sim::World| world.calls.of(Route::EditChannel).count();
        assert_eq!(self.sim.world(renamed), 1);
        Ok(())
    }
}

#[tokio::test]
async fn killed_while_the_model_writes_it() {
    let mut scene = Scene::new().await;
    let played = async {
        let thread = scene.asks_for_a_title(HOLD).await?;
        let begun = scene.sim.model().wait_for_hold(1).await;
        begun.map_err(|error| error.to_string())?;
        scene.kill();
        scene.sim.model().answers(["Yes."]);
        scene.sim.model().answers([TITLE]);
        scene.goes_on(thread).await
    };
    let played: Result<(), String> = played.await;
    played.unwrap();
}

#[tokio::test]
async fn killed_when_discord_has_it_and_the_store_does_not() {
    let mut scene = Scene::new().await;
    let played = async {
        let gate = scene
            .sim
            .world(|world| world.faults.next(Route::EditChannel).held_after());
        let thread = scene.asks_for_a_title(TITLE).await?;
        scene.until_held(Some(gate)).await;
        scene.kill();
        scene.sim.model().answers(["Yes."]);
        scene.goes_on(thread).await
    };
    let played: Result<(), String> = played.await;
    played.unwrap();
}
