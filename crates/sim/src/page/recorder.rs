//! What the x-ray needs and nobody else keeps: the events that went out to bots, which the gateway forgets once they are
//! sent, and what stood in a conversation at the moment when a model was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use super::left_out::{Compared, compare};
use crate::{
    Shared, World,
    model::{ModelWorld, Request},
    world::{Dispatch, time::unix_ms},
};

/// So many events are kept.
const KEPT: usize = 400;
/// So many deleted messages are remembered, by their channels.
const DELETED: usize = 1_000;
/// So many model requests are shown.
pub(super) const REQUESTS: usize = 40;

/// The newest of everything, oldest first.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<Event>,
    /// The channel of each message that was deleted.
    deleted: VecDeque<u64>,
    asked: Vec<Asked>,
}

/// A model request beside the conversation as it was then. Number and arrival tell it from those before a reset.
#[derive(Debug)]
struct Asked {
    number: u64,
    arrived: u64,
    compared: Option<Compared>,
}

impl Asked {
    fn is(&self, request: &Request) -> bool {
        (self.number, self.arrived) == (request.number, request.arrived)
    }
}

/// One event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Counts all events from 1.
    pub(super) number: u64,
    at: u64,
    dispatch: Arc<Dispatch>,
}

impl Recorder {
    /// Records all that happens from now on, until the simulator ends.
    pub(super) fn start(shared: &Arc<Shared>) -> Arc<Self> {
        let recorder = Arc::new(Self::default());
        let mut events = shared.subscribe();
        let mut model_changed = shared.model.changed();
        let (kept, shared) = (Arc::clone(&recorder), Arc::clone(shared));
        tokio::spawn(async move {
            let mut number = 0;
            loop {
                tokio::select! {
                    () = shared.closing().cancelled() => return,
                    changed = model_changed.changed() => {
                        if changed.is_err() {
                            return;
                        }
                        shared.look(|world| shared.model.read(|model| kept.compare(world, model)));
                    }
                    dispatch = events.recv() => {
                        let Some(dispatch) = dispatch else { return };
                        number += 1;
                        kept.keep(Event {
                            number,
                            at: unix_ms(),
                            dispatch,
                        });
                    }
                }
            }
        });
        recorder
    }

    fn keep(&self, event: Event) {
        let mut kept = self.lock();
        kept.deleted.extend(event.deleted());
        let surplus = kept.deleted.len().saturating_sub(DELETED);
        kept.deleted.drain(..surplus);
        kept.events.push_back(event);
        if kept.events.len() > KEPT {
            kept.events.pop_front();
        }
    }

    /// Compares each request that is new with the conversation as it stands now.
    pub(super) fn compare(&self, world: &World, model: &ModelWorld) {
        let mut kept = self.lock();
        let kept = &mut *kept;
        let asked = &mut kept.asked;
        let recent = || model.requests.iter().rev().take(REQUESTS);
        asked.retain(|asked| recent().any(|request| asked.is(request)));
        for request in recent() {
            if !asked.iter().any(|asked| asked.is(request)) {
                asked.push(Asked {
                    number: request.number,
                    arrived: request.arrived,
                    compared: compare(world, request, kept.deleted.make_contiguous()),
                });
            }
        }
    }

    /// What a request had of its conversation, and what not.
    pub(super) fn compared(&self, request: &Request) -> Option<Compared> {
        let kept = self.lock();
        let found = kept.asked.iter().find(|asked| asked.is(request))?;
        found.compared.clone()
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.lock().events.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Event {
    pub(super) fn json(&self) -> Value {
        let data = &self.dispatch.data;
        let about = |key| data.get(key).cloned().unwrap_or(Value::Null);
        json!({
            "number": self.number, "at": self.at, "name": self.dispatch.name, "bots": self.dispatch.recipients.len(),
            "channel": about("channel_id"), "id": about("id"), "data": data,
        })
    }

    /// The channel of the messages that are gone by it, once for each.
    fn deleted(&self) -> impl Iterator<Item = u64> + use<> {
        let data = &self.dispatch.data;
        let messages = match self.dispatch.name {
            "MESSAGE_DELETE" => 1,
            "MESSAGE_DELETE_BULK" => data
                .get("ids")
                .and_then(Value::as_array)
                .map_or(0, Vec::len),
            _ => 0,
        };
        let channel = data.get("channel_id").and_then(Value::as_str);
        let channel = channel.and_then(|channel| channel.parse().ok());
        std::iter::repeat_n(channel, messages).flatten()
    }
}
