//! What the gateway told of guilds: the names and kinds of their channels, threads and roles.
//!
//! Kept small, because a big bot is in tens of thousands of guilds: sorted boxed slices, names as boxed strings,
//! and nothing that no rule asks for.
//!
//! A session that is resumed tells none of this again, so the guilds that have changed are stored with it, as text that
//! only this file reads.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use kaiwa_core::{
    id::{ChannelId, GuildId, RoleId, UserId},
    message::Place,
    words::Locale,
};

use serde::{Deserialize, Serialize};

use super::wire;

/// Everything known of the guilds that the bot is in.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    guilds: Mutex<HashMap<GuildId, Guild>>,
    /// The guilds that have changed, or are gone, since the store was told of them. A guild is marked after the change,
    /// so that none is missed.
    changed: Mutex<BTreeSet<GuildId>>,
}

/// One guild.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Guild {
    locale: Locale,
    /// The role that came with the bot; people mention it when they mean the bot.
    own_role: Option<RoleId>,
    channels: Vec<Channel>,
    roles: Vec<(RoleId, Box<str>)>,
    /// It has come up in its shard's session. Until then it is known from the session before, which is not worth storing: a process
    /// that goes on with the session waits for it to come up.
    #[serde(skip)]
    is_up: bool,
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

impl Directory {
    /// Takes a guild in whole, in place of what was known of it.
    pub(crate) fn put_guild(&self, guild: wire::Guild, me: UserId) {
        let mut channels: Vec<Channel> = guild
            .channels
            .iter()
            .chain(&guild.threads)
            .map(|channel| Channel::new(channel, me))
            .collect();
        channels.sort_unstable_by_key(|channel| channel.id);
        channels.dedup_by_key(|channel| channel.id);
        channels.shrink_to_fit();
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
        let known = Guild {
            locale,
            own_role,
            channels,
            roles,
            is_up: true,
        };
        self.lock().insert(guild.id, known);
        self.mark([guild.id]);
    }

    /// A shard's new session has these guilds and no others; they are still to come up.
    pub(crate) fn keep_only(&self, of_shard: impl Fn(GuildId) -> bool, guilds: &[GuildId]) {
        let guilds: HashSet<GuildId> = guilds.iter().copied().collect();
        self.lock().retain(|guild, known| {
            if !of_shard(*guild) {
                return true;
            }
            known.is_up = false;
            guilds.contains(guild)
        });
    }

    /// Takes in a guild as an earlier process knew it; tells whether it could be read.
    pub(crate) fn restore(&self, guild: GuildId, known: &str) -> bool {
        match serde_json::from_str::<Guild>(known) {
            Ok(known) => {
                let is_up = true;
                self.lock().insert(guild, Guild { is_up, ..known });
                true
            }
            Err(_) => false,
        }
    }

    /// Some guilds of a shard, `count` at the most, that have changed since they were last told here, each as
    /// [`Directory::restore`] reads it; nothing of those that the bot has left. Those that are still to come up are not told.
    pub(crate) fn take_changed(
        &self,
        of_shard: impl Fn(GuildId) -> bool,
        count: usize,
    ) -> Vec<(GuildId, Option<String>)> {
        let mut taken = Vec::new();
        {
            let mut changed = self.changed();
            let guilds = self.lock();
            changed.retain(|guild| {
                let is_taken = taken.len() < count && of_shard(*guild);
                if is_taken && guilds.get(guild).is_none_or(|known| known.is_up) {
                    taken.push(*guild);
                }
                !is_taken
            });
        }
        // Our own types: they can always be written as JSON.
        let known = |guild: &GuildId| serde_json::to_string(self.lock().get(guild)?).ok();
        taken
            .into_iter()
            .map(|guild| (guild, known(&guild)))
            .collect()
    }

    /// The store does not know the newest of these guilds.
    pub(crate) fn mark(&self, guilds: impl IntoIterator<Item = GuildId>) {
        self.changed().extend(guilds);
    }

