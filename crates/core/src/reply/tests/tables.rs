//! Tables wherever models write them: in quotes, in items of lists, without bars at their sides.

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::{
    screen::{Screen, ms, text},
    splitting, texts,
};
use crate::reply::{Limits, Reply, form::Form, join, split};

fn shown(text: &str) -> String {
    let mut form = Form::default();
    form.grow(text, true);
    form.shown().trim_end().to_owned()
}

#[test]
fn a_table_in_a_quote_stays_in_it() {
    insta::assert_snapshot!(shown("> **Note**\n> | a | b |\n> |---|--:|\n> | 1 | 2 |\n> | 日本 | |\n>\n> So it is."), @r"
    > **Note**
    > ```
    > a    | b
    > -----|--
    > 1    | 2
    > 日本 |
    > ```
    >
    > So it is.
    ");
    let wide = "> | Plan | What it is good for, told at length |\n> |---|---|\n> | Free | people who only want to try it out for a day or two |\nEnd";
    insta::assert_snapshot!(shown(wide), @r"
    > - **Plan:** Free
    >   **What it is good for, told at length:** people who only want to try it out for a day or two
    End
    ");
}

#[test]
fn a_table_is_read_however_deep_in_quotes_and_shown_as_discord_can() {
    let code = "> ```\n> a | b\n> --|--\n> 1 | 2\n> ```";
    for mark in [">", "> ", ">> ", "> > ", ">>", " > >> "] {
        let whole = format!("{mark}| a | b |\n{mark}|---|---|\n{mark}| 1 | 2 |");
        assert_eq!(shown(&whole), code, "{mark:?}");
        let whole = format!("{mark}a | b\n{mark}---|---\n{mark}1 | 2\n");
        assert_eq!(shown(&whole), code, "{mark:?}");
        assert_eq!(shown(&format!("So:\n{whole}")), format!("So:\n{code}"));
    }
    // Where the quote ends or another begins, the table ends.
    for other in ["| 3 | 4 |", "> > | 3 | 4 |"] {
        let whole = format!("> | a | b |\n> |---|---|\n> | 1 | 2 |\n{other}\n");
        assert_eq!(shown(&whole), format!("{code}\n{other}"));
    }
    let whole = "> | a | b |\n|---|---|\n| 1 | 2 |";
    assert_eq!(shown(whole), whole);
}

#[test]
fn a_table_in_an_item_is_a_table_however_far_in_it_begins() {
    let code = "```\na | b\n--|--\n1 | 2\n```";
    for space in [" ", "  ", "   ", "    ", "      ", "\t", "  \t", "\t\t"] {
        for item in ["- item", "1. item", "10) item", "* a\n  * b"] {
            let whole = format!(
                "{item}\n\n{space}| a | b |\n{space}|---|---|\n   {space}| 1 | 2 |\n2. next"
            );
            assert_eq!(shown(&whole), format!("{item}\n\n{code}\n2. next"));
        }
        // Discord knows no indented code.
        let whole = format!("Words\n\n{space}| a | b |\n{space}|---|---|\n| 1 | 2 |\n");
        assert_eq!(shown(&whole), format!("Words\n\n{code}"));
        let whole = format!("- item\n{space}a | b\n{space}---|---\n{space}1 | 2\n- next");
        assert_eq!(shown(&whole), format!("- item\n{code}\n- next"));
    }
    let far = " ".repeat(40);
    let whole = format!("{far}| a | b |\n{far}|---|---|\n{far}| 1 | 2 |");
    assert_eq!(shown(&whole), whole);
}

#[test]
fn the_rows_of_a_wide_table_in_an_item_are_items_in_it() {
    let table = |space: &str| {
        format!(
            "{space}| Plan | What it is good for, told at length |\n{space}|---|---|\n{space}| Free | people who only want to try it out for a day or two |\n"
        )
    };
    let whole = format!(
        "1. One:\n\n{}2. Two:\n   - inner\n{}\nAnd\n{}",
        table("    "),
        table("\t\t"),
        table("  ")
    );
    insta::assert_snapshot!(shown(&whole), @r"
    1. One:

       - **Plan:** Free
         **What it is good for, told at length:** people who only want to try it out for a day or two
    2. Two:
       - inner
         - **Plan:** Free
           **What it is good for, told at length:** people who only want to try it out for a day or two

    And
    - **Plan:** Free
      **What it is good for, told at length:** people who only want to try it out for a day or two
    ");
    let whole = format!("> - One:\n{}", table(">   "));
    insta::assert_snapshot!(shown(&whole), @r"
    > - One:
    >   - **Plan:** Free
    >     **What it is good for, told at length:** people who only want to try it out for a day or two
    ");
    // A quote is no part of an item before it.
    let whole = format!("- One:\n{}", table(">    "));
    assert!(shown(&whole).contains("\n> - **Plan"), "{}", shown(&whole));
}

#[test]
fn a_table_needs_no_bars_at_its_sides() {
    insta::assert_snapshot!(shown("Prices:\n\nFruit | Price | Note\n:--- | ---: | :-:\napple | 1 |\nりんご | 200 | いい\nkiwi | | `a | b`\npear\n\nThat is all."), @r"
    Prices:

    ```
    Fruit  | Price | Note
    -------|-------|------
    apple  |     1 |
    りんご |   200 | いい
    kiwi   |       | a | b
    ```
    pear

    That is all.
    ");
    let code = "So:\n```\na | b\n--|--\n1 | 2\n```";
    for whole in [
        "So:\na | b\n---|---\n1 | 2",
        "So:\na | b |\n---|---|\n1 | 2 |",
        "So:\r\na | b\r\n---|---\r\n1 | 2\r\n",
        "So:\n| a | b\n|---|---\n| 1 | 2",
        "So:\na | b\n| --- | --- |\n| 1 | 2 |",
        "So:\n| a | b |\n---|---\n1 | 2",
        "So:\na|b\n-|-\n1|2\n   \n",
    ] {
        assert_eq!(shown(whole).replace('\r', ""), code, "{whole:?}");
    }
    // Behind a heading, and behind another table.
    let whole = "# So\na | b\n-|-\n1 | 2\n\na | b\n-|-\n1 | 2";
    let table = "```\na | b\n--|--\n1 | 2\n```";
    assert_eq!(shown(whole), format!("# So\n{table}\n\n{table}"));
    // Nobody could follow a link in a block of code.
    assert_eq!(
        shown("So:\na | b\n-|-\n1 | [b](https://c.d)"),
        "So:\n- **a:** 1\n  **b:** [b](https://c.d)"
    );
}

#[test]
fn the_space_that_lines_columns_up_counts_for_nothing() {
    let told = "what it is good for, told at length ".repeat(4);
    for width in [30, 60, 150, 300] {
        let line = |name: &str, words: &str| format!("{name:width$} | {words:width$} | ---");
        let rule = "-".repeat(width);
        for words in ["1", told.trim_end()] {
            let lines = [
                line("Option", "Description"),
                line(&rule, &rule),
                line("one", words),
                line("二", words),
            ];
            for (from, to) in [("| ", " |"), ("", ""), ("", " |"), ("| ", "")] {
                let lines: Vec<String> = lines
                    .iter()
                    .map(|line| format!("{from}{line}{to}\n"))
                    .collect();
                let lean: Vec<String> = lines
                    .iter()
                    .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                    .collect();
                let lean = shown(&format!("So:\n{}\n", lean.join("\n")));
                assert!(
                    lean.starts_with("So:\n```\nOption")
                        || lean.starts_with("So:\n- **Option:** one"),
                    "{lean}"
                );
                let whole = format!("So:\n{}", lines.concat());
                assert_eq!(shown(&whole), lean, "{whole}");
                let mut form = Form::default();
                for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
                    form.grow(&whole[..end], false);
                    assert!(lean.starts_with(form.shown().trim_end()), "{lean}");
                }
                form.grow(&whole, true);
                assert_eq!(form.shown().trim_end(), lean);
            }
        }
    }
}

#[test]
fn words_with_bars_are_no_table() {
    for whole in [
        "So:\na || b\n---|---",
        "So:\ncmd | grep x\n---\nwords",
        "So:\ncmd | grep x\n===",
        "So:\nyes | no\n\nwords",
        "So:\nyes | no\n| maybe\nwords",
        "So:\n`a | b`\n---|---\n",
        "So:\na \\| b\n---|---",
        "So:\n||x||\n-|-|-|-|-",
        "So:\nsee ||x | y||\n-|-|-|-",
        "So:\na |\n---|\n",
        "So:\na\n---\n",
        "So:\n- a | b\n---|---",
        "- | a | b |\n| --- | --- |\n",
        "So:\n- ||a||\n  |---|",
        "So:\n```\na | b\n---|---\n1 | 2\n```",
        "||a secret\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nends||",
    ] {
        assert_eq!(shown(whole), whole.trim_end());
    }
    // Nothing that is hidden becomes a row, and nothing else that comes behind the rows.
    let table = "So:\na | b\n-|-\n1 | 2\n";
    for end in ["So ||x | y||", "A || B", "# a | b", "- a | b", "words"] {
        let end = format!("```\n{end}");
        let whole = format!("{table}{}", &end[4..]);
        assert!(shown(&whole).ends_with(&end), "{}", shown(&whole));
    }
}

#[test]
fn a_spoiler_that_is_over_hides_no_table() {
    let table = "| a | b |\n|---|---|\n| 1 | 2 |";
    let code = "```\na | b\n--|--\n1 | 2\n```";
    for before in [
        "||x||\n\n",
        "> ||x\n\n",
        "- || means or\n\n",
        "```\n||x\n```\n",
    ] {
        assert_eq!(
            shown(&format!("{before}{table}")),
            format!("{before}{code}")
        );
    }
    let whole = format!("||x\n\n{table}\n\nno|| more\n\n{table}");
    assert_eq!(
        shown(&whole),
        format!("||x\n\n{table}\n\nno|| more\n\n{code}")
    );
}

#[test]
fn a_table_in_a_quote_that_must_be_cut_goes_on_with_its_head_and_marks() {
    let rows: String = (1..=60)
        .map(|row| format!("> row {row} | {row}00\n"))
        .collect();
    let whole = format!("Look:\n> name | value\n> ---|---\n{rows}\nDone.");
    let limits = Limits { message: 200 };
    let pieces = split(&whole, limits);
    splitting::check(&whole, limits, &pieces);
    assert!(pieces.len() > 4, "{pieces:?}");
    let head = "> ```\n> name   | value\n> -------|------\n> row ";
    let head = head.replace("   |", "  |").replace("-------|", "------|");
    for piece in &pieces[1..] {
        assert!(piece.shown.starts_with(&head), "{piece:?}");
    }
    let messages: Vec<&str> = pieces.iter().map(|piece| piece.shown.as_str()).collect();
    assert_eq!(join(&messages).matches("name").count(), 1);
}

/// What people see of a text that comes letter by letter.
fn watch(whole: &str, mut look: impl FnMut(&str, &str)) {
    let limits = Limits { message: 500 };
    let mut reply = Reply::new(limits);
    let mut screen = Screen::new(limits);
    for (at, c) in whole.char_indices() {
        reply.push(&text(&c.to_string()), ms(at as u64));
        screen.settle(&mut reply);
        if let Some(shown) = screen.shown().first() {
            look(&whole[..at + c.len_utf8()], shown);
        }
    }
}

#[test]
fn nobody_sees_how_a_table_is_written() {
    for mark in ["", "> ", "    ", "\t", "> > "] {
        for (from, to) in [("| ", " |"), ("", ""), ("", " |"), ("| ", "")] {
            let rows: String = (1..=12)
                .map(|row| format!("{mark}{from}n{row} | x{row}{to}\n"))
                .collect();
            let whole = format!(
                "- Look:\n\n{mark}{from}Name | Value{to}\n{mark}{from}---|---{to}\n{rows}\nDone, I say."
            );
            watch(&whole, |_, shown| {
                let (before, code) = shown.split_once("```").unwrap_or((shown, ""));
                assert!(!before.contains("Name") && !before.contains('|'), "{shown}");
                let code = code.split("```").next().unwrap_or_default();
                for line in code.lines().skip(3) {
                    let line = line.trim_start_matches("> ").trim();
                    let whole = line.split_once(" | ").is_none_or(|(name, value)| {
                        name.trim().trim_start_matches('n') == value.trim_start_matches('x')
                    });
                    assert!(
                        whole && (line.is_empty() || line.contains(" | ")),
                        "{shown}"
                    );
                }
            });
        }
    }
}

#[test]
fn words_are_shown_as_they_come() {
    let whole = "Either yes | no, as it were.\nEither yes or no, as it were: run `ls | wc` and then cat x | wc.\n- a | b";
    watch(whole, |come, shown| {
        let line = come.rsplit('\n').next().unwrap_or_default();
        let is_first = !come.contains('\n');
        let held = if is_first || line.starts_with('-') {
            3
        } else {
            25
        };
        assert!(
            come.len().saturating_sub(shown.len()) <= held.max(3),
            "{come:?} {shown:?}"
        );
    });
}

#[test]
fn a_table_takes_the_lines_along_that_lead_to_it() {
    let filled = "So it goes on and on, as the sea does. ".repeat(6);
    let rows: String = (1..=14)
        .map(|row| format!("| name {row} | value {row} |\n"))
        .collect();
    for lead in [
        "## Prices\n\n",
        "**Prices**\n",
        "## Prices\n\nHere they are:\n\n",
        "価格は次のとおりです：\n",
        "**価格（Prices、税込み、2026年の夏に海辺の店で見たもの）**\n",
    ] {
        let whole = format!("{filled}\n\n{lead}| a | b |\n|---|---|\n{rows}");
        let pieces = split(&whole, Limits { message: 500 });
        let second = &pieces[1].shown;
        assert!(
            second.starts_with(&format!("{lead}```\na")),
            "{lead:?} {pieces:?}"
        );
        let mut longest = 0;
        watch(&whole, |come, shown| {
            let held = come.len().saturating_sub(shown.len());
            if come.len() < filled.len() + lead.len() {
                longest = longest.max(held);
            } else {
                assert!(!shown.contains("Prices"), "{shown}");
            }
        });
        assert!(longest <= 90, "{longest} bytes are held back for {lead:?}");
        assert!(!lead.is_ascii() || longest <= 45, "{longest} for {lead:?}");
    }
}

#[test]
fn far_into_a_message_words_are_shown_as_they_come_too() {
    // Far enough for a table to go to the next message, and not so far that anything else might.
    let filled = "So it goes on and on, as the sea does. ".repeat(6);
    for lines in [
        "The sea is as wide as it is blue, and it goes on and on.\nSo do we, as far as anybody can say; and that is it:\n\nNothing more",
        "海は青くて広く、どこまでも続いているように見えます。\n私たちもまた、誰にも分からないほど遠くまで続いています。次のとおりです：\n\n以上です",
        "- The sea is as wide as it is blue, and on it goes.\n- **Sea**: as wide as it is blue, and on it goes\n- We",
        "- **海**：青くて広く、どこまでも続いているように見えます。\n- 私たちもまた、誰にも分からないほど遠くまで続いています。\n- 以上",
    ] {
        let whole = format!("{filled}\n\n{lines}");
        let mut longest = 0;
        watch(&whole, |come, shown| {
            let held = come.get(shown.len()..).unwrap_or_default();
            longest = longest.max(held.trim().width());
        });
        assert!(
            longest <= 27,
            "{longest} columns are held back of {lines:?}"
        );
    }
}

#[test]
fn many_tables_take_no_longer_a_byte_than_one() {
    // If all that is above were looked at again for each, this would take minutes.
    let table = "- x\n    a | b\n    ---|---\n    1 | 2\n\n";
    let whole = table.repeat(20_000);
    assert_eq!(shown(&whole).matches("```").count(), 40_000);
    let whole = format!("{}a | b\n---|---\n1 | 2", "\n".repeat(200_000));
    shown(&whole);
}

/// A table as models write it, with what stands in front of each of its lines.
fn table() -> impl Strategy<Value = String> {
    let front = prop_oneof![
        3 => prop::sample::select(vec!["", "", "  ", "    ", "\t", "> ", ">", "> > ", ">   "]).prop_map(|front| (front, front)),
        1 => prop::sample::select(vec![("- ", "  "), ("1. ", "   "), ("  * ", "    "), ("> 12) ", ">    "), ("- ", " ")]),
    ];
    let cell = prop_oneof![
        6 => "[a-z]{0,8}",
        1 => "[ぁ-ん]{1,6}",
        1 => "`[a-z|]{1,4}`",
        1 => Just(r"\(x_y^{z}\)".to_owned()),
        1 => Just("[a](https://b.c)".to_owned()),
        1 => "[a-z ]{30,50}",
    ];
    let rows = prop::collection::vec(prop::collection::vec(cell, 1..4), 1..12);
    (front, any::<(bool, bool)>(), 2_usize..4, rows).prop_map(
        |(front, (before, behind), columns, rows)| {
            let line = |front: &str, cells: &[String]| {
                let cells = cells.join(" | ");
                let (from, to) = (
                    ["", "| "][usize::from(before)],
                    ["", " |"][usize::from(behind)],
                );
                format!("{front}{from}{cells}{to}\n")
            };
            let names: Vec<String> = (0..columns).map(|column| format!("n{column}")).collect();
            let head = line(front.0, &names) + &line(front.1, &vec!["---".to_owned(); columns]);
            let rows = rows.iter().map(|row| line(front.1, row));
            head + &rows.collect::<String>()
        },
    )
}

/// Tables among all that may stand around them.
pub(super) fn tables() -> impl Strategy<Value = String> {
    let other = prop::sample::select(vec![
        "\n",
        "Words:\n",
        "- item\n",
        "1. item\n\n",
        "   - inner\n",
        "> quoted\n",
        "## Head\n",
        "||",
        "`",
        "```\n",
        "a | b\n",
        "---\n",
        "\r\n",
        "   \n",
        "words without an end",
        "| a | b |\n",
    ]);
    let block =
        prop_oneof![3 => table(), 3 => other.prop_map(str::to_owned), 1 => texts::sensible()];
    prop::collection::vec(block, 1..9).prop_map(|blocks| blocks.concat())
}

proptest! {
    #![proptest_config(texts::config(200))]

    #[test]
    fn a_table_in_its_place_is_never_shown_as_it_is_written(
        written in table(),
        before in prop::sample::select(vec!["", "Words:\n", "Words:\n\n", "- item\n", "1. item\n\n", "## Head\n", "> quoted\n"]),
    ) {
        let shown = shown(&format!("{before}{written}"));
        prop_assert!(!shown.contains("---|---\n") || shown.contains("```"), "{}", shown);
        prop_assert!(!shown.contains("| ---"), "{}", shown);
    }

    #[test]
    fn tables_leave_every_message_sound(whole in tables(), limit in 200_usize..700) {
        let limits = Limits { message: limit };
        splitting::check(&whole, limits, &split(&whole, limits));
    }
}
