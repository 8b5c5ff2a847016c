//! The thread on which the gateway is heard.
//!
//! A bot in big guilds is told of thousands of messages a second that don't concern it, and to be woken for each of them costs more
//! than to read it. So where frames come one upon the other, this thread rests for a moment before it waits for more: then
//! many are there at once. The thread is the gateway's own, so that neither such a rest nor a flood of frames delays an answer.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{runtime, task::JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long the thread rests.
const REST: Duration = Duration::from_millis(4);
/// How soon frames must follow upon others for it to rest at all: what comes alone is never kept waiting.
const SOON: Duration = Duration::from_millis(16);

/// How thick frames come. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow(Arc<AtomicU64>);

impl Flow {
    /// A frame was read.
    pub(super) fn frame(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// A thread that hears; it ends with its work, or when this is dropped.
#[derive(Debug)]
pub(super) struct Ear {
    _ends: DropGuard,
}

impl Ear {
    /// Does these works side by side on a thread of its own, which rests where frames come thick.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(super) fn open<W>(flow: Flow, works: Vec<W>) -> io::Result<Self>
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let over = CancellationToken::new();
        let begun = Instant::now();
        let last = AtomicU64::new(0);
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_park(move || {
                if flow.take() == 0 {
                    return;
                }
                let before = Duration::from_micros(last.load(Ordering::Relaxed));
                if begun.elapsed().saturating_sub(before) < SOON {
                    thread::sleep(REST);
                }
                let now = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                last.store(now, Ordering::Relaxed);
            })
            .build()?;
        let ends = over.clone();
        // What is logged there goes to where the one logs who opened it.
        let log = tracing::dispatcher::get_default(Clone::clone);
        thread::Builder::new()
            .name("gateway".to_owned())
            .spawn(move || {
                let work = ends.run_until_cancelled(async {
                    let mut works: JoinSet<()> = works.into_iter().collect();
                    while works.join_next().await.is_some() {}
                });
                tracing::dispatcher::with_default(&log, || runtime.block_on(work));
            })?;
        Ok(Self {
            _ends: over.drop_guard(),
        })
    }
}
