//! What is remembered of the places in which something may have been missed.

use kaiwa_core::{
    given::Own,
    id::{ChannelId, ConversationId, GuildId, MessageId},
    missed::Later,
};

use super::{Memory, lock};
use crate::store::Known;

impl Memory {
    /// How far a conversation is known.
    pub(crate) async fn known(&self, conversation: ConversationId) -> Option<Known> {
        let known = self.store.known(conversation).await;
        self.heard(known)
    }

    /// The guilds of a shard in which conversations are remembered.
    pub(crate) async fn guilds(&self, shard: u32, shards: u32) -> Vec<GuildId> {
        let guilds = self.store.guilds(shard, shards).await;
        self.heard(guilds).unwrap_or_default()
    }

    /// The channels of a guild in which conversations began, or something was said in one, within so many milliseconds.
    pub(crate) async fn used_channels(
        &self,
        guild: GuildId,
        within_ms: i64,
    ) -> Option<Vec<ChannelId>> {
        let used = self.store.used_channels(guild, within_ms).await;
        self.heard(used)
    }

    /// The channels of a guild in which, or below which, conversations are held.
    pub(crate) async fn channels(&self, guild: GuildId) -> Vec<ChannelId> {
        let channels = self.store.channels(guild).await;
        self.heard(channels).unwrap_or_default()
    }

    /// The threads of a guild in which something was said within so many milliseconds.
    pub(crate) async fn lively_threads(
        &self,
        guild: GuildId,
        within_ms: i64,
        limit: i64,
    ) -> Option<Vec<(ChannelId, ConversationId)>> {
        let lively = self.store.lively_threads(guild, within_ms, limit).await;
        self.heard(lively)
    }

    /// The direct messages in which something was said last.
    pub(crate) async fn direct_channels(
        &self,
        limit: i64,
    ) -> Option<Vec<(ChannelId, ConversationId)>> {
        let direct = self.store.direct_channels(limit).await;
        self.heard(direct)
    }

    /// The newest of the bot's words among these that the store should know of and does not.
    pub(crate) async fn newer_than_known(
        &self,
        conversation: ConversationId,
        words: Vec<MessageId>,
    ) -> Option<MessageId> {
        let newer = self.store.newer_than_known(conversation, words).await;
        self.heard(newer).flatten()
    }

    /// What was said in a conversation after a message.
    pub(crate) async fn later(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Vec<Later> {
        let later = self.store.later(conversation, message).await;
        self.heard(later).unwrap_or_default()
    }

    /// The bot's own message, of which a session tells that another process has left.
    pub(crate) fn shows(&self, own: Own) {
        lock(&self.told_again).given.hear(own);
    }

    /// These conversations wait since an earlier process: what that one could not claim it may have answered all the same.
    pub(crate) fn left_waiting(&self, conversations: impl IntoIterator<Item = ConversationId>) {
        lock(&self.told_again).wait(conversations);
    }

    /// Such a session has told all. What it was asked in these conversations may have its answers, as the bot's own messages
    /// tell. After the last of them no other tells anything.
    pub(crate) fn told_again(&self, asked: &[ConversationId], is_last: bool) {
        lock(&self.told_again).tell(asked, is_last);
    }
}
