//! Guilds, roles, emojis, channels and threads.

use super::{id, ids, maybe_id, moment, put};
use crate::world::{
    Channel, ChannelKind, Emoji, Guild, OverwriteKind, Role, Thread, World, snowflake, time::iso,
};
use serde_json::{Value, json};

impl World {
    /// A guild as `GET /guilds/{id}` shows it.
    #[must_use]
    pub fn guild_json(&self, guild: &Guild) -> Value {
        json!({
            "id": id(guild.id), "name": guild.name, "icon": null, "icon_hash": null, "description": null, "home_header": null,
            "splash": null, "discovery_splash": null, "features": [], "banner": null, "owner_id": id(guild.owner),
            "application_id": null, "region": "deprecated", "afk_channel_id": null, "afk_timeout": 300,
            "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": null,
            "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
            "max_presences": null, "max_members": 500_000, "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25, "vanity_url_code": null, "premium_tier": guild.premium_tier,
            "premium_subscription_count": 0, "preferred_locale": guild.locale, "rules_channel_id": null,
            "safety_alerts_channel_id": null, "public_updates_channel_id": null, "premium_progress_bar_enabled": false,
            "nsfw": false, "nsfw_level": 0, "stickers": [], "incidents_data": null,
            "roles": guild.roles.values().map(role_json).collect::<Value>(),
            "emojis": guild.emojis.iter().map(emoji_json).collect::<Value>(),
        })
    }

    /// A complete GUILD_CREATE for one viewer: channels and active threads that it may see, the members that a
    /// small guild would send.
    #[must_use]
    pub fn guild_create_json(&self, guild: u64, viewer: u64) -> Value {
        let Some(guild) = self.guilds.get(&guild) else {
            return Value::Null;
        };
        let mut object = self.guild_json(guild);
        let member = guild.members.get(&viewer);
        let channels = guild.channels.iter().filter_map(|id| self.channels.get(id));
        let (threads, channels): (Vec<_>, Vec<_>) =
            channels.partition(|channel| channel.thread.is_some());
        let threads = threads
            .into_iter()
            .filter(|one| one.thread.as_ref().is_some_and(|thread| !thread.archived));
        let threads: Value = threads
            .filter(|one| self.may_view(viewer, one.id))
            .map(|one| self.thread_json(one, Some(viewer)))
            .collect();
        let members: Value = guild
            .members
            .values()
            .take(250)
            .map(|member| self.member_json(member))
            .collect();
        for (key, value) in [
            (
                "channels",
                channels.iter().map(|one| self.channel_json(one)).collect(),
            ),
            ("threads", threads),
            ("members", members),
            ("member_count", json!(guild.members.len())),
            ("joined_at", moment(member.map(|member| member.joined_ms))),
            ("large", json!(guild.members.len() > 250)),
            ("unavailable", json!(false)),
            ("presences", json!([])),
            ("voice_states", json!([])),
            ("stage_instances", json!([])),
            ("guild_scheduled_events", json!([])),
            ("soundboard_sounds", json!([])),
        ] {
            put(&mut object, key, value);
        }
        object
    }

    /// A channel, thread or direct message, as REST and CHANNEL_CREATE show it.
    #[must_use]
    pub fn channel_json(&self, channel: &Channel) -> Value {
        match channel.kind {
            ChannelKind::DirectMessage | ChannelKind::GroupDirectMessage => {
                self.direct_message_json(channel, None)
            }
            ChannelKind::AnnouncementThread
            | ChannelKind::PublicThread
            | ChannelKind::PrivateThread => self.thread_json(channel, None),
            ChannelKind::Text
            | ChannelKind::Voice
            | ChannelKind::Category
            | ChannelKind::Announcement
            | ChannelKind::Stage
            | ChannelKind::Forum
            | ChannelKind::Media => guild_channel_json(channel),
        }
    }

    /// A direct message as one of its two sees it: the viewer is not among the recipients.
    #[must_use]
    pub fn direct_message_json(&self, channel: &Channel, viewer: Option<u64>) -> Value {
        let others = channel
            .recipients
            .iter()
            .filter(|user| Some(**user) != viewer);
        json!({
            "id": id(channel.id), "type": channel.kind.number(), "flags": 0,
            "last_message_id": maybe_id(channel.last_message), "last_pin_timestamp": moment(channel.last_pin_ms),
            "recipients": others.map(|user| self.user_json(*user)).collect::<Value>(),
        })
    }

