//! Which formulas get pictures, which message gets which, and what becomes of a picture that is there.

use super::screen::{ms, text};
use crate::{
    id::MessageId,
    reply::{Act, Formula, Limits, Outcome, PartState, Picture, Reply, ReplyState},
};

fn drawing(limits: Limits) -> Reply {
    let mut reply = Reply::new(limits);
    reply.draw_formulas();
    reply
}

fn formula(number: u32, source: &str) -> Formula {
    Formula {
        number,
        source: source.to_owned(),
        hidden: false,
    }
}

/// Does all that is wanted.
fn settle(reply: &mut Reply) -> Vec<Act> {
    let mut acts = Vec::new();
    while let Some(act) = reply.act() {
        let outcome = match &act {
            Act::Create { part, .. } => Outcome::Created(MessageId(100 + u64::from(*part))),
            Act::Edit { .. } => Outcome::Edited,
            Act::Delete { .. } => Outcome::Deleted,
            Act::Find { .. } => Outcome::Missing,
        };
        acts.push(act);
        reply.done(outcome);
    }
    acts
}

/// What the acts show and attach, a line each; `stays` where the picture is left alone.
fn told(acts: &[Act]) -> Vec<String> {
    let list = |formulas: &[Formula]| {
        let all = formulas.iter();
        let all: Vec<String> = all
            .map(|one| format!("{} {}", one.number, one.source))
            .collect();
        format!("[{}]", all.join(", "))
    };
    acts.iter()
        .map(|act| match act {
            Act::Create {
                content, formulas, ..
            } => format!("{content} {}", list(formulas)),
            Act::Edit {
                content, picture, ..
            } => {
                let content = content.as_deref().unwrap_or_default();
                match picture {
                    Picture::Stays => format!("{content} stays"),
                    Picture::Becomes(formulas) => format!("{content} {}", list(formulas)),
                    Picture::File(_) => format!("{content} file"),
                }
            }
            Act::Delete { part, .. } => format!("delete {part}"),
            Act::Find { part } => format!("find {part}"),
        })
        .collect()
}

#[test]
fn what_unicode_can_not_say_has_a_number() {
    let table = [
        (r"so \(x^2\) and \(e^{-x^2}\).", "so x² and `e^{-x^2}`⁽¹⁾."),
        (
            r"\(e^{-x^2}\) is \(x_{d}\), not \(e^{-x^2}\)",
            "`e^{-x^2}`⁽¹⁾ is `x_{d}`⁽²⁾, not `e^{-x^2}`⁽¹⁾",
        ),
        (
            "\\[\n\\begin{matrix}\na & b\n\\end{matrix}\n\\]",
            "```latex\n% (1)\n\\begin{matrix}\na & b\n\\end{matrix}\n```",
        ),
        (
            "| a |\n|---|\n| \\(x_{d}\\) |\n\n\\(y_{d}\\)",
            "```\na\n--------\nx_{d}⁽¹⁾\n```\n\n`y_{d}`⁽²⁾",
        ),
        (
            "| \\(x_{d}\\) | b |\n|---|---|\n| 1 | \\(y_{d}\\) \\(x_{d}\\) |\n| 2 | c |",
            "```\nx_{d}⁽¹⁾ | b\n---------|------------------\n1        | y_{d}⁽²⁾ x_{d}⁽¹⁾\n2        | c\n```",
        ),
        ("```\n\\(x_{d}\\)\n```", "```\n\\(x_{d}\\)\n```"),
        // The fonts of mathematics have no kanji.
        (
            r"\(x_{\text{最大}}\) and \(x_{d}\)",
            r"`x_{\text{最大}}` and `x_{d}`⁽¹⁾",
        ),
    ];
    for (source, expected) in table {
        let mut reply = drawing(Limits::default());
        reply.push(&text(source), ms(0));
        reply.finish(&[], ms(0));
        let acts = settle(&mut reply);
        let [Act::Create { content, .. }] = acts.as_slice() else {
            panic!("{acts:?}");
        };
        assert_eq!(content, expected);
    }
}

#[test]
fn a_message_gets_its_picture_when_its_text_is_whole() {
    let mut reply = drawing(Limits::default());
    reply.push(&text(r"See \(x_{d}\)"), ms(0));
    assert_eq!(told(&settle(&mut reply)), ["See `x_{d}`⁽¹⁾ []"]);
    reply.push(&text(r" and \(y_{d}\)"), ms(1));
    assert_eq!(
        told(&settle(&mut reply)),
        ["See `x_{d}`⁽¹⁾ and `y_{d}`⁽²⁾ stays"]
    );
    reply.finish(&[], ms(2));
    // The words are there: only the picture is missing.
    assert_eq!(
        told(&settle(&mut reply)),
        ["See `x_{d}`⁽¹⁾ and `y_{d}`⁽²⁾ [1 x_{d}, 2 y_{d}]"]
    );
    assert!(reply.is_settled());
    reply.finish(&["a notice".to_owned()], ms(3));
    assert_eq!(
        told(&settle(&mut reply)),
        ["See `x_{d}`⁽¹⁾ and `y_{d}`⁽²⁾\n-# a notice stays"]
    );
    assert!(reply.is_settled());
}

