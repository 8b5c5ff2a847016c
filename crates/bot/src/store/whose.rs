//! Whose the bot's own messages are: what stands behind a question need not be a part of its answer.

use std::collections::HashSet;

use kaiwa_core::id::MessageId;

use super::{Fence, Store, StoreError, row::stored};

impl Store {
    /// Which of these messages of the bot are known as something else than a part of the answer that a turn gives: as words of
    /// another answer, as read back before it was claimed, or as another turn's small print. Of an answer that is `unkept`, because
    /// whoever began it had no store, parts may have been read back.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn of_others(
        &self,
        fence: &Fence,
        messages: Vec<MessageId>,
        unkept: bool,
    ) -> Result<HashSet<MessageId>, StoreError> {
        let fence = fence.copy();
        self.read(move |connection| {
            let (turn, conversation) = (stored(fence.turn.0), stored(fence.conversation.0));
            let mut others = HashSet::new();
            for message in messages {
                // What another conversation has read back may be this answer: somebody has replied to it.
                let words: Option<i64> = connection.first(
                    "SELECT id FROM messages WHERE id = $1 AND mine = TRUE \
                     AND (answers <> $2 OR (answers IS NULL AND conversation = $3 AND $4 = FALSE)) LIMIT 1",
                    (stored(message.0), turn, conversation, unkept),
                )?;
                // Messages without words of the model have no row; what is kept of a reply names them. Several chains hang
                // in one channel.
                let small_print: Option<i64> = connection.first(
                    "SELECT ask FROM turns WHERE state IN ('queued', 'running', 'joined', 'done', 'failed') \
                     AND conversation IN (SELECT id FROM conversations WHERE channel = \
                     (SELECT channel FROM conversations WHERE id = $1)) AND ask <> $2 AND reply LIKE $3 LIMIT 1",
                    (conversation, turn, format!("%\"{message}\"%")),
                )?;
                if words.or(small_print).is_some() {
                    others.insert(message);
                }
            }
            Ok(others)
        })
        .await
    }
}
