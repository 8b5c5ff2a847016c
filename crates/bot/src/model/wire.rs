//! What providers send in OpenAI's dialect of chat completions, as far as an answer needs it.
//!
//! Everything is optional and unknown things are passed over: what one provider leaves out or invents must not cost an
//! answer. Source: OpenAI's API reference, "Chat completions", and the servers that follow it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// One event of a stream, or the one body of an answer that is not streamed.
#[derive(Deserialize)]
pub(super) struct Completion {
    /// What was said, for each of several answers.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) choices: Vec<Choice>,
    /// What it cost.
    #[serde(default, deserialize_with = "if_understood")]
    pub(super) usage: Option<Usage>,
    /// What went wrong, after the status line said that all was well.
    #[serde(default)]
    pub(super) error: Option<serde_json::Value>,
}

/// One of several answers.
#[derive(Deserialize)]
pub(super) struct Choice {
    /// Which one.
    #[serde(default)]
    pub(super) index: Option<u32>,
    /// What is new, in a stream.
    #[serde(default)]
    pub(super) delta: Option<Said>,
    /// All of it, where it is not streamed.
    #[serde(default)]
    pub(super) message: Option<Said>,
    /// Why it ended; none before its end.
    #[serde(default, deserialize_with = "if_understood")]
    pub(super) finish_reason: Option<String>,
}

/// What was said.
#[derive(Default, Deserialize)]
pub(super) struct Said {
    /// The answer's text.
    #[serde(default)]
    pub(super) content: Option<Content>,
    /// OpenAI's word that it does not answer, in place of the text.
    #[serde(default)]
    pub(super) refusal: Option<Content>,
    /// The reasoning, as DeepSeek, llama.cpp, vLLM and LM Studio tell it.
    #[serde(default)]
    pub(super) reasoning_content: Option<Content>,
    /// The reasoning, as OpenRouter, Ollama, Groq and newer vLLM tell it.
    #[serde(default)]
    pub(super) reasoning: Option<Content>,
}

/// A text, which some providers send as a list of parts.
pub(super) enum Content {
    /// A plain text.
    Text(String),
    /// Parts of several kinds.
    Parts(Vec<Part>),
    /// Anything else has no text.
    Other,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

/// Takes a text straight from where it stands: every token of an answer is one, and serde's own untagged enum would copy
/// it aside first and try it as one thing after the other.
struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text or its parts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = list.next_element()? {
            parts.push(part);
        }
        Ok(Content::Parts(parts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Content::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Content, E> {
        Ok(Content::Other)
    }

    fn visit_unit<E: Error>(self) -> Result<Content, E> {
        Ok(Content::Other)
    }
}

/// One part of a text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Part {
    /// A plain text.
    Plain(String),
    /// A part that tells its kind.
    Typed(TypedPart),
    /// Anything else has no text.
    Other(IgnoredAny),
}

/// A part that tells its kind.
#[derive(Deserialize)]
pub(super) struct TypedPart {
    /// A piece of the answer, or of what surrounds this part.
    #[serde(default)]
    text: Option<String>,
    /// A piece of the reasoning, as Mistral tells it.
    #[serde(default)]
    thinking: Option<Content>,
}

impl Said {
    /// Sorts what it says into answer and reasoning.
    pub(super) fn pieces(self, answer: &mut String, reasoning: &mut String) {
        for thought in self.reasoning_content.into_iter().chain(self.reasoning) {
            // A server that tells it under both names tells it once.
            if reasoning.is_empty() {
                thought.whole(reasoning);
            }
        }
        for content in self.content.into_iter().chain(self.refusal) {
            content.pieces(answer, reasoning);
        }
    }
}

impl Content {
    /// Sorts the pieces into answer and reasoning.
    pub(super) fn pieces(self, answer: &mut String, reasoning: &mut String) {
        match self {
            Self::Text(text) if answer.is_empty() => *answer = text,
            Self::Text(text) => answer.push_str(&text),
            Self::Parts(parts) => {
                for part in parts {
                    match part {
                        Part::Plain(text) => answer.push_str(&text),
                        Part::Typed(part) => {
                            if let Some(text) = part.text {
                                answer.push_str(&text);
                            }
                            if let Some(thinking) = part.thinking {
                                thinking.whole(reasoning);
                            }
                        }
                        Part::Other(_) => {}
                    }
                }
            }
            Self::Other => {}
        }
    }

