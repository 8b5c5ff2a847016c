//! Where a table is shown that grows: here, once it is known to stay, or in a message of its own.

use super::screen::{Screen, ms, text};
use crate::reply::{Act, Limits, Outcome, Reply, split};

const LIMITS: Limits = Limits { message: 500 };
const BEFORE: &str = "This is what I know of it all, as it were, and so on.";

/// A table of so many rows, as it is written; a row takes 14 units as it is shown.
fn table(rows: usize) -> String {
    let rows: String = (0..rows)
        .map(|row| format!("| row {row:03} | {row:03} |\n"))
        .collect();
    format!("| Row     | No. |\n|---|---|\n{rows}")
}

/// What people see one after the other of a text that comes letter by letter.
fn seen(whole: &str) -> Vec<Vec<String>> {
    seen_of(Reply::new(LIMITS), whole)
}

fn seen_of(mut reply: Reply, whole: &str) -> Vec<Vec<String>> {
    let mut screen = Screen::new(LIMITS);
    let mut looks = Vec::new();
    for (at, c) in whole.char_indices() {
        reply.push(&text(&c.to_string()), ms(at as u64));
        screen.settle(&mut reply);
        looks.push(screen.shown().into_iter().map(str::to_owned).collect());
    }
    reply.finish(&[], ms(whole.len() as u64));
    screen.settle(&mut reply);
    looks.push(screen.shown().into_iter().map(str::to_owned).collect());
    looks.dedup();
    looks
}

/// How many rows of a table are seen one after the other in a message.
fn growth(looks: &[Vec<String>], message: usize) -> Vec<usize> {
    let of = |look: &Vec<String>| look.get(message).map_or(0, |shown| rows(shown));
    let mut counts: Vec<usize> = looks.iter().map(of).collect();
    counts.dedup();
    counts
}

fn at_once(whole: &str) -> Vec<String> {
    let pieces = split(whole, LIMITS).into_iter();
    pieces.map(|piece| piece.shown).collect()
}

fn rows(shown: &str) -> usize {
    shown
        .lines()
        .filter(|line| line.starts_with("row "))
        .count()
}

#[test]
fn a_short_table_is_shown_once_it_is_complete() {
    let whole = format!("{BEFORE}\n\n{}\nSo.", table(5));
    let looks = seen(&whole);
    assert!(looks.iter().all(|look| look.len() <= 1));
    assert!(looks.iter().any(|look| look == &[BEFORE]));
    assert_eq!(growth(&looks, 0), [0, 5]);
}

#[test]
fn a_long_table_grows_in_a_message_of_its_own() {
    let whole = format!("{BEFORE}\n\n{}\nSo.", table(31));
    let looks = seen(&whole);
    let mut both = looks.iter().filter(|look| look.len() > 1);
    assert!(both.all(|look| look[0] == BEFORE));
    // 40 percent of a message are waited for.
    assert_eq!(growth(&looks, 0), [0]);
    assert_eq!(
        growth(&looks, 1),
        [&[0], &Vec::from_iter(13..=31)[..]].concat()
    );
    let shown = at_once(&whole);
    assert_eq!(shown.len(), 2);
    assert_eq!((shown[0].as_str(), rows(&shown[1])), (BEFORE, 31));
}

#[test]
fn a_table_that_a_message_begins_with_is_shown_row_by_row() {
    for lead in [
        "",
        "## Rows\n\n",
        "This is all that I know of the rows:\n\n",
    ] {
        let whole = format!("{lead}{}\nSo.", table(20));
        let counts = growth(&seen(&whole), 0);
        // The first ones say how wide the columns are.
        assert_eq!(counts, [&[0], &Vec::from_iter(8..=20)[..]].concat());
        assert_eq!(at_once(&whole).len(), 1);
    }
}

#[test]
fn what_is_complete_and_fits_is_one_message() {
    let whole = format!("{BEFORE}\n\n{}\nSo.", table(20));
    assert_eq!(at_once(&whole).len(), 1);
    let mut reply = Reply::new(LIMITS);
    let mut screen = Screen::new(LIMITS);
    reply.push(&text(&whole), ms(1));
    reply.finish(&[], ms(2));
    screen.settle(&mut reply);
    assert_eq!((screen.calls, screen.shown().len()), (1, 1));
}

#[test]
fn what_fits_into_a_message_of_its_own_is_not_cut() {
    let words = "and so it is. ".repeat(32);
    for whole in [
        // Whole with what leads to it where that fits, and without where it doesn't.
        format!("{BEFORE}\n\n## Rows\n\n{}", table(32)),
        format!("These are the rows:\n\n{}", table(33)),
        format!("- {BEFORE}\n- {words}\n- End"),
        format!("{BEFORE}\nThese are they:\n- {words}\n- End"),
        format!(
            "{BEFORE} [link](https://example.com/{})",
            "long".repeat(110)
        ),
    ] {
        let shown = at_once(&whole);
        assert_eq!(shown.len(), 2, "{shown:#?}");
        let is_whole = [32, 33].contains(&rows(&shown[1]))
            || shown[1].contains(words.trim_end())
            || shown[1].ends_with("long)");
        assert!(is_whole, "{shown:#?}");
    }
}

#[test]
fn where_the_rest_goes_into_a_file_no_message_is_wasted() {
    let mut reply = Reply::new(LIMITS);
    reply.attach_after(1, "All of it is in the file.", "It goes on.");
    let whole = format!("{BEFORE}\n\n{}\nSo.", table(26));
    let looks = seen_of(reply, &whole);
    assert!(looks.iter().all(|look| look.len() <= 1), "{looks:#?}");
    assert_eq!(rows(&looks[looks.len() - 1][0]), 26);
    assert!(growth(&looks, 0).len() > 10);
}

#[test]
fn nothing_is_left_alone_for_what_is_cut_all_the_same() {
    for whole in [
        format!("## Prices\n\n{}", table(60)),
        format!("1. {}", table(60).replace('\n', "\n   ")),
        format!("First of all.\n\n- {}\n- End", "and so it is. ".repeat(50)),
        format!("## All\n\n- {}\n- End", "and so it is. ".repeat(50)),
    ] {
        let shown = at_once(&whole);
        assert!(shown[0].len() > 400, "{shown:#?}");
    }
}

#[test]
fn words_that_are_on_their_way_stay_where_they_are() {
    let words = "So it goes on and on, as the sea does. ";
    let (before, item) = (words.repeat(7), words.repeat(8));
    let whole = format!("{before}\n\n- Item {item}\n- End");
    let come = before.len() + 150;
    for outcome in [None, Some(Outcome::Failed), Some(Outcome::Unknown)] {
        let (mut reply, mut screen) = (Reply::new(LIMITS), Screen::new(LIMITS));
        reply.push(&text(&whole[..come]), ms(1));
        let act = reply.act().unwrap();
        let Act::Create { content: seen, .. } = act.clone() else {
            panic!("{act:?}");
        };
        assert!(seen.contains("- Item"), "{seen}");
        reply.push(&text(&whole[come..]), ms(2));
        reply.finish(&[], ms(3));
        match outcome {
            None => reply.done(screen.perform(act)),
            Some(outcome) => {
                if outcome == Outcome::Unknown {
                    screen.perform_unknown(act);
                }
                reply.done(outcome);
            }
        }
        screen.settle(&mut reply);
        assert!(
            screen.shown()[0].starts_with(&seen),
            "{:#?}",
            screen.shown()
        );
    }
}
