//! After a session that could not be resumed: what was said meanwhile is read back where the bot is known to be talked to,
//! and what was asked there is answered as if it had been heard.
//!
//! Conversations come first of all: threads and direct messages. In text channels a mention is found where the bot was
//! used lately; to read all channels of all guilds would take hours. Nothing of this is urgent: one page after the other, behind
//! whatever somebody waits for. The whole conversation is read back by `recall` when it is answered in.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use kaiwa_core::{
    id::{ChannelId, ConversationId, GuildId, MessageId, UserId},
    intake::{self, Decision},
    message::{AuthorKind, Home, Incoming, Place},
    missed::{By, FORGOTTEN, Later, age, moved_on},
};
use tokio::sync::Semaphore;

use crate::{
    app::Rooms,
    discord::{
        directory::place_of,
        rest::{Page, RestError},
        wire,
    },
    lanes::Signal,
    memory::Kept,
    store::{Gap, Known},
};

/// How many messages Discord gives at once. Source: "Get Channel Messages".
const PAGE: u8 = 100;
/// How many pages of a place are read at the most: beyond that, what was asked is history.
const PAGES: usize = 5;
/// How many direct messages are looked at, since nobody tells in which something was said.
const DIRECT: i64 = 500;
/// A channel in which the bot was used within this is read for mentions.
const LATELY_MS: i64 = 30 * 24 * 3600 * 1000;
/// So much before the bot was last known to hear, something may have been on its way.
const ON_ITS_WAY_MS: u64 = 120_000;

/// What a session has missed in a guild, or in direct messages.
#[derive(Debug)]
pub(crate) struct Missed {
    /// The guild; none for direct messages.
    pub guild: Option<GuildId>,
    /// Until when the bot surely heard, by Discord's clock; none where nobody knows.
    pub heard_ms: Option<u64>,
    /// The newest message of each channel and thread of the guild; none before Discord has told them.
    pub newest: Option<Vec<(ChannelId, MessageId)>>,
    /// By what the store knows it; 0 where it doesn't.
    number: i64,
}

impl Missed {
    /// Something was missed that the store does not know of.
    pub(crate) fn unknown(guild: Option<GuildId>, heard_ms: Option<u64>) -> Self {
        Self {
            guild,
            heard_ms,
            newest: None,
            number: 0,
        }
    }

    /// The store knows of it.
    pub(crate) fn is_stored(&self) -> bool {
        self.number != 0
    }

    /// It can be read back now: nothing is to be told of direct messages.
    pub(crate) fn is_told(&self) -> bool {
        self.guild.is_none() || self.newest.is_some()
    }

    /// A channel or thread is worth a look: something was said there since, or something may wait there.
    pub(crate) fn may_be_in(&self, rooms: &Rooms, channel: ChannelId, last: MessageId) -> bool {
        self.heard().is_some_and(|heard| last > heard) || rooms.memory.held_in(channel).is_some()
    }

    /// Everything up to this was heard.
    fn heard(&self) -> Option<MessageId> {
        let heard_ms = self.heard_ms?;
        Some(MessageId::first_at(heard_ms.saturating_sub(ON_ITS_WAY_MS)))
    }
}

impl From<Gap> for Missed {
    fn from(gap: Gap) -> Self {
        Self {
            guild: gap.guild,
            heard_ms: Some(gap.heard_ms),
            newest: gap.places,
            number: gap.number,
        }
    }
}

/// A place to be read.
struct Spot {
    channel: ChannelId,
    conversation: Option<ConversationId>,
    /// Everything up to this was heard.
    heard: MessageId,
    /// Questions that wait there.
    waiting: Vec<MessageId>,
}

