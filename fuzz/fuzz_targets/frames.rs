//! A text that arrives bit by bit: every frame fits and shows something, a posted message keeps its place, and in the end
//! the messages hold all of the text, in order, and each its own pictures once.
#![no_main]

use kaiwa_core::{
    Now,
    id::MessageId,
    model::ModelEvent,
    reply::{Act, Formula, Limits, Outcome, Picture, Reply},
    text::is_blank,
};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { message: 300 };

/// What Discord would show.
#[derive(Default)]
struct Screen {
    messages: Vec<(MessageId, String, Vec<Formula>)>,
    posted: u64,
}

fuzz_target!(|input: (u8, &str)| {
    let (size, text) = input;
    let mut reply = Reply::new(LIMITS);
    reply.attach_after(4, "The whole answer is in the file.", "It goes on.");
    reply.draw_formulas();
    let mut screen = Screen::default();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(usize::from(size) + 1));
        rest = after;
        reply.push(&ModelEvent::whole(piece), Now::ZERO);
        screen.show(&mut reply);
    }
    reply.finish(&[], Now::ZERO);
    screen.show(&mut reply);
    assert!(reply.is_settled());
    assert_eq!(screen.messages.is_empty(), is_blank(reply.text()));
    if !screen.messages.is_empty() {
        let owned: String = reply.parts().map(|part| part.text).collect();
        assert_eq!(owned, reply.text());
    }
    for (_, content, formulas) in &screen.messages {
        for formula in formulas {
            assert!(formula.number > 0 && !formula.source.is_empty());
            assert!(
                content.contains(['⁽', '%']),
                "{content:?} names none of {formulas:?}"
            );
        }
    }
});

impl Screen {
    fn show(&mut self, reply: &mut Reply) {
        let mut acts = 0;
        while let Some(act) = reply.act() {
            acts += 1;
            assert!(acts < 100, "it never comes to rest");
            reply.done(self.perform(act));
        }
    }

    fn perform(&mut self, act: Act) -> Outcome {
        match act {
            Act::Create {
                content, formulas, ..
            } => {
                check(&content);
                self.posted += 1;
                let id = MessageId(self.posted);
                self.messages.push((id, content, formulas));
                Outcome::Created(id)
            }
            Act::Edit {
                message,
                content,
                picture,
                ..
            } => {
                let found = self.messages.iter_mut().find(|(id, ..)| *id == message);
                let (_, shown, formulas) = found.expect("only what is there is edited");
                if let Some(content) = content {
                    check(&content);
                    *shown = content;
                }
                if let Picture::Becomes(new) = picture {
                    *formulas = new;
                }
                Outcome::Edited
            }
            Act::Delete { message, .. } => {
                self.messages.retain(|(id, ..)| *id != message);
                Outcome::Deleted
            }
            Act::Find { .. } => Outcome::Missing,
        }
    }
}

fn check(content: &str) {
    assert!(content.encode_utf16().count() <= LIMITS.message);
    assert!(!is_blank(content));
}
