//! Answers that end with what is seen of them.

use proptest::prelude::*;

use super::{
    screen::{Screen, ms, text},
    texts,
};
use crate::reply::{Limits, Reply, Seen};

proptest! {
    #![proptest_config(texts::config(150))]

    #[test]
    fn words_that_can_be_read_stay_in_their_messages(
        whole in texts::sensible(),
        sizes in prop::collection::vec(1_usize..25, 1..6),
        (shown, told) in (0_usize..100, 0_usize..100),
        seen in prop_oneof![Just(Seen::Perhaps), Just(Seen::Surely)],
        limit in 200_usize..500,
    ) {
        let limits = Limits { message: limit };
        let (mut reply, mut screen) = (Reply::new(limits), Screen::new(limits));
        // What the messages are known to show they need not show again.
        screen.repeats = true;
        reply.draw_formulas();
        let mut rest = whole.chars();
        let length = whole.chars().count();
        let mut left = length * shown / 100;
        for (at, size) in sizes.iter().cycle().enumerate() {
            let piece: String = rest.by_ref().take(left.min(*size)).collect();
            if piece.is_empty() {
                break;
            }
            left -= piece.chars().count();
            reply.push(&text(&piece), ms(1));
            if at % 4 == 0 {
                screen.step(&mut reply);
            } else {
                screen.settle(&mut reply);
            }
        }
        // More is told, and not shown yet.
        let more: String = rest.take(length * told / 300).collect();
        reply.push(&text(&more), ms(2));
        let before: Vec<String> = screen.shown().into_iter().map(str::to_owned).collect();
        prop_assume!(!before.is_empty());
        reply.cut(seen);
        reply.finish(&["stopped".to_owned()], ms(3));
        screen.settle(&mut reply);
        let mut after: Vec<&str> = screen.shown();
        // The notice stands under the words, or alone.
        after.retain(|message| !message.starts_with("-# stopped"));
        prop_assert_eq!(before.len(), after.len(), "{:#?} {:#?}", &before, &after);
        for (before, after) in before.iter().rev().skip(1).rev().zip(&after) {
            prop_assert_eq!(before, after);
        }
    }
}