    /// A thread; with a viewer who is in it, its membership too.
    #[must_use]
    pub fn thread_json(&self, channel: &Channel, viewer: Option<u64>) -> Value {
        let Some(thread) = &channel.thread else {
            return guild_channel_json(channel);
        };
        let mut object = json!({
            "id": id(channel.id), "type": channel.kind.number(), "guild_id": maybe_id(channel.guild),
            "parent_id": maybe_id(channel.parent), "owner_id": id(thread.owner), "name": channel.name,
            "last_message_id": maybe_id(channel.last_message), "last_pin_timestamp": moment(channel.last_pin_ms),
            "rate_limit_per_user": channel.slowmode_seconds, "flags": thread.flags,
            "message_count": thread.message_count, "member_count": thread.members.len().min(50),
            "total_message_sent": thread.total_sent, "applied_tags": ids(&channel.applied_tags),
            "bitrate": 64_000, "user_limit": 0, "rtc_region": null,
            "thread_metadata": thread_metadata_json(channel, thread),
        });
        if let Some((user, joined_ms)) = viewer.and_then(|user| thread.members.get_key_value(&user))
        {
            put(
                &mut object,
                "member",
                thread_member_json(channel.id, *user, *joined_ms),
            );
        }
        object
    }
}

fn thread_metadata_json(channel: &Channel, thread: &Thread) -> Value {
    let mut object = json!({
        "archived": thread.archived, "locked": thread.locked, "auto_archive_duration": thread.auto_archive_minutes,
        "archive_timestamp": iso(thread.archive_changed_ms), "create_timestamp": iso(snowflake::made_at(channel.id)),
    });
    if channel.kind == ChannelKind::PrivateThread {
        put(&mut object, "invitable", json!(thread.invitable));
    }
    object
}

/// One member of a thread.
#[must_use]
pub fn thread_member_json(thread: u64, user: u64, joined_ms: u64) -> Value {
    json!({ "id": id(thread), "user_id": id(user), "join_timestamp": iso(joined_ms), "flags": 1 })
}

/// One role.
#[must_use]
pub fn role_json(role: &Role) -> Value {
    let mut object = json!({
        "id": id(role.id), "name": role.name, "description": null, "permissions": role.permissions.to_string(),
        "position": role.position, "color": role.color,
        "colors": { "primary_color": role.color, "secondary_color": null, "tertiary_color": null },
        "hoist": false, "managed": role.bot.is_some(), "mentionable": role.mentionable, "icon": null,
        "unicode_emoji": null, "flags": 0,
    });
    if let Some(bot) = role.bot {
        put(&mut object, "tags", json!({ "bot_id": id(bot) }));
    }
    object
}

/// One custom emoji.
#[must_use]
pub fn emoji_json(emoji: &Emoji) -> Value {
    json!({ "id": id(emoji.id), "name": emoji.name, "roles": [], "require_colons": true, "managed": false,
        "animated": emoji.animated, "available": true })
}

fn guild_channel_json(channel: &Channel) -> Value {
    let overwrites = channel.overwrites.iter().map(|one| {
        let kind = match one.kind {
            OverwriteKind::Role => 0,
            OverwriteKind::Member => 1,
        };
        json!({ "id": id(one.id), "type": kind, "allow": one.allow.to_string(), "deny": one.deny.to_string() })
    });
    let mut object = json!({
        "id": id(channel.id), "type": channel.kind.number(), "guild_id": maybe_id(channel.guild), "name": channel.name,
        "position": channel.position, "parent_id": maybe_id(channel.parent), "flags": 0,
        "permission_overwrites": overwrites.collect::<Value>(),
    });
    if channel.kind == ChannelKind::Category {
        return object;
    }
    for (key, value) in [
        ("nsfw", json!(channel.nsfw)),
        ("topic", json!(channel.topic)),
        ("rate_limit_per_user", json!(channel.slowmode_seconds)),
        ("last_message_id", maybe_id(channel.last_message)),
        ("last_pin_timestamp", moment(channel.last_pin_ms)),
        (
            "default_auto_archive_duration",
            json!(channel.default_auto_archive_minutes),
        ),
    ] {
        put(&mut object, key, value);
    }
    if matches!(channel.kind, ChannelKind::Voice | ChannelKind::Stage) {
        for (key, value) in [
            ("bitrate", json!(64_000)),
            ("user_limit", json!(0)),
            ("rtc_region", Value::Null),
        ] {
            put(&mut object, key, value);
        }
    }
    if channel.kind.is_forum() {
        let tags = channel.tags.iter().map(|tag| {
            json!({ "id": id(tag.id), "name": tag.name, "moderated": tag.moderated, "emoji_id": null, "emoji_name": null })
        });
        for (key, value) in [
            ("available_tags", tags.collect()),
            ("default_reaction_emoji", Value::Null),
            ("default_sort_order", Value::Null),
            ("default_forum_layout", json!(0)),
            ("default_thread_rate_limit_per_user", json!(0)),
        ] {
            put(&mut object, key, value);
        }
    }
    object
}
