//! What can be read: the world, channels, REST calls, gateway sessions.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Mistake, Name, transcript::transcript};
use crate::{
    Route, Shared,
    world::{
        Message, World,
        faults::Call,
        json::{id, moment, put},
    },
};

type Answer = Result<Json<Value>, Mistake>;

/// People, bots with their tokens, guilds and channels.
pub(super) async fn world(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(shared.look(world_json))
}

pub(super) fn world_json(world: &World) -> Value {
    let people = world.users.values().filter(|user| !user.bot);
    let bots = world.bots.values().map(|bot| {
        let name = world.users.get(&bot.user).map(|user| user.name.as_str());
        json!({ "id": id(bot.user), "name": name, "token": bot.token, "message_content": bot.reads_content() })
    });
    let guilds = world.guilds.values().map(|guild| {
        let channels = guild.channels.iter().filter_map(|channel| world.channels.get(channel)).map(|channel| {
            json!({ "id": id(channel.id), "name": channel.name, "kind": super::setup::kind_name(channel.kind),
                "parent": channel.parent.map(id), "archived": channel.thread.as_ref().map(|thread| thread.archived) })
        });
        json!({ "id": id(guild.id), "name": guild.name, "channels": channels.collect::<Value>(),
            "members": guild.members.keys().map(|member| id(*member)).collect::<Value>() })
    });
    let direct = world.channels.values().filter(|channel| channel.guild.is_none()).map(|channel| {
        json!({ "id": id(channel.id), "recipients": channel.recipients.iter().map(|user| id(*user)).collect::<Value>() })
    });
    json!({
        "discord": world.base,
        "people": people.map(|user| json!({ "id": id(user.id), "name": user.name, "shown": user.global_name })).collect::<Value>(),
        "bots": bots.collect::<Value>(),
        "guilds": guilds.collect::<Value>(),
        "direct_messages": direct.collect::<Value>(),
    })
}

/// Which channel, and from which message on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelQuery {
    channel: Name,
    #[serde(default)]
    after: u64,
}

/// A channel as text.
pub(super) async fn channel_text(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<ChannelQuery>,
) -> Result<String, Mistake> {
    shared.look(|world| Ok(transcript(world, query.channel.channel(world)?)))
}

/// A channel's messages as JSON, oldest first, each with the texts it had before.
pub(super) async fn messages(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<ChannelQuery>,
) -> Answer {
    shared.look(|world| {
        let channel = query.channel.channel(world)?;
        let messages = world
            .messages
            .get(&channel)
            .into_iter()
            .flat_map(|messages| messages.range(query.after + 1..));
        Ok(Json(
            messages
                .map(|(_, message)| message_json(world, message))
                .collect(),
        ))
    })
}

/// A message as Discord's REST shows it, with `history` and `only_for` beside it.
pub(super) fn message_json(world: &World, message: &Message) -> Value {
    let mut object = world.message_json(message, None);
    let history = message.history.iter().map(
        |version| json!({ "content": version.content, "until": moment(Some(version.until_ms)) }),
    );
    put(&mut object, "history", history.collect());
    if let Some(user) = message.only_for {
        put(&mut object, "only_for", id(user));
    }
    object
}

/// Which calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallQuery {
    route: Option<String>,
    #[serde(default)]
    since: u64,
    status: Option<u16>,
}

/// REST calls, oldest first.
pub(super) async fn calls(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<CallQuery>,
) -> Answer {
    let route = query.route.as_deref().map(route_named).transpose()?;
    shared.look(|world| {
        let calls = world.calls.iter().filter(|call| call.number > query.since);
        let calls = calls.filter(|call| route.is_none() || call.route == route);
        let calls = calls.filter(|call| query.status.is_none() || call.status == query.status);
        let [of_user, of_shared, of_all] = world.limits.refused;
        Ok(Json(json!({
            "count": world.calls.count(),
            "invalid_requests": world.limits.invalid_requests,
            "rate_limited": { "user": of_user, "shared": of_shared, "global": of_all },
            "unknown_routes": world.calls.unknown_routes().collect::<Vec<_>>(),
            "calls": calls.map(call_json).collect::<Value>(),
        })))
    })
}

pub(super) fn call_json(call: &Call) -> Value {
    json!({
        "number": call.number, "method": call.method, "path": call.path, "query": call.query,
        "route": call.route.map(Route::name), "bot": call.user.map(id), "arrived": moment(Some(call.arrived_ms)),
        "answered": moment(call.answered_ms), "status": call.status, "body": call.body, "files": call.files,
        "answer": call.answer, "fault": call.fault.as_ref().map(|fault| format!("{fault:?}")),
    })
}

/// A route by its name.
pub(super) fn route_named(name: &str) -> Result<Route, Mistake> {
    Route::named(name).ok_or_else(|| {
        let known: Vec<&str> = Route::ALL.iter().map(|route| route.name()).collect();
        Mistake::new(format!(
            "There is no route {name:?}. There are: {}.",
            known.join(", ")
        ))
    })
}

/// Sessions, and everything that clients did on the gateway.
pub(super) async fn gateway(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({
        "sessions": shared.gateway.sessions(),
        "records": shared.gateway.records(),
        "identifies_left": shared.look(|world| world.settings.identifies_left),
    }))
}
