//! Why there is no local model, told by what one can do about it.

use std::{io, path::Path};

use kaiwa_core::words::{Locale, local};

/// Why there is no local model.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Neither a known name nor a file.
    #[error("no model {named:?}")]
    UnknownModel {
        /// What was named.
        named: String,
    },
    /// The system names no place for such files.
    #[error("no home directory")]
    NoHome,
    /// The disk refused something.
    #[error("{path}: {reason}")]
    Disk {
        /// The file or directory.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// It could not be downloaded.
    #[error("can't download {url}: {reason:?}")]
    Download {
        /// From where.
        url: String,
        /// What went wrong.
        reason: Reason,
    },
    /// What came is not what was expected.
    #[error("what came from {url} has another checksum")]
    Checksum {
        /// From where.
        url: String,
    },
    /// There is no Python to run the helper with, or it is too old.
    #[error("no Python 3.10 or newer")]
    NoPython,
    /// The helper can't be installed.
    #[error("the helper can't be installed: {said}")]
    Install {
        /// The last lines that the installer said.
        said: String,
    },
    /// The helper ended, or never served.
    #[error("the helper ended: {said}")]
    Helper {
        /// The last lines that it said.
        said: String,
    },
}

/// Why something could not be downloaded.
#[derive(Debug, PartialEq, Eq)]
pub enum Reason {
    /// As the system or the server says it.
    Told(String),
    /// The connection breaks off again and again.
    BreaksOff,
    /// The server says nothing for so many seconds.
    Silent(u64),
}

impl Reason {
    fn told(&self, locale: Locale) -> String {
        match self {
            Self::Told(told) => told.clone(),
            Self::BreaksOff => local::breaks_off(locale).to_owned(),
            Self::Silent(seconds) => local::silent(locale, *seconds),
        }
    }
}

impl LocalError {
    pub(crate) fn disk(path: &Path, error: &io::Error) -> Self {
        Self::Disk {
            path: path.display().to_string(),
            reason: error.to_string(),
        }
    }

    /// What the operator reads: what is wrong, and what can be done.
    pub fn told(&self, locale: Locale) -> String {
        match self {
            Self::UnknownModel { named } => {
                let names: Vec<&str> = crate::known()
                    .iter()
                    .map(|known| known.name.as_str())
                    .collect();
                local::unknown_model(locale, named, &names)
            }
            Self::NoHome => local::no_home(locale).to_owned(),
            Self::Disk { path, reason } => local::disk(locale, path, reason),
            Self::Download { url, reason } => {
                local::not_downloaded(locale, url, &reason.told(locale))
            }
            Self::Checksum { url } => local::wrong_checksum(locale, url),
            Self::NoPython => local::no_python(locale).to_owned(),
            Self::Install { said } => local::not_installed(locale, said),
            Self::Helper { said } => local::helper_ended(locale, said),
        }
    }
}
