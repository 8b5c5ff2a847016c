//! What a message can hold of a text: the places to end it at, how good they are, and how much can be shown before it is known
//! which of them it will be.

use std::ops::Range;

use super::{
    Limits,
    lead::leads_at_end,
    line::{Kind, Line, strip_quotes},
    markup::{Carry, units},
    scan::{Found, Scan},
    split::{Stand, boundary, byte_at},
    whole::{Candidate, Part, Whole, may_be_cut},
};

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
    /// The message ends there, although it has room for more.
    pub(super) is_ended: bool,
    /// The places to break at, in order, those that would leave the message too short left out.
    candidates: Vec<Candidate>,
    /// How much can be shown while more text is expected.
    hold: usize,
}

impl<'a> View<'a> {
    /// Looks at the text that may belong to a message.
    pub(super) fn new(
        text: &'a str,
        carry: &Carry,
        limits: Limits,
        tables: &[Range<usize>],
        stand: Stand,
    ) -> Self {
        let floor = stand.floor;
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
                if length <= limit + white_at_end(shown, at) {
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
        let (address, heading) = (scan.address, scan.heading);
        let open_item = scan.item;
        let open_family = scan.family.map(|family| family.start);
        let zone = begin + byte_at(shown, limits.zone().saturating_sub(opening));
        let least = begin + byte_at(shown, limits.least().saturating_sub(opening));
        let near = begin + byte_at(shown, limits.near().saturating_sub(opening));

        let part = |part: &Range<usize>| Part::new(seen, part, begin, floor, &candidates);
        let item = |item: &Range<usize>| Part::item(seen, item, begin, floor, &candidates);
        let tables = tables.iter().map(part);
        let tables: Vec<Part> = tables.filter(|table| table.start >= begin).collect();

        let mut hold = seen.len();
        for held in [fence_held, begun].into_iter().flatten() {
            let at = begin + held;
            // What has no chance to stay whole by a new message isn't waited for without end.
            if at >= least || seen.len() - at <= limits.wait() {
                hold = hold.min(at);
            }
        }
        // Behind other words an address is shown once it is whole: half of one leads nowhere. Nobody waits long for one alone.
        let is_held = |at: &usize| {
            let before = shown.get(..*at).unwrap_or_default();
            before.contains(char::is_alphabetic) || shown.len() - at <= limits.wait()
        };
        let address = address.filter(is_held).map(|at| at + begin);
        let table = table.map(|at| at + begin).filter(|at| *at >= least);
        let heading = heading.map(|at| at + begin).filter(|at| *at >= near);
        hold = [address, table, heading]
            .into_iter()
            .flatten()
            .fold(hold, usize::min);
        if reach == text.len() && !in_code {
            // What leads to a table stays with it. What a message begins with stays here.
            let lead = leads_at_end(seen, begin, least).last();
            hold = lead
                .filter(|at| *at > begin)
                .map_or(hold, |at| at.min(hold));
        }
        // An item or a table that grows is shown once it is known that it stays here.
        let awaited = |parts: &[Range<usize>], least, longest| -> Vec<Part> {
            let parts = may_be_cut(shown, opening, limits, parts, least, longest);
            let parts = parts.map(|part| part.start + begin..part.end + begin);
            let parts = parts.filter(|part| part.start >= floor);
            parts.map(|part| item(&part)).collect()
        };
        let awaited_items = awaited(&items, 0, limit);
        let families = awaited(&families, limits.least(), limits.longest_awaited());
        let open = [(&awaited_items, open_item), (&families, open_family)];
        let open = open.into_iter().filter_map(|(parts, open)| {
            let open = open? + begin;
            let mut parts = parts.iter();
            parts.find(|part| part.start == open).map(|part| part.lead)
        });
        let growing = tables.iter().filter(|table| table.end >= text.len());
        let growing = growing.map(|table| table.lead);
        let growing = growing.filter(|at| !stand.is_last || *at >= least);
        hold = open
            .chain(growing)
            .filter(|at| *at > begin)
            .fold(hold, usize::min);
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
            .map(|item| item.start + begin..item.end + begin)
            .filter(|item| item.start >= floor);
        let is_all = reach == text.len();
        let whole = Whole {
            seen,
            known: seen.len() + usize::from(is_all && stand.ended),
            floor,
            limits,
            tables,
            families,
            items: items.map(|range| item(&range)).collect(),
            atoms,
        };
        let last = begin + byte_at(shown, limit.saturating_sub(opening));
        let end = whole.end(&candidates);
        let end = end.filter(|_| !stand.is_last);
        let candidates = whole.places(candidates, last, end);
        Self {
            text: seen,
            is_all,
            units: opening + units(shown.trim_end()),
            certain: opening + units(certain),
            zone,
            is_ended: end.is_some(),
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

/// The length of the whitespace that ends at a place.
fn white_at_end(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    units(before.get(before.trim_end().len()..).unwrap_or_default())
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