/// Reads back what was missed, and lets what waits begin in these conversations. `seats` are for all that is read back at
/// the same time. What can't be read now is read back by the next process, as is what this one does not come to.
pub(crate) async fn catch_up(
    rooms: Arc<Rooms>,
    missed: Missed,
    waiting: Vec<ConversationId>,
    seats: Arc<Semaphore>,
) {
    let found = spots(&rooms, &missed).await;
    // Where the store can't say what to read, the next process asks again.
    let mut is_closed = missed.is_stored() && found.is_some();
    let spots = found.unwrap_or_default();
    let read: HashSet<ConversationId> = spots.iter().filter_map(|spot| spot.conversation).collect();
    for conversation in waiting.iter().filter(|waiting| !read.contains(waiting)) {
        rooms.signal(*conversation, Signal::Asked);
    }
    for spot in spots {
        let _seat = seats.acquire().await;
        match hear(&rooms, &missed, &spot).await {
            Ok(true) | Err(RestError::Forbidden { .. } | RestError::NotFound { .. }) => {}
            Ok(false) | Err(_) => is_closed = false,
        }
        let conversation = spot.conversation;
        if let Some(conversation) = conversation.filter(|known| waiting.contains(known)) {
            rooms.signal(conversation, Signal::Asked);
        }
    }
    if is_closed {
        rooms.memory.gap_closed(missed.guild, missed.number).await;
    }
}

/// The places in which something was said since, those first in which something waits; `None` where the store can't tell.
async fn spots(rooms: &Rooms, missed: &Missed) -> Option<Vec<Spot>> {
    let heard = missed.heard();
    let mut spots = Vec::new();
    let Some(guild) = missed.guild else {
        for (channel, conversation) in rooms.memory.direct_channels(DIRECT).await? {
            let known = rooms.memory.known(conversation).await?;
            spots.extend(Spot::of(channel, conversation, known, heard));
        }
        return Some(sorted(spots));
    };
    let used = match heard {
        Some(_) => rooms.memory.used_channels(guild, LATELY_MS).await?,
        None => Vec::new(),
    };
    for &(channel, last) in missed.newest.iter().flatten() {
        match (rooms.memory.held_in(channel), heard) {
            (Some(conversation), _) => {
                let known = rooms.memory.known(conversation).await?;
                let spot = Spot::of(channel, conversation, known, heard);
                spots.extend(spot.filter(|spot| last > spot.heard || !spot.waiting.is_empty()));
            }
            (None, Some(heard)) if last > heard && used.contains(&channel) => spots.push(Spot {
                channel,
                conversation: None,
                heard,
                waiting: Vec::new(),
            }),
            (None, _) => {}
        }
    }
    Some(sorted(spots))
}

fn sorted(mut spots: Vec<Spot>) -> Vec<Spot> {
    spots.sort_by_key(|spot| spot.waiting.is_empty());
    spots
}

impl Spot {
    /// A conversation's place; `None` where nothing is known of it.
    fn of(
        channel: ChannelId,
        conversation: ConversationId,
        known: Known,
        heard: Option<MessageId>,
    ) -> Option<Self> {
        // The bot itself may have spoken after it ceased to hear, and what waits may have been deleted since.
        let ends = [known.newest, heard].into_iter().flatten();
        let first = known.waiting.first().map(|ask| MessageId(ask.0 - 1));
        Some(Self {
            channel,
            conversation: Some(conversation),
            heard: ends.chain(first).min()?,
            waiting: known.waiting,
        })
    }
}

