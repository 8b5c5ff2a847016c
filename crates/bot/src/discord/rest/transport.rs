//! One call from its turn to its end: sent, learnt from, and repeated where that helps.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use kaiwa_core::{
    Now,
    pacing::{Scope, Urgency},
};
use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, USER_AGENT},
    multipart::{Form, Part},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{
    File, Last, Moment, Permit, Rest, RestError, Route,
    error::{EDITED_TOO_OFTEN, ErrorBody, meaning},
    headers::observe,
    permit::UnderWay,
};

/// As Discord wants it. Source: Discord's reference, "User Agent".
const AGENT: &str = concat!(
    "DiscordBot (https://github.com/kaiwa-bot/kaiwa, ",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// The pause after the first try that failed; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// No answer that we ask for is longer than this: a hundred messages with everything in them have a megabyte or two.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;

/// What is sent.
#[derive(Debug)]
pub(super) enum Body {
    Empty,
    Json(Vec<u8>),
    Multipart { payload: Vec<u8>, files: Vec<File> },
}

impl Body {
    pub(super) fn json(value: &impl Serialize) -> Result<Self, RestError> {
        Ok(Self::Json(payload(value)?))
    }

    /// A payload, and what comes with it.
    pub(super) fn with_files(payload: Vec<u8>, files: Vec<File>) -> Self {
        if files.is_empty() {
            Self::Json(payload)
        } else {
            Self::Multipart { payload, files }
        }
    }
}

/// A body as bytes. Nothing that we send can fail to be written as JSON; should it ever, it is refused as Discord
/// would refuse it.
pub(super) fn payload(value: &impl Serialize) -> Result<Vec<u8>, RestError> {
    serde_json::to_vec(value).map_err(|error| RestError::Refused {
        status: 400,
        code: 0,
        message: error.to_string(),
    })
}

/// A call that is to be made.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) route: Route,
    /// Path and query below `/api/v10`.
    pub(super) path: String,
    pub(super) body: Body,
    pub(super) urgency: Urgency,
    /// How long it may be tried.
    pub(super) patience: Duration,
}

/// An answer that is a success.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn read<T: DeserializeOwned>(&self, route: Route) -> Result<T, RestError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let route = route.key().route;
            // Its own words may quote the answer.
            let (what, line, column) = (error.classify(), error.line(), error.column());
            tracing::warn!(
                route,
                ?what,
                line,
                column,
                "Discord's answer can't be understood"
            );
            RestError::Unavailable {
                last: Last::Unreadable,
            }
        })
    }
}

/// How one try ended.
enum Try {
    Succeeded(Answer),
    Refused(RestError),
    Again(Last),
}

impl Rest {
    /// Makes a call, with a permit that is there already or one of its own.
    pub(super) async fn call(
        &self,
        call: Call,
        permit: Option<Permit>,
    ) -> Result<Answer, RestError> {
        let line = &self.shared.line;
        // A permit for another route is given back, as its bucket has nothing to do with this call.
        let mut permit = match permit.filter(|permit| permit.route == call.route) {
            Some(permit) => permit,
            None => line
                .ask(call.route, call.urgency, self.now())
                .await
                .ok_or(RestError::NoRoom)?,
        };
        let (urgency, since): (Urgency, Now) = (permit.urgency, permit.since);
        let deadline = Instant::now() + call.patience;
        let began = Moment::now(self);
        let mut tries = 0_u32;
        loop {
            self.shared.counters.sent(tries > 0);
            tries += 1;
            let last = match self.attempt(&call, permit, tries).await {
                Try::Succeeded(answer) => return Ok(answer),
                Try::Refused(error) => return Err(error),
                Try::Again(last) => last,
            };
            let unavailable = RestError::Unavailable { last };
            // After a 429 the line itself waits as long as Discord has asked.
            let pause = if last == Last::Limited {
                Duration::ZERO
            } else {
                pause(tries)
            };
            if Instant::now() + pause >= deadline {
                return Err(unavailable);
            }
            let route = call.route.key().route;
            tracing::info!(route, tries, %last, "a call to Discord didn't get through and is repeated");
            sleep(pause).await;
            permit = timeout_at(deadline, line.ask(call.route, urgency, since))
                .await
                .ok()
                .flatten()
                .ok_or(unavailable.clone())?;
            // Where the machine has slept meanwhile, Discord may have forgotten the nonce of what it has done.
            if began.elapsed(self) > call.patience.saturating_mul(2) {
                return Err(unavailable);
            }
        }
    }

