//! Reading the forms of messages: create, edit, follow-ups and answers share them.

use super::asked::id_in;
use crate::world::{Allowed, AllowedMentions, Change, Draft, Refusal, ReplyTo, Upload, flags};
use serde_json::{Map, Value, json};

/// Flags that a sender may set.
const SENDABLE: u64 = flags::SUPPRESS_EMBEDS
    | flags::SUPPRESS_NOTIFICATIONS
    | flags::IS_VOICE_MESSAGE
    | flags::IS_COMPONENTS_V2;

/// A form's fields, looked up under the path where the form stands.
struct Form<'a> {
    body: &'a Value,
    path: &'a str,
}

impl<'a> Form<'a> {
    fn at(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            // Numbers are taken as text, as Discord does.
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => {
                let message = format!("Could not interpret \"{other}\" as string.");
                Err(Refusal::form(
                    &self.at(name),
                    "STRING_TYPE_CONVERT",
                    &message,
                ))
            }
        }
    }

    fn list(&self, name: &str) -> Result<Option<Vec<Value>>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items.clone())),
            Some(_) => {
                let message = "Only iterables may be used in a ListType";
                Err(Refusal::form(&self.at(name), "LIST_TYPE_CONVERT", message))
            }
        }
    }

    fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let message = format!("Value \"{value}\" is not int.");
        number
            .map(Some)
            .ok_or_else(|| Refusal::form(&self.at(name), "NUMBER_TYPE_COERCE", &message))
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name) == Some(&Value::Bool(true))
    }
}

/// Reads a new message. `path` is where the form stands (`data.` for answers to interactions).
pub(super) fn draft(
    body: &Value,
    files: &[(u64, Upload)],
    path: &str,
    may_be_ephemeral: bool,
) -> Result<Draft, Refusal> {
    if !body.is_object() && !body.is_null() {
        let message = "Only dictionaries may be used in a DictType";
        return Err(Refusal::form(
            path.trim_end_matches('.'),
            "DICT_TYPE_CONVERT",
            message,
        ));
    }
    let form = Form { body, path };
    let sendable = if may_be_ephemeral {
        SENDABLE | flags::EPHEMERAL
    } else {
        SENDABLE
    };
    let mut embeds = form.list("embeds")?.unwrap_or_default();
    embeds.extend(form.get("embed").cloned());
    let stickers = form.list("sticker_ids")?.unwrap_or_default();
    let stickers = stickers
        .iter()
        .map(|id| id_in(id, &form.at("sticker_ids")))
        .collect::<Result<Vec<_>, _>>()?;
    let sticker = |id: u64| json!({ "id": id.to_string(), "name": "sticker", "format_type": 1 });
    Ok(Draft {
        content: form.text("content")?.unwrap_or_default(),
        embeds,
        components: form.list("components")?.unwrap_or_default(),
        stickers: stickers.into_iter().map(sticker).collect(),
        files: uploads(&form, files)?,
        reply_to: reply_to(&form)?,
        allowed: allowed(&form)?,
        nonce: form.get("nonce").cloned(),
        enforce_nonce: form.flag("enforce_nonce"),
        tts: form.flag("tts"),
        flags: form.number("flags")?.unwrap_or(0) & sendable,
        ..Draft::default()
    })
}

/// Reads an edit: what is not in the form stays, what is null is emptied.
pub(super) fn change(body: &Value, files: &[(u64, Upload)], path: &str) -> Result<Change, Refusal> {
    let form = Form { body, path };
    let given = |name: &str| body.get(name).is_some();
    let kept = form.list("attachments")?.map(|entries| {
        let ids = entries
            .iter()
            .filter_map(|entry| entry.get("id"))
            .filter_map(|id| id_in(id, "attachments").ok());
        // Small numbers are places of new files, not ids of old ones.
        ids.filter(|id| *id > 1_000).collect::<Vec<_>>()
    });
    let mut embeds = given("embeds")
        .then(|| form.list("embeds"))
        .transpose()?
        .map(Option::unwrap_or_default);
    if given("embed") {
        embeds = Some(form.get("embed").cloned().into_iter().collect());
    }
    Ok(Change {
        content: given("content")
            .then(|| form.text("content"))
            .transpose()?
            .map(Option::unwrap_or_default),
        embeds,
        components: given("components")
            .then(|| form.list("components"))
            .transpose()?
            .map(Option::unwrap_or_default),
        flags: form.number("flags")?,
        keep_files: if given("attachments") {
            Some(kept.unwrap_or_default())
        } else {
            None
        },
        files: uploads(&form, files)?,
        allowed: allowed(&form)?,
    })
}

