//! The model provider: OpenAI's chat completions as a server, with scripted answers and faults.
//!
//! A test (or the control API) queues answers and faults; each request takes the next ones. What was
//! asked is kept and can be waited for, so that no test needs to sleep:
//!
//! ```ignore
//! model.answers(["The sea is ", HOLD, "blue."]);   // the stream stays open at HOLD
//! let asked = model.wait_for_request(1).await?;     // the first request, whole
//! model.release();                                  // the rest is sent
//! model.fails(2, Fault::RateLimited { retry_after: 0.5 });
//! ```
//!
//! Faults are taken in order, one a request, by requests that are valid; those that come before the
//! answer leave the answers in the queue for the retry.

mod answer;
mod chat;
mod control;
mod errors;
mod fault;
mod plan;
mod record;
mod serving;
mod settings;
mod stream;
pub(crate) mod through;
mod tokens;
mod unscripted;
mod validate;
mod whole;

pub use answer::{Answer, Break, Choice, Finish, HOLD, Piece, Script, ToolCall, Usage};
pub use chat::router;
pub use control::control_router;
pub use fault::{ErrorBody, Fault, Framing};
pub use record::{Outcome, Request};
pub use settings::{DEFAULT_KEY, ModelCard, Settings, Topic, Unscripted};
pub use through::{Entrance, PATH as THROUGH, Upstream};

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serving::Gate;
use tokio::sync::watch;

/// How long the helpers that wait do so before they say what they missed.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Everything about the provider, as plain data.
#[derive(Debug, Default)]
pub struct ModelWorld {
    /// How it behaves.
    pub settings: Settings,
    /// Answers that wait for their requests.
    pub scripts: VecDeque<Script>,
    /// Faults that wait for their requests.
    pub faults: VecDeque<Fault>,
    /// What was asked, oldest first.
    pub requests: VecDeque<Request>,
    /// How many times models were listed or looked up.
    pub lookups: u64,
    /// Requests since the start or the last reset.
    asked: u64,
    /// How many times it was reset: what is still under way from before must not touch what came after.
    epoch: u64,
    gate: Gate,
}

impl ModelWorld {
    /// A kept request by its number, the first being 1.
    pub fn request(&self, number: u64) -> Option<&Request> {
        self.requests
            .iter()
            .find(|request| request.number == number)
    }

    /// How many answers wait at a [`HOLD`] now.
    pub fn holding(&self) -> usize {
        self.gate.waiting.len()
    }

    /// How many requests came since the start or the last reset.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// One line on the state, for the words of a failed wait.
    fn summary(&self) -> String {
        let outcomes: Vec<String> = self
            .requests
            .iter()
            .rev()
            .take(5)
            .rev()
            .map(|r| format!("#{} {:?} {:?}", r.number, r.outcome, r.question()))
            .collect();
        format!(
            "{} requests, {} answers and {} faults queued, {} on hold; last: [{}]",
            self.asked,
            self.scripts.len(),
            self.faults.len(),
            self.holding(),
            outcomes.join(", ")
        )
    }
}

/// A wait that ended without what was waited for.
#[derive(Debug, thiserror::Error)]
#[error("waited {} ms for {what}; the provider has {state}", .patience.as_millis())]
pub struct Waited {
    patience: Duration,
    what: String,
    state: String,
}

/// A handle on the provider; clones are the same provider.
#[derive(Debug, Clone)]
pub struct Model {
    shared: Arc<ModelShared>,
}

#[derive(Debug)]
struct ModelShared {
    world: Mutex<ModelWorld>,
    changed: watch::Sender<u64>,
}

impl Default for Model {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Model {
    /// A provider with these settings.
    pub fn new(settings: Settings) -> Self {
        let world = ModelWorld {
            settings,
            ..ModelWorld::default()
        };
        Self {
            shared: Arc::new(ModelShared {
                world: Mutex::new(world),
                changed: watch::Sender::new(0),
            }),
        }
    }

