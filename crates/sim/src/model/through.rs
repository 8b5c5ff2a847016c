//! A way through to a real model server: what is asked and answered is recorded as if the simulator's own model had
//! answered, and faults can be made on the way. So the x-ray and the troubles of the page serve real models too.
//!
//! Where what a bot does depends on the server's name, the simulator is the proxy for that name instead: the bot asks the
//! server by its own name, over plain HTTP, and is handed on.

use std::{pin::Pin, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::any,
};
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::Value;

use super::{
    Model,
    chat::{LARGEST_REQUEST, Watch},
    errors::{ApiError, status_response},
    fault::Fault,
    record::Outcome,
};
use crate::{wire::Wire, world::time::unix_ms};

/// Where the way begins, in place of the server's own address up to before `/chat/completions`.
pub const PATH: &str = "/through";

/// A model delay above this is one that was asked for: the default one is the scripted model's pace.
const SLOW: Duration = Duration::from_millis(100);

/// What is handed on of a request, and of an answer.
const HEADERS: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::ACCEPT,
    header::USER_AGENT,
    header::RETRY_AFTER,
];

/// The server at the other end.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The client that reaches it.
    pub http: reqwest::Client,
    /// Its address, up to before `/chat/completions`.
    pub base_url: String,
    /// How the bot asks for it.
    pub entrance: Entrance,
}

/// Where the way to a server begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// At [`PATH`], in place of its address.
    Path,
    /// At its own name, for which the simulator is the proxy.
    Name,
}

#[derive(Clone)]
struct Way {
    model: Model,
    upstream: Upstream,
}

/// The routes of the way, to be mounted at [`PATH`].
pub(crate) fn router(model: Model, upstream: Upstream) -> Router {
    Router::new()
        .route("/{*rest}", any(by_path))
        .with_state(Way { model, upstream })
}

/// Makes a router the proxy for the server's name; requests of anything else go on as they did.
pub(crate) fn proxied(router: Router, model: Model, upstream: Upstream) -> Router {
    router.layer(from_fn_with_state(Way { model, upstream }, by_name))
}

async fn by_path(State(way): State<Way>, request: Request) -> Response {
    let base = way.upstream.base_url.trim_end_matches('/').to_owned();
    pass(way, &base, request).await
}

/// A client sends its proxy the whole address. Browsers do that to none but a proxy that they were told of.
async fn by_name(State(way): State<Way>, request: Request, next: Next) -> Response {
    let base = reqwest::Url::parse(&way.upstream.base_url).ok();
    match base {
        Some(base)
            if request
                .uri()
                .host()
                .is_some_and(|host| base.host_str() == Some(host)) =>
        {
            let origin = base.origin().ascii_serialization();
            pass(way, &origin, request).await
        }
        Some(_) | None => next.run(request).await,
    }
}

async fn pass(way: Way, base: &str, request: Request) -> Response {
    let wire = request.extensions().get::<ConnectInfo<Wire>>();
    let wire = wire.map(|ConnectInfo(wire)| wire.clone());
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_REQUEST).await else {
        return ApiError::invalid("The request's body is too large or broken off.").into_response();
    };
    let at = unix_ms();
    let asks = parts.uri.path().ends_with("/chat/completions");
    let mut watch = asks.then(|| {
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let agent = text(&parts.headers, &header::USER_AGENT).map(str::to_owned);
        let (mark, _) = way.model.arrived(at, body, agent);
        Watch::new(way.model.clone(), mark)
    });
    let fault = watch
        .as_ref()
        .and_then(|watch| way.model.take_fault(watch.mark()));
    if let Some(refused) = refusal(fault.as_ref()) {
        if let Some(watch) = &mut watch {
            watch.end(Outcome::Refused(refused.status().as_u16()));
        }
        return refused;
    }
    let query = parts
        .uri
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    let address = format!("{base}{}{query}", parts.uri.path());
    let asked = way.upstream.http.request(parts.method, address);
    let asked = asked.headers(handed_on(&parts.headers)).body(bytes);
    match asked.send().await {
        Ok(answer) => answered(answer, watch, fault, wire, way.model),
        Err(error) => {
            if let Some(watch) = &mut watch {
                watch.end(Outcome::Refused(502));
            }
            let error = error.without_url().to_string();
            (StatusCode::BAD_GATEWAY, error).into_response()
        }
    }
}

