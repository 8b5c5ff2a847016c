//! What is known of one guild.
//!
//! Kept small, because a big bot is in tens of thousands of guilds: sorted vectors without room to spare, names as boxed strings,
//! and nothing that no rule asks for.

use kaiwa_core::{
    id::{ChannelId, RoleId, UserId},
    message::Place,
    words::Locale,
};
use serde::{Deserialize, Serialize};

use crate::discord::wire;

/// One guild.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Guild {
    locale: Locale,
    /// The role that came with the bot; people mention it when they mean the bot.
    own_role: Option<RoleId>,
    channels: Vec<Channel>,
    /// What its threads hang below.
    #[serde(default)]
    parents: Vec<(ChannelId, ChannelId)>,
    roles: Vec<(RoleId, Box<str>)>,
    /// It has come up in its shard's session. Until then it is known from the session before, which is not worth storing: a process
    /// that goes on with the session waits for it to come up.
    #[serde(skip)]
    pub(super) is_up: bool,
}

/// One channel or thread.
#[derive(Debug, Serialize, Deserialize)]
struct Channel {
    id: ChannelId,
    kind: ChannelKind,
    name: Box<str>,
}

/// What a channel is, as far as conversations care. Source: Discord's reference, "Channel Types".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChannelKind {
    Text,
    Thread {
        ours: bool,
    },
    Voice,
    /// Categories, forums themselves, and what is yet to come: nobody talks in them.
    Other,
}

impl Guild {
    /// A guild as it comes up.
    pub(super) fn new(guild: wire::Guild, me: UserId) -> Self {
        let places = guild.channels.iter().chain(&guild.threads);
        let mut channels: Vec<Channel> = places.map(|channel| Channel::new(channel, me)).collect();
        channels.sort_unstable_by_key(|channel| channel.id);
        channels.dedup_by_key(|channel| channel.id);
        channels.shrink_to_fit();
        let mut parents: Vec<_> = guild.threads.iter().filter_map(hangs).collect();
        parents.sort_unstable();
        parents.shrink_to_fit();
        let own_role = guild.roles.iter().find(|role| is_own(role, me));
        let own_role = own_role.map(|role| role.id);
        let mut roles: Vec<(RoleId, Box<str>)> = guild
            .roles
            .into_iter()
            .map(|role| (role.id, role.name.into_boxed_str()))
            .collect();
        roles.sort_unstable_by_key(|(id, _)| *id);
        roles.shrink_to_fit();
        let locale = guild
            .preferred_locale
            .as_deref()
            .map_or_else(Locale::default, Locale::from_discord);
        Self {
            locale,
            own_role,
            channels,
            parents,
            roles,
            is_up: true,
        }
    }

    /// It has another language.
    pub(super) fn set_locale(&mut self, locale: &str) {
        self.locale = Locale::from_discord(locale);
    }

    /// A channel or thread is new or has changed.
    pub(super) fn put_channel(&mut self, channel: &wire::Channel, me: UserId) {
        if let Some((thread, parent)) = hangs(channel) {
            match self.find_parent(thread) {
                Ok(_) => {}
                Err(index) => self.parents.insert(index, (thread, parent)),
            }
        }
        let channel = Channel::new(channel, me);
        match self.find(channel.id) {
            Ok(index) => {
                if let Some(known) = self.channels.get_mut(index) {
                    *known = channel;
                }
            }
            Err(index) => self.channels.insert(index, channel),
        }
    }

    /// A channel or thread is gone, and what hung below it.
    pub(super) fn remove_channel(&mut self, channel: ChannelId) {
        let of_channel = |(_, parent): &mut (_, _)| *parent == channel;
        let below: Vec<_> = self.parents.extract_if(.., of_channel).collect();
        for (thread, _) in below {
            self.remove_channel(thread);
        }
        if let Ok(index) = self.find_parent(channel) {
            self.parents.remove(index);
        }
        if let Ok(index) = self.find(channel) {
            self.channels.remove(index);
        }
    }

    /// A role is new or has changed.
    pub(super) fn put_role(&mut self, role: wire::Role, me: UserId) {
        if is_own(&role, me) {
            self.own_role = Some(role.id);
        }
        let name = role.name.into_boxed_str();
        match self.roles.binary_search_by_key(&role.id, |(id, _)| *id) {
            Ok(index) => {
                if let Some(known) = self.roles.get_mut(index) {
                    known.1 = name;
                }
            }
            Err(index) => self.roles.insert(index, (role.id, name)),
        }
    }

    /// A role is gone.
    pub(super) fn remove_role(&mut self, role: RoleId) {
        self.roles.retain(|(id, _)| *id != role);
    }

    /// What kind of place a channel is.
    pub(super) fn place(&self, channel: ChannelId) -> Option<Place> {
        let below = self.find_parent(channel).ok();
        let below = below.and_then(|index| self.parents.get(index));
        let channel = self.channels.get(self.find(channel).ok()?)?;
        Some(channel.kind.place(below.map(|(_, parent)| *parent)))
    }

    /// The language that the guild says it speaks.
    pub(crate) fn locale(&self) -> Locale {
        self.locale
    }

    /// Whether a role is the one that came with the bot.
    pub(crate) fn is_own_role(&self, role: RoleId) -> bool {
        self.own_role == Some(role)
    }

    /// A channel's name.
    pub(crate) fn channel_name(&self, channel: ChannelId) -> Option<&str> {
        let channel = self.channels.get(self.find(channel).ok()?)?;
        Some(&channel.name)
    }

    /// A role's name.
    pub(crate) fn role_name(&self, role: RoleId) -> Option<&str> {
        let index = self.roles.binary_search_by_key(&role, |(id, _)| *id).ok()?;
        self.roles.get(index).map(|(_, name)| &**name)
    }

    fn find_parent(&self, thread: ChannelId) -> Result<usize, usize> {
        self.parents
            .binary_search_by_key(&thread, |(thread, _)| *thread)
    }

    fn find(&self, channel: ChannelId) -> Result<usize, usize> {
        self.channels
            .binary_search_by_key(&channel, |known| known.id)
    }
}

/// What kind of place a channel is that Discord was asked for.
pub(crate) fn place_of(channel: &wire::Channel, me: UserId) -> Place {
    let below = hangs(channel).map(|(_, parent)| parent);
    Channel::new(channel, me).kind.place(below)
}

/// A thread and what it hangs below. Other channels have a category there, of which nothing depends.
fn hangs(channel: &wire::Channel) -> Option<(ChannelId, ChannelId)> {
    matches!(channel.kind, 10..=12).then_some((channel.id, channel.parent_id?))
}

impl ChannelKind {
    fn place(self, below: Option<ChannelId>) -> Place {
        match self {
            Self::Thread { ours } => Place::Thread { ours, below },
            Self::Voice => Place::Chat,
            Self::Text | Self::Other => Place::Channel,
        }
    }
}

impl Channel {
    fn new(channel: &wire::Channel, me: UserId) -> Self {
        Self {
            id: channel.id,
            kind: match channel.kind {
                0 | 5 => ChannelKind::Text,
                10..=12 => ChannelKind::Thread {
                    ours: channel.owner_id == Some(me),
                },
                2 | 13 => ChannelKind::Voice,
                _ => ChannelKind::Other,
            },
            name: channel.name.as_deref().unwrap_or_default().into(),
        }
    }
}

fn is_own(role: &wire::Role, me: UserId) -> bool {
    role.tags.as_ref().and_then(|tags| tags.bot_id) == Some(me)
}
