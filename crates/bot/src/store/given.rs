//! What processes answered that had no store: questions that wait here, and what the bot's own messages tell of them.

use std::collections::BTreeSet;

use kaiwa_core::{
    given::{Answers, goes_with},
    id::{ConversationId, MessageId},
    message::{Ask, Home},
    turn::TurnEnd,
};

use super::{
    Store, StoreError,
    lease::{Open, State, join, open_turns},
    now_ms,
    row::{stored, to_json},
};

impl Store {
    /// Ends the questions among these that nobody has begun with: an earlier process has answered them that could not store it,
    /// for themselves or together with later ones; not what has half an answer (`begun`), which is still to be finished. `others`
    /// have answers, and no row here.
    ///
    /// Whoever has no store reads a thread back from Discord, and sees what waits there whether it was told of it or not. Of a reply
    /// chain it has only seen what it was told of, as this run was.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn were_answered(
        &self,
        conversation: ConversationId,
        answers: Answers,
        others: Vec<Ask>,
    ) -> Result<(), StoreError> {
        let (run, tick) = (self.opened()?.run, self.tick());
        self.write(move |connection| {
            let mut told = open_turns(connection, conversation)?;
            told.retain(|turn| turn.state == State::Queued && turn.is_new());
            let among = |given: &BTreeSet<MessageId>| -> Vec<Ask> {
                let asks = told.iter().map(|turn| &turn.ask);
                let asks = asks.filter(|ask| given.contains(&ask.message));
                asks.cloned().collect()
            };
            let (mut given, halves) = (among(&answers.answered), among(&answers.begun));
            given.extend(others);
            let end = to_json(&TurnEnd::ANSWERED)?;
            let is_told = |turn: &&Open| {
                answers.answered.contains(&turn.ask.message)
                    || (turn.told == run || is_read_back(&turn.ask))
                        && answers.reach(&turn.ask, &given, &halves)
            };
            let mut is_any = false;
            for turn in told.iter().filter(is_told) {
                is_any = true;
                connection.execute(
                    "UPDATE turns SET state = 'done', outcome = $2, ended = $3 WHERE ask = $1",
                    (stored(turn.ask.message.0), &end, now_ms()),
                )?;
            }
            if is_any {
                // The answers themselves are on Discord alone, also in a thread that one of those processes opened.
                connection.execute(
                    "UPDATE conversations SET history = 'unread', lost = $1 WHERE kind <> 'chain' AND id = $2",
                    (tick, stored(conversation.0)),
                )?;
            }
            Ok(())
        })
        .await
    }

    /// Half an answer stands to each of these questions, of which the processes that began them could keep nothing. Each is gone on
    /// with for itself, together with what was asked before it: `reply` is kept as how far it has come, so that whoever claims it
    /// looks for the rest. What was asked since waits for a turn of its own.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::Busy`], [`StoreError::Broken`]
    pub async fn were_begun(
        &self,
        conversation: ConversationId,
        begun: BTreeSet<MessageId>,
        reply: String,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let open = open_turns(connection, conversation)?;
            // What somebody is at work on, or died over, is known better.
            let is_waiting = |turn: &&Open| turn.state == State::Queued && turn.is_new();
            let mut waiting: Vec<&Ask> = open.iter().filter(is_waiting).map(|t| &t.ask).collect();
            let halves: Vec<&Ask> = waiting
                .iter()
                .copied()
                .filter(|ask| begun.contains(&ask.message))
                .collect();
            for half in halves {
                let mut together = waiting.extract_if(.., |ask| goes_with(ask, half));
                let Some(leader) = together.next() else {
                    continue;
                };
                connection.execute(
                    "UPDATE turns SET reply = $2 WHERE ask = $1",
                    (stored(leader.message.0), &reply),
                )?;
                for ask in together {
                    join(connection, leader.message, ask.message)?;
                }
            }
            Ok(())
        })
        .await
    }
}

/// The talk that a question belongs to can be read back as it stands. A reply chain is only what hangs together by replies.
fn is_read_back(ask: &Ask) -> bool {
    match ask.home {
        Home::NewThread { .. } | Home::Channel { .. } => true,
        Home::Chain { .. } => false,
    }
}
