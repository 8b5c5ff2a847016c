//! Builds the rooms, owns their tasks, and drains.

use std::{
    collections::HashSet,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kaiwa_core::{
    Now,
    id::{ChannelId, ConversationId, MessageId},
    intake::{self, Decision},
    message::{Incoming, Said},
    pauses::Pauses,
    settings::{Language, Settings},
    words::{Locale, conversation::NoThread, operator},
};
use tokio_util::sync::CancellationToken;

use crate::{
    catch_up::Meanwhile,
    config::Config,
    discord::{
        events::Reader,
        gateway::{self, Gateway},
        rest::{DISCORD, Last, Rest, RestError, SetupError},
        wire,
    },
    http::http_client,
    lanes::{Lanes, Signal},
    memory::{Kept, Memory, Told},
    model::Model,
    pictures::Pictures,
    press::Presses,
    prompt::Awaited,
    serve::{Bot, Left, heard, serve},
    sharing::Shared,
    starts::Limits,
    store::{Edited, KeptSession, StoreError},
    title::Titles,
    worker::worker,
};

/// The window that is assumed where nobody tells one: a model that has less says so, and is asked again with less.
pub(crate) const WINDOW: usize = 16_384;
/// How exactly Discord's clock is known.
const CLOCK_MS: u64 = 2_000;
/// How long answers that are told to stop may take to leave their last words.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long to wait before Discord is tried again at start.
const PAUSES: Pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(30));

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
    /// The bot is in more guilds than the number of shards that Discord recommended at the start can hold.
    #[error("{}", operator::more_shards(*.0))]
    Grown(Locale),
    /// The data directory can't be used: another Kaiwa does, a newer one or another bot has written it, or it can't be written.
    #[error("{}", .error.told(*.locale))]
    Store {
        /// The operator's language.
        locale: Locale,
        /// What is the matter.
        error: StoreError,
    },
    /// Discord's address or the token can't be used at all.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The HTTP client can't be built.
    #[error("the HTTP client can't be built: {0}")]
    Http(reqwest::Error),
    /// The system gives no thread to hear the gateway on.
    #[error("no thread can be started for the gateway: {0}")]
    Thread(std::io::Error),
}

/// What a turn works with.
pub(crate) struct Rooms {
    pub rest: Rest,
    pub model: Model,
    pub memory: Memory,
    pub pictures: Pictures,
    pub reader: Arc<Reader>,
    pub settings: Settings,
    pub lanes: Lanes,
    pub presses: Presses,
    pub meanwhile: Meanwhile,
    pub awaited: Awaited,
    pub titles: Titles,
    pub sharing: Shared,
    /// Since when this process may have said something, by Discord's clock, in milliseconds since the Unix epoch.
    pub began_ms: u64,
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

