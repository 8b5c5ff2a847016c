//! The settings, as an operator says them: what counts, what is refused, and the example file.

mod errors;
mod example;
mod reference;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

/// A directory with a `kaiwa.toml`, and an environment.
struct Operator {
    directory: TempDir,
    environment: Vec<(String, OsString)>,
}

impl Operator {
    /// Says nothing yet.
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        }
    }

    /// Has said what is needed, and nothing else.
    fn ready() -> Self {
        Self::new()
            .env("DISCORD_TOKEN", "a.b.c")
            .env("OPENAI_API_KEY", "sk-1")
    }

    fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    fn toml(self, content: &str) -> Self {
        self.file("kaiwa.toml", content)
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.directory.path().join(name), content).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Loads `kaiwa.toml` if there is one.
    fn load(&self) -> Result<Config, ConfigError> {
        let file = self.path("kaiwa.toml");
        self.load_file(file.exists().then_some(&*file))
    }

    fn load_file(&self, file: Option<&Path>) -> Result<Config, ConfigError> {
        let known = |name: &str| {
            self.environment
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let names: Vec<String> = self
            .environment
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        resolve(Said::read(file, &known, &names))
    }

    /// What is wrong, with the directory left out of the paths; HERE is the directory itself.
    fn errors(&self) -> String {
        self.without_directory(self.load().unwrap_err())
    }

    fn without_directory(&self, error: ConfigError) -> String {
        let directory = self.directory.path().display().to_string();
        error
            .to_string()
            .replace(&format!("{directory}/"), "")
            .replace(&directory, "HERE")
    }
}

#[test]
fn a_token_and_a_key_are_enough() {
    let config = Operator::ready().load().unwrap();
    assert_eq!(config.discord.token.expose_secret(), "a.b.c");
    assert_eq!(config.discord.url, None);
    assert_eq!(config.discord.shards, None);
    assert_eq!(config.model.base_url, "https://api.openai.com/v1");
    assert_eq!(config.model.key.unwrap().expose_secret(), "sk-1");
    assert_eq!(config.model.name, None);
    assert_eq!(
        (
            config.model.window,
            config.model.answer,
            config.model.max_answer
        ),
        (None, 2_048, None)
    );
    assert_eq!(
        (
            config.model.stall.as_secs(),
            config.model.tries,
            config.drain.as_secs()
        ),
        (120, 4, 30)
    );
    assert!(config.settings.message_content);
    assert_eq!(config.settings.language, Language::Auto);
    assert!(
        config
            .settings
            .system_prompt
            .starts_with("You are a helpful assistant")
    );
    assert!(
        config.data_dir.ends_with("kaiwa") && config.data_dir.is_absolute(),
        "{:?}",
        config.data_dir
    );
    assert_eq!(config.attachment_text_bytes, 102_400);
    assert_eq!(
        config.log,
        Log {
            filter: "info".to_owned(),
            format: LogFormat::Auto
        }
    );
    assert_eq!(config.operator, Locale::En);
}

