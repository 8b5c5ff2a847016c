//! A table of GitHub's markdown as Discord can show it: aligned in a block of code where it is narrow enough for a
//! phone, else as a list with an item for each row.

use unicode_width::UnicodeWidthStr;

use super::{
    cell::{bare, has_link, listed},
    form::formulas,
    numbers::Numbers,
    row::{cells, cells_of, may_be_rule},
};

/// The widest block of code, in columns. Discord's app on a phone held upright shows some 40 to 56 of them before it
/// breaks a line; on a desktop there are more.
pub(super) const WIDEST: usize = 56;
/// So many rows are waited for before it is decided how a table is shown; later ones keep to that.
pub(super) const ROWS_WAITED_FOR: usize = 8;
/// What stands between two cells.
const BETWEEN: &str = " | ";
/// What stands in a list for a cell in which nothing stands.
const EMPTY: &str = "–";

/// To which side a column's cells are pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// What holds for all rows of a table.
#[derive(Clone, Debug)]
pub(super) struct Head {
    cells: Vec<String>,
    aligns: Vec<Align>,
}

/// How a table is shown.
#[derive(Clone, Debug)]
pub(super) enum Look {
    /// Aligned, with these widths.
    Code(Vec<usize>),
    /// As a list.
    List,
}

/// A table, as all of its rows are shown.
#[derive(Clone, Debug)]
pub(super) struct Table {
    head: Head,
    look: Look,
    /// How deep in quotes it is written.
    pub(super) quote: u8,
    /// What stands in front of each line of it.
    front: String,
}

impl Head {
    /// The head of a table from its first two lines, if that is what they are. The first is one that may be a head.
    pub(super) fn of(first: &str, second: &str) -> Option<Self> {
        if !may_be_rule(second) {
            return None;
        }
        let aligns: Option<Vec<Align>> = cells(second).iter().map(|cell| align(cell)).collect();
        let aligns = aligns?;
        let cells = cells_of(first, aligns.len());
        let is_head = cells.len() == aligns.len()
            && cells.iter().any(|cell| !cell.is_empty())
            // Words with a bar behind them are no table of one column.
            && (cells.len() > 1 || first.starts_with('|'));
        is_head.then_some(Self { cells, aligns })
    }

    /// How the table is shown whose first rows are these. The numbers are given as they will be when it is shown.
    pub(super) fn look(&self, rows: &[&str], numbers: &mut Numbers) -> Look {
        let head = self.cells.iter();
        let mut widths: Vec<usize> = head
            .map(|cell| bare(cell, numbers, 0).width().max(1))
            .collect();
        for row in rows {
            for (index, cell) in cells_of(row, widths.len()).iter().enumerate() {
                let cell = bare(cell, numbers, 0).width();
                if let Some(width) = widths.get_mut(index) {
                    *width = cell.max(*width);
                }
            }
        }
        let all = widths.iter().sum::<usize>() + widths.len().saturating_sub(1) * BETWEEN.len();
        // In a block of code nobody can follow a link.
        let linked = self.cells.iter().any(|cell| has_link(cell))
            || rows
                .iter()
                .flat_map(|row| cells_of(row, widths.len()))
                .any(|cell| has_link(&cell));
        if all > WIDEST || linked {
            Look::List
        } else {
            Look::Code(widths)
        }
    }
}

impl Table {
    /// A table that is written so deep in quotes, in an item of a list whose words begin in that column.
    pub(super) fn new(head: Head, look: Look, quote: u8, item: usize) -> Self {
        // Discord knows no quote in a quote: a second mark would be a part of the code.
        let mut front = if quote > 0 { "> " } else { "" }.to_owned();
        match look {
            // The items of a list in an item are its own. A block of code is as wide as it can be.
            Look::List => front.extend(std::iter::repeat_n(' ', item)),
            Look::Code(_) => {}
        }
        Self {
            head,
            look,
            quote,
            front,
        }
    }

    /// It is shown as a block of code.
    pub(super) fn is_code(&self) -> bool {
        matches!(self.look, Look::Code(_))
    }

