//! What is remembered of what was said, as a prompt needs it, and what of it was read back from Discord.

use std::sync::atomic::Ordering;

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Attachment, Said},
};

use super::Memory;
use crate::store::{Chain, History, Loaded, Mark, Reach};

impl Memory {
    /// What was said in a conversation up to a question, newest first, as far as a prompt can reach; `None` where the store
    /// can't tell, or lacks something that it can't be told of, so that Discord alone knows all of it.
    pub(crate) async fn load_up_to(
        &self,
        conversation: ConversationId,
        asked: MessageId,
        reach: Reach,
    ) -> Option<Loaded> {
        if self.gaps.load(Ordering::Relaxed) {
            return None;
        }
        self.heard(self.store.load_up_to(conversation, asked, reach).await)
            .flatten()
    }

    /// The ancestors of a message along its replies; `None` as with [`Memory::load_up_to`].
    pub(crate) async fn load_chain(
        &self,
        conversation: ConversationId,
        from: MessageId,
        reach: Reach,
    ) -> Option<Chain> {
        if self.gaps.load(Ordering::Relaxed) {
            return None;
        }
        self.heard(self.store.load_chain(conversation, from, reach).await)
            .flatten()
    }

    /// To be taken before Discord is asked for history.
    pub(crate) fn mark(&self) -> Mark {
        self.store.mark()
    }

    /// Keeps what was read back, and also what is there and hidden.
    pub(crate) async fn add_history(
        &self,
        conversation: ConversationId,
        mark: Mark,
        said: &[Said],
        hidden: &[MessageId],
        history: History,
    ) {
        self.heard(
            self.store
                .add_history(conversation, mark, said, hidden, history)
                .await,
        );
    }

    /// Remembers that a message is not there any more.
    pub(crate) async fn missing(&self, conversation: ConversationId, message: MessageId) {
        self.heard(self.store.missing(conversation, message).await);
    }

    /// These messages are still there, and what people said among them reads so.
    pub(crate) async fn still_there(
        &self,
        conversation: ConversationId,
        mark: Mark,
        there: &[MessageId],
        said: &[Said],
    ) {
        let kept = self.store.still_there(conversation, mark, there, said);
        self.heard(kept.await);
    }

    /// Keeps what files say.
    pub(crate) async fn attachments_read(&self, message: MessageId, attachments: &[Attachment]) {
        self.heard(self.store.attachments_read(message, attachments).await);
    }

    /// People were told that the beginning no longer fits.
    pub(crate) async fn told_window(&self, conversation: ConversationId) {
        self.heard(self.store.told_window(conversation).await);
    }
}
