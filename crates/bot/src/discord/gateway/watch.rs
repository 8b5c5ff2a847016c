//! What is watched about a shard from outside, as twilight doesn't: that it is not waited for without end, and that what it
//! has heard is not believed to reach further than it does.

use std::{
    mem::{Discriminant, discriminant},
    time::{Duration, SystemTime},
};

use twilight_gateway::ShardState;

/// How often a session tells how far it has come, if it has. A process that is killed is told again what came since.
pub(super) const REACHED: Duration = Duration::from_secs(5);
/// So many looks, one every [`REACHED`], at what stands still are enough: half a minute.
const STILL: u32 = 6;
/// How long a gateway that can't be reached is left alone at the most.
pub(super) const LONGEST: Duration = Duration::from_secs(30);
/// So many dials in a row are twilight's to time: after each it waits twice as long, up to four minutes.
const QUICK: u32 = 6;

/// Looks at a session that is told what it missed. What is asked meanwhile waits until all of it is told; Discord may be slow,
/// but must not make it wait for ever.
#[derive(Debug, Default)]
pub(super) struct Replay {
    sequence: u64,
    looks: u32,
}

impl Replay {
    /// A look every [`REACHED`] at how far it has come. Tells, once, that nothing has been told for [`STILL`] looks.
    pub(super) fn stands_still(&mut self, is_told: bool, sequence: u64) -> bool {
        if self.sequence != sequence {
            *self = Self { sequence, looks: 0 };
        }
        self.looks = self.looks.saturating_add(u32::from(is_told));
        is_told && self.looks == STILL
    }
}

/// Looks at a connection that may never say a word. Until HELLO no heart beats, so that nothing else tells a peer that is not
/// there; and a closing handshake that nobody answers would be waited for as well.
#[derive(Debug, Default)]
pub(super) struct Silence {
    looks: u32,
    /// What it was like at the last look.
    seen: Option<Discriminant<ShardState>>,
    /// The connection that is to be signed in on has spoken.
    has_spoken: bool,
}

impl Silence {
    /// Something was said; the shard is in this state since.
    pub(super) fn hear(&mut self, state: ShardState) {
        self.has_spoken = state == ShardState::Identifying;
    }

    /// A look every [`REACHED`]. Tells that nothing more is to be expected.
    pub(super) fn is_too_long(&mut self, state: ShardState) -> bool {
        let waits = match state {
            ShardState::Identifying => !self.has_spoken,
            // Dialling has an end of its own, well before this one, and is counted then.
            ShardState::Disconnected { reconnect_attempts } => reconnect_attempts == 0,
            ShardState::Active | ShardState::Resuming | ShardState::FatallyClosed => false,
        };
        let stays = self.seen.replace(discriminant(&state)) == Some(discriminant(&state));
        self.looks = match (waits, stays) {
            (true, true) => self.looks.saturating_add(1),
            (true, false) => 1,
            (false, _) => 0,
        };
        self.looks >= STILL
    }
}

/// The dials since the gateway was last heard.
#[derive(Debug, Default)]
pub(super) struct Dials(u32);

impl Dials {
    /// Something went wrong, and the shard is in this state. Tells whether twilight is not to time the next dial, but
    /// [`LONGEST`]: a line that is back after an hour must not wait for its question for minutes.
    pub(super) fn are_to_rest(&mut self, state: ShardState) -> bool {
        let ShardState::Disconnected {
            reconnect_attempts: 1..,
        } = state
        else {
            return false;
        };
        self.0 = self.0.saturating_add(1);
        self.0 >= QUICK
    }
}

/// When the bot surely heard, by the clock on the wall: it goes on while the machine sleeps, and nothing else does.
#[derive(Debug)]
pub(super) struct Awake {
    looked: SystemTime,
    /// The last look before the machine slept, until something was told since.
    heard: Option<SystemTime>,
}

impl Awake {
    pub(super) fn new(now: SystemTime) -> Self {
        Self {
            looked: now,
            heard: None,
        }
    }