    /// Sends once.
    async fn attempt(&self, call: &Call, permit: Permit, tries: u32) -> Try {
        let route = call.route.key().route;
        let began = Instant::now();
        let mut under_way = Some(permit.send());
        let exchange = self.exchange(call, &mut under_way);
        let result = timeout(self.shared.times.attempt, exchange).await;
        let took = began.elapsed();
        let last = match result {
            Ok(Ok((status, body))) => {
                let status_code = status.as_u16();
                tracing::debug!(
                    route,
                    status = status_code,
                    tries,
                    ?took,
                    "Discord answered"
                );
                if status.is_success() {
                    return Try::Succeeded(Answer { body });
                }
                match status_code {
                    429 if ErrorBody::read(&body).code != EDITED_TOO_OFTEN => Last::Limited,
                    // What stands in front of Discord refuses in words of its own, and not for good.
                    408 | 425 | 500.. => Last::Broken(status_code),
                    _ if !ErrorBody::read(&body).is_discords() => Last::Broken(status_code),
                    _ => return Try::Refused(meaning(status_code, &body)),
                }
            }
            Ok(Err(last)) => last,
            Err(_elapsed) => Last::TimedOut,
        };
        match last {
            Last::NotConnected => {
                if let Some(under_way) = under_way.take() {
                    under_way.not_sent();
                }
                self.shared.counters.unanswered();
            }
            Last::TimedOut | Last::Cut => self.shared.counters.unanswered(),
            Last::Broken(_) | Last::Limited | Last::Unreadable => {}
        }
        tracing::debug!(route, tries, ?took, %last, "a call to Discord didn't get through");
        Try::Again(last)
    }

    /// Sends and reads the whole answer, and learns from its headers as soon as they are there.
    async fn exchange(
        &self,
        call: &Call,
        under_way: &mut Option<UnderWay>,
    ) -> Result<(StatusCode, Vec<u8>), Last> {
        let mut response = self.request(call).send().await.map_err(|error| {
            if error.is_connect() {
                Last::NotConnected
            } else {
                Last::Cut
            }
        })?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        self.shared.clock.hear(&headers);
        if status != StatusCode::TOO_MANY_REQUESTS {
            self.learn(call.route, status, &headers, &[], under_way.take());
        }
        let body = read(&mut response).await;
        if status == StatusCode::TOO_MANY_REQUESTS {
            // How long to wait stands in the body exactly, in the headers roughly.
            let body = body.as_deref().unwrap_or_default();
            self.learn(call.route, status, &headers, body, under_way.take());
        }
        Ok((status, body?))
    }

    fn learn(
        &self,
        route: Route,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        under_way: Option<UnderWay>,
    ) {
        let mut observed = observe(status.as_u16(), headers, body);
        self.shared.counters.answered(&observed);
        if ErrorBody::read(body).code == EDITED_TOO_OFTEN {
            // That concerns one old message and no bucket.
            observed.limited = None;
        }
        if let (Route::RenameThread(_), Some(Scope::User | Scope::Shared)) =
            (route, observed.limited.map(|limited| limited.scope))
        {
            // It concerns the name alone, for minutes: nothing else that goes to this thread has to wait for it.
            observed.limited = None;
        }
        if let Some(limited) = observed.limited {
            let kaiwa_core::pacing::Limited { scope, retry_after } = limited;
            tracing::warn!(?scope, ?retry_after, "Discord asks for a pause");
        }
        if let Some(under_way) = under_way {
            under_way.learn(&observed);
        }
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let (path, query) = match call.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (call.path.as_str(), None),
        };
        // The host was read once: to read it anew is most of what an address costs.
        let mut url = self.shared.base.clone();
        url.set_path(&format!(
            "{}/api/v10{path}",
            url.path().trim_end_matches('/')
        ));
        url.set_query(query);
        let request = self
            .shared
            .http
            .request(call.route.method(), url)
            .header(USER_AGENT, AGENT);
        let request = if call.route.is_of_interaction() {
            request
        } else {
            request.header(AUTHORIZATION, self.shared.authorization.clone())
        };
        match &call.body {
            Body::Empty => request,
            Body::Json(json) => request
                .header(CONTENT_TYPE, "application/json")
                .body(json.clone()),
            Body::Multipart { payload, files } => {
                let json = Part::bytes(payload.clone());
                let json = json.headers(HeaderMap::from_iter([(
                    CONTENT_TYPE,
                    reqwest::header::HeaderValue::from_static("application/json"),
                )]));
                let form = Form::new().part("payload_json", json);
                let form = files.iter().enumerate().fold(form, |form, (index, file)| {
                    let part = Part::bytes(file.content.clone()).file_name(file.name.clone());
                    form.part(format!("files[{index}]"), part)
                });
                request.multipart(form)
            }
        }
    }
}

/// Reads a body to its end.
async fn read(response: &mut reqwest::Response) -> Result<Vec<u8>, Last> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Last::Cut)? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Last::Unreadable);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// How long to wait after so many tries: between half and the whole of a time that doubles, so that many who failed
/// together don't come back together.
pub(super) fn pause(tries: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << tries.saturating_sub(1).min(10));
    let whole = doubled.min(LONGEST_PAUSE);
    let chance = RandomState::new().hash_one(tries) % 1024;
    whole / 2 + whole.mul_f64(chance as f64 / 2048.0)
}
