//! Events that are not of the form that they should have: read as far as what is odd about them can hold no word.

use serde_json::{Map, Value};

use super::wire::Completion;

/// What an event says, whatever surrounds its words.
///
/// # Errors
///
/// There may be words where nobody can tell them.
pub(super) fn completion(mut event: Value) -> Result<Completion, serde_json::Error> {
    if let Some(choices) = event.get_mut("choices") {
        if let Value::Array(choices) = choices {
            choices.retain(|choice| !choice.is_null());
            let choices = choices.iter_mut();
            choices.filter_map(Value::as_object_mut).for_each(tidy);
        } else if choices.as_object().is_some_and(Map::is_empty) {
            *choices = Value::Null;
        }
    }
    serde_json::from_value(event)
}

/// Takes what is not understood out of one of several answers.
fn tidy(choice: &mut Map<String, Value>) {
    if let Some(index) = choice.get_mut("index") {
        let written = match &*index {
            Value::String(digits) => digits.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        let whole = written.strip_suffix(".0").unwrap_or(&written);
        *index = whole.parse::<u32>().ok().into();
    }
    for said in ["delta", "message"] {
        let Some(said) = choice.get_mut(said) else {
            continue;
        };
        *said = match said.take() {
            Value::Object(said) => Value::Object(said),
            Value::String(text) => Map::from_iter([("content".to_owned(), text.into())]).into(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Value::Null,
        };
    }
}
