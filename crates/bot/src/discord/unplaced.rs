//! Messages in places that nobody told us of: mostly a thread that was closed, or that the bot could not see before.
//!
//! They wait, in order, until Discord has said what place it is. It is asked once a place, however many messages come, and asked
//! again after a pause as long as it can't answer. Only so many messages wait: what comes beyond that is read back as soon as the
//! place is known. Whatever waits holds back how far its session has come, so that the next process is told of it again.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId},
    message::{Incoming, Message, Place},
};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, mpsc},
};
use tokio_util::sync::CancellationToken;

use super::{
    events::Reader,
    gateway::Told,
    rest::{PAGE, Page, Rest, RestError},
};

/// How many messages wait in one place.
const EACH: usize = 50;
/// How many messages wait in all places of a shard.
const ALL: usize = 1_000;
/// For how many places Discord is asked at the same time.
const ASKED_AT_ONCE: usize = 4;
/// How long to wait before Discord is asked again; each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

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

    /// Keeps a message, which came with this sequence, until its place is known.
    pub(super) fn keep(self: &Arc<Self>, message: Message, sequence: u64) {
        let (guild, channel) = (message.guild, message.channel);
        if self.places().put(message, sequence) {
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
            Incoming::Message(message) if places.waiting.contains_key(&message.channel) => {
                places.put(message.clone(), sequence);
                return None;
            }
            Incoming::Edited(message) => places.reword(message),
            Incoming::Deleted { channel, messages } => {
                places.forget(*channel, |message| messages.contains(&message.id));
            }
            Incoming::ChannelGone(channel) => places.forget(*channel, |_| true),
            Incoming::Message(_)
            | Incoming::Mine(_)
            | Incoming::GuildGone(_)
            | Incoming::Pressed(_) => {}
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
    async fn place(&self, guild: Option<GuildId>, channel: ChannelId) {
        let place = self.patiently(channel, || self.ask(guild, channel));
        let Some(place) = place.await else {
            return self.places().drop_all(channel);
        };
        while let Some(first) = self.hand_on(channel, place) {
            if !self.read_back(guild, place, channel, first).await {
                return self.places().drop_all(channel);
            }
        }
    }

    async fn ask(&self, guild: Option<GuildId>, channel: ChannelId) -> Result<Place, RestError> {
        // It may have been told meanwhile.
        if let Some(place) = guild.and_then(|guild| self.reader.directory().place(guild, channel)) {
            return Ok(place);
        }
        let found = self.rest.channel(channel).await?;
        Ok(self.reader.learn(guild, &found))
    }

    /// Hands on what waits in a place. Where more was said than there was room for, it tells from which message on.
    fn hand_on(&self, channel: ChannelId, place: Place) -> Option<MessageId> {
        let mut places = self.places();
        let waiting = places.waiting.get_mut(&channel)?;
        let messages = std::mem::take(&mut waiting.messages);
        waiting.read = waiting.over.take();
        let first = waiting.read.as_ref().map(|over| over.message);
        if first.is_none() {
            places.waiting.remove(&channel);
        }
        places.count = places.count.saturating_sub(messages.len());
        for (_, message) in messages {
            self.tell(Message { place, ..message });
        }
        first
    }

    /// Reads back what was said from a message on; tells whether it could be read.
    async fn read_back(
        &self,
        guild: Option<GuildId>,
        place: Place,
        channel: ChannelId,
        first: MessageId,
    ) -> bool {
        let mut after = MessageId(first.0.saturating_sub(1));
        loop {
            let page = || self.rest.messages(channel, Page::After(after), PAGE);
            let Some(mut page) = self.patiently(channel, page).await else {
                return false;
            };
            page.sort_unstable_by_key(|message| message.id);
            let is_last = page.len() < usize::from(PAGE);
            after = page.last().map_or(after, |message| message.id);
            for mut message in page {
                // Over REST a message does not tell its guild.
                message.guild_id = guild;
                let edge = self.reader.edge();
                if let Some(message) = edge.and_then(|edge| edge.message(message, place)) {
                    self.tell(message);
                }
            }
            if is_last {
                return true;
            }
        }
    }

    /// What Discord answers, however long that takes; `None` where it refuses.
    async fn patiently<T, F: Future<Output = Result<T, RestError>>>(
        &self,
        channel: ChannelId,
        call: impl Fn() -> F,
    ) -> Option<T> {
        let mut pause = FIRST_PAUSE;
        loop {
            let answered = {
                let _seat = self.seats.acquire().await;
                call().await
            };
            match answered {
                Ok(answer) => return Some(answer),
                Err(error @ (RestError::Unavailable { .. } | RestError::NoRoom)) => {
                    tracing::warn!(%channel, %error, "can't find out yet where something was said; Discord is asked again");
                }
                Err(error) => {
                    tracing::warn!(%channel, %error, "can't find out where something was said");
                    return None;
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn tell(&self, message: Message) {
        // The one who listens is gone only when the bot ends.
        let incoming = Box::new(Incoming::Message(message));
        let _ = self.told.send(Told::Incoming(self.shard, incoming));
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
#[derive(Debug, Default)]
struct Waiting {
    /// Messages with their sequences, in the order in which they came.
    messages: VecDeque<(u64, Message)>,
    /// The first that found no room.
    over: Option<Over>,
    /// From here on messages are being read back.
    read: Option<Over>,
}

/// A message that found no room, with its sequence.
#[derive(Debug)]
struct Over {
    sequence: u64,
    message: MessageId,
}

impl Places {
    /// Takes a message in; tells whether nobody asks about its place yet.
    fn put(&mut self, message: Message, sequence: u64) -> bool {
        let (is_full, channel) = (self.count >= ALL, message.channel);
        let is_new = !self.waiting.contains_key(&channel);
        let waiting = self.waiting.entry(channel).or_default();
        // What came behind something that found no room is read back together with it.
        if waiting.over.is_some() || is_full || waiting.messages.len() >= EACH {
            waiting.over.get_or_insert(Over {
                sequence,
                message: message.id,
            });
        } else {
            waiting.messages.push_back((sequence, message));
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
        for (_, message) in messages {
            if message.id == edited.id {
                message.clone_from(edited);
            }
        }
    }

    /// Messages are gone.
    fn forget(&mut self, channel: ChannelId, is_gone: impl Fn(&Message) -> bool) {
        if let Some(waiting) = self.waiting.get_mut(&channel) {
            let before = waiting.messages.len();
            waiting.messages.retain(|(_, message)| !is_gone(message));
            self.count = self.count.saturating_sub(before - waiting.messages.len());
        }
    }

    /// What was said in a place can't be placed.
    fn drop_all(&mut self, channel: ChannelId) {
        self.forget(channel, |_| true);
        self.waiting.remove(&channel);
    }

    /// Whatever waits came with this sequence.
    fn rebase(&mut self, sequence: u64) {
        for waiting in self.waiting.values_mut() {
            for (came_with, _) in &mut waiting.messages {
                *came_with = sequence;
            }
            for over in waiting.over.iter_mut().chain(&mut waiting.read) {
                over.sequence = sequence;
            }
        }
    }

    /// The first sequence that something waits for.
    fn first(&self) -> Option<u64> {
        let firsts = self.waiting.values().flat_map(|waiting| {
            let overs = waiting.over.iter().chain(&waiting.read);
            let messages = waiting.messages.front().map(|(sequence, _)| *sequence);
            overs.map(|over| over.sequence).chain(messages)
        });
        firsts.min()
    }
}

#[cfg(test)]
mod tests {
    use kaiwa_core::{
        id::UserId,
        message::{Author, AuthorKind},
        words::Locale,
    };

    use super::*;

    fn said(id: u64, channel: u64, text: &str) -> Message {
        Message {
            id: MessageId(id),
            channel: ChannelId(channel),
            guild: Some(GuildId(1)),
            place: Place::Channel,
            author: Author {
                id: UserId(2),
                name: "ada".to_owned(),
                kind: AuthorKind::Person,
            },
            text: text.to_owned(),
            attachments: Vec::new(),
            mentions_me: false,
            mentions_others: false,
            reply_to: None,
            locale: Locale::En,
        }
    }

    #[test]
    fn what_an_old_session_told_does_not_hide_what_the_new_one_tells() {
        let mut places = Places::default();
        for id in 0..60 {
            places.put(said(1 + id, 9, "a"), 500 + id);
        }
        places.rebase(2);
        assert_eq!(places.first(), Some(2));
        places.forget(ChannelId(9), |_| true);
        assert_eq!(places.first(), Some(2), "what found no room");
        places.drop_all(ChannelId(9));

        places.put(said(1, 9, "a"), 500);
        places.rebase(2);
        places.put(said(2, 9, "b"), 5);
        places.put(said(3, 8, "c"), 7);
        assert_eq!(places.first(), Some(2));
        places.forget(ChannelId(9), |message| message.text == "a");
        assert_eq!(places.first(), Some(5));
        places.drop_all(ChannelId(9));
        assert_eq!(places.first(), Some(7));
    }

    #[test]
    fn only_so_many_wait_and_nothing_passes_what_waits() {
        let mut places = Places::default();
        assert_eq!(places.first(), None);
        assert!(places.put(said(1, 9, "a"), 11));
        for id in 2..=60 {
            assert!(!places.put(said(id, 9, "b"), 10 + id));
        }
        let waiting = &places.waiting[&ChannelId(9)];
        assert_eq!(waiting.messages.len(), EACH);
        let over = waiting.over.as_ref().unwrap();
        assert_eq!((over.sequence, over.message), (61, MessageId(51)));
        assert_eq!(places.first(), Some(11));

        // Room that becomes free is not for what came later: it would be handed on before what found none.
        places.reword(&said(2, 9, "c"));
        places.forget(ChannelId(9), |message| message.text == "b");
        assert_eq!((places.count, places.first()), (2, Some(11)));
        assert!(!places.put(said(61, 9, "d"), 71));
        assert_eq!(places.count, 2);

        // In all places together.
        for id in 0..2_000 {
            assert!(places.put(said(100 + id, 100 + id, "e"), 100 + id));
        }
        assert_eq!(places.count, ALL);
        assert_eq!(places.waiting.len(), 2_001);
        places.drop_all(ChannelId(9));
        assert_eq!((places.count, places.first()), (ALL - 2, Some(100)));
        for id in 0..2_000 {
            places.drop_all(ChannelId(100 + id));
        }
        assert_eq!((places.count, places.first()), (0, None));
    }
}
