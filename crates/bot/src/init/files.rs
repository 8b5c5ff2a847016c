//! The files: settings that anybody may read, secrets that only their owner may. What is there is never touched.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use kaiwa_core::words::{
    Locale,
    init::{self as words, Comment},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{InitError, servers::Chosen};
use crate::config::{misplaced, schema};

/// The settings.
pub(super) const SETTINGS: &str = "kaiwa.toml";
/// What editors complete and check them by.
const SCHEMA: &str = "kaiwa.schema.json";
/// The token.
const TOKEN: &str = "discord_token";
/// The model server's key.
const KEY: &str = "openai_api_key";

/// What is written.
pub(super) struct Settings {
    pub token: SecretString,
    pub discord_url: Option<String>,
    pub message_content: bool,
    pub model: Chosen,
    pub language: Option<Locale>,
}

/// Fails where one of the files is there already; `shown` is what the directory is called.
pub(super) fn check(directory: &Path, shown: &str, locale: Locale) -> Result<(), InitError> {
    let all = [SETTINGS, SCHEMA, TOKEN, KEY];
    let there: Vec<&str> = all
        .into_iter()
        // A link that leads nowhere is there too.
        .filter(|name| directory.join(name).symlink_metadata().is_ok())
        .collect();
    if there.is_empty() {
        return Ok(());
    }
    Err(InitError::Told(words::is_there(
        locale, shown, &there, &all,
    )))
}

/// The secret in a file that a flag named.
pub(super) fn secret(flag: &str, file: &Path, locale: Locale) -> Result<SecretString, InitError> {
    let read = fs::read_to_string(file).map_err(|error| {
        if let Some(directory) = misplaced(file, Path::new("")) {
            let directory = directory.display().to_string();
            return InitError::Told(words::no_such_file(locale, flag, &directory));
        }
        let file = file.display().to_string();
        InitError::Told(words::unreadable(locale, &file, &error.to_string()))
    })?;
    // Editors on Windows put a mark in front that nobody sees.
    let read = read.strip_prefix('\u{feff}').unwrap_or(&read);
    Ok(SecretString::from(read.trim().to_owned()))
}

/// Writes all of it, or nothing; tells the files' names.
pub(super) fn write(
    directory: &Path,
    settings: &Settings,
    locale: Locale,
) -> Result<Vec<&'static str>, InitError> {
    let token = Some((TOKEN, secret_text(&settings.token), Rights::Owner));
    let key = settings.model.key.as_ref();
    let key = key.map(|key| (KEY, secret_text(key), Rights::Owner));
    let schema = Some((SCHEMA, schema(), Rights::Usual));
    let text = Some((SETTINGS, text(settings, locale), Rights::Usual));
    let mut written: Vec<PathBuf> = Vec::new();
    let mut names = Vec::new();
    let failed = |path: &Path, error: &io::Error| {
        let path = path.display().to_string();
        InitError::Told(words::unwritable(locale, &path, &error.to_string()))
    };
    fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    // The settings come last: where they are, everything is.
    for (name, content, rights) in [token, key, schema, text].into_iter().flatten() {
        let path = directory.join(name);
        if let Err(error) = put(&path, &content, rights) {
            for path in written {
                // They were made just now, by us.
                let _ = fs::remove_file(path);
            }
            return Err(failed(&path, &error));
        }
        written.push(path);
        names.push(name);
    }
    Ok(names)
}

#[derive(Clone, Copy)]
enum Rights {
    /// What new files have.
    Usual,
    /// Nobody but the owner may read or write.
    Owner,
}

/// Writes a new file, and takes it away again where it can't be written whole.
fn put(path: &Path, content: &str, rights: Rights) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if let Rights::Owner = rights {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = rights;
    let mut file = options.open(path)?;
    let written = file
        .write_all(content.as_bytes())
        .and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

fn secret_text(secret: &SecretString) -> String {
    format!("{}\n", secret.expose_secret().trim())
}

/// The file of settings.
fn text(settings: &Settings, locale: Locale) -> String {
    // Relative, so that it works without a network and fits the program that wrote it.
    let mut text = format!(
        "#:schema ./{SCHEMA}\n\n# {}\n",
        words::comment(locale, Comment::Head)
    );
    let mut add = |comment: Comment, key: &str, value: &str| {
        text.push_str(&format!(
            "\n# {}\n{key} = {value}\n",
            words::comment(locale, comment)
        ));
    };
    add(Comment::Token, "discord_token_file", &quoted(TOKEN));
    if !settings.message_content {
        add(Comment::MessageContent, "message_content", "false");
    }
    if let Some(url) = &settings.discord_url {
        add(Comment::DiscordUrl, "discord_url", &quoted(url));
    }
    let model = &settings.model;
    add(
        Comment::BaseUrl,
        "openai_base_url",
        &quoted(&model.base_url),
    );
    if model.key.is_some() {
        add(Comment::Key, "openai_api_key_file", &quoted(KEY));
    }
    add(Comment::Model, "model", &quoted(&model.name));
    let language = settings.language.map(|language| match language {
        Locale::En => "en",
        Locale::Ja => "ja",
    });
    if let Some(language) = language {
        add(Comment::Language, "language", &quoted(language));
    }
    text
}

/// A text as TOML writes it: its basic strings escape as JSON's do.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
