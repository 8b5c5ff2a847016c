//! Which model answers: the one that the settings name, one that runs on this machine, or none: then a guide does.

use std::{ffi::OsString, path::Path};

use kaiwa_bot::{
    config::{NamedModel, model_named_here},
    http::http_client,
    model::local::{Local, on_this_machine},
};
use kaiwa_core::words::play::Answers;
use kaiwa_sim::{
    Sim,
    model::{DEFAULT_KEY, Entrance, THROUGH, Upstream},
    page::{ModelKind, ModelNote},
};
use secrecy::ExposeSecret as _;

/// The one that answers.
pub(super) enum Chosen {
    /// The settings name it.
    Named(NamedModel),
    /// It was found on this machine.
    Found(Local),
    /// It was brought to this machine for the play.
    Brought {
        /// Where it is served.
        base_url: String,
        /// Its name.
        name: String,
    },
    /// What was written beforehand.
    Scripted,
}

/// Looks at the settings first, then around on this machine.
pub(super) async fn choose(config: Option<&Path>) -> Chosen {
    if let Some(named) = model_named_here(config) {
        return Chosen::Named(named);
    }
    let found = match http_client() {
        Ok(http) => on_this_machine(&http).await,
        Err(_) => None,
    };
    found.map_or(Chosen::Scripted, Chosen::Found)
}

impl Chosen {
    /// The one that a helper of this process serves.
    pub(super) fn brought(server: &kaiwa_local::Server) -> Self {
        Self::Brought {
            base_url: server.base_url().to_owned(),
            name: server.name().to_owned(),
        }
    }

    /// The server that is asked through the simulator, so that the page can show what it is sent; none for the guide.
    pub(super) fn upstream(&self) -> Option<Upstream> {
        let (base_url, entrance) = match self {
            Self::Named(named) => {
                let base_url = named.base_url.as_ref()?.expose_secret();
                let entrance = if named.known_by_name {
                    Entrance::Name
                } else {
                    Entrance::Path
                };
                (base_url.to_owned(), entrance)
            }
            Self::Found(found) => (found.base_url.clone(), Entrance::Path),
            Self::Brought { base_url, .. } => (base_url.clone(), Entrance::Path),
            Self::Scripted => return None,
        };
        Some(Upstream {
            http: http_client().ok()?,
            base_url,
            entrance,
        })
    }

    /// What the page says of it.
    pub(super) fn note(&self) -> ModelNote {
        let (kind, name, at) = match self {
            Self::Named(named) => (
                ModelKind::Named,
                named.name.clone(),
                Some(named.host.clone()),
            ),
            Self::Found(found) => (
                ModelKind::Found,
                Some(found.model.name.clone()),
                Some(found.base_url.clone()),
            ),
            Self::Brought { base_url, name } => {
                (ModelKind::Found, Some(name.clone()), Some(base_url.clone()))
            }
            Self::Scripted => (ModelKind::Scripted, None, None),
        };
        ModelNote { kind, name, at }
    }

    /// What the terminal says of it.
    pub(super) fn words(&self) -> Answers<'_> {
        match self {
            Self::Named(named) => Answers::Named(&named.host, named.name.as_deref()),
            Self::Found(found) => Answers::Found(found.program, &found.base_url, &found.model.name),
            Self::Brought { name, .. } => Answers::Brought(name),
            Self::Scripted => Answers::Scripted,
        }
    }

    /// The bot's settings beside those that are set already. The long names go before the ones that other programs share.
    pub(super) fn environment(
        &self,
        sim: &Sim,
        token: String,
        data_dir: &Path,
    ) -> Vec<(&'static str, OsString)> {
        let mut set: Vec<(&'static str, OsString)> = vec![
            ("KAIWA_DISCORD_TOKEN", token.into()),
            ("KAIWA_DISCORD_URL", sim.url().into()),
            ("KAIWA_DATA_DIR", data_dir.into()),
        ];
        match self {
            Self::Named(_) => {}
            Self::Found(found) => set.push(("KAIWA_MODEL", OsString::from(&found.model.name))),
            Self::Brought { name, .. } => set.push(("KAIWA_MODEL", OsString::from(name))),
            Self::Scripted => set.extend([
                ("KAIWA_OPENAI_BASE_URL", format!("{}/v1", sim.url()).into()),
                ("KAIWA_OPENAI_API_KEY", DEFAULT_KEY.into()),
                ("KAIWA_MODEL", super::guide::NAME.into()),
                // What was written beforehand names no thread.
                ("KAIWA_THREAD_TITLES", "false".into()),
            ]),
        }
        match self.upstream() {
            Some(upstream) if upstream.entrance == Entrance::Name => {
                set.extend(by_name(&upstream.base_url, sim));
            }
            Some(_) => {
                let through = format!("{}{THROUGH}", sim.url());
                set.push(("KAIWA_OPENAI_BASE_URL", through.into()));
            }
            None => {}
        }
        set
    }
}

/// The settings with which a server is asked by its own name and the simulator is the proxy for it: over plain HTTP, so that
/// it can be read on the way. From the simulator on it goes as the server's address says.
fn by_name(base_url: &str, sim: &Sim) -> Vec<(&'static str, OsString)> {
    let plain = match base_url.split_once("://") {
        Some((_, rest)) => format!("http://{rest}"),
        None => base_url.to_owned(),
    };
    let direct = sim.address().ip().to_string();
    vec![
        ("KAIWA_OPENAI_BASE_URL", plain.into()),
        // Both are usual, and what is set in one way must not speak against it in the other.
        ("HTTP_PROXY", sim.url().into()),
        ("http_proxy", sim.url().into()),
        ("NO_PROXY", direct.clone().into()),
        ("no_proxy", direct.into()),
    ]
}
