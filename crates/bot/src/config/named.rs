//! Whether a model is named by the settings here, for whoever can also do without one.

use std::path::Path;

use reqwest::Url;
use secrecy::SecretString;

use super::{
    OPENAI,
    said::{Said, Value},
    setting::{MODEL, OPENAI_API_KEY, OPENAI_API_KEY_FILE, OPENAI_BASE_URL, Setting},
};

/// The model that the settings name. Whether they are right shows when they are loaded.
#[derive(Clone, Debug)]
pub struct NamedModel {
    /// The model's name; none where the server decides.
    pub name: Option<String>,
    /// The server's host and port, and nothing of the address that could be secret.
    pub host: String,
    /// The server's whole address, which may hold a secret; none where it can't be read.
    pub base_url: Option<SecretString>,
    /// Whether it is one of those that are known by their name: whoever asks it has to call it by it.
    pub known_by_name: bool,
}

/// The model that the environment or the file names, by a key or by the address of a server.
pub fn model_named_here(file: Option<&Path>) -> Option<NamedModel> {
    named(&Said::read(file, &|name| std::env::var_os(name), &[]))
}

fn named(said: &Said) -> Option<NamedModel> {
    let ways = [&OPENAI_BASE_URL, &OPENAI_API_KEY, &OPENAI_API_KEY_FILE];
    ways.iter().find_map(|way| said.get(way))?;
    let address = text(said, &OPENAI_BASE_URL).unwrap_or_else(|| OPENAI.to_owned());
    let url = Url::parse(&address).ok();
    let host = url.as_ref().and_then(|url| {
        let host = url.host_str()?;
        let port = url.port().map(|port| format!(":{port}"));
        Some(format!("{host}{}", port.unwrap_or_default()))
    });
    Some(NamedModel {
        name: text(said, &MODEL),
        host: host.unwrap_or_default(),
        known_by_name: url.as_ref().is_some_and(is_known_by_name),
        base_url: url.map(|_| SecretString::from(address)),
    })
}

/// OpenAI's own servers and Azure's: how they are asked depends on what they are called.
fn is_known_by_name(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    ["openai.com", "azure.com"]
        .iter()
        .any(|known| host == *known || host.ends_with(&format!(".{known}")))
}

fn text(said: &Said, setting: &Setting) -> Option<String> {
    match &said.get(setting)?.value {
        Value::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Flag(_) | Value::Number(_) | Value::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn with(variables: &[(&str, &str)]) -> Option<NamedModel> {
        let env = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        named(&Said::read(Some(Path::new("/dev/null")), &env, &[]))
    }

    #[test]
    fn a_key_or_an_address_names_a_model_and_nothing_else_does() {
        assert!(with(&[]).is_none());
        assert!(with(&[("KAIWA_MODEL", "gpt-x")]).is_none());
        let openai = with(&[("OPENAI_API_KEY", "sk-1")]).unwrap();
        assert_eq!(
            (openai.name, openai.host.as_str(), openai.known_by_name),
            (None, "api.openai.com", true)
        );
        let own = with(&[
            (
                "OPENAI_BASE_URL",
                "http://somebody:secret@localhost:11434/v1?key=secret",
            ),
            ("KAIWA_MODEL", "llama3.2"),
        ])
        .unwrap();
        assert_eq!(own.name.as_deref(), Some("llama3.2"));
        assert_eq!(own.host, "localhost:11434");
        assert!(!own.known_by_name);
        assert!(own.base_url.is_some() && !format!("{:?}", own.base_url).contains("secret@"));
    }
}
