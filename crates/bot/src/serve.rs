//! Hands on what the gateway tells: sessions that begin or go on, guilds that come up, and what comes in.

mod left;
mod unkept;
mod waiting;

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use kaiwa_core::{
    id::{ConversationId, GuildId, UserId},
    message::Incoming,
    missed::Unheard,
    session::Session,
    words::operator,
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{Rooms, RunError},
    catch_up::{Missed, catch_up, read_places},
    config::Config,
    discord::{
        events::{Arrived, Ready},
        gateway::{Gateway, GatewayError, Told},
        identify::Identifies,
    },
    keeper::{self, Began, Keep},
    lanes::Signal,
    model_check, pulse,
    starts::grant,
    store::{Opened, StoreError},
};
pub(crate) use left::{Bot, Left, heard};
use unkept::Unkept;
use waiting::Waiting;

/// How long the line at start waits for the model's check.
const CHECK_PATIENCE: Duration = Duration::from_secs(2);
/// The close code for too many guilds on a shard. Source: Discord's reference, "Gateway Close Event Codes".
const SHARDING_REQUIRED: u16 = 4011;
/// How many places are read back at the same time.
const READ_AT_ONCE: usize = 2;

/// Hands on what comes in until the gateway has closed and all of it is stored.
///
/// # Errors
/// When a shard can't go on.
pub(crate) async fn serve(
    rooms: &Arc<Rooms>,
    (mut gateway, identifies): (Gateway, Identifies),
    config: &Config,
    bot: Bot,
) -> Result<(), RunError> {
    let (kept, keeper) = keeper::keep_sessions(rooms);
    let mut door = Door::new(rooms, config, gateway.total, bot, kept).await;
    let (connected, shards) = (gateway.connected.clone(), gateway.total);
    door.side
        .spawn(pulse::beat(config.data_dir.clone(), connected, shards));
    let granting = grant(Arc::clone(rooms), door.bot.limits, identifies);
    door.side.spawn(granting);
    door.side.spawn(Arc::clone(rooms).follow_late());
    let mut opened = open_later(rooms, &mut door.side, door.bot.me);
    let mut ended = Ok(());
    loop {
        tokio::select! {
            told = gateway.next() => match told {
                Some(Told::Fatal(error)) => {
                    ended = Err(fatal(error, config));
                    break;
                }
                Some(told) => door.hear(told).await,
                None => break,
            },
            Some(opened) = opened.recv() => match opened {
                Ok(opened) => door.store_opens(opened).await,
                Err(error) => {
                    let locale = config.operator;
                    ended = Err(RunError::Store { locale, error });
                    break;
                }
            }
        }
    }
    door.side.shutdown().await;
    drop(door);
    pulse::end(&config.data_dir);
    let _ = keeper.await;
    ended
}

/// Tells when the store can be used that could not be opened yet, or that it is another bot's.
fn open_later(
    rooms: &Arc<Rooms>,
    side: &mut JoinSet<()>,
    me: UserId,
) -> mpsc::Receiver<Result<Opened, StoreError>> {
    let (opens, opened) = mpsc::channel(1);
    if !rooms.memory.is_open() {
        let rooms = Arc::clone(rooms);
        side.spawn(async move {
            // Whoever waits for it is gone only when the bot ends.
            let _ = opens.send(rooms.memory.opening(me).await).await;
        });
    }
    opened
}

fn fatal(error: GatewayError, config: &Config) -> RunError {
    let locale = config.operator;
    match error {
        GatewayError::TokenRefused => RunError::TokenRefused(locale),
        GatewayError::IntentRefused => RunError::IntentRefused(locale),
        GatewayError::Closed {
            code: SHARDING_REQUIRED,
        } if config.discord.shards.is_none() => RunError::Grown(locale),
        GatewayError::Closed { code } => RunError::Gateway { locale, code },
    }
}

/// Where shards come in.
struct Door<'a> {
    rooms: &'a Arc<Rooms>,
    config: &'a Config,
    shards: u32,
    bot: Bot,
    waiting: Waiting,
    /// The sessions that began while there was no store.
    unkept: Unkept,
    /// In how many guilds each shard is that has come in.
    there: HashMap<u32, usize>,
    /// What is done beside; whatever ends the door ends it.
    side: JoinSet<()>,
    checked: CancellationToken,
    /// What new sessions have not told and nobody has begun to read back: mostly it waits for its guild to come up.
    missed: HashMap<Option<GuildId>, Missed>,
    /// What an earlier process did not come to read back of single places, until their guild is there.
    unheard: Vec<Unheard>,
    /// What is to be read back of single places.
    places: mpsc::UnboundedSender<Unheard>,
    /// What is to be stored beside.
    kept: mpsc::UnboundedSender<Keep>,
    /// For what is read back at the same time.
    seats: Arc<Semaphore>,
    /// Ends, of each shard, what goes on reading back what its session before has missed: its new one has missed that too.
    over: HashMap<u32, CancellationToken>,
}

