//! What should stay in one message, and where a message ends for its sake.
//!
//! A table that fits into a message is not cut, wherever in the text it begins. While it grows, nothing of it is shown
//! until it is known to stay. A long one behind a few words isn't waited for: it gets a message of its own, where it is shown as
//! it comes. An item of a list is shown as it comes, as long as it can be expected to fit; of one that nobody has seen no word is
//! parted from the others. An address, or a link to one, waits for its end; so does a heading where a message is nearly full.

use std::ops::Range;

use super::{Limits, lead::leads, markup::units, scan::score};

/// A place where the text may be broken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub at: usize,
    pub score: u8,
    /// The length up to there.
    pub units: usize,
}

/// The longest marks that close what is open around a thing.
const CLOSING: usize = 16;

/// The best place there is.
const BEST: u8 = u8::MAX;

/// The place at `at`, if the text may be broken there.
pub(super) fn place_at(candidates: &[Candidate], at: usize) -> Option<&Candidate> {
    let found = candidates.binary_search_by_key(&at, |place| place.at);
    candidates.get(found.ok()?)
}

/// Something of which nothing is seen, with the lines that lead to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Where what leads to it begins.
    pub lead: usize,
    /// Where it begins itself.
    pub start: usize,
    /// Where it ends, as far as the text goes.
    pub end: usize,
}

impl Part {
    /// That part of a text of which a message shows what stands from `begin` on, everything up to `floor` already.
    pub(super) fn new(
        text: &str,
        part: &Range<usize>,
        begin: usize,
        floor: usize,
        candidates: &[Candidate],
    ) -> Self {
        let leads: Vec<usize> = leads(text, part.start, begin).collect();
        // What a message begins with needs no place in front of it.
        let opens = leads.last().filter(|at| **at <= begin);
        let is_place = |at: &&usize| **at >= floor && place_at(candidates, **at).is_some();
        let lead = opens.or_else(|| leads.iter().take_while(is_place).last());
        Self {
            lead: *lead.unwrap_or(&part.start),
            start: part.start,
            end: part.end,
        }
    }

    /// The same of an item of a list, to which nothing leads where it follows upon another one.
    pub(super) fn item(
        text: &str,
        item: &Range<usize>,
        begin: usize,
        floor: usize,
        candidates: &[Candidate],
    ) -> Self {
        let place = place_at(candidates, item.start);
        if place.is_some_and(|place| place.score < score::NESTED) {
            return Self::new(text, item, begin, floor, candidates);
        }
        Self {
            lead: item.start,
            start: item.start,
            end: item.end,
        }
    }
}

/// What should stay in one message.
pub(super) struct Whole<'a> {
    /// The text that is looked at.
    pub seen: &'a str,
    /// What ends before that is known to end there.
    pub known: usize,
    /// Up to where people see it, which stays where it is.
    pub floor: usize,
    pub limits: Limits,
    pub tables: Vec<Part>,
    /// Items with all that stands within them, of which nothing is shown until it is known whether they stay here.
    pub families: Vec<Part>,
    pub items: Vec<Part>,
    pub atoms: Vec<(usize, usize)>,
}

