//! Waiting for what a bot does, without sleeping and asking again.

use std::{sync::Arc, time::Duration};

use axum::{Json, body::Bytes, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Mistake, Name,
    mistake::read,
    seen::{call_json, message_json, route_named},
    transcript::transcript,
    using::interaction_json,
};
use crate::{
    Route, Shared,
    world::{Answer, Message, World},
};

/// The longest that one call waits.
const LONGEST: Duration = Duration::from_secs(120);

/// What is waited for: messages in a channel, a thread on a message, a message gone, an interaction answered, REST calls, or sessions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// Messages in this channel or thread ...
    pub channel: Option<Name>,
    /// ... or in the direct message of the first person (or `as`) with this one ...
    pub dm: Option<Name>,
    /// The other side of `dm`.
    #[serde(rename = "as")]
    pub person: Option<Name>,
    /// ... written by this one ...
    pub author: Option<Name>,
    /// ... newer than this message ...
    pub after: Option<Name>,
    /// ... with this in their text ...
    pub contains: Option<String>,
    /// ... or with exactly this text ...
    pub equals: Option<String>,
    /// ... so many of them (1) ...
    pub count: Option<usize>,
    /// ... unchanged for so many milliseconds (0).
    #[serde(default)]
    pub settled_ms: u64,
    /// A thread on this message.
    pub thread_on: Option<Name>,
    /// No message with this id any more.
    pub gone: Option<Name>,
    /// An answer to this interaction; a deferred one counts when it is filled.
    pub interaction: Option<Name>,
    /// Answered calls of this route ...
    pub call: Option<String>,
    /// ... with a number above this one.
    #[serde(default)]
    pub since: u64,
    /// So many sessions connected that have been sent everything.
    pub connected: Option<usize>,
    /// Milliseconds until it is given up (10,000, at most 120,000).
    pub timeout_ms: Option<u64>,
}

/// What has to be true, with names looked up.
enum Until {
    Messages {
        channel: u64,
        wait: Box<Wait>,
    },
    ThreadOn(u64),
    Gone(u64),
    Answered(u64),
    Calls {
        route: Route,
        since: u64,
        count: usize,
    },
    Connected(usize),
}

impl Wait {
    /// Waits; gives what was found.
    ///
    /// # Errors
    /// [`Mistake::TimedOut`] with what there is instead, so that the reader need not look further.
    pub async fn run(self, shared: &Shared) -> Result<Value, Mistake> {
        let timeout = self
            .timeout_ms
            .map_or(Duration::from_secs(10), Duration::from_millis)
            .min(LONGEST);
        let settled = Duration::from_millis(self.settled_ms);
        let until = shared.with(|world| self.clone().resolve(world))?;
        let waiting = async {
            let mut found = until_found(shared, &until).await;
            if settled.is_zero() {
                return found;
            }
            loop {
                tokio::time::sleep(settled).await;
                let again = until_found(shared, &until).await;
                if again == found {
                    return found;
                }
                found = again;
            }
        };
        match tokio::time::timeout(timeout, waiting).await {
            Ok(found) => Ok(found),
            Err(_) => Err(Mistake::TimedOut(format!(
                "Not within {} ms.\n{}",
                timeout.as_millis(),
                shared.look(|world| instead(world, shared, &until))
            ))),
        }
    }

    fn resolve(self, world: &mut World) -> Result<Until, Mistake> {
        if let Some(message) = &self.thread_on {
            return Ok(Until::ThreadOn(
                message.message(world, self.channel.as_ref())?.id,
            ));
        }
        if let Some(message) = &self.gone {
            let id = message
                .0
                .parse()
                .map_err(|_| Mistake::new("`gone` is a message's id."))?;
            return Ok(Until::Gone(id));
        }
        if let Some(interaction) = &self.interaction {
            return Ok(Until::Answered(interaction.interaction(world)?));
        }
        if let Some(route) = &self.call {
            return Ok(Until::Calls {
                route: route_named(route)?,
                since: self.since,
                count: self.count.unwrap_or(1),
            });
        }
        if let Some(count) = self.connected {
            return Ok(Until::Connected(count));
        }
        if self.channel.is_none() && self.dm.is_none() {
            return Err(Mistake::new(
                "Say what to wait for: `channel` or `dm` (messages), `thread_on`, `gone`, `interaction`, `call` or `connected`.",
            ));
        }
        if let Some(author) = &self.author {
            author.user(world)?;
        }
        let person = super::people::speaker(self.person.as_ref(), world)?;
        let channel = super::people::place(world, person, self.channel.as_ref(), self.dm.as_ref())?;
        Ok(Until::Messages {
            channel,
            wait: Box::new(self),
        })
    }

