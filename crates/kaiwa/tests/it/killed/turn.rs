//! A turn whose process is killed, and what comes after.

use std::time::Duration;

use kaiwa_sim::{
    Route,
    model::HOLD,
    world::{
        Saying,
        faults::{Fault, Gate},
    },
};

use super::{
    point::{Kind, Outcome, Point},
    process::grows,
    scene::{PATIENCE, Scene},
};

/// Calls by which an answer comes to Discord.
const CHANGING: [Route; 3] = [
    Route::CreateThreadFromMessage,
    Route::CreateMessage,
    Route::EditMessage,
];
pub(super) const THEN: &str = "and then?";
pub(super) const AFTERWARDS: &str = "Then it rains.";

impl Scene {
    pub(crate) async fn play(kind: Kind, point: Point) -> Result<Outcome, String> {
        let mut scene = Self::new().await;
        let played = scene.act(kind, point).await;
        played.map_err(|what| format!("{what}\n{}", scene.situation()))
    }

    async fn act(&mut self, kind: Kind, point: Point) -> Result<Outcome, String> {
        self.start().await?;
        let prepared = self.prepare(kind).await?;
        let gate = self.lay(point);
        self.plan_first(kind);
        let before = self.log_length();
        let place = self.ask(kind, prepared)?;
        let killed = self
            .until_point(kind, point, gate, place, prepared, before)
            .await?;
        self.kill();
        self.sim.model().with(|model| model.scripts.clear());
        self.sim.model().release_all();
        self.sim.world(|world| world.faults.clear());
        if matches!(point, Point::AfterCallNonceForgotten(_)) {
            self.sim
                .world(|world| world.settings.nonce_memory = Duration::ZERO);
        }
        if matches!(point, Point::TwiceAfterCall(_)) && self.is_unfinished(place, prepared).await {
            let gates = self.sim.world(|world| {
                CHANGING.map(|route| Fault::HoldAfter(world.faults.next(route).held_after()))
            });
            self.sim.model().answers([kind.answer("other").concat()]);
            self.start().await?;
            self.until("its first change after the restart", |world| {
                let mut calls = world.calls.iter();
                calls
                    .any(|call| {
                        call.fault
                            .as_ref()
                            .is_some_and(|fault| gates.contains(fault))
                    })
                    .then_some(())
            })
            .await?;
            self.kill();
            self.sim.model().with(|model| model.scripts.clear());
            self.sim.world(|world| world.faults.clear());
        }
        let unfinished = self.is_unfinished(place, prepared).await;
        let word = if unfinished { "second" } else { "first" };
        if unfinished {
            self.sim.model().answers([kind.answer("second").concat()]);
        }
        self.start().await?;
        let whole = kind.answer(word).concat();
        self.reads(place, prepared, &whole).await?;
        self.sim.model().with(|model| model.scripts.clear());
        if kind == Kind::Formula {
            self.has_one_picture(place).await?;
        }
        self.sim.model().answers([AFTERWARDS]);
        self.say_there(kind, place, prepared)?;
        self.reads(place, prepared, &format!("{whole}{AFTERWARDS}"))
            .await?;
        let identifies = self.sim.shared().gateway.records().identifies.len();
        if identifies != 1 {
            return Err(format!("{identifies} sessions were begun"));
        }
        Ok(if killed {
            Outcome::Killed
        } else {
            Outcome::OverBefore
        })
    }

    /// What the conversation needs before the turn that is looked at: the place and the last message there.
    pub(super) async fn prepare(&mut self, kind: Kind) -> Result<Option<(u64, u64)>, String> {
        if kind != Kind::KnownThread && !kind.is_chain() {
            return Ok(None);
        }
        self.sim.model().answers(["Hello."]);
        if kind.is_chain() {
            // Without the right to open threads it answers with a reply.
            self.sim
                .world(|world| world.settings.active_threads_per_guild = 0);
        }
        let asked = self.say(self.general, "@kaiwa hello")?;
        let place = if kind.is_chain() { self.general } else { asked };
        let hello = self
            .until("the first answer", |world| {
                let messages = world.messages.get(&place)?;
                let said = messages
                    .values()
                    .find(|message| message.content.starts_with("Hello."));
                said.map(|message| message.id)
            })
            .await?;
        // A process that is told to stop ends when the answer is stored.
        self.terminate().await;
        if kind.is_chain() {
            self.sim
                .world(|world| world.settings.active_threads_per_guild = 1_000);
        }
        self.start().await?;
        Ok(Some((place, hello)))
    }

    /// Waits until the store holds no turn that is still to be answered. The store is looked at through the bot's
    /// silence at Discord: its last call has been answered and the model is not asked.
    async fn done(&self) -> Result<(), String> {
        self.until("the calls to be answered", |world| {
            world
                .calls
                .iter()
                .all(|call| call.answered_ms.is_some())
                .then_some(())
        })
        .await
    }

