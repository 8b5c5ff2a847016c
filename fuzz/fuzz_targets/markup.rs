//! A block of code that is open at the end of a message is closed there: nothing that is written below is code.
//!
//! A message that is whole is read again as a text of its own, to which the closer must have nothing to add. Formulas and
//! tables are left out, as they change when they are read twice.
#![no_main]

use kaiwa_core::reply::{Limits, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (more, text) = input;
    let text = text.replace(['$', '\\', '|'], "`");
    let limits = Limits {
        message: 200 + usize::from(more),
    };
    for piece in split(&text, limits) {
        let again = split(&piece.shown, Limits { message: 4_000 });
        let [again] = again.as_slice() else {
            panic!("{:?} is several messages: {again:?}", piece.shown);
        };
        let bare = text.trim() == piece.shown;
        assert!(
            bare || again.shown == piece.shown,
            "{:?} would be closed with {:?}",
            piece.shown,
            again.shown
        );
    }
});
