//! The one handler: a request from the socket to the world and back, with everything that can go wrong between.

use super::{
    asked::{Asked, Reply, read_body, read_query},
    dispatch::dispatch,
    limited::{from_in_front, json_response, put_retry_after, put_standing, too_many},
};
use crate::{
    Route, Shared,
    route::{Matched, Unmatched},
    wire::Wire,
    world::{
        Refusal, World,
        faults::{Call, Fault, Gate},
        limits::{RENAME, Scope, Standing, Verdict, rate_of},
    },
};
use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderValue, Response,
        header::{AUTHORIZATION, DATE},
    },
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// Largest body that is read at all.
const BODY_LIMIT: usize = 128 * 1024 * 1024;
/// For how long a shut-out address is told to stay away.
const BAN_RETRY_MS: u64 = 600_000;

/// What is decided about a request before anything is done.
enum Decision {
    /// It is done, perhaps with a fault on the way.
    Go {
        asked: Box<Asked>,
        standing: Option<Standing>,
        fault: Option<Fault>,
    },
    /// It is answered at once.
    Stop(Box<Stopped>),
}

struct Stopped {
    response: Response<Body>,
    status: u16,
    body: Value,
    scope: Option<Scope>,
}

impl Stopped {
    fn refused(refusal: &Refusal) -> Decision {
        let body = refusal.body();
        let response = json_response(refusal.status, Some(&body));
        Decision::Stop(Box::new(Self {
            response,
            status: refusal.status,
            body,
            scope: None,
        }))
    }

    fn limited(retry_after_ms: u64, scope: Option<Scope>, standing: Option<&Standing>) -> Decision {
        let (response, body) = too_many(retry_after_ms, scope, standing);
        Decision::Stop(Box::new(Self {
            response,
            status: 429,
            body,
            scope,
        }))
    }
}

/// Serves one request under `/api`.
pub(super) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let method = parts.method.as_str().to_owned();
    let path = without_version(parts.uri.path()).to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let headers = parts.headers.clone();
    let read = match to_bytes(body, BODY_LIMIT).await {
        Ok(bytes) => read_body(parts, bytes).await,
        Err(_) => Err(Refusal::too_large()),
    };
    let found = Route::find(&method, &path);
    let (number, latency, decision) = shared.with(|world| {
        let (body, files) = read
            .as_ref()
            .map_or((Value::Null, Vec::new()), |(body, files)| {
                (
                    body.clone(),
                    files
                        .iter()
                        .map(|(_, file)| file.filename.clone())
                        .collect(),
                )
            });
        let user = caller(world, &headers);
        let call = Call {
            number: 0,
            method,
            path,
            query: query.clone(),
            route: found.as_ref().ok().map(|matched| matched.route),
            user,
            arrived_ms: world.clock.now_ms(),
            answered_ms: None,
            status: None,
            body,
            files,
            answer: Value::Null,
            fault: None,
        };
        let keep = world.settings.calls_kept;
        let number = world.calls.begin(call, keep);
        let decision = match (&found, read) {
            (Err(Unmatched::Path), _) => Stopped::refused(&Refusal::not_found()),
            (Err(Unmatched::Method), _) => Stopped::refused(&Refusal::method_not_allowed()),
            (Ok(matched), read) => decide(world, number, matched, user, &query, read),
        };
        (
            number,
            (world.settings.latency_before, world.settings.latency_after),
            decision,
        )
    });
    sleep(latency.0).await;
    let (mut response, status, body, scope) = match decision {
        Decision::Stop(stopped) => (
            stopped.response,
            stopped.status,
            stopped.body,
            stopped.scope,
        ),
        Decision::Go {
            asked,
            standing,
            fault,
        } => {
            let (response, status, body) =
                go(&shared, &wire, &asked, standing.as_ref(), fault).await;
            (response, status, body, None)
        }
    };
    sleep(latency.1).await;
    let date = shared.with(|world| {
        let now = world.clock.now_ms();
        world.limits.count_status(now, status, scope);
        if let Some(call) = world.calls.get_mut(number) {
            (call.status, call.answered_ms, call.answer) = (Some(status), Some(now), body);
        }
        world.clock.date()
    });
    // The time in the world, as everything else that it tells is dated by its clock.
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

