//! A Discord made of nothing but its limits, and a loop that plays calls against it with any latency.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, VecDeque},
    time::Duration,
};

use super::super::{Limited, Observed, Pacer, RouteKey, Scope, TicketId, Urgency, Verdict, Window};
use crate::Now;

/// How a bucket gives its slots back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refill {
    /// All at once, a window after the first request.
    Windows,
    /// One by one.
    Drops,
}

/// What one route is limited to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) route: &'static str,
    pub(super) bucket: &'static str,
    pub(super) limit: u32,
    pub(super) window: Duration,
}

#[derive(Debug)]
pub(super) struct Discord {
    refill: Refill,
    rules: Vec<Rule>,
    /// When the names of its buckets change, each time to names that have not been before, or to and fro.
    pub(super) renames: Vec<Now>,
    pub(super) to_and_fro: bool,
    windows: HashMap<(&'static str, usize, u64), (u32, Now)>,
    arrivals: VecDeque<Now>,
    pub(super) refusals: Vec<(Now, RouteKey, Scope)>,
    pub(super) served: Vec<(Now, RouteKey)>,
}

impl Discord {
    pub(super) fn new(refill: Refill, rules: &[Rule]) -> Self {
        Self {
            refill,
            rules: rules.to_vec(),
            renames: Vec::new(),
            to_and_fro: false,
            windows: HashMap::new(),
            arrivals: VecDeque::new(),
            refusals: Vec::new(),
            served: Vec::new(),
        }
    }

    /// A request arrives.
    pub(super) fn arrive(&mut self, key: RouteKey, now: Now) -> Observed {
        if key.counted {
            while self
                .arrivals
                .front()
                .is_some_and(|&at| at + Duration::from_secs(1) <= now)
            {
                self.arrivals.pop_front();
            }
            if self.arrivals.len() >= 50 {
                self.refusals.push((now, key, Scope::Global));
                let free = *self.arrivals.front().unwrap() + Duration::from_secs(1) - now;
                return refused(Scope::Global, None, free);
            }
            self.arrivals.push_back(now);
        }
        let Some(rule) = self
            .rules
            .iter()
            .find(|rule| rule.route == key.route)
            .copied()
        else {
            self.served.push((now, key));
            return Observed {
                status: 200,
                window: None,
                limited: None,
            };
        };
        let passed = self.renames.iter().filter(|at| **at <= now).count();
        let generation = if self.to_and_fro { passed % 2 } else { passed };
        let (taken, reset_after) = match self.refill {
            Refill::Windows => {
                let (taken, end) = self
                    .windows
                    .entry((rule.bucket, generation, key.major))
                    .or_insert((0, Now::ZERO));
                if *end <= now {
                    (*taken, *end) = (0, now + rule.window);
                }
                *taken += 1;
                (*taken, *end - now)
            }
            Refill::Drops => {
                // One drop falls out in each part of the window; what has been poured in stays until then.
                let drop = rule.window / rule.limit;
                let (_, empty) = self
                    .windows
                    .entry((rule.bucket, generation, key.major))
                    .or_insert((0, Now::ZERO));
                let level = (*empty).max(now) + drop;
                let taken = (level - now).as_nanos().div_ceil(drop.as_nanos());
                let taken = u32::try_from(taken).unwrap();
                if taken <= rule.limit {
                    *empty = level;
                }
                (taken, *empty - now)
            }
        };
        let window = Window {
            bucket: format!("{}{generation}", rule.bucket),
            limit: rule.limit,
            remaining: rule.limit.saturating_sub(taken),
            reset_after: rounded(reset_after),
        };
        if taken > rule.limit {
            self.refusals.push((now, key, Scope::User));
            return refused(Scope::User, Some(window), reset_after);
        }
        self.served.push((now, key));
        Observed {
            status: 200,
            window: Some(window),
            limited: None,
        }
    }
}

/// As Discord writes it: three decimals, to the nearest.
fn rounded(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from((time.as_micros() + 500) / 1000).unwrap())
}

pub(super) fn refused(scope: Scope, window: Option<Window>, retry_after: Duration) -> Observed {
    let limited = Some(Limited {
        scope,
        retry_after: Some(rounded(retry_after)),
    });
    Observed {
        status: 429,
        window,
        limited,
    }
}

/// One call that somebody wants to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) at: Now,
    pub(super) key: RouteKey,
    pub(super) urgency: Urgency,
    /// So often it asks again when its call has been answered: a text that keeps growing.
    pub(super) again: u32,
    /// What follows from its answer.
    pub(super) then: Option<(RouteKey, Urgency)>,
}

/// What became of a call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    pub(super) wish: Wish,
    pub(super) asked: Now,
    pub(super) sent: Now,
}

/// How long the ways take, and which answers never come.
pub(super) trait Network {
    /// The way there and the way back.
    fn latency(&mut self) -> (Duration, Duration);
    /// The answer is lost; the request isn't.
    fn loses(&mut self) -> bool;
}

/// A network that is the same each time.
pub(super) struct Steady(pub(super) Duration);

impl Network for Steady {
    fn latency(&mut self) -> (Duration, Duration) {
        (self.0, self.0)
    }

    fn loses(&mut self) -> bool {
        false
    }
}

/// A network with any latency up to a limit, from a seed.
pub(super) struct Wild {
    pub(super) seed: u64,
    pub(super) most: Duration,
    pub(super) losses_in_hundred: u64,
}

impl Wild {
    fn next(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below.max(1)
    }
}

