//! One pass over a piece of Discord's markdown: where it may be broken, how well, and what is open at its end.
//!
//! `pulldown-cmark` reads CommonMark, which is another language (no spoilers, other emphasis, other blocks), and can't
//! go on from the middle of a fence. This pass is also cheap enough to run whenever a frame is drawn. Words within a line
//! are read in `words`, blocks of code in `fence`.

use super::{
    fence::Fence,
    line::{Kind, Line},
    spans::Spans,
};

/// How good a break is; the better is the greater.
pub(super) mod score {
    /// Before a heading or a rule.
    pub(in super::super) const SECTION: u8 = 100;
    /// Between paragraphs.
    pub(in super::super) const PARAGRAPH: u8 = 90;
    /// Between the items of a list, before or behind a table or a block of code.
    pub(in super::super) const BLOCK: u8 = 80;
    /// Before an item inside of an item.
    pub(in super::super) const NESTED: u8 = 75;
    /// Between lines.
    pub(in super::super) const LINE: u8 = 70;
    /// Behind an empty line of code.
    pub(in super::super) const CODE_GAP: u8 = 66;
    /// Between sentences.
    pub(in super::super) const SENTENCE: u8 = 60;
    /// Between lines of an item.
    pub(in super::super) const ITEM_LINE: u8 = 58;
    /// Between lines of code.
    pub(in super::super) const CODE_LINE: u8 = 55;
    /// Behind a comma or its like.
    pub(in super::super) const CLAUSE: u8 = 50;
    /// Between rows of a table.
    pub(in super::super) const ROW: u8 = 45;
    /// Behind a line that announces what follows.
    pub(in super::super) const INTRODUCTION: u8 = 42;
    /// Between words.
    pub(in super::super) const WORD: u8 = 40;
    /// Before a link, an address or a mention that follows without a space.
    pub(in super::super) const ATOM: u8 = 38;
    /// Between a heading and its text.
    pub(in super::super) const HEADED: u8 = 28;
    /// Between words of a line of code.
    pub(in super::super) const CODE_WORD: u8 = 24;
    /// Within a heading.
    pub(in super::super) const HEADING: u8 = 20;
    /// Within a row of a table.
    pub(in super::super) const CELL: u8 = 18;
    /// Within inline code.
    pub(in super::super) const INLINE_CODE: u8 = 15;
    /// What a break inside of bold, italic and the like loses.
    pub(in super::super) const IN_SPAN: u8 = 24;
}

/// Something that the pass came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The text may be broken here.
    Break {
        /// Where, in bytes.
        at: usize,
        /// How well.
        score: u8,
    },
    /// A thing that should stay whole, told after the break in front of it.
    Atom {
        /// Where it begins.
        start: usize,
        /// Where it ends, as far as the text goes.
        end: usize,
    },
    /// The words of an item of a list, without what stands within it on lines of its own, behind a break that is as good
    /// as one between items, or behind what announces it.
    Item {
        /// Where it begins.
        start: usize,
        /// Where it ends, as far as the text goes.
        end: usize,
    },
    /// An item of a list with all that stands within it, behind such a break, unless it is in one itself.
    Family {
        /// Where it begins.
        start: usize,
        /// Where it ends, as far as the text goes.
        end: usize,
    },
}

/// An item of a list with all that stands within it, as far as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    /// Where it begins.
    pub start: usize,
    /// How many spaces stand in front of its mark.
    indent: u8,
}

/// The pass: feed it a text with [`Scan::run`], then look at what is left open.
pub(super) struct Scan<'a, F> {
    pub(super) text: &'a str,
    /// Told what the pass comes by.
    pub found: F,
    /// The block of code that is open.
    pub fence: Option<Fence>,
    /// The spans that are open.
    pub spans: Spans,
    /// Where the open block of code begins, if it does so in this text.
    pub fence_at: Option<usize>,
    /// The open block of code has some code.
    pub body_seen: bool,
    /// Where something begins at the very end that more text would make whole.
    pub begun: Option<usize>,
    /// Where the address begins, or the link to it, that the text ends in.
    pub address: Option<usize>,
    /// Where the heading begins that the text ends in.
    pub heading: Option<usize>,
    /// Where the table begins that the text ends in.
    pub table: Option<usize>,
    /// Where the item begins that the text ends in.
    pub item: Option<usize>,
    /// The same with all that stands within it.
    pub family: Option<Family>,
    /// How deep in quotes the last line is.
    pub quote: u8,
    /// What the last line that is not empty is.
    pub kind: Kind,
    in_list: bool,
    pub(super) introduces: bool,
    pub(super) gap: bool,
    pub(super) first: bool,
    /// What is put in front of the first line: that many quote marks, and the mark of small print.
    lead: Option<(u8, bool)>,
}

impl<'a, F: FnMut(Found)> Scan<'a, F> {
    /// Prepares a pass over a text in front of which this was left open.
    pub(super) fn new(text: &'a str, fence: Option<Fence>, spans: Spans, found: F) -> Self {
        Self {
            text,
            found,
            fence,
            spans,
            fence_at: None,
            body_seen: false,
            begun: None,
            address: None,
            heading: None,
            table: None,
            item: None,
            family: None,
            quote: 0,
            kind: Kind::Blank,
            in_list: false,
            introduces: false,
            gap: false,
            first: true,
            lead: None,
        }
    }