#[test]
fn the_public_way_reads_the_same() {
    let env = |name: &str| match name {
        "DISCORD_TOKEN" => Some("a.b.c".into()),
        "OPENAI_BASE_URL" => Some("http://localhost:1/v1".into()),
        _ => None,
    };
    let config = Config::load(None, &env).unwrap();
    assert_eq!(config.model.base_url, "http://localhost:1/v1");
    let missing = Config::load(Some(Path::new("/nowhere/kaiwa.toml")), &env).unwrap_err();
    assert_eq!(
        missing.problems(),
        ["there is no file /nowhere/kaiwa.toml. Check the path, or create it."]
    );
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_the_default() {
    let file = "model = \"from-file\"\ndrain_seconds = 5\nmodel_tries = 9\n";
    let config = Operator::ready()
        .toml(file)
        .env("KAIWA_MODEL", "from-env")
        .env("KAIWA_DRAIN_SECONDS", "")
        .load()
        .unwrap();
    assert_eq!(config.model.name.as_deref(), Some("from-env"));
    assert_eq!(
        config.drain.as_secs(),
        5,
        "an empty variable counts as not set"
    );
    assert_eq!(config.model.tries, 9);
}

#[test]
fn our_own_variable_goes_before_the_one_that_others_know_too() {
    let config = Operator::ready()
        .env("KAIWA_OPENAI_API_KEY", "sk-ours")
        .load()
        .unwrap();
    assert_eq!(config.model.key.unwrap().expose_secret(), "sk-ours");
}

#[test]
fn a_secret_may_come_from_a_file() {
    // Editors on Windows begin a file with a mark that nobody sees.
    let operator = Operator::ready().file("token", "\u{feff}x.y.z\r\n");
    let path = operator.path("token");
    let from_environment = operator
        .env("DISCORD_TOKEN", "")
        .env("DISCORD_TOKEN_FILE", path);
    assert_eq!(
        from_environment
            .load()
            .unwrap()
            .discord
            .token
            .expose_secret(),
        "x.y.z"
    );

    // A path in the file starts from the file's directory; and the environment's token goes before the file's file.
    let toml = "discord_token_file = \"token\"\n";
    let operator = Operator::ready().file("token", "x.y.z\r\n").toml(toml);
    assert_eq!(
        operator.load().unwrap().discord.token.expose_secret(),
        "a.b.c"
    );
    let from_file = operator.env("DISCORD_TOKEN", "");
    assert_eq!(
        from_file.load().unwrap().discord.token.expose_secret(),
        "x.y.z"
    );
}

#[test]
fn a_secret_is_taken_as_people_copy_it() {
    let token = |text: &str| {
        let config = Operator::ready().env("DISCORD_TOKEN", text).load().unwrap();
        config.discord.token.expose_secret().to_owned()
    };
    assert_eq!(token("Bot x.y.z"), "x.y.z");
    assert_eq!(token("  x.y.z\n"), "x.y.z");
    let key = Operator::ready()
        .env("OPENAI_API_KEY", "Bearer sk-2")
        .load()
        .unwrap()
        .model
        .key;
    assert_eq!(key.unwrap().expose_secret(), "sk-2");
}

#[test]
fn a_server_of_ones_own_needs_no_key() {
    let ours = |url: &str| {
        Operator::ready()
            .env("OPENAI_API_KEY", "")
            .env("OPENAI_BASE_URL", url)
            .load()
    };
    assert!(
        ours("http://localhost:11434/v1/")
            .unwrap()
            .model
            .key
            .is_none()
    );
    assert_eq!(
        ours("http://localhost:11434/v1/").unwrap().model.base_url,
        "http://localhost:11434/v1"
    );
    assert_eq!(
        ours("http://localhost:8000").unwrap().model.base_url,
        "http://localhost:8000"
    );
    assert!(ours("https://eu.api.openai.com/v1").is_err());
    assert!(ours("https://notapi.openai.com.example/v1").is_ok());
}

#[test]
fn the_margin_for_the_answer_fits_what_is_known() {
    let margin = |toml: &str| Operator::ready().toml(toml).load().unwrap().model.answer;
    assert_eq!(margin("context_tokens = 128_000"), 2_048);
    assert_eq!(margin("context_tokens = 2048"), 512);
    assert_eq!(margin("max_answer_tokens = 8000"), 8_000);
    assert_eq!(margin("max_answer_tokens = 8000\nanswer_tokens = 100"), 100);
}

#[test]
fn the_system_prompt_may_be_empty_or_in_a_file() {
    let prompt = |operator: Operator| operator.load().unwrap().settings.system_prompt;
    assert_eq!(prompt(Operator::ready().toml("system_prompt = \"\"")), "");
    assert_eq!(
        prompt(Operator::ready().toml("system_prompt = \"\"\"\nBe brief.\nBe kind.\n\"\"\"")),
        "Be brief.\nBe kind."
    );
    let file = Operator::ready()
        .file("prompt.md", "Be brief.\n")
        .toml("system_prompt_file = \"prompt.md\"");
    assert_eq!(prompt(file), "Be brief.");
}

#[test]
fn the_operators_language_is_the_one_set_else_the_systems() {
    let operator = |operator: Operator| operator.load().unwrap().operator;
    assert_eq!(
        operator(Operator::ready().env("LANG", "ja_JP.UTF-8")),
        Locale::Ja
    );
    assert_eq!(
        operator(
            Operator::ready()
                .env("LANG", "ja_JP.UTF-8")
                .env("LC_ALL", "C")
        ),
        Locale::En
    );
    assert_eq!(
        operator(
            Operator::ready()
                .env("LANG", "ja_JP.UTF-8")
                .toml("language = \"en\"")
        ),
        Locale::En
    );
    assert_eq!(
        operator(
            Operator::ready()
                .toml("language = \"en\"")
                .env("KAIWA_LANGUAGE", "ja")
        ),
        Locale::Ja
    );
    let fixed = Operator::ready().toml("language = \"ja\"").load().unwrap();
    assert_eq!(fixed.settings.language, Language::Fixed(Locale::Ja));
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark() {
    assert!(
        Operator::ready()
            .toml("\u{feff}model = \"x\"\r\n")
            .load()
            .is_ok()
    );
}

#[test]
fn a_secret_is_in_no_debug_output() {
    let operator = Operator::ready()
        .env("DISCORD_TOKEN", "tok.tok.tok")
        .env("OPENAI_API_KEY", "sk-secret");
    let shown = format!("{:?}", operator.load().unwrap());
    assert!(
        !shown.contains("tok.tok.tok") && !shown.contains("sk-secret"),
        "{shown}"
    );
}
