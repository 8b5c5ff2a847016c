//! Rate limits as Discord has them: a bucket a route and major parameter, one global budget a bot, and a ban for
//! addresses that keep asking wrongly. <https://docs.discord.com/developers/topics/rate-limits>
//!
//! The numbers are not documented; they are what the live service has been seen to send, and a client that
//! hard-codes them instead of reading the headers is wrong either way.

use super::time::Millis;
use crate::route::Route;
use std::{
    collections::{BTreeMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

/// How often a bucket may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests.
    pub requests: u32,
    /// In so many milliseconds.
    pub window_ms: Millis,
    /// Name that routes of one bucket share.
    pub bucket: &'static str,
}

/// Whom a refused request counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// This bot in this bucket.
    User,
    /// Everyone in this place.
    Shared,
    /// This bot over all buckets.
    Global,
}

impl Scope {
    /// As it stands in `X-RateLimit-Scope`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shared => "shared",
            Self::Global => "global",
        }
    }
}

/// What a bucket holds after a request, for the headers of its response.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Requests a window.
    pub limit: u32,
    /// Requests left in this one.
    pub remaining: u32,
    /// When the window ends.
    pub reset_at_ms: Millis,
    /// How long until then.
    pub reset_after_ms: Millis,
    /// The bucket's opaque name.
    pub bucket: String,
}

/// Whether a request may pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It may.
    Pass(Standing),
    /// It may not, before `retry_after_ms` have passed.
    Wait {
        /// Milliseconds.
        retry_after_ms: Millis,
        /// Which limit.
        scope: Scope,
        /// The bucket, where it was one.
        standing: Option<Standing>,
    },
}

/// All buckets of all bots.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    buckets: BTreeMap<(u64, &'static str, String), Window>,
    global: BTreeMap<u64, Window>,
    old_edits: BTreeMap<u64, Window>,
    invalid: VecDeque<Millis>,
    /// 429s that were answered, by scope: user, shared, global.
    pub refused: [u64; 3],
    /// Requests answered with 401, 403, 404 or 429 in all; of these 404 does not count towards a ban.
    pub invalid_requests: u64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends_ms: Millis,
    used: u32,
}

impl Window {
    /// The window as it is now: a new one where the last has ended.
    fn at(self, now_ms: Millis, length_ms: Millis) -> Self {
        if now_ms < self.ends_ms {
            self
        } else {
            Self {
                ends_ms: now_ms + length_ms,
                used: 0,
            }
        }
    }

    const NONE: Self = Self {
        ends_ms: 0,
        used: 0,
    };
}

/// The limit of a route.
#[must_use]
pub fn rate_of(route: Route) -> Rate {
    let (requests, window_ms, bucket) = match route {
        Route::CreateMessage => (5, 5_000, "create-message"),
        Route::EditMessage => (5, 5_000, "edit-message"),
        Route::DeleteMessage => (5, 1_000, "delete-message"),
        Route::BulkDeleteMessages => (1, 3_000, "bulk-delete"),
        Route::CreateThread | Route::CreateThreadFromMessage => (50, 300_000, "create-thread"),
        Route::Typing => (5, 5_000, "typing"),
        Route::ListMessages => (5, 5_000, "list-messages"),
        Route::GetMessage => (50, 1_000, "get-message"),
        Route::EditChannel => (10, 15_000, "edit-channel"),
        Route::AddReaction | Route::RemoveOwnReaction | Route::RemoveReaction => {
            (1, 250, "reactions")
        }
        Route::ExecuteWebhook
        | Route::GetOriginalResponse
        | Route::EditOriginalResponse
        | Route::DeleteOriginalResponse
        | Route::GetWebhookMessage
        | Route::EditWebhookMessage
        | Route::DeleteWebhookMessage => (5, 2_000, "webhook"),
        Route::CreateGlobalCommand
        | Route::SetGlobalCommands
        | Route::CreateGuildCommand
        | Route::SetGuildCommands => (5, 20_000, "write-commands"),
        Route::GetGatewayBot => (2, 5_000, "gateway-bot"),
        Route::ListMembers => (10, 10_000, "list-members"),
        Route::OpenDirectMessage => (10, 10_000, "open-direct-message"),
        Route::EditOwnUser => (2, 3_600_000, "edit-own-user"),
        Route::GetGateway
        | Route::GetOwnUser
        | Route::GetUser
        | Route::ListOwnGuilds
        | Route::LeaveGuild
        | Route::GetOwnApplication
        | Route::EditOwnApplication
        | Route::GetOauthApplication
        | Route::ListGlobalCommands
        | Route::GetGlobalCommand
        | Route::EditGlobalCommand
        | Route::DeleteGlobalCommand
        | Route::ListGuildCommands
        | Route::GetGuildCommand
        | Route::EditGuildCommand
        | Route::DeleteGuildCommand
        | Route::GetGuild
        | Route::ListGuildChannels
        | Route::CreateGuildChannel
        | Route::ListActiveThreads
        | Route::SearchMembers
        | Route::GetMember
        | Route::EditOwnMember
        | Route::ListRoles
        | Route::GetRole
        | Route::ListEmojis
        | Route::GetEmoji
        | Route::GetChannel
        | Route::DeleteChannel
        | Route::SetOverwrite
        | Route::DeleteOverwrite
        | Route::ListPins
        | Route::Pin
        | Route::Unpin
        | Route::ListPinsDeprecated
        | Route::PinDeprecated
        | Route::UnpinDeprecated
        | Route::Crosspost
        | Route::ListReactions
        | Route::ClearReactionsOfEmoji
        | Route::ClearReactions
        | Route::ListThreadMembers
        | Route::GetThreadMember
        | Route::JoinThread
        | Route::LeaveThread
        | Route::AddThreadMember
        | Route::RemoveThreadMember
        | Route::ListArchivedPublicThreads
        | Route::ListArchivedPrivateThreads
        | Route::ListOwnArchivedPrivateThreads
        | Route::ListChannelWebhooks
        | Route::CreateWebhook
        | Route::GetWebhook
        | Route::DeleteWebhook
        | Route::GetWebhookByToken
        | Route::AnswerInteraction => (10, 1_000, route.name()),
    };
    Rate {
        requests,
        window_ms,
        bucket,
    }
}

