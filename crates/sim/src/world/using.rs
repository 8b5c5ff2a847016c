//! People who run the commands of applications, and how an interaction comes to be.

use super::{
    Answer, Command, Interaction, Refusal, World, interactions::interaction_kind, json,
    permissions as may,
};
use serde_json::{Value, json};

/// An option of a command and what the person gave for it. Users, channels, roles and attachments by id.
pub type Given = (String, Value);

impl World {
    /// `user` runs a slash command; `name` holds its subcommands too (`settings show`). The interaction's id.
    ///
    /// # Errors
    /// 50035 that says what does not fit, 50013 without the right to use commands.
    pub fn run_command(
        &mut self,
        user: u64,
        channel: u64,
        name: &str,
        given: &[Given],
    ) -> Result<u64, Refusal> {
        self.slash(user, channel, name, given, None)
    }

    /// `user` is typing the option `focused` of a slash command and asks for completions.
    ///
    /// # Errors
    /// As for [`World::run_command`].
    pub fn ask_for_completions(
        &mut self,
        user: u64,
        channel: u64,
        name: &str,
        given: &[Given],
        focused: &str,
    ) -> Result<u64, Refusal> {
        self.slash(user, channel, name, given, Some(focused))
    }

    fn slash(
        &mut self,
        user: u64,
        channel: u64,
        name: &str,
        given: &[Given],
        focused: Option<&str>,
    ) -> Result<u64, Refusal> {
        let mut words = name.trim_start_matches('/').split_whitespace();
        let first = words.next().unwrap_or_default();
        let command = self.usable_command(user, channel, first, 1)?;
        let mut declared = command
            .data
            .get("options")
            .cloned()
            .unwrap_or_else(|| json!([]));
        let mut path = Vec::new();
        for word in words {
            let found = declared.as_array().and_then(|all| {
                all.iter()
                    .find(|one| one.get("name").and_then(Value::as_str) == Some(word))
            });
            let Some(found) = found.cloned() else {
                return Err(no_such("name", word, &names_of(&declared)));
            };
            declared = found.get("options").cloned().unwrap_or_else(|| json!([]));
            path.push((word.to_owned(), number(&found, "type")));
        }
        let mut options = Vec::new();
        for (key, value) in given {
            let found = declared.as_array().and_then(|all| {
                all.iter()
                    .find(|one| one.get("name").and_then(Value::as_str) == Some(key))
            });
            let Some(found) = found else {
                return Err(no_such("options", key, &names_of(&declared)));
            };
            let mut option = json!({ "name": key, "type": number(found, "type"), "value": value });
            if focused == Some(key.as_str()) {
                json::put(&mut option, "focused", json!(true));
            }
            options.push(option);
        }
        let required = declared
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one.get("required") == Some(&Value::Bool(true)));
        let missing = required
            .filter_map(|one| one.get("name")?.as_str())
            .find(|name| given.iter().all(|(key, _)| key != name));
        if let Some(missing) = missing.filter(|_| focused.is_none()) {
            return Err(Refusal::required(&format!("options.{missing}")));
        }
        let resolved = self.resolved(channel, &options);
        for (word, kind) in path.into_iter().rev() {
            options = vec![json!({ "name": word, "type": kind, "options": options })];
        }
        let mut data = command_data(&command);
        json::put(&mut data, "options", Value::Array(options));
        if !resolved.is_empty() {
            json::put(&mut data, "resolved", Value::Object(resolved));
        }
        let kind = if focused.is_some() {
            interaction_kind::AUTOCOMPLETE
        } else {
            interaction_kind::COMMAND
        };
        self.interact(
            command.application,
            kind,
            user,
            channel,
            &command.name,
            None,
            data,
        )
    }

    /// `user` picks a message command from a message's menu.
    ///
    /// # Errors
    /// As for [`World::run_command`].
    pub fn run_message_command(
        &mut self,
        user: u64,
        channel: u64,
        name: &str,
        message: u64,
    ) -> Result<u64, Refusal> {
        let command = self.usable_command(user, channel, name, 3)?;
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        let mut data = command_data(&command);
        json::put(&mut data, "target_id", json::id(message));
        let object = self.message_json(found, None);
        json::put(
            &mut data,
            "resolved",
            json!({ "messages": { message.to_string(): object } }),
        );
        self.interact(
            command.application,
            interaction_kind::COMMAND,
            user,
            channel,
            &command.name,
            None,
            data,
        )
    }

    /// `user` picks a user command from a user's menu.
    ///
    /// # Errors
    /// As for [`World::run_command`].
    pub fn run_user_command(
        &mut self,
        user: u64,
        channel: u64,
        name: &str,
        target: u64,
    ) -> Result<u64, Refusal> {
        let command = self.usable_command(user, channel, name, 2)?;
        let mut data = command_data(&command);
        json::put(&mut data, "target_id", json::id(target));
        let option = json!({ "type": 6, "value": target.to_string() });
        json::put(
            &mut data,
            "resolved",
            Value::Object(self.resolved(channel, &[option])),
        );
        self.interact(
            command.application,
            interaction_kind::COMMAND,
            user,
            channel,
            &command.name,
            None,
            data,
        )
    }

    fn usable_command(
        &self,
        user: u64,
        channel: u64,
        name: &str,
        kind: u64,
    ) -> Result<Command, Refusal> {
        self.require(user, channel, may::USE_APPLICATION_COMMANDS)?;
        let guild = self.guild_of(channel);
        let here = |command: &&Command| {
            let in_place = command.guild.is_none() || command.guild == guild;
            let member = guild
                .and_then(|guild| self.guilds.get(&guild))
                .is_none_or(|guild| guild.members.contains_key(&command.application));
            in_place && member && command.kind == kind
        };
        let known: Vec<&Command> = self.commands.values().filter(here).collect();
        let found = known
            .iter()
            .filter(|command| command.name == name)
            .max_by_key(|command| command.guild.is_some());
        let names: Vec<&str> = known.iter().map(|command| command.name.as_str()).collect();
        found
            .map(|command| (*command).clone())
            .ok_or_else(|| no_such("name", name, &names.join(", ")))
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "an interaction is made of exactly these"
    )]
    pub(super) fn interact(
        &mut self,
        application: u64,
        kind: u8,
        user: u64,
        channel: u64,
        name: &str,
        source: Option<u64>,
        data: Value,
    ) -> Result<u64, Refusal> {
        self.require(user, channel, 0)?;
        if !self.bots.contains_key(&application) {
            return Err(Refusal::unknown_application());
        }
        let id = self.next_id();
        let token = format!(
            "interaction-{id:x}-{:016x}",
            id.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        );
        let interaction = Interaction {
            id,
            token,
            application,
            kind,
            user,
            channel,
            made_ms: self.clock.now_ms(),
            name: name.to_owned(),
            source_message: source,
            shown_by: None,
            answer: Answer::Waiting,
        };
        let object = self.interaction_json(&interaction, data);
        let guild = self.guild_of(channel);
        self.interactions.insert(id, interaction);
        self.emit_to("INTERACTION_CREATE", object, 0, guild, application);
        Ok(id)
    }
}

fn command_data(command: &Command) -> Value {
    let mut data =
        json!({ "id": json::id(command.id), "name": command.name, "type": command.kind });
    if let Some(guild) = command.guild {
        json::put(&mut data, "guild_id", json::id(guild));
    }
    data
}

pub(super) fn number(object: &Value, key: &str) -> u64 {
    object.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn names_of(options: &Value) -> String {
    let names: Vec<&str> = options
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("name")?.as_str())
        .collect();
    names.join(", ")
}

pub(super) fn no_such(path: &str, wanted: &str, known: &str) -> Refusal {
    Refusal::form(
        path,
        "BASE_TYPE_CHOICES",
        &format!("There is no {wanted:?} here. There is: {known}"),
    )
}
