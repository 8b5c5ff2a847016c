//! People in a story: they say, reply, edit and delete as Discord's client lets them.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use kaiwa_sim::{
    Shared,
    world::{NewThread, Refusal, Saying},
};

/// A channel, a thread or a direct message channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(pub u64);

/// A message that was said or seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Where it is.
    pub place: Place,
    /// Its id.
    pub id: u64,
}

impl Seen {
    /// The thread that was opened on it, which has its id.
    pub(crate) fn thread(self) -> Place {
        Place(self.id)
    }
}

/// A button that was pressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pressed {
    /// The interaction that it began.
    pub interaction: u64,
}

/// Somebody.
#[derive(Clone)]
pub(crate) struct Person {
    /// Their user id.
    pub id: u64,
    place: Place,
    shared: Arc<Shared>,
}

impl Person {
    pub(super) fn new(id: u64, place: Place, shared: &Arc<Shared>) -> Self {
        Self {
            id,
            place,
            shared: Arc::clone(shared),
        }
    }

    /// Says something in #general.
    pub(crate) fn says(&self, text: impl Into<Saying>) -> Result<Seen> {
        self.says_in(self.place, text)
    }

    /// Says something in a place.
    pub(crate) fn says_in(&self, place: Place, text: impl Into<Saying>) -> Result<Seen> {
        let said = self.shared.with(|world| world.say(self.id, place.0, text));
        Ok(Seen {
            place,
            id: said.map_err(refused)?,
        })
    }

    /// Replies to a message, its author pinged.
    pub(crate) fn replies(&self, to: Seen, text: &str) -> Result<Seen> {
        self.says_in(to.place, Saying::from(text).replying(to.id))
    }

    /// Replies to a message with the ping switched off.
    pub(crate) fn replies_quietly(&self, to: Seen, text: &str) -> Result<Seen> {
        self.says_in(to.place, Saying::from(text).replying_quietly(to.id))
    }

    /// Says something to the bot in private.
    pub(crate) fn tells(&self, bot: u64, text: impl Into<Saying>) -> Result<Seen> {
        let said = self
            .shared
            .with(|world| world.say_privately(self.id, bot, text));
        let (channel, id) = said.map_err(refused)?;
        Ok(Seen {
            place: Place(channel),
            id,
        })
    }

    /// Gives a message of theirs another text.
    pub(crate) fn edits(&self, message: Seen, text: &str) -> Result<()> {
        let edited = self
            .shared
            .with(|world| world.rewrite(self.id, message.place.0, message.id, text));
        edited.map_err(refused)
    }

    /// Deletes a message.
    pub(crate) fn deletes(&self, message: Seen) -> Result<()> {
        let deleted = self
            .shared
            .with(|world| world.delete(self.id, message.place.0, message.id));
        deleted.map_err(refused)
    }

    /// Opens a thread without a message.
    pub(crate) fn opens_thread(&self, place: Place, name: &str) -> Result<Place> {
        let thread = NewThread {
            name: name.to_owned(),
            ..NewThread::default()
        };
        let opened = self
            .shared
            .with(|world| world.open_thread(self.id, place.0, thread));
        Ok(Place(opened.map_err(refused)?))
    }

    /// Opens a thread on a message.
    pub(crate) fn opens_thread_on(&self, message: Seen, name: &str) -> Result<Place> {
        let thread = NewThread {
            name: name.to_owned(),
            ..NewThread::default()
        };
        let opened = self
            .shared
            .with(|world| world.open_thread_on(self.id, message.place.0, message.id, thread));
        Ok(Place(opened.map_err(refused)?))
    }

    /// Writes a forum post.
    pub(crate) fn posts(&self, forum: Place, title: &str, text: &str) -> Result<Seen> {
        let posted = self
            .shared
            .with(|world| world.begin_post(self.id, forum.0, title, text));
        let thread = posted.map_err(refused)?;
        Ok(Seen {
            place: Place(thread),
            id: thread,
        })
    }
}

impl Person {
    /// Presses the button with this label; Discord tells the bot.
    pub(crate) fn presses(&self, message: Seen, label: &str) -> Result<Pressed> {
        let pressed = self
            .shared
            .with(|world| world.click(self.id, message.place.0, message.id, label));
        Ok(Pressed {
            interaction: pressed.map_err(refused)?,
        })
    }
}

fn refused(refusal: Refusal) -> anyhow::Error {
    anyhow!("Discord refused: {refusal:?}")
}
