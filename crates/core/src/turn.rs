//! How a turn ends, and which questions one turn answers together.

use serde::{Deserialize, Serialize};

use crate::{
    id::UserId,
    message::{Ask, Home},
    model::FinishReason,
};

/// How a turn ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TurnEnd {
    /// It was answered.
    Answered {
        /// Why the model ended its answer there.
        finish: FinishReason,
    },
    /// Nobody asks any more: the asking message was deleted.
    Withdrawn,
    /// Nobody heard it when it was asked, and people have moved on since.
    PassedBy,
    /// Somebody stopped it.
    Stopped {
        /// Who.
        by: UserId,
    },
}

impl TurnEnd {
    /// It was answered, and nothing more is known of the answer than that it is whole.
    pub const ANSWERED: Self = Self::Answered {
        finish: FinishReason::Stop,
    };
}

impl Ask {
    /// This question and an earlier one of the same conversation can be answered together, by one answer.
    ///
    /// In a thread everything said since is one question. A reply chain is a tree that several people grow at once:
    /// there only what the same person says to the same message belongs together.
    pub fn joins(&self, earlier: &Self) -> bool {
        match (&self.home, &earlier.home) {
            (
                Home::Chain { parent, .. },
                Home::Chain {
                    parent: earlier_parent,
                    ..
                },
            ) => parent == earlier_parent && self.author == earlier.author,
            (Home::NewThread { .. } | Home::Channel { .. } | Home::Chain { .. }, _) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{ChannelId, ConversationId, MessageId},
        message::AskKind,
        words::Locale,
    };

    fn ask(message: u64, author: u64, home: Home) -> Ask {
        Ask {
            message: MessageId(message),
            conversation: ConversationId(1),
            home,
            guild: None,
            author: UserId(author),
            kind: AskKind::Question,
            locale: Locale::En,
        }
    }

    #[test]
    fn a_thread_is_one_talk_and_a_chain_is_a_tree() {
        let channel = ChannelId(9);
        let below = None;
        let thread = |message, author| ask(message, author, Home::Channel { channel, below });
        assert!(thread(2, 8).joins(&thread(1, 7)));

        let chain = |message, author, parent| {
            let parent = Some(MessageId(parent));
            ask(message, author, Home::Chain { channel, parent })
        };
        assert!(chain(5, 7, 3).joins(&chain(4, 7, 3)));
        assert!(!chain(5, 8, 3).joins(&chain(4, 7, 3)), "somebody else asks");
        assert!(
            !chain(5, 7, 2).joins(&chain(4, 7, 3)),
            "about another message"
        );
    }

    #[test]
    fn the_first_words_in_a_thread_that_is_being_opened_belong_to_its_question() {
        let opening = Home::NewThread {
            parent: ChannelId(9),
            name: "sea".to_owned(),
        };
        let inside = Home::Channel {
            channel: ChannelId(1),
            below: None,
        };
        assert!(ask(2, 7, inside).joins(&ask(1, 7, opening)));
    }
}
