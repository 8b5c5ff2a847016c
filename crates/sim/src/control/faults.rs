//! Faults over HTTP: for the next REST calls, and for the gateway.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Mistake, mistake::read, seen::route_named};
use crate::{
    Shared,
    gateway::{Raw, Target},
    world::{
        faults::{Fault, Gate},
        limits::Scope,
    },
};

type Answer = Result<Json<Value>, Mistake>;

/// What goes wrong with the next calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultForm {
    /// The route's name; any route where none is named.
    route: Option<String>,
    #[serde(default = "once")]
    times: usize,
    fault: Wrong,
}

fn once() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Wrong {
    Status {
        status: u16,
        #[serde(default)]
        code: u64,
        #[serde(default)]
        message: String,
    },
    RateLimited {
        retry_after_ms: u64,
        #[serde(default)]
        scope: WrongScope,
    },
    SlowMs(u64),
    NoAnswer,
    Disconnect,
    DoneThenError,
    DoneThenDisconnect,
    HoldBefore,
    HoldAfter,
    NotJson,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrongScope {
    #[default]
    User,
    Shared,
    Global,
    /// From in front of Discord: HTML and no scope.
    Cloudflare,
}

/// Queues a fault.
pub(super) async fn queue(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let form: FaultForm = read(&body)?;
    let route = form.route.as_deref().map(route_named).transpose()?;
    shared.with(|world| {
        let mut gate = None;
        let mut a_gate = || *gate.insert(world.faults.gate());
        let fault = match form.fault {
            Wrong::Status {
                status,
                code,
                message,
            } => {
                let message = if message.is_empty() {
                    format!("{status}: made to fail")
                } else {
                    message
                };
                Fault::Status {
                    status,
                    code,
                    message,
                }
            }
            Wrong::RateLimited {
                retry_after_ms,
                scope,
            } => Fault::RateLimited {
                retry_after: Duration::from_millis(retry_after_ms),
                scope: match scope {
                    WrongScope::User => Some(Scope::User),
                    WrongScope::Shared => Some(Scope::Shared),
                    WrongScope::Global => Some(Scope::Global),
                    WrongScope::Cloudflare => None,
                },
            },
            Wrong::SlowMs(by) => Fault::Slow(Duration::from_millis(by)),
            Wrong::NoAnswer => Fault::NoAnswer(a_gate()),
            Wrong::HoldBefore => Fault::HoldBefore(a_gate()),
            Wrong::HoldAfter => Fault::HoldAfter(a_gate()),
            Wrong::Disconnect => Fault::Disconnect,
            Wrong::DoneThenError => Fault::DoneThenError,
            Wrong::DoneThenDisconnect => Fault::DoneThenDisconnect,
            Wrong::NotJson => Fault::NotJson,
        };
        let next = route.map_or_else(|| None, Some);
        let calls = match next {
            Some(route) => world.faults.next(route),
            None => world.faults.next_any(),
        };
        calls.times(form.times).fault(fault);
        Ok(Json(
            json!({ "waiting": world.faults.left(), "gate": gate.map(|gate| gate.0) }),
        ))
    })
}

/// Drops the faults that have not happened yet, and opens every gate.
pub(super) async fn clear(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.with(|world| world.faults.clear());
    Json(json!({ "waiting": 0 }))
}

/// Lets through what waits at a gate.
pub(super) async fn open_gate(
    State(shared): State<Arc<Shared>>,
    Path(gate): Path<u64>,
) -> Json<Value> {
    shared.with(|world| world.faults.open(Gate(gate)));
    Json(json!({ "open": gate }))
}

/// What is done to gateway connections.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GatewayForm {
    #[serde(default)]
    target: Target,
    fault: GatewayFault,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum GatewayFault {
    Drop {
        #[serde(default = "unknown_error")]
        code: u16,
        #[serde(default)]
        reason: String,
    },
    Cut,
    Silent(bool),
    HeldBack(bool),
    LoseSession,
    Reconnect,
    InvalidSession {
        resumable: bool,
    },
    RequestHeartbeat,
    Payload(Value),
    Text(String),
    Base64(String),
    Replay(String),
    RefuseConnectionsMs(u64),
}

fn unknown_error() -> u16 {
    4000
}

/// Does it; `met` says to how many connections or sessions.
pub(super) async fn gateway(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let GatewayForm { target, fault } = read(&body)?;
    let gateway = &shared.gateway;
    let met = match fault {
        GatewayFault::Drop { code, reason } => gateway.drop_connections(&target, code, &reason),
        GatewayFault::Cut => gateway.cut_connections(&target),
        GatewayFault::Silent(silent) => gateway.set_silent(&target, silent),
        GatewayFault::HeldBack(true) => gateway.hold_back(&target),
        GatewayFault::HeldBack(false) => gateway.let_go(&target),
        GatewayFault::LoseSession => gateway.lose_sessions(&target),
        GatewayFault::Reconnect => gateway.ask_to_reconnect(&target),
        GatewayFault::InvalidSession { resumable } => gateway.invalidate(&target, resumable),
        GatewayFault::RequestHeartbeat => gateway.request_heartbeat(&target),
        GatewayFault::Payload(payload) => {
            gateway.send_raw(&target, &Raw::Payload(payload.to_string()))
        }
        GatewayFault::Text(text) => gateway.send_raw(&target, &Raw::Text(text)),
        GatewayFault::Base64(encoded) => {
            let bytes = STANDARD
                .decode(encoded)
                .map_err(|error| Mistake::new(format!("`base64` can't be read: {error}")))?;
            gateway.send_raw(&target, &Raw::Binary(bytes))
        }
        GatewayFault::Replay(name) => gateway.replay_last(&target, &name),
        GatewayFault::RefuseConnectionsMs(span) => {
            gateway.refuse_connections_for(Duration::from_millis(span));
            0
        }
    };
    Ok(Json(json!({ "met": met })))
}
