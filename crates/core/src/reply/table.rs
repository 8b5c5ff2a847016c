//! A table of GitHub's markdown as Discord can show it: aligned in a block of code where it is narrow enough for a
//! phone, else as a list with an item for each row.

use unicode_width::UnicodeWidthStr;

use super::{
    cell::{bare, has_link, listed},
    form::formulas,
    numbers::Numbers,
};

/// The widest block of code, in columns. Discord's app on a phone held upright shows some 40 to 56 of them before it
/// breaks a line; on a desktop there are more.
pub(super) const WIDEST: usize = 56;
/// So many rows are waited for before it is decided how a table is shown; later ones keep to that.
pub(super) const ROWS_WAITED_FOR: usize = 8;
/// The longest line that may be a row, in bytes.
pub(super) const LONGEST_ROW: usize = 4_000;
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

/// The line may be a row: it begins with a bar, and with no more than three spaces before it.
pub(super) fn is_row(line: &str) -> bool {
    let bare = line.trim_start_matches(' ');
    line.len() - bare.len() <= 3 && bare.starts_with('|') && !is_spoiler(bare)
}

/// The line is a spoiler and nothing else. A row with an empty cell at both ends looks alike, but nothing that is to be
/// hidden may stand in the open.
fn is_spoiler(bare: &str) -> bool {
    let hidden = bare.trim_end().strip_prefix("||");
    let hidden = hidden.and_then(|hidden| hidden.strip_suffix("||"));
    hidden.is_some_and(|hidden| !hidden.trim().is_empty() && !hidden.contains('|'))
}

/// Nothing stands in the row.
pub(super) fn is_empty(row: &str) -> bool {
    cells(row).iter().all(String::is_empty)
}

/// The line may still become a row of dashes.
pub(super) fn may_be_rule(line: &str) -> bool {
    line.len() < LONGEST_ROW && line.chars().all(|c| "|:- \t\r".contains(c))
}

impl Head {
    /// The head of a table from its first two lines, if that is what they are.
    pub(super) fn of(first: &str, second: &str) -> Option<Self> {
        if !is_row(first) || !may_be_rule(second) {
            return None;
        }
        let cells = cells(first);
        let aligns: Option<Vec<Align>> =
            self::cells(second).iter().map(|cell| align(cell)).collect();
        let aligns = aligns?;
        (cells.len() == aligns.len() && cells.iter().any(|cell| !cell.is_empty()))
            .then_some(Self { cells, aligns })
    }

    /// How the table is shown whose first rows are these. The numbers are given as they will be when it is shown.
    pub(super) fn look(&self, rows: &[&str], numbers: &mut Numbers) -> Look {
        let head = self.cells.iter();
        let mut widths: Vec<usize> = head
            .map(|cell| bare(cell, numbers, 0).width().max(1))
            .collect();
        for row in rows {
            for (index, cell) in cells(row).iter().enumerate() {
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
                .flat_map(|row| cells(row))
                .any(|cell| has_link(&cell));
        if all > WIDEST || linked {
            Look::List
        } else {
            Look::Code(widths)
        }
    }

    /// What stands in front of the rows; `at` is where it is shown.
    pub(super) fn opening(&self, look: &Look, numbers: &mut Numbers, at: usize) -> String {
        match look {
            Look::List => String::new(),
            Look::Code(widths) => {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                format!(
                    "```\n{}{}\n",
                    self.aligned(&self.cells, widths, numbers, at),
                    rule.join("-|-")
                )
            }
        }
    }

    /// A row, with its line break; `at` is where it is shown.
    pub(super) fn row(&self, look: &Look, line: &str, numbers: &mut Numbers, at: usize) -> String {
        let mut cells = cells(line);
        match look {
            Look::Code(widths) => {
                // What is over is kept rather than lost.
                while cells.len() < widths.len() {
                    cells.push(String::new());
                }
                self.aligned(&cells, widths, numbers, at)
            }
            Look::List => {
                let mut item = String::new();
                if cells.iter().all(String::is_empty) {
                    return item;
                }
                while cells.len() < self.cells.len() {
                    cells.push(String::new());
                }
                for (index, cell) in cells.iter().enumerate() {
                    if cell.is_empty() && self.cells.get(index).is_none_or(String::is_empty) {
                        continue;
                    }
                    item.push_str(if item.is_empty() { "- " } else { "  " });
                    let name = self.cells.get(index);
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
        }
    }

    /// What stands behind the rows.
    pub(super) fn closing(look: &Look) -> &'static str {
        match look {
            Look::Code(_) => "```\n",
            Look::List => "",
        }
    }

    fn aligned(
        &self,
        cells: &[String],
        widths: &[usize],
        numbers: &mut Numbers,
        at: usize,
    ) -> String {
        let mut line = String::new();
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                line.push_str(BETWEEN);
            }
            let cell = bare(cell, numbers, at);
            let free = widths
                .get(index)
                .map_or(0, |width| width.saturating_sub(cell.width()));
            let before = match self.aligns.get(index) {
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

/// The cells of a row: bars divide them, but not those behind a backslash, in inline code neither.
///
/// Source: GitHub Flavored Markdown, "Tables".
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    let mut closed = false;
    for c in line.chars() {
        closed = false;
        match (escaped, c) {
            (true, '|') => {
                if let Some(cell) = cells.last_mut() {
                    // The backslash was there for the table alone.
                    cell.pop();
                    cell.push('|');
                }
            }
            (false, '|') => {
                cells.push(String::new());
                closed = true;
            }
            (_, c) => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(c);
                }
            }
        }
        escaped = c == '\\' && !escaped;
    }
    if closed && cells.len() > 1 {
        cells.pop();
    }
    for cell in &mut cells {
        *cell = cell.trim().to_owned();
    }
    cells
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
        assert!(Head::of("a | b", "---|---").is_none());
        assert!(Head::of("||a||", "|---|").is_none());
    }

    #[test]
    fn bars_divide_cells() {
        assert_eq!(cells(r"| a \| b | c |"), ["a | b", "c"]);
        assert_eq!(cells("| a | | c"), ["a", "", "c"]);
    }
}
