//! What of a conversation a model request did not have: the messages that stand there are compared with the text that
//! was sent. So it is shown for any bot in any language, and nobody has to take a bot's word for it.
//!
//! A bot may write messages its own way (names before them, mentions spelled out, its own answers as the model gave
//! them), so a message is looked for by the words that it has beside Discord's markup, in the order in which things
//! were said, from the newest back.

use std::collections::HashSet;

use serde::Serialize;

use crate::{
    model::Request,
    world::{Author, Channel, Message, World, is_system, snowflake},
};

/// So many messages that were left out are listed; the others are counted.
const LISTED: usize = 100;
/// So much of each is shown, in characters.
const SHOWN: usize = 160;
/// So many messages of a channel are looked through for the question: a bot that was away answers older ones.
const LOOKED_THROUGH: usize = 200;
/// So many bytes may stand in place of markup, or before what somebody says: a name.
const NAME: usize = 140;
/// So many letters of an answer are enough to know it by.
const LETTERS: usize = 40;

/// A conversation beside the request that was made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Compared {
    /// The channel or thread where the question stands.
    channel: String,
    /// So many of its messages were sent.
    sent: usize,
    /// So many were not.
    left_out: usize,
    /// So many stand around it in the channel and belong to no conversation, or to others.
    elsewhere: usize,
    /// The newest of those that were not sent, oldest first.
    listed: Vec<Left>,
    /// So many are gone from Discord.
    deleted: usize,
}

/// One message that was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Left {
    id: String,
    channel: String,
    author: String,
    text: String,
    why: Why,
}

/// Why a message was not sent, as far as it can be told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Why {
    /// It is older than all that was sent.
    Older,
    /// It came after the question.
    Later,
    /// It stands in the same channel, and the conversation is another one.
    Elsewhere,
    /// There is nothing to read in it.
    Empty,
    /// Its beginning was sent.
    Cut,
    /// It isn't found in what was sent.
    Unknown,
}

/// Compares a request with the conversation that its last words are from; none where they are from nobody here.
/// `deleted` holds the channels of messages that are gone, one each.
pub(super) fn compare(world: &World, request: &Request, deleted: &[u64]) -> Option<Compared> {
    let turns = request.turns();
    let of = |role: &str| {
        let texts = turns.iter().filter(|(one, _)| one == role);
        let texts: Vec<&str> = texts.map(|(_, text)| text.as_str()).collect();
        texts.join("\n")
    };
    let (heard, answered) = (of("user"), letters(&of("assistant")));
    let last = turns.iter().rfind(|(role, _)| role == "user");
    let last = last.map(|(_, text)| text.as_str())?;
    // The same words may have been said in two places: the one that fits the rest of the request is meant.
    let questions = world.channels.values().filter_map(|channel| {
        let question = question(world, channel, last)?;
        let until = world.clock.shows_at(request.arrived);
        let sent = Sent {
            question,
            until,
            heard: &heard,
            answered: &answered,
        };
        Some((question, beside(world, channel, &sent, deleted)))
    });
    questions
        .max_by_key(|(question, compared)| (compared.sent, *question))
        .map(|(_, compared)| compared)
}

/// The newest message of a channel that the last words of a request are from.
fn question(world: &World, channel: &Channel, last: &str) -> Option<u64> {
    let messages = world.messages.get(&channel.id)?.values().rev();
    let mut people = messages.take(LOOKED_THROUGH).filter(|message| {
        !is_bot(world, message) && !is_system(message.kind) && message.only_for.is_none()
    });
    people
        .find(|message| {
            let words = Words::of(message);
            words
                .whole(last, last.len())
                .or_else(|| words.begun(last, last.len()))
                .is_some()
        })
        .map(|message| message.id)
}

