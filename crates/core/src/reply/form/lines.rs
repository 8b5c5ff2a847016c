//! What a line begins with, and what stands above it.

use super::{Form, Mode, Step, late::Words, rows::LONGEST_LEAD};
use crate::reply::{
    fence::Fence,
    line::{Kind, Line, QUOTE_DEPTH, is_mark, run, strip_quotes},
    scan::Scan,
    spans::Spans,
};

/// The longest line that may open a block of code, in bytes, with room to spare.
const LONGEST_OPENER: usize = 120;

/// What stands above the line that the reading is at.
#[derive(Clone, Debug, Default)]
pub(super) struct Above {
    /// There is something.
    pub(super) begun: bool,
    /// The items of lists that the line may belong to, the innermost last: in which column their markers begin, and in
    /// which their words do.
    items: Vec<(usize, usize)>,
    /// How deep in quotes the last line is that is not empty.
    quote: u8,
    /// The line before is empty.
    gap: bool,
}

/// The spoilers of what is shown, as far as it was looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoilers {
    looked: usize,
    fence: Option<Fence>,
    open: Spans,
    quote: u8,
}

impl Form {
    /// What a line begins with.
    pub(super) fn line_start(&mut self, source: &str, rest: &str, ended: bool) -> Step {
        let late = self.late_table(source, rest, ended);
        if !matches!(late, Step::Turn) {
            return late;
        }
        self.pass_line(source);
        let line = rest.split('\n').next().unwrap_or_default();
        let (quote, inner) = strip_quotes(line, QUOTE_DEPTH);
        let bare = inner.trim_start_matches([' ', '\t']);
        let complete = ended || line.len() < rest.len();
        // Whether it is a table or a block of code shows after its first characters.
        let may_be_more = matches!(bare, "" | "~" | "~~") || is_mark(bare);
        if !complete && may_be_more && line.len() <= LONGEST_LEAD {
            return Step::Hold;
        }
        let table = self.table(rest, quote, ended);
        if !matches!(table, Step::Turn) {
            return table;
        }
        if bare.starts_with("~~~") && inner.len() - bare.len() <= 3 {
            let count = run(bare, b'~');
            // A line that is too long opens no block of code.
            if !complete && rest.len() <= LONGEST_OPENER {
                return Step::Hold;
            }
            if Line::of(line).kind == Kind::Fence {
                let before = line.len() - bare.len();
                self.enter(b'~', count, quote);
                self.line = self.at + before + count;
                return Step::Keep(before + count);
            }
        }
        self.mode = Mode::Words;
        self.words = Words {
            source: self.at,
            shown: self.shown.len(),
        };
        Step::Turn
    }

    /// The reading has come to the end of a line, or of what stands for lines.
    pub(super) fn pass_line(&mut self, source: &str) {
        self.above
            .read(source.get(self.line..self.at).unwrap_or_default());
        self.line = self.at;
    }

    /// A block of code begins.
    pub(super) fn enter(&mut self, mark: u8, count: usize, quote: u8) {
        self.above.begun = true;
        self.mode = Mode::Fence(Fence {
            mark,
            count,
            language: String::new(),
            quote,
            indent: 0,
            head: String::new(),
        });
    }

    /// What is shown from there on is shown otherwise. No spoiler begins or ends in it.
    pub(super) fn look_again(&mut self, shown: usize) {
        self.spoilers.looked = self.spoilers.looked.min(shown);
    }

    /// A line so deep in quotes is within a spoiler that is open. A block of code would show what is to be hidden until the
    /// spoiler is closed.
    pub(super) fn is_hidden(&mut self, quote: u8) -> bool {
        let spoilers = &mut self.spoilers;
        let new = self.shown.get(spoilers.looked..).unwrap_or_default();
        spoilers.looked = self.shown.len();
        let open = std::mem::take(&mut spoilers.open);
        let scan = Scan::new(new, spoilers.fence.take(), open, |_| ()).run();
        if scan.kind != Kind::Blank {
            spoilers.quote = scan.quote;
        }
        spoilers.fence = scan.fence;
        spoilers.open = scan.spans.carried();
        spoilers.open.keep_spoilers();
        if spoilers.quote != quote {
            spoilers.open.clear();
        }
        !spoilers.open.is_empty()
    }
}

impl Above {
    /// Takes in a line that the reading has passed.
    pub(super) fn read(&mut self, line: &str) {
        if line.is_empty() {
            return;
        }
        let line = line.trim_end_matches(['\n', '\r']);
        let read = Line::of(line);
        if read.kind == Kind::Blank {
            self.gap = true;
            return;
        }
        if read.quote != self.quote {
            self.items.clear();
        }
        let inner = strip_quotes(line, QUOTE_DEPTH).1;
        let indent = columns(inner);
        // The words of an item go on in the next line, however far in that begins.
        if read.kind != Kind::Text || self.gap {
            while self.items.last().is_some_and(|(mark, _)| *mark >= indent) {
                self.items.pop();
            }
        }
        if read.kind == Kind::Item {
            let marked = inner.trim_start().len() + read.body - line.len();
            self.items
                .push((indent, (indent + marked).min(LONGEST_LEAD)));
        }
        (self.begun, self.quote, self.gap) = (true, read.quote, false);
    }

    /// In which column the words of the item begin that a line belongs to which begins in that column; 0 where there is
    /// none.
    pub(super) fn item_of(&self, quote: u8, indent: usize) -> usize {
        let mut items = self.items.iter().rev();
        items
            .find(|(mark, _)| *mark < indent && self.quote == quote)
            .map_or(0, |(_, words)| *words)
    }
}

/// How many columns of space a line begins with.
pub(super) fn columns(line: &str) -> usize {
    line.chars()
        .take_while(|c| matches!(c, ' ' | '\t'))
        .fold(0, |columns, c| match c {
            '\t' => (columns / 4 + 1) * 4,
            _ => columns + 1,
        })
}

/// The first line, or as much of it as says what kind of a line it is; none where that is not known yet.
pub(super) fn beginning(text: &str, ended: bool) -> Option<&str> {
    let line = text.split('\n').next().unwrap_or_default();
    let mut front = line.chars();
    let first = front.find(|c| !c.is_whitespace() && *c != '>');
    // What begins with anything else is words, however it goes on.
    let marks = first.is_none_or(|c| "-*_+#|`~".contains(c) || c.is_ascii_digit());
    if line.len() == text.len() && !ended && marks && line.len() <= LONGEST_OPENER {
        return None;
    }
    line.get(..line.floor_char_boundary(LONGEST_OPENER))
}

/// A paragraph goes on from a line to the next, as [`Scan`] has it.
pub(super) fn goes_on(line: &str, next: &str) -> bool {
    let (line, next) = (Line::of(line), Line::of(next));
    let flows = line.kind == Kind::Text && line.quote == next.quote;
    next.kind == Kind::Text && (flows || line.kind == Kind::Item)
}
