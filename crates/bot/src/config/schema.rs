//! The file of settings as a JSON schema, for editors that complete and check it: made from the table of settings.

use serde_json::{Map, Value, json};

use super::{SETTINGS, Setting, Takes};

/// The schema, as a file's content.
pub fn schema() -> String {
    let properties: Map<String, Value> = SETTINGS
        .iter()
        .map(|setting| (setting.key.to_owned(), property(setting)))
        .collect();
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kaiwa.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    format!("{schema:#}\n")
}

fn property(setting: &Setting) -> Value {
    let takes = match setting.takes {
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Whole(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Takes::Decimal(from, to) => json!({ "type": "number", "minimum": from, "maximum": to }),
        Takes::OneOf(words) => json!({ "type": "string", "enum": words }),
        Takes::Address | Takes::Origin => json!({ "type": "string", "format": "uri" }),
        Takes::Text | Takes::Secret | Takes::Path | Takes::LogFilter => {
            json!({ "type": "string" })
        }
    };
    // What is written as an example in TOML is written so in JSON too.
    let example = serde_json::from_str::<Value>(setting.example);
    let examples: Value = example.into_iter().collect();
    let about = json!({ "description": setting.meaning, "examples": examples });
    let parts = [takes, about];
    let parts = parts.iter().filter_map(Value::as_object);
    Value::Object(
        parts
            .flatten()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}
