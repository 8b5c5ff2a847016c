//! What the sessions of earlier processes tell once more, and which of it was answered already.

use std::collections::HashSet;

use kaiwa_core::{
    given::{Answers, Given},
    id::ConversationId,
};

/// What those sessions have told. It is forgotten when the last of them has told all, and what was asked is claimed.
#[derive(Debug, Default)]
pub(super) struct ToldAgain {
    /// The bot's own messages: some may be answers that are not stored.
    pub(super) given: Given,
    /// Conversations in which something was asked, or was left to be answered, that nobody has claimed since.
    asked: HashSet<ConversationId>,
    /// None of the sessions tells anything more.
    is_over: bool,
}

impl ToldAgain {
    /// In these conversations something waits to be claimed.
    pub(super) fn wait(&mut self, conversations: impl IntoIterator<Item = ConversationId>) {
        self.asked.extend(conversations);
    }

    /// A session has told all, and was asked in these conversations.
    pub(super) fn tell(&mut self, asked: &[ConversationId], is_last: bool) {
        self.asked.extend(asked);
        self.is_over |= is_last;
        self.forget();
    }

    /// The questions that have answers, and those that have half of one; `None` where nothing waits in a conversation that a
    /// session or the store told.
    pub(super) fn answered_in(&self, conversation: ConversationId) -> Option<Answers> {
        let is_asked = self.asked.contains(&conversation);
        is_asked.then(|| Answers::from(&self.given))
    }

    /// What was asked in a conversation is claimed.
    pub(super) fn claimed(&mut self, conversation: ConversationId) {
        self.asked.remove(&conversation);
        self.forget();
    }

    /// What one session has told may matter until that one has told all, whatever became of what others were asked.
    fn forget(&mut self) {
        if self.is_over && self.asked.is_empty() {
            self.given = Given::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use kaiwa_core::{
        given::Own,
        id::{ChannelId, MessageId},
    };

    use super::*;

    #[test]
    fn what_a_session_has_told_stays_until_all_have_told_all_and_it_is_claimed() {
        let (here, there) = (ConversationId(1), ConversationId(2));
        let mut told = ToldAgain::default();
        let replies = Some(MessageId(11));
        let own = Own::new((ChannelId(9), MessageId(20)), replies, "Blue.", &[]);
        told.given.hear(own);
        told.tell(&[here], false);
        assert_eq!(told.answered_in(there), None);
        assert_eq!(told.answered_in(here).unwrap().answered.len(), 1);
        told.claimed(here);
        // The other session has told its own messages before it tells that these are all.
        told.tell(&[there], true);
        assert_eq!(told.answered_in(there).unwrap().answered.len(), 1);
        told.claimed(there);
        assert!(told.given.answered().is_empty());
    }

    #[test]
    fn where_nothing_was_asked_nothing_is_kept() {
        let mut told = ToldAgain::default();
        let own = Own::new((ChannelId(9), MessageId(20)), None, "Blue.", &[]);
        told.given.hear(own);
        told.tell(&[], true);
        assert!(told.given.answered().is_empty());
    }
}
