//! Messages, as REST and as the gateway show them.

use super::{guild::thread_member_json, id, ids, moment, people::webhook_user_json, put};
use crate::world::{
    Attachment, Author, InteractionTrace, Message, Reaction, ReactionEmoji, Reference, World, kind,
    time::iso,
};
use serde_json::{Value, json};

impl World {
    /// A message as REST shows it to `viewer`, content left out where the viewer may not read it.
    #[must_use]
    pub fn message_json(&self, message: &Message, viewer: Option<u64>) -> Value {
        let mut object = self.basic_message_json(message, viewer);
        if matches!(
            message.kind,
            kind::REPLY | kind::THREAD_STARTER | kind::CONTEXT_MENU_COMMAND
        ) {
            let answered = message
                .reference
                .as_ref()
                .and_then(|one| self.message(one.channel, one.message?));
            let answered = answered.map(|one| self.basic_message_json(one, viewer));
            put(
                &mut object,
                "referenced_message",
                answered.unwrap_or(Value::Null),
            );
        }
        object
    }

    /// A message as MESSAGE_CREATE and MESSAGE_UPDATE carry it: whole, with guild and member.
    #[must_use]
    pub fn gateway_message_json(&self, message: &Message) -> Value {
        let mut object = self.message_json(message, None);
        // Discord names the kind of channel here, so that clients can make direct messages out of nothing.
        let channel_kind = self
            .channels
            .get(&message.channel)
            .map_or(0, |channel| channel.kind.number());
        put(&mut object, "channel_type", json!(channel_kind));
        if let Some(nonce) = &message.nonce {
            put(&mut object, "nonce", nonce.clone());
        }
        let Some(guild) = message.guild else {
            return object;
        };
        put(&mut object, "guild_id", id(guild));
        if let Author::User(user) = message.author
            && let Some(member) = self.partial_member_json(guild, user)
        {
            put(&mut object, "member", member);
        }
        let mentions = message.mentions.iter().map(|user| {
            let mut mention = self.user_json(*user);
            if let Some(member) = self.partial_member_json(guild, *user) {
                put(&mut mention, "member", member);
            }
            mention
        });
        put(&mut object, "mentions", mentions.collect());
        object
    }

