//! The provider's state as the routes use it while they serve a request.

use std::collections::VecDeque;

use serde_json::Value;

use super::{
    Answer, Fault, Model, ModelWorld, Outcome, Request, Script, Settings, Unscripted, answer,
    record, unscripted,
};
use crate::world::time::unix_ms;

/// How many requests are kept; older ones are forgotten.
const KEPT_REQUESTS: usize = 10_000;

/// Which request, of which time between two resets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) number: u64,
    pub(super) epoch: u64,
}

/// Who waits at a HOLD, and who may pass.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// Tickets of those who wait, in order of arrival.
    pub(super) waiting: VecDeque<u64>,
    pub(super) next_ticket: u64,
    /// Releases nobody has used yet.
    pub(super) permits: u64,
    /// Everything passes.
    pub(super) open: bool,
}

impl ModelWorld {
    fn request_mut(&mut self, mark: Mark) -> Option<&mut Request> {
        let current = mark.epoch == self.epoch;
        let mut newest_first = self.requests.iter_mut().rev();
        newest_first.find(|request| current && request.number == mark.number)
    }
}

impl Model {
    /// Notes a request that came at this moment; gives its mark and the settings it is answered under.
    pub(super) fn arrived(
        &self,
        at: u64,
        body: Value,
        user_agent: Option<String>,
    ) -> (Mark, Settings) {
        self.with(|world| {
            world.asked += 1;
            let number = world.asked;
            let request = Request::new(number, at, body, user_agent);
            if world.requests.len() == KEPT_REQUESTS {
                world.requests.pop_front();
            }
            world.requests.push_back(request);
            let epoch = world.epoch;
            (Mark { number, epoch }, world.settings.clone())
        })
    }

    pub(super) fn looked_up(&self) -> Settings {
        self.with(|world| {
            world.lookups += 1;
            world.settings.clone()
        })
    }

    pub(super) fn arrival(&self, mark: Mark) -> u64 {
        self.read(|world| {
            world
                .request(mark.number)
                .map_or(0, |request| request.arrived)
        })
    }

    pub(super) fn take_fault(&self, mark: Mark) -> Option<Fault> {
        self.with(|world| {
            let fault = world.faults.pop_front();
            if let Some(request) = world.request_mut(mark) {
                request.fault.clone_from(&fault);
            }
            fault
        })
    }

    /// The answer for a request: the first script that waits for it by its words, else the first
    /// that answers anything, else what the settings say.
    pub(super) fn take_answer(&self, mark: Mark) -> Option<Answer> {
        self.with(|world| {
            let body = world.request(mark.number)?.body.clone();
            let waits = |script: &Script| {
                let words = script.when.as_deref();
                words.is_some_and(|words| answer::asks(&body, words))
            };
            let place = world
                .scripts
                .iter()
                .position(waits)
                .or_else(|| world.scripts.iter().position(|s| s.when.is_none()));
            let script = place.and_then(|place| world.scripts.remove(place));
            let answer = match (script, &world.settings.unscripted) {
                (Some(script), _) => script.answer,
                (None, Unscripted::Refuse) => return None,
                (None, Unscripted::Echo) => unscripted::echo(&record::last_text(&body)),
                (None, Unscripted::Say(words)) => Answer::new([words.as_str()]),
                (None, Unscripted::Guide(topics)) => {
                    unscripted::guide(&record::last_text(&body), topics)
                }
            };
            if let Some(request) = world.request_mut(mark) {
                request.answer = Some(answer.text());
            }
            Some(answer)
        })
    }

    /// Notes that a part of the answer's body goes out now.
    pub(super) fn sends_part(&self, mark: Mark) {
        // No waiter looks at these moments, so that a token wakes nobody.
        if let Some(request) = self.lock().request_mut(mark) {
            request.sent.push(unix_ms());
        }
    }

    /// Notes what an answer that passes through has said so far.
    pub(super) fn says(&self, mark: Mark, said: &str) {
        if let Some(request) = self.lock().request_mut(mark) {
            request.answer = Some(said.to_owned());
        }
    }

    pub(super) fn ended(&self, mark: Mark, outcome: Outcome) {
        self.with(|world| {
            if let Some(request) = world.request_mut(mark) {
                request.outcome = outcome;
            }
        });
    }

    /// Waits at a HOLD for its release.
    pub(super) async fn hold(&self) {
        let ticket = self.with(|world| {
            let ticket = world.gate.next_ticket;
            world.gate.next_ticket += 1;
            world.gate.waiting.push_back(ticket);
            ticket
        });
        let _leave = Leave {
            model: self,
            ticket,
        };
        let mut changed = self.changed();
        while !self.pass(ticket) {
            let _ = changed.changed().await;
        }
    }

    fn pass(&self, ticket: u64) -> bool {
        let mut world = self.lock();
        let gate = &mut world.gate;
        if gate.open || !gate.waiting.contains(&ticket) {
            return true;
        }
        let first = gate.waiting.front() == Some(&ticket);
        if first && gate.permits > 0 {
            gate.permits -= 1;
            return true;
        }
        false
    }

    /// Waits until everything is released, or forgotten by a reset.
    pub(super) async fn everything_released(&self, mark: Mark) {
        let mut changed = self.changed();
        while !self.read(|world| world.gate.open || world.epoch != mark.epoch) {
            let _ = changed.changed().await;
        }
    }
}

/// Takes a ticket out of the queue when its wait ends, also when the client left.
struct Leave<'a> {
    model: &'a Model,
    ticket: u64,
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let ticket = self.ticket;
        self.model
            .with(|world| world.gate.waiting.retain(|waiting| *waiting != ticket));
    }
}
