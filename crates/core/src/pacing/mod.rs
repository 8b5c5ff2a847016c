//! The schedule over all REST calls: who may send now, so that Discord never has to answer 429.
//!
//! A call asks for a ticket and waits. [`Pacer::grant`] says whose turn it is, [`Pacer::wake`] when to look again,
//! and each response's headers are told to [`Pacer::learn`]. No limit of a route is written down here: what a
//! bucket allows is known from Discord's headers alone.
//!
//! **Why no 429 is of our own making.** A request arrives at Discord at some moment between its sending and its
//! answer, and nobody knows when. So a slot counts as taken from the sending until the answer has told of it, and
//! a window counts as over only `reset_after` after the answer *arrived*. Whatever the latency, the true count at
//! Discord is then never above ours (see [`bucket`] and [`budget`] for the two arguments).
//!
//! **Who comes first.** First words and final texts, then what somebody waits for, then the oldest unseen text,
//! then niceties, which are dropped rather than queued. A slot of each bucket and two of the global budget's fifty are
//! out of reach for text, so that a final text finds room at once. Of two calls at least one goes to what somebody waits
//! for, of ten one to text that waits to be seen.
//!
//! **The pace of text.** First words go at once. Text that follows gathers for [`TEXT_GATHERS`] before an edit brings
//! it: sooner it would bring a word or two, and take the turn from an edit that brings a sentence. A bucket that has rested
//! spends its burst at the front and goes on steadily (see [`pace`]). An answer that takes no longer than a second or so costs
//! one edit on its way.
//! When the global budget is what is short, the oldest unseen text goes first, which is a fair share for everyone.

mod bucket;
mod budget;
mod filing;
mod invalid;
mod lanes;
mod pace;
mod pacer;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use pacer::Pacer;

use crate::Now;

/// Added to every time that Discord names: its figures are rounded to milliseconds, and two clocks never run alike.
pub const MARGIN: Duration = Duration::from_millis(10);

/// Discord's limit over all routes, in requests a second. Source: Discord's reference, "Rate Limits".
pub const GLOBAL_PER_SECOND: u32 = 50;

/// How long text gathers before an edit brings it, counted from the oldest of it that can't be seen.
pub const TEXT_GATHERS: Duration = Duration::from_millis(400);

/// How long a nicety waits for room before it is dropped.
pub const BACKGROUND_PATIENCE: Duration = Duration::from_secs(2);

/// How long to keep still after a 429 that doesn't say how long.
const UNNAMED_PAUSE: Duration = Duration::from_secs(5);

/// The route and the place that a call goes to: what Discord's buckets are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RouteKey {
    /// Method and path as a template, without ids or tokens in it.
    pub route: &'static str,
    /// The major parameter: the channel, guild or webhook of the path, 0 where there is none.
    pub major: u64,
    /// It counts against the global limit; answers to interactions don't.
    pub counted: bool,
}

/// How urgent a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Urgency {
    /// The first words of an answer.
    First,
    /// The last text of an answer.
    Final,
    /// What somebody waits for: opening a thread, reading history.
    Call,
    /// More of an answer's text.
    Text,
    /// Typing and titles. Dropped when there is no room within [`BACKGROUND_PATIENCE`].
    Background,
}

impl Urgency {
    /// Its place in the order, 0 first.
    const fn rank(self) -> u8 {
        match self {
            Self::First | Self::Final => 0,
            Self::Call => 1,
            Self::Text => 2,
            Self::Background => 3,
        }
    }
}

/// One call that waits for its turn or is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TicketId(u64);

/// What becomes of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its call may be sent now. It is under way until [`Pacer::learn`], [`Pacer::lose`] or [`Pacer::cancel`].
    Send(TicketId),
    /// There was no room for it in time; it is forgotten.
    Drop(TicketId),
}

/// What a response said about limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The HTTP status.
    pub status: u16,
    /// The bucket's headers, which Discord sends with every response of a limited route.
    pub window: Option<Window>,
    /// The response was a 429 that asks for a pause.
    pub limited: Option<Limited>,
}

/// A bucket's state as headers tell it. Source: Discord's reference, "Rate Limits", "Header Format".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// `X-RateLimit-Bucket`; routes with the same one share a bucket in each channel, guild or webhook.
    pub bucket: String,
    /// `X-RateLimit-Limit`: requests in a window.
    pub limit: u32,
    /// `X-RateLimit-Remaining`: those left in this one.
    pub remaining: u32,
    /// `X-RateLimit-Reset-After`: how long until all are back.
    pub reset_after: Duration,
}

/// A 429's demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Whom it concerns.
    pub scope: Scope,
    /// How long to wait, where it says so.
    pub retry_after: Option<Duration>,
}

/// Whom a 429 concerns. Source: `X-RateLimit-Scope` in Discord's reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This bot, in this bucket.
    User,
    /// Everybody who uses this resource; it doesn't count as an invalid request.
    Shared,
    /// This bot, everywhere.
    Global,
    /// This address, everywhere: what stands in front of Discord (Cloudflare) has refused it.
    Address,
}

/// Identifies a bucket: what it is shared by, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct BucketKey {
    /// A digest of the bucket's name, or of the route while its bucket isn't known.
    group: u64,
    major: u64,
}

/// Where a ticket stands in its bucket's line: its rank, then its age, then who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    rank: u8,
    since: Now,
    ticket: TicketId,
}

/// How much a [`Pacer`] has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Tickets in line.
    pub waiting: usize,
    /// Calls under way.
    pub sent: usize,
    /// Buckets that are remembered.
    pub buckets: usize,
}
