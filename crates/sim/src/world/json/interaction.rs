//! Interactions, as INTERACTION_CREATE carries them.

use crate::world::{Channel, Interaction, World, json, using::number};
use serde_json::{Map, Value, json};

impl World {
    /// The objects behind ids in options.
    pub(in crate::world) fn resolved(&self, channel: u64, options: &[Value]) -> Map<String, Value> {
        let guild = self.guild_of(channel);
        let mut maps: [(&str, Map<String, Value>); 4] = [
            ("users", Map::new()),
            ("members", Map::new()),
            ("channels", Map::new()),
            ("roles", Map::new()),
        ];
        for option in options {
            let Some(id) = option
                .get("value")
                .and_then(Value::as_str)
                .and_then(|id| id.parse::<u64>().ok())
            else {
                continue;
            };
            let [users, members, channels, roles] = &mut maps;
            let kind = number(option, "type");
            if matches!(kind, 6 | 9) && self.users.contains_key(&id) {
                users.1.insert(id.to_string(), self.user_json(id));
                if let Some(member) = guild.and_then(|guild| self.partial_member_json(guild, id)) {
                    members.1.insert(id.to_string(), member);
                }
            }
            if let Some(found) = self.channels.get(&id).filter(|_| kind == 7) {
                channels.1.insert(id.to_string(), self.channel_json(found));
            }
            let role = guild.and_then(|guild| self.guilds.get(&guild)?.roles.get(&id));
            if let Some(role) = role.filter(|_| matches!(kind, 8 | 9)) {
                roles.1.insert(id.to_string(), json::guild::role_json(role));
            }
        }
        maps.into_iter()
            .filter(|(_, map)| !map.is_empty())
            .map(|(key, map)| (key.to_owned(), Value::Object(map)))
            .collect()
    }

    /// An interaction as INTERACTION_CREATE carries it.
    pub(in crate::world) fn interaction_json(
        &self,
        interaction: &Interaction,
        data: Value,
    ) -> Value {
        let channel = self.channels.get(&interaction.channel);
        let guild = channel.and_then(|channel| channel.guild);
        let locale = self
            .users
            .get(&interaction.user)
            .map_or("en-US", |user| user.locale.as_str());
        let owner = guild.map_or_else(
            || json!({ "0": "0" }),
            |guild| json!({ "0": json::id(guild) }),
        );
        let mut object = json!({
            "id": json::id(interaction.id), "application_id": json::id(interaction.application), "type": interaction.kind,
            "token": interaction.token, "version": 1, "data": data, "channel_id": json::id(interaction.channel),
            "channel": channel.map(|channel| self.channel_in_interaction(channel, interaction.user)),
            "locale": locale, "entitlements": [], "entitlement_sku_ids": [], "authorizing_integration_owners": owner,
            "app_permissions": self.permissions(interaction.application, interaction.channel).to_string(),
            "context": u8::from(guild.is_none()), "attachment_size_limit": self.settings.file_limit,
        });
        match guild.and_then(|guild| self.guilds.get(&guild)) {
            Some(guild) => {
                json::put(&mut object, "guild_id", json::id(guild.id));
                json::put(&mut object, "guild_locale", json!(guild.locale));
                json::put(
                    &mut object,
                    "guild",
                    json!({ "id": json::id(guild.id), "locale": guild.locale, "features": [] }),
                );
                if let Some(member) = guild.members.get(&interaction.user) {
                    let mut member = self.member_json(member);
                    let bits = self.permissions(interaction.user, interaction.channel);
                    json::put(&mut member, "permissions", json!(bits.to_string()));
                    json::put(&mut object, "member", member);
                }
            }
            None => json::put(&mut object, "user", self.user_json(interaction.user)),
        }
        let source = interaction
            .source_message
            .and_then(|message| self.message(interaction.channel, message));
        if let Some(source) = source {
            json::put(&mut object, "message", self.message_json(source, None));
        }
        object
    }

    fn channel_in_interaction(&self, channel: &Channel, user: u64) -> Value {
        let mut object = self.channel_json(channel);
        json::put(
            &mut object,
            "permissions",
            json!(self.permissions(user, channel.id).to_string()),
        );
        object
    }
}
