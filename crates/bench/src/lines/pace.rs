//! How soon a turn asks the model, shows first words and the whole text, and how many REST calls it takes: for new
//! mentions, and for the 20th and the 500th turn of a thread.

use std::{path::Path, time::Duration};

use anyhow::Result;
use kaiwa_sim::World;

use super::Scale;
use crate::{
    report::Row,
    stage::{FIRST_TOKEN_MS, ONE_WAY, ONE_WAY_MS, Stage, TOKEN_MS, TOKENS},
    statistics::{count, median},
    turn::{Asked, Turn},
};

/// A turn may take so long before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// After the end of a turn the bot gets so long to put everything away, so that turns don't disturb each other.
const BETWEEN: Duration = Duration::from_millis(500);

/// Measures them.
pub(crate) async fn measure(binary: &Path, scale: Scale) -> Result<Vec<Row>> {
    let threads = scale.of(6, 4);
    let stage = Stage::start(binary, threads + 1, |_| {}).await?;
    let mut rows = Vec::new();

    // The first turn of a process pays for connections; it is not among the samples.
    let mut channels = stage.channels.iter().copied();
    if let Some(channel) = channels.next() {
        one(&stage, stage.mentions(channel, "q-first")?).await?;
    }
    let mut open = Vec::new();
    let mut mentions = Vec::new();
    for (number, channel) in channels.enumerate() {
        stage.answers(TOKENS);
        let asked = stage.mentions(channel, &format!("q-mention-{number}-"))?;
        open.push(asked.thread);
        mentions.push(whole(&stage, asked).await?);
    }
    rows.extend(table("new mention", &mentions, None));
    for nth in [20, scale.of(500, 100)] {
        advance(&stage, &open, nth).await?;
        let mut turns = Vec::new();
        let mut calls = Vec::new();
        // Each thread twice, one after the other, so that no bucket runs empty.
        for (number, thread) in open.iter().chain(&open).enumerate() {
            stage.answers(TOKENS);
            let asked = stage.asks(*thread, &format!("q-{nth}-{number}-"))?;
            let turn = whole(&stage, asked.clone()).await?;
            calls.push(calls_of(&stage, &asked));
            turns.push(turn);
        }
        rows.extend(table(&format!("turn {nth}"), &turns, Some(&calls)));
    }
    Ok(rows)
}

/// Waits for the end of a measured turn.
async fn whole(stage: &Stage, asked: Asked) -> Result<Turn> {
    let turn = stage
        .until("a turn's end", PATIENCE, |stage| stage.turn(&asked, TOKENS))
        .await?;
    tokio::time::sleep(BETWEEN).await;
    Ok(turn)
}

/// Waits for the end of a turn with an answer of one token.
async fn one(stage: &Stage, asked: Asked) -> Result<()> {
    stage
        .until("a short turn's end", PATIENCE, |stage| {
            stage.turn(&asked, 1)
        })
        .await?;
    tokio::time::sleep(BETWEEN).await;
    Ok(())
}

/// Takes every thread to the turn before the nth, with nothing in the way: no latency, no limits, a word as an answer.
async fn advance(stage: &Stage, threads: &[u64], nth: usize) -> Result<()> {
    let fast = |world: &mut World| {
        world.settings.rate_limits = false;
        world.settings.latency_before = Duration::ZERO;
        world.settings.latency_after = Duration::ZERO;
    };
    stage.sim.world(fast);
    stage.sim.model().settings(|settings| {
        settings.first_token_delay = 0;
        settings.token_delay = 0;
    });
    let turns_of = |thread: u64| {
        stage.sim.shared().look(|world| {
            let messages = world.messages.get(&thread);
            let asked = messages.into_iter().flat_map(|messages| messages.values());
            asked
                .filter(|message| message.author.id() == stage.person)
                .filter(|message| !kaiwa_sim::world::is_system(message.kind))
                .count()
        })
    };
    // The question that opened a thread stands in its channel; all threads are at the same turn.
    let done = threads.iter().map(|thread| turns_of(*thread) + 1).max();
    for turn in done.unwrap_or_default() + 1..nth {
        let asked: Vec<Asked> = threads
            .iter()
            .map(|thread| stage.asks(*thread, &format!("q-fast-{thread}-{turn}-")))
            .collect::<Result<_>>()?;
        stage
            .until("fast turns' ends", PATIENCE, |stage| {
                asked
                    .iter()
                    .all(|asked| stage.turn(asked, 1).is_some())
                    .then_some(())
            })
            .await?;
    }
    stage.sim.world(|world| {
        world.settings.rate_limits = true;
        world.settings.latency_before = ONE_WAY;
        world.settings.latency_after = ONE_WAY;
    });
    stage.sim.model().settings(|settings| {
        settings.first_token_delay = FIRST_TOKEN_MS;
        settings.token_delay = TOKEN_MS;
    });
    // The buckets that the bot saw without limits are forgotten, and full again.
    tokio::time::sleep(Duration::from_secs(6)).await;
    Ok(())
}

/// The REST calls since a question that had to do with its thread.
fn calls_of(stage: &Stage, asked: &Asked) -> f64 {
    let place = format!("/channels/{}", asked.thread);
    stage.sim.shared().look(|world| {
        let calls = world.calls.iter().rev();
        let since = calls.take_while(|call| call.arrived_ms >= asked.at);
        count(since.filter(|call| call.path.starts_with(&place)).count())
    })
}

fn table(which: &str, turns: &[Turn], calls: Option<&[f64]>) -> Vec<Row> {
    let of = |what: fn(&Turn) -> f64| turns.iter().map(what).collect::<Vec<_>>();
    let row = |what: &str, values: &[f64], unit, limit, reach| Row {
        what: format!("{which}: {what}"),
        measured: median(values),
        unit,
        limit,
        reach,
        samples: values.len(),
    };
    let mut rows = vec![
        row(
            "message to model request",
            &of(|turn| turn.to_request),
            "ms",
            None,
            5.0,
        ),
        row(
            "first token to first words",
            &of(|turn| turn.first_words),
            "ms",
            Some(ONE_WAY_MS),
            ONE_WAY_MS + 10.0,
        ),
        row(
            "last token to whole text",
            &of(|turn| turn.final_text),
            "ms",
            Some(ONE_WAY_MS),
            ONE_WAY_MS + 15.0,
        ),
    ];
    if let Some(calls) = calls {
        rows.push(row("REST calls", calls, "", None, 4.0));
    }
    rows
}
