//! Stores what gateway sessions have told, beside everything else and one after the other: what is known of guilds when a session
//! begins must not be taken for something that the session has told.

use std::{convert::Infallible, sync::Arc};

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId},
    session::Session,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{app::Rooms, discord::directory::Directory, memory::Memory};

/// How many guilds are written at once: no question waits long behind them.
const GUILDS: usize = 50;

/// What is to be stored of sessions.
pub(crate) enum Keep {
    /// A session has begun.
    Began(Box<Began>),
    /// Where in a guild something was missed.
    Told(GuildId, Vec<(ChannelId, MessageId)>),
    /// How far a session has come, and when, by Discord's clock.
    Reached(Session, u64),
}

/// A session that has begun.
pub(crate) struct Began {
    /// The session.
    pub session: Session,
    /// The shard's guilds.
    pub guilds: Vec<GuildId>,
    /// When it began, by Discord's clock.
    pub now: u64,
    /// Until when the shard surely heard what was said.
    pub heard: Option<u64>,
    /// Whoever waits until it is stored knows it by the sender being dropped.
    pub done: oneshot::Sender<Infallible>,
}

/// Nothing waits for what is told here, but for a session that begins. It ends, with everything stored, when nobody can tell it
/// anything any more.
pub(crate) fn keep_sessions(rooms: &Arc<Rooms>) -> (mpsc::UnboundedSender<Keep>, JoinHandle<()>) {
    let (sender, heard) = mpsc::unbounded_channel();
    let rooms = Arc::clone(rooms);
    let keeper =
        tokio::spawn(async move { keep(&rooms.memory, rooms.reader.directory(), heard).await });
    (sender, keeper)
}

async fn keep(memory: &Memory, directory: &Directory, mut heard: mpsc::UnboundedReceiver<Keep>) {
    let mut told = Vec::new();
    while let Some(keep) = heard.recv().await {
        match keep {
            Keep::Began(began) => {
                let Began {
                    session,
                    guilds,
                    now,
                    heard,
                    done,
                } = *began;
                // What the session before has told of them is told anew.
                told.retain(|(guild, _)| !is_of(&session, *guild));
                memory.session_began(&session, &guilds, now, heard).await;
                // The directory is ahead of what is told here: some may have come up, and been stored before there was a row of
                // this session for them. The others are marked when they come up.
                directory.mark_known(guilds);
                drop(done);
            }
            Keep::Told(guild, places) => told.push((guild, places)),
            Keep::Reached(session, now) => {
                // Discord does not tell it again once the session is known to have come further.
                if told.is_empty() || memory.gaps_told(&told).await {
                    told.clear();
                    reached(memory, directory, &session, now).await;
                }
            }
        }
    }
}

/// What is known of the guilds goes first: it may be newer than the session's sequence, but never older.
async fn reached(memory: &Memory, directory: &Directory, session: &Session, now: u64) {
    loop {
        let changed = directory.take_changed(|guild| is_of(session, guild), GUILDS);
        if changed.is_empty() {
            break;
        }
        if !memory.guilds_changed(session.shard, &changed).await {
            return directory.mark(changed.into_iter().map(|(guild, _)| guild));
        }
    }
    memory.session_reached(session, now).await;
}

fn is_of(session: &Session, guild: GuildId) -> bool {
    guild.shard(session.shards) == session.shard
}

#[cfg(test)]
mod tests {
    use kaiwa_core::{id::UserId, words::Locale};

    use super::*;

    const ME: UserId = UserId(7);
    const HERE: GuildId = GuildId(1);
    const DOWN: GuildId = GuildId(2);

    fn session(id: &str) -> Session {
        Session {
            shard: 0,
            shards: 1,
            bot: ME,
            application: ME,
            intents: 1,
            id: id.to_owned(),
            sequence: 5,
            resume_url: "wss://example.com".to_owned(),
        }
    }

    fn began(id: &str) -> Keep {
        Keep::Began(Box::new(Began {
            session: session(id),
            guilds: vec![HERE, DOWN],
            now: 9,
            heard: Some(8),
            done: oneshot::channel().0,
        }))
    }

    fn comes_up(directory: &Directory, guild: GuildId) {
        let guild = serde_json::from_str(&format!(r#"{{"id":"{guild}"}}"#));
        directory.put_guild(guild.unwrap(), ME);
    }

    /// Which guilds a next process would take for known, once all of this is kept; it has something to read back in both.
    async fn known(memory: &Memory, directory: &Directory, told: Vec<Keep>) -> Vec<GuildId> {
        let (sender, heard) = mpsc::unbounded_channel();
        for keep in told {
            assert!(sender.send(keep).is_ok());
        }
        drop(sender);
        keep(memory, directory, heard).await;
        let kept = memory.sessions().await.remove(0);
        assert_eq!(kept.guilds.len(), 2);
        let gaps = memory.gaps().await.into_iter();
        let gaps: Vec<GuildId> = gaps.filter_map(|gap| gap.guild).collect();
        assert_eq!(gaps, [HERE, DOWN]);
        let known = kept.guilds.into_iter();
        known
            .filter_map(|(guild, known)| known.is_some().then_some(guild))
            .collect()
    }

    #[tokio::test]
    async fn a_guild_that_comes_up_while_its_session_is_stored_is_known_and_no_other() {
        let data = tempfile::tempdir().unwrap();
        let memory = Memory::open(data.path(), Locale::En).await.unwrap();
        // Nothing is known of the one that is not up yet when the process begins.
        let directory = Directory::default();
        comes_up(&directory, HERE);
        let told = vec![began("a"), Keep::Reached(session("a"), 10)];
        assert_eq!(known(&memory, &directory, told).await, [HERE]);

        comes_up(&directory, DOWN);
        let told = vec![Keep::Reached(session("a"), 10)];
        assert_eq!(known(&memory, &directory, told).await, [HERE, DOWN]);

        // A new session begins, and one guild is back before anything of it is stored; the other has an outage.
        directory.keep_only(|_| true, &[HERE, DOWN]);
        comes_up(&directory, HERE);
        let told = vec![
            Keep::Reached(session("a"), 11),
            began("b"),
            Keep::Reached(session("b"), 12),
        ];
        assert_eq!(known(&memory, &directory, told).await, [HERE]);

        comes_up(&directory, DOWN);
        let told = vec![Keep::Reached(session("b"), 13)];
        assert_eq!(known(&memory, &directory, told).await, [HERE, DOWN]);
        memory.close().await;
    }
}
