//! The rows of a table as they come in.

use super::{
    Aligned, Form, Mode, Step,
    late::{Moved, Words},
    lines::columns,
};
use crate::reply::{
    line::{Kind, Line, QUOTE_DEPTH, strip_quotes},
    numbers::Numbers,
    row::{LONGEST_ROW, is_empty, is_row, may_be_head, may_be_rule},
    table::{Head, Look, ROWS_WAITED_FOR, Table},
};

/// The most that stands in front of a row, in bytes: quote marks and space.
pub(super) const LONGEST_LEAD: usize = 24;

/// A table of which enough is known to show it.
#[derive(Clone, Debug)]
pub(in super::super) struct Begun {
    head: Head,
    look: Look,
    /// How deep in quotes it is.
    quote: u8,
    /// So much of the line of its head stays in front of it, on a line of its own: the number of an item.
    lead: usize,
    /// In which column the words of the item begin that it is in.
    item: usize,
    /// In which column the line below its head begins.
    indent: usize,
    /// Where in the source its rows begin.
    body: usize,
    /// So many of them are known.
    rows: usize,
    /// The line of its head, where that is shown as it is written.
    late: Option<Words>,
}

impl Form {
    /// The beginning of a table so deep in quotes, if it is one.
    pub(super) fn table(&mut self, rest: &str, quote: u8, ended: bool) -> Step {
        let mut lines = Lines::new(rest, quote, ended);
        let at_front = !self.above.begun;
        let may_be = |line, whole| {
            let (mark, words) = marked(line);
            may_be_head(words, whole, at_front || !mark.is_empty())
        };
        let first = match lines.next() {
            Next::Line(line) if may_be(line, true) == Some(true) => line,
            Next::Unknown(line) if may_be(line, false) != Some(false) => return Step::Hold,
            Next::Line(_) | Next::Unknown(_) | Next::End => return Step::Turn,
        };
        let place = lines.place(first, self.at + rest.len());
        match lines.next() {
            Next::Line(second) => self.headed(&place, second, lines, None),
            Next::Unknown(line) if may_be_rule(line) => Step::Hold,
            Next::Unknown(_) | Next::End => Step::Turn,
        }
    }

    /// A table with this line below its head, if that is what it is; `lines` are those behind it. It is `late` where its head
    /// is shown.
    pub(super) fn headed(
        &mut self,
        place: &Place<'_>,
        second: &str,
        mut lines: Lines<'_>,
        late: Option<Words>,
    ) -> Step {
        let Some(head) = Head::of(place.words, second) else {
            return Step::Turn;
        };
        let indent = lines.indent;
        // The line below the head of a table in an item belongs to the item.
        let is_apart = !place.mark.is_empty() && indent <= place.indent;
        if is_apart || self.is_hidden(lines.quote) {
            return Step::Turn;
        }
        let body = lines.rest.len();
        let mut rows: Vec<&str> = Vec::new();
        let mut known = false;
        while !known && rows.len() < ROWS_WAITED_FOR {
            match lines.row() {
                Row::Is(line) => rows.push(line),
                Row::Unknown => break,
                Row::IsNone => known = true,
            }
        }
        let complete = known || rows.len() >= ROWS_WAITED_FOR;
        let looked = Some((self.at, rows.len()));
        if !complete && self.looked == looked {
            // A row that has not ended yet says nothing about the look.
            return Step::Hold;
        }
        self.looked = looked;
        let look = head.look(&rows, &mut self.numbers.for_piece());
        match look {
            // A list names the head with each cell: without a cell, the head would be lost.
            Look::List if rows.iter().all(|row| is_empty(row)) => {
                return if complete { Step::Turn } else { Step::Hold };
            }
            Look::Code(_) if !complete => return Step::Hold,
            Look::List | Look::Code(_) => {}
        }
        // Behind a mark without words Discord shows no list: a number stands for itself, and a bullet says nothing.
        let is_numbered = place.mark.starts_with(|c: char| c.is_ascii_digit());
        let words = place.indent + place.mark.len();
        Step::Table(Box::new(Begun {
            head,
            look,
            quote: lines.quote,
            lead: if is_numbered { place.lead } else { 0 },
            item: if is_numbered {
                words.min(LONGEST_LEAD)
            } else {
                self.above.item_of(lines.quote, place.indent)
            },
            indent,
            body: place.end - body,
            rows: rows.len(),
            late,
        }))
    }

