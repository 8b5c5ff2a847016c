//! How stories are told: one world, people as objects, the real bot over real sockets, an honest end.
//!
//! A story says and clicks as people do and waits for what can be seen. It ends as SIGTERM ends the bot, and fails on
//! any answer that it did not look at, on calls that are not as Discord's OpenAPI description has them, to routes that
//! don't exist or answered with 429, on requests to the model that nobody scripted, and on warnings and errors in the
//! log that it did not announce.

mod end;
pub(crate) mod failures;
mod log;
mod openings;
pub(crate) mod outage;
mod people;
mod seen;
mod stored;
pub(crate) mod time;

use std::{
    collections::{BTreeSet, HashMap},
    ffi::OsString,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow};
use kaiwa_bot::config::Config;
use kaiwa_sim::{
    Sim, World,
    gateway::Outcome,
    model::Model,
    world::{Author, Draft},
};
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinHandle};

pub(crate) use log::Log;
pub(crate) use openings::two_shards;
pub(crate) use people::{Person, Place, Pressed, Seen};
pub(crate) use stored::{
    until_counted, until_deleted, until_ended, until_forgotten, until_queued, until_read_back,
    until_stored, until_titled,
};

/// How long a story waits for what it expects. A test that waits so long has failed; none depends on being fast.
const PATIENCE: Duration = Duration::from_secs(60);

/// A world with the bot in it.
pub(crate) struct Story {
    /// The simulated Discord and model provider.
    pub sim: Sim,
    /// The model provider.
    pub model: Model,
    /// What the bot's settings are, as environment variables.
    pub env: HashMap<&'static str, String>,
    /// What it logs.
    pub log: Log,
    data: tempfile::TempDir,
    bot: Option<Bot>,
    read: BTreeSet<u64>,
    too_many_requests: bool,
}

struct Bot {
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), kaiwa_bot::RunError>>,
}

/// Tells a story in a world, with the bot running from its beginning.
pub(crate) async fn run_story(world: World, story: impl AsyncFnOnce(&mut Story) -> Result<()>) {
    run_story_with(world, &[], story).await;
}

