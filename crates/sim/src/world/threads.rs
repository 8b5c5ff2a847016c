//! Threads: changing, waking, resting, joining. <https://docs.discord.com/developers/topics/threads>

use super::{
    Author, Channel, ChannelKind, Draft, Message, Reference, Refusal, World, intents, json, kind,
    permissions as may, posting::put_guild,
};
use serde_json::{Value, json};

/// What changes about a thread; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ThreadChange {
    /// Name.
    pub name: Option<String>,
    /// Whether it rests.
    pub archived: Option<bool>,
    /// Whether only moderators may wake it.
    pub locked: Option<bool>,
    /// Minutes of silence until it rests.
    pub auto_archive_minutes: Option<u32>,
    /// Seconds between two messages of one person.
    pub slowmode_seconds: Option<u32>,
    /// Whether anyone in it may invite.
    pub invitable: Option<bool>,
    /// Tags.
    pub tags: Option<Vec<u64>>,
    /// Flags (pinned in a forum: 2).
    pub flags: Option<u64>,
}

impl World {
    /// The threads of a guild that do not rest.
    pub fn active_threads(&self, guild: u64) -> impl Iterator<Item = &Channel> {
        let ids = self
            .guilds
            .get(&guild)
            .into_iter()
            .flat_map(|guild| &guild.channels);
        let threads = ids.filter_map(|id| self.channels.get(id));
        threads.filter(|channel| {
            channel
                .thread
                .as_ref()
                .is_some_and(|thread| !thread.archived)
        })
    }

    /// The guild of a channel.
    #[must_use]
    pub fn guild_of(&self, channel: u64) -> Option<u64> {
        self.channels.get(&channel)?.guild
    }

    pub(super) fn put_stub(
        &mut self,
        channel: u64,
        author: u64,
        kind: u8,
        content: String,
        reference: Reference,
    ) {
        let id = self.next_id();
        let draft = Draft {
            content,
            kind: Some(kind),
            allowed: super::AllowedMentions::nobody(),
            ..Draft::default()
        };
        let position = self
            .channels
            .get(&channel)
            .and_then(|one| one.thread.as_ref())
            .map(|thread| thread.total_sent);
        let message = Message {
            id,
            channel,
            guild: self.guild_of(channel),
            author: Author::User(author),
            kind,
            content: draft.content,
            posted_ms: self.clock.now_ms(),
            edited_ms: None,
            tts: false,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            attachments: Vec::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            stickers: Vec::new(),
            reactions: Vec::new(),
            nonce: None,
            pinned_ms: None,
            flags: 0,
            reference: Some(reference),
            thread: None,
            application: None,
            interaction: None,
            only_for: None,
            position,
            history: Vec::new(),
        };
        self.insert_message(message);
        self.emit_message("MESSAGE_CREATE", channel, id);
    }

