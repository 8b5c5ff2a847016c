//! Threads over REST: opening, membership, listings.

use super::{
    asked::{Asked, Reply},
    channels::{auto_archive, ids, visible},
    forms,
    pages::{cursor, thread_list},
    serve::Served,
};
use crate::world::{Channel, ChannelKind, NewThread, Refusal, World, json, permissions};
use serde_json::Value;

/// Which archived threads are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that everyone sees.
    Public,
    /// All private ones.
    Private,
    /// Private ones that the bot is in.
    OwnPrivate,
}

fn new_thread(asked: &Asked) -> Result<NewThread, Refusal> {
    let name = asked
        .field_text("name")?
        .ok_or_else(|| Refusal::required("name"))?
        .to_owned();
    Ok(NewThread {
        name,
        private: false,
        auto_archive_minutes: auto_archive(asked, "auto_archive_duration")?,
        slowmode_seconds: asked.field_small("rate_limit_per_user")?.unwrap_or(0),
        invitable: asked.field_bool("invitable").unwrap_or(true),
        tags: asked
            .field("applied_tags")
            .map(|tags| ids(tags, "applied_tags"))
            .transpose()?
            .unwrap_or_default(),
        starter: None,
    })
}

pub(super) fn create_on_message(world: &mut World, asked: &Asked) -> Served {
    let (channel, message) = (visible(world, asked)?.id, asked.id(1)?);
    let thread = world.open_thread_on(asked.user, channel, message, new_thread(asked)?)?;
    created(world, asked, thread)
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Served {
    let (parent, kind) = {
        let found = visible(world, asked)?;
        (found.id, found.kind)
    };
    let mut new = new_thread(asked)?;
    if kind.is_forum() {
        let body = asked
            .field("message")
            .ok_or_else(|| Refusal::required("message"))?;
        new.starter = Some(forms::draft(body, &asked.files, "message.", false)?);
    } else {
        // Without a type it is a private thread: an old default that Discord keeps.
        let kind = ChannelKind::from_number(asked.field_number("type")?.unwrap_or(12));
        let kind = kind
            .filter(|kind| kind.is_thread())
            .ok_or_else(|| Refusal::bad_choice("type", "10, 11, 12"))?;
        new.private = kind == ChannelKind::PrivateThread;
    }
    let thread = world.open_thread(asked.user, parent, new)?;
    created(world, asked, thread)
}

fn created(world: &World, asked: &Asked, thread: u64) -> Served {
    let channel = world
        .channels
        .get(&thread)
        .ok_or_else(Refusal::unknown_channel)?;
    let mut object = world.thread_json(channel, Some(asked.user));
    if let Some(starter) = world.message(thread, thread) {
        json::put(
            &mut object,
            "message",
            world.message_json(starter, Some(asked.user)),
        );
    }
    Ok(Reply::Created(object))
}

fn thread<'a>(world: &'a World, asked: &Asked) -> Result<&'a Channel, Refusal> {
    let found = visible(world, asked)?;
    if found.thread.is_some() {
        Ok(found)
    } else {
        Err(Refusal::wrong_channel_kind())
    }
}

pub(super) fn members(world: &World, asked: &Asked) -> Served {
    let channel = thread(world, asked)?;
    let with_member = asked.query_flag("with_member");
    let members = channel.thread.iter().flat_map(|thread| &thread.members);
    let members =
        members.map(|(user, since)| member_object(world, channel, *user, *since, with_member));
    Ok(Reply::Json(members.collect::<Value>()))
}

fn member_object(
    world: &World,
    channel: &Channel,
    user: u64,
    since: u64,
    with_member: bool,
) -> Value {
    let mut object = json::guild::thread_member_json(channel.id, user, since);
    let member = channel
        .guild
        .and_then(|guild| world.guilds.get(&guild)?.members.get(&user));
    if let Some(member) = member.filter(|_| with_member) {
        json::put(&mut object, "member", world.member_json(member));
    }
    object
}

/// The user in the path, or the bot itself for `@me`.
fn target(asked: &Asked) -> Result<u64, Refusal> {
    if asked.parameters.len() > 1 {
        asked.id(1)
    } else {
        Ok(asked.user)
    }
}

pub(super) fn member(world: &World, asked: &Asked) -> Served {
    let channel = thread(world, asked)?;
    let user = if asked.text(1) == "@me" {
        asked.user
    } else {
        asked.id(1)?
    };
    let found = channel
        .thread
        .as_ref()
        .and_then(|thread| thread.members.get(&user));
    let since = found.ok_or_else(Refusal::unknown_member)?;
    Ok(Reply::Json(member_object(
        world,
        channel,
        user,
        *since,
        asked.query_flag("with_member"),
    )))
}

pub(super) fn join(world: &mut World, asked: &Asked) -> Served {
    world.join_thread(asked.user, asked.id(0)?, target(asked)?)?;
    Ok(Reply::Nothing)
}

pub(super) fn leave(world: &mut World, asked: &Asked) -> Served {
    world.leave_thread(asked.user, asked.id(0)?, target(asked)?)?;
    Ok(Reply::Nothing)
}

pub(super) fn list_active(world: &World, asked: &Asked) -> Served {
    let guild = asked.id(0)?;
    world.require_in_guild(asked.user, guild, 0)?;
    let mut threads: Vec<_> = world
        .active_threads(guild)
        .filter(|one| world.may_view(asked.user, one.id))
        .collect();
    threads.sort_by_key(|one| std::cmp::Reverse(one.id));
    Ok(Reply::Json(thread_list(world, asked.user, &threads, false)))
}

pub(super) fn list_archived(world: &World, asked: &Asked, which: Which) -> Served {
    let parent = visible(world, asked)?.id;
    let needed = match which {
        Which::Private => permissions::READ_MESSAGE_HISTORY | permissions::MANAGE_THREADS,
        Which::Public | Which::OwnPrivate => permissions::READ_MESSAGE_HISTORY,
    };
    world.require(asked.user, parent, needed)?;
    let limit = usize::try_from(asked.query_number("limit", 2..=100, 50)?).unwrap_or(50);
    let before = cursor(asked.query.get("before"));
    let is_it = |one: &&Channel| {
        let Some(thread) = one
            .thread
            .as_ref()
            .filter(|thread| thread.archived && one.parent == Some(parent))
        else {
            return false;
        };
        let private = one.kind == ChannelKind::PrivateThread;
        match which {
            Which::Public => !private,
            Which::Private => private,
            Which::OwnPrivate => private && thread.members.contains_key(&asked.user),
        }
    };
    // The bot's own private threads go by id, all others by when they went to rest.
    let key = |one: &Channel| match which {
        Which::OwnPrivate => one.id,
        Which::Public | Which::Private => one
            .thread
            .as_ref()
            .map_or(0, |thread| thread.archive_changed_ms),
    };
    let mut found: Vec<&Channel> = world
        .channels
        .values()
        .filter(is_it)
        .filter(|one| before.is_none_or(|before| key(one) < before))
        .collect();
    found.sort_by_key(|one| std::cmp::Reverse((key(one), one.id)));
    let has_more = found.len() > limit;
    found.truncate(limit);
    Ok(Reply::Json(thread_list(
        world, asked.user, &found, has_more,
    )))
}
