//! One token's event is like the one before it but for its text. Where it is so to the byte, it need not be taken apart:
//! that costs many times what it costs to compare them, and answers have thousands of tokens.

use memchr::memmem;

/// The name of the field whose value is the text.
const NAME: &[u8] = br#""content""#;

/// The name of the field whose value is the cost so far, which has to be read.
const COST: &[u8] = br#""usage""#;

/// What the events of a stream have in common: all of an event but its text.
#[derive(Debug)]
pub(super) struct Alike {
    /// Up to the quote that opens the text.
    before: Vec<u8>,
    /// From the quote that closes it.
    after: Vec<u8>,
    /// Which of several answers it belongs to.
    index: u32,
}

impl Alike {
    /// Learns from an event that said this text and nothing else. `None` where it isn't plain to see where the text stands.
    pub(super) fn of(event: &[u8], index: u32, text: &str) -> Option<Self> {
        let mut names = memmem::find_iter(event, NAME);
        // A quote inside a text has a backslash before it, so that no text can look like the name.
        let (Some(at), None) = (names.next(), names.next()) else {
            return None;
        };
        let told = |at| value(event, at, COST).is_some_and(|cost| !cost.starts_with(b"null"));
        // The end of a longer name, or an event that says more than its text.
        if event.get(..at)?.ends_with(b"\\") || memmem::find_iter(event, COST).any(told) {
            return None;
        }
        let literal = value(event, at, NAME)?.strip_prefix(b"\"")?;
        let after = literal.strip_prefix(text.as_bytes())?;
        if !is_plain(text.as_bytes()) || !after.starts_with(b"\"") {
            return None;
        }
        Some(Self {
            before: event.get(..event.len() - literal.len())?.to_vec(),
            after: after.to_vec(),
            index,
        })
    }

    /// The text of an event, and which answer it belongs to. `None` where the event has to be taken apart.
    pub(super) fn text<'e>(&self, event: &'e [u8]) -> Option<(u32, &'e str)> {
        let literal = event.strip_prefix(self.before.as_slice())?;
        let text = literal.strip_suffix(self.after.as_slice())?;
        let text = is_plain(text).then(|| std::str::from_utf8(text))?.ok()?;
        Some((self.index, text))
    }
}

/// From the value of the field whose name stands at `at`; `None` where no field begins there.
fn value<'e>(event: &'e [u8], at: usize, name: &[u8]) -> Option<&'e [u8]> {
    let behind = event.get(at + name.len()..)?.trim_ascii_start();
    Some(behind.strip_prefix(b":")?.trim_ascii_start())
}

/// Whether a text's bytes in JSON are the text itself, to its end.
fn is_plain(text: &[u8]) -> bool {
    !text
        .iter()
        .any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
}