/// The same with settings of the bot.
pub(crate) async fn run_story_with(
    world: World,
    settings: &[(&'static str, &str)],
    story: impl AsyncFnOnce(&mut Story) -> Result<()>,
) {
    run_story_before_start(world, settings, async |told| {
        told.start();
        told.until("the bot to be online", |story| {
            (!story.sim.shared().gateway.sessions().is_empty()).then_some(())
        })
        .await?;
        story(told).await
    })
    .await;
}

/// A story that begins before the bot is started.
pub(crate) async fn run_story_before_start(
    world: World,
    settings: &[(&'static str, &str)],
    story: impl AsyncFnOnce(&mut Story) -> Result<()>,
) {
    let (log, _capturing) = Log::capture();
    let mut told = Story::new(world, log).await.unwrap();
    for (name, value) in settings {
        told.env.insert(name, (*value).to_owned());
    }
    let outcome = async {
        story(&mut told).await?;
        told.finish().await
    };
    if let Err(error) = outcome.await {
        panic!("{error:#}\n\n{}", told.situation());
    }
}

impl Story {
    async fn new(world: World, log: Log) -> Result<Self> {
        let sim = Sim::start(world, "127.0.0.1:0".parse()?).await?;
        let data = tempfile::tempdir()?;
        let token = sim.world(|world| world.bots.values().next().map(|bot| bot.token.clone()));
        let env = HashMap::from([
            ("DISCORD_TOKEN", token.context("a world without a bot")?),
            ("KAIWA_DISCORD_URL", sim.url()),
            ("OPENAI_BASE_URL", format!("{}/v1", sim.url())),
            ("OPENAI_API_KEY", kaiwa_sim::model::DEFAULT_KEY.to_owned()),
            ("KAIWA_MODEL", "simulated".to_owned()),
            ("KAIWA_DATA_DIR", data.path().display().to_string()),
            ("KAIWA_SYSTEM_PROMPT", "Be kind.".to_owned()),
            // Each would be one more request to the model; those stories that are about them turn them on.
            ("KAIWA_THREAD_TITLES", "false".to_owned()),
            ("LANG", "C".to_owned()),
        ]);
        Ok(Self {
            model: sim.model().clone(),
            sim,
            env,
            log,
            data,
            bot: None,
            read: BTreeSet::new(),
            too_many_requests: false,
        })
    }

    /// Starts the bot with the settings of now.
    pub(crate) fn start(&mut self) {
        let config = self.config().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(kaiwa_bot::run(config, async {
            // A story that ends early drops the sender, which stops the bot too.
            let _ = stopped.await;
        }));
        self.bot = Some(Bot { stop, running });
    }

    /// The settings, as the bot reads them.
    pub(crate) fn config(&self) -> Result<Config, kaiwa_bot::config::ConfigError> {
        let env = |name: &str| self.env.get(name).map(OsString::from);
        Config::load(None, &env)
    }

    /// Stops the bot as SIGTERM does, and tells how it ended.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        let bot = self.bot.take().context("the bot is not running")?;
        let _ = bot.stop.send(());
        self.ended(bot.running).await
    }

    /// Waits until the bot ends by itself, and tells how.
    pub(crate) async fn ends(&mut self) -> Result<(), kaiwa_bot::RunError> {
        let bot = self.bot.take().unwrap();
        let ended = tokio::time::timeout(PATIENCE, bot.running).await;
        drop(bot.stop);
        ended
            .expect("the bot did not end")
            .expect("the bot panicked")
    }

    async fn ended(&self, running: JoinHandle<Result<(), kaiwa_bot::RunError>>) -> Result<()> {
        let ended = tokio::time::timeout(PATIENCE, running).await;
        ended
            .map_err(|_| anyhow!("the bot did not stop"))??
            .map_err(Into::into)
    }

    /// Starts the bot again and waits until it is online.
    pub(crate) async fn comes_back(&mut self) -> Result<()> {
        let before = self.connected();
        self.start();
        self.until("the bot to come back", |story| {
            (story.connected() != before).then_some(())
        })
        .await
    }

    /// How often a gateway session was resumed and begun so far.
    pub(crate) fn connected(&self) -> (usize, usize) {
        let records = self.sim.shared().gateway.records();
        let accepted = |outcome: &&Outcome| matches!(outcome, Outcome::Accepted(_));
        let resumes = records.resumes.iter().map(|resume| &resume.outcome);
        let identifies = records.identifies.iter();
        let identifies = identifies.map(|identify| &identify.outcome);
        (
            resumes.filter(accepted).count(),
            identifies.filter(accepted).count(),
        )
    }

    /// Forgets everything that the bot has stored.
    pub(crate) fn forget_everything(&mut self) {
        self.data = tempfile::tempdir().unwrap();
        let path = self.data.path().display().to_string();
        self.env.insert("KAIWA_DATA_DIR", path);
    }

    /// Where the bot's data is.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Another program that opens the bot's database.
    pub(crate) fn another_program(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data.path().join("kaiwa.db")).expect("no database")
    }

    /// The person with this name.
    pub(crate) fn user(&self, name: &str) -> Person {
        let (id, place) = self.sim.world(|world| {
            let user = world.user_named(name).expect("nobody has this name");
            let place = world.channel_named("general").expect("no #general");
            (user.id, place.id)
        });
        Person::new(id, Place(place), self.sim.shared())
    }

    /// The channel with this name.
    pub(crate) fn channel(&self, name: &str) -> Place {
        self.sim.world(|world| {
            Place(
                world
                    .channel_named(name)
                    .expect("no channel has this name")
                    .id,
            )
        })
    }

    /// The bot's user id.
    pub(crate) fn bot_id(&self) -> u64 {
        self.sim
            .world(|world| *world.bots.keys().next().expect("a bot"))
    }

    /// The bot's account has posted something that the bot knows nothing of.
    pub(crate) fn bot_posts(
        &self,
        place: Place,
        content: &str,
        components: Vec<Value>,
    ) -> Result<Seen> {
        let draft = Draft {
            content: content.to_owned(),
            components,
            ..Draft::default()
        };
        let bot = Author::User(self.bot_id());
        let posted = self
            .sim
            .shared()
            .with(|world| world.post(bot, place.0, draft));
        let id = posted.map_err(|refusal| anyhow!("Discord refused: {refusal:?}"))?;
        Ok(Seen { place, id })
    }

    /// Waits until something can be seen, however often the world changes till then. It is looked for again when the world or the
    /// model changes, so it must be of these; for what the bot has stored see `until_ended` and its like.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        mut seen: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T> {
        let (mut world, mut model) = (self.sim.changed(), self.model.changed());
        let waiting = async {
            loop {
                world.borrow_and_update();
                model.borrow_and_update();
                if let Some(found) = seen(self) {
                    return found;
                }
                tokio::select! {
                    _ = world.changed() => {}
                    _ = model.changed() => {}
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, waiting).await;
        found.map_err(|_| anyhow!("waited in vain for {what}"))
    }

    /// Waits until the bot logs something with these words, and gives the line.
    pub(crate) async fn logs(&self, words: &str) -> Result<String> {
        let logged = tokio::time::timeout(PATIENCE, self.log.until(words)).await;
        logged.map_err(|_| anyhow!("waited in vain for {words:?} in the log"))
    }

    /// Tells the bot to stop, as SIGTERM does, and doesn't wait for it.
    pub(crate) fn tells_to_stop(&mut self) {
        if let Some(bot) = &mut self.bot {
            bot.stop = oneshot::channel().0;
        }
    }

    /// From here on 429s are part of the story.
    pub(crate) fn expects_429(&mut self) {
        self.too_many_requests = true;
        self.log.expects("Discord asks for a pause");
    }
}
