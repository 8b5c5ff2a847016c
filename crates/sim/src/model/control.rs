//! The provider's part of the control API, for tests in any language. Mounted at `/control/model`.
//!
//! | call | what it does |
//! |---|---|
//! | `GET /` | settings, what is queued, how many requests came, how many answers hold |
//! | `PATCH /settings` | changes the settings named in the body, e.g. `{"token_delay": 30, "unscripted": "echo"}` |
//! | `POST /answers` | queues an answer: `{"pieces": ["The sea is ", {"hold": null}, "blue."]}`, with `"finish"`, `"usage"`, `"when"` or several `"choices": [{"pieces": [...]}]` if wanted |
//! | `POST /faults` | queues a fault: `{"fault": {"rate_limited": {"retry_after": 1}}, "times": 2}` |
//! | `DELETE /faults` | drops the faults that are still to come |
//! | `POST /release` | lets one hold pass; `{"all": true}` lets everything pass |
//! | `GET /requests?since=N` | the requests after number N (0: all that are kept), oldest first |
//! | `GET /requests/N` | one request |
//! | `GET /wait?requests=N&over=N&holding=N&timeout=MS` | returns once so many requests came, are over, or hold; 408 after the timeout (10,000 ms) |
//! | `POST /reset` | forgets answers, faults and requests |
//!
//! A piece is a string or one of `{"text"}`, `{"reasoning"}`, `{"refusal"}`, `{"tool_call": {id, name,
//! arguments}}`, `{"hold": null}`, `{"pause": MS}`, `{"break": "hang" | "close" | "reset" | "end" |
//! "malformed" | "error" | "full"}`. Mistakes get 400 and `{"error": "what is wrong"}`.

use std::time::Duration;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{
    Model, ModelWorld, Outcome, PATIENCE,
    answer::{Answer, Choice, Finish, Piece, Script, Usage},
    fault::Fault,
    settings::Settings,
};

/// The control routes, to be mounted at `/control/model`.
pub fn control_router(model: Model) -> Router {
    Router::new()
        .route("/", get(state))
        .route("/settings", patch(change_settings))
        .route("/answers", post(queue_answer))
        .route("/faults", post(queue_fault).delete(drop_faults))
        .route("/release", post(release))
        .route("/requests", get(requests))
        .route("/requests/{number}", get(request))
        .route("/wait", get(wait))
        .route("/reset", post(reset))
        .with_state(model)
}

/// A mistake of the caller, in words that say what to do.
struct Mistake(StatusCode, String);

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn mistake(words: impl std::fmt::Display) -> Mistake {
    Mistake(StatusCode::BAD_REQUEST, words.to_string())
}

/// Reads a body; an empty one counts as `{}`.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Mistake> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(mistake)
}

async fn state(State(model): State<Model>) -> Json<Value> {
    Json(model.read(state_json))
}

fn state_json(world: &ModelWorld) -> Value {
    json!({
        "settings": world.settings,
        "answers": world.scripts,
        "faults": world.faults,
        "requests": world.asked(),
        "holding": world.holding(),
        "lookups": world.lookups,
    })
}