/// What a request has.
struct Sent<'a> {
    /// The message that it asks about.
    question: u64,
    /// When it arrived. What was said since may stand there by the time that somebody looks, and is none of its business.
    until: u64,
    /// What people said in it.
    heard: &'a str,
    /// What a bot answered in it.
    answered: &'a str,
}

fn beside(world: &World, channel: &Channel, sent: &Sent<'_>, deleted: &[u64]) -> Compared {
    let question = sent.question;
    let in_thread = channel.thread.is_some();
    let starter = channel.parent.filter(|_| in_thread);
    let starter = starter.and_then(|parent| world.messages.get(&parent)?.get(&channel.id));
    let own = world.messages.get(&channel.id);
    let said = starter
        .into_iter()
        .chain(own.into_iter().flat_map(|all| all.values()));
    // What Discord itself says, and what only one person sees, belongs to no conversation.
    let said = said.filter(|message| !is_system(message.kind) && message.only_for.is_none());
    let said = said
        .filter(|message| message.id <= question || snowflake::made_at(message.id) <= sent.until);
    let said: Vec<&Message> = said.collect();
    let found = found(world, &said, sent.heard, sent.answered);
    let is_sent = |message: &Message| found.whole.contains(&message.id);
    let first = said.iter().position(|message| is_sent(message));
    let apart = channel.guild.is_some() && !in_thread;
    let why = |place: usize, message: &Message| {
        if found.begun.contains(&message.id) {
            Why::Cut
        } else if message.id > question {
            Why::Later
        } else if apart {
            Why::Elsewhere
        } else if Words::of(message).is_empty() {
            Why::Empty
        } else if first.is_some_and(|first| place < first) {
            Why::Older
        } else {
            Why::Unknown
        }
    };
    let left = said.iter().enumerate();
    let left = left.filter(|(_, message)| !is_sent(message));
    // In a channel where conversations are opened, what comes later is none of this one.
    let left = left.filter(|(_, message)| !(apart && message.id > question));
    let left = left.map(|(place, message)| (*message, why(place, message)));
    let left: Vec<(&Message, Why)> = left.collect();
    let elsewhere = left
        .iter()
        .filter(|(_, why)| *why == Why::Elsewhere)
        .count();
    let listed = left.iter().skip(left.len().saturating_sub(LISTED));
    let listed = listed.map(|(message, why)| Left {
        id: message.id.to_string(),
        channel: message.channel.to_string(),
        author: name_of(world, message),
        text: excerpt(message),
        why: *why,
    });
    Compared {
        channel: channel.id.to_string(),
        sent: found.whole.len(),
        left_out: left.len() - elsewhere,
        elsewhere,
        listed: listed.collect(),
        deleted: deleted
            .iter()
            .filter(|one| **one == channel.id && !apart)
            .count(),
    }
}

/// The messages that a request has.
#[derive(Default)]
struct Found {
    whole: HashSet<u64>,
    begun: HashSet<u64>,
}

/// Looks for each message, the newest first: what was found bounds where the one before it can stand.
fn found(world: &World, said: &[&Message], heard: &str, answered: &str) -> Found {
    let mut found = Found::default();
    let (mut heard_end, mut answered_end) = (heard.len(), answered.len());
    // The messages of one answer are sent together: some of them show it in a way that can't be compared.
    let together = said.chunk_by(|one, next| one.author == next.author && is_bot(world, one));
    for group in together.collect::<Vec<_>>().into_iter().rev() {
        let mut is_known = false;
        for message in group.iter().rev() {
            let words = Words::of(message);
            if is_bot(world, message)
                && let Some(start) = words.answers(answered, answered_end)
            {
                answered_end = start;
                is_known = true;
            } else if let Some(start) = words.whole(heard, heard_end) {
                heard_end = start;
                is_known = true;
            } else if let Some(start) = words.begun(heard, heard_end) {
                heard_end = start;
                found.begun.insert(message.id);
            }
        }
        if is_known {
            found.whole.extend(group.iter().map(|message| message.id));
        }
    }
    found
}

