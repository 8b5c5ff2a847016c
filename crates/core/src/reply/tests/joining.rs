//! An answer read back from its messages.

use proptest::prelude::*;

use super::texts;
use crate::reply::{Limits, join, split};

#[test]
fn a_block_of_code_that_was_cut_is_whole_again() {
    assert_eq!(
        join(&["Look:\n```rust\nlet a;\n```", "```rust\nlet b;\n```\nDone."]),
        "Look:\n```rust\nlet a;\nlet b;\n```\nDone."
    );
    assert_eq!(
        join(&["> ```\n> a\n> ```", "> ```\n> b\n> ```"]),
        "> ```\n> a\n> b\n> ```"
    );
    assert_eq!(
        join(&["||```js\na\n```||", "||```js\nb\n```||\nDone."]),
        "||```js\na\nb\n```||\nDone."
    );
    assert_eq!(
        join(&["```py\na\n```", "```\nb\n```"]),
        "```py\na\n```\n\n```\nb\n```"
    );
}

#[test]
fn the_bots_own_words_are_taken_off() {
    assert_eq!(join(&["The sea is\n-# stopped by ada"]), "The sea is");
    assert_eq!(join(&["The sea.", "-# one\n-# two"]), "The sea.");
    assert_eq!(join(&["-# one"]), "");
    assert_eq!(
        join(&["-# the model's own\nsmall print"]),
        "-# the model's own\nsmall print"
    );
}

#[test]
fn the_whitespace_between_messages_is_likely() {
    assert_eq!(join(&["One.", "Two."]), "One.\n\nTwo.");
    assert_eq!(join(&["- one", "- two"]), "- one\n- two");
    assert_eq!(join(&["one, two,", "three"]), "one, two, three");
    assert_eq!(join(&["日本", "語"]), "日本語");
    assert_eq!(join(&[]), "");
}

#[test]
fn each_message_is_looked_at_once() {
    // If each were looked at again for all that come after it, this would take minutes.
    let many = vec!["So it goes on."; 20_000];
    assert_eq!(join(&many).len(), many.len() * 16 - 2);
    let many = vec!["```\nlet a;\n```"; 20_000];
    assert_eq!(join(&many).matches("```").count(), 2);
}

/// A text without what a border can't tell: whitespace, and markup that is closed and opened again.
fn bare(text: &str) -> String {
    let mut bare: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !"*_`>".contains(*c))
        .collect();
    bare.retain(|c| c != '~');
    bare
}

proptest! {
    #![proptest_config(texts::config(400))]

    #[test]
    // Tables and formulas are shown in another form, which is read back as it is shown.
    fn what_was_split_is_joined_again(text in texts::sensible().prop_filter("a table", |text| !text.contains("|---")), limit in 300_usize..900) {
        let pieces = split(&text, Limits { message: limit });
        let shown: Vec<&str> = pieces.iter().map(|piece| piece.shown.as_str()).collect();
        // Two blocks of the same language in a row look like one that was cut.
        let ambiguous = pieces.windows(2).any(|pair| {
            let ends = text[pair[0].owns.clone()].trim_end().ends_with(['`', '~']);
            ends && pair[1].shown.starts_with(['`', '~'])
        });
        prop_assume!(!ambiguous);
        let joined = join(&shown);
        prop_assert_eq!(bare(&joined), bare(&text));
        prop_assert_eq!(joined.matches("```").count(), text.matches("```").count());
    }
}
