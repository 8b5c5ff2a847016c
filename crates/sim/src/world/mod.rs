//! The world: plain data and what can happen to it. Nothing here waits or does I/O; REST, gateway and tests all
//! change it through the same operations, and every change leaves its dispatches in the outbox.

mod actions;
pub mod build;
mod channel;
mod components;
mod draft;
mod editing;
pub mod faults;
mod feed;
mod files;
mod forms;
mod guild;
pub mod intents;
mod interaction;
mod interactions;
pub mod json;
pub mod limits;
mod membership;
mod message;
mod opening;
mod people;
pub mod permissions;
mod places;
mod posting;
mod reactions;
mod refusal;
mod settings;
pub mod snowflake;
mod threads;
pub mod time;
mod upkeep;
mod using;
mod webhooks;

pub use actions::Saying;
pub use channel::{Channel, ChannelKind, ForumTag, Overwrite, OverwriteKind, Thread};
pub use draft::{Allowed, AllowedMentions, Draft, Pinged, ReplyTo, Upload};
pub use editing::Change;
pub use feed::{Dispatch, shard_of};
pub use files::{Cdn, CdnState};
pub use guild::{Emoji, Guild, Member, Role};
pub use interaction::{Answer, Command, Interaction, Webhook};
pub use interactions::{Response, interaction_kind};
pub use message::{
    Attachment, Author, InteractionTrace, Message, Reaction, ReactionEmoji, Reference, Version,
    flags, kind,
};
pub use opening::NewThread;
pub use people::{
    Bot, FLAG_GUILD_MEMBERS_LIMITED, FLAG_MESSAGE_CONTENT, FLAG_MESSAGE_CONTENT_LIMITED,
    FLAG_PRESENCE_LIMITED, User,
};
pub use places::ChannelChange;
pub use posting::is_system;
pub use refusal::Refusal;
pub use settings::{Length, Settings};
pub use threads::ThreadChange;
pub use time::Millis;
pub use using::Given;

use std::collections::BTreeMap;

/// Everything there is.
#[derive(Debug)]
pub struct World {
    /// How clients reach the simulator, as `http://127.0.0.1:4000`; set when it starts to listen.
    pub base: String,
    /// What time it is.
    pub clock: time::Clock,
    /// What can be set.
    pub settings: Settings,
    /// Accounts by id.
    pub users: BTreeMap<u64, User>,
    /// Bots by user id.
    pub bots: BTreeMap<u64, Bot>,
    /// Guilds by id.
    pub guilds: BTreeMap<u64, Guild>,
    /// Channels, threads and direct messages by id.
    pub channels: BTreeMap<u64, Channel>,
    /// Messages by channel, then by id.
    pub messages: BTreeMap<u64, BTreeMap<u64, Message>>,
    /// Application commands by id.
    pub commands: BTreeMap<u64, Command>,
    /// Interactions by id.
    pub interactions: BTreeMap<u64, Interaction>,
    /// Webhooks by id.
    pub webhooks: BTreeMap<u64, Webhook>,
    /// Bytes of attachments by id.
    pub files: BTreeMap<u64, Vec<u8>>,
    /// How the CDN does.
    pub cdn: Cdn,
    /// What goes wrong next.
    pub faults: faults::Faults,
    /// REST calls that were served.
    pub calls: faults::Calls,
    /// Rate limits as they stand.
    pub limits: limits::Limits,
    /// Who was seen typing: when, where, who.
    pub typing: Vec<(Millis, u64, u64)>,
    ids: snowflake::Snowflakes,
    /// What moment new ids carry while the default world is furnished.
    ids_dated: Option<Millis>,
    outbox: Vec<Dispatch>,
}

impl World {
    /// A world with nobody in it.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            base: String::new(),
            clock: time::Clock::default(),
            settings: Settings::default(),
            users: BTreeMap::new(),
            bots: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            commands: BTreeMap::new(),
            interactions: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            files: BTreeMap::new(),
            cdn: Cdn::default(),
            faults: faults::Faults::default(),
            calls: faults::Calls::default(),
            limits: limits::Limits::default(),
            typing: Vec::new(),
            ids: snowflake::Snowflakes::default(),
            ids_dated: None,
            outbox: Vec::new(),
        }
    }

    /// A fresh id.
    pub fn next_id(&mut self) -> u64 {
        let moment = self.ids_dated.unwrap_or_else(|| self.clock.now_ms());
        self.ids.next(moment)
    }

    /// The bot with this token.
    #[must_use]
    pub fn bot_by_token(&self, token: &str) -> Option<&Bot> {
        self.bots.values().find(|bot| bot.token == token)
    }

    /// The guilds that a user is in, oldest first.
    pub fn guilds_of(&self, user: u64) -> impl Iterator<Item = &Guild> {
        self.guilds
            .values()
            .filter(move |guild| guild.members.contains_key(&user))
    }

    /// A channel's message.
    #[must_use]
    pub fn message(&self, channel: u64, message: u64) -> Option<&Message> {
        self.messages.get(&channel)?.get(&message)
    }

    /// The account with this name, or with this shown name.
    #[must_use]
    pub fn user_named(&self, name: &str) -> Option<&User> {
        let by_name = self.users.values().find(|user| user.name == name);
        by_name.or_else(|| {
            self.users
                .values()
                .find(|user| user.global_name.as_deref() == Some(name))
        })
    }

    /// The first channel or thread with this name, a leading `#` aside.
    #[must_use]
    pub fn channel_named(&self, name: &str) -> Option<&Channel> {
        let name = name.trim_start_matches('#');
        self.channels.values().find(|channel| channel.name == name)
    }

    /// Takes what happened since the last call; [`crate::Shared`] does this after every change.
    pub fn take_outbox(&mut self) -> Vec<Dispatch> {
        std::mem::take(&mut self.outbox)
    }

    /// Tells the bots that may view `channel` what happened there.
    pub fn emit_in_channel(
        &mut self,
        name: &'static str,
        data: serde_json::Value,
        intents: u64,
        channel: u64,
    ) {
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let recipients = self
            .bots
            .keys()
            .copied()
            .filter(|bot| self.may_view(*bot, channel))
            .collect();
        self.outbox.push(Dispatch {
            name,
            data,
            intents,
            guild,
            recipients,
            content_for: Vec::new(),
        });
    }

    /// Tells the bots of a guild what happened there.
    pub fn emit_in_guild(
        &mut self,
        name: &'static str,
        data: serde_json::Value,
        intents: u64,
        guild: u64,
    ) {
        let Some(members) = self.guilds.get(&guild).map(|guild| &guild.members) else {
            return;
        };
        let recipients = self
            .bots
            .keys()
            .copied()
            .filter(|bot| members.contains_key(bot))
            .collect();
        self.outbox.push(Dispatch {
            name,
            data,
            intents,
            guild: Some(guild),
            recipients,
            content_for: Vec::new(),
        });
    }

    /// Tells one bot alone; `guild` decides the shard.
    pub fn emit_to(
        &mut self,
        name: &'static str,
        data: serde_json::Value,
        intents: u64,
        guild: Option<u64>,
        user: u64,
    ) {
        self.outbox.push(Dispatch {
            name,
            data,
            intents,
            guild,
            recipients: vec![user],
            content_for: Vec::new(),
        });
    }

    /// Puts a dispatch into the outbox as it is; for tests of what clients do with odd events.
    pub fn emit(&mut self, dispatch: Dispatch) {
        self.outbox.push(dispatch);
    }
}