    /// The model's window is so many tokens.
    pub(crate) fn learn_window(&self, window: u32) {
        self.window.store(tokens(window), Ordering::Relaxed);
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

    /// Tells the worker of a conversation, and starts one if it is work and none is there.
    pub(crate) fn signal(self: &Arc<Self>, conversation: ConversationId, signal: Signal) {
        let rooms = Arc::clone(self);
        self.lanes
            .signal(conversation, signal, |lane| worker(rooms, lane));
    }

    /// Does what the rules say about something that came in. Gives the conversation that has something stored to answer now.
    pub(crate) async fn handle(self: &Arc<Self>, incoming: Incoming) -> Option<ConversationId> {
        self.meanwhile.hear(&incoming);
        self.follow(incoming).await
    }

    /// The same with something that came in before.
    pub(crate) async fn follow(self: &Arc<Self>, incoming: Incoming) -> Option<ConversationId> {
        match intake::decide(incoming, &self.settings) {
            Decision::Ignore(_) => {}
            Decision::Mine(own) => self.memory.shows(own),
            Decision::Remember(channel, said) => self.memory.note(channel, &said).await,
            Decision::Answer(ask, said) => match self.memory.begin(&ask, &said).await {
                Kept::Stored(ask) => return Some(ask.conversation),
                Kept::Known => {}
                Kept::Unstored => {
                    let conversation = ask.conversation;
                    self.signal(conversation, Signal::AskedUnstored(Box::new((ask, said))));
                }
            },
            Decision::Edit(said) => {
                let edited = self.memory.edited(&said).await;
                return self.edited(&said, edited);
            }
            Decision::Delete(channel, messages) => {
                let parts = self.memory.deleted(channel, &messages).await;
                self.deleted(parts);
            }
            Decision::Close(channel) => {
                for conversation in self.memory.channel_gone(channel).await {
                    self.signal(conversation, Signal::Gone);
                }
            }
            Decision::Press(press) => self.presses.hear(self, press),
            Decision::CloseGuild(guild) => {
                for conversation in self.memory.guild_gone(guild).await {
                    self.signal(conversation, Signal::Gone);
                }
            }
        }
        None
    }

    /// Tells those whom it concerns what the store was told late, for as long as there is a store.
    pub(crate) async fn follow_late(self: Arc<Self>) {
        loop {
            for told in self.memory.told_late().await {
                match told {
                    Told::Edited(said, edited) => {
                        if let Some(conversation) = self.edited(&said, edited) {
                            self.signal(conversation, Signal::Asked);
                        }
                    }
                    Told::Deleted(parts) => self.deleted(parts),
                }
            }
        }
    }

    /// A message reads differently. Gives the conversation in which it is to be answered again.
    fn edited(self: &Arc<Self>, said: &Said, edited: Edited) -> Option<ConversationId> {
        let others = edited.changed.into_iter();
        for conversation in others.filter(|other| Some(*other) != edited.again) {
            self.signal(conversation, Signal::Edited(Box::new(said.clone())));
        }
        edited.again
    }

    /// Messages of conversations are gone.
    fn deleted(self: &Arc<Self>, parts: Vec<(ConversationId, MessageId)>) {
        for (conversation, message) in parts {
            self.signal(conversation, Signal::Deleted(message));
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
    let locale = config.operator;
    let unusable = |error| RunError::Store { locale, error };
    let taking = async {
        let taken = Memory::at(&config.data_dir, locale).await;
        taken.map_err(unusable)
    };
    let finding = async {
        tokio::select! {
            found = find_discord(&rest, locale) => found.map(Some),
            () = &mut shutdown => Ok(None),
        }
    };
    let (memory, found) = tokio::try_join!(taking, finding)?;
    let Some((gateway, me)) = found else {
        memory.close().await;
        return Ok(());
    };
    // Whose memory it has to be is known only now.
    memory.open(me.id).await.map_err(unusable)?;
    let rooms = Arc::new(rooms(&config, http, rest, memory));
    let options = gateway::Options {
        token: config.discord.token.clone(),
        me: me.id,
        shards: config.discord.shards.or(gateway.shards).unwrap_or(1).max(1),
        message_content: config.settings.message_content,
    };
    let name = me.global_name.unwrap_or(me.username);
    tracing::info!("{}", operator::connecting(config.operator, &name));
    let kept = rooms.memory.sessions().await;
    let heard = heard(&kept, options.shards);
    let left = left_sessions(&rooms, kept, &options);
    let bot = Bot {
        me: me.id,
        name,
        heard,
        limits: Limits::new(&gateway, options.shards, left.len(), config.operator),
        left,
    };
    let sessions = bot.left.iter().map(|left| left.session.clone());
    let (gateway, identifies) = Gateway::start(
        &options,
        &gateway,
        sessions.collect(),
        &rooms.reader,
        &rooms.rest,
    )
    .map_err(RunError::Thread)?;
    let close = gateway.stop();
    let over = CancellationToken::new();
    let serving = async {
        let ended = serve(&rooms, (gateway, identifies), &config, bot).await;
        over.cancel();
        ended
    };
    let stopping = async {
        tokio::select! {
            () = &mut shutdown => {}
            () = over.cancelled() => {}
        }
        // The gateway stays open meanwhile: what is asked now is kept for the next start.
        drain(&rooms, &config).await;
        close.cancel();
    };
    let (ended, ()) = tokio::join!(serving, stopping);
    let answered = tokio::time::timeout(LAST_WORDS, rooms.presses.drain()).await;
    if answered.is_err() {
        tracing::warn!("some presses of buttons could not be answered in time");
    }
    let unfinished = rooms.memory.unfinished().await.len() + rooms.lanes.len();
    tracing::info!("{}", operator::drained(config.operator, unfinished as u64));
    if let Some(rooms) = Arc::into_inner(rooms) {
        rooms.memory.close().await;
    }
    ended
}

fn rooms(config: &Config, http: reqwest::Client, rest: Rest, memory: Memory) -> Rooms {
    let direct_locale = match config.settings.language {
        Language::Auto => Locale::En,
        Language::Fixed(locale) => locale,
    };
    Rooms {
        began_ms: rest.discord_ms().saturating_sub(CLOCK_MS),
        rest,
        model: Model::new(http, &config.model),
        memory,
        pictures: Pictures::default(),
        reader: Arc::new(Reader::new(direct_locale)),
        settings: config.settings.clone(),
        lanes: Lanes::default(),
        presses: Presses::default(),
        meanwhile: Meanwhile::default(),
        awaited: Awaited::default(),
        titles: Titles::default(),
        sharing: Shared::default(),
        quiet: config.thinking,
        attachment_bytes: usize::try_from(config.attachment_text_bytes).unwrap_or(usize::MAX),
        window: AtomicUsize::new(config.model.window.map_or(WINDOW, tokens)),
        answer: tokens(config.model.answer),
        told: Mutex::default(),
    }
}

/// Asks Discord where its gateway is and who the bot is, for as long as it takes.
async fn find_discord(
    rest: &Rest,
    locale: Locale,
) -> Result<(wire::GatewayBot, wire::User), RunError> {
    let mut pauses = PAUSES;
    loop {
        let (bot, me) = tokio::join!(rest.gateway_bot(), rest.own_user());
        let reason = match bot.and_then(|bot| Ok((bot, me?))) {
            Ok((bot, me)) if gateway::can_be_dialled(&bot.url) => return Ok((bot, me)),
            Ok(_) => Last::Unreadable.to_string(),
            Err(RestError::Unauthorized) => return Err(RunError::TokenRefused(locale)),
            Err(RestError::Unavailable { last }) => last.to_string(),
            Err(error) => error.to_string(),
        };
        let pause = pauses.longer();
        let said = operator::discord_unreachable(locale, &reason, pause.as_secs());
        tracing::error!("{said}");
        tokio::time::sleep(pause).await;
    }
}

/// The sessions that earlier processes left and that this one can go on with, what is known of their guilds taken in. One
/// that can't be read costs an IDENTIFY and nothing else.
fn left_sessions(
    rooms: &Rooms,
    mut left: Vec<KeptSession>,
    options: &gateway::Options,
) -> Vec<Left> {
    left.retain(|kept| {
        let fits = kept.session.fits(options.shards, options.intents());
        fits && rooms.reader.restore(options.me, &kept.guilds)
    });
    left.into_iter().map(Left::from).collect()
}

/// Lets live answers finish, for as long as is set; what isn't finished then stops where it is.
async fn drain(rooms: &Rooms, config: &Config) {
    let live = rooms.lanes.len().saturating_sub(rooms.titles.waiting()) as u64;
    let seconds = config.drain.as_secs();
    tracing::info!("{}", operator::draining(config.operator, live, seconds));
    let finished = tokio::time::timeout(config.drain, rooms.lanes.drain()).await;
    if finished.is_err() {
        let stopped = tokio::time::timeout(LAST_WORDS, rooms.lanes.stop()).await;
        if stopped.is_err() {
            tracing::warn!("some answers could not leave their last words in time");
        }
    }
}

/// A count of tokens as an index type; no window reaches the end of it.
fn tokens(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
