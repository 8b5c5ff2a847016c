//! What was answered by processes that had no store.

use kaiwa_core::given::Answers;

use super::*;

/// Somebody asks in reply to one message; the question must be new.
async fn asks(store: &Store, id: u64, author: UserId, text: &str) -> Ask {
    begin(
        store,
        &replies(id, author, 60, text),
        60,
        in_chain(Some(60)),
    )
    .await
}

#[tokio::test]
async fn what_an_earlier_process_answered_without_the_store_is_not_claimed() {
    let store = Store::open_in_memory().await.unwrap();
    let here = ConversationId(60);
    for (id, author, text) in [
        (100, ADA, "why?"),
        (101, BEN, "how?"),
        (102, ADA, "really?"),
    ] {
        asks(&store, id, author, text).await;
    }
    // One that has waited since before this run is for whoever claims it, unless its answer is there.
    let earlier = asks(&store, 98, ADA, "hm").await;
    asks(&store, 99, ADA, "hm?").await;
    raw(&store, "UPDATE turns SET told = 0 WHERE ask < 100").await;
    let answered = || Answers {
        answered: [99, 102].map(MessageId).into(),
        in_words: [99, 102].map(MessageId).into(),
        ..Answers::default()
    };
    store
        .were_answered(here, answered(), Vec::new())
        .await
        .unwrap();
    for ask in [99, 100, 102] {
        let turn = store.turn(MessageId(ask)).await.unwrap();
        assert_eq!(turn, Some(Turn::Done(ANSWERED)), "{ask}");
    }
    let claim = claimed(&store, 60).await;
    assert_eq!(claim.asks, [earlier]);
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    // What somebody has begun with is theirs.
    let claim = claimed(&store, 60).await;
    assert_eq!(messages_of(&claim.asks), [101]);
    let all = Answers {
        answered: [101].map(MessageId).into(),
        ..Answers::default()
    };
    store.were_answered(here, all, Vec::new()).await.unwrap();
    let turn = store.turn(MessageId(101)).await.unwrap();
    assert_eq!(turn, Some(Turn::Running));
}

#[tokio::test]
async fn what_earlier_processes_began_without_the_store_is_claimed_each_for_itself() {
    let store = Store::open_in_memory().await.unwrap();
    let here = ConversationId(50);
    for (id, text) in [
        (100, "the sea?"),
        (110, "by day?"),
        (120, "the sky?"),
        (130, "the grass?"),
    ] {
        begin(&store, &says(id, ADA, text), 50, in_thread(50)).await;
    }
    let begun = || [110, 120].map(MessageId).into();
    let reply = || r#"{"parts":[]}"#.to_owned();
    store.were_begun(here, begun(), reply()).await.unwrap();
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [100, 110]);
    assert_eq!(claim.reply, Some(reply()));
    // Told again while one of them is being worked on, it is no news.
    store.were_begun(here, begun(), reply()).await.unwrap();
    let end = store.finish(&claim.fence, ANSWERED, Shown::default());
    end.await.unwrap();
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [120]);
    assert_eq!(claim.reply, Some(reply()));
    // What was begun while somebody else had died over an answer is found as well.
    let late = [130].map(MessageId).into();
    store.were_begun(here, late, reply()).await.unwrap();
    let end = store.finish(&claim.fence, ANSWERED, Shown::default());
    end.await.unwrap();
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [130]);
    assert_eq!(claim.reply, Some(reply()));
}
