//! Where one message ends and the next begins.
//!
//! Split points stay where they are: near the limit a message shows only what it will keep wherever it is split in the
//! end, so that no visible word ever moves to another message. They depend on the text, and on what of it is seen only where an
//! item that was expected to fit does not: seen, it is divided, and not seen, it goes to the next message.

use std::ops::Range;

use unicode_segmentation::GraphemeCursor;

use super::{
    Limits,
    markup::{Carry, Rendered, render, render_last},
    view::View,
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

/// How it stands with the message of which it is to be decided how much belongs to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    /// Up to where people see it already, in bytes.
    pub floor: usize,
    /// The text is complete.
    pub ended: bool,
    /// No message is in front of it.
    pub is_first: bool,
    /// What doesn't fit into it goes into a file.
    pub is_last: bool,
}

/// Decides how much of `text` belongs to one message.
///
/// Once the text has ended, one that fits into the first message is shown in it whole, and until people see some of a message
/// nothing is decided of it that need not be.
///
/// `tables` are the parts of it that should stay in one message. Of one that is visible, the rest has no other place.
pub(super) fn fit(
    text: &str,
    carry: &Carry,
    limits: Limits,
    stand: Stand,
    tables: &[Range<usize>],
) -> Fit {
    let Stand { floor, ended, .. } = stand;
    let limit = limits.message();
    let first = tables.partition_point(|table| table.start < floor);
    let tables = tables.get(first..).unwrap_or_default();
    let view = View::new(text, carry, limits, tables, stand);
    // Before the marker that a line begins with is known, nobody can tell what a break in front of it is worth.
    let length = if ended { view.units } else { view.certain };
    let is_open = if ended { stand.is_first } else { floor == 0 };
    let stays = !view.is_ended || is_open;
    if view.is_all && length <= limit && stays {
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
    split_at(text, carry, cut, rendered)
}

/// Ends a message where it was ended before, if that can be.
pub(super) fn fit_again(text: &str, carry: &Carry, limits: Limits, cut: usize) -> Option<Fit> {
    let rendered = render(text.get(..cut)?, carry);
    let fits = rendered.units <= limits.message() && !rendered.content.is_empty();
    fits.then(|| split_at(text, carry, cut, rendered))
}

fn split_at(text: &str, carry: &Carry, cut: usize, rendered: Rendered) -> Fit {
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

/// Breaks wherever a character ends, because there is no better place.
fn hard_cut(text: &str, carry: &Carry, limit: usize, floor: usize) -> (usize, Rendered) {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let mut budget = limit;
    loop {
        let at = boundary(text, byte_at(text, budget)).max(floor).max(first);
        let rendered = render(text.get(..at).unwrap_or(text), carry);
        if rendered.units <= limit || budget <= 1 && floor == 0 {
            return (at, rendered);
        }
        if budget <= 1 {
            // No message can show so much, whatever it is thought to show.
            return hard_cut(text, carry, limit, 0);
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
pub(super) fn boundary(text: &str, at: usize) -> usize {
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
