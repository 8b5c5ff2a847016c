//! What a store holds, counted from outside while a Kaiwa may be using it: for `kaiwa play`, which shows it.

use std::path::Path;

use super::{
    FILE, STILL_BUSY, StoreError,
    connection::{Connection, Database},
    error::{Fault, io_error},
};

/// So many of the newest turns are told.
const TURNS: i64 = 30;

/// What is held, without a word that anybody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Conversations.
    pub conversations: u64,
    /// Messages whose text is known.
    pub messages: u64,
    /// Messages whose text was erased.
    pub erased: u64,
    /// Earlier versions of answers.
    pub versions: u64,
    /// The newest turns, newest first.
    pub turns: Vec<HeldTurn>,
}

/// One turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldTurn {
    /// The message that asked.
    pub ask: u64,
    /// How far it is, as it stands in the table.
    pub state: String,
    /// Which version of its answer it is at, from 1.
    pub version: u64,
}

/// Counts what the store of a data directory holds; none where there is no store yet.
///
/// # Errors
/// [`StoreError::Busy`], [`StoreError::Broken`], [`StoreError::Unwritable`]
pub async fn held(directory: &Path) -> Result<Option<Held>, StoreError> {
    let file = directory.join(FILE);
    match std::fs::exists(&file) {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(error) => return Err(io_error(&error, file)),
    }
    let path = file.clone();
    let database = Database::open(move || {
        let connection = Connection::reading(&path)?;
        connection.patience(STILL_BUSY)?;
        Ok(connection)
    });
    let database = database.await.map_err(|fault| fault.told(&file))?;
    let counted = database.read(count).await;
    database.close().await;
    counted.map(Some).map_err(|fault| fault.told(&file))
}

fn count(connection: &Connection) -> Result<Held, Fault> {
    let (conversations, messages, erased, versions): (i64, i64, i64, i64) = connection.one(
        "SELECT (SELECT COUNT(*) FROM conversations), \
         (SELECT COUNT(*) FROM messages WHERE NOT deleted), \
         (SELECT COUNT(*) FROM messages WHERE deleted), \
         (SELECT COUNT(*) FROM versions)",
        (),
    )?;
    let turns: Vec<(i64, String, i64)> = connection.all(
        "SELECT ask, state, version FROM turns ORDER BY ask DESC LIMIT $1",
        (TURNS,),
    )?;
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(Held {
        conversations: number(conversations),
        messages: number(messages),
        erased: number(erased),
        versions: number(versions),
        turns: turns
            .into_iter()
            .map(|(ask, state, version)| HeldTurn {
                ask: number(ask),
                state,
                version: number(version),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaiwa_core::id::UserId;

    use crate::store::Store;

    #[tokio::test]
    async fn a_store_is_counted_while_it_is_in_use() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(held(directory.path()).await.unwrap(), None);
        let store = Store::open(directory.path(), UserId(99)).await.unwrap();
        let held = held(directory.path()).await.unwrap().unwrap();
        assert_eq!((held.conversations, held.messages), (0, 0));
        assert!(held.turns.is_empty());
        store.close().await;
    }
}
