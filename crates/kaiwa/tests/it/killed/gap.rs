//! A process dies while it reads back what was asked during a longer absence: what it did not come to, the next one does.

use std::time::Duration;

use kaiwa_sim::{Route, gateway::Target, model::Answer, world::faults::Gate};

use super::{
    point::Outcome,
    process::grows,
    scene::{Scene, said},
};

/// When the process is killed that reads back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Its n-th request for messages has come to Discord and is not answered.
    BeforeRead(usize),
    /// It is answered, and the answer is held back.
    AfterRead(usize),
    /// Its store has grown so often.
    Stored(usize),
}

/// What is asked while nobody listens, and its answer: in a thread, in a channel, in private.
const ASKED: [(&str, &str); 3] = [
    ("and the sky?", "Blue too."),
    ("and the grass?", "Green."),
    ("and you?", "Colorless."),
];

pub(super) async fn play(moment: Moment) -> Result<Outcome, String> {
    let mut scene = Scene::new().await;
    let played = act(&mut scene, moment).await;
    played.map_err(|what| format!("{what}\n{}", scene.situation()))
}

async fn act(scene: &mut Scene, moment: Moment) -> Result<Outcome, String> {
    scene.start().await?;
    scene.sim.model().answers(["Blue."]);
    let thread = scene.say(scene.general, "@kaiwa what color is the sea?")?;
    scene.until_said(thread, "Blue.").await?;
    scene.sim.model().answers(["Hello."]);
    let direct = scene.tell("hello")?;
    scene.until_said(direct, "Hello.").await?;
    scene.terminate().await;

    let [sky, grass, you] = ASKED;
    scene.say(thread, sky.0)?;
    let opened = scene.say(scene.general, format!("@kaiwa {}", grass.0).as_str())?;
    scene.tell(you.0)?;
    scene.sim.shared().gateway.lose_sessions(&Target::All);

    scene.answers();
    let gate = scene.gate(moment);
    let before = scene.log_length();
    scene.spawn();
    let mut looks = tokio::time::interval(Duration::from_millis(2));
    let killed = tokio::select! {
        () = scene.until_held(gate) => true,
        () = scene.until_grown(moment, before) => true,
        () = async {
            while !scene.all_answered([thread, opened, direct]) {
                looks.tick().await;
            }
        } => false,
    };
    scene.kill();
    scene.sim.world(|world| world.faults.clear());
    scene.answers();
    scene.start().await?;
    for (place, (_, answer)) in [thread, opened, direct].into_iter().zip(ASKED) {
        scene.until_said(place, answer).await?;
    }
    // Nothing is told by anything but what can be read: that nothing else comes is seen when all has ended.
    scene.terminate().await;
    for (place, texts) in [
        (thread, vec!["Blue.", sky.1]),
        (opened, vec![grass.1]),
        (direct, vec!["Hello.", you.1]),
    ] {
        let there = scene
            .sim
            .shared()
            .look(|world| said(world, scene.bot, place, 0));
        let there: Vec<String> = there.into_iter().map(|(_, text)| text).collect();
        if there != texts {
            return Err(format!("{there:?} instead of {texts:?}"));
        }
    }
    let identifies = scene.sim.shared().gateway.records().identifies.len();
    // A process that is killed before its session is stored leaves none to be gone on with.
    let most = if matches!(moment, Moment::Stored(_)) {
        3
    } else {
        2
    };
    if identifies > most {
        return Err(format!("{identifies} sessions were begun"));
    }
    Ok(if killed {
        Outcome::Killed
    } else {
        Outcome::OverBefore
    })
}

impl Scene {
    /// However often a question is answered, its answer is the same.
    fn answers(&self) {
        self.sim.model().with(|model| model.scripts.clear());
        for _ in 0..3 {
            for (question, answer) in ASKED {
                let answer = Answer::new([answer]);
                self.sim.model().answers_when(question, answer);
            }
        }
    }

    fn gate(&self, moment: Moment) -> Option<Gate> {
        let (call, after) = match moment {
            Moment::BeforeRead(call) => (call, false),
            Moment::AfterRead(call) => (call, true),
            Moment::Stored(_) => return None,
        };
        Some(self.sim.world(|world| {
            let calls = &mut world.faults;
            calls
                .next(Route::ListMessages)
                .times(call - 1)
                .slow(Duration::ZERO);
            let next = calls.next(Route::ListMessages);
            if after {
                next.held_after()
            } else {
                next.held_before()
            }
        }))
    }

    async fn until_grown(&self, moment: Moment, from: u64) {
        match moment {
            Moment::Stored(times) => grows(&self.log_file(), from, times).await,
            Moment::BeforeRead(_) | Moment::AfterRead(_) => std::future::pending().await,
        }
    }

    fn all_answered(&self, places: [u64; 3]) -> bool {
        places.into_iter().zip(ASKED).all(|(place, (_, answer))| {
            let said = self
                .sim
                .shared()
                .look(|world| said(world, self.bot, place, 0));
            said.iter().any(|(_, text)| text == answer)
        })
    }

    async fn until_said(&self, place: u64, answer: &str) -> Result<(), String> {
        self.until(&format!("{answer:?}"), |world| {
            let mut said = said(world, self.bot, place, 0).into_iter();
            said.any(|(_, text)| text == answer).then_some(())
        })
        .await
    }
}
