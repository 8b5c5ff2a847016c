//! The whole answer, exactly once, whatever happens: chance strings together what can go wrong with Discord, what people do
//! meanwhile, and processes that end, and in the end there is only one thing that may stand there.

use std::time::Duration;

use anyhow::{Result, ensure};
use kaiwa_sim::{
    Route, World,
    model::{Answer, HOLD},
};

use crate::story::{
    Person, Place, Seen, Story,
    outage::{ALL, GONE, state},
    time::run_story_in_time,
};

/// So many things happen to an answer.
const STEPS: usize = 24;
/// What an outage of messages alone concerns.
const MESSAGES: [Route; 4] = [
    Route::CreateMessage,
    Route::EditMessage,
    Route::DeleteMessage,
    Route::ListMessages,
];
/// What else one of all of Discord does.
const THREADS: [Route; 2] = [Route::CreateThreadFromMessage, Route::GetMessage];

/// Numbers that are the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// How the story of an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Told,
    Stopped,
    Deleted,
}

/// An answer to which things happen.
struct Told<'a> {
    w: &'a mut Story,
    ada: Person,
    ask: Seen,
    chance: Chance,
    /// The answers to the question as it has read, the newest last.
    versions: Vec<String>,
    happened: Vec<String>,
}

impl Told<'_> {
    /// What the model says to the next version of the question, and the question.
    fn next_question(w: &Story, chance: &mut Chance, versions: &mut Vec<String>) -> String {
        let version = versions.len();
        let sentences = 1 + chance.below(110);
        let sentence = |number| format!("Wave {number} of sea {version} is wide and deep.");
        let sentences: Vec<String> = (0..sentences).map(sentence).collect();
        let answer = sentences.join(" ");
        // Processes that are stopped ask again.
        for _ in 0..6 {
            let mut pieces = Vec::new();
            for some in sentences.chunks(1 + chance.below(40)) {
                let space = if pieces.is_empty() { "" } else { " " };
                pieces.extend([format!("{space}{}", some.join(" ")), HOLD.to_owned()]);
            }
            w.model
                .answers_when(&format!("sea {version:02}"), Answer::new(pieces));
        }
        versions.push(answer);
        format!("@kaiwa tell me of sea {version:02}")
    }

    async fn happens(&mut self) -> Result<()> {
        let w = &mut *self.w;
        let what = match self.chance.below(24) {
            0..7 => {
                w.model.release();
                "the model goes on".to_owned()
            }
            7..9 => {
                let route = self.chance.one_of(&MESSAGES[..3]);
                w.sim
                    .world(|world| world.faults.next(route).done_then_error());
                format!("{route:?} is done and denied")
            }
            9 => {
                let route = self.chance.one_of(&MESSAGES[..3]);
                w.sim
                    .world(|world| world.faults.next(route).done_then_disconnect());
                format!("{route:?} is done and cut")
            }
            10..12 => {
                let route = self.chance.one_of(&MESSAGES);
                w.sim.world(|world| world.faults.next(route).disconnects());
                format!("{route:?} is cut")
            }
            12 => {
                let route = self.chance.one_of(&MESSAGES);
                gone(w, &[route]);
                format!("{route:?} is gone")
            }
            13 => {
                w.sim.world(|world| {
                    world.faults.clear();
                    world.faults.next(Route::CreateMessage).done_then_error();
                });
                gone(w, &[Route::CreateMessage, Route::ListMessages]);
                "a message is posted and denied, and then none is".to_owned()
            }
            14..16 => {
                gone(w, &MESSAGES);
                gone(w, &THREADS);
                "Discord is gone".to_owned()
            }
            16..18 => {
                w.sim.world(|world| world.faults.clear());
                "Discord is back".to_owned()
            }
            18..21 => {
                let seconds = self.chance.one_of(&[5, 60, 130, 310]);
                // A call that is repeated is to see that its time is over.
                for _ in (0..seconds).step_by(20) {
                    w.time_passes(Duration::from_secs(seconds.min(20))).await;
                    tokio::time::sleep(Duration::from_millis(3)).await;
                }
                format!("{seconds} seconds pass")
            }
            21..23 => {
                let question = Self::next_question(w, &mut self.chance, &mut self.versions);
                self.ada.edits(self.ask, &question)?;
                "the question is edited".to_owned()
            }
            _ => {
                w.stop().await?;
                w.comes_back().await?;
                "the bot is started again".to_owned()
            }
        };
        self.happened.push(what);
        // How far the bot comes between two of them is left to chance, too.
        tokio::time::sleep(Duration::from_millis(self.chance.below(30) as u64)).await;
        Ok(())
    }

    async fn ends(&mut self) -> Result<()> {
        let mut end = self
            .chance
            .one_of(&[End::Told, End::Told, End::Stopped, End::Deleted]);
        let thread = self.ask.thread();
        match end {
            End::Told => {}
            End::Stopped => {
                let stop = self.w.sim.shared().look(|world| newest(world, thread));
                let pressed = stop.map(|id| Seen { place: thread, id });
                if pressed.is_none_or(|on| self.ada.presses(on, "Stop").is_err()) {
                    end = End::Told;
                }
            }
            End::Deleted => self.ada.deletes(self.ask)?,
        }
        self.happened.push(format!("{end:?}"));
        tokio::time::sleep(Duration::from_millis(self.chance.below(60) as u64)).await;
        self.w.sim.world(|world| world.faults.clear());
        self.w.model.release_all();
        let (w, newest) = (
            &mut *self.w,
            self.versions.last().cloned().unwrap_or_default(),
        );
        w.comes_to(|w| {
            let is_told = end != End::Told || texts(w, thread).join(" ") == newest;
            is_told && state(w) == "done"
        })
        .await?;
        w.stop().await?;
        let texts = w.texts(thread);
        let told = texts.join(" ");
        if end == End::Told {
            ensure!(told == newest, "told are {texts:#?}");
        }
        let told = told.trim_end_matches("-# stopped by Ada").trim_end();
        let is_of = |version: &String| version.starts_with(told);
        ensure!(self.versions.iter().any(is_of), "told are {texts:#?}");
        Ok(())
    }
}

