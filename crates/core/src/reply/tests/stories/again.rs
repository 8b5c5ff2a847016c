//! What people see of an answer that is made once more, by this process or by another one, and of what they deleted.

use super::*;

#[test]
fn what_people_delete_stays_deleted() {
    let (mut reply, mut screen) = start();
    say(&mut reply, &words(20));
    screen.settle(&mut reply);
    screen.messages.clear();
    say(&mut reply, &format!(" and {}", words(40)));
    reply.finish(&["a notice".into()], ms(9));
    screen.settle(&mut reply);
    assert!(reply.is_settled());
    assert!(screen.messages.iter().all(|shown| shown.part > 0));
    assert!(screen.shown().last().unwrap().ends_with("-# a notice"));
    assert!(reply.state().parts[0].deleted);
    assert!(reply.parts().all(|part| part.message != MessageId(101)));

    // A placeholder had no words: the first ones get a message of their own.
    let (mut reply, mut screen) = start();
    reply.thinking("still thinking", ms(15));
    screen.settle(&mut reply);
    screen.messages.clear();
    say(&mut reply, "Hello");
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["Hello"]);
    assert_eq!(screen.messages[0].part, 1, "another message, another nonce");
}

#[test]
fn an_answer_asked_anew_replaces_the_old_one_in_place() {
    let (mut reply, mut screen) = start();
    say(&mut reply, &words(100));
    screen.settle(&mut reply);
    let before: Vec<_> = screen.messages.iter().map(|shown| shown.id).collect();
    assert_eq!(before.len(), 4);
    reply.restart();
    assert_eq!((reply.text(), reply.want()), ("", None));
    assert!(reply.is_visible());
    say(&mut reply, "Short");
    screen.settle(&mut reply);
    assert_eq!(screen.shown()[0], "Short");
    assert_eq!(screen.messages.len(), 4, "surplus messages go at the end");
    reply.finish(&[], ms(9));
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["Short"]);
    assert_eq!(screen.messages[0].id, before[0]);
    assert!(reply.is_settled());
}

#[test]
fn an_answer_asked_anew_in_vain_stays() {
    let (mut reply, mut screen) = start();
    let said = format!("{} **half", words(50));
    say(&mut reply, &said);
    screen.settle(&mut reply);
    let before: Vec<String> = screen
        .shown()
        .iter()
        .map(|shown| shown.to_string())
        .collect();
    reply.restart();
    reply.finish(&["it failed".into()], ms(9));
    screen.settle(&mut reply);
    assert_eq!(reply.text(), said);
    assert_eq!(screen.shown()[0], before[0]);
    // Only what was closed for as long as it could go on is as it was said.
    let words = before[1].strip_suffix("**").unwrap();
    assert_eq!(screen.shown()[1], format!("{words}\n-# it failed"));
}

#[test]
fn the_same_words_again_take_no_call() {
    let (mut reply, mut screen) = start();
    say(&mut reply, "The same.");
    screen.settle(&mut reply);
    reply.restart();
    say(&mut reply, "The same.");
    reply.finish(&[], ms(9));
    screen.settle(&mut reply);
    assert_eq!((screen.calls, reply.is_settled()), (1, true));
    assert_eq!(owned(&reply), [(101, "The same.".to_owned())]);
}

#[test]
fn a_restart_while_a_message_is_being_posted_keeps_that_message() {
    let (mut reply, mut screen) = start();
    say(&mut reply, "Old");
    let act = reply.act().unwrap();
    reply.restart();
    say(&mut reply, "New");
    assert_eq!(reply.want(), None);
    let outcome = screen.perform(act);
    reply.done(outcome);
    screen.settle(&mut reply);
    assert_eq!(screen.shown(), ["New"]);
}

#[test]
fn a_new_process_goes_on_in_the_same_messages() {
    let (mut reply, mut screen) = start();
    say(&mut reply, &words(50));
    screen.settle(&mut reply);
    let stored = serde_json::to_string(&reply.state()).unwrap();
    insta::assert_snapshot!(stored, @r#"{"parts":[{"part":0,"message":"101","owns":{"start":0,"end":198},"deleted":false},{"part":1,"message":"102","owns":{"start":198,"end":299},"deleted":false}],"next":2}"#);
    let state: ReplyState = serde_json::from_str(&stored).unwrap();

    let mut reply = Reply::resume(SMALL, state.clone());
    assert!(reply.is_visible());
    assert_eq!(reply.state(), state);
    reply.thinking("still thinking", ms(1));
    assert_eq!(reply.want(), None, "old words stay");
    say(&mut reply, &format!("Now {}", words(80)));
    screen.settle(&mut reply);
    reply.finish(&[], ms(9));
    screen.settle(&mut reply);
    assert_eq!(screen.messages.len(), 3);
    assert!(screen.shown()[0].starts_with("Now"));
    assert_eq!(
        reply.parts().map(|part| part.text).collect::<String>(),
        reply.text()
    );

    // Where the new process gets no answer, the old words stay, with a word about it. It can't know their buttons.
    screen.repeats = true;
    let mut reply = Reply::resume(SMALL, reply.state());
    reply.finish(&["it failed".into()], ms(9));
    screen.settle(&mut reply);
    assert_eq!(screen.messages.len(), 4);
    assert_eq!(screen.shown()[3], "-# it failed");
}

#[test]
fn a_message_that_is_gone_again_never_lends_its_number_to_another() {
    let (mut reply, mut screen) = start();
    say(&mut reply, &words(80));
    screen.settle(&mut reply);
    reply.finish(&[], ms(1));
    screen.settle(&mut reply);
    // A shorter version takes the place of the first one, then a longer one that of the second.
    for (text, numbers) in [(words(5), vec![0]), (words(80), vec![0, 3, 4])] {
        reply = Reply::resume(SMALL, reply.state());
        say(&mut reply, &text);
        reply.finish(&[], ms(2));
        screen.settle(&mut reply);
        let state = reply.state();
        let held: Vec<u32> = state.parts.iter().map(|part| part.part).collect();
        assert_eq!(held, numbers);
    }
}
