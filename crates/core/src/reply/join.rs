//! Reading an answer back from the messages that show it.

use super::{
    line::{Kind, Line},
    markup::{Carry, render},
    notices::SMALL_PRINT,
    scan::Scan,
};

/// The text of an answer from the visible texts of its messages, in order.
///
/// A block of code that was closed at the end of one message and opened again in the next is whole again, and the
/// bot's own words, lines of small print at the end, are taken off. Whitespace between messages can't be known, nor
/// can markup that was closed and opened again within a line be told from two spans: both only look alike.
pub fn join(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        let part = without_notices(part);
        if part.trim().is_empty() {
            continue;
        }
        if text.is_empty() {
            text.push_str(part);
            continue;
        }
        match mended(&text, part) {
            Some((before, code)) => {
                text.truncate(before);
                text.push('\n');
                text.push_str(code);
            }
            None => {
                text.push_str(between(&text, part));
                text.push_str(part);
            }
        }
    }
    text
}

/// A message's text without the lines of small print at its end.
fn without_notices(part: &str) -> &str {
    let mut kept = part.trim_end();
    while let Some(line) = kept.lines().next_back()
        && line.starts_with(SMALL_PRINT)
    {
        kept = kept
            .get(..kept.len() - line.len())
            .unwrap_or_default()
            .trim_end();
    }
    kept
}

/// Where the first text's code ends and the code with which the second goes on, if a block was cut between them.
fn mended<'a>(text: &str, part: &'a str) -> Option<(usize, &'a str)> {
    let (before, closing) = text.rsplit_once('\n')?;
    let carry = render(&format!("{before}\n"), &Carry::default()).carry;
    let fence = carry.fence.as_ref()?;
    let (_, closing) = super::line::strip_quotes(closing, fence.quote);
    let closing = closing.trim();
    let mark = char::from(fence.mark);
    if closing.len() != fence.count || !closing.chars().all(|c| c == mark) {
        return None;
    }
    let code = part.strip_prefix(carry.opening().as_str())?;
    Some((before.len(), code))
}

/// The whitespace that most likely was between two messages.
fn between(text: &str, part: &str) -> &'static str {
    let scan = Scan::new(text, None, super::spans::Spans::default(), |_| ()).run();
    let next = Line::of(part.lines().next().unwrap_or_default()).kind;
    if matches!(
        (scan.kind, next),
        (Kind::Item, Kind::Item) | (Kind::Table, Kind::Table)
    ) {
        return "\n";
    }
    let last = text.chars().next_back().unwrap_or_default();
    let first = part.chars().next().unwrap_or_default();
    let ends = matches!(
        last,
        '.' | '!'
            | '?'
            | ':'
            | '。'
            | '！'
            | '？'
            | '：'
            | '`'
            | '~'
            | '*'
            | '_'
            | ')'
            | '」'
            | '）'
    );
    if ends || next != Kind::Text || matches!(scan.kind, Kind::Heading | Kind::Table | Kind::Rule) {
        return "\n\n";
    }
    // Between two characters of a script without spaces nothing was lost.
    if last.is_alphanumeric() && first.is_alphanumeric() && last > '\u{2e7f}' && first > '\u{2e7f}'
    {
        return "";
    }
    " "
}