async fn change_settings(State(model): State<Model>, body: Bytes) -> Result<Json<Value>, Mistake> {
    let changes: Map<String, Value> = read(&body)?;
    model.with(|world| {
        let mut fields = serde_json::to_value(&world.settings).map_err(mistake)?;
        for (name, value) in changes {
            // `Settings` refuses names it does not know, in words that list those it does.
            if let Some(fields) = fields.as_object_mut() {
                fields.insert(name, value);
            }
        }
        let settings: Settings = serde_json::from_value(fields).map_err(mistake)?;
        world.settings = settings;
        Ok(Json(state_json(world)))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerForm {
    pieces: Option<Vec<Value>>,
    finish: Option<Finish>,
    choices: Option<Vec<ChoiceForm>>,
    usage: Option<Usage>,
    when: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceForm {
    pieces: Vec<Value>,
    finish: Option<Finish>,
}

impl ChoiceForm {
    fn choice(self) -> Result<Choice, Mistake> {
        let pieces: Result<Vec<Piece>, Mistake> = self.pieces.into_iter().map(piece).collect();
        Ok(Choice {
            pieces: pieces?,
            finish: self.finish,
        })
    }
}

fn piece(value: Value) -> Result<Piece, Mistake> {
    if let Value::String(words) = value {
        return Ok(Piece::Text(words));
    }
    serde_json::from_value(value).map_err(mistake)
}

async fn queue_answer(State(model): State<Model>, body: Bytes) -> Result<Json<Value>, Mistake> {
    let form: AnswerForm = read(&body)?;
    let choices = match (form.pieces, form.choices) {
        (Some(pieces), None) => vec![ChoiceForm {
            pieces,
            finish: form.finish,
        }],
        (None, Some(choices)) if form.finish.is_none() => choices,
        (None, Some(_)) => return Err(mistake("give `finish` within each of the `choices`")),
        (Some(_), Some(_)) | (None, None) => {
            return Err(mistake("give `pieces` (one answer) or `choices` (several)"));
        }
    };
    let choices: Result<Vec<Choice>, Mistake> =
        choices.into_iter().map(ChoiceForm::choice).collect();
    let answer = Answer {
        choices: choices?,
        usage: form.usage,
    };
    let when = form.when;
    Ok(Json(model.with(|world| {
        world.scripts.push_back(Script { when, answer });
        state_json(world)
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultForm {
    fault: Fault,
    #[serde(default = "once")]
    times: usize,
}

fn once() -> usize {
    1
}

async fn queue_fault(State(model): State<Model>, body: Bytes) -> Result<Json<Value>, Mistake> {
    let form: FaultForm = read(&body)?;
    if !(1..=10_000).contains(&form.times) {
        return Err(mistake("`times` is a number from 1 to 10000"));
    }
    model.fails(form.times, form.fault);
    Ok(Json(model.read(state_json)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseForm {
    #[serde(default)]
    all: bool,
}

async fn drop_faults(State(model): State<Model>) -> Json<Value> {
    Json(model.with(|world| {
        world.faults.clear();
        state_json(world)
    }))
}

async fn release(State(model): State<Model>, body: Bytes) -> Result<Json<Value>, Mistake> {
    let form: ReleaseForm = read(&body)?;
    if form.all {
        model.release_all();
    } else {
        model.release();
    }
    Ok(Json(model.read(state_json)))
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: u64,
}

async fn requests(State(model): State<Model>, Query(query): Query<Since>) -> Json<Value> {
    Json(model.read(|world| {
        let later = world.requests.iter().filter(|r| r.number > query.since);
        json!(later.collect::<Vec<_>>())
    }))
}

async fn request(
    State(model): State<Model>,
    Path(number): Path<u64>,
) -> Result<Json<Value>, Mistake> {
    let found = model.read(|world| world.request(number).map(|request| json!(request)));
    found.map(Json).ok_or_else(|| {
        let words = format!("there is no request {number} (yet, or any more)");
        Mistake(StatusCode::NOT_FOUND, words)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitFor {
    #[serde(default)]
    requests: u64,
    #[serde(default)]
    over: usize,
    #[serde(default)]
    holding: usize,
    timeout: Option<u64>,
}

async fn wait(
    State(model): State<Model>,
    Query(query): Query<WaitFor>,
) -> Result<Json<Value>, Mistake> {
    let patience = query.timeout.map_or(PATIENCE, Duration::from_millis);
    let what = format!(
        "{} requests, {} over, {} on hold",
        query.requests, query.over, query.holding
    );
    let waited = model.wait_until(patience, &what, |world| {
        let over = |outcome: Outcome| outcome != Outcome::Open;
        let ended = world.requests.iter().filter(|r| over(r.outcome)).count();
        let met = world.asked() >= query.requests
            && ended >= query.over
            && world.holding() >= query.holding;
        met.then(|| state_json(world))
    });
    waited
        .await
        .map(Json)
        .map_err(|waited| Mistake(StatusCode::REQUEST_TIMEOUT, waited.to_string()))
}

async fn reset(State(model): State<Model>) -> Json<Value> {
    model.reset();
    Json(model.read(state_json))
}
