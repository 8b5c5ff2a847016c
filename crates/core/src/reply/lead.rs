//! Lines that lead to a table: a heading, words in bold on a line of their own, words that end with a colon.
//!
//! Where the table goes to the next message, they go with it. A line is held back until it is known whether it leads to
//! one, so it is a lead only where its first characters look like one: a longer line that ends with a colon stays where it
//! is, since that words come as they are written matters more.

use unicode_width::UnicodeWidthStr;

use super::{
    line::{Kind, Line, is_mark},
    markup::units,
};

/// The longest line that leads to a table, in UTF-16 units.
const LONGEST: usize = 80;
/// The longest words that lead to a table by their colon alone, in columns: twelve kanji, or four words.
const LONGEST_WORDS: usize = 24;
/// So many lines lead to a table at the most.
const MOST: usize = 3;

/// Where the lines begin that lead to what begins at a place of a text, of which a message shows what stands from `begin` on: the
/// nearest first.
pub(super) fn leads(text: &str, at: usize, begin: usize) -> impl Iterator<Item = usize> {
    let mut next = at;
    std::iter::from_fn(move || {
        let (start, line) = last_line(text.get(..next)?)?;
        next = start;
        // The first line needs no place in front of it, and nobody waits for it.
        let opens = start <= begin && units(line) <= LONGEST && is_announcement(line);
        (opens || is_lead(line, true)).then_some(start)
    })
    .take(MOST)
}

/// The same for what may come behind a text, of which the last line may be one of them itself. Words that a colon may end are
/// waited for from `least` on alone.
pub(super) fn leads_at_end(text: &str, begin: usize, least: usize) -> impl Iterator<Item = usize> {
    let open = last_line(text).filter(|(start, line)| {
        let is_whole = text
            .get(start + line.len()..)
            .is_some_and(|behind| behind.contains('\n'));
        !is_whole && is_lead(line, false) && (*start >= least || is_marked(line))
    });
    let end = open.map_or(text.len(), |(start, _)| start);
    open.map(|(start, _)| start)
        .into_iter()
        .chain(leads(text, end, begin))
}

/// The last line in which something stands, and where it begins.
fn last_line(text: &str) -> Option<(usize, &str)> {
    let text = text.trim_end();
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?;
    (!line.is_empty()).then_some((start, line))
}

/// Whether the line leads to a table or, as long as more of it may come, whether it may.
fn is_lead(line: &str, whole: bool) -> bool {
    let read = Line::of(line);
    let words = line.get(read.body..).unwrap_or_default().trim();
    let fits = match read.kind {
        Kind::Heading => true,
        // What is left of an item that begins with a table.
        Kind::Text if is_mark(words) => true,
        Kind::Text | Kind::Item => {
            let is_short = words.width() <= LONGEST_WORDS;
            is_bold(words, whole) || (is_short && (!whole || is_announcement(words)))
        }
        // More may make words of it.
        Kind::Blank | Kind::Rule => !whole,
        Kind::Small | Kind::Table | Kind::Fence => false,
    };
    fits && units(line) <= LONGEST
}

/// It is a heading, or words in bold, as far as it goes.
fn is_marked(line: &str) -> bool {
    let read = Line::of(line);
    let words = line.get(read.body..).unwrap_or_default();
    read.kind == Kind::Heading || words.starts_with("**")
}

/// The words say that something follows.
fn is_announcement(words: &str) -> bool {
    words.ends_with([':', '：'])
}

/// All of the words are bold, but for a colon.
fn is_bold(words: &str, whole: bool) -> bool {
    let Some(words) = words.strip_prefix("**") else {
        return false;
    };
    match words.split_once("**") {
        Some((_, behind)) => behind.trim_matches(['*', ':', '：', ' ']).is_empty(),
        None => !whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lead_to_what_follows() {
        let table = [
            ("a\n\n## Head\n\n", vec![3]),
            ("## Head\n\nSo it is:\n", vec![9, 0]),
            ("a\n**Prices**\n", vec![2]),
            (
                "a\n**Prices, as they are in the shops by the sea**:\n",
                vec![2],
            ),
            ("**Prices** as they are in the shops by the sea:\n", vec![]),
            ("These are the prices by the sea:\n", vec![]),
            ("海辺の店での価格は次のとおりです：\n", vec![]),
            ("- 次のとおりです：\n", vec![0]),
            ("So.\n  1.\n", vec![4]),
            ("So it is.\n\n", vec![]),
            ("\n", vec![]),
        ];
        for (text, expected) in table {
            let text = format!("So.\n{text}");
            let found: Vec<usize> = leads(&text, text.len(), 0).map(|at| at - 4).collect();
            assert_eq!(found, expected, "{text:?}");
            let found: Vec<usize> = leads_at_end(&text, 0, 0).map(|at| at - 4).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        // What a message begins with may be longer.
        let opening = "These are the prices by the sea:\n";
        assert_eq!(leads(opening, opening.len(), 0).collect::<Vec<_>>(), [0]);
        // More may come.
        assert_eq!(
            leads_at_end("## Head\n\nSo it", 0, 0).collect::<Vec<_>>(),
            [9, 0]
        );
        for (line, may_lead) in [
            ("", true),
            (">", true),
            ("--", true),
            ("## The prices in the shops by the", true),
            ("**The prices in the shops by the", true),
            ("**The prices in the shops by the sea**", true),
            ("**The prices** in the shops", false),
            ("- **The prices**: in the shops by the sea", false),
            ("These are the prices in", true),
            ("These are the prices in the", false),
            ("次のような価格になってい", true),
            ("次のような価格になっている", false),
            ("- 次のような価格になっている", false),
        ] {
            let text = format!("## Head\n\n{line}");
            assert_eq!(leads_at_end(&text, 0, 0).count() > 0, may_lead, "{line}");
            // In a message that is short as yet, words are shown as they come.
            let is_marked = line.trim().starts_with(['#', '*']);
            let waits = leads_at_end(line, 0, line.len() + 1).count() > 0;
            assert_eq!(waits, may_lead && is_marked, "{line}");
        }
        let long = format!("## Head\n\n{}", "so ".repeat(40));
        assert_eq!(leads_at_end(&long, 0, 0).count(), 0);
        assert_eq!(leads_at_end(&format!("{long}:\n"), 0, 0).count(), 0);
    }
}
