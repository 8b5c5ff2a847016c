//! From a model's events to one text: several answers of one response are joined in index order, and what the model
//! thought is kept beside it.
//!
//! Providers stream several answers (`choices`) interleaved. A text that is on the screen only ever grows at its
//! end, so what a later answer says waits until the earlier ones are complete.

use std::collections::BTreeMap;

use super::thoughts::{Thoughts, end_of_thoughts};
use crate::{Now, model::ModelEvent, text::is_blank};

/// What the model has said so far, as one text.
#[derive(Debug, Default)]
pub(super) struct Choices {
    text: String,
    /// The answer whose words go straight into the text; those before it are complete.
    current: u32,
    answers: BTreeMap<u32, Answer>,
    /// Thoughts come apart from the words.
    reasons: bool,
    thoughts: Thoughts,
    /// The text was put in place of what was said, and is whole.
    is_whole: bool,
}

/// One of several answers.
#[derive(Debug, Default)]
struct Answer {
    /// Words that wait for their turn.
    held: String,
    finished: bool,
    /// Where in the text it begins, the line break before it included, once its first word is there.
    begun: Option<usize>,
    /// When its first word came.
    since: Option<Now>,
    /// Up to where its words have been searched for the end of thoughts that no tag began.
    searched: usize,
    /// They had such an end.
    thought: bool,
}

impl Choices {
    /// Everything said so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Puts a text in place of what was said; it is whole or a part of an answer.
    pub(super) fn replace(&mut self, text: String, is_whole: bool) {
        (self.text, self.is_whole) = (text, is_whole);
    }

    /// The model has said all of it.
    pub(super) fn is_whole(&self) -> bool {
        let mut answers = self.answers.values();
        self.is_whole || !self.answers.is_empty() && answers.all(|answer| answer.finished)
    }

    /// Ends the text there; nothing that waits comes behind it.
    pub(super) fn cut(&mut self, end: usize) {
        self.text.truncate(self.text.floor_char_boundary(end));
        self.answers.clear();
        (self.current, self.is_whole) = (u32::MAX, false);
    }

    /// What the model thought before it spoke.
    pub(super) fn thoughts(&self) -> &Thoughts {
        &self.thoughts
    }

    /// Puts something else in place of that.
    pub(super) fn set_thoughts(&mut self, thoughts: Thoughts) -> Thoughts {
        std::mem::replace(&mut self.thoughts, thoughts)
    }

    /// Takes one event in; the text may have grown afterwards. True if words that were in the text turned out to be
    /// thoughts and were taken out of it again.
    pub(super) fn push(&mut self, event: &ModelEvent, now: Now) -> bool {
        match event {
            ModelEvent::Text { choice, text } => {
                if !is_blank(text) {
                    self.thoughts.pause(now);
                }
                self.answers.entry(*choice).or_default().held.push_str(text);
                // A late piece of an answer that is complete already belongs nowhere else than here.
                if *choice <= self.current {
                    self.release(*choice);
                }
                return !self.reasons && self.take_back(*choice, now);
            }
            ModelEvent::Reasoning(thought) => {
                self.reasons = true;
                self.thoughts.add(thought, now, now);
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
        false
    }

    /// What an answer has said were its thoughts, if a tag that ends them is among its words and none began them: chat
    /// templates of some models put the first tag into the prompt. True if some of it was in the text.
    fn take_back(&mut self, choice: u32, now: Now) -> bool {
        let answer = self.answers.get_mut(&choice);
        let Some(answer) = answer.filter(|answer| !answer.finished && !answer.thought) else {
            return false;
        };
        let since = *answer.since.get_or_insert(now);
        let begun = answer.begun;
        let whole = match begun {
            Some(begun) => self.text.get(begun..).unwrap_or_default(),
            None => &answer.held,
        };
        let Some((end, words)) = end_of_thoughts(whole, &mut answer.searched) else {
            return false;
        };
        let thoughts = whole.get(..end).unwrap_or_default().trim().to_owned();
        answer.held = whole.get(words..).unwrap_or_default().to_owned();
        answer.begun = None;
        answer.thought = true;
        if let Some(begun) = begun {
            self.text.truncate(begun);
            self.release(choice);
        }
        self.thoughts.add(&thoughts, since, now);
        self.thoughts.pause(now);
        begun.is_some()
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
        if answer.begun.is_none() {
            answer.begun = Some(self.text.len());
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
    use std::time::Duration;

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
    fn thoughts_that_no_tag_began_are_taken_back() {
        let whole = "Okay, ünd `</think>` ends them.\n</think>\n\nIt is blue.\n</think>\nSo.";
        for size in 1..whole.len() {
            let mut choices = Choices::default();
            let mut rest = whole;
            let mut back = 0;
            while !rest.is_empty() {
                let (piece, more) = rest.split_at(rest.ceil_char_boundary(size.min(rest.len())));
                back += usize::from(choices.push(&text(0, piece), Now::ZERO));
                rest = more;
            }
            choices.end();
            assert_eq!(
                choices.text(),
                "It is blue.\n</think>\nSo.",
                "pieces of {size} bytes"
            );
            assert_eq!(choices.thoughts().text(), "Okay, ünd `</think>` ends them.");
            assert_eq!(back, 1);
        }
        let mut choices = said(&[
            text(0, "Hm.\n</think>\n\none"),
            text(1, "Hm!"),
            text(1, "\n</think>\n"),
            text(1, "two"),
            finish(0),
        ]);
        choices.end();
        assert_eq!(choices.text(), "one\ntwo");
        assert_eq!(choices.thoughts().span(), Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_tag_that_is_talked_about_is_said() {
        for whole in [
            "It ends with `</think>`.\nSo.",
            "Write </think> there.\n",
            "Cut all up to </think>\nThen show the rest.",
            "Like this:\n```\nSo, …\n</think>\n```\n",
            "Like this:\n<think>\nHm.\n</think>\nSo.",
            "It ends with </think>",
            "There is no answer.\n</think>\n\n",
        ] {
            let mut choices = said(&[text(0, whole)]);
            choices.end();
            assert_eq!(choices.text(), whole);
            assert_eq!(choices.thoughts().span(), None);
        }
        let told = [
            ModelEvent::Reasoning("Hm.".into()),
            text(0, "a\n</think>\nb"),
        ];
        assert_eq!(said(&told).text(), "a\n</think>\nb");
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
        assert_eq!(choices.thoughts().text(), "abc");
        assert_eq!(choices.thoughts().span(), Some(Duration::from_secs(3)));
        assert_eq!(choices.text(), "d");
        // The words between and before thoughts are none.
        for (second, event) in [
            (60, text(0, "e")),
            (61, ModelEvent::Reasoning("f".into())),
            (62, text(0, "\n")),
            (63, ModelEvent::Reasoning("g".into())),
        ] {
            choices.push(&event, Duration::from_secs(second));
        }
        assert_eq!(choices.thoughts().span(), Some(Duration::from_secs(5)));
    }
}
