//! Whose memory it is. What one bot was told, and which messages are its own, means nothing to another: it would take servers that
//! it isn't in for servers that were left, and erase what was said there. So a database of another bot is not even brought up to
//! date.

use kaiwa_core::id::UserId;

use super::{
    connection::Connection,
    error::Fault,
    row::{self, stored},
};

/// The bot whose memory it is.
const OWNER: &str = "SELECT value FROM counters WHERE name = 'bot'";

/// The same of a database from before that was written down.
const LAST_BOT: &str = "SELECT bot FROM sessions LIMIT 1";

/// Writes down whose memory it is.
const OWN: &str =
    "INSERT INTO counters (name, value) VALUES ('bot', $1) ON CONFLICT (name) DO NOTHING";

/// Whose memory it is, of a database that no newer Kaiwa has written; none where it is nobody's yet. Reads only.
pub(super) fn of(connection: &Connection) -> Result<Option<UserId>, Fault> {
    let mut owner: Option<i64> = None;
    for (table, told) in [("counters", OWNER), ("sessions", LAST_BOT)] {
        if owner.is_none() && connection.has_table(table)? {
            owner = connection.first(told, ())?;
        }
    }
    Ok(owner.map(|owner| UserId(row::id(owner))))
}

/// Makes sure that it is not the memory of another bot. Reads only.
///
/// # Errors
/// [`Fault::Foreign`], and what the database says.
pub(super) fn check(connection: &Connection, bot: UserId) -> Result<(), Fault> {
    let other = of(connection)?.filter(|owner| *owner != bot);
    other.map_or(Ok(()), |other| Err(Fault::Foreign(other)))
}

/// From here on it is this bot's memory.
pub(super) fn own(connection: &Connection, bot: UserId) -> Result<(), Fault> {
    connection.execute(OWN, (stored(bot.0),))?;
    Ok(())
}
