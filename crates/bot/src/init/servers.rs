//! Which model answers: a server that is found or named, its key, one of its models; and one token of it, as proof.

use std::{net::IpAddr, time::Duration};

use kaiwa_core::{
    error::ModelError,
    findings::{self, Finding},
    words::{
        init::{self as words, Unanswered},
        operator,
    },
};
use reqwest::Url;
use secrecy::SecretString;

use super::{InitError, Talk};
use crate::{
    config::OPENAI,
    doctor::model::first_token,
    model::{CheckFailed, Checked, Model, Options, Pauses, local::USUAL},
};

/// How long a server on this machine may take to say that it is there.
const HERE: Duration = Duration::from_millis(700);

/// How long the first token may take: a model of one's own may have to be loaded first.
const FIRST: Duration = Duration::from_secs(120);

/// What is said already.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub base_url: Option<String>,
    pub key: Option<SecretString>,
    pub name: Option<String>,
}

/// A model that answers.
#[derive(Debug)]
pub(super) struct Chosen {
    pub base_url: String,
    pub key: Option<SecretString>,
    pub name: String,
}

fn options(base_url: &str, key: Option<&SecretString>, name: Option<&str>) -> Options {
    Options {
        base_url: base_url.to_owned(),
        key: key.cloned(),
        name: name.map(str::to_owned),
        window: None,
        max_answer: None,
        temperature: None,
        stall: FIRST,
        tries: 1,
        pauses: Pauses::default(),
    }
}

/// A server that was tried.
struct Tried {
    base_url: String,
    key: Option<SecretString>,
    found: Found,
}

/// What was found there.
enum Found {
    /// A list of models, and the one to take from it.
    Listed(Checked),
    /// No list, or none that tells which to take: the name says it.
    Unlisted,
    /// Nothing that can be used.
    Nothing,
}

/// Asks until a model has given a token.
pub(super) async fn choose(
    talk: &mut Talk<'_>,
    http: &reqwest::Client,
    mut wanted: Wanted,
) -> Result<Chosen, InitError> {
    // A key that was given stays with its server: no other one gets to see it.
    let mut kept: Option<(String, SecretString)> = None;
    loop {
        let named = wanted.base_url.take().and_then(|named| {
            let address = address(&named);
            if address.is_none() {
                talk.say(&format!("{}\n", words::no_address(talk.locale)));
            }
            address
        });
        let base_url = match named {
            Some(address) => address,
            None => server(talk, http).await?,
        };
        let of_server = kept.as_ref().filter(|(server, _)| *server == base_url);
        let key = wanted.key.take().or(of_server.map(|(_, key)| key.clone()));
        let Tried {
            base_url,
            key,
            found,
        } = try_server(talk, http, base_url, key).await?;
        kept = key.clone().map(|key| (base_url.clone(), key));
        let (names, first) = match found {
            Found::Listed(checked) => (checked.known, checked.name),
            Found::Unlisted => (Vec::new(), String::new()),
            Found::Nothing => continue,
        };
        let name = loop {
            let name = match wanted.name.take() {
                Some(name) => name,
                None => {
                    let question = words::model(talk.locale, &names, &first);
                    let answer = talk.ask(&question, Unanswered::Model)?;
                    if answer.is_empty() {
                        first.clone()
                    } else {
                        answer
                    }
                }
            };
            let named = options(&base_url, key.as_ref(), Some(&name));
            if is_there(talk, Model::new(http.clone(), named), &base_url).await {
                break name;
            }
        };
        let model = Model::new(http.clone(), options(&base_url, key.as_ref(), Some(&name)));
        match first_token(&model).await {
            Ok(took) => {
                talk.found(&Finding::Model(findings::Model::Served {
                    model: name.clone(),
                    base_url: base_url.clone(),
                }));
                talk.found(&Finding::Model(findings::Model::FirstToken { took }));
                return Ok(Chosen {
                    base_url,
                    key,
                    name,
                });
            }
            Err(error) => {
                talk.found(&Finding::Model(findings::Model::NoToken {
                    base_url,
                    error,
                }));
            }
        }
    }
}

