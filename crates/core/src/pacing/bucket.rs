//! One bucket: what Discord has told of it, who waits for it, and when the first in line may go.
//!
//! **Why it is never overdrawn.** Let `remaining` be the least that any response of this window has told. Every
//! request that Discord has counted since is one whose response hasn't come, so the true rest is at least
//! `remaining` less those under way: only while that is above zero is another one sent. A response of moment `s`
//! (sent) to `r` (received) that says "`x` until the reset" puts the window's end between `s + x` and `r + x`.
//! The window counts as over at the latest `r + x`, and a response belongs to a later window for certain only
//! when even its `s + x` lies behind that: then its figure replaces ours, else the lower of both stands.
//! The same holds for buckets that refill drop by drop, where `x` is the time until all drops are back.
//!
//! Discord's names for buckets change, and a route may have several. Which one the next call counts for nobody knows, so
//! all names that a route has told are one bucket here. As long as a window of another name may not be over, no figure
//! replaces a lower one, and `until` is the latest end of all: `remaining` is then at most what each of them has told.

use std::{collections::BTreeMap, time::Duration};

use super::{
    MARGIN, Place, TEXT_GATHERS, TicketId, Window,
    filing::Standing,
    pace::{Pace, Room},
};
use crate::Now;

/// The slot that is kept for final texts is given to text so shortly before the window ends: then the next
/// window brings a new one anyway.
const KEPT_UNTIL: Duration = Duration::from_millis(250);

/// A window of fewer slots than this is too small to keep one of them.
const KEPT_FROM_LIMIT: u32 = 3;

/// How long a bucket is remembered after its last window.
const REMEMBERED: Duration = Duration::from_secs(60);

/// How long a bucket that has drawn a 429 sends one request at a time: somebody else takes from it, too.
const WARY: Duration = Duration::from_secs(300);

/// How long a window is thought to last at least when an answer was lost that would have told: most of Discord's
/// do. Nothing but a short pause hangs on it.
const USUAL_WINDOW: Duration = Duration::from_secs(5);

/// The rank from which the kept slot is out of reach, and at which the pace is spread.
const TEXT_RANK: u8 = 2;

/// What is known of a bucket's limit.
#[derive(Clone, Copy, Debug)]
enum Knowledge {
    /// Nothing: one request finds out.
    Nothing,
    /// There is no limit.
    Free,
    /// What its headers said.
    Window {
        limit: u32,
        /// The least that responses of this window have told.
        remaining: u32,
        /// The window is over then at the latest.
        until: Now,
        /// The longest time to a reset that was ever told.
        length: Duration,
    },
}

/// When a bucket's first in line may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// Now.
    Ready { place: Place, counted: bool },
    /// It is to be looked at again then.
    At(Now),
    /// Not before a response comes.
    AfterResponse,
    /// Nobody needs it.
    Forget,
}

/// See the module's own words.
#[derive(Debug)]
pub(super) struct Bucket {
    /// The route it stands for while that route's bucket isn't known.
    pub(super) stands_for: Option<&'static str>,
    pub(super) standing: Standing,
    /// Those in line, and whether they count globally.
    line: BTreeMap<Place, bool>,
    under_way: u32,
    /// Calls without a response that may still count, and until when.
    lost: u32,
    lost_until: Now,
    knowledge: Knowledge,
    /// A 429 asked for silence until then.
    refused_until: Now,
    pub(super) wary_until: Now,
    /// Under which name it was told of last, and until when a window of another name may last.
    name: Option<u64>,
    several_until: Now,
    pace: Pace,
}

impl Bucket {
    pub(super) fn new(stands_for: Option<&'static str>) -> Self {
        Self {
            stands_for,
            standing: Standing::Nowhere,
            line: BTreeMap::new(),
            under_way: 0,
            lost: 0,
            lost_until: Now::ZERO,
            knowledge: Knowledge::Nothing,
            refused_until: Now::ZERO,
            wary_until: Now::ZERO,
            name: None,
            several_until: Now::ZERO,
            pace: Pace::default(),
        }
    }

    pub(super) fn join(&mut self, place: Place, counted: bool) {
        self.line.insert(place, counted);
    }

    pub(super) fn leave(&mut self, place: Place) {
        self.line.remove(&place);
    }

    pub(super) fn leave_all(&mut self) -> BTreeMap<Place, bool> {
        std::mem::take(&mut self.line)
    }

