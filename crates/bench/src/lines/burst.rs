//! 200 mentions in the same instant in 200 channels, with all of Discord's limits on.

use std::{path::Path, time::Duration};

use anyhow::Result;

use super::Scale;
use crate::{
    report::Row,
    stage::{Stage, TOKENS},
    statistics::{count, largest, median, span},
};

/// Discord's requests a second, over all routes.
const GLOBAL: f64 = 50.0;
/// What an answer takes at least: the thread, and the message.
const CALLS: f64 = 2.0;

/// Measures it.
pub(crate) async fn measure(binary: &Path, scale: Scale) -> Result<Vec<Row>> {
    let mentions = scale.of(200, 50);
    let stage = Stage::start(binary, mentions, |_| {}).await?;
    (0..mentions).for_each(|_| stage.answers(TOKENS));
    let mut asked = Vec::new();
    for (number, channel) in stage.channels.iter().enumerate() {
        asked.push(stage.mentions(*channel, &format!("q-burst-{number}-"))?);
    }
    let begun = asked.iter().map(|asked| asked.at).min().unwrap_or_default();
    let limit = count(mentions) * CALLS / GLOBAL;
    // What isn't whole after five times the limit is lost.
    let patience = Duration::from_secs_f64(limit * 5.0 + 10.0);
    let _ = stage
        .until("all answers", patience, |stage| {
            asked
                .iter()
                .all(|asked| stage.turn(asked, TOKENS).is_some())
                .then_some(())
        })
        .await;
    let turns: Vec<_> = asked
        .iter()
        .filter_map(|asked| stage.turn(asked, TOKENS))
        .collect();
    let ends: Vec<f64> = turns
        .iter()
        .map(|turn| span(begun, turn.whole_at) / 1_000.0)
        .collect();
    let to_request: Vec<f64> = turns.iter().map(|turn| turn.to_request).collect();
    let first_words: Vec<f64> = turns.iter().map(|turn| turn.first_words).collect();
    let calls = stage.sim.shared().look(|world| {
        world
            .calls
            .iter()
            .filter(|call| call.arrived_ms >= begun)
            .count()
    });
    let row = |what: String, measured, unit, limit, reach| Row {
        what,
        measured,
        unit,
        limit,
        reach,
        samples: mentions,
    };
    Ok(vec![
        row(
            format!("answers of {mentions} that are not whole"),
            count(mentions - turns.len()),
            "",
            None,
            0.0,
        ),
        row(
            "429s".to_owned(),
            f64::from(u32::try_from(stage.too_many_requests()).unwrap_or(u32::MAX)),
            "",
            None,
            0.0,
        ),
        row(
            "until the last is whole".to_owned(),
            largest(&ends),
            "s",
            Some(limit),
            limit * 1.15,
        ),
        row(
            "REST calls of an answer".to_owned(),
            count(calls) / count(mentions),
            "",
            Some(CALLS),
            f64::INFINITY,
        ),
        row(
            "message to model request, median".to_owned(),
            median(&to_request),
            "ms",
            None,
            f64::INFINITY,
        ),
        row(
            "first token to first words, median".to_owned(),
            median(&first_words),
            "ms",
            None,
            f64::INFINITY,
        ),
    ])
}