/// Reads a place and does what the rules say about what was said there. Tells whether all of it is stored.
async fn hear(rooms: &Arc<Rooms>, missed: &Missed, spot: &Spot) -> Result<bool, RestError> {
    let channel = spot.channel;
    let place = place(rooms, missed.guild, channel).await?;
    let read = read(rooms, channel, spot.heard).await;
    let (messages, from) = read.inspect_err(|error| {
        tracing::warn!(%channel, %error, "can't read back what was said meanwhile");
    })?;
    let there: HashSet<MessageId> = messages.iter().map(|message| message.id).collect();
    let waiting = spot.waiting.iter().copied();
    let gone: Vec<MessageId> = waiting
        .filter(|ask| *ask > from && !there.contains(ask))
        .collect();
    if !gone.is_empty() {
        let messages = gone;
        rooms.handle(Incoming::Deleted { channel, messages }).await;
    }
    let mut said = Vec::new();
    for message in messages {
        said.extend(decided(rooms, (missed.guild, place), spot, message));
    }
    let later: Vec<Later> = said.iter().map(|(later, _)| *later).collect();
    let now = rooms.rest.discord_ms();
    let mut asked = BTreeSet::new();
    let mut is_stored = true;
    for (at, (_, decision)) in said.into_iter().enumerate() {
        match decision {
            Decision::Remember(channel, said) => rooms.memory.note(channel, &said).await,
            Decision::Answer(ask, said) => {
                let age = age(ask.message, now);
                // In a thread the store tells what was said since, when the question is claimed.
                let passed_by = !matches!(ask.home, Home::Channel { .. })
                    && age > rooms.settings.stale_after
                    && moved_on(&ask, later.get(at + 1..).unwrap_or_default());
                if age > FORGOTTEN || passed_by {
                    continue;
                }
                match rooms.memory.begin_missed(&ask, &said).await {
                    Kept::Stored(ask) => {
                        asked.insert(ask.conversation);
                    }
                    Kept::Known => {}
                    Kept::Unstored => {
                        is_stored = false;
                        let conversation = ask.conversation;
                        let unstored = Signal::AskedUnstored(Box::new((ask, said)));
                        rooms.signal(conversation, unstored);
                    }
                }
            }
            Decision::Ignore(_)
            | Decision::Edit(_)
            | Decision::Delete(..)
            | Decision::Close(_)
            | Decision::CloseGuild(_)
            | Decision::Press(_) => {}
        }
    }
    for conversation in asked {
        rooms.signal(conversation, Signal::Asked);
    }
    Ok(is_stored)
}

/// What kind of place it is. A thread that was closed meanwhile is known to Discord alone.
async fn place(
    rooms: &Rooms,
    guild: Option<GuildId>,
    channel: ChannelId,
) -> Result<Place, RestError> {
    let Some(guild) = guild else {
        return Ok(Place::Direct);
    };
    let reader = &rooms.reader;
    if let Some(place) = reader.directory().place(guild, channel) {
        return Ok(place);
    }
    let found = rooms.rest.channel(channel).await?;
    let me = reader.edge().map_or(UserId(0), |edge| edge.me);
    Ok(place_of(&found, me))
}

/// What the rules say about a message that was missed; nothing about what was heard, and what Discord says itself.
fn decided(
    rooms: &Rooms,
    (guild, place): (Option<GuildId>, Place),
    spot: &Spot,
    mut message: wire::Message,
) -> Option<(Later, Decision)> {
    if message.id <= spot.heard {
        return None;
    }
    // Over REST a message does not tell its guild.
    message.guild_id = guild;
    let message = rooms.reader.edge()?.message(message, place)?;
    let by = match message.author.kind {
        AuthorKind::System => return None,
        AuthorKind::Me => By::Me { answers: None },
        AuthorKind::Person | AuthorKind::Bot => By::Other(message.author.id),
    };
    let replies_to = message.reply_to.as_ref().map(|replied| replied.id);
    let decision = intake::decide(Incoming::Message(message), &rooms.settings);
    let asks = matches!(decision, Decision::Answer(..));
    let later = Later {
        by,
        asks,
        replies_to,
    };
    Some((later, decision))
}

/// The newest messages of a channel back to one, oldest first, and the message after which none is left out.
async fn read(
    rooms: &Rooms,
    channel: ChannelId,
    back_to: MessageId,
) -> Result<(Vec<wire::Message>, MessageId), RestError> {
    let mut messages: Vec<wire::Message> = Vec::new();
    let mut page = Page::Latest;
    let mut from = MessageId(u64::MAX);
    for _ in 0..PAGES {
        let found = rooms.rest.messages_unhurried(channel, page, PAGE).await?;
        let complete = found.len() < usize::from(PAGE);
        from = match found.iter().map(|message| message.id).min() {
            Some(oldest) if !complete => oldest,
            Some(_) | None => MessageId(0),
        };
        messages.extend(found);
        if from <= back_to {
            break;
        }
        page = Page::Before(from);
    }
    messages.sort_unstable_by_key(|message| message.id);
    Ok((messages, from))
}
