//! What was said: the file and the environment, read and put in order, not yet understood.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use kaiwa_core::words::{
    Locale,
    configuration::{self, NotRead},
};
use toml::de::{DeTable, DeValue};

use super::{
    nearest::nearest,
    problem::{Place, Problems},
    setting::{LANGUAGE, SETTINGS, Setting},
};

/// The file that is read where none is named, if it is there.
pub(super) const FILE: &str = "kaiwa.toml";

/// A value, as it was said. It has no `Debug`: it may be a secret.
#[derive(Clone)]
pub(super) struct Saying {
    pub(super) place: Place,
    /// What the setting is called there.
    pub(super) name: String,
    /// As it was written, quotes included.
    pub(super) written: String,
    pub(super) value: Value,
}

/// A value's type. The environment knows only text.
#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    Flag(bool),
    Number(String),
    /// Something that no setting takes.
    Other,
}

/// Everything that was said.
pub(super) struct Said {
    pub(super) problems: Problems,
    /// The directory that paths in the file start from.
    pub(super) folder: PathBuf,
    /// The file could be read; if not, nothing can be called missing.
    pub(super) file_understood: bool,
    pub(super) in_file: BTreeMap<&'static str, Saying>,
    pub(super) in_environment: BTreeMap<&'static str, Saying>,
}

impl Said {
    /// Reads the file that is named, or [`FILE`] if it is there, and the environment.
    pub(super) fn read(
        file: Option<&Path>,
        env: &dyn Fn(&str) -> Option<OsString>,
        variables: &[String],
    ) -> Self {
        let path = file.unwrap_or(Path::new(FILE));
        let text = match std::fs::read(path) {
            Ok(bytes) => Ok(bytes),
            Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        };
        let text = text.map(String::from_utf8);
        // Without its beginning an error in the file can't be told in the operator's language.
        let content = match &text {
            Ok(Ok(text)) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Ok(Err(_)) | Err(_) => "",
        };
        let (table, syntax_errors) = DeTable::parse_recoverable(content);
        let table = table.into_inner();

        let name = path.display().to_string();
        let mut said = Self {
            problems: Problems::new(operators_locale(&table, env), name.clone()),
            folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
            file_understood: syntax_errors.is_empty() && matches!(text, Ok(Ok(_))),
            in_file: BTreeMap::new(),
            in_environment: BTreeMap::new(),
        };
        let locale = said.problems.locale;
        match &text {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => said
                .problems
                .add(Place::Nowhere, configuration::not_unicode(locale, &name)),
            Err(error) => {
                let mut other = String::new();
                let problem = configuration::unreadable(locale, &name, not_read(error, &mut other));
                said.problems.add(Place::Nowhere, problem);
            }
        }
        if let Some(error) = syntax_errors.first() {
            // What follows the first error is mostly its consequence.
            let line = line_at(content, error.span().map_or(0, |span| span.start));
            said.problems.add(
                Place::Line(line),
                configuration::not_toml(locale, error.message()),
            );
        } else {
            said.take_file(content, &table);
        }
        said.take_environment(env);
        said.check_variables(variables);
        said
    }

    /// Reads the environment alone.
    pub(super) fn of_environment(env: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let nothing = DeTable::parse_recoverable("").0.into_inner();
        let mut said = Self {
            problems: Problems::new(operators_locale(&nothing, env), String::new()),
            folder: PathBuf::new(),
            file_understood: true,
            in_file: BTreeMap::new(),
            in_environment: BTreeMap::new(),
        };
        said.take_environment(env);
        said
    }

    /// What counts for a setting: the environment before the file.
    pub(super) fn get(&self, setting: &Setting) -> Option<&Saying> {
        self.in_environment
            .get(setting.key)
            .or_else(|| self.in_file.get(setting.key))
    }

