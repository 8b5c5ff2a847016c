//! The buttons under an answer: which there are, and the ids by which a press finds its answer again.
//!
//! A button must work after restarts and years later, when nothing of its answer is left in memory or in the store. So
//! its id holds all that is needed to find the question on Discord and the answer's messages. Ids are posted on
//! messages that stay for ever: a new form gets a new version, and the old ones are still read.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    id::{ApplicationId, ChannelId, ConversationId, GuildId, InteractionId, MessageId, UserId},
    words::Locale,
};

/// The longest id that Discord takes, in characters. Source: Discord's reference, "Component Reference".
pub const LONGEST_ID: usize = 100;

/// What every id of ours begins with: whose it is, and in which form the rest is written.
const VERSION: &str = "k1";

/// A button, and the answer that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// Ends the answer where it is.
    Stop(Answer),
    /// Makes the answer again.
    Retry(Answer),
    /// Shows what the model thought before it answered.
    Thoughts(Answer),
}

/// How an answer is found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The conversation that it is part of.
    pub conversation: ConversationId,
    /// The newest question that it answers.
    pub ask: MessageId,
    /// Where that was asked.
    pub asked_in: ChannelId,
    /// The first message of the answer; none where that is the message of the button.
    pub first: Option<MessageId>,
}

impl Button {
    /// The answer that it belongs to.
    pub fn answer(self) -> Answer {
        match self {
            Self::Stop(answer) | Self::Retry(answer) | Self::Thoughts(answer) => answer,
        }
    }

    /// Its id on Discord, at most [`LONGEST_ID`] characters.
    pub fn to_custom_id(self) -> String {
        let kind = match self {
            Self::Stop(_) => "stop",
            Self::Retry(_) => "retry",
            Self::Thoughts(_) => "thoughts",
        };
        let Answer {
            conversation,
            ask,
            asked_in,
            first,
        } = self.answer();
        let mut id = format!(
            "{VERSION}.{kind}.{:x}.{:x}.{:x}",
            conversation.0, ask.0, asked_in.0
        );
        if let Some(first) = first {
            id.push_str(&format!(".{:x}", first.0));
        }
        id
    }

    /// The button with this id; `None` where it is none that we have ever posted.
    pub fn parse(custom_id: &str) -> Option<Self> {
        let mut fields = custom_id.split('.');
        if fields.next()? != VERSION {
            return None;
        }
        let kind = fields.next()?;
        let mut number = || -> Option<Option<u64>> {
            match fields.next() {
                Some(field) => u64::from_str_radix(field, 16).ok().map(Some),
                None => Some(None),
            }
        };
        let answer = Answer {
            conversation: ConversationId(number()??),
            ask: MessageId(number()??),
            asked_in: ChannelId(number()??),
            first: number()?.map(MessageId),
        };
        let button = match kind {
            "stop" => Self::Stop(answer),
            "retry" => Self::Retry(answer),
            "thoughts" => Self::Thoughts(answer),
            _ => return None,
        };
        // Signs, capitals, zeros in front and a rest: what reads alike was not written by us.
        (button.to_custom_id() == custom_id).then_some(button)
    }
}

/// Somebody pressed a button, or used something else that the bot is said to offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// By what it is answered.
    pub interaction: Interaction,
    /// Which button; `None` for one that isn't ours, or no longer.
    pub button: Option<Pressed>,
    /// Who.
    pub by: Presser,
    /// Where.
    pub channel: ChannelId,
    /// The guild of that channel; none in direct messages.
    pub guild: Option<GuildId>,
    /// Whether the place is still open.
    pub place: Openness,
}

/// A button of ours that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// Which one.
    pub button: Button,
    /// The message that it is on.
    pub on: MessageId,
}

/// Who pressed a button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presser {
    /// Their id.
    pub id: UserId,
    /// The name that people see.
    pub name: String,
    /// The language of their Discord.
    pub locale: Locale,
}

/// Whether something can still be written in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Openness {
    /// It can.
    Open,
    /// It is a thread that was closed; whoever may write in it may open it.
    Archived,
    /// It is a thread that only moderators may open.
    Locked,
}

