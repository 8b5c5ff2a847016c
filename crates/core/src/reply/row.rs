//! What a row of a table is, and its cells. A line is told without what stands in front of it: quote marks and space.
//!
//! Whatever is said of a beginning of a line stays so when more of it is known; where that can't be, nothing is said yet.
//! The space that lines columns up counts for nothing.

use unicode_width::UnicodeWidthStr;

use super::{
    cell::code_end,
    line::{Kind, Line, run},
};

/// The longest line that may be a row, in bytes.
pub(super) const LONGEST_ROW: usize = 4_000;
/// So far into a line its first bar is looked for where no table is known to be, in columns: twelve kanji, or three or
/// four words. A line is held back for so long, and the names of columns are shorter. Where the first is not, the line is
/// seen as it is written until the one below it says that it is a head.
const FIRST_NAME: usize = 24;
/// The same behind the head of a table, where hardly anything but rows follows without an empty line.
const FIRST_CELL: usize = 120;
/// The longest name of a column in a head without a bar in front of it, in columns, and the longest such head: a line of
/// words with a bar in it is held back no longer.
const LONGEST_NAME: usize = 48;
const LONGEST_HEAD: usize = 240;
/// The longest name of a column where there is one in front, as `|x| is` has too, or where the line below is known, in
/// columns.
const LONGEST_NAME_BEHIND_BAR: usize = 120;

/// Whether the line may be the head of a table and is held back until that is known. What stands at the very front of an
/// answer is not: there, only a line with a bar in front of it is.
pub(super) fn may_be_head(line: &str, whole: bool, at_front: bool) -> Option<bool> {
    if line.starts_with('|') {
        // A spoiler.
        let hides = line.starts_with("||");
        let is_head = !hides && has_names(line, LONGEST_NAME_BEHIND_BAR);
        return (whole || !is_head).then_some(is_head);
    }
    if at_front && !line.is_empty() {
        return Some(false);
    }
    match is_divided(line, whole, FIRST_NAME) {
        None | Some(true)
            if widths(line).sum::<usize>() > LONGEST_HEAD || !has_names(line, LONGEST_NAME) =>
        {
            Some(false)
        }
        known => known,
    }
}

/// Whether a whole line may be the head of a table that is known by the line below it: a list names the columns with each
/// row, so that their names are no longer than that all the same.
pub(super) fn is_head(line: &str) -> bool {
    if !has_names(line, LONGEST_NAME_BEHIND_BAR) {
        return false;
    }
    if line.starts_with('|') {
        return bars(line).iter().all(|(_, count)| *count == 1);
    }
    is_divided(line, true, usize::MAX) == Some(true)
}

/// What the bars in a line divide is no longer than that.
fn has_names(line: &str, longest: usize) -> bool {
    widths(line).all(|width| width <= longest)
}

/// How wide what the bars in a line divide is.
fn widths(line: &str) -> impl Iterator<Item = usize> {
    let mut from = 0;
    let ends = bars(line).into_iter().map(|(at, _)| at);
    ends.chain([line.len()]).map(move |end| {
        let name = line.get(from..end).unwrap_or_default();
        from = end;
        name.trim_start_matches('|').trim().width()
    })
}

/// Whether the line is a row, behind the head of a table.
pub(super) fn is_row(line: &str, whole: bool) -> Option<bool> {
    if line.starts_with('|') {
        return whole.then(|| !is_spoiler(line));
    }
    is_divided(line, whole, FIRST_CELL)
}

/// The line is a spoiler and nothing else. A row with an empty cell at both ends looks alike, but nothing that is to be
/// hidden may stand in the open.
fn is_spoiler(line: &str) -> bool {
    let hidden = line.trim_end().strip_prefix("||");
    let hidden = hidden.and_then(|hidden| hidden.strip_suffix("||"));
    hidden.is_some_and(|hidden| !hidden.trim().is_empty() && !hidden.contains('|'))
}

/// Whether a bar divides the words of a line, of which the first may be so many columns long: neither one in code, nor two
/// together, which are an operator or a spoiler.
fn is_divided(line: &str, whole: bool, longest: usize) -> Option<bool> {
    if line.starts_with("```") || line.starts_with("~~~") || line.starts_with('>') {
        return Some(false);
    }
    match Line::of(line).kind {
        Kind::Text => {}
        // More may make words of it.
        Kind::Blank | Kind::Rule if !whole => {}
        Kind::Blank
        | Kind::Heading
        | Kind::Item
        | Kind::Small
        | Kind::Table
        | Kind::Fence
        | Kind::Rule => return Some(false),
    }
    let bars = bars(line);
    let first = bars.iter().find(|(_, count)| *count == 1);
    let words = first.map_or(line, |(at, _)| line.get(..*at).unwrap_or_default());
    if words.trim_end().width() > longest {
        return Some(false);
    }
    whole.then(|| first.is_some() && bars.iter().all(|(_, count)| *count == 1))
}

/// The bars in a line that are neither in code nor behind a backslash: where they begin, and how many stand together.
fn bars(line: &str) -> Vec<(usize, usize)> {
    let (mut bars, mut code, mut at) = (Vec::new(), 0, 0);
    while let Some(byte) = line.as_bytes().get(at) {
        let count = match byte {
            b'`' | b'|' => run(line.get(at..).unwrap_or_default(), *byte),
            b'\\' if code == 0 => 2,
            _ => 1,
        };
        match byte {
            b'`' if code == 0 => code = count,
            b'`' if code == count => code = 0,
            b'|' if code == 0 => bars.push((at, count)),
            _ => {}
        }
        at += count;
    }
    bars
}