/// Ban, token, fault, limit, form: in this order, as the layers of the real service stand.
fn decide(
    world: &mut World,
    number: u64,
    matched: &Matched,
    user: Option<u64>,
    query: &str,
    read: Result<(Value, Vec<(u64, crate::world::Upload)>), Refusal>,
) -> Decision {
    let now = world.clock.now_ms();
    let route = matched.route;
    if world
        .settings
        .ban_after_invalid
        .is_some_and(|after| world.limits.is_banned(now, after))
    {
        let response = from_in_front(BAN_RETRY_MS);
        return Decision::Stop(Box::new(Stopped {
            response,
            status: 429,
            body: Value::Null,
            scope: None,
        }));
    }
    let Some(user) = user.or(route.is_public().then_some(0)) else {
        return Stopped::refused(&Refusal::unauthorized());
    };
    let body = read.as_ref().map_or(&Value::Null, |(body, _)| body);
    let fault = world.faults.choke(route, body);
    let fault = fault.or_else(|| world.faults.take(route));
    if let Some(call) = world.calls.get_mut(number) {
        call.fault.clone_from(&fault);
    }
    match &fault {
        Some(Fault::Status {
            status,
            code,
            message,
        }) => {
            return Stopped::refused(&Refusal::new(*status, *code, message));
        }
        Some(Fault::RateLimited { retry_after, scope }) => {
            let millis = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
            world.limits.count_refused(*scope);
            return Stopped::limited(millis, *scope, None);
        }
        Some(
            Fault::NoAnswer(_)
            | Fault::Disconnect
            | Fault::DoneThenError
            | Fault::DoneThenDisconnect
            | Fault::HoldBefore(_)
            | Fault::HoldAfter(_)
            | Fault::NotJson
            | Fault::Slow(_),
        )
        | None => {}
    }
    let standing = match limit(world, matched, user, body) {
        Ok(standing) => standing,
        Err(stopped) => return stopped,
    };
    let (body, files) = match read {
        Ok(read) => read,
        Err(refusal) => return Stopped::refused(&refusal),
    };
    let parameters = matched.parameters.clone();
    let asked = Asked {
        route,
        parameters,
        query: read_query(query),
        body,
        files,
        user,
    };
    Decision::Go {
        asked: Box::new(asked),
        standing,
        fault,
    }
}

/// Counts the request against the limits that hold.
fn limit(
    world: &mut World,
    matched: &Matched,
    user: u64,
    body: &Value,
) -> Result<Option<Standing>, Decision> {
    if !world.settings.rate_limits {
        return Ok(None);
    }
    let now = world.clock.now_ms();
    let route = matched.route;
    let global = (!route.is_interaction()).then_some(world.settings.global_per_second);
    let major = major_of(matched);
    let mut verdicts = vec![world.limits.take(now, user, rate_of(route), &major, global)];
    let renames = route == Route::EditChannel
        && ["name", "topic"]
            .iter()
            .any(|field| body.get(*field).is_some());
    if renames && matches!(verdicts.first(), Some(Verdict::Pass(_))) {
        verdicts.push(world.limits.take(now, user, RENAME, &major, None));
    }
    let mut passed = None;
    for verdict in verdicts {
        match verdict {
            // The limit on renames shows in no header, not even once it is reached: those are the route's own.
            Verdict::Pass(standing) => passed = passed.or(Some(standing)),
            Verdict::Wait {
                retry_after_ms,
                scope,
                standing,
            } => {
                return Err(Stopped::limited(
                    retry_after_ms,
                    Some(scope),
                    passed.or(standing).as_ref(),
                ));
            }
        }
    }
    Ok(passed)
}

/// What splits a route's bucket: channel, guild, or webhook with its token.
fn major_of(matched: &Matched) -> String {
    let pattern = matched.route.pattern();
    let count = if pattern.starts_with("/webhooks") {
        2
    } else {
        usize::from(
            ["/channels", "/guilds", "/interactions"]
                .iter()
                .any(|start| pattern.starts_with(start)),
        )
    };
    matched
        .parameters
        .iter()
        .take(count)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("/")
}

