//! Threads that may still get a title.

use super::*;
use crate::store::Untitled;

/// A thread on message 100 that was opened under the first line of its question.
async fn opened(store: &Store, question: &Said) {
    begin(store, question, 100, opens_thread()).await;
    let fence = claimed(store, 100).await.fence;
    let opened = Settled::Opened {
        thread: ChannelId(100),
        untitled: Some("the sea".to_owned()),
    };
    store.settle_home(&fence, opened).await.unwrap();
}

async fn untitled(store: &Store) -> Option<Untitled> {
    store.untitled(ConversationId(100)).await.unwrap()
}

#[tokio::test]
async fn a_thread_gets_a_title_once() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(90, ADA, "hello"), 90, in_thread(90)).await;
    assert_eq!(store.untitled(ConversationId(90)).await.unwrap(), None);
    opened(&store, &says(100, ADA, "the sea")).await;
    let thread = Untitled {
        thread: ChannelId(100),
        guild: Some(GUILD),
        name: "the sea".to_owned(),
    };
    assert_eq!(untitled(&store).await, Some(thread));
    let tries = async || store.try_title(ConversationId(100), 2).await.unwrap();
    assert_eq!(
        [tries().await, tries().await, tries().await],
        [true, true, false]
    );
    assert!(untitled(&store).await.is_some());
    assert!(store.try_title(ConversationId(100), 4).await.unwrap());
    store.titled(ConversationId(100)).await.unwrap();
    assert!(!store.try_title(ConversationId(100), 4).await.unwrap());
    assert_eq!(untitled(&store).await, None);
}

#[tokio::test]
async fn what_is_taken_back_gives_no_title() {
    for gone in ["question", "quoted", "channel", "guild"] {
        let store = Store::open_in_memory().await.unwrap();
        let question = match gone {
            "quoted" => Said {
                quoted: Some(quoted(BEN, "the sea")),
                ..replies(100, ADA, 80, "")
            },
            _ => says(100, ADA, "the sea"),
        };
        opened(&store, &question).await;
        let others = [MessageId(70), MessageId(101)];
        store.deleted(GENERAL, &others).await.unwrap();
        assert!(untitled(&store).await.is_some());
        match gone {
            "question" => drop(store.deleted(GENERAL, &[MessageId(100)]).await.unwrap()),
            "quoted" => drop(store.deleted(GENERAL, &[MessageId(80)]).await.unwrap()),
            "channel" => drop(store.channel_gone(ChannelId(100)).await.unwrap()),
            _ => drop(store.guild_gone(GUILD).await.unwrap()),
        }
        assert_eq!(untitled(&store).await, None, "{gone}");
    }
}
