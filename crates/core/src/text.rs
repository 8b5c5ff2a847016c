//! Discord's markup as people read it, and names made from questions.

use unicode_segmentation::UnicodeSegmentation;

use crate::id::{ChannelId, RoleId, UserId};

/// A thing that Discord's markup names by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// `<@id>` or `<@!id>`.
    Person(UserId),
    /// `<@&id>`.
    Role(RoleId),
    /// `<#id>`.
    Channel(ChannelId),
}

/// What a [`Named`] thing is to be replaced with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// The bot itself: left out, with the space around it.
    Me,
    /// Shown by this name.
    Known(String),
    /// Nobody knows its name.
    Unknown,
}

/// Turns Discord's markup into what people see: mentions, channels, custom emoji, commands and timestamps
/// become readable; the bot's own mention is removed. Code is left as it is, as Discord does.
///
/// Source of the forms: Discord's reference, "Message Formatting".
pub fn readable(raw: &str, mut name: impl FnMut(Named) -> Name) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['`', '<']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if from.starts_with('`') {
            let code = code_span(from);
            let (code, after) = from.split_at(code);
            out.push_str(code);
            rest = after;
        } else if let Some((markup, length)) = Markup::parse(from) {
            let (_, after) = from.split_at(length);
            rest = match markup.shown(&mut name) {
                Some(shown) => {
                    out.push_str(&shown);
                    after
                }
                None => close_gap(&mut out, after),
            };
        } else {
            out.push('<');
            rest = from.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}

/// A name as Discord shows it letter by letter: nothing in it is markup, a mention or a link.
pub fn literal(name: &str) -> String {
    let mut literal = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(
            c,
            '\\' | '*'
                | '_'
                | '~'
                | '`'
                | '|'
                | '['
                | ']'
                | '('
                | ')'
                | '<'
                | '>'
                | '#'
                | '@'
                | ':'
        ) {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal
}

/// Whether a text shows nothing at all: only spaces, control and zero-width characters.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| is_gap(c) || is_invisible(c))
}

/// A name or a line as it is compared, in small letters, with `between` its words: what looks alike is alike.
pub(crate) fn plain(text: &str, between: &str) -> String {
    let seen: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let words: Vec<&str> = seen.split(is_gap).filter(|word| !word.is_empty()).collect();
    words.join(between).to_lowercase()
}

/// What shows nothing but room: white space, the blank Braille pattern, the fillers of Hangul.
fn is_gap(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
        )
}

/// What takes no room where it is shown: control and zero-width characters, those that turn the direction of writing,
/// and those that choose between the forms of a letter.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// A thread's name from the question that opens it: its first line that shows something, white space folded,
/// at most 100 UTF-16 units, cut at a word where one ends in the second half, else between graphemes.
/// `None` when the text shows nothing.
pub fn thread_name(question: &str) -> Option<String> {
    const LIMIT: usize = 100;
    let line = question
        .lines()
        .filter(|line| !line.trim_start().starts_with("```"))
        .map(|line| line.trim_start_matches(['#', '>', '-', '*', ' ']))
        .chain(question.lines())
        .find(|line| !is_blank(line))?;
    let folded = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut end, mut units, mut word_end) = (0, 0, None);
    for (at, grapheme) in folded.grapheme_indices(true) {
        units += grapheme.encode_utf16().count();
        if grapheme == " " && at > 0 {
            word_end = Some((at, units));
        }
        if units > LIMIT {
            // A name cut in the middle of a word reads badly; a name cut to a third says nothing.
            let cut = match word_end {
                Some((word, at_units)) if at_units > LIMIT / 2 => word,
                _ => end,
            };
            // One grapheme can be longer than the limit: a letter under a hundred marks.
            return match folded.get(..cut).map(str::trim_end) {
                Some(name) if !name.is_empty() => Some(name.to_owned()),
                _ => folded.chars().next().map(String::from),
            };
        }
        end = at + grapheme.len();
    }
    Some(folded)
}

/// The length in bytes of the code that `text` opens with; just the backticks when it is never closed.
fn code_span(text: &str) -> usize {
    let ticks = run_of_backticks(text);
    let mut at = ticks;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('`')) {
        let run = text.get(at + found..).map_or(0, run_of_backticks);
        at += found + run;
        if run == ticks {
            return at;
        }
    }
    ticks
}

