//! Which part of the text each message holds, and what of that must outlive the process.

use std::ops::Range;

use super::{Part, PartState, ReplyState, machine::Reply, slot::Shown};

impl Reply {
    /// What must be kept for [`Reply::resume`].
    pub fn state(&self) -> ReplyState {
        let parts = self
            .slots
            .iter()
            .enumerate()
            .map(|(index, slot)| PartState {
                part: slot.number,
                message: slot.message,
                owns: match &slot.shown {
                    Shown::Old { owns, .. } => owns.clone(),
                    Shown::Nothing
                    | Shown::Placeholder(_)
                    | Shown::Text { .. }
                    | Shown::Notices(_) => self.owned(index),
                },
                deleted: slot.deleted,
            });
        let thoughts = self.thoughts_of_screen();
        let span = thoughts.span().map(|span| span.as_millis());
        ReplyState {
            parts: parts
                .filter(|part| part.message.is_some() || part.deleted)
                .collect(),
            next: self.unused,
            thoughts: thoughts.text().to_owned(),
            is_thoughts_cut: thoughts.is_cut(),
            thought_ms: span.and_then(|span| u64::try_from(span).ok()),
            is_read: self.is_read && (self.is_earlier || self.end.is_none()),
        }
    }

    /// The messages that show a part of the text, in order, without those that somebody deleted.
    ///
    /// Together they hold all of the text of a settled reply, if nobody deleted one of them.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            let message = slot.message.filter(|_| !slot.deleted)?;
            let owned = self.owned(index);
            let owned = self.source_of(owned.start)..self.source_of(owned.end);
            let text = self.choices.text().get(owned)?;
            (!text.is_empty()).then_some(Part {
                part: slot.number,
                message,
                text,
            })
        })
    }

    /// The part of the text that a message shows now; all of its part, if people deleted it.
    fn owned(&self, index: usize) -> Range<usize> {
        let start = self.start_of(index);
        let Some(slot) = self.slots.get(index) else {
            return start..start;
        };
        let planned = self.layout.planned.get(index);
        let end = match (&slot.shown, planned) {
            _ if slot.deleted => planned.map_or(slot.visible_to(), |planned| planned.owns.end),
            (Shown::Text { print, .. }, Some(planned))
                if print.is_some() && *print == self.print(index) =>
            {
                planned.owns.end
            }
            (Shown::Text { to, .. }, _) => *to,
            (Shown::Nothing | Shown::Placeholder(_) | Shown::Old { .. } | Shown::Notices(_), _) => {
                start
            }
        };
        start..end.max(start)
    }

    /// The place in the model's text that a place in the text as it is shown stands for.
    pub(super) fn source_of(&self, shown: usize) -> usize {
        self.form.source_of(self.choices.text(), shown)
    }

    pub(super) fn start_of(&self, index: usize) -> usize {
        self.layout
            .planned
            .get(index)
            .map_or(self.layout.start, |planned| planned.owns.start)
    }

    /// The fingerprint of what a message of a planned part should show.
    pub(super) fn print(&self, index: usize) -> Option<u64> {
        let planned = self.layout.planned.get(index)?;
        let under = self.end.as_ref().and_then(|end| end.under.as_ref());
        match under {
            Some((_, print)) if index + 1 == self.layout.planned.len() => {
                Some(self.pictured(index, *print))
            }
            Some(_) | None => Some(self.pictured(index, planned.print)),
        }
    }
}
