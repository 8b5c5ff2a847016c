//! THE MAIN PATH: what was asked -> what the model sees -> its answer, live -> stored.

use std::pin::pin;

use futures_util::{
    FutureExt as _, StreamExt as _,
    stream::{self, FuturesUnordered},
};
use kaiwa_core::error::{ModelError, TurnError};

use crate::{
    app::Rooms,
    delivery::{self, Stage},
    ending,
    lanes::Lane,
    meanwhile::{self, Meanwhile, take_in},
    prompt,
    recall::{Pages, Wanted},
    take_up,
    work::{Ended, Work},
};

/// Answers what was asked in a lane: the model is heard and Discord is written to side by side, and the end is stored.
/// What was asked too late for this turn and is nowhere else stays in the work.
pub(crate) async fn run(rooms: &Rooms, lane: &mut Lane, work: &mut Work) {
    let stop = lane.stop();
    let Ok(()) = take_up::what_was_left(rooms, work, &stop).await else {
        return;
    };
    let stage = Stage::new(rooms, work, stop);
    let answered = answer(rooms, lane, work, &stage);
    let (ended, _) = tokio::join!(answered, alone(delivery::deliver(rooms, &stage)));
    ending::store(rooms, work, &stage, ended).await;
}

/// A future that is asked only when something has come about for it: most tokens are nothing to the other side.
fn alone<F: Future>(future: F) -> impl Future<Output = Option<F::Output>> {
    let one = FuturesUnordered::from_iter([future]).into_future();
    one.map(|(output, _)| output)
}

/// Answers until all of it is shown. Where Discord is gone that takes hours, in which it can be taken back, stopped or changed.
async fn answer(rooms: &Rooms, lane: &mut Lane, work: &mut Work, stage: &Stage) -> Ended {
    'anew: loop {
        let mut ended = hear(rooms, lane, work, stage).await;
        loop {
            ending::say(rooms, work, stage, &ended).await;
            match meanwhile::until_shown(rooms, lane, work, stage, &ended).await {
                Meanwhile::Nothing => break 'anew ended,
                Meanwhile::Anew => continue 'anew,
                Meanwhile::Ended(other) => ended = other,
            }
        }
    }
}

/// Hears the model out. What happens in the conversation before the first visible word begins the answer anew.
async fn hear(rooms: &Rooms, lane: &mut Lane, work: &mut Work, stage: &Stage) -> Ended {
    let stop = lane.stop();
    if let Some(ended) = work.foregone() {
        return ended;
    }
    // Waited for from one token to the next, not anew with each.
    let (mut stopped, mut lost) = (pin!(stop.cancelled()), pin!(stage.lost()));
    let mut refused = pin!(stage.refused());
    let mut pages = Pages::default();
    'anew: loop {
        stage.restart(work.newest());
        // Where the bot was only called it has the words itself.
        let greets = work.is_greeting();
        let mut is_whole = greets;
        let prompt = prompt::build(rooms, Wanted::by(work), &mut pages);
        let (mut prompt, mut answer) = (pin!(prompt.fuse()), stream::pending().boxed());
        let mut quiet = pin!(tokio::time::sleep(rooms.quiet).fuse());
        loop {
            tokio::select! {
                built = &mut prompt, if !greets => {
                    answer = rooms.sharing.answer(rooms.model.ask_patiently(work.sends(built)));
                }
                event = answer.next(), if !is_whole => match event {
                    Some(Ok(event)) => work.note(&event, stage, rooms.now()),
                    Some(Err(ModelError::TooLong)) if work.halve_window() => continue 'anew,
                    Some(Err(error)) => return Ended::Failed(TurnError::from(error)),
                    None => is_whole = true,
                },
                () = stage.placed(), if is_whole => {
                    if greets {
                        stage.greet(work.newest().locale, rooms.now());
                    }
                    return Ended::Answered(work.finish);
                }
                signal = lane.next() => match Box::pin(take_in(rooms, lane, work, stage, signal, None)).await {
                    Meanwhile::Nothing => {}
                    Meanwhile::Anew => continue 'anew,
                    Meanwhile::Ended(ended) => return ended,
                },
                () = &mut quiet => stage.think(work.newest().locale, rooms.now()),
                lost = &mut lost => return lost.into(),
                why = &mut refused => {
                    Box::pin(stage.give_up(rooms)).await;
                    return Ended::Failed(why);
                }
                () = &mut stopped => return Ended::Stopped,
            }
        }
    }
}
