//! Answers of which no more is known than what their messages show.

use proptest::prelude::*;

use super::{
    screen::{Screen, finish, ms, text},
    texts,
};
use crate::{
    id::MessageId,
    reply::{Act, Buttons, Limits, Outcome, Picture, Reply, ReplyState, Standing, join},
};

const SMALL: Limits = Limits { message: 200 };

/// What is adopted of messages that show this, numbered from 100 on; the last one may have a file.
fn adopted(contents: &[&str], has_file: bool) -> ReplyState {
    let last = contents.len() - 1;
    let stands = (0..).zip(contents).map(|(at, content)| Standing {
        message: MessageId(100 + at),
        content,
        has_file: has_file && at == last as u64,
    });
    let mut state = ReplyState::default();
    state.adopt(&stands.collect::<Vec<_>>());
    state
}

/// Another reply fails in these messages: what it does.
fn fails(mut reply: Reply) -> Vec<Act> {
    let retry = Buttons {
        retry: true,
        ..Buttons::NONE
    };
    reply.offer(Buttons::STOP, retry);
    reply.finish(&["it failed".to_owned()], ms(9));
    let mut acts = Vec::new();
    while let Some(act) = reply.act() {
        acts.push(act.clone());
        reply.done(match act {
            Act::Create { .. } => Outcome::Created(MessageId(200)),
            Act::Edit { .. } => Outcome::Edited,
            Act::Delete { .. } => Outcome::Deleted,
            Act::Find { .. } => Outcome::Missing,
        });
    }
    acts
}

proptest! {
    #![proptest_config(texts::config(200))]

    #[test]
    // Nothing tells that code was a table, with a head that is shown again.
    fn words_that_were_read_stay_in_their_messages(words in texts::sensible().prop_filter("a table", |text| !text.contains("---|---")), limit in 300_usize..900) {
        let limits = Limits { message: limit };
        let (mut reply, mut screen) = (Reply::new(limits), Screen::new(limits));
        let chars: Vec<char> = words.chars().collect();
        for piece in chars.chunks(40) {
            reply.push(&text(&piece.iter().collect::<String>()), ms(0));
            screen.settle(&mut reply);
        }
        reply.push(&finish(0), ms(0));
        reply.finish(&[], ms(1));
        screen.settle(&mut reply);
        let before: Vec<String> = screen.shown().into_iter().map(str::to_owned).collect();
        let contents: Vec<&str> = before.iter().map(String::as_str).collect();
        let mut state = adopted(&contents, false);
        for (part, shown) in state.parts.iter_mut().zip(&screen.messages) {
            (part.message, part.part) = (Some(shown.id), shown.part);
        }
        let mut again = Reply::resume(limits, state);
        again.remake(&join(&contents), false);
        again.finish(&[], ms(2));
        screen.repeats = true;
        screen.settle(&mut again);
        prop_assert_eq!(screen.shown(), before);
    }
}

#[test]
fn what_is_attached_to_words_that_were_read_stays() {
    let contents = ["See `x^{a^b}`⁽¹⁾.", "And on.\n-# it failed"];
    for is_read in [true, false] {
        let state = ReplyState {
            is_read,
            ..adopted(&contents, false)
        };
        let mut reply = Reply::resume(SMALL, state);
        reply.draw_formulas();
        reply.remake(&join(&contents), false);
        let acts = fails(reply);
        let stays = |act: &Act| {
            matches!(
                act,
                Act::Edit {
                    picture: Picture::Stays,
                    ..
                }
            )
        };
        assert_eq!(acts.iter().all(stays), is_read, "{acts:#?}");
        assert_eq!(acts.len(), 2);
    }
}

#[test]
fn other_words_take_away_what_was_attached_to_those_that_were_read() {
    let state = ReplyState {
        is_read: true,
        ..adopted(&["See `x^{a^b}`⁽¹⁾."], false)
    };
    let mut reply = Reply::resume(SMALL, state);
    reply.draw_formulas();
    reply.remake("See `x^{a^b}`⁽¹⁾.", false);
    reply.push(&text("It is blue."), ms(1));
    let acts = fails(reply);
    let is_bare = |act: &Act| matches!(act, Act::Edit { picture: Picture::Becomes(none), .. } if none.is_empty());
    assert!(acts.iter().all(is_bare), "{acts:#?}");
}

#[test]
fn what_was_read_is_known_as_read_until_other_words_have_ended() {
    let contents = [(MessageId(100), "See `x^{a^b}`⁽¹⁾.".to_owned())];
    let left = |file: Option<&str>| {
        let state = adopted(&[contents[0].1.as_str()], false);
        let mut reply = Reply::resume(SMALL, state);
        reply.read(&contents, file);
        reply
    };
    assert!(!left(Some("See \\(x^{a^b}\\). And on.")).state().is_read);
    let mut reply = left(None);
    assert!(reply.state().is_read);
    reply.finish(&[], ms(1));
    assert!(reply.state().is_read);
    reply.restart();
    reply.push(&text("It is blue."), ms(2));
    assert!(reply.state().is_read);
    reply.finish(&[], ms(3));
    assert!(!reply.state().is_read);
}

#[test]
fn the_file_of_a_text_that_was_left_stays_with_its_message() {
    let whole = "The sea is blue. ".repeat(60);
    let line = "All of the text is in the file.";
    let mut reply = Reply::new(SMALL);
    reply.attach_after(2, line, "It goes on.");
    reply.push(&text(&whole), ms(0));
    reply.finish(&["interrupted".to_owned()], ms(1));
    let (mut contents, mut id) = (Vec::new(), 99);
    while let Some(act) = reply.act() {
        let Act::Create { content, .. } = act else {
            panic!("{act:?}");
        };
        id += 1;
        contents.push((MessageId(id), content));
        reply.done(Outcome::Created(MessageId(id)));
    }
    assert_eq!(contents.len(), 3);
    // Known from the store, or found by what stands there.
    let shown: Vec<&str> = contents
        .iter()
        .map(|(_, content)| content.as_str())
        .collect();
    for state in [reply.state(), adopted(&shown, true)] {
        let mut left = Reply::resume(SMALL, state);
        left.attach_after(2, line, "It goes on.");
        assert_eq!(left.unread().len(), 3);
        left.read(&contents, Some(&whole));
        assert_eq!(left.text(), "");
        let acts = fails(left);
        let edits = acts.iter().map(|act| {
            let Act::Edit {
                message,
                content: Some(content),
                picture,
                ..
            } = act
            else {
                panic!("{act:?}");
            };
            (*message, content.as_str(), picture)
        });
        let edits: Vec<_> = edits.collect();
        assert!(
            edits
                .iter()
                .take(2)
                .all(|(id, content, _)| contents.contains(&(*id, (*content).to_owned())))
        );
        let last = "-# All of the text is in the file.\n-# it failed";
        assert_eq!(edits.last(), Some(&(MessageId(102), last, &Picture::Stays)));
    }
}

#[test]
fn a_file_that_nobody_has_read_stays_and_notices_stand_behind_it() {
    let state = adopted(&["The sea", "-# All of the text is in the file."], true);
    let acts = fails(Reply::resume(SMALL, state));
    let kept = |act: &Act| {
        !matches!(
            act,
            Act::Delete { .. }
                | Act::Edit {
                    content: Some(_),
                    ..
                }
        )
    };
    assert!(acts.iter().all(kept), "{acts:#?}");
    let created =
        |act: &&Act| matches!(act, Act::Create { content, .. } if content == "-# it failed");
    assert_eq!(acts.iter().filter(created).count(), 1);
}
