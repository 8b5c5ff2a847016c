//! What OpenAI refuses in a request, in its words.
//!
//! From the API reference of chat completions and from its own answers:
//! <https://platform.openai.com/docs/api-reference/chat/create>

use serde_json::{Map, Value};

use super::{
    errors::ApiError,
    record::text_field,
    settings::{ModelCard, Settings},
    tokens,
};

const PARAMETERS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

const ROLES: &[&str] = &[
    "system",
    "assistant",
    "user",
    "function",
    "tool",
    "developer",
];

/// Checks a request's body as the provider does, in its order: form, model, parameters, length.
pub(super) fn check<'a>(body: &Value, settings: &'a Settings) -> Result<&'a ModelCard, ApiError> {
    let Value::Object(fields) = body else {
        return Err(ApiError::invalid(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't \
             using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was \
             sent was not valid JSON.)",
        ));
    };
    let model = match fields.get("model") {
        Some(Value::String(model)) if !model.is_empty() => model,
        Some(Value::String(_)) | None => {
            return Err(ApiError::invalid("you must provide a model parameter"));
        }
        Some(other) => return Err(wrong_type("model", "a string", other)),
    };
    let card = settings
        .models
        .iter()
        .find(|card| card.id == *model)
        .ok_or_else(|| ApiError::unknown_model(model))?;
    if let Some(unknown) = fields
        .keys()
        .find(|name| !PARAMETERS.contains(&name.as_str()))
    {
        return Err(
            ApiError::invalid(format!("Unknown parameter: '{unknown}'."))
                .param(unknown)
                .code("unknown_parameter"),
        );
    }
    check_messages(fields)?;
    check_numbers(fields, card)?;
    check_stream(fields)?;
    check_length(body, fields, card)?;
    Ok(card)
}

fn check_messages(fields: &Map<String, Value>) -> Result<(), ApiError> {
    let list = match fields.get("messages") {
        None | Some(Value::Null) => return Err(missing("messages")),
        Some(Value::Array(list)) => list,
        Some(other) => return Err(wrong_type("messages", "an array of objects", other)),
    };
    if list.is_empty() {
        return Err(ApiError::invalid(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an \
             empty array instead.",
        )
        .param("messages")
        .code("empty_array"));
    }
    let mut open_calls: Vec<&str> = Vec::new();
    for (index, message) in list.iter().enumerate() {
        let at = format!("messages[{index}]");
        if !message.is_object() {
            return Err(wrong_type(&at, "an object", message));
        }
        check_role(message, &at)?;
        check_name(message, &at)?;
        check_content(message, &at)?;
        match text_field(message, "role") {
            "tool" => {
                let Some(Value::String(id)) = message.get("tool_call_id") else {
                    return Err(missing(&format!("{at}.tool_call_id")));
                };
                if !open_calls.contains(&id.as_str()) {
                    return Err(ApiError::invalid(
                        "Invalid parameter: messages with role 'tool' must be a response to a \
                         preceeding message with 'tool_calls'.",
                    )
                    .param(format!("{at}.role")));
                }
                open_calls.retain(|call| call != id);
            }
            role => {
                if !open_calls.is_empty() {
                    return Err(ApiError::invalid(format!(
                        "An assistant message with 'tool_calls' must be followed by tool messages \
                         responding to each 'tool_call_id'. The following tool_call_ids did not have \
                         response messages: {}",
                        open_calls.join(", ")
                    ))
                    .param(format!("{at}.role")));
                }
                if role == "assistant" {
                    let calls = message.get("tool_calls").and_then(Value::as_array);
                    open_calls = calls.map_or(Vec::new(), |calls| {
                        calls.iter().map(|call| text_field(call, "id")).collect()
                    });
                }
            }
        }
    }
    Ok(())
}

fn check_role(message: &Value, at: &str) -> Result<(), ApiError> {
    match message.get("role") {
        None => Err(missing(&format!("{at}.role"))),
        Some(Value::String(role)) if ROLES.contains(&role.as_str()) => Ok(()),
        Some(Value::String(role)) => Err(ApiError::invalid(format!(
            "Invalid value: '{role}'. Supported values are: 'system', 'assistant', 'user', \
             'function', 'tool', and 'developer'."
        ))
        .param(format!("{at}.role"))
        .code("invalid_value")),
        Some(other) => Err(wrong_type(&format!("{at}.role"), "a string", other)),
    }
}

fn check_name(message: &Value, at: &str) -> Result<(), ApiError> {
    let at = format!("{at}.name");
    match message.get("name") {
        None => Ok(()),
        Some(Value::String(name)) => {
            let refused = |c: char| c.is_whitespace() || matches!(c, '<' | '|' | '\\' | '/' | '>');
            if name.is_empty() || name.contains(refused) {
                Err(ApiError::invalid(format!(
                    "Invalid '{at}': string does not match pattern. Expected a string that matches \
                     the pattern '^[^\\s<|\\\\/>]+$'."
                ))
                .param(at)
                .code("invalid_value"))
            } else if name.chars().count() > 64 {
                Err(ApiError::invalid(format!(
                    "Invalid '{at}': string too long. Expected a string with maximum length 64, but \
                     got a string with length {} instead.",
                    name.chars().count()
                ))
                .param(at)
                .code("string_above_max_length"))
            } else {
                Ok(())
            }
        }
        Some(other) => Err(wrong_type(&at, "a string", other)),
    }
}

