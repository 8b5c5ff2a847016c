//! What means nothing when it is cut stays whole while there is another place, however the text arrives.

use proptest::prelude::*;

use super::{
    screen::{Screen, ms, text},
    texts,
};
use crate::reply::{Limits, Reply, split};

/// Something that is one thing, told from all others by its number: addresses and links up to as long as a message.
fn whole(number: usize, limit: usize) -> impl Strategy<Value = String> {
    let path = (0..limit - 60).prop_map(|length| "/sea-and-%20-sand".chars().cycle().take(length));
    let long = (0..3_u8, path).prop_map(move |(kind, path)| {
        let address = format!("https://example.com/{number:04}{}", String::from_iter(path));
        match kind {
            0 => format!("[two [words]]({address}?(a))"),
            1 => format!("<{address}>"),
            _ => address,
        }
    });
    prop_oneof![
        2 => long,
        10 => short(number),
    ]
}

fn short(number: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(format!("<@17592884729911{number:04}>")),
        Just(format!("<@&17592884729911{number:04}>")),
        Just(format!("<#17592884729911{number:04}>")),
        Just(format!("<:wave:17592884729911{number:04}>")),
        Just(format!("<a:dancing:17592884729911{number:04}>")),
        Just(format!("<t:170000{number:04}:R>")),
        Just(format!("</ask me:17592884729911{number:04}>")),
        Just(format!("[two words](https://example.com/sea_{number:04})")),
        Just(format!("https://example.com/(sea)?number={number:04}&wide")),
        Just(format!("`let sea = {number:04};`")),
        Just(format!("👩‍🚀🇯🇵👍🏽{number:04}👩‍🚀🇯🇵")),
    ]
}

/// Lines of words and of things that are one, with the limit.
fn talk() -> impl Strategy<Value = (String, Vec<String>, usize)> {
    let words = "[a-z]{1,9}( [a-z]{1,9}){0,4}([.,]? |、|。|は| \\*\\*| > | \\()";
    let words = prop::collection::vec(words, 10..40);
    (words, 400_usize..1200).prop_flat_map(|(words, limit)| {
        let things = (0..words.len()).map(|number| whole(number, limit));
        let things: Vec<_> = things.collect();
        (Just(words), things, Just(limit)).prop_map(|(words, things, limit)| {
            let both = words.iter().zip(&things);
            let lines = both.map(|(words, thing)| {
                let closing = match words.chars().next_back() {
                    Some('*') => "**",
                    Some('(') => ")",
                    _ => "",
                };
                format!("{words}{thing}{closing} ")
            });
            (lines.collect(), things, limit)
        })
    })
}

/// Headings, items of lists and rows of a table, each shorter than what a message may stay below its limit. A heading is
/// not the last thing in a message, so that none follows upon another.
fn lines() -> impl Strategy<Value = (String, Vec<String>)> {
    let line = (0..4_u8, "[a-z]{1,9}( [a-z]{1,9}){1,3}");
    prop::collection::vec(line, 40..90).prop_map(|lines| {
        let mut whole = Vec::new();
        let mut blocks = Vec::new();
        for (number, (kind, words)) in lines.into_iter().enumerate() {
            let words = format!("{words} {number:04}");
            let is_headed = whole
                .last()
                .is_some_and(|last: &String| last.starts_with('#'));
            match kind {
                0 if !is_headed => whole.push(format!("## {words}")),
                0 | 1 => whole.push(format!("- {words}")),
                2 => whole.push(format!("1. {words}")),
                _ => {
                    blocks.push(format!(
                        "\n| a | b |\n|---|---|\n| {number:04} | {words} |\n\n"
                    ));
                    whole.push(format!("{number:04} | {words}"));
                    continue;
                }
            }
            blocks.push(format!("{}\n", whole.last().map_or("", String::as_str)));
        }
        (blocks.concat(), whole)
    })
}

