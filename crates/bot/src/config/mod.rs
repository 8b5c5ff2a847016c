//! The settings: said in the environment and in a file, resolved once, at start.
//!
//! This is the only place that reads either. The environment goes before the file, the file before the default.
//! Whatever is wrong is told at once, each problem with its place and what to write.

mod named;
mod nearest;
mod problem;
mod resolve;
mod said;
mod schema;
mod secret;
mod setting;

#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use etcetera::BaseStrategy;
use kaiwa_core::{
    settings::{Language, Settings},
    words::{Locale, configuration},
};
use reqwest::Url;
use secrecy::SecretString;

pub use named::{NamedModel, model_named_here};
pub use problem::ConfigError;
pub use schema::schema;
pub(crate) use secret::misplaced;
pub use setting::{SETTINGS, Setting, Takes};

use problem::Place;
use resolve::Resolver;
use said::Said;
use secret::{Given, Secret};

/// Where OpenAI's own models are.
pub const OPENAI: &str = "https://api.openai.com/v1";

/// What the model is told when the operator says nothing else.
const SYSTEM_PROMPT: &str = include_str!("system_prompt.md");

/// Everything that the operator decides, checked and with the defaults filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// Discord, and who the bot is there.
    pub discord: Discord,
    /// The model that answers.
    pub model: Model,
    /// What the rules need to know.
    pub settings: Settings,
    /// The directory of the store. It may not exist yet.
    pub data_dir: PathBuf,
    /// After so long with nothing of an answer to be seen, a line says that it is still to come.
    pub thinking: Duration,
    /// How long answers get to finish when the bot is stopped.
    pub drain: Duration,
    /// How many bytes of an attached text file are read; 0 for none.
    pub attachment_text_bytes: u64,
    /// What is logged, and how.
    pub log: Log,
    /// The language that the operator is spoken to.
    pub operator: Locale,
}

/// Discord, and who the bot is there.
#[derive(Clone, Debug)]
pub struct Discord {
    /// The bot's token, without `Bot ` in front.
    pub token: SecretString,
    /// `scheme://host:port` in place of Discord's own, without a slash at its end.
    pub url: Option<String>,
    /// How many connections to keep to the gateway; none for as many as Discord recommends.
    pub shards: Option<u32>,
}

/// The model that answers.
#[derive(Clone, Debug)]
pub struct Model {
    /// The address that `/chat/completions` is added to, without a slash at its end.
    pub base_url: String,
    /// The key; none for servers that want none. Always there for OpenAI's own.
    pub key: Option<SecretString>,
    /// The model's name; none for OpenAI's default, or for the one that another server serves.
    pub name: Option<String>,
    /// How many tokens fit into its window, where the operator says so.
    pub window: Option<u32>,
    /// How many tokens of the window are kept free for the answer.
    pub answer: u32,
    /// The most tokens that an answer may have; none leaves it to the model.
    pub max_answer: Option<u32>,
    /// How freely it chooses its words, 0 to 2; none leaves it to the server.
    pub temperature: Option<f32>,
    /// After so long without a byte a request counts as broken.
    pub stall: Duration,
    /// How often it is asked before people are told that it failed, at least 1.
    pub tries: u32,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Directives that `tracing_subscriber::EnvFilter` is known to read.
    pub filter: String,
    /// How it looks.
    pub format: LogFormat,
}

/// How the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty in a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Pretty,
    /// For machines, one object a line.
    Json,
}

impl Config {
    /// Reads the settings from a file and the environment. The file that is named must exist; where none is named,
    /// `kaiwa.toml` in the working directory is read if it is there.
    ///
    /// # Errors
    ///
    /// All that is wrong with them, for the operator to read.
    pub fn load(
        file: Option<&Path>,
        env: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        resolve(Said::read(file, env, &[]))
    }

    /// The same from the environment of this process, where misspelt variables are found too.
    ///
    /// # Errors
    ///
    /// All that is wrong with them, for the operator to read.
    pub fn load_here(file: Option<&Path>) -> Result<Self, ConfigError> {
        let variables: Vec<String> = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .collect();
        resolve(Said::read(file, &|name| std::env::var_os(name), &variables))
    }
}

