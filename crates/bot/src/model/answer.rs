//! Makes [`ModelEvent`]s of what a provider sends: pure, bytes in, events out.
//!
//! What it promises: a text is given out as soon as it can be seen, an answer that ended is told to have ended exactly
//! once, an answer without any text is an error, and so is one whose end never came. Thoughts are no text.

use std::collections::{BTreeMap, VecDeque};

use kaiwa_core::{
    error::ModelError,
    model::{FinishReason, ModelEvent, Usage},
    text::is_blank,
};

use super::{
    alike::Alike,
    failure,
    halves::Halves,
    odd,
    sse::Event,
    thought::Head,
    wire::{self, Completion},
};

/// The most text, reasoning included, that one answer may have: far more than any model writes.
pub(super) const TEXT_LIMIT: usize = 4 * 1024 * 1024;
/// The longest event that is no JSON and no word of an answer, in bytes: `ping`, `keep-alive`.
const LONGEST_SIGN: usize = 16;
/// The most answers that one response may have.
pub(super) const CHOICES_LIMIT: usize = 128;

/// Why an answer did not come whole.
#[derive(Debug)]
pub(super) enum Problem {
    /// We know it ourselves.
    Known(ModelError),
    /// The provider told it, in an `error` object.
    Told(serde_json::Value),
}

impl Problem {
    pub(super) fn garbage(reason: impl Into<String>) -> Self {
        Self::Known(ModelError::Garbage {
            reason: reason.into(),
        })
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::garbage(describe(&error))
    }
}

/// Where the events go.
pub(super) type Events = VecDeque<ModelEvent>;

/// One response on its way in.
#[derive(Default)]
pub(super) struct Answer {
    choices: BTreeMap<u32, Choice>,
    usage: Option<Usage>,
    /// Some text that can be seen was given out.
    any_text: bool,
    /// The last reason for its end stood beside words, as with gateways that put one beside every piece, or something came
    /// behind one: only the end of the stream tells that it has ended.
    may_go_on: bool,
    /// Bytes of text and reasoning so far.
    size: usize,
    /// The provider said that nothing more comes, and everything was told.
    over: bool,
    /// What the last event that brought nothing but text looked like.
    alike: Option<Alike>,
    /// What it left of a character.
    halves: Halves,
}

/// One of its answers.
#[derive(Default)]
struct Choice {
    /// Tells its thoughts from its words.
    head: Head,
    /// What can't be seen of its beginning, kept back until something follows that can.
    held: String,
    /// Something that can be seen was given out.
    any_text: bool,
    /// Why it ended, as the provider said last.
    finish: Option<FinishReason>,
}

impl Answer {
    /// One that goes on in the middle of its words: a tag there is a word too.
    pub(super) fn going_on() -> Self {
        let begun = Choice {
            head: Head::Words,
            ..Choice::default()
        };
        Self {
            choices: BTreeMap::from([(0, begun)]),
            ..Self::default()
        }
    }

