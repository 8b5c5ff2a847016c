//! The reply itself: what should be seen, what is seen, and the next step from here to there.

use super::{
    Act, Buttons, Limits, Outcome, ReplyState, Seen, Want,
    anew::Earlier,
    buttons::Offer,
    choices::Choices,
    form::Form,
    layout::{Cap, Layout, fingerprint},
    markup::units,
    notices::{pack, small},
    slot::{Arrivals, Attached, Shown, Slot},
    thoughts::Thoughts,
};
use crate::{Now, model::ModelEvent, text::is_blank};

/// One answer being shown.
#[derive(Debug)]
pub struct Reply {
    pub(super) limits: Limits,
    pub(super) choices: Choices,
    /// The text as it is shown.
    pub(super) form: Form,
    /// Messages get pictures of their formulas.
    pub(super) draws: bool,
    pub(super) layout: Layout,
    /// The messages; the first ones hold the planned and the growing parts of the text, in order.
    pub(super) slots: Vec<Slot>,
    pub(super) next_number: u32,
    /// What the next number is for a process that goes on: no message is known to have it.
    pub(super) unused: u32,
    pub(super) placeholder: Option<(String, Now)>,
    pub(super) end: Option<End>,
    pub(super) offer: Offer,
    pub(super) arrivals: Arrivals,
    pub(super) under_way: Option<UnderWay>,
    pub(super) wanted: Option<(Want, bool)>,
    /// A word of an answer, this one or an earlier one in the same messages, is or was on the screen.
    pub(super) visible: bool,
    /// The text that is on the screen while a new one is awaited.
    pub(super) earlier: Option<Earlier>,
    /// What was thought before that text was said, or before the words that an earlier process left on the screen.
    pub(super) left_thoughts: Thoughts,
    /// It is the text again, as no other one came.
    pub(super) is_earlier: bool,
    /// That text was read from the messages: what is attached to them is not told by it.
    pub(super) is_read: bool,
    /// The messages that there are were another version's.
    pub(super) is_remade: bool,
    /// How often the text was begun anew.
    pub(super) generation: u32,
    /// The text is to end with what is seen of it, as soon as that is known.
    pub(super) cut: Option<Seen>,
}

/// The answer is complete.
#[derive(Debug)]
pub(super) struct End {
    pub at: Now,
    /// What is to be said under the answer.
    pub notices: Vec<String>,
    /// Notices that stand under the last words, and the fingerprint of both together.
    pub under: Option<(String, u64)>,
    /// Messages of notices alone.
    pub separate: Vec<String>,
}

/// An act whose outcome is not known yet.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub index: usize,
    /// What the message will show; none if it is deleted.
    pub shows: Option<Shown>,
    /// The buttons that it will have.
    buttons: Buttons,
    /// What will be attached to it.
    attached: Attached,
    /// Where the part of the text begins that it shows.
    start: usize,
    pub generation: u32,
}

impl Reply {
    /// A reply of which nothing exists yet.
    pub fn new(limits: Limits) -> Self {
        Self::resume(limits, ReplyState::default())
    }

    /// A reply of which some messages exist, left by a process that is gone.
    ///
    /// The text is asked anew and replaces what they show, in place.
    pub fn resume(limits: Limits, mut state: ReplyState) -> Self {
        let numbers = state.parts.iter().map(|part| part.part.saturating_add(1));
        let next_number = numbers.fold(state.next, u32::max);
        let visible = state.parts.iter().any(|part| !part.owns.is_empty());
        Self {
            limits,
            choices: Choices::default(),
            form: Form::default(),
            draws: false,
            layout: Layout::default(),
            visible,
            left_thoughts: Thoughts::restored(&mut state),
            slots: state.parts.into_iter().map(Slot::restored).collect(),
            next_number,
            unused: next_number,
            placeholder: None,
            end: None,
            offer: Offer::default(),
            arrivals: Arrivals::default(),
            under_way: None,
            wanted: None,
            earlier: None,
            is_earlier: false,
            is_read: state.is_read,
            is_remade: false,
            generation: 0,
            cut: None,
        }
    }

    /// An answer that needs more than so many messages, at least 1, ends with this line and a file that holds all of
    /// it; until then another one `waits` below them. To be said before the first event.
    pub fn attach_after(&mut self, messages: usize, line: &str, waits: &str) {
        self.layout.cap = Some(Cap {
            messages,
            line: small(line),
            waits: small(waits),
        });
    }