/// What the environment says of Discord and the model already, before there is a file of settings.
#[derive(Clone, Debug, Default)]
pub struct Begun {
    /// The bot's token.
    pub token: Option<SecretString>,
    /// A server in place of Discord's own.
    pub discord_url: Option<String>,
    /// The model server's address.
    pub base_url: Option<String>,
    /// The model server's key.
    pub key: Option<SecretString>,
    /// The model's name.
    pub model: Option<String>,
}

impl Begun {
    /// Reads it from the environment of this process.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, for the operator to read.
    pub fn here() -> Result<Self, ConfigError> {
        let said = Said::of_environment(&|name| std::env::var_os(name));
        let mut resolver = Resolver { said };
        let begun = Self {
            token: resolver
                .secret(&setting::DISCORD_TOKEN, &setting::DISCORD_TOKEN_FILE)
                .set(),
            discord_url: resolver.address(&setting::DISCORD_URL),
            base_url: resolver.address(&setting::OPENAI_BASE_URL),
            key: resolver
                .secret(&setting::OPENAI_API_KEY, &setting::OPENAI_API_KEY_FILE)
                .set(),
            model: resolver.name(&setting::MODEL),
        };
        resolver.said.problems.done().map(|()| begun)
    }
}

/// Where the data is kept, and the language that the operator is spoken to, from the settings of this process. Whatever
/// else they lack does not matter.
///
/// # Errors
///
/// All that is wrong with them, for the operator to read.
pub fn data_dir_here(file: Option<&Path>) -> Result<(PathBuf, Locale), ConfigError> {
    let said = Said::read(file, &|name| std::env::var_os(name), &[]);
    let mut resolver = Resolver { said };
    let directory = data_dir(&mut resolver);
    let locale = resolver.said.problems.locale;
    resolver.said.problems.done().map(|()| (directory, locale))
}

/// The language that the operating system says people here read.
pub fn locale_here() -> Locale {
    said::systems_locale(&|name| std::env::var_os(name))
}

/// The file that [`Config::load_here`] reads; none where there is none to read.
pub fn file_here(named: Option<&Path>) -> Option<PathBuf> {
    let usual = || Some(Path::new(said::FILE)).filter(|file| file.exists());
    named.or_else(usual).map(Path::to_owned)
}

/// What this program was built for: operating system and processor.
pub fn system_here() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Whether the operator wants no colours: `NO_COLOR` is set and not empty. Source: <https://no-color.org>.
pub fn no_colours_here() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Where this program lies, to start it once more.
///
/// # Errors
///
/// When the operating system doesn't tell.
pub fn this_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

fn resolve(said: Said) -> Result<Config, ConfigError> {
    let mut resolver = Resolver { said };
    // What is missing or wrong stands in as empty or default here, and ends as an error below.
    let config = Config {
        discord: discord(&mut resolver),
        model: model(&mut resolver),
        settings: settings(&mut resolver),
        data_dir: data_dir(&mut resolver),
        thinking: seconds(&mut resolver, &setting::THINKING_SECONDS, 15),
        drain: seconds(&mut resolver, &setting::DRAIN_SECONDS, 30),
        attachment_text_bytes: resolver
            .whole(&setting::ATTACHMENT_TEXT_BYTES)
            .unwrap_or(102_400),
        log: log(&mut resolver),
        operator: resolver.said.problems.locale,
    };
    resolver.said.problems.done().map(|()| config)
}

fn discord(resolver: &mut Resolver) -> Discord {
    let token = resolver.secret(&setting::DISCORD_TOKEN, &setting::DISCORD_TOKEN_FILE);
    let locale = resolver.said.problems.locale;
    // In a file that can't be read there may be one.
    if matches!(token, Secret::Missing) && resolver.said.file_understood {
        resolver
            .said
            .problems
            .add(Place::Nowhere, configuration::no_token(locale));
    }
    let url = resolver.address(&setting::DISCORD_URL);
    let shards = resolver.whole(&setting::SHARDS);
    Discord {
        token: token.set().unwrap_or_default(),
        url,
        shards,
    }
}

