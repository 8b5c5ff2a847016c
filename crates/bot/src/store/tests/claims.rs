//! Who gets a turn, when several want it, and which questions it answers.

use std::{collections::BTreeSet, future::Future};

use kaiwa_core::{
    button::Presser,
    error::TurnError,
    missed::{By, Later},
};

use super::*;

/// Does the same ten times at once, on several threads.
async fn ten_at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    store: &Store,
    work: impl Fn(Store) -> F,
) -> Vec<T> {
    let tasks: Vec<_> = (0..10).map(|_| tokio::spawn(work(store.clone()))).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_event_told_ten_times_at_once_is_one_turn() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    let begun = ten_at_once(&store, async |store| {
        let said = says(100, ADA, "what color is the sea?");
        store
            .begin_turn(&asks(&said, 100, opens_thread()), &said)
            .await
            .unwrap()
    })
    .await;
    let new = begun.iter().filter(|begun| matches!(begun, Begun::New(_)));
    assert_eq!(new.count(), 1);
    assert_eq!(loaded(&store, 100).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_ten_claims_gets_the_turn() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    for message in [100, 101, 102] {
        begin(&store, &says(message, ADA, "hello"), 50, in_thread(50)).await;
    }
    let claims = ten_at_once(&store, async |store| {
        store.claim(ConversationId(50)).await.unwrap()
    })
    .await;
    let mut claims: Vec<_> = claims.into_iter().flatten().collect();
    let claim = claims.pop().unwrap();
    assert!(claims.is_empty());
    assert_eq!(messages_of(&claim.asks), [100, 101, 102]);
    assert_eq!(claim.fence.turn(), MessageId(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_at_once_take_each_later_question_in_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let fence = Arc::new(claimed(&store, 50).await.fence);
    for message in 101..120 {
        begin(&store, &says(message, ADA, "and"), 50, in_thread(50)).await;
    }
    let absorbed = ten_at_once(&store, move |store| {
        let fence = Arc::clone(&fence);
        async move { messages_of(&store.absorb(&fence).await.unwrap()) }
    })
    .await;
    assert_eq!(absorbed.concat(), (101..120).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_worker_that_was_given_up_can_not_write() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let lost = claimed(&store, 50).await.fence;
    store.abandoned(ConversationId(50)).await.unwrap();
    let fenced = [
        store.save_reply(&lost, &state("{}")).await,
        store
            .save_reply(&lost, &holding(&[answers(101, 100, "Hi")]))
            .await,
        store
            .settle_home(&lost, Settled::Chain { channel: GENERAL })
            .await,
        store.absorb(&lost).await.map(drop),
        store.finish(&lost, ANSWERED, Shown::default()).await,
        store
            .fail(&lost, &kaiwa_core::error::TurnError::Gone, Shown::default())
            .await,
        store.release(&lost, Shown::default()).await,
    ];
    for written in fenced {
        assert!(matches!(written, Err(StoreError::Fenced)), "{written:?}");
    }
    assert_eq!(loaded(&store, 50).await, ["100 7: hello"]);

    let fence = claimed(&store, 50).await.fence;
    store.save_reply(&fence, &state("{}")).await.unwrap();
    assert!(matches!(
        store.save_reply(&lost, &state("{}")).await,
        Err(StoreError::Fenced)
    ));
    store
        .finish(&fence, ANSWERED, Shown::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_turn_left_before_its_first_word_takes_everything_in_and_a_later_one_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    begin(&store, &says(100, ADA, "one"), 50, in_thread(50)).await;
    begin(&store, &says(101, ADA, "two"), 50, in_thread(50)).await;
    claimed(&store, 50).await;
    begin(&store, &says(102, ADA, "three"), 50, in_thread(50)).await;
    drop(store);

    let store = Store::open(directory.path(), BOT).await.unwrap();
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [100, 101, 102]);
    store.save_reply(&claim.fence, &state("{}")).await.unwrap();
    begin(&store, &says(103, ADA, "four"), 50, in_thread(50)).await;
    drop(store);

    let store = Store::open(directory.path(), BOT).await.unwrap();
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [100, 101, 102]);
    assert_eq!(
        messages_of(&store.absorb(&claim.fence).await.unwrap()),
        [103]
    );
}

#[tokio::test]
async fn an_older_question_that_joined_later_does_not_put_the_answer_in_front_of_the_newer_one() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(105, ADA, "again?"), 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    // It was missed, and is read back only now.
    begin(&store, &says(100, ADA, "well?"), 50, in_thread(50)).await;
    assert_eq!(
        messages_of(&store.absorb(&claim.fence).await.unwrap()),
        [100]
    );
    let shown = Shown {
        parts: vec![answers(106, 105, "Yes.")],
        ..state("{}")
    };
    store.finish(&claim.fence, ANSWERED, shown).await.unwrap();
    begin(&store, &says(107, ADA, "thanks"), 50, in_thread(50)).await;
    let loaded = store.load(ConversationId(50), FAR).await.unwrap();
    let said = loaded.expect("the conversation is known").conversation.said;
    assert!(
        said.iter().any(|said| matches!(
            said.by,
            Speaker::Me {
                answers: Some(MessageId(105))
            }
        )),
        "{said:?}"
    );
}

#[tokio::test]
async fn those_that_joined_a_question_that_was_taken_back_or_put_off_wait_for_themselves() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "one"), 50, in_thread(50)).await;
    begin(&store, &says(101, BEN, "two"), 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    store.release(&claim.fence, Shown::default()).await.unwrap();
    assert_eq!(
        store.turn(MessageId(101)).await.unwrap(),
        Some(Turn::Queued)
    );

    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [100, 101]);
    store
        .deleted(ChannelId(50), &[MessageId(100)])
        .await
        .unwrap();
    assert_eq!(
        store.turn(MessageId(100)).await.unwrap(),
        Some(Turn::Running),
        "its worker ends it"
    );
    store
        .finish(&claim.fence, TurnEnd::Withdrawn, Shown::default())
        .await
        .unwrap();
    assert_eq!(messages_of(&claimed(&store, 50).await.asks), [101]);
}

