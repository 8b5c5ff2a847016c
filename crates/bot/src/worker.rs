//! What a lane's worker does: claim what is to be answered, run the turn, see whether more has come.

use std::{
    collections::VecDeque, future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration,
};

use futures_util::FutureExt as _;
use kaiwa_core::{
    error::TurnError,
    id::MessageId,
    message::{Ask, Said},
    pauses::Pauses,
};

use crate::{
    app::Rooms,
    lanes::{Lane, Signal},
    memory::CannotTell,
    store::Shown,
    title, turn,
    work::{Ended, Work, reword},
};

/// So long a worker waits before it asks a failing store again for the questions that it holds.
const STORE_PAUSES: Pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(60));

/// So often a store is asked for the questions that it holds before they are read without a claim.
const CLAIMS: u32 = 2;

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

/// What a turn leaves.
struct Left {
    /// What was asked too late for it and is nowhere else.
    late: Vec<(Ask, Said)>,
    /// Its answer can be followed by a title.
    answered: bool,
}

/// Runs a turn. One that breaks off by a fault of this program ends with a word about it, in the messages that it has.
async fn run(rooms: &Rooms, lane: &mut Lane, mut work: Work) -> Left {
    let asked: Vec<MessageId> = work.asked().collect();
    let whole = unbroken(Box::pin(turn::run(rooms, lane, &mut work))).await;
    let left = match whole {
        Some(()) => Left {
            answered: title::may_follow(rooms, &work),
            late: work.late(),
        },
        None => Left {
            answered: false,
            late: Box::pin(give_up(rooms, lane, work)).await,
        },
    };
    lane.forget_stops(&asked);
    left
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
        asked.iter().for_each(|ask| rooms.memory.settled(*ask));
        let asks = (conversation, asked);
        rooms
            .memory
            .end(fence, asks, &failed, Shown::default())
            .await;
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
            if !rooms.memory.again(lane.conversation, said.id).await {
                lane.is_to_ask();
            }
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
    let mut failing = Failing::default();
    let mut answered = false;
    loop {
        while let Some(signal) = lane.waiting() {
            between(rooms, lane, unstored, signal).await;
        }
        if lane.is_closing() {
            lane.retire();
            return;
        }
        match next(rooms, lane, unstored, &mut failing).await {
            Some(mut work) => {
                if let Some(fence) = work.passed_by(rooms).await {
                    rooms.memory.pass_by(fence).await;
                    continue;
                }
                lane.tell_again();
                let left = run(rooms, lane, work).await;
                unstored.extend(left.late);
                answered = left.answered;
            }
            // The store alone has it: it is answered, or its end is kept, as soon as the store can be written.
            None if lane.is_asked() => {
                if let Some(signal) = lane.wait(failing.pauses.longer()).await {
                    between(rooms, lane, unstored, signal).await;
                }
            }
            // Nothing is left to be answered. Whatever happens now goes first, and the title is looked at again after it.
            None if answered => match Box::pin(title::give(rooms, lane)).await {
                Some(signal) => between(rooms, lane, unstored, signal).await,
                None => answered = false,
            },
            None if lane.retire() => return,
            None => {}
        }
    }
}

/// How a store fails that holds questions.
struct Failing {
    claims: u32,
    pauses: Pauses,
}

impl Default for Failing {
    fn default() -> Self {
        Self {
            claims: 0,
            pauses: STORE_PAUSES,
        }
    }
}

/// What is to be answered next. Questions that the store has and can't give out for long are answered as if it had not taken
/// them.
async fn next(
    rooms: &Rooms,
    lane: &mut Lane,
    unstored: &mut VecDeque<(Ask, Said)>,
    failing: &mut Failing,
) -> Option<Work> {
    match rooms.memory.claim(lane.conversation).await {
        Ok(claim) => {
            *failing = Failing::default();
            let back = rooms.memory.hand_back(lane.conversation);
            unstored.retain(|(ask, _)| !back.contains(&ask.message));
            if let Some(claim) = claim {
                return Work::claimed(claim, rooms.window());
            }
            lane.all_told();
        }
        Err(CannotTell) if unstored.is_empty() && lane.is_asked() => {
            failing.claims += 1;
            if failing.claims >= CLAIMS {
                let taken = rooms.memory.take(lane.conversation).await;
                unstored.extend(taken.unwrap_or_default());
            }
        }
        Err(CannotTell) => {}
    }
    let is_again = |ask| rooms.memory.is_asked_again(ask);
    let work = Work::unstored(unstored, is_again, rooms.window())?;
    let before = rooms.memory.before_again(work.lead().message);
    Some(work.again(before))
}
