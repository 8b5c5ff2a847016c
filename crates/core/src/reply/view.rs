//! What a message can hold of a text: the places to end it at, how good they are, and how much can be shown before it is known
//! which of them it will be.

use std::ops::Range;

use super::{
    Limits,
    lead::{leads, leads_at_end},
    line::{Kind, Line, strip_quotes},
    markup::{Carry, units},
    scan::{Found, Scan},
    split::{boundary, byte_at},
};

/// A place where the text may be broken.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    at: usize,
    score: u8,
    /// The length up to there.
    units: usize,
}

/// A look at the text as far as one message can reach, and a little further.
pub(super) struct View<'a> {
    text: &'a str,
    /// The text ends with it.
    pub(super) is_all: bool,
    /// The length of the whole view.
    pub(super) units: usize,
    /// Its length without what may become a marker at its end.
    pub(super) certain: usize,
    /// From here on a message is full enough to be ended anywhere.
    zone: usize,
    /// The places to break at, in order, those that would leave the message too short left out.
    candidates: Vec<Candidate>,
    /// How much can be shown while more text is expected.
    hold: usize,
}

impl<'a> View<'a> {
    /// Looks at a text of which everything up to `floor` is visible already.
    pub(super) fn new(
        text: &'a str,
        carry: &Carry,
        limits: Limits,
        tables: &[Range<usize>],
        floor: usize,
    ) -> Self {
        let limit = limits.message();
        let (carry, passed) = carry.settle(text);
        let rest = text.get(passed..).unwrap_or_default();
        let lead = if carry.fence.is_some() {
            0
        } else {
            rest.len() - rest.trim_start().len()
        };
        let begin = passed + lead;
        let opening = units(&carry.opening());
        let reach = begin + byte_at(text.get(begin..).unwrap_or_default(), limit + limit / 4);
        let seen = text.get(..reach).unwrap_or(text);
        let shown = text.get(begin..reach).unwrap_or_default();

        let mut candidates: Vec<Candidate> = Vec::new();
        let (mut atoms, mut items, mut families) = (Vec::new(), Vec::new(), Vec::new());
        let (mut counted, mut length) = (0, opening);
        let found = |found| match found {
            Found::Break { at, score } => {
                if let Some(more) = shown.get(counted..at) {
                    length += units(more);
                    counted = at;
                }
                // What is white at the end of a message isn't shown.
                if limits.least() <= length && length <= limit + white_at_end(shown, at) {
                    candidates.push(Candidate {
                        at: at + begin,
                        score,
                        units: length,
                    });
                }
            }
            Found::Atom { start, end } => atoms.push((start + begin, end + begin)),
            Found::Item { start, end } => items.push(start..end),
            Found::Family { start, end } => families.push(start..end),
        };
        let scan = Scan::new(shown, carry.fence.clone(), carry.spans.clone(), found)
            .behind(carry.quote, carry.small)
            .run();
        let fence_held = scan.fence_at.filter(|_| !scan.body_seen);
        let (in_code, begun, table) = (scan.fence.is_some(), scan.begun, scan.table);
        let open_item = scan.item;
        let open_family = scan.family.map(|family| family.start);
        let zone = begin + byte_at(shown, limits.zone().saturating_sub(opening));
        let least = begin + byte_at(shown, limits.least().saturating_sub(opening));

        let is_place = |at: &usize| {
            let places = &candidates;
            places.binary_search_by_key(at, |place| place.at).is_ok()
        };
        let tables: Vec<Range<usize>> = tables
            .iter()
            .map(|table| {
                let lead = leads(seen, table.start).take_while(is_place).last();
                lead.unwrap_or(table.start)..table.end
            })
            .collect();

        let mut hold = seen.len();
        for held in [fence_held, begun].into_iter().flatten() {
            let at = begin + held;
            // What has no chance to stay whole by a new message isn't waited for without end.
            if at >= least || seen.len() - at <= limits.wait() {
                hold = hold.min(at);
            }
        }
        if let Some(at) = table.map(|at| at + begin).filter(|at| *at >= least) {
            hold = hold.min(at);
        }
        if reach == text.len() && !in_code {
            // What leads to a table stays with it.
            let leads = leads_at_end(seen).take_while(|at| *at >= least);
            hold = leads.fold(hold, usize::min);
        }
        // An item or a table that grows is shown once it is known that it stays here.
        let awaited = |parts: &[Range<usize>], longest| -> Vec<Range<usize>> {
            let parts = may_be_cut(shown, opening, limits, parts, longest);
            let parts = parts.map(|part| part.start + begin..part.end + begin);
            parts.filter(|part| part.start >= floor).collect()
        };
        let small = 2 * limits.wait();
        let awaited_items = awaited(&items, limit);
        families = awaited(&families, small);
        let open = [(&awaited_items, open_item), (&families, open_family)];
        let open = open.into_iter().filter_map(|(parts, open)| {
            let open = open? + begin;
            parts.iter().any(|part| part.start == open).then_some(open)
        });
        let growing = tables
            .iter()
            .filter(|table| table.end >= text.len() && table.start >= least)
            .map(|table| table.start);
        hold = open.chain(growing).fold(hold, usize::min);
        let certain = without_marker(seen, in_code).max(begin);
        let certain = seen.get(begin..certain).unwrap_or_default().trim_end();
        // Nothing is held back in the middle of code.
        let ends_in_code = in_code && hold == seen.len();
        let hold = without_marker(seen.get(..hold).unwrap_or(seen), ends_in_code).max(begin);
        // The marks that end a block of code within a line are not taken off alone.
        let cut = atoms.iter().find(|(start, end)| {
            let text = seen.get(*start..*end).unwrap_or_default();
            text.starts_with("```") && (start + 1..*end).contains(&hold)
        });
        let hold = cut.map_or(hold, |(start, _)| {
            without_marker(seen.get(..*start).unwrap_or(seen), false).max(begin)
        });

        let items = items
            .into_iter()
            .map(|item| item.start + begin..item.end + begin);
        let whole = Whole {
            tables: tables
                .into_iter()
                .filter(|part| part.start >= begin)
                .collect(),
            families,
            items: items.filter(|item| item.start >= floor).collect(),
            atoms,
        };
        let last = begin + byte_at(shown, limit.saturating_sub(opening));
        let candidates = whole.places(candidates, seen, last, limits);
        Self {
            text: seen,
            is_all: reach == text.len(),
            units: opening + units(shown.trim_end()),
            certain: opening + units(certain),
            zone,
            candidates,
            hold,
        }
    }

