//! Request guild members (op 8), answered with GUILD_MEMBERS_CHUNK.
//!
//! Source: <https://discord.com/developers/docs/events/gateway-events#request-guild-members>.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    close::CloseCode,
    payload::RequestMembers,
    session::{Item, Session},
};
use crate::{
    Shared,
    world::{
        Member, World,
        intents::{GUILD_MEMBERS, GUILD_PRESENCES},
        json::put,
    },
};

/// Members in one chunk.
const CHUNK: usize = 1000;

/// The most members that a query by name or by ids gives.
const QUERY_MAX: usize = 100;

/// Queues the chunks for this session.
///
/// # Errors
/// Decode error (4002) when neither a query nor ids are given, or the ids are none.
pub(super) fn answer(
    shared: &Shared,
    session: &Session,
    request: &RequestMembers,
) -> Result<(), CloseCode> {
    let guild = one_or_many(&request.guild_id)
        .and_then(|ids| ids.first().copied())
        .ok_or(CloseCode::DecodeError)?;
    let ids = if request.user_ids.is_null() {
        None
    } else {
        Some(one_or_many(&request.user_ids).ok_or(CloseCode::DecodeError)?)
    };
    if ids.is_none() && request.query.is_none() {
        return Err(CloseCode::DecodeError);
    }
    let query = request.query.as_deref().unwrap_or_default().to_lowercase();
    let wants_all = ids.is_none() && query.is_empty() && request.limit == 0;
    if wants_all && session.intents & GUILD_MEMBERS == 0 {
        // The whole list needs the privileged intent; without it Discord leaves the request unanswered.
        return Ok(());
    }
    let limit = match (wants_all, request.limit) {
        (true, _) => usize::MAX,
        (false, 0) => QUERY_MAX,
        (false, limit) => usize::try_from(limit).unwrap_or(QUERY_MAX).min(QUERY_MAX),
    };
    let found = shared.look(|world| {
        let members = &world.guilds.get(&guild)?.members;
        members.contains_key(&session.user).then(|| {
            let matching = members
                .values()
                .filter(|member| matches(world, member, ids.as_deref(), &query))
                .take(limit);
            let not_found = ids
                .iter()
                .flatten()
                .filter(|id| !members.contains_key(id))
                .map(u64::to_string);
            (
                matching
                    .map(|member| world.member_json(member))
                    .collect::<Vec<_>>(),
                not_found.collect::<Vec<_>>(),
            )
        })
    });
    let Some((members, not_found)) = found else {
        return Ok(());
    };
    let chunks: Vec<&[Value]> = if members.is_empty() {
        vec![&[]]
    } else {
        members.chunks(CHUNK).collect()
    };
    for (index, chunk) in chunks.iter().enumerate() {
        let mut data = json!({
            "guild_id": guild.to_string(),
            "members": chunk,
            "chunk_index": index,
            "chunk_count": chunks.len(),
            "not_found": not_found,
        });
        if let Some(nonce) = request.nonce.as_deref().filter(|nonce| nonce.len() <= 32) {
            put(&mut data, "nonce", json!(nonce));
        }
        if request.presences == Some(true) && session.intents & GUILD_PRESENCES != 0 {
            put(&mut data, "presences", json!([]));
        }
        session.push(
            Item::Made("GUILD_MEMBERS_CHUNK", Arc::new(data)),
            Duration::ZERO,
        );
    }
    Ok(())
}

fn matches(world: &World, member: &Member, ids: Option<&[u64]>, query: &str) -> bool {
    if let Some(ids) = ids {
        return ids.contains(&member.user);
    }
    let user = world.users.get(&member.user);
    let names = [
        member.nick.as_deref(),
        user.and_then(|user| user.global_name.as_deref()),
        user.map(|user| user.name.as_str()),
    ];
    names
        .into_iter()
        .flatten()
        .any(|name| name.to_lowercase().starts_with(query))
}

/// Ids written as one string, one number or a list of these.
fn one_or_many(ids: &Value) -> Option<Vec<u64>> {
    match ids {
        Value::String(id) => id.parse().ok().map(|id| vec![id]),
        Value::Number(id) => id.as_u64().map(|id| vec![id]),
        Value::Array(ids) => ids
            .iter()
            .map(|id| one_or_many(id).and_then(|ids| ids.first().copied()))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}
