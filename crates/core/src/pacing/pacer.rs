//! The schedule itself: tickets in, verdicts out. What it knows of buckets and routes is kept in `filing.rs`.

use std::collections::{BTreeSet, HashMap};

use super::{
    BACKGROUND_PATIENCE, BucketKey, GLOBAL_PER_SECOND, Load, Observed, Place, RouteKey, Scope,
    TicketId, Urgency, Verdict,
    bucket::Bucket,
    budget::{Budget, Share},
    filing::{Names, digest},
    invalid::InvalidRequests,
    lanes::{Lane, ReadyLanes},
};
use crate::Now;

/// So many urgent calls may pass one that somebody waits for. Where much is asked at once, an answer whose thread opens
/// sooner is often whole before its first words could go, and costs one call less: threads that waited for all first words
/// of others would make everybody wait longer.
const PASS_A_CALL: u32 = 1;
/// So many calls of higher rank may pass text that waits to be seen.
const PASS_TEXT: u32 = 9;

#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) key: RouteKey,
    pub(super) bucket: BucketKey,
    pub(super) place: Place,
    pub(super) state: TicketState,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum TicketState {
    /// In line; a nicety only until a moment.
    Waiting { until: Option<Now> },
    /// Under way.
    Sent { at: Now },
}

/// How many calls of higher rank have gone while others waited.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passed {
    call: u32,
    text: u32,
}

/// What is known of a route from its responses, so that a new channel's bucket needn't start from nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum RouteFacts {
    /// Its responses name this group of buckets.
    Limited { group: u64 },
    /// Its responses carry no bucket: only the global limit holds.
    Unlimited,
}

/// The schedule over all REST calls of one bot. See the module's own words.
///
/// Every operation costs a few look-ups in ordered sets, however many tickets wait.
#[derive(Debug)]
pub struct Pacer {
    pub(super) routes: HashMap<&'static str, RouteFacts>,
    pub(super) names: Names,
    pub(super) buckets: HashMap<BucketKey, Bucket>,
    pub(super) tickets: HashMap<TicketId, Ticket>,
    pub(super) ready: ReadyLanes,
    pub(super) timers: BTreeSet<(Now, BucketKey)>,
    pub(super) niceties: BTreeSet<(Now, TicketId)>,
    pub(super) budget: Budget,
    pub(super) invalid: InvalidRequests,
    /// What stands in front of Discord wants nothing from this address before this moment.
    pub(super) address_shut_until: Now,
    /// How many calls have gone past the lane of calls that somebody waits for, and past the lane of text.
    pub(super) passed: Passed,
    pub(super) next_ticket: u64,
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new()
    }
}

impl Pacer {
    /// A schedule that knows nothing yet.
    pub fn new() -> Self {
        Self {
            routes: HashMap::new(),
            names: Names::default(),
            buckets: HashMap::new(),
            tickets: HashMap::new(),
            ready: ReadyLanes::default(),
            timers: BTreeSet::new(),
            niceties: BTreeSet::new(),
            budget: Budget::new(GLOBAL_PER_SECOND),
            invalid: InvalidRequests::default(),
            address_shut_until: Now::ZERO,
            passed: Passed::default(),
            next_ticket: 0,
        }
    }

    /// Gets in line. `since` is the age of what waits to be seen: among equals the oldest goes first.
    pub fn ask(&mut self, key: RouteKey, urgency: Urgency, since: Now, now: Now) -> TicketId {
        let id = TicketId(self.next_ticket);
        self.next_ticket += 1;
        let place = Place {
            rank: urgency.rank(),
            since,
            ticket: id,
        };
        let until = (urgency == Urgency::Background).then(|| now + BACKGROUND_PATIENCE);
        if let Some(until) = until {
            self.niceties.insert((until, id));
        }
        let bucket = self.bucket_of(key);
        self.tickets.insert(
            id,
            Ticket {
                key,
                bucket,
                place,
                state: TicketState::Waiting { until },
            },
        );
        if let Some(bucket) = self.buckets.get_mut(&bucket) {
            bucket.join(place, key.counted);
        }
        self.file(bucket, now);
        id
    }

