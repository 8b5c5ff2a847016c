//! A question on its way: the exchanges that it takes, made into one stream.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use kaiwa_core::{
    error::ModelError,
    model::{ModelEvent, Prompt},
};

use super::{
    Answer, Inner,
    answer::{Events, Problem},
    exchange::Exchange,
    failure::{Failure, Told},
    pause,
};

/// What to do about failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Tell them.
    Once,
    /// Ask again while that can help and nothing has been said.
    Patient,
}

/// A question on its way.
pub(super) struct Asking {
    model: Arc<Inner>,
    /// What is asked; dropped once some text is given out, since it is not asked again then.
    prompt: Option<Prompt>,
    /// What was asked, kept where the provider's count of it is to be compared with ours.
    measured: Option<Prompt>,
    patience: Patience,
    tries: u32,
    state: State,
    /// What was understood and not given out yet.
    events: Events,
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
            prompt: Some(prompt),
            measured: None,
            patience,
            tries: 0,
            state: State::Unsent,
            events: Events::new(),
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
                self.given(&event);
                return Some(Ok(event));
            }
            match std::mem::replace(&mut self.state, State::Over) {
                State::Unsent => self.state = self.send().await,
                State::Coming(mut exchange) => {
                    self.state = match exchange.advance(&mut self.events).await {
                        Ok(true) => State::Coming(exchange),
                        Ok(false) => State::Over,
                        Err(problem) => State::Failed(self.failure(problem)),
                    };
                }
                State::Failed(failure) => match self.pause(&failure) {
                    Some(pause) => {
                        tracing::info!(
                            error = %failure.error,
                            tries = self.tries,
                            pause = ?pause,
                            "the model gave no answer; it is asked again"
                        );
                        tokio::time::sleep(pause).await;
                        self.state = State::Unsent;
                    }
                    None => return Some(Err(failure.error)),
                },
                State::Over => return None,
            }
        }
    }

    /// An event is about to be given out.
    fn given(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::Text { .. } => {
                if let Some(prompt) = self.prompt.take()
                    && self.model.counter.wants_measurement()
                {
                    self.measured = Some(prompt);
                }
            }
            ModelEvent::Usage(usage) => {
                if let Some(prompt) = self.measured.take() {
                    let (model, reported) = (Arc::clone(&self.model), usage.prompt);
                    // Counting is work for the processor, and nobody waits for it.
                    tokio::task::spawn_blocking(move || model.counter.measure(&prompt, reported));
                }
            }
            ModelEvent::Reasoning(_) | ModelEvent::Finish { .. } => {}
        }
    }

    async fn send(&mut self) -> State {
        let Some(prompt) = &self.prompt else {
            return State::Over;
        };
        self.tries += 1;
        match self.model.send(prompt).await {
            Ok(exchange) => State::Coming(Box::new(exchange)),
            Err(failure) => State::Failed(failure),
        }
    }

    fn failure(&self, problem: Problem) -> Failure {
        match problem {
            Problem::Known(error) => error.into(),
            Problem::Told(told) => {
                Told::new(&told).failure_in_stream(self.model.asked(self.prompt.as_ref()))
            }
        }
    }

    /// How long to wait before asking again; none when that is not to be done.
    fn pause(&self, failure: &Failure) -> Option<std::time::Duration> {
        let options = &self.model.options;
        let again = self.patience == Patience::Patient
            && self.prompt.is_some()
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
