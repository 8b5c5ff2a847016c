//! One exchange with the server: a request sent, its response read piece by piece, its failures told exactly.

use std::{
    error::Error,
    pin::Pin,
    time::{Duration, SystemTime},
};

use kaiwa_core::{error::ModelError, model::Prompt};
use reqwest::{
    Method, RequestBuilder, Response,
    header::{ACCEPT, CONTENT_TYPE},
};
use secrecy::ExposeSecret;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::{
    Inner,
    answer::{Answer, Events, Problem},
    failure::{self, Asked, Failure, Told},
    list::{self, CheckFailed, Checked},
    pause,
    request::Beginning,
    sse,
};

/// The most that is read of a failure's body.
const FAILURE_LIMIT: usize = 64 * 1024;
/// The most that is read of a body that is not streamed: an answer, or a list of some thousand models.
const WHOLE_LIMIT: usize = 16 * 1024 * 1024;
/// The most that one stream may bring: a token costs some 300 bytes on its way.
const STREAM_LIMIT: usize = 256 * 1024 * 1024;
/// How long the check at start waits for each piece of its response.
const CHECK: Duration = Duration::from_secs(10);
/// How long a complete answer waits for what it cost.
const GRACE: Duration = Duration::from_secs(5);
/// How long a response that was heard out gets to end.
const LEAVING: Duration = Duration::from_secs(1);
/// The most that is read of it until then: whoever says more has not ended.
const LEAVING_LIMIT: usize = 64 * 1024;
/// A stream that brings nothing but signs of life for so many times the stall limit is dead too.
const QUIET: u32 = 10;

impl Inner {
    pub(super) fn name(&self) -> Option<&str> {
        self.options
            .name
            .as_deref()
            .or_else(|| self.settled.get().map(String::as_str))
    }

    /// What telling a failure needs to know.
    pub(super) fn asked<'a>(&'a self, prompt: Option<&'a Prompt>) -> Asked<'a> {
        Asked {
            model: self.name().unwrap_or_default(),
            prompt,
            key: self.options.key.as_ref().map(ExposeSecret::expose_secret),
        }
    }

    /// See [`super::Model::check`].
    pub(super) async fn check(&self) -> Result<Checked, CheckFailed> {
        let request = self.request(Method::GET, "models")?;
        let limit = self.options.stall.min(CHECK);
        let mut response = within(limit, request.send()).await?.map_err(unsent)?;
        let status = response.status().as_u16();
        let served = match status {
            200..300 => {
                let body = body(&mut response, WHOLE_LIMIT, limit).await?;
                let models = serde_json::from_slice(&body).map_err(|_| {
                    let reason = "the answer to GET /models is no list of models".to_owned();
                    ModelError::Garbage { reason }
                })?;
                Some(models)
            }
            404 | 405 | 501 => None,
            _ => {
                // Nothing was asked that a reason could repeat.
                let nothing = Prompt::default();
                return Err(self
                    .refusal(response, self.asked(Some(&nothing)))
                    .await
                    .1
                    .error
                    .into());
            }
        };
        let named = self.options.name.as_deref();
        let (checked, continues) = list::settle(served, named, self.options.window, self.server)?;
        self.continuing.learn(continues);
        // Whoever settled it first is right: a model isn't changed under a running process.
        let name = self.settled.get_or_init(|| checked.name.clone()).clone();
        Ok(Checked { name, ..checked })
    }

    /// Sends a prompt and waits for the response's head; gives up fields that the server refuses. Where there is a
    /// `beginning` of the answer, the server is to go on with it.
    pub(super) async fn send(
        &self,
        prompt: &Prompt,
        beginning: Option<Beginning<'_>>,
    ) -> Result<Exchange, Failure> {
        if self.name().is_none() {
            self.check().await.map_err(|failed| failed.error)?;
        }
        let asked = self.asked(Some(prompt));
        loop {
            let (body, sent) = self
                .fields
                .body(asked.model, prompt, beginning, &self.options)
                .map_err(|error| ModelError::Unreachable {
                    reason: super::answer::describe(&error),
                })?;
            let request = self
                .request(Method::POST, "chat/completions")?
                .header(CONTENT_TYPE, "application/json")
                .header(ACCEPT, "text/event-stream, application/json")
                .body(body);
            let response = within(self.options.stall, request.send())
                .await?
                .map_err(unsent)?;
            if response.status().is_success() {
                let answer = beginning.map_or_else(Answer::default, |_| Answer::going_on());
                return Ok(Exchange::new(response, self.options.stall, answer));
            }
            let status = response.status().as_u16();
            let (told, failure) = self.refusal(response, asked).await;
            tracing::debug!(status, error = %failure.error, "the model's server refused a request");
            let learns = matches!(
                failure.error,
                ModelError::Refused {
                    status: 400 | 422,
                    ..
                }
            );
            if !(learns && self.fields.learn(&told, sent)) {
                return Err(failure);
            }
        }
    }

