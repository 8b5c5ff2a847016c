//! A whole text divided at once.

use proptest::prelude::*;

use super::texts;
use crate::{
    reply::{
        Limits, Piece, join,
        markup::{Carry, render, units},
        split,
    },
    text::is_blank,
};

const SMALL: Limits = Limits { message: 200 };

fn shown(text: &str) -> Vec<String> {
    split(text, SMALL)
        .into_iter()
        .map(|piece| piece.shown)
        .collect()
}

fn words(count: usize) -> String {
    "wordy ".repeat(count).trim_end().to_owned()
}

#[test]
fn what_fits_is_one_message() {
    assert_eq!(shown("Hello."), ["Hello."]);
    assert_eq!(shown("\n\n Hello. \n"), ["Hello."]);
    assert_eq!(shown(" \n\u{200b}"), [""; 0]);
    assert_eq!(shown(&"a".repeat(200)).len(), 1);
    assert_eq!(shown(&"a".repeat(201)).len(), 2);
    assert_eq!(shown(&"😀".repeat(100)).len(), 1);
    assert_eq!(shown(&"😀".repeat(101)).len(), 2);
}

#[test]
fn paragraphs_come_first_then_lines_sentences_clauses_and_words() {
    let filled = words(29); // 173 units: the last good place is near.
    let table = [
        (
            format!("{filled}.\n\nNext one. And, more {}", words(10)),
            "Next one.",
        ),
        (
            format!("{filled}\n- Next one. And, more {}", words(10)),
            "- Next",
        ),
        (format!("{filled}. Next, more words {}", words(10)), "Next,"),
        (
            format!("{filled}, next more words {}", words(10)),
            "next more",
        ),
        (format!("{filled}です。次は、何{}", words(10)), "次は"),
        (format!("{filled}\n# Title\nText {}", words(10)), "# Title"),
        (
            format!("{filled}.\n## Title\n\nText {}", words(10)),
            "## Title",
        ),
        (
            format!("{filled}\n\nAs follows:\n- one {}", words(10)),
            "As follows",
        ),
        (format!("{filled} e.g. words, next {}", words(10)), "next"),
        (
            format!("{filled} [a link](https://example.com/page)"),
            "[a link]",
        ),
        (
            format!("{filled} https://example.com/page?of=text"),
            "https://",
        ),
        (format!("{filled} so so <@175928847299117063> was"), "<@17"),
        (
            format!("{filled} so so **bold words are bold** a"),
            "**bold",
        ),
        (
            format!("{filled} so so `code() in the line()` or so"),
            "`code",
        ),
        (
            format!("{filled} so (see https://example.com/page)"),
            "https",
        ),
    ];
    for (text, next) in table {
        let pieces = shown(&text);
        assert!(
            pieces[1].starts_with(next),
            "{:?} should begin with {next:?}",
            pieces[1]
        );
    }
}

