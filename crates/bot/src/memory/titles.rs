//! What is remembered of the titles of threads.

use kaiwa_core::id::ConversationId;

use super::Memory;
use crate::store::{Loaded, Reach, Untitled};

impl Memory {
    /// The thread of a conversation, as long as it may still get a title.
    pub(crate) async fn untitled(&self, conversation: ConversationId) -> Option<Untitled> {
        self.heard(self.store.untitled(conversation).await)
            .flatten()
    }

    /// What was said in a conversation, from the newest back; `None` where nothing is known of it.
    pub(crate) async fn load(&self, conversation: ConversationId, reach: Reach) -> Option<Loaded> {
        self.heard(self.store.load(conversation, reach).await)
            .flatten()
    }

    /// The model is about to be asked for a title; tells whether it may be, which it may so many times. `None` where that can't
    /// be kept.
    pub(crate) async fn try_title(&self, conversation: ConversationId, times: i64) -> Option<bool> {
        self.heard(self.store.try_title(conversation, times).await)
    }

    /// The thread of a conversation has a title, or is to have none.
    pub(crate) async fn titled(&self, conversation: ConversationId) {
        self.heard(self.store.titled(conversation).await);
    }
}
