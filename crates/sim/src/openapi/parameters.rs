//! What stands in the path and in the query of a call, as values that schemas can be asked about.

use serde_json::Value;

use crate::route::decode;

/// The names and values of a query, in order and decoded.
pub(super) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// The names in the braces of a path, in order.
pub(super) fn names(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// What a text may stand for: itself, and the number or the truth value that is written so.
pub(super) fn readings(text: &str) -> Vec<Value> {
    let plain = serde_json::from_str(text)
        .ok()
        .filter(|value: &Value| value.is_number() || value.is_boolean());
    std::iter::once(Value::from(text)).chain(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_read_as_what_they_can_be() {
        assert_eq!(readings("12"), [json!("12"), json!(12)]);
        assert_eq!(readings("true"), [json!("true"), json!(true)]);
        assert_eq!(readings("null"), [json!("null")]);
        assert_eq!(readings("soon"), [json!("soon")]);
    }

    #[test]
    fn a_query_is_taken_apart() {
        let pairs = query_pairs("a=1&b=x%20y&&c");
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(pairs, [("a", "1"), ("b", "x y"), ("c", "")]);
        assert_eq!(
            names("/webhooks/{webhook_id}/{webhook_token}").collect::<Vec<_>>(),
            ["webhook_id", "webhook_token"]
        );
    }
}
