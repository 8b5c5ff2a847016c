//! Where one message ends and the next begins.
//!
//! Split points depend on the text alone and stay where they are: near the limit a message shows only what it will
//! keep wherever it is split in the end, so that no visible word ever moves to another message.

use std::ops::Range;

use unicode_segmentation::GraphemeCursor;

use super::{
    Limits,
    lead::{leads, leads_at_end},
    line::{Kind, Line, strip_quotes},
    markup::{Carry, Rendered, render, render_last, units},
    scan::{Found, Scan},
};

/// How much of the text from here on belongs to a message.
#[derive(Debug)]
pub(super) enum Fit {
    /// All of it so far; up to `to` it can be shown.
    Show {
        /// In bytes.
        to: usize,
        /// What is shown.
        rendered: Rendered,
    },
    /// A part of it; the rest belongs to the next message.
    Split {
        /// Where the shown text ends.
        cut: usize,
        /// Where the next message begins, whitespace passed.
        end: usize,
        /// What is shown.
        rendered: Rendered,
        /// What is open where the next message begins.
        carry: Carry,
    },
}

/// A place where the text may be broken.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    at: usize,
    score: u8,
    /// The length up to there.
    units: usize,
}

/// A look at the text as far as one message can reach, and a little further.
struct View<'a> {
    text: &'a str,
    /// The text ends with it.
    is_all: bool,
    /// The length of the whole view.
    units: usize,
    /// Its length without what may become a marker at its end.
    certain: usize,
    /// From here on a message is full enough to be ended anywhere.
    zone: usize,
    /// The places to break at, in order, those that would leave the message too short left out.
    candidates: Vec<Candidate>,
    /// How much can be shown while more text is expected.
    hold: usize,
}

/// Decides how much of `text` belongs to one message, of which everything up to `floor` is visible already.
///
/// `tables` are the parts of it that should stay in one message. Of one that is visible, the rest has no other place.
pub(super) fn fit(
    text: &str,
    carry: &Carry,
    limits: Limits,
    floor: usize,
    ended: bool,
    tables: &[Range<usize>],
) -> Fit {
    let limit = limits.message();
    let first = tables.partition_point(|table| table.start < floor);
    let tables = tables.get(first..).unwrap_or_default();
    let view = View::new(text, carry, limits, tables);
    // Before the marker that a line begins with is known, nobody can tell what a break in front of it is worth.
    let length = if ended { view.units } else { view.certain };
    if view.is_all && length <= limit {
        let to = if ended {
            text.len()
        } else {
            view.visible().max(floor)
        };
        let shown = text.get(..to).unwrap_or(text);
        let rendered = if ended {
            render_last(shown, carry)
        } else {
            render(shown, carry)
        };
        if rendered.units <= limit {
            return Fit::Show { to, rendered };
        }
    }
    let (cut, rendered) = view
        .by_worth()
        .into_iter()
        .filter(|at| *at > 0 && *at >= floor)
        .find_map(|at| {
            let rendered = render(text.get(..at)?, carry);
            (rendered.units <= limit && !rendered.content.is_empty()).then_some((at, rendered))
        })
        .unwrap_or_else(|| hard_cut(text, carry, limit, floor));
    let mut end = cut;
    if rendered.carry.fence.is_none() {
        let rest = text.get(cut..).unwrap_or_default();
        end += rest.len() - rest.trim_start().len();
    }
    let carry = if end > cut {
        render(text.get(..end).unwrap_or(text), carry).carry
    } else {
        rendered.carry.clone()
    };
    Fit::Split {
        cut,
        end,
        rendered,
        carry,
    }
}

impl<'a> View<'a> {
    fn new(text: &'a str, carry: &Carry, limits: Limits, tables: &[Range<usize>]) -> Self {
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
        let (mut atoms, mut items) = (Vec::new(), Vec::new());
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
        };
        let scan = Scan::new(shown, carry.fence.clone(), carry.spans.clone(), found)
            .behind(carry.quote, carry.small)
            .run();
        let fence_held = scan.fence_at.filter(|_| !scan.body_seen);
        let (in_code, begun, table) = (scan.fence.is_some(), scan.begun, scan.table);
        let open_item = scan.item.map(|at| at + begin);
        let items = may_be_cut(shown, opening, limits, &items);
        let items = items.map(|item| item.start + begin..item.end + begin);
        let items: Vec<Range<usize>> = items.collect();
        let zone = begin + byte_at(shown, limits.zone().saturating_sub(opening));
        let least = begin + byte_at(shown, limits.least().saturating_sub(opening));

