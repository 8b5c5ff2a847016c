//! A reply: the machine that turns a stream of model text into Discord messages.
//!
//! It knows what should be seen and what is seen, and asks for one act at a time to bring the second to the first.
//! It never waits and never sends: whoever drives it calls [`Reply::act`] when Discord has room, so that what is sent
//! is always the freshest text, and tells the outcome with [`Reply::done`].
//!
//! - `anew` begins the text once more, and keeps what is on the screen until then, or ends it there,
//! - `choices` makes one text of the model's events, and `thoughts` keeps what it thought before,
//! - `form`, with `table`, `row`, `cell`, `formula`, `environment` and `prose`, makes of it what Discord can show, `mathematics`, with `symbols` and
//!   `alphabets`, makes Unicode of formulas, and `numbers` the formulas that are to be drawn, of which `pictures` says which message gets
//!   them,
//! - `layout` and `split`, with `view`, `whole` and `lead`, decide which message owns which part of it, and `owned` tells it,
//! - `scan`, `words` and `fence`, with `line`, `spans` and `atom`, read Discord's markdown,
//! - `buttons` says which buttons a message has,
//! - `markup` closes and reopens what a frame would leave open,
//! - `join` reads the messages of an answer back.

mod alphabets;
mod anew;
mod atom;
mod buttons;
mod cell;
mod choices;
mod environment;
mod fence;
mod form;
mod formula;
mod join;
mod layout;
mod lead;
mod line;
mod machine;
mod markup;
mod mathematics;
mod notices;
mod numbers;
mod owned;
mod pictures;
mod prose;
mod row;
mod scan;
mod slot;
mod spans;
mod split;
mod step;
mod symbols;
mod table;
#[cfg(test)]
mod tests;
mod thoughts;
mod view;
mod whole;
mod words;

pub use buttons::Buttons;
pub use join::join;
pub use layout::{Piece, split};
pub use machine::Reply;
pub use numbers::Formula;
pub use slot::{PartState, ReplyState, Standing};

use crate::{Now, id::MessageId, pacing::Urgency};

/// How much fits into a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest content of a message, in UTF-16 units. At least 200 are taken.
    ///
    /// Discord documents 2,000 characters without saying which; UTF-16 units are safe either way.
    pub message: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message: 2000 }
    }
}

impl Limits {
    /// Less than this can't hold the markup of every text.
    const SMALLEST: usize = 200;

    fn message(self) -> usize {
        self.message.max(Self::SMALLEST)
    }

    /// From here on a message may be ended at any good place.
    fn zone(self) -> usize {
        self.message() - self.message() * 15 / 100
    }

    /// A message is ended before this only where nothing else is possible.
    fn least(self) -> usize {
        self.message() * 40 / 100
    }

    /// How much text is held back at most for the sake of a link that is not complete.
    fn wait(self) -> usize {
        self.message() - self.zone()
    }

    /// From here on nothing is shown of what should stay whole and may turn out too long.
    fn near(self) -> usize {
        self.message() - self.longest_awaited()
    }

    /// How long what should stay whole may become while nothing of it is shown.
    fn longest_awaited(self) -> usize {
        2 * self.wait()
    }
}

/// Something that waits to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// How much it matters: the first words, what completes the answer, or more text.
    pub urgency: Urgency,
    /// Since when the oldest of it waits.
    pub since: Now,
    /// Which call it takes.
    pub kind: WantKind,
}

/// Which call shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantKind {
    /// A new message.
    Create,
    /// An edit of this message.
    Edit(MessageId),
    /// The deletion of this message.
    Delete(MessageId),
    /// A look at what stands there.
    Find,
}

/// What is to be done at Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Post a message.
    Create {
        /// The number of the message within the reply: the same for every try of the same message, so that a nonce
        /// made from it keeps the message single.
        part: u32,
        /// Its content.
        content: String,
        /// The whole text, to be attached as a file, where messages alone would be too many.
        file: Option<String>,
        /// Its buttons.
        buttons: Buttons,
        /// Formulas to be attached as a picture.
        formulas: Vec<Formula>,
    },
    /// Replace the content of a message, or its buttons alone.
    Edit {
        /// The number of the message within the reply.
        part: u32,
        /// Its id.
        message: MessageId,
        /// Its new content; `None` where its words stay.
        content: Option<String>,
        /// Its new buttons; `None` where it has those already that it should have.
        buttons: Option<Buttons>,
        /// What becomes of its picture.
        picture: Picture,
    },
    /// Delete a message that the reply no longer needs.
    Delete {
        /// The number of the message within the reply.
        part: u32,
        /// Its id.
        message: MessageId,
    },
    /// Find out whether a message was posted that the reply no longer needs: nobody knows what came of it.
    Find {
        /// The number of the message within the reply.
        part: u32,
    },
}

impl Act {
    /// The number of the message that it is about.
    pub const fn part(&self) -> u32 {
        match self {
            Self::Create { part, .. }
            | Self::Edit { part, .. }
            | Self::Delete { part, .. }
            | Self::Find { part } => *part,
        }
    }

    /// It brings files: what fails with them may go through without.
    pub fn has_files(&self) -> bool {
        match self {
            Self::Create { file, formulas, .. } => file.is_some() || !formulas.is_empty(),
            Self::Edit { picture, .. } => match picture {
                Picture::Stays => false,
                Picture::Becomes(formulas) => !formulas.is_empty(),
                Picture::File(_) => true,
            },
            Self::Delete { .. } | Self::Find { .. } => false,
        }
    }
}

/// What an edit does to the picture of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    /// All that is attached stays.
    Stays,
    /// A picture of these formulas comes in place of whatever is attached; where there are none, nothing is.
    Becomes(Vec<Formula>),
    /// The whole text comes as a file, in place of whatever is attached.
    File(String),
}

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The message was posted, now or by an earlier try.
    Created(MessageId),
    /// An earlier try had posted the message, and what it shows is something else.
    Found(MessageId),
    /// The message shows its new content.
    Edited,
    /// The message is deleted.
    Deleted,
    /// Nothing happened; it may be tried again.
    Failed,
    /// Nobody knows whether it happened: it is tried again, whatever the screen shows.
    Unknown,
    /// Somebody deleted the message. It is not posted again, nor is what it was to hold. Of one that was looked for: it was
    /// never posted.
    Missing,
}

/// What counts as seen of an answer that is to end with what is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// What is known to be on the screen.
    Surely,
    /// What may be there besides: it was sent, and nobody knows whether it was posted.
    Perhaps,
}

/// A message of the reply and the part of the text that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its number within the reply.
    pub part: u32,
    /// Its id.
    pub message: MessageId,
    /// That part of the text, exactly as the model wrote it.
    pub text: &'a str,
}
