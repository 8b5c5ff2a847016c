//! Where in a text a formula is, and how it is shown: as Unicode where nothing of it is lost, else its source as code.
//!
//! LaTeX's own brackets hold a formula, unless what they hold reads as words in escaped brackets. Dollar signs hold one
//! only where that is clear: far more often they are prices, or variables of a shell.

use std::borrow::Cow;

use super::{
    form::Step,
    line::{Kind, Line, QUOTE_DEPTH, strip_quotes},
    mathematics::unicode,
    numbers::raised,
    prose::{is_clear, is_prose, is_unspaced},
};

/// The longest formula within a line, in bytes.
const LONGEST_INLINE: usize = 600;
/// The longest formula between dollar signs, which are often something else.
const LONGEST_IN_DOLLARS: usize = 200;
/// The longest formula on lines of its own.
pub(super) const LONGEST_DISPLAY: usize = 3_000;

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

/// A formula, if one begins at the front of `rest`, which is the text as far as it is known. `line` stands in front of it on
/// its line.
pub(super) fn formula(rest: &str, line: &str, ended: bool) -> Step {
    if rest == "$" && !ended {
        return Step::Hold;
    }
    let Some(delimiters) = DELIMITERS
        .iter()
        .find(|delimiters| rest.starts_with(delimiters.open))
    else {
        return Step::Keep(1);
    };
    let before = line.chars().next_back();
    let (quote, words) = strip_quotes(line, QUOTE_DEPTH);
    let begins_line = words.trim().is_empty();
    let open = delimiters.open.len();
    let inner = rest.get(open..).unwrap_or_default();
    // No price begins with an exponent: `CO$_2$`, `10$^{-3}$`.
    let script = open == 1 && inner.starts_with(['^', '_']);
    if delimiters.dollars
        && before.is_some_and(|c| c == '$' || (c.is_alphanumeric() && !script && !is_unspaced(c)))
    {
        return Step::Keep(open);
    }
    let window = inner
        .get(..inner.floor_char_boundary(delimiters.longest))
        .unwrap_or(inner);
    let Some(end) = close(window, delimiters.close) else {
        let content = unquoted(window, quote);
        let over = inner.len() > delimiters.longest
            || is_broken(&content, delimiters.close == "$")
            || (delimiters.dollars && is_prose(&content));
        return if ended || over {
            Step::Keep(open)
        } else {
            Step::Hold
        };
    };
    let content = unquoted(inner.get(..end).unwrap_or_default(), quote);
    let content = content.as_ref();
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
            if after.is_some_and(|c| (c.is_ascii_alphanumeric() && !script) || c == '$') {
                return Step::Keep(open);
            }
        }
        if !is_clear(content.trim()) {
            return Step::Keep(length);
        }
    } else if !content.contains(['\n', '\\', '^', '_', '=', '+', '<', '>']) {
        // Markdown's escape of a bracket looks the same: `\[Your Name\]`, `- \[x\] done`, `\(optional\)`.
        if is_prose(content) && content.contains(char::is_lowercase)
            || content.contains(is_unspaced)
        {
            return Step::Keep(open);
        }
        let behind = rest.get(length..).unwrap_or_default();
        let line = behind.split('\n').next().unwrap_or_default();
        if delimiters.open == "\\[" && is_filler(content) {
            if !begins_line || !line.trim().is_empty() {
                return Step::Keep(open);
            }
            if !behind.contains('\n') && !ended {
                return Step::Hold;
            }
        }
    }
    let source = Source {
        latex: content.trim().to_owned(),
        begins_line,
        is_quoted: quote > 0,
    };
    // What stands raised or lowered at a word can't do so as code.
    let is_lost = script && before.is_some_and(char::is_alphanumeric);
    match unicode(content) {
        None if is_lost || source.latex.is_empty() => Step::Keep(length),
        text => source.shown(length, text),
    }
}

/// What stands in lines so deep in quotes, the first of which is told without its marks, without those of the others.
pub(super) fn unquoted(text: &str, quote: u8) -> Cow<'_, str> {
    if quote == 0 || !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let lines = text.split('\n').enumerate();
    let lines = lines.map(|(index, line)| match index {
        0 => line,
        _ => strip_quotes(line, quote).1,
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// A formula that begins a line, where it must not be an item of a list or a quotation.
fn as_words(text: String) -> String {
    let line = Line::of(&text);
    if line.kind == Kind::Text && line.quote == 0 {
        return text;
    }
    if let Some(rest) = text.strip_prefix('-') {
        return format!("−{rest}");
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits).unwrap_or_default();
    format!("{number}\\{rest}")
}

/// What people put between square brackets: a word, a cross, a number.
fn is_filler(content: &str) -> bool {
    content
        .chars()
        .all(|c| c.is_alphanumeric() || c == ' ' || ",.-–'".contains(c))
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
pub(super) fn is_broken(text: &str, one_line: bool) -> bool {
    text.contains("```") || (one_line && text.contains('\n')) || text.contains("\n\n")
}

/// A formula that Unicode can't say.
pub(super) struct Source {
    /// What it is in LaTeX.
    pub latex: String,
    /// Nothing but space and quote marks stands in front of it on its line.
    pub begins_line: bool,
    /// It is in a quote.
    pub is_quoted: bool,
}

impl Source {
    /// What becomes of it where it is so long in the text, and this is what it is in Unicode.
    pub(super) fn shown(self, length: usize, text: Option<String>) -> Step {
        match text {
            Some(text) if self.begins_line => Step::Put(length, as_words(text)),
            Some(text) => Step::Put(length, text),
            None => Step::Formula(length, self),
        }
    }

    /// The source as code, with the number under which it is drawn, if it is.
    pub(super) fn as_code(&self, number: Option<u32>) -> String {
        let latex = self.latex.as_str();
        if self.begins_line && latex.contains(['\n']) {
            let number = number.map(|number| format!("% ({number})\n"));
            let block = format!("```latex\n{}{latex}\n```", number.unwrap_or_default());
            // Discord knows no quote in a quote: a second mark would be a part of the code.
            return if self.is_quoted {
                block.replace('\n', "\n> ")
            } else {
                block
            };
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
