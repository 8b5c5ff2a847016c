//! Discord's gateway: websockets that carry a bot's sessions, with hello, identify, resume, heartbeats and all close codes.
//!
//! The world hands its dispatches to [`Gateway::deliver`] in order; each session queues what its bot, shard and intents let it see.
//! Locks are taken in one order, world before gateway before session, and never across an await.

mod close;
mod compression;
mod connection;
mod faults;
mod handshake;
mod intents;
mod link;
mod members;
mod payload;
mod records;
mod session;
mod settings;
mod upgrade;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::mpsc::UnboundedReceiver, time::Instant};

pub use close::CloseCode;
pub use compression::TransportCompression;
pub use faults::{Raw, Target};
pub use records::{
    CloseRecord, GatewayRecords, IdentifyRecord, Outcome, ResumeRecord, SentRecord, SessionView,
};
pub use settings::GatewaySettings;
pub(crate) use upgrade::router;

use crate::{
    wire::Wire,
    world::{Dispatch, time::unix_ms},
};
use link::{Command, Link};
use session::{Item, Session};

/// The span of `max_concurrency`: this many identifies of one key in five seconds.
const PACING_WINDOW: Duration = Duration::from_secs(5);

/// The gateway's state: its sessions, its connections, its settings and what it has seen.
#[derive(Default)]
pub struct Gateway {
    state: Mutex<State>,
    numbers: AtomicU64,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        formatter
            .debug_struct("Gateway")
            .field("settings", &state.settings)
            .field("sessions", &state.sessions.keys())
            .field("connections", &state.links.len())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    settings: GatewaySettings,
    sessions: BTreeMap<String, Arc<Session>>,
    links: BTreeMap<u64, Arc<Link>>,
    records: GatewayRecords,
    refused_until: Option<Instant>,
    /// When each bot's identifies came, by the key that `max_concurrency` paces.
    paced: HashMap<(u64, u64), VecDeque<Instant>>,
}

impl Gateway {
    /// The settings as they stand.
    #[must_use]
    pub fn settings(&self) -> GatewaySettings {
        self.state().settings.clone()
    }

    /// Changes the settings.
    pub fn set(&self, change: impl FnOnce(&mut GatewaySettings)) {
        change(&mut self.state().settings);
    }

    /// Everything seen so far.
    #[must_use]
    pub fn records(&self) -> GatewayRecords {
        self.state().records.clone()
    }

    /// The sessions that are connected or can be resumed.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionView> {
        let (sessions, links) = {
            let state = self.state();
            (
                state.sessions.values().cloned().collect::<Vec<_>>(),
                state.links.clone(),
            )
        };
        sessions
            .iter()
            .map(|session| {
                let progress = session.progress();
                SessionView {
                    session_id: session.id.clone(),
                    bot: session.user,
                    shard: session.shard,
                    intents: session.intents,
                    connected: progress.connected,
                    silent: session
                        .connection()
                        .and_then(|id| links.get(&id))
                        .is_some_and(|link| link.is_silent()),
                    lost: progress.lost,
                    queued: progress.queued,
                    sent: progress.sent,
                    acknowledged: progress.acknowledged,
                }
            })
            .collect()
    }

    /// Forgets what was seen, and every session; connections are cut. The settings go back to their defaults.
    pub fn reset(&self) {
        let links = {
            let mut state = self.state();
            let links = std::mem::take(&mut state.links);
            *state = State::default();
            links
        };
        links.values().for_each(|link| link.cut());
    }

    /// Queues a dispatch for every session that may see it.
    pub(crate) fn deliver(&self, dispatch: &Arc<Dispatch>) {
        let state = self.state();
        let delay = Duration::from_millis(state.settings.dispatch_delay_ms);
        let copies = if state
            .settings
            .send_twice
            .iter()
            .any(|name| name == dispatch.name)
        {
            2
        } else {
            1
        };
        for session in state.sessions.values() {
            let (index, shards) = session.shard;
            if dispatch.reaches(session.user, session.intents, index, shards) {
                (0..copies).for_each(|_| session.push(Item::Event(Arc::clone(dispatch)), delay));
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A session id in the form of Discord's: 32 hexadecimal digits.
    fn new_session_id(&self) -> String {
        // Unique within a run and across restarts; it guards nothing, as a resume asks for the token too.
        format!(
            "{:016x}{:016x}",
            unix_ms().wrapping_mul(0x9E37_79B9_7F4A_7C15),
            self.number().wrapping_mul(0xD1B5_4A32_D192_ED03)
        )
    }

    fn register(&self, session: Arc<Session>) {
        let mut state = self.state();
        let window = Duration::from_millis(state.settings.resume_window_ms);
        state.sessions.retain(|_, session| !session.expired(window));
        state.sessions.insert(session.id.clone(), session);
    }

    /// A session that can still be resumed.
    fn session(&self, id: &str) -> Option<Arc<Session>> {
        let state = self.state();
        let window = Duration::from_millis(state.settings.resume_window_ms);
        state
            .sessions
            .get(id)
            .filter(|session| !session.expired(window))
            .cloned()
    }

    fn forget(&self, session: &str) {
        self.state().sessions.remove(session);
    }

    /// Makes a connection known, before its websocket is open.
    fn new_link(
        &self,
        compression: TransportCompression,
        host: String,
        wire: Wire,
    ) -> (Arc<Link>, UnboundedReceiver<Command>) {
        let (link, commands) = Link::new(self.number(), compression, host, wire);
        self.state().links.insert(link.id, Arc::clone(&link));
        (link, commands)
    }

    fn link(&self, id: u64) -> Option<Arc<Link>> {
        self.state().links.get(&id).cloned()
    }

    /// Whether `max_concurrency` leaves room for one more identify of this shard, which is then counted.
    fn pace(&self, user: u64, shard: u64, max_concurrency: u64) -> bool {
        let mut state = self.state();
        let enforced = state.settings.identify_pacing;
        let key = shard.checked_rem(max_concurrency).unwrap_or(0);
        let starts = state.paced.entry((user, key)).or_default();
        let now = Instant::now();
        while starts
            .front()
            .is_some_and(|start| now.duration_since(*start) >= PACING_WINDOW)
        {
            starts.pop_front();
        }
        if enforced && !starts.is_empty() {
            return false;
        }
        starts.push_back(now);
        true
    }

    fn connection_ended(
        &self,
        link: &Link,
        session: Option<&Session>,
        client_code: Option<u16>,
        ends_session: bool,
    ) {
        let mut state = self.state();
        state.links.remove(&link.id);
        if let Some(session) = session.filter(|_| ends_session) {
            state.sessions.remove(&session.id);
        }
        let session_id = session.map(|session| session.id.clone());
        state.records.closes.push(CloseRecord {
            at_ms: unix_ms(),
            session_id,
            client_code,
        });
    }

    fn note_identify(&self, record: IdentifyRecord) {
        self.state().records.identifies.push(record);
    }

    fn note_resume(&self, record: ResumeRecord) {
        self.state().records.resumes.push(record);
    }

    fn note_sent(&self, session: &str, op: u64, data: Value) {
        self.state().records.sent.push(SentRecord {
            at_ms: unix_ms(),
            session_id: session.to_owned(),
            op,
            data,
        });
    }
}

/// Locks; a thread that panicked while it held the lock leaves plain data behind, which is still good to read.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
