//! Gateway addresses and the bot's own application.

use super::{
    asked::{Asked, Reply},
    serve::Served,
};
use crate::world::{
    FLAG_GUILD_MEMBERS_LIMITED, FLAG_MESSAGE_CONTENT_LIMITED, FLAG_PRESENCE_LIMITED, Refusal, World,
};
use serde_json::json;

fn gateway_url(world: &World) -> String {
    format!("{}/gateway", world.base.replacen("http", "ws", 1))
}

pub(super) fn gateway(world: &World) -> Served {
    Ok(Reply::Json(json!({ "url": gateway_url(world) })))
}

pub(super) fn gateway_bot(world: &World) -> Served {
    let settings = &world.settings;
    Ok(Reply::Json(
        json!({ "url": gateway_url(world), "shards": settings.shards, "session_start_limit": {
        "total": settings.identifies_a_day, "remaining": settings.identifies_left, "reset_after": 86_400_000,
        "max_concurrency": settings.max_concurrency } }),
    ))
}

pub(super) fn own(world: &World, asked: &Asked) -> Served {
    let bot = world
        .bots
        .get(&asked.user)
        .ok_or_else(Refusal::unknown_application)?;
    Ok(Reply::Json(world.application_json(bot)))
}

/// Description and the switches of privileged intents are what a bot may change about its application.
pub(super) fn edit_own(world: &mut World, asked: &Asked) -> Served {
    let description = asked.field_text("description")?.map(str::to_owned);
    let flags = asked.field_number("flags")?;
    let switches =
        FLAG_GUILD_MEMBERS_LIMITED | FLAG_MESSAGE_CONTENT_LIMITED | FLAG_PRESENCE_LIMITED;
    let bot = world
        .bots
        .get_mut(&asked.user)
        .ok_or_else(Refusal::unknown_application)?;
    if let Some(description) = description {
        if description.chars().count() > 400 {
            return Err(Refusal::too_long("description", 400));
        }
        bot.description = description;
    }
    if let Some(flags) = flags {
        bot.flags = bot.flags & !switches | flags & switches;
    }
    own(world, asked)
}