    /// Leaves the line, or gives the turn back unused: nothing was sent.
    pub fn cancel(&mut self, id: TicketId, now: Now) {
        let Some(ticket) = self.tickets.remove(&id) else {
            return;
        };
        let home = self.home(ticket.bucket);
        match ticket.state {
            TicketState::Waiting { until } => {
                if let Some(until) = until {
                    self.niceties.remove(&(until, id));
                }
                if let Some(bucket) = self.buckets.get_mut(&home) {
                    bucket.leave(ticket.place);
                }
            }
            TicketState::Sent { at } => {
                if ticket.key.counted {
                    self.budget.give_back();
                }
                if let Some(bucket) = self.buckets.get_mut(&home) {
                    bucket.give_back(at);
                }
            }
        }
        self.file(home, now);
    }

    /// Whose turn it is; to be called until it says `None`.
    pub fn grant(&mut self, now: Now) -> Option<Verdict> {
        if let Some(&(until, id)) = self.niceties.first()
            && until <= now
        {
            self.cancel(id, now);
            return Some(Verdict::Drop(id));
        }
        while let Some(&(at, bucket)) = self.timers.first() {
            if at > now {
                break;
            }
            self.file(bucket, now);
        }
        let (lane, bucket) = self.choose(now)?;
        self.passes(lane);
        let id = self.buckets.get_mut(&bucket)?.take(now)?;
        if let Some(ticket) = self.tickets.get_mut(&id) {
            if let TicketState::Waiting { until: Some(until) } = ticket.state {
                self.niceties.remove(&(until, id));
            }
            ticket.state = TicketState::Sent { at: now };
            if ticket.key.counted {
                self.budget.take();
            }
        }
        self.file(bucket, now);
        Some(Verdict::Send(id))
    }

    /// When [`grant`](Self::grant) may say something new although nothing is asked or learnt until then.
    pub fn wake(&self, now: Now) -> Option<Now> {
        let timer = self.timers.first().map(|&(at, _)| at);
        let nicety = self.niceties.first().map(|&(until, _)| until);
        // The lanes open in their order, so the first one that isn't empty opens before those behind it.
        let counted = [Lane::Urgent, Lane::Call, Lane::Text, Lane::Background]
            .into_iter()
            .find(|&lane| !self.ready.is_empty(lane));
        let uncounted = (!self.ready.is_empty(Lane::Uncounted)).then_some(Lane::Uncounted);
        let lanes = [uncounted, counted]
            .into_iter()
            .flatten()
            .filter_map(|lane| self.opens(lane, now));
        [timer, nicety].into_iter().flatten().chain(lanes).min()
    }

    /// A response has come.
    pub fn learn(&mut self, id: TicketId, observed: &Observed, now: Now) {
        let shared = observed
            .limited
            .is_some_and(|limited| limited.scope == Scope::Shared);
        if matches!(observed.status, 401 | 403 | 404) || observed.status == 429 && !shared {
            self.invalid.count(now);
        }
        let Some(ticket) = self.tickets.remove(&id) else {
            return;
        };
        let TicketState::Sent { at: sent } = ticket.state else {
            return;
        };
        if ticket.key.counted {
            self.budget.arrived(now);
        }
        let asked = self.home(ticket.bucket);
        if let Some(bucket) = self.buckets.get_mut(&asked) {
            bucket.arrived();
        }
        let told = self.resolve(&ticket, observed, now);
        // What has been told may have put two buckets together.
        let asked = self.home(asked);
        let wary_until = self.buckets.get(&asked).map(|bucket| bucket.wary_until);
        if let Some(bucket) = self.buckets.get_mut(&told) {
            if told != asked {
                bucket.adopt(ticket.place, sent, wary_until.unwrap_or_default());
            }
            match (&observed.window, self.routes.get(ticket.key.route)) {
                (Some(window), _) => bucket.see(window, digest(&window.bucket), sent, now),
                (None, Some(RouteFacts::Unlimited)) => bucket.free(),
                // An error of what stands before the count, or behind it: nobody knows. A 429 says itself what follows.
                (None, Some(RouteFacts::Limited { .. })) if observed.limited.is_none() => {
                    bucket.may_have_counted(now);
                }
                (None, Some(RouteFacts::Limited { .. }) | None) => {}
            }
        }
        if let Some(limited) = observed.limited {
            self.obey(limited, told, now);
        }
        self.file(asked, now);
        self.file(told, now);
    }

