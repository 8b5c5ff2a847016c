//! What a lane's worker does: claim what is to be answered, run the turn, see whether more has come.

use std::{
    collections::VecDeque, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration,
};

use futures_util::FutureExt as _;
use kaiwa_core::{
    error::TurnError,
    id::MessageId,
    message::{Ask, Said},
};

use crate::{
    app::Rooms,
    lanes::{Lane, Signal},
    memory::CannotTell,
    store::Shown,
    turn,
    work::{Ended, Work, reword},
};

/// So long a worker waits before it asks a failing store again for the questions that it holds.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// How often work that breaks off is taken up at once. After that, what is stored waits for the next question, and what is not
/// for the next process.
const TRIES: u32 = 3;

/// Works in a lane until nothing is left to do in it. A fault of ours must not silence a conversation, and what was asked
/// outlives it.
pub(crate) async fn worker(rooms: Arc<Rooms>, mut lane: Lane) {
    let conversation = lane.conversation;
    let mut unstored = VecDeque::new();
    for _ in 0..TRIES {
        let whole = unbroken(work(&rooms, &mut lane, &mut unstored)).await;
        if whole.is_some() {
            return;
        }
        tracing::error!(%conversation, "work in a conversation broke off by a fault of this program");
        rooms.memory.abandoned(conversation).await;
    }
}

/// What comes of something; none where it breaks off by a fault of this program. It is no `async fn`: that would keep room for
/// what it is given and for what it waits for.
fn unbroken<T>(work: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
    AssertUnwindSafe(work).catch_unwind().map(Result::ok)
}

/// Runs a turn. One that breaks off by a fault of this program ends with a word about it, in the messages that it has. Gives back
/// what was asked too late for it and is nowhere else.
async fn run(rooms: &Rooms, lane: &mut Lane, mut work: Work) -> Vec<(Ask, Said)> {
    let asked: Vec<MessageId> = work.asked().collect();
    let whole = unbroken(Box::pin(turn::run(rooms, lane, &mut work))).await;
    let late = match whole {
        Some(()) => work.late(),
        None => Box::pin(give_up(rooms, lane, work)).await,
    };
    lane.forget_stops(&asked);
    late
}

/// Ends a turn that broke off. What it knew besides is kept.
async fn give_up(rooms: &Rooms, lane: &mut Lane, broken: Work) -> Vec<(Ask, Said)> {
    let conversation = lane.conversation;
    tracing::error!(%conversation, "a turn broke off by a fault of this program");
    // What the store has is claimed again. What nobody but this process knows of is in the work itself.
    let (work, mut late) = if broken.fence().is_some() {
        rooms.memory.abandoned(conversation).await;
        let claim = rooms.memory.claim(conversation).await.ok().flatten();
        let work = claim.and_then(|claim| Work::claimed(claim, rooms.window()));
        (work, broken.late())
    } else {
        (Some(broken), Vec::new())
    };
    let Some(work) = work else {
        return late;
    };
    let (fence, asked): (_, Vec<MessageId>) = (work.fence(), work.asked().collect());
    let mut work = work.failing(TurnError::BrokeOff);
    let said = unbroken(Box::pin(turn::run(rooms, lane, &mut work))).await;
    if said.is_none() {
        tracing::error!(%conversation, "nobody can be told of it");
        let (fence, failed) = (fence.as_ref().as_ref(), Ended::Failed(TurnError::BrokeOff));
        rooms.memory.end(fence, &failed, Shown::default()).await;
        asked.into_iter().for_each(|ask| rooms.memory.settled(ask));
    }
    late.extend(work.late());
    late
}

/// What is told between two turns.
async fn between(
    rooms: &Rooms,
    lane: &mut Lane,
    unstored: &mut VecDeque<(Ask, Said)>,
    signal: Signal,
) {
    match signal {
        Signal::AskedUnstored(asked) => unstored.push_back(*asked),
        // It came when the model had been heard out, or the turn had ended: the answer is to another text.
        Signal::Edited(said) => {
            reword(unstored.iter_mut().map(|(_, known)| known), &said);
            rooms.memory.again(lane.conversation, said.id).await;
        }
        Signal::Deleted(message) => {
            unstored.retain(|(ask, _)| ask.message != message);
        }
        Signal::Stop(stop) => lane.put_off(stop),
        Signal::Knock(knock) => drop(knock),
        Signal::Asked | Signal::Gone => {}
    }
}

async fn work(rooms: &Rooms, lane: &mut Lane, unstored: &mut VecDeque<(Ask, Said)>) {
    loop {
        while let Some(signal) = lane.waiting() {
            between(rooms, lane, unstored, signal).await;
        }
        if lane.is_closing() {
            lane.retire();
            return;
        }
        let work = match rooms.memory.claim(lane.conversation).await {
            Ok(Some(claim)) => Work::claimed(claim, rooms.window()),
            Ok(None) => {
                lane.all_told();
                Work::unstored(unstored, rooms.window())
            }
            Err(CannotTell) if unstored.is_empty() && lane.is_asked() => {
                // The question is in the store alone: it is answered as soon as the store can tell it.
                if let Some(signal) = lane.wait(STORE_PAUSE).await {
                    between(rooms, lane, unstored, signal).await;
                }
                continue;
            }
            Err(CannotTell) => Work::unstored(unstored, rooms.window()),
        };
        match work {
            Some(mut work) => {
                if let Some(fence) = work.passed_by(rooms).await {
                    rooms.memory.pass_by(fence).await;
                    continue;
                }
                lane.tell_again();
                unstored.extend(run(rooms, lane, work).await);
            }
            None if lane.retire() => return,
            None => {}
        }
    }
}