fn model(resolver: &mut Resolver) -> Model {
    let said_base_url = resolver.said.get(&setting::OPENAI_BASE_URL).is_some();
    let base_url = resolver.address(&setting::OPENAI_BASE_URL);
    // Whether a wrong address is OpenAI's can't be known.
    let is_openai = match &base_url {
        Some(address) => is_openais(address),
        None => !said_base_url,
    };
    let key = resolver.secret(&setting::OPENAI_API_KEY, &setting::OPENAI_API_KEY_FILE);
    let locale = resolver.said.problems.locale;
    if matches!(key, Secret::Missing) && is_openai && resolver.said.file_understood {
        resolver
            .said
            .problems
            .add(Place::Nowhere, configuration::no_key(locale));
    }
    let window = resolver.whole(&setting::CONTEXT_TOKENS);
    let max_answer = resolver.whole(&setting::MAX_ANSWER_TOKENS);
    let answer = resolver.whole(&setting::ANSWER_TOKENS).unwrap_or_else(|| {
        let wanted = max_answer.unwrap_or(2_048);
        window.map_or(wanted, |window: u32| wanted.min(window / 4))
    });
    if let Some(window) = window.filter(|&window| window <= answer) {
        let problem = configuration::window_too_small(locale, window, answer);
        resolver.said.problems.add(Place::Nowhere, problem);
    }
    Model {
        base_url: base_url.unwrap_or_else(|| OPENAI.to_owned()),
        key: key.set(),
        name: resolver.name(&setting::MODEL),
        window,
        answer,
        max_answer,
        temperature: resolver.decimal(&setting::TEMPERATURE),
        stall: seconds(resolver, &setting::MODEL_STALL_SECONDS, 120),
        tries: resolver.whole(&setting::MODEL_TRIES).unwrap_or(4),
    }
}

fn settings(resolver: &mut Resolver) -> Settings {
    let system_prompt =
        match resolver.text_or_file(&setting::SYSTEM_PROMPT, &setting::SYSTEM_PROMPT_FILE) {
            Given::Value(text, _, _) => text.trim().to_owned(),
            Given::Nothing | Given::Unusable => SYSTEM_PROMPT.trim().to_owned(),
        };
    let language = match resolver.word(&setting::LANGUAGE).as_deref() {
        Some("en") => Language::Fixed(Locale::En),
        Some("ja") => Language::Fixed(Locale::Ja),
        Some(_) | None => Language::Auto,
    };
    let message_content = resolver.flag(&setting::MESSAGE_CONTENT).unwrap_or(true);
    Settings {
        system_prompt,
        message_content,
        language,
        max_messages: resolver.whole(&setting::MAX_MESSAGES).unwrap_or(6),
        formula_pictures: resolver.flag(&setting::FORMULA_PICTURES).unwrap_or(true),
        thread_titles: resolver.flag(&setting::THREAD_TITLES).unwrap_or(true),
        stale_after: {
            let minutes: u64 = resolver.whole(&setting::STALE_MINUTES).unwrap_or(15);
            Duration::from_secs(minutes * 60)
        },
    }
}

fn data_dir(resolver: &mut Resolver) -> PathBuf {
    if resolver.said.get(&setting::DATA_DIR).is_some() {
        return resolver.path(&setting::DATA_DIR).unwrap_or_default();
    }
    let Ok(places) = etcetera::base_strategy::choose_native_strategy() else {
        let problem = configuration::no_data_dir(resolver.said.problems.locale);
        resolver.said.problems.add(Place::Nowhere, problem);
        return PathBuf::new();
    };
    places.data_dir().join("kaiwa")
}

fn log(resolver: &mut Resolver) -> Log {
    let format = match resolver.word(&setting::LOG_FORMAT).as_deref() {
        Some("pretty") => LogFormat::Pretty,
        Some("json") => LogFormat::Json,
        Some(_) | None => LogFormat::Auto,
    };
    let filter = resolver
        .filter(&setting::LOG)
        .unwrap_or_else(|| "info".to_owned());
    Log { filter, format }
}

fn seconds(resolver: &mut Resolver, setting: &Setting, default: u64) -> Duration {
    Duration::from_secs(resolver.whole(setting).unwrap_or(default))
}

/// Whether an address is one of OpenAI's own, which all want a key; they have several (`eu.api.openai.com`).
fn is_openais(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        url.host_str()
            .is_some_and(|host| host == "api.openai.com" || host.ends_with(".api.openai.com"))
    })
}
