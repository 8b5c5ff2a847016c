//! Items of lists at the end of a message: with what stands within them, known all at once or as they come.

use proptest::prelude::*;

use super::{
    screen::{Screen, ms, text},
    texts,
};
use crate::reply::{Limits, Reply, markup::units, split};

fn shown(text: &str, limits: Limits) -> Vec<String> {
    split(text, limits)
        .into_iter()
        .map(|piece| piece.shown)
        .collect()
}

/// What people see in the end of a text that comes in pieces of so many characters, all of it shown as it comes.
fn arrived(whole: &str, size: usize, limits: Limits) -> Vec<String> {
    let (mut reply, mut screen) = (Reply::new(limits), Screen::new(limits));
    let mut rest = whole.chars();
    let mut at = 0;
    loop {
        let piece: String = rest.by_ref().take(size).collect();
        if piece.is_empty() {
            break;
        }
        at += 1;
        reply.push(&text(&piece), ms(at));
        screen.settle(&mut reply);
    }
    reply.finish(&[], ms(1_000_000));
    screen.settle(&mut reply);
    screen.shown().into_iter().map(str::to_owned).collect()
}

#[test]
fn what_stands_within_an_item_goes_with_it() {
    let limits = Limits { message: 500 };
    // Up to seven tenths of a message.
    let filled = "So it goes on and on, as the sea does. ".repeat(10);
    let words = "and so it is, as far as anybody can say";
    for nested in [
        format!("- One:\n  - {words}\n  - {words}\n  - {words}\n"),
        format!("1. One, {words}\n   1. {words}\n\n   2. {words}\n"),
        format!("- One, {words}\n\n  {words}\n\n  {words}\n"),
        format!("1. One, {words}\n   ```sh\n   {words}\n   {words}\n   ```\n"),
        format!("- One\n  - {words}\n    - {words}\n    - {words}\n"),
    ] {
        for (before, after) in [
            ("- Zero\n", "- Two\n"),
            ("- Zero\n\n", "\nSo.\n"),
            ("", "# Two\nSo.\n"),
        ] {
            let whole = format!("{filled}\n\n{before}{nested}{after}");
            let pieces = shown(&whole, limits);
            assert_eq!(pieces.len(), 2, "{pieces:#?}");
            assert!(pieces[1].starts_with(nested.trim_end()), "{pieces:#?}");
            assert_eq!(arrived(&whole, 3, limits), pieces);
        }
    }
}

#[test]
fn much_that_stands_within_an_item_is_divided_between_its_items() {
    let limits = Limits { message: 500 };
    let words = "  - and so it is, as far as anybody can say\n".repeat(20);
    let whole = format!("Look.\n\n- One:\n{words}- Two\n");
    let pieces = shown(&whole, limits);
    assert!(
        pieces[0].starts_with("Look.\n\n- One:\n  - and"),
        "{pieces:#?}"
    );
    assert!(
        pieces[1..].iter().all(|piece| piece.starts_with("- and")),
        "{pieces:#?}"
    );
    assert_eq!(arrived(&whole, 3, limits), pieces);
}

#[test]
fn an_item_that_is_known_whole_is_not_cut_and_one_that_is_seen_stays_where_it_is() {
    let limits = Limits { message: 500 };
    let short = "- So it goes on and on, as the sea does.\n".repeat(7);
    let long = format!("- Item, {}", "and so it is. ".repeat(20));
    let whole = format!("{short}{long}\n- End");
    let pieces = shown(&whole, limits);
    assert!(pieces[1].starts_with("- Item"), "{pieces:#?}");
    // Nobody could know that it would be so long.
    let pieces = arrived(&whole, 3, limits);
    assert!(
        pieces[0].contains("- Item") && pieces[1].starts_with("and so it is."),
        "{pieces:#?}"
    );
    // What comes in one piece is known whole too.
    assert_eq!(arrived(&whole, whole.len(), limits), shown(&whole, limits));
}

