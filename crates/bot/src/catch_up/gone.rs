//! Channels that were deleted while no session told it: what was said there, and below them, is forgotten.

use std::sync::Arc;

use kaiwa_core::{id::GuildId, message::Incoming};
use tokio::sync::Semaphore;

use crate::{app::Rooms, discord::rest::RestError};

/// Asks Discord for the channels of a guild that is up in which, or below which, conversations are held and that the guild does not
/// name. It may only not show them to the bot: what is there stays remembered. Tells whether Discord could say it of all.
pub(super) async fn forget(rooms: &Arc<Rooms>, guild: GuildId, seats: &Semaphore) -> bool {
    let mut is_told = true;
    let directory = rooms.reader.directory();
    for channel in rooms.memory.channels(guild).await {
        if directory.place(guild, channel).is_some() {
            continue;
        }
        let asked = {
            let _seat = seats.acquire().await;
            rooms.rest.channel_unhurried(channel).await
        };
        match asked {
            Err(error) if error.is_channel_gone() => {
                rooms.handle(Incoming::ChannelGone(channel)).await;
            }
            Err(RestError::Unavailable { .. } | RestError::NoRoom) => is_told = false,
            Ok(_) | Err(_) => {}
        }
    }
    is_told
}
