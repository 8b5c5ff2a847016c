//! Where in a text a formula is, and how it is shown: as Unicode where nothing of it is lost, else its source as code.
//!
//! LaTeX's own brackets always hold a formula. Dollar signs hold one only where that is clear: far more often they are
//! prices, or variables of a shell.

use super::{
    form::Step,
    mathematics::{is_clear, is_prose, unicode},
    numbers::raised,
};

/// The longest formula within a line, in bytes.
const LONGEST_INLINE: usize = 600;
/// The longest formula between dollar signs, which are often something else.
const LONGEST_IN_DOLLARS: usize = 200;
/// The longest formula on lines of its own.
const LONGEST_DISPLAY: usize = 3_000;

/// How a formula begins and ends.
struct Delimiters {
    open: &'static str,
    close: &'static str,
    longest: usize,
    dollars: bool,
}

const DELIMITERS: [Delimiters; 4] = [
    Delimiters {
        open: "\\(",
        close: "\\)",
        longest: LONGEST_INLINE,
        dollars: false,
    },
    Delimiters {
        open: "\\[",
        close: "\\]",
        longest: LONGEST_DISPLAY,
        dollars: false,
    },
    Delimiters {
        open: "$$",
        close: "$$",
        longest: LONGEST_DISPLAY,
        dollars: true,
    },
    Delimiters {
        open: "$",
        close: "$",
        longest: LONGEST_IN_DOLLARS,
        dollars: true,
    },
];

/// A formula, if one begins at the front of `rest`, which is the text as far as it is known. `before` stands in front of
/// it, and nothing but space does if it `begins_line`.
pub(super) fn formula(rest: &str, before: Option<char>, begins_line: bool, ended: bool) -> Step {
    if rest == "$" && !ended {
        return Step::Hold;
    }
    let Some(delimiters) = DELIMITERS
        .iter()
        .find(|delimiters| rest.starts_with(delimiters.open))
    else {
        return Step::Keep(1);
    };
    let open = delimiters.open.len();
    if delimiters.dollars && before.is_some_and(|c| c.is_alphanumeric() || c == '$') {
        return Step::Keep(open);
    }
    let inner = rest.get(open..).unwrap_or_default();
    let window = inner
        .get(..inner.floor_char_boundary(delimiters.longest))
        .unwrap_or(inner);
    let Some(end) = close(window, delimiters.close) else {
        let over = inner.len() > delimiters.longest
            || is_broken(window, delimiters.close == "$")
            || (delimiters.dollars && is_prose(window));
        return if ended || over {
            Step::Keep(open)
        } else {
            Step::Hold
        };
    };
    let content = inner.get(..end).unwrap_or_default();
    let length = open + end + delimiters.close.len();
    if is_broken(content, delimiters.close == "$") {
        return Step::Keep(open);
    }
    if delimiters.dollars {
        if is_prose(content) {
            return Step::Keep(open);
        }
        let after = rest.get(length..).and_then(|after| after.chars().next());
        let spaced = content.starts_with(' ') || content.ends_with(' ');
        if open == 1 {
            if spaced {
                return Step::Keep(open);
            }
            if after.is_none() && !ended {
                return Step::Hold;
            }
            // `$PATH:$HOME`, `$5-$6`.
            if after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '$') {
                return Step::Keep(open);
            }
        }
        if !is_clear(content.trim()) {
            return Step::Keep(length);
        }
    }
    match unicode(content) {
        Some(text) => Step::Put(length, text),
        None if content.trim().is_empty() => Step::Keep(length),
        None => Step::Formula(
            length,
            Source {
                latex: content.trim().to_owned(),
                begins_line,
            },
        ),
    }
}

/// Where a formula is closed: the first mark that no backslash stands in front of.
fn close(text: &str, mark: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find(mark) {
        let at = from + found;
        let slashes = text
            .get(..at)?
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count();
        if slashes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// It has what no formula has: an empty line, a block of code, or, within a line, any line break at all.
///
/// Whatever is said of a beginning stays so when more of the text is known.
fn is_broken(text: &str, one_line: bool) -> bool {
    text.contains("```") || (one_line && text.contains('\n')) || text.contains("\n\n")
}

/// A formula that Unicode can't say.
pub(super) struct Source {
    /// What it is in LaTeX.
    pub latex: String,
    /// Nothing but space stands in front of it on its line.
    begins_line: bool,
}

impl Source {
    /// The source as code, with the number under which it is drawn, if it is.
    pub(super) fn as_code(&self, number: Option<u32>) -> String {
        let latex = self.latex.as_str();
        if self.begins_line && latex.contains(['\n']) {
            let number = number.map(|number| format!("% ({number})\n"));
            return format!("```latex\n{}{latex}\n```", number.unwrap_or_default());
        }
        let line = latex.split_whitespace().collect::<Vec<_>>().join(" ");
        let number = number.map(raised).unwrap_or_default();
        if line.contains('`') {
            format!("`` {line} ``{number}")
        } else {
            format!("`{line}`{number}")
        }
    }
}
