//! An answer that is made anew: what is on the screen stays there until there is something else, and where nothing else
//! comes, it is the answer again. And one that ends with what is on the screen.

use std::ops::Range;

use super::{
    Seen,
    form::Form,
    join::Joined,
    layout::{Layout, fingerprint},
    machine::Reply,
    slot::{Arrivals, Attached, Shown, Slot},
    thoughts::Thoughts,
};
use crate::{Now, id::MessageId, text::is_blank};

/// A text that is on the screen while a new one is awaited.
#[derive(Debug)]
pub(super) struct Earlier {
    text: String,
    form: Form,
    layout: Layout,
    /// The model had said all of it.
    is_whole: bool,
}

impl Reply {
    /// Forgets the text so far, because the answer is asked anew. Messages that exist stay, and are used again.
    ///
    /// Words that are on the screen stay there until the new answer has words to replace them. If it never has, they
    /// are the answer again, and notices stand under them.
    pub fn restart(&mut self) {
        let (form, layout) = self.leave_shown();
        let mut choices = std::mem::take(&mut self.choices);
        let (text, is_whole) = (choices.text().to_owned(), choices.is_whole());
        if self.slots.iter().any(Slot::has_old_words) && !is_blank(&text) {
            self.is_read &= self.is_earlier;
            self.left_thoughts = choices.set_thoughts(Thoughts::default());
            self.earlier = Some(Earlier {
                text,
                form,
                layout,
                is_whole,
            });
        }
        (self.end, self.is_earlier, self.cut) = (None, false, None);
        self.review();
    }

    /// Words that were taken in turned out to be thoughts, and other words take their place.
    pub(super) fn retell(&mut self, now: Now) {
        self.leave_shown();
        self.arrivals.push(self.choices.text().len(), now);
        self.review();
    }

    /// Ends the text with what is seen of it: the rest of it is never shown. As long as something is under way, nobody knows
    /// how much that is.
    pub fn cut(&mut self, seen: Seen) {
        if seen == Seen::Surely {
            // It is taken back: what was thought about it is not kept either.
            self.choices.set_thoughts(Thoughts::default());
            self.left_thoughts = Thoughts::default();
        }
        self.cut = Some(seen);
        self.cut_as_seen();
    }

    pub(super) fn cut_as_seen(&mut self) {
        if self.under_way.is_some() {
            return;
        }
        let Some(seen) = self.cut.take() else {
            return;
        };
        let seen_to = |slot: &Slot| match seen {
            Seen::Surely => slot.visible_to(),
            Seen::Perhaps => slot.visible_to().max(slot.unsure.unwrap_or_default()),
        };
        let to = self.slots.iter().map(seen_to).max();
        let end = self.source_of(to.unwrap_or_default());
        let rest = self.choices.text().get(end..).unwrap_or_default();
        if !rest.contains(char::is_alphanumeric) {
            return;
        }
        // Words that can be read stay in their messages.
        let last = self.slots.iter().rposition(|slot| seen_to(slot) > 0);
        let planned = self.layout.planned.iter().take(last.unwrap_or_default());
        let ends = planned.map(|planned| planned.owns.end).collect();
        self.leave_shown();
        self.layout = std::mem::take(&mut self.layout).ending_at(ends);
        self.choices.cut(end);
        match self.end.take() {
            Some(end) => self.finish(&end.notices, end.at),
            None => self.review(),
        }
    }

    /// What is on the screen is no part of the text any more.
    fn leave_shown(&mut self) -> (Form, Layout) {
        let starts: Vec<usize> = (0..self.slots.len())
            .map(|index| self.start_of(index))
            .collect();
        for (slot, start) in self.slots.iter_mut().zip(starts) {
            slot.age(start);
        }
        self.arrivals = Arrivals::default();
        self.generation = self.generation.wrapping_add(1);
        self.undivided()
    }

    /// Lets go of the form and the layout of the text, so that another one can have its own.
    fn undivided(&mut self) -> (Form, Layout) {
        let form = self.form.anew();
        let layout = Layout::capped(self.layout.cap.clone());
        (
            std::mem::replace(&mut self.form, form),
            std::mem::replace(&mut self.layout, layout),
        )
    }

    /// Remembers the text of an answer that another reply has shown in these messages. If no other one comes, it is the
    /// answer again, and notices stand under it. To be said before the first event.
    pub fn remember(&mut self, text: &str, is_whole: bool) {
        if is_blank(text) {
            return;
        }
        let (mut form, mut layout) = (self.form.anew(), Layout::capped(self.layout.cap.clone()));
        form.grow(text, true);
        layout = layout.ending_at(self.ends_of(form.shown()));
        layout.grow(form.shown(), form.tables(), self.limits, |_| 0, true);
        self.earlier = Some(Earlier {
            text: text.to_owned(),
            form,
            layout,
            is_whole,
        });
    }

    /// The answer is made once more, in the messages of the version before, whose text was this. To be said before the first event.
    ///
    /// That somebody deleted words of that version says nothing about the new ones: they go into the messages that are left.
    pub fn remake(&mut self, text: &str, is_whole: bool) {
        self.remade();
        self.remember(text, is_whole);
    }

    /// The same of an answer that is under way: what it shows is over now.
    pub fn remade(&mut self) {
        self.is_remade = true;
    }

