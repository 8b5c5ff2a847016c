//! What each gateway event means: it changes the directory, or it is something that came in.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId, UserId},
    message::{AuthorKind, Incoming, Message, Place},
    words::Locale,
};

use super::{
    convert::Edge,
    directory::{self, Directory},
    glance::{self, Glance},
    wire,
};

/// Reads gateway events; one for all shards.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The bot's own id, once the first READY told it.
    me: OnceLock<(UserId, Glance)>,
    directory: Directory,
    locale: Locale,
    /// Events that were skipped, by name, with how often.
    skipped: Mutex<HashMap<Box<str>, u64>>,
}

/// What a gateway event turned out to be.
#[derive(Debug)]
pub(crate) enum Seen {
    /// Nothing that concerns a conversation.
    Nothing,
    /// The session is new.
    Ready(Ready),
    /// The session goes on: everything that was missed has been told.
    Resumed,
    /// A guild's channels and roles are known now.
    Guild(Box<Arrived>),
    /// Something came in.
    Incoming(Box<Incoming>),
    /// A message in a channel that nobody told us of, or that is known no longer.
    Unplaced(GuildId, Box<Message>),
}

/// A guild that has come up.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// The guild.
    pub id: GuildId,
    /// The newest message of each of its channels and threads; nothing of forums, where that is the newest post.
    pub newest: Vec<(ChannelId, MessageId)>,
}

/// What READY tells.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    /// The bot's application's id, for the invite link.
    pub application: UserId,
    /// The shard's number.
    pub shard: u32,
    /// The guilds that this shard serves.
    pub guilds: Vec<GuildId>,
}

impl Reader {
    /// A reader that knows nothing yet; `locale` is the language of direct messages.
    pub(crate) fn new(locale: Locale) -> Self {
        Self {
            me: OnceLock::new(),
            directory: Directory::default(),
            locale,
            skipped: Mutex::default(),
        }
    }

