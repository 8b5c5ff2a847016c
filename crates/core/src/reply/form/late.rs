//! Tables of which the head is on the screen by the time it is known to be one.
//!
//! The first words of an answer are not held back, nor is a line whose first bar stands far from its beginning, so that the
//! head of a table may be shown as it is written. Once the line below says what it is, the table takes its place: the message
//! that showed the head shows the table, and still owns it. Where that message is closed, or has no room for it, the head
//! stays, and the table below has one of its own.

use super::{
    Form, Step,
    rows::{Lines, Next},
};
use crate::reply::{
    line::{QUOTE_DEPTH, strip_quotes},
    row::{is_head, may_be_rule},
};

/// A line that is read as words: where it begins in the source, and where in what is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words {
    pub(super) source: usize,
    pub(super) shown: usize,
}

/// What is shown from a place on is shown otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Moved {
    /// The place.
    pub(super) from: usize,
    /// Whoever has seen some of it sees it up to here now.
    pub(super) to: usize,
}

impl Moved {
    /// Up to where is seen what was seen up to a place.
    pub(in super::super) fn place(self, seen: usize) -> usize {
        if seen > self.from { self.to } else { seen }
    }
}

impl Form {
    /// The beginning of a table of which the line above, shown as it is written, is the head, if this is the line below it.
    pub(super) fn late_table(&mut self, source: &str, rest: &str, ended: bool) -> Step {
        let above = source.get(self.words.source..self.at).unwrap_or_default();
        if above.find('\n').is_none_or(|end| end + 1 < above.len()) {
            return Step::Turn;
        }
        let quote = strip_quotes(above, QUOTE_DEPTH).0;
        let mut lines = Lines::new(rest, quote, ended);
        let (second, known) = match lines.next() {
            Next::Line(line) if may_be_rule(line) => (line, true),
            Next::Unknown(line) if may_be_rule(line) => (line, false),
            Next::Line(_) | Next::Unknown(_) | Next::End => return Step::Turn,
        };
        let mut first = Lines::new(above, quote, true);
        let Next::Line(line) = first.next() else {
            return Step::Turn;
        };
        let place = first.place(line, self.at + rest.len());
        if !is_head(place.words) {
            return Step::Turn;
        }
        if !known {
            return Step::Hold;
        }
        self.headed(&place, second, lines, Some(self.words))
    }

    /// What was shown in place of the source from there on is taken back.
    pub(super) fn take_back(&mut self, words: Words) {
        self.shown.truncate(words.shown);
        // What ends a table in front of it stands for nothing of the source, and stays.
        let kept = self.segments.partition_point(|segment| {
            segment.shown < words.shown || segment.source < words.source
        });
        self.segments.truncate(kept);
        self.numbers.take_back(words.shown);
        self.look_again(words.shown);
        (self.at, self.line) = (words.source, words.source);
    }
}
