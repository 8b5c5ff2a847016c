//! A question that the store has lost, found again on Discord by what its button says: so a button works for ever.

use kaiwa_core::{
    button::{Answer, Button, Press},
    id::{ChannelId, MessageId},
    intake::{self, Decision},
    message::{Ask, Home, Incoming},
    reply::{self, ReplyState, Standing},
    words::button as words,
};

use super::Sentence;
use crate::{
    app::Rooms,
    delivery::{Unreadable, standing, text_in_file},
    discord::{
        convert,
        rest::{Page, RestError},
        wire,
    },
    lanes::Signal,
};

/// How many messages of an answer are looked for.
const MESSAGES: u8 = 100;

/// Reads a question as if it was asked just now, and what is to be seen of its answer, and lets it be answered again.
///
/// # Errors
/// The sentence that says why that can't be.
pub(super) async fn again(
    rooms: &std::sync::Arc<Rooms>,
    answer: Answer,
    press: &Press,
    on: MessageId,
) -> Result<Ask, Sentence> {
    let (message, channel) = question(rooms, answer, press).await.map_err(sentence)?;
    let place = rooms.reader.learn(message.guild_id, &channel);
    let edge = rooms.reader.edge();
    let Some(message) = edge.and_then(|edge| edge.message(message, place)) else {
        return Err(words::question_deleted);
    };
    let incoming = Incoming::Message(message);
    let Decision::Answer(ask, said) = intake::decide(incoming, &rooms.settings) else {
        return Err(words::question_deleted);
    };
    let ask = Ask {
        conversation: answer.conversation,
        home: home(ask.home, press.channel, ask.message),
        ..ask
    };
    let (state, text) = shown(rooms, answer, press.channel, on)
        .await
        .map_err(sentence)?;
    match rooms.memory.begin_again(&ask, &said, &state, &text).await {
        Some(true) => Ok(ask),
        Some(false) => Err(words::being_answered),
        None => {
            // The store can't take it: what is handed on is the only copy.
            let asked = Signal::AskedUnstored(Box::new((ask.clone(), said)));
            rooms.signal(ask.conversation, asked);
            Ok(ask)
        }
    }
}

/// Whether the pressed message is still as it was then. A press that Discord can't be asked about is left to be pressed once more.
pub(super) async fn still_offers(
    rooms: &Rooms,
    press: &Press,
    on: MessageId,
    button: Button,
) -> bool {
    let found = rooms.rest.message_of(press.channel, on).await;
    found.is_ok_and(|(message, _)| {
        let pressed = press.interaction.id.created_ms();
        message
            .edited_timestamp
            .is_none_or(|edited| edited <= pressed)
            && convert::buttons(&message).any(|there| there == button)
    })
}

/// The question and the channel that it is in.
async fn question(
    rooms: &Rooms,
    answer: Answer,
    press: &Press,
) -> Result<(wire::Message, wire::Channel), RestError> {
    let (mut message, channel) = rooms.rest.message_of(answer.asked_in, answer.ask).await?;
    let channel = rooms.rest.channel(channel).await?;
    message.guild_id = press.guild;
    Ok((message, channel))
}

/// Where the answer is: it stays there.
fn home(home: Home, pressed_in: ChannelId, ask: MessageId) -> Home {
    match home {
        Home::NewThread { parent, .. } if pressed_in.0 == ask.0 => Home::Channel {
            channel: pressed_in,
            below: Some(parent),
        },
        // No thread could be opened then.
        Home::NewThread { parent, .. } => Home::Chain {
            channel: parent,
            parent: None,
        },
        Home::Channel { .. } | Home::Chain { .. } => home,
    }
}

/// The messages of the answer, from its first one to the one that was pressed on, and their text.
async fn shown(
    rooms: &Rooms,
    answer: Answer,
    channel: ChannelId,
    on: MessageId,
) -> Result<(ReplyState, String), RestError> {
    let first = answer.first.unwrap_or(on);
    let page = Page::After(MessageId(first.0.saturating_sub(1)));
    let mut messages = rooms.rest.messages(channel, page, MESSAGES).await?;
    messages.sort_unstable_by_key(|message| message.id);
    let edge = rooms.reader.edge();
    let belongs = |message: &wire::Message| {
        let own = edge.as_ref().and_then(|edge| edge.own(message));
        own.is_some_and(|own| {
            message.id == first || own.answers.is_none_or(|ask| ask == answer.ask)
        })
    };
    // Where people spoke in between, or another answer begins, what follows may be another one's.
    let until = messages
        .iter()
        .position(|message| !belongs(message) || message.id >= on);
    let last = messages.iter().find(|message| message.id == on).cloned();
    messages.truncate(until.unwrap_or(messages.len()));
    messages.extend(last);
    let standing: Vec<Standing<'_>> = messages.iter().map(standing).collect();
    let mut state = ReplyState::default();
    state.adopt(&standing);
    let text = match text_in_file(rooms, &messages).await {
        Ok(Some(text)) => text,
        Ok(None) => {
            state.is_read = true;
            let contents = standing.iter().map(|stands| stands.content);
            reply::join(&contents.collect::<Vec<_>>())
        }
        // It is tried again where no other words come.
        Err(Unreadable) => String::new(),
    };
    Ok((state, text))
}

fn sentence(error: RestError) -> Sentence {
    if let RestError::NotFound { .. } = error {
        return words::question_deleted;
    }
    tracing::warn!(%error, "a question that is to be answered again can't be read");
    words::question_unreadable
}
