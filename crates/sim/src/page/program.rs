//! The bot's process as the page knows it: whether it runs, what it says, and the orders that it is given. Whoever
//! started the page carries the orders out.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};

use crate::world::time::unix_ms;

/// So many lines are kept.
const LINES: usize = 500;

/// What the page can have done with the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Ends it at once, without asking it (SIGKILL).
    Kill,
    /// Asks it to end, as an operator does (SIGTERM).
    Stop,
    /// Starts it, where it doesn't run.
    Start,
}

/// A handle on the process; clones are the same one.
#[derive(Clone, Debug)]
pub struct Program {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: watch::Sender<State>,
    log: Mutex<Log>,
    held: Mutex<Option<Held>>,
    orders: mpsc::UnboundedSender<Order>,
}

/// What its store holds, as far as whoever started it can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Held {
    /// How many there are of each kind.
    pub counts: Vec<(&'static str, u64)>,
    /// Its newest turns: the message that asked, how far it is, which version of the answer it is at.
    pub turns: Vec<(String, String, u64)>,
}

#[derive(Debug, Default)]
struct Log {
    lines: VecDeque<Line>,
    count: u64,
}

/// One line that it said.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    /// Counts all lines from 1.
    pub(super) number: u64,
    /// When, in milliseconds since 1970.
    pub(super) at: u64,
    /// The line, without anything that colours it.
    pub(super) text: String,
}

/// How it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub(super) struct State {
    /// Whether it runs.
    pub(super) running: bool,
    /// How often it was started.
    pub(super) starts: u32,
    /// Since when it is so, in milliseconds since 1970.
    pub(super) since: u64,
    /// How many lines it said; so that whoever waits for changes sees new ones.
    lines: u64,
    /// How often what it holds has changed; for the same reason.
    held: u64,
}

impl Program {
    /// A process that isn't started yet, and the orders that come for it.
    #[must_use]
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (orders, given) = mpsc::unbounded_channel();
        let inner = Inner {
            state: watch::Sender::new(State::default()),
            log: Mutex::default(),
            held: Mutex::default(),
            orders,
        };
        let program = Self {
            inner: Arc::new(inner),
        };
        (program, given)
    }

    /// Tells that it runs now.
    pub fn started(&self) {
        self.inner.state.send_modify(|state| {
            state.running = true;
            state.starts += 1;
            state.since = unix_ms();
        });
    }

    /// Tells that it has ended.
    pub fn ended(&self) {
        self.inner.state.send_modify(|state| {
            state.running = false;
            state.since = unix_ms();
        });
    }

    /// Keeps a line that it said.
    pub fn said(&self, line: &str) {
        let mut log = self.log();
        log.count += 1;
        let line = Line {
            number: log.count,
            at: unix_ms(),
            text: without_escapes(line),
        };
        log.lines.push_back(line);
        if log.lines.len() > LINES {
            log.lines.pop_front();
        }
        let count = log.count;
        drop(log);
        self.inner.state.send_modify(|state| state.lines = count);
    }

    /// Tells what its store holds now.
    pub fn holds(&self, held: Held) {
        let mut known = self
            .inner
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if known.as_ref() == Some(&held) {
            return;
        }
        *known = Some(held);
        drop(known);
        self.inner.state.send_modify(|state| state.held += 1);
    }

    pub(super) fn held(&self) -> Option<Held> {
        let held = self
            .inner
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// The newest lines that it said.
    #[must_use]
    pub fn last_words(&self) -> String {
        const LAST: usize = 10;
        let log = self.log();
        let first = log.lines.len().saturating_sub(LAST);
        let lines: Vec<&str> = log
            .lines
            .iter()
            .skip(first)
            .map(|line| line.text.as_str())
            .collect();
        lines.join("\n")
    }

    pub(super) fn order(&self, order: Order) {
        // Where nobody takes orders any more, everything is about to end.
        let _ = self.inner.orders.send(order);
    }

    pub(super) fn state(&self) -> State {
        *self.inner.state.borrow()
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        self.log().lines.iter().cloned().collect()
    }

    /// Moves on when it starts, ends or says something.
    pub(super) fn changed(&self) -> watch::Receiver<State> {
        self.inner.state.subscribe()
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        self.inner
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line without a terminal's colours.
fn without_escapes(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // ESC [ numbers letter
            for escaped in characters.by_ref() {
                if escaped.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out_and_old_lines_go() {
        let (program, _orders) = Program::new();
        program.said("\u{1b}[32m INFO\u{1b}[0m ready");
        assert_eq!(program.lines()[0].text, " INFO ready");
        for _ in 0..LINES {
            program.said("on");
        }
        let lines = program.lines();
        assert_eq!((lines.len(), lines[0].number), (LINES, 2));
    }
}
