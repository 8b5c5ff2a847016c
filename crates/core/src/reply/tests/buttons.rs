//! Which buttons people see below an answer, and what they cost.

use proptest::prelude::*;

use super::screen::{Screen, finish, ms, text};
use crate::reply::{Act, Buttons, Limits, Outcome, Reply};

const LIMITS: Limits = Limits { message: 200 };

const RETRY: Buttons = Buttons {
    retry: true,
    ..Buttons::NONE
};

fn start() -> (Reply, Screen) {
    let mut reply = Reply::new(LIMITS);
    reply.offer(Buttons::STOP, Buttons::NONE);
    (reply, Screen::new(LIMITS))
}

/// The buttons of all messages, from the first.
fn buttons(screen: &Screen) -> Vec<Buttons> {
    screen
        .messages
        .iter()
        .map(|message| message.buttons)
        .collect()
}

fn end(reply: &mut Reply, notices: &[&str], ended: Buttons) {
    let notices: Vec<String> = notices.iter().map(|&notice| notice.to_owned()).collect();
    reply.offer(Buttons::STOP, ended);
    reply.finish(&notices, ms(1000));
}

#[test]
fn an_answer_that_is_sent_whole_never_had_a_button() {
    let (mut reply, mut screen) = start();
    reply.push(&text("Blue."), ms(1));
    reply.push(&finish(0), ms(2));
    end(&mut reply, &[], Buttons::NONE);
    screen.settle(&mut reply);
    assert_eq!((buttons(&screen), screen.calls), (vec![Buttons::NONE], 1));
}

#[test]
fn while_an_answer_grows_it_can_be_stopped_and_its_last_edit_takes_the_button_away() {
    let (mut reply, mut screen) = start();
    reply.push(&text("The sea"), ms(1));
    screen.settle(&mut reply);
    assert_eq!(buttons(&screen), [Buttons::STOP]);
    reply.push(&text(" is"), ms(2));
    let act = reply.act();
    assert!(
        matches!(act, Some(Act::Edit { buttons: None, .. })),
        "it has the button already: {act:?}"
    );
    screen.perform(act.unwrap());
    reply.done(Outcome::Edited);
    reply.push(&text(" blue."), ms(3));
    end(&mut reply, &[], Buttons::NONE);
    screen.settle(&mut reply);
    assert_eq!((buttons(&screen), screen.calls), (vec![Buttons::NONE], 3));
}

#[test]
fn a_button_is_taken_away_also_where_no_word_is_to_be_added() {
    let (mut reply, mut screen) = start();
    reply.push(&text("Blue."), ms(1));
    screen.settle(&mut reply);
    end(&mut reply, &[], Buttons::NONE);
    screen.settle(&mut reply);
    assert_eq!((buttons(&screen), screen.calls), (vec![Buttons::NONE], 2));
}

#[test]
fn the_button_moves_on_with_the_text() {
    let (mut reply, mut screen) = start();
    let mut seen = Vec::new();
    for number in 0..60 {
        reply.push(&text(&format!("word{number} ")), ms(number));
        screen.settle(&mut reply);
        let now = buttons(&screen);
        let (last, before) = now.split_last().unwrap();
        assert_eq!(*last, Buttons::STOP);
        assert!(before.iter().all(|buttons| *buttons == Buttons::NONE));
        seen.push(now.len());
    }
    assert!(seen.last() > Some(&2), "it goes on in further messages");
}

#[test]
fn where_nothing_else_tells_of_more_a_message_keeps_its_button_until_the_next_is_there() {
    let (mut reply, mut screen) = start();
    reply.tell_of_more();
    reply.push(&text(&"sea ".repeat(70)), ms(1));
    end(&mut reply, &[], Buttons::NONE);
    let mut seen = Vec::new();
    while screen.step(&mut reply) {
        seen.push(buttons(&screen));
    }
    let (stop, none) = (Buttons::STOP, Buttons::NONE);
    assert_eq!(seen, [vec![stop], vec![stop, none], vec![none, none]]);

    // So it does before a notice for which there is no room below it.
    let (mut reply, mut screen) = start();
    reply.tell_of_more();
    reply.push(&text(&"sea ".repeat(48)), ms(1));
    end(&mut reply, &["it failed for a long reason"], RETRY);
    screen.step(&mut reply);
    assert_eq!(buttons(&screen), [stop]);
    screen.settle(&mut reply);
    assert_eq!(buttons(&screen), [none, RETRY]);
}

