//! What people see of an answer, from its first word to its last.

mod again;

use super::screen::{Screen, finish, ms, text};
use crate::{
    id::MessageId,
    model::ModelEvent,
    pacing::Urgency,
    reply::{Act, Buttons, Limits, Outcome, Reply, ReplyState, Want, WantKind},
};

const SMALL: Limits = Limits { message: 200 };

fn start() -> (Reply, Screen) {
    (Reply::new(SMALL), Screen::new(SMALL))
}

fn say(reply: &mut Reply, words: &str) {
    reply.push(&text(words), ms(0));
}

fn words(count: usize) -> String {
    "wordy ".repeat(count).trim_end().to_owned()
}

fn owned(reply: &Reply) -> Vec<(u64, String)> {
    reply
        .parts()
        .map(|part| (part.message.0, part.text.to_owned()))
        .collect()
}

#[test]
fn first_words_are_posted_and_grow() {
    let (mut reply, mut screen) = start();
    assert_eq!(reply.want(), None);
    reply.push(&text("The "), ms(10));
    reply.push(&text("sea"), ms(20));
    let first = Want {
        urgency: Urgency::First,
        since: ms(10),
        kind: WantKind::Create,
    };
    assert_eq!(reply.want(), Some(first));
    assert!(!reply.is_visible());
    screen.settle(&mut reply);
    assert!(reply.is_visible());
    assert_eq!(screen.shown(), ["The sea"]);
    assert_eq!(reply.want(), None);

    reply.push(&text(" is"), ms(30));
    reply.push(&text(" **blue"), ms(40));
    let more = Want {
        urgency: Urgency::Text,
        since: ms(30),
        kind: WantKind::Edit(MessageId(101)),
    };
    assert_eq!(reply.want(), Some(more));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["The sea is **blue**"]);

    // The marker that closes shows nothing new, and neither does whitespace.
    reply.push(&text("**"), ms(50));
    reply.push(&text("\n"), ms(60));
    assert_eq!(reply.want(), None);
    reply.push(&text("ish, and wider than anything."), ms(70));
    reply.finish(&[], ms(80));
    let last = Want {
        urgency: Urgency::Final,
        since: ms(50),
        kind: WantKind::Edit(MessageId(101)),
    };
    assert_eq!(reply.want(), Some(last));
    assert!(!reply.is_settled());
    screen.settle(&mut reply);
    assert_eq!(
        screen.shown(),
        ["The sea is **blue**\nish, and wider than anything."]
    );
    assert!(reply.is_settled());
    assert_eq!(screen.calls, 3);
    assert_eq!(
        owned(&reply),
        [(
            101,
            "The sea is **blue**\nish, and wider than anything.".to_owned()
        )]
    );
}

#[test]
fn words_that_are_on_their_way_may_be_seen() {
    let (mut reply, mut screen) = start();
    reply.thinking("Still thinking…", ms(0));
    let Some(Act::Create { .. }) = reply.act() else {
        panic!("a placeholder");
    };
    assert!(!reply.is_visible(), "it has no words");
    reply.done(Outcome::Failed);
    say(&mut reply, "The sea");
    assert!(reply.act().is_some());
    assert!(reply.is_visible());
    reply.done(Outcome::Failed);
    assert!(!reply.is_visible(), "nobody has seen them");
    screen.settle(&mut reply);
    assert!(reply.is_visible());
}

#[test]
fn an_answer_that_is_complete_at_once_is_posted_once() {
    let (mut reply, mut screen) = start();
    say(&mut reply, "Hello.");
    reply.finish(&[], ms(1));
    screen.settle(&mut reply);
    assert_eq!((screen.shown(), screen.calls), (vec!["Hello."], 1));

    let (mut reply, mut screen) = start();
    say(&mut reply, &words(100));
    reply.finish(&[], ms(1));
    screen.settle(&mut reply);
    assert_eq!(screen.calls, screen.messages.len());
    assert_eq!(
        reply.parts().map(|part| part.text).collect::<String>(),
        reply.text()
    );
}

