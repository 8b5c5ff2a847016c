//! One question and what became of it, read from what the simulator has recorded.

use kaiwa_sim::world::{Author, Message};

use crate::{stage::Stage, statistics::span};

/// A question that was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Where its answer comes.
    pub thread: u64,
    /// The message's id.
    pub message: u64,
    /// When the simulator handed it to the gateway, in milliseconds since 1970.
    pub at: u64,
    /// Words that no other question has.
    pub marker: String,
}

/// The request to the model that a question led to.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// When it arrived, in milliseconds since 1970.
    pub arrived: u64,
    /// When each part of the answer went out; the first only says who speaks, then comes token after token.
    pub sent: Vec<u64>,
    /// The answer's words.
    pub answer: String,
}

/// An answer as it can be seen: its messages with everything that stood in them, and since when.
pub(crate) type Shown = Vec<Vec<(u64, String)>>;

/// A turn from end to end.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    /// From the message to the request to the model, in milliseconds.
    pub to_request: f64,
    /// From the model's first token to first words that can be seen.
    pub first_words: f64,
    /// From the model's last token to the whole text.
    pub final_text: f64,
    /// When the whole text could be seen, in milliseconds since 1970.
    pub whole_at: u64,
}

/// What stood in a message, and since when.
fn versions(message: &Message) -> Vec<(u64, String)> {
    let mut since = message.posted_ms;
    let mut versions = Vec::new();
    for version in &message.history {
        versions.push((since, version.content.clone()));
        since = version.until_ms;
    }
    versions.push((since, message.content.clone()));
    versions
}

/// The words of a message without its small print, such as that the beginning of a long talk no longer fits.
fn said(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter(|line| !line.starts_with("-# "));
    lines.flat_map(str::split_whitespace)
}

impl Stage {
    /// What the bot has said in answer to a question.
    pub(crate) fn shown(&self, asked: &Asked) -> Shown {
        self.sim.shared().look(|world| {
            let messages = world.messages.get(&asked.thread);
            let later = messages
                .into_iter()
                .flat_map(|messages| messages.range(asked.message..));
            later
                .map(|(_, message)| message)
                .filter(|message| message.author == Author::User(self.bot_user))
                .filter(|message| !kaiwa_sim::world::is_system(message.kind))
                .map(versions)
                .collect()
        })
    }

    /// The last request to the model that holds a question.
    pub(crate) fn request(&self, asked: &Asked) -> Option<Request> {
        self.sim.model().read(|world| {
            let mut newest_first = world.requests.iter().rev();
            let request =
                newest_first.find(|request| request.question().contains(&asked.marker))?;
            Some(Request {
                arrived: request.arrived,
                sent: request.sent.clone(),
                answer: request.answer.clone().unwrap_or_default(),
            })
        })
    }

    /// The turn of a question, once its answer of so many tokens is there, whole.
    pub(crate) fn turn(&self, asked: &Asked, tokens: usize) -> Option<Turn> {
        let request = self.request(asked)?;
        let last = *request.sent.get(tokens)?;
        let first = *request.sent.get(1)?;
        let shown = self.shown(asked);
        let now: Vec<&str> = shown
            .iter()
            .filter_map(|versions| versions.last().map(|(_, text)| text.as_str()))
            .collect();
        if !now
            .iter()
            .flat_map(|text| said(text))
            .eq(request.answer.split_whitespace())
        {
            return None;
        }
        let seen = shown
            .iter()
            .flatten()
            .filter(|(_, text)| !text.is_empty())
            .map(|(since, _)| *since)
            .min()?;
        // Later edits of a message (that take a button away) don't move the moment at which its text was whole.
        let whole_at = shown
            .iter()
            .filter_map(|versions| {
                let (_, text) = versions.last()?;
                let same = versions
                    .iter()
                    .rev()
                    .take_while(|(_, before)| before == text);
                same.last().map(|(since, _)| *since)
            })
            .max()?;
        Some(Turn {
            to_request: span(asked.at, request.arrived),
            first_words: span(first, seen),
            final_text: span(last, whole_at),
            whole_at,
        })
    }
}
