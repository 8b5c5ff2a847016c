//! Answers that break off after their first words: what people can see of them already, and how the rest is had.
//!
//! Some servers go on in the middle of an answer when they are shown its beginning. All others are asked anew, and what
//! comes is held back until there is as much of it as can be seen of the answer before: then it takes its place. So the
//! text on the screen never shrinks, and if every try breaks off, the longest one stays.
//!
//! Of those that go on, some say the beginning once more before the rest (Mistral, some versions of llama.cpp and vLLM), whatever
//! they were told: it is left out. A beginning that the model may say once more of itself, because it is short or says
//! the same again already, is not gone on with: "1" and then "1" is eleven.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use kaiwa_core::model::ModelEvent;
use memchr::memmem;
use serde::Deserialize;

use super::answer::Events;

/// So many bytes of an answer tell that it begins once more from words that only look like that.
const TELLING: usize = 32;

/// How a server is told to go on with the answer that ends the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Continues {
    /// It does so wherever the last message is the assistant's.
    Message,
    /// Fields of the request say so.
    Fields,
    /// A field of the message says so.
    Prefix,
}

/// What is known of the server.
#[derive(Default)]
pub(super) struct Continuing {
    how: OnceLock<Continues>,
    refused: AtomicBool,
}

impl Continuing {
    /// The server says what it is.
    pub(super) fn learn(&self, how: Option<Continues>) {
        if let Some(how) = how {
            let _ = self.how.set(how);
        }
    }

    /// The server refused to go on; it is not asked to again.
    pub(super) fn refused(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// How it is told to go on, where it can.
    pub(super) fn how(&self) -> Option<Continues> {
        let how = self.how.get().copied();
        how.filter(|_| !self.refused.load(Ordering::Relaxed))
    }
}

/// What was given out of an answer.
#[derive(Debug, Default)]
pub(super) struct Given {
    text: String,
    /// Some thoughts.
    thinks: bool,
    /// Several answers, or one that has ended: there is no middle to go on from.
    closed: bool,
}

impl Given {
    pub(super) fn note(&mut self, event: &ModelEvent) {
        match event {
            ModelEvent::Text { choice, text } => {
                self.closed |= *choice > 0;
                self.text.push_str(text);
            }
            ModelEvent::Finish { .. } => self.closed = true,
            ModelEvent::Anew => *self = Self::default(),
            ModelEvent::Reasoning(_) => self.thinks = true,
            ModelEvent::Usage(_) => {}
        }
    }

    /// It has thoughts.
    pub(super) fn thinks(&self) -> bool {
        self.thinks
    }

    /// Bytes of its text.
    pub(super) fn size(&self) -> usize {
        self.text.len()
    }

    /// Nothing of it can be seen.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The beginning that a server can go on from, and that can be told from what the model says next. Without the white space
    /// at its end: many servers take it off, and models say it with their next word.
    pub(super) fn beginning(&self) -> Option<&str> {
        let sent = self.text.trim_end();
        let begun = sent.trim_start().as_bytes();
        let mark = begun.get(..TELLING).filter(|_| !self.closed)?;
        let is_said_again = memmem::find(begun.get(1..)?, mark).is_some();
        (!is_said_again).then_some(sent)
    }
}

/// What becomes of the events that a try brings.
pub(super) enum Course {
    /// They are given out as they come: nothing was given out before.
    First,
    /// They go on with what was given out, and are given out as they come once it is known that they don't repeat it.
    GoesOn(Echo),
    /// They wait until there is more of them than of the answer before.
    Anew(Held),
}

/// What may be a repetition of the answer's beginning.
#[derive(Default)]
pub(super) struct Echo {
    /// Events that wait until that is known.
    events: Events,
    /// The text in them.
    said: String,
    known: bool,
}

/// Events that wait.
#[derive(Default)]
pub(super) struct Held {
    events: Events,
    /// Bytes of text in them.
    size: usize,
}

impl Echo {
    /// What came so far has thoughts.
    pub(super) fn thinks(&self) -> bool {
        let mut events = self.events.iter();
        events.any(|event| matches!(event, ModelEvent::Reasoning(_)))
    }

    /// As [`Course::sort`], behind the beginning `given`.
    fn sort(&mut self, incoming: &mut Events, complete: bool, given: &str, out: &mut Events) {
        if self.known {
            return out.append(incoming);
        }
        for event in incoming.iter() {
            if let ModelEvent::Text { text, .. } = event {
                self.said.push_str(text);
            }
        }
        self.events.append(incoming);
        let (said, given) = (self.said.trim_start(), given.trim_start());
        if !complete && said.len() < given.len() && given.starts_with(said) {
            return;
        }
        self.known = true;
        let rest = said.strip_prefix(given).unwrap_or_else(|| {
            // It was sent without the white space at its end, which may come before the next word.
            let sent = given.trim_end();
            let white = given.strip_prefix(sent).unwrap_or_default();
            behind(white, said.strip_prefix(sent).unwrap_or(&self.said))
        });
        let mut left_out = self.said.len() - rest.len();
        for event in self.events.drain(..) {
            let ModelEvent::Text { choice, text } = event else {
                out.push_back(event);
                continue;
            };
            let here = left_out.min(text.len());
            left_out -= here;
            if let Some(text) = text.get(here..).filter(|text| !text.is_empty()) {
                let text = text.to_owned();
                out.push_back(ModelEvent::Text { choice, text });
            }
        }
    }
}

/// What is said next where this white space stands already.
fn behind<'s>(white: &str, said: &'s str) -> &'s str {
    let same = white.chars().zip(said.chars());
    let same = same.take_while(|(one, other)| one == other);
    let size = same.map(|(one, _)| one.len_utf8()).sum();
    said.get(size..).unwrap_or(said)
}

impl Course {
    /// Takes in what came, and moves what may be given out to `out`. The answer before is `given`.
    pub(super) fn sort(
        &mut self,
        incoming: &mut Events,
        complete: bool,
        given: &Given,
        out: &mut Events,
    ) {
        let held = match self {
            Self::First => return out.append(incoming),
            Self::GoesOn(echo) => return echo.sort(incoming, complete, &given.text, out),
            Self::Anew(held) => held,
        };
        let size = |event: &ModelEvent| match event {
            ModelEvent::Text { text, .. } => text.len(),
            ModelEvent::Reasoning(_)
            | ModelEvent::Finish { .. }
            | ModelEvent::Usage(_)
            | ModelEvent::Anew => 0,
        };
        held.size += incoming.iter().map(size).sum::<usize>();
        held.events.append(incoming);
        if complete || held.size > given.text.len() {
            out.push_back(ModelEvent::Anew);
            out.append(&mut held.events);
            *self = Self::First;
        }
    }
}
