//! What the model thought before it spoke, where its answer is made anew: it goes with the words that can be seen.

use std::time::Duration;

use super::screen::{Screen, finish, ms, text};
use crate::{
    model::ModelEvent,
    reply::{Limits, Reply, ReplyState, Seen},
};

fn thinks(reply: &mut Reply, thought: &str, second: u64) {
    reply.push(&ModelEvent::Reasoning(String::new()), ms(0));
    reply.push(
        &ModelEvent::Reasoning(thought.to_owned()),
        ms(second * 1_000),
    );
}

/// An answer that was thought about for three seconds, and the screen that shows it.
fn answered() -> (Reply, Screen) {
    let (mut reply, mut screen) = (
        Reply::new(Limits::default()),
        Screen::new(Limits::default()),
    );
    screen.repeats = true;
    thinks(&mut reply, "Seas are blue.", 3);
    reply.push(&text("The sea is blue."), ms(3_000));
    reply.push(&finish(0), ms(3_000));
    screen.settle(&mut reply);
    (reply, screen)
}

/// What the store gives back to another process.
fn kept(reply: &Reply) -> ReplyState {
    serde_json::from_str(&serde_json::to_string(&reply.state()).unwrap()).unwrap()
}

fn check(reply: &Reply, thoughts: &str, seconds: Option<u64>) {
    assert_eq!(reply.thoughts(), thoughts);
    assert_eq!(reply.thought(), seconds.map(Duration::from_secs));
    assert_eq!(reply.state().thoughts, thoughts);
}

#[test]
fn an_answer_that_is_made_anew_in_vain_keeps_its_thoughts() {
    for thought in ["", "Meadows are green."] {
        for is_another_process in [false, true] {
            let (mut reply, mut screen) = answered();
            if is_another_process {
                reply = Reply::resume(Limits::default(), kept(&reply));
                reply.remake("The sea is blue.", true);
            }
            // Each try fails, and a process dies over one.
            for _ in 0..2 {
                reply.restart();
                if !thought.is_empty() {
                    thinks(&mut reply, thought, 1);
                }
                check(&reply, "Seas are blue.", Some(3));
                reply = Reply::resume(Limits::default(), kept(&reply));
                reply.remember("The sea is blue.", true);
                reply.finish(&["it failed".to_owned()], ms(9_000));
                screen.settle(&mut reply);
                assert_eq!(screen.shown(), ["The sea is blue.\n-# it failed"]);
                check(&reply, "Seas are blue.", Some(3));
            }
        }
    }
}

#[test]
fn so_does_one_of_which_nobody_knows_the_words() {
    let (reply, _) = answered();
    let mut reply = Reply::resume(Limits::default(), kept(&reply));
    thinks(&mut reply, "Meadows are green.", 1);
    check(&reply, "Seas are blue.", Some(3));
    reply.finish(&["it failed".to_owned()], ms(9_000));
    check(&reply, "Seas are blue.", Some(3));
}

#[test]
fn new_words_come_with_their_own_thoughts() {
    for thought in ["", "Meadows are green."] {
        let (mut reply, mut screen) = answered();
        reply.restart();
        if !thought.is_empty() {
            thinks(&mut reply, thought, 1);
        }
        reply.push(&text("The meadow"), ms(2_000));
        let seconds = (!thought.is_empty()).then_some(2);
        assert_eq!(reply.thoughts(), thought);
        // A process that dies now leaves the words before.
        assert_eq!(reply.state().thoughts, "Seas are blue.");
        screen.settle(&mut reply);
        check(&reply, thought, seconds);
        reply.finish(&[], ms(3_000));
        screen.settle(&mut reply);
        check(&reply, thought, seconds);
    }
}

#[test]
fn thoughts_without_a_word_are_kept_where_there_was_no_answer_before() {
    let (mut reply, mut screen) = (
        Reply::new(Limits::default()),
        Screen::new(Limits::default()),
    );
    thinks(&mut reply, "Hm.", 2);
    reply.finish(&["it failed".to_owned()], ms(9_000));
    screen.settle(&mut reply);
    check(&reply, "Hm.", Some(2));
}

#[test]
fn an_answer_that_is_taken_back_keeps_no_thoughts() {
    let (mut reply, mut screen) = answered();
    reply.restart();
    thinks(&mut reply, "Meadows are green.", 1);
    reply.cut(Seen::Surely);
    reply.finish(&[], ms(9_000));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["The sea is blue."]);
    check(&reply, "", None);
}

#[test]
fn what_an_earlier_version_has_kept_can_be_read() {
    let kept = r#"{"parts":[{"part":0,"message":7,"owns":{"start":0,"end":8},"deleted":false}],"thoughts":"Hm."}"#;
    let mut reply = Reply::resume(Limits::default(), serde_json::from_str(kept).unwrap());
    reply.finish(&[], ms(0));
    check(&reply, "Hm.", None);
}
