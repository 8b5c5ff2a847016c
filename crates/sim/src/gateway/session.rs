//! A session: what one shard of one bot has been sent and is still to be sent, independent of any connection.
//!
//! The session outlives its connection, so that a resume replays what was missed. What is queued here is small: events are
//! shared, and a guild's state is only built when it is sent, so a shard with thousands of guilds costs thousands of numbers.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::Notify, time::Instant};

use super::lock;
use crate::world::Dispatch;

/// One thing to be sent as a dispatch.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// Built for this session alone: READY and chunks of members.
    Made(&'static str, Arc<Value>),
    /// The GUILD_CREATE of this guild, built when it is sent.
    Guild(u64),
    /// Something that happened in the world.
    Event(Arc<Dispatch>),
    /// The end of a replay. A later replay leaves it out, as the client would take it for its own.
    Resumed,
}

struct Queued {
    item: Item,
    /// Not sent before this moment.
    due: Instant,
}

/// What there is to send.
enum Next {
    Item(u64, Item),
    /// Nothing before this moment.
    Due(Instant),
    Nothing,
    /// Another connection carries the session.
    NotYours,
}

/// Why a resume is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ResumeRefused {
    /// The sequence was never sent: close code 4007.
    InvalidSequence,
    /// The session was lost, or what was missed is no longer kept: invalid session.
    Gone,
}

/// A session of one bot's shard.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) user: u64,
    pub(super) intents: u64,
    /// Shard and number of shards.
    pub(super) shard: (u64, u64),
    state: Mutex<State>,
    wake: Notify,
}

struct State {
    queue: VecDeque<Queued>,
    /// The sequence of the first item in the queue.
    first: u64,
    /// The sequence that is sent next.
    next: u64,
    /// The last sequence that the client named in a heartbeat.
    acknowledged: u64,
    connection: Attachment,
    /// The sequence from which on nothing is sent before it is let go.
    held_from: Option<u64>,
    lost: bool,
}

/// Whether a connection carries the session.
#[derive(Clone, Copy)]
enum Attachment {
    Connection(u64),
    DetachedSince(Instant),
}

/// What a session looks like from outside, at one moment.
pub(super) struct Progress {
    pub(super) connected: bool,
    pub(super) queued: u64,
    pub(super) sent: u64,
    pub(super) acknowledged: u64,
    pub(super) lost: bool,
}

impl Session {
    /// A session carried by `connection`, with nothing queued.
    pub(super) fn new(
        id: String,
        token: String,
        user: u64,
        intents: u64,
        shard: (u64, u64),
        connection: u64,
    ) -> Self {
        let state = State {
            queue: VecDeque::new(),
            first: 1,
            next: 1,
            acknowledged: 0,
            connection: Attachment::Connection(connection),
            held_from: None,
            lost: false,
        };
        Self {
            id,
            token,
            user,
            intents,
            shard,
            state: Mutex::new(state),
            wake: Notify::new(),
        }
    }

    /// Queues an item; it is sent after `delay` at the earliest.
    pub(super) fn push(&self, item: Item, delay: Duration) {
        self.state().queue.push_back(Queued {
            item,
            due: Instant::now() + delay,
        });
        self.wake.notify_one();
    }

