//! What a process that died over a turn had posted and could not keep: found out by reading back.

use std::collections::HashSet;

use kaiwa_core::{
    id::{ChannelId, MessageId},
    message::Home,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::Rooms,
    delivery::{Outage, standing},
    discord::{
        convert,
        rest::{PAGE, Page, RestError},
        wire,
    },
    shown,
    store::Shown,
    work::Work,
};

/// This process ends, and nobody knows yet what an earlier one has posted: the next one looks.
pub(crate) struct Unknown;

/// Finds what a dead process has posted of an answer: its own messages behind the question that nobody knows as something
/// else. Discord's memory of nonces is too short to rely on, so that this waits for Discord as long as it takes.
///
/// # Errors
/// Where the process is told to stop before Discord can be reached. The turn is to be left as it is.
pub(crate) async fn what_was_left(
    rooms: &Rooms,
    work: &mut Work,
    stop: &CancellationToken,
) -> Result<(), Unknown> {
    if work.is_left() {
        let looking = Box::pin(look(rooms, work));
        let looked = stop.run_until_cancelled(looking).await;
        return looked.ok_or(Unknown);
    }
    Ok(())
}

async fn look(rooms: &Rooms, work: &mut Work) {
    let Some(edge) = rooms.reader.edge() else {
        return;
    };
    let fence = work.fence();
    let Some(fence) = fence.as_ref() else {
        return;
    };
    let ask = work.lead();
    let channel = ask.answered_in();
    let mut shown = work.shown().unwrap_or_default();
    let known: Vec<MessageId> = shown.parts.iter().filter_map(|part| part.message).collect();
    let after = known.iter().copied().fold(ask.message, MessageId::max);
    let (turn, mut outage) = (ask.message, Outage::new());
    let mut found = loop {
        match behind(rooms, channel, after).await {
            Ok(found) => break found,
            // Its thread was not opened yet.
            Err(RestError::NotFound { .. }) => return,
            Err(RestError::Unavailable { .. } | RestError::NoRoom) => {
                tokio::time::sleep(outage.failed(turn)).await;
            }
            Err(error) => {
                tracing::warn!(%turn, %error, "can't find out what was posted before");
                return;
            }
        }
    };
    found.retain(|message| convert::is_written_by(message, edge.me));
    let ids = found.iter().map(|message| message.id).collect();
    // Whoever had no store may have left others of its answers here, too.
    let is_unkept = work.is_unkept();
    let others = rooms.memory.of_others(fence, ids, is_unkept).await;
    let side_by_side = is_unkept || matches!(ask.home, Home::Chain { .. });
    // The first words in the thread that was opened on the question can't reply to it: they are its answer.
    let goes_on = !known.is_empty() || channel.0 == ask.message.0;
    let mut belonging = Belonging::new(others, side_by_side, goes_on);
    found.retain(|message| {
        let answers = edge.own(message).and_then(|own| own.answers);
        belonging.is_ours(message.id, answers.map(|ask| work.asks(ask)))
    });
    if found.is_empty() {
        return;
    }
    shown.adopt(&found.iter().map(standing).collect::<Vec<_>>());
    let kept = Shown {
        state: shown::state(&shown),
        parts: Vec::new(),
    };
    rooms.memory.shown(fence, &kept).await;
    work.found(shown);
}

/// Which of the bot's own messages belong to an answer, as they are gone through from the oldest on.
struct Belonging {
    /// What the store knows as something else.
    others: HashSet<MessageId>,
    /// A message that doesn't say whose it is belongs to it only where the one in front of it does.
    is_strict: bool,
    goes_on: bool,
}

impl Belonging {
    /// Several answers can stand `side_by_side` that the store does not know. Elsewhere it is one after the other, and what the
    /// store does not know was the last; where the store can't tell, there is only what the messages say. In front of these it
    /// is the answer that `goes_on`, or not.
    fn new(others: Option<HashSet<MessageId>>, side_by_side: bool, goes_on: bool) -> Self {
        let is_strict = side_by_side || others.is_none();
        Self {
            others: others.unwrap_or_default(),
            is_strict,
            goes_on: !is_strict || goes_on,
        }
    }

    /// Whether the next message belongs to it; `tells` is what the message itself says.
    fn is_ours(&mut self, message: MessageId, tells: Option<bool>) -> bool {
        let is_of_others = self.others.contains(&message);
        let is_ours = tells.unwrap_or(self.goes_on) && !is_of_others;
        if self.is_strict {
            self.goes_on = is_ours;
        } else if !is_of_others {
            self.goes_on = tells.unwrap_or(self.goes_on);
        }
        is_ours
    }
}

/// The messages behind one, oldest first: the next ones, and the newest. What a dead process has posted last is among these,
/// however much was said since.
async fn behind(
    rooms: &Rooms,
    channel: ChannelId,
    after: MessageId,
) -> Result<Vec<wire::Message>, RestError> {
    let mut found = rooms
        .rest
        .messages(channel, Page::After(after), PAGE)
        .await?;
    if found.len() >= usize::from(PAGE) {
        let newest = rooms.rest.messages(channel, Page::Latest, PAGE).await?;
        found.extend(newest.into_iter().filter(|message| message.id > after));
    }
    found.sort_unstable_by_key(|message| message.id);
    found.dedup_by_key(|message| message.id);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of these messages are taken for ours, by their numbers.
    fn ours(mut belonging: Belonging, tells: &[Option<bool>]) -> Vec<u64> {
        let messages = (1..).zip(tells);
        let ours = messages.filter(|(id, tells)| belonging.is_ours(MessageId(*id), **tells));
        ours.map(|(id, _)| id).collect()
    }

    #[test]
    fn what_is_not_known_as_something_else_is_ours_where_there_is_one_answer_after_the_other() {
        let others = || Some(HashSet::from([MessageId(1)]));
        let found = [None, None, Some(true), None, Some(false), None];
        assert_eq!(
            ours(Belonging::new(others(), false, false), &found),
            [2, 3, 4]
        );
        assert_eq!(ours(Belonging::new(others(), true, false), &found), [3, 4]);
        assert_eq!(ours(Belonging::new(others(), true, true), &found), [3, 4]);
    }

    #[test]
    fn where_the_store_cannot_tell_the_messages_do() {
        let found = [None, Some(true), None, Some(false), None];
        assert_eq!(ours(Belonging::new(None, false, false), &found), [2, 3]);
        assert_eq!(ours(Belonging::new(None, false, true), &found), [1, 2, 3]);
    }
}
