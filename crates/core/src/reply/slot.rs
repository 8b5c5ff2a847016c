//! The messages that a reply has on Discord, as far as the reply knows.

use std::{collections::VecDeque, ops::Range};

use serde::{Deserialize, Serialize};

use super::{Buttons, form::Moved, join::Joined};
use crate::{Now, id::MessageId};

/// What of a reply must outlive the process: which messages it has, which part of the text each of them owns, and what
/// the model thought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyState {
    /// The messages, in order.
    pub parts: Vec<PartState>,
    /// The number of the next message: those of messages that are gone again are never used for others, because a nonce
    /// is made of them.
    #[serde(default)]
    pub next: u32,
    /// What the model thought before it said the words that the messages show.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thoughts: String,
    /// It thought more than that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_thoughts_cut: bool,
    /// How long it thought, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thought_ms: Option<u64>,
    /// Its text was read from the messages: what is attached to them is not told by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_read: bool,
}

/// A message of an answer, as it stands on Discord.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Its id.
    pub message: MessageId,
    /// What it shows.
    pub content: &'a str,
    /// It has the file that holds all of the text.
    pub has_file: bool,
}

impl ReplyState {
    /// A message of the reply was sent, or may have been.
    pub fn is_begun(&self) -> bool {
        !self.parts.is_empty() || self.next > 0
    }

    /// Takes messages in, in order, that are not known as the answer's: what they show tells whether they have words.
    pub fn adopt(&mut self, messages: &[Standing<'_>]) {
        let contents: Vec<&str> = messages.iter().map(|stands| stands.content).collect();
        let start = self.parts.iter().map(|part| part.owns.end).max();
        let (start, mut from) = (start.unwrap_or_default(), 0);
        for (stands, to) in messages.iter().zip(Joined::new(&contents).ends) {
            let number = self.parts.iter().map(|part| part.part.saturating_add(1));
            let number = number.fold(self.next, u32::max);
            // How much of the text is in the file is not known, but it is some.
            let to = (to + usize::from(stands.has_file)).max(from);
            self.parts.push(PartState {
                part: number,
                message: Some(stands.message),
                owns: start.saturating_add(from)..start.saturating_add(to),
                deleted: false,
            });
            self.next = number.saturating_add(1);
            from = to;
        }
    }
}

/// One message of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartState {
    /// Its number, from which its nonce is made.
    pub part: u32,
    /// Its id; none if it was refused for good.
    pub message: Option<MessageId>,
    /// The part of the text that it shows, in bytes of the text as it is shown; empty where it shows a placeholder or notices.
    pub owns: Range<usize>,
    /// Somebody deleted it.
    pub deleted: bool,
}

/// A place for a message.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// The part's number in acts: never used for two different messages.
    pub number: u32,
    pub message: Option<MessageId>,
    /// It must not be posted again.
    pub deleted: bool,
    pub shown: Shown,
    /// The buttons that it has; none where that is not known.
    pub buttons: Option<Buttons>,
    pub attached: Attached,
    /// It was sent, and nobody knows whether it was posted: up to where in the text its words may be visible.
    pub unsure: Option<usize>,
    /// It shows what it should, and takes no edits any more: what else there is to say stands elsewhere.
    pub is_closed: bool,
}

/// What is attached to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attached {
    Nothing,
    /// A picture of formulas, for which a fingerprint stands.
    Picture(u64),
    /// The file of a text, for which a fingerprint stands.
    File(u64),
    /// Something that an earlier process may have attached.
    Something,
}

/// What a message shows; a fingerprint stands for its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It isn't there yet.
    Nothing,
    /// That the model is still thinking.
    Placeholder(u64),
    /// A part of an earlier text, unknown in its content after a restart of the process.
    Old {
        print: Option<u64>,
        owns: Range<usize>,
    },
    /// A part of the text, up to there, or as much at least; its content is unknown after an edit of which nobody knows
    /// whether it was done.
    Text { print: Option<u64>, to: usize },
    /// Notices alone.
    Notices(u64),
}

impl Shown {
    /// Up to where in the text its words are seen.
    pub(super) fn seen_to(&self) -> usize {
        match self {
            Self::Text { to, .. } => *to,
            Self::Nothing | Self::Placeholder(_) | Self::Old { .. } | Self::Notices(_) => 0,
        }
    }

