//! Discord's REST API, v10, over the world. One handler takes every request: it finds the route, asks for the
//! token, lets faults and limits have their say, changes the world in one step, and records what was served.
//! <https://docs.discord.com/developers/reference>

mod applications;
mod asked;
mod cdn;
mod channels;
mod commands;
mod dispatch;
mod forms;
mod guilds;
mod interactions;
mod limited;
mod messages;
mod pages;
mod serve;
mod threads;
mod users;
mod webhooks;

pub use asked::{Asked, Reply};

use crate::Shared;
use axum::{Router, extract::DefaultBodyLimit, routing::any};
use std::sync::Arc;

/// Everything under `/api`, and the files and pictures of the CDN.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/{*path}", any(serve::serve))
        .layer(DefaultBodyLimit::disable())
        .merge(cdn::router())
}