    /// Shows the beginning of a table. One whose head is shown takes its place where that `may_change`; tells so then.
    pub(super) fn begin_table(
        &mut self,
        source: &str,
        ended: bool,
        begun: Begun,
        may_change: impl Fn(&str, &str) -> bool,
    ) -> Option<Moved> {
        let rest = source.get(begun.body..).unwrap_or_default();
        let mut lines = Lines::new(rest, begun.quote, ended);
        let mut rows = Vec::with_capacity(begun.rows);
        let mut left = rest.len();
        while rows.len() < begun.rows
            && let Next::Line(line) = lines.next()
        {
            rows.push((line, left - lines.rest.len()));
            left = lines.rest.len();
        }
        let (head, look) = (begun.head, begun.look);
        let mut table = Table::new(head.clone(), look.clone(), begun.quote, begun.item);
        let mut lead = begun.lead;
        let mut from = None;
        if let Some(words) = begun.late {
            let before = self.shown.get(..words.shown).unwrap_or_default();
            let kept = source.get(words.source..words.source + lead);
            let front = front(
                &table,
                kept.unwrap_or_default(),
                &rows,
                self.numbers.for_piece(),
            );
            if may_change(before, &front) {
                self.take_back(words);
                from = Some(words.shown);
            } else {
                self.pass_line(source);
                lead = 0;
                let item = self.above.item_of(begun.quote, begun.indent);
                table = Table::new(head, look, begun.quote, item);
            }
        }
        if lead > 0 {
            let line = source.get(self.at..).unwrap_or_default();
            self.above.read(line.split('\n').next().unwrap_or_default());
            self.keep(source, lead);
            self.put(0, "\n");
        }
        let start = self.shown.len();
        let opening = table.opening(&mut self.numbers, start);
        self.put(begun.body - self.at, &opening);
        if let Some((line, _)) = opening.split_once('\n') {
            let (begins, ends) = (start + line.len() + 1, self.shown.len());
            self.tables.push(Aligned {
                shown: start..ends,
                head: begins..ends,
            });
        }
        let mut seen_to = self.shown.len();
        for (line, length) in rows {
            let at = self.shown.len();
            let row = table.row(line, &mut self.numbers, at);
            self.put(length, &row);
            if !table.is_code() && seen_to == start {
                seen_to = self.shown.len();
            }
        }
        if table.is_code() {
            self.lengthen();
        }
        self.mode = Mode::Table(Box::new(table));
        from.map(|from| Moved { from, to: seen_to })
    }

    /// The next row of a table, or its end.
    pub(super) fn table_row(&mut self, rest: &str, ended: bool) -> Step {
        let Mode::Table(table) = &self.mode else {
            return Step::Turn;
        };
        let quote = table.quote;
        let mut lines = Lines::new(rest, quote, ended);
        match lines.row() {
            Row::Is(line) => {
                let row = table.row(line, &mut self.numbers, self.shown.len());
                self.put_row(rest.len() - lines.rest.len(), &row);
            }
            Row::Unknown => return Step::Hold,
            Row::IsNone => self.end_table(),
        }
        Step::Turn
    }

    /// Ends the table that the reading is in, if it is in one.
    pub(super) fn end_table(&mut self) {
        if let Mode::Table(table) = &self.mode {
            let text = table.closing();
            self.put_row(0, &text);
            self.mode = Mode::Line;
            self.above.begun = true;
            self.line = self.at;
        }
    }

    /// Shows a row of the table that the reading is in, or what stands behind its rows.
    fn put_row(&mut self, length: usize, text: &str) {
        self.put(length, text);
        if matches!(&self.mode, Mode::Table(table) if table.is_code()) {
            self.lengthen();
        }
    }

