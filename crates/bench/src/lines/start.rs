//! From the start of the process to an accepted session, against a simulator without latency.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Result, bail};
use kaiwa_sim::{Sim, gateway::Outcome};
use tokio::time::Instant;

use super::Scale;
use crate::{
    bot::Bot,
    report::Row,
    stage::Stage,
    statistics::{median, span},
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Measures it.
pub(crate) async fn measure(binary: &Path, scale: Scale) -> Result<Vec<Row>> {
    let starts = scale.of(15, 5);
    let mut first = Vec::new();
    let mut again = Vec::new();
    for _ in 0..starts {
        let data = tempfile::tempdir()?;
        let (sim, settings) = Stage::simulate(1, |world| {
            world.settings.rate_limits = false;
            world.settings.latency_before = Duration::ZERO;
            world.settings.latency_after = Duration::ZERO;
        })
        .await?;
        // The first one is killed in its session, and the second one goes on with it.
        let one = async || once(binary, &data, &sim, &settings).await;
        first.push(one().await?);
        again.push(one().await?);
    }
    let row = |what: &str, values: &[f64]| Row {
        what: what.to_owned(),
        measured: median(values),
        unit: "ms",
        limit: None,
        reach: 100.0,
        samples: values.len(),
    };
    Ok(vec![
        row("first start, with a store to make", &first),
        row("start with a store that is there", &again),
    ])
}

async fn once(
    binary: &Path,
    data: &tempfile::TempDir,
    sim: &Sim,
    settings: &[(&'static str, String)],
) -> Result<f64> {
    let begun = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let begun = u64::try_from(begun)?;
    let _bot = Bot::start(binary, data, settings)?;
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let records = sim.shared().gateway.records();
        let accepted = |outcome: &Outcome| match outcome {
            Outcome::Accepted(_) => true,
            Outcome::InvalidSession | Outcome::Closed(_) => false,
        };
        let identified = records
            .identifies
            .iter()
            .map(|one| (one.at_ms, &one.outcome));
        let resumed = records.resumes.iter().map(|one| (one.at_ms, &one.outcome));
        let ready = identified
            .chain(resumed)
            .filter(|(_, outcome)| accepted(outcome))
            .map(|(at, _)| at)
            .find(|at| *at >= begun);
        if let Some(ready) = ready {
            return Ok(span(begun, ready));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bail!("the bot does not come online")
}
