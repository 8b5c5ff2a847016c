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
    model::{DEFAULT_KEY, THROUGH, Upstream},
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

    /// The server that is asked through the simulator, so that the page can show what it is sent; none where it has to be
    /// asked where it is, and for the guide.
    pub(super) fn upstream(&self) -> Option<Upstream> {
        let base_url = match self {
            Self::Named(named) => named.base_url.as_ref()?.expose_secret().to_owned(),
            Self::Found(found) => found.base_url.clone(),
            Self::Brought { base_url, .. } => base_url.clone(),
            Self::Scripted => return None,
        };
        let http = http_client().ok()?;
        Some(Upstream { http, base_url })
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
            ]),
        }
        if self.upstream().is_some() {
            let through = format!("{}{THROUGH}", sim.url());
            set.push(("KAIWA_OPENAI_BASE_URL", through.into()));
        }
        set
    }
}