    /// Takes one event of a stream.
    pub(super) fn event(&mut self, event: &Event, events: &mut Events) -> Result<(), Problem> {
        let data = event.data.trim_ascii();
        if self.over || data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            return self.end(events);
        }
        if event.error {
            return Err(Problem::Told(failure::value(data)));
        }
        if !matches!(data.first(), Some(b'{' | b'[')) {
            // A sign of life is one short word; more of them may be why nothing more comes.
            let is_word = data.len() <= LONGEST_SIGN && !data.contains(&b' ');
            return if is_word {
                Ok(())
            } else {
                Err(Problem::garbage("text that is no JSON"))
            };
        }
        if let Some((index, text)) = self.alike.as_ref().and_then(|alike| alike.text(data)) {
            let text = text.to_owned();
            return self.said(index, text, String::new(), None, events);
        }
        let completion = match serde_json::from_slice(data) {
            Ok(completion) => completion,
            Err(_) => odd::completion(self.value(data)?)?,
        };
        let before = events.len();
        self.take(completion, false, events)?;
        if let Some(ModelEvent::Text { choice, text }) = events.get(before)
            && events.len() == before + 1
            && !self.is_finished(*choice)
        {
            self.alike = Alike::of(data, *choice, text);
        }
        Ok(())
    }

    /// Takes the one body of an answer that is not streamed.
    pub(super) fn whole(&mut self, body: &[u8], events: &mut Events) -> Result<(), Problem> {
        let value = self.value(body)?;
        if value.get("choices").is_none() {
            return Err(match failure::told(&value) {
                true => Problem::Told(value),
                false => Problem::garbage("JSON that is no answer"),
            });
        }
        self.take(odd::completion(value)?, true, events)?;
        self.end(events)
    }

    /// Any JSON, with its characters mended where it can't be read without that.
    fn value(&mut self, json: &[u8]) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_slice(json).or_else(|error| match self.halves.mended(json) {
            Some(json) => serde_json::from_slice(&json),
            None => Err(error),
        })
    }

    fn is_finished(&self, choice: u32) -> bool {
        let choice = self.choices.get(&choice);
        choice.is_some_and(|choice| choice.finish.is_some())
    }

    /// Everything that began has a reason for its end: where the stream ends here, it is whole.
    pub(super) fn is_complete(&self) -> bool {
        self.over
            || (!self.choices.is_empty()
                && self.choices.values().all(|choice| choice.finish.is_some()))
    }

    /// It is complete with another reason than to have said all: nothing comes behind that.
    pub(super) fn is_broken_off(&self) -> bool {
        let mut choices = self.choices.values();
        self.is_complete() && choices.any(|choice| choice.finish != Some(FinishReason::Stop))
    }

    /// It is complete, and what may still come is only what it cost.
    pub(super) fn is_surely_complete(&self) -> bool {
        self.over || (self.is_complete() && self.any_text && !self.may_go_on)
    }

    /// The provider said that nothing more comes, and everything was told.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// The response is at its end and is as whole as it can be.
    pub(super) fn end(&mut self, events: &mut Events) -> Result<(), Problem> {
        self.over = true;
        for (index, choice) in &mut self.choices {
            self.any_text |= choice.end(*index, events);
        }
        if !self.any_text {
            // What it cost is told even then: it was spent.
            events.extend(self.usage.take().map(ModelEvent::Usage));
            return Err(Problem::Known(self.why_nothing()));
        }
        for (index, choice) in &mut self.choices {
            // `[DONE]` without a reason: it said all it had to say.
            let reason = *choice.finish.get_or_insert(FinishReason::Stop);
            events.push_back(ModelEvent::Finish {
                choice: *index,
                reason,
            });
        }
        events.extend(self.usage.take().map(ModelEvent::Usage));
        Ok(())
    }

    /// It goes on beyond all measure: what was said so far is the answer, and the rest is not heard.
    pub(super) fn cut(&mut self, events: &mut Events) -> Result<(), Problem> {
        for choice in self.choices.values_mut() {
            choice.finish.get_or_insert(FinishReason::Length);
        }
        self.end(events)
    }

    /// Some text that can be seen was given out.
    pub(super) fn has_text(&self) -> bool {
        self.any_text
    }

    /// Why an answer that has ended has no text.
    fn why_nothing(&self) -> ModelError {
        let ended = |reason| {
            let mut choices = self.choices.values();
            choices.any(|choice| choice.finish == Some(reason))
        };
        if ended(FinishReason::ContentFilter) {
            ModelError::Refused {
                status: 200,
                reason: "the provider's content filter withheld the answer".to_owned(),
            }
        } else if ended(FinishReason::Length) {
            ModelError::OutOfRoom
        } else {
            ModelError::Empty
        }
    }

    fn take(
        &mut self,
        completion: Completion,
        whole: bool,
        events: &mut Events,
    ) -> Result<(), Problem> {
        if let Some(error) = completion.error.filter(failure::says_something) {
            return Err(Problem::Told(error));
        }
        // Some servers tell the cost so far with every piece: the last one counts.
        if let Some(wire::Usage {
            prompt_tokens,
            completion_tokens,
        }) = completion.usage
        {
            self.usage = Some(Usage {
                prompt: prompt_tokens,
                answer: completion_tokens,
            });
        }
        for (position, choice) in (0u32..).zip(completion.choices) {
            let index = choice.index.unwrap_or(if whole { position } else { 0 });
            self.choice(index, choice, whole, events)?;
        }
        Ok(())
    }

    fn choice(
        &mut self,
        index: u32,
        wire: wire::Choice,
        whole: bool,
        events: &mut Events,
    ) -> Result<(), Problem> {
        // Some servers tell beside each piece of a stream all that was said so far.
        let is_repeated = wire.delta.is_some() && self.choices.contains_key(&index);
        let (first, second) = match whole {
            true => (wire.message, wire.delta),
            false => (wire.delta, wire.message.filter(|_| !is_repeated)),
        };
        let (mut text, mut reasoning) = (String::new(), String::new());
        for said in first.into_iter().chain(second) {
            if text.is_empty() && reasoning.is_empty() {
                said.pieces(&mut text, &mut reasoning);
            }
        }
        let reason = wire.finish_reason.as_deref();
        let reason = reason.filter(|reason| !reason.is_empty());
        self.said(index, text, reasoning, reason, events)
    }

    /// An answer goes on with a text, or with what the model thinks, or ends for a reason.
    fn said(
        &mut self,
        index: u32,
        mut text: String,
        mut reasoning: String,
        reason: Option<&str>,
        events: &mut Events,
    ) -> Result<(), Problem> {
        if self.over {
            return Ok(());
        }
        if self.choices.len() >= CHOICES_LIMIT && !self.choices.contains_key(&index) {
            return Err(Problem::garbage(format!(
                "more than {CHOICES_LIMIT} answers at once"
            )));
        }
        let choice = self.choices.entry(index).or_default();
        if !(text.is_empty() && reasoning.is_empty()) {
            self.may_go_on |= choice.finish.take().is_some() || reason.is_some();
        }
        let room = TEXT_LIMIT.saturating_sub(self.size);
        let is_cut = text.len() + reasoning.len() > room;
        if is_cut {
            reasoning.truncate(reasoning.floor_char_boundary(room));
            text.truncate(text.floor_char_boundary(room.saturating_sub(reasoning.len())));
        }
        self.size += text.len() + reasoning.len();
        let words = choice.head.feed(text, &mut reasoning);
        self.any_text |= choice.goes_on(index, words, reasoning, events);
        match reason {
            _ if is_cut => self.cut(events),
            Some(reason) => self.finished(index, reason),
            None => Ok(()),
        }
    }

    /// The provider says why an answer ends here. It is told once the stream ends: more may come all the same.
    fn finished(&mut self, index: u32, reason: &str) -> Result<(), Problem> {
        if reason == "error" {
            return Err(Problem::Known(ModelError::Broken { status: 500 }));
        }
        if let Some(choice) = self.choices.get_mut(&index) {
            choice.finish = Some(finish_reason(reason));
        }
        Ok(())
    }
}

