//! Which message owns which part of the text. Once decided, it never changes.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
};

use super::{
    Limits,
    form::{Aligned, Form},
    markup::{Carry, render, render_last, units},
    split::{Fit, Stand, byte_at, fit, fit_again},
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
    /// The text ends with it.
    ends: bool,
    /// The fingerprint of what is shown.
    pub print: u64,
    /// The line that is shown in place of its part, which a file holds.
    pub in_file: Option<String>,
}

/// How many messages an answer may have before the rest of it goes into a file.
#[derive(Clone, Debug)]
pub(super) struct Cap {
    /// The messages of text, at least 1.
    pub messages: usize,
    /// What the message with the file says.
    pub line: String,
    /// What stands in its place until the answer has ended.
    pub waits: String,
}

impl Planned {
    /// What the message shows.
    pub(super) fn content(&self, text: &str) -> String {
        if let Some(line) = &self.in_file {
            return line.clone();
        }
        let text = text.get(self.shows.clone()).unwrap_or_default();
        match &self.carry {
            Some(carry) if self.ends => render_last(text, carry).content,
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
    /// Where the rest goes into a file.
    pub cap: Option<Cap>,
    /// Where the first messages end, if that is known from before.
    ends: Vec<usize>,
}

/// A number that is the same for the same content.
pub(super) fn fingerprint(content: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

impl Layout {
    /// Nothing divided yet.
    pub(super) fn capped(cap: Option<Cap>) -> Self {
        Self {
            cap,
            ..Self::default()
        }
    }

    /// The text was divided before, and these messages end there.
    pub(super) fn ending_at(self, ends: Vec<usize>) -> Self {
        Self { ends, ..self }
    }

    /// Divides what is new, and tells what the growing message shows.
    ///
    /// `tables` should stay in one message each. `visible` tells up to where in the text the growing message shows words already.
    /// Once `ended`, all messages are planned, and none grows.
    pub(super) fn grow(
        &mut self,
        text: &str,
        tables: &[Aligned],
        limits: Limits,
        visible: impl Fn(usize) -> usize,
        ended: bool,
    ) -> Option<Frame> {
        while self.from < text.len() {
            if self.is_full(0) {
                if ended {
                    self.plan_file(text);
                }
                return None;
            }
            let rest = text.get(self.from..).unwrap_or_default();
            let floor = visible(self.planned.len()).saturating_sub(self.from);
            let ahead = self.ahead(tables, limits);
            let again = self.ends.get(self.planned.len());
            let again = again.and_then(|end| end.checked_sub(self.from));
            let again = again.and_then(|cut| fit_again(rest, &self.carry, limits, cut));
            let stand = Stand {
                floor,
                ended,
                is_first: self.planned.is_empty(),
                is_last: self.is_full(1),
            };
            let fit = again.unwrap_or_else(|| fit(rest, &self.carry, limits, stand, &ahead));
            match fit {
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
                        self.plan(self.from + to, end, true, &rendered.content);
                    }
                    (self.start, self.from) = (end, end);
                }
                Fit::Split {
                    cut,
                    end,
                    rendered,
                    mut carry,
                } => {
                    let (cut, end) = (self.from + cut, self.from + end);
                    if let Some(fence) = &mut carry.fence
                        && let Some(head) = head_of(text, tables, end, limits)
                    {
                        head.clone_into(&mut fence.head);
                    }
                    if !rendered.content.is_empty() {
                        self.plan(cut, end, false, &rendered.content);
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

    /// These words can stand in the growing message behind the text so far, of which none is decided that they take the place of.
    pub(super) fn has_room(&self, before: &str, words: &str, limits: Limits) -> bool {
        let before = before.get(self.from..);
        before.is_some_and(|before| {
            let rendered = render(&format!("{before}{words}"), &self.carry);
            rendered.units <= limits.message()
        })
    }

    /// The tables that should stay whole, as far as they may begin in the growing message, told from where it begins.
    fn ahead(&self, tables: &[Aligned], limits: Limits) -> Vec<Range<usize>> {
        // A UTF-16 unit takes three bytes at the most, and no further than a quarter beyond the limit is looked.
        let reach = self.from + limits.message() * 4;
        let first = tables.partition_point(|table| table.shown.start < self.from);
        let ahead = tables.get(first..).unwrap_or_default();
        ahead
            .iter()
            .map(|table| &table.shown)
            .take_while(|part| part.start < reach)
            .map(|part| part.start - self.from..part.end - self.from)
            .collect()
    }

    /// With so many more there are as many messages of text as there may be.
    fn is_full(&self, more: usize) -> bool {
        let planned = self.planned.len() + more;
        self.cap
            .as_ref()
            .is_some_and(|cap| planned >= cap.messages.max(1))
    }

    /// What stands below a text that goes on after the last message of text.
    pub(super) fn waits(&self, text: &str) -> Option<&str> {
        let rest = text.get(self.from..).unwrap_or_default();
        let cap = self.cap.as_ref().filter(|_| self.is_full(0));
        cap.filter(|_| !is_blank(rest))
            .map(|cap| cap.waits.as_str())
    }

    /// The rest goes into a file. Where nothing of it can be seen, it belongs to the last message.
    fn plan_file(&mut self, text: &str) {
        let end = text.len();
        let rest = text.get(self.from..).unwrap_or_default();
        if is_blank(rest) {
            if let Some(last) = self.planned.last_mut() {
                last.owns.end = end;
            }
        } else if let Some(cap) = &self.cap {
            self.planned.push(Planned {
                owns: self.start..end,
                shows: self.from..self.from,
                carry: None,
                ends: true,
                print: fingerprint(&cap.line),
                in_file: Some(cap.line.clone()),
            });
        }
        (self.start, self.from) = (end, end);
    }

    /// Files can't be sent: what was to go into one is divided among messages after all.
    pub(super) fn uncap(&mut self) {
        self.cap = None;
        if let Some(file) = self.planned.pop_if(|last| last.in_file.is_some()) {
            (self.start, self.from) = (file.owns.start, file.shows.start);
        }
    }

    fn plan_bare(&mut self, text: &str, limits: Limits) {
        let lead = text.len() - text.trim_start().len();
        let bare = text.trim();
        let end = lead + byte_at(bare, limits.message());
        self.planned.push(Planned {
            owns: 0..text.len(),
            shows: lead..end,
            carry: None,
            ends: true,
            print: fingerprint(text.get(lead..end).unwrap_or_default()),
            in_file: None,
        });
    }

    fn plan(&mut self, cut: usize, end: usize, ends: bool, content: &str) {
        self.planned.push(Planned {
            owns: self.start..end,
            shows: self.from..cut,
            carry: Some(self.carry.clone()),
            ends,
            print: fingerprint(content),
            in_file: None,
        });
    }
}

/// The head of the table that is cut at a place, where it leaves room for the rows.
fn head_of<'a>(text: &'a str, tables: &[Aligned], at: usize, limits: Limits) -> Option<&'a str> {
    let next = tables.partition_point(|table| table.shown.start < at);
    let table = tables.get(next.checked_sub(1)?)?;
    let head = text.get(table.head.clone())?;
    let within = (table.head.end..table.shown.end).contains(&at);
    (within && units(head) <= limits.message() / 4).then_some(head)
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
    let mut form = Form::default();
    form.grow(text, true);
    let mut layout = Layout::default();
    layout.grow(form.shown(), form.tables(), limits, |_| 0, true);
    layout
        .planned
        .iter()
        .map(|planned| Piece {
            shown: planned.content(form.shown()),
            owns: form.source_of(text, planned.owns.start)..form.source_of(text, planned.owns.end),
        })
        .collect()
}
