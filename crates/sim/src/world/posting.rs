//! Posting messages: who may, what is checked, what else changes with it, what is said.

use super::{
    Attachment, Author, ChannelKind, Draft, Message, Reference, Refusal, Upload, World, files,
    forms, intents, json, kind, permissions as may,
};
use serde_json::{Value, json};

impl World {
    /// Posts a message, if `author` may; the id is returned. With `enforce_nonce` it can be an older one.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn post(&mut self, author: Author, channel: u64, mut draft: Draft) -> Result<u64, Refusal> {
        draft.content = draft.content.trim().to_owned();
        if let Author::User(user) = author {
            self.may_post(user, channel, &draft)?;
        }
        forms::check(&draft, &self.settings, self.longest(&author), false)?;
        if let Some(existing) = self.posted_with_nonce(&author, channel, &draft) {
            return Ok(existing);
        }
        let answered = self.answered(&author, channel, &draft)?;
        self.wake(channel);
        let id = self.next_id();
        Ok(self.put_message(id, author, channel, draft, answered))
    }

    /// Puts a message in place without asking whether it may: the common end of posts, stubs and answers.
    pub(super) fn put_message(
        &mut self,
        id: u64,
        author: Author,
        channel: u64,
        draft: Draft,
        answered: Option<u64>,
    ) -> u64 {
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let answered_author = answered
            // What answers a component is shown as a reply, but pings nobody for it.
            .filter(|_| draft.interaction.is_none())
            .and_then(|message| self.message(channel, message))
            .and_then(|one| match one.author {
                Author::User(user) => Some(user),
                Author::Webhook { .. } => None,
            });
        let text = ping_text(&draft.content, &draft.components);
        let pinged = self.pinged(author.id(), channel, &text, &draft.allowed, answered_author);
        let attachments = self.store_files(channel, draft.files);
        let mut embeds = draft.embeds;
        let mut components = draft.components;
        forms::complete_components(&mut components, &mut 1);
        for part in embeds.iter_mut().chain(&mut components) {
            self.resolve_attachment_urls(part, &attachments);
        }
        for embed in &mut embeds {
            if embed.get("type").is_none() {
                json::put(embed, "type", json!("rich"));
            }
        }
        let reference = match draft.reply_to {
            Some(reply) => answered.is_some().then_some(Reference {
                message: Some(reply.message),
                channel,
                guild,
            }),
            None => None,
        };
        let kind = draft.kind.unwrap_or(if reference.is_some() {
            kind::REPLY
        } else {
            kind::DEFAULT
        });
        let position = self
            .channels
            .get(&channel)
            .and_then(|one| one.thread.as_ref())
            .map(|thread| thread.total_sent);
        let message = Message {
            id,
            channel,
            guild,
            author: author.clone(),
            kind,
            content: draft.content,
            posted_ms: self.clock.now_ms(),
            edited_ms: None,
            tts: draft.tts,
            mentions: pinged.users,
            mention_roles: pinged.roles,
            mention_everyone: pinged.everyone,
            attachments,
            embeds,
            components,
            stickers: draft.stickers,
            reactions: Vec::new(),
            nonce: draft.nonce,
            pinned_ms: None,
            flags: draft.flags,
            reference,
            thread: None,
            application: draft.application,
            interaction: draft.interaction,
            only_for: draft.only_for,
            position,
            history: Vec::new(),
        };
        self.insert_message(message);
        if let Author::User(user) = author {
            self.join_by_posting(channel, user);
        }
        self.emit_message("MESSAGE_CREATE", channel, id);
        id
    }

    /// Puts a finished message into its channel and counts it there.
    pub(super) fn insert_message(&mut self, message: Message) {
        if message.only_for.is_none()
            && let Some(channel) = self.channels.get_mut(&message.channel)
        {
            channel.last_message = Some(message.id);
            let is_starter = message.id == channel.id;
            let counts = !is_starter && message.kind != kind::THREAD_STARTER;
            if let Some(thread) = channel.thread.as_mut().filter(|_| counts) {
                thread.message_count += 1;
                thread.total_sent += 1;
            }
        }
        self.messages
            .entry(message.channel)
            .or_default()
            .insert(message.id, message);
    }

    fn may_post(&self, user: u64, channel_id: u64, draft: &Draft) -> Result<(), Refusal> {
        let channel = self
            .channels
            .get(&channel_id)
            .ok_or_else(Refusal::unknown_channel)?;
        if !self.may_view(user, channel_id) {
            return Err(Refusal::missing_access());
        }
        if !channel.kind.holds_messages() {
            return Err(Refusal::no_text_here());
        }
        if channel.kind == ChannelKind::DirectMessage {
            let other = channel
                .recipients
                .iter()
                .filter(|one| **one != user)
                .find_map(|one| self.users.get(one));
            let sender_is_bot = self.users.get(&user).is_some_and(|user| user.bot);
            if other.is_some_and(|other| {
                other.bot == sender_is_bot && sender_is_bot || !other.takes_direct_messages
            }) {
                return Err(Refusal::cannot_message_user());
            }
        }
        let bits = self.permissions(user, channel_id);
        let sending = if channel.thread.is_some() {
            may::SEND_MESSAGES_IN_THREADS
        } else {
            may::SEND_MESSAGES
        };
        let lacks = |bit| bits & bit == 0;
        if lacks(sending)
            || (!draft.files.is_empty() && lacks(may::ATTACH_FILES))
            || (draft.tts && lacks(may::SEND_TTS_MESSAGES))
        {
            return Err(Refusal::missing_permissions());
        }
        if draft.reply_to.is_some() && lacks(may::READ_MESSAGE_HISTORY) {
            return Err(Refusal::reply_needs_history());
        }
        if let Some(thread) = channel
            .thread
            .as_ref()
            .filter(|thread| thread.locked && lacks(may::MANAGE_THREADS))
        {
            return Err(if thread.archived {
                Refusal::thread_archived()
            } else {
                Refusal::thread_locked()
            });
        }
        Ok(())
    }

    /// How many characters a message of this author may have.
    pub(super) fn longest(&self, author: &Author) -> usize {
        match author {
            Author::User(user) if self.users.get(user).is_some_and(|user| !user.bot) => {
                forms::PERSONS_CONTENT_LIMIT
            }
            Author::User(_) | Author::Webhook { .. } => forms::CONTENT_LIMIT,
        }
    }

    fn posted_with_nonce(&self, author: &Author, channel: u64, draft: &Draft) -> Option<u64> {
        let nonce = draft.nonce.as_ref().filter(|_| draft.enforce_nonce)?;
        let memory = u64::try_from(self.settings.nonce_memory.as_millis()).unwrap_or(u64::MAX);
        let oldest = self.clock.now_ms().saturating_sub(memory);
        let recent = self
            .messages
            .get(&channel)?
            .values()
            .rev()
            .take_while(|message| message.posted_ms >= oldest);
        // 5 and "5" are the same nonce: Discord keeps them as text.
        let text = |nonce: &Value| {
            nonce
                .as_str()
                .map_or_else(|| nonce.to_string(), str::to_owned)
        };
        let wanted = text(nonce);
        recent
            .filter(|message| message.author.id() == author.id())
            .find(|message| {
                message
                    .nonce
                    .as_ref()
                    .is_some_and(|nonce| text(nonce) == wanted)
            })
            .map(|message| message.id)
    }

    /// The message that a draft answers, if it is still there.
    fn answered(
        &self,
        author: &Author,
        channel: u64,
        draft: &Draft,
    ) -> Result<Option<u64>, Refusal> {
        let Some(reply) = draft.reply_to else {
            return Ok(None);
        };
        match self
            .message(channel, reply.message)
            .filter(|message| message.only_for.is_none_or(|user| user == author.id()))
        {
            Some(message) if is_system(message.kind) => Err(Refusal::form(
                "message_reference",
                "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE",
                "Cannot reply to a system message",
            )),
            Some(message) => Ok(Some(message.id)),
            None if reply.must_exist => Err(Refusal::form(
                "message_reference",
                "REPLIES_UNKNOWN_MESSAGE",
                "Unknown message",
            )),
            None => Ok(None),
        }
    }

    /// Refuses what needs `bits` in a channel where `user` lacks them.
    ///
    /// # Errors
    /// 10003, 50001 or 50013.
    pub fn require(&self, user: u64, channel: u64, bits: u64) -> Result<(), Refusal> {
        if !self.channels.contains_key(&channel) {
            return Err(Refusal::unknown_channel());
        }
        if !self.may_view(user, channel) {
            return Err(Refusal::missing_access());
        }
        if self.permissions(user, channel) & bits != bits {
            return Err(Refusal::missing_permissions());
        }
        Ok(())
    }

    /// Tells who may see it about a message that came or changed.
    pub(super) fn emit_message(&mut self, name: &'static str, channel: u64, message: u64) {
        let Some(found) = self.message(channel, message) else {
            return;
        };
        if found.only_for.is_some() {
            return;
        }
        let guild = found.guild;
        let content_for = self.content_for(found);
        let data = self.gateway_message_json(found);
        self.emit_in_channel(name, data, messages_intent(guild), channel);
        if let Some(last) = self.outbox.last_mut() {
            last.content_for = content_for;
        }
    }

    /// Who sees a message's content without the intent.
    pub(super) fn content_for(&self, message: &Message) -> Vec<u64> {
        let mut users = vec![message.author.id()];
        users.extend(message.application);
        users.extend(&message.mentions);
        if message.guild.is_none() {
            users.extend(
                self.channels
                    .get(&message.channel)
                    .iter()
                    .flat_map(|channel| &channel.recipients),
            );
        }
        users
    }

    pub(super) fn store_files(&mut self, channel: u64, uploads: Vec<Upload>) -> Vec<Attachment> {
        let mut attachments = Vec::with_capacity(uploads.len());
        for upload in uploads {
            let id = self.next_id();
            attachments.push(files::attachment(id, channel, &upload));
            self.files.insert(id, upload.bytes);
        }
        attachments
    }

    /// Replaces `attachment://name` by the file's address, as Discord does in embeds and components.
    pub(super) fn resolve_attachment_urls(&self, value: &mut Value, attachments: &[Attachment]) {
        match value {
            Value::String(text) => {
                let name = text.strip_prefix("attachment://");
                if let Some(file) =
                    name.and_then(|name| attachments.iter().find(|file| file.filename == name))
                {
                    *text = self.attachment_url(file);
                }
            }
            Value::Array(items) => items
                .iter_mut()
                .for_each(|item| self.resolve_attachment_urls(item, attachments)),
            Value::Object(map) => map
                .values_mut()
                .for_each(|item| self.resolve_attachment_urls(item, attachments)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The intent for messages in a guild, or in direct messages.
pub(super) fn messages_intent(guild: Option<u64>) -> u64 {
    if guild.is_some() {
        intents::GUILD_MESSAGES
    } else {
        intents::DIRECT_MESSAGES
    }
}

/// Adds the guild's id where there is a guild.
pub(super) fn put_guild(data: &mut Value, guild: Option<u64>) {
    if let Some(guild) = guild {
        json::put(data, "guild_id", json::id(guild));
    }
}

/// Whether Discord wrote the message itself.
#[must_use]
pub fn is_system(kind: u8) -> bool {
    !matches!(
        kind,
        kind::DEFAULT | kind::REPLY | kind::CHAT_INPUT_COMMAND | kind::CONTEXT_MENU_COMMAND
    )
}

/// All text in which mentions count: the content, and the text of components.
pub(super) fn ping_text(content: &str, components: &[Value]) -> String {
    let mut text = content.to_owned();
    for component in components {
        if let Some(display) = component.get("content").and_then(Value::as_str) {
            text.push(' ');
            text.push_str(display);
        }
        if let Some(Value::Array(children)) = component.get("components") {
            text.push(' ');
            text.push_str(&ping_text("", children));
        }
    }
    text
}
