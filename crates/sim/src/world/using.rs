//! People who use what applications offer: commands, buttons, selects, forms.

use super::{
    Answer, Channel, Command, Interaction, Refusal, World, interactions::interaction_kind, json,
    permissions as may,
};
use serde_json::{Map, Value, json};

const BUTTON: u64 = 2;
const LINK_STYLE: u64 = 5;

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

    /// `user` clicks the button with this id, or with this label.
    ///
    /// # Errors
    /// 50035 that names the buttons there are.
    pub fn click(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        button: &str,
    ) -> Result<u64, Refusal> {
        let component = self.component(user, channel, message, |one| {
            number(one, "type") == BUTTON && is_called(one, button)
        })?;
        if component.get("disabled") == Some(&Value::Bool(true))
            || number(&component, "style") == LINK_STYLE
        {
            return Err(Refusal::form(
                "custom_id",
                "COMPONENT_DISABLED",
                "This button can't be used",
            ));
        }
        self.use_component(user, channel, message, &component, None)
    }

    /// `user` chooses in the select with this id. Users, channels and roles by id.
    ///
    /// # Errors
    /// 50035 that names the selects and the choices there are.
    pub fn choose(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        select: &str,
        values: &[String],
    ) -> Result<u64, Refusal> {
        let component = self.component(user, channel, message, |one| {
            number(one, "type") != BUTTON && is_called(one, select)
        })?;
        let options = component.get("options").and_then(Value::as_array);
        if let Some(options) = options {
            let known: Vec<&str> = options
                .iter()
                .filter_map(|one| one.get("value")?.as_str())
                .collect();
            if let Some(unknown) = values.iter().find(|value| !known.contains(&value.as_str())) {
                return Err(no_such("values", unknown, &known.join(", ")));
            }
        }
        self.use_component(user, channel, message, &component, Some(values))
    }

    fn use_component(
        &mut self,
        user: u64,
        channel: u64,
        message: u64,
        component: &Value,
        values: Option<&[String]>,
    ) -> Result<u64, Refusal> {
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        let application = found.application.unwrap_or_else(|| found.author.id());
        let custom_id = component
            .get("custom_id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let kind = number(component, "type");
        let mut data = json!({ "custom_id": custom_id, "component_type": kind, "id": number(component, "id") });
        if let Some(values) = values {
            json::put(&mut data, "values", json!(values));
            // The numbers of options that hold the same things as user, role, mentionable and channel selects.
            let option_kind = [(5, 6), (6, 8), (7, 9), (8, 7)]
                .into_iter()
                .find(|(select, _)| *select == kind);
            if let Some((_, option_kind)) = option_kind {
                let option = |value: &String| json!({ "type": option_kind, "value": value });
                let picked: Vec<Value> = values.iter().map(option).collect();
                json::put(
                    &mut data,
                    "resolved",
                    Value::Object(self.resolved(channel, &picked)),
                );
            }
        }
        self.interact(
            application,
            interaction_kind::COMPONENT,
            user,
            channel,
            &custom_id,
            Some(message),
            data,
        )
    }

    /// `user` fills in the form that an interaction was answered with, by the fields' ids.
    ///
    /// # Errors
    /// 50035 when no form was shown, or a field is not in it.
    pub fn submit_form(
        &mut self,
        user: u64,
        interaction: u64,
        fields: &[(String, Value)],
    ) -> Result<u64, Refusal> {
        let shown = self
            .interactions
            .get(&interaction)
            .cloned()
            .ok_or_else(Refusal::unknown_interaction)?;
        let Answer::Modal(form) = &shown.answer else {
            return Err(Refusal::form(
                "interaction",
                "BASE_TYPE_INVALID",
                "This interaction was not answered with a form",
            ));
        };
        let mut parts = form.get("components").cloned().unwrap_or_else(|| json!([]));
        super::forms::number_components(
            parts.as_array_mut().map_or(&mut [], Vec::as_mut_slice),
            &mut 1,
        );
        let mut left: Vec<&str> = fields.iter().map(|(key, _)| key.as_str()).collect();
        let filled: Vec<Value> = parts
            .as_array()
            .into_iter()
            .flatten()
            .map(|part| fill(part, fields, &mut left))
            .collect();
        if let Some(unknown) = left.first() {
            return Err(no_such("fields", unknown, "the ids in the form"));
        }
        let custom_id = form
            .get("custom_id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let data = json!({ "custom_id": custom_id, "components": filled, "resolved": {} });
        self.interact(
            shown.application,
            interaction_kind::MODAL,
            user,
            shown.channel,
            &custom_id,
            shown.source_message,
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

    fn component(
        &self,
        user: u64,
        channel: u64,
        message: u64,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Value, Refusal> {
        self.require(user, channel, 0)?;
        let found = self
            .message(channel, message)
            .ok_or_else(Refusal::unknown_message)?;
        if found.only_for.is_some_and(|only| only != user) {
            return Err(Refusal::unknown_message());
        }
        let mut all = Vec::new();
        found
            .components
            .iter()
            .for_each(|component| flatten(component, &mut all));
        let usable = all.iter().filter(|one| one.get("custom_id").is_some());
        let names: Vec<String> = usable
            .filter_map(|one| Some(one.get("custom_id")?.as_str()?.to_owned()))
            .collect();
        let found = all.into_iter().find(|one| is_it(one)).cloned();
        found.ok_or_else(|| no_such("custom_id", "that", &names.join(", ")))
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "an interaction is made of exactly these"
    )]
    fn interact(
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
            answer: Answer::Waiting,
        };
        let object = self.interaction_json(&interaction, data);
        let guild = self.guild_of(channel);
        self.interactions.insert(id, interaction);
        self.emit_to("INTERACTION_CREATE", object, 0, guild, application);
        Ok(id)
    }

    /// The objects behind ids in options.
    fn resolved(&self, channel: u64, options: &[Value]) -> Map<String, Value> {
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
    fn interaction_json(&self, interaction: &Interaction, data: Value) -> Value {
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

fn command_data(command: &Command) -> Value {
    let mut data =
        json!({ "id": json::id(command.id), "name": command.name, "type": command.kind });
    if let Some(guild) = command.guild {
        json::put(&mut data, "guild_id", json::id(guild));
    }
    data
}

fn number(object: &Value, key: &str) -> u64 {
    object.get(key).and_then(Value::as_u64).unwrap_or_default()
}

fn is_called(component: &Value, name: &str) -> bool {
    ["custom_id", "label"]
        .iter()
        .any(|key| component.get(key).and_then(Value::as_str) == Some(name))
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

fn no_such(path: &str, wanted: &str, known: &str) -> Refusal {
    Refusal::form(
        path,
        "BASE_TYPE_CHOICES",
        &format!("There is no {wanted:?} here. There is: {known}"),
    )
}

fn flatten<'a>(component: &'a Value, all: &mut Vec<&'a Value>) {
    all.push(component);
    component
        .get("components")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .for_each(|child| flatten(child, all));
    if let Some(accessory) = component.get("accessory") {
        flatten(accessory, all);
    }
}

/// A part of a form with what was filled in, in the shape in which Discord sends it back.
fn fill(part: &Value, fields: &[(String, Value)], left: &mut Vec<&str>) -> Value {
    let kind = number(part, "type");
    let mut filled = json!({ "type": kind, "id": number(part, "id") });
    if let Some(children) = part.get("components").and_then(Value::as_array) {
        let children: Vec<Value> = children
            .iter()
            .map(|child| fill(child, fields, left))
            .collect();
        json::put(&mut filled, "components", Value::Array(children));
    }
    if let Some(child) = part.get("component") {
        json::put(&mut filled, "component", fill(child, fields, left));
    }
    if let Some(custom_id) = part.get("custom_id").and_then(Value::as_str) {
        json::put(&mut filled, "custom_id", json!(custom_id));
        left.retain(|one| *one != custom_id);
        let given = fields
            .iter()
            .find(|(key, _)| key == custom_id)
            .map(|(_, value)| value.clone());
        let default = part.get("value").cloned().unwrap_or_else(|| json!(""));
        match given {
            Some(Value::Array(values)) => json::put(&mut filled, "values", Value::Array(values)),
            given => json::put(&mut filled, "value", given.unwrap_or(default)),
        }
    }
    filled
}
