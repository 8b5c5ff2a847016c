//! The store as the bot uses it: whatever fails in it is told to the operator once, and the talk goes on without.
//!
//! Where the store can't keep a question, the question is carried in memory, and what the model sees is read back
//! from Discord, whose channels remember everything anyway.

mod missed;
mod sessions;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use kaiwa_core::{
    button::Presser,
    id::{ChannelId, ConversationId, GuildId, MessageId},
    message::{Ask, Attachment, Said},
    reply::ReplyState,
    text::is_blank,
    turn::TurnEnd,
    words::{Locale, operator},
};

use crate::{
    store::{
        self, Begun, Chain, Claim, Edited, Fence, Found, History, Loaded, Mark, Reach, Retried,
        Settled, Shown, Store, StoreError, Turn,
    },
    work::Ended,
};

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

/// The store fails, so that nobody knows what it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CannotTell;

impl Memory {
    /// Opens the store in a directory. Where it can't be used, the operator is told, and an empty one serves.
    ///
    /// # Errors
    /// When another Kaiwa uses the directory, a newer one has written it, or it can't be written at all: these need the
    /// operator.
    pub(crate) async fn open(directory: &Path, locale: Locale) -> Result<Self, StoreError> {
        let file = directory.display().to_string();
        let store = match Store::open(directory).await {
            Ok(store) => store,
            Err(
                error @ (StoreError::InUse { .. }
                | StoreError::TooNew { .. }
                | StoreError::Unwritable { .. }),
            ) => return Err(error),
            Err(error) => {
                tracing::error!(%error, "{}", operator::store_failed(locale, &file, &error.told(locale)));
                Store::open_in_memory().await?
            }
        };
        let held = store.known_channels().await?;
        let held = held
            .into_iter()
            .map(|(channel, conversation, _)| (channel, conversation));
        Ok(Self {
            held: Mutex::new(held.collect()),
            store,
            file,
            locale,
            failing: AtomicBool::new(false),
            gaps: AtomicBool::new(false),
            unstored: Mutex::default(),
            carried: Mutex::default(),
        })
    }

    /// Closes the store.
    pub(crate) async fn close(self) {
        self.store.close().await;
    }

    /// Keeps a question.
    pub(crate) async fn begin(&self, ask: &Ask, said: &Said) -> Kept {
        // Told again after the store works again, it is no new question.
        if lock(&self.unstored).contains(&ask.message) {
            return Kept::Known;
        }
        let begun = self.store.begin_turn(ask, said).await;
        self.begun(ask, begun)
    }

    /// Keeps a question that was read back.
    pub(crate) async fn begin_missed(&self, ask: &Ask, said: &Said) -> Kept {
        if lock(&self.unstored).contains(&ask.message) {
            return Kept::Known;
        }
        let begun = self.store.begin_missed(ask, said).await;
        self.begun(ask, begun)
    }

