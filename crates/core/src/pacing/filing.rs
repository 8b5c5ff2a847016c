//! What the schedule knows of routes and buckets, and where each bucket is filed: with every change a bucket is put
//! where it is found again, and forgotten once it is idle.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    BucketKey, Limited, MARGIN, Observed, Place, RouteKey, Scope, UNNAMED_PAUSE,
    bucket::{Bucket, Outlook},
    lanes::Lane,
    pacer::{Pacer, RouteFacts, Ticket},
};
use crate::Now;

/// Where a bucket is filed, so that it can be found without looking at the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nowhere: nothing to do until a response comes.
    Nowhere,
    /// Among those whose first in line may go as far as the bucket is concerned.
    Ready { lane: Lane, place: Place },
    /// To be looked at again at a moment.
    Timer { at: Now },
}

impl Pacer {
    /// The bucket that a route's calls go to, as far as is known, made when it isn't there yet.
    pub(super) fn bucket_of(&mut self, key: RouteKey) -> BucketKey {
        let unnamed = BucketKey {
            group: digest(key.route),
            major: key.major,
        };
        if self.buckets.get(&unnamed).is_some_and(Bucket::is_probing) {
            // The route has become known elsewhere meanwhile, but what the probe here takes is still to be told.
            return unnamed;
        }
        let (group, route) = match self.routes.get(key.route) {
            Some(RouteFacts::Limited { group }) => (*group, None),
            Some(RouteFacts::Unlimited) => (unnamed.group, None),
            None => (unnamed.group, Some(key.route)),
        };
        let unlimited = matches!(self.routes.get(key.route), Some(RouteFacts::Unlimited));
        let name = BucketKey {
            group,
            major: key.major,
        };
        self.buckets.entry(name).or_insert_with(|| {
            let mut bucket = Bucket::new(route);
            if unlimited {
                bucket.free();
            }
            bucket
        });
        name
    }

    /// Notes which bucket a response names for its route, and says which bucket has been told of.
    pub(super) fn resolve(&mut self, ticket: &Ticket, observed: &Observed, now: Now) -> BucketKey {
        let route = ticket.key.route;
        let Some(window) = &observed.window else {
            // Only a success tells that a route has no bucket: errors often come from what stands before Discord.
            if (200..300).contains(&observed.status) && !self.routes.contains_key(route) {
                self.routes.insert(route, RouteFacts::Unlimited);
            }
            return self.home(ticket.bucket);
        };
        let named = self.names.of(digest(&window.bucket));
        let group = match self.routes.get(route) {
            Some(RouteFacts::Limited { group }) => *group,
            Some(RouteFacts::Unlimited) => digest(route),
            None => named,
        };
        self.routes.insert(route, RouteFacts::Limited { group });
        if named != group {
            self.unite(named, group, now);
        }
        let told = BucketKey {
            group,
            major: ticket.key.major,
        };
        self.buckets
            .entry(told)
            .or_insert_with(|| Bucket::new(None));
        told
    }

    /// Where a bucket is kept that a ticket was given to.
    pub(super) fn home(&self, bucket: BucketKey) -> BucketKey {
        BucketKey {
            group: self.names.of(bucket.group),
            ..bucket
        }
    }

    /// One route has told both names, so that nobody knows which of them its next call counts for: from now on they are
    /// one here, which allows no more than either does.
    fn unite(&mut self, gone: u64, stays: u64, now: Now) {
        self.names.unite(gone, stays);
        for facts in self.routes.values_mut() {
            if let RouteFacts::Limited { group } = facts
                && *group == gone
            {
                *group = stays;
            }
        }
        let keys: Vec<BucketKey> = self.buckets.keys().copied().collect();
        for key in keys {
            if key.group == stays
                && let Some(bucket) = self.buckets.get_mut(&key)
            {
                // It was thought to have no limit.
                bucket.confine();
                self.file(key, now);
            } else if key.group == gone {
                self.unfile(key);
                let Some(bucket) = self.buckets.remove(&key) else {
                    continue;
                };
                let home = self.home(key);
                for ticket in bucket.waiting() {
                    if let Some(ticket) = self.tickets.get_mut(&ticket) {
                        ticket.bucket = home;
                    }
                }
                let kept = self.buckets.entry(home);
                kept.or_insert_with(|| Bucket::new(None))
                    .absorb(bucket, now);
                self.file(home, now);
            }
        }
    }