/// Whether the server has the model, as far as it tells.
async fn is_there(talk: &mut Talk<'_>, model: Model, base_url: &str) -> bool {
    if model.name().is_none_or(str::is_empty) {
        return false;
    }
    match model.check().await {
        Err(failed) if matches!(failed.error, ModelError::ModelUnknown { .. }) => {
            let CheckFailed { error, nearest } = failed;
            let said = operator::model_check_failed(talk.locale, &error, base_url, &nearest);
            talk.say(&format!("{said}\n"));
            false
        }
        // Whatever else is the matter is seen when it is asked.
        Ok(_) | Err(_) => true,
    }
}

/// Asks which server; those that run on this machine are offered first.
async fn server(talk: &mut Talk<'_>, http: &reqwest::Client) -> Result<String, InitError> {
    let mut servers = found(http, &USUAL).await;
    servers.push(("OpenAI", OPENAI));
    let question = words::servers(talk.locale, &servers);
    loop {
        let answer = talk.ask(&question, Unanswered::Server)?;
        let number = if answer.is_empty() {
            Some(1)
        } else {
            answer.parse::<usize>().ok()
        };
        let numbered = number.and_then(|number| servers.get(number.checked_sub(1)?));
        if let Some((_, address)) = numbered {
            return Ok((*address).to_owned());
        }
        if let Some(address) = address(&answer) {
            return Ok(address);
        }
        let said = words::no_server(talk.locale, &answer);
        talk.say(&format!("{said}\n"));
    }
}

/// Those of some servers that are there.
async fn found<'a>(
    http: &reqwest::Client,
    servers: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    for &(name, address) in servers {
        let mut options = options(address, None, None);
        options.stall = HERE;
        let checked = Model::new(http.clone(), options).check().await;
        let is_there = match checked {
            Ok(_) => true,
            Err(failed) => matches!(failed.error, ModelError::KeyRefused { .. }),
        };
        if is_there {
            found.push((name, address));
        }
    }
    found
}

/// An address as people write it, as one of a server; none where it can't be one.
fn address(written: &str) -> Option<String> {
    let written = written.trim().trim_end_matches('/');
    let written = written.trim_end_matches("/chat/completions");
    // `localhost:11434` reads as a scheme.
    let full = if written.contains("://") {
        written.to_owned()
    } else if written.contains(['.', ':']) {
        let http = format!("http://{written}");
        if is_near(&Url::parse(&http).ok()?) {
            http
        } else {
            format!("https://{written}")
        }
    } else {
        return None;
    };
    let url = Url::parse(&full).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then_some(full)
}

/// Whether a server is on this machine or in a network of one's own, where plain `http` is usual and nobody listens.
fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => {
            let [first, second, ..] = address.octets();
            // RFC 6598; networks such as Tailscale's use it too.
            let is_shared = first == 100 && second & 0b1100_0000 == 64;
            address.is_loopback() || address.is_private() || address.is_link_local() || is_shared
        }
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => {
            let name = host.trim_end_matches('.');
            let last = name.rsplit_once('.').map_or("", |(_, last)| last);
            // RFC 6761, 6762 and 8375, and what ICANN and routers keep for it.
            ["", "localhost", "local", "internal", "lan", "home"].contains(&last)
                || name.ends_with(".home.arpa")
        }
    }
}

/// Whether a key that is sent there could be read on its way.
fn is_in_the_clear(base_url: &str) -> bool {
    Url::parse(base_url).is_ok_and(|url| url.scheme() == "http" && !is_near(&url))
}

