//! What Discord accepts in a message: lengths, counts and the rules of components.
//! <https://docs.discord.com/developers/resources/message#create-message>

use super::{Draft, Refusal, Settings, flags};
use serde_json::Value;

/// Longest text of a message.
pub(super) const CONTENT_LIMIT: usize = 2_000;
/// Longest text of a person's message: with Nitro they may write twice as much.
pub(super) const PERSONS_CONTENT_LIMIT: usize = 4_000;
/// Longest text of all components together, where a message is built of components.
pub(super) const COMPONENT_TEXT_LIMIT: usize = 4_000;
const COMPONENT_COUNT_LIMIT: usize = 40;
const EMBED_TEXT_LIMIT: usize = 6_000;

const ACTION_ROW: u64 = 1;
const BUTTON: u64 = 2;
const LINK_STYLE: u64 = 5;
const PREMIUM_STYLE: u64 = 6;
const SELECTS: [u64; 5] = [3, 5, 6, 7, 8];
const TEXT_DISPLAY: u64 = 10;
const V2_TOP_LEVEL: [u64; 7] = [ACTION_ROW, 9, TEXT_DISPLAY, 12, 13, 14, 17];

/// Checks all of a draft of at most `longest` characters; `has_old_files` when an edit keeps attachments.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn check(
    draft: &Draft,
    settings: &Settings,
    longest: usize,
    has_old_files: bool,
) -> Result<(), Refusal> {
    let v2 = draft.flags & flags::IS_COMPONENTS_V2 != 0;
    check_content(&draft.content, settings, longest)?;
    check_embeds(&draft.embeds, settings)?;
    check_components(&draft.components, v2, settings)?;
    if v2 {
        for (field, used) in [
            ("content", !draft.content.is_empty()),
            ("embeds", !draft.embeds.is_empty()),
            ("sticker_ids", !draft.stickers.is_empty()),
        ] {
            if used {
                let message = format!(
                    "The '{field}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                );
                return Err(Refusal::form(
                    field,
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    &message,
                ));
            }
        }
    }
    if draft.stickers.len() > 3 {
        return Err(Refusal::form(
            "sticker_ids",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 3 or fewer in length.",
        ));
    }
    if draft.files.len() > 10 {
        return Err(Refusal::form(
            "attachments",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 10 or fewer in length.",
        ));
    }
    if draft
        .files
        .iter()
        .any(|file| file.bytes.len() > settings.file_limit)
    {
        return Err(Refusal::too_large());
    }
    if let Some(nonce) = &draft.nonce {
        let too_long = nonce.as_str().is_some_and(|text| text.chars().count() > 25);
        if too_long || !(nonce.is_string() || nonce.is_i64() || nonce.is_u64()) {
            return Err(Refusal::too_long("nonce", 25));
        }
    }
    let is_empty = draft.content.is_empty()
        && draft.embeds.is_empty()
        && draft.components.is_empty()
        && draft.stickers.is_empty()
        && draft.files.is_empty()
        && !has_old_files;
    if is_empty {
        Err(Refusal::empty_message())
    } else {
        Ok(())
    }
}

fn check_content(content: &str, settings: &Settings, longest: usize) -> Result<(), Refusal> {
    if settings.length.of(content) > longest {
        return Err(Refusal::too_long("content", longest));
    }
    Ok(())
}

fn check_embeds(embeds: &[Value], settings: &Settings) -> Result<(), Refusal> {
    if embeds.len() > 10 {
        return Err(Refusal::form(
            "embeds",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 10 or fewer in length.",
        ));
    }
    let mut total = 0;
    for (index, embed) in embeds.iter().enumerate() {
        if !embed.is_object() {
            let message = "Only dictionaries may be used in a DictType";
            return Err(Refusal::form(
                &format!("embeds.{index}"),
                "DICT_TYPE_CONVERT",
                message,
            ));
        }
        let mut measure = |path: &str, text: Option<&Value>, limit: usize| {
            let length = text
                .and_then(Value::as_str)
                .map_or(0, |text| settings.length.of(text));
            total += length;
            if length > limit {
                Err(Refusal::too_long(&format!("embeds.{index}.{path}"), limit))
            } else {
                Ok(())
            }
        };
        measure("title", embed.get("title"), 256)?;
        measure("description", embed.get("description"), 4_096)?;
        measure("footer.text", embed.pointer("/footer/text"), 2_048)?;
        measure("author.name", embed.pointer("/author/name"), 256)?;
        let fields = embed
            .get("fields")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        for (place, field) in fields.iter().enumerate() {
            measure(&format!("fields.{place}.name"), field.get("name"), 256)?;
            measure(&format!("fields.{place}.value"), field.get("value"), 1_024)?;
            for key in ["name", "value"] {
                if field
                    .get(key)
                    .and_then(Value::as_str)
                    .is_none_or(|text| text.trim().is_empty())
                {
                    return Err(Refusal::required(&format!(
                        "embeds.{index}.fields.{place}.{key}"
                    )));
                }
            }
        }
        if fields.len() > 25 {
            let message = "Must be 25 or fewer in length.";
            return Err(Refusal::form(
                &format!("embeds.{index}.fields"),
                "BASE_TYPE_MAX_LENGTH",
                message,
            ));
        }
    }
    if total > EMBED_TEXT_LIMIT {
        let message = "Embed size exceeds maximum size of 6000";
        return Err(Refusal::form("embeds", "MAX_EMBED_SIZE_EXCEEDED", message));
    }
    Ok(())
}

/// What all components of a message have together.
#[derive(Default)]
struct Sum {
    count: usize,
    text: usize,
    custom_ids: Vec<String>,
}

fn check_components(components: &[Value], v2: bool, settings: &Settings) -> Result<(), Refusal> {
    if !v2 && components.len() > 5 {
        return Err(Refusal::form(
            "components",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 5 or fewer in length.",
        ));
    }
    let mut sum = Sum::default();
    for (index, component) in components.iter().enumerate() {
        let path = format!("components.{index}");
        let kind = kind_of(component);
        let allowed = if v2 {
            V2_TOP_LEVEL.as_slice()
        } else {
            &[ACTION_ROW]
        };
        if !allowed.contains(&kind) {
            let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
            return Err(Refusal::form(
                &format!("{path}.type"),
                "UNION_TYPE_CHOICES",
                &format!(
                    "Value of field \"type\" must be one of ({}).",
                    allowed.join(", ")
                ),
            ));
        }
        check_component(component, &path, &mut sum, settings)?;
    }
    if sum.count > COMPONENT_COUNT_LIMIT {
        let message = "Total number of components must be 40 or fewer.";
        return Err(Refusal::form(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            message,
        ));
    }
    if sum.text > COMPONENT_TEXT_LIMIT {
        let message = "The total length of all text in components must be 4000 or fewer.";
        return Err(Refusal::form(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            message,
        ));
    }
    Ok(())
}

fn check_component(
    component: &Value,
    path: &str,
    sum: &mut Sum,
    settings: &Settings,
) -> Result<(), Refusal> {
    sum.count += 1;
    let kind = kind_of(component);
    let children = component
        .get("components")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    if kind == ACTION_ROW {
        let selects = children
            .iter()
            .filter(|child| SELECTS.contains(&kind_of(child)))
            .count();
        let limit = if selects > 0 { 1 } else { 5 };
        if children.is_empty() || children.len() > limit {
            return Err(Refusal::bad_length(&format!("{path}.components"), 1, limit));
        }
    }
    if kind == TEXT_DISPLAY {
        let text = component
            .get("content")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if text.is_empty() {
            return Err(Refusal::required(&format!("{path}.content")));
        }
        sum.text += settings.length.of(text);
    }
    if kind == BUTTON {
        check_button(component, path)?;
    }
    let style = component.get("style").and_then(Value::as_u64);
    let needs_id = SELECTS.contains(&kind)
        || kind == BUTTON && !matches!(style, Some(LINK_STYLE | PREMIUM_STYLE));
    if needs_id {
        let Some(custom_id) = component
            .get("custom_id")
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty())
        else {
            return Err(Refusal::required(&format!("{path}.custom_id")));
        };
        if custom_id.chars().count() > 100 {
            return Err(Refusal::bad_length(&format!("{path}.custom_id"), 1, 100));
        }
        if sum.custom_ids.iter().any(|known| known == custom_id) {
            let message = "Component custom id cannot be duplicated";
            return Err(Refusal::form(
                &format!("{path}.custom_id"),
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                message,
            ));
        }
        sum.custom_ids.push(custom_id.to_owned());
    }
    if kind == 3 {
        let options = component
            .get("options")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        if !(1..=25).contains(&options) {
            return Err(Refusal::bad_length(&format!("{path}.options"), 1, 25));
        }
    }
    for (index, child) in children.iter().enumerate() {
        check_component(child, &format!("{path}.components.{index}"), sum, settings)?;
    }
    if let Some(accessory) = component.get("accessory") {
        check_component(accessory, &format!("{path}.accessory"), sum, settings)?;
    }
    Ok(())
}

