//! Building worlds: the default one, and cheap additions to it. Building says nothing to the gateway; what happens
//! while a world runs is in `actions`.

use super::{
    Bot, Channel, ChannelKind, FLAG_GUILD_MEMBERS_LIMITED, FLAG_MESSAGE_CONTENT_LIMITED,
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

impl Default for World {
    /// One guild "Kaiwa Lab" owned by `ada`, with `ben`; #general, #announcements, the forum "ideas", a voice
    /// channel "lounge"; the bot `kaiwa`, invited.
    fn default() -> Self {
        let mut world = Self::empty();
        let ada = world.add_person("ada", "Ada");
        let ben = world.add_person("ben", "Ben");
        let bot = world.add_bot("kaiwa", ada);
        let guild = world.add_guild("Kaiwa Lab", ada);
        world.add_member(guild, ben);
        world.invite_bot(guild, bot, INVITED_WITH);
        let category = world.add_channel(guild, ChannelKind::Category, "talk", None);
        world.add_channel(guild, ChannelKind::Text, "general", Some(category));
        world.add_channel(
            guild,
            ChannelKind::Announcement,
            "announcements",
            Some(category),
        );
        world.add_channel(guild, ChannelKind::Forum, "ideas", Some(category));
        world.add_channel(guild, ChannelKind::Voice, "lounge", Some(category));
        world
    }
}

impl World {
    /// The default world again, with address, clock and settings kept.
    pub fn reset(&mut self) {
        let fresh = Self {
            base: std::mem::take(&mut self.base),
            clock: self.clock,
            settings: self.settings.clone(),
            ..Self::default()
        };
        *self = fresh;
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
