//! Reading back from Discord, and reading what a prompt can reach.

use proptest::prelude::*;

use super::*;

#[tokio::test]
async fn a_thread_met_later_is_read_back_and_stays_so_until_track_is_lost() {
    let store = Store::open_in_memory().await.unwrap();
    let here = ConversationId(50);
    begin(&store, &says(200, ADA, "@bot go on"), 50, in_thread(50)).await;
    assert!(
        store
            .load(here, FAR)
            .await
            .unwrap()
            .unwrap()
            .wants_history()
    );

    let mark = store.mark();
    let read_back = Said {
        by: Speaker::Me { answers: None },
        ..says(199, ADA, "Blue.")
    };
    let page = [
        says(198, BEN, "color?"),
        read_back,
        says(200, ADA, "@bot go on"),
    ];
    store
        .add_history(here, mark, &page, &[], History::Partly)
        .await
        .unwrap();
    let partly = store.load(here, FAR).await.unwrap().unwrap();
    assert_eq!(
        lines(&partly.conversation.said),
        ["198 8: color?", "199 me: Blue.", "200 7: @bot go on"]
    );
    assert!(
        partly.wants_history(),
        "the prompt reaches further than what is stored"
    );
    let near = store
        .load(here, Reach { bytes: 10 })
        .await
        .unwrap()
        .unwrap();
    assert!(
        near.conversation.more && !near.wants_history(),
        "the prompt reaches less far"
    );

    let starter = says(50, BEN, "let us talk about the sea");
    store
        .add_history(here, store.mark(), &[starter], &[], History::Whole)
        .await
        .unwrap();
    let whole = store.load(here, FAR).await.unwrap().unwrap();
    assert_eq!(
        (whole.wants_history(), whole.conversation.said.len()),
        (false, 4)
    );

    // What is read while track is lost does not count as whole.
    let mark = store.mark();
    store.lost_track().await.unwrap();
    store
        .add_history(here, mark, &[], &[], History::Whole)
        .await
        .unwrap();
    assert!(
        store
            .load(here, FAR)
            .await
            .unwrap()
            .unwrap()
            .wants_history()
    );
    // An edit and a message were missed.
    let page = [says(198, BEN, "which color?"), says(201, BEN, "hello?")];
    store
        .add_history(here, store.mark(), &page, &[], History::Whole)
        .await
        .unwrap();
    let mended = store.load(here, FAR).await.unwrap().unwrap();
    assert!(!mended.wants_history());
    let said = lines(&mended.conversation.said);
    assert_eq!(
        said[1..],
        [
            "198 8: which color?",
            "199 me: Blue.",
            "200 7: @bot go on",
            "201 8: hello?"
        ]
    );
}

#[tokio::test]
async fn a_thread_that_existed_already_is_to_be_read() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 100, opens_thread()).await;
    let fence = claimed(&store, 100).await.fence;
    assert!(
        !store
            .load(ConversationId(100), FAR)
            .await
            .unwrap()
            .unwrap()
            .wants_history()
    );
    let joined = Settled::Joined {
        thread: ChannelId(100),
    };
    store.settle_home(&fence, joined).await.unwrap();
    assert!(
        store
            .load(ConversationId(100), FAR)
            .await
            .unwrap()
            .unwrap()
            .wants_history()
    );
}

#[tokio::test]
async fn the_bots_own_parts_keep_the_models_words() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let fence = claimed(&store, 50).await.fence;
    let shown = Said {
        by: Speaker::Me { answers: None },
        ..says(101, ADA, "**Hi**\n-# stopped")
    };
    store
        .add_history(
            ConversationId(50),
            store.mark(),
            std::slice::from_ref(&shown),
            &[],
            History::Whole,
        )
        .await
        .unwrap();
    store
        .save_reply(&fence, &holding(&[answers(101, 100, "**Hi")]))
        .await
        .unwrap();
    store
        .add_history(
            ConversationId(50),
            store.mark(),
            &[shown],
            &[],
            History::Whole,
        )
        .await
        .unwrap();
    let loaded = store.load(ConversationId(50), FAR).await.unwrap().unwrap();
    assert_eq!(loaded.conversation.said[1], answers(101, 100, "**Hi"));
}

