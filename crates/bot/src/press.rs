//! What a pressed button does.
//!
//! Discord gives three seconds for the first answer, so presses are worked on beside everything else. What a button does
//! is written down first, where that is quick, and then answered in one call; where it takes longer, the press is
//! answered with a nod, and what there is to say follows.

use std::{
    collections::{HashSet, VecDeque},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kaiwa_core::{
    button::{Answer, Button, Interaction, Press, Presser},
    id::InteractionId,
    words::{button as words, small_print},
};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::{
    app::Rooms,
    discord::rest::{FirstAnswer, FirstAnswered, Whisper},
    lanes::{Signal, Stop},
    store::Turn,
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

/// What is to be said to a press.
enum Response {
    /// Nothing: what came of it can be seen.
    Nod,
    /// Only to the one who pressed.
    Tell(Whisper),
}

/// Does what a button says, and answers the press.
async fn answer(rooms: &Arc<Rooms>, press: Press) {
    let interaction = press.interaction.clone();
    let mut doing = pin!(act(rooms, press));
    match timeout(SOON, &mut doing).await {
        Ok(Response::Nod) => {
            first(rooms, &interaction, FirstAnswer::Heard).await;
        }
        Ok(Response::Tell(whisper)) => {
            first(rooms, &interaction, FirstAnswer::Told(whisper)).await;
        }
        Err(_) => {
            let nodded = first(rooms, &interaction, FirstAnswer::Heard).await;
            match doing.await {
                Response::Tell(whisper) if nodded => {
                    if let Err(error) = rooms.rest.whisper(&interaction, whisper).await {
                        tracing::warn!(%error, "somebody who pressed a button can't be told what came of it");
                    }
                }
                Response::Nod | Response::Tell(_) => {}
            }
        }
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
    match press.button.map(|pressed| pressed.button) {
        Some(Button::Stop(answer)) => stop(rooms, answer, press.by).await,
        None | Some(Button::Retry(_) | Button::Thoughts(_)) => told(words::unknown(locale)),
    }
}

/// Ends an answer where it is. Everybody in the conversation may do so.
async fn stop(rooms: &Arc<Rooms>, answer: Answer, by: Presser) -> Response {
    let under_way = match rooms.memory.turn(answer.ask).await {
        Some(Turn::Queued | Turn::Running | Turn::Joined { .. }) => true,
        Some(Turn::Done(_) | Turn::Failed(_)) => false,
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

/// A sentence to the one who pressed.
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
