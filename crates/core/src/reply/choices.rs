//! From a model's events to one text: several answers of one response are joined in index order, and what the model
//! thought is kept beside it.
//!
//! Providers stream several answers (`choices`) interleaved. A text that is on the screen only ever grows at its
//! end, so what a later answer says waits until the earlier ones are complete.

use std::{collections::BTreeMap, time::Duration};

use crate::{Now, model::ModelEvent};

/// So many bytes of its thoughts are kept.
const LONGEST_THOUGHTS: usize = 64 * 1024;

/// What the model has said so far, as one text.
#[derive(Debug, Default)]
pub(super) struct Choices {
    text: String,
    /// The answer whose words go straight into the text; those before it are complete.
    current: u32,
    answers: BTreeMap<u32, Answer>,
    thinking: Option<(Now, Now)>,
    /// What it thought, as far as it is kept.
    thoughts: String,
}

/// One of several answers.
#[derive(Debug, Default)]
struct Answer {
    /// Words that wait for their turn.
    held: String,
    finished: bool,
    /// Its first word is in the text, so that the line break before it is too.
    begun: bool,
}

impl Choices {
    /// Everything said so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Puts a text in place of what was said.
    pub(super) fn replace(&mut self, text: String) {
        self.text = text;
    }

    /// How long the model thought before it spoke, if it told its thoughts at all.
    pub(super) fn thought(&self) -> Option<Duration> {
        self.thinking.map(|(from, to)| to.saturating_sub(from))
    }

    /// What the model thought, cut where it thought very long.
    pub(super) fn thoughts(&self) -> &str {
        &self.thoughts
    }

    fn think(&mut self, thought: &str) {
        let room = LONGEST_THOUGHTS.saturating_sub(self.thoughts.len());
        let end = thought.floor_char_boundary(room);
        self.thoughts
            .push_str(thought.get(..end).unwrap_or_default());
    }

    /// Takes one event in; the text may have grown afterwards.
    pub(super) fn push(&mut self, event: &ModelEvent, now: Now) {
        match event {
            ModelEvent::Text { choice, text } => {
                self.answers.entry(*choice).or_default().held.push_str(text);
                // A late piece of an answer that is complete already belongs nowhere else than here.
                if *choice <= self.current {
                    self.release(*choice);
                }
            }
            ModelEvent::Reasoning(thought) => {
                self.think(thought);
                self.thinking = Some((self.thinking.map_or(now, |(from, _)| from), now));
            }
            ModelEvent::Finish { choice, .. } => {
                self.answers.entry(*choice).or_default().finished = true;
                while self
                    .answers
                    .get(&self.current)
                    .is_some_and(|answer| answer.finished)
                {
                    self.current = self.current.saturating_add(1);
                    self.release(self.current);
                }
            }
            ModelEvent::Usage(_) | ModelEvent::Anew => {}
        }
    }

    /// Nothing more will come: whatever waited is said now.
    pub(super) fn end(&mut self) {
        let waiting: Vec<u32> = self
            .answers
            .range(self.current..)
            .map(|(choice, _)| *choice)
            .collect();
        for choice in waiting {
            self.current = choice;
            self.release(choice);
        }
        self.current = u32::MAX;
    }

    fn release(&mut self, choice: u32) {
        let Some(answer) = self.answers.get_mut(&choice) else {
            return;
        };
        if answer.held.is_empty() {
            return;
        }
        if !answer.begun {
            answer.begun = true;
            if !self.text.is_empty() {
                self.text.push('\n');
            }
        }
        self.text.push_str(&answer.held);
        answer.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FinishReason;

    fn text(choice: u32, text: &str) -> ModelEvent {
        ModelEvent::Text {
            choice,
            text: text.to_owned(),
        }
    }

    fn finish(choice: u32) -> ModelEvent {
        ModelEvent::Finish {
            choice,
            reason: FinishReason::Stop,
        }
    }

    fn said(events: &[ModelEvent]) -> Choices {
        let mut choices = Choices::default();
        for (second, event) in (1..).zip(events) {
            choices.push(event, Duration::from_secs(second));
        }
        choices
    }

    #[test]
    fn later_answers_wait_for_the_earlier_ones() {
        let mut choices = said(&[
            text(1, "two"),
            text(0, "on"),
            text(2, "three"),
            text(0, "e"),
        ]);
        assert_eq!(choices.text(), "one");
        choices.push(&finish(0), Now::ZERO);
        assert_eq!(choices.text(), "one\ntwo");
        choices.push(&text(1, "!"), Now::ZERO);
        assert_eq!(choices.text(), "one\ntwo!");
        choices.end();
        assert_eq!(choices.text(), "one\ntwo!\nthree");
    }

    #[test]
    fn an_answer_without_words_leaves_no_line_behind() {
        let mut choices = said(&[finish(1), text(2, "c"), finish(2), finish(0)]);
        choices.end();
        assert_eq!(choices.text(), "c");
        let choices = said(&[text(0, "a"), finish(0), text(1, "b"), finish(1)]);
        assert_eq!(choices.text(), "a\nb");
    }

    #[test]
    fn the_time_of_thinking_is_told() {
        let mut choices = said(&[
            ModelEvent::Reasoning("a".into()),
            ModelEvent::Reasoning("b".into()),
            ModelEvent::Reasoning("c".into()),
            text(0, "d"),
        ]);
        choices.end();
        assert_eq!(choices.thoughts(), "abc");
        assert_eq!(choices.thought(), Some(Duration::from_secs(2)));
        assert_eq!(choices.text(), "d");
    }
}
