//! A channel as a person would read it, for people and for the failures of tests.

use std::fmt::Write as _;

use serde_json::Value;

use crate::world::{Author, Message, World, kind};

/// The messages of a channel, oldest first, without ids and times, so that a text of the same talk is always the same.
///
/// ```text
/// #general
/// Ada: @kaiwa what color is the sea?
///   └ thread "what color is the sea?"
/// kaiwa: Blue. (edited 2 times)
///   | buttons: [Again]
///   | reactions: 👍 1
/// ```
#[must_use]
pub fn transcript(world: &World, channel: u64) -> String {
    let Some(found) = world.channels.get(&channel) else {
        return format!("(no channel {channel})\n");
    };
    let mut text = String::new();
    let title = match (&found.thread, found.guild) {
        (Some(thread), _) => format!(
            "thread \"{}\"{}",
            found.name,
            if thread.archived { " (archived)" } else { "" }
        ),
        (None, Some(_)) => format!("#{}", found.name),
        (None, None) => {
            let names: Vec<String> = found
                .recipients
                .iter()
                .map(|user| name_of(world, *user))
                .collect();
            format!("direct message of {}", names.join(" and "))
        }
    };
    let _ = writeln!(text, "{title}");
    for message in world
        .messages
        .get(&channel)
        .into_iter()
        .flat_map(|messages| messages.values())
    {
        write_message(world, message, &mut text);
    }
    text
}

fn write_message(world: &World, message: &Message, text: &mut String) {
    let author = match &message.author {
        Author::User(user) => name_of(world, *user),
        Author::Webhook { name, .. } => format!("{name} (webhook)"),
    };
    let answered = message
        .reference
        .as_ref()
        .filter(|_| message.kind == kind::REPLY)
        .and_then(|reference| {
            let answered = world.message(reference.channel, reference.message?)?;
            Some(format!(" (to {})", name_of(world, answered.author.id())))
        });
    let edits = match message.history.len() {
        0 => String::new(),
        1 => " (edited)".to_owned(),
        count => format!(" (edited {count} times)"),
    };
    let only = message
        .only_for
        .map(|user| format!(" (only for {})", name_of(world, user)))
        .unwrap_or_default();
    let content = match message.kind {
        kind::THREAD_STARTER => "(the message that this thread started from)".to_owned(),
        kind::THREAD_CREATED => format!("started a thread: {}", message.content),
        kind::PINNED => "pinned a message".to_owned(),
        kind::USER_JOIN => "joined".to_owned(),
        kind::CHANNEL_NAME_CHANGE => format!("renamed the channel: {}", message.content),
        _ => readable(world, &message.content).replace('\n', "\n  "),
    };
    let _ = writeln!(
        text,
        "{author}{}{only}: {content}{edits}",
        answered.unwrap_or_default()
    );
    for embed in &message.embeds {
        let parts = ["title", "description"]
            .map(|field| embed.get(field).and_then(Value::as_str).unwrap_or_default());
        let _ = writeln!(text, "  | embed: {}", parts.join(" ").trim());
    }
    for file in &message.attachments {
        let _ = writeln!(text, "  | file: {} ({} bytes)", file.filename, file.size);
    }
    let mut labels = Vec::new();
    message
        .components
        .iter()
        .for_each(|component| component_texts(component, &mut labels));
    if !labels.is_empty() {
        let _ = writeln!(text, "  | components: {}", labels.join(" "));
    }
    if !message.reactions.is_empty() {
        let reactions: Vec<String> = message
            .reactions
            .iter()
            .map(|reaction| {
                let emoji = crate::world::json::message::reaction_emoji_json(&reaction.emoji);
                format!(
                    "{} {}",
                    emoji.get("name").and_then(Value::as_str).unwrap_or("?"),
                    reaction.users.len()
                )
            })
            .collect();
        let _ = writeln!(text, "  | reactions: {}", reactions.join(", "));
    }
    if let Some(thread) = message
        .thread
        .and_then(|thread| world.channels.get(&thread))
    {
        let _ = writeln!(text, "  └ thread \"{}\"", thread.name);
    }
}

/// What a component shows: labels in brackets, texts as they are; rows and containers give what is in them.
fn component_texts(component: &Value, texts: &mut Vec<String>) {
    let disabled = component
        .get("disabled")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let label = component
        .get("label")
        .or_else(|| component.get("placeholder"))
        .and_then(Value::as_str);
    if let Some(label) = label {
        texts.push(if disabled {
            format!("({label})")
        } else {
            format!("[{label}]")
        });
    }
    if let Some(content) = component.get("content").and_then(Value::as_str) {
        texts.push(content.to_owned());
    }
    for inner in component
        .get("components")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        component_texts(inner, texts);
    }
    component
        .get("accessory")
        .into_iter()
        .for_each(|inner| component_texts(inner, texts));
}

/// Mentions as names, as a client shows them.
fn readable(world: &World, content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let named = after
            .split_once('>')
            .and_then(|(inside, after)| Some((mention(world, inside)?, after)));
        if let Some((name, after)) = named {
            text.push_str(&name);
            rest = after;
        } else {
            text.push('<');
            rest = after;
        }
    }
    text.push_str(rest);
    text
}

fn mention(world: &World, inside: &str) -> Option<String> {
    if let Some(id) = inside.strip_prefix("@&") {
        let id = id.parse().ok()?;
        let role = world
            .guilds
            .values()
            .find_map(|guild| guild.roles.get(&id))?;
        return Some(format!("@{}", role.name));
    }
    if let Some(id) = inside.strip_prefix('@') {
        let id = id.trim_start_matches('!').parse().ok()?;
        return world.users.get(&id).map(|user| format!("@{}", user.name));
    }
    let id = inside.strip_prefix('#')?.parse().ok()?;
    world
        .channels
        .get(&id)
        .map(|channel| format!("#{}", channel.name))
}

fn name_of(world: &World, user: u64) -> String {
    let user = world.users.get(&user);
    user.map_or_else(
        || "someone".to_owned(),
        |user| {
            user.global_name
                .clone()
                .unwrap_or_else(|| user.name.clone())
        },
    )
}
