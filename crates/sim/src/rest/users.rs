//! Users, the bot itself, its guilds and its direct messages.

use super::{
    asked::{Asked, Reply, id_in},
    serve::Served,
};
use crate::world::{Refusal, World, json, permissions};
use serde_json::{Value, json};

pub(super) fn own(world: &World, asked: &Asked) -> Served {
    Ok(Reply::Json(world.own_user_json(asked.user)))
}

pub(super) fn edit_own(world: &mut World, asked: &Asked) -> Served {
    if let Some(name) = asked.field_text("username")? {
        let length = name.trim().chars().count();
        if !(2..=32).contains(&length) {
            return Err(Refusal::bad_length("username", 2, 32));
        }
        if let Some(user) = world.users.get_mut(&asked.user) {
            name.trim().clone_into(&mut user.name);
        }
    }
    let data = world.own_user_json(asked.user);
    world.emit_to("USER_UPDATE", data, 0, None, asked.user);
    own(world, asked)
}

pub(super) fn get(world: &World, asked: &Asked) -> Served {
    let user = asked.id(0)?;
    if !world.users.contains_key(&user) {
        return Err(Refusal::unknown_user());
    }
    Ok(Reply::Json(world.user_json(user)))
}

pub(super) fn open_direct_message(world: &mut World, asked: &Asked) -> Served {
    let Some(recipient) = asked.field("recipient_id") else {
        return Err(Refusal::required("recipient_id"));
    };
    let channel = world.open_direct_message(asked.user, id_in(recipient, "recipient_id")?)?;
    let channel = world
        .channels
        .get(&channel)
        .ok_or_else(Refusal::unknown_channel)?;
    Ok(Reply::Json(
        world.direct_message_json(channel, Some(asked.user)),
    ))
}

pub(super) fn guilds(world: &World, asked: &Asked) -> Served {
    let limit = usize::try_from(asked.query_number("limit", 1..=200, 200)?).unwrap_or(200);
    let (before, after) = (asked.query_id("before")?, asked.query_id("after")?);
    let with_counts = asked.query_flag("with_counts");
    let mine = world.guilds_of(asked.user);
    let range = mine.filter(|guild| {
        before.is_none_or(|id| guild.id < id) && after.is_none_or(|id| guild.id > id)
    });
    let mut found: Vec<_> = range.collect();
    if before.is_some() && found.len() > limit {
        found.drain(..found.len() - limit);
    }
    let one = |guild: &&crate::world::Guild| {
        let bits = guild
            .members
            .get(&asked.user)
            .map_or(0, |member| permissions::in_guild(guild, member));
        let mut object = json!({ "id": json::id(guild.id), "name": guild.name, "icon": null, "banner": null,
            "owner": guild.owner == asked.user, "permissions": bits.to_string(), "features": [] });
        if with_counts {
            json::put(
                &mut object,
                "approximate_member_count",
                json!(guild.members.len()),
            );
            json::put(
                &mut object,
                "approximate_presence_count",
                json!(guild.members.len()),
            );
        }
        object
    };
    Ok(Reply::Json(
        found.iter().take(limit).map(one).collect::<Value>(),
    ))
}

pub(super) fn leave_guild(world: &mut World, asked: &Asked) -> Served {
    let guild = asked.id(0)?;
    world.require_in_guild(asked.user, guild, 0)?;
    world.leave(guild, asked.user);
    Ok(Reply::Nothing)
}
