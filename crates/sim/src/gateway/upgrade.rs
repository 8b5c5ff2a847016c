//! Where clients connect: `/gateway` (the address handed out) and `/`, since clients put `/?v=10` behind the bare host.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{
        ConnectInfo, Query, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection,
    },
    http::{HeaderMap, StatusCode, header::HOST},
    response::{IntoResponse, Response},
    routing::any,
};
use serde_json::json;

use super::{close::CloseCode, compression::TransportCompression, connection};
use crate::{Shared, wire::Wire};

/// The routes of the gateway's websocket.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", any(upgrade))
        .route("/gateway", any(upgrade))
        .route("/gateway/", any(upgrade))
}

async fn upgrade(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        let hint = "This is the simulator's gateway: connect with a websocket, as ws://HOST/gateway/?v=10&encoding=json.";
        return (
            StatusCode::UPGRADE_REQUIRED,
            Json(json!({ "message": hint, "code": 0 })),
        )
            .into_response();
    };
    if shared.gateway.refuses_connections() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let encoding = query.get("encoding").map_or("json", String::as_str);
    let compression = TransportCompression::parse(query.get("compress").map(String::as_str));
    // Clients show a close code and its reason, but seldom the body of a refused upgrade.
    let refusal = match (
        query.get("v").map_or("10", String::as_str),
        encoding,
        compression,
    ) {
        ("9" | "10", "json", Some(_)) => None,
        ("9" | "10", "json", None) => Some((
            CloseCode::DecodeError,
            "compress must be zlib-stream or zstd-stream",
        )),
        ("9" | "10", _, _) => Some((
            CloseCode::DecodeError,
            "the simulator speaks encoding=json only",
        )),
        _ => Some((
            CloseCode::InvalidApiVersion,
            CloseCode::InvalidApiVersion.reason(),
        )),
    };
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .map(str::to_owned);
    let host = host.unwrap_or_else(|| {
        shared.look(|world| world.base.trim_start_matches("http://").to_owned())
    });
    let compression = compression.unwrap_or_default();
    upgrade.on_upgrade(async move |socket| {
        let (link, commands) = shared.gateway.new_link(compression, host, wire);
        if let Some((code, reason)) = refusal {
            link.close_with(code.code(), reason.to_owned());
        }
        connection::serve(shared, socket, link, commands).await;
    })
}
