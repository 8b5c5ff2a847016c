//! Guilds with their channels, members, roles and emojis.

use super::{
    asked::{Asked, Reply, id_in},
    serve::Served,
};
use crate::world::{ChannelKind, Guild, Member, Refusal, World, json, permissions};
use serde_json::{Value, json};

fn guild<'a>(world: &'a World, asked: &Asked) -> Result<&'a Guild, Refusal> {
    let id = asked.id(0)?;
    world.require_in_guild(asked.user, id, 0)?;
    world.guilds.get(&id).ok_or_else(Refusal::unknown_guild)
}

pub(super) fn get(world: &World, asked: &Asked) -> Served {
    let found = guild(world, asked)?;
    let mut object = world.guild_json(found);
    if asked.query_flag("with_counts") {
        json::put(
            &mut object,
            "approximate_member_count",
            json!(found.members.len()),
        );
        json::put(
            &mut object,
            "approximate_presence_count",
            json!(found.members.len()),
        );
    }
    Ok(Reply::Json(object))
}

/// All channels, also those that the bot may not view: Discord lists them too. Threads are elsewhere.
pub(super) fn channels(world: &World, asked: &Asked) -> Served {
    let found = guild(world, asked)?;
    let all = found
        .channels
        .iter()
        .filter_map(|id| world.channels.get(id))
        .filter(|one| one.thread.is_none());
    Ok(Reply::Json(
        all.map(|one| world.channel_json(one)).collect::<Value>(),
    ))
}

pub(super) fn create_channel(world: &mut World, asked: &Asked) -> Served {
    let id = asked.id(0)?;
    let name = asked
        .field_text("name")?
        .ok_or_else(|| Refusal::required("name"))?
        .to_owned();
    let kind = ChannelKind::from_number(asked.field_number("type")?.unwrap_or(0));
    let kind = kind.filter(|kind| {
        !kind.is_thread()
            && *kind != ChannelKind::DirectMessage
            && *kind != ChannelKind::GroupDirectMessage
    });
    let kind = kind.ok_or_else(|| Refusal::bad_choice("type", "0, 2, 4, 5, 13, 15, 16"))?;
    let parent = asked
        .field("parent_id")
        .map(|id| id_in(id, "parent_id"))
        .transpose()?;
    let channel = world.create_channel(asked.user, id, kind, &name, parent)?;
    if let Some(topic) = asked.field_text("topic")?
        && let Some(found) = world.channels.get_mut(&channel)
    {
        found.topic = Some(topic.to_owned());
    }
    let found = world
        .channels
        .get(&channel)
        .ok_or_else(Refusal::unknown_channel)?;
    Ok(Reply::Created(world.channel_json(found)))
}

pub(super) fn members(world: &World, asked: &Asked) -> Served {
    let found = guild(world, asked)?;
    let may_list = world
        .bots
        .get(&asked.user)
        .is_some_and(|bot| bot.flags & crate::world::FLAG_GUILD_MEMBERS_LIMITED != 0);
    if !may_list {
        return Err(Refusal::missing_access());
    }
    let limit = usize::try_from(asked.query_number("limit", 1..=1000, 1)?).unwrap_or(1);
    let after = asked.query_id("after")?.unwrap_or(0);
    let page = found.members.range(after + 1..).take(limit);
    Ok(Reply::Json(
        page.map(|(_, member)| world.member_json(member))
            .collect::<Value>(),
    ))
}

pub(super) fn search_members(world: &World, asked: &Asked) -> Served {
    let found = guild(world, asked)?;
    let Some(wanted) = asked.query.get("query").map(|text| text.to_lowercase()) else {
        return Err(Refusal::required("query"));
    };
    let limit = usize::try_from(asked.query_number("limit", 1..=1000, 1)?).unwrap_or(1);
    let is_it = |member: &&Member| {
        let user = world.users.get(&member.user);
        let names = [
            member.nick.as_deref(),
            user.map(|user| user.name.as_str()),
            user.and_then(|user| user.global_name.as_deref()),
        ];
        names
            .into_iter()
            .flatten()
            .any(|name| name.to_lowercase().starts_with(&wanted))
    };
    let page = found.members.values().filter(is_it).take(limit);
    Ok(Reply::Json(
        page.map(|member| world.member_json(member))
            .collect::<Value>(),
    ))
}

pub(super) fn member(world: &World, asked: &Asked) -> Served {
    let found = guild(world, asked)?;
    let user = asked.id(1)?;
    if !world.users.contains_key(&user) {
        return Err(Refusal::unknown_user());
    }
    let member = found
        .members
        .get(&user)
        .ok_or_else(Refusal::unknown_member)?;
    Ok(Reply::Json(world.member_json(member)))
}

pub(super) fn edit_own_member(world: &mut World, asked: &Asked) -> Served {
    let id = asked.id(0)?;
    if asked.body.get("nick").is_some() {
        world.require_in_guild(asked.user, id, permissions::CHANGE_NICKNAME)?;
        let nick = asked
            .field_text("nick")?
            .filter(|nick| !nick.is_empty())
            .map(str::to_owned);
        if nick.as_ref().is_some_and(|nick| nick.chars().count() > 32) {
            return Err(Refusal::too_long("nick", 32));
        }
        world.set_nick(id, asked.user, nick);
    }
    let found = guild(world, asked)?;
    let member = found
        .members
        .get(&asked.user)
        .ok_or_else(Refusal::unknown_member)?;
    Ok(Reply::Json(world.member_json(member)))
}

pub(super) fn roles(world: &World, asked: &Asked) -> Served {
    Ok(Reply::Json(
        guild(world, asked)?
            .roles
            .values()
            .map(json::guild::role_json)
            .collect::<Value>(),
    ))
}

pub(super) fn role(world: &World, asked: &Asked) -> Served {
    let role = guild(world, asked)?.roles.get(&asked.id(1)?);
    role.map(|role| Reply::Json(json::guild::role_json(role)))
        .ok_or_else(Refusal::unknown_role)
}

pub(super) fn emojis(world: &World, asked: &Asked) -> Served {
    Ok(Reply::Json(
        guild(world, asked)?
            .emojis
            .iter()
            .map(json::guild::emoji_json)
            .collect::<Value>(),
    ))
}

pub(super) fn emoji(world: &World, asked: &Asked) -> Served {
    let wanted = asked.id(1)?;
    let found = guild(world, asked)?
        .emojis
        .iter()
        .find(|one| one.id == wanted);
    found
        .map(|one| Reply::Json(json::guild::emoji_json(one)))
        .ok_or_else(|| Refusal {
            status: 404,
            ..Refusal::unknown_emoji()
        })
}