/// Headings of up to so many hundredths of a message among paragraphs and items, with the limit.
fn headed(longest: usize) -> impl Strategy<Value = (String, Vec<String>, usize)> {
    (1000_usize..2000).prop_flat_map(move |limit| {
        let heading = (
            1..4_usize,
            (8..limit * longest / 100 - 20).prop_flat_map(sentences),
        );
        let heading = heading.prop_map(|(depth, words)| format!("{} {words}", "#".repeat(depth)));
        let item = (8..200_usize).prop_flat_map(sentences);
        let item = item.prop_map(|words| format!("- {words}"));
        let paragraph = (8..limit / 2).prop_flat_map(sentences);
        let block = prop_oneof![2 => heading, 1 => item, 2 => paragraph];
        prop::collection::vec((block, any::<bool>()), 6..30).prop_map(move |blocks| {
            let mut text = String::new();
            let mut whole = Vec::new();
            for (at, (block, is_apart)) in blocks.into_iter().enumerate() {
                text.push_str(&format!("{block} {at:04}\n"));
                if is_apart {
                    text.push('\n');
                }
                if block.starts_with('#') {
                    whole.push(format!("{block} {at:04}"));
                }
            }
            (text, whole, limit)
        })
    })
}

/// Words of about so many letters in all.
fn sentences(length: usize) -> impl Strategy<Value = String> {
    let word = "[a-z]{1,9}[.,]?";
    prop::collection::vec(word, length / 8..=length / 7).prop_map(|words| words.join(" "))
}

/// Items of up to three tenths of a message, and tables of up to a whole one, some with a line that leads to them, among
/// paragraphs; with the limit.
fn long_ones() -> impl Strategy<Value = (String, Vec<String>, usize)> {
    (1000_usize..2000).prop_flat_map(|limit| {
        let item = (20..limit * 28 / 100).prop_flat_map(sentences);
        let item = item.prop_map(|words| format!("- {words}"));
        let nested = (20..limit * 28 / 100).prop_flat_map(sentences);
        let nested = nested.prop_map(|words| format!("  1. {words}"));
        let rows = prop::collection::vec("[a-z]{2,9}", 1..limit / 20 - 8);
        let table = rows.prop_map(|cells| {
            let rows: String = cells
                .iter()
                .map(|cell| format!("{cell:9} | 12345\n"))
                .collect();
            format!("```\nname_____ | value\n----------|------\n{rows}```")
        });
        let paragraph = (20..200_usize).prop_flat_map(sentences);
        let block = prop_oneof![4 => item, 2 => nested, 2 => table, 1 => paragraph];
        prop::collection::vec(block, 6..30).prop_map(move |blocks| {
            let mut text = String::new();
            let mut whole = Vec::new();
            for (at, block) in blocks.into_iter().enumerate() {
                // Each is told from all others by its number.
                let number = format!("{at:04}");
                if let Some(table) = block.strip_prefix("```\n") {
                    let table = table.replacen("name_", &format!("n{number}"), 1);
                    let source =
                        table
                            .trim_end_matches("`")
                            .replacen("----------|------", "---|---", 1);
                    let (from, to, mark) = match at % 4 {
                        0 => ("|", "|", ""),
                        1 => ("", "", ""),
                        2 => ("> | ", "", "> "),
                        _ => ("    | ", " |", ""),
                    };
                    let lines = source.lines().map(|line| format!("{from}{line}{to}\n"));
                    let lead = match at % 7 {
                        0 => format!("## Head {number}\n\n"),
                        1 => format!("Here it is, {number}:\n\n"),
                        2 => format!("**Bold {number}**\n"),
                        3 => format!("## Head {number}\nIt is this:\n"),
                        4 => format!("次のとおり、{number}：\n"),
                        _ => String::new(),
                    };
                    // A longer line stays where it is.
                    let before = if at % 7 == 5 {
                        "What it all comes to in the end is shown in this table:\n"
                    } else {
                        ""
                    };
                    let lines: String = lines.collect();
                    text.push_str(&format!("\n{before}{lead}{lines}\n"));
                    let shown = format!("```\n{table}");
                    let shown: Vec<String> =
                        shown.lines().map(|line| format!("{mark}{line}")).collect();
                    // Words that end with a colon are waited for in the end of a message alone.
                    let lead = if lead.contains([':', '：']) {
                        String::new()
                    } else {
                        lead
                    };
                    whole.push(lead + &shown.join("\n"));
                } else if block.trim_start().starts_with(['-', '1']) {
                    text.push_str(&format!("{block} {number}\n"));
                    whole.push(format!("{} {number}", block.trim_start()));
                } else {
                    text.push_str(&format!("\n{block} {number}\n\n"));
                }
            }
            (text, whole, limit)
        })
    })
}

