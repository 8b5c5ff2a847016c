//! A store that could not be opened at the start: which sessions have begun without it, and what is made up for when it opens.

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use kaiwa_core::{id::GuildId, session::Session};

use super::{Door, Waiting, gaps, heard};
use crate::store::Opened;

/// The sessions that have begun while there was no store, by their shards.
#[derive(Debug, Default)]
pub(super) struct Unkept(HashMap<u32, Begun>);

#[derive(Debug)]
struct Begun {
    session: Session,
    /// When it began, by Discord's clock.
    now: u64,
    guilds: HashSet<GuildId>,
    /// Those of them that have come up.
    up: HashSet<GuildId>,
}

impl Unkept {
    /// A shard has begun a session.
    pub(super) fn began(&mut self, session: &Session, guilds: &[GuildId], now: u64) {
        let begun = Begun {
            session: session.clone(),
            now,
            guilds: guilds.iter().copied().collect(),
            up: HashSet::new(),
        };
        self.0.insert(session.shard, begun);
    }

    /// A guild has come up: it was there, or the bot is in it from now on.
    pub(super) fn comes_up(&mut self, guild: GuildId) {
        if let Some(begun) = self.of(guild) {
            begun.guilds.insert(guild);
            begun.up.insert(guild);
        }
    }

    /// The bot has left a guild.
    pub(super) fn has_left(&mut self, guild: GuildId) {
        if let Some(begun) = self.of(guild) {
            begun.guilds.remove(&guild);
            begun.up.remove(&guild);
        }
    }

    fn of(&mut self, guild: GuildId) -> Option<&mut Begun> {
        let mut all = self.0.values_mut();
        all.find(|begun| guild.shard(begun.session.shards) == begun.session.shard)
    }
}

impl Door<'_> {
    /// There is a store from now on. What an earlier process left in it is taken up as at a start: what was said since its sessions
    /// heard is read back, and what waits begins.
    pub(super) async fn store_opens(&mut self, opened: Opened) {
        let memory = &self.rooms.memory;
        memory.opened(opened);
        let kept = memory.sessions().await;
        let heard = heard(&kept, self.shards);
        for (shard, heard) in &heard {
            self.bot.heard.entry(*shard).or_insert(*heard);
        }
        let unkept = mem::take(&mut self.unkept).0;
        for (shard, begun) in &unkept {
            let guilds: Vec<GuildId> = begun.guilds.iter().copied().collect();
            // The session may have begun after another one of this process.
            let missed = guilds.iter().copied().map(Some).chain([None]);
            let missed = missed.filter_map(|guild| self.missed.get(&guild)?.heard_ms);
            let heard = missed.chain(heard.get(shard).copied()).min();
            self.keep(&begun.session, &guilds, begun.now, heard).await;
        }
        for (guild, gap) in gaps(self.rooms).await {
            if let Some(missed) = self.missed.get_mut(&guild) {
                let newest = missed.newest.take();
                *missed = gap;
                missed.newest = newest;
            }
        }
        self.unheard = memory.unheard().await;
        self.waiting = Waiting::find(self.rooms).await;
        for (shard, begun) in unkept {
            self.forget_left(shard, &begun.guilds).await;
            if shard == 0 {
                self.begin(None);
            }
            for guild in begun.up {
                self.look_for_places(guild);
                self.begin(Some(guild));
            }
        }
    }
}