    /// The places to break at, the best one first: of equals the last.
    pub(super) fn by_worth(&self) -> Vec<usize> {
        let mut candidates = self.candidates.clone();
        candidates.sort_by_key(|candidate| std::cmp::Reverse((candidate.score, candidate.at)));
        candidates
            .into_iter()
            .map(|candidate| candidate.at)
            .collect()
    }

    /// How far the text can be shown without a word that might have to move later.
    pub(super) fn visible(&self) -> usize {
        if self.hold <= self.zone {
            return self.hold;
        }
        self.candidates
            .iter()
            .filter(|candidate| candidate.at <= self.hold && candidate.score > 0)
            .max_by_key(|candidate| (candidate.score, candidate.at))
            .or_else(|| self.candidates.first())
            .map_or_else(|| boundary(self.text, self.zone), |candidate| candidate.at)
    }
}

/// What should stay in one message.
struct Whole {
    tables: Vec<Range<usize>>,
    /// Items with all that stands within them, of which nothing is shown until it is known whether they stay here.
    families: Vec<Range<usize>>,
    /// Items of which nothing is seen.
    items: Vec<Range<usize>>,
    atoms: Vec<(usize, usize)>,
}

impl Whole {
    /// The places to break at of these, where the message can reach up to `last`: those in the zone, and in front of it only
    /// the beginning of something that reaches through it.
    fn places(
        mut self,
        mut candidates: Vec<Candidate>,
        seen: &str,
        last: usize,
        limits: Limits,
    ) -> Vec<Candidate> {
        let is_behind = |end| seen.get(..end).unwrap_or(seen).trim_end().len() > last;
        // A table is not cut where there is a place in front of it, even if it is too long for one message: how long it
        // becomes isn't known in time.
        for part in self.tables.iter().filter(|part| is_behind(part.end)) {
            if candidates.iter().any(|place| place.at <= part.start) {
                candidates.retain(|place| !(part.start + 1..part.end).contains(&place.at));
                self.atoms.push((part.start, part.end));
            }
        }
        let mut kept: Vec<usize> = Vec::new();
        // What stands within an item goes with it.
        for part in self.families.iter().filter(|part| is_behind(part.end)) {
            if candidates.iter().any(|place| place.at == part.start) {
                candidates.retain(|place| !(part.start + 1..part.end).contains(&place.at));
                kept.push(part.start);
            }
        }
        // Of an item of which nothing is seen no word is parted from the others.
        let items = self.items.iter().filter(|item| is_behind(item.end));
        kept.extend(items.map(|item| item.start));
        let atoms = self.atoms.iter().filter(|(_, end)| *end > last);
        kept.extend(atoms.filter_map(|(start, _)| {
            let before = candidates.partition_point(|place| place.at <= *start);
            candidates.get(before.checked_sub(1)?).map(|place| place.at)
        }));
        let (mut inside, before): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|place| place.units >= limits.zone() || kept.contains(&place.at));
        if let Some(last) = before.last() {
            // Better than cutting a word, if nothing else is left.
            inside.insert(0, Candidate { score: 0, ..*last });
        }
        inside
    }
}