/// The line may still become a row of dashes.
pub(super) fn may_be_rule(line: &str) -> bool {
    line.len() < LONGEST_ROW && line.chars().all(|c| "|:- \t\r".contains(c))
}

/// Nothing stands in the row.
pub(super) fn is_empty(row: &str) -> bool {
    cells(row).iter().all(String::is_empty)
}

/// The cells of a row: bars divide them, but not those behind a backslash, in inline code neither.
///
/// Source: GitHub Flavored Markdown, "Tables".
pub(super) fn cells(line: &str) -> Vec<String> {
    divided(line, false)
}

/// The cells of a row of a table that has so many columns. Where there are too many, the model took code for one cell, as
/// in ``| `a || b` | or |``.
pub(super) fn cells_of(line: &str, columns: usize) -> Vec<String> {
    let cells = cells(line);
    if cells.len() <= columns || !line.contains('`') {
        return cells;
    }
    let fewer = divided(line, true);
    if fewer.len() == columns { fewer } else { cells }
}

fn divided(line: &str, code_is_whole: bool) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let (mut escaped, mut closed) = (false, false);
    let mut code_to = 0;
    for (at, c) in line.char_indices() {
        if code_is_whole && c == '`' && at >= code_to {
            let rest = line.get(at..).unwrap_or_default();
            code_to = at + code_end(rest).unwrap_or_else(|| run(rest, b'`'));
        }
        closed = false;
        let last = cells.last_mut();
        match (escaped, c, last) {
            (true, '|', Some(cell)) => {
                // The backslash was there for the table alone.
                cell.pop();
                cell.push('|');
            }
            (false, '|', _) if at >= code_to => {
                cells.push(String::new());
                closed = true;
            }
            (_, c, Some(cell)) => cell.push(c),
            (_, _, None) => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_divide_cells() {
        assert_eq!(cells(r"| a \| b | c |"), ["a | b", "c"]);
        assert_eq!(cells("| a | | c"), ["a", "", "c"]);
        assert_eq!(cells("a | b |"), ["a", "b"]);
        assert_eq!(cells_of("| `a || b` | c |", 2), ["`a || b`", "c"]);
        assert_eq!(cells_of("| `a | b` | c |", 3), ["`a", "b`", "c"]);
        assert_eq!(cells_of("| ` | a | b | c", 3), ["`", "a", "b", "c"]);
    }

    #[test]
    fn a_row_without_a_bar_in_front_has_one_between_words() {
        for line in ["a | b", "a|", "a \\| b | c", "`a|b` | c", "日本 | 語"] {
            assert_eq!(is_row(line, true), Some(true), "{line}");
            assert!(is_head(line), "{line}");
            assert_eq!(may_be_head(line, true, false), Some(true), "{line}");
            assert_eq!(may_be_head(line, true, true), Some(false), "{line}");
        }
        for line in [
            "",
            "a",
            "a || b",
            "so ||a | b|| is",
            "`a | b`",
            "a \\| b",
            "a ` b | c",
            "```a``` | b",
            "- a | b",
            "1. a | b",
            "# a | b",
            "> a | b",
            "||a||",
        ] {
            assert_eq!(is_row(line, true), Some(false), "{line}");
            assert!(!is_head(line), "{line}");
            assert_eq!(may_be_head(line, true, false), Some(false), "{line}");
        }
    }

    #[test]
    fn what_is_said_of_a_beginning_stays_so() {
        for line in [
            "a | b",
            "a || b | c",
            "``a`|`` | c",
            "*** | b",
            "--- | ---",
            "***a*** | b",
            "- - - | b",
            "```a``` | b",
            "1. a | b",
            "||a|| | b",
            "|x| is the absolute value of x, which is how far from zero it is, as we said before, and as we will say again and again, until it is known | b",
            "an ordinary line of words with | a bar",
            "yes | no, as it were, and on it goes, for more than anybody would name a column | b",
            "a | b `c | d`, as it were, and on it goes, for more than anybody would name a column | b",
            "普通の文はここまで待てば分かる。| はい",
            "a                                                                       | b",
            "a name　　　　　　　　　　　　　　　　　　　　　　　　　　　　　　　　　　goes on | b",
        ] {
            let ends = line.char_indices().map(|(at, _)| at);
            for beginning in ends.filter_map(|end| line.get(..end)) {
                for at_front in [true, false] {
                    let said = may_be_head(beginning, false, at_front);
                    let whole = may_be_head(line, true, at_front);
                    assert!(said.is_none() || said == whole, "{beginning:?} of {line:?}");
                }
                let said = is_row(beginning, false);
                assert!(
                    said.is_none() || said == is_row(line, true),
                    "{beginning:?} of {line:?}"
                );
            }
        }
    }

    #[test]
    fn a_line_of_words_is_not_held_for_long() {
        assert_eq!(may_be_head("The sea is blue, so we", false, false), None);
        assert_eq!(
            may_be_head("The sea is blue, so we go", false, false),
            Some(false)
        );
        assert_eq!(may_be_head("The", false, true), Some(false));
        let words = "P(A|B) is the probability of A where B has come to be true";
        assert_eq!(may_be_head(words, false, false), Some(false));
        let words = format!("|x| is {}", "as we said ".repeat(12));
        assert_eq!(may_be_head(&words, false, true), Some(false));
        let words = format!("yes | no, {}", "as we said ".repeat(30));
        assert_eq!(may_be_head(&words, false, false), Some(false));
        assert_eq!(may_be_head(&words, true, false), Some(false));
    }
}
