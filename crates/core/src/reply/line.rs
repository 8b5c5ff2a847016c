//! What a line of Discord's markdown is, told from the line alone.
//!
//! Discord's markdown is not CommonMark: there are no setext headings and no indented code, `-# ` is small print,
//! and tables are no tables. Tables are recognised all the same, so that they aren't cut.
//! Source: Discord's help page "Markdown Text 101" and what its clients show.

/// The deepest nesting of quotes that is followed.
pub(super) const QUOTE_DEPTH: u8 = 3;
/// What stands behind the marks that open a block of code is short; a long line is code itself.
const LONGEST_INFORMATION: usize = 80;
/// The longest run of backticks or tildes that is taken for markup.
pub(super) const LONGEST_FENCE: usize = 12;

/// A line, split into what it is and where its words begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What it is.
    pub kind: Kind,
    /// How many `>` stand in front of it.
    pub quote: u8,
    /// Spaces in front of it, those before a list marker and the marker itself included.
    pub indent: u8,
    /// Where its words begin, in bytes from its start.
    pub body: usize,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but whitespace, or an empty line of a quote.
    Blank,
    /// `# Words`
    Heading,
    /// `- words` or `1. words`
    Item,
    /// `-# words`
    Small,
    /// `| a | b |`
    Table,
    /// Three or more backticks or tildes that open a block of code.
    Fence,
    /// `---`
    Rule,
    /// Ordinary words.
    Text,
}

impl Line {
    /// Reads a line, told without its line break.
    pub(super) fn of(line: &str) -> Self {
        let (quote, mut rest) = strip_quotes(line, QUOTE_DEPTH);
        let mut indent = strip_spaces(&mut rest);
        let kind = loop {
            if rest.is_empty() {
                break Kind::Blank;
            }
            if is_rule(rest) {
                break Kind::Rule;
            }
            if fence_run(rest).is_some() {
                break Kind::Fence;
            }
            if rest.starts_with('|') && !rest.starts_with("||") {
                break Kind::Table;
            }
            if let Some(words) = rest.strip_prefix("-# ") {
                rest = words;
                break Kind::Small;
            }
            let hashes = rest.bytes().take_while(|byte| *byte == b'#').count();
            if (1..=6).contains(&hashes)
                && rest
                    .get(hashes..)
                    .is_some_and(|words| words.starts_with(' '))
            {
                rest = rest.get(hashes..).unwrap_or_default();
                break Kind::Heading;
            }
            let Some(marker) = item_marker(rest) else {
                break Kind::Text;
            };
            let outer = indent;
            indent = indent.saturating_add(u8::try_from(marker).unwrap_or(u8::MAX));
            rest = rest.get(marker..).unwrap_or_default();
            // A block of code may begin right behind a list marker.
            if fence_run(rest).is_none() {
                indent = outer;
                break Kind::Item;
            }
        };
        Self {
            kind,
            quote,
            indent,
            body: line.len() - rest.len(),
        }
    }

    /// What becomes of the line behind so many quote marks and, where `small`, the mark of small print; `marked` says
    /// that markers of spans stand between them and the line, so that quote marks of its own are words.
    pub(super) fn behind(self, quote: u8, small: bool, marked: bool) -> Self {
        let own = if small || marked { 0 } else { self.quote };
        let kind = if small && self.kind == Kind::Text {
            Kind::Small
        } else {
            self.kind
        };
        Self {
            kind,
            quote: quote.saturating_add(own).min(QUOTE_DEPTH),
            ..self
        }
    }
}

/// Takes up to `depth` quote marks off the front of a line; tells how many there were.
pub(super) fn strip_quotes(line: &str, depth: u8) -> (u8, &str) {
    let mut rest = line;
    let mut quotes = 0;
    while quotes < depth
        && let Some(inner) = rest.trim_start_matches(' ').strip_prefix('>')
    {
        rest = inner.strip_prefix(' ').unwrap_or(inner);
        quotes += 1;
    }
    (quotes, rest)
}

