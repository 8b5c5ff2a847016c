//! What goes wrong on purpose, and what was served: both are read and set by tests.

use super::{Millis, limits::Scope};
use crate::route::Route;
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// One thing that goes wrong with one call.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Refused with this status; code 0 and a plain sentence where no code is given.
    Status {
        /// HTTP status.
        status: u16,
        /// Discord's code.
        code: u64,
        /// Discord's sentence.
        message: String,
    },
    /// Answered with 429.
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
        /// Which limit; none is a 429 from in front of Discord, with an HTML body and no scope.
        scope: Option<Scope>,
    },
    /// Never answered and never done: the client gives up, or the gate is opened and the connection is closed.
    NoAnswer(Gate),
    /// The connection ends before anything happens.
    Disconnect,
    /// It is done, then answered with 500.
    DoneThenError,
    /// It is done, then the connection ends without an answer.
    DoneThenDisconnect,
    /// Done when the gate opens, not before.
    HoldBefore(Gate),
    /// Done at once, answered when the gate opens.
    HoldAfter(Gate),
    /// Done, answered with 200 and something that is not JSON.
    NotJson,
    /// As always, but so much later.
    Slow(Duration),
}

/// Something that a test opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gate(pub u64);

/// The faults that are still to come.
#[derive(Debug, Default)]
pub struct Faults {
    coming: BTreeMap<Option<Route>, VecDeque<Fault>>,
    chokes_on: Option<String>,
    gates: BTreeMap<Gate, bool>,
}

/// Adds faults for the next calls of one route.
#[derive(Debug)]
pub struct NextCalls<'a> {
    faults: &'a mut Faults,
    route: Option<Route>,
    times: usize,
}

impl Faults {
    /// The next call of this route.
    pub fn next(&mut self, route: Route) -> NextCalls<'_> {
        NextCalls {
            faults: self,
            route: Some(route),
            times: 1,
        }
    }

    /// The next call, whatever it is; faults of its own route go first.
    pub fn next_any(&mut self) -> NextCalls<'_> {
        NextCalls {
            faults: self,
            route: None,
            times: 1,
        }
    }

    /// Messages with these words in them are answered with 500, whether they are posted or edited: Discord fails at what
    /// they say.
    pub fn choke_on(&mut self, words: &str) {
        self.chokes_on = Some(words.to_owned());
    }

    /// The fault for a call with this body, if it is one that Discord fails at.
    #[must_use]
    pub fn choke(&self, route: Route, body: &Value) -> Option<Fault> {
        let words = self.chokes_on.as_deref()?;
        let content = body["content"].as_str()?;
        let is_message = matches!(route, Route::CreateMessage | Route::EditMessage);
        (is_message && content.contains(words)).then(|| Fault::Status {
            status: 500,
            code: 0,
            message: "500: Internal Server Error".to_owned(),
        })
    }

    /// Takes the fault for a call of this route, if one is due.
    pub fn take(&mut self, route: Route) -> Option<Fault> {
        let of = |coming: &mut BTreeMap<_, VecDeque<Fault>>, key| {
            coming.get_mut(&key).and_then(VecDeque::pop_front)
        };
        of(&mut self.coming, Some(route)).or_else(|| of(&mut self.coming, None))
    }

    /// A gate, closed.
    pub fn gate(&mut self) -> Gate {
        let gate = Gate(self.gates.keys().next_back().map_or(1, |last| last.0 + 1));
        self.gates.insert(gate, false);
        gate
    }

    /// Lets everything through that waits at `gate`, now and later.
    pub fn open(&mut self, gate: Gate) {
        self.gates.insert(gate, true);
    }

    /// Whether it has been opened. A gate that nobody made is open.
    #[must_use]
    pub fn is_open(&self, gate: Gate) -> bool {
        self.gates.get(&gate).copied().unwrap_or(true)
    }

    /// Drops every fault that has not happened yet and opens every gate.
    pub fn clear(&mut self) {
        self.coming.clear();
        self.chokes_on = None;
        self.gates.clear();
    }

    /// How many faults have not happened yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.coming.values().map(VecDeque::len).sum()
    }
}

