//! Builds the rooms, owns their tasks, hands on what comes in, and drains.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kaiwa_core::{
    Now,
    id::{ChannelId, ConversationId},
    intake::{self, Decision},
    message::Incoming,
    settings::{Language, Settings},
    words::{Locale, conversation::NoThread, operator},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    discord::{
        events::{Reader, Ready},
        gateway::{self, Gateway, GatewayError, Told},
        rest::{DISCORD, Rest, RestError, SetupError},
        wire,
    },
    http::http_client,
    lanes::{Lanes, Signal},
    memory::{Kept, Memory},
    model::Model,
    store::StoreError,
    work,
};

/// After so long with nothing to be seen, a line says that the answer is still to come.
const QUIET: Duration = Duration::from_secs(15);
/// The window that is assumed where nobody tells one: a model that has less says so, and is asked again with less.
const WINDOW: usize = 16_384;
/// How long answers that are told to stop may take to leave their last words.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long the line at start waits for the model's check.
const CHECK_PATIENCE: Duration = Duration::from_secs(2);
/// How long to wait before Discord is tried again at start.
const DISCORD_PAUSE: Duration = Duration::from_secs(10);

/// Why the bot can't run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Discord refuses the token.
    #[error("{}", operator::token_refused(*.0))]
    TokenRefused(Locale),
    /// The Message Content intent is not turned on.
    #[error("{}", operator::message_content_off(*.0))]
    IntentRefused(Locale),
    /// Discord closed the gateway for good.
    #[error("{}", operator::gateway_closed(*.locale, *.code))]
    Gateway {
        /// The operator's language.
        locale: Locale,
        /// The close code, 0 where there was none.
        code: u16,
    },
    /// The data directory is used by another Kaiwa, or was written by a newer one.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Discord's address or the token can't be used at all.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The HTTP client can't be built.
    #[error("the HTTP client can't be built: {0}")]
    Http(reqwest::Error),
}

/// What a turn works with.
pub(crate) struct Rooms {
    pub rest: Rest,
    pub model: Model,
    pub memory: Memory,
    pub reader: Arc<Reader>,
    pub settings: Settings,
    pub lanes: Lanes,
    /// After so long with nothing to be seen, a line says that the answer is still to come.
    pub quiet: Duration,
    /// How many bytes of a text file are read.
    pub attachment_bytes: usize,
    window: AtomicUsize,
    answer: usize,
    /// What was said once and need not be said again, of each channel.
    told: Mutex<HashSet<(ChannelId, NoThread)>>,
}

impl Rooms {
    /// The model's window in tokens, as far as it is known.
    pub(crate) fn window(&self) -> usize {
        self.window.load(Ordering::Relaxed)
    }

    /// How much of a window is kept free for the answer: what is set, but never most of it.
    pub(crate) fn answer_tokens(&self, window: usize) -> usize {
        self.answer.min(window / 4)
    }

    /// Now, on the clock that all of them share.
    pub(crate) fn now(&self) -> Now {
        self.rest.now()
    }

    /// Whether this is said about a channel for the first time.
    pub(crate) fn first_time(&self, channel: ChannelId, what: NoThread) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((channel, what))
    }

    fn signal(self: &Arc<Self>, conversation: ConversationId, signal: Signal) {
        let rooms = Arc::clone(self);
        self.lanes
            .signal(conversation, signal, |lane| work::worker(rooms, lane));
    }

    /// Does what the rules say about something that came in.
    async fn handle(self: &Arc<Self>, incoming: Incoming) {
        match intake::decide(incoming, &self.settings) {
            Decision::Ignore(_) => {}
            Decision::Remember(channel, said) => self.memory.note(channel, &said).await,
            Decision::Answer(ask, said) => match self.memory.begin(&ask, &said).await {
                Kept::Stored(ask) => self.signal(ask.conversation, Signal::Asked),
                Kept::Known => {}
                Kept::Unstored => {
                    let conversation = ask.conversation;
                    self.signal(conversation, Signal::AskedUnstored(Box::new((ask, said))));
                }
            },
            Decision::Edit(said) => {
                for conversation in self.memory.edited(&said).await {
                    self.signal(conversation, Signal::Edited(said.id));
                }
            }
            Decision::Delete(channel, messages) => {
                for (conversation, message) in self.memory.deleted(channel, &messages).await {
                    self.signal(conversation, Signal::Deleted(message));
                }
            }
            Decision::Close(channel) => {
                for conversation in self.memory.channel_gone(channel).await {
                    self.signal(conversation, Signal::Gone);
                }
            }
            Decision::CloseGuild(guild) => {
                for conversation in self.memory.guild_gone(guild).await {
                    self.signal(conversation, Signal::Gone);
                }
            }
        }
    }
}