    /// Says that the text goes on behind this many quote marks and, where `small`, the mark of small print: its first
    /// line is what they make of it, and only lines like it belong to the same paragraph.
    pub(super) fn behind(self, quote: u8, small: bool) -> Self {
        Self {
            lead: (self.fence.is_none()).then_some((quote, small)),
            ..self
        }
    }

    /// Reads the text to its end.
    pub(super) fn run(mut self) -> Self {
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            let end = start + line.trim_end_matches('\n').len();
            // Only the last line can still grow.
            let open = !line.ends_with('\n');
            if self.fence.is_some() {
                self.code_line(start, end, open);
            } else {
                self.line(start, end, open);
            }
            start += line.len();
        }
        if let Some(table) = self.table {
            (self.found)(Found::Atom {
                start: table,
                end: start,
            });
        }
        if let Some(item) = self.item {
            (self.found)(Found::Item {
                start: item,
                end: start,
            });
        }
        if let Some(family) = self.family {
            (self.found)(Found::Family {
                start: family.start,
                end: start,
            });
        }
        self
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn line(&mut self, start: usize, end: usize, open: bool) {
        let mut line = Line::of(self.slice(start, end));
        if line.kind != Kind::Blank
            && let Some((quote, small)) = self.lead.take()
        {
            line = line.behind(quote, small, !self.spans.is_empty());
        }
        if line.kind != Kind::Table
            && let Some(table) = self.table.take()
        {
            (self.found)(Found::Atom {
                start: table,
                end: start,
            });
        }
        if line.kind != Kind::Text || line.quote != self.quote {
            self.end_item(start);
        }
        if line.kind == Kind::Blank {
            self.gap = true;
            if !self.first {
                self.end_paragraph(line.quote);
            }
            return;
        }
        self.end_family(start, &line);
        let mut score = score::BLOCK;
        if !self.first {
            let flows = line.kind == Kind::Text
                && self.kind == Kind::Text
                && !self.gap
                && line.quote == self.quote;
            let lazy = line.kind == Kind::Text && self.kind == Kind::Item && !self.gap;
            if !flows && !lazy {
                self.end_paragraph(line.quote);
            }
            score = if self.spans.is_empty() {
                self.between(&line)
            } else {
                score::SENTENCE - score::IN_SPAN
            };
            (self.found)(Found::Break { at: start, score });
        }
        if line.kind == Kind::Table {
            self.table.get_or_insert(start);
        }
        let is_between =
            score >= score::NESTED || [score::INTRODUCTION, score::HEADED].contains(&score);
        if line.kind == Kind::Item && is_between {
            self.item = Some(start);
            let indent = line.indent;
            self.family.get_or_insert(Family { start, indent });
        }
        self.in_list = line.kind == Kind::Item || (self.in_list && (line.indent > 0 || !self.gap));
        self.first = false;
        self.gap = false;
        self.kind = line.kind;
        self.quote = line.quote;
        self.introduces = self.slice(start, end).trim_end().ends_with([':', '：']);
        match line.kind {
            Kind::Fence => self.open_fence(start, start + line.body, end, &line, open),
            Kind::Rule | Kind::Blank => {}
            Kind::Heading => {
                (self.found)(Found::Atom { start, end });
                self.heading = open.then_some(start);
                self.words(start + line.body, end, open);
            }
            Kind::Item | Kind::Small | Kind::Table | Kind::Text => {
                self.words(start + line.body, end, open);
            }
        }
    }

    pub(super) fn end_item(&mut self, end: usize) {
        if let Some(start) = self.item.take() {
            (self.found)(Found::Item { start, end });
        }
    }

    /// The item that the text is in ends in front of a line that is not empty, unless the line stands within it.
    fn end_family(&mut self, end: usize, line: &Line) {
        let Some(family) = self.family else { return };
        let flows =
            line.kind == Kind::Text && !self.gap && matches!(self.kind, Kind::Item | Kind::Text);
        if line.quote != self.quote || line.indent <= family.indent && !flows {
            self.family = None;
            let start = family.start;
            (self.found)(Found::Family { start, end });
        }
    }

    /// Only a spoiler goes on over what comes next, and within a quote alone: Discord looks for its end before it looks at
    /// lines, and what is to be hidden has to be as long as it is written.
    fn end_paragraph(&mut self, quote: u8) {
        if self.quote == quote {
            self.spans.keep_spoilers();
        } else {
            self.spans.clear();
        }
    }

    /// What a break in front of this line is worth, where no span is open.
    fn between(&self, line: &Line) -> u8 {
        let inner = line.kind == Kind::Text && line.indent > 0 && self.in_list;
        match (self.kind, line.kind) {
            (Kind::Heading, _) => score::HEADED,
            (Kind::Table, Kind::Table) if !self.gap => score::ROW,
            (_, Kind::Heading | Kind::Rule) => score::SECTION,
            _ if self.introduces => score::INTRODUCTION,
            _ if self.gap && inner => score::LINE,
            (_, Kind::Item) if line.indent > 0 && self.in_list => score::NESTED,
            _ if self.gap => score::PARAGRAPH,
            (_, Kind::Item) if line.indent > 0 => score::NESTED,
            (_, Kind::Item | Kind::Fence | Kind::Table) | (Kind::Fence | Kind::Table, _) => {
                score::BLOCK
            }
            _ if inner => score::ITEM_LINE,
            _ => score::LINE,
        }
    }
}
