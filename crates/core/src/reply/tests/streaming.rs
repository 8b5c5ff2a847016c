//! A text that arrives bit by bit, with acts, failures and deletions at any time.

use proptest::prelude::*;

use super::{
    screen::{Screen, ms, text},
    texts,
};
use crate::{
    id::MessageId,
    reply::{
        Act, Limits, Outcome, Reply,
        markup::{Carry, render},
        split,
    },
    text::is_blank,
};

/// What happens after a piece of the text has arrived.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// There is no room to show anything.
    Full,
    /// One act is done.
    Act,
    /// One act is begun, and its outcome is told after the next piece.
    Slow,
    /// One act fails.
    Fail,
    /// One act is done or not, and nobody knows.
    Lose { done: bool },
    /// Everything is shown.
    Settle,
    /// Another process takes over, and the model is asked anew.
    Die,
    /// The stream was cut, and the model is asked anew.
    Cut,
}

fn moments() -> impl Strategy<Value = Vec<Moment>> {
    let moment = prop_oneof![
        4 => Just(Moment::Full),
        4 => Just(Moment::Act),
        2 => Just(Moment::Slow),
        1 => Just(Moment::Fail),
        2 => Just(Moment::Settle),
    ];
    prop::collection::vec(moment, 1..30)
}

fn disasters() -> impl Strategy<Value = Vec<Moment>> {
    let moment = prop_oneof![
        6 => Just(Moment::Act),
        2 => Just(Moment::Slow),
        2 => Just(Moment::Settle),
        1 => Just(Moment::Fail),
        1 => any::<bool>().prop_map(|done| Moment::Lose { done }),
        1 => Just(Moment::Die),
        1 => Just(Moment::Cut),
    ];
    prop::collection::vec(moment, 1..30)
}

/// Cuts a text into pieces of so many characters, round and round.
fn pieces(whole: &str, sizes: &[usize]) -> Vec<String> {
    let mut rest = whole.chars();
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        let piece: String = rest.by_ref().take(*size).collect();
        if piece.is_empty() {
            break;
        }
        pieces.push(piece);
    }
    pieces
}

/// Watches that what a message owns only grows, and grows into its own part alone.
struct Watch(Vec<(MessageId, usize, usize)>);

impl Watch {
    fn look(&mut self, reply: &Reply, screen: &Screen) {
        let state = reply.state();
        let mut end = 0;
        for part in &state.parts {
            let id = part.message.unwrap();
            assert!(part.owns.start >= end, "parts overlap");
            end = part.owns.end;
            // Where the head of a table gives way to the table, other words stand for the same text.
            let owns = [part.owns.start, part.owns.end].map(|at| reply.source_of(at));
            match self.0.iter_mut().find(|(known, ..)| *known == id) {
                Some((_, start, to)) => {
                    assert_eq!(*start, owns[0], "a part begins elsewhere");
                    // An empty row shows nothing, and belongs to what is shown next.
                    let back = reply.text().get(owns[1]..*to).unwrap_or_default();
                    let is_seen = back.contains(char::is_alphanumeric);
                    assert!(!is_seen, "words were taken back");
                    *to = owns[1];
                }
                None => self.0.push((id, owns[0], owns[1])),
            }
        }
        for shown in screen.shown() {
            let open = render(shown, &Carry::default()).carry;
            let all = reply.text().trim() == shown;
            assert!(open.fence.is_none() || all, "a fence is open in {shown:?}");
        }
    }
}

fn play(whole: &str, sizes: &[usize], moments: &[Moment], limits: Limits) -> (Reply, Screen) {
    let mut reply = Reply::new(limits);
    let mut screen = Screen::new(limits);
    let mut watch = Watch(Vec::new());
    let mut slow: Option<Act> = None;
    let pieces = pieces(whole, sizes);
    let mut moments = moments.iter().cycle();
    let mut disasters = 0;
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        at += 1;
        reply.push(&text(piece), ms(at as u64));
        if let Some(act) = slow.take() {
            let outcome = screen.perform(act);
            reply.done(outcome);
        }
        match moments.next().unwrap() {
            Moment::Full => {}
            Moment::Act => {
                screen.step(&mut reply);
            }
            Moment::Slow => slow = reply.act(),
            Moment::Fail => {
                if reply.act().is_some() {
                    let waits = reply.want();
                    assert!(waits.is_none());
                    reply.done(Outcome::Failed);
                    assert!(reply.want().is_some());
                }
            }
            Moment::Lose { done } => {
                disasters = disasters.max(1);
                screen.repeats = true;
                if let Some(act) = reply.act() {
                    if *done {
                        screen.perform_unknown(act);
                    }
                    reply.done(Outcome::Unknown);
                    assert!(reply.want().is_some(), "it is tried again");
                }
            }
            Moment::Settle => screen.settle(&mut reply),
            Moment::Die | Moment::Cut if disasters > 3 => {}
            Moment::Die => {
                disasters += 1;
                at = 0;
                watch.0.clear();
                reply = Reply::resume(limits, reply.state());
                screen.repeats = true;
            }
            Moment::Cut => {
                disasters += 1;
                at = 0;
                watch.0.clear();
                reply.restart();
            }
        }
        if disasters == 0 {
            watch.look(&reply, &screen);
        }
    }
    if let Some(act) = slow.take() {
        let outcome = screen.perform(act);
        reply.done(outcome);
    }
    reply.finish(&[], ms(at as u64));
    screen.settle(&mut reply);
    if disasters == 0 {
        watch.look(&reply, &screen);
    }
    (reply, screen)
}