/// Runs the bot until `shutdown` resolves, then drains: live answers get time to finish, and what isn't finished is
/// stored for the next start.
///
/// # Errors
/// When the bot can't run until the operator changes something.
pub async fn run(config: Config, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
    let http = http_client().map_err(RunError::Http)?;
    let base = config.discord.url.as_deref().unwrap_or(DISCORD);
    let rest = Rest::new(http.clone(), base, &config.discord.token)?;
    tokio::pin!(shutdown);
    let (memory, bot) = tokio::join!(Memory::open(&config.data_dir, config.operator), async {
        tokio::select! {
            bot = gateway_address(&rest, config.operator) => bot.map(Some),
            () = &mut shutdown => Ok(None),
        }
    });
    let memory = memory?;
    let Some(bot) = bot? else {
        memory.close().await;
        return Ok(());
    };
    let direct_locale = match config.settings.language {
        Language::Auto => Locale::En,
        Language::Fixed(locale) => locale,
    };
    let rooms = Arc::new(Rooms {
        rest,
        model: Model::new(http, &config.model),
        memory,
        reader: Arc::new(Reader::new(direct_locale)),
        settings: config.settings.clone(),
        lanes: Lanes::default(),
        quiet: QUIET,
        attachment_bytes: usize::try_from(config.attachment_text_bytes).unwrap_or(usize::MAX),
        window: AtomicUsize::new(config.model.window.map_or(WINDOW, tokens)),
        answer: tokens(config.model.answer),
        told: Mutex::default(),
    });
    let options = gateway::Options {
        token: config.discord.token.clone(),
        shards: config.discord.shards,
        message_content: config.settings.message_content,
    };
    let mut gateway = Gateway::start(&options, &bot, &rooms.reader);
    let ended = tokio::select! {
        error = serve(&rooms, &mut gateway, &config) => Err(error),
        () = &mut shutdown => Ok(()),
    };
    gateway.close().await;
    drain(&rooms, &config).await;
    if let Some(rooms) = Arc::into_inner(rooms) {
        rooms.memory.close().await;
    }
    ended
}

/// Asks Discord where its gateway is, for as long as it takes.
async fn gateway_address(rest: &Rest, locale: Locale) -> Result<wire::GatewayBot, RunError> {
    loop {
        match rest.gateway_bot().await {
            Ok(bot) => return Ok(bot),
            Err(RestError::Unauthorized) => return Err(RunError::TokenRefused(locale)),
            Err(error) => {
                tracing::error!(%error, "Discord can't be asked for its gateway; trying again in {} seconds", DISCORD_PAUSE.as_secs());
                tokio::time::sleep(DISCORD_PAUSE).await;
            }
        }
    }
}

/// Hands on what comes in, for ever; ends only with an error.
async fn serve(rooms: &Arc<Rooms>, gateway: &mut Gateway, config: &Config) -> RunError {
    // Whatever ends this function ends what it has started.
    let mut side = JoinSet::new();
    let checked = CancellationToken::new();
    side.spawn(check_model(
        Arc::clone(rooms),
        config.clone(),
        checked.clone(),
    ));
    let mut guilds_of: HashMap<u32, usize> = HashMap::new();
    loop {
        match gateway.next(&rooms.reader, &rooms.rest).await {
            Told::Ready(ready) => {
                let first = guilds_of.is_empty();
                let again = guilds_of.insert(ready.shard, ready.guilds).is_some();
                // A session that could not be resumed: what was said before it was not told.
                if first || again {
                    rooms.memory.lost_track().await;
                }
                if first {
                    for conversation in rooms.memory.unfinished().await {
                        rooms.signal(conversation, Signal::Asked);
                    }
                }
                if !again && guilds_of.len() == gateway.total as usize {
                    let guilds = guilds_of.values().sum();
                    let rooms = Arc::clone(rooms);
                    side.spawn(announce(
                        rooms,
                        config.clone(),
                        ready,
                        guilds,
                        gateway.total,
                        checked.clone(),
                    ));
                }
            }
            Told::Incoming(incoming) => rooms.handle(incoming).await,
            Told::Fatal(GatewayError::TokenRefused) => {
                return RunError::TokenRefused(config.operator);
            }
            Told::Fatal(GatewayError::IntentRefused) => {
                return RunError::IntentRefused(config.operator);
            }
            Told::Fatal(GatewayError::Closed { code }) => {
                return RunError::Gateway {
                    locale: config.operator,
                    code,
                };
            }
        }
    }
}

/// The line at start. It names the model, so it waits for the check; but not for a server that is dead.
async fn announce(
    rooms: Arc<Rooms>,
    config: Config,
    ready: Ready,
    guilds: usize,
    shards: u32,
    checked: CancellationToken,
) {
    let _ = tokio::time::timeout(CHECK_PATIENCE, checked.cancelled()).await;
    let started = operator::Started {
        name: &ready.name,
        application: ready.application.0,
        guilds: guilds as u64,
        shards: u64::from(shards),
        model: rooms.model.name(),
        base_url: &config.model.base_url,
        data: &config.data_dir.display().to_string(),
        message_content: config.settings.message_content,
    };
    tracing::info!("{}", operator::started(config.operator, &started));
}

/// Checks the model, tells the operator what is wrong with it, and learns its window.
async fn check_model(rooms: Arc<Rooms>, config: Config, checked: CancellationToken) {
    match rooms.model.check().await {
        Ok(model) => {
            if let (None, Some(window)) = (config.model.window, model.window) {
                rooms.window.store(tokens(window), Ordering::Relaxed);
            }
        }
        Err(failed) => {
            let said = operator::model_check_failed(
                config.operator,
                &failed.error,
                &config.model.base_url,
                &failed.nearest,
            );
            tracing::error!("{said}");
        }
    }
    checked.cancel();
}

/// Lets live answers finish, for as long as is set; what isn't finished then is stored for the next start.
async fn drain(rooms: &Rooms, config: &Config) {
    let live = rooms.lanes.len() as u64;
    tracing::info!(
        "{}",
        operator::draining(config.operator, live, config.drain.as_secs())
    );
    if tokio::time::timeout(config.drain, rooms.lanes.drain())
        .await
        .is_err()
    {
        let unfinished = rooms.lanes.len() as u64;
        if tokio::time::timeout(LAST_WORDS, rooms.lanes.stop())
            .await
            .is_err()
        {
            tracing::warn!("some answers could not leave their last words in time");
        }
        tracing::info!("{}", operator::drained(config.operator, unfinished));
    } else {
        tracing::info!("{}", operator::drained(config.operator, 0));
    }
}

/// A count of tokens as an index type; no window reaches the end of it.
fn tokens(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
