//! How the provider behaves when nothing special is asked of it.

use serde::{Deserialize, Serialize};

/// The key that the simulator takes by default.
pub const DEFAULT_KEY: &str = "sk-kaiwa-simulator";

/// Settings of the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The one key that is taken.
    pub key: String,
    /// The models on offer.
    pub models: Vec<ModelCard>,
    /// Pause before each piece after the first, in milliseconds.
    pub token_delay: u64,
    /// Pause between the headers and the first piece, in milliseconds.
    pub first_token_delay: u64,
    /// What a request gets that no script answers.
    pub unscripted: Unscripted,
    /// The field that reasoning is sent in: `reasoning_content` (DeepSeek, llama.cpp, vLLM) or
    /// `reasoning` (OpenRouter).
    pub reasoning_field: String,
    /// What the list of models says that the server is: `llamacpp`, `vllm` and `mistralai` are known to go on in the
    /// middle of an answer. Mistral's says its beginning once more.
    pub owned_by: String,
    /// The account has no credit left: every request gets 429 `insufficient_quota`.
    pub out_of_credit: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            key: DEFAULT_KEY.to_owned(),
            models: [
                ("gpt-6-luna", true),
                ("gpt-5.6-luna", true),
                ("gpt-5.4-mini", true),
                ("gpt-4.1-mini", false),
                ("simulated", false),
            ]
            .map(|(id, reasons)| ModelCard {
                id: id.to_owned(),
                context_tokens: 128_000,
                reasons,
            })
            .into(),
            token_delay: 0,
            first_token_delay: 0,
            unscripted: Unscripted::Refuse,
            reasoning_field: "reasoning_content".to_owned(),
            owned_by: "kaiwa".to_owned(),
            out_of_credit: false,
        }
    }
}

impl Settings {
    /// For people who try things by hand: every question is answered, at the pace of a usual model.
    pub fn for_people() -> Self {
        Self {
            token_delay: 25,
            first_token_delay: 400,
            unscripted: Unscripted::Echo,
            ..Self::default()
        }
    }
}

/// A model on offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Its name in requests.
    pub id: String,
    /// The most tokens that the request and the answer may have together.
    #[serde(default = "usual_window")]
    pub context_tokens: u64,
    /// A reasoning model: refuses `max_tokens` and any `temperature` but 1, as OpenAI's do.
    #[serde(default)]
    pub reasons: bool,
}

fn usual_window() -> u64 {
    128_000
}

/// What a request gets that no script answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unscripted {
    /// Status 500, and the request is marked: a test that forgot its script fails at the right place.
    Refuse,
    /// A friendly answer that says it is scripted and repeats the question.
    Echo,
    /// Always these words.
    Say(String),
    /// What was written beforehand on the topic that the question is about.
    Guide(Vec<Topic>),
}

/// What a guide says on one topic, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Whether it is for questions in Japanese.
    #[serde(default)]
    pub japanese: bool,
    /// Words that ask for it, in small letters. A topic without words is said where no other is asked for.
    #[serde(default)]
    pub words: Vec<String>,
    /// What is thought before it is said.
    #[serde(default)]
    pub thoughts: Option<String>,
    /// What is said; `{question}` stands for the question as a quote.
    pub text: String,
}
