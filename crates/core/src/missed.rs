//! What was asked while nobody listened: answered where it is fresh, answered late where it is stale, or passed by where
//! people have moved on.

use std::time::Duration;

use crate::{
    id::{ChannelId, GuildId, MessageId, UserId},
    message::{Ask, Home},
};

/// What is older than this is not answered any more: whoever asked it has long found another way.
pub const FORGOTTEN: Duration = Duration::from_secs(7 * 24 * 3600);

/// Something was said in a place that nobody heard, although its session went on: it is to be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unheard {
    /// The guild.
    pub guild: GuildId,
    /// The channel or thread.
    pub channel: ChannelId,
    /// The first message that was not heard.
    pub since: MessageId,
}

/// Something that was said after a question, in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// Who said it.
    pub by: By,
    /// It asks the bot something itself.
    pub asks: bool,
    /// The message that it replies to.
    pub replies_to: Option<MessageId>,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// This bot.
    Me {
        /// The newest message that it answers, where that is known.
        answers: Option<MessageId>,
    },
    /// A person or another bot.
    Other(UserId),
}

/// How long a message has been there. Both moments are by Discord's clock, in milliseconds since the Unix epoch.
pub fn age(message: MessageId, now_ms: u64) -> Duration {
    Duration::from_millis(now_ms.saturating_sub(message.created_ms()))
}

/// Whether people have moved on from a question that nobody heard when it was asked.
///
/// In a thread everything said belongs to one talk: they have, where somebody else spoke and did not ask the bot, and where
/// the bot has answered something later with the question before its eyes. In a channel others always talk of other things:
/// there only a reply to the question counts.
pub fn moved_on(ask: &Ask, later: &[Later]) -> bool {
    later.iter().any(|later| match (&ask.home, later.by) {
        (Home::Channel { .. }, By::Me { answers }) => {
            answers.is_some_and(|answered| answered > ask.message)
        }
        (Home::Channel { .. }, By::Other(author)) => author != ask.author && !later.asks,
        (Home::NewThread { .. } | Home::Chain { .. }, By::Me { .. }) => false,
        (Home::NewThread { .. } | Home::Chain { .. }, By::Other(author)) => {
            author != ask.author && !later.asks && later.replies_to == Some(ask.message)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{ChannelId, ConversationId},
        message::AskKind,
        words::Locale,
    };

    const ADA: UserId = UserId(7);
    const BEN: UserId = UserId(8);

    fn ask(home: Home) -> Ask {
        Ask {
            message: MessageId(50),
            conversation: ConversationId(1),
            home,
            guild: None,
            author: ADA,
            kind: AskKind::Question,
            locale: Locale::En,
        }
    }

    fn says(author: UserId, asks: bool, replies_to: Option<u64>) -> Later {
        Later {
            by: By::Other(author),
            asks,
            replies_to: replies_to.map(MessageId),
        }
    }

    fn answers(message: Option<u64>) -> Later {
        let answers = message.map(MessageId);
        Later {
            by: By::Me { answers },
            asks: false,
            replies_to: None,
        }
    }

    #[test]
    fn when_people_have_moved_on() {
        let channel = ChannelId(9);
        let below = None;
        let thread = ask(Home::Channel { channel, below });
        let mention = ask(Home::NewThread {
            parent: channel,
            name: "sea".to_owned(),
        });
        let chain = ask(Home::Chain {
            channel,
            parent: Some(MessageId(40)),
        });
        // What was said later; whether they have moved on in a thread, and in a channel.
        let table: &[(&[Later], bool, bool)] = &[
            (&[], false, false),
            // The asker goes on, to the bot or to others.
            (
                &[says(ADA, true, None), says(ADA, false, None)],
                false,
                false,
            ),
            // Somebody else asks the bot too.
            (&[says(BEN, true, None)], false, false),
            (&[says(BEN, true, Some(50))], false, false),
            // Somebody else says something.
            (&[says(BEN, false, None)], true, false),
            (
                &[says(ADA, true, None), says(BEN, false, None)],
                true,
                false,
            ),
            // Somebody else replies to the question, or to something else.
            (&[says(BEN, false, Some(50))], true, true),
            (&[says(BEN, false, Some(49))], true, false),
            // The bot itself: it has answered something earlier, something later, or nobody knows what.
            (&[answers(Some(40))], false, false),
            (&[answers(Some(60))], true, false),
            (&[answers(None)], false, false),
        ];
        for (later, in_thread, in_channel) in table {
            assert_eq!(moved_on(&thread, later), *in_thread, "thread: {later:?}");
            assert_eq!(moved_on(&mention, later), *in_channel, "mention: {later:?}");
            assert_eq!(moved_on(&chain, later), *in_channel, "chain: {later:?}");
        }
    }

    #[test]
    fn an_age_is_never_negative() {
        let message = MessageId::first_at(1_500_000_000_000);
        assert_eq!(message.created_ms(), 1_500_000_000_000);
        assert_eq!(
            age(message, 1_500_000_002_500),
            Duration::from_millis(2_500)
        );
        assert_eq!(age(message, 1_400_000_000_000), Duration::ZERO);
    }
}
