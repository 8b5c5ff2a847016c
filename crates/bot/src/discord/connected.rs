//! Which shards are connected now: what the sign of life rests on.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// The shards that are connected. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connected {
    shards: Arc<Mutex<BTreeSet<u32>>>,
    changed: Arc<Notify>,
}

impl Connected {
    /// A shard is connected, or is no longer.
    pub(super) fn tell(&self, shard: u32, connected: bool) {
        let changed = if connected {
            self.lock().insert(shard)
        } else {
            self.lock().remove(&shard)
        };
        if changed {
            self.changed.notify_one();
        }
    }

    /// How many are.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Waits until one has come or gone.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Every poisoned state is a whole one: all changes are single steps.
    fn lock(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
