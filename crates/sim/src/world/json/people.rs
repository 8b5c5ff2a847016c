//! Users, members and applications.

use super::{id, ids, maybe_id, moment, put};
use crate::world::{Bot, Member, User, World, time::iso};
use serde_json::{Value, json};

impl World {
    /// A user, as others see it.
    #[must_use]
    pub fn user_json(&self, user: u64) -> Value {
        let Some(user) = self.users.get(&user) else {
            return json!({ "id": user.to_string(), "username": "Deleted User", "discriminator": "0000", "avatar": null,
                "global_name": null, "public_flags": 0, "flags": 0, "primary_guild": null });
        };
        user_object(user)
    }

    /// The bot itself, as `GET /users/@me` and READY show it.
    #[must_use]
    pub fn own_user_json(&self, user: u64) -> Value {
        let mut object = self.user_json(user);
        for (key, value) in [
            ("email", Value::Null),
            ("verified", json!(true)),
            ("mfa_enabled", json!(true)),
            ("bio", json!("")),
            ("locale", json!("en-US")),
            ("banner", Value::Null),
            ("accent_color", Value::Null),
        ] {
            put(&mut object, key, value);
        }
        object
    }

    /// A member with its user.
    #[must_use]
    pub fn member_json(&self, member: &Member) -> Value {
        let mut object = member_object(member);
        put(&mut object, "user", self.user_json(member.user));
        object
    }

    /// A member as it stands in gateway messages: without the user.
    #[must_use]
    pub fn partial_member_json(&self, guild: u64, user: u64) -> Option<Value> {
        Some(member_object(self.guilds.get(&guild)?.members.get(&user)?))
    }

    /// An application as `GET /applications/@me` shows it to its own bot.
    #[must_use]
    pub fn application_json(&self, bot: &Bot) -> Value {
        let guilds = self.guilds_of(bot.user).count();
        let name = self
            .users
            .get(&bot.user)
            .map_or("", |user| user.name.as_str());
        json!({
            "id": id(bot.user), "name": name, "icon": null, "description": bot.description, "type": null,
            "summary": "", "bot": self.user_json(bot.user), "bot_public": true, "bot_require_code_grant": false,
            "verify_key": format!("{:064x}", bot.user), "flags": bot.flags, "flags_new": bot.flags.to_string(),
            "hook": true, "max_participants": null, "tags": [], "redirect_uris": [], "rpc_origins": [],
            "interactions_endpoint_url": null, "role_connections_verification_url": null,
            "event_webhooks_url": null, "event_webhooks_status": 1, "event_webhooks_types": [],
            "owner": self.user_json(bot.owner), "team": null, "explicit_content_filter": 0,
            "approximate_guild_count": guilds, "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0, "eligible_oauth2_scopes": [],
            "install_params": { "scopes": ["bot", "applications.commands"], "permissions": "0" },
            "integration_types_config": { "0": {}, "1": {} },
        })
    }
}

fn user_object(user: &User) -> Value {
    let mut object = json!({
        "id": id(user.id), "username": user.name, "global_name": user.global_name,
        "discriminator": if user.bot { "0001" } else { "0" }, "avatar": user.avatar, "avatar_decoration_data": null,
        "public_flags": 0, "flags": 0, "banner": null, "accent_color": null, "collectibles": null, "primary_guild": null,
    });
    if user.bot {
        put(&mut object, "bot", json!(true));
    }
    object
}

fn member_object(member: &Member) -> Value {
    json!({
        "roles": ids(&member.roles), "nick": member.nick, "avatar": null, "banner": null,
        "joined_at": iso(member.joined_ms), "premium_since": null, "pending": false, "deaf": false, "mute": false,
        "flags": 0, "communication_disabled_until": moment(member.timed_out_until_ms),
    })
}

/// A webhook's face on a message.
#[must_use]
pub fn webhook_user_json(webhook: u64, name: &str, avatar: Option<&str>) -> Value {
    json!({ "id": id(webhook), "username": name, "avatar": avatar, "discriminator": "0000", "global_name": null,
        "public_flags": 0, "flags": 0, "bot": true, "primary_guild": maybe_id(None) })
}
