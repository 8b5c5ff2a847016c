//! Lines that lead to a table: a heading, words in bold on a line of their own, words that end with a colon.
//!
//! Where the table goes to the next message, they go with it. A line that may turn out to be one is short, so that nothing
//! is held back for long until that is known.

use super::{
    line::{Kind, Line},
    markup::units,
};

/// The longest line that leads to a table, in UTF-16 units.
const LONGEST: usize = 80;
/// So many lines lead to a table at the most.
const MOST: usize = 3;

/// Where the lines begin that lead to what begins at a place, the nearest first.
pub(super) fn leads(text: &str, at: usize) -> impl Iterator<Item = usize> {
    let mut next = at;
    std::iter::from_fn(move || {
        let (start, line) = last_line(text.get(..next)?)?;
        next = start;
        is_lead(line).then_some(start)
    })
    .take(MOST)
}

/// The same for what may come behind a text, of which the last line may be one of them itself.
pub(super) fn leads_at_end(text: &str) -> impl Iterator<Item = usize> {
    let open = last_line(text).filter(|(start, line)| {
        let is_whole = text
            .get(start + line.len()..)
            .is_some_and(|behind| behind.contains('\n'));
        !is_whole && units(line) <= LONGEST && !line.starts_with(['`', '~'])
    });
    let end = open.map_or(text.len(), |(start, _)| start);
    open.map(|(start, _)| start)
        .into_iter()
        .chain(leads(text, end))
}

/// The last line in which something stands, and where it begins.
fn last_line(text: &str) -> Option<(usize, &str)> {
    let text = text.trim_end();
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?;
    (!line.is_empty()).then_some((start, line))
}

fn is_lead(line: &str) -> bool {
    let read = Line::of(line);
    let words = line.get(read.body..).unwrap_or_default();
    let fits = match read.kind {
        Kind::Heading => true,
        Kind::Text | Kind::Item => {
            words.ends_with([':', '：']) || (words.starts_with("**") && words.ends_with("**"))
        }
        Kind::Blank | Kind::Small | Kind::Table | Kind::Fence | Kind::Rule => false,
    };
    fits && units(line) <= LONGEST
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
            ("- 次のとおりです：\n", vec![0]),
            ("So it is.\n\n", vec![]),
            ("\n", vec![]),
        ];
        for (text, expected) in table {
            assert_eq!(
                leads(text, text.len()).collect::<Vec<_>>(),
                expected,
                "{text:?}"
            );
            assert_eq!(leads_at_end(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
        // More may come.
        assert_eq!(leads_at_end("## Head\n\nSo it").collect::<Vec<_>>(), [9, 0]);
        let long = format!("## Head\n\n{}", "so ".repeat(40));
        assert_eq!(leads_at_end(&long).count(), 0);
        assert_eq!(leads_at_end(&format!("{long}:\n")).count(), 0);
    }
}
