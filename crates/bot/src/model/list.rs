//! Which models a server serves (`GET /models`), and what that says about the one to use.

use kaiwa_core::error::ModelError;

use super::{
    continuing::Continues,
    known::known,
    wire::{Models, Served},
};

/// So many names that look like an unknown one are told.
const NEAREST: usize = 3;
/// How alike a name has to be to be told, from 0 to 1.
const ALIKE: f64 = 0.7;

/// What the check at start found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The model that will be asked.
    pub name: String,
    /// How many tokens fit into its window, where the settings, the server or our own table tell.
    pub window: Option<u32>,
    /// Whether it sees pictures, where the server or our own table tells.
    pub pictures: Option<bool>,
    /// Whether it calls tools, where the server or our own table tells.
    pub tools: Option<bool>,
    /// The names that the server tells, in its order; empty when it has no such list.
    pub known: Vec<String>,
}

/// Why the check at start failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct CheckFailed {
    /// Why, told by what one can do about it.
    pub error: ModelError,
    /// Of an unknown model: names that the server does know and that look alike, nearest first.
    pub nearest: Vec<String>,
}

impl From<ModelError> for CheckFailed {
    fn from(error: ModelError) -> Self {
        Self {
            error,
            nearest: Vec::new(),
        }
    }
}

/// What kind of server it is, as far as its model's name and window depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Server {
    /// OpenAI's own.
    OpenAi,
    /// Azure's, whose list tells models while requests name deployments.
    Azure,
    /// Any other.
    Other,
}

impl Server {
    /// Told by the host's name.
    pub(super) fn new(base_url: Option<&reqwest::Url>) -> Self {
        let host = base_url
            .and_then(reqwest::Url::host_str)
            .unwrap_or_default();
        let within = |domain: &str| {
            host == domain
                || host
                    .strip_suffix(domain)
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        if within("openai.com") {
            Self::OpenAi
        } else if within("azure.com") {
            Self::Azure
        } else {
            Self::Other
        }
    }

    /// The models behind it are OpenAI's: they count with OpenAI's tokenizer and know OpenAI's newest fields.
    pub(super) fn is_openai(self) -> bool {
        match self {
            Self::OpenAi | Self::Azure => true,
            Self::Other => false,
        }
    }
}

/// Settles on a model, and tells how its server goes on with answers. `served` is none when the server has no list.
pub(super) fn settle(
    served: Option<Models>,
    named: Option<&str>,
    window: Option<u32>,
    server: Server,
) -> Result<(Checked, Option<Continues>), CheckFailed> {
    let (served, beside) = match served {
        Some(Models::Wrapped { data, models }) => (data, models),
        Some(Models::Bare(data)) => (data, Vec::new()),
        None => (Vec::new(), Vec::new()),
    };
    let known_names: Vec<String> = served.iter().map(|model| model.id.clone()).collect();
    let (name, told) = match named {
        Some(name) => (name.to_owned(), find(&served, name, server)?),
        None => choose(&served, &known_names, server)?,
    };
    let continues = told
        .and_then(|told| told.owned_by.as_deref())
        .and_then(|owned_by| known().continues(owned_by));
    let window = window.or(told.and_then(Served::window)).or_else(|| {
        // Ollama cuts prompts to a window that it doesn't tell and that is far smaller than the model's own.
        let ollama = told.is_some_and(|told| told.owned_by.as_deref() == Some("library"));
        known().window(&name).filter(|_| !ollama)
    });
    // llama.cpp tells of its one model in a list of its own.
    let beside = match &*beside {
        [only] if served.len() == 1 => only.sees_pictures(),
        _ => None,
    };
    let pictures = told.and_then(Served::sees_pictures).or(beside);
    let tools = told.and_then(Served::calls_tools);
    let checked = Checked {
        pictures: pictures.or_else(|| known().sees_pictures(&name)),
        tools: tools.or_else(|| known().calls_tools(&name)),
        name,
        window,
        known: known_names,
    };
    Ok((checked, continues))
}

/// Finds a model by the name that is set. An unlisted name is fine where the list is known not to tell everything.
fn find<'a>(
    served: &'a [Served],
    name: &str,
    server: Server,
) -> Result<Option<&'a Served>, CheckFailed> {
    let bare = |id: &'a str| id.strip_prefix("models/").unwrap_or(id);
    let exact = served
        .iter()
        .find(|model| model.id == name || bare(&model.id) == name);
    let found = exact.or_else(|| {
        served.iter().find(|model| {
            let id = bare(&model.id);
            // Ollama's `llama3.2` is `llama3.2:latest`; OpenRouter takes variants (`:online`) that it doesn't list.
            id.strip_suffix(":latest") == Some(name)
                || name
                    .split_once(':')
                    .is_some_and(|(main, _)| main == id && main.contains('/'))
        })
    });
    if found.is_some() || served.is_empty() || server == Server::Azure {
        return Ok(found);
    }
    // llama.cpp takes any name for the one model that it has.
    if let [only] = served
        && only.owned_by.as_deref() == Some("llamacpp")
    {
        return Ok(Some(only));
    }
    Err(CheckFailed {
        error: ModelError::ModelUnknown {
            model: name.to_owned(),
        },
        nearest: nearest(served, name),
    })
}

/// Chooses a model when none is named.
fn choose<'a>(
    served: &'a [Served],
    names: &[String],
    server: Server,
) -> Result<(String, Option<&'a Served>), CheckFailed> {
    if server == Server::OpenAi
        && let Some(name) = known().default(names)
    {
        return Ok((
            name.to_owned(),
            served.iter().find(|model| model.id == name),
        ));
    }
    // Local servers list what can't chat beside what can.
    let chats = |model: &&Served| {
        let id = model.id.to_ascii_lowercase();
        !["embed", "rerank", "whisper", "tts"]
            .iter()
            .any(|other| id.contains(other))
    };
    match (server, served) {
        (Server::Azure, _) => None,
        (_, [only]) => Some(only),
        (Server::OpenAi, _) => None,
        (Server::Other, served) => served.iter().find(chats),
    }
    .map(|model| (model.id.clone(), Some(model)))
    .ok_or_else(|| {
        let reason = "no model is named, and the server doesn't tell which one to take".to_owned();
        ModelError::Refused {
            status: 404,
            reason,
        }
        .into()
    })
}

/// The names that look most like this one.
fn nearest(served: &[Served], name: &str) -> Vec<String> {
    let wanted = name.to_lowercase();
    let likeness = |id: &str| {
        let id = id.to_lowercase();
        let last = id.rsplit('/').next().unwrap_or(&id);
        let whole = strsim::normalized_damerau_levenshtein(&id, &wanted);
        let last = strsim::normalized_damerau_levenshtein(last, &wanted);
        // What only adds a date or a variant to the name is near, however long that is.
        let begins = if id.starts_with(&wanted) { ALIKE } else { 0.0 };
        whole.max(last).max(begins)
    };
    let mut alike: Vec<(f64, &str)> = served
        .iter()
        .map(|model| (likeness(&model.id), model.id.as_str()))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    alike
        .into_iter()
        .take(NEAREST)
        .map(|(_, id)| id.to_owned())
        .collect()
}
