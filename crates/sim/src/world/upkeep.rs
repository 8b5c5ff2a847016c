//! What happens by itself while a world runs for weeks: silent threads go to rest, and what nobody can ask for
//! any more is forgotten.

use super::{Channel, World, snowflake};

/// Typing notices that are kept.
const TYPING_KEPT: usize = 1_000;
/// How long interactions stay readable after their token has died.
const INTERACTION_KEPT_MS: u64 = 3_600_000;

impl World {
    /// Does what is due; the simulator calls it once a minute, tests whenever they moved the clock.
    pub fn tidy(&mut self) {
        let now = self.clock.now_ms();
        self.rest_silent_threads();
        self.limits.forget_old(now);
        let surplus = self.typing.len().saturating_sub(TYPING_KEPT);
        self.typing.drain(..surplus);
        let life = u64::try_from(self.settings.interaction_life.as_millis()).unwrap_or(u64::MAX);
        self.interactions.retain(|_, one| {
            one.made_ms
                .saturating_add(life)
                .saturating_add(INTERACTION_KEPT_MS)
                > now
        });
    }

    /// Threads whose time of silence is over go to rest, as they do on Discord without anyone doing it.
    fn rest_silent_threads(&mut self) {
        let now = self.clock.now_ms();
        let is_silent = |channel: &&Channel| {
            let Some(thread) = channel.thread.as_ref().filter(|thread| !thread.archived) else {
                return false;
            };
            let last = channel
                .last_message
                .map_or(0, snowflake::made_at)
                .max(thread.archive_changed_ms);
            last + u64::from(thread.auto_archive_minutes) * 60_000 <= now
        };
        let silent: Vec<u64> = self
            .channels
            .values()
            .filter(is_silent)
            .map(|channel| channel.id)
            .collect();
        for thread in silent {
            self.rest(thread);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn silent_threads_go_to_rest_and_say_so() {
        let mut world = World::default();
        let (ada, general) = (
            world.user_named("ada").unwrap().id,
            world.channel_named("general").unwrap().id,
        );
        let thread = world.begin_thread(ada, general, None, "talk").unwrap();
        world.say(ada, thread, "hello").unwrap();
        let rests = |world: &World| world.channels[&thread].thread.as_ref().unwrap().archived;
        world.clock.advance(Duration::from_secs(3 * 24 * 3600 - 60));
        world.tidy();
        assert!(!rests(&world));
        world.clock.advance(Duration::from_secs(120));
        world.take_outbox();
        world.tidy();
        assert!(rests(&world));
        assert_eq!(
            world.take_outbox().first().map(|dispatch| dispatch.name),
            Some("THREAD_UPDATE")
        );
        world.say(ada, thread, "still here").unwrap();
        assert!(!rests(&world));
    }
}
