//! Identify and resume: who comes in, under which session, and with which close code others are sent away.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    close::CloseCode,
    intents,
    link::Link,
    payload::{Identify, Resume},
    records::{IdentifyRecord, Outcome, ResumeRecord},
    session::{Item, ResumeRefused, Session},
};
use crate::{
    Shared,
    world::{World, intents::GUILDS, shard_of, time::unix_ms},
};

/// What an identify is answered with when it is not accepted.
enum Refused {
    Close(CloseCode),
    /// Op 9: the client waits a moment and identifies again on the same connection.
    InvalidSession,
}

impl From<CloseCode> for Refused {
    fn from(code: CloseCode) -> Self {
        Self::Close(code)
    }
}

/// Answers an identify.
///
/// # Errors
/// The code to close the connection with.
pub(super) fn identify(
    shared: &Arc<Shared>,
    link: &Arc<Link>,
    identify: Identify,
) -> Result<(), CloseCode> {
    if link.session().is_some() {
        return Err(CloseCode::AlreadyAuthenticated);
    }
    let token = identify
        .token
        .strip_prefix("Bot ")
        .unwrap_or(&identify.token)
        .to_owned();
    let shard = identify.shard.unwrap_or((0, 1));
    let bot = shared.look(|world| world.bot_by_token(&token).map(|bot| bot.user));
    let opened = match bot {
        Some(user) => open(shared, link, &token, user, shard, identify.intents),
        None => Err(CloseCode::AuthenticationFailed.into()),
    };
    let (outcome, answer) = match opened {
        Ok(session) => (Outcome::Accepted(session.id.clone()), {
            link.attach(session, identify.compress);
            Ok(())
        }),
        Err(Refused::InvalidSession) => {
            link.send(9, &json!(false));
            (Outcome::InvalidSession, Ok(()))
        }
        Err(Refused::Close(code)) => (Outcome::Closed(code.code()), Err(code)),
    };
    shared.gateway.note_identify(IdentifyRecord {
        at_ms: unix_ms(),
        bot,
        shard,
        intents: identify.intents.unwrap_or_default(),
        compression: link.compression.name(),
        compress_payloads: identify.compress,
        properties: identify.properties,
        presence: identify.presence,
        outcome,
    });
    shared.touch();
    answer
}

/// Checks an identify in Discord's order and opens its session, with READY and its guilds queued.
fn open(
    shared: &Arc<Shared>,
    link: &Link,
    token: &str,
    user: u64,
    shard: (u64, u64),
    intents: Option<u64>,
) -> Result<Arc<Session>, Refused> {
    let intents = intents
        .filter(|bits| !intents::has_unknown_bits(*bits))
        .ok_or(CloseCode::InvalidIntents)?;
    let (index, shards) = shard;
    if index >= shards {
        return Err(CloseCode::InvalidShard.into());
    }
    // One look at the world from here to the registered session, so that every later event is in the queue, and no earlier one.
    shared.with(|world| {
        let flags = world.bots.get(&user).map_or(0, |bot| bot.flags);
        if intents::disallowed(intents, flags) != 0 {
            return Err(CloseCode::DisallowedIntents.into());
        }
        let guilds: Vec<u64> = world
            .guilds_of(user)
            .map(|guild| guild.id)
            .filter(|id| shard_of(Some(*id), shards) == index)
            .collect();
        let allowed = shared.gateway.settings().guilds_per_shard;
        if allowed != 0 && guilds.len() > allowed {
            return Err(CloseCode::ShardingRequired.into());
        }
        if world.settings.identifies_left == 0 {
            reset_token(shared, world, user);
            return Err(CloseCode::AuthenticationFailed.into());
        }
        if !shared
            .gateway
            .pace(user, index, world.settings.max_concurrency)
        {
            return Err(Refused::InvalidSession);
        }
        world.settings.identifies_left -= 1;
        let id = shared.gateway.new_session_id();
        let session = Arc::new(Session::new(
            id,
            token.to_owned(),
            user,
            intents,
            shard,
            link.id,
        ));
        let ready = ready(world, link, &session, &guilds);
        session.push(Item::Made("READY", Arc::new(ready)), Duration::ZERO);
        if intents & GUILDS != 0 {
            guilds
                .into_iter()
                .for_each(|guild| session.push(Item::Guild(guild), Duration::ZERO));
        }
        shared.gateway.register(Arc::clone(&session));
        Ok(session)
    })
}

