//! Discord's own description of its HTTP API, and whether recorded calls keep to it, requests and answers both.
//!
//! Behind the feature `openapi`, for tests: the simulator's own check what it answers, a bot's check what it sends.
//! [`shared`] and then [`Description::check_calls`] of a world is all there is to it.

mod corrections;
mod parameters;

use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jsonschema::{Draft, Registry, Validator};
use serde_json::Value;

pub use corrections::{CORRECTIONS, Correction};

use crate::{
    Route,
    world::{World, faults::Call},
};

/// The description in the repository, compressed.
const VENDORED: &[u8] = include_bytes!("../../discord-openapi/openapi.json.gz");

/// Findings say so many characters of what was wrong; validators quote whole objects.
const WORDS_LIMIT: usize = 400;

/// The name under which schemas refer to the description; nothing is ever fetched from it.
const NAME: &str = "https://openapi.invalid/discord";

/// The description in the repository, read once: its schemas are compiled once for all tests of a process.
///
/// # Errors
/// When it can't be used, which is said in the same words each time.
pub fn shared() -> anyhow::Result<&'static Description> {
    static SHARED: LazyLock<Result<Description, String>> =
        LazyLock::new(|| Description::vendored().map_err(|error| format!("{error:#}")));
    SHARED.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
}

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
    /// What it is about: a route with its method, or the name of an object.
    pub about: String,
    /// `path`, `query`, `request`, or `answer` with its status.
    pub part: String,
    /// Where: the name of a parameter, or a pointer into the JSON.
    pub place: String,
    /// What is wrong there.
    pub words: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            about,
            part,
            place,
            words,
        } = self;
        write!(formatter, "{about} ({part}) at {place:?}: {words}")
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
        Self::parse(&vendored_text()?)
    }

    fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut root: Value = serde_json::from_slice(bytes)?;
        let has_paths = root.get("paths").is_some_and(Value::is_object);
        anyhow::ensure!(has_paths, "this is no OpenAPI description: it has no paths");
        corrections::correct(&mut root)?;
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

    /// What is wrong with the calls that a world has served.
    #[must_use]
    pub fn check_calls(&self, world: &World) -> Vec<Finding> {
        world
            .calls
            .iter()
            .flat_map(|call| self.check(call))
            .collect()
    }

    /// What is wrong with a recorded call. Calls that were made to go wrong, were not answered, or went nowhere are not
    /// looked at.
    #[must_use]
    pub fn check(&self, call: &Call) -> Vec<Finding> {
        let (Some(route), Some(status), None) = (call.route, call.status, &call.fault) else {
            return Vec::new();
        };
        // An address that is shut out is answered by the network in front of Discord, in plain text.
        if status == 429 && call.answer.is_null() {
            return Vec::new();
        }
        let mut findings = Vec::new();
        // A request that was refused may well be wrong: that is why it was refused.
        if status < 400 {
            findings.extend(self.check_parameters(route, &call.path, &call.query));
            findings.extend(self.check_request(route, &call.body));
        }
        findings.extend(self.check_answer(route, status, &call.answer));
        findings
    }

    /// What is wrong with the path and the query of a request.
    #[must_use]
    pub fn check_parameters(&self, route: Route, path: &str, query: &str) -> Vec<Finding> {
        let described = self.parameters(route);
        let stands = Route::find(route.method().as_str(), path)
            .map(|matched| matched.parameters)
            .unwrap_or_default();
        let in_path = parameters::names(route.pattern())
            .map(str::to_owned)
            .zip(stands);
        let in_query = parameters::query_pairs(query);
        let mut findings = Vec::new();
        for (part, given) in [("path", in_path.collect()), ("query", in_query)] {
            let given: Vec<(String, String)> = given;
            let mut finding = |name: &str, words: String| {
                findings.push(Finding {
                    about: about(route),
                    part: part.to_owned(),
                    place: name.to_owned(),
                    words,
                });
            };
            let described = || described.iter().filter(|one| text(one, "in") == part);
            for (name, value) in &given {
                let known = described().find(|one| text(one, "name") == name);
                let Some(schema) = known.and_then(|one| one.get("schema")) else {
                    finding(name, "the description has no such parameter".to_owned());
                    continue;
                };
                match self.compile(&format!("{route:?} {part} {name}"), schema) {
                    Ok(validator) => {
                        let mut readings = parameters::readings(value).into_iter();
                        if !readings.any(|reading| validator.is_valid(&reading)) {
                            finding(name, format!("{value:?} does not fit {schema}"));
                        }
                    }
                    Err(error) => finding(name, unusable(&error)),
                }
            }
            let missing = described()
                .filter(|one| one.get("required") == Some(&Value::Bool(true)))
                .map(|one| text(one, "name"))
                .filter(|name| given.iter().all(|(one, _)| one != name));
            for name in missing {
                finding(name, "it is required".to_owned());
            }
        }
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
        self.validate(about(route), "request".to_owned(), schema, body)
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
        let finding = |words: &str| {
            vec![Finding {
                about: about(route),
                part: part.clone(),
                place: String::new(),
                words: words.to_owned(),
            }]
        };
        let Some(response) = response.map(|response| self.follow(response)) else {
            return finding("the description knows no such status");
        };
        match schema_of(Some(response)) {
            Some(schema) => self.validate(about(route), part, schema, body),
            None if body.is_null() => Vec::new(),
            None => finding("the description has no body here"),
        }
    }

    /// What is wrong with an object, by the name of its schema, such as `MessageResponse`. The gateway sends many of the
    /// objects that REST answers with.
    #[must_use]
    pub fn check_object(&self, name: &str, object: &Value) -> Vec<Finding> {
        let pointer = format!("/components/schemas/{name}");
        match self.root.pointer(&pointer) {
            Some(schema) => self.validate(name.to_owned(), "object".to_owned(), schema, object),
            None => vec![Finding {
                about: name.to_owned(),
                part: "object".to_owned(),
                place: String::new(),
                words: "the description has no such schema".to_owned(),
            }],
        }
    }

    fn path_item(&self, route: Route) -> Option<&Value> {
        self.root.get("paths")?.get(route.pattern())
    }

    /// What may stand in the path and the query: some is said for all methods of a path, some for one.
    fn parameters(&self, route: Route) -> Vec<&Value> {
        [self.path_item(route), self.operation(route)]
            .into_iter()
            .flatten()
            .filter_map(|described| described.get("parameters")?.as_array())
            .flatten()
            .map(|parameter| self.follow(parameter))
            .collect()
    }

    fn operation(&self, route: Route) -> Option<&Value> {
        self.path_item(route)?
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

    fn validate(&self, about: String, part: String, schema: &Value, body: &Value) -> Vec<Finding> {
        let finding = |place: String, words: String| Finding {
            about: about.clone(),
            part: part.clone(),
            place,
            words,
        };
        match self.compile(&format!("{about} {part}"), schema) {
            Ok(validator) => validator
                .iter_errors(body)
                .map(|error| {
                    let words = error.to_string().chars().take(WORDS_LIMIT).collect();
                    finding(error.instance_path().to_string(), words)
                })
                .collect(),
            Err(error) => vec![finding(String::new(), unusable(&error))],
        }
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

/// The description in the repository, as text.
fn vendored_text() -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(VENDORED).read_to_end(&mut text)?;
    Ok(text)
}

/// How a finding names a route.
fn about(route: Route) -> String {
    format!("{} {}", route.method().as_str(), route.pattern())
}

fn unusable(error: &anyhow::Error) -> String {
    format!("the schema can't be used: {error}")
}

/// A text field, empty when it isn't there.
fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object
        .get(field)
        .and_then(Value::as_str)
        .unwrap_or_default()
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