    /// Lets go of messages of the version before that somebody has deleted, as soon as there are new words, as long as no later
    /// message shows any: words never move.
    pub(super) fn let_go_of_deleted(&mut self) {
        if !self.is_remade || self.is_earlier || is_blank(self.choices.text()) {
            return;
        }
        let shows = |slot: &Slot| slot.unsure.is_some() || matches!(slot.shown, Shown::Text { .. });
        let from = self
            .slots
            .iter()
            .rposition(shows)
            .map_or(0, |last| last + 1);
        let mut index = 0..;
        let is_gone = |slot: &Slot| slot.deleted && slot.has_old_words();
        self.slots
            .retain(|slot| index.next().is_some_and(|index| index < from) || !is_gone(slot));
    }

    /// Where the messages end that show this text, but for the last, so that it is divided in the same way again.
    fn ends_of(&self, text: &str) -> Vec<usize> {
        let owned = self.slots.iter().filter_map(|slot| match &slot.shown {
            Shown::Old { owns, .. } => Some(owns.clone()).filter(|owns| !owns.is_empty()),
            Shown::Nothing | Shown::Placeholder(_) | Shown::Text { .. } | Shown::Notices(_) => None,
        });
        let owned: Vec<Range<usize>> = owned.collect();
        let mut next = 0;
        let in_order = owned
            .iter()
            .all(|part| part.start == std::mem::replace(&mut next, part.end));
        // Other words were divided otherwise.
        if !in_order || next != text.len() {
            return Vec::new();
        }
        owned
            .iter()
            .rev()
            .skip(1)
            .rev()
            .map(|part| part.end)
            .collect()
    }

    /// The messages that hold all that can be seen of the answer, in words that another reply has shown and that nobody
    /// remembers. None where people have deleted some.
    pub fn unread(&self) -> Vec<MessageId> {
        let is_known = self.earlier.is_some() || !is_blank(self.choices.text());
        if is_known || self.slots.iter().any(|slot| slot.deleted) {
            return Vec::new();
        }
        let old = self.slots.iter().filter(|slot| slot.has_old_words());
        old.filter_map(|slot| slot.message).collect()
    }

    /// What the messages of [`Reply::unread`] show was read, and the `file` that holds all of the text, where one of them has it:
    /// it is remembered as a part of an answer.
    pub fn read(&mut self, contents: &[(MessageId, String)], file: Option<&str>) {
        let shown = contents.iter().map(|(_, content)| content.as_str());
        let joined = Joined::new(&shown.collect::<Vec<_>>());
        let mut from = 0;
        for ((message, content), to) in contents.iter().zip(joined.ends) {
            let part = std::mem::replace(&mut from, to)..to;
            let mut slots = self.slots.iter_mut();
            if let Some(slot) = slots.find(|slot| slot.message == Some(*message))
                && let Shown::Old { print, owns } = &mut slot.shown
            {
                *print = Some(fingerprint(content));
                if file.is_none() && !part.is_empty() {
                    *owns = part;
                }
            }
        }
        self.is_read = file.is_none();
        // It stands in the last message, and need not be sent again.
        if let (Some(text), Some((message, _))) = (file, contents.last()) {
            let mut slots = self.slots.iter_mut();
            if let Some(slot) = slots.find(|slot| slot.message == Some(*message)) {
                slot.attached = Attached::File(fingerprint(text));
            }
        }
        self.remember(file.unwrap_or(&joined.text), false);
    }

    /// Ended without another word, it would be a part of an answer.
    pub fn is_part(&self) -> bool {
        match &self.earlier {
            _ if !is_blank(self.choices.text()) => true,
            Some(earlier) => !earlier.is_whole,
            None => {
                let mut slots = self.slots.iter();
                slots.any(|slot| slot.has_old_words() && !slot.deleted)
            }
        }
    }

    /// Takes in what waited, and goes back to the earlier text where there is no other.
    pub(super) fn conclude(&mut self, now: Now) {
        let before = self.choices.text().len();
        self.choices.end();
        if self.choices.text().len() > before {
            self.arrivals.push(self.choices.text().len(), now);
        }
        if !is_blank(self.choices.text()) {
            return;
        }
        if self.has_earlier_words() {
            // What the try thought that had no words belongs to none.
            self.choices.set_thoughts(self.left_thoughts.clone());
        }
        if let Some(earlier) = self.earlier.take() {
            self.choices.replace(earlier.text, earlier.is_whole);
            self.form = earlier.form;
            self.layout = earlier.layout;
            self.is_earlier = true;
            self.slots.iter_mut().for_each(Slot::renew);
        }
    }

    /// The messages that are there can't be changed: what is still to be shown goes into new ones. Those that show all of their
    /// words are left as they are. Gives the last of those messages, which alone may have buttons.
    ///
    /// What people deleted is not posted again.
    pub fn post_anew(&mut self) -> Option<MessageId> {
        let mut left = None;
        for index in 0..self.slots.len() {
            let planned = self.layout.planned.get(index);
            let words = planned.map(|planned| {
                let print = self.pictured(index, planned.print);
                (print, planned.owns.end)
            });
            let number = self.next_number;
            let Some(slot) = self.slots.get_mut(index).filter(|slot| !slot.deleted) else {
                continue;
            };
            let Some(message) = slot.message else {
                continue;
            };
            left = Some(message);
            let shows = |print| matches!(slot.shown, Shown::Text { print: shown, .. } if shown == Some(print));
            match words {
                Some((print, to)) if shows(print) || self.is_earlier && slot.has_old_words() => {
                    slot.shown = Shown::Text {
                        print: Some(print),
                        to,
                    };
                    slot.is_closed = true;
                }
                Some(_) | None => {
                    *slot = Slot::new(number);
                    self.next_number = number.saturating_add(1);
                }
            }
        }
        self.divide_anew();
        left
    }
}
