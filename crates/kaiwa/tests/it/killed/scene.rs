//! One life of the process, its death, and what comes after.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use kaiwa_bot::store::Store;
use kaiwa_sim::{
    Route, Sim, World,
    model::{DEFAULT_KEY, HOLD},
    world::{
        Author, Saying,
        faults::{Fault, Gate},
    },
};
use tempfile::TempDir;

/// What kind of turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A mention opens a thread.
    NewThread,
    /// The second question in a thread.
    KnownThread,
    /// A direct message.
    Direct,
    /// A reply to an answer outside threads.
    Chain,
    /// An answer that takes three messages.
    Long,
    /// A second question comes before the first word.
    Joined,
    /// An answer with a formula, which gets a picture.
    Formula,
    /// An answer outside threads that takes three messages, of which the first alone is a reply.
    LongChain,
}

/// A formula as a model writes it, and as it can be seen.
const FORMULA: [&str; 2] = [r"\(x_{d}\)", "`x_{d}`⁽¹⁾"];

impl Kind {
    /// All but `Formula`, in which nothing but the picture is another, and `LongChain`, which is both.
    pub(crate) const ALL: [Self; 6] = [
        Self::NewThread,
        Self::KnownThread,
        Self::Direct,
        Self::Chain,
        Self::Long,
        Self::Joined,
    ];

    /// About how many calls such a turn takes.
    pub(crate) fn calls(self) -> usize {
        match self {
            Self::NewThread | Self::Joined | Self::Formula => 6,
            Self::KnownThread | Self::Direct | Self::Chain => 5,
            Self::Long | Self::LongChain => 9,
        }
    }

    fn is_chain(self) -> bool {
        matches!(self, Self::Chain | Self::LongChain)
    }

    /// How many pieces its answer has.
    pub(crate) fn pieces(self) -> usize {
        self.answer("first").len()
    }

    /// The answer in pieces, told from the one of another process by a word.
    fn answer(self, word: &str) -> Vec<String> {
        match self {
            Self::Long | Self::LongChain => (1..=6)
                .map(|number| {
                    format!(
                        "{} The {word} answer goes on.\n\n",
                        "Waves come and go. ".repeat(40 + number)
                    )
                })
                .chain([format!("That is the {word} end.")])
                .collect(),
            Self::Formula => ["The ", word, " answer is ", FORMULA[0], "."]
                .map(str::to_owned)
                .to_vec(),
            Self::NewThread | Self::KnownThread | Self::Direct | Self::Chain | Self::Joined => {
                ["The ", word, " answer ", "is ", "blue."]
                    .map(str::to_owned)
                    .to_vec()
            }
        }
    }
}

/// When the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// The question was asked in this very moment: only the resumed gateway session can tell of it.
    Asked,
    /// The n-th call of the turn has come to Discord and is not done.
    BeforeCall(usize),
    /// It is done, and its answer is not sent.
    AfterCall(usize),
    /// The same, and then the next process too, at its first call that creates or changes something.
    TwiceAfterCall(usize),
    /// The same as `AfterCall`, and Discord has forgotten the nonces when the next process comes.
    AfterCallNonceForgotten(usize),
    /// The model has sent so many pieces.
    AtPiece(usize),
    /// They can be seen.
    SeenPiece(usize),
    /// The store has grown so often.
    Stored(usize),
}

/// What became of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The process was killed there.
    Killed,
    /// The turn was over before; the process was killed afterwards.
    OverBefore,
}

/// How long anything may take. Whoever waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Calls by which an answer comes to Discord.
const CHANGING: [Route; 3] = [
    Route::CreateThreadFromMessage,
    Route::CreateMessage,
    Route::EditMessage,
];
const THEN: &str = "and then?";
const AFTERWARDS: &str = "Then it rains.";

