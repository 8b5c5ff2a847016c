//! The bot's own words under an answer: lines of small print, which begin with `-# `.

use super::{Limits, layout::split, markup::units};

/// What marks a line as the bot's own words.
pub(super) const SMALL_PRINT: &str = "-# ";

/// A line of small print, whether it is marked as such already or not.
pub(super) fn small(line: &str) -> String {
    let line = line.trim();
    if line.starts_with(SMALL_PRINT) {
        line.to_owned()
    } else {
        format!("{SMALL_PRINT}{line}")
    }
}

/// Notices as lines of small print, packed into as few texts as hold them.
pub(super) fn pack(notices: &[String], limits: Limits) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for line in notices
        .iter()
        .flat_map(|notice| notice.lines())
        .filter(|line| !line.trim().is_empty())
    {
        for line in within(&small(line), limits) {
            match texts.last_mut() {
                Some(text) if units(text) + 1 + units(&line) <= limits.message() => {
                    text.push('\n');
                    text.push_str(&line);
                }
                Some(_) | None => texts.push(line),
            }
        }
    }
    texts
}

/// A line of small print, as several where it is too long for a message.
fn within(line: &str, limits: Limits) -> Vec<String> {
    if units(line) <= limits.message() {
        return vec![line.to_owned()];
    }
    let words = line.strip_prefix(SMALL_PRINT).unwrap_or(line);
    let shorter = Limits {
        message: limits.message().saturating_sub(SMALL_PRINT.len()),
    };
    split(words, shorter)
        .iter()
        .map(|piece| small(&piece.shown))
        .collect()
}
