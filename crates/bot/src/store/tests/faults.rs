//! What the store does when the disk, the file or the process fails.

use std::{fs, sync::mpsc};

use tokio::sync::oneshot;

use super::*;

fn text_of(error: &StoreError) -> String {
    error.to_string()
}

#[tokio::test]
async fn a_directory_has_one_store_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    let second = Store::open(directory.path(), BOT).await.unwrap_err();
    assert!(matches!(second, StoreError::InUse { .. }), "{second}");
    store.close().await;
    drop(Store::open(directory.path(), BOT).await.unwrap());
    Store::open(directory.path(), BOT)
        .await
        .unwrap()
        .close()
        .await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_stored_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("data/kaiwa");
    let store = Store::open(&directory, BOT).await.unwrap();
    begin(&store, &says(100, ADA, "a secret"), 50, in_thread(50)).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    let files: Vec<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    store.close().await;
}

#[tokio::test]
async fn a_place_that_can_not_be_written_is_named() {
    let root = tempfile::tempdir().unwrap();
    let in_the_way = root.path().join("kaiwa");
    fs::write(&in_the_way, "not a directory").unwrap();
    let folder = root.path().join("other");
    fs::create_dir_all(folder.join(FILE)).unwrap();
    for (directory, named) in [
        (in_the_way.clone(), in_the_way),
        (folder.clone(), folder.join(FILE)),
    ] {
        let error = Store::open(&directory, BOT).await.unwrap_err();
        assert!(matches!(error, StoreError::Unwritable { .. }), "{error}");
        assert!(
            text_of(&error).contains(&named.display().to_string()),
            "{error}"
        );
    }
}

/// The kernel's own directories can't be written by anybody, whatever rights a test runs with.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_read_only_directory_is_named() {
    let error = Store::open(Path::new("/proc"), BOT).await.unwrap_err();
    assert!(matches!(error, StoreError::Unwritable { .. }), "{error}");
    assert!(text_of(&error).contains("/proc"), "{error}");
}

#[tokio::test]
async fn a_database_that_becomes_read_only_is_told_as_such() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    raw(&store, "PRAGMA query_only = ON").await;
    let said = says(100, ADA, "hello");
    let error = store
        .begin_turn(&asks(&said, 50, in_thread(50)), &said)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Unwritable { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join(FILE),
        "these are not the bytes of a database ".repeat(200),
    )
    .unwrap();
    let error = Store::open(directory.path(), BOT).await.unwrap_err();
    assert!(matches!(error, StoreError::Broken { .. }), "{error}");
    assert!(text_of(&error).contains(&directory.path().join(FILE).display().to_string()));
    assert!(text_of(&error).contains("move it away with its -wal and -shm files"));
}

#[tokio::test]
async fn damage_inside_the_database_is_found_when_it_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    begin(&store, &says(1000, ADA, "hello"), 50, in_thread(50)).await;
    for id in 1001..1500 {
        store
            .note(ConversationId(50), &says(id, ADA, &"the sea ".repeat(50)))
            .await
            .unwrap();
    }
    store.close().await;
    let file = directory.path().join(FILE);
    let mut bytes = fs::read(&file).unwrap();
    // The first pages hold the tables themselves, which are needed to open at all.
    bytes[30 * 4096..].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    let error = store.load(ConversationId(50), FAR).await.unwrap_err();
    assert!(matches!(error, StoreError::Broken { .. }), "{error}");
}

