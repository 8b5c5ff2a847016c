//! The gateway sessions: how far each has come, and what its events have added up to.
//!
//! A sequence is written only when everything up to it is stored, and what is known of guilds is written before it.
//! What comes after it is told again by a resumed session, and telling it again changes nothing.

use kaiwa_core::{
    id::{GuildId, UserId},
    session::Session,
};

use super::{
    Store, StoreError,
    connection::{Connection, record},
    error::Fault,
    gaps,
    places::UNREAD,
    row::{self, stored},
    ticks,
};

/// A stored session, with what is known of its guilds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// The session, with the sequence up to which everything is stored.
    pub session: Session,
    /// When that was so, by Discord's clock, in milliseconds since the Unix epoch.
    pub reached_ms: u64,
    /// Its guilds, with what is known of them; none of those that Discord has still to tell of.
    pub guilds: Vec<(GuildId, Option<String>)>,
}

/// How long a time in the table may be: the year 2286.
const LATEST_MS: i64 = 9_999_999_999_999;

#[derive(Debug)]
struct SessionRow {
    shard: i64,
    shards: i64,
    bot: i64,
    application: i64,
    intents: i64,
    id: String,
    sequence: i64,
    resume_url: String,
    reached: i64,
}

record!(SessionRow {
    shard,
    shards,
    bot,
    application,
    intents,
    id,
    sequence,
    resume_url,
    reached
});

