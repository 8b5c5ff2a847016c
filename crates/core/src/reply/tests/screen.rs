//! A channel as people see it: does what a reply asks for, and watches over what no reply may do.

use std::time::Duration;

use crate::{
    id::MessageId,
    model::{FinishReason, ModelEvent},
    reply::{Act, Buttons, Limits, Outcome, Reply, markup::units},
    text::is_blank,
};

/// The messages of one reply.
pub(super) struct Screen {
    pub(super) limits: Limits,
    pub(super) messages: Vec<Shown>,
    /// How many calls were made.
    pub(super) calls: usize,
    /// The reply doesn't know what its messages show, so that it may show the same again.
    pub(super) repeats: bool,
    /// Of messages that were posted unbeknown to the reply, the parts: another try finds them.
    unknown: Vec<u32>,
    next: u64,
}

/// A message.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) id: MessageId,
    pub(super) part: u32,
    pub(super) content: String,
    pub(super) buttons: Buttons,
}

impl Screen {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            messages: Vec::new(),
            calls: 0,
            repeats: false,
            unknown: Vec::new(),
            next: 100,
        }
    }

    /// Does one act, if one is wanted.
    pub(super) fn step(&mut self, reply: &mut Reply) -> bool {
        let Some(act) = reply.act() else {
            assert!(reply.want().is_none(), "wanted, but nothing to do");
            return false;
        };
        assert!(reply.act().is_none(), "one act at a time");
        assert!(
            reply.want().is_none(),
            "nothing is wanted while an act is under way"
        );
        let outcome = self.perform(act);
        reply.done(outcome);
        true
    }

    /// Does an act unbeknown to the reply.
    pub(super) fn perform_unknown(&mut self, act: Act) {
        if let Act::Create { part, .. } = act {
            self.unknown.push(part);
        }
        self.perform(act);
    }

    /// Does everything that is wanted.
    pub(super) fn settle(&mut self, reply: &mut Reply) {
        for _ in 0..1000 {
            if !self.step(reply) {
                return;
            }
        }
        panic!("the reply never comes to rest");
    }

    /// Does an act as Discord would.
    pub(super) fn perform(&mut self, act: Act) -> Outcome {
        self.calls += 1;
        match act {
            Act::Create {
                part,
                content,
                buttons,
                ..
            } => {
                self.check(&content);
                let posted = self.messages.iter().find(|shown| shown.part == part);
                if let Some(shown) = posted.filter(|_| self.unknown.contains(&part)) {
                    return if shown.content == content && shown.buttons == buttons {
                        Outcome::Created(shown.id)
                    } else {
                        Outcome::Found(shown.id)
                    };
                }
                assert!(
                    self.messages.iter().all(|shown| shown.part != part),
                    "part {part} is posted twice"
                );
                self.next += 1;
                let id = MessageId(self.next);
                self.messages.push(Shown {
                    id,
                    part,
                    content,
                    buttons,
                });
                Outcome::Created(id)
            }
            Act::Edit {
                part,
                message,
                content,
                buttons,
                ..
            } => {
                let Some(at) = self.messages.iter().position(|shown| shown.id == message) else {
                    return Outcome::Missing;
                };
                let content = content.unwrap_or_else(|| self.messages[at].content.clone());
                self.check(&content);
                let shown = &mut self.messages[at];
                assert_eq!(shown.part, part);
                let same = buttons.is_none_or(|buttons| buttons == shown.buttons);
                assert!(
                    self.repeats || shown.content != content || !same,
                    "an edit that changes nothing: {content:?}"
                );
                shown.content = content;
                shown.buttons = buttons.unwrap_or(shown.buttons);
                Outcome::Edited
            }
            Act::Find { part } => {
                let posted = self.messages.iter().find(|shown| shown.part == part);
                posted.map_or(Outcome::Missing, |shown| Outcome::Found(shown.id))
            }
            Act::Delete { message, .. } => {
                let before = self.messages.len();
                self.messages.retain(|shown| shown.id != message);
                if self.messages.len() < before {
                    Outcome::Deleted
                } else {
                    Outcome::Missing
                }
            }
        }
    }

    fn check(&self, content: &str) {
        let limit = self.limits.message();
        assert!(
            units(content) <= limit,
            "{} units in {content:?}",
            units(content)
        );
        assert!(!is_blank(content), "blank: {content:?}");
        assert_eq!(content.trim(), content, "Discord would trim it");
    }

    /// Somebody deletes these messages, counted from the first.
    pub(super) fn vanish(&mut self, messages: &[usize]) {
        let mut index = 0..;
        self.messages
            .retain(|_| index.next().is_none_or(|index| !messages.contains(&index)));
    }

    /// What people see, message by message.
    pub(super) fn shown(&self) -> Vec<&str> {
        self.messages
            .iter()
            .map(|shown| shown.content.as_str())
            .collect()
    }
}

/// A piece of the first answer.
pub(super) fn text(text: &str) -> ModelEvent {
    ModelEvent::Text {
        choice: 0,
        text: text.to_owned(),
    }
}

/// The end of an answer.
pub(super) fn finish(choice: u32) -> ModelEvent {
    ModelEvent::Finish {
        choice,
        reason: FinishReason::Stop,
    }
}

/// A moment, in milliseconds.
pub(super) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