/// What of a message a bot hands on word by word: its text between Discord's markup, or the names of its files.
struct Words<'a> {
    parts: Vec<&'a str>,
    /// Whether markup stands before the first part, and behind the last one: something else may stand in its place.
    opens: bool,
    closes: bool,
}

impl<'a> Words<'a> {
    fn of(message: &'a Message) -> Self {
        let mut words = Self::read(message.content.trim());
        if words.parts.is_empty() {
            let names = message.attachments.iter();
            words = Self {
                parts: names.map(|file| file.filename.as_str()).collect(),
                opens: true,
                closes: true,
            };
        }
        words
    }

    fn read(text: &'a str) -> Self {
        let (mut parts, mut rest, mut begin) = (Vec::new(), text, 0);
        let mut closes = false;
        let opens = markup(text).is_some();
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().trim();
        while let Some(at) = rest.find('<') {
            let place = text.len() - rest.len() + at;
            let tail = rest.get(at..).unwrap_or_default();
            let length = markup(tail).unwrap_or(0);
            if length > 0 {
                parts.push(part(begin, place));
                begin = place + length;
                closes = begin == text.len();
            }
            rest = tail.get(length.max(1)..).unwrap_or_default();
        }
        parts.push(part(begin, text.len()));
        parts.retain(|part| !part.is_empty());
        Self {
            parts,
            opens,
            closes,
        }
    }

    fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Where these words stand in a text, as lines of their own, the last time before `end`.
    fn whole(&self, text: &str, end: usize) -> Option<usize> {
        let (first, others) = self.parts.split_first()?;
        let text = text.get(..end)?;
        places(text, first).find_map(|at| {
            let mut after = text.get(at + first.len()..)?;
            for part in others {
                let gap = after.find(part).filter(|gap| *gap <= NAME)?;
                after = after.get(gap + part.len()..)?;
            }
            let rest = after.lines().next().unwrap_or_default();
            let ends = rest.trim().is_empty() || (self.closes && rest.len() <= NAME);
            (ends && self.begins_at(text, at)).then_some(at)
        })
    }

    /// Where the beginning of these words stands, as where they were too long.
    fn begun(&self, text: &str, end: usize) -> Option<usize> {
        let first = self.parts.first()?;
        let beginning = first.get(..first.floor_char_boundary(first.len().min(NAME)))?;
        if beginning.len() < NAME / 2 {
            return None;
        }
        let text = text.get(..end)?;
        places(text, beginning).find(|at| self.begins_at(text, *at))
    }

    /// Whether a line begins here, or what a name and a colon lead in.
    fn begins_at(&self, text: &str, at: usize) -> bool {
        let before = text.get(..at).unwrap_or_default();
        let lead = before.rsplit('\n').next().unwrap_or_default();
        let is_name = lead.trim_end().ends_with([':', '：']);
        lead.trim().is_empty() || (lead.len() <= NAME && (is_name || self.opens))
    }

    /// Where an answer with these words stands among the letters of all answers.
    fn answers(&self, answered: &str, end: usize) -> Option<usize> {
        let lines = self.parts.iter().flat_map(|part| part.lines());
        // Small print is the bot's, not the model's.
        let spoken: Vec<&str> = lines.filter(|line| !line.starts_with("-#")).collect();
        let spoken = letters(&spoken.join("\n"));
        let letters: Vec<char> = spoken.chars().collect();
        let ends = [
            letters.get(..LETTERS),
            letters
                .len()
                .checked_sub(LETTERS)
                .and_then(|from| letters.get(from..)),
        ];
        let samples = ends
            .into_iter()
            .flatten()
            .map(|sample| sample.iter().collect::<String>());
        let whole = (!spoken.is_empty() && letters.len() < LETTERS).then_some(spoken);
        let mut samples = samples.chain(whole);
        samples.find_map(|sample| answered.get(..end)?.rfind(&sample))
    }
}

