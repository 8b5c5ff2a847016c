//! One remembered message as the model reads it: who speaks, what they reply to, what they brought along.

use std::collections::{HashMap, HashSet};

use super::{Attachment, Content, Line, Quoted, Role, Said, Speaker, reply};
use crate::{
    id::{MessageId, UserId},
    text,
    words::notes,
};

/// The names that a conversation's people go by in the prompt.
pub(super) struct Voices {
    /// People whose name somebody else had first, with the number that tells them apart.
    namesakes: HashMap<UserId, usize>,
    /// The names that stand before messages, as they are compared; none while only one person speaks.
    names: HashSet<String>,
}

/// What begins a new line for one who reads it, model or person.
const BREAKS: [char; 7] = [
    '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
];

/// What stands between a name and what is said.
const COLONS: [char; 2] = [':', '：'];

impl Voices {
    /// Finds out who speaks, in the order in which they came in.
    pub(super) fn of(said: &[&Said]) -> Self {
        let mut ids_by_name: HashMap<&str, Vec<UserId>> = HashMap::new();
        let mut people = Vec::new();
        let mut namesakes = HashMap::new();
        for said in said {
            let Speaker::Other { id, name } = &said.by else {
                continue;
            };
            if !people.contains(id) {
                people.push(*id);
            }
            let ids = ids_by_name.entry(name).or_default();
            let place = ids.iter().position(|known| known == id).unwrap_or_else(|| {
                ids.push(*id);
                ids.len() - 1
            });
            if place > 0 {
                namesakes.insert(*id, place + 1);
            }
        }
        let mut voices = Self {
            namesakes,
            names: HashSet::new(),
        };
        if people.len() > 1 {
            let others = said.iter().filter_map(|said| match &said.by {
                Speaker::Other { id, name } => Some(text::plain(&voices.named(*id, name), "")),
                Speaker::Me { .. } => None,
            });
            voices.names = others.collect();
        }
        voices
    }

    /// The text of one of several people's messages, with what would read as somebody else's message, or as a note that
    /// people can't write, marked as a quotation, as people mark one.
    fn own(&self, text: &str, begins: bool) -> String {
        marked(text, |number, line| {
            // Behind a name that begins a message stands no other name, but a note may.
            ((number > 0 || !begins) && self.is_spoken(line))
                || (!self.names.is_empty() && is_note(line))
        })
    }

    /// The text of a file, with what would read as its end, or as somebody's message, marked in the same way: what comes behind
    /// it is the file's as well, and nobody's word.
    fn filed(&self, text: &str) -> String {
        marked(text, |_, line| self.is_spoken(line) || is_note(line))
    }

    /// A line begins as the message of somebody in this conversation does.
    fn is_spoken(&self, line: &str) -> bool {
        if self.names.is_empty() {
            return false;
        }
        // No name has a colon in it; what can't be seen may make it long.
        line.split_once(COLONS)
            .is_some_and(|(name, _)| self.names.contains(&text::plain(name, "")))
    }

    /// The name to put before a message; none while only one person speaks.
    fn name(&self, id: UserId, name: &str) -> Option<String> {
        (!self.names.is_empty()).then(|| self.named(id, name))
    }

    fn named(&self, id: UserId, name: &str) -> String {
        // A name is one line in the prompt, and ends at its colon: it can't pretend to be another speaker's message.
        let name = name.split(|c: char| c.is_whitespace() || COLONS.contains(&c));
        let name = name
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        match self.namesakes.get(&id) {
            Some(number) => format!("{name} ({number})"),
            None => name,
        }
    }
}

/// A text with some of its lines marked as quotations.
fn marked(text: &str, is_quotation: impl Fn(usize, &str) -> bool) -> String {
    let mut marked = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive(BREAKS).enumerate() {
        if is_quotation(number, line) {
            marked.push_str("> ");
        }
        marked.push_str(line);
    }
    marked
}

