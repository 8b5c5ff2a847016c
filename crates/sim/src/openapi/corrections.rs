//! Where Discord's description is known to differ from what Discord does and documents elsewhere, each with its
//! reason. A correction is made in the description itself, so that all around it is still checked.

use serde_json::Value;

/// One place in the description that is changed before it is used.
#[derive(Debug, Clone, Copy)]
pub struct Correction {
    /// Where, as a JSON pointer into the description.
    pub place: &'static str,
    /// The JSON that is put there.
    pub value: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// All of them.
pub const CORRECTIONS: &[Correction] = &[
    Correction {
        place: "/components/schemas/InnerErrors/properties/_errors/items",
        value: r#"{ "type": "object", "required": ["code", "message"], "additionalProperties": false,
            "properties": { "code": { "type": "string" }, "message": { "type": "string" } } }"#,
        reason: "The errors of a field have words for codes, such as BASE_TYPE_REQUIRED; the description has them be \
            numbers. https://docs.discord.com/developers/reference#error-messages",
    },
    Correction {
        place: "/components/schemas/RatelimitedResponse/allOf/0",
        value: r#"{ "type": "object", "required": ["message"],
            "properties": { "code": { "type": "integer" }, "message": { "type": "string" } } }"#,
        reason: "Only some limits have a code; the usual 429 has none. \
            https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit",
    },
    Correction {
        place: "/components/schemas/MessageAttachmentRequest/properties/id",
        value: r##"{ "anyOf": [{ "$ref": "#/components/schemas/SnowflakeType" }, { "type": "integer", "minimum": 0 }] }"##,
        reason: "A file that comes with the request is named by its number, which the documentation writes as a \
            number. https://docs.discord.com/developers/reference#uploading-files",
    },
];

/// Makes all of them.
///
/// # Errors
/// When a place is not in the description, or already is as the correction has it: then the correction has to go.
pub(super) fn correct(description: &mut Value) -> anyhow::Result<()> {
    for Correction { place, value, .. } in CORRECTIONS {
        let value: Value = serde_json::from_str(value)?;
        let found = description
            .pointer_mut(place)
            .ok_or_else(|| anyhow::anyhow!("{place} is to be corrected, but is not there"))?;
        anyhow::ensure!(*found != value, "{place} needs no correction any more");
        *found = value;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_correction_that_is_not_needed_is_told() {
        let mut description = json!({});
        assert!(correct(&mut description).is_err());
        let vendored = super::super::vendored_text().unwrap();
        let mut description: Value = serde_json::from_slice(&vendored).unwrap();
        correct(&mut description).unwrap();
        assert!(correct(&mut description).is_err());
    }
}
