//! What should stay in one message, and where a message ends for its sake.
//!
//! A table that fits into a message is not cut, wherever in the text it begins. While it grows, nothing of it is shown
//! until it is known to stay. A long one isn't waited for: it gets a message of its own, where it is shown as it comes. An item
//! of a list is shown as it comes, as long as it can be expected to fit; of one that nobody has seen no word is parted from
//! the others.

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

    /// The place to break at in front of it: of what leads to it, if there is one.
    fn place(self, candidates: &[Candidate]) -> Option<usize> {
        let places = [self.lead, self.start].into_iter();
        let mut places = places.filter_map(|at| place_at(candidates, at));
        places.next().map(|place| place.at)
    }

    /// It became so long that it is not waited for before it was too long for the message that it would have to leave.
    fn is_long(self, text: &str, limits: Limits, candidates: &[Candidate]) -> bool {
        let longest = limits.longest_awaited();
        let part = text.get(self.lead..self.end.min(text.len()));
        place_at(candidates, self.lead)
            .is_some_and(|place| place.units + longest <= limits.message())
            && part.is_some_and(|part| units(part) > longest)
    }
}

/// What should stay in one message.
pub(super) struct Whole {
    pub tables: Vec<Part>,
    /// Items with all that stands within them, of which nothing is shown until it is known whether they stay here.
    pub families: Vec<Part>,
    pub items: Vec<Part>,
    pub atoms: Vec<(usize, usize)>,
}

impl Whole {
    /// Where the message ends, whatever stands behind it: in front of a long table.
    pub(super) fn end(
        &self,
        candidates: &[Candidate],
        seen: &str,
        limits: Limits,
    ) -> Option<usize> {
        let mut tables = self.tables.iter();
        let long = tables.find(|table| table.is_long(seen, limits, candidates));
        long.map(|table| table.lead)
    }

    /// The places to break at of these, where the message can reach up to `last` and ends at `end`, if that is known: those in
    /// the zone, and in front of it only the beginning of something that reaches through it.
    pub(super) fn places(
        self,
        mut candidates: Vec<Candidate>,
        seen: &str,
        last: usize,
        end: Option<usize>,
        limits: Limits,
    ) -> Vec<Candidate> {
        let is_behind = |end| seen.get(..end).unwrap_or(seen).trim_end().len() > last;
        let mut kept: Vec<usize> = Vec::new();
        if let Some(end) = end {
            candidates.retain(|place| place.at <= end);
            improve(&mut candidates, end, BEST);
            kept.push(end);
        }
        // A table is not cut where there is a place in front of it, even if it is too long for one message: how long it
        // becomes isn't known in time.
        for table in self.tables.iter().filter(|table| is_behind(table.end)) {
            let place = table.place(&candidates).or_else(|| {
                let before = candidates.partition_point(|place| place.at <= table.start);
                let place = candidates.get(before.checked_sub(1)?)?;
                (place.units >= limits.least()).then_some(place.at)
            });
            if let Some(at) = place {
                candidates.retain(|place| !(at + 1..table.end).contains(&place.at));
                kept.push(at);
            }
        }
        // What stands within an item goes with it.
        for part in self.families.iter().filter(|part| is_behind(part.end)) {
            if let Some(at) = part.place(&candidates) {
                candidates.retain(|place| !(at + 1..part.end).contains(&place.at));
                kept.push(at);
            }
        }
        // Of an item of which nothing is seen no word is parted from the others.
        for item in self.items.iter().filter(|item| is_behind(item.end)) {
            if let Some(at) = item.place(&candidates) {
                improve(&mut candidates, at, score::NESTED);
                kept.push(at);
            }
        }
        let atoms = self.atoms.iter().filter(|(_, end)| *end > last);
        kept.extend(atoms.filter_map(|(start, end)| {
            let before = candidates.partition_point(|place| place.at <= *start);
            let place = candidates.get(before.checked_sub(1)?)?;
            // A short message is worth it where the next one can hold the whole.
            let fits = *end < seen.len() && units(seen.get(*start..*end)?) <= limits.message();
            (place.units >= limits.least() || fits).then_some(place.at)
        }));
        let (mut inside, before): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|place| place.units >= limits.zone() || kept.contains(&place.at));
        let mut before = before.into_iter().rev();
        if let Some(last) = before.find(|place| place.units >= limits.least()) {
            // Better than cutting a word, if nothing else is left.
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
    let near = limit - limits.longest_awaited();
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
