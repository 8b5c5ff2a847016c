//! The tables, and how a database that an earlier Kaiwa has left gets those that it lacks.

use super::{connection::Connection, error::Fault};

/// The table that says which changes were made.
const TABLE: &str = include_str!("../../migrations/0000_migrations.sql");

/// The changes of the tables, oldest first. What has been released never changes; a new version is a new line.
const MIGRATIONS: [(i64, &str, &str); 12] = [
    (
        1,
        "conversations",
        include_str!("../../migrations/0001_conversations.sql"),
    ),
    (
        2,
        "versions",
        include_str!("../../migrations/0002_versions.sql"),
    ),
    (
        3,
        "sessions",
        include_str!("../../migrations/0003_sessions.sql"),
    ),
    (
        4,
        "missed",
        include_str!("../../migrations/0004_missed.sql"),
    ),
    (
        5,
        "identifies",
        include_str!("../../migrations/0005_identifies.sql"),
    ),
    (6, "gaps", include_str!("../../migrations/0006_gaps.sql")),
    (7, "stops", include_str!("../../migrations/0007_stops.sql")),
    (
        8,
        "unheard",
        include_str!("../../migrations/0008_unheard.sql"),
    ),
    (9, "edits", include_str!("../../migrations/0009_edits.sql")),
    (
        10,
        "titles",
        include_str!("../../migrations/0010_titles.sql"),
    ),
    (11, "order", include_str!("../../migrations/0011_order.sql")),
    (
        12,
        "title_tries",
        include_str!("../../migrations/0012_title_tries.sql"),
    ),
];

/// Under this name the library that served before kept what is in `migrations` now.
const BEFORE: &str = "_sqlx_migrations";

/// Brings the tables up to date.
///
/// # Errors
/// [`Fault::TooNew`], and what the database says.
pub(super) fn migrate(connection: &Connection) -> Result<(), Fault> {
    connection.transaction(|connection| {
        connection.run(TABLE)?;
        // Also where an older Kaiwa was started on these tables once more, and made its own list anew.
        if connection.has_table(BEFORE)? {
            connection.run(
                "INSERT INTO migrations (version, name) SELECT version, description FROM _sqlx_migrations WHERE TRUE \
                 ON CONFLICT (version) DO NOTHING; \
                 DROP TABLE _sqlx_migrations",
            )?;
        }
        Ok(())
    })?;
    let made = made(connection)?;
    for (version, name, change) in MIGRATIONS {
        if !made.contains(&version) {
            connection.transaction(|connection| {
                connection.run(change)?;
                connection.execute(
                    "INSERT INTO migrations (version, name) VALUES ($1, $2)",
                    (version, name),
                )
            })?;
        }
    }
    Ok(())
}

/// Which changes were made, of a database that no newer Kaiwa has written.
///
/// # Errors
/// [`Fault::TooNew`], and what the database says.
pub(super) fn made(connection: &Connection) -> Result<Vec<i64>, Fault> {
    if !connection.has_table("migrations")? {
        return Ok(Vec::new());
    }
    let made: Vec<i64> = connection.all("SELECT version FROM migrations", ())?;
    let newest = MIGRATIONS.iter().map(|(version, ..)| *version).max();
    if made.iter().copied().max() > newest {
        return Err(Fault::TooNew);
    }
    Ok(made)
}