impl<'a> Door<'a> {
    async fn new(
        rooms: &'a Arc<Rooms>,
        config: &'a Config,
        shards: u32,
        bot: Bot,
        kept: mpsc::UnboundedSender<Keep>,
    ) -> Self {
        let checked = CancellationToken::new();
        let mut side = JoinSet::new();
        side.spawn(model_check::until_there(
            Arc::clone(rooms),
            config.clone(),
            checked.clone(),
        ));
        let seats = Arc::new(Semaphore::new(READ_AT_ONCE));
        let (places, told) = mpsc::unbounded_channel();
        let read_back = read_places(Arc::clone(rooms), told, kept.clone(), Arc::clone(&seats));
        side.spawn(read_back);
        Self {
            rooms,
            config,
            shards,
            bot,
            waiting: Waiting::find(rooms).await,
            unkept: Unkept::default(),
            there: HashMap::new(),
            side,
            checked,
            missed: gaps(rooms).await,
            unheard: rooms.memory.unheard().await,
            places,
            kept,
            seats,
            over: HashMap::new(),
        }
    }

    /// Something was told, other than that it is over.
    async fn hear(&mut self, told: Told) {
        match told {
            Told::Ready(ready, session) => self.ready(ready, &session).await,
            Told::Resumed(shard) => self.resumed(shard),
            Told::Guild(guild) => self.arrived(*guild),
            Told::Incoming(shard, incoming) => {
                if let Incoming::GuildGone(guild) = &*incoming {
                    self.bot.has_left(*guild);
                    self.unkept.has_left(*guild);
                }
                if let Some(conversation) = self.rooms.handle(*incoming).await {
                    self.asked(shard, conversation);
                }
            }
            Told::Unheard(place) => self.unheard(place),
            Told::Reached(session, ago) => {
                let ago = u64::try_from(ago.as_millis()).unwrap_or(u64::MAX);
                let heard = self.rooms.rest.discord_ms().saturating_sub(ago);
                self.bot.heard.insert(session.shard, heard);
                let _ = self.kept.send(Keep::Reached(session, heard));
            }
            Told::Fatal(_) => {}
        }
    }

    /// A shard has begun a session.
    async fn ready(&mut self, ready: Ready, session: &Session) {
        // Where an earlier process left one, it can't be gone on with.
        let told = self.bot.told(ready.shard);
        let asked = told.map(|left| left.asked).unwrap_or_default();
        let is_last = self.bot.left.is_empty();
        self.rooms.memory.told_again(&asked, is_last);
        let now = self.rooms.rest.discord_ms();
        let heard = self.bot.heard.insert(ready.shard, now);
        self.keep(session, &ready.guilds, now, heard).await;
        if !self.rooms.memory.is_open() {
            self.unkept.began(session, &ready.guilds, now);
        }
        let mut known = gaps(self.rooms).await;
        let of_shard = ready.guilds.iter().copied().map(Some);
        // Direct messages come to the first shard, and need no guild.
        let of_shard = of_shard.chain((ready.shard == 0).then_some(None));
        let mut is_known = false;
        for guild in of_shard {
            let known = known.remove(&guild);
            is_known |= known.is_some();
            let mut missed = known.unwrap_or_else(|| Missed::unknown(guild, heard));
            // What nobody has begun to read back is missing still, whatever the store knows of it.
            let before = self.missed.remove(&guild);
            let before = before.and_then(|missed| missed.heard_ms);
            missed.heard_ms = missed.heard_ms.into_iter().chain(before).min();
            missed.newest = None;
            self.missed.insert(guild, missed);
        }
        // Where the store can't tell what is missing, nobody would read back what is being read back.
        if is_known && let Some(over) = self.over.remove(&ready.shard) {
            over.cancel();
        }
        self.forget_left(ready.shard, &ready.guilds.iter().copied().collect())
            .await;
        if ready.shard == 0 {
            self.begin(None);
        }
        self.work_in(asked);
        self.came(ready.shard, ready.guilds.len(), ready.application);
    }

    /// Forgets what was said in guilds of a shard that the bot is in no longer: it left them while no session told it.
    async fn forget_left(&mut self, shard: u32, guilds: &HashSet<GuildId>) {
        let known = self.rooms.memory.guilds(shard, self.shards).await;
        for guild in known.into_iter().filter(|guild| !guilds.contains(guild)) {
            self.waiting.take(Some(guild));
            self.rooms.handle(Incoming::GuildGone(guild)).await;
        }
    }

    /// Keeps that a session has begun.
    async fn keep(&self, session: &Session, guilds: &[GuildId], now: u64, heard: Option<u64>) {
        let (done, is_done) = oneshot::channel();
        let began = Began {
            session: session.clone(),
            guilds: guilds.to_vec(),
            now,
            heard,
            done,
        };
        let _ = self.kept.send(Keep::Began(Box::new(began)));
        let _ = is_done.await;
    }

