//! Application commands, everywhere and in one guild.
//! <https://docs.discord.com/developers/interactions/application-commands>

use super::{
    asked::{Asked, Reply},
    serve::Served,
};
use crate::world::{Command, Refusal, World, json};
use serde_json::{Value, json};

const SLASH: u64 = 1;

/// Where the commands of a request live: the guild in its path, or everywhere.
fn place(world: &World, asked: &Asked) -> Result<Option<u64>, Refusal> {
    if asked.id(0)? != asked.user {
        return Err(Refusal::new(
            403,
            20_012,
            "You are not authorized to perform this action on this application",
        ));
    }
    if !asked.route.pattern().contains("{guild_id}") {
        return Ok(None);
    }
    let guild = asked.id(1)?;
    world
        .require_in_guild(asked.user, guild, 0)
        .map_err(|_| Refusal::missing_access())?;
    Ok(Some(guild))
}

fn command_id(asked: &Asked) -> Result<u64, Refusal> {
    asked.id(asked.parameters.len() - 1)
}

pub(super) fn list(world: &World, asked: &Asked) -> Served {
    let guild = place(world, asked)?;
    let mine = world
        .commands
        .values()
        .filter(|one| one.application == asked.user && one.guild == guild);
    Ok(Reply::Json(
        mine.map(|one| one.data.clone()).collect::<Value>(),
    ))
}

pub(super) fn get(world: &World, asked: &Asked) -> Served {
    let guild = place(world, asked)?;
    let found = world.commands.get(&command_id(asked)?);
    let found = found.filter(|one| one.application == asked.user && one.guild == guild);
    found
        .map(|one| Reply::Json(one.data.clone()))
        .ok_or_else(Refusal::unknown_command)
}

pub(super) fn create(world: &mut World, asked: &Asked) -> Served {
    let guild = place(world, asked)?;
    check(&asked.body, "")?;
    let (data, is_new) = put(world, asked.user, guild, &asked.body);
    Ok(if is_new {
        Reply::Created(data)
    } else {
        Reply::Json(data)
    })
}

pub(super) fn set_all(world: &mut World, asked: &Asked) -> Served {
    let guild = place(world, asked)?;
    let Some(given) = asked.body.as_array() else {
        return Err(Refusal::form(
            "",
            "LIST_TYPE_CONVERT",
            "Only iterables may be used in a ListType",
        ));
    };
    for (index, command) in given.iter().enumerate() {
        check(command, &format!("{index}."))?;
        let same = |other: &&Value| name_and_kind(other) == name_and_kind(command);
        if given.iter().filter(same).count() > 1 {
            let message = "Application command names must be unique";
            return Err(Refusal::form(
                &index.to_string(),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                message,
            ));
        }
    }
    for kind in [SLASH, 2, 3] {
        let limit = if kind == SLASH { 100 } else { 15 };
        if given
            .iter()
            .filter(|one| name_and_kind(one).1 == kind)
            .count()
            > limit
        {
            return Err(Refusal::new(
                400,
                30_032,
                "Maximum number of application commands reached (100)",
            ));
        }
    }
    let wanted: Vec<_> = given.iter().map(name_and_kind).collect();
    world.commands.retain(|_, one| {
        one.application != asked.user
            || one.guild != guild
            || wanted.contains(&(one.name.as_str(), one.kind))
    });
    Ok(Reply::Json(
        given
            .iter()
            .map(|command| put(world, asked.user, guild, command).0)
            .collect::<Value>(),
    ))
}

pub(super) fn edit(world: &mut World, asked: &Asked) -> Served {
    let guild = place(world, asked)?;
    let id = command_id(asked)?;
    let found = world
        .commands
        .get(&id)
        .filter(|one| one.application == asked.user && one.guild == guild);
    let mut merged = found.ok_or_else(Refusal::unknown_command)?.data.clone();
    for (key, value) in asked.body.as_object().into_iter().flatten() {
        json::put(&mut merged, key, value.clone());
    }
    check(&merged, "")?;
    let version = world.next_id();
    json::put(&mut merged, "version", json::id(version));
    if let Some(found) = world.commands.get_mut(&id) {
        found.version = version;
        name_and_kind(&merged).0.clone_into(&mut found.name);
        found.data = merged.clone();
    }
    Ok(Reply::Json(merged))
}