#[test]
fn code_is_closed_and_opened_again_with_its_language() {
    let body: String = (1..=12)
        .map(|line| format!("    let x{line} = {line} * 1000;\n"))
        .collect();
    let text = format!("Look:\n```rust\n{body}```\nDone.");
    let pieces = shown(&text);
    insta::assert_snapshot!(pieces.join("\n=====\n"), @r"
    Look:
    ```rust
        let x1 = 1 * 1000;
        let x2 = 2 * 1000;
        let x3 = 3 * 1000;
        let x4 = 4 * 1000;
        let x5 = 5 * 1000;
        let x6 = 6 * 1000;
        let x7 = 7 * 1000;
    ```
    =====
    ```rust
        let x8 = 8 * 1000;
        let x9 = 9 * 1000;
        let x10 = 10 * 1000;
        let x11 = 11 * 1000;
        let x12 = 12 * 1000;
    ```
    Done.
    ");
}

#[test]
fn a_table_moves_whole_where_it_can() {
    let rows: String = (1..=6)
        .map(|row| format!("| row {row} | {row}00 |\n"))
        .collect();
    let table = format!("| name | value |\n|---|---|\n{rows}");
    let pieces = shown(&format!("{}\n\n{table}\nDone.", words(19)));
    assert_eq!(pieces.len(), 2);
    assert!(pieces[1].starts_with("```\nname "), "{pieces:?}");
    // One that begins near the top is cut between rows.
    let long = table + &rows + &rows;
    let pieces = shown(&long);
    assert!(pieces.len() > 1);
    for piece in pieces {
        assert!(
            piece.starts_with("```\n") && piece.ends_with("00\n```"),
            "{piece:?}"
        );
    }
}

#[test]
fn a_table_that_must_be_cut_goes_on_with_its_head() {
    let rows: String = (1..=60)
        .map(|row| format!("| row {row} | {row}00 |\n"))
        .collect();
    let pieces = shown(&format!("| name | value |\n|---|---|\n{rows}\nDone."));
    assert!(pieces.len() > 4, "{pieces:?}");
    for piece in &pieces {
        let head = "```\nname  | value\n------|------\nrow ";
        assert!(piece.starts_with(head), "{piece:?}");
    }
    let messages: Vec<&str> = pieces.iter().map(String::as_str).collect();
    assert_eq!(join(&messages).matches("name").count(), 1);
    // A head that would leave no room for the rows is not shown again.
    let long = "e\u{301}\u{301}\u{301}".repeat(15);
    let pieces = shown(&format!("| {long} | value |\n|---|---|\n{rows}"));
    assert!(pieces[1].starts_with("```\nrow "), "{pieces:?}");
}

#[test]
fn a_long_item_or_table_moves_whole_where_it_can() {
    let item = |number: usize| format!("- Item {number} says this: {}\n", "so it is. ".repeat(66));
    let pieces = split(&(1..=6).map(item).collect::<String>(), Limits::default());
    let begins = pieces.iter().map(|piece| &piece.shown[..6]);
    assert!(begins.clone().all(|begin| begin == "- Item"), "{pieces:?}");
    let rows: String = (1..=20)
        .map(|row| format!("| name number {row} | some value {row} |\n"))
        .collect();
    let text = format!("{}\n\n| name | value |\n|--|--|\n{rows}", words(240));
    let pieces = split(&text, Limits::default());
    assert!(pieces[1].shown.starts_with("```\nname  "), "{pieces:?}");
}

#[test]
fn a_marker_that_the_end_of_the_text_leaves_open_is_none() {
    for text in [
        "Use *args in Python.",
        "So 2*3 = 6 and 4 *5 = 20",
        "call __init or a ||b",
        "**bold",
        "code `a",
        "5 *",
    ] {
        assert_eq!(shown(text), [text]);
    }
    assert_eq!(shown("```rust\nlet a;"), ["```rust\nlet a;\n```"]);
    // What the message before has opened is closed.
    let pieces = shown(&format!("**{} *args", words(60)));
    let last = pieces.last().map(String::as_str).unwrap_or_default();
    assert!(
        last.starts_with("**") && last.ends_with(" *args**"),
        "{last:?}"
    );
}

#[test]
fn a_long_link_is_not_cut() {
    let link = format!("[words](https://example.com/{})", "path/".repeat(15));
    let text = format!("{} {link} end", words(20));
    let pieces = shown(&text);
    assert!(pieces[1].starts_with(&link), "{pieces:?}");
}

#[test]
fn a_span_that_must_be_cut_goes_on() {
    let text = format!("**{}**", words(60));
    let pieces = shown(&text);
    assert!(pieces.len() > 1);
    for piece in pieces {
        assert!(
            piece.starts_with("**w") && piece.ends_with("y**"),
            "{piece:?}"
        );
    }
}

#[test]
fn a_paragraph_of_a_quote_ends_in_every_message_where_it_ends_in_the_text() {
    // The next line is no part of the quote: the code that was open is none, and the backticks open a block.
    let within_a_line = format!(
        "> {} `{}```rust\naaa ```rust\n`",
        "a".repeat(150),
        "aaaa ".repeat(12)
    );
    let between_lines = format!(
        "> {} `{}\n> aaa```rust\n> b\naaa ```rust\n`",
        "a".repeat(60),
        "aaaa ".repeat(26)
    );
    let small = format!(
        "-# {} `{}```rust\naaa ```rust\n`",
        "a".repeat(150),
        "aaaa ".repeat(12)
    );
    for text in [within_a_line, between_lines, small] {
        let pieces = split(&text, SMALL);
        assert!(pieces.len() > 1);
        check(&text, SMALL, &pieces);
    }
    // Markers are opened again behind the marks of the quote.
    let carry = render("> a **b\n", &Carry::default()).carry;
    assert_eq!(render("> c** d", &carry).content, "> **c** d");
}

#[test]
fn characters_are_never_cut() {
    let text = "👩‍🚀".repeat(100);
    for piece in shown(&text) {
        assert_eq!(piece.replace("👩‍🚀", ""), "");
    }
    let text = "e\u{301}".repeat(300);
    for piece in shown(&text) {
        assert!(piece.starts_with('e') && piece.ends_with('\u{301}'));
    }
}

pub(super) fn check(text: &str, limits: Limits, pieces: &[Piece]) {
    let mut end = 0;
    for piece in pieces {
        assert_eq!(piece.owns.start, end);
        end = piece.owns.end;
        assert!(units(&piece.shown) <= limits.message(), "{piece:?}");
        assert!(!is_blank(&piece.shown), "{piece:?}");
        assert_eq!(piece.shown.trim(), piece.shown);
        let open = render(&piece.shown, &Carry::default()).carry;
        let bare = text.trim() == piece.shown;
        assert!(
            open.fence.is_none() || bare,
            "a fence is open in {:?}",
            piece.shown
        );
    }
    if pieces.is_empty() {
        assert!(is_blank(text), "nothing is shown of {text:?}");
    } else {
        assert_eq!(end, text.len());
    }
}

/// What can be seen of a text.
fn seen(text: &str) -> String {
    text.chars()
        .filter(|c| !is_blank(c.encode_utf8(&mut [0; 4])))
        .collect()
}

/// What can be seen in the blocks of code of a message, which has no other backticks.
fn code(message: &str) -> String {
    let blocks = message.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.split_once('\n'))
        .map(|(_, code)| seen(code))
        .collect()
}

