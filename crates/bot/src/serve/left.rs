//! What an earlier process left of the bot: its sessions, and until when they heard.

use std::collections::{HashMap, HashSet};

use kaiwa_core::{
    id::{ConversationId, GuildId, UserId},
    session::Session,
};

use crate::{starts::Limits, store::KeptSession};

/// The bot as Discord knows it.
#[derive(Clone, Debug)]
pub(crate) struct Bot {
    /// Who it is.
    pub me: UserId,
    /// Its name.
    pub name: String,
    /// The sessions that are gone on with.
    pub left: Vec<Left>,
    /// How often sessions may be begun.
    pub limits: Limits,
    /// Until when each shard surely heard what was said, by Discord's clock.
    pub heard: HashMap<u32, u64>,
}

/// A session that an earlier process left.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    /// The session.
    pub session: Session,
    /// The guilds that are known already; the others come up while the session is told what it missed, or after it.
    pub(super) up: HashSet<GuildId>,
    /// All guilds.
    pub(super) guilds: HashSet<GuildId>,
    /// Where something was asked that it has told so far.
    pub(super) asked: Vec<ConversationId>,
}

impl From<KeptSession> for Left {
    fn from(kept: KeptSession) -> Self {
        let guilds = kept.guilds.iter();
        let up = guilds.filter_map(|(guild, known)| known.is_some().then_some(*guild));
        Self {
            up: up.collect(),
            guilds: kept.guilds.iter().map(|(guild, _)| *guild).collect(),
            session: kept.session,
            asked: Vec::new(),
        }
    }
}

impl Bot {
    /// A guild has come up. Tells whether that is a part of what its shard's session has missed: then the guild is up with
    /// the others of that session.
    pub(super) fn comes_up(&mut self, guild: GuildId) -> bool {
        let of_guild = |left: &&mut Left| guild.shard(left.session.shards) == left.session.shard;
        let Some(left) = self.left.iter_mut().find(of_guild) else {
            return false;
        };
        left.guilds.insert(guild);
        left.up.insert(guild);
        true
    }

    /// The session of a shard that an earlier process left, if it is still told what it missed.
    pub(super) fn telling(&mut self, shard: u32) -> Option<&mut Left> {
        let mut left = self.left.iter_mut();
        left.find(|left| left.session.shard == shard)
    }

    /// The same, which is over now.
    pub(super) fn told(&mut self, shard: u32) -> Option<Left> {
        let mut left = self.left.iter();
        let at = left.position(|left| left.session.shard == shard)?;
        Some(self.left.swap_remove(at))
    }

    /// The bot has left a guild since.
    pub(super) fn has_left(&mut self, guild: GuildId) {
        for left in &mut self.left {
            left.guilds.remove(&guild);
            left.up.remove(&guild);
        }
    }
}

/// Until when each shard surely heard what was said. Where there were other shards then, nobody knows which of them heard it.
pub(crate) fn heard(kept: &[KeptSession], shards: u32) -> HashMap<u32, u64> {
    let least = kept.iter().map(|kept| kept.reached_ms).min();
    let of_shard = |shard| {
        let is_same =
            |kept: &&KeptSession| kept.session.shard == shard && kept.session.shards == shards;
        let same = kept.iter().find(is_same);
        Some((shard, same.map(|kept| kept.reached_ms).or(least)?))
    };
    (0..shards).filter_map(of_shard).collect()
}
