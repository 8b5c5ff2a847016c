//! Memory: of a bot that rests, of each guild, of each live answer.

use std::{path::Path, time::Duration};

use anyhow::Result;
use kaiwa_sim::{
    model::{Answer, HOLD},
    world::{ChannelKind, World, build::INVITED_WITH},
};

use super::Scale;
use crate::{report::Row, stage::Stage, statistics::count};

/// Text channels of each guild.
const CHANNELS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(120);

/// Measures it.
pub(crate) async fn measure(binary: &Path, scale: Scale) -> Result<Vec<Row>> {
    let answers: usize = scale.of(500, 100);
    let guilds: usize = scale.of(10_000, 2_000);
    let stage = Stage::start(binary, answers, |_| {}).await?;
    let idle = stage.bot.memory()?;
    let live = live(&stage).await?;
    drop(stage);

    let stage = Stage::start_with_many_guilds(binary, guilds).await?;
    let full = stage.bot.memory()?;
    let row = |what: String, measured, unit, reach, samples| Row {
        what,
        measured,
        unit,
        limit: None,
        reach,
        samples,
    };
    Ok(vec![
        row("idle".to_owned(), idle / 1e6, "MB", 15.0, 1),
        row(
            format!("each guild of {guilds}, with {CHANNELS} channels"),
            (full - idle) / count(guilds) / 1e3,
            "KB",
            2.0,
            guilds,
        ),
        row(
            "each live answer".to_owned(),
            live / 1e3,
            "KB",
            64.0,
            answers,
        ),
    ])
}

/// Bytes for each answer that stands in the middle, one in every channel.
async fn live(stage: &Stage) -> Result<f64> {
    // What the first turn of a process costs belongs to no answer.
    let mut channels = stage.channels.iter().copied();
    if let Some(channel) = channels.next() {
        let asked = stage.mentions(channel, "q-first")?;
        stage
            .until("the first answer", PATIENCE, |stage| stage.turn(&asked, 1))
            .await?;
    }
    stage.sim.world(|world| world.settings.rate_limits = false);
    stage.rest(PATIENCE).await?;
    let before = stage.bot.memory()?;
    let mut live = 0;
    for (number, channel) in channels.enumerate() {
        let mut pieces: Vec<String> = (0..30).map(|number| format!("w{number} ")).collect();
        pieces.push(HOLD.to_owned());
        pieces.push("end".to_owned());
        stage.sim.model().answers_with(Answer::new(pieces));
        stage.mentions(channel, &format!("q-live-{number}-"))?;
        live += 1;
    }
    stage
        .until("all answers to be live", PATIENCE, |stage| {
            let holding = stage.sim.model().read(|world| world.holding());
            (holding == live).then_some(())
        })
        .await?;
    // The last edits of what is there, and what was needed for a moment, are over.
    tokio::time::sleep(Duration::from_secs(12)).await;
    let after = stage.bot.memory()?;
    Ok((after - before) / count(live))
}

impl Stage {
    /// A bot that is in so many guilds, on one shard.
    async fn start_with_many_guilds(binary: &Path, guilds: usize) -> Result<Self> {
        let many = |world: &mut World| {
            let bot = world.bots.keys().next().copied().unwrap_or_default();
            let person = world.user_named("ada").map_or(0, |user| user.id);
            for number in 0..guilds {
                let guild = world.add_guild(&format!("Guild {number}"), person);
                for channel in 0..CHANNELS {
                    world.add_channel(
                        guild,
                        ChannelKind::Text,
                        &format!("channel-{channel}"),
                        None,
                    );
                }
                world.invite_bot(guild, bot, INVITED_WITH);
            }
        };
        Self::start(binary, 1, many).await
    }
}
