//! Stores what gateway sessions have told, beside everything else and one after the other: what is known of guilds when a session
//! begins must not be taken for something that the session has told.

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId},
    missed::Unheard,
    session::Session,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use crate::{app::Rooms, discord::directory::Directory, memory::Memory};

/// How many guilds are written at once: no question waits long behind them.
const GUILDS: usize = 50;

/// How long what could not be kept waits to be kept, where nothing else is to be.
const AGAIN: Duration = Duration::from_secs(5);

/// What is to be stored of sessions.
pub(crate) enum Keep {
    /// A session has begun.
    Began(Box<Began>),
    /// Where in a guild something was missed.
    Told(GuildId, Vec<(ChannelId, MessageId)>),
    /// What is to be read back of a single place.
    Unheard(Unheard),
    /// The same is read back.
    Read(Unheard),
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
    let mut keeper = Keeper {
        memory,
        directory,
        told: Vec::new(),
        unheard: Vec::new(),
        unkept: HashMap::new(),
        owed: HashMap::new(),
    };
    loop {
        let next = if keeper.owed.is_empty() {
            heard.recv().await
        } else if let Ok(next) = timeout(AGAIN, heard.recv()).await {
            next
        } else {
            keeper.pay().await;
            continue;
        };
        match next {
            Some(keep) => keeper.keep(keep).await,
            None => break,
        }
    }
    keeper.pay().await;
}

/// What was told, as far as it is not kept yet.
struct Keeper<'a> {
    memory: &'a Memory,
    directory: &'a Directory,
    told: Vec<(GuildId, Vec<(ChannelId, MessageId)>)>,
    unheard: Vec<Unheard>,
    unkept: HashMap<u32, Unkept>,
    /// How far the session of each shard has come, and when. Where nothing happens nobody tells it once more.
    owed: HashMap<u32, (Session, u64)>,
}

impl Keeper<'_> {
    async fn keep(&mut self, keep: Keep) {
        match keep {
            Keep::Began(began) => {
                // What the session before has told of them is told anew.
                self.told
                    .retain(|(guild, _)| !is_of(&began.session, *guild));
                let shard = began.session.shard;
                self.owed.retain(|owing, (session, _)| {
                    *owing != shard || session.id == began.session.id
                });
                self.keep_unheard().await;
                let done = take_in(&mut self.unkept, *began);
                self.keep_began().await;
                drop(done);
            }
            Keep::Told(guild, places) => self.told.push((guild, places)),
            Keep::Unheard(place) => self.unheard.push(place),
            // Mostly it is read back before anything of it would be stored.
            Keep::Read(place) => match self.unheard.iter().position(|unheard| *unheard == place) {
                Some(at) => drop(self.unheard.swap_remove(at)),
                None => self.memory.unheard_read(place).await,
            },
            Keep::Reached(session, now) => {
                self.owed.remove(&session.shard);
                self.pay_for(session, now).await;
            }
        }
    }

    /// Keeps how far sessions have come; what can't be kept is owed further on.
    async fn pay(&mut self) {
        for (session, now) in std::mem::take(&mut self.owed).into_values() {
            self.pay_for(session, now).await;
        }
    }

    async fn pay_for(&mut self, session: Session, now: u64) {
        if !self.reached(&session, now).await {
            self.owed.insert(session.shard, (session, now));
        }
    }

    /// Keeps what a session has told, and then how far it has come; tells whether all of it is kept.
    async fn reached(&mut self, session: &Session, now: u64) -> bool {
        // What such a session has told belongs to it: nothing of that is kept before it.
        if !self.keep_began().await {
            return false;
        }
        if self.told.is_empty() || self.memory.gaps_told(&self.told).await {
            self.told.clear();
        }
        self.keep_unheard().await;
        // Discord does not tell it again once the session is known to have come further.
        self.told.is_empty() && self.unheard.is_empty() && self.guilds_then(session, now).await
    }

    /// Keeps that sessions have begun; tells whether all are kept. Where there is no store yet, it is told of them when there is one.
    async fn keep_began(&mut self) -> bool {
        let mut left = HashMap::new();
        for (shard, began) in self.unkept.drain() {
            let Unkept {
                session,
                guilds,
                now,
                heard,
            } = &began;
            let kept = self.memory.session_began(session, guilds, *now, *heard);
            let is_kept = kept.await;
            // The directory is ahead of what is told here: some may have come up, and been stored before there was a row of
            // this session for them. The others are marked when they come up.
            self.directory.mark_known(guilds.clone());
            if !is_kept && self.memory.is_open() {
                left.insert(shard, began);
            }
        }
        self.unkept = left;
        self.unkept.is_empty()
    }

    /// What could not be kept is left, to be kept later.
    async fn keep_unheard(&mut self) {
        if !self.unheard.is_empty() && self.memory.keep_unheard(&self.unheard).await {
            self.unheard.clear();
        }
    }

    /// What is known of the guilds goes first: it may be newer than the session's sequence, but never older.
    async fn guilds_then(&self, session: &Session, now: u64) -> bool {
        loop {
            let changed = self
                .directory
                .take_changed(|guild| is_of(session, guild), GUILDS);
            if changed.is_empty() {
                break;
            }
            if !self.memory.guilds_changed(session.shard, &changed).await {
                self.directory
                    .mark(changed.into_iter().map(|(guild, _)| guild));
                return false;
            }
        }
        self.memory.session_reached(session, now).await
    }
}