impl Network for Wild {
    fn latency(&mut self) -> (Duration, Duration) {
        let most = u64::try_from(self.most.as_micros()).unwrap();
        (
            Duration::from_micros(self.next(most)),
            Duration::from_micros(self.next(most)),
        )
    }

    fn loses(&mut self) -> bool {
        self.next(100) < self.losses_in_hundred
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Wake,
    Foreign(usize),
    Asked(usize),
    Arrives(TicketId),
    Answered(TicketId),
    Lost(TicketId),
}

/// A world in which calls are played.
pub(super) struct Play<'a> {
    pub(super) pacer: Pacer,
    pub(super) discord: Discord,
    pub(super) network: &'a mut dyn Network,
    /// Calls of somebody else with the same token.
    pub(super) foreign: Vec<(Now, RouteKey)>,
}

/// What a play has shown.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) pacer: Pacer,
    pub(super) discord: Discord,
    /// The calls that were answered or lost, in the order of sending.
    pub(super) made: Vec<Made>,
    /// Niceties that found no room.
    pub(super) dropped: usize,
    /// When our 429s came back to us, with what they asked for.
    pub(super) told_to_wait: Vec<(Now, RouteKey, Limited)>,
    pub(super) end: Now,
}

impl Play<'_> {
    /// Plays all wishes to their end.
    pub(super) fn run(mut self, wishes: &[Wish]) -> Played {
        let mut events: BinaryHeap<Reverse<(Now, u64, Happens)>> = BinaryHeap::new();
        let mut order = 0;
        let mut push = |events: &mut BinaryHeap<_>, at: Now, what| {
            order += 1;
            events.push(Reverse((at, order, what)));
        };
        let mut wishes = wishes.to_vec();
        for (index, wish) in wishes.iter().enumerate() {
            push(&mut events, wish.at, Happens::Asked(index));
        }
        for (index, (at, _)) in self.foreign.iter().enumerate() {
            push(&mut events, *at, Happens::Foreign(index));
        }
        let mut open: BTreeMap<TicketId, (usize, Now, Now)> = BTreeMap::new();
        let mut answers: BTreeMap<TicketId, Observed> = BTreeMap::new();
        let mut played = (Vec::new(), 0, Vec::new());
        let mut now = Now::ZERO;
        let mut next_wake = None;
        while let Some(Reverse((at, _, what))) = events.pop() {
            now = at;
            match what {
                Happens::Wake => next_wake = None,
                Happens::Foreign(index) => {
                    let _theirs = self.discord.arrive(self.foreign[index].1, now);
                    self.discord.served.pop();
                }
                Happens::Asked(index) => {
                    let wish = wishes[index];
                    let id = self.pacer.ask(wish.key, wish.urgency, now, now);
                    open.insert(id, (index, now, Now::MAX));
                }
                Happens::Arrives(id) => {
                    let observed = self.discord.arrive(wishes[open[&id].0].key, now);
                    answers.insert(id, observed);
                }
                Happens::Answered(id) => {
                    let observed = answers.remove(&id).unwrap();
                    self.pacer.learn(id, &observed, now);
                    let (index, asked, sent) = open.remove(&id).unwrap();
                    let wish = wishes[index];
                    match observed.limited {
                        Some(limited) => {
                            played.2.push((now, wish.key, limited));
                            let again = self.pacer.ask(wish.key, wish.urgency, asked, now);
                            open.insert(again, (index, asked, Now::MAX));
                        }
                        None => {
                            played.0.push(Made { wish, asked, sent });
                            if let Some((key, urgency)) = wish.then {
                                wishes.push(Wish {
                                    at: now,
                                    key,
                                    urgency,
                                    again: 0,
                                    then: None,
                                });
                                push(&mut events, now, Happens::Asked(wishes.len() - 1));
                            }
                            if wish.again > 0 {
                                wishes.push(Wish {
                                    at: now,
                                    again: wish.again - 1,
                                    ..wish
                                });
                                push(&mut events, now, Happens::Asked(wishes.len() - 1));
                            }
                        }
                    }
                }
                Happens::Lost(id) => {
                    answers.remove(&id);
                    self.pacer.lose(id, now);
                    let (index, asked, sent) = open.remove(&id).unwrap();
                    played.0.push(Made {
                        wish: wishes[index],
                        asked,
                        sent,
                    });
                }
            }
            while let Some(verdict) = self.pacer.grant(now) {
                match verdict {
                    Verdict::Send(id) => {
                        open.get_mut(&id).unwrap().2 = now;
                        let (there, back) = self.network.latency();
                        push(&mut events, now + there, Happens::Arrives(id));
                        let ends = if self.network.loses() {
                            Happens::Lost(id)
                        } else {
                            Happens::Answered(id)
                        };
                        push(&mut events, now + there + back, ends);
                    }
                    Verdict::Drop(id) => {
                        open.remove(&id).unwrap();
                        played.1 += 1;
                    }
                }
            }
            if open.is_empty()
                && events
                    .iter()
                    .all(|Reverse((_, _, what))| *what == Happens::Wake)
            {
                break;
            }
            if let Some(wake) = self.pacer.wake(now) {
                assert!(
                    wake > now,
                    "a wake at {now:?} for {wake:?} would never rest"
                );
                if next_wake.is_none_or(|at| wake < at) {
                    next_wake = Some(wake);
                    push(&mut events, wake, Happens::Wake);
                }
            }
        }
        assert!(open.is_empty(), "{} calls wait for ever", open.len());
        played.0.sort_by_key(|made: &Made| made.sent);
        Played {
            pacer: self.pacer,
            discord: self.discord,
            made: played.0,
            dropped: played.1,
            told_to_wait: played.2,
            end: now,
        }
    }
}