#[test]
fn a_triangle_of_stars_is_whole() {
    let stars: String = (1..=75).map(|row| "*".repeat(row) + "\n").collect();
    let whole = format!("Here it is:\n```\n{stars}```");
    let pieces = split(&whole, Limits::default());
    assert_eq!(pieces.len(), 2);
    let shown: String = pieces.iter().map(|piece| code(&piece.shown)).collect();
    assert_eq!(shown, seen(&stars));
}

proptest! {
    #![proptest_config(texts::config(400))]

    #[test]
    fn code_is_shown_whole_whatever_it_is_made_of(
        lines in prop::collection::vec(prop_oneof![
            3 => "[*_~|> ]{0,60}",
            1 => "[*|_~>#.\\-$a1(){}\\[\\]\\\\ ]{0,60}",
            1 => "\\PC{0,40}",
        ], 1..60),
        limit in 200_usize..700,
    ) {
        let lines = lines.join("\n").replace('`', "'");
        let whole = format!("Look:\n```txt\n{lines}\n```\nDone.");
        let shown: String = split(&whole, Limits { message: limit }).iter().map(|piece| code(&piece.shown)).collect();
        prop_assert_eq!(shown, seen(&lines));
    }

    #[test]
    fn any_text_is_owned_whole_and_every_message_is_sound(text in texts::anything(), limit in 200_usize..700) {
        let limits = Limits { message: limit };
        check(&text, limits, &split(&text, limits));
    }

    #[test]
    fn messages_are_well_filled_and_fences_balanced(text in texts::sensible(), limit in 300_usize..900) {
        let limits = Limits { message: limit };
        let pieces = split(&text, limits);
        check(&text, limits, &pieces);
        for piece in &pieces {
            prop_assert_eq!(piece.shown.matches("```").count() % 2, 0, "{}", piece.shown);
            prop_assert_eq!(piece.shown.matches("~~~").count() % 2, 0, "{}", piece.shown);
        }
        for (piece, next) in pieces.iter().zip(pieces.iter().skip(1)) {
            let length = units(&text[piece.owns.clone()]).max(units(&piece.shown));
            // A table, an item, a long link or word has a message of its own.
            let mut begins = next.shown.lines().take(4);
            let is_whole = begins.any(|line| line.contains("```") || line.starts_with("- "));
            let is_whole = is_whole || next.shown.split(' ').next().is_some_and(|word| units(word) * 2 > limit);
            prop_assert!(is_whole || length + 40 >= limits.least(), "short: {:?} {:?}", piece, next);
        }
    }
}