    /// The last table reaches to the end of what is shown.
    fn lengthen(&mut self) {
        if let Some(table) = self.tables.last_mut() {
            table.shown.end = self.shown.len();
        }
    }
}

/// The least that must stand of a table in the message that showed its head: the head, and in a list the first row.
fn front(table: &Table, lead: &str, rows: &[(&str, usize)], mut numbers: Numbers) -> String {
    let mut front = lead.to_owned();
    if !front.is_empty() {
        front.push('\n');
    }
    front.push_str(&table.opening(&mut numbers, 0));
    if !table.is_code() {
        let mut rows = rows
            .iter()
            .map(|(line, _)| table.row(line, &mut numbers, 0));
        front.push_str(&rows.find(|row| !row.is_empty()).unwrap_or_default());
    }
    front
}

/// Where the head of a table stands.
pub(super) struct Place<'a> {
    /// The mark of an item in front of it, with the space behind it; mostly none.
    mark: &'a str,
    /// The head itself.
    pub(super) words: &'a str,
    /// In which column the mark or the head begins.
    indent: usize,
    /// How many bytes there are up to the end of the mark.
    lead: usize,
    /// Where in the source the text ends that its lines are of.
    end: usize,
}

/// A line, divided behind the mark of an item that it begins with.
fn marked(line: &str) -> (&str, &str) {
    let read = Line::of(line);
    let body = if read.kind == Kind::Item {
        read.body
    } else {
        0
    };
    line.split_at_checked(body).unwrap_or(("", line))
}

/// The lines of a text of which more may come, so deep in quotes.
pub(super) struct Lines<'a> {
    rest: &'a str,
    quote: u8,
    ended: bool,
    /// How much stands in front of the last line, in bytes, and in which column it begins.
    lead: usize,
    indent: usize,
}

pub(super) enum Next<'a> {
    /// A whole line, without what stands in front of it.
    Line(&'a str),
    /// A line whose end is not known, maybe empty.
    Unknown(&'a str),
    /// There is no other: the next is none of a table here.
    End,
}

enum Row<'a> {
    /// It is one.
    Is(&'a str),
    /// More has to be known.
    Unknown,
    /// It is none.
    IsNone,
}

impl<'a> Lines<'a> {
    pub(super) fn new(rest: &'a str, quote: u8, ended: bool) -> Self {
        Self {
            rest,
            quote,
            ended,
            lead: 0,
            indent: 0,
        }
    }

    /// Where the head stands that the last line is, of a text that ends there in the source.
    pub(super) fn place(&self, line: &'a str, end: usize) -> Place<'a> {
        let (mark, words) = marked(line);
        Place {
            mark,
            words,
            indent: self.indent,
            lead: self.lead + mark.trim_end().len(),
            end,
        }
    }

    pub(super) fn next(&mut self) -> Next<'a> {
        let (line, whole) = match self.rest.split_once('\n') {
            Some((line, rest)) => {
                self.rest = rest;
                (line.trim_end_matches('\r'), true)
            }
            None if self.ended && self.rest.is_empty() => return Next::End,
            None if self.ended => (std::mem::take(&mut self.rest), true),
            None => (self.rest, false),
        };
        let (quote, inner) = strip_quotes(line, QUOTE_DEPTH);
        let bare = inner.trim_start_matches([' ', '\t']);
        (self.lead, self.indent) = (line.len() - bare.len(), columns(inner));
        if self.lead > LONGEST_LEAD || line.len() > LONGEST_ROW {
            return Next::End;
        }
        match (whole, quote == self.quote) {
            // More quote marks may come.
            (false, _) if bare.is_empty() => Next::Unknown(bare),
            (_, false) => Next::End,
            (false, true) => Next::Unknown(bare),
            (true, true) => Next::Line(bare),
        }
    }

    fn row(&mut self) -> Row<'a> {
        let (line, whole) = match self.next() {
            Next::Line(line) => (line, true),
            Next::Unknown(line) => (line, false),
            Next::End => return Row::IsNone,
        };
        match is_row(line, whole) {
            Some(true) => Row::Is(line),
            None => Row::Unknown,
            Some(false) => Row::IsNone,
        }
    }
}