    /// Adds everything that it says to one text.
    pub(super) fn whole(self, text: &mut String) {
        let mut inner = String::new();
        self.pieces(text, &mut inner);
        text.push_str(&inner);
    }
}

/// What an answer cost, in tokens.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct Usage {
    /// Tokens of the prompt.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) prompt_tokens: u64,
    /// Tokens of the answer, reasoning included.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) completion_tokens: u64,
}

/// The models that a server serves: OpenAI's `{"data": [...]}`, or the bare list of Together.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Models {
    /// As OpenAI tells them.
    Wrapped {
        /// The models.
        data: Vec<Served>,
        /// The same once more, as llama.cpp tells them beside it.
        #[serde(default, deserialize_with = "or_default")]
        models: Vec<Beside>,
    },
    /// As Together tells them.
    Bare(Vec<Served>),
}

/// One model that a server serves.
#[derive(Deserialize)]
pub(super) struct Served {
    /// Its name.
    pub(super) id: String,
    /// Who owns it; servers tell by it what they are.
    #[serde(default, deserialize_with = "if_understood")]
    pub(super) owned_by: Option<String>,
    /// llama.cpp's own.
    #[serde(default, deserialize_with = "if_understood")]
    meta: Option<Meta>,
    /// vLLM and SGLang.
    #[serde(default, deserialize_with = "if_understood")]
    max_model_len: Option<u32>,
    /// LM Studio: what the model was loaded with.
    #[serde(default, deserialize_with = "if_understood")]
    loaded_context_length: Option<u32>,
    /// OpenRouter and Together.
    #[serde(default, deserialize_with = "if_understood")]
    context_length: Option<u32>,
    /// LM Studio and Mistral.
    #[serde(default, deserialize_with = "if_understood")]
    max_context_length: Option<u32>,
    /// Groq.
    #[serde(default, deserialize_with = "if_understood")]
    context_window: Option<u32>,
    /// OpenRouter.
    #[serde(default, deserialize_with = "if_understood")]
    architecture: Option<Architecture>,
    /// OpenRouter.
    #[serde(default, deserialize_with = "if_understood")]
    supported_parameters: Option<Vec<String>>,
    /// Mistral.
    #[serde(default, deserialize_with = "if_understood")]
    capabilities: Option<Capabilities>,
}

/// What OpenRouter tells of what goes in.
#[derive(Deserialize)]
struct Architecture {
    #[serde(default)]
    input_modalities: Vec<String>,
}

/// What Mistral tells of a model.
#[derive(Deserialize)]
struct Capabilities {
    #[serde(default)]
    vision: Option<bool>,
    #[serde(default)]
    function_calling: Option<bool>,
}

/// A model as llama.cpp tells it a second time.
#[derive(Deserialize)]
pub(super) struct Beside {
    #[serde(default, deserialize_with = "if_understood")]
    capabilities: Option<Vec<String>>,
}

impl Beside {
    /// Whether it sees pictures.
    pub(super) fn sees_pictures(&self) -> Option<bool> {
        let told = self.capabilities.as_ref()?;
        Some(told.iter().any(|one| one == "multimodal"))
    }
}

/// What llama.cpp tells of a model.
#[derive(Deserialize)]
struct Meta {
    /// The window of one conversation. (`n_ctx_train` is what the model could do, not what the server allows.)
    #[serde(default)]
    n_ctx: Option<u32>,
}

impl Served {
    /// Whether it sees pictures, where the server tells it.
    pub(super) fn sees_pictures(&self) -> Option<bool> {
        let inputs = self.architecture.as_ref();
        let inputs =
            inputs.map(|model| model.input_modalities.iter().any(|input| input == "image"));
        inputs.or_else(|| self.capabilities.as_ref()?.vision)
    }

    /// Whether it calls tools, where the server tells it.
    pub(super) fn calls_tools(&self) -> Option<bool> {
        let taken = self.supported_parameters.as_ref();
        let taken = taken.map(|taken| taken.iter().any(|one| one == "tools"));
        taken.or_else(|| self.capabilities.as_ref()?.function_calling)
    }

    /// The model's window in tokens, where the server tells it.
    pub(super) fn window(&self) -> Option<u32> {
        self.meta
            .as_ref()
            .and_then(|meta| meta.n_ctx)
            .or(self.max_model_len)
            .or(self.loaded_context_length)
            .or(self.context_length)
            .or(self.max_context_length)
            .or(self.context_window)
            .filter(|window| *window > 0)
    }
}

/// Reads a value where `null` stands for none.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a value that may have any form, and takes it only if it has the one we know.
fn if_understood<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    // None is the usual case: not even a failure is made of it.
    let value = Option::<serde_json::Value>::deserialize(deserializer)?;
    Ok(value.and_then(|value| T::deserialize(value).ok()))
}