    fn take_file(&mut self, content: &str, table: &DeTable<'_>) {
        let locale = self.problems.locale;
        for (key, value) in table {
            let place = Place::Line(line_at(content, key.span().start));
            let key = key.get_ref().as_ref();
            if let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) {
                let saying = Saying {
                    place,
                    name: key.to_owned(),
                    written: content.get(value.span()).unwrap_or_default().to_owned(),
                    value: value_of(value.get_ref()),
                };
                self.in_file.insert(setting.key, saying);
            } else if let DeValue::Table(section) = value.get_ref() {
                for (inner, _) in section {
                    let place = Place::Line(line_at(content, inner.span().start));
                    let inner = inner.get_ref().as_ref();
                    let meant = nearest(&format!("{key}_{inner}")).or_else(|| nearest(inner));
                    let problem = configuration::in_section(
                        locale,
                        key,
                        inner,
                        meant.map(|setting| setting.key),
                    );
                    self.problems.add(place, problem);
                }
                if section.is_empty() {
                    self.problems
                        .add(place, configuration::unknown(locale, key, None));
                }
            } else {
                let meant = nearest(key).map(|setting| setting.key);
                self.problems
                    .add(place, configuration::unknown(locale, key, meant));
            }
        }
    }

    fn take_environment(&mut self, env: &dyn Fn(&str) -> Option<OsString>) {
        for setting in SETTINGS {
            let names = [Some(setting.variable()), setting.shared.map(str::to_owned)];
            // An empty variable counts as not set: that is how containers and shells unset one.
            let said = names.into_iter().flatten().find_map(|name| {
                env(&name)
                    .filter(|value| !value.is_empty())
                    .map(|value| (name, value))
            });
            let Some((name, value)) = said else { continue };
            let place = Place::Variable(name.clone());
            match value.into_string() {
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => {
                    let written = text.trim().to_owned();
                    let saying = Saying {
                        place,
                        name,
                        written,
                        value: Value::Text(text),
                    };
                    self.in_environment.insert(setting.key, saying);
                }
                Err(_) => {
                    let problem = configuration::not_unicode(self.problems.locale, &name);
                    self.problems.add(place, problem);
                }
            }
        }
    }

    /// Finds misspelt variables. One that only looks like ours is let be: Kubernetes gives each container a
    /// `KAIWA_SERVICE_HOST` where a service is called so.
    fn check_variables(&mut self, variables: &[String]) {
        for name in variables {
            let Some(key) = name.strip_prefix("KAIWA_") else {
                continue;
            };
            let key = key.to_ascii_lowercase();
            if SETTINGS.iter().any(|setting| setting.key == key) {
                continue;
            }
            if let Some(meant) = nearest(&key) {
                let problem =
                    configuration::unknown(self.problems.locale, name, Some(&meant.variable()));
                self.problems.add(Place::Variable(name.clone()), problem);
            }
        }
    }
}

/// A variable's text, if it has one.
fn variable(env: &dyn Fn(&str) -> Option<OsString>, name: &str) -> Option<String> {
    env(name)
        .and_then(|value| value.into_string().ok())
        .filter(|value| !value.is_empty())
}

/// The language that the operating system says. Source: POSIX, "Internationalization Variables".
pub(super) fn systems_locale(env: &dyn Fn(&str) -> Option<OsString>) -> Locale {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| variable(env, name))
        .map_or(Locale::En, |name| Locale::from_posix(&name))
}

/// The language of errors: the one that is set, else the one that the operating system says.
fn operators_locale(table: &DeTable<'_>, env: &dyn Fn(&str) -> Option<OsString>) -> Locale {
    let in_file = || {
        table
            .get(LANGUAGE.key)
            .and_then(|value| value.get_ref().as_str())
            .map(str::to_owned)
    };
    match variable(env, &LANGUAGE.variable())
        .or_else(in_file)
        .as_deref()
        .map(str::trim)
    {
        Some("en") => Locale::En,
        Some("ja") => Locale::Ja,
        Some(_) | None => systems_locale(env),
    }
}

fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Integer(number) if number.radix() == 10 => {
            Value::Number(number.as_str().to_owned())
        }
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Integer(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            Value::Other
        }
    }
}

/// The line, counted from 1, that holds a byte.
fn line_at(content: &str, byte: usize) -> usize {
    content
        .bytes()
        .take(byte)
        .filter(|&byte| byte == b'\n')
        .count()
        + 1
}

/// Why a file could not be read, as errors say it; `other` keeps the operating system's words.
pub(super) fn not_read<'a>(error: &io::Error, other: &'a mut String) -> NotRead<'a> {
    let kind = error.kind();
    if kind == io::ErrorKind::NotFound {
        NotRead::Missing
    } else if kind == io::ErrorKind::PermissionDenied {
        NotRead::Forbidden
    } else if kind == io::ErrorKind::IsADirectory {
        NotRead::Directory
    } else {
        *other = error.to_string();
        NotRead::Other(other)
    }
}