#[test]
fn a_button_costs_one_call_at_the_most() {
    let say = |offers: bool| {
        let mut reply = Reply::new(LIMITS);
        let mut screen = Screen::new(LIMITS);
        if offers {
            reply.offer(Buttons::STOP, Buttons::NONE);
        }
        for number in 0..200 {
            reply.push(&text(&format!("word{number} ")), ms(number));
            if number % 7 == 0 {
                screen.settle(&mut reply);
            }
        }
        reply.finish(&[], ms(1000));
        screen.settle(&mut reply);
        screen.calls
    };
    assert!(say(true) <= say(false) + 1, "{} {}", say(true), say(false));
}

#[test]
fn what_is_offered_at_the_end_stands_below_the_last_message() {
    // Under the words, where there is room for the notice.
    let (mut reply, mut screen) = start();
    reply.push(&text("The sea"), ms(1));
    screen.settle(&mut reply);
    end(&mut reply, &["it failed"], RETRY);
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["The sea\n-# it failed"]);
    assert_eq!(buttons(&screen), [RETRY]);

    // Under the notice, where it is a message of its own.
    let (mut reply, mut screen) = start();
    reply.push(&text(&"sea ".repeat(48)), ms(1));
    screen.settle(&mut reply);
    end(&mut reply, &["it failed for a long reason"], RETRY);
    screen.settle(&mut reply);
    assert_eq!(buttons(&screen), [Buttons::NONE, RETRY]);

    // Under the notice alone, in place of the line that it was thinking.
    let (mut reply, mut screen) = start();
    reply.thinking("still thinking", ms(1));
    screen.settle(&mut reply);
    assert_eq!(buttons(&screen), [Buttons::STOP]);
    end(&mut reply, &["it failed"], RETRY);
    screen.settle(&mut reply);
    assert_eq!(buttons(&screen), [RETRY]);
}

#[test]
fn what_an_earlier_process_left_gets_its_buttons_with_the_first_edit() {
    let (mut reply, mut screen) = start();
    reply.push(&text("The sea"), ms(1));
    screen.settle(&mut reply);
    let mut again = Reply::resume(LIMITS, reply.state());
    again.offer(Buttons::STOP, Buttons::NONE);
    again.push(&text("The"), ms(2));
    let act = again.act().unwrap();
    assert!(
        matches!(act, Act::Edit { buttons: Some(buttons), .. } if buttons == Buttons::STOP),
        "{act:?}"
    );
    again.done(screen.perform(act));
    end(&mut again, &[], Buttons::NONE);
    screen.settle(&mut again);
    assert_eq!(buttons(&screen), [Buttons::NONE]);
}

#[test]
fn words_that_an_earlier_process_left_lose_its_buttons_where_no_new_ones_come() {
    let long = "The sea is wide and blue and deep and old. ".repeat(20);
    let (mut reply, mut screen) = start();
    reply.push(&text(&long), ms(1));
    screen.settle(&mut reply);
    let shown = screen.shown().len();
    assert!(shown > 2);
    assert_eq!(*buttons(&screen).last().unwrap(), Buttons::STOP);
    screen.repeats = true;
    for (notices, last) in [(&["it failed"][..], RETRY), (&[], Buttons::NONE)] {
        let mut again = Reply::resume(LIMITS, reply.state());
        again.offer(Buttons::STOP, Buttons::NONE);
        let before = screen.calls;
        end(&mut again, notices, last);
        screen.settle(&mut again);
        let now = buttons(&screen);
        assert_eq!(
            now.len(),
            shown + 1,
            "the words stay, and the notice of the first"
        );
        assert!(now.iter().take(shown).all(|one| *one == Buttons::NONE));
        assert!(screen.calls - before <= 3, "not every message is touched");
    }
}