/// The length of the whitespace that ends at a place.
fn white_at_end(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    units(before.get(before.trim_end().len()..).unwrap_or_default())
}

/// The items that may have to begin the next message instead: those that begin near the end of this one, and those that
/// would not fit if they were about as long as the longest before them, where that is no longer than so much. Others are shown
/// as they come: what can be seen stays where it is, so that one that turns out much longer than all before it is divided,
/// between sentences. To hold each back until its end would let the text of a slow model stand still for seconds with every item.
fn may_be_cut<'a>(
    shown: &str,
    opening: usize,
    limits: Limits,
    items: &'a [Range<usize>],
    longest_awaited: usize,
) -> impl Iterator<Item = &'a Range<usize>> {
    let limit = limits.message();
    let near = limit - 2 * limits.wait();
    let length_of = |from, to| units(shown.get(from..to).unwrap_or_default());
    let (mut from, mut before, mut longest) = (0, opening, 0);
    items.iter().filter(move |item| {
        before += length_of(from, item.start);
        from = item.start;
        let fits = before + longest + longest / 4 <= limit || longest > longest_awaited;
        longest = length_of(item.start, item.end).max(longest);
        before >= limits.least() && (before >= near || !fits)
    })
}

/// Takes off what stands at the end of a text that goes on and may become, or complete, a marker.
fn without_marker(text: &str, in_code: bool) -> usize {
    let ends: &[char] = if in_code {
        &['`', '~']
    } else {
        &['*', '_', '~', '|', '`', '\\', '\u{200d}']
    };
    let kept = text.trim_end_matches(ends);
    if in_code {
        return kept.len();
    }
    let start = kept.rfind('\n').map_or(0, |at| at + 1);
    let line = kept.get(start..).unwrap_or_default();
    let (_, words) = strip_quotes(line, u8::MAX);
    let marker = words.trim();
    let digits = marker.trim_end_matches(['.', ')']);
    let only_marks = marker.chars().all(|c| "-*_#>+=|~".contains(c));
    let numbered = digits.len() < 10 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let heads = !matches!(Line::of(line).kind, Kind::Rule);
    if !line.trim().is_empty() && (only_marks || numbered) && heads {
        return start;
    }
    kept.len()
}