#[tokio::test]
async fn an_answer_that_was_begun_and_put_off_is_ended_by_a_worker_though_its_question_is_gone() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "one"), 50, in_thread(50)).await;
    let fence = claimed(&store, 50).await.fence;
    store.save_reply(&fence, &state("{}")).await.unwrap();
    store.release(&fence, Shown::default()).await.unwrap();
    store
        .deleted(ChannelId(50), &[MessageId(100)])
        .await
        .unwrap();
    let claim = claimed(&store, 50).await;
    assert_eq!(
        claim.reply.as_deref(),
        Some("{}"),
        "half an answer stands there"
    );
}

#[tokio::test]
async fn a_question_that_can_not_be_read_does_not_block_the_next() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "one"), 50, in_thread(50)).await;
    begin(&store, &says(101, ADA, "two"), 50, in_thread(50)).await;
    raw(
        &store,
        "UPDATE turns SET question = '{\"of\": \"another version\"}' WHERE ask = 100",
    )
    .await;
    assert_eq!(messages_of(&claimed(&store, 50).await.asks), [101]);
    let given_up = store.turn(MessageId(100)).await;
    assert!(
        matches!(given_up, Err(StoreError::Other { .. })),
        "{given_up:?}"
    );
}

#[tokio::test]
async fn what_was_read_back_is_told_from_what_was_heard() {
    let store = Store::open_in_memory().await.unwrap();
    let heard = says(100, ADA, "heard");
    begin(&store, &heard, 1, in_thread(1)).await;
    let missed = says(101, BEN, "missed");
    let ask = asks(&missed, 1, in_thread(1));
    store.begin_missed(&ask, &missed).await.unwrap();
    assert_eq!(
        store.begin_missed(&ask, &missed).await.unwrap(),
        Begun::Known
    );
    store
        .note(ConversationId(1), &replies(102, BEN, 100, "no"))
        .await
        .unwrap();
    let known = store.known(ConversationId(1)).await.unwrap();
    assert_eq!(known.newest, Some(MessageId(102)));
    assert_eq!(known.waiting, [MessageId(100), MessageId(101)]);
    let claim = claimed(&store, 1).await;
    assert_eq!(claim.missed, [MessageId(101)]);
    let conversation = ConversationId(1);
    store
        .save_reply(&claim.fence, &holding(&[answers(103, 100, "yes")]))
        .await
        .unwrap();
    store
        .finish(&claim.fence, TurnEnd::PassedBy, Shown::default())
        .await
        .unwrap();
    let read_back = Said {
        by: Speaker::Me { answers: None },
        ..says(99, ADA, "from elsewhere")
    };
    store
        .add_history(
            conversation,
            store.mark(),
            &[read_back],
            &[],
            History::Whole,
        )
        .await
        .unwrap();
    // Of these the store has one that holds words of an answer.
    let newer = |words: [u64; 2]| {
        let words = words.map(MessageId).to_vec();
        store.newer_than_known(conversation, words)
    };
    assert_eq!(newer([99, 103]).await.unwrap(), Some(MessageId(99)));
    assert_eq!(newer([103, 103]).await.unwrap(), None);

    let later = store
        .later(ConversationId(1), MessageId(100))
        .await
        .unwrap();
    let by = |id| By::Other(id);
    assert_eq!(
        later,
        [
            Later {
                by: by(BEN),
                asks: true,
                replies_to: None
            },
            Later {
                by: by(BEN),
                asks: false,
                replies_to: Some(MessageId(100))
            },
            Later {
                by: By::Me {
                    answers: Some(MessageId(100))
                },
                asks: false,
                replies_to: None
            },
        ]
    );
    assert_eq!(store.used_channels(GUILD, 60_000).await.unwrap(), []);
    begin(&store, &says(200, ADA, "sea"), 200, opens_thread()).await;
    assert_eq!(store.used_channels(GUILD, 60_000).await.unwrap(), [GENERAL]);
    // One that began long ago and goes on.
    raw(&store, "UPDATE conversations SET created = 0").await;
    assert_eq!(store.used_channels(GUILD, 60_000).await.unwrap(), []);
    let now = MessageId::first_at(u64::try_from(now_ms()).unwrap());
    let said = says(now.0, ADA, "and the sky?");
    store.note(ConversationId(200), &said).await.unwrap();
    assert_eq!(store.used_channels(GUILD, 60_000).await.unwrap(), [GENERAL]);
    assert_eq!(store.direct_channels(9).await.unwrap(), []);
    assert_eq!(store.lively_threads(GUILD, 60_000, 9).await.unwrap(), []);
    let lively = store.lively_threads(GUILD, i64::MAX, 9).await.unwrap();
    assert_eq!(lively, [(ChannelId(1), ConversationId(1))]);
}