    /// What messages are converted with; `None` before the first READY.
    pub(crate) fn edge(&self) -> Option<Edge<'_>> {
        self.known().map(|(edge, _)| edge)
    }

    fn known(&self) -> Option<(Edge<'_>, &Glance)> {
        let (me, glance) = self.me.get()?;
        let edge = Edge {
            me: *me,
            directory: &self.directory,
            locale: self.locale,
        };
        Some((edge, glance))
    }

    /// Takes in who the bot is and what an earlier process knew of its guilds, in place of the READY and GUILD_CREATE that
    /// a resumed session does not get. Tells whether all of it could be read.
    pub(crate) fn restore(&self, me: UserId, guilds: &[(GuildId, Option<String>)]) -> bool {
        let _ = self.me.set((me, Glance::new(me)));
        let known = guilds
            .iter()
            .filter_map(|(guild, known)| Some((guild, known.as_deref()?)));
        known
            .into_iter()
            .all(|(guild, known)| self.directory.restore(*guild, known))
    }

    /// What the gateway told of guilds.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Reads one frame. What can't be read is counted and skipped, and said once for each kind.
    ///
    /// As long as a session that an earlier process left tells what happened since, `hears_itself`: what the bot itself said
    /// counts too, as that process may have been followed by another one.
    pub(crate) fn read(&self, frame: &str, hears_itself: bool) -> Seen {
        let known = self.known();
        if let Some((edge, glance)) = known
            && (glance.is_surely_foreign(frame, edge)
                || glance::is_foreign(frame, edge, hears_itself))
        {
            return Seen::Nothing;
        }
        let (name, body) = match serde_json::from_str::<wire::Frame<'_>>(frame) {
            Ok(wire::Frame {
                op: 0,
                t: Some(name),
                d: Some(body),
            }) => (name, body.get()),
            // Heartbeats, hellos and the like are the connection's own business.
            Ok(_) => return Seen::Nothing,
            Err(_) => {
                self.unreadable();
                return Seen::Nothing;
            }
        };
        match self.read_event(known.map(|(edge, _)| edge), &name, body) {
            Ok(seen) => seen,
            Err(_) => self.skip(&name),
        }
    }

    fn read_event(
        &self,
        edge: Option<Edge<'_>>,
        name: &str,
        body: &str,
    ) -> Result<Seen, serde_json::Error> {
        if name == "READY" {
            return Ok(self.ready(serde_json::from_str(body)?));
        }
        if name == "RESUMED" {
            return Ok(Seen::Resumed);
        }
        let Some(edge) = edge else {
            return Ok(Seen::Nothing);
        };
        match name {
            "MESSAGE_CREATE" => return Ok(message(edge, serde_json::from_str(body)?)),
            "MESSAGE_UPDATE" => {
                let message: wire::Message = serde_json::from_str(body)?;
                if message.content.is_some() {
                    if let Some(own) = edge.own(&message) {
                        return Ok(Incoming::Mine(own).into());
                    }
                    if let Some(message) = edge.message(message, Place::Channel) {
                        return Ok(Incoming::Edited(message).into());
                    }
                }
            }
            "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK" => {
                let deleted: wire::Deleted = serde_json::from_str(body)?;
                return Ok(Incoming::Deleted {
                    channel: deleted.channel_id,
                    messages: deleted.ids.into_iter().chain(deleted.id).collect(),
                }
                .into());
            }
            "GUILD_CREATE" => {
                let guild: wire::Guild = serde_json::from_str(body)?;
                if !guild.unavailable {
                    let id = guild.id;
                    let places = guild.channels.iter().chain(&guild.threads);
                    let newest = places
                        .filter(|place| !matches!(place.kind, wire::FORUM | wire::MEDIA))
                        .filter_map(|place| Some((place.id, place.last_message_id?)))
                        .collect();
                    self.directory.put_guild(guild, edge.me);
                    return Ok(Seen::Guild(Box::new(Arrived { id, newest })));
                }
            }
            "GUILD_UPDATE" => {
                let guild: wire::Guild = serde_json::from_str(body)?;
                let locale = guild.preferred_locale.unwrap_or_default();
                self.directory.set_locale(guild.id, &locale);
            }
            "GUILD_DELETE" => {
                let guild: wire::GuildStub = serde_json::from_str(body)?;
                // An unavailable guild has an outage and comes back by itself.
                if !guild.unavailable {
                    self.directory.remove_guild(guild.id);
                    return Ok(Incoming::GuildGone(guild.id).into());
                }
            }
            "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => {
                let channel: wire::Channel = serde_json::from_str(body)?;
                if let Some(guild) = channel.guild_id {
                    self.directory.put_channel(guild, &channel, edge.me);
                }
            }
            "CHANNEL_DELETE" | "THREAD_DELETE" => {
                let channel: wire::Channel = serde_json::from_str(body)?;
                if let Some(guild) = channel.guild_id {
                    self.directory.remove_channel(guild, channel.id);
                }
                return Ok(Incoming::ChannelGone(channel.id).into());
            }
            "THREAD_LIST_SYNC" => {
                let synced: wire::ThreadsSynced = serde_json::from_str(body)?;
                for thread in &synced.threads {
                    self.directory.put_channel(synced.guild_id, thread, edge.me);
                }
            }
            "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => {
                let changed: wire::RoleChanged = serde_json::from_str(body)?;
                self.directory
                    .put_role(changed.guild_id, changed.role, edge.me);
            }
            "GUILD_ROLE_DELETE" => {
                let deleted: wire::RoleDeleted = serde_json::from_str(body)?;
                self.directory
                    .remove_role(deleted.guild_id, deleted.role_id);
            }
            "INTERACTION_CREATE" => {
                let interaction: wire::Interaction = serde_json::from_str(body)?;
                if let Some(press) = edge.press(interaction) {
                    return Ok(Incoming::Pressed(press).into());
                }
            }
            _ if UNUSED.contains(&name) => {}
            _ => return Ok(self.skip(name)),
        }
        Ok(Seen::Nothing)
    }

    fn ready(&self, ready: wire::Ready) -> Seen {
        let me = ready.user.id;
        let _ = self.me.set((me, Glance::new(me)));
        let (shard, shards) = ready.shard.unwrap_or((0, 1));
        let guilds: Vec<GuildId> = ready.guilds.into_iter().map(|guild| guild.id).collect();
        self.directory
            .keep_only(|guild| guild.shard(shards) == shard, &guilds);
        Seen::Ready(Ready {
            application: ready.application.map_or(me, |application| application.id),
            shard,
            guilds,
        })
    }

    /// Takes in what Discord was asked about a channel that nobody told us of, and says what place it is.
    pub(crate) fn learn(&self, guild: Option<GuildId>, channel: &wire::Channel) -> Place {
        let Some((edge, guild)) = self.edge().zip(guild) else {
            return Place::Direct;
        };
        self.directory.learn_channel(guild, channel, edge.me);
        directory::place_of(channel, edge.me)
    }

    /// Counts a frame that could not even be taken apart.
    pub(crate) fn unreadable(&self) {
        self.skip("unreadable frame");
    }

    /// Counts what can't be read and says so once for each kind.
    fn skip(&self, kind: &str) -> Seen {
        /// Names come from outside: past this many kinds they are counted together.
        const KINDS: usize = 64;
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = if skipped.len() < KINDS || skipped.contains_key(kind) {
            kind.get(..kind.floor_char_boundary(64)).unwrap_or_default()
        } else {
            "other kinds"
        };
        let count = skipped.entry(kind.into()).or_insert(0);
        *count += 1;
        if *count == 1 {
            tracing::warn!(kind, "skipping gateway events of a kind that can't be read");
        }
        Seen::Nothing
    }
}