    /// No response will come: whether the call arrived is unknown, so its slot counts as used.
    pub fn lose(&mut self, id: TicketId, now: Now) {
        let Some(ticket) = self.tickets.remove(&id) else {
            return;
        };
        if ticket.key.counted {
            self.budget.arrived(now);
        }
        let home = self.home(ticket.bucket);
        if let Some(bucket) = self.buckets.get_mut(&home) {
            bucket.lose(now);
        }
        self.file(home, now);
    }

    /// How many tickets wait or are under way, and how many buckets are remembered.
    pub fn load(&self) -> Load {
        let sent = self
            .tickets
            .values()
            .filter(|t| matches!(t.state, TicketState::Sent { .. }))
            .count();
        Load {
            waiting: self.tickets.len() - sent,
            sent,
            buckets: self.buckets.len(),
        }
    }

    /// Invalid requests (401, 403, 404, 429) of the last ten minutes; Discord bans an address at 10,000.
    pub fn invalid_requests(&self, now: Now) -> u32 {
        self.invalid.total(now)
    }

    /// The lane and bucket whose first in line goes next.
    fn choose(&self, now: Now) -> Option<(Lane, BucketKey)> {
        if let Some((_, bucket)) = self.ready.first(Lane::Uncounted)
            && self.is_open(Lane::Uncounted, now)
        {
            return Some((Lane::Uncounted, bucket));
        }
        if self.is_open(Lane::Urgent, now) && self.invalid.opens(false, now) <= now {
            let passed_over = [
                (Lane::Text, self.passed.text >= PASS_TEXT),
                (Lane::Call, self.passed.call >= PASS_A_CALL),
            ];
            let passed_over = passed_over.into_iter().filter(|(_, passed)| *passed);
            for (lane, _) in passed_over {
                if let Some((_, bucket)) = self.ready.first(lane) {
                    return Some((lane, bucket));
                }
            }
        }
        let lane = Lane::ALL
            .into_iter()
            .filter(|&lane| lane != Lane::Uncounted)
            .find(|&lane| !self.ready.is_empty(lane))?;
        let (_, bucket) = self.ready.first(lane)?;
        self.is_open(lane, now).then_some((lane, bucket))
    }

    /// A call of this lane goes; those of lower rank that wait are passed by it.
    fn passes(&mut self, lane: Lane) {
        let waits = |lane| u32::from(!self.ready.is_empty(lane));
        let (call, text) = (waits(Lane::Call), waits(Lane::Text));
        let Passed {
            call: calls,
            text: texts,
        } = self.passed;
        self.passed = match lane {
            Lane::Uncounted => self.passed,
            Lane::Urgent => Passed {
                call: (calls + call) * call,
                text: (texts + text) * text,
            },
            Lane::Call => Passed {
                call: 0,
                text: (texts + text) * text,
            },
            Lane::Text => Passed {
                call: calls,
                text: 0,
            },
            Lane::Background => Passed::default(),
        };
    }

    fn is_open(&self, lane: Lane, now: Now) -> bool {
        self.opens(lane, now).is_some_and(|at| at <= now)
    }

    /// When the limits that hold for all buckets let a lane's next call go; `None`: not before a response comes.
    fn opens(&self, lane: Lane, now: Now) -> Option<Now> {
        let urgent = matches!(lane, Lane::Urgent | Lane::Uncounted);
        let address = self
            .address_shut_until
            .max(self.invalid.opens(urgent, now))
            .max(now);
        let share = match lane {
            Lane::Uncounted => return Some(address),
            Lane::Urgent => Share::All,
            Lane::Call => Share::Most,
            Lane::Text => Share::AllButKept,
            Lane::Background => Share::Half,
        };
        self.budget.opens(share, now).map(|at| at.max(address))
    }
}
