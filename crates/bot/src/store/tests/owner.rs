//! Whose memory a database is: another bot's is found out before anything is done to it.

use std::fs;

use kaiwa_core::session::Session;
use tempfile::TempDir;

use super::*;

const OTHER: UserId = UserId(100);

/// What a bot has left, once these statements were run on it.
async fn left(statements: &'static str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    let session = Session {
        shard: 0,
        shards: 1,
        bot: BOT,
        application: BOT,
        intents: 1,
        id: "a".to_owned(),
        sequence: 5,
        resume_url: String::new(),
    };
    let began = store.session_began(&session, &[], 1_000, None);
    began.await.unwrap();
    raw(&store, statements).await;
    store.close().await;
    directory
}

#[tokio::test]
async fn a_database_of_another_bot_is_not_even_brought_up_to_date() {
    for statements in [
        "",
        // Before the owner was written down.
        "DELETE FROM counters WHERE name = 'bot'",
        // An earlier Kaiwa's.
        "DELETE FROM migrations WHERE version = 11",
        "DROP TABLE migrations",
    ] {
        let directory = left(statements).await;
        let file = directory.path().join(FILE);
        let before = fs::read(&file).unwrap();
        let store = Store::at(directory.path());
        store.take().await.unwrap();
        let error = store.connect(OTHER).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Foreign { bot: BOT, .. }),
            "{error}"
        );
        assert!(!store.is_open());
        store.close().await;
        assert_eq!(fs::read(&file).unwrap(), before, "{statements}");
        let inspected = inspect(directory.path()).await.unwrap().unwrap();
        assert!(inspected.may_be_of(BOT).is_ok());
        assert!(matches!(
            inspected.may_be_of(OTHER),
            Err(StoreError::Foreign { bot: BOT, .. })
        ));
    }
}

#[tokio::test]
async fn a_new_database_is_of_the_first_bot_that_opens_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::at(directory.path());
    store.take().await.unwrap();
    store.close().await;
    assert_eq!(inspect(directory.path()).await.unwrap(), None);
    let store = Store::open(directory.path(), BOT).await.unwrap();
    store.close().await;
    let error = Store::open(directory.path(), OTHER).await.unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    let store = Store::open(directory.path(), BOT).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn where_the_owner_cannot_be_read_nothing_is_taken_for_ones_own() {
    let directory = left("").await;
    let file = directory.path().join(FILE);
    let looking = rusqlite::Connection::open(&file).unwrap();
    let page = "SELECT rootpage FROM sqlite_schema WHERE name = 'counters'";
    let page: u32 = looking.query_one(page, (), |row| row.get(0)).unwrap();
    drop(looking);
    let mut damaged = fs::read(&file).unwrap();
    let at = usize::try_from(page - 1).unwrap() * 4096;
    damaged[at..at + 4096].fill(0xa5);
    fs::write(&file, &damaged).unwrap();
    let error = Store::open(directory.path(), BOT).await.unwrap_err();
    assert!(matches!(error, StoreError::Broken { .. }), "{error}");
    assert_eq!(fs::read(&file).unwrap(), damaged);
}