    /// What is seen from a place on is shown otherwise.
    pub(super) fn move_seen(&mut self, moved: Moved) {
        if let Self::Text { to, .. } = self {
            *to = moved.place(*to);
        }
    }
}

impl Slot {
    pub(super) fn new(number: u32) -> Self {
        Self {
            number,
            message: None,
            deleted: false,
            shown: Shown::Nothing,
            buttons: Some(Buttons::NONE),
            attached: Attached::Nothing,
            unsure: None,
            is_closed: false,
        }
    }

    pub(super) fn restored(state: PartState) -> Self {
        Self {
            number: state.part,
            message: state.message,
            deleted: state.deleted,
            shown: Shown::Old {
                print: None,
                owns: state.owns,
            },
            buttons: None,
            attached: Attached::Something,
            unsure: None,
            is_closed: false,
        }
    }

    /// Up to where in the text its words are visible.
    pub(super) fn visible_to(&self) -> usize {
        self.shown.seen_to()
    }

    /// Up to where they are or may be visible.
    pub(super) fn perhaps_visible_to(&self) -> usize {
        self.visible_to().max(self.unsure.unwrap_or_default())
    }

    /// It shows words of an earlier text.
    pub(super) fn has_old_words(&self) -> bool {
        matches!(&self.shown, Shown::Old { owns, .. } if !owns.is_empty())
    }

    pub(super) fn print(&self) -> Option<u64> {
        match self.shown {
            Shown::Nothing => None,
            Shown::Old { print, .. } | Shown::Text { print, .. } => print,
            Shown::Placeholder(print) | Shown::Notices(print) => Some(print),
        }
    }

    /// The text that it shows a part of, which begins there, is no longer the text.
    pub(super) fn age(&mut self, start: usize) {
        self.is_closed = false;
        self.unsure = self.unsure.map(|_| 0);
        self.shown = match std::mem::replace(&mut self.shown, Shown::Nothing) {
            Shown::Text { print, to } => Shown::Old {
                print,
                owns: start.min(to)..to,
            },
            Shown::Notices(print) => Shown::Old {
                print: Some(print),
                owns: 0..0,
            },
            same @ (Shown::Nothing | Shown::Placeholder(_) | Shown::Old { .. }) => same,
        };
    }

    /// The earlier text is the text again.
    pub(super) fn renew(&mut self) {
        if let Shown::Old { print, owns } = &self.shown
            && print.is_some()
            && !owns.is_empty()
        {
            self.shown = Shown::Text {
                print: *print,
                to: owns.end,
            };
        }
    }

    /// Something was sent for it, with the text up to there, and nobody knows whether it was done.
    pub(super) fn doubt(&mut self, to: usize) {
        if self.message.is_none() {
            self.unsure = self.unsure.max(Some(to));
            return;
        }
        match &mut self.shown {
            Shown::Text { print, .. } | Shown::Old { print, .. } => *print = None,
            shown @ (Shown::Nothing | Shown::Placeholder(_) | Shown::Notices(_)) => {
                *shown = Shown::Old {
                    print: None,
                    owns: 0..0,
                };
            }
        }
        self.buttons = None;
        self.attached = Attached::Something;
    }
}

/// When which part of the text arrived, as far as it is not visible yet.
#[derive(Debug, Default)]
pub(super) struct Arrivals(VecDeque<(usize, Now)>);

impl Arrivals {
    /// The text now ends there.
    pub(super) fn push(&mut self, end: usize, now: Now) {
        // When little can be shown, it is enough to know the age of the oldest pieces.
        const MOST: usize = 64;
        let full = self.0.len() >= MOST;
        match self.0.back_mut() {
            Some(last) if full || last.1 == now => last.0 = end,
            Some(_) | None => self.0.push_back((end, now)),
        }
    }

    /// The text up to there is visible.
    pub(super) fn seen(&mut self, to: usize) {
        while self.0.front().is_some_and(|(end, _)| *end <= to) {
            self.0.pop_front();
        }
    }

    /// When the first word behind that place arrived.
    pub(super) fn since(&self, from: usize) -> Option<Now> {
        self.0
            .iter()
            .find(|(end, _)| *end > from)
            .map(|(_, now)| *now)
    }
}
