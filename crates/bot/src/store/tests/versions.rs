//! Answered questions that are edited, and what is kept of the answers before.

use kaiwa_core::{error::TurnError, reply::ReplyState};

use super::*;

async fn make_again(store: &Store, ask: MessageId) -> Result<Again, StoreError> {
    let elsewhere = store.again(ConversationId(60), ask).await;
    assert_eq!(elsewhere.unwrap(), Again::Unknown);
    store.again(ConversationId(50), ask).await
}

#[tokio::test]
async fn an_answered_question_that_is_edited_is_answered_again_and_the_version_before_is_kept() {
    let store = Store::open_in_memory().await.unwrap();
    let (first, second) = (says(100, ADA, "the sea?"), says(101, BEN, "and the sky?"));
    begin(&store, &first, 50, in_thread(50)).await;
    begin(&store, &second, 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    store.save_reply(&claim.fence, &state("{}")).await.unwrap();
    let parts = [answers(102, 100, "Both "), answers(103, 100, "are blue.")];
    store
        .save_reply(&claim.fence, &holding(&parts))
        .await
        .unwrap();
    assert_eq!(
        make_again(&store, MessageId(101)).await.unwrap(),
        Again::UnderWay(ConversationId(50))
    );
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    assert_eq!(
        make_again(&store, MessageId(7)).await.unwrap(),
        Again::Unknown
    );

    // The question that was joined is edited: its leader's turn waits again, with the answer's messages.
    let edited = edit(&store, second.id, "and at dusk?", &[]).await;
    assert_eq!(edited.again, Some(ConversationId(50)));
    let again = claimed(&store, 50).await;
    assert_eq!(messages_of(&again.asks), [100, 101]);
    assert_eq!(again.reply.as_deref(), Some("{}"));
    assert!(!again.left);
    // Edited once more while the new answer is written.
    let edited = edit(&store, first.id, "the lake?", &[]).await;
    assert_eq!((edited.changed.len(), edited.again), (1, None));
    let before = Before {
        text: "Gr".to_owned(),
        is_whole: false,
    };
    store.begin_version(&again.fence, before).await.unwrap();
    let parts = [answers(102, 100, "Green and red.")];
    store
        .save_reply(&again.fence, &holding(&parts))
        .await
        .unwrap();
    store
        .finish(&again.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    let versions = store.versions(MessageId(100)).await.unwrap();
    let versions: Vec<(i64, &str)> = versions
        .iter()
        .map(|version| (version.version, version.text.as_str()))
        .collect();
    assert_eq!(versions, [(1, "Both are blue."), (2, "Gr")]);
    assert_eq!(
        make_again(&store, MessageId(100)).await.unwrap(),
        Again::Queued(ConversationId(50))
    );

    // What is deleted on Discord is forgotten here, earlier versions too.
    let claim = claimed(&store, 50).await;
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    let both = [MessageId(100), MessageId(101)];
    store.deleted(ChannelId(50), &both).await.unwrap();
    for ask in both {
        assert!(store.versions(ask).await.unwrap().is_empty());
        assert_eq!(make_again(&store, ask).await.unwrap(), Again::Unknown);
        assert_eq!(store.reply(ask).await.unwrap(), None);
    }
}

#[tokio::test]
async fn where_the_first_of_several_questions_is_gone_the_next_one_leads() {
    let store = Store::open_in_memory().await.unwrap();
    let questions = [
        says(100, ADA, "the sea?"),
        says(101, BEN, "the sky?"),
        says(102, ADA, "the grass?"),
        says(103, BEN, "the night?"),
    ];
    for question in &questions {
        begin(&store, question, 50, in_thread(50)).await;
    }
    let claim = claimed(&store, 50).await;
    let shown = Shown {
        state: Some(
            r#"{"parts":[{"part":0,"message":"104","owns":{"start":0,"end":5},"deleted":false}],"next":1,"thoughts":"Blue?"}"#
                .to_owned(),
        ),
        parts: vec![answers(104, 100, "All.")],
    };
    let failed = store.fail(&claim.fence, &TurnError::Gone, shown);
    failed.await.unwrap();
    let delete = async |ask| {
        store
            .deleted(ChannelId(50), &[MessageId(ask)])
            .await
            .unwrap()
    };
    delete(100).await;
    delete(102).await;
    // What the model thought of it is forgotten, and its messages are known.
    let reply = r#"{"parts":[{"part":0,"message":"104","owns":{"start":0,"end":5},"deleted":false}],"next":1}"#;
    assert_eq!(
        store.reply(MessageId(103)).await.unwrap().as_deref(),
        Some(reply)
    );
    let Retried::Queued(ask) = store.retry(MessageId(103)).await.unwrap() else {
        panic!("it waits again");
    };
    assert_eq!(ask.message, MessageId(101));
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [101, 103]);
    assert_eq!(claim.reply.as_deref(), Some(reply));
    assert_eq!(
        claim.before.map(|before| before.text).as_deref(),
        Some("All.")
    );
    let others = store
        .of_others(&claim.fence, vec![MessageId(104)], false)
        .await;
    assert!(others.unwrap().is_empty());
    let parts = [answers(104, 101, "Both.")];
    let shown = Shown {
        state: Some(reply.to_owned()),
        ..holding(&parts)
    };
    store.finish(&claim.fence, ANSWERED, shown).await.unwrap();

    // Once more, by an edit; whoever names the first one finds the answer too.
    delete(101).await;
    let edited = edit(&store, MessageId(103), "and at night?", &[]).await;
    assert_eq!(edited.again, Some(ConversationId(50)));
    assert_eq!(
        store.retry(MessageId(100)).await.unwrap(),
        Retried::UnderWay
    );
    let claim = claimed(&store, 50).await;
    assert_eq!(messages_of(&claim.asks), [103]);
    assert_eq!(claim.reply.as_deref(), Some(reply));
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    // Nobody is left who could ask.
    delete(103).await;
    for ask in 100..104 {
        assert_eq!(store.reply(MessageId(ask)).await.unwrap(), None, "{ask}");
        assert_eq!(
            make_again(&store, MessageId(ask)).await.unwrap(),
            Again::Unknown
        );
    }
    let open = "SELECT COUNT(*) FROM turns WHERE state NOT IN ('done', 'failed')";
    assert_eq!(rows::<i64>(&store, open).await, [0]);
}

#[tokio::test]
async fn an_answer_that_waits_to_be_made_again_is_led_by_a_question_that_stands() {
    for has_thought in [true, false] {
        let store = Store::open_in_memory().await.unwrap();
        for question in [says(100, ADA, "the sea?"), says(101, BEN, "the sky?")] {
            begin(&store, &question, 50, in_thread(50)).await;
        }
        let claim = claimed(&store, 50).await;
        let parts = r#"{"parts":[],"next":1}"#;
        let thoughts = r#"{"parts":[],"next":1,"thoughts":"Blue?"}"#;
        let shown = Shown {
            state: Some(if has_thought { thoughts } else { parts }.to_owned()),
            parts: vec![answers(104, 100, "Both.")],
        };
        store.finish(&claim.fence, ANSWERED, shown).await.unwrap();
        edit(&store, MessageId(101), "and at night?", &[]).await;
        let gone = store.deleted(ChannelId(50), &[MessageId(100)]).await;
        assert_eq!(gone.unwrap().len(), 1);
        // A button may name the first one.
        let retried = store.retry(MessageId(100)).await.unwrap();
        assert_eq!(retried, Retried::UnderWay);
        let claim = claimed(&store, 50).await;
        assert_eq!(
            (messages_of(&claim.asks), claim.withdrawn),
            (vec![101], false)
        );
        assert_eq!(claim.reply.as_deref(), Some(parts));
        let before = claim.before.unwrap();
        assert_eq!((before.text.as_str(), before.is_whole), ("Both.", true));
        store
            .finish(&claim.fence, ANSWERED, Shown::default())
            .await
            .unwrap();
        let open = "SELECT COUNT(*) FROM turns WHERE state NOT IN ('done', 'failed')";
        assert_eq!(rows::<i64>(&store, open).await, [0]);
    }
}

/// An earlier version forgot which messages an answer has, when the first of its questions was deleted.
#[tokio::test]
async fn an_answer_whose_messages_were_forgotten_with_its_first_question_is_made_again_in_them() {
    let store = Store::open_in_memory().await.unwrap();
    for question in [says(100, ADA, "the sea?"), says(101, BEN, "the sky?")] {
        begin(&store, &question, 50, in_thread(50)).await;
    }
    let claim = claimed(&store, 50).await;
    let shown = Shown {
        state: Some(
            r#"{"parts":[{"message":"103"},{"message":"104"},{"message":"105"}]}"#.to_owned(),
        ),
        parts: vec![
            answers(103, 100, ""),
            answers(104, 100, "Both "),
            answers(105, 100, "are blue."),
        ],
    };
    store.finish(&claim.fence, ANSWERED, shown).await.unwrap();
    let gone = store.deleted(ChannelId(50), &[MessageId(100)]).await;
    assert_eq!(gone.unwrap().len(), 1);
    raw(&store, "UPDATE turns SET reply = NULL").await;
    edit(&store, MessageId(101), "and at night?", &[]).await;
    let claim = claimed(&store, 50).await;
    let reply = claim
        .reply
        .as_deref()
        .map(serde_json::from_str::<ReplyState>);
    let reply = reply.unwrap().unwrap();
    let parts = reply.parts.iter().map(|part| part.message);
    assert_eq!(
        parts.collect::<Vec<_>>(),
        [104, 105].map(|part| Some(MessageId(part)))
    );
    assert_eq!(claim.before.unwrap().text, "Both are blue.");
}

#[tokio::test]
async fn a_call_that_gets_words_becomes_a_question() {
    let store = Store::open_in_memory().await.unwrap();
    let call = says(100, ADA, "");
    let greeting = Ask {
        kind: AskKind::Greeting,
        ..asks(&call, 50, in_thread(50))
    };
    store.begin_turn(&greeting, &call).await.unwrap();
    let claim = claimed(&store, 50).await;
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    edit(&store, call.id, "the sea?", &[]).await;
    let claim = claimed(&store, 50).await;
    assert_eq!(claim.asks[0].kind, AskKind::Question);
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();

    // One that still waits, and one that is answered along with it.
    let calls = [says(101, ADA, ""), says(102, ADA, "")];
    for call in &calls {
        let greeting = Ask {
            kind: AskKind::Greeting,
            ..asks(call, 50, in_thread(50))
        };
        store.begin_turn(&greeting, call).await.unwrap();
    }
    edit(&store, calls[0].id, "the sky?", &[]).await;
    let claim = claimed(&store, 50).await;
    let kinds = |claim: &Claim| claim.asks.iter().map(|ask| ask.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&claim), [AskKind::Question, AskKind::Greeting]);
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
    edit(&store, calls[1].id, "at dusk?", &[]).await;
    let claim = claimed(&store, 50).await;
    assert_eq!(kinds(&claim), [AskKind::Question, AskKind::Question]);
}

