//! One message: create, read, edit, delete, react, pin, publish.

use super::{
    asked::{Asked, Reply},
    channels::ids,
    forms,
    serve::Served,
};
use crate::world::{
    Author, ChannelKind, Message, ReactionEmoji, Refusal, World, flags, json, permissions,
};

/// A message as the bot that asks sees it, its nonce included once: when it was just made.
pub(super) fn shown(
    world: &World,
    user: u64,
    channel: u64,
    message: u64,
    with_nonce: bool,
) -> Served {
    let found = world
        .message(channel, message)
        .ok_or_else(Refusal::unknown_message)?;
    let mut object = world.message_json(found, Some(user));
    if let Some(nonce) = found.nonce.as_ref().filter(|_| with_nonce) {
        json::put(&mut object, "nonce", nonce.clone());
    }
    Ok(Reply::Json(object))
}

/// The message in the path, if the bot may read it.
fn readable<'a>(world: &'a World, asked: &Asked) -> Result<&'a Message, Refusal> {
    let (channel, message) = (asked.id(0)?, asked.id(1)?);
    world.require(asked.user, channel, permissions::READ_MESSAGE_HISTORY)?;
    let found = world
        .message(channel, message)
        .filter(|message| message.only_for.is_none());
    found.ok_or_else(Refusal::unknown_message)
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Served {
    let channel = asked.id(0)?;
    let draft = forms::draft(&asked.body, &asked.files, "", false)?;
    let message = world.post(Author::User(asked.user), channel, draft)?;
    shown(world, asked.user, channel, message, true)
}

pub(super) fn get(world: &World, asked: &Asked) -> Served {
    let found = readable(world, asked)?;
    shown(world, asked.user, found.channel, found.id, false)
}

pub(super) fn edit(world: &mut World, asked: &Asked) -> Served {
    let (channel, message) = (asked.id(0)?, asked.id(1)?);
    let change = forms::change(&asked.body, &asked.files, "")?;
    if world
        .message(channel, message)
        .is_some_and(|found| found.only_for.is_some())
    {
        return Err(Refusal::unknown_message());
    }
    world.edit(asked.user, channel, message, change)?;
    shown(world, asked.user, channel, message, false)
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Served {
    world.delete(asked.user, asked.id(0)?, asked.id(1)?)?;
    Ok(Reply::Nothing)
}

pub(super) fn bulk_delete(world: &mut World, asked: &Asked) -> Served {
    let messages = ids(
        asked
            .field("messages")
            .ok_or_else(|| Refusal::required("messages"))?,
        "messages",
    )?;
    world.delete_many(asked.user, asked.id(0)?, &messages)?;
    Ok(Reply::Nothing)
}

pub(super) fn pin(world: &mut World, asked: &Asked, pinned: bool) -> Served {
    world.set_pinned(asked.user, asked.id(0)?, asked.id(1)?, pinned)?;
    Ok(Reply::Nothing)
}

pub(super) fn crosspost(world: &mut World, asked: &Asked) -> Served {
    let (channel, message) = (asked.id(0)?, asked.id(1)?);
    world.require(asked.user, channel, permissions::SEND_MESSAGES)?;
    if world.channels.get(&channel).map(|found| found.kind) != Some(ChannelKind::Announcement) {
        return Err(Refusal::wrong_channel_kind());
    }
    let found = readable(world, asked)?;
    let own = found.author == Author::User(asked.user);
    if found.flags & flags::CROSSPOSTED != 0 {
        return Err(Refusal::already_crossposted());
    }
    if !own {
        world.require(asked.user, channel, permissions::MANAGE_MESSAGES)?;
    }
    world.publish(channel, message);
    shown(world, asked.user, channel, message, false)
}

fn emoji(asked: &Asked) -> Result<ReactionEmoji, Refusal> {
    ReactionEmoji::parse(asked.text(2))
}

pub(super) fn react(world: &mut World, asked: &Asked) -> Served {
    world.react(asked.user, asked.id(0)?, asked.id(1)?, &emoji(asked)?)?;
    Ok(Reply::Nothing)
}

pub(super) fn unreact(world: &mut World, asked: &Asked) -> Served {
    let user = if asked.parameters.len() > 3 {
        asked.id(3)?
    } else {
        asked.user
    };
    world.unreact(asked.user, user, asked.id(0)?, asked.id(1)?, &emoji(asked)?)?;
    Ok(Reply::Nothing)
}

pub(super) fn clear_reactions(world: &mut World, asked: &Asked) -> Served {
    let emoji = if asked.parameters.len() > 2 {
        Some(emoji(asked)?)
    } else {
        None
    };
    world.clear_reactions(asked.user, asked.id(0)?, asked.id(1)?, emoji.as_ref())?;
    Ok(Reply::Nothing)
}