    fn matches(&self, world: &World, message: &Message) -> bool {
        let after = self
            .after
            .as_ref()
            .and_then(|after| after.0.parse::<u64>().ok())
            .unwrap_or(0);
        let author = self
            .author
            .as_ref()
            .and_then(|author| author.user(world).ok());
        message.id > after
            && author.is_none_or(|author| author == message.author.id())
            && self
                .contains
                .as_ref()
                .is_none_or(|text| message.content.contains(text.as_str()))
            && self
                .equals
                .as_ref()
                .is_none_or(|text| message.content == *text)
    }
}

async fn until_found(shared: &Shared, until: &Until) -> Value {
    shared.until(|world| find(world, shared, until)).await
}

fn find(world: &World, shared: &Shared, until: &Until) -> Option<Value> {
    match until {
        Until::Messages { channel, wait } => {
            let messages = world
                .messages
                .get(channel)
                .into_iter()
                .flat_map(|messages| messages.values());
            let found: Vec<Value> = messages
                .filter(|message| wait.matches(world, message))
                .map(|message| message_json(world, message))
                .collect();
            (found.len() >= wait.count.unwrap_or(1)).then_some(Value::Array(found))
        }
        Until::ThreadOn(message) => world
            .channels
            .get(message)
            .map(|thread| world.channel_json(thread)),
        Until::Gone(message) => {
            let there = world
                .messages
                .values()
                .any(|messages| messages.contains_key(message));
            (!there).then(|| json!({ "gone": message.to_string() }))
        }
        Until::Answered(interaction) => {
            let found = world.interactions.get(interaction)?;
            let waits = matches!(found.answer, Answer::Waiting | Answer::Deferred { .. });
            (!waits)
                .then(|| interaction_json(world, *interaction).ok())
                .flatten()
        }
        Until::Calls {
            route,
            since,
            count,
        } => {
            let calls = world
                .calls
                .of(*route)
                .filter(|call| call.number > *since && call.answered_ms.is_some());
            let found: Vec<Value> = calls.map(call_json).collect();
            (found.len() >= *count).then_some(Value::Array(found))
        }
        Until::Connected(count) => {
            let sessions = shared.gateway.sessions();
            let ready = sessions
                .iter()
                .filter(|session| session.connected && session.sent == session.queued)
                .count();
            (ready >= *count).then(|| json!(sessions))
        }
    }
}

/// What there is when the wait is over.
fn instead(world: &World, shared: &Shared, until: &Until) -> String {
    match until {
        Until::Messages { channel, .. } => transcript(world, *channel),
        Until::ThreadOn(message) => {
            let place = world
                .messages
                .iter()
                .find(|(_, messages)| messages.contains_key(message))
                .map(|(channel, _)| *channel);
            place.map_or_else(
                || "The message is gone.".to_owned(),
                |channel| transcript(world, channel),
            )
        }
        Until::Gone(message) => format!("The message {message} is still there."),
        Until::Answered(interaction) => {
            let answer = interaction_json(world, *interaction);
            answer.map_or_else(
                |mistake| mistake.to_string(),
                |answer| format!("It stands so: {answer}"),
            )
        }
        Until::Calls { route, .. } => format!(
            "{} was called {} times in all.",
            route.name(),
            world.calls.of(*route).count()
        ),
        Until::Connected(_) => format!("Sessions: {}", json!(shared.gateway.sessions())),
    }
}

/// The call.
pub(super) async fn wait(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Value>, Mistake> {
    let wait: Wait = read(&body)?;
    wait.run(&shared).await.map(Json)
}