#[tokio::test]
async fn an_answer_that_is_posted_anew_has_no_words_in_the_messages_it_left() {
    let store = Store::open_in_memory().await.unwrap();
    let (asked, other) = (says(100, ADA, "the sea?"), says(101, BEN, "hm"));
    begin(&store, &asked, 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    let half = Shown {
        state: Some(r#"{"parts":[{"message":"102"},{"message":"103"}]}"#.to_owned()),
        parts: vec![answers(102, 100, "The sea "), answers(103, 100, "is ")],
    };
    store.save_reply(&claim.fence, &half).await.unwrap();
    assert!(store.note(ConversationId(50), &other).await.unwrap());
    // One of them takes no edits any more and stays behind, another one was deleted.
    let deleted = store.deleted(ChannelId(50), &[MessageId(103)]).await;
    assert_eq!(deleted.unwrap().len(), 1);
    let whole = Shown {
        state: Some(r#"{"parts":[{"message":"104"}]}"#.to_owned()),
        parts: vec![answers(104, 100, "The sea is blue.")],
    };
    store.finish(&claim.fence, ANSWERED, whole).await.unwrap();
    // What is read back from Discord does not bring them back.
    let read = [says(102, ADA, "The sea ")].map(|said| Said {
        by: Speaker::Me { answers: None },
        ..said
    });
    let mark = store.mark();
    let added = store.add_history(ConversationId(50), mark, &read, &[], History::Partly);
    added.await.unwrap();
    let told = loaded(&store, 50).await.concat();
    assert_eq!(told.matches("The sea").count(), 1, "{told}");
    assert_eq!(
        rows::<(i64, bool)>(
            &store,
            "SELECT id, deleted FROM messages WHERE text = '' ORDER BY id"
        )
        .await,
        [(102, false), (103, true)]
    );

    edit(&store, asked.id, "the lake?", &[]).await;
    let versions = store.versions(MessageId(100)).await.unwrap();
    assert_eq!(versions[0].text, "The sea is blue.");
}

#[tokio::test]
async fn only_what_its_author_changes_is_answered_again() {
    let store = Store::open_in_memory().await.unwrap();
    let asked = says(100, ADA, "what is #lounge for?");
    begin(&store, &asked, 50, in_thread(50)).await;
    let end = async |claim: Claim| {
        let ended = store.finish(&claim.fence, ANSWERED, Shown::default());
        ended.await.unwrap();
    };
    end(claimed(&store, 50).await).await;
    let told = async |text: &str, edited_ms: Option<u64>| {
        let said = Said {
            edited_ms,
            ..says(100, ADA, text)
        };
        let edited = store.edited(&said).await.unwrap();
        let kept: Vec<(i64, String)> =
            rows(&store, "SELECT id, text FROM messages WHERE id = 100").await;
        let [(_, kept)] = &kept[..] else {
            panic!("one message");
        };
        (edited.again.is_some(), kept.clone())
    };
    let silent = |text: &str| (false, text.to_owned());
    let again = |text: &str| (true, text.to_owned());

    // A pin, after the channel got another name.
    let renamed = told("what is #salon for?", None).await;
    assert_eq!(renamed, silent("what is #salon for?"));
    let edited = told("what was #salon for?", Some(7)).await;
    assert_eq!(edited, again("what was #salon for?"));
    end(claimed(&store, 50).await).await;
    // The same edit, told once more after the next name.
    let renamed = told("what was #den for?", Some(7)).await;
    assert_eq!(renamed, silent("what was #den for?"));
    // Told late.
    for before in [None, Some(6)] {
        assert_eq!(told("hm", before).await, silent("what was #den for?"));
    }
    // The words stay as they are, then a pin.
    let same = told("what was #den for?", Some(8)).await;
    assert_eq!(same, silent("what was #den for?"));
    let renamed = told("what was #nook for?", Some(8)).await;
    assert_eq!(renamed, silent("what was #nook for?"));
    // Read back over REST, where people have other names: the edit is the one that is known.
    let mark = store.mark();
    let page = [Said {
        edited_ms: Some(8),
        ..says(100, ADA, "what was #shed for?")
    }];
    let added = store.add_history(ConversationId(50), mark, &page, &[], History::Partly);
    added.await.unwrap();
    let edited = told("what is it for?", Some(9)).await;
    assert_eq!(edited, again("what is it for?"));
}