#[tokio::test]
async fn who_wants_an_answer_to_end_is_kept_until_somebody_works_on_it() {
    let store = Store::open_in_memory().await.unwrap();
    let ben = Presser {
        id: BEN,
        name: "Ben".to_owned(),
        locale: Locale::Ja,
    };
    assert!(
        !store.stop(MessageId(100), &ben).await.unwrap(),
        "never asked"
    );
    begin(
        &store,
        &says(100, ADA, "what color is the sea?"),
        50,
        in_thread(50),
    )
    .await;
    begin(&store, &says(101, ADA, "and the sky?"), 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    assert_eq!(claim.stopped, None);
    // One of the questions stands for all that are answered together.
    assert!(store.stop(MessageId(101), &ben).await.unwrap());
    store.release(&claim.fence, state("1")).await.unwrap();
    let claim = claimed(&store, 50).await;
    assert_eq!(claim.stopped.as_ref(), Some(&ben));
    let error = TurnError::BrokeOff;
    store
        .fail(&claim.fence, &error, Shown::default())
        .await
        .unwrap();
    assert!(
        !store.stop(MessageId(100), &ben).await.unwrap(),
        "it has ended"
    );
    // The next version of it begins without.
    store.retry(MessageId(101)).await.unwrap();
    assert_eq!(claimed(&store, 50).await.stopped, None);
}

#[tokio::test]
async fn what_is_answered_again_is_no_part_of_a_later_turn() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "the sea?"), 50, in_thread(50)).await;
    let first = claimed(&store, 50).await.fence;
    store.save_reply(&first, &state("{}")).await.unwrap();
    store
        .finish(&first, ANSWERED, Shown::default())
        .await
        .unwrap();
    begin(&store, &says(101, ADA, "the sky?"), 50, in_thread(50)).await;
    let second = claimed(&store, 50).await.fence;
    let edited = edit(&store, MessageId(100), "the lake?", &[]).await;
    assert_eq!(edited.again, Some(ConversationId(50)));
    begin(&store, &says(102, ADA, "at night"), 50, in_thread(50)).await;
    assert_eq!(messages_of(&store.absorb(&second).await.unwrap()), [102]);
    store
        .finish(&second, ANSWERED, Shown::default())
        .await
        .unwrap();
    begin(&store, &says(103, ADA, "and the grass?"), 50, in_thread(50)).await;
    let again = claimed(&store, 50).await;
    assert_eq!(messages_of(&again.asks), [100]);
}

