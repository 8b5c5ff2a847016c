//! The next step of a reply: the first thing on the screen that is not as it should be.

use super::{
    Buttons, Want, WantKind,
    form::Moved,
    layout::{Frame, fingerprint},
    machine::Reply,
    slot::{Shown, Slot},
};
use crate::pacing::Urgency;

/// What is to be shown next, and where.
#[derive(Debug)]
pub(super) struct Step {
    pub index: usize,
    pub goal: Goal,
}

#[derive(Debug)]
pub(super) enum Goal {
    /// A part of the text that is decided.
    Planned,
    /// The part of the text that still grows.
    Frame(Frame),
    /// A line that stands for what isn't shown yet.
    Placeholder(String),
    /// One of the messages of notices.
    Notices(usize),
    /// The buttons of a message whose words stay.
    Buttons(Buttons),
    Delete,
    /// Whether a message that is not needed was posted is to be found out.
    Find,
}

impl Reply {
    pub(super) fn divide(&mut self, ended: bool) -> Option<Frame> {
        let seen = self.seen_to();
        let (layout, limits) = (&self.layout, self.limits);
        let moved = self
            .form
            .grow_where(self.choices.text(), ended, |before, words| {
                // What nobody has seen needs no place in that message.
                let words = if before.len() < seen { words } else { "" };
                layout.has_room(before, words, limits)
            });
        if let Some(moved) = moved {
            self.move_seen(moved);
        }
        let (slots, sent) = (&self.slots, self.sent());
        let visible = |index| {
            let slot = slots.get(index).map_or(0, Slot::perhaps_visible_to);
            let sent = sent.filter(|(at, _)| *at == index);
            sent.map_or(slot, |(_, to)| slot.max(to))
        };
        self.layout.grow(
            self.form.shown(),
            self.form.tables(),
            self.limits,
            visible,
            ended,
        )
    }

    /// Up to where the text is seen, or may be.
    fn seen_to(&self) -> usize {
        let slots = self.slots.iter();
        let slots = slots.map(Slot::perhaps_visible_to);
        let sent = self.sent().map(|(_, to)| to);
        slots.chain(sent).max().unwrap_or_default()
    }

    /// What is being sent may be read before its outcome is told: which message it is, and up to where the text is seen in it.
    fn sent(&self) -> Option<(usize, usize)> {
        let act = self.under_way.as_ref();
        let act = act.filter(|act| act.generation == self.generation)?;
        Some((act.index, act.shows.as_ref()?.seen_to()))
    }

    /// What is seen from a place on is shown otherwise.
    fn move_seen(&mut self, moved: Moved) {
        for slot in &mut self.slots {
            slot.shown.move_seen(moved);
            slot.unsure = slot.unsure.map(|to| moved.place(to));
        }
        if let Some(act) = &mut self.under_way
            && act.generation == self.generation
            && let Some(shows) = &mut act.shows
        {
            shows.move_seen(moved);
        }
    }

    /// Looks what is wanted now.
    pub(super) fn review(&mut self) {
        self.wanted = None;
        if self.under_way.is_some() {
            return;
        }
        let Some(step) = self.step() else { return };
        let slot = self.slots.get(step.index);
        let message = slot.and_then(|slot| slot.message);
        let kind = match (&step.goal, message) {
            (Goal::Find, _) => WantKind::Find,
            (Goal::Delete, Some(message)) => WantKind::Delete(message),
            (_, Some(message)) => WantKind::Edit(message),
            (_, None) => WantKind::Create,
        };
        let text = matches!(step.goal, Goal::Planned | Goal::Frame(_));
        let urgency = match &self.end {
            Some(_) => Urgency::Final,
            None if text && !self.visible => Urgency::First,
            None => Urgency::Text,
        };
        let from = slot
            .map_or(0, Slot::visible_to)
            .max(self.start_of(step.index));
        let from = self.source_of(from);
        let arrived = self.arrivals.since(from);
        let arrived = arrived.filter(|_| text || matches!(step.goal, Goal::Placeholder(_)));
        let thinking = self.placeholder.as_ref().map(|(_, since)| *since);
        let since = arrived
            .or(self.end.as_ref().map(|end| end.at))
            .or(thinking)
            .unwrap_or_default();
        self.wanted = Some((
            Want {
                urgency,
                since,
                kind,
            },
            text,
        ));
    }

