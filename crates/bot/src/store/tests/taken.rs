//! Questions that are answered although they can't be claimed.

use kaiwa_core::error::TurnError;

use super::*;
use crate::store::Taken;

const HERE: ConversationId = ConversationId(50);

/// A turn that a process died over, and two questions that this run was told since.
async fn left_and_two_more() -> Store {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "the sea?"), 50, in_thread(50)).await;
    claimed(&store, 50).await;
    store.abandoned(HERE).await.unwrap();
    for (id, text) in [(101, "and the sky?"), (102, "and the grass?")] {
        begin(&store, &says(id, ADA, text), 50, in_thread(50)).await;
    }
    let waiting = store.waiting(HERE).await.unwrap();
    let waiting: Vec<u64> = waiting.iter().map(|(ask, _)| ask.message.0).collect();
    assert_eq!(waiting, [101, 102]);
    store
}

fn both() -> Taken {
    Taken {
        conversation: HERE,
        asks: [101, 102].map(MessageId).to_vec(),
    }
}

#[tokio::test]
async fn they_end_beside_a_turn_that_somebody_died_over() {
    let store = left_and_two_more().await;
    let shown = holding(&[answers(103, 101, "Blue and green.")]);
    store.finish(both(), ANSWERED, shown).await.unwrap();
    for ask in [101, 102] {
        let turn = store.turn(MessageId(ask)).await.unwrap();
        assert_eq!(turn, Some(Turn::Done(ANSWERED)), "{ask}");
    }
    assert!(
        loaded(&store, 50)
            .await
            .iter()
            .any(|said| said.contains("Blue and green."))
    );
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [100]);
    assert!(claim.left);
    // Ended twice, nothing is changed.
    store
        .fail(both(), &TurnError::Gone, Shown::default())
        .await
        .unwrap();
    let turn = store.turn(MessageId(102)).await.unwrap();
    assert_eq!(turn, Some(Turn::Done(ANSWERED)));
}

#[tokio::test]
async fn one_that_is_deleted_meanwhile_does_not_hold_up_the_others() {
    let store = left_and_two_more().await;
    store
        .deleted(ChannelId(50), &[MessageId(101)])
        .await
        .unwrap();
    store
        .finish(both(), ANSWERED, Shown::default())
        .await
        .unwrap();
    let turn = store.turn(MessageId(102)).await.unwrap();
    assert_eq!(turn, Some(Turn::Done(ANSWERED)));
    let turn = store.turn(MessageId(101)).await.unwrap();
    assert_eq!(turn, Some(Turn::Done(TurnEnd::Withdrawn)));
}

#[tokio::test]
async fn another_process_goes_on_with_what_is_shown() {
    let store = left_and_two_more().await;
    store.release(both(), state("{}")).await.unwrap();
    let left = claimed(&store, 50).await;
    assert_eq!(messages_of(&left.asks), [100]);
    store
        .finish(&left.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [101, 102]);
    assert_eq!(claim.reply.as_deref(), Some("{}"));
}
