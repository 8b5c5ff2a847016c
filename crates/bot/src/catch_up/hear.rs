//! Reads back one place: what was asked there is stored and answered, what was said is remembered.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use kaiwa_core::{
    button::Button,
    id::{ChannelId, GuildId, MessageId, UserId},
    intake::{self, Decision},
    message::{Ask, AuthorKind, Home, Incoming, Place},
    missed::{By, FORGOTTEN, Later, age, moved_on},
    words::{Locale, conversation::interrupted},
};

use super::{Missed, Spot};
use crate::{
    app::Rooms,
    discord::{
        convert,
        directory::place_of,
        rest::{PAGE, Page, RestError},
        wire,
    },
    lanes::Signal,
    memory::Kept,
};

/// How many pages of a place are read at the most: beyond that, what was asked is history.
const PAGES: usize = 5;

/// Something that was said there, and what the rules say about it.
struct Heard {
    id: MessageId,
    later: Later,
    decision: Decision,
    /// The bot has opened a thread on it.
    is_opened: bool,
    /// It shows that its answer was to go on.
    is_half: bool,
}

/// Reads a place and does what the rules say about what was said there. Tells whether all of it is stored.
pub(super) async fn hear(
    rooms: &Arc<Rooms>,
    missed: &Missed,
    spot: &Spot,
) -> Result<bool, RestError> {
    let channel = spot.channel;
    let place = place(rooms, missed.guild, channel).await?;
    let read = read(rooms, channel, spot.heard).await;
    let (messages, from) = read.inspect_err(|error| {
        tracing::warn!(%channel, %error, "can't read back what was said meanwhile");
    })?;
    let there: HashSet<MessageId> = messages.iter().map(|message| message.id).collect();
    let waiting = spot.waiting.iter().copied();
    let unseen = waiting.filter(|ask| *ask > from && !there.contains(ask));
    let gone = taken_back(rooms, channel, unseen).await?;
    if !gone.is_empty() {
        let messages = gone;
        rooms.handle(Incoming::Deleted { channel, messages }).await;
    }
    let mut said = Vec::new();
    for message in messages {
        said.extend(decided(rooms, (missed.guild, place), spot, message));
    }
    let later: Vec<Later> = said.iter().map(|heard| heard.later).collect();
    let own = own(rooms, spot, &said).await;
    let now = rooms.rest.discord_ms();
    let mut asked = BTreeSet::new();
    let mut ended = Ok(true);
    for (at, heard) in said.into_iter().enumerate() {
        match heard.decision {
            Decision::Remember(channel, said) => rooms.memory.note(channel, &said).await,
            Decision::Answer(ask, said) => {
                match is_answered(rooms, &ask, heard.is_opened, &own).await {
                    Ok(false) => {}
                    Ok(true) => continue,
                    Err(error) => {
                        ended = Err(error);
                        continue;
                    }
                }
                let age = age(ask.message, now);
                // In a thread the store tells what was said since, when the question is claimed.
                let passed_by = !matches!(ask.home, Home::Channel { .. })
                    && age > rooms.settings.stale_after
                    && moved_on(&ask, later.get(at + 1..).unwrap_or_default());
                if age > FORGOTTEN || passed_by {
                    continue;
                }
                match rooms.memory.begin_missed(&ask, &said).await {
                    Kept::Stored(ask) => {
                        asked.insert(ask.conversation);
                    }
                    Kept::Known => {}
                    Kept::Unstored => {
                        ended = ended.and(Ok(false));
                        let conversation = ask.conversation;
                        let unstored = Signal::AskedUnstored(Box::new((ask, said)));
                        rooms.signal(conversation, unstored);
                    }
                }
            }
            Decision::Ignore(_)
            | Decision::Edit(_)
            | Decision::Delete(..)
            | Decision::Close(_)
            | Decision::CloseGuild(_)
            | Decision::Press(_) => {}
        }
    }
    for conversation in asked {
        rooms.signal(conversation, Signal::Asked);
    }
    ended
}

