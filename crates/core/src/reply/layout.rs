//! Which message owns which part of the text. Once decided, it never changes.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
};

use super::{
    Limits,
    markup::{Carry, render},
    split::{Fit, byte_at, fit},
};
use crate::text::is_blank;

/// A message whose part of the text is decided.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// The part of the text that it owns.
    pub owns: Range<usize>,
    /// The part of it that is shown; markers and whitespace at its borders are not.
    shows: Range<usize>,
    /// What is open in front of it; none if it is shown as it is.
    carry: Option<Carry>,
    /// The fingerprint of what is shown.
    pub print: u64,
}

impl Planned {
    /// What the message shows.
    pub(super) fn content(&self, text: &str) -> String {
        let text = text.get(self.shows.clone()).unwrap_or_default();
        match &self.carry {
            Some(carry) => render(text, carry).content,
            None => text.trim_end().to_owned(),
        }
    }
}

/// What the message that is still growing shows now.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Where in the text it ends.
    pub to: usize,
    /// What it shows, never blank.
    pub content: String,
}

/// The division of the text among messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The messages that are decided.
    pub planned: Vec<Planned>,
    /// Where the growing one begins to own.
    pub start: usize,
    /// Where it begins to show.
    from: usize,
    carry: Carry,
}

/// A number that is the same for the same content.
pub(super) fn fingerprint(content: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

impl Layout {
    /// Divides what is new, and tells what the growing message shows.
    ///
    /// `visible` tells up to where in the text the growing message shows words already.
    /// Once `ended`, all messages are planned, and none grows.
    pub(super) fn grow(
        &mut self,
        text: &str,
        limits: Limits,
        visible: impl Fn(usize) -> usize,
        ended: bool,
    ) -> Option<Frame> {
        while self.from < text.len() {
            let rest = text.get(self.from..).unwrap_or_default();
            let floor = visible(self.planned.len()).saturating_sub(self.from);
            match fit(rest, &self.carry, limits, floor, ended) {
                Fit::Show { to, rendered } if !ended => {
                    return (!rendered.content.is_empty()).then(|| Frame {
                        to: self.from + to,
                        content: rendered.content,
                    });
                }
                Fit::Show { to, rendered } => {
                    let end = text.len();
                    // Where only whitespace or closing markers are left, they belong to the last message.
                    if !rendered.content.is_empty() {
                        self.plan(self.from + to, end, &rendered.content);
                    }
                    (self.start, self.from) = (end, end);
                }
                Fit::Split {
                    cut,
                    end,
                    rendered,
                    carry,
                } => {
                    let (cut, end) = (self.from + cut, self.from + end);
                    if !rendered.content.is_empty() {
                        self.plan(cut, end, &rendered.content);
                        self.start = end;
                    }
                    self.from = end;
                    self.carry = carry;
                }
            }
        }
        if ended {
            match self.planned.last_mut() {
                Some(last) => last.owns.end = text.len(),
                // Nothing but markup without a word: it is shown as it is, so that there is an answer at all.
                None if !is_blank(text) => self.plan_bare(text, limits),
                None => {}
            }
        }
        None
    }

    fn plan_bare(&mut self, text: &str, limits: Limits) {
        let lead = text.len() - text.trim_start().len();
        let bare = text.trim();
        let end = lead + byte_at(bare, limits.message());
        self.planned.push(Planned {
            owns: 0..text.len(),
            shows: lead..end,
            carry: None,
            print: fingerprint(text.get(lead..end).unwrap_or_default()),
        });
    }

    fn plan(&mut self, cut: usize, end: usize, content: &str) {
        self.planned.push(Planned {
            owns: self.start..end,
            shows: self.from..cut,
            carry: Some(self.carry.clone()),
            print: fingerprint(content),
        });
    }
}

/// A message of a text that is divided at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What the message shows.
    pub shown: String,
    /// The part of the text that it owns, in bytes.
    pub owns: Range<usize>,
}

/// Divides a whole text among messages, as a [`super::Reply`] does with one that arrives bit by bit.
///
/// The pieces own all of the text, in order. A text in which nothing can be seen has none.
pub fn split(text: &str, limits: Limits) -> Vec<Piece> {
    let mut layout = Layout::default();
    layout.grow(text, limits, |_| 0, true);
    layout
        .planned
        .iter()
        .map(|planned| Piece {
            shown: planned.content(text),
            owns: planned.owns.clone(),
        })
        .collect()
}
