//! Answers that were given by a process which could not keep them: what tells of them is the bot's own messages. Where the
//! store can't keep a question, its answer replies to it, wherever it stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    button::Button,
    id::{ChannelId, MessageId},
    message::{Ask, AskKind},
    reply::join,
    text::is_blank,
    words::{
        Locale,
        button::stopped_by,
        conversation::{GoOn, greeting, interrupted},
        small_print,
    },
};

/// The languages in which the bot may have said something.
const LOCALES: [Locale; 2] = [Locale::En, Locale::Ja];

/// A message of the bot's own, as it can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Where it is.
    pub channel: ChannelId,
    /// Its id.
    pub id: MessageId,
    /// The question that it answers, where it tells: by what it replies to, or by its buttons.
    pub answers: Option<MessageId>,
    /// It shows that its answer was to go on. What came of that may have died with its process.
    pub is_half: bool,
    /// It holds something else than small print.
    pub has_words: bool,
    /// It says that somebody has stopped its answer.
    pub is_stopped: bool,
    /// What it holds is said to whoever only calls the bot.
    pub is_greeting: bool,
}

impl Own {
    /// A message with this text and these buttons of ours, and what it replies to.
    pub fn new(
        (channel, id): (ChannelId, MessageId),
        replies_to: Option<MessageId>,
        text: &str,
        buttons: &[Button],
    ) -> Self {
        let goes_on = |line: &str| {
            let is_it = |locale| line.trim_end() == small_print(interrupted(locale));
            LOCALES.into_iter().any(is_it)
        };
        let words = join(&[text]);
        let greets = |go_on| {
            let is_it = |locale| words.trim_end() == greeting(locale, go_on);
            LOCALES.into_iter().any(is_it)
        };
        Self {
            channel,
            id,
            answers: replies_to.or(buttons.first().map(|button| button.answer().ask)),
            is_half: buttons
                .iter()
                .any(|button| matches!(button, Button::Stop(_)))
                || text.lines().any(goes_on),
            has_words: !is_blank(&words),
            is_stopped: text.lines().any(tells_of_stop),
            is_greeting: greets(GoOn::JustWrite) || greets(GoOn::ReplyOrMention),
        }
    }
}

/// The bot's own messages, as far as they were heard of.
#[derive(Clone, Debug, Default)]
pub struct Given(BTreeMap<(ChannelId, MessageId), Own>);

impl Given {
    /// Takes a message in, as it reads now.
    pub fn hear(&mut self, own: Own) {
        self.0.insert((own.channel, own.id), own);
    }

    /// Messages are gone.
    pub fn forget(&mut self, channel: ChannelId, messages: &[MessageId]) {
        for message in messages {
            self.0.remove(&(channel, *message));
        }
    }

    /// The questions that have whole answers. A message that doesn't say what it answers goes on with the one in front of it;
    /// the first one in a thread belongs to the question that the thread was opened on. An answer of which any message shows that
    /// it was to go on is half of one.
    pub fn answered(&self) -> BTreeSet<MessageId> {
        self.with_answers(|is_half| !is_half)
    }

    /// Those of them whose answers have words of the model, or were stopped: what is small print alone otherwise, as a failure is,
    /// answers nothing, nor does a greeting.
    pub fn in_words(&self) -> BTreeSet<MessageId> {
        let told = self.told();
        let with_words =
            told.filter(|(own, _)| own.has_words && !own.is_greeting || own.is_stopped);
        let with_words: BTreeSet<MessageId> = with_words
            .map(|(own, ask)| ask.unwrap_or(MessageId(own.channel.0)))
            .collect();
        &self.answered() & &with_words
    }

    /// The questions to which half an answer stands.
    pub fn begun(&self) -> BTreeSet<MessageId> {
        self.with_answers(|is_half| is_half)
    }

    fn with_answers(&self, wanted: impl Fn(bool) -> bool) -> BTreeSet<MessageId> {
        let mut is_half: BTreeMap<MessageId, bool> = BTreeMap::new();
        for (own, ask) in self.told() {
            let ask = ask.unwrap_or(MessageId(own.channel.0));
            *is_half.entry(ask).or_default() |= own.is_half;
        }
        let asks = is_half.into_iter().filter(|(_, is_half)| wanted(*is_half));
        asks.map(|(ask, _)| ask).collect()
    }

    /// The messages with words of answers to questions that they don't tell, in a thread for instance.
    pub fn untold(&self) -> impl Iterator<Item = MessageId> {
        let untold = self
            .told()
            .filter(|(own, ask)| ask.is_none() && own.has_words && !own.is_half);
        untold.map(|(own, _)| own.id)
    }

