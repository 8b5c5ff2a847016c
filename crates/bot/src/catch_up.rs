//! After a session that could not be resumed: what was said meanwhile is read back where the bot is known to be talked to,
//! and what was asked there is answered as if it had been heard.
//!
//! Conversations come first of all: threads and direct messages. In text channels a mention is found where the bot was
//! used lately; to read all channels of all guilds would take hours. Nothing of this is urgent: one page after the other, behind
//! whatever somebody waits for. The whole conversation is read back by `recall` when it is answered in.

mod gone;
mod hear;
mod meanwhile;
mod places;
mod there;

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use kaiwa_core::{
    id::{ChannelId, ConversationId, GuildId, MessageId},
    message::Incoming,
    missed::age,
    pauses::Pauses,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    app::Rooms,
    discord::rest::RestError,
    lanes::Signal,
    store::{Gap, Known},
};
use hear::{Opened, hear};
pub(crate) use meanwhile::{Changes, Meanwhile};
pub(crate) use places::read_places;

/// How long to wait before what could not be read is tried again.
const PAUSES: Pauses = Pauses::new(Duration::from_secs(2), Duration::from_secs(600));
/// How many direct messages are looked at, since nobody tells in which something was said.
const DIRECT: i64 = 500;
/// How many threads of a guild are looked at that may have gone to rest, of which nobody tells.
const RESTING: i64 = 500;
/// No thread goes to rest sooner after the last word in it. Source: `auto_archive_duration` in Discord's reference.
const RESTS_AFTER: Duration = Duration::from_secs(3600);
/// A channel in which the bot was used within this is read for mentions, and so is a thread that may have gone to rest.
const LATELY_MS: i64 = 30 * DAY_MS;
const DAY_MS: i64 = 24 * 3600 * 1000;
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
    /// The question on which it was opened, where it is a thread that nobody here knows.
    opened: Option<Opened>,
}

/// Reads back what was missed, and lets what waits begin in these conversations. `seats` are for all that is read back at
/// the same time. What can't be read now is tried again and again, until a newer session that has missed it as well reads it back:
/// then it is `over` for this one. What a process does not come to is read back by the next one.
pub(crate) async fn catch_up(
    rooms: Arc<Rooms>,
    missed: Missed,
    mut waiting: Vec<ConversationId>,
    seats: Arc<Semaphore>,
    over: CancellationToken,
) {
    let mut is_closed = missed.is_stored();
    let (mut left, mut pauses) = (None, PAUSES);
    loop {
        let found = match left.take() {
            Some(left) => Some(left),
            None => spots(&rooms, &missed).await,
        };
        let read = found.iter().flatten().filter_map(|spot| spot.conversation);
        let read: HashSet<ConversationId> = read.collect();
        for conversation in waiting.extract_if(.., |waiting| !read.contains(waiting)) {
            rooms.signal(conversation, Signal::Asked);
        }
        // Where the store can't say what to read, it is asked again.
        if let Some(spots) = found {
            let (mut spots, mut again) = (VecDeque::from(spots), Vec::new());
            while let Some(spot) = spots.pop_front() {
                let heard = {
                    let _seat = seats.acquire().await;
                    hear(&rooms, &missed, &spot).await
                };
                let waits = |waiting: &mut ConversationId| Some(*waiting) == spot.conversation;
                let begin: Vec<ConversationId> = waiting.extract_if(.., waits).collect();
                match heard {
                    Ok(heard) => is_closed &= heard.is_stored,
                    Err(error) if error.is_channel_gone() => {
                        rooms.handle(Incoming::ChannelGone(spot.channel)).await;
                    }
                    Err(RestError::Forbidden { .. } | RestError::NotFound { .. }) => {}
                    Err(RestError::Unavailable { .. } | RestError::NoRoom) => again.push(spot),
                    Err(_) => is_closed = false,
                }
                for conversation in begin {
                    rooms.signal(conversation, Signal::Asked);
                }
            }
            if again.is_empty() {
                break;
            }
            left = Some(again);
        }
        tokio::select! {
            () = tokio::time::sleep(pauses.longer()) => {}
            () = over.cancelled(), if missed.is_stored() => return,
        }
    }
    if let Some(guild) = missed.guild {
        // The next process asks again for what could not be told.
        is_closed &= gone::forget(&rooms, guild, &seats).await;
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
                // What was heard need not be known: a line that tells of a thread's new name isn't.
                let is_new = |spot: &Spot| last > heard.unwrap_or(spot.heard);
                spots.extend(spot.filter(|spot| is_new(spot) || !spot.waiting.is_empty()));
            }
            (None, Some(heard)) if last > heard && used.contains(&channel) => spots.push(Spot {
                channel,
                conversation: None,
                heard,
                waiting: Vec::new(),
                opened: None,
            }),
            (None, _) => {}
        }
    }
    spots.extend(resting(rooms, guild, missed).await?);
    Some(sorted(spots))
}

/// The threads of a guild that may have gone to rest since, with something said in them before: Discord names those alone
/// that are active.
async fn resting(rooms: &Rooms, guild: GuildId, missed: &Missed) -> Option<Vec<Spot>> {
    let mut spots = Vec::new();
    let Some(heard) = missed.heard() else {
        return Some(spots);
    };
    // Within an hour no thread goes to rest, but some may have been deleted.
    let is_short = age(heard, rooms.rest.discord_ms()) < RESTS_AFTER;
    let within_ms = if is_short { DAY_MS } else { LATELY_MS };
    let active: HashSet<ChannelId> = missed
        .newest
        .iter()
        .flatten()
        .map(|place| place.0)
        .collect();
    for (channel, conversation) in rooms
        .memory
        .lively_threads(guild, within_ms, RESTING)
        .await?
    {
        if !active.contains(&channel) {
            let known = rooms.memory.known(conversation).await?;
            spots.extend(Spot::of(channel, conversation, known, Some(heard)));
        }
    }
    Some(spots)
}

fn sorted(mut spots: Vec<Spot>) -> Vec<Spot> {
    spots.sort_by_key(|spot| spot.waiting.is_empty());
    spots
}

impl Spot {
    /// The thread that was opened on a question.
    fn opened_on(opened: Opened) -> Self {
        let question = opened.ask.message;
        Self {
            channel: ChannelId(question.0),
            conversation: Some(opened.ask.conversation),
            heard: question,
            waiting: Vec::new(),
            opened: Some(opened),
        }
    }

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
            opened: None,
        })
    }
}