/// What a message is that was said just now.
fn message(edge: Edge<'_>, message: wire::Message) -> Seen {
    if let Some(own) = edge.own(&message) {
        return Incoming::Mine(own).into();
    }
    let Some(guild) = message.guild_id else {
        return placed(edge, message, Place::Direct);
    };
    if let Some(place) = edge.directory.place(guild, message.channel_id) {
        return placed(edge, message, place);
    }
    // It may be a thread that was closed and is opened by this. What machines say is not worth asking Discord for.
    match edge.message(message, Place::Channel) {
        Some(message) if message.author.kind == AuthorKind::Person => {
            Seen::Unplaced(guild, Box::new(message))
        }
        Some(_) | None => Seen::Nothing,
    }
}

fn placed(edge: Edge<'_>, message: wire::Message, place: Place) -> Seen {
    let message = edge.message(message, place);
    message.map_or(Seen::Nothing, |message| Incoming::Message(message).into())
}

impl From<Incoming> for Seen {
    fn from(incoming: Incoming) -> Self {
        Self::Incoming(Box::new(incoming))
    }
}

/// Events that the intents bring along and that no rule asks for.
const UNUSED: [&str; 25] = [
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
    "CHANNEL_PINS_UPDATE",
    "CHANNEL_TOPIC_UPDATE",
    "GUILD_APPLICATION_COMMAND_INDEX_UPDATE",
    "GUILD_AUDIT_LOG_ENTRY_CREATE",
    "GUILD_EMOJIS_UPDATE",
    "GUILD_JOIN_REQUEST_DELETE",
    "GUILD_JOIN_REQUEST_UPDATE",
    "GUILD_MEMBER_ADD",
    "GUILD_MEMBER_REMOVE",
    "GUILD_MEMBER_UPDATE",
    "GUILD_SOUNDBOARD_SOUNDS_UPDATE",
    "GUILD_STICKERS_UPDATE",
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "PRESENCE_UPDATE",
    "RATE_LIMITED",
    "STAGE_INSTANCE_CREATE",
    "STAGE_INSTANCE_DELETE",
    "STAGE_INSTANCE_UPDATE",
    "THREAD_MEMBERS_UPDATE",
    "THREAD_MEMBER_UPDATE",
    "TYPING_START",
    "USER_UPDATE",
    "VOICE_CHANNEL_STATUS_UPDATE",
];
