//! Questions that are answered although they can't be claimed: where the store can be read but not written, they are read
//! without a claim, and how their turn ended is written as soon as that can be done.

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Ask, Said},
};

use super::{
    Fence, Store, StoreError,
    connection::Connection,
    ends::Right,
    error::Fault,
    lease::{held, join},
    now_ms,
    row::{MessageRow, from_json, message_columns, stored},
};

/// The questions of a conversation that this run was told and nobody has begun with, with their messages, oldest first.
pub(super) const WAITING_SINCE: &str = concat!(
    "SELECT t.question, ",
    message_columns!(),
    " FROM turns t JOIN messages m ON m.conversation = t.conversation AND m.id = t.ask \
     WHERE t.conversation = $1 AND t.state = 'queued' AND t.reply IS NULL AND t.version = 1 AND t.told = $2 \
     AND t.missed = FALSE AND t.stopped IS NULL AND m.deleted = FALSE ORDER BY t.ask"
);

/// Questions that were read without a claim, and are answered by one turn.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Where they were asked.
    pub conversation: ConversationId,
    /// The turn is named after the first one.
    pub asks: Vec<MessageId>,
}

impl From<Taken> for Right {
    fn from(taken: Taken) -> Self {
        Self::Taken(taken)
    }
}

impl Store {
    /// What waits in a conversation since this run was told of it. What an earlier one left, and what was begun, is for whoever
    /// can claim it.
    ///
    /// # Errors
    /// [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn waiting(
        &self,
        conversation: ConversationId,
    ) -> Result<Vec<(Ask, Said)>, StoreError> {
        let run = self.opened()?.run;
        self.read(move |connection| {
            let values = (stored(conversation.0), run);
            let rows: Vec<(String, MessageRow)> = connection.all(WAITING_SINCE, values)?;
            let asked = rows.into_iter();
            Ok(asked
                .filter_map(|(question, said)| Some((from_json(&question)?, Said::from(said))))
                .collect())
        })
        .await
    }
}

impl Taken {
    /// Claims what was answered without a claim, to write how it ended.
    pub(super) fn claim(&self, connection: &Connection, run: i64) -> Result<Fence, Fault> {
        let (lead, joined) = self.asks.split_first().ok_or(Fault::Fenced)?;
        let number: Option<i64> = connection.first(
            "UPDATE conversations SET fence = fence + 1 WHERE id = $1 RETURNING fence",
            (stored(self.conversation.0),),
        )?;
        let fence = Fence {
            turn: *lead,
            conversation: self.conversation,
            number: number.ok_or(Fault::Fenced)?,
        };
        let begun = connection.execute(
            "UPDATE turns SET state = 'running', fence = $2, run = $3, claimed = $4 \
             WHERE ask = $1 AND state = 'queued' AND reply IS NULL AND version = 1",
            (stored(lead.0), fence.number, run, now_ms()),
        )?;
        held(begun)?;
        for ask in joined {
            join(connection, &fence, *ask)?;
        }
        Ok(fence)
    }
}