impl NextCalls<'_> {
    /// So many calls instead of one.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Queues any fault.
    pub fn fault(self, fault: Fault) {
        let queue = self.faults.coming.entry(self.route).or_default();
        queue.extend(std::iter::repeat_n(fault, self.times));
    }

    /// Refuses with a status and one of Discord's codes.
    pub fn fails(self, status: u16, code: u64, message: &str) {
        self.fault(Fault::Status {
            status,
            code,
            message: message.to_owned(),
        });
    }

    /// Answers 429 with the scope of the bot's own bucket.
    pub fn rate_limited(self, retry_after: Duration) {
        self.fault(Fault::RateLimited {
            retry_after,
            scope: Some(Scope::User),
        });
    }

    /// Does nothing and never answers. Opening the gate ends the connection.
    pub fn no_answer(self) -> Gate {
        let gate = self.faults.gate();
        self.fault(Fault::NoAnswer(gate));
        gate
    }

    /// Ends the connection before anything happens.
    pub fn disconnects(self) {
        self.fault(Fault::Disconnect);
    }

    /// Does it and answers 500.
    pub fn done_then_error(self) {
        self.fault(Fault::DoneThenError);
    }

    /// Does it and ends the connection.
    pub fn done_then_disconnect(self) {
        self.fault(Fault::DoneThenDisconnect);
    }

    /// Waits for the gate, then does it.
    pub fn held_before(self) -> Gate {
        let gate = self.faults.gate();
        self.fault(Fault::HoldBefore(gate));
        gate
    }

    /// Does it, then waits for the gate with the answer.
    pub fn held_after(self) -> Gate {
        let gate = self.faults.gate();
        self.fault(Fault::HoldAfter(gate));
        gate
    }

    /// Does it and answers with something that is not JSON.
    pub fn not_json(self) {
        self.fault(Fault::NotJson);
    }

    /// Takes so much longer.
    pub fn slow(self, by: Duration) {
        self.fault(Fault::Slow(by));
    }
}

/// One REST call that was served, or that is being served.
#[derive(Debug, Clone)]
pub struct Call {
    /// Counts all calls from 1.
    pub number: u64,
    /// HTTP method.
    pub method: String,
    /// Path without `/api/v10`, tokens of webhooks and interactions included, query apart.
    pub path: String,
    /// Query string.
    pub query: String,
    /// Route; none where there is none.
    pub route: Option<Route>,
    /// The bot that called.
    pub user: Option<u64>,
    /// When it came.
    pub arrived_ms: Millis,
    /// When it was answered.
    pub answered_ms: Option<Millis>,
    /// The answer's status; none while it is served, and where there was no answer.
    pub status: Option<u16>,
    /// The JSON that came (of a multipart body: its `payload_json`).
    pub body: Value,
    /// Names of the files that came.
    pub files: Vec<String>,
    /// The answer's JSON.
    pub answer: Value,
    /// What was made to go wrong.
    pub fault: Option<Fault>,
}

/// The calls that were served lately.
#[derive(Debug, Default)]
pub struct Calls {
    kept: VecDeque<Call>,
    count: u64,
}

impl Calls {
    /// Records a call that came; the number finds it again.
    pub fn begin(&mut self, mut call: Call, keep: usize) -> u64 {
        self.count += 1;
        call.number = self.count;
        self.kept.push_back(call);
        while self.kept.len() > keep {
            self.kept.pop_front();
        }
        self.count
    }

    /// The call with this number, if it is still kept.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut Call> {
        self.kept
            .iter_mut()
            .rev()
            .find(|call| call.number == number)
    }

    /// All that are kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.kept.iter()
    }

    /// Those of one route, oldest first.
    pub fn of(&self, route: Route) -> impl DoubleEndedIterator<Item = &Call> {
        self.kept
            .iter()
            .filter(move |call| call.route == Some(route))
    }

    /// Calls to paths that have no route, as `GET /nowhere`.
    pub fn unknown_routes(&self) -> impl Iterator<Item = String> {
        self.kept
            .iter()
            .filter(|call| call.route.is_none())
            .map(|call| format!("{} {}", call.method, call.path))
    }

    /// How many there were in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Forgets them; numbers go on.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_once_each_in_order_and_the_route_goes_first() {
        let mut faults = Faults::default();
        faults.next_any().disconnects();
        faults.next(Route::Typing).times(2).not_json();
        assert_eq!(faults.take(Route::Typing), Some(Fault::NotJson));
        assert_eq!(faults.take(Route::EditMessage), Some(Fault::Disconnect));
        assert_eq!(faults.take(Route::EditMessage), None);
        assert_eq!(faults.left(), 1);
        let gate = faults.next(Route::Typing).held_before();
        assert!(!faults.is_open(gate));
        faults.open(gate);
        assert!(faults.is_open(gate));
    }
}