/// The answer that a fault gives in place of the server's.
fn refusal(fault: Option<&Fault>) -> Option<Response> {
    match fault? {
        Fault::RateLimited { retry_after } => {
            Some(ApiError::rate_limited("the model", *retry_after).into_response())
        }
        Fault::QuotaExceeded => Some(ApiError::quota().into_response()),
        Fault::Status {
            status,
            body,
            retry_after,
        } => Some(status_response(*status, *body, retry_after.as_deref())),
        Fault::CloseBeforeHeaders
        | Fault::ResetBeforeHeaders
        | Fault::HangBeforeHeaders
        | Fault::Break { .. }
        | Fault::Framing(_)
        | Fault::OneChunk
        | Fault::EmptyAnswer
        | Fault::EmptyBody
        | Fault::NoFinishReason
        | Fault::NoDone
        | Fault::WholeBody
        | Fault::ContentType(_)
        | Fault::HtmlPage => None,
    }
}

fn handed_on(from: &HeaderMap) -> HeaderMap {
    let headers = HEADERS
        .iter()
        .filter_map(|name| Some((name.clone(), from.get(name)?.clone())));
    headers.collect()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Hands the answer on as it comes, and notes what it says.
fn answered(
    answer: reqwest::Response,
    watch: Option<Watch>,
    fault: Option<Fault>,
    wire: Option<Wire>,
    model: Model,
) -> Response {
    let (status, headers) = (answer.status(), handed_on(answer.headers()));
    let outcome = if status.is_success() {
        Outcome::Answered
    } else {
        Outcome::Refused(status.as_u16())
    };
    let parts: Parts = Box::pin(answer.bytes_stream());
    let delay = model.read(|world| Duration::from_millis(world.settings.token_delay));
    let passing = Passing {
        parts,
        watch,
        outcome,
        breaks: match fault {
            Some(Fault::Break { after, .. }) => Some(after),
            Some(_) | None => None,
        },
        wire,
        delay: Some(delay).filter(|delay| *delay > SLOW),
        said: Said::default(),
    };
    let body = stream::unfold(passing, |mut passing| async move {
        let part = passing.next().await?;
        Some((part, passing))
    });
    let mut response = (status, Body::from_stream(body)).into_response();
    response.headers_mut().extend(headers);
    response
}

type Parts = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>;

/// An answer on its way through.
struct Passing {
    parts: Parts,
    watch: Option<Watch>,
    outcome: Outcome,
    /// After how many parts it breaks.
    breaks: Option<usize>,
    wire: Option<Wire>,
    /// What each part waits for.
    delay: Option<Duration>,
    said: Said,
}

impl Passing {
    /// The next part; none at the end, an error where it breaks.
    async fn next(&mut self) -> Option<Result<Bytes, std::io::Error>> {
        if let Some(left) = &mut self.breaks {
            if *left == 0 {
                return Some(Err(self.cut().await));
            }
            *left -= 1;
        }
        match self.parts.next().await {
            Some(Ok(part)) => {
                if let Some(delay) = self.delay {
                    tokio::time::sleep(delay).await;
                }
                self.said.hears(&part);
                if let Some(watch) = &self.watch {
                    watch.passes(self.said.text());
                }
                Some(Ok(part))
            }
            Some(Err(error)) => {
                self.ends(Outcome::Broken);
                Some(Err(std::io::Error::other(error.without_url())))
            }
            None => {
                self.ends(self.outcome);
                None
            }
        }
    }

    fn ends(&mut self, outcome: Outcome) {
        if let Some(watch) = &mut self.watch {
            watch.end(outcome);
        }
    }

    async fn cut(&mut self) -> std::io::Error {
        self.ends(Outcome::Broken);
        if let Some(wire) = &self.wire {
            // Once around the scheduler, so that what was said before is flushed.
            tokio::task::yield_now().await;
            wire.reset();
        }
        std::io::Error::other("cut on the way through")
    }
}

/// The words of a stream of chunks, or of one whole answer: for the x-ray, so what can't be read is left out.
#[derive(Default)]
struct Said {
    line: Vec<u8>,
    text: String,
}

impl Said {
    fn hears(&mut self, part: &[u8]) {
        for byte in part {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                self.reads(&line);
            } else {
                self.line.push(*byte);
            }
        }
    }

    fn reads(&mut self, line: &[u8]) {
        let line = line.strip_prefix(b"data:").unwrap_or(line);
        let Ok(chunk) = serde_json::from_slice::<Value>(line) else {
            return;
        };
        for place in ["/choices/0/delta/content", "/choices/0/message/content"] {
            if let Some(words) = chunk.pointer(place).and_then(Value::as_str) {
                self.text.push_str(words);
            }
        }
    }

    fn text(&self) -> &str {
        &self.text
    }
}
