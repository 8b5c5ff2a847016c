//! A whole text divided among messages: all of it is owned, in order, and no message is too long or blank. As code, all of
//! it is shown. Texts that are long take no longer a byte than short ones.
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
    check_code(&text.replace('`', "'"), limits);
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

/// A block of code that holds the text shows all of it that can be seen, whatever it is made of.
fn check_code(code: &str, limits: Limits) {
    let pieces = split(&format!("```\n{code}\n```"), limits);
    let mut shown = String::new();
    for piece in pieces {
        let blocks = piece.shown.split("```").skip(1).step_by(2);
        for (_, code) in blocks.filter_map(|block| block.split_once('\n')) {
            shown.push_str(code);
        }
    }
    assert_eq!(seen(&shown), seen(code));
}

fn seen(text: &str) -> String {
    text.chars()
        .filter(|c| !is_blank(c.encode_utf8(&mut [0; 4])))
        .collect()
}
