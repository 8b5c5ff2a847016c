//! Building worlds: the default one, and cheap additions to it. Building says nothing to the gateway; what happens
//! while a world runs is in `actions`.

use super::{
    Bot, Channel, ChannelKind, Emoji, FLAG_GUILD_MEMBERS_LIMITED, FLAG_MESSAGE_CONTENT_LIMITED,
    FLAG_PRESENCE_LIMITED, Guild, Member, Overwrite, Role, User, World, permissions,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use std::collections::{BTreeMap, BTreeSet};

/// What a chat bot is invited with, so that it can open threads and answer in them.
pub const INVITED_WITH: u64 = permissions::VIEW_CHANNEL
    | permissions::SEND_MESSAGES
    | permissions::SEND_MESSAGES_IN_THREADS
    | permissions::CREATE_PUBLIC_THREADS
    | permissions::CREATE_PRIVATE_THREADS
    | permissions::MANAGE_THREADS
    | permissions::READ_MESSAGE_HISTORY
    | permissions::EMBED_LINKS
    | permissions::ATTACH_FILES
    | permissions::ADD_REACTIONS
    | permissions::USE_EXTERNAL_EMOJIS
    | permissions::USE_APPLICATION_COMMANDS;

/// When people and places of the default world were made: 2025-01-01.
const FURNISHED_MS: u64 = 1_735_689_600_000;

impl Default for World {
    /// One guild "Kaiwa Lab" owned by `ada`, with `ben`; #general, #announcements, the forum "ideas", a voice
    /// channel "lounge"; the bot `kaiwa`, invited.
    fn default() -> Self {
        let mut world = Self::empty();
        world.furnish();
        world
    }
}

impl World {
    /// The default world again, with the same ids and the same token. Address, clock and settings stay; ids of what
    /// is made later go on from where they were.
    pub fn reset(&mut self) {
        let old = std::mem::replace(self, Self::empty());
        self.base = old.base;
        self.clock = old.clock;
        self.settings = old.settings;
        self.furnish();
        self.ids = old.ids;
    }

    /// The default world as people see it on the page: with colours, topics, an emoji, and someone who reads Japanese.
    #[must_use]
    pub fn for_people() -> Self {
        let mut world = Self::default();
        let yuki = world.add_person("yuki", "ゆき");
        if let Some(yuki) = world.users.get_mut(&yuki) {
            "ja".clone_into(&mut yuki.locale);
        }
        let emoji = Emoji {
            id: world.next_id(),
            name: "kaiwa".to_owned(),
            animated: false,
        };
        let guilds: Vec<u64> = world.guilds.keys().copied().collect();
        for guild in guilds {
            let crew = world.add_role(guild, "crew", 0);
            world.add_member(guild, yuki);
            let Some(guild) = world.guilds.get_mut(&guild) else {
                continue;
            };
            guild.emojis.push(emoji.clone());
            for role in guild.roles.values_mut() {
                role.color = match role.bot {
                    Some(_) => 0x8f_7c_ff,
                    None if role.id == crew => 0x3b_a5_6d,
                    None => role.color,
                };
            }
            let owner = guild.owner;
            if let Some(member) = guild.members.get_mut(&owner) {
                member.roles.push(crew);
            }
        }
        for (name, topic) in [
            ("general", "Mention @kaiwa: it answers in a thread"),
            ("ideas", "Every post is a conversation of its own"),
        ] {
            let channel = world.channels.values_mut().find(|one| one.name == name);
            if let Some(channel) = channel {
                channel.topic = Some(topic.to_owned());
            }
        }
        world
    }

    /// People and places of the default world. They carry the same ids in every world, so that a token that was
    /// written down still works after a restart.
    fn furnish(&mut self) {
        self.ids_dated = Some(FURNISHED_MS);
        let ada = self.add_person("ada", "Ada");
        let ben = self.add_person("ben", "Ben");
        let bot = self.add_bot("kaiwa", ada);
        let guild = self.add_guild("Kaiwa Lab", ada);
        self.add_member(guild, ben);
        self.invite_bot(guild, bot, INVITED_WITH);
        let category = self.add_channel(guild, ChannelKind::Category, "talk", None);
        for (kind, name) in [
            (ChannelKind::Text, "general"),
            (ChannelKind::Announcement, "announcements"),
            (ChannelKind::Forum, "ideas"),
            (ChannelKind::Voice, "lounge"),
        ] {
            self.add_channel(guild, kind, name, Some(category));
        }
        self.ids_dated = None;
    }

    /// Adds a person; the id is returned.
    pub fn add_person(&mut self, name: &str, shown: &str) -> u64 {
        self.add_user(name, Some(shown), false)
    }

    /// Adds a bot and its application, with every privileged intent switched on.
    pub fn add_bot(&mut self, name: &str, owner: u64) -> u64 {
        let user = self.add_user(name, None, true);
        let token = token_of(user);
        let flags =
            FLAG_MESSAGE_CONTENT_LIMITED | FLAG_GUILD_MEMBERS_LIMITED | FLAG_PRESENCE_LIMITED;
        let description = format!("{name}, in the simulator");
        self.bots.insert(
            user,
            Bot {
                user,
                token,
                flags,
                description,
                owner,
                unavailable: BTreeSet::new(),
            },
        );
        user
    }

    fn add_user(&mut self, name: &str, shown: Option<&str>, bot: bool) -> u64 {
        let id = self.next_id();
        let user = User {
            id,
            name: name.to_owned(),
            global_name: shown.map(str::to_owned),
            avatar: Some(format!("{id:032x}")),
            bot,
            takes_direct_messages: true,
            locale: "en-US".to_owned(),
        };
        self.users.insert(id, user);
        id
    }

    /// Adds a guild with its owner in it and no channels.
    pub fn add_guild(&mut self, name: &str, owner: u64) -> u64 {
        let id = self.next_id();
        let everyone = Role {
            id,
            name: "@everyone".to_owned(),
            permissions: permissions::NEW_GUILD,
            position: 0,
            color: 0,
            mentionable: false,
            bot: None,
        };
        let guild = Guild {
            id,
            name: name.to_owned(),
            owner,
            roles: BTreeMap::from([(id, everyone)]),
            members: BTreeMap::new(),
            channels: BTreeSet::new(),
            emojis: Vec::new(),
            premium_tier: 0,
            locale: "en-US".to_owned(),
        };
        self.guilds.insert(id, guild);
        self.add_member(id, owner);
        id
    }

    /// Adds a channel to a guild, in a category or on its own.
    pub fn add_channel(
        &mut self,
        guild: u64,
        kind: ChannelKind,
        name: &str,
        parent: Option<u64>,
    ) -> u64 {
        let id = self.next_id();
        let position = self.guilds.get(&guild).map_or(0, |guild| {
            u32::try_from(guild.channels.len()).unwrap_or(u32::MAX)
        });
        let mut channel = Channel::new(id, kind, name);
        channel.guild = Some(guild);
        channel.position = position;
        channel.parent = parent;
        self.channels.insert(id, channel);
        if let Some(guild) = self.guilds.get_mut(&guild) {
            guild.channels.insert(id);
        }
        id
    }

    /// Adds a role above the ones there are.
    pub fn add_role(&mut self, guild: u64, name: &str, permissions: u64) -> u64 {
        let id = self.next_id();
        let Some(guild) = self.guilds.get_mut(&guild) else {
            return id;
        };
        let position = u32::try_from(guild.roles.len()).unwrap_or(u32::MAX);
        let role = Role {
            id,
            name: name.to_owned(),
            permissions,
            position,
            color: 0,
            mentionable: false,
            bot: None,
        };
        guild.roles.insert(id, role);
        id
    }

    /// Lets a user into a guild.
    pub fn add_member(&mut self, guild: u64, user: u64) {
        let joined_ms = self.clock.now_ms();
        if let Some(guild) = self.guilds.get_mut(&guild) {
            let member = Member {
                user,
                nick: None,
                roles: Vec::new(),
                joined_ms,
                timed_out_until_ms: None,
            };
            guild.members.entry(user).or_insert(member);
        }
    }

    /// Lets a bot into a guild, with a role of its own that holds these permissions.
    pub fn invite_bot(&mut self, guild: u64, bot: u64, permissions: u64) {
        let name = self
            .users
            .get(&bot)
            .map_or_else(String::new, |user| user.name.clone());
        let role = self.add_role(guild, &name, permissions);
        self.add_member(guild, bot);
        let Some(guild) = self.guilds.get_mut(&guild) else {
            return;
        };
        if let Some(role) = guild.roles.get_mut(&role) {
            role.bot = Some(bot);
        }
        if let Some(member) = guild.members.get_mut(&bot) {
            member.roles.push(role);
        }
    }

    /// Puts an overwrite on a channel, in place of the one for the same role or member.
    pub fn set_overwrite(&mut self, channel: u64, overwrite: Overwrite) {
        if let Some(channel) = self.channels.get_mut(&channel) {
            channel
                .overwrites
                .retain(|one| (one.kind, one.id) != (overwrite.kind, overwrite.id));
            channel.overwrites.push(overwrite);
        }
    }
}

impl Channel {
    /// A channel with nothing set.
    #[must_use]
    pub fn new(id: u64, kind: ChannelKind, name: &str) -> Self {
        Self {
            id,
            guild: None,
            kind,
            name: name.to_owned(),
            topic: None,
            position: 0,
            parent: None,
            overwrites: Vec::new(),
            nsfw: false,
            slowmode_seconds: 0,
            default_auto_archive_minutes: 4320,
            tags: Vec::new(),
            applied_tags: Vec::new(),
            recipients: Vec::new(),
            last_message: None,
            last_pin_ms: None,
            thread: None,
        }
    }
}

/// A token of Discord's shape (some libraries read the id out of it), the same for the same bot.
fn token_of(user: u64) -> String {
    let first = URL_SAFE_NO_PAD.encode(user.to_string());
    let second = URL_SAFE_NO_PAD
        .encode(user.to_be_bytes())
        .chars()
        .skip(4)
        .take(6)
        .collect::<String>();
    format!("{first}.{second}.simulated-by-kaiwa-00000000")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::shard_of;

    #[test]
    fn ten_thousand_guilds_can_be_built_and_are_spread_over_shards() {
        let mut world = World::default();
        let (ada, bot) = (
            world.user_named("ada").unwrap().id,
            world.user_named("kaiwa").unwrap().id,
        );
        for number in 0..10_000 {
            let guild = world.add_guild(&format!("guild {number}"), ada);
            world.add_channel(guild, ChannelKind::Text, "general", None);
            world.invite_bot(guild, bot, INVITED_WITH);
        }
        let guilds: Vec<u64> = world.guilds_of(bot).map(|guild| guild.id).collect();
        assert_eq!(guilds.len(), 10_001);
        assert!(guilds.iter().all(|guild| shard_of(Some(*guild), 4) < 4));
        let object = world.guild_create_json(guilds[5_000], bot);
        assert_eq!(object["channels"][0]["name"], "general");
        assert_eq!(object["members"].as_array().map(Vec::len), Some(2));
        assert!(world.take_outbox().is_empty(), "building says nothing");
    }

    #[test]
    fn a_reset_world_is_the_default_one_at_the_same_address() {
        let mut world = World {
            base: "http://127.0.0.1:4000".to_owned(),
            ..World::default()
        };
        world.settings.rate_limits = true;
        let bot = world.user_named("kaiwa").unwrap().id;
        let token = world.bots[&bot].token.clone();
        let eve = world.add_person("eve", "Eve");
        world.reset();
        assert_eq!(world.base, "http://127.0.0.1:4000");
        assert!(world.settings.rate_limits && world.user_named("eve").is_none());
        assert_eq!(
            world.bots[&bot].token, token,
            "a token that was written down still works"
        );
        assert!(
            world.add_person("eve", "Eve") > eve,
            "ids that were given away never come again"
        );
    }
}
