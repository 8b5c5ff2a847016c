//! Building and setting a world while it runs.

use std::{sync::Arc, time::Duration};

use axum::{Json, body::Bytes, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Mistake, Name,
    lookup::first_guild,
    mistake::{merge, read},
    people::{Action, channel_answer, speaker},
};
use crate::{
    Shared,
    gateway::GatewaySettings,
    world::{
        ChannelKind, Length, Overwrite, OverwriteKind, Settings, World, build::INVITED_WITH,
        json::id,
    },
};

type Answer = Result<Json<Value>, Mistake>;

/// The kinds of channel that can be made, by the words the API uses.
const KINDS: [(&str, ChannelKind); 7] = [
    ("text", ChannelKind::Text),
    ("voice", ChannelKind::Voice),
    ("category", ChannelKind::Category),
    ("announcement", ChannelKind::Announcement),
    ("stage", ChannelKind::Stage),
    ("forum", ChannelKind::Forum),
    ("media", ChannelKind::Media),
];

/// The word for a kind of channel.
pub(super) fn kind_name(kind: ChannelKind) -> &'static str {
    let known = KINDS
        .iter()
        .find(|(_, known)| *known == kind)
        .map(|(name, _)| *name);
    known.unwrap_or(if kind.is_thread() { "thread" } else { "direct" })
}

/// A new person, in every guild unless told otherwise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddPerson {
    /// Unique lower-case name.
    pub name: String,
    /// The name that people see.
    pub shown: Option<String>,
    /// Guilds to join; all where none are named.
    pub guilds: Option<Vec<Name>>,
    /// Language of their client, as `ja`.
    pub locale: Option<String>,
}

impl Action for AddPerson {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        refuse_taken(world, &self.name)?;
        let guilds = guilds_named(world, self.guilds)?;
        let person = world.add_person(&self.name, self.shown.as_deref().unwrap_or(&self.name));
        if let (Some(locale), Some(user)) = (self.locale, world.users.get_mut(&person)) {
            user.locale = locale;
        }
        guilds
            .into_iter()
            .for_each(|guild| world.join(guild, person));
        Ok(world.user_json(person))
    }
}

/// A new bot with its application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddBot {
    /// Unique lower-case name.
    pub name: String,
    /// Who made it; the first person where nobody is named.
    pub owner: Option<Name>,
    /// Guilds that invite it; all where none are named.
    pub guilds: Option<Vec<Name>>,
    /// Permissions of its role, as an integer.
    pub permissions: Option<u64>,
}

impl Action for AddBot {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        refuse_taken(world, &self.name)?;
        let owner = speaker(self.owner.as_ref(), world)?;
        let guilds = guilds_named(world, self.guilds)?;
        let bot = world.add_bot(&self.name, owner);
        for guild in guilds {
            world.invite_bot(guild, bot, self.permissions.unwrap_or(INVITED_WITH));
        }
        let token = world.bots.get(&bot).map(|bot| bot.token.clone());
        Ok(json!({ "id": id(bot), "name": self.name, "token": token }))
    }
}

/// What changes about a bot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeBot {
    /// The bot.
    pub bot: Name,
    /// Whether the Message Content switch is on.
    pub message_content: Option<bool>,
    /// A new token; the old one is refused from then on.
    pub token: Option<String>,
    /// Guilds that are down for it (the others are up).
    pub unavailable: Option<Vec<Name>>,
}

impl Action for ChangeBot {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let user = self.bot.bot(world)?;
        if let Some(down) = self.unavailable {
            let down = guilds_named(world, Some(down))?;
            let guilds: Vec<u64> = world.guilds_of(user).map(|guild| guild.id).collect();
            for guild in guilds {
                let was_up = world
                    .bots
                    .get(&user)
                    .is_some_and(|bot| !bot.unavailable.contains(&guild));
                let is_up = !down.contains(&guild);
                if was_up != is_up {
                    world.set_guild_available(guild, user, is_up);
                }
            }
        }
        let bot = world
            .bots
            .get_mut(&user)
            .ok_or_else(|| Mistake::new("The bot is gone."))?;
        if let Some(on) = self.message_content {
            bot.set_message_content(on);
        }
        if let Some(token) = self.token {
            bot.token = token;
        }
        Ok(json!({ "id": id(user), "token": bot.token, "message_content": bot.reads_content() }))
    }
}

/// A new guild.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddGuild {
    /// Its name.
    pub name: String,
    /// Its owner; the first person where nobody is named.
    pub owner: Option<Name>,
    /// Who else is in it, people and bots; everyone where nobody is named.
    pub members: Option<Vec<Name>>,
    /// Names of its text channels.
    #[serde(default = "one_general")]
    pub channels: Vec<String>,
}

