//! Who may do what, computed as Discord documents it: owner, administrator, @everyone, roles, then the channel's
//! overwrites in order, then what is denied because something else is missing.
//! <https://docs.discord.com/developers/topics/permissions>

use super::{Channel, Guild, Member, Overwrite, OverwriteKind, World};

macro_rules! bits {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => {
        $($(#[$doc])* pub const $name: u64 = 1 << $bit;)*
        /// Every permission there is.
        pub const ALL: u64 = $($name)|*;
    };
}

bits! {
    /// Invite people.
    CREATE_INSTANT_INVITE = 0;
    /// Kick members.
    KICK_MEMBERS = 1;
    /// Ban members.
    BAN_MEMBERS = 2;
    /// Everything, everywhere, overwrites notwithstanding.
    ADMINISTRATOR = 3;
    /// Change channels.
    MANAGE_CHANNELS = 4;
    /// Change the guild.
    MANAGE_GUILD = 5;
    /// React with an emoji nobody used yet.
    ADD_REACTIONS = 6;
    /// Read the audit log.
    VIEW_AUDIT_LOG = 7;
    /// Be heard first.
    PRIORITY_SPEAKER = 8;
    /// Stream video.
    STREAM = 9;
    /// See the channel and what is in it.
    VIEW_CHANNEL = 10;
    /// Post messages, and start posts in forums.
    SEND_MESSAGES = 11;
    /// Have messages read aloud.
    SEND_TTS_MESSAGES = 12;
    /// Delete and pin the messages of others.
    MANAGE_MESSAGES = 13;
    /// Show previews and embeds.
    EMBED_LINKS = 14;
    /// Upload files.
    ATTACH_FILES = 15;
    /// Read what was written before.
    READ_MESSAGE_HISTORY = 16;
    /// Ping @everyone, @here and every role.
    MENTION_EVERYONE = 17;
    /// Use emojis of other guilds.
    USE_EXTERNAL_EMOJIS = 18;
    /// See guild insights.
    VIEW_GUILD_INSIGHTS = 19;
    /// Join voice.
    CONNECT = 20;
    /// Speak in voice.
    SPEAK = 21;
    /// Mute members.
    MUTE_MEMBERS = 22;
    /// Deafen members.
    DEAFEN_MEMBERS = 23;
    /// Move members.
    MOVE_MEMBERS = 24;
    /// Use voice activity.
    USE_VAD = 25;
    /// Change one's own nickname.
    CHANGE_NICKNAME = 26;
    /// Change the nicknames of others.
    MANAGE_NICKNAMES = 27;
    /// Change roles.
    MANAGE_ROLES = 28;
    /// Change webhooks.
    MANAGE_WEBHOOKS = 29;
    /// Change emojis, stickers and sounds.
    MANAGE_GUILD_EXPRESSIONS = 30;
    /// Use application commands.
    USE_APPLICATION_COMMANDS = 31;
    /// Ask to speak on a stage.
    REQUEST_TO_SPEAK = 32;
    /// Change scheduled events.
    MANAGE_EVENTS = 33;
    /// Archive, lock and delete threads, see private ones.
    MANAGE_THREADS = 34;
    /// Open public threads.
    CREATE_PUBLIC_THREADS = 35;
    /// Open private threads.
    CREATE_PRIVATE_THREADS = 36;
    /// Use stickers of other guilds.
    USE_EXTERNAL_STICKERS = 37;
    /// Post in threads.
    SEND_MESSAGES_IN_THREADS = 38;
    /// Start activities.
    USE_EMBEDDED_ACTIVITIES = 39;
    /// Time members out.
    MODERATE_MEMBERS = 40;
    /// See monetization analytics.
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 41;
    /// Use the soundboard.
    USE_SOUNDBOARD = 42;
    /// Make emojis, stickers and sounds.
    CREATE_GUILD_EXPRESSIONS = 43;
    /// Make scheduled events.
    CREATE_EVENTS = 44;
    /// Use sounds of other guilds.
    USE_EXTERNAL_SOUNDS = 45;
    /// Send voice messages.
    SEND_VOICE_MESSAGES = 46;
    /// Send polls.
    SEND_POLLS = 49;
    /// Use applications that are not in the guild.
    USE_EXTERNAL_APPS = 50;
    /// Pin messages.
    PIN_MESSAGES = 51;
    /// Pass slow mode.
    BYPASS_SLOWMODE = 52;
}

/// What @everyone may do in a new guild.
pub const NEW_GUILD: u64 = CREATE_INSTANT_INVITE
    | ADD_REACTIONS
    | STREAM
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_EXTERNAL_EMOJIS
    | CONNECT
    | SPEAK
    | USE_VAD
    | CHANGE_NICKNAME
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | CREATE_PRIVATE_THREADS
    | USE_EXTERNAL_STICKERS
    | SEND_MESSAGES_IN_THREADS
    | SEND_VOICE_MESSAGES
    | SEND_POLLS;

/// What falls away where messages can't be sent.
const NEEDS_SENDING: u64 = MENTION_EVERYONE
    | SEND_TTS_MESSAGES
    | ATTACH_FILES
    | EMBED_LINKS
    | SEND_VOICE_MESSAGES
    | SEND_POLLS;

/// What a person in a direct message may do.
const IN_A_DIRECT_MESSAGE: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | READ_MESSAGE_HISTORY
    | EMBED_LINKS
    | ATTACH_FILES
    | ADD_REACTIONS
    | USE_EXTERNAL_EMOJIS
    | USE_EXTERNAL_STICKERS
    | USE_APPLICATION_COMMANDS
    | SEND_VOICE_MESSAGES
    | SEND_POLLS
    | PIN_MESSAGES;

/// What a member may do in the guild, before any channel is looked at.
#[must_use]
pub fn in_guild(guild: &Guild, member: &Member) -> u64 {
    if guild.owner == member.user {
        return ALL;
    }
    let everyone = guild
        .roles
        .get(&guild.id)
        .map_or(0, |role| role.permissions);
    let bits = member
        .roles
        .iter()
        .filter_map(|id| guild.roles.get(id))
        .fold(everyone, |bits, role| bits | role.permissions);
    if bits & ADMINISTRATOR == 0 { bits } else { ALL }
}

/// What a member may do where these overwrites stand.
#[must_use]
pub fn in_channel(guild: &Guild, member: &Member, overwrites: &[Overwrite], now_ms: u64) -> u64 {
    let base = in_guild(guild, member);
    if base & ADMINISTRATOR != 0 {
        return ALL;
    }
    let of_role = |id: u64| {
        overwrites
            .iter()
            .find(move |one| one.kind == OverwriteKind::Role && one.id == id)
    };
    let mut bits = base;
    if let Some(everyone) = of_role(guild.id) {
        bits = bits & !everyone.deny | everyone.allow;
    }
    let roles = member
        .roles
        .iter()
        .filter(|id| **id != guild.id)
        .filter_map(|id| of_role(*id));
    let (allow, deny) = roles.fold((0, 0), |(allow, deny), one| {
        (allow | one.allow, deny | one.deny)
    });
    bits = bits & !deny | allow;
    if let Some(own) = overwrites
        .iter()
        .find(|one| one.kind == OverwriteKind::Member && one.id == member.user)
    {
        bits = bits & !own.deny | own.allow;
    }
    if member
        .timed_out_until_ms
        .is_some_and(|until| until > now_ms)
    {
        bits &= VIEW_CHANNEL | READ_MESSAGE_HISTORY;
    }
    bits
}

/// Takes away what can't be used without something that is missing.
#[must_use]
pub fn without_implied(mut bits: u64, in_thread: bool) -> u64 {
    if bits & VIEW_CHANNEL == 0 {
        return 0;
    }
    let sending = if in_thread {
        SEND_MESSAGES_IN_THREADS
    } else {
        SEND_MESSAGES
    };
    if bits & sending == 0 {
        bits &= !NEEDS_SENDING;
    }
    bits
}

impl World {
    /// What `user` may do in `channel`; nothing where either is unknown. Threads take their parent's overwrites.
    #[must_use]
    pub fn permissions(&self, user: u64, channel: u64) -> u64 {
        let Some(channel) = self.channels.get(&channel) else {
            return 0;
        };
        let Some(guild_id) = channel.guild else {
            return if channel.recipients.contains(&user) {
                IN_A_DIRECT_MESSAGE
            } else {
                0
            };
        };
        let Some(guild) = self.guilds.get(&guild_id) else {
            return 0;
        };
        let Some(member) = guild.members.get(&user) else {
            return 0;
        };
        let home = self.overwrites_home(channel);
        let bits = in_channel(guild, member, &home.overwrites, self.clock.now_ms());
        without_implied(bits, channel.thread.is_some())
    }

    /// Whether `user` sees `channel`: VIEW_CHANNEL, and for a private thread being in it or managing threads.
    #[must_use]
    pub fn may_view(&self, user: u64, channel: u64) -> bool {
        let bits = self.permissions(user, channel);
        if bits & VIEW_CHANNEL == 0 {
            return false;
        }
        match self.channels.get(&channel) {
            Some(Channel {
                kind: super::ChannelKind::PrivateThread,
                thread: Some(thread),
                ..
            }) => thread.members.contains_key(&user) || bits & MANAGE_THREADS != 0,
            Some(_) => true,
            None => false,
        }
    }

    fn overwrites_home<'a>(&'a self, channel: &'a Channel) -> &'a Channel {
        let parent = channel.thread.as_ref().and(channel.parent);
        parent
            .and_then(|id| self.channels.get(&id))
            .unwrap_or(channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{ChannelKind, NewThread};

    struct Place {
        world: World,
        guild: u64,
        general: u64,
        ada: u64,
        ben: u64,
    }

    fn place() -> Place {
        let world = World::default();
        let id = |name: &str| world.user_named(name).unwrap().id;
        let (ada, ben) = (id("ada"), id("ben"));
        let general = world.channel_named("general").unwrap().id;
        let guild = *world.guilds.keys().next().unwrap();
        Place {
            world,
            guild,
            general,
            ada,
            ben,
        }
    }

    fn over(id: u64, kind: OverwriteKind, allow: u64, deny: u64) -> Overwrite {
        Overwrite {
            id,
            kind,
            allow,
            deny,
        }
    }

    #[test]
    fn overwrites_count_in_the_documented_order() {
        let Place {
            mut world,
            guild,
            general,
            ben,
            ..
        } = place();
        let [high, low] = ["high", "low"].map(|name| world.add_role(guild, name, 0));
        world.set_member_roles(guild, ben, vec![high, low]);
        let (role, member) = (OverwriteKind::Role, OverwriteKind::Member);
        let sends = |world: &World| world.permissions(ben, general) & SEND_MESSAGES != 0;
        for (name, overwrite, expected) in [
            (
                "@everyone loses it",
                over(guild, role, 0, SEND_MESSAGES),
                false,
            ),
            (
                "a role gives it back",
                over(high, role, SEND_MESSAGES, 0),
                true,
            ),
            (
                "another role's denial does not count against a role's grant",
                over(low, role, 0, SEND_MESSAGES),
                true,
            ),
            (
                "the member's own denial does",
                over(ben, member, 0, SEND_MESSAGES),
                false,
            ),
            (
                "and so does the member's own grant",
                over(ben, member, SEND_MESSAGES, 0),
                true,
            ),
        ] {
            world.set_overwrite(general, overwrite);
            assert_eq!(sends(&world), expected, "{name}");
        }
    }

    #[test]
    fn owners_and_administrators_may_everything() {
        let Place {
            mut world,
            guild,
            general,
            ada,
            ben,
        } = place();
        for user in [ada, ben] {
            world.set_overwrite(general, over(user, OverwriteKind::Member, 0, ALL));
        }
        assert_eq!(world.permissions(ada, general), ALL);
        assert_eq!(world.permissions(ben, general), 0);
        let role = world.add_role(guild, "admin", ADMINISTRATOR);
        world.set_member_roles(guild, ben, vec![role]);
        assert_eq!(world.permissions(ben, general), ALL);
    }

    #[test]
    fn what_needs_something_that_is_missing_falls_away() {
        let Place {
            mut world,
            guild,
            general,
            ben,
            ..
        } = place();
        world.set_overwrite(general, over(guild, OverwriteKind::Role, 0, SEND_MESSAGES));
        let bits = world.permissions(ben, general);
        assert_eq!(bits & (ATTACH_FILES | EMBED_LINKS), 0);
        assert_ne!(bits & ADD_REACTIONS, 0);
        world.set_overwrite(general, over(guild, OverwriteKind::Role, 0, VIEW_CHANNEL));
        assert_eq!(world.permissions(ben, general), 0);
    }

    #[test]
    fn threads_take_their_parents_overwrites_and_a_right_of_their_own() {
        let Place {
            mut world,
            guild,
            general,
            ada,
            ben,
        } = place();
        let open = |world: &mut World, private| {
            let new = NewThread {
                name: "t".to_owned(),
                private,
                ..NewThread::default()
            };
            world.open_thread(ada, general, new).unwrap()
        };
        let (public, private) = (open(&mut world, false), open(&mut world, true));
        world.set_overwrite(general, over(guild, OverwriteKind::Role, 0, SEND_MESSAGES));
        assert_ne!(
            world.permissions(ben, public) & ATTACH_FILES,
            0,
            "sending in threads is another right"
        );
        assert!(world.may_view(ben, public) && !world.may_view(ben, private));
        world.join_thread(ada, private, ben).unwrap();
        assert!(world.may_view(ben, private));
        world.set_overwrite(general, over(guild, OverwriteKind::Role, 0, VIEW_CHANNEL));
        assert!(!world.may_view(ben, public) && !world.may_view(ben, private));
    }

    #[test]
    fn a_time_out_leaves_reading_until_it_ends() {
        let Place {
            mut world,
            guild,
            general,
            ada,
            ben,
        } = place();
        let until = world.clock.now_ms() + 60_000;
        for user in [ada, ben] {
            world.time_out(guild, user, Some(until));
        }
        assert_eq!(
            world.permissions(ben, general),
            VIEW_CHANNEL | READ_MESSAGE_HISTORY
        );
        assert_eq!(
            world.permissions(ada, general),
            ALL,
            "owners can't be timed out"
        );
        world.clock.advance(std::time::Duration::from_secs(61));
        assert_ne!(world.permissions(ben, general) & SEND_MESSAGES, 0);
    }

    #[test]
    fn strangers_may_nothing_and_friends_may_talk() {
        let Place {
            mut world,
            general,
            ben,
            ..
        } = place();
        let stranger = world.add_person("eve", "Eve");
        assert_eq!(world.permissions(stranger, general), 0);
        let bot = world.user_named("kaiwa").unwrap().id;
        let private = world.open_direct_message(ben, bot).unwrap();
        assert_ne!(world.permissions(bot, private) & SEND_MESSAGES, 0);
        assert!(!world.may_view(stranger, private));
        assert_eq!(world.channels[&private].kind, ChannelKind::DirectMessage);
    }
}
