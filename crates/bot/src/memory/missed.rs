//! What is remembered of the places in which something may have been missed.

use std::collections::HashSet;

use kaiwa_core::{
    id::{ChannelId, ConversationId, GuildId, MessageId},
    missed::Later,
    reply::ReplyState,
};

use super::Memory;
use crate::store::Known;

impl Memory {
    /// How far a conversation is known.
    pub(crate) async fn known(&self, conversation: ConversationId) -> Option<Known> {
        let known = self.store.known(conversation).await;
        self.heard(known)
    }

    /// The channels of a guild in which conversations began within so many milliseconds.
    pub(crate) async fn used_channels(
        &self,
        guild: GuildId,
        within_ms: i64,
    ) -> Option<Vec<ChannelId>> {
        let used = self.store.used_channels(guild, within_ms).await;
        self.heard(used)
    }

    /// The direct messages in which something was said last.
    pub(crate) async fn direct_channels(
        &self,
        limit: i64,
    ) -> Option<Vec<(ChannelId, ConversationId)>> {
        let direct = self.store.direct_channels(limit).await;
        self.heard(direct)
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

    /// The messages of the answers in a conversation; `None` where one is being given, of which there may be more than is known,
    /// or where the store can't tell.
    pub(crate) async fn answers(&self, conversation: ConversationId) -> Option<HashSet<MessageId>> {
        let answers = self.store.answers(conversation).await;
        let (mut messages, replies) = self.heard(answers).flatten()?;
        for reply in replies {
            let state: ReplyState = serde_json::from_str(&reply).ok()?;
            messages.extend(state.parts.iter().filter_map(|part| part.message));
        }
        Some(messages.into_iter().collect())
    }
}
