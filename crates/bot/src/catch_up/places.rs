//! Reads back single places in which something was said that nobody heard, although their session went on.

use std::sync::Arc;

use kaiwa_core::{id::MessageId, message::Incoming, missed::Unheard};
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, sleep_until},
};

use super::{
    Missed, PAUSES, Spot,
    hear::{Heard, hear},
};
use crate::{app::Rooms, discord::rest::RestError, keeper::Keep};

/// So many places at the most are taken up at once.
const AT_ONCE: usize = 100;

/// Reads back whatever place is told here, until nobody can tell any more. What can't be read now is tried again and again; what
/// a process does not come to is read back by the next one.
pub(crate) async fn read_places(
    rooms: Arc<Rooms>,
    mut told: mpsc::UnboundedReceiver<Unheard>,
    kept: mpsc::UnboundedSender<Keep>,
    seats: Arc<Semaphore>,
) {
    let (mut left, mut pauses) = (Vec::new(), PAUSES);
    let mut next = Instant::now();
    loop {
        let mut due = Vec::new();
        tokio::select! {
            count = told.recv_many(&mut due, AT_ONCE) => if count == 0 { return },
            () = sleep_until(next), if !left.is_empty() => due.append(&mut left),
        }
        // What is told now does not put off what waits to be tried again.
        let nothing_waits = left.is_empty();
        due.sort_unstable_by_key(|unheard: &Unheard| (unheard.channel, unheard.since));
        for place in due.chunk_by(|one, other| one.channel == other.channel) {
            let Some(first) = place.first() else { continue };
            let heard = {
                let _seat = seats.acquire().await;
                read(&rooms, *first).await
            };
            let is_read = match heard {
                Ok(heard) => heard.is_stored,
                Err(error) if error.is_channel_gone() => {
                    rooms.handle(Incoming::ChannelGone(first.channel)).await;
                    true
                }
                Err(RestError::Forbidden { .. } | RestError::NotFound { .. }) => true,
                Err(RestError::Unavailable { .. } | RestError::NoRoom) => {
                    left.extend(place);
                    false
                }
                Err(_) => false,
            };
            for unheard in place.iter().filter(|_| is_read) {
                // The one who listens is gone only when the bot ends.
                let _ = kept.send(Keep::Read(*unheard));
            }
        }
        if left.is_empty() {
            pauses = PAUSES;
        } else if nothing_waits {
            next = Instant::now() + pauses.longer();
        }
    }
}

async fn read(rooms: &Arc<Rooms>, unheard: Unheard) -> Result<Heard, RestError> {
    let missed = Missed::unknown(Some(unheard.guild), None);
    let spot = Spot {
        channel: unheard.channel,
        conversation: rooms.memory.held_in(unheard.channel),
        heard: MessageId(unheard.since.0.saturating_sub(1)),
        waiting: Vec::new(),
        opened: None,
    };
    hear(rooms, &missed, &spot).await
}
