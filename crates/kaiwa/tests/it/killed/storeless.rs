//! A process that can't open its store is killed over a turn. The next one has the store again, and hears of the question and of what
//! was said to it.

use std::{fs, time::Duration};

use kaiwa_sim::{gateway::Target, model::Answer};

use super::{
    point::{Kind, Outcome, Point},
    scene::Scene,
    turn::{AFTERWARDS, THEN},
};

/// What a store consists of.
const FILES: [&str; 3] = ["kaiwa.db", "kaiwa.db-wal", "kaiwa.db-shm"];

/// How the next process hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    /// The session that it had before the store was lost goes on and tells it.
    Resumed,
    /// That is lost too: it is read back where the bot is known.
    Lost,
}

pub(super) async fn play(
    (session, kind, point): (Session, Kind, Point),
) -> Result<Outcome, String> {
    let mut scene = Scene::new().await;
    let played = scene.act_without_store(session, kind, point).await;
    played.map_err(|what| format!("{what}\n{}", scene.situation()))
}

impl Scene {
    async fn act_without_store(
        &mut self,
        session: Session,
        kind: Kind,
        point: Point,
    ) -> Result<Outcome, String> {
        self.start().await?;
        let prepared = self.prepare(kind).await?;
        self.terminate().await;
        self.take_store_away();
        self.start().await?;
        let gate = self.lay(point);
        self.plan_first(kind);
        let place = self.ask(kind, prepared)?;
        let killed = self
            .until_point(kind, point, gate, place, prepared, 0)
            .await?;
        self.kill();
        self.sim.model().with(|model| model.scripts.clear());
        self.sim.model().release_all();
        self.sim.world(|world| {
            world.faults.clear();
            world.settings.nonce_memory = Duration::ZERO;
        });
        self.put_store_back();
        let begun = match session {
            Session::Resumed => 2,
            Session::Lost => {
                self.sim.shared().gateway.lose_sessions(&Target::All);
                3
            }
        };
        // Whether the answer was whole can be seen on Discord alone.
        let words = ["first", "second"];
        let [first, second] = words.map(|word| kind.answer(word).concat());
        // The model may hear of the dead process only now.
        for _ in 0..2 {
            self.sim.model().answers([second.as_str()]);
        }
        self.sim
            .model()
            .answers_when(THEN, Answer::new([AFTERWARDS]));
        self.start().await?;
        let whole = self.reads_whole(place, prepared, [first, second]).await?;
        self.say_there(kind, place, prepared)?;
        self.reads(place, prepared, &format!("{whole}{AFTERWARDS}"))
            .await?;
        let identifies = self.sim.shared().gateway.records().identifies.len();
        if identifies != begun {
            return Err(format!("{identifies} sessions were begun"));
        }
        Ok(if killed {
            Outcome::Killed
        } else {
            Outcome::OverBefore
        })
    }

    /// In place of the store there is something that can't be opened.
    fn take_store_away(&self) {
        let kept = self.data.path().join("kept");
        fs::create_dir(&kept).unwrap();
        for file in FILES {
            let file_there = self.data.path().join(file);
            if file_there.exists() {
                fs::rename(file_there, kept.join(file)).unwrap();
            }
        }
        fs::write(self.data.path().join(FILES[0]), "no database".repeat(1_000)).unwrap();
    }

    /// The store is as it was.
    fn put_store_back(&self) {
        for file in FILES {
            let kept = self.data.path().join("kept").join(file);
            let there = self.data.path().join(file);
            let _ = fs::remove_file(&there);
            if kept.exists() {
                fs::rename(kept, there).unwrap();
            }
        }
    }
}
