//! Opening threads: on messages, without one, as posts in forums, each with the stubs that Discord writes.

use super::{
    Author, Channel, ChannelKind, Draft, Reference, Refusal, Thread, World, flags, intents, json,
    kind, permissions as may, threads::check_name,
};
use serde_json::json;

/// Messages after which a source message counts as old, so that its thread is announced in the parent. Discord
/// does not document the number, only that the threshold is small.
const OLD_AFTER_MESSAGES: usize = 10;

/// What a thread is opened with.
#[derive(Debug, Clone, Default)]
pub struct NewThread {
    /// Name, 1 to 100 characters.
    pub name: String,
    /// Whether only those invited see it.
    pub private: bool,
    /// Minutes of silence until it rests; the parent's default where none.
    pub auto_archive_minutes: Option<u32>,
    /// Seconds between two messages of one person.
    pub slowmode_seconds: u32,
    /// Whether anyone in it may invite (private threads).
    pub invitable: bool,
    /// Tags (forums).
    pub tags: Vec<u64>,
    /// The first message (forums).
    pub starter: Option<Draft>,
}
impl World {
    /// Opens a thread on a message; its id is the message's.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn open_thread_on(
        &mut self,
        actor: u64,
        channel: u64,
        message: u64,
        new: NewThread,
    ) -> Result<u64, Refusal> {
        self.require(actor, channel, 0)?;
        let parent = self
            .channels
            .get(&channel)
            .ok_or_else(Refusal::unknown_channel)?;
        let kind = match parent.kind {
            ChannelKind::Text => ChannelKind::PublicThread,
            ChannelKind::Announcement => ChannelKind::AnnouncementThread,
            ChannelKind::DirectMessage
            | ChannelKind::Voice
            | ChannelKind::GroupDirectMessage
            | ChannelKind::Category
            | ChannelKind::AnnouncementThread
            | ChannelKind::PublicThread
            | ChannelKind::PrivateThread
            | ChannelKind::Stage
            | ChannelKind::Forum
            | ChannelKind::Media => return Err(Refusal::wrong_channel_kind()),
        };
        self.require(
            actor,
            channel,
            may::CREATE_PUBLIC_THREADS | may::READ_MESSAGE_HISTORY,
        )?;
        check_name(&new.name)?;
        let source = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        if self.channels.contains_key(&message) {
            return Err(Refusal::thread_exists());
        }
        if super::posting::is_system(source.kind) {
            return Err(Refusal::system_message());
        }
        self.room_for_thread(channel)?;
        let is_old = self
            .messages
            .get(&channel)
            .is_some_and(|all| all.range(message + 1..).count() >= OLD_AFTER_MESSAGES);
        self.insert_thread(message, actor, channel, kind, &new);
        if let Some(source) = self
            .messages
            .get_mut(&channel)
            .and_then(|messages| messages.get_mut(&message))
        {
            source.thread = Some(message);
            source.flags |= flags::HAS_THREAD;
        }
        self.announce_thread(message, actor);
        self.emit_message("MESSAGE_UPDATE", channel, message);
        let reference = Reference {
            message: Some(message),
            channel,
            guild: self.guild_of(channel),
        };
        self.put_stub(
            message,
            actor,
            kind::THREAD_STARTER,
            String::new(),
            reference,
        );
        if is_old {
            self.put_thread_created(channel, message, actor);
        }
        Ok(message)
    }

    /// Opens a thread without a message, or a post in a forum.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn open_thread(&mut self, actor: u64, parent: u64, new: NewThread) -> Result<u64, Refusal> {
        self.require(actor, parent, 0)?;
        let parent_kind = self
            .channels
            .get(&parent)
            .map(|channel| channel.kind)
            .ok_or_else(Refusal::unknown_channel)?;
        check_name(&new.name)?;
        let (kind, needed) = match (parent_kind, new.private) {
            (ChannelKind::Text, false) => (ChannelKind::PublicThread, may::CREATE_PUBLIC_THREADS),
            (ChannelKind::Text, true) => (ChannelKind::PrivateThread, may::CREATE_PRIVATE_THREADS),
            (ChannelKind::Announcement, _) => {
                (ChannelKind::AnnouncementThread, may::CREATE_PUBLIC_THREADS)
            }
            (ChannelKind::Forum | ChannelKind::Media, _) => {
                return self.open_post(actor, parent, new);
            }
            (
                ChannelKind::DirectMessage
                | ChannelKind::Voice
                | ChannelKind::GroupDirectMessage
                | ChannelKind::Category
                | ChannelKind::AnnouncementThread
                | ChannelKind::PublicThread
                | ChannelKind::PrivateThread
                | ChannelKind::Stage,
                _,
            ) => return Err(Refusal::wrong_channel_kind()),
        };
        self.require(actor, parent, needed)?;
        self.room_for_thread(parent)?;
        let id = self.next_id();
        self.insert_thread(id, actor, parent, kind, &new);
        self.announce_thread(id, actor);
        if kind != ChannelKind::PrivateThread {
            self.put_thread_created(parent, id, actor);
        }
        Ok(id)
    }

    fn open_post(&mut self, actor: u64, parent: u64, new: NewThread) -> Result<u64, Refusal> {
        self.require(actor, parent, may::SEND_MESSAGES)?;
        self.room_for_thread(parent)?;
        let Some(mut starter) = new.starter.clone() else {
            return Err(Refusal::required("message"));
        };
        let known = self
            .channels
            .get(&parent)
            .map_or(&[][..], |channel| channel.tags.as_slice());
        if new
            .tags
            .iter()
            .any(|tag| known.iter().all(|one| one.id != *tag))
        {
            return Err(Refusal::form(
                "applied_tags",
                "BASE_TYPE_INVALID",
                "Unknown tag",
            ));
        }
        starter.content = starter.content.trim().to_owned();
        let longest = self.longest(&Author::User(actor));
        super::forms::check(&starter, &self.settings, longest, false)?;
        let id = self.next_id();
        self.insert_thread(id, actor, parent, ChannelKind::PublicThread, &new);
        if let Some(forum) = self.channels.get_mut(&parent) {
            forum.last_message = Some(id);
        }
        self.announce_thread(id, actor);
        Ok(self.put_message(id, Author::User(actor), id, starter, None))
    }

    fn insert_thread(
        &mut self,
        id: u64,
        owner: u64,
        parent: u64,
        kind: ChannelKind,
        new: &NewThread,
    ) {
        let now = self.clock.now_ms();
        let home = self.channels.get(&parent);
        let (guild, default) = home.map_or((None, 4320), |home| {
            (home.guild, home.default_auto_archive_minutes)
        });
        let mut thread = Channel::new(id, kind, new.name.trim());
        thread.guild = guild;
        thread.parent = Some(parent);
        thread.slowmode_seconds = new.slowmode_seconds;
        thread.applied_tags.clone_from(&new.tags);
        thread.thread = Some(Thread {
            owner,
            archived: false,
            locked: false,
            auto_archive_minutes: new.auto_archive_minutes.unwrap_or(default),
            archive_changed_ms: now,
            invitable: new.invitable,
            message_count: 0,
            total_sent: 0,
            members: [(owner, now)].into(),
            flags: 0,
        });
        self.channels.insert(id, thread);
        if let Some(guild) = guild.and_then(|guild| self.guilds.get_mut(&guild)) {
            guild.channels.insert(id);
        }
    }

    fn room_for_thread(&self, parent: u64) -> Result<(), Refusal> {
        let Some(guild) = self.guild_of(parent) else {
            return Err(Refusal::wrong_channel_kind());
        };
        if self.active_threads(guild).count() >= self.settings.active_threads_per_guild {
            return Err(Refusal::too_many_threads());
        }
        Ok(())
    }

    fn announce_thread(&mut self, thread: u64, owner: u64) {
        let Some(channel) = self.channels.get(&thread) else {
            return;
        };
        let mut data = self.thread_json(channel, None);
        json::put(&mut data, "newly_created", json!(true));
        let guild = channel.guild;
        self.emit_in_channel("THREAD_CREATE", data, intents::GUILDS, thread);
        if let Some(last) = self
            .outbox
            .last_mut()
            .filter(|last| last.recipients.contains(&owner))
        {
            // The opener's own copy says that it is a member.
            last.recipients.retain(|user| *user != owner);
            let Some(channel) = self.channels.get(&thread) else {
                return;
            };
            let mut own = self.thread_json(channel, Some(owner));
            json::put(&mut own, "newly_created", json!(true));
            self.emit_to("THREAD_CREATE", own, intents::GUILDS, guild, owner);
        }
        self.emit_thread_members(thread, &[owner], &[]);
    }

    fn put_thread_created(&mut self, parent: u64, thread: u64, author: u64) {
        let name = self
            .channels
            .get(&thread)
            .map_or_else(String::new, |channel| channel.name.clone());
        let reference = Reference {
            message: None,
            channel: thread,
            guild: self.guild_of(parent),
        };
        self.put_stub(parent, author, kind::THREAD_CREATED, name, reference);
    }
}
