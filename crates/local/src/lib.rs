//! A small model on this machine: brought here by name or taken from a file, and served in OpenAI's dialect on
//! loopback by a helper process (llama.cpp), for those who have neither a key nor a server.
//!
//! The helper is llama.cpp as a Python module, because that comes ready built for Linux, macOS and Windows and is there
//! in seconds; building an inference engine into the program takes minutes (`docs/decisions`). Everything that is
//! downloaded is checked against a checksum that is part of the program.

mod download;
mod error;
mod known;
mod python;
mod server;
mod unpack;

use std::{
    fs::{File, TryLockError},
    path::PathBuf,
    time::Duration,
};

pub use error::{LocalError, Reason};
pub use known::{DEFAULT, Known, known};
pub use server::Server;

/// Which model, and where what belongs to it is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which model.
    pub model: Choice,
    /// The directory for models and the helper; see [`directory`].
    pub directory: PathBuf,
}

/// Which model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One that can be brought here.
    Known(&'static Known),
    /// A GGUF file that is here.
    File(PathBuf),
}

impl Choice {
    /// A name that is known, or the path of a GGUF file.
    ///
    /// # Errors
    /// [`LocalError::UnknownModel`] for what is neither.
    pub fn parse(text: &str) -> Result<Self, LocalError> {
        if let Some(known) = known().iter().find(|known| known.name == text) {
            return Ok(Self::Known(known));
        }
        let path = PathBuf::from(text);
        if path.is_file() {
            return Ok(Self::File(path));
        }
        Err(LocalError::UnknownModel {
            named: text.to_owned(),
        })
    }

    /// The name by which the model is asked.
    pub fn name(&self) -> String {
        match self {
            Self::Known(known) => known.name.clone(),
            Self::File(path) => path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default(),
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The model is on its way.
    Downloading {
        /// Bytes that are here.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The helper is being installed.
    Installing,
    /// The model is being loaded.
    Loading,
}

/// Where models and the helper are kept when nothing else is said: the system's place for what can be brought again, on
/// Linux `~/.cache/kaiwa/local`.
///
/// # Errors
/// [`LocalError::NoHome`] where the system names no such place.
pub fn directory() -> Result<PathBuf, LocalError> {
    use etcetera::BaseStrategy as _;
    let strategy = etcetera::choose_base_strategy().map_err(|_| LocalError::NoHome)?;
    Ok(strategy.cache_dir().join("kaiwa").join("local"))
}

/// Brings the model and the helper here if they aren't yet, and serves the model. `tell` hears how far it is.
///
/// Several processes may do so at the same time: one brings, the others wait for it.
///
/// # Errors
/// See [`LocalError`]: each names what can be done. What came so far stays, and the next start goes on with it.
pub async fn start(
    options: &Options,
    http: &reqwest::Client,
    mut tell: impl FnMut(Step),
) -> Result<Server, LocalError> {
    let directory = options.directory.as_path();
    tokio::fs::create_dir_all(directory)
        .await
        .map_err(|error| LocalError::disk(directory, &error))?;
    let bringing = lock(directory.join("lock")).await?;
    let model = match &options.model {
        Choice::Known(known) => known::bring(known, directory, http, &mut tell).await?,
        Choice::File(path) => path.clone(),
    };
    let python = python::environment(directory, &mut tell).await?;
    drop(bringing);
    tell(Step::Loading);
    Server::start(&python, &model, &options.model.name()).await
}

/// Waits until no other process brings anything into the directory. The lock ends with the file.
async fn lock(path: PathBuf) -> Result<File, LocalError> {
    /// How long after each try. A thread that waited in the system's own call could not be told to stop.
    const PAUSE: Duration = Duration::from_millis(200);
    let file = File::create(&path).map_err(|error| LocalError::disk(&path, &error))?;
    // Where the file system has no locks, two that bring the same thing write the same bytes.
    while let Err(TryLockError::WouldBlock) = file.try_lock() {
        tokio::time::sleep(PAUSE).await;
    }
    Ok(file)
}