    /// Reads the provider's state.
    pub fn read<T>(&self, look: impl FnOnce(&ModelWorld) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the provider's state, and wakes those who wait for a change.
    pub fn with<T>(&self, change: impl FnOnce(&mut ModelWorld) -> T) -> T {
        let result = change(&mut self.lock());
        self.shared.changed.send_modify(|count| *count += 1);
        result
    }

    /// Counts up at each change of the state.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    /// Changes the settings.
    pub fn settings(&self, change: impl FnOnce(&mut Settings)) {
        self.with(|world| change(&mut world.settings));
    }

    /// Queues an answer. Each piece is sent as one chunk; [`HOLD`] waits for [`Model::release`].
    pub fn answers<P: Into<Piece>>(&self, pieces: impl IntoIterator<Item = P>) {
        self.answers_with(Answer::new(pieces));
    }

    /// Queues an answer with all that can be said about it.
    pub fn answers_with(&self, answer: Answer) {
        self.with(|world| world.scripts.push_back(Script { when: None, answer }));
    }

    /// Queues an answer for the next request whose last message contains these words. Such answers
    /// are looked at before those that answer anything.
    pub fn answers_when(&self, words: &str, answer: Answer) {
        let when = Some(words.to_owned());
        self.with(|world| world.scripts.push_back(Script { when, answer }));
    }

    /// The next `times` valid requests meet this fault.
    pub fn fails(&self, times: usize, fault: Fault) {
        self.with(|world| world.faults.extend(std::iter::repeat_n(fault, times)));
    }

    /// Lets one [`HOLD`] pass: the one that has waited longest, or else the next to come.
    pub fn release(&self) {
        self.with(|world| world.gate.permits += 1);
    }

    /// Lets everything pass that holds or hangs, now and until the next [`Model::reset`].
    pub fn release_all(&self) {
        self.with(|world| world.gate.open = true);
    }

    /// Forgets answers, faults and requests, lets go of what holds, and keeps the settings.
    pub fn reset(&self) {
        self.release_all();
        self.with(|world| {
            // Tickets that still wait find themselves gone from the queue, and pass.
            let next_ticket = world.gate.next_ticket;
            *world = ModelWorld {
                settings: world.settings.clone(),
                epoch: world.epoch + 1,
                ..ModelWorld::default()
            };
            world.gate.next_ticket = next_ticket;
        });
    }

    /// All requests that are kept, oldest first.
    pub fn requests(&self) -> Vec<Request> {
        self.read(|world| world.requests.iter().cloned().collect())
    }

    /// The request with this number, the first being 1; waits for it.
    ///
    /// # Errors
    /// When it does not come within [`PATIENCE`].
    pub async fn wait_for_request(&self, number: u64) -> Result<Request, Waited> {
        let what = format!("request {number}");
        self.wait_until(PATIENCE, &what, |world| world.request(number).cloned())
            .await
    }

    /// The request with this number once it is over: answered, refused, broken off or left.
    ///
    /// # Errors
    /// When it is not over within [`PATIENCE`].
    pub async fn wait_for_outcome(&self, number: u64) -> Result<Request, Waited> {
        let what = format!("the end of request {number}");
        self.wait_until(PATIENCE, &what, |world| {
            let request = world.request(number)?;
            (request.outcome != Outcome::Open).then(|| request.clone())
        })
        .await
    }

    /// Waits until so many answers are on [`HOLD`].
    ///
    /// # Errors
    /// When they are not within [`PATIENCE`].
    pub async fn wait_for_hold(&self, answers: usize) -> Result<(), Waited> {
        let what = format!("{answers} answers on hold");
        self.wait_until(PATIENCE, &what, |world| {
            (world.holding() >= answers).then_some(())
        })
        .await
    }

    /// Waits until the state has what is looked for.
    ///
    /// # Errors
    /// When it has not within the time given.
    pub async fn wait_until<T>(
        &self,
        patience: Duration,
        what: &str,
        mut look: impl FnMut(&ModelWorld) -> Option<T>,
    ) -> Result<T, Waited> {
        let mut changed = self.changed();
        let search = async {
            loop {
                if let Some(found) = self.read(&mut look) {
                    return found;
                }
                // The sender lives in `self`, so that this can't fail while we wait.
                let _ = changed.changed().await;
            }
        };
        tokio::time::timeout(patience, search)
            .await
            .map_err(|_| Waited {
                patience,
                what: what.to_owned(),
                state: self.read(ModelWorld::summary),
            })
    }

    fn lock(&self) -> MutexGuard<'_, ModelWorld> {
        // Nothing that panics runs under the lock but a caller's closure; the data stays usable.
        self.shared
            .world
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
