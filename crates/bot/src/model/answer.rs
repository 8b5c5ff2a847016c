//! Makes [`ModelEvent`]s of what a provider sends: pure, bytes in, events out.
//!
//! What it promises: a text is given out as soon as it can be seen, an answer that ended is told to have ended exactly
//! once, an answer without any text is an error, and so is one whose end never came.

use std::collections::{BTreeMap, VecDeque};

use kaiwa_core::{
    error::ModelError,
    model::{FinishReason, ModelEvent, Usage},
};

use super::{
    alike::Alike,
    failure,
    sse::Event,
    wire::{self, Completion},
};

/// The most text, reasoning included, that one answer may have: far more than any model writes.
pub(super) const TEXT_LIMIT: usize = 4 * 1024 * 1024;
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

/// Where the events go.
pub(super) type Events = VecDeque<ModelEvent>;

/// One response on its way in.
#[derive(Default)]
pub(super) struct Answer {
    choices: BTreeMap<u32, Choice>,
    usage: Option<Usage>,
    /// Some text that can be seen was given out.
    any_text: bool,
    /// Bytes of text and reasoning so far.
    size: usize,
    /// The provider said that nothing more comes, and everything was told.
    over: bool,
    /// What the last event that brought nothing but text looked like.
    alike: Option<Alike>,
}

/// One of its answers.
#[derive(Default)]
struct Choice {
    /// White space at its beginning, kept back until something follows that can be seen.
    held: String,
    /// Something that can be seen was given out.
    any_text: bool,
    finish: Option<FinishReason>,
    finish_told: bool,
}

impl Answer {
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
        if let Some((index, text)) = self.alike.as_ref().and_then(|alike| alike.text(data)) {
            let text = text.to_owned();
            return self.said(index, text, String::new(), events);
        }
        let completion =
            serde_json::from_slice(data).map_err(|error| Problem::garbage(describe(&error)))?;
        let before = events.len();
        self.take(completion, false, events)?;
        if let Some(ModelEvent::Text { choice, text }) = events.get(before)
            && events.len() == before + 1
        {
            self.alike = Alike::of(data, *choice, text);
        }
        Ok(())
    }

    /// Takes the one body of an answer that is not streamed.
    pub(super) fn whole(&mut self, body: &[u8], events: &mut Events) -> Result<(), Problem> {
        let value: serde_json::Value =
            serde_json::from_slice(body).map_err(|error| Problem::garbage(describe(&error)))?;
        if value.get("choices").is_none() {
            return Err(match failure::told(&value) {
                true => Problem::Told(value),
                false => Problem::garbage("JSON that is no answer"),
            });
        }
        let completion =
            serde_json::from_value(value).map_err(|error| Problem::garbage(describe(&error)))?;
        self.take(completion, true, events)?;
        self.end(events)
    }

    /// Everything that began has ended; what may still come is only what it cost.
    pub(super) fn is_complete(&self) -> bool {
        self.over
            || (!self.choices.is_empty()
                && self.choices.values().all(|choice| choice.finish.is_some()))
    }

    /// The provider said that nothing more comes, and everything was told.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// The response is at its end and is as whole as it can be.
    pub(super) fn end(&mut self, events: &mut Events) -> Result<(), Problem> {
        self.over = true;
        if !self.any_text {
            // What it cost is told even then: it was spent.
            events.extend(self.usage.take().map(ModelEvent::Usage));
            let withheld = self
                .choices
                .values()
                .any(|choice| choice.finish == Some(FinishReason::ContentFilter));
            return Err(Problem::Known(if withheld {
                ModelError::Refused {
                    status: 200,
                    reason: "the provider's content filter withheld the answer".to_owned(),
                }
            } else {
                ModelError::Empty
            }));
        }
        for (index, choice) in &mut self.choices {
            // `[DONE]` without a reason: it said all it had to say.
            let reason = *choice.finish.get_or_insert(FinishReason::Stop);
            if !std::mem::replace(&mut choice.finish_told, true) {
                events.push_back(ModelEvent::Finish {
                    choice: *index,
                    reason,
                });
            }
        }
        events.extend(self.usage.take().map(ModelEvent::Usage));
        Ok(())
    }

    fn take(
        &mut self,
        completion: Completion,
        whole: bool,
        events: &mut Events,
    ) -> Result<(), Problem> {
        if let Some(error) = completion.error.filter(|error| !error.is_null()) {
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
            self.choice(index, choice, events)?;
        }
        Ok(())
    }

    fn choice(
        &mut self,
        index: u32,
        wire: wire::Choice,
        events: &mut Events,
    ) -> Result<(), Problem> {
        let (mut text, mut reasoning) = (String::new(), String::new());
        for said in wire.delta.into_iter().chain(wire.message) {
            for thought in said.reasoning_content.into_iter().chain(said.reasoning) {
                // A server that tells it under both names tells it once.
                if reasoning.is_empty() {
                    thought.whole(&mut reasoning);
                }
            }
            for content in said.content.into_iter().chain(said.refusal) {
                content.pieces(&mut text, &mut reasoning);
            }
        }
        self.said(index, text, reasoning, events)?;
        let reason = wire.finish_reason.filter(|reason| !reason.is_empty());
        match reason {
            Some(reason) => self.finished(index, &reason, events),
            None => Ok(()),
        }
    }

    /// An answer goes on with a text, or with what the model thinks.
    fn said(
        &mut self,
        index: u32,
        mut text: String,
        reasoning: String,
        events: &mut Events,
    ) -> Result<(), Problem> {
        if self.choices.len() >= CHOICES_LIMIT && !self.choices.contains_key(&index) {
            return Err(Problem::garbage(format!(
                "more than {CHOICES_LIMIT} answers at once"
            )));
        }
        let choice = self.choices.entry(index).or_default();
        if choice.finish.is_some() {
            return Ok(());
        }
        self.size += text.len() + reasoning.len();
        if self.size > TEXT_LIMIT {
            return Err(Problem::garbage(format!(
                "an answer of more than {TEXT_LIMIT} bytes"
            )));
        }
        if !reasoning.is_empty() {
            events.push_back(ModelEvent::Reasoning(reasoning));
        }
        if !text.is_empty() && !choice.any_text {
            choice.held.push_str(&text);
            text.clear();
            if !choice.held.trim().is_empty() {
                choice.any_text = true;
                text = std::mem::take(&mut choice.held);
            }
        }
        if !text.is_empty() {
            self.any_text = true;
            events.push_back(ModelEvent::Text {
                choice: index,
                text,
            });
        }
        Ok(())
    }

    /// The provider says why an answer ended.
    fn finished(&mut self, index: u32, reason: &str, events: &mut Events) -> Result<(), Problem> {
        let Some(choice) = self
            .choices
            .get_mut(&index)
            .filter(|choice| choice.finish.is_none())
        else {
            return Ok(());
        };
        if reason == "error" {
            return Err(Problem::Known(ModelError::Broken { status: 500 }));
        }
        let reason = finish_reason(reason);
        choice.finish = Some(reason);
        // While nothing can be seen yet, this may still turn out to be no answer at all.
        if self.any_text {
            choice.finish_told = true;
            events.push_back(ModelEvent::Finish {
                choice: index,
                reason,
            });
        }
        Ok(())
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
