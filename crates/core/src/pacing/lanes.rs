//! The lines in front of the global budget: in each stand the buckets whose first in line may go as far as the
//! bucket itself is concerned, so that the next one is found without looking at the others.

use std::collections::BTreeSet;

use super::{BucketKey, Place};

/// The lines in front of the global budget, first served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// Not counted globally.
    Uncounted,
    Urgent,
    Call,
    Text,
    Background,
}

impl Lane {
    pub(super) const ALL: [Self; 5] = [
        Self::Uncounted,
        Self::Urgent,
        Self::Call,
        Self::Text,
        Self::Background,
    ];

    pub(super) fn of(counted: bool, rank: u8) -> Self {
        match (counted, rank) {
            (false, _) => Self::Uncounted,
            (true, 0) => Self::Urgent,
            (true, 1) => Self::Call,
            (true, 2) => Self::Text,
            (true, _) => Self::Background,
        }
    }
}

/// Buckets whose first in line may go, by lane, the oldest first.
#[derive(Debug, Default)]
pub(super) struct ReadyLanes {
    uncounted: BTreeSet<(Place, BucketKey)>,
    urgent: BTreeSet<(Place, BucketKey)>,
    call: BTreeSet<(Place, BucketKey)>,
    text: BTreeSet<(Place, BucketKey)>,
    background: BTreeSet<(Place, BucketKey)>,
}

impl ReadyLanes {
    fn of(&self, lane: Lane) -> &BTreeSet<(Place, BucketKey)> {
        match lane {
            Lane::Uncounted => &self.uncounted,
            Lane::Urgent => &self.urgent,
            Lane::Call => &self.call,
            Lane::Text => &self.text,
            Lane::Background => &self.background,
        }
    }

    pub(super) fn of_mut(&mut self, lane: Lane) -> &mut BTreeSet<(Place, BucketKey)> {
        match lane {
            Lane::Uncounted => &mut self.uncounted,
            Lane::Urgent => &mut self.urgent,
            Lane::Call => &mut self.call,
            Lane::Text => &mut self.text,
            Lane::Background => &mut self.background,
        }
    }

    pub(super) fn is_empty(&self, lane: Lane) -> bool {
        self.of(lane).is_empty()
    }

    pub(super) fn first(&self, lane: Lane) -> Option<(Place, BucketKey)> {
        self.of(lane).first().copied()
    }
}
