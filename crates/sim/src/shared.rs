//! What REST, gateway, control and tests share: the world behind one lock, the feed of dispatches, and a counter
//! that moves with every change.

use crate::{
    gateway::Gateway,
    model::Model,
    world::{Dispatch, World},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Dispatches in the order in which they happened; nothing is ever lost.
pub type Events = mpsc::UnboundedReceiver<Arc<Dispatch>>;

/// The world and its ways out.
#[derive(Debug)]
pub struct Shared {
    /// Sessions and connections of the gateway; it has its own lock, taken after the world's.
    pub gateway: Gateway,
    /// The model provider; it has a world and a lock of its own.
    pub model: Model,
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
    closing: CancellationToken,
}

#[derive(Debug)]
struct Inner {
    world: World,
    feeds: Vec<mpsc::UnboundedSender<Arc<Dispatch>>>,
}

impl Shared {
    /// Shares a world; `closing` ends everything that serves it.
    #[must_use]
    pub fn new(world: World, closing: CancellationToken) -> Self {
        let inner = Mutex::new(Inner {
            world,
            feeds: Vec::new(),
        });
        Self {
            gateway: Gateway::default(),
            model: Model::default(),
            inner,
            changed: watch::Sender::new(0),
            closing,
        }
    }

    /// Runs `with` on the world, then sends what happened to every subscriber, in order, and moves the counter.
    /// Nothing may wait in here; the lock is held all the while.
    pub fn with<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        let mut inner = self.lock();
        let result = with(&mut inner.world);
        inner.publish(&self.gateway);
        drop(inner);
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// Looks at the world without moving the counter.
    pub fn look<T>(&self, with: impl FnOnce(&World) -> T) -> T {
        with(&self.lock().world)
    }

    /// Everything that happens from now on.
    #[must_use]
    pub fn subscribe(&self) -> Events {
        self.subscribe_with(|_| ()).0
    }

    /// Everything that happens after `with` saw the world, with nothing between the two: a gateway session takes
    /// its READY this way.
    pub fn subscribe_with<T>(&self, with: impl FnOnce(&mut World) -> T) -> (Events, T) {
        let (sender, events) = mpsc::unbounded_channel();
        let mut inner = self.lock();
        let result = with(&mut inner.world);
        inner.publish(&self.gateway);
        inner.feeds.push(sender);
        (events, result)
    }

    /// A counter that moves on after every change.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Says that something outside the world changed that waiters may look at (sessions, model requests).
    pub fn touch(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Waits until `seen` finds something; it is asked again after every change.
    pub async fn until<T>(&self, mut seen: impl FnMut(&World) -> Option<T>) -> T {
        let mut changed = self.changed();
        loop {
            changed.borrow_and_update();
            if let Some(found) = self.look(&mut seen) {
                return found;
            }
            if changed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Cancelled when the simulator ends.
    #[must_use]
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A test that panics while it holds the world must not take the other parties' world away.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn publish(&mut self, gateway: &Gateway) {
        for dispatch in self.world.take_outbox() {
            let dispatch = Arc::new(dispatch);
            gateway.deliver(&dispatch);
            self.feeds
                .retain(|feed| feed.send(Arc::clone(&dispatch)).is_ok());
        }
    }
}
