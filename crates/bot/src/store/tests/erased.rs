//! What is deleted on Discord is forgotten here.

use std::fs;

use kaiwa_core::{error::TurnError, reply::ReplyState};

use super::*;

/// The files that this process has open and nobody can see any more.
#[cfg(target_os = "linux")]
fn unlinked() -> Vec<std::path::PathBuf> {
    let open = fs::read_dir("/proc/self/fd").unwrap().flatten();
    open.filter_map(|entry| fs::read_link(entry.path()).ok())
        .filter(|file| file.to_string_lossy().contains("etilqs"))
        .collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_is_erased_is_written_to_no_other_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    for id in 100..130 {
        let long = says(id, ADA, &"correct horse battery staple ".repeat(1000));
        begin(&store, &long, 50, in_thread(50)).await;
    }
    let aside = store.write(|connection| {
        connection.execute("UPDATE messages SET text = ''", ())?;
        Ok(unlinked())
    });
    assert_eq!(aside.await.unwrap(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn deleted_words_are_gone_from_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    let secret = "correct horse battery staple";
    let told = Said {
        attachments: vec![file(
            "horse.txt",
            "https://cdn/horse",
            Content::Text(secret.to_owned()),
        )],
        ..says(100, ADA, secret)
    };
    begin(&store, &told, 50, in_thread(50)).await;
    let quoting = Said {
        reply_to: Some(MessageId(100)),
        quoted: Some(quoted(ADA, secret)),
        ..says(101, BEN, "hm")
    };
    store.note(ConversationId(50), &quoting).await.unwrap();
    let gone = says(102, BEN, secret);
    begin(&store, &gone, 60, in_thread(60)).await;
    assert_eq!(
        found(directory.path(), secret),
        Ok(true),
        "the test can find it"
    );

    store
        .deleted(ChannelId(50), &[MessageId(100)])
        .await
        .unwrap();
    store.channel_gone(ChannelId(60)).await.unwrap();
    let kept: Vec<(String, String, Option<String>)> = rows(
        &store,
        "SELECT text, attachments, quoted FROM messages ORDER BY id",
    )
    .await;
    assert_eq!(
        kept,
        [
            (String::new(), "[]".to_owned(), None),
            ("hm".to_owned(), "[]".to_owned(), None)
        ]
    );
    store.close().await;
    assert_eq!(found(directory.path(), secret), Ok(false));
    assert_eq!(
        found(directory.path(), "hm"),
        Ok(true),
        "the file is there to be searched"
    );
}

#[tokio::test]
async fn deleted_words_soon_leave_the_log_too() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    let secret = "correct horse battery staple";
    begin(&store, &says(100, ADA, secret), 50, in_thread(50)).await;
    store
        .deleted(ChannelId(50), &[MessageId(100)])
        .await
        .unwrap();
    // One that is killed now leaves its files as they are.
    let dead = tempfile::tempdir().unwrap();
    for name in [FILE, "kaiwa.db-wal"] {
        fs::copy(directory.path().join(name), dead.path().join(name)).unwrap();
    }
    let next = Store::open(dead.path(), BOT).await.unwrap();
    assert_eq!(found(dead.path(), secret), Ok(false));
    next.close().await;
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while found(directory.path(), secret).unwrap() {
        assert!(std::time::Instant::now() < patience, "it stays in the log");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let kept: Vec<String> = rows(&store, "SELECT text FROM messages").await;
    assert_eq!(kept, [""]);
    store.close().await;
}

#[tokio::test]
async fn an_answer_that_goes_on_writes_nothing_into_a_part_that_was_deleted() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let fence = claimed(&store, 50).await.fence;
    store
        .save_reply(&fence, &holding(&[answers(101, 100, "Go")]))
        .await
        .unwrap();
    store
        .deleted(ChannelId(50), &[MessageId(101)])
        .await
        .unwrap();
    store
        .save_reply(&fence, &holding(&[answers(101, 100, "Good day")]))
        .await
        .unwrap();
    let text: Vec<String> = rows(&store, "SELECT text FROM messages WHERE id = 101").await;
    assert_eq!(text, [""]);
}

#[tokio::test]
async fn a_thread_that_was_never_opened_leaves_no_name() {
    let store = Store::open_in_memory().await.unwrap();
    let named = |name: &str| Home::NewThread {
        parent: ChannelId(10),
        name: name.to_owned(),
    };
    let quoting = Said {
        reply_to: Some(MessageId(90)),
        quoted: Some(quoted(BEN, "her secret")),
        ..says(101, ADA, "")
    };
    for (said, name) in [
        (says(100, ADA, "my secret"), "my secret"),
        (quoting, "her secret"),
        (says(102, ADA, "his secret"), "his secret"),
        (says(103, ADA, "no secret"), "no secret"),
    ] {
        let ask = begin(&store, &said, said.id.0, named(name)).await;
        let claim = claimed(&store, ask.conversation.0).await;
        let gone = TurnError::Gone;
        store
            .fail(&claim.fence, &gone, Shown::default())
            .await
            .unwrap();
    }
    let messages = [MessageId(100), MessageId(90)];
    store.deleted(ChannelId(10), &messages).await.unwrap();
    raw(
        &store,
        "UPDATE conversations SET parent = 11 WHERE id = 102",
    )
    .await;
    store.channel_gone(ChannelId(11)).await.unwrap();
    let kept: Vec<String> = rows(&store, "SELECT question FROM turns ORDER BY ask").await;
    let kept = kept.iter().map(|question| {
        let Home::NewThread { name, .. } = serde_json::from_str::<Ask>(question).unwrap().home
        else {
            panic!("{question}");
        };
        name
    });
    let nameless = "New conversation";
    assert_eq!(
        kept.collect::<Vec<_>>(),
        [nameless, nameless, nameless, "no secret"]
    );
}

#[tokio::test]
async fn what_was_thought_about_two_questions_goes_with_either() {
    for deleted in [100, 101] {
        let store = Store::open_in_memory().await.unwrap();
        for (id, text) in [(100, "one"), (101, "two")] {
            begin(&store, &says(id, ADA, text), 50, in_thread(50)).await;
        }
        let fence = claimed(&store, 50).await.fence;
        let reply = ReplyState {
            next: 1,
            thoughts: "a secret".to_owned(),
            ..ReplyState::default()
        };
        let reply = serde_json::to_string(&reply).unwrap();
        store.save_reply(&fence, &state(&reply)).await.unwrap();
        store
            .finish(&fence, ANSWERED, Shown::default())
            .await
            .unwrap();
        let messages = [MessageId(deleted)];
        store.deleted(ChannelId(50), &messages).await.unwrap();
        let kept = store.reply(MessageId(100)).await.unwrap();
        // What the other one was answered with is known.
        assert!(kept.is_some_and(|kept| !kept.contains("secret")));
    }
}

/// Whether any file of the store holds these words.
fn found(directory: &Path, words: &str) -> Result<bool, String> {
    let mut found = false;
    for file in fs::read_dir(directory).map_err(|error| error.to_string())? {
        let path = file.map_err(|error| error.to_string())?.path();
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        found |= bytes
            .windows(words.len())
            .any(|window| window == words.as_bytes());
    }
    Ok(found)
}
