//! What the gateway told of guilds: the names and kinds of their channels, threads and roles.
//!
//! A session that is resumed tells none of this again, so the guilds that have changed are stored with it, as text that
//! only this file reads.

mod guild;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use kaiwa_core::{
    id::{ChannelId, GuildId, RoleId, UserId},
    message::Place,
};

use super::wire;
pub(crate) use guild::{Guild, place_of};

/// Everything known of the guilds that the bot is in.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    guilds: Mutex<HashMap<GuildId, Guild>>,
    /// The guilds that have changed, or are gone, since the store was told of them. A guild is marked after the change,
    /// so that none is missed.
    changed: Mutex<BTreeSet<GuildId>>,
}

impl Directory {
    /// Takes a guild in whole, in place of what was known of it.
    pub(crate) fn put_guild(&self, guild: wire::Guild, me: UserId) {
        let id = guild.id;
        self.lock().insert(id, Guild::new(guild, me));
        self.mark([id]);
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
            Ok(mut known) => {
                known.is_up = true;
                self.lock().insert(guild, known);
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
            guild.set_locale(locale);
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
        guilds.entry(guild).or_default().put_channel(channel, me);
        drop(guilds);
        self.mark([guild]);
    }

    /// Discord was asked about a channel or thread that was not known. Whatever the gateway has told meanwhile is newer.
    pub(crate) fn learn_channel(&self, guild: GuildId, channel: &wire::Channel, me: UserId) {
        let mut guilds = self.lock();
        let known = guilds.get_mut(&guild);
        let known = known
            .filter(|known| !channel.thread_metadata.archived && known.place(channel.id).is_none());
        if let Some(known) = known {
            known.put_channel(channel, me);
            drop(guilds);
            self.mark([guild]);
        }
    }

    /// A channel or thread is gone.
    pub(crate) fn remove_channel(&self, guild: GuildId, channel: ChannelId) {
        if let Some(guild) = self.lock().get_mut(&guild) {
            guild.remove_channel(channel);
        }
        self.mark([guild]);
    }

    /// A role is new or has changed.
    pub(crate) fn put_role(&self, guild: GuildId, role: wire::Role, me: UserId) {
        if let Some(guild) = self.lock().get_mut(&guild) {
            guild.put_role(role, me);
        }
        self.mark([guild]);
    }

    /// A role is gone.
    pub(crate) fn remove_role(&self, guild: GuildId, role: RoleId) {
        if let Some(guild) = self.lock().get_mut(&guild) {
            guild.remove_role(role);
        }
        self.mark([guild]);
    }

    /// What kind of place a guild's channel is; `None` when it is not known.
    pub(crate) fn place(&self, guild: GuildId, channel: ChannelId) -> Option<Place> {
        self.lock().get(&guild)?.place(channel)
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

#[cfg(test)]
mod tests {
    use kaiwa_core::words::Locale;

    use super::*;

    const THREAD: Place = Place::Thread {
        ours: true,
        below: Some(ChannelId(10)),
    };

    #[test]
    fn what_has_changed_is_told_once_and_reads_as_it_was() {
        let (first, second) = (GuildId(1), GuildId(2));
        let guild: wire::Guild = serde_json::from_str(
            r#"{"id":"1","preferred_locale":"ja","channels":[{"id":"10","type":0,"name":"general"}],
                "threads":[{"id":"11","type":11,"name":"sea","owner_id":"7","parent_id":"10"}],
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
        assert_eq!(place(11), Some(THREAD));
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
                r#"{{"id":"11","type":11,"name":"sea","owner_id":"7","parent_id":"10","thread_metadata":{{"archived":{archived}}}}}"#
            );
            serde_json::from_str(&thread).unwrap()
        };
        restored.put_channel(first, &thread(true), UserId(7));
        assert_eq!(place(11), None);
        restored.put_channel(first, &thread(false), UserId(7));
        assert_eq!(place(11), Some(THREAD));
        // What an answer says that comes late is not newer than what was told.
        restored.learn_channel(first, &thread(true), UserId(7));
        restored.learn_channel(first, &thread(false), UserId(8));
        assert_eq!(place(11), Some(THREAD));
        restored.learn_channel(second, &thread(false), UserId(7));
        assert!(restored.with_guild(Some(second), |guild| guild.is_none()));
        assert_eq!(restored.take_changed(|_| true, 9).len(), 1);
        restored.mark([first, second]);
        assert_eq!(restored.take_changed(|guild| guild == second, 9).len(), 1);
        assert_eq!(restored.take_changed(|_| true, 0).len(), 0);
        assert_eq!(restored.take_changed(|_| true, 1).len(), 1);
        // With a channel go its threads, of which Discord tells nothing.
        restored.remove_channel(first, ChannelId(10));
        assert_eq!((place(10), place(11)), (None, None));
        // In a new session it is known still, and not up.
        restored.keep_only(|_| true, &[first]);
        restored.mark([first]);
        assert!(restored.with_guild(Some(first), |guild| guild.is_some()));
        assert_eq!(restored.take_changed(|_| true, 9).len(), 0);
    }
}
