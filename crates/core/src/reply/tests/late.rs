//! Tables whose head is seen as it is written before anybody can know that it is one.

use super::screen::{Screen, ms, text};
use crate::reply::{Limits, Outcome, Reply, form::Form, split};

fn shown(text: &str) -> String {
    let mut form = Form::default();
    form.grow(text, true);
    form.shown().trim_end().to_owned()
}

/// All that people see in the messages of a text that comes letter by letter, one screen after the other.
fn screens(whole: &str, limits: Limits) -> Vec<Vec<String>> {
    let mut reply = Reply::new(limits);
    let mut screen = Screen::new(limits);
    let mut screens: Vec<Vec<String>> = Vec::new();
    for (at, c) in whole.char_indices() {
        reply.push(&text(&c.to_string()), ms(at as u64));
        screen.settle(&mut reply);
        screens.push(screen.shown().into_iter().map(str::to_owned).collect());
    }
    reply.finish(&[], ms(1_000_000));
    screen.settle(&mut reply);
    screens.push(screen.shown().into_iter().map(str::to_owned).collect());
    let owned: String = reply.parts().map(|part| part.text).collect();
    assert_eq!(owned, whole);
    screens
}

#[test]
fn a_head_in_the_first_line_gives_way_to_its_table() {
    let rows: String = (1..=9).map(|row| format!("n{row} | {row}\n")).collect();
    let whole = format!("Name | Age\n--- | ---\n{rows}\nDone.");
    let screens = screens(&whole, Limits::default());
    let mut firsts: Vec<&str> = screens
        .iter()
        .filter_map(|shown| shown.first().map(String::as_str))
        .collect();
    firsts.dedup();
    let table = firsts.iter().position(|shown| shown.contains("```"));
    let (before, after) = firsts.split_at(table.unwrap());
    // Words are shown as they come, the line below never as it is written.
    assert_eq!(before.first(), Some(&"N"));
    assert_eq!(before.last(), Some(&"Name | Age"));
    for shown in after {
        assert!(
            shown.starts_with("```\nName | Age\n-----|----\nn1   | 1\n"),
            "{shown}"
        );
    }
    assert!(after.last().unwrap().ends_with("n9   | 9\n```\n\nDone."));
    assert!(screens.iter().all(|shown| shown.len() <= 1));
}

#[test]
fn a_head_may_have_long_names() {
    let long = "a name that is far too long to be waited for";
    let whole = format!("So:\n{long} | b\n---|---\n1 | 2");
    assert_eq!(
        shown(&whole),
        format!(
            "So:\n```\n{long} | b\n{}-|--\n1{} | 2\n```",
            "-".repeat(44),
            " ".repeat(43)
        )
    );
    let long = "so it goes ".repeat(10);
    for (from, to) in [("| ", " |"), ("", ""), ("", " |")] {
        let whole = format!("{from}{long}| b{to}\n{from}---|---{to}\n{from}1 | 2{to}\nEnd");
        assert_eq!(
            shown(&whole),
            format!("- **{}:** 1\n  **b:** 2\nEnd", long.trim_end())
        );
    }
    // Nobody would want to read that with each row.
    let words = "so it goes ".repeat(12);
    let whole = format!("{words}| b\n---|---\n1 | 2");
    assert_eq!(shown(&whole), whole);
}

#[test]
fn a_head_that_is_seen_where_its_table_has_no_room_stays_and_the_table_has_its_own() {
    let limits = Limits { message: 200 };
    // So much in front of it that it can be shown where it is, and its table can't.
    let filled = "So it goes. ".repeat(12);
    let rows: String = (1..=4).map(|row| format!("{row} | {row}\n")).collect();
    let table = "```\nthe name of the column is | b\n--------------------------|--\n1                         | 1\n";
    let mut kept = 0;
    for length in 1..60 {
        let filled = format!("{filled}{}", "a".repeat(length));
        let whole = format!("{filled}\nthe name of the column is | b\n--- | ---\n{rows}\nDone.");
        let screens = screens(&whole, limits);
        let last = screens.last().unwrap();
        assert!(last.iter().any(|shown| shown.contains(table)), "{last:#?}");
        assert!(last.iter().all(|shown| !shown.contains("--- | ---")));
        let heads = last.iter().map(|shown| shown.matches("the name").count());
        kept += heads.sum::<usize>() - 1;
    }
    assert!((1..30).contains(&kept), "{kept}");
}

