//! The table of settings: what there is, what each takes and what it means.
//!
//! The check of what was said, the errors, and the test of `kaiwa.example.toml` all work from this one table.
//! A setting that nothing reads doesn't belong here.

use kaiwa_core::words::configuration::Expected;

/// A setting, as it is written at the top level of the file.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the file. In the environment it is called `KAIWA_` and this in capitals.
    pub key: &'static str,
    /// Another name in the environment, which other programs know too. The `KAIWA_` name comes before it.
    pub shared: Option<&'static str>,
    /// What may be written.
    pub takes: Takes,
    /// A value to write, as TOML. It is the default where there is one.
    pub example: &'static str,
    /// What it does, for `kaiwa.example.toml`.
    pub meaning: &'static str,
}

impl Setting {
    /// Its own name in the environment.
    pub fn variable(&self) -> String {
        format!("KAIWA_{}", self.key.to_ascii_uppercase())
    }
}

/// What may be written for a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Takes {
    /// Any text.
    Text,
    /// A text that is never shown.
    Secret,
    /// The path of a file or directory.
    Path,
    /// `true` or `false`.
    Flag,
    /// A whole number, both ends included.
    Whole(u64, u64),
    /// A number, both ends included.
    Decimal(f32, f32),
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// The address of an API, with its path.
    Address,
    /// The address of a server, without a path.
    Origin,
    /// A filter for the log, as `tracing` reads it.
    LogFilter,
}

impl Takes {
    /// The same, as errors say it.
    pub(super) fn expected(self) -> Expected<'static> {
        match self {
            Self::Text | Self::Secret | Self::Path => Expected::Text,
            Self::Flag => Expected::Flag,
            Self::Whole(from, to) => Expected::Whole { from, to },
            Self::Decimal(from, to) => Expected::Decimal { from, to },
            Self::OneOf(words) => Expected::OneOf(words),
            Self::Address => Expected::Address,
            Self::Origin => Expected::Origin,
            Self::LogFilter => Expected::LogFilter,
        }
    }
}

macro_rules! settings {
    ($($name:ident = $key:literal $(or $shared:literal)?, $takes:expr, $example:literal, $meaning:literal;)+) => {
        $(pub(super) static $name: Setting = Setting {
            key: $key,
            shared: settings!(@shared $($shared)?),
            takes: $takes,
            example: $example,
            meaning: $meaning,
        };)+

        /// Every setting there is, in the order of `kaiwa.example.toml`.
        pub static SETTINGS: &[&Setting] = &[$(&$name),+];
    };
    (@shared $shared:literal) => { Some($shared) };
    (@shared) => { None };
}

