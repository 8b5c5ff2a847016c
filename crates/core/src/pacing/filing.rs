//! What the schedule knows of routes and buckets, and where each bucket is filed: with every change a bucket is put
//! where it is found again, and forgotten once it is idle.

use std::hash::{DefaultHasher, Hash, Hasher};

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
    pub(super) fn resolve(&mut self, ticket: &Ticket, observed: &Observed) -> BucketKey {
        let route = ticket.key.route;
        let Some(window) = &observed.window else {
            // Only a success tells that a route has no bucket: errors often come from what stands before Discord.
            if (200..300).contains(&observed.status) && !self.routes.contains_key(route) {
                self.routes.insert(route, RouteFacts::Unlimited);
            }
            return ticket.bucket;
        };
        let group = digest(&window.bucket);
        self.routes.insert(route, RouteFacts::Limited { group });
        let told = BucketKey {
            group,
            major: ticket.key.major,
        };
        self.buckets
            .entry(told)
            .or_insert_with(|| Bucket::new(None));
        told
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
        let Some(bucket) = self.buckets.get_mut(&name) else {
            return;
        };
        match bucket.standing {
            Standing::Nowhere => {}
            Standing::Ready { lane, place } => {
                self.ready.of_mut(lane).remove(&(place, name));
            }
            Standing::Timer { at } => {
                self.timers.remove(&(at, name));
            }
        }
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
        let movers = bucket.leave_all();
        let known = BucketKey {
            group,
            major: name.major,
        };
        if movers.is_empty() || known == name {
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

/// A name as a number: names come from the wire and would otherwise have to be kept for each of many buckets.
/// Two names with the same digest would merely share a bucket.
fn digest(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