/// Renames and new topics of one channel: two in ten minutes, beside the route's own limit.
pub const RENAME: Rate = Rate {
    requests: 2,
    window_ms: 600_000,
    bucket: "rename-channel",
};

/// Edits of messages older than an hour: the window of their own limit.
pub const OLD_EDITS_WINDOW_MS: Millis = 600_000;

/// How long invalid requests are remembered for a ban.
const BAN_WINDOW_MS: Millis = 600_000;

impl Limits {
    /// Takes one request from the global budget and from the bucket of `rate` and `major`.
    pub fn take(
        &mut self,
        now_ms: Millis,
        user: u64,
        rate: Rate,
        major: &str,
        global_per_second: Option<u32>,
    ) -> Verdict {
        if let Some(limit) = global_per_second {
            let window = self.global.entry(user).or_insert(Window::NONE);
            *window = window.at(now_ms, 1_000);
            if window.used >= limit {
                self.refused[2] += 1;
                return Verdict::Wait {
                    retry_after_ms: window.ends_ms - now_ms,
                    scope: Scope::Global,
                    standing: None,
                };
            }
            window.used += 1;
        }
        let window = self
            .buckets
            .entry((user, rate.bucket, major.to_owned()))
            .or_insert(Window::NONE);
        *window = window.at(now_ms, rate.window_ms);
        let passes = window.used < rate.requests;
        window.used += u32::from(passes);
        let standing = Standing {
            limit: rate.requests,
            remaining: rate.requests - window.used,
            reset_at_ms: window.ends_ms,
            reset_after_ms: window.ends_ms - now_ms,
            bucket: bucket_name(rate.bucket),
        };
        if passes {
            return Verdict::Pass(standing);
        }
        self.refused[0] += 1;
        Verdict::Wait {
            retry_after_ms: standing.reset_after_ms,
            scope: Scope::User,
            standing: Some(standing),
        }
    }

    /// Takes one edit of an hour-old message in `channel`.
    ///
    /// # Errors
    /// The milliseconds until there are more, when there are none left.
    pub fn take_old_edit(&mut self, now_ms: Millis, channel: u64, limit: u32) -> Result<(), u64> {
        let window = self.old_edits.entry(channel).or_insert(Window::NONE);
        *window = window.at(now_ms, OLD_EDITS_WINDOW_MS);
        if window.used >= limit {
            return Err(window.ends_ms.saturating_sub(now_ms));
        }
        window.used += 1;
        Ok(())
    }