#[test]
fn each_message_gets_the_formulas_that_it_names() {
    let mut reply = drawing(Limits { message: 200 });
    let words = "The sea is blue. ".repeat(9);
    reply.push(
        &text(&format!(
            "{words}\\(x_{{d}}\\)\n\n{words}\\(y_{{d}}\\), \\(x_{{d}}\\)\n\n{words}"
        )),
        ms(0),
    );
    reply.finish(&[], ms(1));
    let formulas: Vec<Vec<Formula>> = settle(&mut reply)
        .into_iter()
        .filter_map(|act| match act {
            Act::Create { formulas, .. } => Some(formulas),
            Act::Edit { .. } | Act::Delete { .. } | Act::Find { .. } => None,
        })
        .collect();
    assert_eq!(
        formulas,
        [
            vec![formula(1, "x_{d}")],
            vec![formula(2, "y_{d}"), formula(1, "x_{d}")],
            vec![]
        ]
    );
}

#[test]
fn where_nothing_can_be_attached_the_text_is_enough() {
    let mut reply = drawing(Limits::default());
    reply.push(&text(r"See \(x_{d}\)"), ms(0));
    settle(&mut reply);
    reply.finish(&[], ms(1));
    let act = reply.act().unwrap();
    assert_eq!(told(&[act]), ["See `x_{d}`⁽¹⁾ [1 x_{d}]"]);
    reply.done(Outcome::Failed);
    reply.attach_nothing();
    assert_eq!(settle(&mut reply), []);
    assert!(reply.is_settled());
}

#[test]
fn a_new_text_takes_the_picture_of_the_old_one_away() {
    let mut reply = drawing(Limits::default());
    reply.push(&text(r"See \(x_{d}\)"), ms(0));
    reply.finish(&[], ms(1));
    settle(&mut reply);
    reply.restart();
    reply.push(&text("Nothing to see"), ms(2));
    assert_eq!(told(&settle(&mut reply)), ["Nothing to see []"]);
    reply.push(&text(r" but \(y_{d}\)"), ms(3));
    reply.finish(&[], ms(4));
    assert_eq!(
        told(&settle(&mut reply)),
        ["Nothing to see but `y_{d}`⁽¹⁾ [1 y_{d}]"]
    );
}

#[test]
fn the_same_text_keeps_its_picture() {
    let mut reply = drawing(Limits::default());
    for _ in 0..2 {
        reply.restart();
        reply.push(&text(r"See \(x_{d}\)"), ms(0));
        reply.finish(&[], ms(1));
        settle(&mut reply);
    }
    reply.restart();
    reply.push(&text(r"See \(x_{d}\)"), ms(2));
    reply.finish(&[], ms(3));
    assert_eq!(settle(&mut reply), []);
}

#[test]
fn what_an_earlier_process_attached_gives_way() {
    let state = ReplyState {
        parts: vec![PartState {
            part: 0,
            message: Some(MessageId(7)),
            owns: 0..8,
            deleted: false,
        }],
        next: 1,
        ..ReplyState::default()
    };
    let mut reply = Reply::resume(Limits::default(), state);
    reply.draw_formulas();
    reply.push(&text(r"See \(x_{d}\)"), ms(0));
    assert_eq!(told(&settle(&mut reply)), ["See `x_{d}`⁽¹⁾ []"]);
    reply.push(&text(" again"), ms(1));
    assert_eq!(told(&settle(&mut reply)), ["See `x_{d}`⁽¹⁾ again stays"]);
    reply.finish(&[], ms(2));
    assert_eq!(
        told(&settle(&mut reply)),
        ["See `x_{d}`⁽¹⁾ again [1 x_{d}]"]
    );
}

#[test]
fn each_message_gets_the_formulas_of_its_rows() {
    for head in [
        "a",
        "a column whose head is so long that no phone can show it side by side",
    ] {
        let mut reply = drawing(Limits { message: 200 });
        let rows: String = (1..=9)
            .map(|row| format!("| \\(x_{{d{row}}}\\) | the row of number {row} |\n"))
            .collect();
        reply.push(&text(&format!("| {head} | b |\n|---|---|\n{rows}")), ms(0));
        reply.finish(&[], ms(1));
        let mut drawn = Vec::new();
        for act in settle(&mut reply) {
            let Act::Create {
                content, formulas, ..
            } = act
            else {
                panic!("{act:?}");
            };
            for formula in formulas {
                assert!(content.contains(&formula.source), "{content}");
                drawn.push(formula.number);
            }
        }
        assert_eq!(drawn, (1..=9).collect::<Vec<u32>>());
    }
}

#[test]
fn what_a_spoiler_hides_is_hidden_in_the_picture_too() {
    for (whole, hidden) in [
        (r"||It is \(e^{-x^2}\)||, see.", true),
        (r"||It is|| \(e^{-x^2}\), see.", false),
        (r"Look: || \[ e^{-x^2} \] ||", true),
        (r"> ||so\n> \(e^{-x^2}\)||", true),
        (
            r"Look: || \n\begin{pmatrix} a \\\n b \end{pmatrix}\n||",
            true,
        ),
        (r"``a`b`` and ||the \(x_{d}\)||", true),
    ] {
        let mut reply = drawing(Limits { message: 2000 });
        reply.push(&text(&whole.replace(r"\n", "\n")), ms(0));
        reply.finish(&[], ms(1));
        let acts = settle(&mut reply);
        let [Act::Create { formulas, .. }] = acts.as_slice() else {
            panic!("{acts:?}");
        };
        let [formula] = formulas.as_slice() else {
            panic!("{acts:?}");
        };
        assert_eq!(formula.hidden, hidden, "{acts:?}");
    }
}
