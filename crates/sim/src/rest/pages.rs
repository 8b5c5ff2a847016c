//! Lists that come in pages: messages, pins, reactions.

use super::{
    asked::{Asked, Reply},
    channels::visible,
    serve::Served,
};
use crate::world::{Message, ReactionEmoji, Refusal, World, json, permissions, time};
use serde_json::{Value, json};

/// A channel's messages, newest first.
pub(super) fn list(world: &World, asked: &Asked) -> Served {
    let channel = visible(world, asked)?;
    if !channel.kind.holds_messages() {
        return Err(Refusal::wrong_channel_kind());
    }
    let limit = usize::try_from(asked.query_number("limit", 1..=100, 50)?).unwrap_or(50);
    let (before, after, around) = (
        asked.query_id("before")?,
        asked.query_id("after")?,
        asked.query_id("around")?,
    );
    // Without the history Discord answers with an empty list, not with an error.
    if world.permissions(asked.user, channel.id) & permissions::READ_MESSAGE_HISTORY == 0 {
        return Ok(Reply::Json(json!([])));
    }
    let empty = std::collections::BTreeMap::new();
    let all = world.messages.get(&channel.id).unwrap_or(&empty);
    let listed = |message: &&Message| message.only_for.is_none();
    let mut page: Vec<&Message> = match (around, before, after) {
        (Some(middle), _, _) => {
            let older = all
                .range(..middle)
                .rev()
                .map(|(_, one)| one)
                .filter(listed)
                .take(limit / 2);
            let newer = all
                .range(middle..)
                .map(|(_, one)| one)
                .filter(listed)
                .take(limit - limit / 2);
            older.chain(newer).collect()
        }
        (None, Some(before), _) => all
            .range(..before)
            .rev()
            .map(|(_, one)| one)
            .filter(listed)
            .take(limit)
            .collect(),
        (None, None, Some(after)) => all
            .range(after + 1..)
            .map(|(_, one)| one)
            .filter(listed)
            .take(limit)
            .collect(),
        (None, None, None) => all.values().rev().filter(listed).take(limit).collect(),
    };
    page.sort_by_key(|message| std::cmp::Reverse(message.id));
    Ok(Reply::Json(
        page.into_iter()
            .map(|message| world.message_json(message, Some(asked.user)))
            .collect::<Value>(),
    ))
}

fn pinned<'a>(world: &'a World, asked: &Asked) -> Result<Vec<(u64, &'a Message)>, Refusal> {
    let channel = visible(world, asked)?;
    if world.permissions(asked.user, channel.id) & permissions::READ_MESSAGE_HISTORY == 0 {
        return Ok(Vec::new());
    }
    let all = world
        .messages
        .get(&channel.id)
        .into_iter()
        .flat_map(|all| all.values());
    let mut pins: Vec<_> = all
        .filter_map(|message| Some((message.pinned_ms?, message)))
        .collect();
    pins.sort_by_key(|(at, message)| std::cmp::Reverse((*at, message.id)));
    Ok(pins)
}

pub(super) fn pins(world: &World, asked: &Asked) -> Served {
    let limit = usize::try_from(asked.query_number("limit", 1..=50, 50)?).unwrap_or(50);
    let before = asked
        .query
        .get("before")
        .and_then(|text| time::parse_iso(text))
        .unwrap_or(u64::MAX);
    let all: Vec<_> = pinned(world, asked)?
        .into_iter()
        .filter(|(at, _)| *at < before)
        .collect();
    let item = |(at, message): &(u64, &Message)| json!({ "pinned_at": time::iso(*at), "message": world.message_json(message, Some(asked.user)) });
    let items: Value = all.iter().take(limit).map(item).collect();
    Ok(Reply::Json(
        json!({ "items": items, "has_more": all.len() > limit }),
    ))
}

pub(super) fn pins_deprecated(world: &World, asked: &Asked) -> Served {
    let all = pinned(world, asked)?;
    Ok(Reply::Json(
        all.into_iter()
            .take(50)
            .map(|(_, message)| world.message_json(message, Some(asked.user)))
            .collect::<Value>(),
    ))
}

pub(super) fn reactions(world: &World, asked: &Asked) -> Served {
    let (channel, message) = (visible(world, asked)?.id, asked.id(1)?);
    world.require(asked.user, channel, permissions::READ_MESSAGE_HISTORY)?;
    world
        .message(channel, message)
        .ok_or_else(Refusal::unknown_message)?;
    let limit = usize::try_from(asked.query_number("limit", 1..=100, 25)?).unwrap_or(25);
    let after = asked.query_id("after")?.unwrap_or(0);
    let mut users = world.reacted(channel, message, &ReactionEmoji::parse(asked.text(2))?);
    users.sort_unstable();
    let page = users.into_iter().filter(|user| *user > after).take(limit);
    Ok(Reply::Json(
        page.map(|user| world.user_json(user)).collect::<Value>(),
    ))
}

/// An id list's first item as a cursor; shared by listings of threads.
pub(super) fn cursor(text: Option<&String>) -> Option<u64> {
    let text = text?;
    text.parse().ok().or_else(|| time::parse_iso(text))
}

/// The body of a listing of threads: the threads, and the bot's own memberships in them.
pub(super) fn thread_list(
    world: &World,
    user: u64,
    threads: &[&crate::world::Channel],
    has_more: bool,
) -> Value {
    let members = threads.iter().filter_map(|channel| {
        let (user, since) = channel.thread.as_ref()?.members.get_key_value(&user)?;
        Some(json::guild::thread_member_json(channel.id, *user, *since))
    });
    json!({ "threads": threads.iter().map(|one| world.thread_json(one, Some(user))).collect::<Value>(),
        "members": members.collect::<Value>(), "has_more": has_more })
}
