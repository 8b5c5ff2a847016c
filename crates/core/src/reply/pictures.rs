//! Pictures of formulas: which message gets which, and what is to become of a picture that is there.
//!
//! A message gets its picture when its part of the text is decided, with the content of that moment: earlier, its
//! formulas could still become more. What a message shows and what is attached to it are one state, so that a picture
//! that is missing is wanted like a word that is missing.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::{
    Formula, Picture,
    form::Form,
    layout::fingerprint,
    machine::Reply,
    numbers::Numbers,
    slot::{Attached, Slot},
    step::{Goal, Step},
};

/// What an act attaches, and what is attached when it is done.
pub(super) struct Attaching {
    /// The formulas of the picture.
    pub formulas: Vec<Formula>,
    /// The whole text.
    pub file: Option<String>,
    pub after: Attached,
}

impl Reply {
    /// Formulas that Unicode can't say get numbers, and pictures. To be said before the first event.
    pub fn draw_formulas(&mut self) {
        self.form = Form::new(Numbers::all());
        self.draws = true;
    }

    /// The fingerprint of what a planned message shows, its picture included.
    pub(super) fn pictured(&self, index: usize, print: u64) -> u64 {
        match picture_of(&self.formulas_of(index)) {
            Attached::Picture(picture) => print ^ picture,
            Attached::Nothing | Attached::File(_) | Attached::Something => print,
        }
    }

    /// What a step attaches to a message that is to show something.
    pub(super) fn attaching(&self, step: &Step) -> Attaching {
        let nothing_else = |after| Attaching {
            formulas: Vec::new(),
            file: None,
            after,
        };
        if let Goal::Buttons(_) = step.goal
            && let Some(slot) = self.slots.get(step.index)
        {
            return nothing_else(slot.attached);
        }
        if self.keeps_attached(step) {
            return nothing_else(Attached::Something);
        }
        if self.is_in_file(step) {
            let text = self.choices.text();
            return Attaching {
                formulas: Vec::new(),
                file: Some(text.to_owned()),
                after: Attached::File(fingerprint(text)),
            };
        }
        let formulas = match step.goal {
            Goal::Planned => self.formulas_of(step.index),
            Goal::Frame(_)
            | Goal::Placeholder(_)
            | Goal::Notices(_)
            | Goal::Buttons(_)
            | Goal::Delete
            | Goal::Find => Vec::new(),
        };
        let after = picture_of(&formulas);
        Attaching {
            formulas,
            file: None,
            after,
        }
    }

    /// The message is to show words that were read from it, whatever is attached to them.
    fn keeps_attached(&self, step: &Step) -> bool {
        let slot = self.slots.get(step.index);
        let is_kept = slot.is_some_and(|slot| slot.attached == Attached::Something);
        matches!(step.goal, Goal::Planned) && self.is_earlier && self.is_read && is_kept
    }

    fn formulas_of(&self, index: usize) -> Vec<Formula> {
        let planned = self.layout.planned.get(index);
        let planned = planned.filter(|planned| self.draws && planned.in_file.is_none());
        let Some(planned) = planned else {
            return Vec::new();
        };
        let mut formulas = self.form.formulas(planned.owns.clone());
        let shown = self.form.shown();
        // A spoiler may have begun in a message before.
        let may_hide = || {
            shown
                .get(..planned.owns.end)
                .unwrap_or(shown)
                .contains("||")
        };
        if !formulas.is_empty() && may_hide() {
            let content = planned.content(shown);
            formulas
                .iter_mut()
                .for_each(|formula| formula.look(&content));
        }
        formulas
    }
}

impl Attaching {
    /// What that means for the picture of a message that is there.
    pub(super) fn picture(self, slot: &Slot) -> Picture {
        match self.file {
            _ if slot.attached == self.after => Picture::Stays,
            Some(text) => Picture::File(text),
            None => Picture::Becomes(self.formulas),
        }
    }
}

fn picture_of(formulas: &[Formula]) -> Attached {
    if formulas.is_empty() {
        return Attached::Nothing;
    }
    let mut hasher = DefaultHasher::new();
    formulas.hash(&mut hasher);
    Attached::Picture(hasher.finish())
}
