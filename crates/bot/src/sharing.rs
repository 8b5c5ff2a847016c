//! Who asks the model now: answers, and titles where they delay nobody. The rules are [`Sharing`]'s.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_util::{Stream, StreamExt as _};
use kaiwa_core::{Now, model::ModelEvent, sharing::Sharing};
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};

use crate::model::Answer;

/// The model as it is shared.
#[derive(Debug)]
pub(crate) struct Shared {
    sharing: watch::Sender<Sharing>,
    /// Titles wait one behind the other.
    line: Semaphore,
    clock: Clock,
}

/// Tells how long answers come side by side.
#[derive(Clone, Copy, Debug)]
struct Clock(Instant);

impl Clock {
    fn now(self) -> Now {
        self.0.elapsed()
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            sharing: watch::Sender::default(),
            line: Semaphore::new(1),
            clock: Clock(Instant::now()),
        }
    }
}

impl Shared {
    /// An answer that the model is asked for now: titles give way to it until all of it has come.
    pub(crate) fn answer(&self, answer: Answer) -> Answer {
        let asks = Asks::begin(self.sharing.clone(), self.clock);
        let asks = Some(asks);
        Heard { answer, asks }.boxed()
    }

    /// A place for a title, as soon as there is one.
    pub(crate) async fn place(&self) -> Place<'_> {
        // It is never closed.
        let _first = self.line.acquire().await;
        let mut shared = self.sharing.subscribe();
        while !self.sharing.send_if_modified(Sharing::title_begins) {
            // Its sender lives as long as this.
            let _ = shared.wait_for(Sharing::has_room).await;
        }
        Place {
            sharing: &self.sharing,
            clock: self.clock,
            is_left: false,
        }
    }
}

/// A title that the model may be asked for.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    sharing: &'a watch::Sender<Sharing>,
    clock: Clock,
    is_left: bool,
}

impl Place<'_> {
    /// Resolves when the title has to give way to an answer.
    pub(crate) async fn is_wanted(&mut self) {
        let mut shared = self.sharing.subscribe();
        while !self.is_left {
            // As above.
            let _ = shared.wait_for(Sharing::is_crowded).await;
            self.is_left = self.sharing.send_if_modified(Sharing::title_gives_way);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if !self.is_left {
            let now = self.clock.now();
            self.sharing.send_modify(|sharing| sharing.title_ends(now));
        }
    }
}

/// An answer as it comes.
struct Heard {
    answer: Answer,
    asks: Option<Asks>,
}

impl Stream for Heard {
    type Item = <Answer as Stream>::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(self.answer.poll_next_unpin(context));
        match (&event, &mut self.asks) {
            (Some(Ok(ModelEvent::Text { .. } | ModelEvent::Reasoning(_))), Some(asks)) => {
                asks.hear()
            }
            (Some(Ok(_)), _) => {}
            (Some(Err(_)) | None, _) => self.asks = None,
        }
        Poll::Ready(event)
    }
}

/// The model is asked for an answer as long as this is held.
struct Asks {
    sharing: watch::Sender<Sharing>,
    clock: Clock,
    began: Now,
    /// When its last words came.
    spoke: Option<Now>,
}

impl Asks {
    fn begin(sharing: watch::Sender<Sharing>, clock: Clock) -> Self {
        sharing.send_modify(Sharing::answer_begins);
        Self {
            sharing,
            clock,
            began: clock.now(),
            spoke: None,
        }
    }

    /// Words of the answer have come. Most of them tell nothing to those who wait.
    fn hear(&mut self) {
        let now = self.clock.now();
        let (began, spoke) = (self.began, self.spoke.replace(now));
        self.sharing.send_if_modified(|sharing| match spoke {
            Some(last) => sharing.answer_goes_on(last, now),
            None => sharing.answer_speaks(began, now),
        });
    }
}

impl Drop for Asks {
    fn drop(&mut self) {
        let (now, spoke) = (self.clock.now(), self.spoke.is_some());
        self.sharing
            .send_modify(|sharing| sharing.answer_ends(spoke, now));
    }
}
