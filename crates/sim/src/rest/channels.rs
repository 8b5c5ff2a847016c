//! One channel: reading, changing, deleting, overwrites, typing.

use super::{
    asked::{Asked, Reply, id_in},
    serve::Served,
};
use crate::world::{
    Channel, ChannelChange, Overwrite, OverwriteKind, Refusal, ThreadChange, World,
};
use serde_json::Value;

/// Minutes after which a thread may rest.
const AUTO_ARCHIVE: [u32; 4] = [60, 1440, 4320, 10_080];
const LONGEST_SLOWMODE_SECONDS: u32 = 21_600;

/// The channel in the path, if the bot may see it.
pub(super) fn visible<'a>(world: &'a World, asked: &Asked) -> Result<&'a Channel, Refusal> {
    let id = asked.id(0)?;
    world.require(asked.user, id, 0)?;
    world.channels.get(&id).ok_or_else(Refusal::unknown_channel)
}

pub(super) fn shown(world: &World, user: u64, channel: u64) -> Served {
    let channel = world
        .channels
        .get(&channel)
        .ok_or_else(Refusal::unknown_channel)?;
    let object = match (&channel.thread, channel.guild) {
        (Some(_), _) => world.thread_json(channel, Some(user)),
        (None, None) => world.direct_message_json(channel, Some(user)),
        (None, Some(_)) => world.channel_json(channel),
    };
    Ok(Reply::Json(object))
}

pub(super) fn get(world: &World, asked: &Asked) -> Served {
    let channel = visible(world, asked)?.id;
    shown(world, asked.user, channel)
}

pub(super) fn edit(world: &mut World, asked: &Asked) -> Served {
    let (channel, is_thread) = {
        let found = visible(world, asked)?;
        (found.id, found.thread.is_some())
    };
    let name = asked.field_text("name")?.map(str::to_owned);
    let slowmode_seconds = asked.field_small("rate_limit_per_user")?;
    if slowmode_seconds.is_some_and(|seconds| seconds > LONGEST_SLOWMODE_SECONDS) {
        return Err(Refusal::bad_range(
            "rate_limit_per_user",
            0,
            u64::from(LONGEST_SLOWMODE_SECONDS),
        ));
    }
    if is_thread {
        let change = ThreadChange {
            name,
            archived: asked.field_bool("archived"),
            locked: asked.field_bool("locked"),
            auto_archive_minutes: auto_archive(asked, "auto_archive_duration")?,
            slowmode_seconds,
            invitable: asked.field_bool("invitable"),
            tags: asked
                .field("applied_tags")
                .map(|tags| ids(tags, "applied_tags"))
                .transpose()?,
            flags: asked.field_number("flags")?,
        };
        world.change_thread(asked.user, channel, change)?;
    } else {
        let nullable = |key: &str| asked.body.get(key);
        let change = ChannelChange {
            name,
            topic: nullable("topic").map(|topic| topic.as_str().map(str::to_owned)),
            position: asked.field_small("position")?,
            parent: nullable("parent_id")
                .map(|id| {
                    if id.is_null() {
                        Ok(None)
                    } else {
                        id_in(id, "parent_id").map(Some)
                    }
                })
                .transpose()?,
            nsfw: asked.field_bool("nsfw"),
            slowmode_seconds,
            default_auto_archive_minutes: auto_archive(asked, "default_auto_archive_duration")?,
            overwrites: asked
                .field("permission_overwrites")
                .map(overwrites)
                .transpose()?,
        };
        world.change_channel(asked.user, channel, change)?;
    }
    shown(world, asked.user, channel)
}

/// One of the four times after which a thread may rest.
pub(super) fn auto_archive(asked: &Asked, field: &str) -> Result<Option<u32>, Refusal> {
    let minutes = asked.field_small(field)?;
    match minutes.filter(|minutes| !AUTO_ARCHIVE.contains(minutes)) {
        Some(_) => Err(Refusal::bad_choice(field, "60, 1440, 4320, 10080")),
        None => Ok(minutes),
    }
}

/// A list of ids in a body.
pub(super) fn ids(value: &Value, field: &str) -> Result<Vec<u64>, Refusal> {
    let items = value.as_array().ok_or_else(|| {
        Refusal::form(
            field,
            "LIST_TYPE_CONVERT",
            "Only iterables may be used in a ListType",
        )
    })?;
    items
        .iter()
        .enumerate()
        .map(|(place, id)| id_in(id, &format!("{field}.{place}")))
        .collect()
}

fn overwrites(value: &Value) -> Result<Vec<Overwrite>, Refusal> {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let one = |(place, item): (usize, &Value)| {
        let path = format!("permission_overwrites.{place}");
        let id = id_in(
            item.get("id").unwrap_or(&Value::Null),
            &format!("{path}.id"),
        )?;
        overwrite(id, item, &path)
    };
    items.iter().enumerate().map(one).collect()
}

fn overwrite(id: u64, item: &Value, path: &str) -> Result<Overwrite, Refusal> {
    let bits = |key: &str| match item.get(key).filter(|bits| !bits.is_null()) {
        Some(bits) => id_in(bits, &format!("{path}.{key}")),
        None => Ok(0),
    };
    let kind = match item
        .get("type")
        .and_then(|kind| kind.as_u64().or_else(|| kind.as_str()?.parse().ok()))
    {
        Some(0) => OverwriteKind::Role,
        Some(1) => OverwriteKind::Member,
        Some(_) | None => return Err(Refusal::bad_choice(&format!("{path}.type"), "0, 1")),
    };
    Ok(Overwrite {
        id,
        kind,
        allow: bits("allow")?,
        deny: bits("deny")?,
    })
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Served {
    let channel = visible(world, asked)?.id;
    let before = shown(world, asked.user, channel)?;
    world.delete_channel(asked.user, channel)?;
    Ok(before)
}

pub(super) fn set_overwrite(world: &mut World, asked: &Asked) -> Served {
    let new = overwrite(asked.id(1)?, &asked.body, "")?;
    world.change_overwrite(asked.user, asked.id(0)?, new)?;
    Ok(Reply::Nothing)
}

pub(super) fn delete_overwrite(world: &mut World, asked: &Asked) -> Served {
    world.remove_overwrite(asked.user, asked.id(0)?, asked.id(1)?)?;
    Ok(Reply::Nothing)
}

pub(super) fn typing(world: &mut World, asked: &Asked) -> Served {
    world.type_in(asked.user, asked.id(0)?)?;
    Ok(Reply::Nothing)
}
