//! Webhooks, and the follow-ups of interactions, which Discord serves as webhooks of the application.

use super::{
    asked::{Asked, Reply},
    channels::visible,
    forms,
    messages::shown,
    serve::Served,
};
use crate::world::{Author, Refusal, Webhook, World, json, permissions};
use serde_json::{Value, json};

/// What a path with id and token leads to.
enum Target {
    /// An interaction of an application.
    Interaction(u64),
    /// A channel's webhook.
    Webhook(Box<Webhook>),
}

fn target(world: &World, asked: &Asked) -> Result<Target, Refusal> {
    let (id, token) = (asked.id(0)?, asked.text(1));
    if world.bots.contains_key(&id) {
        return world
            .interaction_by_token(id, token)
            .map(Target::Interaction);
    }
    let webhook = world
        .webhooks
        .get(&id)
        .ok_or_else(Refusal::unknown_webhook)?;
    if webhook.token != token {
        return Err(Refusal::bad_webhook_token());
    }
    Ok(Target::Webhook(Box::new(webhook.clone())))
}

fn object(world: &World, webhook: &Webhook, with_user: bool) -> Value {
    let mut object = json!({ "id": json::id(webhook.id), "type": 1, "guild_id": json::id(webhook.guild),
        "channel_id": json::id(webhook.channel), "name": webhook.name, "avatar": null, "application_id": null,
        "token": webhook.token, "url": format!("{}/api/webhooks/{}/{}", world.base, webhook.id, webhook.token) });
    if with_user {
        json::put(&mut object, "user", world.user_json(webhook.creator));
    }
    object
}

pub(super) fn list(world: &World, asked: &Asked) -> Served {
    let channel = visible(world, asked)?.id;
    world.require(asked.user, channel, permissions::MANAGE_WEBHOOKS)?;
    let all = world.webhooks.values().filter(|one| one.channel == channel);
    Ok(Reply::Json(
        all.map(|one| object(world, one, true)).collect::<Value>(),
    ))
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Served {
    let channel = visible(world, asked)?.id;
    world.require(asked.user, channel, permissions::MANAGE_WEBHOOKS)?;
    let name = asked
        .field_text("name")?
        .ok_or_else(|| Refusal::required("name"))?
        .trim()
        .to_owned();
    if !(1..=80).contains(&name.chars().count()) {
        return Err(Refusal::bad_length("name", 1, 80));
    }
    let id = world.create_webhook(asked.user, channel, &name)?;
    let webhook = world
        .webhooks
        .get(&id)
        .ok_or_else(Refusal::unknown_webhook)?;
    Ok(Reply::Json(object(world, webhook, true)))
}

pub(super) fn get(world: &World, asked: &Asked) -> Served {
    let id = asked.id(0)?;
    let webhook = world
        .webhooks
        .get(&id)
        .ok_or_else(Refusal::unknown_webhook)?;
    let by_token = asked.parameters.len() > 1;
    if by_token && webhook.token != asked.text(1) {
        return Err(Refusal::bad_webhook_token());
    }
    if !by_token {
        world.require(asked.user, webhook.channel, permissions::MANAGE_WEBHOOKS)?;
    }
    Ok(Reply::Json(object(world, webhook, !by_token)))
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Served {
    let id = asked.id(0)?;
    let channel = world
        .webhooks
        .get(&id)
        .ok_or_else(Refusal::unknown_webhook)?
        .channel;
    world.require(asked.user, channel, permissions::MANAGE_WEBHOOKS)?;
    world.webhooks.remove(&id);
    Ok(Reply::Nothing)
}

pub(super) fn execute(world: &mut World, asked: &Asked) -> Served {
    match target(world, asked)? {
        Target::Interaction(id) => {
            let draft = forms::draft(&asked.body, &asked.files, "", true)?;
            let message = world.follow_up(id, draft)?;
            let found = world
                .interactions
                .get(&id)
                .ok_or_else(Refusal::unknown_webhook)?;
            shown(world, found.application, found.channel, message, false)
        }
        Target::Webhook(webhook) => {
            let draft = forms::draft(&asked.body, &asked.files, "", false)?;
            let name = asked
                .field_text("username")?
                .unwrap_or(&webhook.name)
                .to_owned();
            let channel = asked.query_id("thread_id")?.unwrap_or(webhook.channel);
            let in_place = channel == webhook.channel
                || world
                    .channels
                    .get(&channel)
                    .is_some_and(|found| found.parent == Some(webhook.channel));
            if !in_place {
                return Err(Refusal::unknown_channel());
            }
            let author = Author::Webhook {
                id: webhook.id,
                name,
                avatar: None,
            };
            let message = world.post(author, channel, draft)?;
            if asked.query_flag("wait") {
                shown(world, 0, channel, message, false)
            } else {
                Ok(Reply::Nothing)
            }
        }
    }
}

/// Where the message in the path is: `@original`, a follow-up, or a webhook's message.
fn message(world: &World, asked: &Asked, target: &Target) -> Result<(u64, u64), Refusal> {
    let is_original = asked.parameters.len() < 3;
    match target {
        Target::Interaction(id) if is_original => world.original(*id),
        Target::Interaction(id) => {
            let found = world
                .interactions
                .get(id)
                .ok_or_else(Refusal::unknown_webhook)?;
            let own = world
                .message(found.channel, asked.id(2)?)
                .filter(|one| one.application == Some(found.application));
            own.map(|one| (one.channel, one.id))
                .ok_or_else(Refusal::unknown_message)
        }
        Target::Webhook(webhook) => {
            let channel = asked.query_id("thread_id")?.unwrap_or(webhook.channel);
            let wanted = if is_original {
                return Err(Refusal::unknown_message());
            } else {
                asked.id(2)?
            };
            let own = world
                .message(channel, wanted)
                .filter(|one| one.author.id() == webhook.id);
            own.map(|one| (one.channel, one.id))
                .ok_or_else(Refusal::unknown_message)
        }
    }
}

fn viewer(world: &World, target: &Target) -> u64 {
    match target {
        Target::Interaction(id) => world
            .interactions
            .get(id)
            .map_or(0, |found| found.application),
        Target::Webhook(_) => 0,
    }
}

pub(super) fn get_message(world: &World, asked: &Asked) -> Served {
    let target = target(world, asked)?;
    let (channel, message) = message(world, asked, &target)?;
    shown(world, viewer(world, &target), channel, message, false)
}

pub(super) fn edit_message(world: &mut World, asked: &Asked) -> Served {
    let target = target(world, asked)?;
    let change = forms::change(&asked.body, &asked.files, "")?;
    let (channel, message) = message(world, asked, &target)?;
    match &target {
        Target::Interaction(id) => world.edit_answer(*id, message, change)?,
        Target::Webhook(webhook) => {
            world.edit_webhook_message(webhook.id, channel, message, change)?
        }
    }
    shown(world, viewer(world, &target), channel, message, false)
}

pub(super) fn delete_message(world: &mut World, asked: &Asked) -> Served {
    let target = target(world, asked)?;
    let (channel, message) = message(world, asked, &target)?;
    match &target {
        Target::Interaction(id) => world.delete_answer(*id, message)?,
        Target::Webhook(webhook) => world.delete_webhook_message(webhook.id, channel, message)?,
    }
    Ok(Reply::Nothing)
}