fn one_general() -> Vec<String> {
    vec!["general".to_owned()]
}

impl Action for AddGuild {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let owner = speaker(self.owner.as_ref(), world)?;
        let members: Vec<u64> = match self.members {
            Some(members) => members
                .iter()
                .map(|member| member.user(world))
                .collect::<Result<_, _>>()?,
            None => world.users.keys().copied().collect(),
        };
        let guild = world.add_guild(&self.name, owner);
        for name in &self.channels {
            world.add_channel(guild, ChannelKind::Text, name, None);
        }
        for member in members {
            world.join(guild, member);
        }
        let channels = world
            .channels
            .values()
            .filter(|channel| channel.guild == Some(guild));
        Ok(json!({ "id": id(guild), "name": self.name,
            "channels": channels.map(|channel| json!({ "id": id(channel.id), "name": channel.name })).collect::<Value>() }))
    }
}

/// A new channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddChannel {
    /// Its name.
    pub name: String,
    /// `text` (where none is given), `voice`, `forum`, `announcement`, `category`, `stage` or `media`.
    pub kind: Option<String>,
    /// Its guild; the first one where none is named.
    pub guild: Option<Name>,
    /// Its category.
    pub category: Option<Name>,
    /// Who makes it; the guild's owner where nobody is named.
    #[serde(rename = "as")]
    pub person: Option<Name>,
}

impl Action for AddChannel {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let word = self.kind.as_deref().unwrap_or("text");
        let kind = KINDS
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, kind)| *kind)
            .ok_or_else(|| {
                let known: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
                Mistake::new(format!(
                    "There is no kind of channel {word:?}. There are: {}.",
                    known.join(", ")
                ))
            })?;
        let guild = self
            .guild
            .map_or_else(|| first_guild(world), |guild| guild.guild(world))?;
        let category = self
            .category
            .map(|category| category.channel(world))
            .transpose()?;
        let owner = world.guilds.get(&guild).map_or(0, |guild| guild.owner);
        let person = self.person.map_or(Ok(owner), |person| person.user(world))?;
        let channel = world.create_channel(person, guild, kind, &self.name, category)?;
        channel_answer(world, channel)
    }
}

/// What a role or a member may do in one channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetOverwrite {
    /// The channel.
    pub channel: Name,
    /// A role's id; `everyone` for the role that everyone has.
    pub role: Option<Name>,
    /// A member.
    pub member: Option<Name>,
    /// Permission bits that are given.
    #[serde(default)]
    pub allow: u64,
    /// Permission bits that are taken.
    #[serde(default)]
    pub deny: u64,
}

impl Action for SetOverwrite {
    fn apply(self, world: &mut World) -> Result<Value, Mistake> {
        let channel = self.channel.channel(world)?;
        let guild = world
            .guild_of(channel)
            .ok_or_else(|| Mistake::new("Direct messages have no overwrites."))?;
        let owner = world.guilds.get(&guild).map_or(0, |guild| guild.owner);
        let (target, kind) = match (self.role, self.member) {
            (Some(role), None) if role.0 == "everyone" => (guild, OverwriteKind::Role),
            (Some(role), None) => (role_named(world, guild, &role)?, OverwriteKind::Role),
            (None, Some(member)) => (member.user(world)?, OverwriteKind::Member),
            (Some(_), Some(_)) | (None, None) => {
                return Err(Mistake::new("Give `role` or `member`."));
            }
        };
        world.change_overwrite(
            owner,
            channel,
            Overwrite {
                id: target,
                kind,
                allow: self.allow,
                deny: self.deny,
            },
        )?;
        channel_answer(world, channel)
    }
}

fn role_named(world: &World, guild: u64, role: &Name) -> Result<u64, Mistake> {
    let roles = world.guilds.get(&guild).map(|guild| &guild.roles);
    let found = roles.and_then(|roles| {
        roles
            .values()
            .find(|known| known.name == role.0 || known.id.to_string() == role.0)
    });
    found
        .map(|role| role.id)
        .ok_or_else(|| Mistake::new(format!("The guild has no role {:?}.", role.0)))
}

fn refuse_taken(world: &World, name: &str) -> Result<(), Mistake> {
    if name.is_empty() || world.users.values().any(|user| user.name == name) {
        return Err(Mistake::new(format!(
            "The name {name:?} is taken or empty; names are unique."
        )));
    }
    Ok(())
}

