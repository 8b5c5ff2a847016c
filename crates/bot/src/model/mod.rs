//! The model room: asks a language model over HTTP and gives its answer as one stream of [`ModelEvent`]s.
//!
//! It speaks OpenAI's dialect of chat completions, which nearly every provider and every local server speaks too, with
//! a thin client of its own: the promise of a whole answer rests on exact errors (status, `Retry-After`, a cut, a missing
//! end), which libraries hide. The only room that knows providers' wire formats.
//!
//! What people say passes through here, and the key: neither is ever logged or put into an error.

mod alike;
mod answer;
mod continuing;
mod exchange;
mod failure;
mod halves;
mod known;
mod list;
pub mod local;
mod odd;
mod pause;
mod reason;
pub mod recorded;
mod request;
mod sse;
mod stream;
#[cfg(test)]
mod tests;
mod thought;
pub mod tokens;
mod wire;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::stream::BoxStream;
use kaiwa_core::{
    error::ModelError,
    model::{ModelEvent, Prompt},
};
use secrecy::SecretString;

use crate::config;

use self::{
    continuing::Continuing,
    list::Server,
    request::Fields,
    stream::{Asking, Patience},
    tokens::Counter,
};
pub use self::{
    list::{CheckFailed, Checked},
    pause::Pauses,
};

/// How a model is reached and asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address that `/chat/completions` and `/models` are added to.
    pub base_url: String,
    /// The key, sent as a bearer token; none for servers that want none.
    pub key: Option<SecretString>,
    /// The model's name; none to take the one that the server serves.
    pub name: Option<String>,
    /// How many tokens fit into its window, if the operator knows better than everybody else.
    pub window: Option<u32>,
    /// The most tokens that an answer may have; none leaves it to the provider.
    pub max_answer: Option<u32>,
    /// How freely it chooses its words; none leaves it to the provider.
    pub temperature: Option<f32>,
    /// After so long without a byte a request counts as dead.
    pub stall: Duration,
    /// How often one prompt is asked at the most by [`Model::ask_patiently`]; since a try that went on with an answer and
    /// brought more of it.
    pub tries: u32,
    /// How long it waits between them.
    pub pauses: Pauses,
}

impl From<&config::Model> for Options {
    fn from(config: &config::Model) -> Self {
        Self {
            base_url: config.base_url.clone(),
            key: config.key.clone(),
            name: config.name.clone(),
            window: config.window,
            max_answer: config.max_answer,
            temperature: config.temperature,
            stall: config.stall,
            tries: config.tries,
            pauses: Pauses::default(),
        }
    }
}

/// A model's answer as it comes. Dropping it ends the request.
pub type Answer = BoxStream<'static, Result<ModelEvent, ModelError>>;

/// A model at a provider. Clones share what was learnt about the server.
#[derive(Clone)]
pub struct Model {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    options: Options,
    /// The base address; an error in it is told when the model is first asked.
    base_url: Result<reqwest::Url, String>,
    server: Server,
    fields: Fields,
    continuing: Continuing,
    /// The model's name, once it was found out.
    settled: OnceLock<String>,
    counter: Counter,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

impl Model {
    /// A model that is asked through this client. Nothing is sent yet.
    pub fn new(http: reqwest::Client, options: impl Into<Options>) -> Self {
        let options = options.into();
        let base_url = reqwest::Url::parse(&options.base_url).map_err(|error| error.to_string());
        let server = Server::new(base_url.as_ref().ok());
        let inner = Inner {
            http,
            base_url,
            server,
            fields: Fields::new(server.is_openai()),
            continuing: Continuing::default(),
            settled: OnceLock::new(),
            counter: Counter::new(server.is_openai()),
            options,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The model's name, as it is set or was found out by [`Self::check`].
    pub fn name(&self) -> Option<&str> {
        self.inner.name()
    }

    /// Counts tokens for this model.
    pub fn counter(&self) -> &Counter {
        &self.inner.counter
    }

    /// Asks the server which models it serves, and settles on the one to ask. One cheap request, at start.
    ///
    /// A server without such a list (404, 405) is fine. A failed check doesn't stop the model from being asked later.
    ///
    /// # Errors
    ///
    /// The key is refused, the model is unknown (with the names nearest to it), the server can't be reached, or it is
    /// no such server at all.
    pub async fn check(&self) -> Result<Checked, CheckFailed> {
        self.inner.check().await
    }

    /// Asks once. The request starts when the stream is first polled.
    ///
    /// The stream ends after an error, or once everything is told: at its end comes `Finish` for each answer, and `Usage` at
    /// most once, last. A stream without an error had some text that can be seen; thoughts are none, whatever form they come in.
    pub fn ask(&self, prompt: Prompt) -> Answer {
        Asking::new(Arc::clone(&self.inner), prompt, Patience::Once).stream()
    }

    /// Asks, and asks again after failures that may pass.
    ///
    /// Pauses grow, are spread by chance, and obey `Retry-After` up to a limit; beyond it `Busy` is told at once.
    /// An answer that broke off after its first words goes on where it was, if its server can; otherwise it comes anew,
    /// and [`ModelEvent::Anew`] is told once there is more of it than before, or before new thoughts where nothing but
    /// thoughts came. An error ends the stream: the text given out so far is the longest that came. Usage may come with each try.
    ///
    /// `TooLong` is told only while no text was given out. Later it is the answer that ran out of room, which ends it as its
    /// own limit does.
    pub fn ask_patiently(&self, prompt: Prompt) -> Answer {
        Asking::new(Arc::clone(&self.inner), prompt, Patience::Patient).stream()
    }
}
