//! A request after it was read: route, names, query, body and files; and what is replied.

use crate::{
    Route,
    route::decode,
    world::{Refusal, Upload},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
    http::{HeaderMap, header::CONTENT_TYPE, request::Parts},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One request for one route.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Route.
    pub route: Route,
    /// What stood in the braces of its path.
    pub parameters: Vec<String>,
    /// Query.
    pub query: BTreeMap<String, String>,
    /// JSON body; null where there was none.
    pub body: Value,
    /// Files of a multipart body, by the number in `files[n]`.
    pub files: Vec<(u64, Upload)>,
    /// The bot that asks; 0 on paths that hold a secret of their own.
    pub user: u64,
}

/// What is answered when nothing is refused.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// 200 with a body.
    Json(Value),
    /// 201 with a body.
    Created(Value),
    /// 204.
    Nothing,
}

impl Reply {
    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Json(_) => 200,
            Self::Created(_) => 201,
            Self::Nothing => 204,
        }
    }

    /// Body, if there is one.
    #[must_use]
    pub fn body(&self) -> Option<&Value> {
        match self {
            Self::Json(body) | Self::Created(body) => Some(body),
            Self::Nothing => None,
        }
    }
}

impl Asked {
    /// What stood in one of the braces.
    pub(super) fn text(&self, index: usize) -> &str {
        self.parameters.get(index).map_or("", String::as_str)
    }

    /// The id that stood in one of the braces.
    pub(super) fn id(&self, index: usize) -> Result<u64, Refusal> {
        let name = self
            .route
            .pattern()
            .split('{')
            .nth(index + 1)
            .and_then(|rest| rest.split('}').next())
            .unwrap_or("id");
        parse_id(self.text(index), name)
    }

    /// An id in the query.
    pub(super) fn query_id(&self, name: &str) -> Result<Option<u64>, Refusal> {
        self.query
            .get(name)
            .map(|text| parse_id(text, name))
            .transpose()
    }

    /// A number in the query, within its range.
    pub(super) fn query_number(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Refusal> {
        let Some(text) = self.query.get(name) else {
            return Ok(default);
        };
        let number: u64 = text.parse().map_err(|_| {
            Refusal::form(
                name,
                "NUMBER_TYPE_COERCE",
                &format!("Value \"{text}\" is not int."),
            )
        })?;
        if number < *range.start() {
            return Err(Refusal::form(
                name,
                "NUMBER_TYPE_MIN",
                &format!(
                    "int value should be greater than or equal to {}.",
                    range.start()
                ),
            ));
        }
        if number > *range.end() {
            return Err(Refusal::form(
                name,
                "NUMBER_TYPE_MAX",
                &format!("int value should be less than or equal to {}.", range.end()),
            ));
        }
        Ok(number)
    }

    /// Whether a switch in the query is on.
    pub(super) fn query_flag(&self, name: &str) -> bool {
        self.query
            .get(name)
            .is_some_and(|text| matches!(text.to_ascii_lowercase().as_str(), "true" | "1"))
    }

    /// A field of the body that is there and not null.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// A text in the body.
    pub(super) fn field_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let Some(value) = self.field(name) else {
            return Ok(None);
        };
        value.as_str().map(Some).ok_or_else(|| {
            Refusal::form(
                name,
                "STRING_TYPE_CONVERT",
                &format!("Could not interpret \"{value}\" as string."),
            )
        })
    }

    /// A number in the body.
    pub(super) fn field_number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.field(name) else {
            return Ok(None);
        };
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        number.map(Some).ok_or_else(|| {
            Refusal::form(
                name,
                "NUMBER_TYPE_COERCE",
                &format!("Value \"{value}\" is not int."),
            )
        })
    }

    /// A small number in the body.
    pub(super) fn field_small(&self, name: &str) -> Result<Option<u32>, Refusal> {
        let number = self.field_number(name)?;
        number
            .map(|number| {
                u32::try_from(number).map_err(|_| Refusal::bad_range(name, 0, u64::from(u32::MAX)))
            })
            .transpose()
    }

    /// A switch in the body.
    pub(super) fn field_bool(&self, name: &str) -> Option<bool> {
        self.field(name).and_then(Value::as_bool)
    }
}

/// Reads an id.
pub(super) fn parse_id(text: &str, name: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| {
        Refusal::form(
            name,
            "NUMBER_TYPE_COERCE",
            &format!("Value \"{text}\" is not snowflake."),
        )
    })
}

/// Reads an id in JSON.
pub(super) fn id_in(value: &Value, name: &str) -> Result<u64, Refusal> {
    match (value.as_str(), value.as_u64()) {
        (_, Some(number)) => Ok(number),
        (Some(text), None) => parse_id(text, name),
        (None, None) => parse_id(&value.to_string(), name),
    }
}

/// The pairs of a query string.
pub(super) fn read_query(query: &str) -> BTreeMap<String, String> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// Body and files of a request.
pub(super) async fn read_body(
    parts: Parts,
    bytes: Bytes,
) -> Result<(Value, Vec<(u64, Upload)>), Refusal> {
    let kind = content_type(&parts.headers);
    if kind.starts_with("multipart/form-data") {
        return read_multipart(parts, bytes).await;
    }
    if bytes.is_empty() {
        return Ok((Value::Null, Vec::new()));
    }
    let body: Value = serde_json::from_slice(&bytes).map_err(|_| Refusal::invalid_json())?;
    Ok((body, Vec::new()))
}

fn content_type(headers: &HeaderMap) -> String {
    headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

async fn read_multipart(
    parts: Parts,
    bytes: Bytes,
) -> Result<(Value, Vec<(u64, Upload)>), Refusal> {
    let broken = || Refusal::form("", "BASE_TYPE_INVALID", "The multipart body can't be read");
    let request = Request::from_parts(parts, axum::body::Body::from(bytes));
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| broken())?;
    let mut payload = Value::Null;
    let mut fields = Map::new();
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let filename = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(str::to_owned);
        let content = field.bytes().await.map_err(|_| broken())?;
        if name == "payload_json" {
            payload = serde_json::from_slice(&content).map_err(|_| Refusal::invalid_json())?;
        } else if let Some(filename) = filename {
            let place = u64::try_from(files.len()).unwrap_or(u64::MAX);
            let content_type = content_type.filter(|kind| kind != "application/octet-stream");
            let upload = Upload {
                filename,
                content_type,
                bytes: content.to_vec(),
                ..Upload::default()
            };
            files.push((number_in(&name).unwrap_or(place), upload));
        } else {
            fields.insert(name, json!(String::from_utf8_lossy(&content)));
        }
    }
    if payload.is_null() && !fields.is_empty() {
        payload = Value::Object(fields);
    }
    Ok((payload, files))
}

/// The number in `files[3]` or `file3`.
fn number_in(name: &str) -> Option<u64> {
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}