fn guilds_named(world: &World, guilds: Option<Vec<Name>>) -> Result<Vec<u64>, Mistake> {
    match guilds {
        Some(guilds) => guilds.iter().map(|guild| guild.guild(world)).collect(),
        None => Ok(world.guilds.keys().copied().collect()),
    }
}

/// The world's settings as they stand in JSON: durations in milliseconds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldSettings {
    rate_limits: bool,
    global_per_second: u32,
    ban_after_invalid: Option<u32>,
    latency_before_ms: u64,
    latency_after_ms: u64,
    count_utf16: bool,
    active_threads_per_guild: usize,
    interaction_wait_ms: u64,
    interaction_life_ms: u64,
    old_edits_per_channel: Option<u32>,
    shards: u64,
    identifies_a_day: u64,
    identifies_left: u64,
    max_concurrency: u64,
    file_limit: usize,
    calls_kept: usize,
    nonce_memory_ms: u64,
}

impl From<&Settings> for WorldSettings {
    fn from(settings: &Settings) -> Self {
        let milliseconds =
            |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            rate_limits: settings.rate_limits,
            global_per_second: settings.global_per_second,
            ban_after_invalid: settings.ban_after_invalid,
            latency_before_ms: milliseconds(settings.latency_before),
            latency_after_ms: milliseconds(settings.latency_after),
            count_utf16: settings.length == Length::Utf16,
            active_threads_per_guild: settings.active_threads_per_guild,
            interaction_wait_ms: milliseconds(settings.interaction_wait),
            interaction_life_ms: milliseconds(settings.interaction_life),
            old_edits_per_channel: settings.old_edits_per_channel,
            shards: settings.shards,
            identifies_a_day: settings.identifies_a_day,
            identifies_left: settings.identifies_left,
            max_concurrency: settings.max_concurrency,
            file_limit: settings.file_limit,
            calls_kept: settings.calls_kept,
            nonce_memory_ms: milliseconds(settings.nonce_memory),
        }
    }
}

impl WorldSettings {
    fn apply(self, settings: &mut Settings) {
        *settings = Settings {
            rate_limits: self.rate_limits,
            global_per_second: self.global_per_second,
            ban_after_invalid: self.ban_after_invalid,
            latency_before: Duration::from_millis(self.latency_before_ms),
            latency_after: Duration::from_millis(self.latency_after_ms),
            length: if self.count_utf16 {
                Length::Utf16
            } else {
                Length::CodePoints
            },
            active_threads_per_guild: self.active_threads_per_guild,
            interaction_wait: Duration::from_millis(self.interaction_wait_ms),
            interaction_life: Duration::from_millis(self.interaction_life_ms),
            old_edits_per_channel: self.old_edits_per_channel,
            shards: self.shards,
            identifies_a_day: self.identifies_a_day,
            identifies_left: self.identifies_left,
            max_concurrency: self.max_concurrency,
            file_limit: self.file_limit,
            calls_kept: self.calls_kept,
            nonce_memory: Duration::from_millis(self.nonce_memory_ms),
        };
    }
}

/// What is set.
pub(super) async fn settings(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(settings_json(&shared))
}

fn settings_json(shared: &Shared) -> Value {
    let world = shared.look(|world| WorldSettings::from(&world.settings));
    json!({ "world": world, "gateway": shared.gateway.settings() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(default)]
    world: Map<String, Value>,
    #[serde(default)]
    gateway: Map<String, Value>,
}

/// Changes the settings that are named; nothing changes when one of them is refused.
pub(super) async fn change_settings(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let changes: Changes = read(&body)?;
    let gateway: GatewaySettings = merge(&shared.gateway.settings(), changes.gateway)?;
    shared.with(|world| {
        merge(&WorldSettings::from(&world.settings), changes.world)
            .map(|merged| merged.apply(&mut world.settings))
    })?;
    shared.gateway.set(|settings| *settings = gateway);
    Ok(Json(settings_json(&shared)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: u64,
}

/// Moves the world's clock forward: tokens expire, messages grow old, buckets fill again.
pub(super) async fn clock(State(shared): State<Arc<Shared>>, body: Bytes) -> Answer {
    let advance: Advance = read(&body)?;
    let now = shared.with(|world| {
        world
            .clock
            .advance(Duration::from_millis(advance.advance_ms));
        world.clock.now_ms()
    });
    Ok(Json(json!({ "now_ms": now })))
}

/// The default world again: connections end, what was seen is forgotten, the gateway's settings go back; the world's stay.
pub(super) async fn reset(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.gateway.reset();
    shared.model.reset();
    Json(shared.with(|world| {
        world.reset();
        super::seen::world_json(world)
    }))
}