    /// Files can't be sent here: the answer goes on in messages, however many it takes, and without pictures.
    pub fn attach_nothing(&mut self) {
        self.layout.uncap();
        self.draws = false;
        // What may stand there of the file is none of the words.
        for slot in self.slots.iter_mut().skip(self.layout.planned.len()) {
            slot.unsure = slot.unsure.map(|_| 0);
        }
        self.divide_anew();
    }

    /// Takes an event of the model in.
    ///
    /// Several answers of one response are joined by line breaks in index order; what a later one says waits until
    /// the earlier ones are finished. Thoughts are kept out; where they turn out to be thoughts only at their end, the
    /// answer takes their place. After [`Reply::finish`] nothing is taken in.
    pub fn push(&mut self, event: &ModelEvent, now: Now) {
        if self.end.is_some() {
            return;
        }
        if *event == ModelEvent::Anew {
            return self.restart();
        }
        let before = self.choices.text().len();
        if self.choices.push(event, now) {
            return self.retell(now);
        }
        let new = self.choices.text().get(before..).unwrap_or_default();
        if new.is_empty() {
            return;
        }
        let silent = is_blank(new);
        self.arrivals.push(self.choices.text().len(), now);
        // Once text is wanted, more text changes nothing about that.
        if !silent && !self.wanted.is_some_and(|(_, text)| text) {
            self.review();
        }
    }

    /// Shows a line, such as that the model is still thinking, as long as there are no words to show.
    pub fn thinking(&mut self, line: &str, now: Now) {
        self.placeholder = Some((small(line), now));
        self.review();
    }

    /// Nothing more will come. The notices stand under the answer as small print; without any text they are the reply.
    ///
    /// Called again, it puts other notices in place of the first ones.
    pub fn finish(&mut self, notices: &[String], now: Now) {
        if self.end.is_none() {
            self.conclude(now);
        }
        self.divide(true);
        let mut separate = pack(notices, self.limits);
        let mut under = None;
        if let ([notices], Some(last)) = (separate.as_slice(), self.layout.planned.last()) {
            let content = format!("{}\n{notices}", last.content(self.form.shown()));
            let slot = self.slots.get(self.layout.planned.len() - 1);
            let is_gone = |slot: &Slot| slot.is_closed || self.is_remade && slot.deleted;
            if units(&content) <= self.limits.message() && !slot.is_some_and(is_gone) {
                under = Some((notices.clone(), fingerprint(&content)));
                separate.clear();
            }
        }
        self.end = Some(End {
            at: now,
            notices: notices.to_vec(),
            under,
            separate,
        });
        self.review();
    }

    /// The messages are others now: the notices stand under other last words.
    pub(super) fn divide_anew(&mut self) {
        match self.end.as_ref().map(|end| (end.notices.clone(), end.at)) {
            Some((notices, at)) => self.finish(&notices, at),
            None => self.review(),
        }
    }

    /// What waits to be shown, if anything does and no act is under way.
    pub fn want(&self) -> Option<Want> {
        self.wanted.map(|(want, _)| want)
    }

    /// The next thing to do, with the freshest content. Its outcome must be told before there is another.
    pub fn act(&mut self) -> Option<Act> {
        if self.under_way.is_some() {
            return None;
        }
        self.wanted = None;
        let step = self.step()?;
        if step.index >= self.slots.len() {
            let number = self.number();
            self.slots.push(Slot::new(number));
        }
        let (content, shows) = self.render(&step);
        let buttons = self.buttons(&step);
        let attaching = self.attaching(&step);
        let attached = attaching.after;
        let slot = self.slots.get(step.index)?;
        let part = slot.number;
        let act = match (slot.message, content, &shows) {
            (None, Some(content), _) => Act::Create {
                part,
                content,
                file: attaching.file,
                buttons,
                formulas: attaching.formulas,
            },
            (Some(message), content, Some(_)) => Act::Edit {
                part,
                message,
                content,
                buttons: (slot.buttons != Some(buttons)).then_some(buttons),
                picture: attaching.picture(slot),
            },
            (Some(message), _, None) => Act::Delete { part, message },
            (None, None, _) => Act::Find { part },
        };
        self.under_way = Some(UnderWay {
            index: step.index,
            shows,
            buttons,
            attached,
            start: self.start_of(step.index),
            generation: self.generation,
        });
        Some(act)
    }

