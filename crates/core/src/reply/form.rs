//! From what the model says to what Discord can show: tables become aligned code or lists, mathematics becomes Unicode,
//! everything else stays as it is.
//!
//! What is shown grows at its end, so that nothing that is on the screen changes: a table or a formula is waited for until it
//! is known how it is shown, and no longer than a bounded number of bytes. Only the head of a table that could not be told
//! from words gives way to the table, in the same message (`late`). How the text was cut into pieces on its way makes
//! no difference.

mod late;
mod lines;
mod rows;

use std::ops::Range;

use super::{
    environment::environment,
    fence::{Fence, closing},
    formula::{Source, formula},
    line::{Kind, LONGEST_FENCE, Line, run, strip_quotes},
    numbers::{Formula, Numbers},
    table::Table,
};
pub(super) use late::Moved;
use late::Words;
use lines::{Above, Spoilers, beginning, goes_on};
use rows::Begun;

/// The text as it is shown, as far as that is known, and which part of the source each part of it stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    shown: String,
    /// Up to where the source is in it.
    at: usize,
    /// Where the line begins that the source is in.
    line: usize,
    /// The last line that began as words.
    words: Words,
    above: Above,
    mode: Mode,
    segments: Vec<Segment>,
    tables: Vec<Aligned>,
    numbers: Numbers,
    spoilers: Spoilers,
    /// Where a table begins that is waited for, and how many rows of it have been looked at.
    looked: Option<(usize, usize)>,
}

/// Where in the source the reading is.
#[derive(Clone, Debug, Default)]
enum Mode {
    /// At the start of a line.
    #[default]
    Line,
    /// Within a line.
    Words,
    /// In inline code that ends with so many backticks.
    Code(usize),
    /// In a block of code.
    Fence(Fence),
    /// Behind the head of a table.
    Table(Box<Table>),
}

/// From here on, what is shown stands for the source from there on.
#[derive(Clone, Copy, Debug)]
struct Segment {
    shown: usize,
    source: usize,
    /// Byte for byte; otherwise only as a whole.
    alike: bool,
}

/// A table that is shown as a block of code: a part of what is shown that should stay in one message.
#[derive(Clone, Debug)]
pub(super) struct Aligned {
    /// Where it is, as far as it is known.
    pub(super) shown: Range<usize>,
    /// Where its head is, with the line below it.
    pub(super) head: Range<usize>,
}

/// What becomes of the next bytes of the source.
pub(super) enum Step {
    /// More has to be known.
    Hold,
    /// So many bytes are shown as they are.
    Keep(usize),
    /// In place of so many bytes something else is shown.
    Put(usize, String),
    /// In place of so many bytes this formula is shown as code.
    Formula(usize, Source),
    /// A table begins.
    Table(Box<Begun>),
    /// Nothing yet; the reading goes on in another mode.
    Turn,
}

/// A piece of a line with its formulas as they are shown; `place` tells where a place within it is shown.
pub(super) fn formulas(
    line: &str,
    numbers: &mut Numbers,
    place: impl Fn(usize) -> usize,
) -> String {
    let mut form = Form {
        mode: Mode::Words,
        numbers: numbers.for_piece(),
        ..Form::default()
    };
    form.grow(line, true);
    numbers.take_in(form.numbers, place);
    form.shown
}

impl Form {
    /// A text of which nothing is known yet.
    pub(super) fn new(numbers: Numbers) -> Self {
        Self {
            numbers,
            ..Self::default()
        }
    }

    /// Another text of which nothing is known yet, shown in the same way.
    pub(super) fn anew(&self) -> Self {
        Self::new(self.numbers.anew())
    }

    /// The formulas that are to be drawn of a part of what is shown.
    pub(super) fn formulas(&self, part: Range<usize>) -> Vec<Formula> {
        self.numbers.within(part)
    }

    /// What is shown so far.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The tables in what is shown that are aligned.
    pub(super) fn tables(&self) -> &[Aligned] {
        &self.tables
    }

    /// Takes in what is new in the source; once `ended`, nothing is waited for any more.
    pub(super) fn grow(&mut self, source: &str, ended: bool) {
        self.grow_where(source, ended, |_, _| true);
    }

    /// The same where people see some of it: `may_change` tells whether other words may stand behind the first part of what is
    /// shown, of which these are the least that must stand in the same message. Tells what was changed.
    pub(super) fn grow_where(
        &mut self,
        source: &str,
        ended: bool,
        may_change: impl Fn(&str, &str) -> bool,
    ) -> Option<Moved> {
        // What is changed behind that was shown to nobody yet.
        let mut moved = None;
        while self.at < source.len() {
            match self.step(source, ended) {
                Step::Hold => return moved,
                Step::Keep(length) => self.keep(source, length),
                Step::Put(length, text) => self.put(length, &text),
                Step::Formula(length, formula) => {
                    let number = self.numbers.give(&formula.latex, self.shown.len());
                    self.put(length, &formula.as_code(number));
                }
                Step::Table(begun) => {
                    let change = self.begin_table(source, ended, *begun, &may_change);
                    moved = moved.or(change);
                }
                Step::Turn => {}
            }
        }
        if ended {
            self.end_table();
        }
        moved
    }

