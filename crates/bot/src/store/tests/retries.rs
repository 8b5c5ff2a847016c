//! Answers that failed and are tried once more, also where the store had lost them.

use kaiwa_core::error::{ModelError, TurnError};

use super::*;

fn cut() -> TurnError {
    ModelError::Cut.into()
}

#[tokio::test]
async fn an_answer_that_failed_is_tried_once_more_and_its_text_is_known() {
    let store = Store::open_in_memory().await.unwrap();
    let (first, second) = (says(100, ADA, "the sea?"), says(101, BEN, "and the sky?"));
    assert_eq!(store.retry(first.id).await.unwrap(), Retried::Unknown);
    begin(&store, &first, 50, in_thread(50)).await;
    begin(&store, &second, 50, in_thread(50)).await;
    assert_eq!(store.retry(first.id).await.unwrap(), Retried::UnderWay);
    let claim = claimed(&store, 50).await;
    assert_eq!(claim.before, None);
    assert_eq!(store.retry(second.id).await.unwrap(), Retried::UnderWay);
    store.save_reply(&claim.fence, &state("{}")).await.unwrap();
    let parts = [answers(102, 100, "Both ")];
    store
        .save_reply(&claim.fence, &holding(&parts))
        .await
        .unwrap();
    store
        .fail(&claim.fence, &cut(), Shown::default())
        .await
        .unwrap();

    // The button names the newest question; the turn is that of the first.
    let Retried::Queued(ask) = store.retry(second.id).await.unwrap() else {
        panic!("it waits again");
    };
    assert_eq!(ask.message, first.id);
    assert_eq!(store.retry(second.id).await.unwrap(), Retried::UnderWay);
    let again = claimed(&store, 50).await;
    assert_eq!(messages_of(&again.asks), [100, 101]);
    assert_eq!(again.reply.as_deref(), Some("{}"));
    let before = Before {
        text: "Both ".to_owned(),
        is_whole: false,
    };
    assert_eq!(again.before, Some(before));
    store
        .finish(&again.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    assert_eq!(store.retry(first.id).await.unwrap(), Retried::Answered);
}

#[tokio::test]
async fn what_was_made_again_unbeknown_to_the_store_ends_beside_a_turn_that_runs() {
    let store = Store::open_in_memory().await.unwrap();
    let (first, second) = (says(100, ADA, "the sea?"), says(101, BEN, "and the sky?"));
    begin(&store, &first, 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    store
        .fail(&claim.fence, &cut(), Shown::default())
        .await
        .unwrap();
    begin(&store, &second, 50, in_thread(50)).await;
    let running = claimed(&store, 50).await;
    let taken = || {
        Right::Again(Taken {
            conversation: ConversationId(50),
            asks: vec![MessageId(100)],
        })
    };
    store.finish(taken(), ANSWERED, state("{}")).await.unwrap();
    assert_eq!(store.retry(first.id).await.unwrap(), Retried::Answered);
    assert_eq!(store.versions(first.id).await.unwrap().len(), 1);
    store
        .finish(&running.fence, ANSWERED, Shown::default())
        .await
        .unwrap();

    // A process that stops meanwhile leaves it to the next one.
    store.release(taken(), state("{}")).await.unwrap();
    let again = claimed(&store, 50).await;
    assert_eq!(messages_of(&again.asks), [100]);
    assert_eq!(again.reply.as_deref(), Some("{}"));
}

#[tokio::test]
async fn ten_presses_at_once_are_one_retry() {
    let store = Store::open_in_memory().await.unwrap();
    let asked = says(100, ADA, "the sea?");
    begin(&store, &asked, 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    store
        .fail(&claim.fence, &cut(), Shown::default())
        .await
        .unwrap();
    let presses = (0..10).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.retry(MessageId(100)).await.unwrap() })
    });
    let mut queued = 0;
    for press in presses.collect::<Vec<_>>() {
        queued += usize::from(matches!(press.await.unwrap(), Retried::Queued(_)));
    }
    assert_eq!(queued, 1);
}

#[tokio::test]
async fn a_question_that_is_deleted_or_forgotten_is_told_from_one_that_failed() {
    let store = Store::open_in_memory().await.unwrap();
    for (id, conversation) in [(100, 50), (200, 60)] {
        begin(
            &store,
            &says(id, ADA, "the sea?"),
            conversation,
            in_thread(conversation),
        )
        .await;
        let claim = claimed(&store, conversation).await;
        store
            .fail(&claim.fence, &cut(), Shown::default())
            .await
            .unwrap();
    }
    let deleted = store.deleted(ChannelId(50), &[MessageId(100)]).await;
    assert_eq!(deleted.unwrap().len(), 1);
    assert_eq!(store.retry(MessageId(100)).await.unwrap(), Retried::Deleted);
    store.channel_gone(ChannelId(60)).await.unwrap();
    assert_eq!(store.retry(MessageId(200)).await.unwrap(), Retried::Unknown);
}

#[tokio::test]
async fn a_question_found_again_on_discord_goes_on_in_its_messages() {
    let store = Store::open_in_memory().await.unwrap();
    let said = says(100, ADA, "the sea?");
    let ask = asks(&said, 50, in_thread(50));
    let found = Found {
        ask: &ask,
        said: &said,
        reply: "{}",
        text: "The sea",
    };
    assert!(store.begin_again(&found).await.unwrap());
    assert!(
        !store.begin_again(&found).await.unwrap(),
        "it waits already"
    );
    let claim = claimed(&store, 50).await;
    assert_eq!(claim.reply.as_deref(), Some("{}"));
    assert_eq!(claim.before.unwrap().text, "The sea");
    assert!(
        !store.begin_again(&found).await.unwrap(),
        "it is answered now"
    );
    store
        .fail(&claim.fence, &cut(), Shown::default())
        .await
        .unwrap();
    // A place that came back: its turns are known, what was said in it is not.
    store.channel_gone(ChannelId(50)).await.unwrap();
    assert!(store.begin_again(&found).await.unwrap());
    let loaded = store.load(ConversationId(50), FAR).await.unwrap().unwrap();
    assert_eq!(loaded.conversation.said, std::slice::from_ref(&said));
}
