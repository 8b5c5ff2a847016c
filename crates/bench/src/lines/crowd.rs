//! Messages of other people, which have nothing to do with the bot: what each costs, and whether a mention amid them
//! has to wait.

use std::{path::Path, time::Duration};

use anyhow::Result;

use super::Scale;
use crate::{
    report::Row,
    stage::Stage,
    statistics::{count, largest, median, span},
    turn::Asked,
};

/// Messages in one go, and the pause after each: 5,000 a second at the most, so that the simulator is not what is
/// measured.
const BATCH: usize = 50;
const PAUSE: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures it.
pub(crate) async fn measure(binary: &Path, scale: Scale) -> Result<Vec<Row>> {
    let messages: usize = scale.of(50_000, 10_000);
    let mentions = scale.of(10, 5);
    let stage = Stage::start(binary, 2 * mentions + 2, |_| {}).await?;
    let mut channels = stage.channels.iter().copied();
    let noisy = channels.next().unwrap_or_default();

    let mut quiet = Vec::new();
    for (number, channel) in channels.by_ref().take(mentions + 1).enumerate() {
        let asked = stage.mentions(channel, &format!("q-quiet-{number}-"))?;
        let delay = to_request(&stage, &asked).await?;
        // The first pays for connections.
        if number > 0 {
            quiet.push(delay);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    stage.rest(PATIENCE).await?;

    let before = stage.bot.processor()?;
    for batch in 0..messages / BATCH {
        flood(&stage, noisy, batch)?;
        tokio::time::sleep(PAUSE).await;
    }
    all_sent(&stage).await?;
    stage.rest(PATIENCE).await?;
    let each = (stage.bot.processor()? - before) * 1e6 / count(messages);

    let mut amid = Vec::new();
    for (number, channel) in channels.enumerate() {
        let mut asked = None;
        for batch in 0..100 {
            flood(&stage, noisy, batch)?;
            if batch == 50 {
                asked = Some(stage.mentions(channel, &format!("q-amid-{number}-"))?);
            }
            tokio::time::sleep(PAUSE).await;
        }
        if let Some(asked) = asked {
            amid.push(to_request(&stage, &asked).await?);
        }
    }
    let usual = median(&quiet);
    let delays: Vec<f64> = amid.iter().map(|delay| delay - usual).collect();
    Ok(vec![
        Row {
            what: format!("processor time of each of {messages} messages"),
            measured: each,
            unit: "µs",
            limit: None,
            reach: 3.0,
            samples: messages,
        },
        Row {
            what: "delay of a mention amid them, worst".to_owned(),
            measured: largest(&delays),
            unit: "ms",
            limit: None,
            reach: 20.0,
            samples: delays.len(),
        },
    ])
}

fn flood(stage: &Stage, channel: u64, batch: usize) -> Result<()> {
    for number in 0..BATCH {
        let text = format!("message {number} of batch {batch}, about the weather and nothing else");
        stage.says(stage.other, channel, text)?;
    }
    Ok(())
}

async fn to_request(stage: &Stage, asked: &Asked) -> Result<f64> {
    stage
        .until("a request to the model", PATIENCE, |stage| {
            let request = stage.request(asked)?;
            Some(span(asked.at, request.arrived))
        })
        .await
}

/// Waits until the simulator has sent all that it has queued.
async fn all_sent(stage: &Stage) -> Result<()> {
    stage
        .until("all messages to be sent", PATIENCE, |stage| {
            let sessions = stage.sim.shared().gateway.sessions();
            sessions
                .iter()
                .all(|session| session.sent == session.queued)
                .then_some(())
        })
        .await
}