/// The files with what `attachments` says about them.
fn uploads(form: &Form<'_>, files: &[(u64, Upload)]) -> Result<Vec<Upload>, Refusal> {
    let described = form.list("attachments")?.unwrap_or_default();
    let mut uploads = Vec::with_capacity(files.len());
    for (number, file) in files {
        let mut upload = file.clone();
        let about = described.iter().find(|entry| {
            entry
                .get("id")
                .is_some_and(|id| id_in(id, "id").ok() == Some(*number))
        });
        let empty = Map::new();
        let about = about.and_then(Value::as_object).unwrap_or(&empty);
        let text = |key: &str| about.get(key).and_then(Value::as_str).map(str::to_owned);
        upload.filename = text("filename").unwrap_or(upload.filename);
        upload.description = text("description");
        upload.waveform = text("waveform");
        upload.duration_seconds = about.get("duration_secs").and_then(Value::as_f64);
        if upload
            .description
            .as_ref()
            .is_some_and(|text| text.chars().count() > 1024)
        {
            return Err(Refusal::too_long(
                &form.at(&format!("attachments.{number}.description")),
                1024,
            ));
        }
        uploads.push(upload);
    }
    Ok(uploads)
}

fn reply_to(form: &Form<'_>) -> Result<Option<ReplyTo>, Refusal> {
    let Some(reference) = form.get("message_reference") else {
        return Ok(None);
    };
    if reference.get("type").and_then(Value::as_u64).unwrap_or(0) != 0 {
        let message = "The simulator knows replies (0) only, forwards are not simulated.";
        return Err(Refusal::form(
            &form.at("message_reference.type"),
            "BASE_TYPE_CHOICES",
            message,
        ));
    }
    let path = form.at("message_reference.message_id");
    let id = reference
        .get("message_id")
        .filter(|id| !id.is_null())
        .ok_or_else(|| Refusal::required(&path))?;
    let must_exist = reference.get("fail_if_not_exists") != Some(&Value::Bool(false));
    Ok(Some(ReplyTo {
        message: id_in(id, &path)?,
        must_exist,
    }))
}

fn allowed(form: &Form<'_>) -> Result<AllowedMentions, Refusal> {
    let Some(given) = form.get("allowed_mentions") else {
        return Ok(AllowedMentions::Everything);
    };
    let parse: Vec<&str> = given
        .get("parse")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if let Some(unknown) = parse
        .iter()
        .find(|kind| !["users", "roles", "everyone"].contains(*kind))
    {
        let place = parse
            .iter()
            .position(|kind| kind == unknown)
            .unwrap_or_default();
        return Err(Refusal::bad_choice(
            &form.at(&format!("allowed_mentions.parse.{place}")),
            "'everyone', 'roles', 'users'",
        ));
    }
    let kind = |name: &str| -> Result<Allowed, Refusal> {
        let ids = given
            .get(name)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let all = parse.contains(&name);
        if all && !ids.is_empty() {
            let message =
                format!("parse:[\"{name}\"] and {name}: [ids...] are mutually exclusive.");
            return Err(Refusal::form(
                &form.at("allowed_mentions"),
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                &message,
            ));
        }
        if ids.len() > 100 {
            return Err(Refusal::form(
                &form.at(&format!("allowed_mentions.{name}")),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 100 or fewer in length.",
            ));
        }
        let ids = ids
            .iter()
            .map(|id| id_in(id, &form.at(&format!("allowed_mentions.{name}"))))
            .collect::<Result<_, _>>()?;
        Ok(if all {
            Allowed::All
        } else {
            Allowed::These(ids)
        })
    };
    Ok(AllowedMentions::Only {
        everyone: parse.contains(&"everyone"),
        users: kind("users")?,
        roles: kind("roles")?,
        replied_user: given.get("replied_user") == Some(&Value::Bool(true)),
    })
}