/// What Discord does with a bot that identifies more often than its day allows: every session ends and the token is no longer valid.
/// Source: <https://discord.com/developers/docs/events/gateway#session-start-limit>.
fn reset_token(shared: &Shared, world: &mut World, user: u64) {
    if let Some(bot) = world.bots.get_mut(&user) {
        bot.token = format!("{}.reset-{}", bot.token, shared.gateway.new_session_id());
    }
    shared
        .gateway
        .end_sessions_of(user, CloseCode::AuthenticationFailed);
}

/// Source: <https://discord.com/developers/docs/events/gateway-events#ready>.
fn ready(world: &World, link: &Link, session: &Session, guilds: &[u64]) -> Value {
    let guilds: Vec<Value> = guilds
        .iter()
        .map(|id| json!({ "id": id.to_string(), "unavailable": true }))
        .collect();
    let application = world.bots.get(&session.user);
    json!({
        "v": 10,
        "user": world.own_user_json(session.user),
        "guilds": guilds,
        "session_id": session.id,
        "session_type": "normal",
        "resume_gateway_url": format!("ws://{}/gateway", link.host),
        "shard": [session.shard.0, session.shard.1],
        "application": application.map(|bot| json!({ "id": bot.user.to_string(), "flags": bot.flags })),
        "private_channels": [],
        "presences": [],
        "relationships": [],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": ["simulator"],
        "user_settings": {},
        "user_settings_proto": "",
        "auth": {},
        "_trace": ["[\"kaiwa-sim\",{}]"],
    })
}

/// Answers a resume.
///
/// # Errors
/// The code to close the connection with.
pub(super) fn resume(
    shared: &Arc<Shared>,
    link: &Arc<Link>,
    resume: &Resume,
) -> Result<(), CloseCode> {
    if link.session().is_some() {
        return Err(CloseCode::AlreadyAuthenticated);
    }
    let token = resume.token.strip_prefix("Bot ").unwrap_or(&resume.token);
    let answer = if shared.look(|world| world.bot_by_token(token).is_none()) {
        Err(CloseCode::AuthenticationFailed)
    } else {
        take_up(shared, link, resume, token)
    };
    let outcome = match &answer {
        Ok(true) => Outcome::Accepted(resume.session_id.clone()),
        Ok(false) => Outcome::InvalidSession,
        Err(code) => Outcome::Closed(code.code()),
    };
    shared.gateway.note_resume(ResumeRecord {
        at_ms: unix_ms(),
        session_id: resume.session_id.clone(),
        sequence: resume.seq,
        outcome,
    });
    shared.touch();
    answer.map(|_| ())
}

/// Moves the session over to this connection; `false` when the client was told that the session is invalid.
fn take_up(
    shared: &Shared,
    link: &Arc<Link>,
    resume: &Resume,
    token: &str,
) -> Result<bool, CloseCode> {
    let session = shared
        .gateway
        .session(&resume.session_id)
        .filter(|session| session.token == token);
    let refused = match session {
        None => ResumeRefused::Gone,
        Some(session) => {
            let earlier = session
                .connection()
                .and_then(|connection| shared.gateway.link(connection));
            match session.resume(link.id, resume.seq) {
                Ok(()) => {
                    if let Some(earlier) = earlier {
                        earlier.close(CloseCode::UnknownError);
                    }
                    link.attach(session, false);
                    return Ok(true);
                }
                Err(refused) => refused,
            }
        }
    };
    match refused {
        ResumeRefused::InvalidSequence => Err(CloseCode::InvalidSequence),
        ResumeRefused::Gone => {
            shared.gateway.forget(&resume.session_id);
            link.send(9, &json!(false));
            Ok(false)
        }
    }
}