/// A line reads as a note of the prompt, however it is spaced.
fn is_note(line: &str) -> bool {
    line.contains(notes::OPENS) && notes::is_note(&text::plain(line, " "))
}

/// Every message of a conversation as a line of the prompt, the messages of one answer as one line.
pub(super) fn lines(said: &[&Said], voices: &Voices) -> Vec<Line> {
    let mut lines = Vec::with_capacity(said.len());
    let mut before: Option<MessageId> = None;
    for message in
        said.chunk_by(|one, next| one.by == next.by && matches!(one.by, Speaker::Me { .. }))
    {
        let Some(first) = message.first() else {
            continue;
        };
        let texts: Vec<&str> = message.iter().map(|part| part.text.as_str()).collect();
        lines.push(match &first.by {
            Speaker::Other { id, name } => {
                let text = heard(first, before, said, voices);
                let text = match voices.name(*id, name) {
                    Some(name) => format!("{name}: {text}"),
                    None => text,
                };
                Line {
                    role: Role::User,
                    text,
                }
            }
            // The store holds the model's text itself, whatever the messages showed of it.
            Speaker::Me { answers: Some(_) } => answer(texts.concat()),
            Speaker::Me { answers: None } => answer(reply::join(&texts)),
        });
        before = message.last().map(|said| said.id);
    }
    lines.retain(|line| !text::is_blank(&line.text));
    lines
}

fn answer(text: String) -> Line {
    Line {
        role: Role::Assistant,
        text: text.trim().to_owned(),
    }
}

/// What somebody else said: what it replies to, their text, their files.
fn heard(message: &Said, before: Option<MessageId>, said: &[&Said], voices: &Voices) -> String {
    let mut text = String::new();
    if let Some(target) = message.reply_to
        && Some(target) != before
    {
        match said.iter().find(|said| said.id == target) {
            Some(known) => reminder(&mut text, known),
            None => {
                if let Some(quoted) = &message.quoted {
                    quote(&mut text, quoted);
                }
            }
        }
    }
    text.push_str(&voices.own(&message.text, text.is_empty()));
    for attachment in &message.attachments {
        if !text.is_empty() {
            text.push('\n');
        }
        attach(&mut text, attachment, voices);
    }
    text
}

/// The whole text of a message that is not part of the conversation.
fn quote(text: &mut String, quoted: &Quoted) {
    if text::is_blank(&quoted.text) {
        return;
    }
    let name = if quoted.mine { "you" } else { &quoted.name };
    text.push_str(&format!("[in reply to {name}:]\n"));
    for line in quoted.text.split_terminator(BREAKS) {
        text.push_str("> ");
        text.push_str(line);
        text.push('\n');
    }
}

/// The first words of a message that the model has seen already, so that it knows which one is meant.
fn reminder(text: &mut String, said: &Said) {
    const LENGTH: usize = 80;
    let Some(line) = said.text.split(BREAKS).find(|line| !text::is_blank(line)) else {
        return;
    };
    let name = match &said.by {
        Speaker::Me { .. } => "you",
        Speaker::Other { name, .. } => name,
    };
    let cut: String = line.chars().take(LENGTH).collect();
    let more = if cut.len() < line.len() { "…" } else { "" };
    text.push_str(&format!("[in reply to {name}: {cut}{more}]\n"));
}

/// A file: its text where it could be read, else only that it is there.
fn attach(text: &mut String, file: &Attachment, voices: &Voices) {
    let (content, cut) = match &file.content {
        Content::Text(content) => (content, false),
        Content::Cut(content) => (content, true),
        Content::Unread | Content::Opaque => {
            text.push_str(&notes::attached(
                &file.name,
                file.media_type.as_deref(),
                file.size,
            ));
            return;
        }
    };
    text.push_str(&notes::file_header(&file.name, file.size));
    text.push('\n');
    text.push_str(&voices.filed(content.trim_end()));
    text.push('\n');
    text.push_str(notes::file_footer(cut));
}