fn check_button(button: &Value, path: &str) -> Result<(), Refusal> {
    let style = button.get("style").and_then(Value::as_u64);
    if !style.is_some_and(|style| (1..=6).contains(&style)) {
        return Err(Refusal::bad_choice(
            &format!("{path}.style"),
            "1, 2, 3, 4, 5, 6",
        ));
    }
    let label = button
        .get("label")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if label.chars().count() > 80 {
        return Err(Refusal::too_long(&format!("{path}.label"), 80));
    }
    if label.is_empty()
        && button.get("emoji").is_none_or(Value::is_null)
        && style != Some(PREMIUM_STYLE)
    {
        return Err(Refusal::required(&format!("{path}.label")));
    }
    if style == Some(LINK_STYLE)
        && button
            .get("url")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
    {
        return Err(Refusal::required(&format!("{path}.url")));
    }
    Ok(())
}

fn kind_of(component: &Value) -> u64 {
    component
        .get("type")
        .and_then(Value::as_u64)
        .unwrap_or_default()
}

/// Fills in what Discord fills in: each component without an `id` gets the next number, and a select menu that
/// doesn't say how many choices it takes (<https://docs.discord.com/developers/components/reference>) takes one.
pub(super) fn complete_components(components: &mut [Value], next: &mut u64) {
    for component in components {
        let Some(map) = component.as_object_mut() else {
            continue;
        };
        if map
            .get("id")
            .and_then(Value::as_u64)
            .is_none_or(|id| id == 0)
        {
            map.insert("id".to_owned(), Value::from(*next));
        }
        *next += 1;
        let kind = map.get("type").and_then(Value::as_u64);
        if kind.is_some_and(|kind| SELECTS.contains(&kind)) {
            for bound in ["min_values", "max_values"] {
                map.entry(bound).or_insert_with(|| Value::from(1));
            }
        }
        if let Some(Value::Array(children)) = map.get_mut("components") {
            complete_components(children, next);
        }
        for key in ["accessory", "component"] {
            if let Some(child) = map.get_mut(key) {
                complete_components(std::slice::from_mut(child), next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(draft: &Draft) -> Option<(u64, String)> {
        check(draft, &Settings::default(), CONTENT_LIMIT, false)
            .err()
            .map(|no| (no.code, no.errors.unwrap_or_default().to_string()))
    }

    #[test]
    fn lengths_counts_and_shapes_are_refused_by_path() {
        let text = |content: &str| Draft {
            content: content.to_owned(),
            ..Draft::default()
        };
        assert_eq!(refused(&text(&"あ".repeat(2000))), None);
        assert!(
            refused(&text(&"a".repeat(2001)))
                .unwrap()
                .1
                .contains(r#"{"content":{"_errors":"#)
        );
        assert_eq!(refused(&text("")).unwrap().0, 50_006);
        let embeds = vec![
            json!({ "description": "a".repeat(4096) }),
            json!({ "description": "a".repeat(2000) }),
        ];
        assert!(
            refused(&Draft {
                embeds,
                ..Draft::default()
            })
            .unwrap()
            .1
            .contains("MAX_EMBED_SIZE_EXCEEDED")
        );
        let button = json!({ "type": 2, "style": 1, "label": "go", "custom_id": "x" });
        let row = |children: Vec<Value>| Draft {
            components: vec![json!({ "type": 1, "components": children })],
            ..Draft::default()
        };
        assert_eq!(refused(&row(vec![button.clone()])), None);
        assert!(
            refused(&row(vec![button.clone(), button.clone()]))
                .unwrap()
                .1
                .contains("DUPLICATED")
        );
        assert!(
            refused(&row(vec![json!({ "type": 2, "style": 1, "label": "go" })]))
                .unwrap()
                .1
                .contains("custom_id")
        );
    }

    #[test]
    fn components_v2_take_no_content_and_hold_four_thousand_characters() {
        let display = |length: usize| json!({ "type": 10, "content": "a".repeat(length) });
        let flags = flags::IS_COMPONENTS_V2;
        let v2 = |components| Draft {
            components,
            flags,
            ..Draft::default()
        };
        assert_eq!(refused(&v2(vec![display(4000)])), None);
        assert!(
            refused(&v2(vec![display(4000), display(1)]))
                .unwrap()
                .1
                .contains("TEXT_SIZE_EXCEEDED")
        );
        assert!(
            refused(&v2(vec![display(1); 41]))
                .unwrap()
                .1
                .contains("MAX_TOTAL")
        );
        let with_content = Draft {
            content: "x".to_owned(),
            ..v2(vec![display(1)])
        };
        assert!(refused(&with_content).unwrap().1.contains("LEGACY_FIELDS"));
        let without_flag = Draft {
            components: vec![display(1)],
            ..Draft::default()
        };
        assert!(
            refused(&without_flag)
                .unwrap()
                .1
                .contains("UNION_TYPE_CHOICES")
        );
    }
}