/// A world, the data and the process of now.
pub(crate) struct Scene {
    pub(super) sim: Sim,
    data: TempDir,
    process: Option<Child>,
    /// Ada, #general and the bot.
    ada: u64,
    pub(super) general: u64,
    pub(super) bot: u64,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Scene {
    pub(crate) async fn play(kind: Kind, point: Point) -> Result<Outcome, String> {
        let mut scene = Self::new().await;
        let played = scene.act(kind, point).await;
        played.map_err(|what| format!("{what}\n{}", scene.situation()))
    }

    pub(super) async fn new() -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        let sim = Sim::start(World::default(), listen).await.unwrap();
        let (ada, general, bot) = sim.world(|world| {
            let ada = world.user_named("ada").unwrap().id;
            let general = world.channel_named("general").unwrap().id;
            (ada, general, *world.bots.keys().next().unwrap())
        });
        Self {
            sim,
            data: tempfile::tempdir().unwrap(),
            process: None,
            ada,
            general,
            bot,
        }
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
            // A question that is told again before the first word begins the answer anew.
            for _ in 0..2 {
                self.sim.model().answers([kind.answer("second").concat()]);
            }
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
    async fn prepare(&mut self, kind: Kind) -> Result<Option<(u64, u64)>, String> {
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

    fn lay(&self, point: Point) -> Option<Gate> {
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
    fn plan_first(&self, kind: Kind) {
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

    fn ask(&self, kind: Kind, prepared: Option<(u64, u64)>) -> Result<u64, String> {
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
    async fn until_point(
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
    fn say_there(
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

    /// Waits until a call is held there.
    pub(super) async fn until_held(&self, gate: Option<Gate>) {
        let Some(gate) = gate else {
            return std::future::pending().await;
        };
        let held = [Fault::HoldBefore(gate), Fault::HoldAfter(gate)];
        self.until_ever(|world| {
            let mut faults = world.calls.iter().filter_map(|call| call.fault.as_ref());
            faults.any(|fault| held.contains(fault)).then_some(())
        })
        .await;
    }

    /// Says something to the bot in private; tells where.
    pub(super) fn tell(&self, text: &str) -> Result<u64, String> {
        let said = self
            .sim
            .world(|world| world.say_privately(self.ada, self.bot, text));
        said.map(|(channel, _)| channel)
            .map_err(|refusal| format!("Discord refused: {refusal:?}"))
    }

    pub(super) fn say(&self, place: u64, text: impl Into<Saying>) -> Result<u64, String> {
        let said = self.sim.world(|world| world.say(self.ada, place, text));
        said.map_err(|refusal| format!("Discord refused: {refusal:?}"))
    }

    /// The bot's messages in a place since the turn that is looked at began.
    fn said(&self, place: u64, prepared: Option<(u64, u64)>) -> Vec<(u64, String)> {
        let after = prepared.map_or(0, |(_, hello)| hello);
        self.sim
            .shared()
            .look(|world| said(world, self.bot, place, after))
    }

    /// Waits until the bot's messages are exactly this text. Text that stays otherwise is told.
    async fn reads(
        &self,
        place: u64,
        prepared: Option<(u64, u64)>,
        text: &str,
    ) -> Result<(), String> {
        let after = prepared.map_or(0, |(_, hello)| hello);
        let text = squeezed(&text.replace(FORMULA[0], FORMULA[1]));
        self.until(&format!("exactly {:?}", shortened(&text)), |world| {
            let said: String = said(world, self.bot, place, after)
                .into_iter()
                .map(|(_, text)| text)
                .collect();
            (squeezed(&said) == text).then_some(())
        })
        .await
    }

    /// Waits until there is a picture, and finds that there is no other.
    async fn has_one_picture(&self, place: u64) -> Result<(), String> {
        let pictures = |world: &World| {
            let messages = world.messages[&place].values();
            messages.map(|message| message.attachments.len()).sum()
        };
        let count: usize = self
            .until("a picture", |world| {
                Some(pictures(world)).filter(|count| *count > 0)
            })
            .await?;
        if count == 1 {
            Ok(())
        } else {
            Err(format!("{count} pictures"))
        }
    }

    /// Waits until as much of a text can be seen as can be before it is whole.
    async fn shows(
        &self,
        place: u64,
        prepared: Option<(u64, u64)>,
        text: &str,
    ) -> Result<(), String> {
        self.reads(place, prepared, text).await
    }

    pub(super) async fn until<T>(
        &self,
        what: &str,
        seen: impl FnMut(&World) -> Option<T>,
    ) -> Result<T, String> {
        let found = tokio::time::timeout(PATIENCE, self.until_ever(seen)).await;
        found.map_err(|_| format!("waited in vain for {what}"))
    }

    async fn until_ever<T>(&self, mut seen: impl FnMut(&World) -> Option<T>) -> T {
        self.sim.until(|world| seen(world)).await
    }

    /// Starts a process and waits until it is online, which it says when its session is stored.
    pub(super) async fn start(&mut self) -> Result<(), String> {
        let before = self.times_online();
        self.spawn();
        let mut looks = tokio::time::interval(Duration::from_millis(1));
        let online = tokio::time::timeout(PATIENCE, async {
            while self.times_online() == before {
                looks.tick().await;
            }
        });
        online
            .await
            .map_err(|_| "waited in vain for the process to be online".to_owned())
    }

    /// Starts a process.
    pub(super) fn spawn(&mut self) {
        let token = self
            .sim
            .world(|world| world.bots.values().next().unwrap().token.clone());
        let process = Command::new(env!("CARGO_BIN_EXE_kaiwa"))
            .arg("run")
            .env_clear()
            .env("HOME", self.data.path())
            .env("LANG", "C")
            .env("DISCORD_TOKEN", token)
            .env("OPENAI_API_KEY", DEFAULT_KEY)
            .env("OPENAI_BASE_URL", format!("{}/v1", self.sim.url()))
            .env("KAIWA_DISCORD_URL", self.sim.url())
            .env("KAIWA_MODEL", "simulated")
            .env("KAIWA_DATA_DIR", self.data.path())
            .current_dir(self.data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::from(
                std::fs::File::options()
                    .create(true)
                    .append(true)
                    .open(self.data.path().join("log"))
                    .unwrap(),
            ))
            .spawn()
            .unwrap();
        self.process = Some(process);
    }

    fn times_online(&self) -> usize {
        let log = std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
        log.matches("is online").count()
    }

    /// Lets the process finish what it does.
    pub(super) async fn terminate(&mut self) {
        if let Some(mut process) = self.process.take() {
            let ended = tokio::task::spawn_blocking(move || {
                let told = Command::new("kill").arg(process.id().to_string()).status();
                assert!(told.unwrap().success());
                process.wait().unwrap()
            });
            assert!(ended.await.unwrap().success());
        }
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It has ended already where it broke.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Whether the dead process has left something to be answered: a turn in its store, or a question that it did not
    /// come to store. A copy is looked at, so that the next process finds the store exactly as the dead one left it.
    async fn is_unfinished(&self, place: u64, prepared: Option<(u64, u64)>) -> bool {
        let copy = tempfile::tempdir().unwrap();
        for name in ["kaiwa.db", "kaiwa.db-wal"] {
            let left = self.data.path().join(name);
            if left.exists() {
                std::fs::copy(left, copy.path().join(name)).unwrap();
            }
        }
        let store = Store::open(copy.path()).await.unwrap();
        let unfinished = !store.unfinished().await.unwrap().is_empty();
        store.close().await;
        unfinished || self.said(place, prepared).is_empty()
    }

    pub(super) fn log_file(&self) -> std::path::PathBuf {
        self.data.path().join("kaiwa.db-wal")
    }

    pub(super) fn log_length(&self) -> u64 {
        length(&self.log_file())
    }

    pub(super) fn situation(&self) -> String {
        let places = self.sim.world(|world| {
            let places: Vec<u64> = world.messages.keys().copied().collect();
            let shown: Vec<String> = places
                .into_iter()
                .map(|place| world.transcript(place))
                .collect();
            shown.join("\n")
        });
        let log = std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(8).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        let calls: Vec<String> = self.sim.world(|world| {
            let calls = world.calls.iter();
            calls
                .map(|call| format!("{} {} -> {:?}", call.method, call.path, call.status))
                .collect()
        });
        let model: Vec<String> = self
            .sim
            .model()
            .requests()
            .iter()
            .map(|request| format!("{:?} {:?}", request.outcome, request.turns()))
            .collect();
        [
            shortened(&places),
            calls.join("\n"),
            model.join("\n"),
            tail.join("\n"),
        ]
        .join("\n")
    }
}

/// The bot's messages in a place that came after another.
pub(super) fn said(world: &World, bot: u64, place: u64, after: u64) -> Vec<(u64, String)> {
    let messages = world
        .messages
        .get(&place)
        .into_iter()
        .flat_map(|messages| messages.values());
    messages
        .filter(|message| message.id > after && message.author == Author::User(bot))
        .filter(|message| message.kind == 0 || message.kind == 19)
        .map(|message| (message.id, message.content.clone()))
        .collect()
}

/// A text without its whitespace, which the ends of messages lose.
fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .collect()
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count < 2_500 {
        return text.to_owned();
    }
    let start: String = text.chars().take(1_000).collect();
    let end: String = text.chars().skip(count - 1_000).collect();
    format!("{start} … {end}")
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len())
}

/// Waits until a file has grown so often. Any moment is a good one to be killed at: how finely it looks doesn't matter.
pub(super) async fn grows(file: &Path, from: u64, times: usize) {
    let mut known = from;
    let mut left = times;
    let mut looks = tokio::time::interval(Duration::from_millis(1));
    while left > 0 {
        looks.tick().await;
        let now = length(file);
        if now != known {
            known = now;
            left -= 1;
        }
    }
}
