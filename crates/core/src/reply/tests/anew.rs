//! Answers that are made anew, and messages that can't be changed any more.

use super::screen::{Screen, finish, ms, text};
use crate::reply::{Act, Buttons, Limits, Outcome, Reply, Seen};

const SMALL: Limits = Limits { message: 200 };

const RETRY: Buttons = Buttons {
    retry: true,
    ..Buttons::NONE
};

/// A reply whose words are shown in so many messages, and that is to be made anew by another process.
fn shown(words: &str) -> (Reply, Screen) {
    let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
    reply.offer(Buttons::STOP, Buttons::NONE);
    reply.push(&text(words), ms(0));
    screen.settle(&mut reply);
    let mut anew = Reply::resume(SMALL, reply.state());
    anew.offer(Buttons::STOP, RETRY);
    screen.repeats = true;
    (anew, screen)
}

#[test]
fn an_edit_of_which_nobody_knows_is_made_again_even_where_the_old_words_are_right() {
    let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
    reply.push(&text("The sea"), ms(0));
    screen.settle(&mut reply);
    screen.repeats = true;
    reply.push(&text(" of [blue](ht"), ms(1));
    let act = reply.act().unwrap();
    screen.perform_unknown(act);
    reply.done(Outcome::Unknown);
    assert!(!reply.is_unsure(), "its message is known");
    screen.settle(&mut reply);
    let calls = screen.calls;
    reply.finish(&[], ms(2));
    // It shows all of it, and both are sure of it.
    screen.settle(&mut reply);
    assert!(screen.calls > calls);
    assert_eq!(screen.shown(), ["The sea of [blue](ht"]);
}

#[test]
fn a_message_that_may_have_been_posted_is_found_and_counts_as_seen() {
    let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
    reply.push(&text("The sea"), ms(0));
    let act = reply.act().unwrap();
    screen.perform_unknown(act);
    reply.done(Outcome::Unknown);
    assert!(reply.is_unsure() && reply.is_visible());
    reply.push(&text(" is blue."), ms(1));
    reply.finish(&[], ms(2));
    screen.settle(&mut reply);
    assert!(!reply.is_unsure() && reply.is_settled());
    assert_eq!(screen.shown(), ["The sea is blue."]);
}

#[test]
fn a_message_that_may_have_been_posted_and_is_not_needed_is_looked_for_and_deleted() {
    for is_there in [true, false] {
        let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
        reply.push(&text(&"wordy ".repeat(50)), ms(0));
        screen.step(&mut reply);
        let act = reply.act().unwrap();
        if is_there {
            screen.perform_unknown(act);
        }
        reply.done(Outcome::Unknown);
        reply.restart();
        reply.push(&text("Short."), ms(1));
        reply.finish(&[], ms(2));
        screen.step(&mut reply);
        assert!(reply.is_unsure() && !reply.is_settled());
        assert_eq!(reply.act(), Some(Act::Find { part: 1 }));
        // Discord may be gone just then.
        reply.done(Outcome::Unknown);
        screen.settle(&mut reply);
        assert!(reply.is_settled() && !reply.is_unsure());
        assert_eq!(screen.shown(), ["Short."]);
        assert_eq!(reply.state().next, 1 + u32::from(is_there));
    }
}

#[test]
fn a_placeholder_that_may_have_been_posted_does_not_stay() {
    let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
    reply.thinking("still thinking", ms(0));
    let act = reply.act().unwrap();
    screen.perform_unknown(act);
    reply.done(Outcome::Unknown);
    reply.finish(&[], ms(1));
    screen.settle(&mut reply);
    assert!(screen.shown().is_empty() && reply.is_settled());
}

#[test]
fn an_answer_that_is_cut_ends_with_what_is_seen() {
    let stopped = ["stopped".to_owned()];
    let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
    reply.push(&text("The sea"), ms(0));
    screen.settle(&mut reply);
    reply.push(&text(&format!(" is {}", "blue ".repeat(80))), ms(1));
    reply.finish(&[], ms(2));
    reply.cut(Seen::Surely);
    reply.finish(&stopped, ms(3));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["The sea\n-# stopped"]);
    assert_eq!(reply.text(), "The sea");
    // What is whole needs no cut.
    reply.cut(Seen::Surely);
    assert!(reply.is_settled());

    // Of what is under way nobody knows yet.
    for (outcome, seen) in [
        (Outcome::Edited, "The sea is blue\n-# stopped"),
        (Outcome::Failed, "The sea\n-# stopped"),
    ] {
        let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
        reply.push(&text("The sea"), ms(0));
        screen.settle(&mut reply);
        reply.push(&text(" is blue"), ms(1));
        let act = reply.act().unwrap();
        reply.push(&text(" and deep."), ms(2));
        reply.cut(Seen::Surely);
        reply.finish(&stopped, ms(3));
        if outcome == Outcome::Edited {
            screen.perform(act);
        }
        reply.done(outcome);
        screen.settle(&mut reply);
        assert_eq!(screen.shown(), [seen]);
    }
}