#[tokio::test]
async fn another_program_that_holds_the_database_makes_it_busy_for_a_while() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    raw(&store, "PRAGMA busy_timeout = 1").await;
    let backup = Connection::writing(&directory.path().join(FILE)).unwrap();
    backup.run("BEGIN EXCLUSIVE").unwrap();
    let said = says(100, ADA, "hello");
    let ask = asks(&said, 50, in_thread(50));
    let error = store.begin_turn(&ask, &said).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    assert!(
        store.known_channels().await.unwrap().is_empty(),
        "reading goes on"
    );
    backup.run("ROLLBACK").unwrap();
    assert_eq!(
        store.begin_turn(&ask, &said).await.unwrap(),
        Begun::New(ask)
    );
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_heals() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let claim = claimed(&store, 50).await;
    raw(&store, "PRAGMA max_page_count = 1").await;
    let long = says(101, ADA, &"the sea ".repeat(10_000));
    let ask = asks(&long, 51, in_thread(51));
    let error = store.begin_turn(&ask, &long).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert_eq!(store.turn(MessageId(101)).await.unwrap(), None);
    assert!(
        store.load(ConversationId(51), FAR).await.unwrap().is_none(),
        "nothing half is left"
    );
    assert_eq!(loaded(&store, 50).await, ["100 7: hello"]);
    let part = answers(102, 100, &long.text);
    let error = store
        .save_reply(&claim.fence, &holding(std::slice::from_ref(&part)))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");

    raw(&store, "PRAGMA max_page_count = 100000").await;
    assert_eq!(
        store.begin_turn(&ask, &long).await.unwrap(),
        Begun::New(ask)
    );
    store
        .save_reply(&claim.fence, &holding(&[part]))
        .await
        .unwrap();
    store
        .finish(&claim.fence, ANSWERED, Shown::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn an_end_that_could_not_be_written_is_written_before_the_next_claim_or_at_the_close() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    for conversation in [50, 60] {
        begin(
            &store,
            &says(conversation * 2, ADA, "hello"),
            conversation,
            in_thread(conversation),
        )
        .await;
    }
    begin(&store, &says(101, ADA, "and?"), 50, in_thread(50)).await;
    let (first, second) = (
        claimed(&store, 50).await.fence,
        claimed(&store, 60).await.fence,
    );
    begin(&store, &says(102, BEN, "me too"), 50, in_thread(50)).await;
    raw(&store, "PRAGMA query_only = ON").await;
    for fence in [&first, &second] {
        assert!(matches!(
            store.finish(fence, ANSWERED, Shown::default()).await,
            Err(StoreError::Unwritable { .. })
        ));
    }
    assert!(matches!(
        store.claim(ConversationId(50)).await,
        Err(StoreError::Unwritable { .. })
    ));
    raw(&store, "PRAGMA query_only = OFF").await;

    let claim = claimed(&store, 50).await;
    assert_eq!(
        messages_of(&claim.asks),
        [102],
        "what was answered is not answered again"
    );
    assert_eq!(
        store.turn(MessageId(101)).await.unwrap(),
        Some(Turn::Done(ANSWERED))
    );
    assert_eq!(
        store.turn(MessageId(120)).await.unwrap(),
        Some(Turn::Running)
    );
    store.close().await;
    let store = Store::open(directory.path(), BOT).await.unwrap();
    assert_eq!(
        store.turn(MessageId(120)).await.unwrap(),
        Some(Turn::Done(ANSWERED))
    );
    assert_eq!(
        store.unfinished().await.unwrap(),
        [(ConversationId(50), Some(GUILD))]
    );
}

/// A process that dies leaves its files as they are: copies of them, taken at any moment, are what the next one finds.
fn leave_dead(from: &Path, to: &Path, log: usize) {
    fs::copy(from.join(FILE), to.join(FILE)).unwrap();
    let mut written = fs::read(from.join("kaiwa.db-wal")).unwrap();
    written.truncate(log);
    fs::write(to.join("kaiwa.db-wal"), written).unwrap();
}

#[tokio::test]
async fn a_question_is_stored_whole_or_not_at_all_wherever_the_process_dies() {
    let directory = tempfile::tempdir().unwrap();
    // The tables themselves are folded into the database, so that the log holds the questions alone.
    Store::open(directory.path(), BOT)
        .await
        .unwrap()
        .close()
        .await;
    let store = Store::open(directory.path(), BOT).await.unwrap();
    for id in 100..112 {
        begin(&store, &says(id, ADA, "hello"), id, opens_thread()).await;
    }
    let log = fs::metadata(directory.path().join("kaiwa.db-wal"))
        .unwrap()
        .len();
    let log = usize::try_from(log).unwrap();
    let mut whole = Vec::new();
    for cut in 0..=40 {
        let dead = tempfile::tempdir().unwrap();
        leave_dead(directory.path(), dead.path(), log * cut / 40);
        let store = Store::open(dead.path(), BOT).await.unwrap();
        let waiting = store.unfinished().await.unwrap();
        for (conversation, _) in &waiting {
            assert_eq!(loaded(&store, conversation.0).await.len(), 1);
            assert_eq!(claimed(&store, conversation.0).await.asks.len(), 1);
        }
        let stray: Vec<i64> = rows(
            &store,
            "SELECT (SELECT COUNT(*) FROM messages) + (SELECT COUNT(*) FROM conversations) - 2 * (SELECT COUNT(*) FROM turns)",
        )
        .await;
        assert_eq!(stray, [0], "every row belongs to a question");
        whole.push(waiting.len());
    }
    assert!(whole.is_sorted(), "{whole:?}");
    assert_eq!((whole[0], whole[40]), (0, 12));
    assert!(
        whole.iter().any(|&count| count > 0 && count < 12),
        "{whole:?}"
    );
}