    fn basic_message_json(&self, message: &Message, viewer: Option<u64>) -> Value {
        let mut object = json!({
            "id": id(message.id), "channel_id": id(message.channel), "type": message.kind,
            "author": self.author_json(&message.author), "content": message.content,
            "timestamp": iso(message.posted_ms), "edited_timestamp": moment(message.edited_ms), "tts": message.tts,
            "mention_everyone": message.mention_everyone,
            "mentions": message.mentions.iter().map(|user| self.user_json(*user)).collect::<Value>(),
            "mention_roles": ids(&message.mention_roles),
            "attachments": message.attachments.iter().map(|file| self.attachment_json(file)).collect::<Value>(),
            "embeds": message.embeds, "components": message.components, "pinned": message.pinned_ms.is_some(),
            "flags": message.flags,
        });
        let optional = [
            (
                "sticker_items",
                (!message.stickers.is_empty()).then(|| json!(message.stickers)),
            ),
            (
                "reactions",
                (!message.reactions.is_empty()).then(|| reactions_json(&message.reactions, viewer)),
            ),
            (
                "message_reference",
                message.reference.as_ref().map(reference_json),
            ),
            ("webhook_id", webhook_of(message).map(id)),
            ("application_id", message.application.map(id)),
            ("position", message.position.map(|position| json!(position))),
            (
                "interaction_metadata",
                message
                    .interaction
                    .as_ref()
                    .map(|trace| self.trace_json(trace)),
            ),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                put(&mut object, key, value);
            }
        }
        if let Some(thread) = message.thread.and_then(|thread| self.channels.get(&thread)) {
            let mut thread_object = self.thread_json(thread, None);
            let joined =
                viewer.and_then(|viewer| thread.thread.as_ref()?.members.get_key_value(&viewer));
            if let Some((user, since)) = joined {
                put(
                    &mut thread_object,
                    "member",
                    thread_member_json(thread.id, *user, *since),
                );
            }
            put(&mut object, "thread", thread_object);
        }
        if viewer.is_some_and(|viewer| !self.may_read(viewer, message)) {
            put(&mut object, "content", json!(""));
            for key in ["attachments", "embeds", "components"] {
                put(&mut object, key, json!([]));
            }
        }
        object
    }

    /// Whether a viewer gets the content: bots without the Message Content switch get little.
    /// <https://docs.discord.com/developers/events/gateway#message-content-intent>
    fn may_read(&self, viewer: u64, message: &Message) -> bool {
        self.bots.get(&viewer).is_none_or(|bot| bot.reads_content())
            || self.content_for(message).contains(&viewer)
    }

    fn author_json(&self, author: &Author) -> Value {
        match author {
            Author::User(user) => self.user_json(*user),
            // Follow-ups of an application look as its bot does.
            Author::Webhook { id, .. } if self.users.contains_key(id) => self.user_json(*id),
            Author::Webhook { id, name, avatar } => webhook_user_json(*id, name, avatar.as_deref()),
        }
    }

    /// One file of a message.
    #[must_use]
    pub fn attachment_json(&self, file: &Attachment) -> Value {
        let url = self.attachment_url(file);
        let mut object = json!({ "id": id(file.id), "filename": file.filename, "size": file.size, "url": url, "proxy_url": url });
        let optional = [
            (
                "content_type",
                file.content_type.as_ref().map(|kind| json!(kind)),
            ),
            (
                "description",
                file.description.as_ref().map(|text| json!(text)),
            ),
            ("width", file.dimensions.map(|(width, _)| json!(width))),
            ("height", file.dimensions.map(|(_, height)| json!(height))),
            (
                "duration_secs",
                file.duration_seconds.map(|seconds| json!(seconds)),
            ),
            ("waveform", file.waveform.as_ref().map(|wave| json!(wave))),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                put(&mut object, key, value);
            }
        }
        object
    }

    fn trace_json(&self, trace: &InteractionTrace) -> Value {
        let mut object = json!({
            "id": id(trace.id), "type": trace.kind, "user": self.user_json(trace.user),
            "authorizing_integration_owners": {},
        });
        if !trace.name.is_empty() {
            put(&mut object, "name", json!(trace.name));
        }
        if let Some(shown_by) = &trace.shown_by {
            put(
                &mut object,
                "triggering_interaction_metadata",
                self.trace_json(shown_by),
            );
        } else if let Some(message) = trace.source_message {
            put(&mut object, "interacted_message_id", id(message));
        }
        object
    }
}

/// The webhook in a message's `webhook_id`: its author, or the application whose interaction it answers.
fn webhook_of(message: &Message) -> Option<u64> {
    match &message.author {
        Author::Webhook { id, .. } => Some(*id),
        Author::User(_) => message.interaction.as_ref().and(message.application),
    }
}

fn reference_json(reference: &Reference) -> Value {
    let mut object = json!({ "type": 0, "channel_id": id(reference.channel) });
    if let Some(message) = reference.message {
        put(&mut object, "message_id", id(message));
    }
    if let Some(guild) = reference.guild {
        put(&mut object, "guild_id", id(guild));
    }
    object
}

/// An emoji as reactions carry it.
#[must_use]
pub fn reaction_emoji_json(emoji: &ReactionEmoji) -> Value {
    match emoji {
        ReactionEmoji::Unicode(text) => json!({ "id": null, "name": text }),
        ReactionEmoji::Custom {
            id: emoji,
            name,
            animated,
        } => json!({ "id": id(*emoji), "name": name, "animated": animated }),
    }
}

fn reactions_json(reactions: &[Reaction], viewer: Option<u64>) -> Value {
    let one = |reaction: &Reaction| {
        let count = reaction.users.len();
        let me = viewer.is_some_and(|viewer| reaction.users.contains(&viewer));
        json!({ "emoji": reaction_emoji_json(&reaction.emoji), "count": count, "me": me, "me_burst": false,
            "count_details": { "burst": 0, "normal": count }, "burst_colors": [] })
    };
    reactions.iter().map(one).collect()
}