#[test]
fn words_that_may_have_been_posted_count_as_seen_for_who_stops_them_alone() {
    for (seen, shown) in [(Seen::Perhaps, "The sea\n-# so"), (Seen::Surely, "-# so")] {
        let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
        reply.push(&text("The sea"), ms(0));
        let act = reply.act().unwrap();
        screen.perform_unknown(act);
        reply.done(Outcome::Unknown);
        reply.push(&text(" is blue."), ms(1));
        reply.cut(seen);
        reply.finish(&["so".to_owned()], ms(2));
        screen.settle(&mut reply);
        assert_eq!(screen.shown(), [shown]);
    }
}

#[test]
fn an_answer_that_was_whole_is_so_when_it_is_asked_anew_in_vain() {
    for is_whole in [true, false] {
        let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
        reply.push(&text("The sea is blue."), ms(0));
        if is_whole {
            reply.push(&finish(0), ms(0));
        }
        screen.settle(&mut reply);
        for time in [1, 2] {
            reply.restart();
            assert_eq!(reply.is_part(), !is_whole);
            reply.finish(&["it failed".to_owned()], ms(time));
            screen.settle(&mut reply);
        }
        assert_eq!(screen.shown(), ["The sea is blue.\n-# it failed"]);
    }
}

#[test]
fn a_version_that_is_cut_before_its_first_word_leaves_the_one_before() {
    let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
    reply.push(&text("The sea is blue."), ms(0));
    screen.settle(&mut reply);
    reply.restart();
    reply.push(&text("The meadow is green."), ms(1));
    reply.finish(&[], ms(2));
    reply.cut(Seen::Surely);
    reply.finish(&["stopped".to_owned()], ms(3));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["The sea is blue.\n-# stopped"]);
    assert_eq!(reply.text(), "The sea is blue.");
}

#[test]
fn where_messages_take_no_edits_the_new_answer_comes_in_new_ones() {
    for ended in [false, true] {
        let (mut reply, mut screen) = shown("The sea is");
        reply.push(&text("The meadow"), ms(1));
        if ended {
            reply.finish(&["a notice".to_owned()], ms(2));
        }
        let old = screen.messages[0].id;
        assert!(reply.act().is_some());
        reply.done(Outcome::Failed);
        assert_eq!(reply.post_anew(), Some(old));
        screen.settle(&mut reply);
        reply.push(&text(" is green."), ms(3));
        reply.finish(&["a notice".to_owned()], ms(4));
        screen.settle(&mut reply);
        let new = if ended {
            "The meadow\n-# a notice"
        } else {
            "The meadow is green.\n-# a notice"
        };
        assert_eq!(screen.shown(), ["The sea is", new]);
        assert_eq!(screen.messages[1].buttons, RETRY);
        assert!(reply.is_settled());
        let state = reply.state();
        assert_eq!(state.parts.len(), 1);
        assert_eq!((state.parts[0].part, state.next), (1, 2));
    }
}

#[test]
fn what_people_deleted_is_not_posted_anew() {
    let words = "wordy ".repeat(80);
    let (mut reply, mut screen) = shown(&words);
    let before = screen.messages.len();
    reply.push(&text(&words), ms(1));
    screen.messages.remove(0);
    screen.step(&mut reply);
    reply.post_anew();
    reply.finish(&[], ms(2));
    screen.settle(&mut reply);
    let shown = screen.shown();
    assert_eq!(shown.len(), 2 * (before - 1));
    assert_eq!(shown[..before - 1], shown[before - 1..]);
}

#[test]
fn messages_that_are_complete_are_not_posted_once_more() {
    let words = "wordy ".repeat(80);
    for only_the_end_lacks in [false, true] {
        let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
        reply.offer(Buttons::STOP, RETRY);
        reply.push(&text(&words), ms(0));
        screen.settle(&mut reply);
        let before: Vec<String> = screen.shown().into_iter().map(str::to_owned).collect();
        let last = screen.messages.last().unwrap().id;
        if !only_the_end_lacks {
            reply.push(&text("and words."), ms(1));
        }
        reply.finish(&["a notice".to_owned()], ms(2));
        assert!(reply.act().is_some());
        reply.done(Outcome::Failed);
        assert_eq!(reply.post_anew(), Some(last));
        screen.settle(&mut reply);
        assert!(reply.is_settled());
        assert_eq!(screen.shown()[..before.len()], before);
        assert_eq!(screen.messages.len(), before.len() + 1);
        let end = screen.shown()[before.len()].to_owned();
        if only_the_end_lacks {
            assert_eq!(end, "-# a notice");
        } else {
            assert!(end.ends_with("wordy and words.\n-# a notice"), "{end}");
        }
        let owned: String = reply.parts().map(|part| part.text).collect();
        assert_eq!(owned, reply.text());
    }
}