fn run_of_backticks(text: &str) -> usize {
    text.bytes().take_while(|&byte| byte == b'`').count()
}

/// Closes the gap that a removed word leaves: no space before punctuation, none twice.
fn close_gap<'a>(before: &mut String, after: &'a str) -> &'a str {
    let next = after.trim_start_matches([' ', '\t']);
    if before.is_empty() || before.ends_with(char::is_whitespace) {
        let glued = next.starts_with([',', '.', '!', '?', ':', ';', '、', '。', '！', '？', '\n']);
        if glued && next.len() == after.len() {
            before.truncate(before.trim_end_matches([' ', '\t']).len());
        }
        next
    } else {
        after
    }
}

enum Markup<'a> {
    Named(Named),
    Emoji(&'a str),
    Command(&'a str),
    Time(i64),
}

impl<'a> Markup<'a> {
    /// Reads the markup that `text` opens with, and its length in bytes.
    fn parse(text: &'a str) -> Option<(Self, usize)> {
        let end = text.find('>')?;
        let inner = text.get(1..end)?;
        let id = |digits: &str| digits.parse::<u64>().ok();
        let markup = if let Some(role) = inner.strip_prefix("@&") {
            Self::Named(Named::Role(RoleId(id(role)?)))
        } else if let Some(person) = inner.strip_prefix('@') {
            let person = person.strip_prefix('!').unwrap_or(person);
            Self::Named(Named::Person(UserId(id(person)?)))
        } else if let Some(channel) = inner.strip_prefix('#') {
            Self::Named(Named::Channel(ChannelId(id(channel)?)))
        } else if let Some(emoji) = inner.strip_prefix("a:").or_else(|| inner.strip_prefix(':')) {
            let (name, digits) = emoji.split_once(':')?;
            id(digits)?;
            Self::Emoji(name)
        } else if let Some(command) = inner.strip_prefix('/') {
            let (name, digits) = command.rsplit_once(':')?;
            id(digits)?;
            Self::Command(name)
        } else if let Some(time) = inner.strip_prefix("t:") {
            let seconds = time.split_once(':').map_or(time, |(seconds, _)| seconds);
            Self::Time(seconds.parse().ok()?)
        } else {
            return None;
        };
        Some((markup, end + 1))
    }

    /// How people see it; `None` for what is to be left out.
    fn shown(&self, name: &mut impl FnMut(Named) -> Name) -> Option<String> {
        Some(match self {
            Self::Emoji(name) => format!(":{name}:"),
            Self::Command(name) => format!("/{name}"),
            Self::Time(seconds) => utc(*seconds),
            Self::Named(named) => {
                let known = match name(*named) {
                    Name::Me => return None,
                    Name::Known(known) => Some(known),
                    Name::Unknown => None,
                };
                match named {
                    Named::Person(_) => format!("@{}", known.as_deref().unwrap_or("unknown-user")),
                    Named::Role(_) => format!("@{}", known.as_deref().unwrap_or("unknown-role")),
                    Named::Channel(_) => format!("#{}", known.as_deref().unwrap_or("unknown")),
                }
            }
        })
    }
}

/// A Unix time in seconds as `2021-04-20 21:20 UTC`.
fn utc(seconds: i64) -> String {
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The civil date of a day number, after Howard Hinnant's `civil_from_days`.
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 {
        month_shifted + 3
    } else {
        month_shifted - 9
    };
    let year = year_of_era + era.saturating_mul(400) + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC",
        of_day / 3_600,
        of_day % 3_600 / 60
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(raw: &str) -> String {
        readable(raw, |named| match named {
            Named::Person(UserId(1)) => Name::Me,
            Named::Person(UserId(2)) => Name::Known("ada".into()),
            Named::Role(RoleId(3)) => Name::Known("Staff".into()),
            Named::Channel(ChannelId(4)) => Name::Known("general".into()),
            Named::Person(_) | Named::Role(_) | Named::Channel(_) => Name::Unknown,
        })
    }

    #[test]
    fn markup_becomes_what_people_see() {
        for (raw, shown) in [
            ("<@1> what color is the sea?", "what color is the sea?"),
            ("<@!1>what?", "what?"),
            ("hey <@1>, how are you?", "hey, how are you?"),
            ("hey <@1> how are you", "hey how are you"),
            ("tell me <@1>", "tell me"),
            ("<@1>", ""),
            ("<@1> <@1>", ""),
            ("<@1>\nline one\n  line two", "line one\n  line two"),
            ("ask <@2> or <@9>", "ask @ada or @unknown-user"),
            (
                "<@&3> and <@&8> in <#4>, not <#7>",
                "@Staff and @unknown-role in #general, not #unknown",
            ),
            ("hi <:wave:123> <a:dance:9>", "hi :wave: :dance:"),
            ("try </ask:55> or </set model:55>", "try /ask or /set model"),
            (
                "at <t:1618953630> or <t:1618953630:R> or <t:-1:d>",
                "at 2021-04-20 21:20 UTC or 2021-04-20 21:20 UTC or 1969-12-31 23:59 UTC",
            ),
            ("1 < 2 and <b>bold</b>", "1 < 2 and <b>bold</b>"),
            ("<@> <@x> <#> <:a> <t:x>", "<@> <@x> <#> <:a> <t:x>"),
            (
                "`<@2>` and ```\n<#4>\n``` but <@2>",
                "`<@2>` and ```\n<#4>\n``` but @ada",
            ),
            ("an open ` and <@2>", "an open ` and @ada"),
            ("<@1>こんにちは", "こんにちは"),
            ("こんにちは<@1>さん", "こんにちはさん"),
        ] {
            assert_eq!(read(raw), shown, "{raw:?}");
        }
    }

    #[test]
    fn nothing_to_see_is_blank() {
        for blank in [
            "",
            " \n\t",
            "\u{200b}\u{200b}",
            "\u{2800}",
            "\u{3164}",
            "\u{feff}\u{2066}",
        ] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for shown in ["a", "👍", "\u{200b}.", "العربية", "。"] {
            assert!(!is_blank(shown), "{shown:?}");
        }
    }

    #[test]
    fn what_looks_alike_is_alike() {
        for (text, alike) in [
            ("  End\tof \n FILE ", "end of file"),
            (
                "e\u{34f}n\u{fe0f}d o\u{180e}f\u{e0041} \u{200b} file\u{1}",
                "end of file",
            ),
            ("end\u{2800}of\u{3164}file\u{115f}", "end of file"),
            ("\u{feff}", ""),
        ] {
            assert_eq!(plain(text, " "), alike, "{text:?}");
            assert_eq!(plain(text, ""), alike.replace(' ', ""), "{text:?}");
        }
    }

    #[test]
    fn a_thread_is_named_after_the_first_line() {
        for (question, name) in [
            ("What color is the sea?", "What color is the sea?"),
            ("  one\t two\u{3000}three \nfour", "one two three"),
            ("\n\u{200b}\n# A heading\ntext", "A heading"),
            ("```rust\nfn main() {}\n```", "fn main() {}"),
            ("---", "---"),
        ] {
            assert_eq!(thread_name(question).as_deref(), Some(name), "{question:?}");
        }
        assert_eq!(thread_name(" \u{200b} "), None);
        let words = "word ".repeat(30);
        assert_eq!(thread_name(&words).unwrap(), "word ".repeat(20).trim_end());
        assert_eq!(thread_name(&"海".repeat(150)).unwrap(), "海".repeat(100));
        let family = "👩‍👩‍👧‍👦";
        assert_eq!(thread_name(&family.repeat(20)).unwrap(), family.repeat(9));
        assert_eq!(
            thread_name(&format!("e{}", "\u{301}".repeat(200))).unwrap(),
            "e"
        );
    }

    proptest! {
        #[test]
        fn a_thread_name_is_one_to_100_units(question in any::<String>()) {
            if let Some(name) = thread_name(&question) {
                let units = name.encode_utf16().count();
                prop_assert!((1..=100).contains(&units), "{units}: {name:?}");
                prop_assert_eq!(name.trim(), name.as_str());
            } else {
                prop_assert!(is_blank(&question));
            }
        }

        #[test]
        fn any_text_is_readable(raw in "[<>@!&#:/t`0-9a ]{0,40}|\\PC*", seconds in any::<i64>()) {
            read(&raw);
            utc(seconds);
        }
    }
}