fn only_the_last_has(screen: &Screen, ended: Buttons) -> Result<(), TestCaseError> {
    let now = buttons(screen);
    let (last, before) = now.split_last().unwrap();
    prop_assert_eq!(*last, ended);
    prop_assert!(
        before.iter().all(|buttons| *buttons == Buttons::NONE),
        "{:?}",
        now
    );
    Ok(())
}

proptest! {
    #[test]
    fn at_rest_only_the_last_message_has_buttons(
        pieces in prop::collection::vec("[a-z `\n]{1,40}", 1..40),
        restart in any::<prop::sample::Index>(),
        fails in any::<bool>(),
    ) {
        let (mut reply, mut screen) = start();
        let restart = restart.index(pieces.len() * 2);
        for (number, piece) in pieces.iter().enumerate() {
            reply.push(&text(piece), ms(number as u64));
            if number == restart {
                reply.restart();
            }
            screen.step(&mut reply);
        }
        reply.push(&text("end"), ms(500));
        let (notices, ended): (&[&str], Buttons) = if fails { (&["failed"], RETRY) } else { (&[], Buttons::NONE) };
        end(&mut reply, notices, ended);
        screen.settle(&mut reply);
        only_the_last_has(&screen, ended)?;
    }

    #[test]
    fn where_nothing_else_tells_of_more_some_message_does_until_all_is_there(
        pieces in prop::collection::vec("[a-z `\n]{1,40}", 1..40),
        restart in any::<prop::sample::Index>(),
        fails in any::<bool>(),
        capped in any::<bool>(),
    ) {
        let (mut reply, mut screen) = start();
        reply.tell_of_more();
        if capped {
            reply.attach_after(2, "FILE", "It goes on.");
        }
        let tells = |screen: &Screen| screen.messages.is_empty() || buttons(screen).contains(&Buttons::STOP);
        let restart = restart.index(pieces.len() * 2);
        for (number, piece) in pieces.iter().enumerate() {
            reply.push(&text(piece), ms(number as u64));
            if number == restart {
                reply.restart();
            }
            screen.step(&mut reply);
            prop_assert!(tells(&screen), "{:?}", screen.messages);
        }
        reply.push(&text(" END"), ms(500));
        let (notices, ended): (&[&str], Buttons) = if fails { (&["FAILED"], RETRY) } else { (&[], Buttons::NONE) };
        end(&mut reply, notices, ended);
        let last = if fails { ["FAILED"; 2] } else { ["END", "FILE"] };
        let is_last = |content: &str| last.iter().any(|last| content.contains(last));
        while !screen.messages.iter().any(|message| is_last(&message.content)) {
            prop_assert!(tells(&screen), "{:?}", screen.messages);
            prop_assert!(screen.step(&mut reply));
        }
        screen.settle(&mut reply);
        only_the_last_has(&screen, ended)?;
    }
}

#[test]
fn what_goes_on_behind_the_last_message_can_still_be_stopped() {
    let limits = Limits { message: 200 };
    let mut reply = Reply::new(limits);
    let mut screen = Screen::new(limits);
    reply.attach_after(2, "All of the text is in the file.", "It goes on.");
    reply.offer(Buttons::STOP, Buttons::NONE);
    for at in 0..60 {
        reply.push(&text("The sea is blue. "), ms(at));
        screen.settle(&mut reply);
        let last = screen.messages.last();
        assert_eq!(last.map(|last| last.buttons), Some(Buttons::STOP), "{at}");
    }
    let shown = screen.shown();
    assert_eq!((shown.len(), shown[2]), (3, "-# It goes on."));
    let calls = screen.calls;
    reply.finish(&[], ms(100));
    screen.settle(&mut reply);
    let shown = screen.shown();
    assert_eq!(
        (shown.len(), shown[2]),
        (3, "-# All of the text is in the file.")
    );
    assert_eq!(screen.calls, calls + 1, "it comes in the same message");
    assert!(
        screen
            .messages
            .iter()
            .all(|shown| shown.buttons == Buttons::NONE)
    );
}
