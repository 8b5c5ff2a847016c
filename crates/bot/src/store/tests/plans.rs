//! No statement of the main path grows with what is stored.

use super::*;
use crate::store::{edits, leads, lease, load, titles, turns};

/// How SQLite is going to find the rows of a statement.
async fn plan(store: &Store, statement: &str) -> String {
    // Every statement here has one to three values.
    let explained = ["$3", "$2", "$1"]
        .iter()
        .fold(statement.to_owned(), |statement, value| {
            statement.replace(value, "1")
        });
    let explained = format!("EXPLAIN QUERY PLAN {explained}");
    let writer = &store.opened().unwrap().writer;
    let read =
        writer.read(move |connection| connection.all::<(i64, i64, i64, String)>(&explained, ()));
    let explained = read.await.unwrap();
    let steps: Vec<String> = explained.into_iter().map(|(.., step)| step).collect();
    steps.join("\n")
}

#[tokio::test]
async fn every_table_is_searched_by_an_index_and_never_scanned() {
    let store = Store::open_in_memory().await.unwrap();
    for statement in [
        load::HEAD,
        load::BEFORE,
        load::LATE,
        load::CHAIN,
        lease::NUMBER,
        lease::OPEN,
        lease::FORGET_LEFT,
        leads::LED,
        leads::HEIR,
        edits::IS_KEPT,
        turns::SEEN_BY_LATER,
        turns::UNFINISHED,
        titles::UNTITLED,
    ] {
        let plan = plan(&store, statement).await;
        assert!(plan.contains("SEARCH"), "{plan}");
        for table in ["conversations", "messages", "turns", "m"] {
            let scanned = plan.lines().any(|step| {
                let mut words = step.split_whitespace();
                words.next() == Some("SCAN") && words.next() == Some(table)
            });
            assert!(!scanned, "{statement}\n{plan}");
        }
    }
}

#[tokio::test]
async fn the_newest_messages_are_read_in_the_order_of_the_index() {
    let store = Store::open_in_memory().await.unwrap();
    for statement in [load::HEAD, load::BEFORE] {
        let plan = plan(&store, statement).await;
        assert!(!plan.contains("TEMP B-TREE"), "{statement}\n{plan}");
    }
}