#[tokio::test]
async fn a_transaction_that_nobody_waits_for_happens_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let (changed, changes) = oneshot::channel();
    let (go_on, goes_on) = mpsc::channel();
    let half = store.write(move |connection| {
        connection.execute("UPDATE messages SET text = 'changed'", ())?;
        changed.send(()).unwrap();
        goes_on.recv().unwrap();
        Ok(())
    });
    let dead = tempfile::tempdir().unwrap();
    {
        let mut half = std::pin::pin!(half);
        tokio::select! {
            _ = half.as_mut() => panic!("it stands in its middle"),
            () = async { changes.await.unwrap() } => {}
        }
        leave_dead(directory.path(), dead.path(), usize::MAX);
    }
    assert_eq!(
        loaded(&store, 50).await,
        ["100 7: hello"],
        "reading goes on"
    );
    go_on.send(()).unwrap();
    assert!(
        store
            .note(ConversationId(50), &says(101, ADA, "again"))
            .await
            .unwrap()
    );
    assert_eq!(loaded(&store, 50).await, ["100 7: changed", "101 7: again"]);
    let next = Store::open(dead.path(), BOT).await.unwrap();
    assert_eq!(loaded(&next, 50).await, ["100 7: hello"]);
}

#[tokio::test]
async fn what_fails_in_the_middle_leaves_nothing_and_the_store_goes_on() {
    let store = Store::open_in_memory().await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let change =
        |connection: &Connection| connection.execute("UPDATE messages SET text = 'changed'", ());
    let refused = store.write(move |connection| {
        change(connection)?;
        connection.execute("INSERT INTO counters (name, value) VALUES ('run', 1)", ())
    });
    assert!(matches!(refused.await, Err(StoreError::Other { .. })));
    assert_eq!(loaded(&store, 50).await, ["100 7: hello"]);
    let broken = store.write(move |connection| -> Result<(), Fault> {
        change(connection)?;
        panic!("a fault of ours");
    });
    assert!(matches!(broken.await, Err(StoreError::Other { .. })));
    assert_eq!(loaded(&store, 50).await, ["100 7: hello"]);
    begin(&store, &says(101, ADA, "again"), 50, in_thread(50)).await;
}

#[tokio::test]
async fn an_end_that_can_t_be_written_does_not_hold_up_the_others() {
    let store = Store::open_in_memory().await.unwrap();
    for thread in [50, 60] {
        begin(
            &store,
            &says(thread, ADA, "hello"),
            thread,
            in_thread(thread),
        )
        .await;
    }
    let (first, other) = (
        claimed(&store, 50).await.fence,
        claimed(&store, 60).await.fence,
    );
    raw(
        &store,
        "CREATE TRIGGER breaks BEFORE UPDATE ON turns BEGIN SELECT RAISE(FAIL, 'broken'); END",
    )
    .await;
    for fence in [&first, &other] {
        let ended = store.finish(fence, ANSWERED, Shown::default()).await;
        assert!(ended.is_err());
    }
    raw(
        &store,
        "DROP TRIGGER breaks; CREATE TRIGGER breaks BEFORE UPDATE ON turns WHEN NEW.ask = 50 \
         BEGIN SELECT RAISE(FAIL, 'broken'); END",
    )
    .await;
    assert!(store.pay(None).await.is_err());
    let ended = store.turn(MessageId(60)).await.unwrap();
    assert_eq!(ended, Some(Turn::Done(ANSWERED)));
    raw(&store, "DROP TRIGGER breaks").await;
    store.pay(None).await.unwrap();
    let ended = store.turn(MessageId(50)).await.unwrap();
    assert_eq!(ended, Some(Turn::Done(ANSWERED)));
}

#[tokio::test]
async fn what_concerns_nothing_that_is_kept_waits_for_no_lock() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    raw(&store, "PRAGMA busy_timeout = 1").await;
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let backup = Connection::writing(&directory.path().join(FILE)).unwrap();
    backup.run("BEGIN IMMEDIATE").unwrap();
    let unknown = store.edited(&says(7, BEN, "nice weather")).await.unwrap();
    assert_eq!(unknown, Edited::default());
    let unknown = store.deleted(GENERAL, &[MessageId(7)]).await.unwrap();
    assert_eq!(unknown, []);
    let known = store.deleted(ChannelId(50), &[MessageId(100)]).await;
    assert!(matches!(known, Err(StoreError::Busy { .. })), "{known:?}");
}