#[test]
fn the_table_of_a_head_that_is_seen_stays_in_its_message() {
    let limits = Limits { message: 400 };
    let filled = "So it goes. ".repeat(20) + "So.";
    for (cell, begin) in [
        ("1", "```\nthe name of the column is | b\n"),
        ("[a](https://b.c)", "- **the name of the column is:** [a]"),
    ] {
        let rows = format!("{cell} | it is so\n").repeat(12);
        let whole = format!("{filled}\nthe name of the column is | b\n--- | ---\n{rows}\nDone.");
        let screens = screens(&whole, limits);
        assert!(screens.last().unwrap().len() > 1);
        for shown in &screens {
            if shown.first().is_some_and(|first| first.len() > 280) {
                let (_, table) = shown[0].split_once(".\n").unwrap();
                assert!(
                    table.starts_with(begin) || table.starts_with("the name"),
                    "{shown:#?}"
                );
            }
        }
        let first = &screens.last().unwrap()[0];
        assert!(first.contains(begin) && first.len() > 300, "{first}");
    }
}

#[test]
fn what_is_under_way_or_unsure_counts_as_seen() {
    let limits = Limits { message: 200 };
    for outcome in [Outcome::Unknown, Outcome::Failed] {
        let mut reply = Reply::new(limits);
        let mut screen = Screen::new(limits);
        reply.push(&text("Name | Age\n"), ms(0));
        let act = reply.act().unwrap();
        if outcome == Outcome::Unknown {
            screen.perform_unknown(act);
        }
        reply.push(&text("--- | ---\n"), ms(1));
        reply.push(&text(&"a | 1\n".repeat(40)), ms(2));
        reply.finish(&[], ms(3));
        reply.done(outcome);
        screen.settle(&mut reply);
        let shown = screen.shown();
        let head = "```\nName | Age\n-----|----\na    | 1\n";
        assert!(
            shown.len() > 1 && shown.iter().all(|shown| shown.starts_with(head)),
            "{shown:#?}"
        );
    }
}

#[test]
fn a_table_on_the_line_of_an_item_stands_below_it() {
    let code = "```\na | b\n--|--\n1 | 2\n```";
    for (from, to) in [("| ", " |"), ("", ""), ("", " |"), ("| ", "")] {
        let table = |front: &str, space: &str| {
            format!("{front}{from}a | b{to}\n{space}{from}---|---{to}\n{space}{from}1 | 2{to}\n")
        };
        for before in ["", "So:\n", "- one\n"] {
            let after = "So it is.";
            // Discord shows no bullet without words, and a number as it is.
            let whole = format!("{before}{}{after}", table("- ", "  "));
            assert_eq!(shown(&whole), format!("{before}{code}\n{after}"));
            let whole = format!("{before}{}{after}", table("12. ", "    "));
            assert_eq!(shown(&whole), format!("{before}12.\n{code}\n{after}"));
            let whole = format!("{before}{}{after}", table("> 1) ", ">    "));
            let quoted = format!("> {}", code.replace('\n', "\n> "));
            assert_eq!(shown(&whole), format!("{before}> 1)\n{quoted}\n{after}"));
        }
    }
    let wide = |front: &str, space: &str| {
        format!(
            "{front}| a | b |\n{space}|---|---|\n{space}| 1 | [c](https://d.e) |\n{space}| 2 | |\n"
        )
    };
    let whole = format!(
        "1. One:\n{}2. {}\n{}And.",
        wide("   - ", "     "),
        wide("", "   "),
        wide("- ", "  ")
    );
    insta::assert_snapshot!(shown(&whole), @r"
    1. One:
       - **a:** 1
         **b:** [c](https://d.e)
       - **a:** 2
         **b:** –
    2.
       - **a:** 1
         **b:** [c](https://d.e)
       - **a:** 2
         **b:** –

    - **a:** 1
      **b:** [c](https://d.e)
    - **a:** 2
      **b:** –
    And.
    ");
}

#[test]
fn the_number_of_an_item_goes_with_its_table() {
    let rows: String = (1..=14)
        .map(|row| format!("   | name {row} | value {row} |\n"))
        .collect();
    let whole = format!(
        "{}\n\n1. | a | b |\n   |---|---|\n{rows}",
        "So it goes on and on, as the sea does. ".repeat(6)
    );
    let pieces = split(&whole, Limits { message: 500 });
    assert!(pieces[1].shown.starts_with("1.\n```\na "), "{pieces:?}");
}
