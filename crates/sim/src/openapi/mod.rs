//! Discord's own description of its HTTP API, and whether recorded calls keep to it, requests and answers both.
//!
//! Behind the feature `openapi`, for tests: the simulator's own check what it answers, a bot's check what it sends.
//! `Description::vendored()` and then [`Description::check`] for each of `world.calls` is all there is to it.

mod exceptions;

use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jsonschema::{Draft, Registry, Validator};
use serde_json::Value;

pub use exceptions::{EXCEPTIONS, Exception};

use crate::{Route, world::faults::Call};

/// The description in the repository, compressed.
const VENDORED: &[u8] = include_bytes!("../../discord-openapi/openapi.json.gz");

/// The name under which schemas refer to the description; nothing is ever fetched from it.
const NAME: &str = "https://openapi.invalid/discord";

/// A description that calls can be checked against.
pub struct Description {
    root: Value,
    registry: Registry<'static>,
    /// Schemas are compiled on first use and kept, by where they stand.
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

/// Something in a call that the description does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The route.
    pub route: Route,
    /// `request`, or `answer` with its status.
    pub part: String,
    /// Where in the JSON, as a pointer.
    pub place: String,
    /// What is wrong there.
    pub words: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            route,
            part,
            place,
            words,
        } = self;
        write!(
            formatter,
            "{} {} ({part}) at {place:?}: {words}",
            route.method().as_str(),
            route.pattern()
        )
    }
}

impl Description {
    /// The file that is named, else one in a `node_modules/discord-api-spec` or a `discord-api-spec` folder in `beside` or
    /// above it, else the one in the repository.
    ///
    /// # Errors
    /// When the file can't be read or is no OpenAPI description.
    pub fn find(named: Option<&Path>, beside: &Path) -> anyhow::Result<Self> {
        let places = [
            "node_modules/discord-api-spec/specs/openapi.json",
            "discord-api-spec/specs/openapi.json",
        ];
        let candidates = beside
            .ancestors()
            .flat_map(|folder| places.map(|place| folder.join(place)));
        let path = named
            .map(Path::to_path_buf)
            .or_else(|| candidates.into_iter().find(|path: &PathBuf| path.is_file()));
        match path {
            Some(path) => Self::parse(&std::fs::read(path)?),
            None => Self::vendored(),
        }
    }

    /// The one in the repository.
    ///
    /// # Errors
    /// When it is no OpenAPI description.
    pub fn vendored() -> anyhow::Result<Self> {
        Self::parse(VENDORED)
    }

    fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut text = Vec::new();
        if bytes.starts_with(&[0x1F, 0x8B]) {
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut text)?;
        } else {
            text.extend_from_slice(bytes);
        }
        let root: Value = serde_json::from_slice(&text)?;
        let has_paths = root.get("paths").is_some_and(Value::is_object);
        anyhow::ensure!(has_paths, "this is no OpenAPI description: it has no paths");
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(NAME, root.clone())?
            .prepare()?;
        Ok(Self {
            root,
            registry,
            compiled: Mutex::default(),
        })
    }

    /// Every method and path in it, such as `("GET", "/users/@me")`.
    #[must_use]
    pub fn operations(&self) -> Vec<(String, String)> {
        let paths = self
            .root
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let operations = paths.flat_map(|(path, methods)| {
            let methods = methods
                .as_object()
                .into_iter()
                .flatten()
                .map(|(method, _)| method.to_uppercase());
            methods
                .filter(|method| {
                    ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str())
                })
                .map(|method| (method, path.clone()))
        });
        operations.collect()
    }

    /// Whether the route is in it.
    #[must_use]
    pub fn describes(&self, route: Route) -> bool {
        self.operation(route).is_some()
    }

    /// What is wrong with a recorded call. Calls that were made to go wrong, were not answered, or went nowhere are not looked at.
    #[must_use]
    pub fn check(&self, call: &Call) -> Vec<Finding> {
        let (Some(route), Some(status), None) = (call.route, call.status, &call.fault) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        // A request that was refused may well be wrong: that is why it was refused.
        if status < 400 {
            findings.extend(self.check_request(route, &call.body));
        }
        findings.extend(self.check_answer(route, status, &call.answer));
        findings
    }

    /// What is wrong with the JSON of a request. Null stands for no body.
    #[must_use]
    pub fn check_request(&self, route: Route, body: &Value) -> Vec<Finding> {
        let Some(operation) = self.operation(route) else {
            return Vec::new();
        };
        let described = operation.get("requestBody").map(|body| self.follow(body));
        let Some(schema) = schema_of(described) else {
            return Vec::new();
        };
        let is_required =
            described.and_then(|body| body.get("required")) == Some(&Value::Bool(true));
        if body.is_null() && !is_required {
            return Vec::new();
        }
        self.validate(route, "request".to_owned(), schema, body)
    }

    /// What is wrong with an answer. Null stands for no body.
    #[must_use]
    pub fn check_answer(&self, route: Route, status: u16, body: &Value) -> Vec<Finding> {
        let Some(operation) = self.operation(route) else {
            return Vec::new();
        };
        let part = format!("answer {status}");
        let named = [
            status.to_string(),
            format!("{}XX", status / 100),
            "default".to_owned(),
        ];
        let response = operation
            .get("responses")
            .and_then(|responses| named.iter().find_map(|name| responses.get(name)));
        let Some(response) = response.map(|response| self.follow(response)) else {
            return vec![Finding {
                route,
                part,
                place: String::new(),
                words: "the description knows no such status".to_owned(),
            }];
        };
        match schema_of(Some(response)) {
            Some(schema) => self.validate(route, part, schema, body),
            None if body.is_null() => Vec::new(),
            None => vec![Finding {
                route,
                part,
                place: String::new(),
                words: "the description has no body here".to_owned(),
            }],
        }
    }

    fn operation(&self, route: Route) -> Option<&Value> {
        self.root
            .get("paths")?
            .get(route.pattern())?
            .get(route.method().as_str().to_lowercase())
    }

    /// What a reference outside of schemas points at.
    fn follow<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#'));
        pointer
            .and_then(|pointer| self.root.pointer(pointer))
            .unwrap_or(value)
    }

    fn validate(&self, route: Route, part: String, schema: &Value, body: &Value) -> Vec<Finding> {
        let validator = match self.compile(&format!("{route:?} {part}"), schema) {
            Ok(validator) => validator,
            Err(error) => {
                let words = format!("the schema can't be used: {error}");
                return vec![Finding {
                    route,
                    part,
                    place: String::new(),
                    words,
                }];
            }
        };
        let findings = validator.iter_errors(body).map(|error| Finding {
            route,
            part: part.clone(),
            place: error.instance_path().to_string(),
            words: error.to_string().chars().take(400).collect(),
        });
        findings
            .filter(|finding| exceptions::covers(route, &finding.place, &finding.words).is_none())
            .collect()
    }

    fn compile(&self, key: &str, schema: &Value) -> anyhow::Result<Arc<Validator>> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(key) {
            return Ok(Arc::clone(validator));
        }
        let mut schema = schema.clone();
        absolute_references(&mut schema);
        let options = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(&self.registry);
        let validator = options
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .build(&schema);
        let validator = Arc::new(validator.map_err(|error| anyhow::anyhow!("{error}"))?);
        compiled.insert(key.to_owned(), Arc::clone(&validator));
        Ok(validator)
    }
}

impl std::fmt::Debug for Description {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Description")
            .field("version", &self.root.pointer("/info/version"))
            .finish_non_exhaustive()
    }
}

/// The schema of a request's or a response's JSON.
fn schema_of(described: Option<&Value>) -> Option<&Value> {
    described?
        .get("content")?
        .get("application/json")?
        .get("schema")
}

/// Lets the references of a schema that was taken out of the description point into it.
fn absolute_references(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                let local = value
                    .as_str()
                    .filter(|reference| key == "$ref" && reference.starts_with('#'));
                if let Some(absolute) = local.map(|reference| format!("{NAME}{reference}")) {
                    *value = Value::String(absolute);
                } else {
                    absolute_references(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(absolute_references),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