    /// Reads a failed response and says what one can do about it.
    async fn refusal(&self, mut response: Response, asked: Asked<'_>) -> (Told, Failure) {
        let status = response.status().as_u16();
        let retry_after = pause::retry_after(response.headers(), SystemTime::now());
        // The status alone is enough where the body doesn't come.
        let body = body(&mut response, FAILURE_LIMIT, self.options.stall.min(CHECK))
            .await
            .unwrap_or_default();
        let told = Told::new(&failure::value(&body));
        let failure = told.failure(status, retry_after, asked);
        (told, failure)
    }

    /// A request to an address under the base URL.
    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, ModelError> {
        let mut url = self
            .base_url
            .clone()
            .map_err(|error| ModelError::Unreachable {
                reason: format!("the base URL can't be read: {error}"),
            })?;
        // The path is added by hand, so that a query in the base URL (Azure's `api-version`) stays behind it.
        let path = format!("{}/{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let request = self.http.request(method, url);
        Ok(match &self.options.key {
            Some(key) => request.bearer_auth(key.expose_secret()),
            None => request,
        })
    }
}

/// A response on its way in.
pub(super) struct Exchange {
    response: Response,
    stall: Duration,
    form: Form,
    answer: Answer,
    /// Bytes so far.
    size: usize,
    /// When the last event came; bytes that only keep the connection alive don't count.
    last_event: Instant,
    /// When the last bytes came.
    last_bytes: Instant,
    /// Rings when it is time to look whether bytes have come: setting one for each piece would cost as much as to read it.
    alarm: Pin<Box<Sleep>>,
}

/// What the body turns out to be.
enum Form {
    /// Nothing but white space so far.
    Unknown,
    /// A stream of events.
    Events(sse::Reader),
    /// One JSON text.
    Whole(Vec<u8>),
}

impl Exchange {
    fn new(response: Response, stall: Duration, answer: Answer) -> Self {
        let now = Instant::now();
        Self {
            response,
            stall,
            form: Form::Unknown,
            answer,
            size: 0,
            last_event: now,
            last_bytes: now,
            alarm: Box::pin(sleep_until(now + stall)),
        }
    }

    /// Waits for the next bytes and adds what they say. Tells whether more may come.
    pub(super) async fn advance(&mut self, events: &mut Events) -> Result<bool, Problem> {
        let limit = if self.answer.is_surely_complete() {
            self.stall.min(GRACE)
        } else {
            self.stall
        };
        let end = self.last_bytes + limit;
        if self.alarm.deadline() > end {
            self.alarm.as_mut().reset(end);
        }
        let read = loop {
            tokio::select! {
                biased;
                chunk = self.response.chunk() => break chunk.map_err(|_| ModelError::Cut),
                () = &mut self.alarm => {
                    if Instant::now() >= end {
                        break Err(ModelError::Stalled);
                    }
                    self.alarm.as_mut().reset(end);
                }
            }
        };
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return self.end(events),
            Err(_) if self.answer.is_surely_complete() || self.answer.is_broken_off() => {
                return self.over(events);
            }
            Err(error) => return Err(Problem::Known(error)),
        };
        self.last_bytes = Instant::now();
        self.size += bytes.len();
        self.take(&bytes, events)?;
        if self.answer.is_over() {
            return Ok(false);
        }
        if self.last_event.elapsed() > self.stall * QUIET {
            return Err(Problem::Known(ModelError::Stalled));
        }
        Ok(true)
    }

    /// Nothing more is wanted of the response. It is read to its end beside whatever comes next: only then does its
    /// connection serve another question, which saves the opening of a new one.
    pub(super) fn leave(mut self) {
        tokio::spawn(async move {
            let end = async {
                let mut more = 0;
                while let Ok(Some(bytes)) = self.response.chunk().await {
                    more += bytes.len();
                    if more > LEAVING_LIMIT {
                        return;
                    }
                }
            };
            let _ = timeout(LEAVING, end).await;
        });
    }

