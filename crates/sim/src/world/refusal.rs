//! What Discord says when it will not do a thing: status, code, message and, for bad forms, the path to each
//! wrong field. <https://docs.discord.com/developers/topics/opcodes-and-status-codes#json>

use serde_json::{Value, json};
use std::time::Duration;

/// One refusal, as the world decides it and REST writes it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Discord's JSON error code.
    pub code: u64,
    /// Discord's sentence.
    pub message: String,
    /// Nested `errors` of a bad form.
    pub errors: Option<Value>,
    /// Milliseconds until it may be tried again: a limit of the thing itself, not of its route.
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal without field errors.
    #[must_use]
    pub fn new(status: u16, code: u64, message: &str) -> Self {
        Self {
            status,
            code,
            message: message.to_owned(),
            errors: None,
            retry_after_ms: None,
        }
    }

    /// 50035 for one field. `path` is dotted (`embeds.0.title`); empty means the form as a whole.
    #[must_use]
    pub fn form(path: &str, code: &str, message: &str) -> Self {
        let mut errors = json!({ "_errors": [{ "code": code, "message": message }] });
        for part in path.rsplit('.').filter(|part| !part.is_empty()) {
            errors = json!({ part: errors });
        }
        Self {
            status: 400,
            code: 50_035,
            message: "Invalid Form Body".to_owned(),
            errors: Some(errors),
            retry_after_ms: None,
        }
    }

    /// The same, to be tried again after so many milliseconds.
    #[must_use]
    pub fn with_retry_after(self, retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..self
        }
    }

    /// A required field is not there.
    #[must_use]
    pub fn required(path: &str) -> Self {
        Self::form(path, "BASE_TYPE_REQUIRED", "This field is required")
    }

    /// A string field is longer than `limit`.
    #[must_use]
    pub fn too_long(path: &str, limit: usize) -> Self {
        Self::form(
            path,
            "BASE_TYPE_MAX_LENGTH",
            &format!("Must be {limit} or fewer in length."),
        )
    }

    /// A string field must have between `least` and `most` characters.
    #[must_use]
    pub fn bad_length(path: &str, least: usize, most: usize) -> Self {
        Self::form(
            path,
            "BASE_TYPE_BAD_LENGTH",
            &format!("Must be between {least} and {most} in length."),
        )
    }

    /// A field holds something that is not one of the allowed values.
    #[must_use]
    pub fn bad_choice(path: &str, allowed: &str) -> Self {
        Self::form(
            path,
            "BASE_TYPE_CHOICES",
            &format!("Value must be one of {{{allowed}}}."),
        )
    }

    /// A field is not a number in the range.
    #[must_use]
    pub fn bad_range(path: &str, least: u64, most: u64) -> Self {
        Self::form(
            path,
            "NUMBER_TYPE_MAX",
            &format!("int value should be between {least} and {most}."),
        )
    }

    /// The body as Discord sends it.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "code": self.code });
        if let (Some(errors), Some(map)) = (&self.errors, body.as_object_mut()) {
            map.insert("errors".to_owned(), errors.clone());
        }
        if let (Some(millis), Some(map)) = (self.retry_after_ms, body.as_object_mut()) {
            let seconds = Duration::from_millis(millis).as_secs_f64();
            map.insert("retry_after".to_owned(), json!(seconds));
            map.insert("global".to_owned(), json!(false));
        }
        body
    }
}

macro_rules! known {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $message:literal;)*) => {
        impl Refusal { $($(#[$doc])* #[must_use] pub fn $name() -> Self { Self::new($status, $code, $message) })* }
    };
}

known! {
    /// The path or the thing behind it does not exist.
    not_found = 404 0 "404: Not Found";
    /// The token is not one of this world's.
    unauthorized = 401 0 "401: Unauthorized";
    /// The method is not one that the path answers.
    method_not_allowed = 405 0 "405: Method Not Allowed";
    /// 10002.
    unknown_application = 404 10_002 "Unknown Application";
    /// 10003.
    unknown_channel = 404 10_003 "Unknown Channel";
    /// 10004.
    unknown_guild = 404 10_004 "Unknown Guild";
    /// 10007.
    unknown_member = 404 10_007 "Unknown Member";
    /// 10008.
    unknown_message = 404 10_008 "Unknown Message";
    /// 10011.
    unknown_role = 404 10_011 "Unknown Role";
    /// 10013.
    unknown_user = 404 10_013 "Unknown User";
    /// 10014.
    unknown_emoji = 400 10_014 "Unknown Emoji";
    /// 10015.
    unknown_webhook = 404 10_015 "Unknown Webhook";
    /// 10062: the token is older than its three seconds, or was never there.
    unknown_interaction = 404 10_062 "Unknown interaction";
    /// 10063.
    unknown_command = 404 10_063 "Unknown application command";
    /// 30003.
    too_many_pins = 400 30_003 "Maximum number of pins reached for the channel (250)";
    /// 30046: hour-old messages may be edited far less often.
    too_many_old_edits = 429 30_046 "Maximum number of edits to messages older than 1 hour reached. Try again later";
    /// 40005.
    too_large = 413 40_005 "Request entity too large";
    /// 40060.
    already_acknowledged = 400 40_060 "Interaction has already been acknowledged.";
    /// 40033.
    already_crossposted = 400 40_033 "This message has already been crossposted";
    /// 50001.
    missing_access = 403 50_001 "Missing Access";
    /// 50005.
    not_the_author = 403 50_005 "Cannot edit a message authored by another user";
    /// 50006.
    empty_message = 400 50_006 "Cannot send an empty message";
    /// 50007.
    cannot_message_user = 403 50_007 "Cannot send messages to this user";
    /// 50008.
    no_text_here = 400 50_008 "Cannot send messages in a non-text channel";
    /// 50013.
    missing_permissions = 403 50_013 "Missing Permissions";
    /// 50016.
    bad_bulk_count = 400 50_016 "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete";
    /// 50019.
    pin_elsewhere = 400 50_019 "A message can only be pinned in the channel it was sent in";
    /// 50021.
    system_message = 403 50_021 "Cannot execute action on a system message";
    /// 50024.
    wrong_channel_kind = 400 50_024 "Cannot execute action on this channel type";
    /// 50027.
    bad_webhook_token = 401 50_027 "Invalid Webhook Token";
    /// 50034.
    too_old_for_bulk = 400 50_034 "A message provided was too old to bulk delete";
    /// 50046.
    bad_file = 400 50_046 "Invalid asset";
    /// 50083.
    thread_archived = 400 50_083 "Thread is archived";
    /// 50109.
    invalid_json = 400 50_109 "The request body contains invalid JSON.";
    /// 90001.
    reaction_blocked = 403 90_001 "Reaction was blocked";
    /// 160002.
    reply_needs_history = 400 160_002 "You cannot reply without permission to read message history";
    /// 160004.
    thread_exists = 400 160_004 "A thread has already been created for this message";
    /// 160005.
    thread_locked = 400 160_005 "Thread is locked";
    /// 160006.
    too_many_threads = 400 160_006 "Maximum number of active threads reached";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_form_names_the_field_by_its_path() {
        assert_eq!(
            Refusal::too_long("embeds.0.title", 256).body(),
            json!({ "code": 50035, "message": "Invalid Form Body", "errors": { "embeds": { "0": { "title": {
                "_errors": [{ "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length." }] } } } } })
        );
        assert_eq!(
            Refusal::unknown_channel().body(),
            json!({ "code": 10003, "message": "Unknown Channel" })
        );
    }
}
