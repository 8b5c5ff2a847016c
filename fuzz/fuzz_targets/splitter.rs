//! A whole text divided among messages: all of it is owned, in order, and no message is too long or blank. Texts that
//! are long take no longer a byte than short ones.
#![no_main]

use kaiwa_core::{
    reply::{Limits, join, split},
    text::is_blank,
};
use libfuzzer_sys::fuzz_target;

/// A text of so many bytes takes very long where messages are looked at again for all that come after them.
const LONG: usize = 64 * 1024;

fuzz_target!(|input: (u8, &str)| {
    let (more, text) = input;
    let limits = Limits {
        message: 200 + usize::from(more),
    };
    check(text, limits);
    if more == 255 && !text.is_empty() {
        check(&text.repeat(LONG / text.len()), limits);
    }
});

fn check(text: &str, limits: Limits) {
    let pieces = split(text, limits);
    let mut end = 0;
    for piece in &pieces {
        assert_eq!(piece.owns.start, end);
        end = piece.owns.end;
        assert!(text.is_char_boundary(end));
        assert!(piece.shown.encode_utf16().count() <= limits.message);
        assert!(!is_blank(&piece.shown));
        assert_eq!(piece.shown.trim(), piece.shown);
    }
    assert_eq!(end, if pieces.is_empty() { 0 } else { text.len() });
    assert_eq!(pieces.is_empty(), is_blank(text));
    let shown: Vec<&str> = pieces.iter().map(|piece| piece.shown.as_str()).collect();
    join(&shown);
}
