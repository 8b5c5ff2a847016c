//! What Discord can't show as the model writes it: tables, formulas, answers of too many messages.

use proptest::prelude::*;

use super::{
    screen::{Screen, ms, text},
    texts,
};
use crate::reply::{Act, Limits, Outcome, Picture, Reply, form::Form, split};

pub(super) fn shown(text: &str) -> String {
    let mut form = Form::default();
    form.grow(text, true);
    form.shown().trim_end().to_owned()
}

#[test]
fn a_table_is_aligned_where_it_is_narrow() {
    insta::assert_snapshot!(shown("Prices:\n\n| Fruit | **Price** |\n|:--|--:|\n| apple | 1 |\n| りんご | 200 |\n| `kiwi` | |\n\nThat is all."), @r"
    Prices:

    ```
    Fruit  | Price
    -------|------
    apple  |     1
    りんご |   200
    kiwi   |
    ```

    That is all.
    ");
}

#[test]
fn a_wide_table_is_a_list() {
    let text = "| Plan | What it is good for | Limits |\n|---|---|---|\n| **Free** | people who only want to try it for a day | `10` a day |\n| Pro | | none, [see](https://a.b) |\nEnd";
    insta::assert_snapshot!(shown(text), @r"
    - **Plan:** **Free**
      **What it is good for:** people who only want to try it for a day
      **Limits:** `10` a day
    - **Plan:** Pro
      **What it is good for:** –
      **Limits:** none, [see](https://a.b)
    End
    ");
}

#[test]
fn a_table_says_what_it_is_about() {
    assert_eq!(
        shown(
            "| Operator | Meaning |\n|--|--|\n| * | multiply |\n| \\|\\| | or |\n| ``` | **a block** |"
        ),
        "```\nOperator | Meaning\n---------|---------\n*        | multiply\n||       | or\n``\u{200b}`      | a block\n```"
    );
    // What is to be hidden is no row.
    assert_eq!(
        shown("| a | b |\n|--|--|\n| 1 | 2 |\n||secret||"),
        "```\na | b\n--|--\n1 | 2\n```\n||secret||"
    );
    // Nobody could follow a link in a block of code.
    assert_eq!(
        shown("| a*b | `c` |\n|--|--|\n| Rust | [site](https://rust-lang.org) |"),
        "- **a\\*b:** Rust\n  **c:** [site](https://rust-lang.org)"
    );
}

#[test]
fn what_only_looks_like_a_table_stays() {
    for text in [
        "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```",
        "~~~\n| a | b |\n|---|---|\n~~~",
        "```rust\nlet x;\n| a |\n|---|\n```\nEnd",
        "| a | b |\nno rule",
        "| a | b |",
        "||spoiler||\n|---|",
        "a | b",
        "|",
        "| a |\n| b |\n| c |",
    ] {
        assert_eq!(shown(text), text);
    }
}

#[test]
fn a_table_is_shown_by_whole_rows_alone() {
    let limits = Limits { message: 500 };
    let mut reply = Reply::new(limits);
    let mut screen = Screen::new(limits);
    let rows: String = (1..=12)
        .map(|row| format!("| {row} | n{row} |\n"))
        .collect();
    let whole = format!("Look:\n| a | b |\n|---|---|\n{rows}");
    for (at, c) in whole.chars().enumerate() {
        reply.push(&text(&c.to_string()), ms(at as u64));
        screen.settle(&mut reply);
        if let Some(shown) = screen.shown().first() {
            let code = shown.split("```").nth(1).unwrap_or_default();
            let last = code.trim_end().lines().last().unwrap_or_default();
            let cells: Vec<&str> = last.split('|').map(str::trim).collect();
            let whole = code.is_empty()
                || cells[0] == "a"
                || *last == *"--|---"
                || cells[1] == format!("n{}", cells[0]);
            assert!(whole, "{shown}");
            assert!(!shown.contains("| a"), "{shown}");
        }
    }
    reply.finish(&[], ms(1000));
    screen.settle(&mut reply);
    assert!(
        screen.shown()[0].ends_with("12 | n12\n```"),
        "{:?}",
        screen.shown()
    );
}

#[test]
fn what_is_half_there_is_never_shown_broken() {
    for whole in [
        "See [the words](https://example.com/a) now, please.",
        "Ask <@175928847299117063> about it.",
        "A <:name:175928847299117063> here.",
        "At <t:1700000000:R> sharp.",
        "So \\(x^2 + 1\\) is.",
        "And ||a secret|| here.",
    ] {
        let limits = Limits::default();
        let mut reply = Reply::new(limits);
        let mut screen = Screen::new(limits);
        for (at, c) in whole.chars().enumerate() {
            reply.push(&text(&c.to_string()), ms(at as u64));
            screen.settle(&mut reply);
            for shown in screen.shown() {
                let count = |mark| shown.matches(mark).count();
                assert_eq!(count("["), count("](https://example.com/a)"), "{shown}");
                assert_eq!(count("<"), count(">"), "{shown}");
                assert_eq!(count("||") % 2, 0, "{shown}");
                assert!(!shown.contains('\\'), "{shown}");
            }
        }
    }
}

/// A reply of which at most two messages show text.
fn capped(whole: &str) -> (Vec<Act>, Reply) {
    let mut reply = Reply::new(Limits { message: 200 });
    reply.attach_after(2, "All of the text is in the file.", "It goes on.");
    for (at, piece) in whole.split_inclusive(' ').enumerate() {
        reply.push(&text(piece), ms(at as u64));
    }
    reply.finish(&["a notice".to_owned()], ms(5000));
    let mut acts = Vec::new();
    while let Some(act) = reply.act() {
        let id = crate::id::MessageId(100 + acts.len() as u64);
        acts.push(act);
        reply.done(Outcome::Created(id));
    }
    (acts, reply)
}

#[test]
fn an_answer_of_too_many_messages_ends_with_a_file() {
    let whole = "The sea is blue. ".repeat(60);
    let (acts, reply) = capped(&whole);
    assert_eq!(acts.len(), 3);
    for (index, act) in acts.iter().enumerate() {
        let Act::Create { content, file, .. } = act else {
            panic!("{act:?}");
        };
        assert_eq!(file.as_deref(), (index == 2).then_some(whole.as_str()));
        assert_eq!(
            content == "-# All of the text is in the file.\n-# a notice",
            index == 2,
            "{content}"
        );
    }
    // What the file holds belongs to its message, so that the model sees all that it said.
    assert_eq!(
        reply.parts().map(|part| part.text).collect::<String>(),
        whole
    );
    let (acts, _) = capped("Short.");
    assert_eq!(acts.len(), 1);
}

#[test]
fn a_file_of_an_answer_asked_anew_takes_the_place_of_the_old_message() {
    let whole = "The sea is blue. ".repeat(60);
    let (_, reply) = capped(&whole);
    let limits = Limits { message: 200 };
    let mut again = Reply::resume(limits, reply.state());
    again.attach_after(2, "All of the text is in the file.", "It goes on.");
    again.push(&text(&whole.replace("blue", "green")), ms(0));
    again.finish(&[], ms(1));
    let mut acts = Vec::new();
    while let Some(act) = again.act() {
        acts.push(act.clone());
        again.done(match act {
            Act::Create { .. } => Outcome::Created(crate::id::MessageId(200)),
            Act::Edit { .. } => Outcome::Edited,
            Act::Delete { .. } => Outcome::Deleted,
            Act::Find { .. } => Outcome::Missing,
        });
    }
    let kinds: Vec<&str> = acts
        .iter()
        .map(|act| match act {
            Act::Edit {
                picture: Picture::File(_),
                ..
            } => "file",
            Act::Create { .. } => "create",
            Act::Edit { .. } => "edit",
            Act::Delete { .. } => "delete",
            Act::Find { .. } => "find",
        })
        .collect();
    assert_eq!(kinds, ["edit", "edit", "file"]);
}

#[test]
fn where_files_cannot_be_sent_the_answer_goes_on_in_messages() {
    let whole = "The sea is blue. ".repeat(60);
    let notice = "-# Thought for 3 seconds.";
    for notices in [&[][..], &[notice.to_owned()]] {
        let mut reply = Reply::new(Limits { message: 200 });
        reply.attach_after(2, "All of the text is in the file.", "It goes on.");
        reply.push(&text(&whole), ms(0));
        reply.finish(notices, ms(1));
        let (mut shown, mut id) = (String::new(), 100);
        while let Some(act) = reply.act() {
            let Act::Create { content, file, .. } = act else {
                panic!("{act:?}");
            };
            if file.is_some() {
                reply.done(Outcome::Failed);
                reply.attach_nothing();
                continue;
            }
            id += 1;
            shown.push_str(&content);
            shown.push(' ');
            reply.done(Outcome::Created(crate::id::MessageId(id)));
        }
        let words = shown.trim().trim_end_matches(notice);
        assert_eq!(words.trim(), whole.trim());
        assert_eq!(words.len() < shown.trim().len(), !notices.is_empty());
        assert!(reply.is_settled());
    }
}

#[test]
fn a_wide_head_without_rows_is_not_lost() {
    let head = format!("| {} |\n|---|\n", "wide ".repeat(20));
    for whole in [head.clone(), format!("{head}| |\n"), format!("{head}done")] {
        let shown: String = split(&whole, Limits { message: 500 })
            .iter()
            .map(|piece| piece.shown.as_str())
            .collect();
        assert!(shown.contains("wide wide"), "{shown:?}");
    }
}

#[test]
fn a_list_owns_the_head_of_its_table() {
    let whole = "| a | b |\n|---|---|\n| a very long cell that is wider than all the rest of them together | b |\n";
    let limits = Limits { message: 200 };
    super::splitting::check(whole, limits, &split(whole, limits));
}

fn rich() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => texts::sensible(),
        3 => super::tables::tables(),
        4 => "[|:\\- a1\n`~$\\\\(){}^_=>]{0,60}",
        4 => prop::sample::select(vec![
            "| a | b |\n|---|---|\n", "| 1 | 2 |\n", "\n\n", "\\(x^2\\)", "$x$", "$5 ", "$$", "\\[", "\\]", "```\n", "`",
            "~~~", "| a very long cell that is wider than all the rest of them together | b |\n", "\n", "   ", "\r\n",
            "|", "> ", "\\frac{a}{b}", "\\begin{align}", "\\end{align}", "\\begin{", "日本語", "\\", "||",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(texts::config(400))]

    #[test]
    fn how_it_arrives_makes_no_difference(whole in rich(), sizes in prop::collection::vec(1_usize..30, 1..6)) {
        let mut at_once = Form::default();
        at_once.grow(&whole, true);
        let mut form = Form::default();
        let mut end = 0;
        let mut before = String::new();
        for size in sizes.iter().cycle() {
            if end >= whole.len() {
                break;
            }
            end = whole.ceil_char_boundary((end + size).min(whole.len()));
            let moved = form.grow_where(&whole[..end], false, |_, _| true);
            // Only the head of a table gives way, a line at the end, to the table.
            if moved.is_some() {
                let line = before.trim_end_matches('\n').rfind('\n');
                before.truncate(line.map_or(0, |at| at + 1));
            }
            prop_assert!(form.shown().starts_with(&before), "what was shown has changed");
            before = form.shown().to_owned();
        }
        form.grow(&whole, true);
        prop_assert_eq!(form.shown(), at_once.shown());
        prop_assert_eq!(form.source_of(&whole, form.shown().len()), whole.len());
        let mut last = 0;
        for (at, _) in form.shown().char_indices() {
            let source = form.source_of(&whole, at);
            prop_assert!(source >= last && whole.is_char_boundary(source));
            last = source;
        }
    }

    #[test]
    fn tables_and_formulas_leave_every_message_sound(whole in rich(), limit in 200_usize..700) {
        let limits = Limits { message: limit };
        super::splitting::check(&whole, limits, &split(&whole, limits));
    }
}
