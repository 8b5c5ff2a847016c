//! Reply chains outside threads: one conversation that is a tree.

use super::*;

/// Somebody asks in reply to a message; the question must be new.
async fn reply(store: &Store, id: u64, author: UserId, to: u64, text: &str) -> Ask {
    let said = replies(id, author, to, text);
    begin(store, &said, to, in_chain(Some(to))).await
}

#[tokio::test]
async fn a_reply_chain_is_one_conversation_with_an_answer_for_each_branch() {
    let store = Store::open_in_memory().await.unwrap();
    begin(
        &store,
        &says(100, ADA, "what color is the sea?"),
        100,
        opens_thread(),
    )
    .await;
    let fence = claimed(&store, 100).await.fence;
    // The thread can't be opened: the turn itself has a new home, also for the next process.
    store
        .settle_home(&fence, Settled::Chain { channel: GENERAL })
        .await
        .unwrap();
    store.save_reply(&fence, &state("{}")).await.unwrap();
    store.release(&fence, Shown::default()).await.unwrap();
    let Claim {
        fence, asks: again, ..
    } = claimed(&store, 100).await;
    assert_eq!(again[0].home, in_chain(None));
    assert!(store.known_channels().await.unwrap().is_empty());
    let parts = [answers(101, 100, "Blue, "), answers(102, 100, "mostly.")];
    store.save_reply(&fence, &holding(&parts)).await.unwrap();
    store
        .finish(&fence, ANSWERED, Shown::default())
        .await
        .unwrap();

    let first = reply(&store, 110, ADA, 102, "why?").await;
    assert_eq!(
        first.conversation,
        ConversationId(100),
        "the reply joins the chain"
    );
    reply(&store, 111, BEN, 101, "really?").await;
    reply(&store, 112, ADA, 102, "I mean, why blue?").await;
    let elsewhere = Home::Chain {
        channel: ChannelId(11),
        parent: Some(MessageId(102)),
    };
    let apart = begin(&store, &says(113, BEN, "hm"), 113, elsewhere).await;
    assert_eq!(
        apart.conversation,
        ConversationId(113),
        "another channel, another chain"
    );

    let claim = claimed(&store, 100).await;
    assert_eq!(
        messages_of(&claim.asks),
        [110, 112],
        "the same person to the same message"
    );
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    let claim = claimed(&store, 100).await;
    assert_eq!(messages_of(&claim.asks), [111]);
}

