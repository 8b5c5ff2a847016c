//! How a turn ends: what stands under its answer, and what is stored of it.

use std::time::Duration;

use kaiwa_core::{
    error::TurnError,
    message::{AskKind, Home},
    model::FinishReason,
    reply::Buttons,
    words::{
        button::stopped_by,
        conversation::{
            answer_cut, filtered, interrupted, mentions_only, question_cut, thought_for, was_away,
            window_left_out,
        },
        failure::{Shown, turn_failed},
    },
};

use crate::{
    app::Rooms,
    delivery::{Lost, Stage, read_what_is_left},
    work::{Ended, Work},
};

/// Nobody wants to read that a model thought for less than this.
const QUIET_THOUGHT: Duration = Duration::from_secs(1);

/// Says under the answer what there is to say about its end, in the reader's language.
pub(crate) async fn say(rooms: &Rooms, work: &Work, stage: &Stage, ended: &Ended) {
    let locale = work.newest().locale;
    if let Ended::Failed(_) | Ended::StoppedBy(_) | Ended::Withdrawn = ended {
        read_what_is_left(rooms, stage).await;
    }
    let partial = stage.is_part();
    let mut notices = Vec::new();
    // The thoughts themselves are kept with the turn; a button shows them.
    if let Some(span) = stage
        .thought()
        .filter(|span| partial && *span >= QUIET_THOUGHT)
    {
        notices.push(thought_for(locale, span));
    }
    match ended {
        Ended::Answered(finish) => {
            match finish {
                FinishReason::Length => notices.push(answer_cut(locale, stage.go_on()).to_owned()),
                FinishReason::ContentFilter => notices.push(filtered(locale, partial).to_owned()),
                FinishReason::Stop | FinishReason::Other => {}
            }
            if work.late_answer {
                notices.push(was_away(locale).to_owned());
            }
            if work.question_cut {
                notices.push(question_cut(locale).to_owned());
            }
            if work.left_out {
                notices.push(window_left_out(locale).to_owned());
            }
            // A greeting says it itself.
            if !rooms.settings.message_content
                && work.lead().kind != AskKind::Greeting
                && matches!(work.lead().home, Home::NewThread { .. })
            {
                notices.push(mentions_only(locale).to_owned());
            }
        }
        Ended::Failed(error) => {
            tracing::warn!(turn = %work.lead().message, %error, "a turn failed");
            let shown = if partial { Shown::Part } else { Shown::Nothing };
            match turn_failed(locale, error, shown) {
                Some(sentence) => notices.push(sentence),
                // There is no place left to say it in.
                None => return stage.leave(Lost::Failed(TurnError::Gone)),
            }
        }
        Ended::StoppedBy(by) => notices.push(stopped_by(locale, &by.name)),
        Ended::Withdrawn => {}
        // What is half shown says so until the next process goes on with it. What can't be seen yet stays so, and so does what
        // an earlier process has left, which said so when it was told to stop.
        Ended::Stopped if stage.is_visible() && !stage.is_left() => {
            notices.push(interrupted(locale).to_owned())
        }
        Ended::Stopped => return stage.leave(Lost::Stopped),
    }
    let buttons = match ended {
        // The next process goes on, and gives it its buttons.
        Ended::Stopped => Buttons::NONE,
        Ended::Answered(_) | Ended::Failed(_) | Ended::StoppedBy(_) | Ended::Withdrawn => Buttons {
            stop: false,
            retry: matches!(ended, Ended::Failed(_)),
            thoughts: stage.has_thoughts(),
        },
    };
    stage.finish(notices, buttons, rooms.now());
}

/// Stores the answer's messages and how the turn ended.
pub(crate) async fn store(rooms: &Rooms, work: &mut Work, stage: &Stage, ended: Ended) {
    let ended = match (ended, stage.why_lost()) {
        // What there was to say could not be shown before the process ended: the next one goes on.
        (Ended::Answered(_) | Ended::Failed(_) | Ended::StoppedBy(_), Some(Lost::Stopped)) => {
            Ended::Stopped
        }
        // The model was heard to the end, but Discord did not take all of it.
        (
            Ended::Answered(_) | Ended::StoppedBy(_) | Ended::Withdrawn,
            Some(Lost::Failed(error)),
        ) => {
            // Nobody was there to hear of it before. That a place is gone is no failure.
            if error != TurnError::Gone {
                tracing::warn!(turn = %work.lead().message, %error, "a turn failed");
            }
            Ended::Failed(error)
        }
        (ended, _) => ended,
    };
    work.is_answered = matches!(ended, Ended::Answered(_));
    if work.left_out && work.is_answered {
        rooms.memory.told_window(work.lead().conversation).await;
    }
    let fence = work.fence();
    let fence = fence.as_ref().as_ref();
    if !matches!(ended, Ended::Stopped) {
        work.asked().for_each(|ask| rooms.memory.settled(ask));
    } else if stage.is_unsure() {
        // Left as if this process had died over it: the next one looks for what was posted.
        return stage.keep(rooms).await;
    }
    let asks = (work.lead().conversation, work.asked().collect());
    rooms.memory.end(fence, asks, &ended, stage.shown()).await;
}
