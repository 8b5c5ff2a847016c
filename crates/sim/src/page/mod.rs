//! The page: the simulated Discord to be seen and used in a browser, as one of its people.
//!
//! What a person may see streams over a websocket as entries that are set or gone ([`stream`]); what they do goes over
//! the control API. The page itself lies in `crates/sim/page` as plain modules and is part of the binary.

mod assets;
mod guard;
mod left_out;
mod program;
mod recorder;
mod stream;
mod told;
mod view;
mod xray;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use serde_json::json;

pub use program::{Held, Order, Program};

use crate::{
    Shared,
    model::{Entrance, THROUGH, Upstream, through},
};

/// What the page shows beside the world.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Which model answers, where whoever starts the page knows.
    pub model: Option<ModelNote>,
    /// The real model's server, where the bot asks it through here.
    pub upstream: Option<Upstream>,
    /// The bot's process, where the page may end and start it.
    pub program: Option<Program>,
}

/// Which model answers, said on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelNote {
    /// How it came to be the one.
    pub kind: ModelKind,
    /// Its name, where it is known.
    pub name: Option<String>,
    /// The address of its server, without anything secret.
    pub at: Option<String>,
}

/// How a model came to be the one that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// The operator's settings name it.
    Named,
    /// A server that was found on this machine.
    Found,
    /// No model: texts that were written beforehand.
    Scripted,
}

/// What the routes of the page share.
#[derive(Debug)]
pub(crate) struct Serving {
    shared: Arc<Shared>,
    page: Page,
    recorder: Arc<recorder::Recorder>,
}

/// The page's routes.
pub(crate) fn router(shared: &Arc<Shared>, page: Page) -> Router {
    let mut way = Router::new();
    if let Some(upstream) = page.upstream.clone()
        && upstream.entrance == Entrance::Path
    {
        way = way.nest(THROUGH, through::router(shared.model.clone(), upstream));
    }
    let serving = Arc::new(Serving {
        shared: Arc::clone(shared),
        page,
        recorder: recorder::Recorder::start(shared),
    });
    Router::new()
        .route("/page", get(assets::to_the_page))
        .route("/page/", get(assets::index))
        .route("/page/stream", get(stream::open))
        .route("/page/program", post(order))
        .route("/page/{name}", get(assets::file))
        .with_state(serving)
        .merge(way)
}

/// Lets the page's own calls in and those of programs, and no foreign page's; and the bot's to a model that it asks by name.
pub(crate) fn guarded(router: Router, shared: &Shared, upstream: Option<Upstream>) -> Router {
    let guarded = router.layer(axum::middleware::from_fn(guard::guard));
    match upstream {
        Some(upstream) if upstream.entrance == Entrance::Name => {
            through::proxied(guarded, shared.model.clone(), upstream)
        }
        Some(_) | None => guarded,
    }
}

/// Ends the bot's process, or starts it.
async fn order(State(serving): State<Arc<Serving>>, Json(order): Json<Order>) -> Response {
    match &serving.page.program {
        Some(program) => {
            program.order(order);
            Json(json!({ "ordered": order })).into_response()
        }
        None => {
            let error = "No program was started with the page.";
            (StatusCode::NOT_FOUND, Json(json!({ "error": error }))).into_response()
        }
    }
}
