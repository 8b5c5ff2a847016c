//! The rows of a table as they come in.

use super::{Aligned, Form, Mode, Step};
use crate::reply::{
    line::{QUOTE_DEPTH, strip_quotes},
    row::{LONGEST_ROW, is_empty, is_row, may_be_head, may_be_rule},
    table::{Head, Look, ROWS_WAITED_FOR, Table},
};

/// The most that stands in front of a row, in bytes: quote marks and space.
pub(super) const LONGEST_LEAD: usize = 24;

impl Form {
    /// The beginning of a table so deep in quotes that begins in that column, if it is one.
    pub(super) fn table(&mut self, rest: &str, quote: u8, indent: usize, ended: bool) -> Step {
        let mut lines = Lines { rest, quote, ended };
        let at_front = !self.above.begun;
        let first = match lines.next() {
            Next::Line(line) if may_be_head(line, true, at_front) == Some(true) => line,
            Next::Unknown(line) if may_be_head(line, false, at_front) != Some(false) => {
                return Step::Hold;
            }
            Next::Line(_) | Next::Unknown(_) | Next::End => return Step::Turn,
        };
        let second = match lines.next() {
            Next::Line(line) => line,
            Next::Unknown(line) if may_be_rule(line) => return Step::Hold,
            Next::Unknown(_) | Next::End => return Step::Turn,
        };
        let Some(head) = Head::of(first, second) else {
            return Step::Turn;
        };
        if self.is_hidden(quote) {
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
        let table = Table::new(head, look, quote, self.above.item_of(quote, indent));
        let start = self.shown.len();
        let opening = table.opening(&mut self.numbers, start);
        self.put(rest.len() - body, &opening);
        if let Some((line, _)) = opening.split_once('\n') {
            let (begins, ends) = (start + line.len() + 1, self.shown.len());
            self.tables.push(Aligned {
                shown: start..ends,
                head: begins..ends,
            });
        }
        if table.is_code() {
            let mut from = body;
            let mut left = Lines {
                rest: rest.get(rest.len() - body..).unwrap_or_default(),
                quote,
                ended,
            };
            for _ in &rows {
                if let Next::Line(line) = left.next() {
                    let at = self.shown.len();
                    let row = table.row(line, &mut self.numbers, at);
                    self.put(from - left.rest.len(), &row);
                    from = left.rest.len();
                }
            }
            self.lengthen();
        }
        self.mode = Mode::Table(Box::new(table));
        Step::Keep(0)
    }

    /// The next row of a table, or its end.
    pub(super) fn table_row(&mut self, rest: &str, ended: bool) -> Step {
        let Mode::Table(table) = &self.mode else {
            return Step::Turn;
        };
        let quote = table.quote;
        let mut lines = Lines { rest, quote, ended };
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

/// The lines of a text of which more may come, so deep in quotes.
struct Lines<'a> {
    rest: &'a str,
    quote: u8,
    ended: bool,
}

enum Next<'a> {
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
    fn next(&mut self) -> Next<'a> {
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
        let lead = line.len() - bare.len();
        if lead > LONGEST_LEAD || line.len() > LONGEST_ROW {
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
