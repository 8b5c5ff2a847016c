//! What the model thought before it spoke, which no message shows: a button does, as long as there is the answer.

use std::time::Duration;

use super::{
    ReplyState,
    machine::Reply,
    slot::{Shown, Slot},
};
use crate::{Now, text::is_blank};

/// The tags around thoughts. Where both are there, the model's room has told them from words already.
const THOUGHT_TAGS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// The longest of these tags.
const LONGEST_TAG: usize = "</thinking>".len();

/// So many bytes of its thoughts are kept.
const LONGEST_THOUGHTS: usize = 256 * 1024;

/// What the model thought before it spoke.
#[derive(Clone, Debug, Default)]
pub(super) struct Thoughts {
    /// As far as it is kept.
    text: String,
    /// It thought more than that.
    is_cut: bool,
    /// How long it thought, up to words that came behind.
    told: Option<Duration>,
    /// When it began behind these, and when the last of it came.
    open: Option<(Now, Now)>,
}

impl Thoughts {
    /// What a process that is gone has kept.
    pub(super) fn restored(state: &mut ReplyState) -> Self {
        Self {
            text: std::mem::take(&mut state.thoughts),
            is_cut: state.is_thoughts_cut,
            told: state.thought_ms.map(Duration::from_millis),
            open: None,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// How long it took, if there are any.
    pub(super) fn span(&self) -> Option<Duration> {
        let open = self.open.map(|(since, last)| last.saturating_sub(since));
        match (self.told, open) {
            (Some(told), Some(open)) => Some(told.saturating_add(open)),
            (told, open) => told.or(open),
        }
    }

    /// Words come: what is thought behind them is thought anew.
    pub(super) fn pause(&mut self, now: Now) {
        if let Some((since, last)) = self.open {
            self.open = Some((since, last.max(now)));
            self.told = self.span();
            self.open = None;
        }
    }

    /// Takes in some more, which were thought between these times.
    pub(super) fn add(&mut self, thought: &str, since: Now, now: Now) {
        let room = LONGEST_THOUGHTS.saturating_sub(self.text.len());
        let end = if self.is_cut {
            0
        } else {
            thought.floor_char_boundary(room)
        };
        self.is_cut |= end < thought.len();
        self.text.push_str(thought.get(..end).unwrap_or_default());
        self.open = Some((self.open.map_or(since, |(since, _)| since), now));
    }
}

impl Reply {
    /// What the model thought before it said the words of the answer, as far as it told it. As long as an answer that is made anew
    /// has no words, they are those of the answer before.
    pub fn thoughts(&self) -> &str {
        self.thoughts_of_words().text()
    }

    /// How long the model thought, if it told its thoughts.
    pub fn thought(&self) -> Option<Duration> {
        self.thoughts_of_words().span()
    }

    fn thoughts_of_words(&self) -> &Thoughts {
        if self.has_earlier_words() && is_blank(self.choices.text()) {
            &self.left_thoughts
        } else {
            self.choices.thoughts()
        }
    }

    /// What was thought before the words that can be seen were said.
    pub(super) fn thoughts_of_screen(&self) -> &Thoughts {
        let shows = |slot: &Slot| slot.unsure.is_some() || matches!(slot.shown, Shown::Text { .. });
        let is_new = self.is_earlier || self.slots.iter().any(shows);
        if self.has_earlier_words() && !is_new {
            &self.left_thoughts
        } else {
            self.choices.thoughts()
        }
    }

    /// There are words of an answer before, which are the answer again if there are no others.
    pub(super) fn has_earlier_words(&self) -> bool {
        self.earlier.is_some() || self.slots.iter().any(Slot::has_old_words)
    }
}

/// Where in an answer's words thoughts end that no tag began, and where its first word behind them is. Up to `searched`
/// there is no such place.
///
/// The tag has a line of its own, as chat templates put it. A tag that is talked about stands within a line, in a block of
/// code, or behind its partner. As long as no word follows, the thoughts are all there is to show.
pub(super) fn end_of_thoughts(words: &str, searched: &mut usize) -> Option<(usize, usize)> {
    loop {
        let rest = words.get(*searched..)?;
        let found = THOUGHT_TAGS
            .iter()
            .filter_map(|(open, close)| Some((*searched + rest.find(close)?, *open, *close)))
            .min_by_key(|(at, ..)| *at);
        let Some((at, open, close)) = found else {
            let end = words.len().saturating_sub(LONGEST_TAG);
            *searched = words.floor_char_boundary(end).max(*searched);
            return None;
        };
        let (before, behind) = (words.get(..at)?, words.get(at + close.len()..)?);
        if is_blank(behind) {
            *searched = at;
            return None;
        }
        let line = behind.trim_start_matches([' ', '\t', '\r']);
        let is_alone = line.starts_with('\n') && before.rsplit('\n').next().is_none_or(is_blank);
        if is_alone && !before.contains(open) && !is_in_code(before) {
            return Some((at, words.len() - line.trim_start().len()));
        }
        *searched = at + close.len();
    }
}

/// A block of code is open at the end of a text.
fn is_in_code(text: &str) -> bool {
    let fences = text
        .lines()
        .filter(|line| line.trim_start().starts_with("```"));
    fences.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_beyond_measure_are_cut_and_said_to_be() {
        let long = "é".repeat(LONGEST_THOUGHTS / 2);
        let mut thoughts = Thoughts::default();
        thoughts.add(&long, Now::ZERO, Now::ZERO);
        assert!(thoughts.text() == long && !thoughts.is_cut());
        thoughts.add("é", Now::ZERO, Now::ZERO);
        assert!(thoughts.text() == long && thoughts.is_cut());
        let mut odd = Thoughts::default();
        odd.add(&format!("a{long}"), Now::ZERO, Now::ZERO);
        odd.add("b", Now::ZERO, Now::ZERO);
        // Nothing comes behind what is left out.
        assert!(odd.text().ends_with('é'));
    }
}
