//! Reads back one place: what was asked there is stored and answered, what was said is remembered.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use kaiwa_core::{
    given::{Answers, Given, goes_with},
    id::{ChannelId, ConversationId, GuildId, MessageId},
    intake::{self, Decision},
    message::{Ask, AuthorKind, Home, Incoming, Place, Said},
    missed::{By, FORGOTTEN, Later, age, moved_on},
};

use super::{
    Missed, Spot,
    there::{There, there},
};
use crate::{
    app::Rooms,
    discord::{rest::RestError, wire},
    lanes::Signal,
    memory::Kept,
};

/// What came of it.
pub(super) struct Heard {
    /// All of it is stored.
    pub is_stored: bool,
}

/// A question on which the bot has opened a thread that nobody here knows. What stands there tells whether it was answered.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) ask: Ask,
    said: Said,
    later: Later,
    /// Where it was asked, people have moved on from it.
    is_passed_by: bool,
}

/// Something that was said there, and what the rules say about it.
struct Told {
    later: Later,
    decision: Decision,
    /// The bot has opened a thread on it.
    is_opened: bool,
    is_passed_by: bool,
}

impl From<Opened> for Told {
    fn from(opened: Opened) -> Self {
        Self {
            later: opened.later,
            decision: Decision::Answer(opened.ask, opened.said),
            is_opened: false,
            is_passed_by: opened.is_passed_by,
        }
    }
}

/// What is read back of a place, and of the threads that were opened there.
struct ReadBack {
    is_stored: bool,
    /// Where there is something to be answered now.
    asked: BTreeSet<ConversationId>,
    /// Why not all of it could be read.
    failed: Option<RestError>,
}

/// Reads a place and does what the rules say about what was said there.
pub(super) async fn hear(
    rooms: &Arc<Rooms>,
    missed: &Missed,
    spot: &Spot,
) -> Result<Heard, RestError> {
    let read = read_back(rooms, missed, spot).await?;
    for conversation in read.asked {
        rooms.signal(conversation, Signal::Asked);
    }
    let is_stored = read.is_stored;
    read.failed.map_or(Ok(Heard { is_stored }), Err)
}

/// Reads a place. Nothing of it is answered yet: what was asked may be changed where the reading began.
async fn read_back(
    rooms: &Arc<Rooms>,
    missed: &Missed,
    spot: &Spot,
) -> Result<ReadBack, RestError> {
    let channel = spot.channel;
    let meanwhile = rooms.meanwhile.listen(channel);
    let There {
        place,
        messages,
        from,
    } = there(rooms, missed.guild, spot).await?;
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
    let mut said: Vec<Told> = spot.opened.clone().map(Told::from).into_iter().collect();
    for message in messages {
        said.extend(decided(rooms, (missed.guild, place), spot, message));
    }
    let later: Vec<Later> = said.iter().map(|heard| heard.later).collect();
    let answers = Answers::from(&given);
    let halves = unknown(rooms, &answers.begun, &said).await;
    let answered = unknown(rooms, &answers.answered, &said).await;
    let waiting = spot.conversation.filter(|_| !spot.waiting.is_empty());
    if let Some(conversation) = waiting {
        let others = without_turns(rooms, &answers.answered, &said).await;
        let answers = answers.clone();
        let told = rooms.memory.were_answered(conversation, answers, others);
        told.await;
    }
    let forgotten = forgotten(rooms, spot, &given).await;
    let now = rooms.rest.discord_ms();
    let mut asked = BTreeSet::new();
    let (mut is_stored, mut failed) = (true, None);
    for (at, heard) in said.into_iter().enumerate() {
        match heard.decision {
            Decision::Remember(channel, said) => rooms.memory.note(channel, &said).await,
            Decision::Answer(ask, said) => {
                let is_forgotten = matches!(ask.home, Home::Channel { .. })
                    && forgotten.is_some_and(|answer| answer > ask.message);
                if is_forgotten || answers.reach(&ask, &answered, &halves) {
                    continue;
                }
                let age = age(ask.message, now);
                // In a thread the store tells what was said since, when the question is claimed.
                let is_passed_by = heard.is_passed_by
                    || !matches!(ask.home, Home::Channel { .. })
                        && age > rooms.settings.stale_after
                        && moved_on(&ask, later.get(at + 1..).unwrap_or_default());
                // The store does not know of it: another process has opened the thread.
                if heard.is_opened && rooms.memory.is_new(ask.message).await == Some(true) {
                    let thread = Spot::opened_on(Opened {
                        ask,
                        said,
                        later: heard.later,
                        is_passed_by,
                    });
                    match Box::pin(read_back(rooms, missed, &thread)).await {
                        Ok(thread) => {
                            is_stored &= thread.is_stored;
                            failed = thread.failed.or(failed);
                            asked.extend(thread.asked);
                        }
                        Err(error) => failed = Some(error),
                    }
                    continue;
                }
                // What was begun is always finished.
                let is_begun = halves.iter().any(|half| goes_with(&ask, half));
                if !is_begun && (age > FORGOTTEN || is_passed_by) {
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
        let begun = answers.begun.clone();
        rooms.memory.were_begun(conversation, begun).await;
    }
    Ok(ReadBack {
        is_stored,
        asked,
        failed,
    })
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
        is_passed_by: false,
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