    /// The same, of those of them that are known: nothing is known of a guild that has not come up yet, which does not mean that the
    /// bot has left it.
    pub(crate) fn mark_known(&self, guilds: Vec<GuildId>) {
        let known = self.lock();
        let guilds: Vec<GuildId> = guilds
            .into_iter()
            .filter(|guild| known.contains_key(guild))
            .collect();
        drop(known);
        self.mark(guilds);
    }

    /// A guild has another language.
    pub(crate) fn set_locale(&self, guild: GuildId, locale: &str) {
        if let Some(guild) = self.lock().get_mut(&guild) {
            guild.locale = Locale::from_discord(locale);
        }
        self.mark([guild]);
    }

    /// Forgets a guild.
    pub(crate) fn remove_guild(&self, guild: GuildId) {
        self.lock().remove(&guild);
        self.mark([guild]);
    }

    /// A channel or thread is new or has changed. A thread that is closed is forgotten, or each conversation would stay here for
    /// ever: when it is opened again, Discord tells of it again.
    pub(crate) fn put_channel(&self, guild: GuildId, channel: &wire::Channel, me: UserId) {
        if channel.thread_metadata.archived {
            return self.remove_channel(guild, channel.id);
        }
        let mut guilds = self.lock();
        let known = guilds.entry(guild).or_default();
        let channel = Channel::new(channel, me);
        match known.find(channel.id) {
            Ok(index) => {
                if let Some(known) = known.channels.get_mut(index) {
                    *known = channel;
                }
            }
            Err(index) => known.channels.insert(index, channel),
        }
        drop(guilds);
        self.mark([guild]);
    }

    /// Discord was asked about a channel or thread that was not known. Whatever the gateway has told meanwhile is newer.
    pub(crate) fn learn_channel(&self, guild: GuildId, channel: &wire::Channel, me: UserId) {
        let mut guilds = self.lock();
        let known = guilds.get_mut(&guild);
        let Some(known) = known.filter(|_| !channel.thread_metadata.archived) else {
            return;
        };
        if let Err(index) = known.find(channel.id) {
            known.channels.insert(index, Channel::new(channel, me));
            drop(guilds);
            self.mark([guild]);
        }
    }

    /// A channel or thread is gone.
    pub(crate) fn remove_channel(&self, guild: GuildId, channel: ChannelId) {
        if let Some(guild) = self.lock().get_mut(&guild)
            && let Ok(index) = guild.find(channel)
        {
            guild.channels.remove(index);
        }
        self.mark([guild]);
    }

    /// A role is new or has changed.
    pub(crate) fn put_role(&self, guild: GuildId, role: wire::Role, me: UserId) {
        if let Some(guild) = self.lock().get_mut(&guild) {
            if is_own(&role, me) {
                guild.own_role = Some(role.id);
            }
            let name = role.name.into_boxed_str();
            match guild.roles.binary_search_by_key(&role.id, |(id, _)| *id) {
                Ok(index) => {
                    if let Some(known) = guild.roles.get_mut(index) {
                        known.1 = name;
                    }
                }
                Err(index) => guild.roles.insert(index, (role.id, name)),
            }
        }
        self.mark([guild]);
    }

    /// A role is gone.
    pub(crate) fn remove_role(&self, guild: GuildId, role: RoleId) {
        if let Some(guild) = self.lock().get_mut(&guild) {
            guild.roles.retain(|(id, _)| *id != role);
        }
        self.mark([guild]);
    }

    /// What kind of place a guild's channel is; `None` when it is not known.
    pub(crate) fn place(&self, guild: GuildId, channel: ChannelId) -> Option<Place> {
        let guilds = self.lock();
        let guild = guilds.get(&guild)?;
        let channel = guild.channels.get(guild.find(channel).ok()?)?;
        Some(channel.kind.place())
    }

    /// Reads from one guild, which may be unknown.
    pub(crate) fn with_guild<T>(
        &self,
        guild: Option<GuildId>,
        read: impl FnOnce(Option<&Guild>) -> T,
    ) -> T {
        let guilds = self.lock();
        read(guild.and_then(|guild| guilds.get(&guild)))
    }