/// A block, with the words that begin and end what should stay together in it.
#[derive(Clone, Debug)]
enum Block {
    Paragraph(String),
    Item(String),
    Family(String, Vec<String>),
}

fn sentences(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let word = "[a-z]{1,9}[.,]?";
    let words =
        length.prop_flat_map(move |length| prop::collection::vec(word, length / 6..=length / 5));
    words.prop_map(|words| words.join(" "))
}

fn lists() -> impl Strategy<Value = (Vec<Block>, usize)> {
    (400_usize..1200).prop_flat_map(|limit| {
        let block = prop_oneof![
            4 => sentences(10..limit / 5).prop_map(Block::Item),
            2 => sentences(10..limit * 11 / 10).prop_map(Block::Item),
            3 => (sentences(10..80), prop::collection::vec(sentences(10..limit / 6), 1..6))
                .prop_map(|(words, nested)| Block::Family(words, nested)),
            1 => sentences(10..200).prop_map(Block::Paragraph),
        ];
        (prop::collection::vec(block, 3..20), Just(limit))
    })
}

fn written(blocks: &[Block]) -> String {
    let mut text = String::new();
    for (at, block) in blocks.iter().enumerate() {
        text.push_str(&match block {
            Block::Paragraph(words) if at % 2 == 0 => format!("\n{words}:\n"),
            Block::Paragraph(words) => format!("\n{words}\n\n"),
            Block::Item(words) => format!("- S{at:03} {words} W{at:03}\n"),
            Block::Family(words, nested) => {
                let nested: Vec<String> =
                    nested.iter().map(|words| format!("  - {words}")).collect();
                format!(
                    "- S{at:03} {words} W{at:03}\n{} E{at:03}\n",
                    nested.join("\n")
                )
            }
        });
    }
    text
}

/// How much stands in front of what begins with a word in the message that has that word and not the one that ends it.
fn cut<'a>(shown: &'a [String], from: &str, to: &str) -> Option<&'a str> {
    let message = shown.iter().find(|message| message.contains(from))?;
    let at = message.find(from)?;
    let before = message.get(..at)?.trim_end_matches(['-', ' ']);
    (!message.contains(to)).then_some(before)
}

/// The longest item in a message.
fn longest(message: &str) -> usize {
    let items = message
        .lines()
        .filter(|line| line.trim_start().starts_with("- "));
    items.map(|line| units(line) + 1).max().unwrap_or_default()
}

proptest! {
    #![proptest_config(texts::config(25))]

    #[test]
    fn each_cut_in_an_item_has_its_reason((blocks, limit) in lists(), size in 2_usize..16) {
        let limits = Limits { message: limit };
        let whole = written(&blocks);
        let near = limit - 2 * limits.wait();
        for (known, shown) in [(true, shown(&whole, limits)), (false, arrived(&whole, size, limits))] {
            for (at, block) in blocks.iter().enumerate() {
                let [begins, words_end, ends] = ["S", "W", "E"].map(|mark| format!("{mark}{at:03}"));
                let words = match block {
                    Block::Paragraph(_) => continue,
                    Block::Item(words) | Block::Family(words, _) => units(words) + 12,
                };
                if let Some(before) = cut(&shown, &begins, &words_end) {
                    let longest = longest(before);
                    let before = units(before);
                    // It is longer than a message, or it was seen, as it was expected to fit.
                    let was_seen = !known && before < near && before + longest + longest / 4 <= limit;
                    prop_assert!(words > limit || was_seen, "{} {} {:#?}", begins, before, shown);
                }
                if let Block::Family(_, nested) = block {
                    let all = nested.iter().map(|words| units(words) + 5).sum::<usize>() + words;
                    // What stands within an item goes with it where it begins near the end.
                    if let Some(before) = cut(&shown, &begins, &ends).map(units) {
                        prop_assert!(before < near || all > limit, "{} {} {:#?}", begins, before, shown);
                    }
                }
            }
        }
    }
}