    /// A guild has come up. What waits there begins when all that was missed is told: a question that was taken back, changed or
    /// followed by another is not answered as it was.
    fn arrived(&mut self, guild: Arrived) {
        let Arrived { id, newest } = guild;
        self.unkept.comes_up(id);
        if let Some(missed) = self.missed.get_mut(&Some(id)) {
            missed.newest = Some(newest);
            self.look_for_places(id);
        }
        if !self.bot.comes_up(id) {
            self.begin(Some(id));
        }
    }

    /// Keeps where in a guild that has come up something may have been missed.
    fn look_for_places(&mut self, guild: GuildId) {
        // Without a store nobody knows where that may be.
        let is_open = self.rooms.memory.is_open();
        let missed = self.missed.get_mut(&Some(guild));
        if let Some(missed) = missed.filter(|_| is_open)
            && let Some(mut newest) = missed.newest.take()
        {
            newest.retain(|(channel, last)| missed.may_be_in(self.rooms, *channel, *last));
            if missed.is_stored() {
                let _ = self.kept.send(Keep::Told(guild, newest.clone()));
            }
            missed.newest = Some(newest);
        }
    }

    /// What waits in a guild, or in direct messages, begins; what was missed there is read back before, as soon as it is
    /// known where that is.
    fn begin(&mut self, guild: Option<GuildId>) {
        // Nobody knows yet what waits, and where something was missed.
        if !self.rooms.memory.is_open() {
            return;
        }
        let there = self
            .unheard
            .extract_if(.., |place| Some(place.guild) == guild);
        for place in there {
            let _ = self.places.send(place);
        }
        let Entry::Occupied(missed) = self.missed.entry(guild) else {
            return self.waiting.begin(self.rooms, guild);
        };
        if missed.get().is_told() {
            let (rooms, seats) = (Arc::clone(self.rooms), Arc::clone(&self.seats));
            let (missed, waiting) = (missed.remove(), self.waiting.take(guild));
            let shard = guild.map_or(0, |guild| guild.shard(self.shards));
            let over = self.over.entry(shard).or_default().clone();
            let read_back = catch_up(rooms, missed, waiting, seats, over);
            self.side.spawn(read_back);
            // What has ended keeps its memory until somebody takes note: of ten thousand guilds, that is tens of megabytes.
            while self.side.try_join_next().is_some() {}
        }
    }

    /// Something was said, and is to be read back. It is kept, in case this process does not come to it.
    fn unheard(&self, place: Unheard) {
        let _ = self.kept.send(Keep::Unheard(place));
        let _ = self.places.send(place);
    }

    /// A shard has gone on with a session, and what it missed is handled.
    fn resumed(&mut self, shard: u32) {
        let Some(left) = self.bot.told(shard) else {
            // A session of this process; nothing waits for it.
            return;
        };
        let is_last = self.bot.left.is_empty();
        self.rooms.memory.told_again(&left.asked, is_last);
        if shard == 0 {
            self.begin(None);
        }
        for guild in left.up {
            self.begin(Some(guild));
        }
        self.work_in(left.asked);
        self.came(shard, left.guilds.len(), left.session.application);
    }

    /// Something was asked. What was asked while nobody heard belongs together, and is worked on when all of it is told.
    fn asked(&mut self, shard: u32, conversation: ConversationId) {
        match self.bot.telling(shard) {
            Some(left) => left.asked.push(conversation),
            None => self.work_in([conversation]),
        }
    }

    fn work_in(&self, conversations: impl IntoIterator<Item = ConversationId>) {
        for conversation in conversations {
            self.rooms.signal(conversation, Signal::Asked);
        }
    }

    fn came(&mut self, shard: u32, guilds: usize, application: UserId) {
        let again = self.there.insert(shard, guilds).is_some();
        if !again && self.there.len() == self.shards as usize {
            let guilds = self.there.values().sum::<usize>() as u64;
            let (rooms, config) = (Arc::clone(self.rooms), self.config.clone());
            let (name, shards) = (self.bot.name.clone(), u64::from(self.shards));
            let checked = self.checked.clone();
            self.side.spawn(async move {
                // The line names the model, so it waits for the check; but not for a server that is dead.
                let _ = tokio::time::timeout(CHECK_PATIENCE, checked.cancelled()).await;
                let started = operator::Started {
                    name: &name,
                    application: application.0,
                    guilds,
                    shards,
                    model: rooms.model.name(),
                    base_url: &config.model.base_url,
                    data: &config.data_dir.display().to_string(),
                    message_content: config.settings.message_content,
                };
                tracing::info!("{}", operator::started(config.operator, &started));
            });
        }
    }
}

/// What an earlier process did not come to read back.
async fn gaps(rooms: &Rooms) -> HashMap<Option<GuildId>, Missed> {
    let gaps = rooms.memory.gaps().await.into_iter();
    gaps.map(|gap| (gap.guild, gap.into())).collect()
}
