//! What a pressed button does.
//!
//! Discord gives three seconds for the first answer, so presses are worked on beside everything else. What a button does
//! is written down first, where that is quick, and then answered in one call; where it takes longer, the press is
//! answered with a nod, and what there is to say follows.

mod found;

use std::{
    collections::{HashSet, VecDeque},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kaiwa_core::{
    button::{Answer, Button, Interaction, Openness, Press, Pressed, Presser},
    id::{ConversationId, InteractionId, MessageId},
    reply::{Buttons, Limits, ReplyState},
    words::{Locale, button as words, small_print},
};
use tokio::{sync::oneshot, time::timeout};
use tokio_util::task::TaskTracker;

use crate::{
    app::Rooms,
    delivery::buttons::labelled,
    discord::rest::{File, FirstAnswer, FirstAnswered, NewButton, Whisper},
    lanes::{Signal, Stop},
    store::{Retried, Turn},
};

/// What isn't done by then is answered with a nod first.
const SOON: Duration = Duration::from_millis(1_500);

/// How many presses are remembered, so that one told twice is heard once.
const REMEMBERED: usize = 1_000;

/// The presses that are being worked on.
#[derive(Debug, Default)]
pub(crate) struct Presses {
    tasks: TaskTracker,
    heard: Mutex<Heard>,
}

/// Which presses were heard, the oldest first.
#[derive(Debug, Default)]
struct Heard {
    known: HashSet<InteractionId>,
    in_order: VecDeque<InteractionId>,
}

impl Presses {
    /// Works on a press beside everything else. One that was told before is known by its id.
    pub(crate) fn hear(&self, rooms: &Arc<Rooms>, press: Press) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if !heard.is_new(press.interaction.id) {
            return;
        }
        drop(heard);
        let rooms = Arc::clone(rooms);
        self.tasks.spawn(async move { answer(&rooms, press).await });
    }

    /// Resolves when all presses are answered.
    pub(crate) async fn drain(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Heard {
    fn is_new(&mut self, press: InteractionId) -> bool {
        let is_new = self.known.insert(press);
        if is_new {
            self.in_order.push_back(press);
            if self.in_order.len() > REMEMBERED
                && let Some(oldest) = self.in_order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
        is_new
    }
}

/// What comes of a press.
enum Response {
    /// Nothing is to be said: what came of it can be seen.
    Nod,
    /// Only the one who pressed is told something.
    Tell(Whisper),
    /// The message has these buttons now.
    Offer(Vec<NewButton>),
    /// The message has these buttons now, and then the conversation is worked in.
    Work(Vec<NewButton>, ConversationId),
}

/// Does what a button says, and answers the press.
async fn answer(rooms: &Arc<Rooms>, press: Press) {
    let interaction = press.interaction.clone();
    let mut doing = pin!(act(rooms, press));
    let (response, nodded) = match timeout(SOON, &mut doing).await {
        Ok(response) => (response, None),
        Err(_) => {
            let nodded = first(rooms, &interaction, FirstAnswer::Heard).await;
            (doing.await, Some(nodded))
        }
    };
    let conversation = match &response {
        Response::Work(_, conversation) => Some(*conversation),
        Response::Nod | Response::Tell(_) | Response::Offer(_) => None,
    };
    match nodded {
        None => {
            let answer = match response {
                Response::Nod => FirstAnswer::Heard,
                Response::Tell(whisper) => FirstAnswer::Told(whisper),
                Response::Offer(buttons) | Response::Work(buttons, _) => {
                    FirstAnswer::Buttons(buttons)
                }
            };
            first(rooms, &interaction, answer).await;
        }
        Some(true) => {
            if let Response::Tell(whisper) = response
                && let Err(error) = rooms.rest.whisper(&interaction, whisper).await
            {
                tracing::warn!(%error, "somebody who pressed a button can't be told what came of it");
            }
        }
        Some(false) => {}
    }
    // The message has its new buttons by now: whatever the worker gives it comes later.
    if let Some(conversation) = conversation {
        rooms.signal(conversation, Signal::Asked);
    }
}

/// Gives a press its first answer. Tells whether more can be said: not to one that was answered by somebody else or too
/// late.
async fn first(rooms: &Rooms, interaction: &Interaction, answer: FirstAnswer) -> bool {
    match rooms.rest.answer_press(interaction, answer).await {
        Ok(FirstAnswered::Now) => true,
        Ok(FirstAnswered::Before) => false,
        Ok(FirstAnswered::TooLate) => {
            tracing::info!("a press was answered too late for Discord");
            false
        }
        Err(error) => {
            tracing::warn!(%error, "a press can't be answered");
            false
        }
    }
}

async fn act(rooms: &Arc<Rooms>, press: Press) -> Response {
    let locale = press.by.locale;
    let Some(Pressed { button, on }) = press.button else {
        return told(words::unknown(locale));
    };
    match button {
        Button::Stop(answer) => stop(rooms, answer, press.by).await,
        // What an earlier process was told is told again, and it may have done what there was to do.
        Button::Retry(_)
            if press.interaction.id.created_ms() < rooms.began_ms
                && !found::still_offers(rooms, &press, on, button).await =>
        {
            Response::Nod
        }
        Button::Retry(answer) => match retry(rooms, answer, &press, on).await {
            Ok(response) => response,
            Err(sentence) => told(sentence(locale)),
        },
        Button::Thoughts(answer) => {
            heard_out(rooms, answer).await;
            match rooms.memory.thoughts(answer.ask).await {
                Some(answer) => Response::Tell(shown(locale, answer)),
                None => told(words::thoughts_lost(locale)),
            }
        }
    }
}

/// Ends an answer where it is. Everybody in the conversation may do so.
async fn stop(rooms: &Arc<Rooms>, answer: Answer, by: Presser) -> Response {
    let under_way = match rooms.memory.turn(answer.ask).await {
        // Kept, it holds also where no worker hears of it: the bot may be about to stop, or to be killed.
        Some(Turn::Queued | Turn::Running | Turn::Joined { .. }) => {
            rooms.memory.stop(answer.ask, &by).await
        }
        // The store could not be told that it is made again.
        Some(Turn::Done(_) | Turn::Failed(_)) if rooms.memory.is_asked_again(answer.ask) => true,
        Some(Turn::Done(_)) => false,
        // Discord did not take the end of that answer, or the button would not be there.
        Some(Turn::Failed(_)) => {
            let retry = Buttons {
                retry: true,
                thoughts: rooms.memory.thoughts(answer.ask).await.is_some(),
                ..Buttons::NONE
            };
            return Response::Offer(labelled(retry, answer, by.locale));
        }
        // Where the store does not know, the worker does.
        None => rooms.lanes.is_open(answer.conversation),
    };
    if !under_way {
        return told(words::ended_already(by.locale));
    }
    let stop = Stop {
        ask: answer.ask,
        by,
    };
    rooms.signal(answer.conversation, Signal::Stop(stop));
    Response::Nod
}

/// Lets an answer that failed be made again.
async fn retry(
    rooms: &Arc<Rooms>,
    answer: Answer,
    press: &Press,
    on: MessageId,
) -> Result<Response, Sentence> {
    match press.place {
        Openness::Open => {}
        Openness::Locked => return Err(words::thread_locked),
        Openness::Archived => {
            let opened = rooms.rest.reopen_thread(press.channel).await;
            opened.map_err(|error| {
                tracing::info!(thread = %press.channel, %error, "can't open a closed thread");
                words::thread_closed as Sentence
            })?;
        }
    }
    // The store can't tell.
    if rooms.memory.is_asked_again(answer.ask) {
        return Err(words::being_answered);
    }
    let mut retried = rooms.memory.retry(answer.ask).await;
    if retried == Some(Retried::UnderWay) {
        heard_out(rooms, answer).await;
        retried = rooms.memory.retry(answer.ask).await;
    }
    let ask = match retried {
        Some(Retried::Queued(ask)) => ask,
        Some(Retried::UnderWay) => return Err(words::being_answered),
        Some(Retried::Answered) => return Err(words::answered_already),
        Some(Retried::Deleted) => return Err(words::question_deleted),
        Some(Retried::Unknown) | None => found::again(rooms, answer, press, on).await?,
    };
    // The question that was asked last, or led, may be deleted: Stop is to find the one that is worked on.
    let answer = Answer {
        ask: ask.message,
        asked_in: ask.home.asked_in(),
        ..answer
    };
    let buttons = labelled(Buttons::STOP, answer, ask.locale);
    Ok(Response::Work(buttons, ask.conversation))
}

/// Waits for the worker of the conversation, if there is one: a button can be seen some moments before the end of its turn
/// is stored.
async fn heard_out(rooms: &Arc<Rooms>, answer: Answer) {
    let (knock, heard) = oneshot::channel();
    rooms.signal(answer.conversation, Signal::Knock(knock));
    let _dropped = heard.await;
}

/// What the model thought, for the one who asks: in a message where it fits, else in a file.
fn shown(locale: Locale, answer: ReplyState) -> Whisper {
    let thoughts = answer.thoughts;
    let content = format!("{}\n{thoughts}", small_print(words::thoughts(locale)));
    if content.encode_utf16().count() <= Limits::default().message {
        return Whisper {
            content,
            files: Vec::new(),
        };
    }
    let above = if answer.is_thoughts_cut {
        words::first_thoughts_in_file
    } else {
        words::thoughts_in_file
    };
    Whisper {
        content: small_print(above(locale)),
        files: vec![File {
            name: "thoughts.md".to_owned(),
            content: thoughts.into_bytes(),
            description: String::new(),
        }],
    }
}

/// A sentence to the one who pressed.
type Sentence = fn(Locale) -> &'static str;

/// Says a sentence to the one who pressed.
fn told(sentence: &str) -> Response {
    Response::Tell(Whisper {
        content: small_print(sentence),
        files: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_that_is_told_twice_is_heard_once() {
        let mut heard = Heard::default();
        assert!(heard.is_new(InteractionId(1)));
        assert!(!heard.is_new(InteractionId(1)));
        for id in 2..=REMEMBERED as u64 + 1 {
            assert!(heard.is_new(InteractionId(id)));
        }
        assert_eq!(heard.known.len(), REMEMBERED);
        assert!(heard.is_new(InteractionId(1)), "long ago");
    }
}