    /// Obeys a 429.
    pub(super) fn obey(&mut self, limited: Limited, bucket: BucketKey, now: Now) {
        let until = now + limited.retry_after.unwrap_or(UNNAMED_PAUSE) + MARGIN;
        match limited.scope {
            Scope::User | Scope::Shared => {
                if let Some(bucket) = self.buckets.get_mut(&bucket) {
                    bucket.refuse(until, now);
                }
            }
            Scope::Global => self.budget.refuse(until, now),
            Scope::Address => self.address_shut_until = self.address_shut_until.max(until),
        }
    }

    /// Files a bucket where it belongs after anything about it has changed, and forgets it when it is idle.
    pub(super) fn file(&mut self, name: BucketKey, now: Now) {
        self.move_to_known_bucket(name, now);
        self.unfile(name);
        let Some(bucket) = self.buckets.get_mut(&name) else {
            return;
        };
        bucket.standing = match bucket.outlook(now) {
            Outlook::Ready { place, counted } => Standing::Ready {
                lane: Lane::of(counted, place.rank),
                place,
            },
            Outlook::At(at) => Standing::Timer { at },
            Outlook::AfterResponse => Standing::Nowhere,
            Outlook::Forget => {
                self.buckets.remove(&name);
                return;
            }
        };
        match bucket.standing {
            Standing::Nowhere => {}
            Standing::Ready { lane, place } => {
                self.ready.of_mut(lane).insert((place, name));
            }
            Standing::Timer { at } => {
                self.timers.insert((at, name));
            }
        }
    }

    /// Takes a bucket out of where it is filed.
    fn unfile(&mut self, name: BucketKey) {
        let Some(bucket) = self.buckets.get_mut(&name) else {
            return;
        };
        match std::mem::replace(&mut bucket.standing, Standing::Nowhere) {
            Standing::Nowhere => {}
            Standing::Ready { lane, place } => {
                self.ready.of_mut(lane).remove(&(place, name));
            }
            Standing::Timer { at } => {
                self.timers.remove(&(at, name));
            }
        }
    }

    /// Once a route's bucket is known, those who wait in its stead move there, after the probe has come back.
    pub(super) fn move_to_known_bucket(&mut self, name: BucketKey, now: Now) {
        if self.buckets.get(&name).is_some_and(Bucket::is_probing) {
            return;
        }
        let Some(route) = self.buckets.get(&name).and_then(|bucket| bucket.stands_for) else {
            return;
        };
        let group = match self.routes.get(route) {
            None => return,
            Some(RouteFacts::Unlimited) => {
                if let Some(bucket) = self.buckets.get_mut(&name) {
                    bucket.stands_for = None;
                    bucket.free();
                }
                return;
            }
            Some(RouteFacts::Limited { group }) => *group,
        };
        let Some(bucket) = self.buckets.get_mut(&name) else {
            return;
        };
        let known = BucketKey {
            group,
            major: name.major,
        };
        if known == name {
            bucket.stands_for = None;
            return;
        }
        let movers = bucket.leave_all();
        if movers.is_empty() {
            return;
        }
        let target = self
            .buckets
            .entry(known)
            .or_insert_with(|| Bucket::new(None));
        for (place, counted) in movers {
            target.join(place, counted);
            if let Some(ticket) = self.tickets.get_mut(&place.ticket) {
                ticket.bucket = known;
            }
        }
        self.file(known, now);
    }
}

/// Under which group buckets are kept whose names have turned out to be one route's.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<u64, u64>);

impl Names {
    /// The group that a name is kept under.
    fn of(&self, group: u64) -> u64 {
        self.0.get(&group).copied().unwrap_or(group)
    }

    fn unite(&mut self, gone: u64, stays: u64) {
        for kept in self.0.values_mut() {
            if *kept == gone {
                *kept = stays;
            }
        }
        self.0.insert(gone, stays);
    }
}

/// A name as a number: names come from the wire and would otherwise have to be kept for each of many buckets.
/// Two names with the same digest would merely share a bucket.
pub(super) fn digest(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