/// The questions among these that are there no longer. That a page lacks them does not tell it: an empty one is also what
/// Discord gives to somebody who may not read what was said.
async fn taken_back(
    rooms: &Rooms,
    channel: ChannelId,
    unseen: impl Iterator<Item = MessageId>,
) -> Result<Vec<MessageId>, RestError> {
    let mut gone = Vec::new();
    // The question that a thread was opened on is not in it.
    for ask in unseen.filter(|ask| ask.0 != channel.0) {
        match rooms.rest.message(channel, ask).await {
            Err(RestError::NotFound { .. }) => gone.push(ask),
            Ok(_) | Err(RestError::Forbidden { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(gone)
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
    let found = rooms.rest.channel(channel).await?;
    let me = reader.edge().map_or(UserId(0), |edge| edge.me);
    Ok(place_of(&found, me))
}

/// What the rules say about a message that was missed; nothing about what was heard, and what Discord says itself.
fn decided(
    rooms: &Rooms,
    (guild, place): (Option<GuildId>, Place),
    spot: &Spot,
    mut message: wire::Message,
) -> Option<Heard> {
    if message.id <= spot.heard {
        return None;
    }
    let edge = rooms.reader.edge()?;
    let thread = message.thread.as_ref();
    let is_opened = thread.is_some_and(|thread| thread.owner_id == Some(edge.me));
    let is_half = is_half(&message);
    // Over REST a message does not tell its guild.
    message.guild_id = guild;
    let message = edge.message(message, place)?;
    let by = match message.author.kind {
        AuthorKind::System => return None,
        AuthorKind::Me => By::Me { answers: None },
        AuthorKind::Person | AuthorKind::Bot => By::Other(message.author.id),
    };
    let replies_to = message.reply_to.as_ref().map(|replied| replied.id);
    let id = message.id;
    let decision = intake::decide(Incoming::Message(message), &rooms.settings);
    let asks = matches!(decision, Decision::Answer(..));
    let later = Later {
        by,
        asks,
        replies_to,
    };
    Some(Heard {
        id,
        later,
        decision,
        is_opened,
        is_half,
    })
}

/// Whether a message of ours shows that its answer was to go on. What came of it may have died with its process, so that it
/// answers nothing.
fn is_half(message: &wire::Message) -> bool {
    let text = message.content.as_deref().unwrap_or_default().trim_end();
    let mut locales = [Locale::En, Locale::Ja].into_iter();
    convert::buttons(message).any(|button| matches!(button, Button::Stop(_)))
        || locales.any(|locale| text.ends_with(interrupted(locale)))
}

/// A message of the bot itself.
struct Own {
    id: MessageId,
    replies_to: Option<MessageId>,
    /// The store does not know it: a process with another memory has posted it.
    is_foreign: bool,
}

async fn own(rooms: &Rooms, spot: &Spot, said: &[Heard]) -> Vec<Own> {
    let own = said
        .iter()
        .filter(|heard| matches!(heard.later.by, By::Me { .. }) && !heard.is_half);
    let mut own: Vec<Own> = own
        .map(|heard| Own {
            id: heard.id,
            replies_to: heard.later.replies_to,
            is_foreign: false,
        })
        .collect();
    // What is being posted just now may be known a little later.
    let conversation = spot.conversation.filter(|_| !own.is_empty());
    if let Some(conversation) = conversation.filter(|known| !rooms.lanes.is_open(*known))
        && let Some(known) = rooms.memory.answers(conversation).await
    {
        for own in &mut own {
            own.is_foreign = !known.contains(&own.id);
        }
    }
    own
}

/// Whether a question has its answer already, from a process that had another memory: one that could not open the store, say.
async fn is_answered(
    rooms: &Rooms,
    ask: &Ask,
    is_opened: bool,
    own: &[Own],
) -> Result<bool, RestError> {
    let later = || own.iter().filter(|own| own.id > ask.message);
    if later().any(|own| own.replies_to == Some(ask.message)) {
        return Ok(true);
    }
    match ask.home {
        Home::NewThread { .. } if is_opened => {
            // What the store knows is answered by what the store knows.
            if rooms.memory.turn(ask.message).await.is_some() {
                return Ok(false);
            }
            let (thread, first) = (ChannelId(ask.message.0), Page::After(ask.message));
            let said = match rooms.rest.messages_unhurried(thread, first, PAGE).await {
                Ok(said) => said,
                // Nothing is there for anybody who could ask here.
                Err(RestError::Forbidden { .. } | RestError::NotFound { .. }) => return Ok(false),
                Err(error) => return Err(error),
            };
            let me = rooms.reader.edge().map(|edge| edge.me);
            let is_own = |message: &wire::Message| {
                me.is_some_and(|me| convert::is_written_by(message, me)) && !is_half(message)
            };
            Ok(said.iter().any(is_own))
        }
        Home::Channel { .. } => Ok(later().any(|own| own.is_foreign)),
        Home::NewThread { .. } | Home::Chain { .. } => Ok(false),
    }
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
