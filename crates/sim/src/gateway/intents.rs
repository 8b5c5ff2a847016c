//! Gateway intents as a session meets them: which bits are refused, which need a switch in the developer portal, and what a session without message content still sees.
//!
//! Source: <https://discord.com/developers/docs/events/gateway#gateway-intents>.

use serde_json::{Map, Value, json};

use crate::world::intents::{ALL, GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT};

/// Each privileged intent with the application flags that allow it: fully, or limited to less than 100 guilds.
const PRIVILEGED: [(u64, u64); 3] = [
    (GUILD_PRESENCES, (1 << 12) | (1 << 13)),
    (GUILD_MEMBERS, (1 << 14) | (1 << 15)),
    (MESSAGE_CONTENT, (1 << 18) | (1 << 19)),
];

/// Whether bits are set that are no intent (close code 4013).
pub(super) fn has_unknown_bits(intents: u64) -> bool {
    intents & !ALL != 0
}

/// The privileged intents asked for that the application's flags don't allow (close code 4014 unless 0).
pub(super) fn disallowed(intents: u64, application_flags: u64) -> u64 {
    PRIVILEGED
        .iter()
        .filter(|(intent, flags)| intents & intent != 0 && application_flags & flags == 0)
        .fold(0, |sum, (intent, _)| sum | intent)
}

/// Empties what the Message Content intent covers, in a message payload and in the messages inside it.
///
/// The caller decides about the outer message; for the message that was replied to, Discord's rule is applied here:
/// `viewer` still reads its own words and what mentions it.
pub(super) fn strip_content(message: &mut Value, viewer: u64) {
    let Some(fields) = message.as_object_mut() else {
        return;
    };
    empty(fields);
    strip_referenced(message, viewer);
}

/// Empties the message that was replied to, unless `viewer` wrote it or is mentioned in it.
pub(super) fn strip_referenced(message: &mut Value, viewer: u64) {
    let viewer = viewer.to_string();
    if let Some(referenced) = message
        .get_mut("referenced_message")
        .and_then(Value::as_object_mut)
    {
        let wrote = referenced
            .get("author")
            .is_some_and(|author| author["id"] == viewer.as_str());
        let mentioned = referenced
            .get("mentions")
            .and_then(Value::as_array)
            .is_some_and(|users| users.iter().any(|user| user["id"] == viewer.as_str()));
        if !wrote && !mentioned {
            empty(referenced);
        }
    }
}

/// The five fields that the intent covers; only those present, because updates may be partial.
fn empty(message: &mut Map<String, Value>) {
    if let Some(content) = message.get_mut("content") {
        *content = json!("");
    }
    for list in ["embeds", "attachments", "components"] {
        if let Some(value) = message.get_mut(list) {
            *value = json!([]);
        }
    }
    message.remove("poll");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::intents::GUILDS;

    #[test]
    fn only_documented_bits_are_intents() {
        assert!(!has_unknown_bits(GUILDS | MESSAGE_CONTENT | 1 << 25));
        assert!(has_unknown_bits(1 << 17));
        assert!(has_unknown_bits(1 << 26));
    }

    #[test]
    fn privileged_intents_need_a_flag_of_the_application() {
        assert_eq!(disallowed(GUILDS | MESSAGE_CONTENT, 0), MESSAGE_CONTENT);
        assert_eq!(disallowed(GUILDS | MESSAGE_CONTENT, 1 << 19), 0);
        assert_eq!(
            disallowed(GUILD_MEMBERS | GUILD_PRESENCES, 1 << 14),
            GUILD_PRESENCES
        );
    }

    #[test]
    fn stripping_keeps_what_the_viewer_wrote_in_the_quoted_message() {
        let mut message = json!({
            "content": "and this?", "embeds": [{}], "attachments": [{}], "components": [{}], "poll": {}, "id": "3",
            "referenced_message": { "content": "The sea is blue.", "author": { "id": "7" }, "mentions": [] },
        });
        strip_content(&mut message, 7);
        assert_eq!(
            message,
            json!({
                "content": "", "embeds": [], "attachments": [], "components": [], "id": "3",
                "referenced_message": { "content": "The sea is blue.", "author": { "id": "7" }, "mentions": [] },
            })
        );
        strip_content(&mut message, 8);
        assert_eq!(message["referenced_message"]["content"], "");
    }
}
