//! Time in stories: nobody sits through the pauses of a bot that waits.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time;

use kaiwa_sim::World;

use super::{Story, run_story_before_start};

/// What the bot says when it begins to wait for Discord.
const WAITS: &[&str] = &["and is repeated", "an answer waits for Discord"];
/// No pause is longer than this.
const PAUSE: Duration = Duration::from_secs(60);
/// So long everybody has for what doesn't wait.
const MOMENT: Duration = Duration::from_millis(20);

/// A story in which time passes: no session is given up for a heart that has not beaten
/// since, and no model for a word that has not come.
pub(crate) async fn run_story_in_time(
    settings: &[(&'static str, &str)],
    story: impl AsyncFnOnce(&mut Story) -> Result<()>,
) {
    run_story_before_start(World::default(), settings, async |told| {
        told.env
            .insert("KAIWA_MODEL_STALL_SECONDS", "3600".to_owned());
        let gateway = &told.sim.shared().gateway;
        gateway.set(|settings| settings.heartbeat_interval_ms = 86_400_000);
        told.start();
        told.logs("is online").await?;
        story(told).await
    })
    .await;
}

impl Story {
    /// So much time goes by at once, for everybody who waits on this thread.
    pub(crate) async fn time_passes(&self, by: Duration) {
        self.sim.world(|world| world.clock.advance(by));
        time::pause();
        time::advance(by).await;
        time::resume();
    }

    /// Waits until something can be seen. Whenever the bot waits for Discord, its pause is over at once.
    pub(crate) async fn in_time<T>(
        &self,
        what: &str,
        mut seen: impl FnMut(&Self) -> Option<T>,
    ) -> Result<T> {
        self.while_time_passes(async || self.until(what, &mut seen).await)
            .await
    }

    /// Waits until the bot logs something with these words, in the same way.
    pub(crate) async fn logs_in_time(&self, words: &str) -> Result<String> {
        self.while_time_passes(async || self.logs(words).await)
            .await
    }

    /// Waits until something is so, however much time has to pass for it.
    pub(crate) async fn comes_to(&self, so: impl Fn(&Self) -> bool) -> Result<()> {
        const MOMENTS: u32 = 2_000;
        let mut waits = 0;
        for _ in 0..MOMENTS {
            if so(self) {
                return Ok(());
            }
            let passes = tokio::select! {
                more = self.log.until_more(waits, WAITS) => {
                    waits = more;
                    PAUSE
                }
                () = time::sleep(MOMENT) => Duration::from_secs(1),
            };
            self.time_passes(passes).await;
        }
        bail!("it never came to be so")
    }

    async fn while_time_passes<T>(&self, mut waiting: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        let mut waits = 0;
        loop {
            tokio::select! {
                biased;
                come = waiting() => return come,
                more = self.log.until_more(waits, WAITS) => waits = more,
            }
            self.time_passes(PAUSE).await;
        }
    }

    /// Waits until the bot has waited for Discord so often.
    pub(crate) async fn waits_for_discord(&self, times: usize) -> Result<()> {
        let mut waits = 0;
        loop {
            let more = self.log.until_more(waits, WAITS);
            waits = time::timeout(super::PATIENCE, more).await?;
            let waited = |line: &&String| line.contains(WAITS[1]);
            if self.log.all().iter().filter(waited).count() >= times {
                return Ok(());
            }
            self.time_passes(PAUSE).await;
        }
    }
}
