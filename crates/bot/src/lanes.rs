//! Lanes: one conversation, one worker at a time.
//!
//! A lane exists while there is work in it. Its worker holds the [`Lane`], which is the proof that nobody else
//! answers in that conversation, and hears of what happens meanwhile.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kaiwa_core::{
    button::Presser,
    id::{ConversationId, MessageId},
    message::{Ask, Said},
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What happens in a conversation while its lane works.
#[derive(Debug)]
pub(crate) enum Signal {
    /// Something was asked, and the store has it.
    Asked,
    /// Something was asked, and the store could not take it: this is the only copy.
    AskedUnstored(Box<(Ask, Said)>),
    /// A message has another text.
    Edited(Box<Said>),
    /// A message is gone.
    Deleted(MessageId),
    /// An answer is to end where it is.
    Stop(Stop),
    /// Somebody waits until everything before this was heard, and knows it by the sender being dropped.
    Knock(oneshot::Sender<Infallible>),
    /// The place is gone.
    Gone,
}

/// That an answer is to end where it is.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    /// A question that it answers.
    pub ask: MessageId,
    /// Who wants it.
    pub by: Presser,
}

/// All lanes that have work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes {
    open: Arc<Mutex<HashMap<ConversationId, mpsc::UnboundedSender<Signal>>>>,
    workers: TaskTracker,
    /// Cancelled when no new work may begin.
    closing: CancellationToken,
    /// Cancelled when the work under way has to stop too.
    stopping: CancellationToken,
}

/// The right to work in a conversation, and its ear.
#[derive(Debug)]
pub(crate) struct Lane {
    /// The conversation.
    pub conversation: ConversationId,
    lanes: Lanes,
    signals: mpsc::UnboundedReceiver<Signal>,
    /// Answers to be stopped that have not begun in this lane.
    put_off: Vec<Stop>,
    /// Those of them that are to be told again.
    again: Vec<Stop>,
    /// It was heard that the store has a question, and the store has not told all of them since.
    asked: bool,
}

impl Lanes {
    /// Tells a conversation's worker, and starts one if the signal is work and none is there.
    pub(crate) fn signal<Work>(
        &self,
        conversation: ConversationId,
        signal: Signal,
        worker: impl FnOnce(Lane) -> Work,
    ) where
        Work: Future<Output = ()> + Send + 'static,
    {
        let mut open = self.open();
        let signal = match open.get(&conversation) {
            Some(lane) => match lane.send(signal) {
                Ok(()) => return,
                // Its worker broke off without closing the lane; the work goes to a new one.
                Err(unheard) => unheard.0,
            },
            None => signal,
        };
        let is_work = match signal {
            Signal::Asked | Signal::AskedUnstored(_) | Signal::Stop(_) => true,
            // The turn that it was told for may have ended in this very moment.
            Signal::Edited(_) => true,
            Signal::Deleted(_) | Signal::Knock(_) | Signal::Gone => false,
        };
        if !is_work || self.closing.is_cancelled() {
            return;
        }
        let (sender, signals) = mpsc::unbounded_channel();
        let _ = sender.send(signal);
        open.insert(conversation, sender);
        drop(open);
        let lane = Lane {
            conversation,
            lanes: self.clone(),
            signals,
            put_off: Vec::new(),
            again: Vec::new(),
            asked: false,
        };
        self.workers.spawn(worker(lane));
    }

    /// Whether a conversation is being worked in.
    pub(crate) fn is_open(&self, conversation: ConversationId) -> bool {
        self.open().contains_key(&conversation)
    }

    /// How many conversations are being worked in.
    pub(crate) fn len(&self) -> usize {
        self.open().len()
    }

    /// From now on no new work begins; resolves when all that was under way is done.
    pub(crate) async fn drain(&self) {
        self.closing.cancel();
        self.workers.close();
        self.workers.wait().await;
    }

    /// Work under way stops where it is; resolves when it has.
    pub(crate) async fn stop(&self) {
        self.stopping.cancel();
        self.drain().await;
    }

    /// Every poisoned state is a whole one: all changes are single steps.
    fn open(&self) -> MutexGuard<'_, HashMap<ConversationId, mpsc::UnboundedSender<Signal>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    /// The next thing that happens in the conversation.
    pub(crate) async fn next(&mut self) -> Signal {
        if let Some(stop) = self.again.pop() {
            return Signal::Stop(stop);
        }
        match self.signals.recv().await {
            Some(signal) => self.hear(signal),
            // The sender lives in the map as long as this lane does.
            None => std::future::pending().await,
        }
    }

    /// The next thing that happens before `pause` is over, while new turns may begin.
    pub(crate) async fn wait(&mut self, pause: Duration) -> Option<Signal> {
        let happens = tokio::time::timeout(pause, self.happens());
        happens.await.ok().flatten()
    }