    /// Counts a 429 that was made on purpose.
    pub fn count_refused(&mut self, scope: Option<Scope>) {
        let [user, shared, global] = &mut self.refused;
        match scope {
            Some(Scope::User) => *user += 1,
            Some(Scope::Shared) => *shared += 1,
            Some(Scope::Global) => *global += 1,
            None => {}
        }
    }

    /// Counts a response with this status towards the ban.
    pub fn count_status(&mut self, now_ms: Millis, status: u16, scope: Option<Scope>) {
        if matches!(status, 401 | 403 | 404 | 429) {
            self.invalid_requests += 1;
        }
        // Discord counts 401, 403 and 429, those of the scope "shared" left out.
        if matches!(status, 401 | 403 | 429) && scope != Some(Scope::Shared) {
            self.invalid.push_back(now_ms);
        }
        while self
            .invalid
            .front()
            .is_some_and(|at| at + BAN_WINDOW_MS < now_ms)
        {
            self.invalid.pop_front();
        }
    }

    /// Whether an address with so many invalid requests is shut out now.
    #[must_use]
    pub fn is_banned(&self, now_ms: Millis, after: u32) -> bool {
        let recent = self
            .invalid
            .iter()
            .filter(|at| **at + BAN_WINDOW_MS >= now_ms)
            .count();
        recent >= usize::try_from(after).unwrap_or(usize::MAX)
    }

    /// Forgets windows that have ended, so that a world can run for weeks.
    pub fn forget_old(&mut self, now_ms: Millis) {
        self.buckets.retain(|_, window| window.ends_ms > now_ms);
        self.old_edits.retain(|_, window| window.ends_ms > now_ms);
    }
}

/// The opaque name that clients see.
fn bucket_name(bucket: &str) -> String {
    let mut hasher = DefaultHasher::new();
    bucket.hash(&mut hasher);
    let half = hasher.finish();
    format!(
        "{half:016x}{:016x}",
        half.rotate_left(29) ^ 0x5bd1_e995_5bd1_e995
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        requests: 2,
        window_ms: 5_000,
        bucket: "test",
    };

    fn remaining(verdict: &Verdict) -> Option<u32> {
        match verdict {
            Verdict::Pass(standing) => Some(standing.remaining),
            Verdict::Wait { .. } => None,
        }
    }

    #[test]
    fn a_bucket_counts_down_refuses_and_opens_again() {
        let mut limits = Limits::default();
        assert_eq!(remaining(&limits.take(1_000, 1, RATE, "a", None)), Some(1));
        assert_eq!(remaining(&limits.take(2_000, 1, RATE, "a", None)), Some(0));
        let refused = limits.take(3_000, 1, RATE, "a", None);
        let Verdict::Wait {
            retry_after_ms: 3_000,
            scope: Scope::User,
            standing: Some(standing),
        } = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!(
            (standing.limit, standing.remaining, standing.reset_at_ms),
            (2, 0, 6_000)
        );
        assert_eq!(
            remaining(&limits.take(3_000, 1, RATE, "b", None)),
            Some(1),
            "another channel"
        );
        assert_eq!(
            remaining(&limits.take(3_000, 2, RATE, "a", None)),
            Some(1),
            "another bot"
        );
        assert_eq!(
            remaining(&limits.take(6_000, 1, RATE, "a", None)),
            Some(1),
            "the next window"
        );
        assert_eq!(limits.refused, [1, 0, 0]);
    }

    #[test]
    fn the_global_budget_goes_over_all_buckets() {
        let mut limits = Limits::default();
        for major in ["a", "b", "c"] {
            assert!(remaining(&limits.take(0, 1, RATE, major, Some(3))).is_some());
        }
        let refused = limits.take(400, 1, RATE, "d", Some(3));
        assert_eq!(
            refused,
            Verdict::Wait {
                retry_after_ms: 600,
                scope: Scope::Global,
                standing: None
            }
        );
        assert!(
            remaining(&limits.take(400, 1, RATE, "d", None)).is_some(),
            "interactions are not counted"
        );
    }

    #[test]
    fn invalid_requests_ban_for_ten_minutes_and_shared_ones_do_not() {
        let mut limits = Limits::default();
        for at in 0..3 {
            limits.count_status(at, 403, None);
        }
        limits.count_status(3, 404, None);
        limits.count_status(3, 429, Some(Scope::Shared));
        assert!(limits.is_banned(4, 3) && !limits.is_banned(4, 4));
        assert!(!limits.is_banned(700_000, 3));
        assert_eq!(limits.invalid_requests, 5);
    }
}