#[tokio::test]
async fn loading_stops_at_the_message_that_passes_the_reach() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(1000, ADA, "0123456789"), 50, in_thread(50)).await;
    for id in 1001..1250 {
        store
            .note(ConversationId(50), &says(id, ADA, "0123456789"))
            .await
            .unwrap();
    }
    // How far each reach goes, across the borders of what one statement reads.
    for (bytes, expected, more) in [
        (0, 1, true),
        (9, 1, true),
        (10, 2, true),
        (989, 99, true),
        (999, 100, true),
        (1000, 101, true),
        (2489, 249, true),
        (2490, 250, false),
        (9999, 250, false),
    ] {
        let loaded = store
            .load(ConversationId(50), Reach { bytes })
            .await
            .unwrap()
            .unwrap();
        let said = loaded.conversation.said;
        assert_eq!(
            (said.len(), loaded.conversation.more),
            (expected, more),
            "{bytes} bytes"
        );
        assert_eq!(
            said.last().unwrap().id,
            MessageId(1249),
            "the newest is always there"
        );
    }
}

#[tokio::test]
async fn what_was_said_up_to_a_question_is_read_from_there_however_much_came_later() {
    let store = Store::open_in_memory().await.unwrap();
    let first = says(100, ADA, "the sea?");
    begin(&store, &first, 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    let second = says(101, ADA, "the sky?");
    begin(&store, &second, 50, in_thread(50)).await;
    // The first answer came when the second question was there.
    let parts = [answers(102, 100, "Blue.")];
    store
        .save_reply(&claim.fence, &holding(&parts))
        .await
        .unwrap();
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    for id in 200..400 {
        let said = says(id, BEN, "something else");
        store.note(ConversationId(50), &said).await.unwrap();
    }
    let few = Reach { bytes: 100 };
    let loaded = store
        .load_up_to(ConversationId(50), second.id, few)
        .await
        .unwrap()
        .unwrap();
    let ids: Vec<u64> = loaded
        .conversation
        .said
        .iter()
        .map(|said| said.id.0)
        .collect();
    assert_eq!(ids, [100, 101, 102]);
    assert!(!loaded.conversation.more);
}

#[derive(Clone, Debug)]
enum Event {
    Say(&'static str),
    Edit(prop::sample::Index, &'static str),
    Delete(prop::sample::Index),
    /// Discord answers with the history as it is now.
    Fetch,
    /// What it answered arrives.
    Arrive,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let text = prop::sample::select(vec!["sea", "sky", "青", ""]);
    let event = prop_oneof![
        4 => text.clone().prop_map(Event::Say),
        3 => (any::<prop::sample::Index>(), text).prop_map(|(at, text)| Event::Edit(at, text)),
        3 => any::<prop::sample::Index>().prop_map(Event::Delete),
        1 => Just(Event::Fetch),
        1 => Just(Event::Arrive),
    ];
    prop::collection::vec(event, 1..40)
}

/// Lets the events happen to a thread in which three messages were said before the bot met it.
async fn happen(store: &Store, events: Vec<Event>) -> (Vec<Said>, Vec<Said>) {
    let here = ConversationId(50);
    let mut thread: Vec<Said> = (60..63).map(|id| says(id, ADA, "before")).collect();
    let question = says(100, ADA, "@bot hello");
    begin(store, &question, 50, in_thread(50)).await;
    thread.push(question);
    let mut underway = (store.mark(), thread.clone());
    for (id, event) in (101..).zip(events) {
        match event {
            Event::Say(text) => {
                thread.push(says(id, BEN, text));
                store.note(here, &says(id, BEN, text)).await.unwrap();
            }
            Event::Edit(at, text) if !thread.is_empty() => {
                let said = at.get(&thread).id;
                let said = thread.iter_mut().find(|other| other.id == said).unwrap();
                said.text = text.to_owned();
                said.edited_ms = Some(said.edited_ms.map_or(1, |before| before + 1));
                store.edited(said).await.unwrap();
                store.note(here, said).await.unwrap();
            }
            Event::Delete(at) if !thread.is_empty() => {
                let said = thread.remove(at.index(thread.len()));
                store.deleted(ChannelId(50), &[said.id]).await.unwrap();
            }
            Event::Edit(..) | Event::Delete(_) => {}
            Event::Fetch => underway = (store.mark(), thread.clone()),
            Event::Arrive => {
                let (mark, page) = &underway;
                store
                    .add_history(here, *mark, page, &[], History::Partly)
                    .await
                    .unwrap();
            }
        }
    }
    let (mark, page) = underway;
    store
        .add_history(here, mark, &page, &[], History::Whole)
        .await
        .unwrap();
    let loaded = store.load(here, FAR).await.unwrap().unwrap();
    (loaded.conversation.said, thread)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_interleaving_of_events_and_reading_back_gives_the_thread_as_it_is(events in events()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (remembered, thread) = runtime.block_on(async {
            let store = Store::open_in_memory().await.unwrap();
            happen(&store, events).await
        });
        prop_assert_eq!(remembered, thread);
    }
}
