//! Databases that another version of Kaiwa has written.

use super::*;

#[tokio::test]
async fn the_tables_of_an_earlier_kaiwa_are_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    begin(&store, &says(100, ADA, "hello"), 50, in_thread(50)).await;
    raw(
        &store,
        "CREATE TABLE _sqlx_migrations AS SELECT version, name AS description, '' AS checksum FROM migrations; \
         DROP TABLE migrations",
    )
    .await;
    store.close().await;
    for _ in 0..2 {
        let store = Store::open(directory.path(), BOT).await.unwrap();
        assert_eq!(loaded(&store, 50).await, ["100 7: hello"]);
        // An earlier one that is started on these tables makes its own list before it gives up.
        raw(
            &store,
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, checksum BLOB)",
        )
        .await;
        store.close().await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path(), BOT).await.unwrap();
    raw(&store, "INSERT INTO migrations VALUES (9999, 'later')").await;
    store.close().await;
    let error = Store::open(directory.path(), BOT).await.unwrap_err();
    assert!(matches!(error, StoreError::TooNew { .. }), "{error}");
}
