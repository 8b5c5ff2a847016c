//! Processor time of a thousand turns in known threads: 20 people talk with the bot at the same time.

use std::{path::Path, time::Duration};

use anyhow::Result;

use super::Scale;
use crate::{
    report::Row,
    stage::{Stage, TOKENS},
    statistics::count,
    turn::Asked,
};

const THREADS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures it.
pub(crate) async fn measure(binary: &Path, scale: Scale) -> Result<Vec<Row>> {
    let rounds: usize = scale.of(50, 5);
    let stage = Stage::start(binary, THREADS, |_| {}).await?;
    let mut threads = Vec::new();
    let mut opening = Vec::new();
    for (number, channel) in stage.channels.iter().enumerate() {
        let asked = stage.mentions(*channel, &format!("q-open-{number}-"))?;
        threads.push(asked.thread);
        opening.push(asked);
    }
    all_whole(&stage, &opening, 1).await?;
    stage.rest(PATIENCE).await?;

    let before = stage.bot.processor()?;
    for round in 0..rounds {
        let mut asked = Vec::new();
        for thread in &threads {
            stage.answers(TOKENS);
            asked.push(stage.asks(*thread, &format!("q-{round}-{thread}-"))?);
        }
        all_whole(&stage, &asked, TOKENS).await?;
    }
    stage.rest(PATIENCE).await?;
    let turns = count(rounds * THREADS);
    let thousand = (stage.bot.processor()? - before) * 1_000.0 / turns;
    Ok(vec![Row {
        what: "processor time of 1,000 turns of 60 tokens".to_owned(),
        measured: thousand,
        unit: "s",
        limit: None,
        reach: 1.0,
        samples: rounds * THREADS,
    }])
}

async fn all_whole(stage: &Stage, asked: &[Asked], tokens: usize) -> Result<()> {
    stage
        .until("answers", PATIENCE, |stage| {
            asked
                .iter()
                .all(|asked| stage.turn(asked, tokens).is_some())
                .then_some(())
        })
        .await
}