/// Calls of these routes fail until all is well again.
fn gone(w: &Story, routes: &[Route]) {
    w.sim.world(|world| {
        for route in routes {
            let next = world.faults.next(*route).times(ALL);
            next.fails(503, 0, "upstream connect error");
        }
    });
}

/// The newest message there.
fn newest(world: &World, place: Place) -> Option<u64> {
    world.messages.get(&place.0)?.keys().next_back().copied()
}

/// What the bot's messages there say.
fn texts(w: &Story, place: Place) -> Vec<String> {
    w.sim.shared().look(|world| {
        let messages = world.messages.get(&place.0).into_iter();
        let texts = messages.flat_map(|messages| messages.values().map(|message| &message.content));
        texts.filter(|text| !text.is_empty()).cloned().collect()
    })
}

/// One answer, and what happens to it.
async fn told(seed: u64) {
    let settings = [
        ("KAIWA_DRAIN_SECONDS", "0"),
        ("KAIWA_THINKING_SECONDS", "0"),
    ];
    run_story_in_time(&settings, async |w| {
        w.log.expects(GONE);
        let (mut chance, mut versions) = (Chance(seed), Vec::new());
        let question = Told::next_question(w, &mut chance, &mut versions);
        let ada = w.user("ada");
        let ask = ada.says(question.as_str())?;
        let mut told = Told {
            w,
            ada,
            ask,
            chance,
            versions,
            happened: Vec::new(),
        };
        let story = async {
            for _ in 0..STEPS {
                told.happens().await?;
            }
            told.ends().await
        };
        let ended = story.await;
        ended.map_err(|error| error.context(format!("seed {seed}: {:#?}", told.happened)))
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_told_whole_and_once() {
    for seed in 0..24 {
        told(seed).await;
    }
}