#[test]
fn nothing_to_see_is_not_posted() {
    for pieces in [
        &[" ", "\n", "**"][..],
        &["\n- "],
        &["1", ".", " "],
        &["#", "#", " "],
        &["``", "`rust", "\n", "  "],
    ] {
        let (mut reply, _) = start();
        for piece in pieces {
            say(&mut reply, piece);
            assert!(reply.want().is_none(), "after {piece:?} of {pieces:?}");
        }
        say(&mut reply, "word");
        assert!(reply.want().is_some(), "{pieces:?}");
    }
}

#[test]
fn half_a_link_is_not_shown() {
    let (mut reply, mut screen) = start();
    for (piece, shown) in [
        ("See [the", "See"),
        (" docs](https://", "See"),
        (
            "example.com) and htt",
            "See [the docs](https://example.com) and",
        ),
        ("ps://a.b", "See [the docs](https://example.com) and"),
        (
            "/c, or <@12",
            "See [the docs](https://example.com) and https://a.b/c, or",
        ),
        (
            "> a[0",
            "See [the docs](https://example.com) and https://a.b/c, or <@12> a",
        ),
        (
            "] b",
            "See [the docs](https://example.com) and https://a.b/c, or <@12> a[0] b",
        ),
    ] {
        say(&mut reply, piece);
        screen.settle(&mut reply);
        assert_eq!(screen.shown(), [shown], "after {piece:?}");
    }
}

#[test]
fn near_the_limit_words_wait_until_their_message_is_known() {
    let (mut reply, mut screen) = start();
    let first = format!("{}.", words(28)); // 168 units
    say(&mut reply, &first);
    screen.settle(&mut reply);
    say(&mut reply, "\n\nA paragraph that");
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), [first.as_str()], "it might not fit");
    say(&mut reply, " goes on and on and on, and");
    screen.settle(&mut reply);
    assert_eq!(
        screen.shown(),
        [
            first.as_str(),
            "A paragraph that goes on and on and on, and"
        ]
    );

    // Where the answer ends in time, what waited is shown after all.
    let (mut reply, mut screen) = start();
    say(&mut reply, &format!("{first}\n\nA paragraph."));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), [first.as_str()]);
    reply.finish(&[], ms(1));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), [format!("{first}\n\nA paragraph.")]);
}

#[test]
fn a_placeholder_becomes_the_answer() {
    let (mut reply, mut screen) = start();
    reply.thinking("still thinking", ms(15));
    let want = Want {
        urgency: Urgency::Text,
        since: ms(15),
        kind: WantKind::Create,
    };
    assert_eq!(reply.want(), Some(want));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["-# still thinking"]);
    assert!(!reply.is_visible());
    assert!(reply.parts().next().is_none());
    reply.thinking("-# still thinking, 30 s", ms(30));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["-# still thinking, 30 s"]);
    reply.restart();
    assert_eq!(reply.want(), None);
    say(&mut reply, "Hello");
    assert_eq!(reply.want().unwrap().urgency, Urgency::First);
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["Hello"]);
    reply.thinking("still thinking", ms(45));
    assert_eq!(reply.want(), None);
}

#[test]
fn an_answer_that_never_came_leaves_no_placeholder() {
    let (mut reply, mut screen) = start();
    reply.thinking("still thinking", ms(15));
    screen.settle(&mut reply);
    reply.finish(&[], ms(20));
    assert_eq!(reply.want().unwrap().kind, WantKind::Delete(MessageId(101)));
    screen.settle(&mut reply);
    assert!(screen.messages.is_empty() && reply.is_settled());
}

