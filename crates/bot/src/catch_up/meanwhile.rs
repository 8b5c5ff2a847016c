//! What changes in a place while it is read back: an edit or a deletion that is told between the reading of a page and the
//! storing of what stood in it says nothing to the store, and would be forgotten.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use kaiwa_core::{id::ChannelId, message::Incoming};

type Told = Mutex<Vec<Incoming>>;

/// The places that are being read back.
#[derive(Debug, Default)]
pub(crate) struct Meanwhile(Mutex<Vec<(ChannelId, Weak<Told>)>>);

/// What has changed in one of them.
#[derive(Debug)]
pub(crate) struct Changes(Arc<Told>);

impl Meanwhile {
    /// From now on, what changes in a place is kept.
    pub(crate) fn listen(&self, channel: ChannelId) -> Changes {
        let told = Arc::default();
        let mut places = lock(&self.0);
        places.retain(|(_, told)| told.strong_count() > 0);
        places.push((channel, Arc::downgrade(&told)));
        Changes(told)
    }

    /// Something came in.
    pub(crate) fn hear(&self, incoming: &Incoming) {
        let changed = match incoming {
            Incoming::Edited(message) => message.channel,
            Incoming::Deleted { channel, .. } => *channel,
            Incoming::Message(_)
            | Incoming::Mine(_)
            | Incoming::ChannelGone(_)
            | Incoming::GuildGone(_)
            | Incoming::Pressed(_) => return,
        };
        let places = lock(&self.0);
        let here = places.iter().filter(|(channel, _)| *channel == changed);
        for told in here.filter_map(|(_, told)| told.upgrade()) {
            lock(&told).push(incoming.clone());
        }
    }
}

impl Changes {
    /// What has changed so far, in its order. Told once more, it changes nothing that it has changed before.
    pub(crate) fn take(&self) -> Vec<Incoming> {
        std::mem::take(&mut *lock(&self.0))
    }
}

/// Every poisoned state is a whole one: all changes are single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