    fn take(&mut self, bytes: &[u8], events: &mut Events) -> Result<(), Problem> {
        if let Form::Unknown = self.form {
            let mark: &[u8] = b"\xEF\xBB\xBF";
            self.form = match bytes
                .strip_prefix(mark)
                .unwrap_or(bytes)
                .trim_ascii_start()
                .first()
            {
                None => Form::Unknown,
                Some(b'{' | b'[') => Form::Whole(Vec::new()),
                Some(b'<') => return Err(Problem::garbage("a page of HTML instead of an answer")),
                Some(_) => Form::Events(sse::Reader::default()),
            };
        }
        let limit = match &self.form {
            Form::Whole(_) => WHOLE_LIMIT,
            Form::Unknown | Form::Events(_) => STREAM_LIMIT,
        };
        if self.size > limit {
            return match self.form {
                Form::Events(_) if self.answer.has_text() => self.answer.cut(events),
                Form::Unknown | Form::Events(_) | Form::Whole(_) => {
                    Err(Problem::garbage(format!("more than {limit} bytes")))
                }
            };
        }
        match &mut self.form {
            Form::Unknown => {}
            Form::Whole(body) => {
                body.extend_from_slice(bytes);
                self.last_event = Instant::now();
            }
            Form::Events(reader) => {
                let answer = &mut self.answer;
                let mut outcome = Ok(());
                let read = reader.read(bytes, |event| {
                    self.last_event = Instant::now();
                    if outcome.is_ok() {
                        outcome = answer.event(event, events);
                    }
                });
                outcome?;
                read.map_err(|sse::TooLarge| {
                    Problem::garbage(format!("an event of more than {} bytes", sse::EVENT_LIMIT))
                })?;
            }
        }
        Ok(())
    }

    /// The body is at its end.
    fn end(&mut self, events: &mut Events) -> Result<bool, Problem> {
        match &mut self.form {
            Form::Unknown => {}
            Form::Whole(body) => {
                let body = std::mem::take(body);
                let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body);
                return self.answer.whole(body, events).map(|()| false);
            }
            Form::Events(reader) => {
                let last = reader.end();
                if !reader.recognised() {
                    return Err(Problem::garbage("neither a stream of events nor JSON"));
                }
                if let Some(event) = last {
                    // Half an event is how a cut looks: unless it is whole by itself, it is none.
                    let whole = event.data.trim_ascii() == b"[DONE]"
                        || serde_json::from_slice::<serde::de::IgnoredAny>(&event.data).is_ok();
                    if whole {
                        self.answer.event(&event, events)?;
                    }
                }
            }
        }
        if self.answer.is_complete() {
            self.over(events)
        } else {
            Err(Problem::Known(ModelError::Cut))
        }
    }

    /// The answer is complete, whatever became of its connection.
    fn over(&mut self, events: &mut Events) -> Result<bool, Problem> {
        if !self.answer.is_over() {
            self.answer.end(events)?;
        }
        Ok(false)
    }
}

/// Waits for at most so long.
async fn within<T>(limit: Duration, wait: impl Future<Output = T>) -> Result<T, ModelError> {
    timeout(limit, wait).await.map_err(|_| ModelError::Stalled)
}

/// Reads a body up to a limit; what is over it is left.
async fn body(
    response: &mut Response,
    limit: usize,
    stall: Duration,
) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    while body.len() < limit {
        match within(stall, response.chunk())
            .await?
            .map_err(|_| ModelError::Cut)?
        {
            Some(bytes) => body.extend_from_slice(&bytes),
            None => break,
        }
    }
    body.truncate(limit);
    Ok(body)
}

/// Says why a request got no response. The address is left out: it may hold a password.
fn unsent(error: reqwest::Error) -> ModelError {
    let error = error.without_url();
    let mut deepest: &dyn Error = &error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let reason = deepest.to_string();
    if error.is_connect() || error.is_timeout() || error.is_builder() {
        ModelError::Unreachable { reason }
    } else if reason.starts_with("invalid HTTP") {
        ModelError::Garbage {
            reason: "an answer that is not HTTP".to_owned(),
        }
    } else {
        // It was reached, and hung up before it answered.
        ModelError::Cut
    }
}
