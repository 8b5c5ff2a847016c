//! What stands in a cell of a table: without its markup where the table is a block of code, which would show it as it
//! is written, and as it is in a list.
//!
//! Only what is markup beyond doubt is taken off. Tables are about operators, patterns and names often enough: `2*3`,
//! `**`, `__init__`, `*.rs`.

use super::{
    atom::{self, Atom},
    form::formulas,
    line::run,
    numbers::Numbers,
};

/// Markup in a cell reaches over no more pieces than this.
const FARTHEST: usize = 200;
/// What can't be seen, to part backticks that would open or end a block of code.
const BETWEEN: char = '\u{200b}';

/// A piece of a cell.
enum Piece<'a> {
    /// What is between the marks of inline code.
    Code(&'a str),
    /// The words of a link, and its address.
    Link(&'a str, &'a str),
    /// What a backslash stands before.
    Escaped(char),
    /// A line break of HTML.
    Break,
    /// So many marks of one kind that may be markup.
    Marks(char, usize),
    /// Any other character.
    Letter(char),
}

/// A cell without its markup. What is code stays as it is; `at` is where it is shown.
pub(super) fn bare(cell: &str, numbers: &mut Numbers, at: usize) -> String {
    let cell = formulas(cell, numbers, |_| at);
    let pieces = pieces(&cell);
    let mut out = String::with_capacity(cell.len());
    let mut closing: Vec<usize> = Vec::new();
    for (index, (from, piece)) in pieces.iter().enumerate() {
        match piece {
            Piece::Code(code) => out.push_str(code),
            Piece::Link(words, address) => out.push_str(&format!("{words} ({address})")),
            Piece::Escaped(c) | Piece::Letter(c) => out.push(*c),
            Piece::Break => out.push(' '),
            Piece::Marks(..) if closing.contains(&index) => {}
            Piece::Marks(mark, count) => {
                if let Some(partner) = partner(&cell, *from, &pieces, index) {
                    closing.push(partner);
                } else {
                    out.extend(std::iter::repeat_n(*mark, *count));
                }
            }
        }
    }
    let out: String = out.chars().filter(|c| !c.is_control()).collect();
    parted(out.trim(), 2)
}

/// A cell as it stands in a list. Three backticks would open a block of code there.
pub(super) fn listed(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(c) = rest.chars().next() {
        let (length, piece) = piece(rest);
        let whole = rest.get(..length).unwrap_or_default();
        match piece {
            Piece::Break => out.push(' '),
            Piece::Code(code) if whole.contains("```") => {
                let marks = if code.contains('`') { "``" } else { "`" };
                let space = if code.contains('`') { " " } else { "" };
                out.push_str(&format!("{marks}{space}{}{space}{marks}", parted(code, 1)));
            }
            Piece::Letter('`') => {
                let count = run(rest, b'`');
                let mark = if count < 3 { "`" } else { "\\`" };
                out.push_str(&mark.repeat(count));
                rest = rest.get(count..).unwrap_or_default();
                continue;
            }
            Piece::Code(_)
            | Piece::Link(..)
            | Piece::Escaped(_)
            | Piece::Marks(..)
            | Piece::Letter(_) => {
                out.push_str(whole);
            }
        }
        rest = rest.get(length.max(c.len_utf8())..).unwrap_or_default();
    }
    out
}

/// There is a link in the cell that can be followed only where it is one.
pub(super) fn has_link(cell: &str) -> bool {
    cell.contains("](")
        && pieces(cell)
            .iter()
            .any(|(_, piece)| matches!(piece, Piece::Link(..)))
}

/// A text without more than so many backticks in a row.
fn parted(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut backticks = 0;
    for c in text.chars() {
        backticks = if c == '`' { backticks + 1 } else { 0 };
        if backticks > longest {
            out.push(BETWEEN);
            backticks = 1;
        }
        out.push(c);
    }
    out
}

/// The pieces of a cell, each with the place where it begins.
fn pieces(cell: &str) -> Vec<(usize, Piece<'_>)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(rest) = cell.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, piece) = piece(rest);
        pieces.push((at, piece));
        at += length.max(1);
    }
    pieces
}

/// The piece that a text begins with, which is not empty, and its length.
fn piece(rest: &str) -> (usize, Piece<'_>) {
    const BREAKS: [&str; 3] = ["<br>", "<br/>", "<br />"];
    let c = rest.chars().next().unwrap_or_default();
    let letter = (c.len_utf8(), Piece::Letter(c));
    match c {
        '[' => link(rest).unwrap_or(letter),
        '`' => code(rest).unwrap_or(letter),
        '<' => BREAKS
            .iter()
            .find(|mark| rest.starts_with(*mark))
            .map_or(letter, |mark| (mark.len(), Piece::Break)),
        '\\' => match rest.chars().nth(1) {
            Some(escaped) if escaped.is_ascii_punctuation() => (2, Piece::Escaped(escaped)),
            Some(_) | None => letter,
        },
        '*' | '_' | '~' | '|' => {
            let count = rest.chars().take_while(|other| *other == c).count();
            (count, Piece::Marks(c, count))
        }
        _ => letter,
    }
}

fn link(rest: &str) -> Option<(usize, Piece<'_>)> {
    let Atom::Whole(end) = atom::link(rest, 0, false) else {
        return None;
    };
    let link = rest.get(1..end)?.strip_suffix(')')?;
    let (words, address) = link.split_once("](")?;
    Some((end, Piece::Link(words, address)))
}

/// Where inline code ends that a text begins with.
pub(super) fn code_end(rest: &str) -> Option<usize> {
    code(rest).map(|(end, _)| end)
}

