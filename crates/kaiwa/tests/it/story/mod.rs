//! How stories are told: one world, people as objects, the real bot over real sockets, an honest end.
//!
//! A story says and clicks as people do and waits for what can be seen. It ends as SIGTERM ends the bot, and fails on
//! any answer that it did not look at, on calls that are not as Discord's OpenAPI description has them, to routes that
//! don't exist or answered with 429, on requests to the model that nobody scripted, and on warnings and errors in the
//! log that it did not announce.

mod log;
mod openings;
mod people;

use std::{
    collections::{BTreeSet, HashMap},
    ffi::OsString,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail};
use kaiwa_bot::config::Config;
use kaiwa_sim::{
    Route, Sim, World,
    gateway::Outcome as Connected,
    model::{Model, Outcome},
    world::{Author, Draft, Message},
};
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinHandle};

pub(crate) use log::Log;
pub(crate) use people::{Person, Place, Pressed, Seen};

/// How long a story waits for what it expects. A test that waits so long has failed; none depends on being fast.
const PATIENCE: Duration = Duration::from_secs(20);

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
        let accepted = |outcome: &&Connected| matches!(outcome, Connected::Accepted(_));
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

    /// Waits until the bot has a message with exactly this text in a place, and looks at it.
    pub(crate) async fn reads(&mut self, place: Place, text: &str) -> Result<Seen> {
        let seen = self
            .until(&format!("the bot to say {text:?} in {place:?}"), |story| {
                story
                    .said_by_bot(place)
                    .into_iter()
                    .rev()
                    .find(|message| message.content == text)
            })
            .await?;
        self.read.insert(seen.id);
        Ok(Seen { place, id: seen.id })
    }

    /// Waits until a message of the bot in a place has a text that passes, looks at it and gives the text.
    pub(crate) async fn reads_where(
        &mut self,
        place: Place,
        what: &str,
        passes: impl Fn(&str) -> bool,
    ) -> Result<(Seen, String)> {
        let seen = self
            .until(&format!("{what} in {place:?}"), |story| {
                story
                    .said_by_bot(place)
                    .into_iter()
                    .rev()
                    .find(|message| passes(&message.content))
            })
            .await?;
        self.read.insert(seen.id);
        Ok((Seen { place, id: seen.id }, seen.content))
    }

    /// The whole place as it can be read now. Everything in it counts as looked at.
    pub(crate) fn transcript(&mut self, place: Place) -> String {
        let said = self.said_by_bot(place);
        self.read.extend(said.iter().map(|message| message.id));
        self.sim.world(|world| world.transcript(place.0))
    }

    /// What is below a message, buttons and all, as it could be posted again.
    pub(crate) fn components(&self, message: Seen) -> Vec<Value> {
        self.sim.world(|world| {
            let message = world.message(message.place.0, message.id);
            message.map_or_else(Vec::new, |message| message.components.clone())
        })
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

    /// The labels of the buttons on a message.
    pub(crate) fn buttons(&self, message: Seen) -> Vec<String> {
        self.sim.world(|world| {
            let message = world.message(message.place.0, message.id);
            let rows = message
                .into_iter()
                .flat_map(|message| message.components.iter());
            let buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
            buttons
                .filter_map(|button| button["label"].as_str().map(str::to_owned))
                .collect()
        })
    }

    /// Waits until a message has exactly these buttons.
    pub(crate) async fn until_buttons(&self, message: Seen, labels: &[&str]) -> Result<()> {
        let what = format!("{message:?} to have the buttons {labels:?}");
        self.until(&what, |story| {
            (story.buttons(message) == labels).then_some(())
        })
        .await
    }

    /// Waits until the one who pressed is told something that nobody else can read, and looks at it.
    pub(crate) async fn whispers(&mut self, pressed: Pressed) -> Result<Message> {
        let whispered = self
            .until("a whisper to the one who pressed", |story| {
                story.sim.shared().look(|world| {
                    let interaction = world.interactions.get(&pressed.interaction)?;
                    let messages = world.messages.get(&interaction.channel)?;
                    let mut messages = messages.values();
                    let of_this = |message: &&Message| {
                        let trace = message.interaction.as_ref();
                        trace.is_some_and(|trace| trace.id == pressed.interaction)
                            && message.only_for == Some(interaction.user)
                    };
                    messages.find(of_this).cloned()
                })
            })
            .await?;
        self.read.insert(whispered.id);
        Ok(whispered)
    }

    /// How often a route was called, whatever came of it.
    pub(crate) fn calls(&self, route: Route) -> usize {
        self.sim.world(|world| world.calls.of(route).count())
    }

    /// The texts of all messages of the bot in a place, oldest first. All of them count as looked at.
    pub(crate) fn texts(&mut self, place: Place) -> Vec<String> {
        let mut said = self.said_by_bot(place);
        said.retain(|message| message.only_for.is_none());
        self.read.extend(said.iter().map(|message| message.id));
        let said = said.into_iter();
        said.filter(|message| !kaiwa_sim::world::is_system(message.kind))
            .map(|message| message.content)
            .collect()
    }

    fn said_by_bot(&self, place: Place) -> Vec<Message> {
        let bot = self.bot_id();
        self.sim.shared().look(|world| {
            let messages = world
                .messages
                .get(&place.0)
                .into_iter()
                .flat_map(|messages| messages.values());
            messages
                .filter(|message| message.author == Author::User(bot))
                .cloned()
                .collect()
        })
    }

    /// Waits for a request to the model, counted from 1, and gives it as lines `role: text`.
    pub(crate) async fn model_hears(&mut self, number: u64) -> Result<String> {
        let request = self
            .until(&format!("request {number} to the model"), |story| {
                story
                    .model
                    .read(|world| world.request(number).map(|request| request.turns()))
            })
            .await?;
        let lines: Vec<String> = request
            .into_iter()
            .map(|(role, text)| format!("{role}: {text}"))
            .collect();
        Ok(lines.join("\n"))
    }

    /// Waits until something can be seen, however often the world changes till then.
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

    /// Ends the story: the bot is drained, and nothing may have happened that the story did not look at.
    async fn finish(&mut self) -> Result<()> {
        if self.bot.is_some() {
            self.stop().await?;
        }
        self.all_is_as_described()?;
        let bot = self.bot_id();
        let (unread, unknown, refused) = self.sim.world(|world| {
            let unread: Vec<String> = world
                .messages
                .values()
                .flat_map(|messages| messages.values())
                .filter(|message| {
                    message.author == Author::User(bot) && !self.read.contains(&message.id)
                })
                .filter(|message| !kaiwa_sim::world::is_system(message.kind))
                .map(|message| format!("{:?} in {}", message.content, message.channel))
                .collect();
            let unknown: Vec<String> = world.calls.unknown_routes().collect();
            (unread, unknown, world.limits.refused)
        });
        let may_ping = self.sim.world(|world| {
            let sent = world
                .calls
                .of(Route::CreateMessage)
                .chain(world.calls.of(Route::EditMessage));
            sent.filter(|call| {
                call.body["allowed_mentions"] != json!({"parse": [], "replied_user": false})
            })
            .map(|call| format!("{} {}", call.method, call.path))
            .collect::<Vec<_>>()
        });
        if !may_ping.is_empty() {
            bail!("what was sent could ping somebody: {may_ping:?}");
        }
        if !unread.is_empty() {
            bail!("nobody looked at what the bot said: {}", unread.join(", "));
        }
        if !unknown.is_empty() {
            bail!("calls to routes that don't exist: {unknown:?}");
        }
        if !self.too_many_requests && refused != [0; 3] {
            bail!("429s (user, shared, global): {refused:?}");
        }
        let requests = self.model.requests();
        if requests
            .iter()
            .any(|request| request.outcome == Outcome::Unscripted)
        {
            bail!("a request to the model that nobody scripted");
        }
        let unexpected = self.log.unexpected();
        if !unexpected.is_empty() {
            bail!("unexpected in the log:\n{}", unexpected.join("\n"));
        }
        Ok(())
    }

    /// Holds what the bot sent and what the simulator answered against Discord's own description.
    fn all_is_as_described(&self) -> Result<()> {
        let description = kaiwa_sim::openapi::shared()?;
        let findings = self.sim.world(|world| description.check_calls(world));
        if !findings.is_empty() {
            let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
            bail!("not as Discord describes it:\n{}", lines.join("\n"));
        }
        Ok(())
    }

    /// Everything that helps to understand a failure.
    fn situation(&self) -> String {
        let world = self.sim.world(|world| {
            let places: Vec<String> = world
                .messages
                .keys()
                .map(|channel| format!("--- {channel}\n{}", world.transcript(*channel)))
                .collect();
            let calls: Vec<String> = world
                .calls
                .iter()
                .map(|call| format!("{} {} -> {:?}", call.method, call.path, call.status))
                .collect();
            format!("{}\ncalls:\n{}", places.join("\n"), calls.join("\n"))
        });
        let model = self.model.requests();
        let model: Vec<String> = model
            .iter()
            .map(|request| {
                format!(
                    "#{} {:?} {:?}",
                    request.number,
                    request.outcome,
                    request.turns()
                )
            })
            .collect();
        format!(
            "{world}\nmodel:\n{}\nlog:\n{}",
            model.join("\n"),
            self.log.all().join("\n")
        )
    }
}

#[tokio::test]
#[should_panic(expected = "not as Discord describes it:\nGET /gateway/bot (query) at \"limits\"")]
async fn a_call_that_discord_does_not_describe_fails_its_story() {
    run_story(World::default(), async |story| {
        story.sim.world(|world| {
            let number = world
                .calls
                .iter()
                .find(|call| call.route == Some(kaiwa_sim::Route::GetGatewayBot))
                .context("the bot asks for the gateway")?
                .number;
            let call = world.calls.get_mut(number).context("it is kept")?;
            "limits=1".clone_into(&mut call.query);
            Ok(())
        })
    })
    .await;
}