/// What an interaction is answered with, within 15 minutes. Source: Discord's reference, "Interactions".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// Its id.
    pub id: InteractionId,
    /// The application that it belongs to, which is the bot's.
    pub application: ApplicationId,
    /// The right to answer it.
    pub token: InteractionToken,
}

/// The right to answer an interaction. Whoever has it can write in the bot's name: it is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct InteractionToken(String);

/// A token with characters that no token has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no interaction's token is like this")]
pub struct NoToken;

impl InteractionToken {
    /// The token itself, to be put into a path.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for InteractionToken {
    type Error = NoToken;

    /// Takes what can be part of a path as it is.
    fn try_from(token: String) -> Result<Self, NoToken> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~=:".contains(&byte);
        // Two dots alone would lead out of the path.
        let fits = !token.is_empty() && token.bytes().all(plain) && !token.starts_with('.');
        if fits { Ok(Self(token)) } else { Err(NoToken) }
    }
}

impl fmt::Debug for InteractionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InteractionToken")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answers() -> impl Strategy<Value = Answer> {
        (any::<[u64; 3]>(), any::<Option<u64>>()).prop_map(
            |([conversation, ask, asked_in], first)| Answer {
                conversation: ConversationId(conversation),
                ask: MessageId(ask),
                asked_in: ChannelId(asked_in),
                first: first.map(MessageId),
            },
        )
    }

    fn buttons() -> impl Strategy<Value = Button> {
        (answers(), 0..3).prop_map(|(answer, kind)| match kind {
            0 => Button::Stop(answer),
            1 => Button::Retry(answer),
            _ => Button::Thoughts(answer),
        })
    }

    proptest! {
        #[test]
        fn an_id_tells_all_of_its_button_and_fits(button in buttons()) {
            let id = button.to_custom_id();
            prop_assert!(id.len() <= LONGEST_ID);
            prop_assert_eq!(Button::parse(&id), Some(button));
        }

        #[test]
        fn anything_else_is_no_button(id in ".{0,100}", nearly in "k1\\.(stop|retry|again)(\\.[0-9a-fA-F+]{0,17}){0,5}") {
            for id in [id, nearly] {
                let read = Button::parse(&id).map(Button::to_custom_id);
                prop_assert!(read.is_none_or(|read| read == id));
            }
        }
    }

    #[test]
    fn ids_that_were_posted_are_read_for_ever() {
        let answer = Answer {
            conversation: ConversationId(0x10),
            ask: MessageId(0x11),
            asked_in: ChannelId(0x12),
            first: None,
        };
        let later = Answer {
            first: Some(MessageId(0x13)),
            ..answer
        };
        for (id, button) in [
            ("k1.stop.10.11.12", Button::Stop(answer)),
            ("k1.retry.10.11.12.13", Button::Retry(later)),
            ("k1.thoughts.10.11.12", Button::Thoughts(answer)),
        ] {
            assert_eq!(Button::parse(id), Some(button));
        }
        for id in [
            "",
            "k1",
            "k1.stop",
            "k1.stop.10.11",
            "k1.stop.10.11.",
            "k1.stop.10.11.12.13.14",
            "k1.stop.+10.11.12",
            "k1.stop.010.11.12",
            "k1.stop.1A.11.12",
            "k2.stop.10.11.12",
            "k1.burn.10.11.12",
            "K1.stop.10.11.12",
        ] {
            assert_eq!(Button::parse(id), None, "{id}");
        }
    }

    #[test]
    fn a_token_is_never_printed_and_stays_within_its_path() {
        let token = InteractionToken::try_from("aW50.x-_~=".to_owned()).unwrap();
        assert_eq!(format!("{token:?}"), "InteractionToken");
        for token in ["", "a/b", "a?b", "a b", "..", "a#b", "%2e"] {
            assert!(
                InteractionToken::try_from(token.to_owned()).is_err(),
                "{token}"
            );
        }
    }
}