#[test]
fn words_that_stand_there_already_are_not_posted_once_more() {
    let (mut reply, mut screen) = shown("The sea is blue.");
    reply.remember("The sea is blue.", true);
    assert!(!reply.is_part());
    reply.finish(&["it failed".to_owned()], ms(1));
    assert!(reply.act().is_some());
    reply.done(Outcome::Failed);
    reply.post_anew();
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["The sea is blue.", "-# it failed"]);
    assert_eq!(screen.messages[1].buttons, RETRY);
    assert!(reply.is_settled());
    assert_eq!(reply.parts().count(), 1);
}

#[test]
fn words_that_are_remembered_stay_in_their_messages() {
    // The last item of the first message was seen before anybody knew how long it is; at once it would go to the next.
    let words = format!(
        "{}- Item, {}",
        "- So it goes on and on.\n".repeat(5),
        "and so it is. ".repeat(20)
    );
    let (mut reply, mut screen) = (Reply::new(SMALL), Screen::new(SMALL));
    for (at, c) in words.char_indices() {
        reply.push(&text(&c.to_string()), ms(at as u64));
        screen.settle(&mut reply);
    }
    reply.finish(&[], ms(1000));
    screen.settle(&mut reply);
    let before: Vec<String> = screen.shown().into_iter().map(str::to_owned).collect();
    assert!(
        before[0].contains("- Item") && before.len() > 2,
        "{before:#?}"
    );
    let mut anew = Reply::resume(SMALL, reply.state());
    screen.repeats = true;
    anew.remember(&words, true);
    anew.finish(&[], ms(2000));
    screen.settle(&mut anew);
    assert_eq!(screen.shown(), before);
}

#[test]
fn half_an_answer_that_another_process_left_is_read_and_notices_stand_under_it() {
    let words = "wordy ".repeat(50);
    let (mut reply, mut screen) = shown(&words);
    screen.messages[1]
        .content
        .push_str("\n-# this answer will continue shortly");
    assert!(reply.is_part());
    let contents: Vec<_> = reply
        .unread()
        .into_iter()
        .zip(screen.messages.iter())
        .map(|(id, shown)| {
            assert_eq!(id, shown.id);
            (id, shown.content.clone())
        })
        .collect();
    assert_eq!(contents.len(), 2);
    reply.read(&contents, None);
    assert!(reply.is_part() && reply.unread().is_empty());
    let calls = screen.calls;
    reply.finish(&["it failed".to_owned()], ms(1));
    screen.settle(&mut reply);
    assert_eq!(screen.messages.len(), 2);
    assert!(screen.shown()[1].ends_with("wordy\n-# it failed"));
    assert_eq!(screen.messages[1].buttons, RETRY);
    // The first one shows what it should; its buttons alone are not known.
    assert_eq!(screen.calls - calls, 2);
}

#[test]
fn what_was_deleted_in_part_is_not_read() {
    let (reply, _) = shown(&"wordy ".repeat(50));
    let mut state = reply.state();
    state.parts[0].deleted = true;
    let reply = Reply::resume(SMALL, state);
    assert!(reply.unread().is_empty() && reply.is_part());
}

#[test]
fn what_was_deleted_of_the_version_before_takes_no_words_from_the_new_one() {
    let words = |word: &str| -> String { (10..80).map(|n| format!("{word}{n} ")).collect() };
    for deleted in [&[0][..], &[1], &[2], &[0, 1], &[0, 2], &[0, 1, 2]] {
        let (mut reply, mut screen) = shown(&words("old"));
        assert_eq!(screen.shown().len(), 3);
        reply.remake(&words("old"), true);
        screen.vanish(deleted);
        for (at, word) in words("new").split_inclusive(' ').enumerate() {
            reply.push(&text(word), ms(at as u64));
            screen.step(&mut reply);
        }
        reply.finish(&[], ms(99));
        screen.settle(&mut reply);
        assert!(reply.is_settled());
        assert_eq!(screen.shown().join(" "), words("new").trim(), "{deleted:?}");
    }
}

#[test]
fn what_was_deleted_of_an_answer_stays_deleted_where_no_new_words_come() {
    let (mut reply, mut screen) = shown("The sea is blue.");
    reply.remake("The sea is blue.", true);
    screen.vanish(&[0]);
    reply.finish(&["That failed.".to_owned()], ms(1));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["-# That failed."]);
}