impl Store {
    /// The stored sessions, by shard. What is no session is left out.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn sessions(&self) -> Result<Vec<KeptSession>, StoreError> {
        self.read(move |connection| {
            let rows: Vec<SessionRow> = connection.all(
                "SELECT shard, shards, bot, application, intents, id, sequence, resume_url, reached FROM sessions \
                 ORDER BY shard",
                (),
            )?;
            let guilds: Vec<(i64, i64, Option<String>)> =
                connection.all("SELECT shard, id, known FROM guilds ORDER BY shard, id", ())?;
            let mut kept: Vec<KeptSession> = rows.into_iter().filter_map(session).collect();
            for (shard, id, known) in guilds {
                let of_shard = kept
                    .iter_mut()
                    .find(|kept| i64::from(kept.session.shard) == shard);
                if let Some(kept) = of_shard {
                    kept.guilds.push((GuildId(row::id(id)), known));
                }
            }
            Ok(kept)
        })
        .await
    }

    /// A shard has begun a new session in these guilds. What was said before it was not told: the conversations of the
    /// shard are to be read back before they are used again, and what was said since `heard_ms` is a [`Gap`](super::Gap)
    /// now; nothing is, where the shard never heard before. Both are moments by Discord's clock.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn session_began(
        &self,
        session: &Session,
        guilds: &[GuildId],
        now_ms: u64,
        heard_ms: Option<u64>,
    ) -> Result<(), StoreError> {
        let (session, guilds) = (session.clone(), guilds.to_vec());
        let (before, number, tick) = (self.tick(), self.tick(), self.tick());
        self.write(move |connection| {
            let shard = i64::from(session.shard);
            let shards = i64::from(session.shards);
            // With another number of shards nothing is known of guilds whose new shard has not begun yet but this.
            gaps::open_of_others(connection, shards, before)?;
            connection.execute("DELETE FROM sessions WHERE shards <> $1", (shards,))?;
            connection.execute(
                "DELETE FROM guilds WHERE shard = $1 OR shard >= $2",
                (shard, shards),
            )?;
            connection.execute(
                "INSERT INTO sessions (shard, shards, bot, application, intents, id, sequence, resume_url, reached) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (shard) DO UPDATE SET \
                 application = excluded.application, intents = excluded.intents, id = excluded.id, \
                 sequence = excluded.sequence, resume_url = excluded.resume_url, reached = excluded.reached",
                (
                    shard,
                    shards,
                    stored(session.bot.0),
                    stored(session.application.0),
                    stored(session.intents),
                    &session.id,
                    stored(session.sequence),
                    &session.resume_url,
                    stored(now_ms),
                ),
            )?;
            for guild in guilds {
                put_guild(connection, shard, guild, None)?;
            }
            if let Some(heard_ms) = heard_ms {
                gaps::open(connection, shard, shards, stored(heard_ms), number)?;
            }
            // Direct messages come to the first shard.
            let of_shard = format!("{UNREAD} AND COALESCE((guild >> 22) % $3, 0) = $2");
            connection.execute(&of_shard, (tick, shard, shards))?;
            Ok(())
        })
        .await
    }

    /// Everything that a session told up to its sequence is stored. Changes nothing where the shard has another session
    /// meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn session_reached(&self, session: &Session, now_ms: u64) -> Result<(), StoreError> {
        let (session, tick) = (session.clone(), self.tick());
        self.write(move |connection| {
            connection.execute(ticks::KEEP, (tick,))?;
            connection.execute(
                "UPDATE sessions SET sequence = $3, resume_url = $4, reached = $5 \
                 WHERE shard = $1 AND id = $2 AND sequence <= $3",
                (
                    i64::from(session.shard),
                    &session.id,
                    stored(session.sequence),
                    &session.resume_url,
                    stored(now_ms),
                ),
            )?;
            Ok(())
        })
        .await
    }

    /// When a shard began sessions since a moment, both by Discord's clock, in milliseconds since the Unix epoch. What is
    /// older is forgotten.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn identifies(&self, shard: u32, since_ms: u64) -> Result<Vec<u64>, StoreError> {
        self.write(move |connection| {
            connection.execute("DELETE FROM identifies WHERE at < $1", (stored(since_ms),))?;
            let at: Vec<i64> = connection.all(
                "SELECT at FROM identifies WHERE shard = $1",
                (i64::from(shard),),
            )?;
            Ok(at.into_iter().map(row::id).collect())
        })
        .await
    }

    /// A shard begins a session now.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn identified(&self, shard: u32, now_ms: u64) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.execute(
                "INSERT INTO identifies (shard, at) VALUES ($1, $2)",
                (i64::from(shard), stored(now_ms)),
            )?;
            Ok(())
        })
        .await
    }

    /// What is known of a shard's guilds has changed; nothing is known of those that the bot has left.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn guilds_changed(
        &self,
        shard: u32,
        guilds: &[(GuildId, Option<String>)],
    ) -> Result<(), StoreError> {
        let guilds = guilds.to_vec();
        self.write(move |connection| {
            for (guild, known) in guilds {
                match known {
                    Some(known) => {
                        put_guild(connection, i64::from(shard), guild, Some(&known))?;
                    }
                    None => {
                        connection.fold.soon();
                        for gone in [
                            "DELETE FROM guilds WHERE id = $1",
                            "DELETE FROM gaps WHERE guild = $1",
                            "DELETE FROM unheard WHERE guild = $1",
                        ] {
                            connection.execute(gone, (stored(guild.0),))?;
                        }
                    }
                }
            }
            Ok(())
        })
        .await
    }
}

fn put_guild(
    connection: &Connection,
    shard: i64,
    guild: GuildId,
    known: Option<&str>,
) -> Result<(), Fault> {
    connection.execute(
        "INSERT INTO guilds (id, shard, known) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET shard = excluded.shard, known = excluded.known",
        (stored(guild.0), shard, known),
    )?;
    Ok(())
}

/// The session that a row holds, where it holds one.
fn session(row: SessionRow) -> Option<KeptSession> {
    let session = Session {
        shard: u32::try_from(row.shard).ok()?,
        shards: u32::try_from(row.shards).ok()?,
        bot: UserId(row::id(row.bot)),
        application: UserId(row::id(row.application)),
        intents: u64::try_from(row.intents).ok()?,
        id: row.id,
        sequence: u64::try_from(row.sequence).ok()?,
        resume_url: row.resume_url,
    };
    Some(KeptSession {
        session,
        reached_ms: u64::try_from(row.reached.min(LATEST_MS)).ok()?,
        guilds: Vec::new(),
    })
}
