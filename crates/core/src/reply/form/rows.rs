//! The rows of a table as they come in.

use super::{Aligned, Form, Mode, Step};
use crate::reply::table::{
    Head, LONGEST_ROW, Look, ROWS_WAITED_FOR, is_empty, is_row, may_be_rule,
};

impl Form {
    /// The beginning of a table, if it is one.
    pub(super) fn table(&mut self, rest: &str, ended: bool) -> Step {
        let mut lines = Lines { rest, ended };
        let first = match lines.next() {
            Next::Line(line) if line.len() <= LONGEST_ROW => line,
            Next::Unknown(line) if line.len() <= LONGEST_ROW => return Step::Hold,
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
        let body = lines.rest.len();
        let mut rows: Vec<&str> = Vec::new();
        let mut known = false;
        while !known && rows.len() < ROWS_WAITED_FOR {
            match lines.next() {
                Next::Line(line) if is_row(line) && line.len() <= LONGEST_ROW => rows.push(line),
                Next::Line(_) | Next::End => known = true,
                Next::Unknown(line)
                    if line.trim_start_matches(' ').is_empty() && line.len() <= 3 =>
                {
                    break;
                }
                Next::Unknown(line) => {
                    known = !is_row(line) || line.len() > LONGEST_ROW;
                    break;
                }
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
        let start = self.shown.len();
        let is_code = matches!(look, Look::Code(_));
        let opening = head.opening(&look, &mut self.numbers, start);
        self.put(rest.len() - body, &opening);
        if let Some((line, _)) = opening.split_once('\n') {
            let (begins, ends) = (start + line.len() + 1, self.shown.len());
            self.tables.push(Aligned {
                shown: start..ends,
                head: begins..ends,
            });
        }
        if is_code {
            let mut from = body;
            let mut left = Lines {
                rest: rest.get(rest.len() - body..).unwrap_or_default(),
                ended,
            };
            for _ in &rows {
                if let Next::Line(line) = left.next() {
                    let at = self.shown.len();
                    let row = head.row(&look, line, &mut self.numbers, at);
                    self.put(from - left.rest.len(), &row);
                    from = left.rest.len();
                }
            }
            self.lengthen();
        }
        self.mode = Mode::Table(Box::new((head, look)));
        Step::Keep(0)
    }

    /// The next row of a table, or its end.
    pub(super) fn table_row(&mut self, rest: &str, ended: bool) -> Step {
        let Mode::Table(table) = &self.mode else {
            return Step::Turn;
        };
        let (head, look) = table.as_ref();
        let mut lines = Lines { rest, ended };
        let line = match lines.next() {
            Next::Line(line) if is_row(line) && line.len() <= LONGEST_ROW => line,
            Next::Unknown(line)
                if line.len() <= LONGEST_ROW
                    && (is_row(line)
                        || (line.len() <= 3 && line.trim_start_matches(' ').is_empty())) =>
            {
                return Step::Hold;
            }
            Next::Line(_) | Next::Unknown(_) | Next::End => {
                let text = Head::closing(look);
                self.put_row(0, text);
                self.mode = Mode::Line;
                return Step::Turn;
            }
        };
        let row = head.row(look, line, &mut self.numbers, self.shown.len());
        self.put_row(rest.len() - lines.rest.len(), &row);
        Step::Turn
    }

    /// Shows a row of the table that the reading is in, or what stands behind its rows.
    pub(super) fn put_row(&mut self, length: usize, text: &str) {
        self.put(length, text);
        if matches!(&self.mode, Mode::Table(table) if matches!(table.1, Look::Code(_))) {
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

/// The lines of a text of which more may come.
struct Lines<'a> {
    rest: &'a str,
    ended: bool,
}

enum Next<'a> {
    /// A whole line.
    Line(&'a str),
    /// A line whose end is not known, maybe empty.
    Unknown(&'a str),
    /// There is no other.
    End,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Next<'a> {
        match self.rest.split_once('\n') {
            Some((line, rest)) => {
                self.rest = rest;
                Next::Line(line.trim_end_matches('\r'))
            }
            None if self.ended && self.rest.is_empty() => Next::End,
            None if self.ended => {
                let line = self.rest;
                self.rest = "";
                Next::Line(line)
            }
            None => Next::Unknown(self.rest),
        }
    }
}