/// Does what was asked, with the fault that is due.
async fn go(
    shared: &Shared,
    wire: &Wire,
    asked: &Asked,
    standing: Option<&Standing>,
    fault: Option<Fault>,
) -> (Response<Body>, u16, Value) {
    match &fault {
        Some(Fault::Disconnect) => cut(wire).await,
        Some(Fault::NoAnswer(gate)) => {
            opened(shared, *gate).await;
            cut(wire).await;
        }
        Some(Fault::HoldBefore(gate)) => opened(shared, *gate).await,
        Some(Fault::Slow(by)) => sleep(*by).await,
        Some(
            Fault::Status { .. }
            | Fault::RateLimited { .. }
            | Fault::DoneThenError
            | Fault::DoneThenDisconnect
            | Fault::HoldAfter(_)
            | Fault::NotJson,
        )
        | None => {}
    }
    let result = shared.with(|world| dispatch(world, asked));
    match &fault {
        Some(Fault::DoneThenDisconnect) => cut(wire).await,
        Some(Fault::HoldAfter(gate)) => opened(shared, *gate).await,
        Some(Fault::DoneThenError) => {
            let body = Refusal::new(500, 0, "500: Internal Server Error").body();
            return (json_response(500, Some(&body)), 500, body);
        }
        Some(Fault::NotJson) => {
            let mut response = json_response(200, Some(&Value::Null));
            *response.body_mut() = Body::from("<html>upstream is warming up</html>{");
            return (response, 200, Value::Null);
        }
        Some(
            Fault::Status { .. }
            | Fault::RateLimited { .. }
            | Fault::NoAnswer(_)
            | Fault::Disconnect
            | Fault::HoldBefore(_)
            | Fault::Slow(_),
        )
        | None => {}
    }
    let (status, body) = match &result {
        Ok(reply) => (reply.status(), reply.body().cloned()),
        Err(refusal) => (refusal.status, Some(refusal.body())),
    };
    let mut response = json_response(status, body.as_ref());
    if let Some(standing) = standing {
        put_standing(&mut response, standing);
    }
    if let Err(Refusal {
        retry_after_ms: Some(millis),
        ..
    }) = &result
    {
        put_retry_after(&mut response, *millis);
    }
    (response, status, body.unwrap_or(Value::Null))
}

/// Ends the connection. The handler is dropped with it and never comes back from here.
async fn cut(wire: &Wire) {
    wire.cut();
    std::future::pending::<()>().await;
}

async fn opened(shared: &Shared, gate: Gate) {
    shared
        .until(|world| world.faults.is_open(gate).then_some(()))
        .await;
}

async fn sleep(by: Duration) {
    if !by.is_zero() {
        tokio::time::sleep(by).await;
    }
}

/// The bot whose token came along.
fn caller(world: &World, headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    world
        .bot_by_token(value.strip_prefix("Bot ")?.trim())
        .map(|bot| bot.user)
}

/// The path after `/api/v10`, `/api/v9` or `/api`.
fn without_version(path: &str) -> &str {
    let path = path.strip_prefix("/api").unwrap_or(path);
    let version = path
        .strip_prefix("/v")
        .and_then(|rest| rest.split_once('/'));
    match version {
        Some((digits, rest))
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            path.get(path.len() - rest.len() - 1..).unwrap_or(path)
        }
        Some(_) | None => path,
    }
}

/// The type of what [`dispatch`] gives back, named for the files of the resources.
pub(super) type Served = Result<Reply, Refusal>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_taken_off_and_nothing_else() {
        for (path, rest) in [
            ("/api/v10/users/@me", "/users/@me"),
            ("/api/v9/gateway", "/gateway"),
            ("/api/gateway", "/gateway"),
            ("/api/voice/regions", "/voice/regions"),
        ] {
            assert_eq!(without_version(path), rest);
        }
    }
}