    /// Each message and the question that it answers, where it or one in front of it tells.
    fn told(&self) -> impl Iterator<Item = (&Own, Option<MessageId>)> {
        let own = self.0.values();
        own.scan(None, |asked: &mut Option<(ChannelId, MessageId)>, own| {
            let before = asked.filter(|(channel, _)| *channel == own.channel);
            let ask = own.answers.or(before.map(|(_, ask)| ask));
            *asked = ask.map(|ask| (own.channel, ask));
            Some((own, ask))
        })
    }
}

/// The questions that have answers and those that have half of one, as the bot's own messages tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// They have whole answers.
    pub answered: BTreeSet<MessageId>,
    /// Those of them whose answers have words of the model.
    pub in_words: BTreeSet<MessageId>,
    /// They have half an answer.
    pub begun: BTreeSet<MessageId>,
}

impl From<&Given> for Answers {
    fn from(given: &Given) -> Self {
        Self {
            answered: given.answered(),
            in_words: given.in_words(),
            begun: given.begun(),
        }
    }
}

impl Answers {
    /// Whether a question is among these that were `given` answers, or was answered together with one of them. Only words have seen
    /// what waited before: no failure has, nor a greeting, which answers other calls alone. A question that goes with one of the
    /// `halves`, to which half an answer stands, has that half.
    pub fn reach(&self, ask: &Ask, given: &[Ask], halves: &[Ask]) -> bool {
        let has_seen = |given: &&Ask| {
            given.message == ask.message
                || ask.kind == AskKind::Greeting
                || self.in_words.contains(&given.message)
        };
        let given = given.iter().filter(has_seen);
        match (first_with(ask, given), first_with(ask, halves)) {
            (Some(whole), Some(half)) => whole < half,
            (whole, _) => whole.is_some(),
        }
    }
}

/// Whether a line says that somebody has stopped the answer above it, whoever that was.
fn tells_of_stop(line: &str) -> bool {
    const ANYBODY: &str = "anybody";
    LOCALES.into_iter().any(|locale| {
        let whole = small_print(&stopped_by(locale, ANYBODY));
        let around = whole.split_once(ANYBODY);
        around.is_some_and(|(before, behind)| {
            let rest = line.trim_end().strip_prefix(before);
            rest.is_some_and(|rest| rest.ends_with(behind))
        })
    })
}

/// The first of these questions with which another one is answered.
fn first_with<'a>(ask: &Ask, among: impl IntoIterator<Item = &'a Ask>) -> Option<MessageId> {
    let with = among.into_iter().filter(|given| goes_with(ask, given));
    with.map(|given| given.message).min()
}