    fn begun(&self, ask: &Ask, begun: Result<Begun, StoreError>) -> Kept {
        match self.heard(begun) {
            Some(Begun::New(ask)) => {
                self.hold(&ask);
                Kept::Stored(ask)
            }
            Some(Begun::Known) => Kept::Known,
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
        let edited = self
            .store
            .edited(said.id, &said.text, &said.attachments)
            .await;
        let mut edited = self.heard(edited).unwrap_or_default();
        let carried = lock(&self.carried).get(&said.id).copied();
        edited.changed.extend(carried);
        edited
    }

    /// Erases messages; tells which were part of a conversation.
    pub(crate) async fn deleted(
        &self,
        channel: ChannelId,
        messages: &[MessageId],
    ) -> Vec<(ConversationId, MessageId)> {
        let deleted = self.heard(self.store.deleted(channel, messages).await);
        // Nobody needs to be told again of a question that is gone.
        let mut carried = lock(&self.carried);
        let carried = messages
            .iter()
            .filter_map(|message| Some((carried.remove(message)?, *message)));
        deleted.into_iter().flatten().chain(carried).collect()
    }

    /// Erases what was said in a channel that is gone; tells its conversations.
    pub(crate) async fn channel_gone(&self, channel: ChannelId) -> Vec<ConversationId> {
        lock(&self.held).remove(&channel);
        self.heard(self.store.channel_gone(channel).await)
            .unwrap_or_default()
    }

    /// Erases what was said in a guild that is gone; tells its conversations.
    pub(crate) async fn guild_gone(&self, guild: GuildId) -> Vec<ConversationId> {
        let gone = self
            .heard(self.store.guild_gone(guild).await)
            .unwrap_or_default();
        lock(&self.held).retain(|_, conversation| !gone.contains(conversation));
        gone
    }

    /// People have moved on from the questions of a turn.
    pub(crate) async fn pass_by(&self, fence: &Fence) {
        self.heard(
            self.store
                .finish(fence, TurnEnd::PassedBy, Shown::default())
                .await,
        );
    }

    /// A question is answered, or never will be: nobody needs to be told of it again.
    pub(crate) fn settled(&self, ask: MessageId) {
        lock(&self.carried).remove(&ask);
    }

    /// What an earlier process left to be answered.
    pub(crate) async fn unfinished(&self) -> Vec<(ConversationId, Option<GuildId>)> {
        self.heard(self.store.unfinished().await)
            .unwrap_or_default()
    }

    /// Claims what a conversation has to be answered; `Ok(None)` where there is nothing.
    ///
    /// # Errors
    /// When the store can't tell now: what it has still waits.
    pub(crate) async fn claim(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<Claim>, CannotTell> {
        // That it can be read doesn't mean that the store works again: it has to take what it is told.
        if self.gaps.swap(false, Ordering::Relaxed) {
            self.heard(self.store.lost_track().await)
                .ok_or(CannotTell)?;
        }
        let claimed = self.heard(self.store.claim(conversation).await);
        claimed.ok_or(CannotTell)
    }

    /// The worker of a conversation broke off: its turn can be claimed again.
    pub(crate) async fn abandoned(&self, conversation: ConversationId) {
        self.heard(self.store.abandoned(conversation).await);
    }

    /// Where the turn of a message is; `None` where the store does not know it, or can't tell.
    pub(crate) async fn turn(&self, ask: MessageId) -> Option<Turn> {
        self.heard(self.store.turn(ask).await).flatten()
    }

    /// Keeps who wants the answer to a question to end; tells whether there is one to end. Where the store can't, the worker
    /// alone knows.
    pub(crate) async fn stop(&self, ask: MessageId, by: &Presser) -> bool {
        self.heard(self.store.stop(ask, by).await).unwrap_or(true)
    }

    /// A question reads differently: where its turn has ended meanwhile, it is answered once more.
    pub(crate) async fn again(&self, conversation: ConversationId, ask: MessageId) {
        self.heard(self.store.again(conversation, ask).await);
    }

    /// What the model thought before it answered a question; `None` where nothing is kept of it.
    pub(crate) async fn thoughts(&self, ask: MessageId) -> Option<String> {
        let state = self.heard(self.store.reply(ask).await).flatten()?;
        let state: ReplyState = serde_json::from_str(&state).ok()?;
        (!is_blank(&state.thoughts)).then_some(state.thoughts)
    }

    /// Lets an answer that failed be tried once more.
    pub(crate) async fn retry(&self, ask: MessageId) -> Option<Retried> {
        self.heard(self.store.retry(ask).await)
    }

    /// Takes in a question that was found again on Discord, to be answered once more. `None` where the store can't.
    pub(crate) async fn begin_again(
        &self,
        ask: &Ask,
        said: &Said,
        state: &ReplyState,
        text: &str,
    ) -> Option<bool> {
        // Our own state: it can always be written as JSON.
        let reply = serde_json::to_string(state).unwrap_or_default();
        let found = Found {
            ask,
            said,
            reply: &reply,
            text,
        };
        let begun = self.heard(self.store.begin_again(&found).await);
        if begun.is_some() {
            self.hold(ask);
        }
        begun
    }

    /// The running turn begins a new version of its answer; of the one before, this is the text.
    pub(crate) async fn begin_version(&self, fence: Option<&Fence>, before: &str) {
        if let Some(fence) = fence {
            self.heard(self.store.begin_version(fence, before).await);
        }
    }

    /// Takes in what was asked meanwhile.
    pub(crate) async fn absorb(&self, fence: &Fence) -> Vec<Ask> {
        self.heard(self.store.absorb(fence).await)
            .unwrap_or_default()
    }

    /// What was said in a conversation, newest first, as far as a prompt can reach; `None` where the store can't tell, or
    /// lacks something that it can't be told of, so that Discord alone knows all of it.
    pub(crate) async fn load(&self, conversation: ConversationId, reach: Reach) -> Option<Loaded> {
        if self.gaps.load(Ordering::Relaxed) {
            return None;
        }
        self.heard(self.store.load(conversation, reach).await)
            .flatten()
    }

    /// What was said in a conversation up to a question, newest first, as far as a prompt can reach; `None` as with
    /// [`Memory::load`].
    pub(crate) async fn load_up_to(
        &self,
        conversation: ConversationId,
        asked: MessageId,
        reach: Reach,
    ) -> Option<Loaded> {
        if self.gaps.load(Ordering::Relaxed) {
            return None;
        }
        self.heard(self.store.load_up_to(conversation, asked, reach).await)
            .flatten()
    }

    /// The ancestors of a message along its replies; `None` as with [`Memory::load`].
    pub(crate) async fn load_chain(
        &self,
        conversation: ConversationId,
        from: MessageId,
        reach: Reach,
    ) -> Option<Chain> {
        if self.gaps.load(Ordering::Relaxed) {
            return None;
        }
        self.heard(self.store.load_chain(conversation, from, reach).await)
            .flatten()
    }

    /// To be taken before Discord is asked for history.
    pub(crate) fn mark(&self) -> Mark {
        self.store.mark()
    }

    /// Keeps what was read back.
    pub(crate) async fn add_history(
        &self,
        conversation: ConversationId,
        mark: Mark,
        said: &[Said],
        history: History,
    ) {
        self.heard(
            self.store
                .add_history(conversation, mark, said, history)
                .await,
        );
    }

    /// Remembers that a message is not there any more.
    pub(crate) async fn missing(&self, conversation: ConversationId, message: MessageId) {
        self.heard(self.store.missing(conversation, message).await);
    }

    /// Keeps what files say.
    pub(crate) async fn attachments_read(&self, message: MessageId, attachments: &[Attachment]) {
        self.heard(self.store.attachments_read(message, attachments).await);
    }

    /// Keeps where a conversation goes on.
    pub(crate) async fn settle(&self, fence: Option<&Fence>, settled: Settled) {
        if let Some(fence) = fence {
            self.heard(self.store.settle_home(fence, settled).await);
        }
    }

    /// Keeps how far an answer has come: its messages, and what each holds.
    pub(crate) async fn shown(&self, fence: Option<&Fence>, shown: &Shown) {
        // A question of whose answer nothing was sent waits as if nobody had begun with it.
        if let Some(fence) = fence.filter(|_| shown.state.is_some()) {
            self.heard(self.store.save_reply(fence, shown).await);
        }
    }

    /// Keeps how a turn ended, and what is shown of its answer.
    pub(crate) async fn end(&self, fence: Option<&Fence>, ended: &Ended, shown: Shown) {
        let Some(fence) = fence else {
            return;
        };
        let kept = match ended {
            Ended::Answered(finish) => {
                let end = TurnEnd::Answered { finish: *finish };
                self.store.finish(fence, end, shown).await
            }
            Ended::StoppedBy(by) => {
                let end = TurnEnd::Stopped { by: by.id };
                self.store.finish(fence, end, shown).await
            }
            Ended::Withdrawn => self.store.finish(fence, TurnEnd::Withdrawn, shown).await,
            Ended::Failed(error) => self.store.fail(fence, error, shown).await,
            Ended::Stopped => self.store.release(fence, shown).await,
        };
        self.heard(kept);
    }

    /// People were told that the beginning no longer fits.
    pub(crate) async fn told_window(&self, conversation: ConversationId) {
        self.heard(self.store.told_window(conversation).await);
    }

    /// Tells the operator when the store begins to fail, and when it works again.
    fn heard<T>(&self, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => {
                if self.failing.load(Ordering::Relaxed)
                    && self.failing.swap(false, Ordering::Relaxed)
                {
                    tracing::info!("{}", operator::store_mended(self.locale, &self.file));
                }
                Some(value)
            }
            // Another worker has the turn: not the store's failure.
            Err(store::StoreError::Fenced) => None,
            Err(error) => {
                self.gaps.store(true, Ordering::Relaxed);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::error!(
                        "{}",
                        operator::store_failed(self.locale, &self.file, &error.told(self.locale))
                    );
                }
                None
            }
        }
    }
}

/// Every poisoned state is a whole one: all changes are single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
