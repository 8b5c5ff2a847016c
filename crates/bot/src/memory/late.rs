//! What was told while the store could not be written. Nobody tells it again, so it is kept here until it can be; until then no
//! session is said to have come further, and none of the questions is given out that may have been taken back.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::atomic::Ordering,
    time::Duration,
};

use kaiwa_core::{
    id::{ChannelId, ConversationId, GuildId, MessageId},
    message::Said,
    pauses::Pauses,
};
use tokio::time::timeout;

use super::{Memory, lock};
use crate::store::{Edited, Settled};

/// How many messages are remembered. Where more were changed meanwhile, the next process is told all of it again.
const AT_MOST: usize = 1_000;

/// How long to wait before the store is told once more, where nobody else has to do with it.
const PAUSES: Pauses = Pauses::new(Duration::from_secs(1), Duration::from_secs(60));

/// A place that is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Gone {
    Channel(ChannelId),
    Guild(GuildId),
}

/// What the store is still to be told.
#[derive(Debug, Default)]
pub(super) struct Late {
    settled: HashMap<ConversationId, Settled>,
    gone: HashSet<Gone>,
    deleted: HashMap<MessageId, ChannelId>,
    edited: HashMap<MessageId, Edit>,
    /// Questions that read differently, and whose answers had ended.
    again: HashMap<MessageId, ConversationId>,
    /// There was more than is remembered.
    is_more: bool,
    /// What the store was told, and nobody knows yet whom it concerns.
    told: Vec<Told>,
}

/// What the store was told late.
#[derive(Debug)]
pub(crate) enum Told {
    /// A message reads differently.
    Edited(Box<Said>, Edited),
    /// Messages of conversations are gone.
    Deleted(Vec<(ConversationId, MessageId)>),
}

/// What a message says now.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    said: Said,
    /// Its conversations were told.
    is_told: bool,
}

/// One thing that the store is to be told.
#[derive(Debug)]
enum Owed {
    Settled(ConversationId, Settled),
    Gone(Gone),
    Deleted(ChannelId, Vec<MessageId>),
    Edited(Edit),
    Again(MessageId, ConversationId),
}

impl Late {
    /// Nothing is to be told.
    pub(super) fn is_empty(&self) -> bool {
        self.settled.is_empty()
            && self.gone.is_empty()
            && self.deleted.is_empty()
            && self.edited.is_empty()
            && self.again.is_empty()
    }

    /// Nobody is to believe that all is stored.
    pub(super) fn holds_back(&self) -> bool {
        self.is_more || !self.is_empty()
    }

    /// A message is deleted, and the store does not know it.
    pub(super) fn is_deleted(&self, message: MessageId) -> bool {
        self.deleted.contains_key(&message)
    }

    /// Deletions are among it.
    pub(super) fn has_deleted(&self) -> bool {
        !self.deleted.is_empty()
    }

    /// A conversation goes on there.
    pub(super) fn settle(&mut self, conversation: ConversationId, settled: Settled) {
        self.settled.insert(conversation, settled);
    }

    pub(super) fn go(&mut self, gone: Gone) {
        self.gone.insert(gone);
    }

    pub(super) fn delete(&mut self, channel: ChannelId, messages: &[MessageId]) {
        for message in messages {
            if self.has_room() {
                self.deleted.insert(*message, channel);
            }
        }
    }

    /// Whether an edit was told before: Discord tells it once more when a preview comes.
    pub(super) fn knows(&self, said: &Said) -> bool {
        let known = self.edited.get(&said.id);
        known.is_some_and(|known| known.said.edited_ms >= said.edited_ms)
    }

    pub(super) fn edit(&mut self, said: &Said, is_told: bool) {
        if !self.knows(said) && self.has_room() {
            let said = said.clone();
            self.edited.insert(said.id, Edit { said, is_told });
        }
    }

    pub(super) fn again(&mut self, conversation: ConversationId, ask: MessageId) {
        self.again.insert(ask, conversation);
    }

    /// The store was told something.
    fn has_heard(&mut self, told: Told) {
        self.told.push(told);
    }

    /// Whom it concerns is to be told.
    fn has_told(&self) -> bool {
        !self.told.is_empty()
    }

    /// A conversation's worker has nothing at work, and asks the store: it needs to be told of nothing.
    pub(super) fn asks(&mut self, conversation: ConversationId) {
        for told in &mut self.told {
            match told {
                Told::Edited(_, edited) => {
                    edited.changed.retain(|other| *other != conversation);
                    edited.again = edited.again.filter(|other| *other != conversation);
                }
                Told::Deleted(parts) => parts.retain(|(other, _)| *other != conversation),
            }
        }
    }

    fn has_room(&mut self) -> bool {
        self.is_more |= self.deleted.len() + self.edited.len() >= AT_MOST;
        !self.is_more
    }

    fn next(&self) -> Option<Owed> {
        // What is gone may be one of these threads.
        if let Some((conversation, settled)) = self.settled.iter().next() {
            return Some(Owed::Settled(*conversation, settled.clone()));
        }
        if let Some(gone) = self.gone.iter().next() {
            return Some(Owed::Gone(*gone));
        }
        if let Some(channel) = self.deleted.values().next() {
            let here = self.deleted.iter().filter(|(_, there)| *there == channel);
            return Some(Owed::Deleted(*channel, here.map(|(id, _)| *id).collect()));
        }
        if let Some(edit) = self.edited.values().next() {
            return Some(Owed::Edited(edit.clone()));
        }
        let (ask, conversation) = self.again.iter().next()?;
        Some(Owed::Again(*ask, *conversation))
    }

