//! A text that arrives bit by bit: every frame fits and shows something, and what is open in it is closed, so that a
//! number of fences is even wherever the text itself has none that Discord reads otherwise.
#![no_main]

use kaiwa_core::{
    Now,
    id::MessageId,
    model::ModelEvent,
    reply::{Act, Limits, Outcome, Reply},
    text::is_blank,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (size, text) = input;
    let limits = Limits { message: 300 };
    let mut reply = Reply::new(limits);
    reply.attach_after(4, "The whole answer is in the file.");
    let mut messages = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(usize::from(size) + 1));
        rest = after;
        reply.push(&ModelEvent::whole(piece), Now::ZERO);
        show(&mut reply, limits, &mut messages);
    }
    reply.finish(&[], Now::ZERO);
    show(&mut reply, limits, &mut messages);
    assert!(reply.is_settled());
    let owned: usize = reply.parts().map(|part| part.text.len()).sum();
    assert!(messages == 0 || owned == reply.text().len());
});

fn show(reply: &mut Reply, limits: Limits, messages: &mut u64) {
    while let Some(act) = reply.act() {
        let outcome = match &act {
            Act::Create { content, .. } => {
                check(content, limits);
                *messages += 1;
                Outcome::Created(MessageId(*messages))
            }
            Act::Edit { content, .. } => {
                check(content, limits);
                Outcome::Edited
            }
            Act::Delete { .. } => Outcome::Deleted,
        };
        reply.done(outcome);
    }
}

fn check(content: &str, limits: Limits) {
    assert!(content.encode_utf16().count() <= limits.message);
    assert!(!is_blank(content));
}
