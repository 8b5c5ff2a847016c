//! Reads back one place: what was asked there is stored and answered, what was said is remembered.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use kaiwa_core::{
    given::{Answers, Given, has_answer},
    id::{ChannelId, GuildId, MessageId},
    intake::{self, Decision},
    message::{Ask, AuthorKind, Home, Incoming, Place},
    missed::{By, FORGOTTEN, Later, age, moved_on},
};

use super::{Missed, Spot};
use crate::{
    app::Rooms,
    discord::{
        rest::{PAGE, Page, RestError},
        wire,
    },
    lanes::Signal,
    memory::Kept,
};

/// How many pages of a place are read at the most: beyond that, what was asked is history.
const PAGES: usize = 5;

/// What came of it.
pub(super) struct Heard {
    /// All of it is stored.
    pub is_stored: bool,
    /// Questions on which the bot has opened threads that nobody here knows.
    pub threads: Vec<MessageId>,
}

/// Something that was said there, and what the rules say about it.
struct Told {
    later: Later,
    decision: Decision,
    /// The bot has opened a thread on it.
    is_opened: bool,
}

/// Reads a place and does what the rules say about what was said there.
pub(super) async fn hear(
    rooms: &Arc<Rooms>,
    missed: &Missed,
    spot: &Spot,
) -> Result<Heard, RestError> {
    let channel = spot.channel;
    let meanwhile = rooms.meanwhile.listen(channel);
    let place = place(rooms, missed.guild, channel).await?;
    let read = read(rooms, channel, spot.heard).await;
    let (messages, from) = read.inspect_err(|error| {
        tracing::warn!(%channel, %error, "can't read back what was said meanwhile");
    })?;
    let there: HashSet<MessageId> = messages.iter().map(|message| message.id).collect();
    let waiting = spot.waiting.iter().copied();
    // The question that a thread was opened on is in none of its pages.
    let is_due = |ask: &MessageId| *ask > from || ask.0 == channel.0;
    let unseen = waiting.filter(|ask| is_due(ask) && !there.contains(ask));
    let gone = taken_back(rooms, channel, unseen).await?;
    if !gone.is_empty() {
        let messages = gone;
        rooms.handle(Incoming::Deleted { channel, messages }).await;
    }
    let given = given(rooms, &messages);
    let mut said = Vec::new();
    for message in messages {
        said.extend(decided(rooms, (missed.guild, place), spot, message));
    }
    let later: Vec<Later> = said.iter().map(|heard| heard.later).collect();
    let answers = Answers::from(&given);
    let mut begun = answers.begun.clone();
    let halves = unknown(rooms, &begun, &said).await;
    let answered = unknown(rooms, &answers.answered, &said).await;
    let waiting = spot.conversation.filter(|_| !spot.waiting.is_empty());
    if let Some(conversation) = waiting {
        let others = without_turns(rooms, &answers.answered, &said).await;
        let told = rooms.memory.were_answered(conversation, answers, others);
        told.await;
    }
    let forgotten = forgotten(rooms, spot, &given).await;
    let now = rooms.rest.discord_ms();
    let mut asked = BTreeSet::new();
    let (mut is_stored, mut failed, mut threads) = (true, None, Vec::new());
    for (at, heard) in said.into_iter().enumerate() {
        match heard.decision {
            Decision::Remember(channel, said) => rooms.memory.note(channel, &said).await,
            Decision::Answer(ask, said) => {
                let is_forgotten = matches!(ask.home, Home::Channel { .. })
                    && forgotten.is_some_and(|answer| answer > ask.message);
                if is_forgotten || has_answer(&ask, &answered, &halves) {
                    continue;
                }
                // The store does not know of it: another process has opened the thread.
                if heard.is_opened && rooms.memory.is_new(ask.message).await == Some(true) {
                    threads.push(ask.message);
                    match given_in_thread(rooms, &ask).await {
                        Ok(given) if given.answered().is_empty() => begun.extend(given.begun()),
                        Ok(_) => continue,
                        Err(error) => {
                            failed = Some(error);
                            continue;
                        }
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
                        is_stored = false;
                        let conversation = ask.conversation;
                        let unstored = Signal::AskedUnstored(Box::new((ask, said)));
                        rooms.signal(conversation, unstored);
                    }
                }
            }
            Decision::Ignore(_)
            | Decision::Mine(_)
            | Decision::Edit(..)
            | Decision::Delete(..)
            | Decision::Close(_)
            | Decision::CloseGuild(_)
            | Decision::Press(_) => {}
        }
    }
    // Before anything of it is answered, it is as it reads now.
    for changed in meanwhile.take() {
        asked.extend(rooms.follow(changed).await);
    }
    for conversation in asked.iter().copied().chain(waiting) {
        rooms.memory.were_begun(conversation, begun.clone()).await;
    }
    for conversation in asked {
        rooms.signal(conversation, Signal::Asked);
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(Heard { is_stored, threads }),
    }
}

