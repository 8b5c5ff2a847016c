//! What has been sent so far, in plain figures for metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use kaiwa_core::pacing::{Observed, Scope};

/// Figures since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls sent, each try counted.
    pub requests: u64,
    /// Tries after the first.
    pub retries: u64,
    /// Tries that ended without an answer.
    pub unanswered: u64,
    /// Answers of Discord that it is broken (5xx).
    pub broken: u64,
    /// Answers that Discord counts as invalid: 401, 403, 404 and 429 of any scope but `shared`.
    pub invalid: u64,
    /// 429s of a bucket, with scope `user`: this token has asked too often there, here or in another process.
    pub limited_user: u64,
    /// 429s with scope `shared`: others have used the resource up.
    pub limited_shared: u64,
    /// 429s of the global limit.
    pub limited_global: u64,
    /// 429s from what stands in front of Discord.
    pub limited_address: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    unanswered: AtomicU64,
    broken: AtomicU64,
    invalid: AtomicU64,
    limited_user: AtomicU64,
    limited_shared: AtomicU64,
    limited_global: AtomicU64,
    limited_address: AtomicU64,
}

impl Counters {
    pub(super) fn sent(&self, is_retry: bool) {
        self.requests.fetch_add(1, Relaxed);
        self.retries.fetch_add(u64::from(is_retry), Relaxed);
    }

    pub(super) fn unanswered(&self) {
        self.unanswered.fetch_add(1, Relaxed);
    }

    pub(super) fn answered(&self, observed: &Observed) {
        let scope = observed.limited.map(|limited| limited.scope);
        let is_invalid = match observed.status {
            401 | 403 | 404 => true,
            429 => scope != Some(Scope::Shared),
            _ => false,
        };
        self.invalid.fetch_add(u64::from(is_invalid), Relaxed);
        self.broken
            .fetch_add(u64::from(observed.status >= 500), Relaxed);
        let counter = match scope {
            None => return,
            Some(Scope::User) => &self.limited_user,
            Some(Scope::Shared) => &self.limited_shared,
            Some(Scope::Global) => &self.limited_global,
            Some(Scope::Address) => &self.limited_address,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub(super) fn read(&self) -> Totals {
        Totals {
            requests: self.requests.load(Relaxed),
            retries: self.retries.load(Relaxed),
            unanswered: self.unanswered.load(Relaxed),
            broken: self.broken.load(Relaxed),
            invalid: self.invalid.load(Relaxed),
            limited_user: self.limited_user.load(Relaxed),
            limited_shared: self.limited_shared.load(Relaxed),
            limited_global: self.limited_global.load(Relaxed),
            limited_address: self.limited_address.load(Relaxed),
        }
    }
}