fn code(rest: &str) -> Option<(usize, Piece<'_>)> {
    let marks = run(rest, b'`');
    let inner = rest.get(marks..)?;
    let mut at = 0;
    loop {
        at += inner.get(at..)?.find('`')?;
        let length = run(inner.get(at..)?, b'`');
        if length == marks {
            let code = inner.get(..at)?.trim();
            return Some((marks + at + marks, Piece::Code(code)));
        }
        at += length;
    }
}

/// The marks that close the markup which these marks open, if they do.
fn partner(cell: &str, at: usize, pieces: &[(usize, Piece<'_>)], index: usize) -> Option<usize> {
    let (_, Piece::Marks(mark, count)) = pieces.get(index)? else {
        return None;
    };
    let fits = match mark {
        '*' => *count <= 3,
        _ => *count == 2,
    };
    let around = |at: usize| {
        let before = cell.get(..at)?.chars().next_back();
        Some((before, cell.get(at + count..)?.chars().next()))
    };
    let (outside, inside) = around(at)?;
    if !fits || !begins(inside, *count) {
        return None;
    }
    let in_word = outside.is_some_and(|c| c.is_ascii_alphanumeric());
    let (next, (end, _)) = pieces
        .iter()
        .enumerate()
        .skip(index + 1)
        .take(FARTHEST)
        .find(|(_, (end, piece))| {
            matches!(piece, Piece::Marks(other, length) if other == mark && length == count)
                && around(*end).is_some_and(|(inside, outside)| {
                    // `2*3*4`, `a||b||c`
                    let in_words = in_word && outside.is_some_and(|c| c.is_ascii_alphanumeric());
                    ends(inside, *count) && !in_words
                })
        })?;
    let words = cell.get(at + count..*end)?;
    // A name in a language of programs: `__init__`, `__LINE__`, `__m256i__`.
    let named = *mark == '_' && is_name(words);
    (!named && !words.is_empty()).then_some(next)
}

/// One word that is written as names in programs are: all in small letters, all in capitals, or with digits.
fn is_name(words: &str) -> bool {
    let mut bytes = words.bytes();
    let is_one = bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let has = |is: fn(&u8) -> bool| words.as_bytes().iter().any(is);
    is_one
        && !(has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && !has(u8::is_ascii_digit))
}

/// Words marked by so many marks may begin with this. A single star is far more often an operator or a pattern.
fn begins(c: Option<char>, count: usize) -> bool {
    c.is_some_and(|c| match count {
        1 => c.is_alphanumeric() || "\"'(`\\“「『".contains(c),
        _ => !c.is_whitespace(),
    })
}

fn ends(c: Option<char>, count: usize) -> bool {
    c.is_some_and(|c| match count {
        1 => c.is_alphanumeric() || "\"').!?…`”」』。".contains(c),
        _ => !c.is_whitespace(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_taken_off_in_code_and_nothing_else() {
        let table = [
            ("**bold** and *it*", "bold and it"),
            ("***both*** ~~old~~ __Note__ ||so||", "both old Note so"),
            ("これは**重要**です", "これは重要です"),
            ("`code`", "code"),
            ("[words](https://a.b)", "words (https://a.b)"),
            (r"a \* b", "a * b"),
            ("2 * 3", "2 * 3"),
            ("snake_case", "snake_case"),
            (r"\(x^2\)", "x²"),
            (r"`a_b` and `` `*c* **d** `` \*", r"a_b and `*c* **d** *"),
            (r"\(\{x_{d}\,\}\)", r"\{x_{d}\,\}"),
            ("not ` code", "not ` code"),
            (r"a \` b", "a ` b"),
            ("a<br>b<br/>c<br />d", "a b c d"),
            ("a\u{7}b", "ab"),
        ];
        for (cell, expected) in table {
            assert_eq!(bare(cell, &mut Numbers::None, 0), expected, "{cell}");
        }
    }

    #[test]
    fn what_is_no_markup_stays() {
        for cell in [
            "*",
            "**",
            "||",
            "~~",
            "__",
            "***",
            "2*3",
            "2*3*4",
            "2**3",
            "2**3 and 4**5",
            "__init__",
            "__LINE__",
            "__m256i__",
            "SELECT *",
            "SELECT *, COUNT(*)",
            "*args",
            "*args, **kwargs",
            "char *p",
            "int *p, *q",
            "grep *.rs",
            "*.rs *.toml",
            "a || b || c",
            "a||b||c",
            "_private",
            "[1]",
            "[a] (b)",
            "~",
            "** **",
            "5 *",
            "****",
            "a <b> c",
        ] {
            assert_eq!(bare(cell, &mut Numbers::None, 0), cell);
        }
    }

    #[test]
    fn no_cell_ends_the_block_that_it_is_in() {
        for (cell, expected) in [
            ("```", "``\u{200b}`"),
            ("`````", "``\u{200b}``\u{200b}`"),
            ("`` ``` ``", "``\u{200b}`"),
            ("````x````", "x"),
        ] {
            let bare = bare(cell, &mut Numbers::None, 0);
            assert_eq!(bare, expected);
            assert!(!bare.contains("```"));
        }
    }

    #[test]
    fn a_list_opens_no_block_of_code() {
        for (cell, expected) in [
            ("a `b` ``c`` <br /> d", "a `b` ``c``   d"),
            ("```x```", "`x`"),
            ("```", r"\`\`\`"),
            ("[a](b) **c** \\` ~~", "[a](b) **c** \\` ~~"),
        ] {
            assert_eq!(listed(cell), expected);
        }
        assert!(!listed("`` ``` ``").contains("```"));
    }
}
