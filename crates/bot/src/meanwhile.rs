//! What happens in a conversation while it is answered, until all of the answer is shown: questions, edits, deletions, Stop.

use kaiwa_core::{error::TurnError, reply::Seen};

use crate::{
    app::Rooms,
    delivery::{Lost, Stage},
    lanes::{Lane, Signal},
    work::{Ended, Withdrawn, Work},
};

/// What it means for the answer.
#[derive(Debug)]
pub(crate) enum Meanwhile {
    /// It goes on.
    Nothing,
    /// It is begun anew.
    Anew,
    /// It ends, in this way.
    Ended(Ended),
}

/// Hears what happens until all that there is to say is shown, or nothing more can be: then the answer is not begun anew any
/// more, and its delivery ends. What is told meanwhile can mean something else for it.
pub(crate) async fn until_shown(
    rooms: &Rooms,
    lane: &mut Lane,
    work: &mut Work,
    stage: &Stage,
    ended: &Ended,
) -> Meanwhile {
    // The next process hears of it from the store.
    let hears = !matches!(ended, Ended::Stopped);
    loop {
        let signal = tokio::select! {
            biased;
            () = stage.settled() => {
                stage.end_delivery();
                return Meanwhile::Nothing;
            }
            // Of what was taken back there is nothing to be said.
            why = stage.refused(), if matches!(ended, Ended::Withdrawn) => {
                stage.leave(Lost::Failed(why));
                return Meanwhile::Nothing;
            }
            why = stage.refused(), if hears => {
                stage.give_up(rooms).await;
                return Meanwhile::Ended(Ended::Failed(why));
            }
            signal = lane.next(), if hears => signal,
        };
        match Box::pin(take_in(rooms, lane, work, stage, signal, Some(ended))).await {
            Meanwhile::Nothing => {}
            change @ (Meanwhile::Anew | Meanwhile::Ended(_)) => return change,
        }
    }
}

/// Takes in what happens. The answer has `ended` where all that is left is to show it. Most turns hear of nothing: it is to be
/// boxed, so that it doesn't make them larger.
pub(crate) async fn take_in(
    rooms: &Rooms,
    lane: &mut Lane,
    work: &mut Work,
    stage: &Stage,
    signal: Signal,
    ended: Option<&Ended>,
) -> Meanwhile {
    // What failed or was stopped takes no more questions in. What was taken back isn't asked anew either.
    let (is_wanted, is_asked) = match ended {
        None | Some(Ended::Answered(_)) => (true, true),
        Some(Ended::Failed(_) | Ended::StoppedBy(_)) => (false, true),
        Some(Ended::Withdrawn | Ended::Stopped) => (false, false),
    };
    match signal {
        Signal::Asked | Signal::AskedUnstored(_) if !is_wanted || work.is_closed(stage) => {
            work.keep(signal);
        }
        Signal::Asked | Signal::AskedUnstored(_) => {
            if work.absorb(rooms, signal).await {
                return Meanwhile::Anew;
            }
        }
        Signal::Edited(said) if work.is_edited(&said) && is_asked => {
            stage.keep_version(rooms).await;
            return Meanwhile::Anew;
        }
        Signal::Edited(said) => {
            if !rooms.memory.again(lane.conversation, said.id).await {
                lane.is_to_ask();
            }
        }
        Signal::Deleted(message) => match work.withdraw(message) {
            // Nobody is to read more of it.
            Withdrawn::Turn => {
                stage.cut(Seen::Surely);
                return Meanwhile::Ended(Ended::Withdrawn);
            }
            Withdrawn::Question if is_wanted && !stage.is_visible() => return Meanwhile::Anew,
            Withdrawn::Question | Withdrawn::Nothing => {}
        },
        Signal::Stop(stop) if !work.asks(stop.ask) => lane.put_off(stop),
        Signal::Stop(stop) => {
            if let None | Some(Ended::Answered(_)) = ended {
                stage.cut(Seen::Perhaps);
                return Meanwhile::Ended(Ended::StoppedBy(stop.by));
            }
        }
        Signal::Knock(_) if ended.is_some() => work.keep(signal),
        Signal::Knock(knock) => drop(knock),
        Signal::Gone if ended.is_some() => stage.leave(Lost::Failed(TurnError::Gone)),
        Signal::Gone => return Meanwhile::Ended(Ended::Failed(TurnError::Gone)),
    }
    Meanwhile::Nothing
}