    /// What stands in front of the rows; `at` is where it is shown.
    pub(super) fn opening(&self, numbers: &mut Numbers, at: usize) -> String {
        match &self.look {
            Look::List => String::new(),
            Look::Code(widths) => {
                let front = &self.front;
                let head = self.aligned(&self.head.cells, widths, numbers, at);
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                format!("{front}```\n{head}{front}{}\n", rule.join("-|-"))
            }
        }
    }

    /// A row, with its line break; `at` is where it is shown.
    pub(super) fn row(&self, line: &str, numbers: &mut Numbers, at: usize) -> String {
        let mut cells = cells_of(line, self.head.cells.len());
        // What is over is kept rather than lost.
        let filled = cells.len().max(self.head.cells.len());
        cells.resize(filled, String::new());
        match &self.look {
            Look::Code(widths) => self.aligned(&cells, widths, numbers, at),
            Look::List => self.listed(&cells, numbers, at),
        }
    }

    /// What stands behind the rows.
    pub(super) fn closing(&self) -> String {
        match self.look {
            Look::Code(_) => format!("{}```\n", self.front),
            Look::List => String::new(),
        }
    }

    fn listed(&self, cells: &[String], numbers: &mut Numbers, at: usize) -> String {
        let mut item = String::new();
        if cells.iter().all(String::is_empty) {
            return item;
        }
        for (index, cell) in cells.iter().enumerate() {
            let name = self.head.cells.get(index);
            if cell.is_empty() && name.is_none_or(String::is_empty) {
                continue;
            }
            let mark = if item.is_empty() { "- " } else { "  " };
            item.push_str(&self.front);
            item.push_str(mark);
            let name = name
                .map(|name| bare(name, numbers, at + item.len()))
                .unwrap_or_default();
            if !name.is_empty() {
                item.push_str("**");
                for c in name.chars() {
                    if matches!(c, '*' | '\\' | '`') {
                        item.push('\\');
                    }
                    item.push(c);
                }
                item.push_str(":** ");
            }
            // An item can be divided among messages: each formula is where it is.
            let begins = at + item.len();
            let cell = formulas(&listed(cell), numbers, |at| begins + at);
            // The head is named all the same: it stands nowhere else.
            item.push_str(if cell.is_empty() { EMPTY } else { &cell });
            item.push('\n');
        }
        item
    }

    fn aligned(
        &self,
        cells: &[String],
        widths: &[usize],
        numbers: &mut Numbers,
        at: usize,
    ) -> String {
        let mut line = self.front.clone();
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                line.push_str(BETWEEN);
            }
            let cell = bare(cell, numbers, at);
            let free = widths
                .get(index)
                .map_or(0, |width| width.saturating_sub(cell.width()));
            let before = match self.head.aligns.get(index) {
                Some(Align::Right) => free,
                Some(Align::Center) => free / 2,
                Some(Align::Left) | None => 0,
            };
            line.extend(std::iter::repeat_n(' ', before));
            line.push_str(&cell);
            line.extend(std::iter::repeat_n(' ', free - before));
        }
        let mut line = line.trim_end().to_owned();
        line.push('\n');
        line
    }
}

fn align(cell: &str) -> Option<Align> {
    let dashes = cell.trim_start_matches(':').trim_end_matches(':');
    let plain = !dashes.is_empty() && dashes.chars().all(|c| c == '-');
    let colons = cell.len() - dashes.len();
    if !plain || colons > 2 {
        return None;
    }
    Some(match (cell.starts_with(':'), cell.ends_with(':')) {
        (true, true) => Align::Center,
        (false, true) => Align::Right,
        (true | false, false) => Align::Left,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_two_lines_of_as_many_cells() {
        assert!(Head::of("| a | b |", "|---|:-:|").is_some());
        assert!(Head::of("| a | b", "| --- | --- ").is_some());
        assert!(Head::of("|a|", "|-|").is_some());
        assert!(Head::of("| a | b |", "|---|").is_none());
        assert!(Head::of("| a |", "| b |").is_none());
        assert!(Head::of("a | b", "---|---").is_some());
        assert!(Head::of("a | b |", "| --- | --- |").is_some());
        assert!(Head::of("a |", "---|").is_none());
        assert!(Head::of("a | b", "---").is_none());
        assert!(Head::of("| `a|b` | c |", "|---|---|").is_some());
    }
}