    pub(super) fn lay(&self, point: Point) -> Option<Gate> {
        let (call, after) = match point {
            Point::BeforeCall(call) => (call, false),
            Point::AfterCall(call)
            | Point::TwiceAfterCall(call)
            | Point::AfterCallNonceForgotten(call) => (call, true),
            Point::Asked | Point::AtPiece(_) | Point::SeenPiece(_) | Point::Stored(_) => {
                return None;
            }
        };
        Some(self.sim.world(|world| {
            world.faults.next_any().times(call - 1).slow(Duration::ZERO);
            let next = world.faults.next_any();
            if after {
                next.held_after()
            } else {
                next.held_before()
            }
        }))
    }

    /// The first process hears its answer piece by piece.
    pub(super) fn plan_first(&self, kind: Kind) {
        let mut pieces = Vec::new();
        if kind == Kind::Joined {
            // The first question is not answered before the second has come.
            self.sim.model().answers([HOLD, "Too early."]);
        }
        for piece in kind.answer("first") {
            pieces.push(piece);
            pieces.push(HOLD.to_owned());
        }
        pieces.pop();
        self.sim.model().answers(pieces);
    }

    pub(super) fn ask(&self, kind: Kind, prepared: Option<(u64, u64)>) -> Result<u64, String> {
        match (kind, prepared) {
            (Kind::KnownThread, Some((thread, _))) => {
                self.say(thread, "what color is the sea?")?;
                Ok(thread)
            }
            (Kind::Chain | Kind::LongChain, Some((channel, hello))) => {
                self.say(
                    channel,
                    Saying::from("what color is the sea?").replying(hello),
                )?;
                Ok(channel)
            }
            (Kind::Direct, _) => self.tell("what color is the sea?"),
            _ => self.say(self.general, "@kaiwa what color is the sea?"),
        }
    }

    /// Lets the turn run until the point, the pieces one after the other as they can be seen. Tells whether the point
    /// came; otherwise the turn is over.
    pub(super) async fn until_point(
        &mut self,
        kind: Kind,
        point: Point,
        gate: Option<Gate>,
        place: u64,
        prepared: Option<(u64, u64)>,
        log: u64,
    ) -> Result<bool, String> {
        if point == Point::Asked {
            return Ok(true);
        }
        let whole = kind.answer("first");
        let at_gate = async {
            self.until_held(gate).await;
            true
        };
        let stored = async {
            let Point::Stored(times) = point else {
                return std::future::pending().await;
            };
            grows(&self.log_file(), log, times).await;
            true
        };
        let runs = async {
            if kind == Kind::Joined {
                self.sim
                    .model()
                    .wait_for_hold(1)
                    .await
                    .map_err(|error| error.to_string())?;
                self.say_there_early(place).await?;
                let question =
                    self.sim
                        .model()
                        .wait_until(PATIENCE, "the joined question", |model| {
                            model
                                .requests
                                .iter()
                                .any(|request| {
                                    request
                                        .turns()
                                        .iter()
                                        .any(|turn| turn.1.contains("the big one"))
                                })
                                .then_some(())
                        });
                question.await.map_err(|error| error.to_string())?;
            }
            for (number, _) in whole.iter().enumerate() {
                let so_far = whole.get(..=number).unwrap_or_default().concat();
                let last = number + 1 == whole.len();
                if !last {
                    self.sim
                        .model()
                        .wait_for_hold(1)
                        .await
                        .map_err(|error| error.to_string())?;
                }
                if point == Point::AtPiece(number + 1) {
                    return Ok(true);
                }
                self.shows(place, prepared, so_far.trim_end()).await?;
                if point == Point::SeenPiece(number + 1) {
                    return Ok(true);
                }
                if !last {
                    self.sim.model().release();
                }
            }
            self.done().await?;
            // Whatever the bot has not stored yet is stored when it ends; what is not reached is not reached.
            Ok::<bool, String>(false)
        };
        tokio::select! {
            biased;
            held = at_gate => Ok(held),
            grown = stored => Ok(grown),
            ran = runs => ran,
        }
    }

    async fn say_there_early(&self, place: u64) -> Result<(), String> {
        self.until("the thread", |world| {
            world.channels.contains_key(&place).then_some(())
        })
        .await?;
        self.say(place, "I mean the big one").map(|_| ())
    }

    /// Goes on with the conversation.
    pub(super) fn say_there(
        &self,
        kind: Kind,
        place: u64,
        prepared: Option<(u64, u64)>,
    ) -> Result<(), String> {
        if kind.is_chain() {
            let last = self.said(place, prepared).last().map(|(id, _)| *id);
            let last = last.ok_or("nothing to reply to")?;
            self.say(place, Saying::from(THEN).replying(last))?;
        } else {
            self.say(place, THEN)?;
        }
        Ok(())
    }
}
