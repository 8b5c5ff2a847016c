//! The events that went out to bots, for the x-ray's timeline: the gateway itself forgets them once they are sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};

use crate::{Shared, world::Dispatch, world::time::unix_ms};

/// So many events are kept.
const KEPT: usize = 400;

/// The newest events, oldest first.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    events: Mutex<VecDeque<Event>>,
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
        let (kept, closing) = (Arc::clone(&recorder), shared.closing().clone());
        tokio::spawn(async move {
            let mut number = 0;
            while let Some(Some(dispatch)) = closing.run_until_cancelled(events.recv()).await {
                number += 1;
                kept.keep(Event {
                    number,
                    at: unix_ms(),
                    dispatch,
                });
            }
        });
        recorder
    }

    fn keep(&self, event: Event) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push_back(event);
        if events.len() > KEPT {
            events.pop_front();
        }
    }

    pub(super) fn events(&self) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.iter().cloned().collect()
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
}
