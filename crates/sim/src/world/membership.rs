//! Guilds, roles and members as they change while the world runs.

use super::{Member, World, build, intents, json, posting::put_guild};
use serde_json::{Value, json};

impl World {
    /// A user joins a guild; bots of it hear so, and a bot that joins gets the guild.
    pub fn join(&mut self, guild: u64, user: u64) {
        if self
            .guilds
            .get(&guild)
            .is_none_or(|guild| guild.members.contains_key(&user))
        {
            return;
        }
        if self.bots.contains_key(&user) {
            self.invite_bot(guild, user, build::INVITED_WITH);
        } else {
            self.add_member(guild, user);
        }
        if let Some(member) = self
            .guilds
            .get(&guild)
            .and_then(|guild| guild.members.get(&user))
        {
            let mut data = self.member_json(member);
            put_guild(&mut data, Some(guild));
            self.emit_in_guild("GUILD_MEMBER_ADD", data, intents::GUILD_MEMBERS, guild);
            if let Some(last) = self.outbox.last_mut() {
                last.recipients.retain(|one| *one != user);
            }
        }
        if self.bots.contains_key(&user) {
            let data = self.guild_create_json(guild, user);
            self.emit_to("GUILD_CREATE", data, intents::GUILDS, Some(guild), user);
        }
    }

    /// A user leaves a guild, or is made to; a bot that goes loses the guild.
    pub fn leave(&mut self, guild: u64, user: u64) {
        let Some(found) = self.guilds.get_mut(&guild) else {
            return;
        };
        if found.members.remove(&user).is_none() {
            return;
        }
        let own_role = found
            .roles
            .values()
            .find(|role| role.bot == Some(user))
            .map(|role| role.id);
        if let Some(role) = own_role {
            found.roles.remove(&role);
        }
        for channel in found.channels.clone() {
            let thread = self
                .channels
                .get_mut(&channel)
                .and_then(|channel| channel.thread.as_mut());
            if let Some(thread) = thread {
                thread.members.remove(&user);
            }
        }
        let data = json!({ "guild_id": json::id(guild), "user": self.user_json(user) });
        self.emit_in_guild("GUILD_MEMBER_REMOVE", data, intents::GUILD_MEMBERS, guild);
        if self.bots.contains_key(&user) {
            // Without `unavailable`: the bot is out, the guild is not down.
            let data = json!({ "id": json::id(guild) });
            self.emit_to("GUILD_DELETE", data, intents::GUILDS, Some(guild), user);
        }
    }

    /// The guild goes down for a bot, or comes back.
    pub fn set_guild_available(&mut self, guild: u64, bot: u64, available: bool) {
        let Some(found) = self.bots.get_mut(&bot) else {
            return;
        };
        if available {
            found.unavailable.remove(&guild);
            let data = self.guild_create_json(guild, bot);
            self.emit_to("GUILD_CREATE", data, intents::GUILDS, Some(guild), bot);
        } else {
            found.unavailable.insert(guild);
            let data = json!({ "id": json::id(guild), "unavailable": true });
            self.emit_to("GUILD_DELETE", data, intents::GUILDS, Some(guild), bot);
        }
    }

    /// Renames a guild.
    pub fn rename_guild(&mut self, guild: u64, name: &str) {
        let Some(found) = self.guilds.get_mut(&guild) else {
            return;
        };
        name.clone_into(&mut found.name);
        if let Some(found) = self.guilds.get(&guild) {
            let data = self.guild_json(found);
            self.emit_in_guild("GUILD_UPDATE", data, intents::GUILDS, guild);
        }
    }

    /// Sets what a role may do.
    pub fn set_role_permissions(&mut self, guild: u64, role: u64, permissions: u64) {
        let found = self
            .guilds
            .get_mut(&guild)
            .and_then(|guild| guild.roles.get_mut(&role));
        let Some(found) = found else { return };
        found.permissions = permissions;
        let data = json!({ "guild_id": json::id(guild), "role": json::guild::role_json(found) });
        self.emit_in_guild("GUILD_ROLE_UPDATE", data, intents::GUILDS, guild);
    }

    /// Makes a role while the world runs.
    pub fn create_role(&mut self, guild: u64, name: &str, permissions: u64) -> u64 {
        let id = self.add_role(guild, name, permissions);
        if let Some(role) = self
            .guilds
            .get(&guild)
            .and_then(|guild| guild.roles.get(&id))
        {
            let data = json!({ "guild_id": json::id(guild), "role": json::guild::role_json(role) });
            self.emit_in_guild("GUILD_ROLE_CREATE", data, intents::GUILDS, guild);
        }
        id
    }

    /// Deletes a role; members lose it first.
    pub fn delete_role(&mut self, guild: u64, role: u64) {
        let Some(found) = self.guilds.get_mut(&guild) else {
            return;
        };
        for member in found.members.values_mut() {
            member.roles.retain(|one| *one != role);
        }
        if found.roles.remove(&role).is_some() {
            let data = json!({ "guild_id": json::id(guild), "role_id": json::id(role) });
            self.emit_in_guild("GUILD_ROLE_DELETE", data, intents::GUILDS, guild);
        }
    }

    /// Sets a member's roles.
    pub fn set_member_roles(&mut self, guild: u64, user: u64, roles: Vec<u64>) {
        self.change_member(guild, user, |member| member.roles = roles);
    }

    /// Sets a member's name in the guild.
    pub fn set_nick(&mut self, guild: u64, user: u64, nick: Option<String>) {
        self.change_member(guild, user, |member| member.nick = nick);
    }

    /// Times a member out until then (Unix milliseconds), or ends it.
    pub fn time_out(&mut self, guild: u64, user: u64, until_ms: Option<u64>) {
        self.change_member(guild, user, |member| member.timed_out_until_ms = until_ms);
    }

    fn change_member(&mut self, guild: u64, user: u64, change: impl FnOnce(&mut Member)) {
        let member = self
            .guilds
            .get_mut(&guild)
            .and_then(|guild| guild.members.get_mut(&user));
        let Some(member) = member else { return };
        change(member);
        let member = member.clone();
        let mut data: Value = self.member_json(&member);
        put_guild(&mut data, Some(guild));
        self.emit_in_guild(
            "GUILD_MEMBER_UPDATE",
            data.clone(),
            intents::GUILD_MEMBERS,
            guild,
        );
        if self.bots.contains_key(&user) {
            // A bot hears of its own changes without the intent.
            if let Some(last) = self.outbox.last_mut() {
                last.recipients.retain(|one| *one != user);
            }
            self.emit_to("GUILD_MEMBER_UPDATE", data, 0, Some(guild), user);
        }
    }
}