/// Where a part stands in a text, the last place first; it may overlap with itself.
fn places<'a>(text: &'a str, part: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut end = text.len();
    std::iter::from_fn(move || {
        let at = text.get(..end)?.rfind(part)?;
        end = text.floor_char_boundary((at + part.len()).saturating_sub(1));
        Some(at)
    })
}

/// The length of the markup that a text begins with: a mention, a custom emoji, a command, a moment.
fn markup(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    let end = inner.find('>')?;
    let inner = inner.get(..end)?;
    let named = ["@", "#", ":", "a:", "/", "t:"]
        .iter()
        .any(|sign| inner.starts_with(sign));
    (named && inner.contains(|c: char| c.is_ascii_digit()) && !inner.contains('\n'))
        .then_some(end + 2)
}

/// The letters and digits of a text: what stays the same however it is laid out.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_bot(world: &World, message: &Message) -> bool {
    match &message.author {
        Author::User(user) => world.users.get(user).is_some_and(|user| user.bot),
        Author::Webhook { .. } => true,
    }
}

fn name_of(world: &World, message: &Message) -> String {
    match &message.author {
        Author::User(user) => world.users.get(user).map_or_else(String::new, |user| {
            user.global_name
                .clone()
                .unwrap_or_else(|| user.name.clone())
        }),
        Author::Webhook { name, .. } => name.clone(),
    }
}

