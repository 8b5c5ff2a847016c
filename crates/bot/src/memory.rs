//! The store as the bot uses it: whatever fails in it is told to the operator once, and the talk goes on without.
//!
//! Where the store is not open, or can't keep a question, the question is carried in memory, and what the model sees is read back
//! from Discord, whose channels remember everything anyway.

mod history;
mod late;
mod missed;
mod opening;
mod sessions;
mod titles;
mod told_again;
mod turns;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use kaiwa_core::{
    id::{ChannelId, ConversationId, GuildId, MessageId},
    message::{Ask, Said},
    reply::ReplyState,
    words::{Locale, operator},
};
use tokio::sync::watch;

use crate::store::{Before, Begun, Edited, Store, StoreError};
pub(crate) use late::Told;
use late::{Gone, Late};
use told_again::ToldAgain;
pub(crate) use turns::CannotTell;

/// How many questions are remembered that the store could not take, so that one told twice is answered once.
const UNSTORED: usize = 1_000;

/// The store, and what to do when it fails.
#[derive(Debug)]
pub(crate) struct Memory {
    store: Store,
    file: String,
    locale: Locale,
    failing: AtomicBool,
    /// Something was said that the store could not keep: what it knows of conversations has gaps.
    gaps: AtomicBool,
    /// Channels in which a conversation is held: only what is said there is worth a look into the store.
    held: Mutex<HashMap<ChannelId, ConversationId>>,
    unstored: Mutex<HashSet<MessageId>>,
    /// Questions that are nowhere but in this process, and not answered yet, with their conversations.
    carried: Mutex<HashMap<MessageId, ConversationId>>,
    /// Questions that the store has and could not give out: this process answers them, and has not been able to tell it so.
    taken: Mutex<HashMap<MessageId, ConversationId>>,
    /// Questions whose answers are made again, and the store could not be told; what was to be seen of these.
    again: Mutex<HashMap<MessageId, (ReplyState, Before)>>,
    /// What the store could not be told of.
    late: watch::Sender<Late>,
    /// Who tells it now, and how often that failed.
    telling: tokio::sync::Mutex<()>,
    late_failures: AtomicU64,
    told_again: Mutex<ToldAgain>,
}

/// What became of a question.
#[derive(Debug)]
pub(crate) enum Kept {
    /// It is stored, for a turn to claim.
    Stored(Ask),
    /// It was told before.
    Known,
    /// It could not be stored: what is handed on is the only copy.
    Unstored,
}

impl Memory {
    /// Closes the store.
    pub(crate) async fn close(self) {
        self.tell_late().await;
        self.store.close().await;
    }

    /// Keeps a question.
    pub(crate) async fn begin(&self, ask: &Ask, said: &Said) -> Kept {
        // Told again after the store works again, it is no new question.
        if self.has_had(ask.message) {
            return Kept::Known;
        }
        self.tell_late().await;
        let begun = self.store.begin_turn(ask, said).await;
        self.begun(ask, begun).await
    }

    /// Keeps a question that was read back.
    pub(crate) async fn begin_missed(&self, ask: &Ask, said: &Said) -> Kept {
        if self.has_had(ask.message) {
            return Kept::Known;
        }
        self.tell_late().await;
        let begun = self.store.begin_missed(ask, said).await;
        self.begun(ask, begun).await
    }

    async fn begun(&self, ask: &Ask, begun: Result<Begun, StoreError>) -> Kept {
        match self.heard(begun) {
            Some(Begun::New(ask)) => {
                self.hold(&ask);
                Kept::Stored(ask)
            }
            Some(Begun::Known) => Kept::Known,
            // What can't be written can mostly be read, and it may be there for long.
            None if self.turn(ask.message).await.is_some() => Kept::Known,
            None => {
                self.hold(ask);
                let mut unstored = lock(&self.unstored);
                if unstored.len() >= UNSTORED {
                    unstored.clear();
                }
                if unstored.insert(ask.message) {
                    lock(&self.carried).insert(ask.message, ask.conversation);
                    Kept::Unstored
                } else {
                    Kept::Known
                }
            }
        }
    }

    /// This process has had the question, without the store.
    fn has_had(&self, ask: MessageId) -> bool {
        lock(&self.unstored).contains(&ask) || lock(&self.carried).contains_key(&ask)
    }

    fn hold(&self, ask: &Ask) {
        if let Some(channel) = ask.home.own_channel(ask.conversation) {
            lock(&self.held).insert(channel, ask.conversation);
        }
    }

    /// The conversation that is held in a channel.
    pub(crate) fn held_in(&self, channel: ChannelId) -> Option<ConversationId> {
        lock(&self.held).get(&channel).copied()
    }

    /// Keeps what is context only.
    pub(crate) async fn note(&self, channel: ChannelId, said: &Said) {
        if let Some(conversation) = self.held_in(channel) {
            self.heard(self.store.note(conversation, said).await);
        }
    }

    /// Keeps an edit; tells the conversations that read differently now, and where the message is to be answered again.
    pub(crate) async fn edited(&self, said: &Said) -> Edited {
        let edited = self.heard(self.store.edited(said).await);
        let mut edited = match edited {
            Some(edited) => edited,
            None => self.edited_late(said).await,
        };
        // What the store has as well it knows better: Discord tells of much that is no edit.
        if !edited.is_kept {
            let carried = lock(&self.carried).get(&said.id).copied();
            edited.changed.extend(carried);
        }
        edited
    }

    /// Erases messages; tells which were part of a conversation.
    pub(crate) async fn deleted(
        &self,
        channel: ChannelId,
        messages: &[MessageId],
    ) -> Vec<(ConversationId, MessageId)> {
        let deleted = self.heard(self.store.deleted(channel, messages).await);
        let mut deleted = match deleted {
            Some(deleted) => deleted,
            None => self.deleted_late(channel, messages).await,
        };
        lock(&self.told_again).given.forget(channel, messages);
        // Nobody needs to be told again of a question that is gone.
        let mut carried = lock(&self.carried);
        for message in messages {
            let part = carried.remove(message).map(|held| (held, *message));
            if let Some(part) = part.filter(|part| !deleted.contains(part)) {
                deleted.push(part);
            }
        }
        deleted
    }

    /// Erases what was said in a channel that is gone; tells its conversations.
    pub(crate) async fn channel_gone(&self, channel: ChannelId) -> Vec<ConversationId> {
        lock(&self.held).remove(&channel);
        self.forget(Gone::Channel(channel)).await
    }

    /// Erases what was said in a guild that is gone; tells its conversations.
    pub(crate) async fn guild_gone(&self, guild: GuildId) -> Vec<ConversationId> {
        self.forget(Gone::Guild(guild)).await
    }

    /// Tells the operator when the store begins to fail.
    fn heard<T>(&self, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            // Another worker has the turn: not the store's failure.
            Err(StoreError::Fenced) => None,
            Err(error) => {
                self.gaps.store(true, Ordering::Relaxed);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    self.fails(&error.told(self.locale));
                }
                None
            }
        }
    }

    /// A question was claimed. That something can be read, or a little be written, doesn't mean that the store works again: a
    /// full one takes that, too.
    fn mended(&self) {
        if self.failing.load(Ordering::Relaxed) && self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!("{}", operator::store_mended(self.locale, &self.file));
        }
    }

    fn fails(&self, reason: &str) {
        let said = operator::store_failed(self.locale, &self.file, reason);
        tracing::error!("{said}");
    }
}

/// Every poisoned state is a whole one: all changes are single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