    /// The next item for `connection` with its sequence, as soon as there is one that is due. Safe to cancel.
    pub(super) async fn next(&self, connection: u64, kept: usize) -> (u64, Item) {
        loop {
            match self.try_next(connection, kept) {
                Next::Item(sequence, item) => return (sequence, item),
                Next::Due(due) => tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep_until(due) => {}
                },
                Next::Nothing => self.wake.notified().await,
                Next::NotYours => {
                    // The wake-up was meant for the connection that carries the session now.
                    self.wake.notify_one();
                    return std::future::pending().await;
                }
            }
        }
    }

    fn try_next(&self, connection: u64, kept: usize) -> Next {
        let mut state = self.state();
        if !matches!(state.connection, Attachment::Connection(current) if current == connection) {
            return Next::NotYours;
        }
        let sequence = state.next;
        if state.held_from.is_some_and(|from| sequence >= from) {
            return Next::Nothing;
        }
        let Some(queued) = state.at(sequence) else {
            return Next::Nothing;
        };
        if queued.due > Instant::now() {
            return Next::Due(queued.due);
        }
        let item = queued.item.clone();
        state.next += 1;
        while state.next - state.first > u64::try_from(kept).unwrap_or(u64::MAX) {
            state.queue.pop_front();
            state.first += 1;
        }
        Next::Item(sequence, item)
    }

    /// Lets `connection` carry the session from the item after `sequence` on, and queues RESUMED behind what was missed.
    pub(super) fn resume(&self, connection: u64, sequence: u64) -> Result<(), ResumeRefused> {
        let mut state = self.state();
        if state.lost {
            return Err(ResumeRefused::Gone);
        }
        let last_sent = state.next.saturating_sub(1);
        if sequence > last_sent {
            return Err(ResumeRefused::InvalidSequence);
        }
        if sequence + 1 < state.first {
            return Err(ResumeRefused::Gone);
        }
        state.connection = Attachment::Connection(connection);
        state.next = sequence + 1;
        state.queue.push_back(Queued {
            item: Item::Resumed,
            due: Instant::now(),
        });
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Whether the item at `sequence` was queued before the connection last came; only then RESUMED may be an old one.
    pub(super) fn is_last_resumed(&self, sequence: u64) -> bool {
        let state = self.state();
        let later = state
            .queue
            .iter()
            .skip(usize::try_from(sequence + 1 - state.first).unwrap_or(usize::MAX));
        later
            .filter(|queued| matches!(queued.item, Item::Resumed))
            .count()
            == 0
    }

    /// Lets go of `connection`, if it still carries the session.
    pub(super) fn detach(&self, connection: u64) {
        let mut state = self.state();
        if matches!(state.connection, Attachment::Connection(current) if current == connection) {
            state.connection = Attachment::DetachedSince(Instant::now());
        }
    }

    /// Notes the sequence of a heartbeat.
    pub(super) fn acknowledge(&self, sequence: u64) {
        self.state().acknowledged = sequence;
    }

    /// Keeps back what is queued from now on, whichever connection carries the session.
    pub(super) fn hold_back(&self) {
        let mut state = self.state();
        let next = state.queued() + 1;
        state.held_from.get_or_insert(next);
    }

    /// Sends what was kept back.
    pub(super) fn let_go(&self) {
        self.state().held_from = None;
        self.wake.notify_one();
    }

    /// Makes every later resume fail, as when Discord loses the session.
    pub(super) fn lose(&self) {
        self.state().lost = true;
    }

    /// The connection that carries the session.
    pub(super) fn connection(&self) -> Option<u64> {
        match self.state().connection {
            Attachment::Connection(connection) => Some(connection),
            Attachment::DetachedSince(_) => None,
        }
    }

    /// Whether the session has been without a connection for longer than `window`.
    pub(super) fn expired(&self, window: Duration) -> bool {
        match self.state().connection {
            Attachment::Connection(_) => false,
            Attachment::DetachedSince(since) => since.elapsed() > window,
        }
    }

    /// The last event of this name that is still kept, to send it once more.
    pub(super) fn last_event(&self, name: &str) -> Option<Item> {
        self.state()
            .queue
            .iter()
            .rev()
            .map(|queued| &queued.item)
            .find(|item| matches!(item, Item::Event(event) if event.name == name))
            .cloned()
    }

    /// Where the session stands.
    pub(super) fn progress(&self) -> Progress {
        let state = self.state();
        Progress {
            connected: matches!(state.connection, Attachment::Connection(_)),
            queued: state.queued(),
            sent: state.next - 1,
            acknowledged: state.acknowledged,
            lost: state.lost,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// The sequence of the last item in the queue.
    fn queued(&self) -> u64 {
        self.first + u64::try_from(self.queue.len()).unwrap_or(u64::MAX) - 1
    }

    fn at(&self, sequence: u64) -> Option<&Queued> {
        self.queue
            .get(usize::try_from(sequence.checked_sub(self.first)?).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session::new("s".into(), "t".into(), 7, 1, (0, 1), 1)
    }

    fn sent(session: &Session, connection: u64, kept: usize) -> Vec<(u64, String)> {
        std::iter::from_fn(|| match session.try_next(connection, kept) {
            Next::Item(sequence, item) => Some((sequence, item)),
            Next::Due(_) | Next::Nothing | Next::NotYours => None,
        })
        .map(|(sequence, item)| match item {
            Item::Guild(id) => (sequence, id.to_string()),
            Item::Resumed => (sequence, "resumed".into()),
            Item::Made(name, _) => (sequence, name.into()),
            Item::Event(event) => (sequence, event.name.into()),
        })
        .collect()
    }

    #[test]
    fn a_resume_replays_what_came_after_the_sequence_and_ends_with_resumed() {
        let session = session();
        (10..13).for_each(|guild| session.push(Item::Guild(guild), Duration::ZERO));
        assert_eq!(sent(&session, 1, 10).len(), 3);
        session.detach(1);
        session.push(Item::Guild(13), Duration::ZERO);
        assert_eq!(
            sent(&session, 1, 10),
            [],
            "nothing goes to a connection that is gone"
        );
        session.resume(2, 2).unwrap();
        session.push(Item::Guild(14), Duration::ZERO);
        let expected = [(3, "12"), (4, "13"), (5, "resumed"), (6, "14")];
        assert_eq!(
            sent(&session, 2, 10),
            expected.map(|(sequence, name)| (sequence, name.to_owned()))
        );
        assert!(session.is_last_resumed(5));
        session.resume(3, 3).unwrap();
        assert!(!session.is_last_resumed(5));
    }

    #[test]
    fn a_resume_is_refused_from_the_future_from_too_far_back_and_after_a_loss() {
        let session = session();
        (10..20).for_each(|guild| session.push(Item::Guild(guild), Duration::ZERO));
        assert_eq!(sent(&session, 1, 4).len(), 10);
        assert_eq!(session.resume(2, 11), Err(ResumeRefused::InvalidSequence));
        assert_eq!(session.resume(2, 5), Err(ResumeRefused::Gone));
        assert_eq!(session.resume(2, 6), Ok(()));
        session.lose();
        assert_eq!(session.resume(3, 10), Err(ResumeRefused::Gone));
    }

    #[test]
    fn what_is_not_sent_yet_is_kept_whatever_the_limit() {
        let session = session();
        session.detach(1);
        (0..100).for_each(|guild| session.push(Item::Guild(guild), Duration::ZERO));
        session.resume(2, 0).unwrap();
        assert_eq!(sent(&session, 2, 1).len(), 101);
    }

    #[test]
    fn what_is_held_back_waits_through_a_resume_and_comes_in_order() {
        let session = session();
        session.push(Item::Guild(10), Duration::ZERO);
        session.hold_back();
        session.push(Item::Guild(11), Duration::ZERO);
        session.hold_back();
        assert_eq!(sent(&session, 1, 10), [(1, "10".to_owned())]);
        session.detach(1);
        session.resume(2, 0).unwrap();
        assert_eq!(sent(&session, 2, 10), [(1, "10".to_owned())]);
        session.let_go();
        let expected = [(2, "11"), (3, "resumed")];
        assert_eq!(
            sent(&session, 2, 10),
            expected.map(|(sequence, name)| (sequence, name.to_owned()))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_delayed_item_waits_until_it_is_due() {
        let session = session();
        let started = Instant::now();
        session.push(Item::Guild(10), Duration::from_secs(3));
        assert!(matches!(session.try_next(1, 10), Next::Due(_)));
        assert_eq!(session.next(1, 10).await.0, 1);
        assert_eq!(started.elapsed(), Duration::from_secs(3));
    }
}
