//! Questions that are answered although they can't be claimed: where the store can be read but not written, they are read
//! without a claim, and how their turn ended is written as soon as that can be done.

use kaiwa_core::{
    id::{ConversationId, MessageId},
    message::{Ask, Said},
};

use super::{
    Fence, Shown, Store, StoreError,
    connection::Connection,
    ends::Right,
    error::Fault,
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

/// Questions that still wait as they did when they were read.
const UNTOUCHED: &str = "state = 'queued' AND reply IS NULL AND version = 1";

impl Taken {
    /// Ends those of the questions that still wait, the first one with what is shown of its answer. None of them was ever running:
    /// another turn of the conversation may be, which a process has left or whose end is still to be written.
    pub(super) fn end(
        &self,
        connection: &Connection,
        state: &str,
        outcome: &str,
        shown: &Shown,
    ) -> Result<Option<Fence>, Fault> {
        let Some((lead, others)) = self.asks.split_first() else {
            return Ok(None);
        };
        let now = now_ms();
        let ends = format!(
            "UPDATE turns SET state = $2, outcome = $3, ended = $4, leader = $5, reply = $6, stopped = NULL \
             WHERE ask = $1 AND {UNTOUCHED}"
        );
        let none: (Option<i64>, Option<String>) = (None, None);
        let ended = connection.execute(
            &ends,
            (stored(lead.0), state, outcome, now, none.0, &shown.state),
        )?;
        // One that was deleted meanwhile leads nothing.
        let lead = (ended > 0).then(|| self.named(*lead));
        let leader = lead.as_ref().map(|fence| stored(fence.turn.0));
        for other in others {
            let values = (stored(other.0), state, outcome, now, leader, &none.1);
            connection.execute(&ends, values)?;
        }
        Ok(lead)
    }

    /// Lets the questions wait for another process, which goes on with what is shown of their answer; where nothing is shown they
    /// wait as they do.
    pub(super) fn put_back(
        &self,
        connection: &Connection,
        shown: &Shown,
    ) -> Result<Option<Fence>, Fault> {
        let (Some((lead, others)), Some(state)) = (self.asks.split_first(), &shown.state) else {
            return Ok(None);
        };
        let keeps = format!("UPDATE turns SET reply = $2 WHERE ask = $1 AND {UNTOUCHED}");
        if connection.execute(&keeps, (stored(lead.0), state))? == 0 {
            return Ok(None);
        }
        let joins = format!(
            "UPDATE turns SET state = 'joined', leader = $2 WHERE ask = $1 AND {UNTOUCHED}"
        );
        for other in others {
            connection.execute(&joins, (stored(other.0), stored(lead.0)))?;
        }
        Ok(Some(self.named(*lead)))
    }

    /// What the messages of the answer are written with. Nobody is ever given this number: it gives no right to anything else.
    fn named(&self, turn: MessageId) -> Fence {
        Fence {
            turn,
            conversation: self.conversation,
            number: 0,
        }
    }
}
