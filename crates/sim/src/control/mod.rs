//! The control API: act as a person, read what was seen, wait for it, and make things go wrong, over HTTP with JSON.
//!
//! Tests in Rust use the same requests as values: `Say { .. }.apply(world)`, `Wait { .. }.run(&shared)`.

mod faults;
mod lookup;
mod mistake;
mod people;
mod seen;
mod setup;
mod transcript;
mod using;
mod wait;

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, delete, get, patch, post},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use lookup::Name;
pub use mistake::Mistake;
pub use people::{
    Action, ChangeChannel, Delete, Edit, File, Membership, OpenThread, React, Say, Type,
};
pub use setup::{AddBot, AddChannel, AddGuild, AddPerson, ChangeBot, SetOverwrite};
pub use transcript::transcript;
pub use using::{Click, Command, Select, Submit};
pub use wait::Wait;

use crate::Shared;

/// Every call with what it does; the API gives this list itself, and the documentation is checked against it.
pub const CALLS: [(&str, &str); 33] = [
    ("GET /control", "this list"),
    (
        "GET /control/world",
        "people, bots with their tokens, guilds and channels",
    ),
    (
        "GET /control/transcript?channel=NAME",
        "a channel as readable text",
    ),
    (
        "GET /control/messages?channel=NAME&after=ID",
        "a channel's messages as JSON, each with the texts it had before",
    ),
    (
        "GET /control/calls?route=NAME&since=N&status=N",
        "REST calls that were served, counts of 429s and of invalid requests",
    ),
    (
        "GET /control/gateway",
        "sessions, identifies, resumes, closes and what else clients sent",
    ),
    ("GET /control/settings", "what is set"),
    (
        "PATCH /control/settings",
        "changes settings of the world and of the gateway",
    ),
    (
        "POST /control/wait",
        "waits for messages, a thread, a deletion, REST calls or sessions",
    ),
    (
        "POST /control/say",
        "a person writes a message: in a channel, a thread, a direct message, or as a forum post",
    ),
    ("POST /control/edit", "its author edits a message"),
    ("POST /control/delete", "a message is deleted"),
    (
        "POST /control/react",
        "a reaction is put on a message or taken off",
    ),
    ("POST /control/type", "a person is typing"),
    (
        "POST /control/thread",
        "a person opens a thread, on a message or without one",
    ),
    (
        "PATCH /control/channel",
        "a thread or channel is renamed, archived, locked, joined, left or deleted",
    ),
    ("POST /control/click", "a person clicks a button"),
    ("POST /control/select", "a person chooses in a select"),
    (
        "POST /control/submit",
        "a person fills in the form that an interaction showed",
    ),
    (
        "POST /control/command",
        "a person runs a slash, message or user command, or asks for completions",
    ),
    (
        "POST /control/membership",
        "a person or a bot comes into a guild or goes",
    ),
    ("POST /control/people", "adds a person"),
    ("POST /control/bots", "adds a bot"),
    (
        "PATCH /control/bots",
        "changes a bot's token, its Message Content switch, or which guilds are down for it",
    ),
    ("POST /control/guilds", "adds a guild"),
    ("POST /control/channels", "adds a channel"),
    (
        "PUT /control/overwrite",
        "sets what a role or a member may do in a channel",
    ),
    ("POST /control/faults", "makes the next REST calls go wrong"),
    (
        "DELETE /control/faults",
        "drops the faults that are still to come and opens every gate",
    ),
    ("POST /control/gates/N", "lets through what waits at gate N"),
    ("POST /control/gateway", "makes the gateway go wrong"),
    ("POST /control/clock", "moves the world's clock forward"),
    ("POST /control/reset", "the default world again"),
];

/// Ten files of the usual limit, in base64.
const LARGEST_REQUEST: usize = 160 * 1024 * 1024;

/// The routes of the control API.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/control", get(calls))
        .route("/control/", get(calls))
        .route("/control/world", get(seen::world))
        .route("/control/transcript", get(seen::channel_text))
        .route("/control/messages", get(seen::messages))
        .route("/control/calls", get(seen::calls))
        .route("/control/gateway", get(seen::gateway).post(faults::gateway))
        .route(
            "/control/settings",
            get(setup::settings).merge(patch(setup::change_settings)),
        )
        .route("/control/wait", post(wait::wait))
        .route("/control/say", post(act::<Say>))
        .route("/control/edit", post(act::<Edit>))
        .route("/control/delete", post(act::<Delete>))
        .route("/control/react", post(act::<React>))
        .route("/control/type", post(act::<Type>))
        .route("/control/thread", post(act::<OpenThread>))
        .route("/control/channel", patch(act::<ChangeChannel>))
        .route("/control/membership", post(act::<Membership>))
        .route("/control/click", post(act::<Click>))
        .route("/control/select", post(act::<Select>))
        .route("/control/submit", post(act::<Submit>))
        .route("/control/command", post(act::<Command>))
        .route("/control/people", post(act::<AddPerson>))
        .route(
            "/control/bots",
            post(act::<AddBot>).merge(patch(act::<ChangeBot>)),
        )
        .route("/control/guilds", post(act::<AddGuild>))
        .route("/control/channels", post(act::<AddChannel>))
        .route(
            "/control/overwrite",
            axum::routing::put(act::<SetOverwrite>),
        )
        .route(
            "/control/faults",
            post(faults::queue).merge(delete(faults::clear)),
        )
        .route("/control/gates/{gate}", post(faults::open_gate))
        .route("/control/clock", post(setup::clock))
        .route("/control/reset", post(setup::reset))
        .route("/control/{*unknown}", any(unknown))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
}

async fn act<A: Action + DeserializeOwned>(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Value>, Mistake> {
    let action: A = mistake::read(&body)?;
    shared.with(|world| action.apply(world)).map(Json)
}

async fn calls() -> Json<Value> {
    let calls: Vec<Value> = CALLS
        .iter()
        .map(|(call, does)| json!({ "call": call, "does": does }))
        .collect();
    Json(
        json!({ "calls": calls, "model": "GET /control/model and below: the model provider's own calls" }),
    )
}

async fn unknown() -> Response {
    let body = json!({ "error": "There is no such call; GET /control lists those there are." });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