impl Choice {
    /// Gives out what it says and thinks next. Tells whether something can be seen of that.
    fn goes_on(
        &mut self,
        index: u32,
        mut words: String,
        thoughts: String,
        events: &mut Events,
    ) -> bool {
        if !thoughts.is_empty() {
            events.push_back(ModelEvent::Reasoning(thoughts));
        }
        if words.is_empty() {
            return false;
        }
        if !self.any_text {
            self.any_text = !is_blank(&words);
            self.held.push_str(&words);
            if !self.any_text {
                return false;
            }
            words = std::mem::take(&mut self.held);
        }
        events.push_back(ModelEvent::Text {
            choice: index,
            text: words,
        });
        true
    }

    /// Nothing more comes: gives out what was held back. Tells whether something can be seen of that.
    fn end(&mut self, index: u32, events: &mut Events) -> bool {
        let mut thoughts = String::new();
        let words = self.head.end(&mut thoughts);
        self.goes_on(index, words, thoughts, events)
    }
}

/// Translates the names that providers give.
fn finish_reason(name: &str) -> FinishReason {
    match name.to_ascii_lowercase().as_str() {
        "stop" | "eos" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "content_filter" | "safety" | "refusal" | "prohibited_content" => {
            FinishReason::ContentFilter
        }
        _ => FinishReason::Other,
    }
}

/// Says what is wrong with a JSON text; serde's own words may quote it.
pub(super) fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io | serde_json::error::Category::Syntax => "broken JSON",
        serde_json::error::Category::Data => "JSON of an unknown form",
        serde_json::error::Category::Eof => "JSON that ends too early",
    };
    match error.line() {
        0 => what.to_owned(),
        line => format!("{what} (line {line}, column {})", error.column()),
    }
}
