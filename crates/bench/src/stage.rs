//! A world with the real bot in it, and what all measurements do there.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, anyhow};
use kaiwa_sim::{
    Sim, World,
    model::{Answer, DEFAULT_KEY, Unscripted},
    world::{Author, ChannelKind, Draft},
};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{bot::Bot, turn::Asked};

/// How long a REST call is under way in each direction: 40 ms there and back.
pub(crate) const ONE_WAY: Duration = Duration::from_millis(20);
/// The same in milliseconds, as a figure.
pub(crate) const ONE_WAY_MS: f64 = 20.0;
/// How long the model takes to its first token, in milliseconds.
pub(crate) const FIRST_TOKEN_MS: u64 = 200;
/// How long it takes to each further token, in milliseconds.
pub(crate) const TOKEN_MS: u64 = 20;
/// The tokens of a usual answer.
pub(crate) const TOKENS: usize = 60;
/// How often is looked whether something has come about. What is measured are recorded moments, so that this
/// only decides how soon the next step begins; looking more often would take time from the bot.
const LOOK: Duration = Duration::from_millis(20);

/// Simulator and bot.
#[derive(Debug)]
pub(crate) struct Stage {
    /// The simulator.
    pub sim: Sim,
    /// The bot's process.
    pub bot: Bot,
    /// The bot's user.
    pub bot_user: u64,
    /// Who asks.
    pub person: u64,
    /// Somebody else.
    pub other: u64,
    /// The text channels.
    pub channels: Vec<u64>,
    /// Taken away together with the stage.
    _data: TempDir,
}

impl Stage {
    /// A world with so many text channels and the bot online in it; answers come at the usual pace.
    pub(crate) async fn start(
        binary: &Path,
        channels: usize,
        change: impl FnOnce(&mut World),
    ) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let (sim, settings) = Self::simulate(channels, change).await?;
        let bot = Bot::start(binary, &data, &settings)?;
        let (bot_user, person, other, channels) = sim.world(|world| {
            let named = |name| world.user_named(name).map(|user| user.id);
            let channels = world
                .channels
                .values()
                .filter(|channel| channel.name.starts_with("bench-"))
                .map(|channel| channel.id)
                .collect();
            (
                world.bots.keys().next().copied(),
                named("ada"),
                named("ben"),
                channels,
            )
        });
        let stage = Self {
            sim,
            bot,
            bot_user: bot_user.context("no bot in the world")?,
            person: person.context("nobody in the world")?,
            other: other.context("only one person in the world")?,
            channels,
            _data: data,
        };
        stage.online().await?;
        Ok(stage)
    }

    /// A simulator, and the settings that lead a bot to it.
    pub(crate) async fn simulate(
        channels: usize,
        change: impl FnOnce(&mut World),
    ) -> Result<(Sim, Vec<(&'static str, String)>)> {
        let mut world = World::default();
        let guild = *world.guilds.keys().next().context("no guild")?;
        for number in 0..channels {
            world.add_channel(guild, ChannelKind::Text, &format!("bench-{number}"), None);
        }
        world.settings.rate_limits = true;
        world.settings.latency_before = ONE_WAY;
        world.settings.latency_after = ONE_WAY;
        world.settings.calls_kept = 100_000;
        change(&mut world);
        let token = world.bots.values().next().map(|bot| bot.token.clone());
        let sim = Sim::start(world, "127.0.0.1:0".parse()?).await?;
        // Discord asks for a shard for every 2,500 guilds; what a guild costs doesn't depend on it.
        sim.shared()
            .gateway
            .set(|settings| settings.guilds_per_shard = 0);
        sim.model().settings(|settings| {
            settings.first_token_delay = FIRST_TOKEN_MS;
            settings.token_delay = TOKEN_MS;
            settings.unscripted = Unscripted::Say("Fine.".to_owned());
        });
        let settings = vec![
            ("DISCORD_TOKEN", token.context("a bot without a token")?),
            ("KAIWA_DISCORD_URL", sim.url()),
            ("OPENAI_BASE_URL", format!("{}/v1", sim.url())),
            ("OPENAI_API_KEY", DEFAULT_KEY.to_owned()),
        ];
        Ok((sim, settings))
    }

    /// Waits until the bot has been sent everything that a session begins with, and rests.
    async fn online(&self) -> Result<()> {
        let patience = Duration::from_secs(120);
        self.until("the bot to be online", patience, |stage| {
            let sessions = stage.sim.shared().gateway.sessions();
            let ready = !sessions.is_empty()
                && sessions
                    .iter()
                    .all(|session| session.queued > 0 && session.sent == session.queued);
            ready.then_some(())
        })
        .await?;
        self.rest(patience).await
    }

    /// Waits until the bot uses no processor time for a second.
    pub(crate) async fn rest(&self, patience: Duration) -> Result<()> {
        let end = Instant::now() + patience;
        let mut before = self.bot.processor()?;
        while Instant::now() < end {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = self.bot.processor()?;
            if now - before <= 0.01 {
                return Ok(());
            }
            before = now;
        }
        Err(anyhow!("the bot does not come to rest"))
    }

    /// Waits until something has come about.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        patience: Duration,
        mut seen: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T> {
        let end = Instant::now() + patience;
        loop {
            if let Some(found) = seen(self) {
                return Ok(found);
            }
            if Instant::now() > end {
                return Err(anyhow!("waited in vain for {what}"));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Somebody says something.
    pub(crate) fn says(&self, person: u64, channel: u64, text: String) -> Result<(u64, u64)> {
        let draft = Draft {
            content: text,
            ..Draft::default()
        };
        self.sim
            .world(|world| {
                let at = world.clock.now_ms();
                world
                    .post(Author::User(person), channel, draft)
                    .map(|message| (message, at))
            })
            .map_err(|refusal| anyhow!("the simulator refused a person's message: {refusal:?}"))
    }

    /// A question in a channel, with a mention.
    pub(crate) fn mentions(&self, channel: u64, marker: &str) -> Result<Asked> {
        let text = format!("<@{}> {marker} what color is the sea?", self.bot_user);
        let (message, at) = self.says(self.person, channel, text)?;
        // A thread that is made from a message has its id.
        Ok(Asked {
            thread: message,
            message,
            at,
            marker: marker.to_owned(),
        })
    }

    /// A question in a thread of the bot's.
    pub(crate) fn asks(&self, thread: u64, marker: &str) -> Result<Asked> {
        let text = format!("{marker} and what color is the sky?");
        let (message, at) = self.says(self.person, thread, text)?;
        Ok(Asked {
            thread,
            message,
            at,
            marker: marker.to_owned(),
        })
    }

    /// The next request that nothing else is written for gets so many tokens.
    pub(crate) fn answers(&self, tokens: usize) {
        self.sim.model().answers_with(words(tokens));
    }

    /// How many 429s there were.
    pub(crate) fn too_many_requests(&self) -> u64 {
        self.sim
            .shared()
            .look(|world| world.limits.refused.iter().sum())
    }
}

/// An answer of so many tokens, each a word of two letters: a minute of them stays below the length at which the rest
/// of an answer comes as a file.
pub(crate) fn words(tokens: usize) -> Answer {
    let letters: Vec<char> = ('a'..='z').collect();
    let pairs = letters.iter().flat_map(|first| {
        letters
            .iter()
            .map(move |second| format!("{first}{second} "))
    });
    let pairs: Vec<String> = pairs.collect();
    Answer::new(pairs.into_iter().cycle().take(tokens))
}
