//! Code stays as the model wrote it, whatever stands around it.

use proptest::prelude::*;

use super::{
    screen::{Screen, ms, text},
    texts,
};
use crate::reply::{Limits, Reply, form::Form, scan::Scan, spans::Spans, split};

fn shown(text: &str) -> String {
    let mut form = Form::default();
    form.grow(text, true);
    form.shown().to_owned()
}

/// The lines within blocks of code, those of one block together.
fn blocks(text: &str) -> Vec<String> {
    let (mut blocks, mut block) = (Vec::new(), String::new());
    let (mut end, mut inside) = (0, false);
    for line in text.split_inclusive('\n') {
        end += line.len();
        let scan = Scan::new(&text[..end], None, Spans::default(), |_| ()).run();
        if inside && scan.fence.is_some() {
            block.push_str(line);
        } else {
            blocks.push(std::mem::take(&mut block));
        }
        inside = scan.fence.is_some();
    }
    blocks.push(block);
    blocks
}

#[test]
fn a_stray_backtick_does_not_turn_text_and_code_about() {
    let text = "2. Press the ` key, then run:\n```js\nconst a = 1;\n\nconst re = /\\((x_y)\\)/;\n```\nIt takes $x^2$ ms.\n\n```sh\n\
                echo \\(a_b\\)\n```";
    assert_eq!(shown(text), text.replace("$x^2$", "x²"));
    let text = "Three backticks are written ```` ``` ```` in Markdown, $x^2$.\n\n````md\n```sh\n\\(x^2\\)\n```\n````\n$x^2$";
    assert_eq!(shown(text), text.replace("$x^2$", "x²"));
    let text = "inline `code that\ngoes on $x^2$` and $x^2$";
    assert_eq!(shown(text), "inline `code that\ngoes on $x^2$` and x²");
}

/// What of a message stands in the open for Discord, which looks for the end of a spoiler before it looks at anything else.
fn open(message: &str) -> String {
    let mut parts: Vec<&str> = message.split("||").collect();
    // The last one that opens and isn't closed is none.
    let last = if parts.len().is_multiple_of(2) {
        parts.pop()
    } else {
        None
    };
    let open: String = parts.into_iter().step_by(2).collect();
    open + last.unwrap_or_default()
}

#[test]
fn code_in_a_spoiler_is_hidden_in_every_frame_and_every_message() {
    let code = "let secret = 1;\n".repeat(30);
    let quoted = format!("> {}", "secret one\n> ".repeat(30));
    for whole in [
        format!("Look:\n||```rs\n{code}```||\nDone."),
        format!("Look: ||```\n{code}```||"),
        format!("Look:\n||\nThis:\n```rs\n{code}```\nAnd more of the secret.\n||\nDone."),
        format!("|| ```rs\n{code}``` ||"),
        format!("Look:\n||~~~\n{code}~~~\n||\nDone."),
        format!("Look:\n> ||```\n{quoted}```||\nDone."),
        "Look: ||```secret```|| and ||`secret`||.".to_owned(),
        // The table stays as it is written.
        format!("||```\n{code}```\n| secret | b |\n|---|---|\n| secret | 2 |\n|| Done."),
    ] {
        let limits = Limits { message: 300 };
        let check = |shown: &str| {
            assert!(!open(shown).contains("secret"), "{shown}");
            assert_eq!(shown.matches("||").count() % 2, 0, "{shown}");
            assert_eq!(shown.matches("```").count() % 2, 0, "{shown}");
        };
        let (mut reply, mut screen) = (Reply::new(limits), Screen::new(limits));
        for (at, c) in whole.char_indices() {
            reply.push(&text(&c.to_string()), ms(at as u64));
            screen.settle(&mut reply);
            screen.shown().into_iter().for_each(check);
        }
        reply.finish(&[], ms(1_000_000));
        screen.settle(&mut reply);
        screen.shown().into_iter().for_each(check);
        let shown: String = split(&whole, limits)
            .into_iter()
            .map(|piece| piece.shown)
            .collect();
        assert_eq!(shown, screen.shown().concat());
        assert_eq!(
            shown.matches("secret").count(),
            whole.matches("secret").count(),
            "{shown}"
        );
    }
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "The [a-z]{1,6}[`*$ ]{0,3}[a-z ]{0,6}[`]{0,2} (is )?\\$x\\^2\\$[`.]?",
        1 => prop::sample::select(vec![
            "2. Press the ` key:", "- item ``", "> quoted ` words", "# Head `", "-# small `", "", "", "---", "x ```` ``` ```` y", "a ````` b", "\\` c",
        ]).prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "```js\nconst a = `${x}`;\n\nconst re = /\\((x_y)\\)/; $x^2$\n```",
            "~~~\n| a | b |\n|---|---|\n$x^2$ `\n~~~",
            "````md\n```sh\n\\(x^2\\)\n```\n````",
            "   ```\n   $x^2$\n\n   ```",
            "> ```\n> $x^2$\n> ```",
        ]).prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(texts::config(600))]

    #[test]
    fn code_stays_as_it_is(lines in prop::collection::vec(line(), 1..9)) {
        let whole = lines.join("\n");
        let shown = shown(&whole);
        for block in blocks(&whole) {
            prop_assert!(shown.contains(&block), "{block:?} is not in {shown:?}");
        }
    }
}