    fn paid(&mut self, owed: &Owed) {
        match owed {
            Owed::Settled(conversation, _) => drop(self.settled.remove(conversation)),
            Owed::Gone(gone) => drop(self.gone.remove(gone)),
            Owed::Deleted(_, messages) => {
                self.deleted
                    .retain(|message, _| !messages.contains(message));
            }
            // It may have been changed once more meanwhile.
            Owed::Edited(edit) => self.edited.retain(|_, other| other != edit),
            Owed::Again(ask, _) => drop(self.again.remove(ask)),
        }
    }
}

impl Memory {
    /// Erases what was said in a place that is gone; tells its conversations.
    pub(super) async fn forget(&self, gone: Gone) -> Vec<ConversationId> {
        let forgotten = self.try_to_forget(gone).await;
        // Where there is no store yet, what is gone is found out when there is one.
        if forgotten.is_none() && self.store.is_open() {
            self.late.send_modify(|late| late.go(gone));
        }
        forgotten.unwrap_or_default()
    }

    async fn try_to_forget(&self, gone: Gone) -> Option<Vec<ConversationId>> {
        let forgotten = match gone {
            Gone::Channel(channel) => self.store.channel_gone(channel).await,
            Gone::Guild(guild) => self.store.guild_gone(guild).await,
        };
        let forgotten = self.heard(forgotten)?;
        lock(&self.held).retain(|_, conversation| !forgotten.contains(conversation));
        Some(forgotten)
    }

    /// An edit that can't be kept now. Who answers hears of it all the same.
    pub(super) async fn edited_late(&self, said: &Said) -> Edited {
        if !self.store.is_open() {
            return Edited::default();
        }
        let Some(mut edited) = self.heard(self.store.would_change(said).await) else {
            self.late.send_modify(|late| late.edit(said, false));
            return Edited::default();
        };
        if self.late.borrow().knows(said) {
            edited.changed.clear();
        }
        self.late.send_modify(|late| late.edit(said, true));
        edited
    }

    /// Messages are deleted, and can't be erased now. Who answers hears of it all the same.
    pub(super) async fn deleted_late(
        &self,
        channel: ChannelId,
        messages: &[MessageId],
    ) -> Vec<(ConversationId, MessageId)> {
        if !self.store.is_open() {
            return Vec::new();
        }
        self.late.send_modify(|late| late.delete(channel, messages));
        let parts = self.store.parts_of_conversations(messages).await;
        self.heard(parts).unwrap_or_default()
    }

    /// Tells the store what it could not be told before; whether it knows all of it now. To be done before anything new is kept,
    /// since the bot may have come back to a guild.
    pub(super) async fn tell_late(&self) -> bool {
        if self.late.borrow().is_empty() {
            return true;
        }
        let failures = || self.late_failures.load(Ordering::Relaxed);
        let before = failures();
        let _alone = self.telling.lock().await;
        // Whoever waited for another try needs none of its own.
        if failures() != before {
            return false;
        }
        loop {
            let next = self.late.borrow().next();
            let Some(owed) = next else {
                return true;
            };
            if self.tell(&owed).await.is_none() {
                self.late_failures.fetch_add(1, Ordering::Relaxed);
                return false;
            }
            self.late.send_modify(|late| late.paid(&owed));
        }
    }

    /// What the store was told late, as soon as it can be told. Whoever works on what that concerns has not heard of it, and where an
    /// answer is to be made again nobody may be at work.
    pub(crate) async fn told_late(&self) -> Vec<Told> {
        let mut late = self.late.subscribe();
        let mut pauses = PAUSES;
        loop {
            // Its sender lives as long as this.
            let _ = late
                .wait_for(|late| late.has_told() || !late.is_empty())
                .await;
            let mut told = Vec::new();
            self.late.send_if_modified(|late| {
                told = mem::take(&mut late.told);
                false
            });
            if !told.is_empty() {
                return told;
            }
            let told = timeout(pauses.longer(), late.wait_for(Late::has_told));
            let is_due = told.await.is_err();
            if is_due && self.tell_late().await {
                pauses = PAUSES;
            }
        }
    }

    async fn tell(&self, owed: &Owed) -> Option<()> {
        match owed {
            Owed::Settled(conversation, settled) => {
                let settled = settled.clone();
                self.heard(self.store.settled_before(*conversation, settled).await)
            }
            Owed::Gone(gone) => self.try_to_forget(*gone).await.map(drop),
            Owed::Deleted(channel, messages) => {
                let parts = self.heard(self.store.deleted(*channel, messages).await)?;
                self.late
                    .send_modify(|late| late.has_heard(Told::Deleted(parts)));
                Some(())
            }
            Owed::Edited(Edit {
                said,
                is_told: true,
            }) => self.heard(self.store.reworded(said).await).map(drop),
            Owed::Edited(Edit {
                said,
                is_told: false,
            }) => {
                let edited = self.heard(self.store.edited(said).await)?;
                self.late.send_modify(|late| {
                    // Its answer may have ended without the store knowing of it: then it is not queued yet.
                    for conversation in &edited.changed {
                        late.again(*conversation, said.id);
                    }
                    late.has_heard(Told::Edited(Box::new(said.clone()), edited));
                });
                Some(())
            }
            Owed::Again(ask, conversation) => self
                .heard(self.store.again(*conversation, *ask).await)
                .map(drop),
        }
    }
}
