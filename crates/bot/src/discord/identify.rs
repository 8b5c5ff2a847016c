//! The gate before IDENTIFY: a shard asks the bot, which knows how often sessions were begun before, and then waits for the
//! pace that Discord sets. Resumes don't come here.

use tokio::sync::{mpsc, oneshot};
use twilight_gateway::queue::{InMemoryQueue, Queue};

/// A shard wants to begin a session.
#[derive(Debug)]
pub(crate) struct Identify {
    /// Its number.
    pub shard: u32,
    /// To be told when it may.
    pub grant: oneshot::Sender<()>,
}

/// The shards that ask, in order.
pub(crate) type Identifies = mpsc::UnboundedReceiver<Identify>;

/// What twilight asks before each IDENTIFY.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    asked: mpsc::UnboundedSender<Identify>,
    pace: InMemoryQueue,
}

impl Gate {
    /// A gate that asks there, and then keeps this pace.
    pub(crate) fn new(asked: mpsc::UnboundedSender<Identify>, pace: InMemoryQueue) -> Self {
        Self { asked, pace }
    }
}

impl Queue for Gate {
    fn enqueue(&self, shard: u32) -> oneshot::Receiver<()> {
        let (mut go, gone) = oneshot::channel();
        let (grant, granted) = oneshot::channel();
        let _ = self.asked.send(Identify { shard, grant });
        let pace = self.pace.clone();
        tokio::spawn(async move {
            let may_go = async {
                granted.await.ok()?;
                pace.enqueue(shard).await.ok()
            };
            tokio::select! {
                Some(()) = may_go => {
                    // The shard may have found another way meanwhile.
                    let _ = go.send(());
                }
                // Nobody grants anything any more: a shard that is told so asks again at once. It waits until it is ended.
                () = go.closed() => {}
            }
        });
        gone
    }
}
