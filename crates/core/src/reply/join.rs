//! Reading an answer back from the messages that show it.

use super::{
    line::{Kind, Line},
    markup::{Carry, render},
    notices::SMALL_PRINT,
    row::may_be_rule,
    scan::Scan,
};

/// The text of an answer from the visible texts of its messages, in order.
///
/// A block of code that was closed at the end of one message and opened again in the next is whole again, and the
/// bot's own words, lines of small print at the end, are taken off. Whitespace between messages can't be known, nor
/// can markup that was closed and opened again within a line be told from two spans: both only look alike.
pub fn join(parts: &[&str]) -> String {
    Joined::new(parts).text
}

/// The text of an answer, as its messages show it.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub text: String,
    /// Where in it the part of each message ends, with the whitespace behind it.
    pub ends: Vec<usize>,
}

impl Joined {
    /// See [`join`].
    pub(super) fn new(parts: &[&str]) -> Self {
        let Self { mut text, mut ends } = Self::default();
        let (mut last, mut shows_last) = ("", 0);
        for (at, part) in parts.iter().enumerate() {
            let part = without_notices(part);
            if part.trim().is_empty() {
                ends.push(text.len());
                continue;
            }
            let mut words = part;
            if !last.is_empty() {
                match mended(last, part) {
                    Some((closing, code)) => {
                        text.truncate(text.len() - closing);
                        words = code;
                    }
                    None => text.push_str(between(last, part)),
                }
                if let Some(ends) = ends.get_mut(shows_last..) {
                    ends.fill(text.len());
                }
            }
            text.push_str(words);
            ends.push(text.len());
            (last, shows_last) = (part, at);
        }
        Self { text, ends }
    }
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

/// How long the line is that closes the code of a message, and the code with which the next goes on, if a block was cut
/// between them. Each message opens what is open in it, so that those before it need not be looked at.
fn mended<'a>(last: &str, part: &'a str) -> Option<(usize, &'a str)> {
    let (before, line) = last.rsplit_once('\n')?;
    let carry = render(&format!("{before}\n"), &Carry::default()).carry;
    let fence = carry.fence.as_ref()?;
    let mut closing = super::line::strip_quotes(line, fence.quote).1.trim();
    for span in carry.spans.iter().rev() {
        closing = closing.strip_suffix(span.kind.marker())?;
    }
    let mark = char::from(fence.mark);
    if closing.len() != fence.count || !closing.chars().all(|c| c == mark) {
        return None;
    }
    let code = part.strip_prefix(carry.opening().as_str())?;
    let head = head_of(before, &carry.opening());
    Some((line.len(), code.strip_prefix(head).unwrap_or(code)))
}

/// The head of the table that a message ends in, with the line below it: the next message shows both again.
fn head_of<'a>(before: &'a str, opening: &str) -> &'a str {
    let code = before.rsplit_once(opening).map_or("", |(_, code)| code);
    let mut lines = code.split_inclusive('\n');
    let (head, rule) = (lines.next(), lines.next());
    let is_rule = |rule: &str| {
        let rule = super::line::strip_quotes(rule, 1).1;
        rule.contains("-|-") && may_be_rule(rule.trim_end())
    };
    let rule = rule.filter(|rule| is_rule(rule));
    let length = head.zip(rule).map(|(head, rule)| head.len() + rule.len());
    code.get(..length.unwrap_or_default()).unwrap_or_default()
}

/// The whitespace that most likely was between two messages.
fn between(last: &str, part: &str) -> &'static str {
    let scan = Scan::new(last, None, super::spans::Spans::default(), |_| ()).run();
    let next = Line::of(part.lines().next().unwrap_or_default());
    let before = Line::of(last.lines().next_back().unwrap_or_default());
    let is_quoted = before.quote > 0 && next.quote > 0;
    let next = next.kind;
    if is_quoted
        || matches!(
            (scan.kind, next),
            (Kind::Item, Kind::Item) | (Kind::Table, Kind::Table)
        )
    {
        return "\n";
    }
    let last = last.chars().next_back().unwrap_or_default();
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
