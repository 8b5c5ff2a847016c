//! Lets shards begin sessions: at once, or after a pause where too many were begun, whichever process did it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kaiwa_core::{
    starts::{DAY, pause},
    words::{Locale, operator},
};
use tokio::task::JoinSet;

use crate::{
    app::Rooms,
    discord::{
        identify::{Identifies, Identify},
        wire,
    },
};

/// How many sessions may be begun within a day where Discord doesn't tell. Source: "Session Start Limit".
const ALLOWED: u32 = 1_000;

/// How often sessions may be begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// By all shards within a day.
    allowed: u32,
    /// How many shards there are.
    shards: u32,
    /// The operator's language.
    locale: Locale,
}

impl Limits {
    /// What `GET /gateway/bot` told, for so many shards, of which some go on with a session. Tells the operator where Discord
    /// allows fewer sessions now than are needed.
    pub(crate) fn new(bot: &wire::GatewayBot, shards: u32, resumed: usize, locale: Locale) -> Self {
        let needed = u64::from(shards).saturating_sub(resumed as u64);
        if let Some(limit) = bot.session_start_limit
            && u64::from(limit.remaining) < needed
        {
            let wait = Duration::from_millis(limit.reset_after);
            let remaining = u64::from(limit.remaining);
            let said = operator::sessions_used_up(locale, remaining, needed, wait);
            tracing::warn!("{said}");
        }
        Self {
            allowed: bot.session_start_limit.map_or(ALLOWED, |limit| limit.total),
            shards,
            locale,
        }
    }
}

/// Answers shards that want to begin a session, until nobody asks any more.
pub(crate) async fn grant(rooms: Arc<Rooms>, limits: Limits, mut asked: Identifies) {
    let waiting = Arc::new(AtomicUsize::new(0));
    // Whatever ends this ends what waits.
    let mut asking = JoinSet::new();
    while let Some(identify) = asked.recv().await {
        asking.spawn(one(
            Arc::clone(&rooms),
            limits,
            Arc::clone(&waiting),
            identify,
        ));
        while asking.try_join_next().is_some() {}
    }
}

async fn one(rooms: Arc<Rooms>, limits: Limits, waiting: Arc<AtomicUsize>, identify: Identify) {
    let Identify { shard, grant } = identify;
    let now = rooms.rest.discord_ms();
    let day = u64::try_from(DAY.as_millis()).unwrap_or(u64::MAX);
    let earlier = rooms
        .memory
        .identifies(shard, now.saturating_sub(day))
        .await;
    let ages = earlier.iter().map(|at| now.saturating_sub(*at));
    let ages: Vec<Duration> = ages.map(Duration::from_millis).collect();
    let wait = pause(&ages, limits.allowed, limits.shards);
    if !wait.is_zero() {
        // Of many shards that wait the first one tells it.
        if waiting.fetch_add(1, Ordering::Relaxed) == 0 {
            let count = ages.len() as u64;
            let said = operator::sessions_begun_often(limits.locale, count, wait);
            tracing::warn!("{said}");
        }
        tokio::time::sleep(wait).await;
        waiting.fetch_sub(1, Ordering::Relaxed);
    }
    if !grant.is_closed() {
        rooms
            .memory
            .identified(shard, rooms.rest.discord_ms())
            .await;
        let _ = grant.send(());
    }
}