fn check_content(message: &Value, at: &str) -> Result<(), ApiError> {
    let at = format!("{at}.content");
    let calls = message.get("tool_calls").is_some() || message.get("function_call").is_some();
    let optional = text_field(message, "role") == "assistant"
        && (calls || message.get("refusal").is_some() || message.get("audio").is_some());
    match message.get("content") {
        Some(Value::String(_)) => Ok(()),
        Some(Value::Array(parts)) if parts.is_empty() => Err(ApiError::invalid(format!(
            "Invalid '{at}': empty array. Expected an array with minimum length 1, but got an empty \
             array instead."
        ))
        .param(at)
        .code("empty_array")),
        Some(Value::Array(parts)) => {
            for (index, part) in parts.iter().enumerate() {
                let kind = text_field(part, "type");
                if !["text", "image_url", "input_audio", "file", "refusal"].contains(&kind) {
                    let at = format!("{at}[{index}].type");
                    return Err(ApiError::invalid(format!(
                        "Invalid value: '{kind}'. Supported values are: 'text', 'image_url', \
                         'input_audio', 'refusal', and 'file'."
                    ))
                    .param(at)
                    .code("invalid_value"));
                }
            }
            Ok(())
        }
        None | Some(Value::Null) if optional => Ok(()),
        None => Err(missing(&at)),
        Some(Value::Null) => Err(ApiError::invalid(format!(
            "Invalid value for 'content': expected a string, got null. ({at})"
        ))
        .param(at)),
        Some(other) => Err(wrong_type(
            &at,
            "one of a string or array of objects",
            other,
        )),
    }
}

fn check_numbers(fields: &Map<String, Value>, card: &ModelCard) -> Result<(), ApiError> {
    for (name, least, most) in [
        ("temperature", 0.0, 2.0),
        ("top_p", 0.0, 1.0),
        ("frequency_penalty", -2.0, 2.0),
        ("presence_penalty", -2.0, 2.0),
        ("n", 1.0, 128.0),
        ("max_tokens", 1.0, f64::MAX),
        ("max_completion_tokens", 1.0, f64::MAX),
    ] {
        let whole = least == 1.0;
        match fields.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Number(number)) if !whole || number.is_u64() || number.is_i64() => {
                let value = number.as_f64().unwrap_or_default();
                let (bound, code, words) = if value < least {
                    ("minimum", "below_min_value", format!(">= {least}"))
                } else if value > most {
                    ("maximum", "above_max_value", format!("<= {most}"))
                } else {
                    continue;
                };
                let kind = if whole { "integer" } else { "decimal" };
                return Err(ApiError::invalid(format!(
                    "Invalid '{name}': {kind} {} {bound} value. Expected a value {words}, but got \
                     {number} instead.",
                    if bound == "minimum" { "below" } else { "above" },
                ))
                .param(name)
                .code(match code {
                    "below_min_value" if whole => "integer_below_min_value",
                    "above_max_value" if whole => "integer_above_max_value",
                    "below_min_value" => "decimal_below_min_value",
                    _ => "decimal_above_max_value",
                }));
            }
            Some(other) => {
                let expected = if whole { "an integer" } else { "a decimal" };
                return Err(wrong_type(name, expected, other));
            }
        }
    }
    if card.reasons {
        if fields.get("max_tokens").is_some_and(|v| !v.is_null()) {
            return Err(ApiError::invalid(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                 'max_completion_tokens' instead.",
            )
            .param("max_tokens")
            .code("unsupported_parameter"));
        }
        let temperature = fields.get("temperature").and_then(Value::as_f64);
        if let Some(value) = temperature.filter(|value| (value - 1.0).abs() > f64::EPSILON) {
            return Err(ApiError::invalid(format!(
                "Unsupported value: 'temperature' does not support {value} with this model. Only the \
                 default (1) value is supported."
            ))
            .param("temperature")
            .code("unsupported_value"));
        }
    }
    Ok(())
}

fn check_stream(fields: &Map<String, Value>) -> Result<(), ApiError> {
    let streams = match fields.get("stream") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(streams)) => *streams,
        Some(other) => return Err(wrong_type("stream", "a boolean", other)),
    };
    match fields.get("stream_options") {
        None | Some(Value::Null) => Ok(()),
        Some(_) if !streams => Err(ApiError::invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        )
        .param("stream_options")),
        Some(Value::Object(options)) => {
            match options
                .keys()
                .find(|name| !["include_usage", "include_obfuscation"].contains(&name.as_str()))
            {
                Some(unknown) => {
                    let at = format!("stream_options.{unknown}");
                    Err(ApiError::invalid(format!("Unknown parameter: '{at}'."))
                        .param(at)
                        .code("unknown_parameter"))
                }
                None => Ok(()),
            }
        }
        Some(other) => Err(wrong_type("stream_options", "an object", other)),
    }
}