        let is_place = |at: &usize| {
            let places = &candidates;
            places
                .binary_search_by_key(at, |candidate| candidate.at)
                .is_ok()
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
        let items_begin = items.iter().map(|item| item.start);
        let growing = items_begin.filter(|at| Some(*at) == open_item).chain(
            tables
                .iter()
                .filter(|table| table.end >= text.len() && table.start >= least)
                .map(|table| table.start),
        );
        hold = growing.fold(hold, usize::min);
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

        // In front of the zone only the beginning of something that reaches through it is a place to break at.
        let last = begin + byte_at(shown, limit.saturating_sub(opening));
        let is_behind = |end| seen.get(..end).unwrap_or(seen).trim_end().len() > last;
        let mut kept = vec![false; candidates.len()];
        // A table is not cut where there is a place in front of it, even if it is too long for one message: how long it
        // becomes isn't known in time.
        for part in tables
            .iter()
            .filter(|part| part.start >= begin && is_behind(part.end))
        {
            if candidates
                .iter()
                .any(|candidate| candidate.at <= part.start)
            {
                candidates.retain(|candidate| !(part.start + 1..part.end).contains(&candidate.at));
                kept.truncate(candidates.len());
                atoms.push((part.start, part.end));
            }
        }
        for item in items.iter().filter(|item| is_behind(item.end)) {
            let found = candidates.binary_search_by_key(&item.start, |candidate| candidate.at);
            if let Some(kept) = found.ok().and_then(|index| kept.get_mut(index)) {
                *kept = true;
            }
        }
        for (start, end) in atoms {
            let before = candidates.partition_point(|candidate| candidate.at <= start);
            if end > last
                && let Some(kept) = before.checked_sub(1).and_then(|index| kept.get_mut(index))
            {
                *kept = true;
            }
        }
        let (inside, before): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .zip(kept)
            .partition(|(candidate, kept)| *kept || candidate.units >= limits.zone());
        let mut candidates: Vec<Candidate> =
            inside.into_iter().map(|(candidate, _)| candidate).collect();
        if let Some((last, _)) = before.last() {
            // Better than cutting a word, if nothing else is left.
            candidates.insert(0, Candidate { score: 0, ..*last });
        }
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
    fn by_worth(&self) -> Vec<usize> {
        let mut candidates = self.candidates.clone();
        candidates.sort_by_key(|candidate| std::cmp::Reverse((candidate.score, candidate.at)));
        candidates
            .into_iter()
            .map(|candidate| candidate.at)
            .collect()
    }

    /// How far the text can be shown without a word that might have to move later.
    fn visible(&self) -> usize {
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

/// The items that may have to begin the next message instead: those that begin near the end of this one, and those that
/// would not fit if they were about as long as the longest before them. Others are shown as they come: what can be seen stays
/// where it is, so that one that turns out much longer than all before it is divided, between sentences. To hold each back until
/// its end would let the text of a slow model stand still for seconds with every item.
fn may_be_cut<'a>(
    shown: &str,
    opening: usize,
    limits: Limits,
    items: &'a [Range<usize>],
) -> impl Iterator<Item = &'a Range<usize>> {
    let limit = limits.message();
    let near = limit - 2 * limits.wait();
    let length_of = |from, to| units(shown.get(from..to).unwrap_or_default());
    let (mut from, mut before, mut longest) = (0, opening, 0);
    items.iter().filter(move |item| {
        before += length_of(from, item.start);
        from = item.start;
        let fits = before + longest + longest / 4 <= limit;
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

/// Breaks wherever a character ends, because there is no better place.
fn hard_cut(text: &str, carry: &Carry, limit: usize, floor: usize) -> (usize, Rendered) {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let mut budget = limit;
    loop {
        let at = boundary(text, byte_at(text, budget)).max(floor).max(first);
        let rendered = render(text.get(..at).unwrap_or(text), carry);
        if rendered.units <= limit || budget <= 1 {
            return (at, rendered);
        }
        // Whatever has to be opened and closed counts too.
        budget = budget.saturating_sub(rendered.units - limit).max(1);
    }
}

/// The place where a text reaches a length in UTF-16 units, in bytes, never past it.
pub(super) fn byte_at(text: &str, limit: usize) -> usize {
    if text.len() <= limit {
        return text.len();
    }
    let mut count = 0;
    text.char_indices()
        .find(|(_, c)| {
            count += c.len_utf16();
            count > limit
        })
        .map_or(text.len(), |(at, _)| at)
}

/// The last place up to `at` that is no middle of what people see as one character.
fn boundary(text: &str, at: usize) -> usize {
    // Longer ones are no characters but an attempt to be a nuisance.
    const LONGEST: usize = 128;
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    if let Ok(true) = cursor.is_boundary(text, 0) {
        return at;
    }
    match cursor.prev_boundary(text, 0) {
        Ok(Some(before)) if before > 0 && at - before <= LONGEST => before,
        _ => at,
    }
}
