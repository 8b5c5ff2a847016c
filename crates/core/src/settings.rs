//! The settings that rules need, typed and resolved.

use std::time::Duration;

use crate::words::Locale;

/// What decides how a conversation is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The system prompt.
    pub system_prompt: String,
    /// The Message Content intent is on, so that messages without a mention can be read.
    pub message_content: bool,
    /// Which language notices are written in.
    pub language: Language,
    /// An answer that needs more messages than this ends with a file that holds all of it.
    pub max_messages: usize,
    /// Formulas that Unicode can't say get a picture.
    pub formula_pictures: bool,
    /// The model gives the bot's own threads titles.
    pub thread_titles: bool,
    /// A question that waited longer than this before the bot could hear it is answered as a late one.
    pub stale_after: Duration,
}

/// Which language notices are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// The one of the message, else the guild's.
    Auto,
    /// Always this one.
    Fixed(Locale),
}
