//! Guilds, roles, members and emojis.

use super::time::Millis;
use std::collections::{BTreeMap, BTreeSet};

/// One server.
#[derive(Debug, Clone)]
pub struct Guild {
    /// Id; also the id of the @everyone role.
    pub id: u64,
    /// Name.
    pub name: String,
    /// The person who may do everything.
    pub owner: u64,
    /// Roles by id.
    pub roles: BTreeMap<u64, Role>,
    /// Members by user id.
    pub members: BTreeMap<u64, Member>,
    /// Ids of its channels and threads.
    pub channels: BTreeSet<u64>,
    /// Its own emojis.
    pub emojis: Vec<Emoji>,
    /// Boost level, 0 to 3; it decides how large a file may be.
    pub premium_tier: u8,
    /// Preferred language.
    pub locale: String,
}

/// One role.
#[derive(Debug, Clone)]
pub struct Role {
    /// Id.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Permission bits.
    pub permissions: u64,
    /// Rank; @everyone is 0.
    pub position: u32,
    /// 24-bit colour, 0 for none.
    pub color: u32,
    /// Whether anyone may ping it.
    pub mentionable: bool,
    /// The bot that it belongs to.
    pub bot: Option<u64>,
}

/// One user in one guild.
#[derive(Debug, Clone)]
pub struct Member {
    /// User id.
    pub user: u64,
    /// Name in this guild.
    pub nick: Option<String>,
    /// Roles, @everyone left out.
    pub roles: Vec<u64>,
    /// When the user came.
    pub joined_ms: Millis,
    /// Until when the member is timed out.
    pub timed_out_until_ms: Option<Millis>,
}

/// One custom emoji.
#[derive(Debug, Clone)]
pub struct Emoji {
    /// Id.
    pub id: u64,
    /// Name, without colons.
    pub name: String,
    /// Whether it moves.
    pub animated: bool,
}