    /// Every poisoned state is a whole one: all changes are single steps.
    fn lock(&self) -> MutexGuard<'_, HashMap<GuildId, Guild>> {
        self.guilds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) -> MutexGuard<'_, BTreeSet<GuildId>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guild {
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

    fn find(&self, channel: ChannelId) -> Result<usize, usize> {
        self.channels
            .binary_search_by_key(&channel, |known| known.id)
    }
}

/// What kind of place a channel is that Discord was asked for.
pub(crate) fn place_of(channel: &wire::Channel, me: UserId) -> Place {
    Channel::new(channel, me).kind.place()
}

impl ChannelKind {
    fn place(self) -> Place {
        match self {
            Self::Thread { ours } => Place::Thread { ours },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_is_told_once_and_reads_as_it_was() {
        let (first, second) = (GuildId(1), GuildId(2));
        let guild: wire::Guild = serde_json::from_str(
            r#"{"id":"1","preferred_locale":"ja","channels":[{"id":"10","type":0,"name":"general"}],
                "threads":[{"id":"11","type":11,"name":"sea","owner_id":"7"}],
                "roles":[{"id":"1","name":"@everyone"},{"id":"5","name":"kaiwa","tags":{"bot_id":"7"}}]}"#,
        )
        .unwrap();
        let directory = Directory::default();
        directory.put_guild(guild, UserId(7));
        directory.remove_guild(second);
        let told = directory.take_changed(|_| true, 9);
        assert!(directory.take_changed(|_| true, 9).is_empty());
        let [(one, Some(known)), (other, None)] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!((*one, *other), (first, second));

        let restored = Directory::default();
        assert!(!restored.restore(first, "{}") && !restored.restore(first, "no"));
        assert!(restored.restore(first, known));
        assert!(restored.take_changed(|_| true, 9).is_empty());
        let place = |channel| restored.place(first, ChannelId(channel));
        assert_eq!(place(10), Some(Place::Channel));
        assert_eq!(place(11), Some(Place::Thread { ours: true }));
        restored.with_guild(Some(first), |guild| {
            let guild = guild.unwrap();
            assert_eq!(guild.locale(), Locale::Ja);
            assert!(guild.is_own_role(RoleId(5)));
            assert_eq!(guild.channel_name(ChannelId(11)), Some("sea"));
            assert_eq!(guild.role_name(RoleId(1)), Some("@everyone"));
        });
        // A thread that is closed is not kept.
        let thread = |archived: bool| -> wire::Channel {
            let thread = format!(
                r#"{{"id":"11","type":11,"name":"sea","owner_id":"7","thread_metadata":{{"archived":{archived}}}}}"#
            );
            serde_json::from_str(&thread).unwrap()
        };
        restored.put_channel(first, &thread(true), UserId(7));
        assert_eq!(place(11), None);
        restored.put_channel(first, &thread(false), UserId(7));
        assert_eq!(place(11), Some(Place::Thread { ours: true }));
        // What an answer says that comes late is not newer than what was told.
        restored.learn_channel(first, &thread(true), UserId(7));
        restored.learn_channel(first, &thread(false), UserId(8));
        assert_eq!(place(11), Some(Place::Thread { ours: true }));
        restored.learn_channel(second, &thread(false), UserId(7));
        assert!(restored.with_guild(Some(second), |guild| guild.is_none()));
        assert_eq!(restored.take_changed(|_| true, 9).len(), 1);
        restored.mark([first, second]);
        assert_eq!(restored.take_changed(|guild| guild == second, 9).len(), 1);
        assert_eq!(restored.take_changed(|_| true, 0).len(), 0);
        assert_eq!(restored.take_changed(|_| true, 1).len(), 1);
        // In a new session it is known still, and not up.
        restored.keep_only(|_| true, &[first]);
        restored.mark([first]);
        assert_eq!(place(10), Some(Place::Channel));
        assert_eq!(restored.take_changed(|_| true, 9).len(), 0);
    }
}
