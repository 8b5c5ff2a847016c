//! Channels and direct messages as they change while the world runs.

use super::{Channel, ChannelKind, Overwrite, Refusal, World, intents, json, permissions as may};
use serde_json::json;

/// What changes about a channel; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ChannelChange {
    /// Name.
    pub name: Option<String>,
    /// Topic; `Some(None)` removes it.
    pub topic: Option<Option<String>>,
    /// Place in the list.
    pub position: Option<u32>,
    /// Category; `Some(None)` takes it out of one.
    pub parent: Option<Option<u64>>,
    /// Whether it is age-restricted.
    pub nsfw: Option<bool>,
    /// Seconds between two messages of one person.
    pub slowmode_seconds: Option<u32>,
    /// Minutes of silence after which its threads rest.
    pub default_auto_archive_minutes: Option<u32>,
    /// All overwrites.
    pub overwrites: Option<Vec<Overwrite>>,
}

impl World {
    /// The direct message of two users, opened if there is none.
    ///
    /// # Errors
    /// 50007 where one is a bot and so is the other, 10013 for nobody.
    pub fn open_direct_message(&mut self, from: u64, to: u64) -> Result<u64, Refusal> {
        let (Some(first), Some(second)) = (self.users.get(&from), self.users.get(&to)) else {
            return Err(Refusal::unknown_user());
        };
        if from == to || first.bot && second.bot {
            return Err(Refusal::cannot_message_user());
        }
        let open = self.channels.values().find(|channel| {
            channel.kind == ChannelKind::DirectMessage
                && channel.recipients.contains(&from)
                && channel.recipients.contains(&to)
        });
        if let Some(open) = open {
            return Ok(open.id);
        }
        let id = self.next_id();
        let mut channel = Channel::new(id, ChannelKind::DirectMessage, "");
        channel.recipients = vec![from, to];
        self.channels.insert(id, channel);
        Ok(id)
    }

    /// Makes a channel while the world runs.
    ///
    /// # Errors
    /// 50013 without MANAGE_CHANNELS.
    pub fn create_channel(
        &mut self,
        actor: u64,
        guild: u64,
        kind: ChannelKind,
        name: &str,
        parent: Option<u64>,
    ) -> Result<u64, Refusal> {
        self.require_in_guild(actor, guild, may::MANAGE_CHANNELS)?;
        let name = channel_name(kind, name);
        check_channel_name(&name)?;
        let id = self.add_channel(guild, kind, &name, parent);
        if let Some(channel) = self.channels.get(&id) {
            let data = self.channel_json(channel);
            self.emit_in_channel("CHANNEL_CREATE", data, intents::GUILDS, id);
        }
        Ok(id)
    }