/// What is shown of a message: the beginning of its text, or the names of its files.
fn excerpt(message: &Message) -> String {
    let files = message
        .attachments
        .iter()
        .map(|file| file.filename.as_str());
    let files: Vec<&str> = files.collect();
    let text = if message.content.trim().is_empty() {
        files.join(", ")
    } else {
        message.content.clone()
    };
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Draft;
    use serde_json::{Value, json};

    /// A direct message with Kaiwa, and what is said in it.
    struct Scene {
        world: World,
        channel: u64,
    }

    impl Scene {
        fn new() -> Self {
            let mut world = World::for_people();
            let ada = world.user_named("ada").unwrap().id;
            let kaiwa = world.user_named("kaiwa").unwrap().id;
            let channel = world.open_direct_message(ada, kaiwa).unwrap();
            Self { world, channel }
        }

        fn in_channel(name: &str) -> Self {
            let world = World::for_people();
            let channel = world.channel_named(name).unwrap().id;
            Self { world, channel }
        }

        fn says(&mut self, name: &str, content: &str) -> u64 {
            let by = self.world.user_named(name).unwrap().id;
            let draft = Draft {
                content: content.to_owned(),
                ..Draft::default()
            };
            self.world
                .post(Author::User(by), self.channel, draft)
                .unwrap()
        }

        fn compared(&self, turns: &[(&str, &str)]) -> Option<Compared> {
            let messages = turns
                .iter()
                .map(|(role, content)| json!({ "role": role, "content": content }));
            let body = json!({ "model": "any", "messages": messages.collect::<Value>() });
            self.compared_at(self.world.clock.now_ms() + 1, body)
        }

        /// The same with a request that arrived at a moment of the machine's clock.
        fn compared_at(&self, arrived: u64, body: Value) -> Option<Compared> {
            compare(&self.world, &Request::new(1, arrived, body, None), &[])
        }

        /// How many were sent, and of the others the text and why.
        fn told(&self, turns: &[(&str, &str)]) -> (usize, Vec<(String, Why)>) {
            let compared = self.compared(turns).unwrap();
            let listed = compared
                .listed
                .into_iter()
                .map(|left| (left.text, left.why));
            (compared.sent, listed.collect())
        }
    }

    fn left(text: &str, why: Why) -> (String, Why) {
        (text.to_owned(), why)
    }

    #[test]
    fn what_was_sent_is_found_however_it_is_written() {
        let mut scene = Scene::new();
        let ben = scene.world.user_named("ben").unwrap().id;
        scene.says("ada", &format!("ask <@{ben}> about `tea`, please"));
        scene.says("kaiwa", "```\nname | age\n```");
        scene.says("kaiwa", "Ben is **out**.\n-# a notice of mine");
        scene.says("ada", "two\nlines");
        scene.says("ada", "hm");
        let (sent, left) = scene.told(&[
            ("system", "hm"),
            ("user", "Ada: ask @Ben about `tea`, please"),
            ("assistant", "| name | age |\n|---|---|\nBen is out."),
            ("user", "Ada: two\nlines\nAda: hm"),
        ]);
        assert_eq!((sent, left), (5, vec![]));
    }

    #[test]
    fn what_is_too_old_came_later_or_has_no_words_says_so() {
        let mut scene = Scene::new();
        scene.says("ada", "yes");
        scene.says("kaiwa", "A first answer.");
        scene.says("ada", "what color is the sea?");
        scene.says("kaiwa", "It is blue.");
        scene.says("ada", "<:party:123>");
        scene.says("ada", "yesterday, too?");
        scene.says("kaiwa", "an older version of this very answer");
        let (sent, listed) = scene.told(&[
            ("user", "what color is the sea?"),
            ("assistant", "It is blue."),
            ("user", "yesterday, too?"),
        ]);
        assert_eq!(sent, 3);
        assert_eq!(
            listed,
            [
                left("yes", Why::Older),
                left("A first answer.", Why::Older),
                left("<:party:123>", Why::Empty),
                left("an older version of this very answer", Why::Later),
            ]
        );
    }

    #[test]
    fn what_was_said_since_the_request_arrived_is_none_of_its_business() {
        let mut scene = Scene::new();
        let question = scene.says("ada", "what color is the sea?");
        let arrived = snowflake::made_at(question) - 1;
        scene.says("kaiwa", "It is blue.");
        let messages = json!([{ "role": "user", "content": "what color is the sea?" }]);
        let body = json!({ "model": "any", "messages": messages });
        let compared = scene.compared_at(arrived, body).unwrap();
        assert_eq!((compared.sent, compared.left_out), (1, 0));
    }

    #[test]
    fn a_question_that_is_cut_is_known_by_its_beginning() {
        let mut scene = Scene::new();
        let long = "all that can be said of the sea ".repeat(40);
        scene.says("ada", &long);
        let beginning = format!("{}\n[the rest was left out]", &long[..500]);
        let (sent, listed) = scene.told(&[("user", &beginning)]);
        assert_eq!((sent, listed.first().map(|one| one.1)), (0, Some(Why::Cut)));
    }

    #[test]
    fn the_rest_of_a_channel_is_no_part_of_a_conversation_that_begins_in_it() {
        let mut scene = Scene::in_channel("general");
        let kaiwa = scene.world.user_named("kaiwa").unwrap().id;
        scene.says("ben", "lunch?");
        let asked = scene.says("ada", &format!("<@{kaiwa}> what color is the sea?"));
        scene.says("ben", "blue, I think");
        let compared = scene
            .compared(&[("user", "what color is the sea?")])
            .unwrap();
        assert_eq!((compared.sent, compared.left_out), (1, 0));
        assert!(compared.elsewhere > 0, "{compared:?}");
        assert_eq!(
            compared.listed.last().map(|one| one.text.as_str()),
            Some("lunch?")
        );
        assert!(
            compared
                .listed
                .iter()
                .all(|one| one.why == Why::Elsewhere && one.id != asked.to_string())
        );
    }

    #[test]
    fn words_of_nobody_here_are_compared_with_nothing() {
        let mut scene = Scene::new();
        scene.says("ada", "hello");
        assert_eq!(
            scene.compared(&[("user", "Give this conversation a title.")]),
            None
        );
        assert_eq!(scene.compared(&[("system", "hello")]), None);
    }
}