pub(super) fn delete(world: &mut World, asked: &Asked) -> Served {
    let guild = place(world, asked)?;
    let id = command_id(asked)?;
    let known = world
        .commands
        .get(&id)
        .is_some_and(|one| one.application == asked.user && one.guild == guild);
    if !known {
        return Err(Refusal::unknown_command());
    }
    world.commands.remove(&id);
    Ok(Reply::Nothing)
}

fn name_and_kind(command: &Value) -> (&str, u64) {
    let name = command
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    (
        name,
        command.get("type").and_then(Value::as_u64).unwrap_or(SLASH),
    )
}

/// Puts a command in place of the one with the same name, whose id it keeps.
fn put(world: &mut World, application: u64, guild: Option<u64>, given: &Value) -> (Value, bool) {
    let (name, kind) = name_and_kind(given);
    let same = |one: &&Command| {
        one.application == application && one.guild == guild && one.name == name && one.kind == kind
    };
    let existing = world.commands.values().find(same).map(|one| one.id);
    let id = existing.unwrap_or_else(|| world.next_id());
    let version = world.next_id();
    let field = |key: &str, default: Value| given.get(key).cloned().unwrap_or(default);
    let mut data = json!({
        "id": json::id(id), "application_id": json::id(application), "version": json::id(version), "type": kind, "name": name,
        "name_localizations": field("name_localizations", Value::Null), "description": field("description", json!("")),
        "description_localizations": field("description_localizations", Value::Null),
        "default_member_permissions": field("default_member_permissions", Value::Null),
        "dm_permission": field("dm_permission", json!(true)), "nsfw": field("nsfw", json!(false)),
        "contexts": field("contexts", Value::Null), "integration_types": field("integration_types", json!([0])),
    });
    if let Some(options) = given.get("options") {
        json::put(&mut data, "options", options.clone());
    }
    if let Some(guild) = guild {
        json::put(&mut data, "guild_id", json::id(guild));
    }
    let command = Command {
        id,
        application,
        guild,
        kind,
        name: name.to_owned(),
        data: data.clone(),
        version,
    };
    world.commands.insert(id, command);
    (data, existing.is_none())
}

fn check(command: &Value, path: &str) -> Result<(), Refusal> {
    let (name, kind) = name_and_kind(command);
    if !(1..=32).contains(&name.chars().count()) {
        return Err(Refusal::bad_length(&format!("{path}name"), 1, 32));
    }
    if !(1..=4).contains(&kind) {
        return Err(Refusal::bad_choice(&format!("{path}type"), "1, 2, 3, 4"));
    }
    if kind == SLASH {
        check_slash_name(name, &format!("{path}name"))?;
        check_description(command, path)?;
    }
    check_options(command, path)
}

fn check_options(command: &Value, path: &str) -> Result<(), Refusal> {
    let options = command
        .get("options")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if options.len() > 25 {
        return Err(Refusal::form(
            &format!("{path}options"),
            "BASE_TYPE_MAX_LENGTH",
            "Must be 25 or fewer in length.",
        ));
    }
    let mut optional_seen = false;
    for (index, option) in options.iter().enumerate() {
        let path = format!("{path}options.{index}.");
        let (name, _) = name_and_kind(option);
        check_slash_name(name, &format!("{path}name"))?;
        check_description(option, &path)?;
        let kind = option
            .get("type")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        if !(1..=11).contains(&kind) {
            return Err(Refusal::bad_choice(
                &format!("{path}type"),
                "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
            ));
        }
        let required = option.get("required") == Some(&Value::Bool(true));
        if required && optional_seen {
            let message = "Required options must be placed before non-required options";
            return Err(Refusal::form(
                path.trim_end_matches('.'),
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                message,
            ));
        }
        optional_seen |= !required && kind > 2;
        check_options(option, &path)?;
    }
    Ok(())
}

fn check_slash_name(name: &str, path: &str) -> Result<(), Refusal> {
    let fits = |one: char| {
        (one.is_alphanumeric() && !one.is_uppercase()) || matches!(one, '-' | '_' | '\'')
    };
    if name.is_empty() || name.chars().count() > 32 || !name.chars().all(fits) {
        return Err(Refusal::form(
            path,
            "APPLICATION_COMMAND_INVALID_NAME",
            "Command name is invalid",
        ));
    }
    Ok(())
}

fn check_description(command: &Value, path: &str) -> Result<(), Refusal> {
    let length = command
        .get("description")
        .and_then(Value::as_str)
        .map_or(0, |text| text.chars().count());
    if (1..=100).contains(&length) {
        Ok(())
    } else {
        Err(Refusal::bad_length(&format!("{path}description"), 1, 100))
    }
}