/// A list of items that are about as long as each other, up to nine tenths of a message.
fn like_ones() -> impl Strategy<Value = (String, Vec<String>, usize)> {
    (1000_usize..2000).prop_flat_map(|limit| {
        let items = (20..limit * 75 / 100).prop_flat_map(|length| {
            // As long as that to the letter: the last ones are cut off, or come once more.
            let item = (sentences(length), length..length * 110 / 100);
            let item = item.prop_map(|(words, length)| {
                let words: String = format!("{words} ").chars().cycle().take(length).collect();
                words.trim_end().to_owned()
            });
            prop::collection::vec(item, 3..9)
        });
        items.prop_map(move |items| {
            let items = items.into_iter().enumerate();
            let whole: Vec<String> = items
                .map(|(number, words)| format!("- {words} {number:04}"))
                .collect();
            (whole.join("\n"), whole, limit)
        })
    })
}

/// What people see when a text has arrived in pieces of so many characters, each shown where there is room for it.
fn arrived(whole: &str, sizes: &[usize], limits: Limits) -> Vec<String> {
    let mut reply = Reply::new(limits);
    let mut screen = Screen::new(limits);
    let mut rest = whole.chars();
    for (at, size) in sizes.iter().cycle().enumerate() {
        let piece: String = rest.by_ref().take(*size).collect();
        if piece.is_empty() {
            break;
        }
        reply.push(&text(&piece), ms(at as u64));
        screen.step(&mut reply);
    }
    reply.finish(&[], ms(1_000_000));
    screen.settle(&mut reply);
    screen.shown().into_iter().map(str::to_owned).collect()
}

fn each_is_whole(things: &[String], shown: &[String]) -> Result<(), TestCaseError> {
    for thing in things {
        let times = shown.iter().filter(|shown| shown.contains(thing)).count();
        let begun = thing.get(..30).unwrap_or(thing);
        let near = shown.iter().filter(|shown| shown.contains(begun));
        prop_assert_eq!(times, 1, "{} in {:#?}", thing, near.collect::<Vec<_>>());
    }
    Ok(())
}

proptest! {
    #![proptest_config(texts::config(60))]

    #[test]
    fn links_mentions_emoji_and_code_in_a_line_are_never_cut(
        (whole, things, limit) in talk(),
        sizes in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let limits = Limits { message: limit };
        let at_once: Vec<String> = split(&whole, limits).into_iter().map(|piece| piece.shown).collect();
        each_is_whole(&things, &at_once)?;
        each_is_whole(&things, &arrived(&whole, &sizes, limits))?;
    }

    #[test]
    fn headings_items_and_rows_are_never_cut(
        (whole, things) in lines(),
        sizes in prop::collection::vec(1_usize..40, 1..6),
        limit in 800_usize..1400,
    ) {
        let limits = Limits { message: limit };
        each_is_whole(&things, &arrived(&whole, &sizes, limits))?;
    }

    #[test]
    fn long_headings_are_never_cut(
        (known, headings, limit) in headed(100),
        (streamed, short_ones, another) in headed(28),
        sizes in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let limits = Limits { message: limit };
        let at_once: Vec<String> = split(&known, limits).into_iter().map(|piece| piece.shown).collect();
        each_is_whole(&headings, &at_once)?;
        each_is_whole(&headings, &arrived(&known, &[known.len()], limits))?;
        let limits = Limits { message: another };
        each_is_whole(&short_ones, &arrived(&streamed, &sizes, limits))?;
    }

    #[test]
    fn long_items_and_tables_are_never_cut(
        (text, whole, limit) in prop_oneof![3 => long_ones(), 1 => like_ones()],
        sizes in prop::collection::vec(1_usize..40, 1..6),
    ) {
        let limits = Limits { message: limit };
        let at_once: Vec<String> = split(&text, limits).into_iter().map(|piece| piece.shown).collect();
        each_is_whole(&whole, &at_once)?;
        let arrived = arrived(&text, &sizes, limits);
        each_is_whole(&whole, &arrived)?;
        // What is known whole and fits is one message; as it comes, a long table gets one of its own.
        let difference = texts::difference(&arrived, &at_once);
        prop_assert!(at_once.len() == 1 || difference.is_none(), "{:#?}", difference);
    }
}