fn check_length(
    body: &Value,
    fields: &Map<String, Value>,
    card: &ModelCard,
) -> Result<(), ApiError> {
    let asked = ["max_completion_tokens", "max_tokens"]
        .iter()
        .find_map(|name| fields.get(*name).and_then(Value::as_u64))
        .unwrap_or(0);
    let tokens = tokens::of_request(body);
    if tokens.saturating_add(asked) > card.context_tokens {
        return Err(ApiError::too_long(card.context_tokens, tokens));
    }
    Ok(())
}

fn missing(at: &str) -> ApiError {
    ApiError::invalid(format!("Missing required parameter: '{at}'."))
        .param(at)
        .code("missing_required_parameter")
}

fn wrong_type(at: &str, expected: &str, got: &Value) -> ApiError {
    let got = match got {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    ApiError::invalid(format!(
        "Invalid type for '{at}': expected {expected}, but got {got} instead."
    ))
    .param(at)
    .code("invalid_type")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(change: &[(&str, Value)]) -> Option<String> {
        let mut body =
            json!({"model": "simulated", "messages": [{"role": "user", "content": "hi"}]});
        for (name, value) in change {
            body[*name] = value.clone();
        }
        let error = check(&body, &Settings::default()).err()?.json();
        Some(format!(
            "{} {}",
            error["error"]["code"].as_str().unwrap_or("-"),
            error["error"]["param"].as_str().unwrap_or("-")
        ))
    }

    #[test]
    fn good_requests_pass() {
        assert_eq!(refusal(&[]), None);
        assert_eq!(
            refusal(&[
                ("stream", json!(true)),
                ("stream_options", json!({"include_usage": true}))
            ]),
            None
        );
        assert_eq!(
            refusal(&[(
                "messages",
                json!([
                    {"role": "developer", "content": "be brief"},
                    {"role": "user", "name": "ada", "content": [{"type": "text", "text": "hi"}]},
                    {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                    {"role": "tool", "tool_call_id": "call_1", "content": "done"},
                ])
            )]),
            None
        );
    }

    #[test]
    fn bad_requests_are_refused_at_the_right_place() {
        let user = |extra: Value| {
            let mut message = json!({"role": "user", "content": "hi"});
            for (name, value) in extra.as_object().unwrap() {
                message[name] = value.clone();
            }
            json!([message])
        };
        for (name, value, expected) in [
            ("model", json!(null), "invalid_type model"),
            ("model", json!("nobody"), "model_not_found -"),
            ("messages", json!([]), "empty_array messages"),
            ("messages", json!("hi"), "invalid_type messages"),
            ("messages", json!(["hi"]), "invalid_type messages[0]"),
            (
                "messages",
                user(json!({"role": "bot"})),
                "invalid_value messages[0].role",
            ),
            (
                "messages",
                user(json!({"name": "Ada Lovelace"})),
                "invalid_value messages[0].name",
            ),
            (
                "messages",
                user(json!({"content": null})),
                "- messages[0].content",
            ),
            (
                "messages",
                user(json!({"content": []})),
                "empty_array messages[0].content",
            ),
            (
                "messages",
                user(json!({"content": [{"type": "picture"}]})),
                "invalid_value messages[0].content[0].type",
            ),
            (
                "messages",
                json!([{"role": "user"}]),
                "missing_required_parameter messages[0].content",
            ),
            (
                "messages",
                json!([{"role": "tool", "content": "x", "tool_call_id": "y"}]),
                "- messages[0].role",
            ),
            (
                "temperature",
                json!(3),
                "decimal_above_max_value temperature",
            ),
            ("n", json!(0), "integer_below_min_value n"),
            ("n", json!("2"), "invalid_type n"),
            ("stream", json!("yes"), "invalid_type stream"),
            (
                "stream_options",
                json!({"include_usage": true}),
                "- stream_options",
            ),
            ("tempreature", json!(1), "unknown_parameter tempreature"),
            (
                "max_tokens",
                json!(200_000),
                "context_length_exceeded messages",
            ),
        ] {
            assert_eq!(
                refusal(&[(name, value.clone())]).as_deref(),
                Some(expected),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn reasoning_models_refuse_what_openai_refuses_there() {
        let model = ("model", json!("gpt-5.4-mini"));
        assert_eq!(
            refusal(&[model.clone(), ("max_tokens", json!(10))]).as_deref(),
            Some("unsupported_parameter max_tokens")
        );
        assert_eq!(
            refusal(&[model.clone(), ("temperature", json!(0.2))]).as_deref(),
            Some("unsupported_value temperature")
        );
        assert_eq!(refusal(&[model, ("temperature", json!(1))]), None);
    }
}