    /// The first thing that is not yet as it should be.
    pub(super) fn step(&mut self) -> Option<Step> {
        self.let_go_of_deleted();
        let frame = self.divide(self.end.is_some());
        let planned = self.layout.planned.len();
        for index in 0..planned {
            let print = self.print(index);
            let to = self
                .layout
                .planned
                .get(index)
                .map_or(0, |planned| planned.owns.end);
            let buttons = self.buttons_of_part(index, true);
            if !self.is_shown(index, print, to, buttons) {
                return Some(Step {
                    index,
                    goal: Goal::Planned,
                });
            }
        }
        if let Some(frame) = frame {
            let buttons = self.buttons_of_part(planned, false);
            let print = Some(fingerprint(&frame.content));
            let shown = self.is_shown(planned, print, frame.to, buttons);
            return (!shown).then_some(Step {
                index: planned,
                goal: Goal::Frame(frame),
            });
        }
        let Some(end) = &self.end else {
            let line = self.stands_in()?;
            let slot = self.slots.get(planned);
            let is_shown =
                slot.is_some_and(|slot| slot.deleted || slot.print() == Some(fingerprint(line)));
            return (!is_shown).then(|| Step {
                index: planned,
                goal: Goal::Placeholder(line.to_owned()),
            });
        };
        // Words that a new answer was to replace, and didn't, stay where they are.
        let kept = if planned == 0 {
            self.slots
                .iter()
                .take_while(|slot| slot.deleted || slot.has_old_words())
                .count()
        } else {
            planned
        };
        // Who deletes an answer wants no notices about it, but for one that was asked for since.
        let unwanted = !self.is_remade
            && kept
                .checked_sub(1)
                .and_then(|last| self.slots.get(last))
                .is_some_and(|slot| slot.deleted);
        let separate = if unwanted { 0 } else { end.separate.len() };
        for (index, notice) in (kept..).zip(end.separate.iter().take(separate).enumerate()) {
            let slot = self.slots.get(index);
            let print = fingerprint(notice.1);
            let buttons = self.buttons_of_notices(notice.0);
            let as_it_should =
                |slot: &Slot| slot.print() == Some(print) && slot.buttons == Some(buttons);
            if !slot.is_some_and(|slot| slot.deleted || as_it_should(slot)) {
                return Some(Step {
                    index,
                    goal: Goal::Notices(notice.0),
                });
            }
        }
        if planned == 0
            && let Some((index, buttons)) = (0..kept).find_map(|index| self.lacking(index, kept))
        {
            return Some(Step {
                index,
                goal: Goal::Buttons(buttons),
            });
        }
        while self.slots.len() > kept + separate {
            let goal = match self.slots.last().filter(|slot| !slot.deleted) {
                Some(slot) if slot.message.is_some() => Goal::Delete,
                Some(slot) if slot.unsure.is_some() => Goal::Find,
                Some(_) | None => {
                    self.slots.pop();
                    continue;
                }
            };
            let index = self.slots.len() - 1;
            return Some(Step { index, goal });
        }
        None
    }

    /// The line that stands for what isn't shown yet: all of the answer, or what goes into a file in the end.
    fn stands_in(&self) -> Option<&str> {
        if !self.layout.planned.is_empty() {
            return self.layout.waits(self.form.shown());
        }
        let line = self.placeholder.as_ref().filter(|_| !self.visible);
        line.map(|(line, _)| line.as_str())
    }

    /// The step brings the file that holds the whole text.
    pub(super) fn is_in_file(&self, step: &Step) -> bool {
        let planned = self.layout.planned.get(step.index);
        matches!(step.goal, Goal::Planned)
            && planned.is_some_and(|planned| planned.in_file.is_some())
    }

    /// A message shows what it should, or can't be made to.
    fn is_shown(&mut self, index: usize, print: Option<u64>, to: usize, buttons: Buttons) -> bool {
        let Some(slot) = self.slots.get_mut(index) else {
            return false;
        };
        if slot.deleted || slot.is_closed {
            return true;
        }
        let has_buttons = slot.buttons == Some(buttons);
        match (&mut slot.shown, print) {
            (
                Shown::Text {
                    print: shown,
                    to: end,
                },
                Some(print),
            ) if *shown == Some(print) => {
                // The same frame may stand for a little more text, such as the whitespace at its end.
                *end = to.max(*end);
                has_buttons
            }
            // What it showed of an earlier text is what it should show of this one.
            (
                Shown::Old {
                    print: Some(shown), ..
                },
                Some(print),
            ) if *shown == print => {
                let print = Some(print);
                slot.shown = Shown::Text { print, to };
                has_buttons
            }
            _ => false,
        }
    }

    /// The content that a step brings, and what the message shows then.
    pub(super) fn render(&self, step: &Step) -> (Option<String>, Option<Shown>) {
        match &step.goal {
            Goal::Delete | Goal::Find => (None, None),
            Goal::Buttons(_) => {
                let slot = self.slots.get(step.index);
                (None, slot.map(|slot| slot.shown.clone()))
            }
            Goal::Frame(frame) => {
                let print = Some(fingerprint(&frame.content));
                (
                    Some(frame.content.clone()),
                    Some(Shown::Text {
                        print,
                        to: frame.to,
                    }),
                )
            }
            Goal::Placeholder(line) => {
                let print = fingerprint(line);
                (Some(line.clone()), Some(Shown::Placeholder(print)))
            }
            Goal::Notices(number) => {
                let end = self.end.as_ref();
                let notices = end
                    .and_then(|end| end.separate.get(*number))
                    .cloned()
                    .unwrap_or_default();
                let print = fingerprint(&notices);
                (Some(notices), Some(Shown::Notices(print)))
            }
            Goal::Planned => {
                let planned = self.layout.planned.get(step.index);
                let mut content = planned
                    .map(|planned| planned.content(self.form.shown()))
                    .unwrap_or_default();
                let to = planned.map_or(0, |planned| planned.owns.end);
                if let Some((notices, _)) = self.end.as_ref().and_then(|end| end.under.as_ref())
                    && step.index + 1 == self.layout.planned.len()
                {
                    content.push('\n');
                    content.push_str(notices);
                }
                let print = Some(self.pictured(step.index, fingerprint(&content)));
                (Some(content), Some(Shown::Text { print, to }))
            }
        }
    }
}
