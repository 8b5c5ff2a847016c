//! 50 answers that stream for a minute at the same time: how far the text that can be seen is behind the model.

use std::{path::Path, time::Duration};

use anyhow::Result;

use super::Scale;
use crate::{
    report::Row,
    stage::{ONE_WAY_MS, Stage},
    statistics::{count, largest, mean, median, span},
    turn::{Asked, Request, Shown},
};

/// Edits of one channel, and of all channels together, that Discord lets through in a second.
const CHANNEL_EDITS: f64 = 1.0;
const GLOBAL: f64 = 50.0;
/// How far apart the moments are at which is looked, in milliseconds.
const STEP_MS: usize = 50;
/// The beginning, when buckets are still full, is left out; in milliseconds.
const SETTLED_MS: u64 = 5_000;

/// Measures it.
pub(crate) async fn measure(binary: &Path, scale: Scale) -> Result<Vec<Row>> {
    let answers = scale.of(50, 50);
    let tokens: usize = scale.of(3_000, 1_000);
    let stage = Stage::start(binary, answers, |_| {}).await?;
    (0..answers).for_each(|_| stage.answers(tokens));
    let mut asked = Vec::new();
    for (number, channel) in stage.channels.iter().enumerate() {
        asked.push(stage.mentions(*channel, &format!("q-stream-{number}-"))?);
    }
    // A timer is late by up to a millisecond or two each time: the model is a little slower than it is set.
    let patience = Duration::from_secs(120);
    let ended = stage
        .until("all answers", patience, |stage| {
            asked
                .iter()
                .all(|asked| stage.turn(asked, tokens).is_some())
                .then_some(())
        })
        .await;
    let lags: Vec<f64> = asked
        .iter()
        .filter_map(|asked| Some(lag(&stage.request(asked)?, &stage.shown(asked), tokens)))
        .collect();
    // Each gets what its channel's bucket and its share of the global budget allow; what is shown is as old as the
    // way there when it appears, and one period older just before the next.
    let period = 1_000.0 / CHANNEL_EDITS.min(GLOBAL / count(answers));
    let limit = ONE_WAY_MS + period / 2.0;
    let finals: Vec<f64> = finals(&stage, &asked, tokens);
    let row = |what: &str, measured, unit, limit, reach| Row {
        what: what.to_owned(),
        measured,
        unit,
        limit,
        reach,
        samples: lags.len(),
    };
    Ok(vec![
        row(
            "mean lag of the text",
            mean(&lags),
            "ms",
            Some(limit),
            limit * 1.25,
        ),
        row(
            "lag of the worst answer",
            largest(&lags),
            "ms",
            None,
            mean(&lags) * 2.0,
        ),
        row(
            "last token to whole text",
            median(&finals),
            "ms",
            Some(ONE_WAY_MS),
            f64::INFINITY,
        ),
        row(
            "429s",
            f64::from(u32::try_from(stage.too_many_requests()).unwrap_or(u32::MAX)),
            "",
            None,
            0.0,
        ),
        row(
            "answers that are not whole",
            if ended.is_ok() {
                0.0
            } else {
                count(answers - finals.len())
            },
            "",
            None,
            0.0,
        ),
    ])
}

fn finals(stage: &Stage, asked: &[Asked], tokens: usize) -> Vec<f64> {
    let turns = asked.iter().filter_map(|asked| stage.turn(asked, tokens));
    turns.map(|turn| turn.final_text).collect()
}

/// The mean age of the oldest token that the model has sent and that can't be seen, in milliseconds, over the time
/// in which the model speaks.
fn lag(request: &Request, shown: &Shown, tokens: usize) -> f64 {
    let sent: Vec<u64> = request.sent.iter().skip(1).take(tokens).copied().collect();
    let (Some(first), Some(last)) = (sent.first(), sent.last()) else {
        return f64::INFINITY;
    };
    // How many tokens could be seen, and since when: each is a word, and a message owns its part for good.
    let visible = |at: u64| -> usize {
        let texts = shown.iter().filter_map(|versions| {
            let until = versions.iter().take_while(|(since, _)| *since <= at);
            until
                .last()
                .map(|(_, text)| text.split_whitespace().count())
        });
        texts.sum()
    };
    let moments = (first + SETTLED_MS..*last).step_by(STEP_MS);
    let ages: Vec<f64> = moments
        .map(|at| match sent.get(visible(at)) {
            Some(unseen) if *unseen <= at => span(*unseen, at),
            Some(_) | None => 0.0,
        })
        .collect();
    mean(&ages)
}
