//! The provider's routes: chat completions and the list of models.

use std::{collections::VecDeque, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, Path, Request as HttpRequest, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::stream;
use serde_json::{Value, json};

use super::{
    Model,
    errors::{ApiError, html_page, status_response},
    fault::Fault,
    plan::{Context, Cut, Plan, Step, plan},
    record::Outcome,
    serving::Mark,
    settings::{ModelCard, Settings},
    validate,
};
use crate::{wire::Wire, world::time::unix_ms};

/// The most bytes of a request that are read.
pub(super) const LARGEST_REQUEST: usize = 64 * 1024 * 1024;
/// When the models on offer were made: a fixed moment, so that lists compare.
const MODELS_CREATED: u64 = 1_760_000_000;

/// The provider's routes, to be mounted at `/v1`.
///
/// Faults that cut connections need the app to be served through
/// [`crate::Sim`]; without it they end the body early instead.
pub fn router(model: Model) -> Router {
    Router::new()
        .route("/chat/completions", post(complete))
        .route("/models", get(list_models))
        .route("/models/{*id}", get(one_model))
        .fallback(unknown_address)
        .method_not_allowed_fallback(wrong_method)
        .with_state(model)
}

// axum cuts the prefix off that a router is mounted under.
async fn unknown_address(method: Method, uri: Uri) -> ApiError {
    ApiError::unknown_address(method.as_str(), &format!("/v1{}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::wrong_method(method.as_str(), &format!("/v1{}", uri.path()))
}

async fn list_models(
    State(model): State<Model>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let settings = model.looked_up();
    authorize(&headers, &settings)?;
    let cards: Vec<Value> = settings
        .models
        .iter()
        .map(|card| card_json(card, &settings.owned_by))
        .collect();
    Ok(Json(json!({"object": "list", "data": cards})))
}

async fn one_model(
    State(model): State<Model>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let settings = model.looked_up();
    authorize(&headers, &settings)?;
    let card = settings.models.iter().find(|card| card.id == id);
    card.map(|card| Json(card_json(card, &settings.owned_by)))
        .ok_or_else(|| ApiError::unknown_model(&id))
}

fn card_json(card: &ModelCard, owned_by: &str) -> Value {
    json!({"id": card.id, "object": "model", "created": MODELS_CREATED, "owned_by": owned_by})
}

fn authorize(headers: &HeaderMap, settings: &Settings) -> Result<(), ApiError> {
    let key = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| {
            let (scheme, key) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        })
        .filter(|key| !key.is_empty());
    match key {
        None => Err(ApiError::no_key()),
        Some(key) if key == settings.key => Ok(()),
        Some(key) => Err(ApiError::wrong_key(key)),
    }
}

async fn complete(State(model): State<Model>, request: HttpRequest) -> Response {
    let wire = request.extensions().get::<ConnectInfo<Wire>>();
    let wire = wire.map(|ConnectInfo(wire)| wire.clone());
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_REQUEST).await else {
        return ApiError::invalid("The request's body is too large or broken off.").into_response();
    };
    // It is there as soon as its last byte is: what reading it takes is ours.
    let at = unix_ms();
    let body = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    let agent = parts.headers.get(header::USER_AGENT);
    let agent = agent
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let (mark, settings) = model.arrived(at, body.clone(), agent);
    let mut sending = Sending {
        watch: Watch::new(model.clone(), mark),
        wire,
        steps: VecDeque::new(),
        outcome: Outcome::Answered,
    };
    let response = match authorize(&parts.headers, &settings)
        .and_then(|()| validate::check(&body, &settings))
    {
        Ok(card) => answer(&mut sending, &settings, card, &body).await,
        Err(error) => sending.refuse(error.into_response()),
    };
    dressed(response, sending)
}

/// Decides what a valid request gets, and does what comes before the headers.
async fn answer(
    sending: &mut Sending,
    settings: &Settings,
    card: &ModelCard,
    body: &Value,
) -> Response {
    let model = sending.watch.model.clone();
    let mark = sending.watch.mark;
    let fault = model.take_fault(mark);
    match &fault {
        Some(Fault::RateLimited { retry_after }) => {
            let error = ApiError::rate_limited(&card.id, *retry_after);
            return sending.refuse(error.into_response());
        }
        Some(Fault::QuotaExceeded) => return sending.refuse(ApiError::quota().into_response()),
        Some(Fault::Status {
            status,
            body,
            retry_after,
        }) => {
            return sending.refuse(status_response(*status, *body, retry_after.as_deref()));
        }
        Some(Fault::CloseBeforeHeaders) => return sending.cut_before_headers(Cut::Close).await,
        Some(Fault::ResetBeforeHeaders) => return sending.cut_before_headers(Cut::Reset).await,
        Some(Fault::HangBeforeHeaders) => {
            model.everything_released(mark).await;
            return sending.cut_before_headers(Cut::Close).await;
        }
        Some(Fault::EmptyBody) => {
            sending.watch.end(Outcome::Broken);
            return ([(header::CONTENT_TYPE, "text/event-stream")], "").into_response();
        }
        Some(Fault::HtmlPage) => {
            sending.watch.end(Outcome::Broken);
            let page = html_page(StatusCode::OK);
            return ([(header::CONTENT_TYPE, "text/html")], page).into_response();
        }
        Some(
            Fault::Break { .. }
            | Fault::Framing(_)
            | Fault::OneChunk
            | Fault::EmptyAnswer
            | Fault::NoFinishReason
            | Fault::NoDone
            | Fault::WholeBody
            | Fault::ContentType(_),
        )
        | None => {}
    }
    if settings.out_of_credit {
        return sending.refuse(ApiError::quota().into_response());
    }
    let Some(script) = model.take_answer(mark) else {
        sending.watch.end(Outcome::Unscripted);
        return ApiError::unscripted(&super::record::last_text(body)).into_response();
    };
    let context = Context {
        number: mark.number,
        created: model.arrival(mark) / 1_000,
        body,
        settings,
    };
    let Plan {
        content_type,
        steps,
        late_headers,
        outcome,
    } = plan(&context, &script, fault.as_ref());
    sending.steps = steps;
    sending.outcome = outcome;
    let mut body = Body::empty();
    if late_headers && let Some(bytes) = sending.next().await {
        body = Body::from(bytes.unwrap_or_default());
    }
    let mut response = body.into_response();
    if let Ok(value) = HeaderValue::from_str(&content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

/// Gives the response its body, where steps are left, and the headers that every answer has.
fn dressed(mut response: Response, sending: Sending) -> Response {
    let number = sending.watch.mark.number;
    if !sending.steps.is_empty() {
        let steps = stream::unfold(sending, |mut sending| async move {
            let bytes = sending.next().await?;
            Some((bytes, sending))
        });
        *response.body_mut() = Body::from_stream(steps);
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&format!("req_simulated{number:06}")) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    for (name, value) in [
        ("openai-version", "2020-10-01"),
        ("openai-organization", "kaiwa-simulator"),
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-remaining-requests", "9999"),
        ("x-ratelimit-reset-requests", "6ms"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

/// Marks what became of a request; when it is dropped before that, the client has left.
pub(super) struct Watch {
    model: Model,
    mark: Mark,
    over: bool,
}

impl Watch {
    pub(super) fn new(model: Model, mark: Mark) -> Self {
        Self {
            model,
            mark,
            over: false,
        }
    }

    /// The request that is watched.
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// Notes that a part of the answer goes out now, and what has been said so far.
    pub(super) fn passes(&self, said: &str) {
        self.model.sends_part(self.mark);
        self.model.says(self.mark, said);
    }

    pub(super) fn end(&mut self, outcome: Outcome) {
        if !self.over {
            self.over = true;
            self.model.ended(self.mark, outcome);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end(Outcome::ClientLeft);
    }
}

/// An answer on its way: takes the steps one by one as the client reads.
struct Sending {
    watch: Watch,
    wire: Option<Wire>,
    steps: VecDeque<Step>,
    outcome: Outcome,
}

impl Sending {
    fn refuse(&mut self, response: Response) -> Response {
        self.watch.end(Outcome::Refused(response.status().as_u16()));
        response
    }

    async fn cut_before_headers(&mut self, how: Cut) -> Response {
        self.watch.end(Outcome::Broken);
        self.cut(how).await;
        Body::from_stream(stream::iter([Err::<Bytes, _>(broken())])).into_response()
    }

    /// The next bytes. `None` at the end, an error where the connection is to break.
    async fn next(&mut self) -> Option<Result<Bytes, std::io::Error>> {
        while let Some(step) = self.steps.pop_front() {
            match step {
                Step::Send(bytes) => {
                    self.watch.model.sends_part(self.watch.mark);
                    if self.steps.is_empty() {
                        self.watch.end(self.outcome);
                    }
                    return Some(Ok(bytes));
                }
                Step::Pause(pause) => tokio::time::sleep(pause).await,
                Step::Hold => self.watch.model.hold().await,
                Step::Hang => {
                    self.watch.model.everything_released(self.watch.mark).await;
                    self.watch.end(Outcome::Broken);
                    return Some(Err(broken()));
                }
                Step::Cut(how) => {
                    self.watch.end(Outcome::Broken);
                    // Once around the scheduler, so that what was said before is flushed.
                    tokio::task::yield_now().await;
                    self.cut(how).await;
                    return Some(Err(broken()));
                }
            }
        }
        self.watch.end(self.outcome);
        None
    }

    /// Cuts the connection and stays until its end. Returns only where there is none to cut.
    async fn cut(&self, how: Cut) {
        if let Some(wire) = &self.wire {
            match how {
                Cut::Close => wire.cut(),
                Cut::Reset => wire.reset(),
            }
            // The cut ends the task that this runs in. Should it not, the error that follows does.
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }
}

fn broken() -> std::io::Error {
    std::io::Error::other("the simulated provider broke the answer off")
}
