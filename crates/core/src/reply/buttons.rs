//! Which buttons the messages of a reply have: only the last one has any.

use super::{
    machine::Reply,
    step::{Goal, Step},
};

/// The buttons of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buttons {
    /// Ends the answer where it is.
    pub stop: bool,
    /// Makes the answer again.
    pub retry: bool,
    /// Shows what the model thought.
    pub thoughts: bool,
}

impl Buttons {
    /// None at all.
    pub const NONE: Self = Self {
        stop: false,
        retry: false,
        thoughts: false,
    };

    /// The one of an answer that grows.
    pub const STOP: Self = Self {
        stop: true,
        ..Self::NONE
    };
}

/// What a reply offers on its last message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offer {
    /// As long as more may come.
    growing: Buttons,
    /// When nothing more will come.
    ended: Buttons,
    /// A message keeps those of a growing one until the next is there.
    until_next: bool,
}

impl Reply {
    /// Says which buttons the last message has as long as more may come, and which ones at the end. Without it there
    /// are none.
    ///
    /// They go along with what is posted and edited anyway. A call of their own they need only where a message shows all
    /// of its words already and has the wrong ones.
    pub fn offer(&mut self, growing: Buttons, ended: Buttons) {
        self.offer = Offer {
            growing,
            ended,
            ..self.offer
        };
        self.review();
    }

    /// Where nothing else tells a later process that there was more to come, the messages do: none of them is without buttons
    /// before the next one is there. To be said before the first event.
    pub fn tell_of_more(&mut self) {
        self.offer.until_next = true;
    }

    /// The buttons that the message of a part of the text is to have.
    pub(super) fn buttons_of_part(&self, index: usize, is_complete: bool) -> Buttons {
        let is_last =
            |separate: &[String]| separate.is_empty() && index + 1 == self.layout.planned.len();
        match &self.end {
            Some(end) if is_last(&end.separate) => self.offer.ended,
            None if !is_complete => self.offer.growing,
            Some(_) | None if self.offer.until_next && !self.is_followed(index) => {
                self.offer.growing
            }
            Some(_) | None => Buttons::NONE,
        }
    }

    /// The message behind this one is there, or was.
    fn is_followed(&self, index: usize) -> bool {
        let next = self.slots.get(index + 1);
        next.is_some_and(|next| next.message.is_some() || next.deleted)
    }

    /// The buttons that a message is to have and may not have, where it is one of `kept` messages that keep the words of an
    /// earlier text. Of those that an earlier process left only the last one had any, or the one before it.
    pub(super) fn lacking(&self, index: usize, kept: usize) -> Option<(usize, Buttons)> {
        let slot = self.slots.get(index)?;
        let due = match &self.end {
            Some(end) if index + 1 == kept && end.separate.is_empty() => self.offer.ended,
            Some(_) | None => Buttons::NONE,
        };
        let lacks = match slot.buttons {
            Some(buttons) => buttons != due,
            None => index + 2 >= kept,
        };
        (lacks && slot.message.is_some() && !slot.deleted).then_some((index, due))
    }

    /// The buttons that one of the messages of notices is to have.
    pub(super) fn buttons_of_notices(&self, number: usize) -> Buttons {
        let separate = self.end.as_ref().map_or(0, |end| end.separate.len());
        if number + 1 == separate {
            self.offer.ended
        } else {
            Buttons::NONE
        }
    }

    /// The buttons that a step brings.
    pub(super) fn buttons(&self, step: &Step) -> Buttons {
        match &step.goal {
            Goal::Planned => self.buttons_of_part(step.index, true),
            Goal::Frame(_) => self.buttons_of_part(step.index, false),
            Goal::Placeholder(_) => self.offer.growing,
            Goal::Notices(number) => self.buttons_of_notices(*number),
            Goal::Buttons(buttons) => *buttons,
            Goal::Delete | Goal::Find => Buttons::NONE,
        }
    }
}