#[tokio::test]
async fn a_chain_is_its_ancestors_with_answers_and_questions_whole() {
    let store = Store::open_in_memory().await.unwrap();
    let here = ConversationId(100);
    let first = Said {
        quoted: Some(quoted(BEN, "far")),
        ..replies(100, ADA, 60, "what is this?")
    };
    begin(&store, &first, 100, in_chain(Some(60))).await;
    begin(
        &store,
        &replies(101, ADA, 60, "please"),
        100,
        in_chain(Some(60)),
    )
    .await;
    let fence = claimed(&store, 100).await.fence;
    let parts = [
        answers(103, 100, "A "),
        answers(104, 100, "very "),
        answers(105, 100, "long story"),
    ];
    store.save_reply(&fence, &holding(&parts)).await.unwrap();
    store
        .finish(&fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    // Two branches; the second is asked about.
    reply(&store, 110, BEN, 105, "nonsense").await;
    reply(&store, 111, ADA, 104, "go on").await;

    let chain = store
        .load_chain(here, MessageId(111), FAR)
        .await
        .unwrap()
        .unwrap();
    insta::assert_snapshot!(lines(&chain.conversation.said).join("\n"), @r"
    100 7: what is this?
    101 7: please
    103 me: A 
    104 me: very 
    105 me: long story
    111 7: go on
    ");
    assert_eq!(chain.leaves_at, Some(MessageId(60)));
    assert!(!chain.conversation.more);

    // Of questions that were answered together, each leads to the others.
    for ask in [100, 101] {
        let chain = store
            .load_chain(here, MessageId(ask), FAR)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            lines(&chain.conversation.said),
            ["100 7: what is this?", "101 7: please"]
        );
    }

    let near = store
        .load_chain(here, MessageId(111), Reach { bytes: 6 })
        .await
        .unwrap()
        .unwrap();
    assert_eq!((near.conversation.more, near.leaves_at), (true, None));
    assert_eq!(
        near.conversation.said.len(),
        4,
        "the answer is whole, its question out of reach"
    );

    // The rest is read back; the message before it is gone.
    let page = [replies(60, BEN, 59, "a lighthouse")];
    store
        .add_history(here, store.mark(), &page, &[], History::Whole)
        .await
        .unwrap();
    let chain = store
        .load_chain(here, MessageId(111), FAR)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(chain.leaves_at, Some(MessageId(59)));
    store.missing(here, MessageId(59)).await.unwrap();
    // What is deleted is left out, but leads on.
    store
        .deleted(GENERAL, &[MessageId(104), MessageId(100)])
        .await
        .unwrap();
    let chain = store
        .load_chain(here, MessageId(111), FAR)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(chain.leaves_at, None);
    insta::assert_snapshot!(lines(&chain.conversation.said).join("\n"), @r"
    60 8: a lighthouse
    101 7: please
    103 me: A 
    105 me: long story
    111 7: go on
    ");
    assert!(
        store
            .load_chain(here, MessageId(5), FAR)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_chain_that_goes_in_a_circle_ends() {
    let store = Store::open_in_memory().await.unwrap();
    reply(&store, 102, ADA, 101, "three").await;
    let circle = [replies(100, ADA, 101, "one"), replies(101, BEN, 100, "two")];
    store
        .add_history(
            ConversationId(101),
            store.mark(),
            &circle,
            &[],
            History::Whole,
        )
        .await
        .unwrap();
    let loading = store.load_chain(ConversationId(101), MessageId(102), FAR);
    let chain = tokio::time::timeout(Duration::from_secs(30), loading)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(
        lines(&chain.conversation.said),
        ["100 7: one", "101 8: two", "102 7: three"]
    );
}

#[tokio::test]
async fn an_answer_on_which_somebody_opens_a_thread_is_part_of_both() {
    let store = Store::open_in_memory().await.unwrap();
    begin(
        &store,
        &says(100, ADA, "what color is the sea?"),
        100,
        in_chain(None),
    )
    .await;
    let fence = claimed(&store, 100).await.fence;
    store
        .save_reply(&fence, &holding(&[answers(101, 100, "Blue.")]))
        .await
        .unwrap();
    store
        .finish(&fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    begin(&store, &says(110, BEN, "@bot why?"), 101, in_thread(101)).await;
    let starter = Said {
        by: Speaker::Me { answers: None },
        ..says(101, ADA, "Blue.")
    };
    store
        .add_history(
            ConversationId(101),
            store.mark(),
            &[starter],
            &[],
            History::Whole,
        )
        .await
        .unwrap();
    assert_eq!(
        loaded(&store, 101).await,
        ["101 me: Blue.", "110 8: @bot why?"]
    );
    assert_eq!(
        loaded(&store, 100).await,
        ["100 7: what color is the sea?", "101 me: Blue."]
    );
    let erased = store.deleted(GENERAL, &[MessageId(101)]).await.unwrap();
    assert_eq!(
        erased,
        [100, 101].map(|conversation| (ConversationId(conversation), MessageId(101)))
    );
}

#[tokio::test]
async fn what_hangs_below_a_channel_goes_with_it_whoever_opened_it() {
    let store = Store::open_in_memory().await.unwrap();
    let below = |channel: u64, below| Home::Channel {
        channel: ChannelId(channel),
        below,
    };
    // A forum post; a thread on a message that had begun a chain; one that an earlier Kaiwa stored, and that is asked in again.
    begin(
        &store,
        &says(100, ADA, "hello"),
        50,
        below(50, Some(GENERAL)),
    )
    .await;
    begin(&store, &says(60, ADA, "hello"), 60, in_chain(None)).await;
    begin(
        &store,
        &says(101, ADA, "and?"),
        60,
        below(60, Some(GENERAL)),
    )
    .await;
    begin(&store, &says(102, ADA, "hello"), 70, below(70, None)).await;
    begin(
        &store,
        &says(103, ADA, "and?"),
        70,
        below(70, Some(GENERAL)),
    )
    .await;
    begin(
        &store,
        &says(104, ADA, "hello"),
        80,
        below(80, Some(ChannelId(11))),
    )
    .await;
    assert_eq!(
        store.channels(GUILD).await.unwrap(),
        [GENERAL, ChannelId(11)]
    );
    let gone = store.channel_gone(GENERAL).await.unwrap();
    assert_eq!(gone, [50, 60, 70].map(ConversationId));
    assert_eq!(store.guilds(0, 1).await.unwrap(), [GUILD]);
    store.channel_gone(ChannelId(11)).await.unwrap();
    assert!(store.guilds(0, 1).await.unwrap().is_empty());
}