/// Whether a question is answered with this one that was answered, by the rule that its turn went by.
pub fn goes_with(ask: &Ask, answered: &Ask) -> bool {
    answered.message == ask.message
        || answered.message > ask.message
            && answered.conversation == ask.conversation
            && answered.joins(ask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        button::Answer,
        id::{ConversationId, UserId},
        message::Home,
    };

    const CHANNEL: ChannelId = ChannelId(9);

    fn stop(ask: u64) -> Button {
        Button::Stop(Answer {
            conversation: ConversationId(1),
            ask: MessageId(ask),
            asked_in: CHANNEL,
            first: None,
        })
    }

    fn own(id: u64, replies_to: Option<u64>, text: &str, buttons: &[Button]) -> Own {
        let replies_to = replies_to.map(MessageId);
        Own::new((CHANNEL, MessageId(id)), replies_to, text, buttons)
    }

    fn answered(own: impl IntoIterator<Item = Own>) -> Vec<u64> {
        let mut given = Given::default();
        for own in own {
            given.hear(own);
        }
        given.answered().into_iter().map(|ask| ask.0).collect()
    }

    #[test]
    fn an_answer_is_whole_where_none_of_its_messages_was_to_go_on() {
        let told = |ask, last| [own(20, Some(ask), "Blue, ", &[]), last];
        assert_eq!(answered(told(11, own(21, None, "mostly.", &[]))), [11]);
        let first = own(20, Some(11), "Blue, ", &[stop(11)]);
        assert!(answered([first, own(21, None, "mostly.", &[])]).is_empty());
        assert!(answered(told(11, own(21, None, "mo", &[stop(11)]))).is_empty());
        let mut given = Given::default();
        told(11, own(21, None, "mo", &[stop(11)]))
            .into_iter()
            .for_each(|own| given.hear(own));
        assert_eq!(
            given.begun().into_iter().collect::<Vec<_>>(),
            [MessageId(11)]
        );
        for locale in LOCALES {
            // Below it, the place of the answer may have its own remark.
            let text = format!("mo\n{}\n-# more", small_print(interrupted(locale)));
            assert!(answered(told(11, own(21, None, &text, &[]))).is_empty());
        }
    }

    #[test]
    fn neither_a_failure_nor_a_greeting_is_an_answer_in_words() {
        let mut given = Given::default();
        given.hear(own(20, Some(11), "Blue.", &[]));
        given.hear(own(21, None, "-# That is all.", &[]));
        given.hear(own(22, Some(12), "-# That failed.", &[]));
        given.hear(own(23, Some(13), "Gr", &[stop(13)]));
        for (id, locale) in [(24, Locale::En), (25, Locale::Ja)] {
            let hi = greeting(locale, GoOn::ReplyOrMention);
            let text = format!("{hi}\n-# No thread.");
            given.hear(own(id, Some(id - 10), &text, &[]));
        }
        let in_words: Vec<MessageId> = given.in_words().into_iter().collect();
        assert_eq!(in_words, [MessageId(11)]);
    }

    #[test]
    fn answers_that_are_given_side_by_side_are_told_apart() {
        let both = [
            own(20, Some(11), "Blue, ", &[]),
            own(21, Some(12), "Green.", &[]),
            own(22, None, "mo", &[stop(11)]),
        ];
        assert_eq!(answered(both), [12]);
    }

    #[test]
    fn a_message_is_as_it_was_heard_of_last() {
        let mut given = Given::default();
        given.hear(own(20, Some(11), "Bl", &[stop(11)]));
        assert!(given.answered().is_empty());
        given.hear(own(20, Some(11), "Blue.", &[]));
        assert_eq!(given.answered().len(), 1);
        given.hear(own(21, None, "And", &[stop(11)]));
        assert!(given.answered().is_empty());
        given.forget(CHANNEL, &[MessageId(21)]);
        assert_eq!(given.answered().len(), 1);
    }

    #[test]
    fn words_of_an_answer_may_not_tell_its_question() {
        let mut given = Given::default();
        given.hear(own(20, None, "Blue.", &[]));
        given.hear(own(21, None, "-# That failed.", &[]));
        given.hear(own(22, Some(12), "Green, ", &[]));
        given.hear(own(23, None, "mostly.", &[]));
        assert_eq!(given.untold().collect::<Vec<_>>(), [MessageId(20)]);
    }

    #[test]
    fn what_was_asked_before_in_the_same_place_was_answered_with_it() {
        let asks = |message, parent| Ask {
            message: MessageId(message),
            conversation: ConversationId(parent),
            home: Home::Chain {
                channel: CHANNEL,
                parent: Some(MessageId(parent)),
            },
            guild: None,
            author: UserId(7),
            kind: AskKind::Question,
            locale: Locale::En,
        };
        let given = [asks(12, 5)];
        let answers = |in_words: &[u64]| Answers {
            in_words: in_words.iter().copied().map(MessageId).collect(),
            ..Answers::default()
        };
        let has_answer = |ask, halves: &[Ask]| answers(&[12]).reach(&ask, &given, halves);
        assert!(has_answer(asks(12, 5), &[]));
        assert!(has_answer(asks(11, 5), &[]));
        assert!(!has_answer(asks(13, 5), &[]), "asked since");
        assert!(!has_answer(asks(11, 6), &[]), "asked elsewhere");
        let half = [asks(10, 5)];
        assert!(!has_answer(asks(10, 5), &half), "half of one");
        assert!(!has_answer(asks(9, 5), &half), "with that one");
        assert!(has_answer(asks(11, 5), &half), "asked since");

        // The answer has failed, or is a greeting.
        let without_words = answers(&[]);
        assert!(without_words.reach(&asks(12, 5), &given, &[]));
        assert!(!without_words.reach(&asks(11, 5), &given, &[]));
        let call = Ask {
            kind: AskKind::Greeting,
            ..asks(11, 5)
        };
        assert!(without_words.reach(&call, &given, &[]));
    }

    #[test]
    fn the_first_answer_in_a_thread_is_to_the_question_that_it_was_opened_on() {
        let first = own(20, None, "Blue.", &[]);
        let next = own(30, Some(25), "Gr", &[stop(25)]);
        assert_eq!(answered([first, next]), [CHANNEL.0]);
    }

    #[test]
    fn what_somebody_has_stopped_is_told_by_its_line() {
        for (text, stopped) in [
            ("-# stopped by Ada", true),
            ("The sea\n-# stopped by Ada [a]", true),
            ("-# Adaさんが停止しました", true),
            ("stopped by Ada", false),
            ("-# The model is busy.", false),
        ] {
            let own = Own::new((CHANNEL, MessageId(1)), None, text, &[]);
            assert_eq!(own.is_stopped, stopped, "{text}");
        }
    }
}