#[test]
fn notices_stand_under_the_answer() {
    let (mut reply, mut screen) = start();
    say(&mut reply, "The sea is");
    screen.settle(&mut reply);
    reply.finish(&["stopped by ada".into(), "-# one more".into()], ms(5));
    screen.settle(&mut reply);
    assert_eq!(
        screen.shown(),
        ["The sea is\n-# stopped by ada\n-# one more"]
    );
    assert_eq!(owned(&reply), [(101, "The sea is".to_owned())]);
    // What is noticed later takes the place of what was noticed before.
    reply.finish(&["cut".into()], ms(6));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["The sea is\n-# cut"]);
    assert!(reply.is_settled());
}

#[test]
fn notices_without_room_or_without_an_answer_are_messages_of_their_own() {
    let (mut reply, mut screen) = start();
    say(&mut reply, &words(33));
    reply.finish(&["stopped".into()], ms(5));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), [words(33).as_str(), "-# stopped"]);

    let (mut reply, mut screen) = start();
    reply.finish(&["it failed".into()], ms(5));
    assert_eq!(reply.want().unwrap().urgency, Urgency::Final);
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["-# it failed"]);
    assert!(reply.is_settled());

    let (mut reply, mut screen) = start();
    reply.finish(&[words(60)], ms(5));
    screen.settle(&mut reply);
    assert!(screen.messages.len() > 1);
    assert!(screen.shown().iter().all(|shown| shown.starts_with("-# ")));
}

#[test]
fn what_failed_is_tried_again_with_the_freshest_text() {
    let (mut reply, mut screen) = start();
    reply.push(&text("One"), ms(10));
    let act = reply.act().unwrap();
    assert_eq!(
        act,
        Act::Create {
            part: 0,
            content: "One".into(),
            file: None,
            buttons: Buttons::NONE,
            formulas: Vec::new(),
        }
    );
    reply.push(&text(" two"), ms(20));
    reply.done(Outcome::Failed);
    assert_eq!(reply.want().unwrap().since, ms(10));
    assert_eq!(
        reply.act().unwrap(),
        Act::Create {
            part: 0,
            content: "One two".into(),
            file: None,
            buttons: Buttons::NONE,
            formulas: Vec::new(),
        }
    );
    reply.done(Outcome::Created(MessageId(7)));
    assert_eq!(reply.want(), None);
    screen.calls = 0;
}

#[test]
fn several_answers_are_one_text() {
    let (mut reply, mut screen) = start();
    let second = ModelEvent::Text {
        choice: 1,
        text: "two, as the sea is never only blue".into(),
    };
    reply.push(&second, ms(1));
    assert_eq!(reply.want(), None);
    say(&mut reply, "one");
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["one"]);
    reply.push(&finish(0), ms(2));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["one\ntwo, as the sea is never only blue"]);
}

#[test]
fn thoughts_are_not_shown() {
    let (mut reply, mut screen) = start();
    reply.push(&ModelEvent::Reasoning("hm".into()), ms(100));
    reply.push(&ModelEvent::Reasoning("so".into()), ms(400));
    assert_eq!(reply.want(), None);
    say(&mut reply, "Blue.");
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["Blue."]);
    assert_eq!(reply.thought(), Some(ms(300)));
}

#[test]
fn thoughts_that_no_tag_began_give_way_to_the_answer() {
    let (mut reply, mut screen) = start();
    reply.push(&text("Okay, the user wants a color. "), ms(100));
    screen.settle(&mut reply);
    reply.push(&text("Blue then.\n</think>\n"), ms(400));
    screen.settle(&mut reply);
    let shown = screen.shown();
    assert!(
        shown[0].starts_with("Okay, the user wants a color. Blue then."),
        "{shown:?}"
    );
    reply.push(&text("\nBlue."), ms(500));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["Blue."]);
    reply.finish(&[], ms(600));
    screen.settle(&mut reply);
    assert_eq!(reply.text(), "Blue.");
    assert_eq!(reply.thought(), Some(ms(400)));
    assert_eq!(
        reply.parts().map(|part| part.text).collect::<String>(),
        "Blue."
    );
    assert_eq!(reply.thoughts(), "Okay, the user wants a color. Blue then.");
}
