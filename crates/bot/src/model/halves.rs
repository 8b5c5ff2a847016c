//! Characters that were cut in two. JavaScript counts an emoji as two halves (UTF-16 surrogates), and a server written in it may
//! send one half in an event and the other one in the next. Neither is a text by itself, so that no event with one can be read
//! as JSON: the first half is kept back and put in front of the second one. What is no text at all in other ways is made one.

use std::borrow::Cow;

/// How many bytes a half takes as it is written: `\ud83c`.
const SIZE: usize = 6;

/// The first half of a character whose second one has not come, as it was written.
#[derive(Default)]
pub(super) struct Halves(Option<Vec<u8>>);

/// What stands next in a JSON text, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    First,
    Second,
    /// Anything else, of so many bytes.
    Other(usize),
}

impl Halves {
    /// An event in which every character is whole; a half whose other half is missing is left out. `None` where there is
    /// nothing to mend.
    pub(super) fn mended(&mut self, json: &[u8]) -> Option<Vec<u8>> {
        let json = String::from_utf8_lossy(json);
        let mut is_mended = matches!(json, Cow::Owned(_));
        let (mut rest, mut mended) = (json.as_bytes(), Vec::with_capacity(json.len() + SIZE));
        let (mut in_text, mut begins) = (false, false);
        let mut kept = None;
        while !rest.is_empty() {
            let next = Next::of(rest);
            let (here, behind) = rest.split_at_checked(next.size()).unwrap_or((rest, b""));
            rest = behind;
            match next {
                Next::Other(_) => mended.extend_from_slice(here),
                Next::First if Next::of(behind) == Next::Second => {
                    let (second, behind) = behind.split_at_checked(SIZE)?;
                    mended.extend_from_slice(here);
                    mended.extend_from_slice(second);
                    rest = behind;
                }
                Next::First => {
                    is_mended = true;
                    if behind.starts_with(b"\"") {
                        kept = Some(here.to_vec());
                    }
                }
                Next::Second => {
                    is_mended = true;
                    // What came before stands for each text here: some say the same twice, under two names.
                    if begins && let Some(first) = kept.take().or_else(|| self.0.clone()) {
                        mended.extend(first);
                        mended.extend_from_slice(here);
                    }
                }
            }
            in_text ^= here == b"\"";
            begins = in_text && here == b"\"";
        }
        is_mended.then(|| {
            self.0 = kept;
            mended
        })
    }
}

impl Next {
    fn of(json: &[u8]) -> Self {
        match json {
            [b'\\', b'u', b'd' | b'D', digits @ ..] => match digits {
                [digit, a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                    match digit.to_ascii_lowercase() {
                        b'8' | b'9' | b'a' | b'b' => Self::First,
                        b'c'..=b'f' => Self::Second,
                        _ => Self::Other(SIZE),
                    }
                }
                _ => Self::Other(2),
            },
            // What is escaped ends no text.
            [b'\\', _, ..] => Self::Other(2),
            _ => Self::Other(1),
        }
    }

    fn size(self) -> usize {
        match self {
            Self::First | Self::Second => SIZE,
            Self::Other(size) => size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of events, one after the other, as JSON.
    fn read(events: &[&str]) -> Vec<Option<serde_json::Value>> {
        let mut halves = Halves::default();
        let mended = events.iter().map(|event| {
            let mended = halves.mended(event.as_bytes())?;
            Some(serde_json::from_slice(&mended).unwrap())
        });
        mended.collect()
    }

    #[test]
    fn halves_are_put_together_and_left_out_where_one_is_missing() {
        let table: [(&[&str], &[&str]); 8] = [
            (
                &[r#"["a\ud83c"]"#, r#"["\uDF0Ab"]"#],
                &[r#"["a"]"#, r#"["🌊b"]"#],
            ),
            // The same twice, and both in one event.
            (
                &[r#"["\ud83c","\ud83c"]"#, r#"["\udf0a","\udf0a"]"#],
                &[r#"["",""]"#, r#"["🌊","🌊"]"#],
            ),
            (&[r#"["\ud83c","\udf0a"]"#], &[r#"["","🌊"]"#]),
            // Whole ones are passed over.
            (
                &[r#"["\ud83c\udf0a\ud83c"]"#, r#"["\udf0a\ud83c\udf0a"]"#],
                &[r#"["🌊"]"#, r#"["🌊🌊"]"#],
            ),
            // Alone: at an end, in the middle, at a beginning, one for another.
            (
                &[r#"["a\ud83c"]"#, r#"["b\udf0ac"]"#],
                &[r#"["a"]"#, r#"["bc"]"#],
            ),
            (&[r#"["\udf0aa"]"#], &[r#"["a"]"#]),
            (
                &[r#"["\ud83c\ud83c\udf0a"]"#, r#"["\udf0a"]"#],
                &[r#"["🌊"]"#, r#"[""]"#],
            ),
            // A backslash of the text's own is no escape, and a quote of its own no end.
            (
                &[r#"["\\ud83c\ud83c\"\ud83c"]"#, r#"["\"\udf0a", "\udf0a"]"#],
                &[r#"["\\ud83c\""]"#, r#"["\"", "🌊"]"#],
            ),
        ];
        for (events, expected) in table {
            let expected: Vec<Option<serde_json::Value>> = expected
                .iter()
                .map(|event| serde_json::from_str(event).unwrap())
                .map(Some)
                .collect();
            assert_eq!(read(events), expected, "{events:?}");
        }
        assert_eq!(
            read(&[r#"["\ud83c\udf0a\ue000\\\"", "#, "\\ud8", "\\"]),
            [None, None, None]
        );
        let mended = Halves::default().mended(b"\"a\xF0\x9F\"");
        assert_eq!(mended, Some("\"a\u{fffd}\"".into()));
    }
}
