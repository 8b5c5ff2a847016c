//! THE MAIN PATH: what was asked -> what the model sees -> its answer, live -> stored.

use std::pin::pin;

use futures_util::{
    FutureExt as _, StreamExt as _,
    stream::{self, FuturesUnordered},
};
use kaiwa_core::{
    error::{ModelError, TurnError},
    model::FinishReason,
};

use crate::{
    app::Rooms,
    delivery::{self, Stage},
    ending,
    lanes::{Lane, Signal},
    prompt, recall, take_up,
    work::{Ended, Withdrawn, Work},
};

/// Answers what was asked in a lane: the model is heard and Discord is written to side by side, and the end is stored.
/// What was asked too late for this turn and is nowhere else stays in the work.
pub(crate) async fn run(rooms: &Rooms, lane: &mut Lane, work: &mut Work) {
    let stop = lane.stop();
    let Ok(()) = take_up::what_was_left(rooms, work, &stop).await else {
        return;
    };
    let stage = Stage::new(rooms, work, stop);
    let heard = async {
        let ended = hear(rooms, lane, work, &stage).await;
        ending::say(rooms, work, &stage, &ended).await;
        ended
    };
    let (ended, _) = tokio::join!(heard, alone(delivery::deliver(rooms, &stage)));
    ending::store(rooms, work, &stage, ended).await;
}

/// A future that is asked only when something has come about for it: most tokens are nothing to the other side.
fn alone<F: Future>(future: F) -> impl Future<Output = Option<F::Output>> {
    let one = FuturesUnordered::from_iter([future]).into_future();
    one.map(|(output, _)| output)
}

/// Hears the model out. What happens in the conversation before the first visible word begins the answer anew.
async fn hear(rooms: &Rooms, lane: &mut Lane, work: &mut Work, stage: &Stage) -> Ended {
    let stop = lane.stop();
    if let Some(ended) = work.foregone() {
        return ended;
    }
    // Waited for from one token to the next, not anew with each.
    let (mut stopped, mut lost) = (pin!(stop.cancelled()), pin!(stage.lost()));
    'anew: loop {
        stage.restart(work.newest());
        if work.is_greeting() {
            stage.greet(work.newest().locale, rooms.now()).await;
            return Ended::Answered(FinishReason::Stop);
        }
        let conversation = recall::conversation(rooms, work).await;
        let told = conversation.told_window;
        let prompt = prompt::build(rooms, work.newest().message, work.window, conversation);
        let (mut prompt, mut answer) = (pin!(prompt.fuse()), stream::pending().boxed());
        let mut quiet = pin!(tokio::time::sleep(rooms.quiet));
        loop {
            tokio::select! {
                prompt = &mut prompt => {
                    work.left_out = prompt.left_out > 0 && !told;
                    answer = rooms.model.ask_patiently(prompt);
                }
                event = answer.next() => match event {
                    Some(Ok(event)) => work.note(&event, stage, rooms.now()),
                    Some(Err(ModelError::TooLong)) if work.halve_window() => continue 'anew,
                    Some(Err(error)) => return Ended::Failed(TurnError::from(error)),
                    None => return Ended::Answered(work.finish),
                },
                signal = lane.next() => match signal {
                    Signal::Asked | Signal::AskedUnstored(_) if work.is_closed(stage) => work.keep(signal),
                    Signal::Asked | Signal::AskedUnstored(_) => if work.absorb(rooms, signal).await {
                        continue 'anew;
                    },
                    Signal::Edited(said) if work.is_edited(&said) => {
                        stage.keep_version(rooms).await;
                        continue 'anew;
                    }
                    Signal::Edited(said) => rooms.memory.again(lane.conversation, said.id).await,
                    Signal::Deleted(message) => match work.withdraw(message) {
                        Withdrawn::Turn => return Ended::Withdrawn,
                        Withdrawn::Question if !stage.is_visible() => continue 'anew,
                        Withdrawn::Question | Withdrawn::Nothing => {}
                    },
                    Signal::Stop(stop) if work.asks(stop.ask) => return Ended::StoppedBy(stop.by),
                    Signal::Stop(stop) => lane.put_off(stop),
                    Signal::Knock(knock) => drop(knock),
                    Signal::Gone => return Ended::Failed(TurnError::Gone),
                },
                () = &mut quiet, if !quiet.is_elapsed() => stage.think(work.newest().locale, rooms.now()),
                lost = &mut lost => return lost.into(),
                () = &mut stopped => return Ended::Stopped,
            }
        }
    }
}