    /// Tells how the act that is under way ended.
    pub fn done(&mut self, outcome: Outcome) {
        let Some(act) = self.under_way.take() else {
            return;
        };
        let fresh = self.fresh_number(&act, outcome);
        if let Some(slot) = self.slots.get_mut(act.index) {
            if let Outcome::Created(_) | Outcome::Found(_) = outcome {
                self.unused = self.unused.max(slot.number.saturating_add(1));
            }
            match (outcome, act.shows) {
                (Outcome::Failed, _) => {}
                (Outcome::Unknown, shows) => {
                    // What may be there may have been read.
                    let to = match shows {
                        Some(Shown::Text { to, .. }) => Some(to),
                        Some(_) | None => None,
                    };
                    self.visible |= to.is_some();
                    let is_of_text = act.generation == self.generation;
                    slot.doubt(to.filter(|_| is_of_text).unwrap_or_default());
                }
                (Outcome::Missing | Outcome::Deleted, None) => {
                    self.slots.remove(act.index);
                }
                (Outcome::Missing | Outcome::Deleted, Some(_)) => match fresh {
                    // Nobody deleted any words; the first ones get a message of their own.
                    Some(number) => *slot = Slot::new(number),
                    None => slot.deleted = true,
                },
                (Outcome::Created(_) | Outcome::Edited, None) => {}
                (Outcome::Found(message), _) => {
                    slot.message = Some(message);
                    slot.unsure = None;
                    slot.buttons = None;
                    slot.attached = Attached::Something;
                    slot.shown = Shown::Old {
                        print: None,
                        owns: 0..0,
                    };
                }
                (Outcome::Created(_) | Outcome::Edited, Some(shows)) => {
                    if let Outcome::Created(message) = outcome {
                        slot.message = Some(message);
                        slot.unsure = None;
                    }
                    slot.shown = shows;
                    slot.buttons = Some(act.buttons);
                    slot.attached = act.attached;
                    self.visible |= matches!(slot.shown, Shown::Text { .. });
                    if act.generation == self.generation {
                        let to = slot.visible_to();
                        self.arrivals
                            .seen(self.form.source_of(self.choices.text(), to));
                    } else {
                        slot.age(act.start);
                    }
                }
            }
        }
        self.cut_as_seen();
        if self.is_remade {
            // What was to stand under words that turn out to be deleted stands alone.
            self.divide_anew();
        } else {
            self.review();
        }
    }

    /// A first word of the model is, or was, on the screen, or may be: what is under way can be read before its outcome is
    /// told.
    pub fn is_visible(&self) -> bool {
        let shows = self.under_way.as_ref().map(|act| &act.shows);
        self.visible || matches!(shows, Some(Some(Shown::Text { .. })))
    }

    /// A message of it was sent, or is being sent.
    pub fn is_begun(&self) -> bool {
        let is_there = |slot: &Slot| slot.message.is_some() || slot.unsure.is_some();
        self.under_way.is_some() || self.slots.iter().any(is_there)
    }

    /// A message was sent of which nobody knows whether it was posted.
    pub fn is_unsure(&self) -> bool {
        let mut slots = self.slots.iter();
        slots.any(|slot| slot.unsure.is_some() && !slot.deleted)
    }

    /// It is finished, and all of it is shown.
    pub fn is_settled(&self) -> bool {
        self.end.is_some() && self.under_way.is_none() && self.wanted.is_none()
    }

    /// The model's text so far, exactly, without its thoughts.
    pub fn text(&self) -> &str {
        self.choices.text()
    }

    /// The model has said all of that text.
    pub fn is_whole(&self) -> bool {
        self.choices.is_whole()
    }

    /// A number for a new message in place of one that somebody deleted before it had words.
    fn fresh_number(&mut self, act: &UnderWay, outcome: Outcome) -> Option<u32> {
        let slot = self.slots.get(act.index)?;
        let wordless = match &slot.shown {
            Shown::Placeholder(_) => true,
            Shown::Old { owns, .. } => owns.is_empty(),
            Shown::Nothing | Shown::Text { .. } | Shown::Notices(_) => false,
        };
        if !wordless
            || !matches!(outcome, Outcome::Missing | Outcome::Deleted)
            || act.shows.is_none()
        {
            return None;
        }
        // The placeholder itself is not wanted there.
        self.placeholder = None;
        Some(self.number())
    }

    /// A number that no message has had.
    pub(super) fn number(&mut self) -> u32 {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        number
    }
}