/// In the end everything is there, in order, and each message shows its own part.
fn check(whole: &str, reply: &Reply, screen: &Screen) {
    assert!(reply.is_settled());
    // Thoughts at the front aside, the text is what the model said.
    assert!(
        whole.ends_with(reply.text()) || whole.contains("<think"),
        "{:?}",
        reply.text()
    );
    if is_blank(reply.text()) {
        assert!(screen.messages.is_empty());
        return;
    }
    let owned: String = reply.parts().map(|part| part.text).collect();
    assert_eq!(owned, reply.text());
    let parts: Vec<MessageId> = reply.parts().map(|part| part.message).collect();
    let shown: Vec<MessageId> = screen.messages.iter().map(|shown| shown.id).collect();
    assert_eq!(parts, shown);
}

#[test]
fn a_marker_at_the_limit_is_waited_for() {
    let limits = Limits { message: 200 };
    for marker in ["- ", "1. ", "# ", "-# ", "> "] {
        for length in 1..30 {
            let (one, two) = ("a".repeat(170), "b".repeat(length));
            let text = format!("- {one}\n- {two}\n{marker}c d e f g");
            let (_, screen) = play(&text, &[1], &[Moment::Settle], limits);
            let pieces: Vec<String> = split(&text, limits)
                .into_iter()
                .map(|piece| piece.shown)
                .collect();
            assert_eq!(screen.shown(), pieces, "{marker:?} {length}");
        }
    }
}

proptest! {
    #![proptest_config(texts::config(120))]

    #[test]
    fn any_text_ends_up_whole_and_in_place(
        whole in texts::anything(),
        sizes in prop::collection::vec(1_usize..40, 1..6),
        moments in moments(),
        limit in 200_usize..500,
    ) {
        let (reply, screen) = play(&whole, &sizes, &moments, Limits { message: limit });
        check(&whole, &reply, &screen);
    }

    #[test]
    fn tables_end_up_whole_and_in_place(
        whole in super::tables::tables(),
        sizes in prop::collection::vec(1_usize..40, 1..6),
        moments in prop_oneof![moments(), disasters()],
        limit in 200_usize..500,
    ) {
        let (reply, screen) = play(&whole, &sizes, &moments, Limits { message: limit });
        check(&whole, &reply, &screen);
    }

    #[test]
    fn a_text_that_was_asked_anew_ends_up_whole(
        whole in texts::anything(),
        sizes in prop::collection::vec(1_usize..40, 1..6),
        moments in disasters(),
        limit in 200_usize..500,
    ) {
        let (reply, screen) = play(&whole, &sizes, &moments, Limits { message: limit });
        check(&whole, &reply, &screen);
    }

    #[test]
    fn how_a_text_arrives_does_not_change_where_it_is_split(
        whole in texts::ordinary(),
        sizes in prop::collection::vec(1_usize..20, 1..6),
        moments in moments(),
        limit in 300_usize..900,
    ) {
        let limits = Limits { message: limit };
        let (reply, screen) = play(&whole, &sizes, &moments, limits);
        check(&whole, &reply, &screen);
        let pieces = split(&whole, limits);
        // What is known whole is shown whole; as it comes, a long table gets a message of its own.
        prop_assume!(pieces.len() > 1 || screen.messages.len() == 1);
        let streamed: Vec<String> = screen.shown().into_iter().map(str::to_owned).collect();
        let at_once: Vec<String> = pieces.into_iter().map(|piece| piece.shown).collect();
        if let Some((streamed, at_once)) = texts::difference(&streamed, &at_once) {
            // An item that was seen stays where it is, and is divided; one that is known whole goes to the next message, with
            // the heading in front of it.
            let more = streamed.strip_prefix(at_once).unwrap_or_default();
            let has_item = more.lines().any(|line| line.starts_with("- "));
            prop_assert!(has_item, "streamed {streamed}\nat once {at_once}");
        }
    }
}
