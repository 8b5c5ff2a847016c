//! Every object as Discord writes it.

pub mod guild;
mod interaction;
pub mod message;
pub mod people;

use serde_json::{Value, json};

/// An id as Discord writes it: a string, because JavaScript loses the low bits of such numbers.
#[must_use]
pub fn id(id: u64) -> Value {
    Value::String(id.to_string())
}

/// An id, or null.
#[must_use]
pub fn maybe_id(id: Option<u64>) -> Value {
    id.map_or(Value::Null, self::id)
}

/// A list of ids.
#[must_use]
pub fn ids(ids: &[u64]) -> Value {
    ids.iter().map(|one| id(*one)).collect()
}

/// A moment, or null.
#[must_use]
pub fn moment(unix_ms: Option<super::time::Millis>) -> Value {
    unix_ms.map_or(Value::Null, |at| json!(super::time::iso(at)))
}

/// Adds a field to an object; anything else is left as it is.
pub fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}