    /// Changes a thread: its owner may rename and rest it, moderators everything, anyone who may post wake it. One that is
    /// locked has the name that moderators leave it.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn change_thread(
        &mut self,
        actor: u64,
        thread: u64,
        change: ThreadChange,
    ) -> Result<(), Refusal> {
        self.require(actor, thread, 0)?;
        let bits = self.permissions(actor, thread);
        let moderates = bits & may::MANAGE_THREADS != 0;
        let now = self.clock.now_ms();
        let is_forum = self
            .channels
            .get(&thread)
            .and_then(|one| self.channels.get(&one.parent?))
            .is_some_and(|one| one.kind.is_forum());
        let channel = self
            .channels
            .get_mut(&thread)
            .ok_or_else(Refusal::unknown_channel)?;
        let old_name = channel.name.clone();
        let Some(state) = channel.thread.as_mut() else {
            return Err(Refusal::wrong_channel_kind());
        };
        let wakes = change.archived == Some(false) && state.archived;
        if state.archived && change.archived != Some(false) {
            return Err(Refusal::thread_archived());
        }
        if wakes && state.locked && !moderates
            || change.locked.is_some_and(|locked| locked != state.locked) && !moderates
        {
            return Err(Refusal::missing_permissions());
        }
        if state.locked && change.name.is_some() && !moderates {
            return Err(Refusal::thread_locked());
        }
        let only_wakes = wakes
            && change.name.is_none()
            && change.locked.is_none()
            && change.slowmode_seconds.is_none();
        let may_change = moderates
            || state.owner == actor
            || only_wakes && bits & may::SEND_MESSAGES_IN_THREADS != 0;
        if !may_change || change.slowmode_seconds.is_some() && !moderates {
            return Err(Refusal::missing_permissions());
        }
        if let Some(name) = &change.name {
            check_name(name)?;
            name.trim().clone_into(&mut channel.name);
        }
        if let Some(archived) = change
            .archived
            .filter(|archived| *archived != state.archived)
        {
            state.archived = archived;
            state.archive_changed_ms = now;
        }
        state.locked = change.locked.unwrap_or(state.locked);
        state.invitable = change.invitable.unwrap_or(state.invitable);
        state.auto_archive_minutes = change
            .auto_archive_minutes
            .unwrap_or(state.auto_archive_minutes);
        state.flags = change.flags.unwrap_or(state.flags);
        channel.slowmode_seconds = change.slowmode_seconds.unwrap_or(channel.slowmode_seconds);
        if let Some(tags) = change.tags.filter(|_| is_forum) {
            channel.applied_tags = tags;
        }
        let new_name = channel.name.clone();
        if new_name != old_name {
            let reference = Reference {
                message: None,
                channel: thread,
                guild: channel.guild,
            };
            self.emit_thread("THREAD_UPDATE", thread);
            self.put_stub(
                thread,
                actor,
                kind::CHANNEL_NAME_CHANGE,
                new_name,
                reference,
            );
        } else {
            self.emit_thread("THREAD_UPDATE", thread);
        }
        Ok(())
    }

    fn emit_thread(&mut self, name: &'static str, thread: u64) {
        if let Some(channel) = self.channels.get(&thread) {
            let data = self.thread_json(channel, None);
            self.emit_in_channel(name, data, intents::GUILDS, thread);
        }
    }

    /// A thread goes to rest by itself.
    pub(super) fn rest(&mut self, thread: u64) {
        let now = self.clock.now_ms();
        let state = self
            .channels
            .get_mut(&thread)
            .and_then(|channel| channel.thread.as_mut());
        if let Some(state) = state {
            state.archived = true;
            state.archive_changed_ms = now;
            self.emit_thread("THREAD_UPDATE", thread);
        }
    }

    /// Wakes a thread that rests, as each new message does.
    pub(super) fn wake(&mut self, channel: u64) {
        let now = self.clock.now_ms();
        let state = self
            .channels
            .get_mut(&channel)
            .and_then(|channel| channel.thread.as_mut());
        if let Some(state) = state.filter(|state| state.archived) {
            state.archived = false;
            state.archive_changed_ms = now;
            self.emit_thread("THREAD_UPDATE", channel);
        }
    }

    /// Refuses what can't be done in a thread that rests.
    pub(super) fn may_wake(&self, actor: u64, channel: u64) -> Result<(), Refusal> {
        let state = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.thread.as_ref());
        let Some(state) = state else { return Ok(()) };
        if state.archived {
            return Err(Refusal::thread_archived());
        }
        if state.locked && self.permissions(actor, channel) & may::MANAGE_THREADS == 0 {
            return Err(Refusal::thread_locked());
        }
        Ok(())
    }

    /// Puts `user` into a thread; `actor` is who does it.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn join_thread(&mut self, actor: u64, thread: u64, user: u64) -> Result<(), Refusal> {
        self.require(actor, thread, 0)?;
        let channel = self
            .channels
            .get(&thread)
            .ok_or_else(Refusal::unknown_channel)?;
        let Some(state) = &channel.thread else {
            return Err(Refusal::wrong_channel_kind());
        };
        if state.archived {
            return Err(Refusal::thread_archived());
        }
        let in_guild = channel
            .guild
            .and_then(|guild| self.guilds.get(&guild))
            .is_some_and(|guild| guild.members.contains_key(&user));
        if !in_guild {
            return Err(Refusal::unknown_member());
        }
        if actor != user {
            self.require(actor, thread, may::SEND_MESSAGES_IN_THREADS)?;
            let invites = state.invitable
                || state.owner == actor
                || self.permissions(actor, thread) & may::MANAGE_THREADS != 0;
            if channel.kind == ChannelKind::PrivateThread && !invites {
                return Err(Refusal::missing_permissions());
            }
        }
        self.put_in_thread(thread, user);
        Ok(())
    }

    /// Takes `user` out of a thread; `actor` is who does it.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn leave_thread(&mut self, actor: u64, thread: u64, user: u64) -> Result<(), Refusal> {
        self.require(actor, thread, 0)?;
        let channel = self
            .channels
            .get(&thread)
            .ok_or_else(Refusal::unknown_channel)?;
        let Some(state) = &channel.thread else {
            return Err(Refusal::wrong_channel_kind());
        };
        if state.archived {
            return Err(Refusal::thread_archived());
        }
        let owns_private = channel.kind == ChannelKind::PrivateThread && state.owner == actor;
        if actor != user && !owns_private {
            self.require(actor, thread, may::MANAGE_THREADS)?;
        }
        let state = self
            .channels
            .get_mut(&thread)
            .and_then(|channel| channel.thread.as_mut());
        if state
            .and_then(|state| state.members.remove(&user))
            .is_some()
        {
            self.emit_thread_members(thread, &[], &[user]);
        }
        Ok(())
    }

    /// Whoever posts in a thread is in it from then on.
    pub(super) fn join_by_posting(&mut self, channel: u64, user: u64) {
        let is_thread = self
            .channels
            .get(&channel)
            .is_some_and(|channel| channel.thread.is_some());
        if is_thread {
            self.put_in_thread(channel, user);
        }
    }

    fn put_in_thread(&mut self, thread: u64, user: u64) {
        let now = self.clock.now_ms();
        let state = self
            .channels
            .get_mut(&thread)
            .and_then(|channel| channel.thread.as_mut());
        let Some(state) = state.filter(|state| !state.members.contains_key(&user)) else {
            return;
        };
        state.members.insert(user, now);
        let kind = self.channels.get(&thread).map(|channel| channel.kind);
        let guild = self.guild_of(thread);
        if self.bots.contains_key(&user) {
            if let Some(channel) = self
                .channels
                .get(&thread)
                .filter(|_| kind == Some(ChannelKind::PrivateThread))
            {
                let data = self.thread_json(channel, Some(user));
                self.emit_to("THREAD_CREATE", data, intents::GUILDS, guild, user);
            }
            let mut own = json::guild::thread_member_json(thread, user, now);
            put_guild(&mut own, guild);
            self.emit_to("THREAD_MEMBER_UPDATE", own, intents::GUILDS, guild, user);
        }
        self.emit_thread_members(thread, &[user], &[]);
    }

    /// Bots hear of their own coming and going with GUILDS, of others' with GUILD_MEMBERS.
    pub(super) fn emit_thread_members(&mut self, thread: u64, added: &[u64], removed: &[u64]) {
        let Some(channel) = self.channels.get(&thread) else {
            return;
        };
        let (Some(guild), Some(state)) = (channel.guild, channel.thread.as_ref()) else {
            return;
        };
        let members = added.iter().filter_map(|user| {
            let (user, since) = state.members.get_key_value(user)?;
            let mut object = json::guild::thread_member_json(thread, *user, *since);
            let member = self.guilds.get(&guild)?.members.get(user)?;
            json::put(&mut object, "member", self.member_json(member));
            json::put(&mut object, "presence", Value::Null);
            Some(object)
        });
        let data = json!({ "id": json::id(thread), "guild_id": json::id(guild), "member_count": state.members.len().min(50),
            "added_members": members.collect::<Value>(), "removed_member_ids": json::ids(removed) });
        let concerned = |user: &u64| added.contains(user) || removed.contains(user);
        let own: Vec<u64> = self.bots.keys().copied().filter(concerned).collect();
        for user in &own {
            self.emit_to(
                "THREAD_MEMBERS_UPDATE",
                data.clone(),
                intents::GUILDS,
                Some(guild),
                *user,
            );
        }
        self.emit_in_channel(
            "THREAD_MEMBERS_UPDATE",
            data,
            intents::GUILD_MEMBERS,
            thread,
        );
        if let Some(last) = self.outbox.last_mut() {
            last.recipients.retain(|user| !own.contains(user));
        }
    }
}

pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let length = name.trim().chars().count();
    if (1..=100).contains(&length) {
        Ok(())
    } else {
        Err(Refusal::bad_length("name", 1, 100))
    }
}
