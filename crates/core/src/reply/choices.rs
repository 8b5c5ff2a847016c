//! From a model's events to one text: several answers of one response are joined in index order,
//! and what the model only thinks is kept out.
//!
//! Providers stream several answers (`choices`) interleaved. A text that is on the screen only ever grows at its
//! end, so what a later answer says waits until the earlier ones are complete.

use std::{collections::BTreeMap, time::Duration};

use crate::{Now, model::ModelEvent};

/// The tags that models without a reasoning channel put around their thoughts, at the start of an answer.
const THOUGHT_TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

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
    head: Head,
    /// Words that wait for their turn.
    held: String,
    finished: bool,
    /// Its first word is in the text, so that the line break before it is too.
    begun: bool,
}

/// Where in an answer the stream is, as far as thoughts are concerned.
#[derive(Debug)]
enum Head {
    /// Too little was said to know whether it begins with a thought.
    Start(String),
    /// In a thought that ends with this tag; the last few bytes are kept to find it across pieces.
    Thought(&'static str, String),
    /// After a thought, before the first word.
    Gap,
    /// In the answer itself.
    Words,
}

impl Default for Head {
    fn default() -> Self {
        Self::Start(String::new())
    }
}

impl Choices {
    /// Everything said so far, thoughts left out.
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
                let answer = self.answers.entry(*choice).or_default();
                let (mut words, mut thoughts) = (String::new(), String::new());
                if answer.head.feed(text, &mut words, &mut thoughts) {
                    self.think(&thoughts);
                    self.thinking = Some((self.thinking.map_or(now, |(from, _)| from), now));
                }
                self.say(*choice, &words);
            }
            ModelEvent::Reasoning(thought) => {
                self.think(thought);
                self.thinking = Some((self.thinking.map_or(now, |(from, _)| from), now));
            }
            ModelEvent::Finish { choice, .. } => {
                self.finish(*choice);
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
            self.finish(choice);
            self.current = choice;
            self.release(choice);
        }
        self.current = u32::MAX;
    }

    fn finish(&mut self, choice: u32) {
        let answer = self.answers.entry(choice).or_default();
        if !answer.finished {
            answer.finished = true;
            // An answer that looked like the beginning of a tag to its very end was no thought.
            let rest = answer.head.rest();
            self.say(choice, &rest);
        }
    }

    fn say(&mut self, choice: u32, words: &str) {
        if let Some(answer) = self.answers.get_mut(&choice) {
            answer.held.push_str(words);
            // A late piece of an answer that is complete already belongs nowhere else than here.
            if choice <= self.current {
                self.release(choice);
            }
        }
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

impl Head {
    /// Adds the words of a piece to `out`, and what it thinks to `thoughts`; true if some of the piece was a thought.
    fn feed(&mut self, piece: &str, out: &mut String, thoughts: &mut String) -> bool {
        let mut thought = false;
        let mut piece = piece.to_owned();
        loop {
            match self {
                Self::Words => {
                    out.push_str(&piece);
                    return thought;
                }
                Self::Gap => {
                    let words = piece.trim_start();
                    if !words.is_empty() {
                        out.push_str(words);
                        *self = Self::Words;
                    }
                    return thought;
                }
                Self::Start(begun) => {
                    begun.push_str(&piece);
                    let start = begun.trim_start();
                    let opened = THOUGHT_TAGS.iter().find_map(|(open, close)| {
                        start
                            .strip_prefix(open)
                            .map(|rest| (*close, rest.to_owned()))
                    });
                    if let Some((close, rest)) = opened {
                        piece = rest;
                        *self = Self::Thought(close, String::new());
                    } else if THOUGHT_TAGS.iter().any(|(open, _)| open.starts_with(start)) {
                        return thought;
                    } else {
                        piece = std::mem::take(begun);
                        *self = Self::Words;
                    }
                }
                Self::Thought(close, tail) => {
                    thought = true;
                    tail.push_str(&piece);
                    if let Some((end, rest)) = tail.split_once(*close) {
                        thoughts.push_str(end);
                        piece = rest.to_owned();
                        *self = Self::Gap;
                    } else {
                        let mut keep = tail.len().saturating_sub(close.len());
                        while !tail.is_char_boundary(keep) {
                            keep -= 1;
                        }
                        thoughts.extend(tail.drain(..keep));
                        return thought;
                    }
                }
            }
        }
    }

    /// What was held back and turned out to be words after all.
    fn rest(&mut self) -> String {
        match self {
            Self::Start(begun) => std::mem::take(begun),
            Self::Thought(..) | Self::Gap | Self::Words => String::new(),
        }
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
    fn thoughts_are_kept_out_however_they_are_cut() {
        let whole = "\n<think>Hm, <b> ünd </thin> so</think>\n\nIt is <think>blue</think>.";
        for size in 1..whole.len() {
            let mut choices = Choices::default();
            let mut rest = whole;
            while !rest.is_empty() {
                let cut = rest
                    .char_indices()
                    .map(|(at, _)| at)
                    .find(|at| *at >= size)
                    .unwrap_or(rest.len());
                choices.push(&text(0, &rest[..cut]), Now::ZERO);
                rest = &rest[cut..];
            }
            choices.end();
            assert_eq!(
                choices.text(),
                "It is <think>blue</think>.",
                "pieces of {size} bytes"
            );
            assert!(choices.thought().is_some());
            assert_eq!(choices.thoughts(), "Hm, <b> ünd </thin> so", "{size}");
        }
    }

    #[test]
    fn what_only_looks_like_a_thought_is_said() {
        for whole in ["<thi", "<", "  <thinner>", " ", "x <think>"] {
            let mut choices = said(&[text(0, whole)]);
            choices.end();
            assert_eq!(choices.text(), whole);
            assert_eq!(choices.thought(), None);
        }
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
