//! Messages in places that nobody told us of: mostly a thread that was closed, or that the bot could not see before.
//!
//! They wait, in order, until Discord has said what place it is. It is asked once a place, however many messages come, and asked
//! again after a pause while it can't answer, for some minutes. Whatever waits holds back how far its session has come, so
//! that the next process is told of it again. Only so many messages wait: what comes beyond that, or is not placed in time, is told
//! to be read back.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId},
    message::{Incoming, Message, Place},
    missed::Unheard,
    pauses::Pauses,
};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
};
use tokio_util::sync::CancellationToken;

use super::{
    events::Reader,
    gateway::Told,
    rest::{Rest, RestError},
};

/// How many messages wait in one place.
const EACH: usize = 50;
/// How many messages wait in all places of a shard.
const ALL: usize = 1_000;
/// For how many places Discord is asked at the same time.
const ASKED_AT_ONCE: usize = 4;
/// How often Discord is asked about a place. A call that can't be answered is a minute of tries itself.
const TIMES: usize = 5;

/// The messages of a shard whose places are not known yet.
pub(super) struct Unplaced {
    shard: u32,
    reader: Arc<Reader>,
    rest: Rest,
    told: mpsc::UnboundedSender<Told>,
    stop: CancellationToken,
    /// Where calls are made: the gateway's own thread may rest.
    elsewhere: Handle,
    seats: Semaphore,
    places: Mutex<Places>,
}

/// What came of asking Discord about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// It has said what place it is.
    Found(Place),
    /// It has said that the place is none for the bot.
    Refused,
    /// It has said nothing that helps.
    Unanswered,
}

impl Unplaced {
    /// Nothing waits yet. Must be called inside the runtime in which calls are made.
    pub(super) fn new(
        shard: u32,
        reader: &Arc<Reader>,
        rest: &Rest,
        told: &mpsc::UnboundedSender<Told>,
        stop: &CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            shard,
            reader: Arc::clone(reader),
            rest: rest.clone(),
            told: told.clone(),
            stop: stop.clone(),
            elsewhere: Handle::current(),
            seats: Semaphore::new(ASKED_AT_ONCE),
            places: Mutex::default(),
        })
    }

    /// Keeps a message of this guild, which came with this sequence, until its place is known.
    pub(super) fn keep(self: &Arc<Self>, guild: GuildId, message: Message, sequence: u64) {
        let channel = message.channel;
        let waits = Waits {
            sequence,
            place: None,
            message,
        };
        if self.places().put(guild, waits) {
            // Whatever stops the bot stops the asking too.
            let unplaced = Arc::clone(self);
            self.elsewhere.spawn(async move {
                let asking = unplaced.place(guild, channel);
                unplaced.stop.run_until_cancelled(asking).await;
            });
        }
    }

    /// Lets through what came in with this sequence, or keeps it behind what waits in the same place.
    pub(super) fn pass(&self, incoming: Box<Incoming>, sequence: u64) -> Option<Box<Incoming>> {
        let mut places = self.places();
        if places.waiting.is_empty() {
            return Some(incoming);
        }
        match &*incoming {
            Incoming::Message(message) => {
                if let Some(waiting) = places.waiting.get(&message.channel) {
                    let (guild, waits) = (
                        waiting.guild,
                        Waits {
                            sequence,
                            place: Some(message.place),
                            message: message.clone(),
                        },
                    );
                    places.put(guild, waits);
                    return None;
                }
            }
            Incoming::Edited(message) => places.reword(message),
            Incoming::Deleted { channel, messages } => {
                places.forget(*channel, |message| messages.contains(&message.id));
            }
            Incoming::ChannelGone(channel) => places.forget(*channel, |_| true),
            Incoming::Mine(_) | Incoming::GuildGone(_) | Incoming::Pressed(_) => {}
        }
        Some(incoming)
    }

    /// A new session has begun with this sequence. Those of the session before mean nothing in it, and what waits may have to hold
    /// back what comes behind it: it holds back all that follows.
    pub(super) fn begin_anew(&self, sequence: u64) {
        self.places().rebase(sequence.saturating_add(1));
    }

    /// Tells how far a session has come that has come to `sequence`. What has been placed by then was handed on before.
    pub(super) fn tell_reached<T>(&self, sequence: u64, tell: impl FnOnce(u64) -> T) -> T {
        let places = self.places();
        let before = places.first().map(|first| first.saturating_sub(1));
        tell(before.map_or(sequence, |before| sequence.min(before)))
    }

    /// Finds out what a place is, and hands on what was said there.
    async fn place(&self, guild: GuildId, channel: ChannelId) {
        let asked = self.ask_patiently(guild, channel).await;
        let place = match asked {
            Asked::Found(place) => Some(place),
            // It may have been told meanwhile.
            Asked::Refused | Asked::Unanswered => self.reader.directory().place(guild, channel),
        };
        // Nobody is told how far the session has come before all of this is handed on.
        let mut places = self.places();
        let (placed, since) = places.take(channel, place, asked == Asked::Refused);
        for message in placed {
            let incoming = Box::new(Incoming::Message(message));
            self.tell(Told::Incoming(self.shard, incoming));
        }
        if let Some(since) = since {
            self.tell(Told::Unheard(Unheard {
                guild,
                channel,
                since,
            }));
        }
    }

    async fn ask_patiently(&self, guild: GuildId, channel: ChannelId) -> Asked {
        let mut pauses = Pauses::FOR_DISCORD;
        for left in (0..TIMES).rev() {
            let answered = {
                let _seat = self.seats.acquire().await;
                self.ask(guild, channel).await
            };
            match answered {
                Ok(place) => return Asked::Found(place),
                Err(error @ (RestError::Unavailable { .. } | RestError::NoRoom)) if left > 0 => {
                    tracing::warn!(%channel, %error, "can't find out yet where something was said; Discord is asked again");
                    tokio::time::sleep(pauses.longer()).await;
                }
                Err(error @ (RestError::Forbidden { .. } | RestError::NotFound { .. })) => {
                    tracing::warn!(%channel, %error, "can't find out where something was said");
                    return Asked::Refused;
                }
                Err(error) => {
                    tracing::warn!(%channel, %error, "can't find out in time where something was said; it is read back");
                    break;
                }
            }
        }
        Asked::Unanswered
    }

    async fn ask(&self, guild: GuildId, channel: ChannelId) -> Result<Place, RestError> {
        // It may have been told meanwhile.
        if let Some(place) = self.reader.directory().place(guild, channel) {
            return Ok(place);
        }
        let found = self.rest.channel(channel).await?;
        Ok(self.reader.learn(Some(guild), &found))
    }

    fn tell(&self, told: Told) {
        // The one who listens is gone only when the bot ends.
        let _ = self.told.send(told);
    }

    /// Every poisoned state is a whole one: what it consists of changes by single steps.
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waits, by where it was said.
#[derive(Debug, Default)]
struct Places {
    waiting: HashMap<ChannelId, Waiting>,
    /// How many messages wait in all.
    count: usize,
}