impl Whole<'_> {
    /// Where the message ends, whatever stands behind it: in front of a long table that is near its beginning.
    pub(super) fn end(&self, candidates: &[Candidate]) -> Option<usize> {
        let mut tables = self.tables.iter();
        let long = tables.find(|table| self.is_long(table, candidates));
        long.map(|table| table.lead)
    }

    /// It became so long that it is not waited for, behind little that would be a message of its own.
    fn is_long(&self, table: &Part, candidates: &[Candidate]) -> bool {
        let least = self.limits.least();
        place_at(candidates, table.lead).is_some_and(|place| place.units < least)
            && units(self.slice(table.lead, table.end)) > least
    }

    /// Whether a part of the text fits into a message, if that is known.
    fn fits(&self, start: usize, end: usize) -> Option<bool> {
        let part = self.slice(start, end).trim_end();
        let fits = units(part) <= self.limits.message();
        (!fits || end < self.known).then_some(fits)
    }

    /// The place to break at in front of a part: of what leads to it, if there is one. What a message begins with leaves it alone
    /// where that keeps the part whole.
    fn place(&self, part: &Part, candidates: &[Candidate]) -> Option<Candidate> {
        let place = place_at(candidates, part.lead).or_else(|| {
            let fits = self.fits(part.start, part.end) == Some(true);
            place_at(candidates, part.start).filter(|_| fits)
        });
        place.copied()
    }

    /// The last place to break at up to there.
    fn before(at: usize, candidates: &[Candidate]) -> Option<Candidate> {
        let end = candidates.partition_point(|place| place.at <= at);
        candidates.get(end.checked_sub(1)?).copied()
    }

    /// The place to break at in front of a thing of which nothing is seen: behind what would not be cut itself, if the next
    /// message can hold both, and of two others only one that makes no short message, or is worth it.
    fn front(&self, start: usize, end: usize, candidates: &[Candidate]) -> Option<usize> {
        let fits = |place: &&Candidate| self.fits(place.at, end) != Some(false);
        let from = candidates.partition_point(|place| place.at < self.floor);
        let to = candidates.partition_point(|place| place.at <= start);
        let before = candidates.get(from..to)?;
        let mut good = before.iter().rev();
        let good = good.find(|place| place.score >= score::ATOM);
        let place = good.filter(fits).or_else(|| {
            let place = before.last()?;
            (place.units >= self.limits.least() || fits(&place)).then_some(place)
        });
        place.map(|place| place.at)
    }

    fn slice(&self, start: usize, end: usize) -> &str {
        let end = end.min(self.seen.len());
        self.seen.get(start..end).unwrap_or_default()
    }

    /// The places to break at of these, where the message can reach up to `last` and ends at `end`, if that is known: those in
    /// the zone, and in front of it only the beginning of something that reaches through it.
    pub(super) fn places(
        self,
        mut candidates: Vec<Candidate>,
        last: usize,
        end: Option<usize>,
    ) -> Vec<Candidate> {
        let limits = self.limits;
        let is_behind = |end| self.slice(0, end).trim_end().len() > last;
        let mut kept: Vec<usize> = Vec::new();
        if let Some(end) = end {
            candidates.retain(|place| place.at <= end);
            improve(&mut candidates, end, BEST);
            kept.push(end);
        }
        // A table is not cut where there is a place in front of it, even if it is too long for one message: how long it
        // becomes isn't known in time.
        for table in self.tables.iter().filter(|table| is_behind(table.end)) {
            let place = self.place(table, &candidates).or_else(|| {
                let before = Self::before(table.start, &candidates);
                before.filter(|place| place.units >= limits.least())
            });
            if let Some(Candidate { at, .. }) = place {
                candidates.retain(|place| !(at + 1..table.end).contains(&place.at));
                kept.push(at);
            }
        }
        // What stands within an item goes with it.
        for part in self.families.iter().filter(|part| is_behind(part.end)) {
            if let Some(Candidate { at, .. }) = self.place(part, &candidates) {
                candidates.retain(|place| !(at + 1..part.end).contains(&place.at));
                kept.push(at);
            }
        }
        // Of an item of which nothing is seen no word is parted from the others, and for one that is too long for any message
        // none is left short.
        for item in self.items.iter().filter(|item| is_behind(item.end)) {
            let is_too_long = self.fits(item.start, item.end) == Some(false);
            let place = self.place(item, &candidates);
            let place = place.filter(|place| place.units >= limits.least() || !is_too_long);
            if let Some(Candidate { at, .. }) = place {
                improve(&mut candidates, at, score::NESTED);
                kept.push(at);
            }
        }
        let mut spare = None;
        for (start, end) in &self.atoms {
            if let Some(at) = self.front(*start, *end, &candidates) {
                if *end > last {
                    kept.push(at);
                } else if end + CLOSING > last {
                    spare = Some(at);
                }
            }
        }
        let (mut inside, before): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|place| place.units >= limits.zone() || kept.contains(&place.at));
        // Better than cutting a word or a thing, if nothing else is left.
        let mut before = before.into_iter().rev();
        let is_last = |place: &Candidate| spare == Some(place.at) || place.units >= limits.least();
        if let Some(last) = before.find(is_last) {
            let at = inside.partition_point(|place| place.at < last.at);
            inside.insert(at, Candidate { score: 0, ..last });
        }
        inside
    }
}

/// Makes a place at least as good as that.
fn improve(candidates: &mut [Candidate], at: usize, score: u8) {
    let place = candidates.binary_search_by_key(&at, |place| place.at);
    if let Some(place) = place.ok().and_then(|place| candidates.get_mut(place)) {
        place.score = place.score.max(score);
    }
}

/// The items that may have to begin the next message instead: those that begin near the end of this one, and those that
/// would not fit if they were about as long as the longest before them, where that is no longer than `longest_awaited`. Of a
/// message that is shorter than `least` none is awaited. Others are shown as they come: what can be seen stays where it is, so
/// that one that turns out much longer than all before it is divided, between sentences. To hold each back until its end
/// would let the text of a slow model stand still for seconds with every item.
pub(super) fn may_be_cut<'a>(
    shown: &str,
    opening: usize,
    limits: Limits,
    items: &'a [Range<usize>],
    least: usize,
    longest_awaited: usize,
) -> impl Iterator<Item = &'a Range<usize>> {
    let limit = limits.message();
    let near = limits.near();
    let length_of = |from, to| units(shown.get(from..to).unwrap_or_default());
    let (mut from, mut before, mut longest) = (0, opening, 0);
    items.iter().filter(move |item| {
        before += length_of(from, item.start);
        from = item.start;
        let fits = before + longest + longest / 4 <= limit || longest > longest_awaited;
        longest = length_of(item.start, item.end).max(longest);
        item.start > 0 && before >= least && (before >= near || !fits)
    })
}