/// The questions among these that are there no longer. That a page lacks them does not tell it: an empty one is also what
/// Discord gives to somebody who may not read what was said.
async fn taken_back(
    rooms: &Rooms,
    channel: ChannelId,
    unseen: impl Iterator<Item = MessageId>,
) -> Result<Vec<MessageId>, RestError> {
    let mut gone = Vec::new();
    for ask in unseen {
        match rooms.rest.message_of(channel, ask).await {
            Err(error) if error.is_message_gone() => gone.push(ask),
            Ok(_) | Err(RestError::Forbidden { .. } | RestError::NotFound { .. }) => {}
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
    let found = rooms.rest.channel_unhurried(channel).await?;
    Ok(reader.learn(Some(guild), &found))
}

/// What the rules say about a message that was missed; nothing about what was heard, and what Discord says itself.
fn decided(
    rooms: &Rooms,
    (guild, place): (Option<GuildId>, Place),
    spot: &Spot,
    mut message: wire::Message,
) -> Option<Told> {
    if message.id <= spot.heard {
        return None;
    }
    let edge = rooms.reader.edge()?;
    let thread = message.thread.as_ref();
    let is_opened = thread.is_some_and(|thread| thread.owner_id == Some(edge.me));
    // Over REST a message does not tell its guild.
    message.guild_id = guild;
    let message = edge.message(message, place)?;
    let by = match message.author.kind {
        AuthorKind::System => return None,
        AuthorKind::Me => By::Me { answers: None },
        AuthorKind::Person | AuthorKind::Bot => By::Other(message.author.id),
    };
    let replies_to = message.reply_to.as_ref().map(|replied| replied.id);
    let decision = intake::decide(Incoming::Message(message), &rooms.settings);
    let asks = matches!(decision, Decision::Answer(..));
    let later = Later {
        by,
        asks,
        replies_to,
    };
    Some(Told {
        later,
        decision,
        is_opened,
    })
}

/// The bot's own messages among these.
fn given(rooms: &Rooms, messages: &[wire::Message]) -> Given {
    let mut given = Given::default();
    let Some(edge) = rooms.reader.edge() else {
        return given;
    };
    for own in messages.iter().filter_map(|message| edge.own(message)) {
        given.hear(own);
    }
    given
}

/// Those of these questions of which the store does not know: a process gave their answers that could not open the store, say.
async fn unknown(rooms: &Rooms, given: &BTreeSet<MessageId>, said: &[Told]) -> Vec<Ask> {
    let mut unknown = Vec::new();
    for ask in asked_among(given, said) {
        // Of its own turns the store knows which questions they answer.
        if rooms.memory.is_new(ask.message).await != Some(false) {
            unknown.push(ask.clone());
        }
    }
    unknown
}

/// Those of these questions that have no turn, whoever has answered them.
async fn without_turns(rooms: &Rooms, given: &BTreeSet<MessageId>, said: &[Told]) -> Vec<Ask> {
    let mut without = Vec::new();
    for ask in asked_among(given, said) {
        if rooms.memory.turn(ask.message).await.is_none() {
            without.push(ask.clone());
        }
    }
    without
}

/// Those of these questions that were asked there.
fn asked_among<'a>(given: &BTreeSet<MessageId>, said: &'a [Told]) -> impl Iterator<Item = &'a Ask> {
    said.iter().filter_map(|heard| {
        if let Decision::Answer(ask, _) = &heard.decision {
            given.contains(&ask.message).then_some(ask)
        } else {
            None
        }
    })
}

/// The newest message of a conversation's answers that an earlier process gave and the store knows nothing of. Where that is
/// older than what was said, as one from a backup is, nothing tells which question it answers: everything before it was.
async fn forgotten(rooms: &Rooms, spot: &Spot, given: &Given) -> Option<MessageId> {
    let conversation = spot.conversation?;
    let began = MessageId::first_at(rooms.began_ms);
    let words = given.untold();
    let words = words.filter(|word| *word > spot.heard && *word < began);
    let words: Vec<MessageId> = words.collect();
    if words.is_empty() {
        return None;
    }
    rooms.memory.newer_than_known(conversation, words).await
}

/// What the bot has said in the thread that it has opened on a question.
async fn given_in_thread(rooms: &Rooms, ask: &Ask) -> Result<Given, RestError> {
    let (thread, first) = (ChannelId(ask.message.0), Page::After(ask.message));
    match rooms.rest.messages_unhurried(thread, first, PAGE).await {
        Ok(messages) => Ok(given(rooms, &messages)),
        // Nothing is there for anybody who could ask here.
        Err(RestError::Forbidden { .. } | RestError::NotFound { .. }) => Ok(Given::default()),
        Err(error) => Err(error),
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