#[tokio::test]
async fn what_was_taken_back_while_nobody_worked_on_it_is_claimed_as_such() {
    let store = Store::open_in_memory().await.unwrap();
    let (sea, sky) = (says(100, ADA, "the sea?"), says(101, BEN, "and the sky?"));
    begin(&store, &sea, 50, in_thread(50)).await;
    begin(&store, &sky, 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    assert!(!claim.withdrawn);
    let shown = Shown {
        parts: vec![answers(102, 100, "Bl")],
        ..state("{}")
    };
    store.release(&claim.fence, shown).await.unwrap();
    let known = store.known(ConversationId(50)).await.unwrap();
    assert_eq!(known.waiting, [MessageId(100), MessageId(101)]);
    store
        .deleted(ChannelId(50), &[MessageId(100)])
        .await
        .unwrap();
    let claim = claimed(&store, 50).await;
    assert!(claim.withdrawn);
    let end = TurnEnd::Withdrawn;
    store
        .finish(&claim.fence, end, Shown::default())
        .await
        .unwrap();
    // What was asked along with it waits for itself.
    let claim = claimed(&store, 50).await;
    assert_eq!(
        (messages_of(&claim.asks), claim.withdrawn),
        (vec![101], false)
    );
}

#[tokio::test]
async fn messages_of_other_answers_are_known() {
    let store = Store::open_in_memory().await.unwrap();
    let asked = [(100, "the sea?"), (110, "the sky?"), (120, "the grass?")];
    for (id, text) in asked {
        begin(&store, &says(id, ADA, text), 50, in_thread(50)).await;
        let claim = claimed(&store, 50).await;
        let shown = match id {
            // Words, small print alone, and words that are being written.
            100 => holding(&[answers(101, 100, "Blue.")]),
            110 => state(r#"{"parts":[{"message":"111"}]}"#),
            _ => Shown {
                parts: vec![answers(121, 120, "Gr")],
                ..state(r#"{"parts":[{"message":"121"}]}"#)
            },
        };
        store.save_reply(&claim.fence, &shown).await.unwrap();
        if id != 120 {
            let end = store.finish(&claim.fence, ANSWERED, Shown::default());
            end.await.unwrap();
            continue;
        }
        let here = [Said {
            by: Speaker::Me { answers: None },
            ..says(90, ADA, "Welcome!")
        }];
        let conversation = ConversationId(50);
        let read = store.add_history(conversation, store.mark(), &here, &[], History::Whole);
        read.await.unwrap();
        let others = async |unkept| {
            let all = [90, 101, 111, 121, 122].map(MessageId).to_vec();
            let others = store.of_others(&claim.fence, all, unkept).await;
            BTreeSet::from_iter(others.unwrap())
        };
        assert_eq!(others(false).await, [90, 101, 111].map(MessageId).into());
        // What was read back may be a part of it.
        assert_eq!(others(true).await, [101, 111].map(MessageId).into());
    }
}

#[tokio::test]
async fn what_a_later_answer_has_seen_ends_with_it_and_only_where_that_one_answers() {
    let store = Store::open_in_memory().await.unwrap();
    let missed = |thread: u64| {
        let said = says(thread + 5, ADA, "missed");
        (asks(&said, thread, in_thread(thread)), said)
    };
    // It was read back for the answer to a later question, of which something can be seen.
    let seen_by_later = async |thread: u64| {
        begin(
            &store,
            &says(thread + 10, BEN, "later"),
            thread,
            in_thread(thread),
        )
        .await;
        let conversation = ConversationId(thread);
        store.note(conversation, &missed(thread).1).await.unwrap();
        let fence = claimed(&store, thread).await.fence;
        store.save_reply(&fence, &state("{}")).await.unwrap();
        fence
    };
    let again = async |thread: u64| {
        let (ask, said) = missed(thread);
        store.begin_missed(&ask, &said).await.unwrap()
    };
    let turn = async |thread: u64| store.turn(MessageId(thread + 5)).await.unwrap();

    let fence = seen_by_later(100).await;
    store
        .fail(&fence, &TurnError::Gone, Shown::default())
        .await
        .unwrap();
    assert!(matches!(again(100).await, Begun::New(_)));
    let fence = seen_by_later(200).await;
    store
        .finish(&fence, TurnEnd::Withdrawn, Shown::default())
        .await
        .unwrap();
    assert!(matches!(again(200).await, Begun::New(_)));
    let fence = seen_by_later(300).await;
    let by = TurnEnd::Stopped { by: BEN };
    store.finish(&fence, by, Shown::default()).await.unwrap();
    assert!(matches!(again(300).await, Begun::New(_)));

    let fence = seen_by_later(400).await;
    assert_eq!(again(400).await, Begun::Known);
    let leader = MessageId(410);
    assert_eq!(turn(400).await, Some(Turn::Joined { leader }));
    store
        .fail(&fence, &TurnError::Gone, Shown::default())
        .await
        .unwrap();
    assert_eq!(turn(400).await, Some(Turn::Failed(TurnError::Gone)));
    store.retry(leader).await.unwrap();
    assert_eq!(messages_of(&claimed(&store, 400).await.asks), [405, 410]);

    let fence = seen_by_later(500).await;
    store
        .finish(&fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    assert_eq!(again(500).await, Begun::Known);
    assert_eq!(turn(500).await, Some(Turn::Done(ANSWERED)));
    assert_eq!(again(500).await, Begun::Known, "told once more");
    // Whoever edits it has both answered again.
    edit(&store, MessageId(505), "missed by far", &[]).await;
    assert_eq!(messages_of(&claimed(&store, 500).await.asks), [505, 510]);
}
