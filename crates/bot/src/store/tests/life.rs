//! The life of a conversation, told once for every engine.

use kaiwa_core::error::{ModelError, TurnError};

use super::*;

#[tokio::test]
async fn a_conversation_lives_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    it_begins_and_is_answered(&store).await;
    people_change_their_minds(&store).await;
    // Another process goes on.
    store.close().await;
    let store = Store::open(directory.path(), BOT).await.unwrap();
    a_question_outlives_its_worker(&store).await;
    it_is_forgotten(&store).await;
    store.close().await;
}

#[tokio::test]
async fn a_conversation_lives_in_memory() {
    let store = Store::open_in_memory().await.unwrap();
    it_begins_and_is_answered(&store).await;
    people_change_their_minds(&store).await;
    store.abandoned(ConversationId(100)).await.unwrap();
    a_question_outlives_its_worker(&store).await;
    it_is_forgotten(&store).await;
    store.close().await;
}

async fn it_begins_and_is_answered(store: &Store) {
    let question = says(100, ADA, "what color is the sea?");
    assert!(
        !store.note(ConversationId(100), &question).await.unwrap(),
        "nothing is known yet"
    );
    begin(store, &question, 100, opens_thread()).await;
    let again = store
        .begin_turn(&asks(&question, 100, opens_thread()), &question)
        .await
        .unwrap();
    assert_eq!(again, Begun::Known, "the same event told twice is one turn");
    assert_eq!(
        store.turn(MessageId(100)).await.unwrap(),
        Some(Turn::Queued)
    );
    assert_eq!(store.turn(MessageId(99)).await.unwrap(), None);
    let known = [(ChannelId(100), ConversationId(100), Kind::Thread)];
    assert_eq!(
        store.known_channels().await.unwrap(),
        known,
        "known before the thread is there"
    );
    assert_eq!(
        store.unfinished().await.unwrap(),
        [(ConversationId(100), Some(GUILD))]
    );

    let Claim {
        fence,
        asks,
        reply,
        left,
        before,
        stopped,
        missed,
        withdrawn,
    } = claimed(store, 100).await;
    assert!(!withdrawn);
    assert_eq!(before, None);
    assert_eq!((messages_of(&asks), reply, left), (vec![100], None, false));
    assert!(missed.is_empty(), "it was heard when it was asked");
    assert_eq!(stopped, None);
    assert!(store.claim(ConversationId(100)).await.unwrap().is_none());
    assert!(
        store.unfinished().await.unwrap().is_empty(),
        "its worker is at work"
    );
    assert_eq!(
        store.turn(MessageId(100)).await.unwrap(),
        Some(Turn::Running)
    );

    // What comes before the first visible word is answered with it, in the thread that is there by now.
    begin(
        store,
        &says(102, ADA, "at night, I mean"),
        100,
        in_thread(100),
    )
    .await;
    assert_eq!(messages_of(&store.absorb(&fence).await.unwrap()), [102]);
    assert!(store.absorb(&fence).await.unwrap().is_empty());
    let joined = Turn::Joined {
        leader: MessageId(100),
    };
    assert_eq!(store.turn(MessageId(102)).await.unwrap(), Some(joined));
    let opened = Settled::Opened {
        thread: ChannelId(100),
        untitled: None,
    };
    store.settle_home(&fence, opened).await.unwrap();
    assert_eq!(store.known_channels().await.unwrap(), known);

    // The answer grows, and grows past a message.
    store.save_reply(&fence, &state("{}")).await.unwrap();
    store
        .save_reply(&fence, &holding(&[answers(103, 100, "Dark")]))
        .await
        .unwrap();
    let parts = [
        answers(103, 100, "Dark, nearly "),
        answers(104, 100, "black."),
    ];
    store.save_reply(&fence, &holding(&parts)).await.unwrap();
    assert!(
        store
            .note(ConversationId(100), &says(105, BEN, "nice"))
            .await
            .unwrap()
    );
    assert!(
        !store
            .note(ConversationId(100), &says(105, BEN, "nice"))
            .await
            .unwrap()
    );
    store
        .finish(&fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    for ask in [100, 102] {
        let turn = store.turn(MessageId(ask)).await.unwrap();
        assert_eq!(turn, Some(Turn::Done(ANSWERED)));
    }
    let late = store.save_reply(&fence, &holding(&parts)).await;
    assert!(
        matches!(late, Err(StoreError::Fenced)),
        "an ended turn is not written any more"
    );

    let loaded = store.load(ConversationId(100), FAR).await.unwrap().unwrap();
    assert_eq!(
        lines(&loaded.conversation.said),
        [
            "100 7: what color is the sea?",
            "102 7: at night, I mean",
            "103 me: Dark, nearly ",
            "104 me: black.",
            "105 8: nice"
        ]
    );
    // It answers both questions, and so stands behind the newest one.
    assert_eq!(loaded.conversation.said[2].by, answers(103, 102, "").by);
    assert_eq!(loaded.newest, Some(MessageId(105)));
    assert_eq!(
        (loaded.history, loaded.wants_history()),
        (History::Whole, false)
    );
    assert!(!loaded.conversation.told_window && !loaded.conversation.more);
    store.told_window(ConversationId(100)).await.unwrap();
    let loaded = store.load(ConversationId(100), FAR).await.unwrap().unwrap();
    assert!(loaded.conversation.told_window);
}

async fn people_change_their_minds(store: &Store) {
    let here = ConversationId(100);
    let told = Said {
        reply_to: Some(MessageId(5)),
        quoted: Some(quoted(ADA, "the tides are late")),
        attachments: vec![file(
            "log.txt",
            "https://cdn/1/log.txt?ex=1",
            Content::Unread,
        )],
        ..says(106, BEN, "see this")
    };
    store.note(here, &told).await.unwrap();
    let read = file(
        "log.txt",
        "https://cdn/1/log.txt?ex=1",
        Content::Text("ebb, flow".to_owned()),
    );
    store
        .attachments_read(MessageId(106), std::slice::from_ref(&read))
        .await
        .unwrap();

    // A link's preview comes as an edit that changes nothing; the file's address is new each time.
    let fresh = [file(
        "log.txt",
        "https://cdn/1/log.txt?ex=2",
        Content::Unread,
    )];
    assert!(
        edit(store, MessageId(106), "see this", &fresh)
            .await
            .changed
            .is_empty()
    );
    assert_eq!(
        edit(store, MessageId(106), "see that", &fresh)
            .await
            .changed,
        [here]
    );
    assert!(
        edit(store, MessageId(5), "the tides are early", &[])
            .await
            .changed
            .is_empty()
    );
    assert!(
        edit(store, MessageId(103), "-# thinking", &[])
            .await
            .changed
            .is_empty(),
        "its own words are the model's"
    );
    let loaded = store.load(here, FAR).await.unwrap().unwrap();
    let changed = loaded.conversation.said.last().unwrap();
    assert_eq!(changed.text, "see that");
    assert_eq!(changed.attachments[0].url, "https://cdn/1/log.txt?ex=2");
    assert_eq!(
        changed.attachments[0].content, read.content,
        "what was read once stays read"
    );
    assert_eq!(changed.quoted, Some(quoted(ADA, "the tides are early")));

    // Deleted: the message, a part of an answer, and what was only quoted.
    let deleted = [MessageId(104), MessageId(5), MessageId(105), MessageId(999)];
    let erased = store.deleted(ChannelId(100), &deleted).await.unwrap();
    assert_eq!(erased, [(here, MessageId(104)), (here, MessageId(105))]);
    assert!(
        store
            .deleted(ChannelId(100), &deleted)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        edit(store, MessageId(105), "back", &[])
            .await
            .changed
            .is_empty()
    );
    assert!(
        !store.note(here, &says(105, BEN, "nice")).await.unwrap(),
        "what is deleted does not come back"
    );
    let loaded = store.load(here, FAR).await.unwrap().unwrap();
    assert_eq!(
        lines(&loaded.conversation.said),
        [
            "100 7: what color is the sea?",
            "102 7: at night, I mean",
            "103 me: Dark, nearly ",
            "106 8: see that"
        ]
    );
    assert_eq!(loaded.conversation.said.last().unwrap().quoted, None);

    // A question that is taken back before anybody answers it.
    begin(store, &says(107, ADA, "and the sky?"), 100, in_thread(100)).await;
    store
        .deleted(ChannelId(100), &[MessageId(107)])
        .await
        .unwrap();
    assert_eq!(
        store.turn(MessageId(107)).await.unwrap(),
        Some(Turn::Done(TurnEnd::Withdrawn))
    );
    assert!(store.claim(here).await.unwrap().is_none());
    let replayed = says(105, BEN, "nice");
    let begun = store
        .begin_turn(&asks(&replayed, 100, in_thread(100)), &replayed)
        .await
        .unwrap();
    assert_eq!(begun, Begun::Known, "a deleted message asks nothing");

    // The last question runs while the process ends.
    begin(store, &says(110, ADA, "why?"), 100, in_thread(100)).await;
    let Claim { fence, .. } = claimed(store, 100).await;
    store
        .save_reply(&fence, &state(r#"{"text":"Because"}"#))
        .await
        .unwrap();
    store
        .save_reply(&fence, &holding(&[answers(111, 110, "Because")]))
        .await
        .unwrap();
    begin(store, &says(112, BEN, "hello?"), 100, in_thread(100)).await;
}

async fn a_question_outlives_its_worker(store: &Store) {
    assert_eq!(
        store.unfinished().await.unwrap(),
        [(ConversationId(100), Some(GUILD))]
    );
    let Claim {
        fence: first,
        asks,
        reply,
        left,
        before,
        stopped: _,
        missed: _,
        withdrawn: _,
    } = claimed(store, 100).await;
    assert_eq!(before, None);
    assert!(left, "its process died over it");
    assert_eq!(messages_of(&asks), [110], "what was begun is ended first");
    assert_eq!(reply.as_deref(), Some(r#"{"text":"Because"}"#));
    store.release(&first, Shown::default()).await.unwrap();
    assert!(matches!(
        store.save_reply(&first, &state("")).await,
        Err(StoreError::Fenced)
    ));

    let Claim {
        fence, asks, reply, ..
    } = claimed(store, 100).await;
    assert_eq!((messages_of(&asks), reply.is_some()), (vec![110], true));
    assert!(
        matches!(
            store.release(&first, Shown::default()).await,
            Err(StoreError::Fenced)
        ),
        "the first worker is late"
    );
    let error = TurnError::from(ModelError::Cut);
    store.fail(&fence, &error, Shown::default()).await.unwrap();
    assert_eq!(
        store.turn(MessageId(110)).await.unwrap(),
        Some(Turn::Failed(error))
    );

    let Claim {
        fence, asks, reply, ..
    } = claimed(store, 100).await;
    assert_eq!((messages_of(&asks), reply), (vec![112], None));
    store
        .save_reply(&fence, &holding(&[answers(113, 112, "Hello.")]))
        .await
        .unwrap();
    store
        .finish(&fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    assert!(store.unfinished().await.unwrap().is_empty());
    assert!(
        loaded(store, 100)
            .await
            .contains(&"111 me: Because".to_owned()),
        "the text so far stays"
    );
}

async fn it_is_forgotten(store: &Store) {
    begin(store, &says(120, ADA, "still there?"), 100, in_thread(100)).await;
    let Claim { fence, .. } = claimed(store, 100).await;
    begin(store, &says(121, BEN, "hm"), 100, in_thread(100)).await;
    assert!(store.channel_gone(ChannelId(77)).await.unwrap().is_empty());
    // The thread hangs below the channel that is deleted.
    assert_eq!(
        store.channel_gone(GENERAL).await.unwrap(),
        [ConversationId(100)]
    );
    assert!(store.channel_gone(GENERAL).await.unwrap().is_empty());
    for ask in [120, 121] {
        let turn = store.turn(MessageId(ask)).await.unwrap();
        assert_eq!(turn, Some(Turn::Failed(TurnError::Gone)));
    }
    assert!(matches!(
        store.finish(&fence, ANSWERED, Shown::default()).await,
        Err(StoreError::Fenced)
    ));
    assert!(store.known_channels().await.unwrap().is_empty());
    assert!(
        store
            .load(ConversationId(100), FAR)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        !store
            .note(ConversationId(100), &says(122, BEN, "?"))
            .await
            .unwrap()
    );
    assert!(store.unfinished().await.unwrap().is_empty());

    // The bot is invited again: what happened meanwhile is to be read back.
    begin(store, &says(130, ADA, "welcome back"), 100, in_thread(100)).await;
    let loaded = store.load(ConversationId(100), FAR).await.unwrap().unwrap();
    assert_eq!(lines(&loaded.conversation.said), ["130 7: welcome back"]);
    assert!(loaded.wants_history());
    let direct = Ask {
        guild: None,
        ..asks(&says(140, BEN, "hi"), 50, in_thread(50))
    };
    store
        .begin_turn(&direct, &says(140, BEN, "hi"))
        .await
        .unwrap();
    assert_eq!(
        store.guild_gone(GUILD).await.unwrap(),
        [ConversationId(100)]
    );
    let known = [(ChannelId(50), ConversationId(50), Kind::Direct)];
    assert_eq!(store.known_channels().await.unwrap(), known);
}

#[tokio::test]
async fn what_is_learnt_later_counts_as_later_also_where_the_clock_was_put_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    store.close().await;
    let day_us = 24 * 3600 * 1_000_000;
    for ahead in [
        "UPDATE messages SET changed = changed + 86400000000",
        "UPDATE conversations SET lost = (SELECT MAX(changed) FROM messages) + 86400000000",
        "UPDATE counters SET value = value + 172800000000 WHERE name = 'tick'",
    ] {
        let store = Store::open(directory.path(), BOT).await.unwrap();
        let before = store.tick();
        raw(&store, ahead).await;
        // It is killed: nothing is kept of its last moment.
        drop(store);
        let store = Store::open(directory.path(), BOT).await.unwrap();
        assert!(store.tick() > before + day_us / 2, "{ahead}");
        let tick = store.tick();
        store.close().await;
        let store = Store::open(directory.path(), BOT).await.unwrap();
        assert!(store.tick() > tick);
        store.close().await;
    }
}