    /// The next thing that happens; none as soon as no new turn may begin.
    pub(crate) async fn happens(&mut self) -> Option<Signal> {
        let closing = self.lanes.closing.clone();
        tokio::select! {
            signal = self.next() => Some(signal),
            () = closing.cancelled() => None,
        }
    }

    /// The next thing that has happened already.
    pub(crate) fn waiting(&mut self) -> Option<Signal> {
        let signal = self.signals.try_recv().ok()?;
        Some(self.hear(signal))
    }

    fn hear(&mut self, signal: Signal) -> Signal {
        self.asked |= matches!(signal, Signal::Asked);
        signal
    }

    /// The answer that is to be stopped is none of this turn.
    pub(crate) fn put_off(&mut self, stop: Stop) {
        self.put_off.push(stop);
    }

    /// The answer to these questions has ended: what was to stop it is not for a later one.
    pub(crate) fn forget_stops(&mut self, asked: &[MessageId]) {
        let is_other = |stop: &Stop| !asked.contains(&stop.ask);
        self.put_off.retain(is_other);
        self.again.retain(is_other);
    }

    /// Another turn begins: what was put off is told again.
    pub(crate) fn tell_again(&mut self) {
        self.again.append(&mut self.put_off);
    }

    /// Whether the store may have questions that it has not told.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked
    }

    /// The store will have one, as soon as it can be told.
    pub(crate) fn is_to_ask(&mut self) {
        self.asked = true;
    }

    /// The store has told all the questions that it has.
    pub(crate) fn all_told(&mut self) {
        self.asked = false;
    }

    /// Cancelled when work under way has to stop where it is.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.lanes.stopping.clone()
    }

    /// Whether no new turn may begin.
    pub(crate) fn is_closing(&self) -> bool {
        self.lanes.closing.is_cancelled()
    }

    /// Closes the lane if nothing has happened meanwhile; tells whether it has.
    pub(crate) fn retire(&mut self) -> bool {
        let mut open = self.lanes.open();
        let retires = self.signals.is_empty() || self.is_closing();
        if retires {
            open.remove(&self.conversation);
        }
        retires
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use kaiwa_core::{id::UserId, words::Locale};

    use super::*;

    #[tokio::test]
    async fn a_conversation_has_one_worker_and_nothing_it_is_told_is_lost() {
        let lanes = Lanes::default();
        let (heard, workers) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        for _ in 0..100 {
            let (heard, workers) = (Arc::clone(&heard), Arc::clone(&workers));
            lanes.signal(ConversationId(1), Signal::Asked, |mut lane| async move {
                assert_eq!(
                    workers.fetch_add(1, Ordering::SeqCst),
                    0,
                    "two workers at once"
                );
                loop {
                    while lane.waiting().is_some() {
                        heard.fetch_add(1, Ordering::SeqCst);
                        tokio::task::yield_now().await;
                    }
                    workers.fetch_sub(1, Ordering::SeqCst);
                    if lane.retire() {
                        return;
                    }
                    workers.fetch_add(1, Ordering::SeqCst);
                }
            });
            tokio::task::yield_now().await;
        }
        lanes.drain().await;
        assert_eq!(heard.load(Ordering::SeqCst), 100);
        assert_eq!(lanes.len(), 0);
    }

    #[tokio::test]
    async fn only_work_opens_a_lane_and_none_opens_while_draining() {
        let lanes = Lanes::default();
        let fail = |_: Lane| async { panic!("nobody should work") };
        lanes.signal(ConversationId(1), Signal::Deleted(MessageId(1)), fail);
        lanes.signal(ConversationId(1), Signal::Gone, fail);
        lanes.drain().await;
        lanes.signal(ConversationId(1), Signal::Asked, fail);
        lanes.stop().await;
        assert_eq!(lanes.len(), 0);
    }

    #[tokio::test]
    async fn what_was_to_stop_an_answer_that_has_ended_stops_no_later_one() {
        let lanes = Lanes::default();
        lanes.signal(ConversationId(1), Signal::Asked, |mut lane| async move {
            let by = Presser {
                id: UserId(3),
                name: "Ada".to_owned(),
                locale: Locale::En,
            };
            for ask in [7, 8] {
                let (ask, by) = (MessageId(ask), by.clone());
                lane.put_off(Stop { ask, by });
            }
            lane.forget_stops(&[MessageId(7)]);
            lane.tell_again();
            assert!(matches!(lane.next().await, Signal::Stop(stop) if stop.ask == MessageId(8)));
            assert!(matches!(lane.next().await, Signal::Asked));
            lane.forget_stops(&[MessageId(8)]);
            lane.tell_again();
            assert!(lane.waiting().is_none());
            assert!(lane.again.is_empty());
            lane.retire();
        });
        lanes.drain().await;
        assert_eq!(lanes.len(), 0, "its worker broke off");
    }
}