/// A session that is not kept yet. Until that is done nothing says how far it has come, and without it the next process would go
/// on with the one before.
struct Unkept {
    session: Session,
    guilds: Vec<GuildId>,
    now: u64,
    heard: Option<u64>,
}

/// Takes a session in that has begun, in place of the one that its shard had before. What was missed before that one still is.
fn take_in(unkept: &mut HashMap<u32, Unkept>, began: Began) -> oneshot::Sender<Infallible> {
    let Began {
        session,
        guilds,
        now,
        heard,
        done,
    } = began;
    let before = unkept.remove(&session.shard);
    let before = before.and_then(|before| before.heard);
    let kept = Unkept {
        guilds,
        now,
        heard: [before, heard].into_iter().flatten().min(),
        session,
    };
    unkept.insert(kept.session.shard, kept);
    done
}

fn is_of(session: &Session, guild: GuildId) -> bool {
    guild.shard(session.shards) == session.shard
}

#[cfg(test)]
mod tests {
    use std::path::Path;

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
        begins(id, 8).0
    }

    /// A session that begins after so much was heard, and whoever waits until that is stored.
    fn begins(id: &str, heard: u64) -> (Keep, oneshot::Receiver<Infallible>) {
        let (done, is_done) = oneshot::channel();
        let began = Began {
            session: session(id),
            guilds: vec![HERE, DOWN],
            now: 9,
            heard: Some(heard),
            done,
        };
        (Keep::Began(Box::new(began)), is_done)
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

    /// The memory in a new directory.
    async fn memory(directory: &Path) -> Memory {
        let memory = Memory::at(directory, Locale::En).await.unwrap();
        memory.open(ME).await.unwrap();
        memory
    }

    /// How far the next process would go on, and what it would read back of single places, once all of this is kept.
    async fn left(memory: &Memory, told: Vec<Keep>) -> (u64, Vec<Unheard>) {
        known(memory, &Directory::default(), told).await;
        let kept = memory.sessions().await.remove(0);
        (kept.session.sequence, memory.unheard().await)
    }

    #[tokio::test]
    async fn a_session_goes_on_past_what_nobody_heard_when_that_is_kept() {
        let data = tempfile::tempdir().unwrap();
        let memory = memory(data.path()).await;
        let place = |since| Unheard {
            guild: HERE,
            channel: ChannelId(5),
            since: MessageId(since),
        };
        let reached = |sequence| {
            let session = Session {
                sequence,
                ..session("a")
            };
            Keep::Reached(session, 10)
        };
        let told = vec![
            began("a"),
            Keep::Unheard(place(50)),
            Keep::Unheard(place(60)),
            Keep::Read(place(60)),
        ];
        assert_eq!(left(&memory, told).await, (5, vec![]));
        let told = vec![
            Keep::Unheard(place(50)),
            Keep::Unheard(place(60)),
            Keep::Read(place(60)),
            reached(7),
        ];
        assert_eq!(left(&memory, told).await, (7, vec![place(50)]));
        let told = vec![Keep::Read(place(50)), reached(8)];
        assert_eq!(left(&memory, told).await, (8, vec![]));
        // A new session knows nothing of what the one before has told.
        let told = vec![Keep::Unheard(place(70)), began("b")];
        assert_eq!(left(&memory, told).await, (5, vec![place(70)]));

        // Where it can't be kept, Discord has to tell it again.
        let other = rusqlite::Connection::open(data.path().join("kaiwa.db")).unwrap();
        other
            .execute_batch("ALTER TABLE unheard RENAME TO elsewhere")
            .unwrap();
        let told = vec![Keep::Unheard(place(80)), reached(9)];
        known(&memory, &Directory::default(), told).await;
        assert_eq!(memory.sessions().await.remove(0).session.sequence, 5);
        memory.close().await;
    }

    #[tokio::test]
    async fn a_session_that_can_t_be_kept_when_it_begins_is_kept_when_it_can_be() {
        let data = tempfile::tempdir().unwrap();
        let memory = memory(data.path()).await;
        known(&memory, &Directory::default(), vec![began("a")]).await;
        let other = rusqlite::Connection::open(data.path().join("kaiwa.db")).unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        let (b, b_is_done) = begins("b", 6);
        let (c, c_is_done) = begins("c", 7);
        let telling = async move {
            other
                .execute_batch("ALTER TABLE sessions RENAME TO elsewhere")
                .unwrap();
            for (began, is_done) in [(b, b_is_done), (c, c_is_done)] {
                assert!(sender.send(began).is_ok());
                assert!(is_done.await.is_err());
            }
            other
                .execute_batch("ALTER TABLE elsewhere RENAME TO sessions")
                .unwrap();
            let session = Session {
                sequence: 9,
                ..session("c")
            };
            assert!(sender.send(Keep::Reached(session, 12)).is_ok());
        };
        let directory = Directory::default();
        tokio::join!(keep(&memory, &directory, heard), telling);
        let kept = memory.sessions().await.remove(0);
        assert_eq!((kept.session.id.as_str(), kept.session.sequence), ("c", 9));
        // Nobody has told what was said between the first of them and the last.
        let gaps = memory.gaps().await.into_iter();
        assert_eq!(gaps.map(|gap| gap.heard_ms).min(), Some(6));
        memory.close().await;
    }

    #[tokio::test]
    async fn how_far_a_session_has_come_is_kept_late_also_where_nothing_happens_any_more() {
        let data = tempfile::tempdir().unwrap();
        let memory = memory(data.path()).await;
        let directory = Directory::default();
        known(&memory, &directory, vec![began("a")]).await;
        let other = rusqlite::Connection::open(data.path().join("kaiwa.db")).unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        other
            .execute_batch("ALTER TABLE sessions RENAME TO elsewhere")
            .unwrap();
        let session = Session {
            sequence: 9,
            ..session("a")
        };
        assert!(sender.send(Keep::Reached(session, 12)).is_ok());
        let (begins, is_done) = begins("other", 7);
        let telling = async move {
            // Of another shard, so that it is known when the first was worked on.
            let Keep::Began(mut began) = begins else {
                unreachable!();
            };
            began.session.shard = 1;
            assert!(sender.send(Keep::Began(began)).is_ok());
            assert!(is_done.await.is_err());
            other
                .execute_batch("ALTER TABLE elsewhere RENAME TO sessions")
                .unwrap();
        };
        tokio::join!(keep(&memory, &directory, heard), telling);
        let kept = memory.sessions().await;
        let kept = kept.into_iter().find(|kept| kept.session.shard == 0);
        assert_eq!(kept.map(|kept| kept.session.sequence), Some(9));
        memory.close().await;
    }

    #[tokio::test]
    async fn a_guild_that_comes_up_while_its_session_is_stored_is_known_and_no_other() {
        let data = tempfile::tempdir().unwrap();
        let memory = memory(data.path()).await;
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
