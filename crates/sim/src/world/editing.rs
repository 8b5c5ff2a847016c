//! Editing and deleting messages: who may, what is checked, what else changes with it, what is said.

use super::{
    Draft, Message, Pinged, Refusal, Upload, Version, World, flags, forms, json, kind,
    permissions as may,
    posting::{is_system, messages_intent, ping_text, put_guild},
};
use serde_json::{Value, json};

/// An hour, after which edits are limited far more tightly.
const HOUR_MS: u64 = 3_600_000;

/// What an edit changes; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// New text.
    pub content: Option<String>,
    /// New embeds.
    pub embeds: Option<Vec<Value>>,
    /// New components.
    pub components: Option<Vec<Value>>,
    /// New flags; only SUPPRESS_EMBEDS and IS_COMPONENTS_V2 count.
    pub flags: Option<u64>,
    /// Ids of attachments that stay.
    pub keep_files: Option<Vec<u64>>,
    /// Files that come.
    pub files: Vec<Upload>,
    /// Whom the new text may ping.
    pub allowed: super::AllowedMentions,
}
impl World {
    /// Edits a message of `editor`'s own.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn edit(
        &mut self,
        editor: u64,
        channel: u64,
        message: u64,
        change: Change,
    ) -> Result<(), Refusal> {
        if !self.may_view(editor, channel) {
            let known = self.channels.contains_key(&channel);
            return Err(if known {
                Refusal::missing_access()
            } else {
                Refusal::unknown_channel()
            });
        }
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        if found.author.id() != editor {
            let only_flags =
                change.content.is_none() && change.embeds.is_none() && change.components.is_none();
            let moderates = self.permissions(editor, channel) & may::MANAGE_MESSAGES != 0;
            if !(only_flags && change.flags.is_some() && moderates) {
                return Err(Refusal::not_the_author());
            }
        }
        if is_system(found.kind) {
            return Err(Refusal::system_message());
        }
        let posted_ms = found.posted_ms;
        if !change.files.is_empty() && self.permissions(editor, channel) & may::ATTACH_FILES == 0 {
            return Err(Refusal::missing_permissions());
        }
        self.may_wake(editor, channel)?;
        let now = self.clock.now_ms();
        if let Some(limit) = self
            .settings
            .old_edits_per_channel
            .filter(|_| posted_ms + HOUR_MS < now)
            && let Err(wait_ms) = self.limits.take_old_edit(now, channel, limit)
        {
            return Err(Refusal::too_many_old_edits().with_retry_after(wait_ms));
        }
        self.change_message(channel, message, change)
    }

    /// Changes a message without asking who may.
    pub(super) fn change_message(
        &mut self,
        channel: u64,
        message: u64,
        change: Change,
    ) -> Result<(), Refusal> {
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        let before = found.clone();
        let mut after = found.clone();
        if let Some(content) = &change.content {
            after.content = content.trim().to_owned();
        }
        if let Some(embeds) = change.embeds {
            after.embeds = embeds;
        }
        if let Some(components) = change.components {
            after.components = components;
        }
        if let Some(new) = change.flags {
            let suppress = new & flags::SUPPRESS_EMBEDS;
            // The flag can be set by an edit but never taken off again.
            after.flags =
                after.flags & !flags::SUPPRESS_EMBEDS | suppress | new & flags::IS_COMPONENTS_V2;
        }
        if let Some(kept) = &change.keep_files {
            after.attachments.retain(|file| kept.contains(&file.id));
        }
        let checked = Draft {
            content: after.content.clone(),
            embeds: after.embeds.clone(),
            components: after.components.clone(),
            files: change.files.clone(),
            flags: after.flags,
            ..Draft::default()
        };
        forms::check(
            &checked,
            &self.settings,
            self.longest(&after.author),
            !after.attachments.is_empty() || !after.stickers.is_empty(),
        )?;
        let new_files = self.store_files(channel, change.files);
        after.attachments.extend(new_files);
        forms::complete_components(&mut after.components, &mut 1);
        let attachments = after.attachments.clone();
        for part in after.embeds.iter_mut().chain(&mut after.components) {
            self.resolve_attachment_urls(part, &attachments);
        }
        for embed in &mut after.embeds {
            if embed.get("type").is_none() {
                json::put(embed, "type", json!("rich"));
            }
        }
        let now = self.clock.now_ms();
        if change.content.is_some() {
            let text = ping_text(&after.content, &after.components);
            // An edit pings nobody anew, but the list follows the text.
            let Pinged {
                mut users,
                roles,
                everyone,
            } = self.pinged(after.author.id(), channel, &text, &change.allowed, None);
            let answered = before
                .reference
                .as_ref()
                .and_then(|one| one.message)
                .and_then(|id| self.message(channel, id));
            let answered = answered.map(|message| message.author.id());
            users.extend(
                answered.filter(|user| before.mentions.contains(user) && !users.contains(user)),
            );
            (after.mentions, after.mention_roles, after.mention_everyone) =
                (users, roles, everyone);
        }
        if before.flags & flags::LOADING == 0 {
            // Where the clock stands still, Discord's microseconds go on.
            after.edited_ms = Some(before.edited_ms.map_or(now, |last| now.max(last + 1)));
            after.history.push(Version {
                content: before.content,
                until_ms: now,
            });
        }
        after.flags &= !flags::LOADING;
        self.messages
            .entry(channel)
            .or_default()
            .insert(message, after);
        self.emit_message("MESSAGE_UPDATE", channel, message);
        Ok(())
    }

    /// Deletes a message: one's own, or anyone's with MANAGE_MESSAGES.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn delete(&mut self, actor: u64, channel: u64, message: u64) -> Result<(), Refusal> {
        if !self.may_view(actor, channel) {
            let known = self.channels.contains_key(&channel);
            return Err(if known {
                Refusal::missing_access()
            } else {
                Refusal::unknown_channel()
            });
        }
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        let own = found.author.id() == actor;
        if !own && self.permissions(actor, channel) & may::MANAGE_MESSAGES == 0 {
            return Err(Refusal::missing_permissions());
        }
        if matches!(found.kind, kind::THREAD_STARTER) {
            return Err(Refusal::system_message());
        }
        if own {
            self.may_wake(actor, channel)?;
        }
        self.remove_message(channel, message);
        Ok(())
    }

    pub(super) fn remove_message(&mut self, channel: u64, message: u64) {
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let removed = self
            .messages
            .get_mut(&channel)
            .and_then(|messages| messages.remove(&message));
        let Some(removed) = removed else { return };
        self.uncount(&removed);
        if removed.only_for.is_none() {
            let mut data = json!({ "id": json::id(message), "channel_id": json::id(channel) });
            put_guild(&mut data, guild);
            self.emit_in_channel("MESSAGE_DELETE", data, messages_intent(guild), channel);
        }
    }

    fn uncount(&mut self, removed: &Message) {
        let thread = self
            .channels
            .get_mut(&removed.channel)
            .and_then(|channel| channel.thread.as_mut());
        if let Some(thread) =
            thread.filter(|_| removed.id != removed.channel && removed.kind != kind::THREAD_STARTER)
        {
            thread.message_count = thread.message_count.saturating_sub(1);
        }
    }

    /// Deletes many messages at once.
    ///
    /// # Errors
    /// As Discord refuses it.
    pub fn delete_many(
        &mut self,
        actor: u64,
        channel: u64,
        messages: &[u64],
    ) -> Result<(), Refusal> {
        self.require(actor, channel, may::MANAGE_MESSAGES)?;
        if !(2..=100).contains(&messages.len()) {
            return Err(Refusal::bad_bulk_count());
        }
        let oldest = self.clock.now_ms().saturating_sub(14 * 24 * HOUR_MS);
        if messages
            .iter()
            .any(|id| super::snowflake::made_at(*id) < oldest)
        {
            return Err(Refusal::too_old_for_bulk());
        }
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let mut removed = Vec::new();
        for id in messages {
            if let Some(message) = self
                .messages
                .get_mut(&channel)
                .and_then(|messages| messages.remove(id))
            {
                self.uncount(&message);
                removed.push(*id);
            }
        }
        if !removed.is_empty() {
            let mut data = json!({ "ids": json::ids(&removed), "channel_id": json::id(channel) });
            put_guild(&mut data, guild);
            self.emit_in_channel("MESSAGE_DELETE_BULK", data, messages_intent(guild), channel);
        }
        Ok(())
    }
}
