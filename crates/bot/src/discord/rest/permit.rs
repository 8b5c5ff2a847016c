//! The line in front of Discord: the schedule of `core`, the calls that wait for it, and the task that keeps time.
//!
//! Whoever changes something (asks, learns, leaves) lets those go whose turn it has become, in the same step; the
//! task only looks again when nothing but the time has changed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use kaiwa_core::{
    Now,
    pacing::{Load, Observed, Pacer, TicketId, Urgency, Verdict},
};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, sleep_until},
};

use super::Route;

/// See the module's own words.
#[derive(Debug)]
pub(super) struct Line {
    state: Mutex<State>,
    /// The task is to look at the time anew.
    changed: Arc<Notify>,
    started: Instant,
}

#[derive(Debug)]
struct State {
    pacer: Pacer,
    waiting: HashMap<TicketId, Waiting>,
    /// When the task looks again.
    wake: Option<Now>,
}

#[derive(Debug)]
struct Waiting {
    route: Route,
    urgency: Urgency,
    since: Now,
    turn: oneshot::Sender<Turn>,
}

#[derive(Debug)]
enum Turn {
    Come(Permit),
    SentAway,
}

/// The right to send one call now. Whoever sends consumes it; dropping it gives the turn back.
#[derive(Debug)]
#[must_use = "a permit that isn't used holds a slot until it is dropped"]
pub struct Permit {
    line: Arc<Line>,
    ticket: TicketId,
    /// What it is for.
    pub(super) route: Route,
    pub(super) urgency: Urgency,
    pub(super) since: Now,
    used: bool,
}

impl Permit {
    /// The call goes out now.
    pub(super) fn send(mut self) -> UnderWay {
        self.used = true;
        UnderWay {
            line: Arc::clone(&self.line),
            ticket: self.ticket,
            over: false,
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.used {
            self.line
                .change(|state, now| state.pacer.cancel(self.ticket, now));
        }
    }
}

/// A call that was sent. Dropped without an answer it counts as one that may have arrived.
#[derive(Debug)]
pub(super) struct UnderWay {
    line: Arc<Line>,
    ticket: TicketId,
    over: bool,
}

impl UnderWay {
    /// An answer has come.
    pub(super) fn learn(mut self, observed: &Observed) {
        self.over = true;
        self.line
            .change(|state, now| state.pacer.learn(self.ticket, observed, now));
    }

    /// Nothing was sent after all.
    pub(super) fn not_sent(mut self) {
        self.over = true;
        self.line
            .change(|state, now| state.pacer.cancel(self.ticket, now));
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if !self.over {
            self.line
                .change(|state, now| state.pacer.lose(self.ticket, now));
        }
    }
}

impl Line {
    /// Opens the line and starts the task that keeps its time, which ends with it.
    pub(super) fn open(started: Instant) -> Arc<Self> {
        let line = Arc::new(Self {
            state: Mutex::new(State {
                pacer: Pacer::new(),
                waiting: HashMap::new(),
                wake: None,
            }),
            changed: Arc::new(Notify::new()),
            started,
        });
        tokio::spawn(keep_time(Arc::downgrade(&line), Arc::clone(&line.changed)));
        line
    }

    /// Waits for a turn; `None` when a nicety was sent away. Dropping the future leaves the line.
    pub(super) async fn ask(
        self: &Arc<Self>,
        route: Route,
        urgency: Urgency,
        since: Now,
    ) -> Option<Permit> {
        let (turn, comes) = oneshot::channel();
        let waiting = Waiting {
            route,
            urgency,
            since,
            turn,
        };
        let ticket = self.change(|state, now| {
            let ticket = state.pacer.ask(route.key(), urgency, since, now);
            state.waiting.insert(ticket, waiting);
            ticket
        });
        let _leaves = Leaves { line: self, ticket };
        match comes.await {
            Ok(Turn::Come(permit)) => Some(permit),
            Ok(Turn::SentAway) | Err(_) => None,
        }
    }

    pub(super) fn load(&self) -> Load {
        self.lock().pacer.load()
    }

    /// Changes something, and lets those go whose turn it has become.
    fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut State, Now) -> T) -> T {
        let mut state = self.lock();
        // The clock is read under the lock, so that the schedule never sees it go back.
        let now = self.started.elapsed();
        let result = change(&mut state, now);
        let turns = self.turns(&mut state, now);
        let wake = state.pacer.wake(now);
        let earlier = wake.is_some_and(|wake| state.wake.is_none_or(|known| wake < known));
        drop(state);
        if earlier {
            self.changed.notify_one();
        }
        // A turn that nobody waits for any more comes back as a change of its own, so the lock must be free.
        for (waiting, turn) in turns {
            drop(waiting.send(turn));
        }
        result
    }

    /// Those whose turn it is.
    fn turns(self: &Arc<Self>, state: &mut State, now: Now) -> Vec<(oneshot::Sender<Turn>, Turn)> {
        let mut turns = Vec::new();
        while let Some(verdict) = state.pacer.grant(now) {
            match verdict {
                Verdict::Send(ticket) => match state.waiting.remove(&ticket) {
                    Some(waiting) => {
                        let permit = Permit {
                            line: Arc::clone(self),
                            ticket,
                            route: waiting.route,
                            urgency: waiting.urgency,
                            since: waiting.since,
                            used: false,
                        };
                        turns.push((waiting.turn, Turn::Come(permit)));
                    }
                    None => state.pacer.cancel(ticket, now),
                },
                Verdict::Drop(ticket) => {
                    if let Some(waiting) = state.waiting.remove(&ticket) {
                        turns.push((waiting.turn, Turn::SentAway));
                    }
                }
            }
        }
        turns
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.changed.notify_one();
    }
}

/// Takes a ticket out of the line when its asker goes away before its turn.
struct Leaves<'a> {
    line: &'a Arc<Line>,
    ticket: TicketId,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        let is_waiting = self.line.lock().waiting.contains_key(&self.ticket);
        if is_waiting {
            self.line.change(|state, now| {
                // Its turn may have come meanwhile; then the permit on its way back gives it up.
                if state.waiting.remove(&self.ticket).is_some() {
                    state.pacer.cancel(self.ticket, now);
                }
            });
        }
    }
}

/// Looks at the line again whenever the schedule says so.
async fn keep_time(line: Weak<Line>, changed: Arc<Notify>) {
    loop {
        let until = {
            let Some(line) = line.upgrade() else { return };
            line.change(|_, _| ());
            let mut state = line.lock();
            let now = line.started.elapsed();
            state.wake = state.pacer.wake(now);
            state.wake.map(|wake| line.started + wake)
        };
        // Without anything to wait for, a far moment stands in for never.
        let until = until.unwrap_or_else(|| Instant::now() + Duration::from_secs(24 * 3600));
        tokio::select! {
            () = changed.notified() => {}
            () = sleep_until(until) => {}
        }
    }
}