    /// A look every [`REACHED`], or later where nothing could be heard meanwhile: the machine slept, or dialling rested. How long
    /// ago the bot surely heard: where nothing was told since then, what was heard was heard before that.
    pub(super) fn look(&mut self, now: SystemTime) -> Duration {
        let looked = std::mem::replace(&mut self.looked, now);
        let passed = |since| now.duration_since(since).unwrap_or_default();
        if passed(looked) > 3 * REACHED {
            self.heard.get_or_insert(looked);
        }
        self.heard.map_or(Duration::ZERO, passed)
    }

    /// How far the bot has heard was told.
    pub(super) fn told(&mut self) {
        self.heard = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_heard_while_the_machine_sleeps() {
        let begun = SystemTime::UNIX_EPOCH;
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut awake = Awake::new(begun);
        assert_eq!(awake.look(at(5)), Duration::ZERO);
        // Busy for a moment.
        assert_eq!(awake.look(at(17)), Duration::ZERO);
        let night = 8 * 3600;
        assert_eq!(awake.look(at(20 + night)), Duration::from_secs(3 + night));
        // Whatever was heard is still to be told.
        assert_eq!(awake.look(at(25 + night)), Duration::from_secs(8 + night));
        awake.told();
        assert_eq!(awake.look(at(30 + night)), Duration::ZERO);
        // The clock is put back.
        assert_eq!(awake.look(at(30)), Duration::ZERO);
        assert_eq!(awake.look(at(35)), Duration::ZERO);
    }

    #[test]
    fn what_was_told_does_not_wait_for_ever_for_the_rest() {
        let mut replay = Replay::default();
        let mut looks = |count, is_told, sequence| {
            let mut still = Vec::new();
            for look in 1..=count {
                if replay.stands_still(is_told, sequence) {
                    still.push(look);
                }
            }
            still
        };
        // Connected, nothing happens for long.
        assert_eq!(looks(100, false, 5), [0; 0]);
        // As long as something is told, it goes on.
        for sequence in 6..20 {
            assert_eq!(looks(STILL - 1, true, sequence), [0; 0]);
        }
        // Once for as long as it stands still; connecting anew tells nothing either.
        assert_eq!(looks(3, true, 20), [0; 0]);
        assert_eq!(looks(3, false, 20), [0; 0]);
        assert_eq!(looks(100, true, 20), [3]);
        assert_eq!(looks(1, true, 21), [0; 0]);
        assert_eq!(looks(100, true, 21), [STILL - 1]);
    }

    #[test]
    fn a_connection_that_says_nothing_is_not_waited_for() {
        let dialled = |failed| ShardState::Disconnected {
            reconnect_attempts: failed,
        };
        let mut silence = Silence::default();
        let looks = |silence: &mut Silence, count, state| {
            (1..=count)
                .find(|_| silence.is_too_long(state))
                .unwrap_or(0)
        };
        // It opens, and no HELLO comes.
        assert_eq!(looks(&mut silence, 100, ShardState::Identifying), STILL);
        // It is dialled for the first time, or is being closed: neither takes so long.
        silence = Silence::default();
        assert_eq!(looks(&mut silence, 100, dialled(0)), STILL);
        // The pauses between dials are long, and known.
        silence = Silence::default();
        assert_eq!(looks(&mut silence, 100, dialled(5)), 0);
        // HELLO came; whose turn it is to sign in can take as long as it takes.
        silence.hear(ShardState::Identifying);
        assert_eq!(looks(&mut silence, 100, ShardState::Identifying), 0);
        silence.hear(ShardState::Active);
        assert_eq!(looks(&mut silence, 100, ShardState::Active), 0);
        // The next connection is another one.
        assert_eq!(looks(&mut silence, 100, ShardState::Identifying), STILL);
    }

    #[test]
    fn no_pause_between_two_dials_is_longer_than_half_a_minute() {
        let failed = |count| ShardState::Disconnected {
            reconnect_attempts: count,
        };
        let mut dials = Dials::default();
        for count in 1..6 {
            assert!(!dials.are_to_rest(failed(count)));
        }
        // From here on each is a first one, after a rest of its own.
        for count in [6, 1, 1, 1] {
            assert!(dials.are_to_rest(failed(count)));
        }
        // A frame that can't be read is no dial.
        assert!(!dials.are_to_rest(ShardState::Active));
    }
}
