//! A question on its way: the exchanges that it takes, made into one stream.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use kaiwa_core::{
    error::ModelError,
    model::{FinishReason, ModelEvent, Prompt},
};

use super::{
    Answer, Inner,
    answer::{Events, Problem, TEXT_LIMIT},
    continuing::{Course, Echo, Given, Held},
    exchange::Exchange,
    failure::{Failure, Told},
    pause,
    request::Beginning,
};

/// What to do about failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Tell them.
    Once,
    /// Ask again while that can help.
    Patient,
}

/// So many bytes more of an answer make up for a try that broke off: where something on the way ends each response after a
/// while, an answer that goes on where it was comes to its end all the same.
const GAIN: usize = 256;

/// A question on its way.
pub(super) struct Asking {
    model: Arc<Inner>,
    prompt: Prompt,
    patience: Patience,
    /// How often it was asked; since the last try that brought more of the answer.
    tries: u32,
    /// How much of the answer was there when it was asked last.
    before: usize,
    state: State,
    /// What the try under way brings.
    course: Course,
    /// What was understood of it and not sorted yet.
    incoming: Events,
    /// What is to be given out next.
    events: Events,
    /// What was given out of the answer.
    given: Given,
}

enum State {
    /// The request is to be sent.
    Unsent,
    /// The response comes in.
    Coming(Box<Exchange>),
    /// It failed; what came before is given out first.
    Failed(Failure),
    /// Nothing more comes.
    Over,
}

impl Asking {
    pub(super) fn new(model: Arc<Inner>, prompt: Prompt, patience: Patience) -> Self {
        Self {
            model,
            prompt,
            patience,
            tries: 0,
            before: 0,
            state: State::Unsent,
            course: Course::First,
            incoming: Events::new(),
            events: Events::new(),
            given: Given::default(),
        }
    }

    pub(super) fn stream(self) -> Answer {
        stream::unfold(Box::new(self), async |mut asking| {
            let item = asking.next().await?;
            Some((item, asking))
        })
        .boxed()
    }

    async fn next(&mut self) -> Option<Result<ModelEvent, ModelError>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                self.given.note(&event);
                self.measure(&event);
                return Some(Ok(event));
            }
            match std::mem::replace(&mut self.state, State::Over) {
                State::Unsent => self.state = self.send().await,
                State::Coming(mut exchange) => {
                    let advanced = exchange.advance(&mut self.incoming).await;
                    let complete = matches!(advanced, Ok(false));
                    self.course
                        .sort(&mut self.incoming, complete, &self.given, &mut self.events);
                    self.state = match advanced {
                        Ok(true) => State::Coming(exchange),
                        Ok(false) => {
                            exchange.leave();
                            State::Over
                        }
                        Err(problem) => self.failed(problem),
                    };
                }
                State::Failed(failure) if self.wont_go_on(&failure.error) => {
                    self.model.continuing.refused();
                    // Nothing was tried: it only had to be found out.
                    self.tries = self.tries.saturating_sub(1);
                    self.state = State::Unsent;
                }
                State::Failed(failure) => match self.pause_after(&failure) {
                    Some(pause) => {
                        tracing::info!(
                            error = %failure.error,
                            tries = self.tries,
                            pause = ?pause,
                            begun = !self.given.is_empty(),
                            "the model gave no whole answer; it is asked again"
                        );
                        tokio::time::sleep(pause).await;
                        self.state = State::Unsent;
                    }
                    // The prompt fitted before, so that it is the answer that is too long for what is left of the window.
                    None if failure.error == ModelError::TooLong && !self.given.is_empty() => {
                        self.state = self.ended(FinishReason::Length);
                    }
                    None => return Some(Err(failure.error)),
                },
                State::Over => return None,
            }
        }
    }

    /// Compares the provider's count of the prompt with ours, where that is wanted.
    fn measure(&self, event: &ModelEvent) {
        if let ModelEvent::Usage(usage) = event
            && !matches!(self.course, Course::GoesOn(_))
            && self.model.counter.wants_measurement()
        {
            let (model, prompt) = (Arc::clone(&self.model), self.prompt.clone());
            let reported = usage.prompt;
            // Counting is work for the processor, and nobody waits for it.
            tokio::task::spawn_blocking(move || model.counter.measure(&prompt, reported));
        }
    }

    async fn send(&mut self) -> State {
        self.tries += 1;
        self.before = self.given.size();
        let how = self.model.continuing.how();
        let beginning = self
            .given
            .beginning()
            .zip(how)
            .map(|(text, how)| Beginning { text, how });
        self.course = match beginning {
            Some(_) => Course::GoesOn(Echo::default()),
            None if self.given.is_empty() => {
                if self.given.thinks() {
                    // What it thought comes again.
                    self.events.push_back(ModelEvent::Anew);
                }
                Course::First
            }
            None => Course::Anew(Held::default()),
        };
        match self.model.send(&self.prompt, beginning).await {
            Ok(exchange) => State::Coming(Box::new(exchange)),
            Err(failure) => State::Failed(failure),
        }
    }

    fn failed(&mut self, problem: Problem) -> State {
        let failure = match problem {
            Problem::Known(error) => error.into(),
            Problem::Told(told) => {
                Told::new(&told).failure_in_stream(self.model.asked(Some(&self.prompt)))
            }
        };
        let (goes_on, thinks) = match &self.course {
            Course::GoesOn(echo) => (true, echo.thinks()),
            Course::First | Course::Anew(_) => (false, false),
        };
        if goes_on && !thinks && failure.error == ModelError::Empty {
            // It broke off behind its last word: there was nothing to go on with.
            self.ended(FinishReason::Stop)
        } else if goes_on && matches!(failure.error, ModelError::TooLong | ModelError::OutOfRoom) {
            // The server took it up, and there was no more room to go on.
            self.ended(FinishReason::Length)
        } else {
            State::Failed(failure)
        }
    }

    /// What was given out is the answer, and this is how it ended.
    fn ended(&mut self, reason: FinishReason) -> State {
        self.events
            .push_back(ModelEvent::Finish { choice: 0, reason });
        State::Over
    }

    /// The server can't go on in the middle of an answer after all, or takes what comes for thoughts.
    fn wont_go_on(&self, error: &ModelError) -> bool {
        matches!(self.course, Course::GoesOn(_))
            && self.model.continuing.how().is_some()
            && matches!(
                error,
                ModelError::Refused { .. } | ModelError::TooLong | ModelError::Empty
            )
    }

    /// How long to wait before asking again; none when that is not to be done.
    fn pause_after(&mut self, failure: &Failure) -> Option<std::time::Duration> {
        let size = self.given.size();
        if matches!(self.course, Course::GoesOn(_))
            && (self.before + GAIN..TEXT_LIMIT).contains(&size)
        {
            self.tries = 1;
        }
        let options = &self.model.options;
        let again = self.patience == Patience::Patient
            && self.tries < options.tries
            && failure.error.is_transient();
        if !again {
            return None;
        }
        options
            .pauses
            .after(self.tries, failure.retry_after, pause::chance())
    }
}
