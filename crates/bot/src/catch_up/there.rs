//! What stands in a place that is read back.

use kaiwa_core::{
    id::{ChannelId, GuildId, MessageId},
    message::Place,
};

use super::Spot;
use crate::{
    app::Rooms,
    discord::{
        rest::{PAGE, Page, RestError},
        wire,
    },
};

/// How many pages of a place are read at the most: beyond that, what was asked is history.
const PAGES: usize = 5;

/// What stands in a place, oldest first.
pub(super) struct There {
    pub(super) place: Place,
    pub(super) messages: Vec<wire::Message>,
    /// Of what was said after this, nothing is left out.
    pub(super) from: MessageId,
}

impl There {
    /// Nothing stands there for anybody who could ask here.
    const NOTHING: Self = Self {
        place: Place::Chat,
        messages: Vec::new(),
        from: MessageId(0),
    };
}

/// Reads what stands in a place. A thread that was opened on a question may be out of the bot's sight: its question is not.
pub(super) async fn there(
    rooms: &Rooms,
    guild: Option<GuildId>,
    spot: &Spot,
) -> Result<There, RestError> {
    let channel = spot.channel;
    let is_out_of_sight = |error: &RestError| {
        spot.opened.is_some()
            && matches!(
                error,
                RestError::Forbidden { .. } | RestError::NotFound { .. }
            )
    };
    let place = match place(rooms, guild, channel).await {
        Err(error) if is_out_of_sight(&error) => return Ok(There::NOTHING),
        place => place?,
    };
    let (messages, from) = match read(rooms, channel, spot.heard).await {
        Err(error) if is_out_of_sight(&error) => return Ok(There::NOTHING),
        read => read.inspect_err(|error| {
            tracing::warn!(%channel, %error, "can't read back what was said meanwhile");
        })?,
    };
    Ok(There {
        place,
        messages,
        from,
    })
}

/// What kind of place it is. A thread that was closed meanwhile is known to Discord alone.
async fn place(
    rooms: &Rooms,
    guild: Option<GuildId>,
    channel: ChannelId,
) -> Result<Place, RestError> {
    let Some(guild) = guild else {
        return Ok(Place::Direct);
    };
    let reader = &rooms.reader;
    if let Some(place) = reader.directory().place(guild, channel) {
        return Ok(place);
    }
    let found = rooms.rest.channel_unhurried(channel).await?;
    Ok(reader.learn(Some(guild), &found))
}

/// The newest messages of a channel back to one, oldest first, and the message after which none is left out.
async fn read(
    rooms: &Rooms,
    channel: ChannelId,
    back_to: MessageId,
) -> Result<(Vec<wire::Message>, MessageId), RestError> {
    let mut messages: Vec<wire::Message> = Vec::new();
    let mut page = Page::Latest;
    let mut from = MessageId(u64::MAX);
    for _ in 0..PAGES {
        let found = rooms.rest.messages_unhurried(channel, page, PAGE).await?;
        let complete = found.len() < usize::from(PAGE);
        from = match found.iter().map(|message| message.id).min() {
            Some(oldest) if !complete => oldest,
            Some(_) | None => MessageId(0),
        };
        messages.extend(found);
        if from <= back_to {
            break;
        }
        page = Page::Before(from);
    }
    messages.sort_unstable_by_key(|message| message.id);
    Ok((messages, from))
}
