//! What a process that died over a turn had posted and could not keep: found out by reading back.

use kaiwa_core::{
    id::{ChannelId, MessageId},
    message::Home,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::Rooms,
    delivery::Outage,
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
    // Where the store can't tell whose they are, none is touched.
    let Some(others) = rooms.memory.of_others(fence, ids).await else {
        return;
    };
    // Several answers can be under way in a channel: there a message that doesn't say whose it is goes on with the one in
    // front of it. Elsewhere it is one after the other, and what the store does not know was the last.
    let in_chain = matches!(ask.home, Home::Chain { .. });
    let mut goes_on = !in_chain || !known.is_empty();
    found.retain(|message| {
        let tells = convert::answers(message).map(|ask| work.asks(ask));
        let is_known = others.contains(&message.id);
        let is_ours = tells.unwrap_or(goes_on) && !is_known;
        if in_chain {
            goes_on = is_ours;
        } else if !is_known {
            goes_on = tells.unwrap_or(goes_on);
        }
        is_ours
    });
    if found.is_empty() {
        return;
    }
    for message in found {
        shown.adopt(message.id, message.content.as_deref().unwrap_or_default());
    }
    let kept = Shown {
        state: shown::state(&shown),
        parts: Vec::new(),
    };
    rooms.memory.shown(fence, &kept).await;
    work.found(shown);
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
