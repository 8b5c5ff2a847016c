//! What is wrong with what was said: all of it, each with its place.

use std::fmt;

use kaiwa_core::words::{Locale, configuration};

/// The settings are wrong. Its text is for the operator, in their language: one line a problem, each with what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    problems: Vec<String>,
}

impl ConfigError {
    /// The problems, one line each: those of the file in its order, then those of the environment, then what is missing.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// In a line of the file, counted from 1.
    Line(usize),
    /// In a variable of the environment.
    Variable(String),
    /// Nowhere in particular: something is missing, or two things don't fit.
    Nowhere,
}

/// Problems as they are found.
pub(super) struct Problems {
    pub(super) locale: Locale,
    pub(super) file: String,
    found: Vec<(Place, String)>,
}

impl Problems {
    pub(super) fn new(locale: Locale, file: String) -> Self {
        Self {
            locale,
            file,
            found: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, place: Place, problem: impl Into<String>) {
        self.found.push((place, problem.into()));
    }

    /// Nothing, or everything that was found.
    pub(super) fn done(mut self) -> Result<(), ConfigError> {
        if self.found.is_empty() {
            return Ok(());
        }
        // The sort is stable: what is wrong with one place stays in the order in which it was found.
        self.found.sort_by(|(one, _), (other, _)| one.cmp(other));
        let problems = self
            .found
            .iter()
            .map(|(place, problem)| match place {
                Place::Line(line) => {
                    configuration::at_line(self.locale, &self.file, *line, problem)
                }
                Place::Variable(_) => configuration::in_environment(self.locale, problem),
                Place::Nowhere => problem.clone(),
            })
            .collect();
        Err(ConfigError { problems })
    }
}