/// The character and the length of the run of backticks or tildes that opens a block of code here.
pub(super) fn fence_run(rest: &str) -> Option<(u8, usize)> {
    let mark = *rest.as_bytes().first()?;
    if mark != b'`' && mark != b'~' {
        return None;
    }
    let count = run(rest, mark);
    let info = rest.get(count..).unwrap_or_default();
    let fits = match (mark, count) {
        (_, 0..3) => false,
        _ if info.len() > LONGEST_INFORMATION => false,
        // Discord ends a block at the next three backticks, even on the same line: that is for the inline rules.
        (b'`', 3) => !info.contains("```"),
        (b'`', _) => !info.contains('`') && count <= LONGEST_FENCE,
        _ => !info.contains('~') && count <= LONGEST_FENCE,
    };
    fits.then_some((mark, count))
}

/// How often a byte is repeated at the front.
pub(super) fn run(text: &str, byte: u8) -> usize {
    text.bytes().take_while(|other| *other == byte).count()
}

/// The length of a list marker with the spaces behind it.
fn item_marker(rest: &str) -> Option<usize> {
    let mark = match rest.as_bytes().first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let dot = matches!(rest.as_bytes().get(digits), Some(b'.' | b')'));
            (dot && digits <= 9).then_some(digits + 1)?
        }
        _ => return None,
    };
    let words = rest.get(mark..)?;
    let spaces = words.bytes().take_while(|byte| *byte == b' ').count();
    (spaces > 0).then_some(mark + spaces)
}

/// The line is what an item of a list begins with, or the beginning of that, and nothing else.
pub(super) fn is_mark(rest: &str) -> bool {
    let mark = rest.trim_end_matches(' ');
    let digits = mark.strip_suffix(['.', ')']).unwrap_or(mark);
    let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    matches!(mark, "-" | "*" | "+") || is_number
}

fn is_rule(rest: &str) -> bool {
    let mut bytes = rest.bytes().filter(|byte| !byte.is_ascii_whitespace());
    let Some(mark @ (b'-' | b'*' | b'_')) = bytes.next() else {
        return false;
    };
    let mut more = 0;
    for byte in bytes {
        if byte != mark {
            return false;
        }
        more += 1;
    }
    more >= 2
}

fn strip_spaces(rest: &mut &str) -> u8 {
    let trimmed = rest.trim_start();
    let spaces = rest.len() - trimmed.len();
    *rest = trimmed;
    u8::try_from(spaces).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_what_discord_shows_them_as() {
        let table = [
            ("", Kind::Blank, 0, 0, 0),
            ("  ", Kind::Blank, 0, 2, 2),
            ("> ", Kind::Blank, 1, 0, 2),
            ("# Title", Kind::Heading, 0, 0, 1),
            ("#channel", Kind::Text, 0, 0, 0),
            ("- item", Kind::Item, 0, 0, 2),
            ("  - [ ] item", Kind::Item, 0, 2, 4),
            ("12. item", Kind::Item, 0, 0, 4),
            ("2024 was", Kind::Text, 0, 0, 0),
            ("-# small", Kind::Small, 0, 0, 3),
            ("-item", Kind::Text, 0, 0, 0),
            ("**bold**", Kind::Text, 0, 0, 0),
            ("| a | b |", Kind::Table, 0, 0, 0),
            ("||spoiler||", Kind::Text, 0, 0, 0),
            ("---", Kind::Rule, 0, 0, 0),
            ("* * *", Kind::Rule, 0, 0, 0),
            ("```rust", Kind::Fence, 0, 0, 0),
            ("   ~~~~", Kind::Fence, 0, 3, 3),
            ("1. ```sh", Kind::Fence, 0, 3, 3),
            ("> > ```", Kind::Fence, 2, 0, 4),
            ("```one line```", Kind::Text, 0, 0, 0),
            ("~~~struck~~~", Kind::Text, 0, 0, 0),
            ("> quoted", Kind::Text, 1, 0, 2),
            ("日本語", Kind::Text, 0, 0, 0),
        ];
        for (line, kind, quote, indent, body) in table {
            let expected = Line {
                kind,
                quote,
                indent,
                body,
            };
            assert_eq!(Line::of(line), expected, "{line:?}");
        }
    }
}
