//! Characters that were cut in two. JavaScript counts an emoji as two halves (UTF-16 surrogates), others count bytes, and such a
//! server may send one part in an event and the rest in the next. Neither is a text by itself, so that no event with one can be
//! read as JSON: the first part is kept back and put in front of the rest.

use std::borrow::Cow;

/// How many bytes half a character takes that is written as an escape: `\ud83c`.
const ESCAPE: usize = 6;

/// The first part of a character whose rest has not come, as it was written.
#[derive(Default)]
pub(super) struct Halves(Option<Vec<u8>>);

/// What stands next in a JSON text, as far as it matters here, and how many bytes it takes.
#[derive(Clone, Copy)]
enum Next {
    /// The first part of a character, without the rest.
    First(usize),
    /// The rest of one.
    Rest(usize),
    Other(usize),
}

impl Halves {
    /// An event in which every character is whole. Half of one is left out, and bytes that are no text become the sign that
    /// stands for such. `None` where there is nothing to mend.
    pub(super) fn mended(&mut self, json: &[u8]) -> Option<Vec<u8>> {
        let (mut rest, mut mended) = (json, Vec::with_capacity(json.len() + ESCAPE));
        let (mut in_text, mut begins) = (false, false);
        let (mut kept, mut is_mended) = (None, false);
        while !rest.is_empty() {
            let next = Next::of(rest);
            let (here, behind) = rest.split_at_checked(next.size()).unwrap_or((rest, b""));
            let first = match next {
                // What came before stands for each text here: some say the same twice, under two names.
                Next::Rest(_) if begins => kept.take().or_else(|| self.0.clone()),
                Next::First(_) | Next::Rest(_) | Next::Other(_) => None,
            };
            let whole = match first.filter(|first| is_escape(first) == is_escape(here)) {
                Some(first) => Cow::Owned([&first, here].concat()),
                None => Cow::Borrowed(here),
            };
            is_mended |= matches!(whole, Cow::Owned(_));
            match Next::of(&whole) {
                Next::First(_) if behind.starts_with(b"\"") => kept = Some(whole.into_owned()),
                Next::First(_) | Next::Rest(_) if is_escape(&whole) => is_mended = true,
                Next::First(_) | Next::Rest(_) | Next::Other(_) => mended.extend_from_slice(&whole),
            }
            in_text ^= here == b"\"";
            begins = in_text && here == b"\"";
            rest = behind;
        }
        let text = String::from_utf8_lossy(&mended);
        (is_mended || kept.is_some() || matches!(text, Cow::Owned(_))).then(|| {
            self.0 = kept;
            text.into_owned().into_bytes()
        })
    }
}

impl Next {
    fn of(json: &[u8]) -> Self {
        match json {
            [b'\\', _, ..] => match half(json) {
                Some(Self::First(size)) => match json.get(size..).and_then(half) {
                    Some(Self::Rest(rest)) => Self::Other(size + rest),
                    Some(Self::First(_) | Self::Other(_)) | None => Self::First(size),
                },
                Some(half) => half,
                // What is escaped ends no text.
                None => Self::Other(2),
            },
            [0x80..=0xBF, ..] => {
                let rest = json.iter().take_while(|byte| matches!(byte, 0x80..=0xBF));
                Self::Rest(rest.take(3).count())
            }
            [0xC2..=0xF4, ..] => {
                let chunk = json.get(..json.len().min(4)).unwrap_or_default();
                let chunk = chunk.utf8_chunks().next();
                match chunk.map(|chunk| (chunk.valid().chars().next(), chunk.invalid().len())) {
                    Some((None, size)) => Self::First(size),
                    Some((Some(whole), _)) => Self::Other(whole.len_utf8()),
                    None => Self::Other(1),
                }
            }
            _ => Self::Other(1),
        }
    }

    fn size(self) -> usize {
        match self {
            Self::First(size) | Self::Rest(size) | Self::Other(size) => size,
        }
    }
}

/// Half a character that stands here as an escape.
fn half(json: &[u8]) -> Option<Next> {
    let [b'\\', b'u', b'd' | b'D', digit, a, b, ..] = json else {
        return None;
    };
    let is_one = a.is_ascii_hexdigit() && b.is_ascii_hexdigit();
    match digit.to_ascii_lowercase() {
        b'8' | b'9' | b'a' | b'b' if is_one => Some(Next::First(ESCAPE)),
        b'c'..=b'f' if is_one => Some(Next::Rest(ESCAPE)),
        _ => None,
    }
}

fn is_escape(half: &[u8]) -> bool {
    half.starts_with(b"\\")
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
        let broken = Halves::default().mended(b"\"a\xF0\x9F \xE9\"");
        assert_eq!(broken.as_deref(), Some("\"a\u{fffd} \"".as_bytes()));
    }

    #[test]
    fn bytes_are_put_together_however_they_are_cut() {
        let text = "\"海🌊é\"".as_bytes();
        for cut in 1..text.len() - 1 {
            for second in cut..text.len() - 1 {
                let mut halves = Halves::default();
                let (a, b) = (&text[..cut], &text[cut..second]);
                let pieces = [
                    [a, b"\""].concat(),
                    [b"\"", b, b"\""].concat(),
                    [b"\"", &text[second..]].concat(),
                ];
                let said = pieces.map(|piece| {
                    let mended = halves.mended(&piece).unwrap_or(piece);
                    serde_json::from_slice::<String>(&mended).unwrap()
                });
                assert_eq!(said.concat(), "海🌊é", "{cut}, {second}");
            }
        }
    }
}