/// What waits in one place.
#[derive(Debug)]
struct Waiting {
    guild: GuildId,
    /// In the order in which they came.
    messages: VecDeque<Waits>,
    /// The first that found no room.
    over: Option<Over>,
}

/// A message that waits.
#[derive(Debug)]
struct Waits {
    /// It came with this.
    sequence: u64,
    /// What place it was said in, where that was told before it came.
    place: Option<Place>,
    message: Message,
}

/// A message that found no room, with its sequence.
#[derive(Debug)]
struct Over {
    sequence: u64,
    message: MessageId,
}

impl Places {
    /// Takes a message in; tells whether nobody asks about its place yet.
    fn put(&mut self, guild: GuildId, waits: Waits) -> bool {
        let (is_full, channel) = (self.count >= ALL, waits.message.channel);
        let is_new = !self.waiting.contains_key(&channel);
        let waiting = self.waiting.entry(channel).or_insert_with(|| Waiting {
            guild,
            messages: VecDeque::new(),
            over: None,
        });
        // What came behind something that found no room is read back together with it.
        if waiting.over.is_some() || is_full || waiting.messages.len() >= EACH {
            waiting.over.get_or_insert(Over {
                sequence: waits.sequence,
                message: waits.message.id,
            });
        } else {
            waiting.messages.push_back(waits);
            self.count += 1;
        }
        is_new
    }

    /// A message has another text.
    fn reword(&mut self, edited: &Message) {
        let waiting = self.waiting.get_mut(&edited.channel);
        let messages = waiting
            .into_iter()
            .flat_map(|waiting| &mut waiting.messages);
        for Waits { message, .. } in messages {
            if message.id == edited.id {
                message.clone_from(edited);
            }
        }
    }

    /// Messages are gone.
    fn forget(&mut self, channel: ChannelId, is_gone: impl Fn(&Message) -> bool) {
        if let Some(waiting) = self.waiting.get_mut(&channel) {
            let before = waiting.messages.len();
            waiting.messages.retain(|waits| !is_gone(&waits.message));
            self.count = self.count.saturating_sub(before - waiting.messages.len());
        }
    }

    /// Nobody asks about a place any more: what was said there and is placed, in this place where it is known now, and from
    /// which message on it is to be read back. What has no place where Discord refuses it is left out.
    fn take(
        &mut self,
        channel: ChannelId,
        place: Option<Place>,
        is_refused: bool,
    ) -> (Vec<Message>, Option<MessageId>) {
        let Some(waiting) = self.waiting.remove(&channel) else {
            return (Vec::new(), None);
        };
        self.count = self.count.saturating_sub(waiting.messages.len());
        let (mut placed, mut since) = (Vec::new(), None);
        for waits in waiting.messages {
            match place.or(waits.place) {
                Some(place) => placed.push(Message {
                    place,
                    ..waits.message
                }),
                None if is_refused => {}
                None => since = since.or(Some(waits.message.id)),
            }
        }
        let over = waiting.over.map(|over| over.message);
        (placed, since.or(over))
    }

    /// Whatever waits came with this sequence.
    fn rebase(&mut self, sequence: u64) {
        for waiting in self.waiting.values_mut() {
            for waits in &mut waiting.messages {
                waits.sequence = sequence;
            }
            if let Some(over) = &mut waiting.over {
                over.sequence = sequence;
            }
        }
    }

    /// The first sequence that something waits for.
    fn first(&self) -> Option<u64> {
        let firsts = self.waiting.values().flat_map(|waiting| {
            let over = waiting.over.iter().map(|over| over.sequence);
            over.chain(waiting.messages.front().map(|waits| waits.sequence))
        });
        firsts.min()
    }
}

#[cfg(test)]
mod tests;