    /// Lets the first in line go.
    pub(super) fn take(&mut self, now: Now) -> Option<TicketId> {
        let (place, _) = self.line.pop_first()?;
        self.under_way += 1;
        if place.rank == TEXT_RANK {
            self.pace.take(now, self.length());
        }
        Some(place.ticket)
    }

    /// One that was let go at `sent` has not been used.
    pub(super) fn give_back(&mut self, sent: Now) {
        self.arrived();
        self.pace.give_back(sent);
    }

    /// A response has come for one that was under way.
    pub(super) fn arrived(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// No response will come. Discord may have counted the call at any moment until now, before or after what
    /// other responses tell of, so it stays counted here until a window that began now would be over.
    pub(super) fn lose(&mut self, now: Now) {
        self.arrived();
        self.may_have_counted(now);
    }

    /// A response has come that tells nothing of the bucket: the same holds for its call.
    pub(super) fn may_have_counted(&mut self, now: Now) {
        if matches!(self.knowledge, Knowledge::Free) {
            return;
        }
        self.lost = self.lost_of(now) + 1;
        self.lost_until = now + self.length() + MARGIN;
    }

    /// How long a window lasts at the most, as far as that is known.
    fn length(&self) -> Duration {
        match self.knowledge {
            Knowledge::Window { length, .. } => length.max(USUAL_WINDOW),
            Knowledge::Nothing | Knowledge::Free => USUAL_WINDOW,
        }
    }

    fn lost_of(&self, now: Now) -> u32 {
        if self.lost_until > now { self.lost } else { 0 }
    }

    /// Learns from the headers of a response that was asked for at `sent` and has come now; `name` is the bucket's in it.
    pub(super) fn see(&mut self, window: &Window, name: u64, sent: Now, now: Now) {
        let end = now + window.reset_after + MARGIN;
        if self.name.replace(name).is_some_and(|told| told != name) {
            self.several_until = self.several_until.max(self.known_until()).max(end);
        }
        let several = self.several_until > now;
        let mut limit = window.limit.max(1);
        let (remaining, until, length) = match self.knowledge {
            Knowledge::Nothing | Knowledge::Free => (window.remaining, end, window.reset_after),
            Knowledge::Window {
                remaining,
                until,
                length,
                limit: before,
            } => {
                let left = if until <= now { before } else { remaining };
                let is_later_window = !several && sent + window.reset_after > until;
                if several {
                    limit = limit.min(before);
                }
                let remaining = if is_later_window {
                    window.remaining
                } else {
                    left.min(window.remaining)
                };
                (remaining, until.max(end), length.max(window.reset_after))
            }
        };
        self.knowledge = Knowledge::Window {
            limit,
            remaining,
            until,
            length,
        };
    }

    /// The end of the window that is known, at the latest.
    fn known_until(&self) -> Now {
        match self.knowledge {
            Knowledge::Window { until, .. } => until,
            Knowledge::Nothing | Knowledge::Free => Now::ZERO,
        }
    }

    /// Those in line.
    pub(super) fn waiting(&self) -> impl Iterator<Item = TicketId> {
        self.line.keys().map(|place| place.ticket)
    }

    /// Takes over another bucket that has turned out to be the same: it allows no more than both.
    pub(super) fn absorb(&mut self, other: Self, now: Now) {
        self.lost = self.lost_of(now) + other.lost_of(now);
        self.lost_until = self.lost_until.max(other.lost_until);
        let both = self.known_until().max(other.known_until());
        self.several_until = self.several_until.max(other.several_until).max(both);
        self.knowledge = match (self.knowledge, other.knowledge) {
            (
                Knowledge::Window {
                    limit,
                    remaining,
                    until,
                    length,
                },
                Knowledge::Window {
                    limit: others,
                    remaining: left,
                    until: ends,
                    length: longest,
                },
            ) => {
                let now_left = |limit, left, until: Now| if until <= now { limit } else { left };
                Knowledge::Window {
                    limit: limit.min(others),
                    remaining: now_left(limit, remaining, until).min(now_left(others, left, ends)),
                    until: both,
                    length: length.max(longest),
                }
            }
            (known @ Knowledge::Window { .. }, _) | (_, known @ Knowledge::Window { .. }) => known,
            _ => Knowledge::Nothing,
        };
        self.line.extend(other.line);
        self.under_way += other.under_way;
        self.refused_until = self.refused_until.max(other.refused_until);
        self.wary_until = self.wary_until.max(other.wary_until);
        self.pace.absorb(other.pace);
    }

    /// A call that was let go at `sent` under another name has turned out to be one of this bucket's. What has been
    /// refused there was refused here.
    pub(super) fn adopt(&mut self, place: Place, sent: Now, wary_until: Now) {
        if place.rank == TEXT_RANK {
            self.pace.adopt(sent);
        }
        self.wary_until = self.wary_until.max(wary_until);
    }

    /// It stands for a route whose bucket isn't known, and one request is under way to find out.
    pub(super) fn is_probing(&self) -> bool {
        self.stands_for.is_some() && self.under_way > 0
    }

    /// There is no limit here.
    pub(super) fn free(&mut self) {
        if matches!(self.knowledge, Knowledge::Nothing) {
            self.knowledge = Knowledge::Free;
        }
    }

    /// There is a limit after all.
    pub(super) fn confine(&mut self) {
        if matches!(self.knowledge, Knowledge::Free) {
            self.knowledge = Knowledge::Nothing;
        }
    }

    /// A 429 asks for silence: what was known has been wrong.
    pub(super) fn refuse(&mut self, until: Now, now: Now) {
        self.refused_until = self.refused_until.max(until);
        self.wary_until = now + WARY;
        self.knowledge = Knowledge::Nothing;
    }

    /// When the first in line may go.
    pub(super) fn outlook(&self, now: Now) -> Outlook {
        let Some((&place, &counted)) = self.line.first_key_value() else {
            return self.idle_outlook(now);
        };
        let gathered = if place.rank == TEXT_RANK {
            place.since + TEXT_GATHERS
        } else {
            Now::ZERO
        };
        let waits = self.refused_until.max(gathered);
        if waits > now {
            return Outlook::At(waits);
        }
        let ready = Outlook::Ready { place, counted };
        match self.knowledge {
            Knowledge::Free => ready,
            Knowledge::Nothing if self.under_way == 0 => ready,
            Knowledge::Nothing => Outlook::AfterResponse,
            Knowledge::Window { .. } if self.wary_until > now && self.under_way > 0 => {
                Outlook::AfterResponse
            }
            Knowledge::Window { limit, until, .. } if until <= now => {
                let lost = self.lost_of(now);
                if limit.saturating_sub(self.under_way + lost) > kept(limit, place.rank) {
                    ready
                } else if lost > 0 {
                    Outlook::At(self.lost_until)
                } else {
                    Outlook::AfterResponse
                }
            }
            Knowledge::Window {
                limit,
                remaining,
                until,
                ..
            } => {
                let lost = self.lost_of(now);
                let at = self.opens(
                    place.rank,
                    limit,
                    remaining.saturating_sub(self.under_way + lost),
                    until,
                );
                if at <= now {
                    ready
                } else if lost > 0 {
                    Outlook::At(at.min(self.lost_until))
                } else {
                    Outlook::At(at)
                }
            }
        }
    }

    /// When a window that isn't over lets a rank go, with `left` slots to give.
    fn opens(&self, rank: u8, limit: u32, left: u32, until: Now) -> Now {
        if left == 0 {
            return until;
        }
        if rank < TEXT_RANK {
            return Now::ZERO;
        }
        let kept = kept(limit, rank);
        let (slots, end) = if kept == 0 {
            (left, until)
        } else {
            (left - kept.min(left), until.saturating_sub(KEPT_UNTIL))
        };
        match slots {
            0 => end,
            _ if rank == TEXT_RANK => self.pace.next(Room {
                slots,
                end,
                burst: limit - kept.min(limit),
                rhythm: self.length() / limit.max(1),
            }),
            _ => Now::ZERO,
        }
    }

    fn idle_outlook(&self, now: Now) -> Outlook {
        if self.under_way > 0 {
            return Outlook::AfterResponse;
        }
        let over = match self.knowledge {
            Knowledge::Window { until, .. } => until + REMEMBERED,
            Knowledge::Nothing | Knowledge::Free => Now::ZERO,
        };
        let at = over
            .max(self.lost_until)
            .max(self.refused_until)
            .max(self.wary_until);
        if at <= now {
            Outlook::Forget
        } else {
            Outlook::At(at)
        }
    }
}

/// How many slots of a window a rank must leave alone.
fn kept(limit: u32, rank: u8) -> u32 {
    u32::from(rank >= TEXT_RANK && limit >= KEPT_FROM_LIMIT)
}
