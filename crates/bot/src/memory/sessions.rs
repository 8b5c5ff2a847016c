//! What is remembered of gateway sessions: how far each has come, what it told of its guilds, and what it has not told.

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId},
    missed::Unheard,
    session::Session,
};

use super::{Memory, lock};
use crate::store::{Gap, KeptSession};

impl Memory {
    /// The gateway sessions that earlier processes left.
    pub(crate) async fn sessions(&self) -> Vec<KeptSession> {
        self.heard(self.store.sessions().await).unwrap_or_default()
    }

    /// A shard has begun a new session: what was said since it last heard, if it ever did, was missed. Tells whether that is kept.
    pub(crate) async fn session_began(
        &self,
        session: &Session,
        guilds: &[GuildId],
        now_ms: u64,
        heard_ms: Option<u64>,
    ) -> bool {
        let began = self.store.session_began(session, guilds, now_ms, heard_ms);
        self.heard(began.await).is_some()
    }

    /// What is still to be read back.
    pub(crate) async fn gaps(&self) -> Vec<Gap> {
        self.heard(self.store.gaps().await).unwrap_or_default()
    }

    /// Keeps where in guilds something may have been said; tells whether it is kept.
    pub(crate) async fn gaps_told(
        &self,
        guilds: &[(GuildId, Vec<(ChannelId, MessageId)>)],
    ) -> bool {
        self.heard(self.store.gaps_told(guilds).await).is_some()
    }

    /// A gap is read back. It stays as long as a question is nowhere but in this process: that may have been asked there.
    pub(crate) async fn gap_closed(&self, guild: Option<GuildId>, number: i64) {
        if lock(&self.carried).is_empty() {
            self.heard(self.store.gap_closed(guild, number).await);
        }
    }

    /// What is still to be read back of single places.
    pub(crate) async fn unheard(&self) -> Vec<Unheard> {
        self.heard(self.store.unheard().await).unwrap_or_default()
    }

    /// Keeps what is to be read back of single places; tells whether it is kept.
    pub(crate) async fn keep_unheard(&self, unheard: &[Unheard]) -> bool {
        self.heard(self.store.keep_unheard(unheard).await).is_some()
    }

    /// A place is read back. As with a gap, it stays as long as a question is nowhere but in this process.
    pub(crate) async fn unheard_read(&self, unheard: Unheard) {
        if lock(&self.carried).is_empty() {
            self.heard(self.store.unheard_read(unheard).await);
        }
    }

    /// Keeps how far a session has come. What is nowhere but in this process, a question or an edit, must be told again to the next
    /// one: as long as there is such a thing, nothing is kept. Tells whether it is.
    pub(crate) async fn session_reached(&self, session: &Session, now_ms: u64) -> bool {
        self.tell_late().await;
        if !lock(&self.carried).is_empty() || self.late.borrow().holds_back() {
            return false;
        }
        let reached = self.store.session_reached(session, now_ms).await;
        self.heard(reached).is_some()
    }

    /// When a shard began sessions since a moment.
    pub(crate) async fn identifies(&self, shard: u32, since_ms: u64) -> Vec<u64> {
        let identifies = self.store.identifies(shard, since_ms).await;
        self.heard(identifies).unwrap_or_default()
    }

    /// A shard begins a session now.
    pub(crate) async fn identified(&self, shard: u32, now_ms: u64) {
        self.heard(self.store.identified(shard, now_ms).await);
    }

    /// Keeps what is known of guilds; tells whether it is kept.
    pub(crate) async fn guilds_changed(
        &self,
        shard: u32,
        guilds: &[(GuildId, Option<String>)],
    ) -> bool {
        let kept = self.store.guilds_changed(shard, guilds).await;
        self.heard(kept).is_some()
    }
}