    /// Changes a channel that is not a thread.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn change_channel(
        &mut self,
        actor: u64,
        channel: u64,
        change: ChannelChange,
    ) -> Result<(), Refusal> {
        self.require(actor, channel, may::MANAGE_CHANNELS)?;
        if change.overwrites.is_some() {
            self.require(actor, channel, may::MANAGE_ROLES)?;
        }
        let found = self
            .channels
            .get_mut(&channel)
            .ok_or_else(Refusal::unknown_channel)?;
        if let Some(name) = change.name {
            let name = channel_name(found.kind, &name);
            check_channel_name(&name)?;
            found.name = name;
        }
        if let Some(topic) = change.topic {
            if topic
                .as_ref()
                .is_some_and(|topic| topic.chars().count() > 1024)
            {
                return Err(Refusal::too_long("topic", 1024));
            }
            found.topic = topic;
        }
        found.position = change.position.unwrap_or(found.position);
        found.parent = change.parent.unwrap_or(found.parent);
        found.nsfw = change.nsfw.unwrap_or(found.nsfw);
        found.slowmode_seconds = change.slowmode_seconds.unwrap_or(found.slowmode_seconds);
        found.default_auto_archive_minutes = change
            .default_auto_archive_minutes
            .unwrap_or(found.default_auto_archive_minutes);
        if let Some(overwrites) = change.overwrites {
            found.overwrites = overwrites;
        }
        self.emit_channel_update(channel);
        Ok(())
    }

    /// Puts an overwrite on a channel while the world runs.
    ///
    /// # Errors
    /// 50013 without MANAGE_ROLES.
    pub fn change_overwrite(
        &mut self,
        actor: u64,
        channel: u64,
        overwrite: Overwrite,
    ) -> Result<(), Refusal> {
        self.require(actor, channel, may::MANAGE_ROLES)?;
        self.set_overwrite(channel, overwrite);
        self.emit_channel_update(channel);
        Ok(())
    }

    /// Takes the overwrite for a role or member away.
    ///
    /// # Errors
    /// 50013 without MANAGE_ROLES.
    pub fn remove_overwrite(
        &mut self,
        actor: u64,
        channel: u64,
        target: u64,
    ) -> Result<(), Refusal> {
        self.require(actor, channel, may::MANAGE_ROLES)?;
        if let Some(found) = self.channels.get_mut(&channel) {
            found.overwrites.retain(|one| one.id != target);
        }
        self.emit_channel_update(channel);
        Ok(())
    }

    fn emit_channel_update(&mut self, channel: u64) {
        if let Some(found) = self.channels.get(&channel) {
            let data = self.channel_json(found);
            self.emit_in_channel("CHANNEL_UPDATE", data, intents::GUILDS, channel);
        }
    }

    /// Deletes a channel with its threads, or a thread.
    ///
    /// # Errors
    /// 50013 without MANAGE_CHANNELS or, for threads, MANAGE_THREADS.
    pub fn delete_channel(&mut self, actor: u64, channel: u64) -> Result<(), Refusal> {
        let found = self
            .channels
            .get(&channel)
            .ok_or_else(Refusal::unknown_channel)?;
        if found.guild.is_none() {
            // "Deleting" a direct message only closes it; it comes back with the next message.
            return self.require(actor, channel, 0);
        }
        let is_thread = found.thread.is_some();
        self.require(
            actor,
            channel,
            if is_thread {
                may::MANAGE_THREADS
            } else {
                may::MANAGE_CHANNELS
            },
        )?;
        if !is_thread {
            let of_channel = |one: &&Channel| one.thread.is_some() && one.parent == Some(channel);
            let threads: Vec<u64> = self
                .channels
                .values()
                .filter(of_channel)
                .map(|one| one.id)
                .collect();
            for thread in threads {
                self.drop_channel(thread, None);
            }
        }
        self.drop_channel(
            channel,
            Some(if is_thread {
                "THREAD_DELETE"
            } else {
                "CHANNEL_DELETE"
            }),
        );
        Ok(())
    }

    fn drop_channel(&mut self, channel: u64, say: Option<&'static str>) {
        let Some(found) = self.channels.get(&channel) else {
            return;
        };
        let (guild, parent, kind) = (found.guild, found.parent, found.kind);
        if let Some(name) = say {
            let data = if kind.is_thread() {
                json!({ "id": json::id(channel), "guild_id": json::maybe_id(guild), "parent_id": json::maybe_id(parent),
                    "type": kind.number() })
            } else {
                self.channel_json(found)
            };
            self.emit_in_channel(name, data, intents::GUILDS, channel);
        }
        self.channels.remove(&channel);
        let messages = self.messages.remove(&channel).unwrap_or_default();
        for file in messages.values().flat_map(|message| &message.attachments) {
            self.files.remove(&file.id);
        }
        if let Some(guild) = guild.and_then(|guild| self.guilds.get_mut(&guild)) {
            guild.channels.remove(&channel);
        }
        let source = parent
            .and_then(|parent| self.messages.get_mut(&parent))
            .and_then(|messages| messages.get_mut(&channel));
        if let Some(source) = source {
            source.thread = None;
            source.flags &= !super::flags::HAS_THREAD;
        }
    }

    /// Refuses what needs `bits` in a guild where `user` lacks them.
    ///
    /// # Errors
    /// 10004 for a guild that is not the user's, 50013.
    pub fn require_in_guild(&self, user: u64, guild: u64, bits: u64) -> Result<(), Refusal> {
        let found = self.guilds.get(&guild).ok_or_else(Refusal::unknown_guild)?;
        if self
            .bots
            .get(&user)
            .is_some_and(|bot| bot.unavailable.contains(&guild))
        {
            return Err(Refusal::missing_access());
        }
        let member = found
            .members
            .get(&user)
            .ok_or_else(Refusal::unknown_guild)?;
        if may::in_guild(found, member) & bits == bits {
            Ok(())
        } else {
            Err(Refusal::missing_permissions())
        }
    }
}

/// Text channels are written small and with dashes.
fn channel_name(kind: ChannelKind, name: &str) -> String {
    let name = name.trim();
    match kind {
        ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Forum | ChannelKind::Media => {
            name.split_whitespace()
                .collect::<Vec<_>>()
                .join("-")
                .to_lowercase()
        }
        ChannelKind::DirectMessage
        | ChannelKind::Voice
        | ChannelKind::GroupDirectMessage
        | ChannelKind::Category
        | ChannelKind::AnnouncementThread
        | ChannelKind::PublicThread
        | ChannelKind::PrivateThread
        | ChannelKind::Stage => name.to_owned(),
    }
}

fn check_channel_name(name: &str) -> Result<(), Refusal> {
    if (1..=100).contains(&name.chars().count()) {
        Ok(())
    } else {
        Err(Refusal::bad_length("name", 1, 100))
    }
}