settings! {
    DISCORD_TOKEN = "discord_token" or "DISCORD_TOKEN", Takes::Secret, r#""your-token-here""#,
        "The bot's token: https://discord.com/developers/applications -> your application -> Bot -> Reset Token.";
    DISCORD_TOKEN_FILE = "discord_token_file" or "DISCORD_TOKEN_FILE", Takes::Path, r#""/run/secrets/discord_token""#,
        "A file that holds the token, instead of discord_token.";
    MESSAGE_CONTENT = "message_content", Takes::Flag, "true",
        "Whether the bot uses the Message Content intent, which has a switch of its own on the same page (Bot -> \
         Privileged Gateway Intents). Without it the bot reads only direct messages, mentions, and replies to it with \
         the ping on.";
    SHARDS = "shards", Takes::Whole(1, 10_000), "1",
        "How many connections to Discord's gateway are kept. Left out, Discord's own recommendation counts.";
    DISCORD_URL = "discord_url", Takes::Origin, r#""http://localhost:8080""#,
        "A server in place of Discord's own, for trials with a simulated one (kaiwa sim).";

    OPENAI_API_KEY = "openai_api_key" or "OPENAI_API_KEY", Takes::Secret, r#""your-key-here""#,
        "The key for the model's server. Servers of your own mostly need none.";
    OPENAI_API_KEY_FILE = "openai_api_key_file" or "OPENAI_API_KEY_FILE", Takes::Path, r#""/run/secrets/openai_api_key""#,
        "A file that holds the key, instead of openai_api_key.";
    OPENAI_BASE_URL = "openai_base_url" or "OPENAI_BASE_URL", Takes::Address, r#""https://api.openai.com/v1""#,
        "The model's server: OpenAI's own, or any that speaks its chat completions (Ollama: http://localhost:11434/v1, \
         llama.cpp, vLLM, LM Studio, OpenRouter ...). /chat/completions is added to it as it stands.";
    MODEL = "model", Takes::Text, r#""gpt-6-luna""#,
        "The model's name. Left out, a small and fast one of OpenAI's is taken, or the one that your own server serves.";
    CONTEXT_TOKENS = "context_tokens", Takes::Whole(512, 100_000_000), "128000",
        "The model's window: how many tokens question and answer may have together. Left out, it is what the server \
         tells or what is known of the model. A smaller one costs less and forgets earlier.";
    ANSWER_TOKENS = "answer_tokens", Takes::Whole(16, 10_000_000), "2048",
        "How many tokens of the window are kept free for the answer. Left out, it is max_answer_tokens if that is set, \
         else this, but never more than a quarter of context_tokens.";
    MAX_ANSWER_TOKENS = "max_answer_tokens", Takes::Whole(1, 10_000_000), "4096",
        "Where the model has to end its answer, in tokens. Left out, the model decides. Models that think before they \
         answer need room for that too.";
    TEMPERATURE = "temperature", Takes::Decimal(0.0, 2.0), "0.7",
        "How freely the model chooses its words. Left out, the server decides.";
    MODEL_STALL_SECONDS = "model_stall_seconds", Takes::Whole(5, 3_600), "120",
        "After so many seconds without a sign of life a request to the model counts as broken. Slow machines of your \
         own may need more to read a long conversation.";
    MODEL_TRIES = "model_tries", Takes::Whole(1, 20), "4",
        "How often the model is asked before people are told that it failed.";

    SYSTEM_PROMPT = "system_prompt", Takes::Text, r#""You are a helpful assistant in a Discord chat.""#,
        "What the model is told before everything else. Left out, it is told to be helpful, to answer in the language \
         it is asked in, and how Discord shows text. An empty one (\"\") tells it nothing.";
    SYSTEM_PROMPT_FILE = "system_prompt_file", Takes::Path, r#""prompt.md""#,
        "A file that holds the system prompt, instead of system_prompt.";
    LANGUAGE = "language", Takes::OneOf(&["auto", "en", "ja"]), r#""auto""#,
        "The language of the bot's own words (notices, errors), not of the model's. auto: in Discord that of the message, \
         else that of the server; in the terminal that of LANG.";
    MAX_MESSAGES = "max_messages", Takes::Whole(1, 100), "6",
        "How many messages an answer may have. A longer one ends with a file (answer.md) that holds all of it.";
    FORMULA_PICTURES = "formula_pictures", Takes::Flag, "true",
        "Whether formulas that plain characters can't show get a picture below the message. It needs the permission to \
         attach files; without it they stay as code.";
    THREAD_TITLES = "thread_titles", Takes::Flag, "true",
        "Whether the model gives a thread that the bot has opened a short title once the first answer in it is done, in \
         place of the question's first line. It mostly costs one short request a thread, and never more than three.";
    STALE_MINUTES = "stale_minutes", Takes::Whole(0, 10_080), "15",
        "What was asked longer ago than this, while the bot was away, is answered with a word about the delay, or not at \
         all where people have moved on since.";
    ATTACHMENT_TEXT_BYTES = "attachment_text_bytes", Takes::Whole(0, 10_485_760), "102400",
        "How many bytes of an attached text file the model gets to read; 0 for none.";

    THINKING_SECONDS = "thinking_seconds", Takes::Whole(0, 3_600), "15",
        "After so many seconds with nothing of an answer to be seen, a line says that the bot is still thinking.";

    DATA_DIR = "data_dir", Takes::Path, r#""/var/lib/kaiwa""#,
        "The directory of the bot's memory (kaiwa.db). Left out, it is kaiwa in the system's place for data, on Linux \
         ~/.local/share/kaiwa.";
    DRAIN_SECONDS = "drain_seconds", Takes::Whole(0, 3_600), "30",
        "How many seconds answers get to finish when the bot is stopped. What isn't finished goes on after the next \
         start.";
    LOG = "log", Takes::LogFilter, r#""info""#,
        "How much is logged: error, warn, info, debug or trace, also by part (warn,kaiwa_bot=debug).";
    LOG_FORMAT = "log_format", Takes::OneOf(&["auto", "pretty", "json"]), r#""auto""#,
        "How it is logged: pretty for people, json for machines, auto for pretty in a terminal and json elsewhere.";
}