    /// The place in the source that a place in what is shown stands for; within a formula or a row, about that place.
    pub(super) fn source_of(&self, source: &str, shown: usize) -> usize {
        if shown >= self.shown.len() {
            return self.at;
        }
        let next = self
            .segments
            .partition_point(|segment| segment.shown < shown);
        // What shows nothing, such as the head of a list, belongs to what is shown next.
        if let Some(begins) = self.segments.get(next)
            && begins.shown == shown
        {
            return begins.source;
        }
        let after = self.segments.get(next);
        let Some(segment) = next.checked_sub(1).and_then(|at| self.segments.get(at)) else {
            return shown;
        };
        let into = shown - segment.shown;
        if segment.alike {
            return segment.source + into;
        }
        let length = after.map_or(self.shown.len(), |after| after.shown) - segment.shown;
        let stands_for = after.map_or(self.at, |after| after.source) - segment.source;
        let at = segment.source + into * stands_for / length.max(1);
        source.floor_char_boundary(at).max(segment.source)
    }

    fn keep(&mut self, source: &str, length: usize) {
        let text = source.get(self.at..self.at + length).unwrap_or_default();
        let alike = self.segments.last().is_none_or(|segment| segment.alike);
        if !alike {
            self.segments.push(Segment {
                shown: self.shown.len(),
                source: self.at,
                alike: true,
            });
        }
        self.shown.push_str(text);
        self.at += length;
    }

    fn put(&mut self, length: usize, text: &str) {
        self.segments.push(Segment {
            shown: self.shown.len(),
            source: self.at,
            alike: false,
        });
        self.shown.push_str(text);
        self.at += length;
    }

    fn step(&mut self, source: &str, ended: bool) -> Step {
        let rest = source.get(self.at..).unwrap_or_default();
        match &self.mode {
            Mode::Line => self.line_start(source, rest, ended),
            Mode::Words => self.in_words(source, rest, ended),
            Mode::Code(ticks) => {
                let ticks = *ticks;
                self.code(source, rest, ticks, ended)
            }
            Mode::Fence(fence) => {
                let Some(end) = rest.find('\n') else {
                    return Step::Keep(rest.len());
                };
                let line = source.get(self.line..self.at + end).unwrap_or_default();
                let quoted = strip_quotes(line, fence.quote).1;
                if closing(fence, quoted).is_some() {
                    self.mode = Mode::Line;
                }
                self.line = self.at + end + 1;
                Step::Keep(end + 1)
            }
            Mode::Table(_) => self.table_row(rest, ended),
        }
    }

    fn in_words(&mut self, source: &str, rest: &str, ended: bool) -> Step {
        let Some(at) = rest.find(['\n', '`', '\\', '$']) else {
            return Step::Keep(rest.len());
        };
        if at > 0 {
            return Step::Keep(at);
        }
        match rest.as_bytes().first() {
            Some(b'\n') => {
                self.mode = Mode::Line;
                Step::Keep(1)
            }
            Some(b'`') => {
                let count = run(rest, b'`');
                if count == rest.len() && !ended {
                    return Step::Hold;
                }
                let before = self.in_front(source);
                if count > 3 {
                    return self.many_backticks(before, rest, count, ended);
                }
                if count == 3 {
                    let quote = strip_quotes(before, 3).0;
                    self.line = self.at + count;
                    self.enter(b'`', count, quote);
                } else {
                    self.mode = Mode::Code(count);
                }
                Step::Keep(count)
            }
            Some(b'\\') => {
                let next = rest.get(1..).and_then(|rest| rest.chars().next());
                match next {
                    None if ended => Step::Keep(1),
                    None => Step::Hold,
                    Some('(' | '[') => formula(rest, self.in_front(source), ended),
                    Some('b') => environment(rest, self.in_front(source), ended),
                    Some('\n') => Step::Keep(1),
                    Some(c) => Step::Keep(1 + c.len_utf8()),
                }
            }
            _ => formula(rest, self.in_front(source), ended),
        }
    }

    /// More than three backticks open a block of code only where they begin a line; elsewhere they are inline code.
    fn many_backticks(&mut self, before: &str, rest: &str, count: usize, ended: bool) -> Step {
        let Some(rest) = beginning(rest, ended) else {
            return Step::Hold;
        };
        let line = Line::of(&format!("{before}{rest}"));
        if line.kind == Kind::Fence && line.body == before.len() {
            self.line = self.at + count;
            self.enter(b'`', count, line.quote);
        } else if count <= LONGEST_FENCE {
            self.mode = Mode::Code(count);
        }
        Step::Keep(count)
    }

    fn code(&mut self, source: &str, rest: &str, ticks: usize, ended: bool) -> Step {
        let Some(at) = rest.find(['`', '\n']) else {
            return Step::Keep(rest.len());
        };
        if at > 0 {
            return Step::Keep(at);
        }
        if rest.starts_with('\n') {
            let line = source.get(self.line..self.at).unwrap_or_default();
            let Some(next) = beginning(rest.get(1..).unwrap_or_default(), ended) else {
                return Step::Hold;
            };
            if !goes_on(line, next) {
                // Inline code that a paragraph doesn't close is none.
                self.mode = Mode::Line;
            }
            self.pass_line(source);
            self.line = self.at + 1;
            return Step::Keep(1);
        }
        let count = run(rest, b'`');
        if count == rest.len() && !ended {
            return Step::Hold;
        }
        if count == ticks {
            self.mode = Mode::Words;
        }
        Step::Keep(count)
    }

    /// What stands in front of the reading on its line.
    fn in_front<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.line..self.at).unwrap_or_default()
    }
}