/// Tries a server, with a key that it takes.
async fn try_server(
    talk: &mut Talk<'_>,
    http: &reqwest::Client,
    base_url: String,
    mut key: Option<SecretString>,
) -> Result<Tried, InitError> {
    let locale = talk.locale;
    // OpenAI's own want a key, so nobody has to be refused first.
    if key.is_none() && base_url == OPENAI {
        key = Some(talk.ask_secret(&words::key(locale, &base_url), Unanswered::Key)?);
    }
    let nothing = |base_url: String| Tried {
        base_url,
        key: None,
        found: Found::Nothing,
    };
    loop {
        if key.is_some() && is_in_the_clear(&base_url) {
            talk.say(&format!("{}\n", words::in_the_clear(locale, &base_url)));
            return Ok(nothing(base_url));
        }
        let (base_url, checked) = check(http, &base_url, key.as_ref()).await;
        let found = match checked {
            Ok(checked) => Found::Listed(checked),
            Err(CheckFailed {
                error: ModelError::KeyRefused { status },
                nearest,
            }) => {
                if key.is_some() {
                    let error = ModelError::KeyRefused { status };
                    talk.found(&unusable(&base_url, CheckFailed { error, nearest }));
                }
                if is_in_the_clear(&base_url) {
                    talk.say(&format!("{}\n", words::in_the_clear(locale, &base_url)));
                    return Ok(nothing(base_url));
                }
                key = Some(talk.ask_secret(&words::key(locale, &base_url), Unanswered::Key)?);
                continue;
            }
            Err(CheckFailed {
                error: ModelError::Refused { status: 404, .. },
                ..
            }) => Found::Unlisted,
            Err(failed) => {
                talk.found(&unusable(&base_url, failed));
                Found::Nothing
            }
        };
        return Ok(Tried {
            base_url,
            key,
            found,
        });
    }
}

fn unusable(base_url: &str, failed: CheckFailed) -> Finding {
    Finding::Model(findings::Model::Unusable {
        base_url: base_url.to_owned(),
        error: failed.error,
        nearest: failed.nearest,
    })
}

/// Checks a server. People leave out the `/v1` that most have: where it isn't there without, it is looked for with it.
async fn check(
    http: &reqwest::Client,
    base_url: &str,
    key: Option<&SecretString>,
) -> (String, Result<Checked, CheckFailed>) {
    let look = async |address: &str| {
        Model::new(http.clone(), options(address, key, None))
            .check()
            .await
    };
    let bare = Url::parse(base_url).is_ok_and(|url| url.path() == "/");
    let first = look(base_url).await;
    if bare && first.is_err() {
        let longer = format!("{base_url}/v1");
        let second = look(&longer).await;
        let is_there = match &second {
            Ok(_) => true,
            Err(failed) => matches!(failed.error, ModelError::KeyRefused { .. }),
        };
        if is_there {
            return (longer, second);
        }
    }
    (base_url.to_owned(), first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_people_write_them() {
        for (written, taken) in [
            ("localhost:11434", Some("http://localhost:11434")),
            (
                " https://api.example.com/v1/ ",
                Some("https://api.example.com/v1"),
            ),
            (
                "http://[::1]:8080/v1/chat/completions",
                Some("http://[::1]:8080/v1"),
            ),
            ("192.168.0.7/v1", Some("http://192.168.0.7/v1")),
            ("100.101.102.103", Some("http://100.101.102.103")),
            ("[fd00::1]:8000", Some("http://[fd00::1]:8000")),
            ("nas:8000/v1", Some("http://nas:8000/v1")),
            ("nas.local/v1", Some("http://nas.local/v1")),
            ("api.example.com/v1", Some("https://api.example.com/v1")),
            ("api.example.com:8443", Some("https://api.example.com:8443")),
            ("192.0.2.7", Some("https://192.0.2.7")),
            ("[2001:db8::1]:8000", Some("https://[2001:db8::1]:8000")),
            ("ollama", None),
            ("ftp://example.com", None),
            ("https://key@example.com", None),
            ("", None),
            ("9", None),
        ] {
            assert_eq!(address(written).as_deref(), taken, "{written}");
        }
    }

    #[tokio::test]
    async fn servers_that_are_there_are_found() {
        use axum::{Router, http::StatusCode, routing::get};

        let start = async |answer: (StatusCode, &'static str)| {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let router = Router::new().route("/v1/models", get(move || async move { answer }));
            tokio::spawn(async move { axum::serve(listener, router).await });
            format!("http://{address}/v1")
        };
        let ready = start((StatusCode::OK, r#"{"data":[{"id":"m"}]}"#)).await;
        let locked = start((StatusCode::UNAUTHORIZED, "{}")).await;
        let other = start((StatusCode::OK, "<html>")).await;
        let servers = [
            ("ready", ready.as_str()),
            ("locked", &locked),
            ("other", &other),
            ("gone", "http://127.0.0.1:9/v1"),
        ];
        let http = crate::http::http_client().unwrap();
        let found = found(&http, &servers).await;
        let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["ready", "locked"]);
    }
}
