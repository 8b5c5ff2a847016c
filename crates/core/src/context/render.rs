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
    /// The name that tells each apart, by who it is and what they call themselves.
    labels: HashMap<(UserId, String), String>,
    /// The names that stand before messages, as they are compared; none while only one person speaks.
    names: HashSet<String>,
}

/// What the bot is called where people reply to it. Nobody else is.
const ME: &str = "you";

/// What begins a new line for one who reads it, model or person.
const BREAKS: [char; 7] = [
    '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
];

/// What stands between a name and what is said.
const COLONS: [char; 6] = [':', '：', '﹕', '꞉', '∶', '︰'];
/// What Discord shows a name with, without making another one of it.
const MARKS: &str = "*_~|#-[]()";

impl Voices {
    /// Finds out who speaks, in the order in which they came in, and who is quoted: of those that look alike, each but the
    /// first has a number.
    pub(super) fn of(said: &[&Said]) -> Self {
        let speakers = said.iter().filter_map(|said| match &said.by {
            Speaker::Other { id, name } => Some((*id, name)),
            Speaker::Me { .. } => None,
        });
        let quoted = said.iter().filter_map(|said| said.quoted.as_ref());
        let quoted = quoted
            .filter(|quoted| !quoted.mine)
            .map(|quoted| (quoted.author, &quoted.name));
        let mut labels = HashMap::new();
        let mut taken = HashMap::from([(text::plain(ME, ""), None)]);
        for (id, name) in speakers.clone().chain(quoted) {
            let name = one_line(name);
            let numbered = |number: usize| match number {
                1 => name.clone(),
                _ => format!("{name} ({number})"),
            };
            let free = (1..).map(numbered).find(|label| {
                let owner = taken.entry(text::plain(label, "")).or_insert(Some(id));
                *owner == Some(id)
            });
            labels.insert((id, name.clone()), free.unwrap_or_default());
        }
        let people: HashSet<UserId> = speakers.clone().map(|(id, _)| id).collect();
        let mut voices = Self {
            labels,
            names: HashSet::new(),
        };
        if people.len() > 1 {
            let names = speakers.map(|(id, name)| text::plain(&voices.named(id, name), ""));
            voices.names = names.collect();
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
        line.split_once(COLONS).is_some_and(|(name, _)| {
            // Bold, an item and the like make no other name of it.
            let bare = name.trim_matches(|c: char| c.is_whitespace() || MARKS.contains(c));
            [name, bare]
                .iter()
                .any(|name| self.names.contains(&text::plain(name, "")))
        })
    }

    /// The name to put before a message; none while only one person speaks.
    fn name(&self, id: UserId, name: &str) -> Option<String> {
        (!self.names.is_empty()).then(|| self.named(id, name))
    }

    fn named(&self, id: UserId, name: &str) -> String {
        let name = one_line(name);
        self.labels
            .get(&(id, name.clone()))
            .cloned()
            .unwrap_or(name)
    }

    /// The same within a note, which it can't end.
    fn noted(&self, id: UserId, name: &str) -> String {
        self.named(id, name).replace('[', "(").replace(']', ")")
    }
}

/// A name is one line in the prompt, and ends at its colon: it can't pretend to be another speaker's message.
fn one_line(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || COLONS.contains(&c));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
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
            Some(known) => reminder(&mut text, known, voices),
            None => {
                if let Some(quoted) = &message.quoted {
                    quote(&mut text, quoted, voices);
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
fn quote(text: &mut String, quoted: &Quoted, voices: &Voices) {
    if text::is_blank(&quoted.text) {
        return;
    }
    let name = match quoted.mine {
        true => ME.to_owned(),
        false => voices.noted(quoted.author, &quoted.name),
    };
    text.push_str(&format!("[in reply to {name}:]\n"));
    for line in quoted.text.split_terminator(BREAKS) {
        text.push_str("> ");
        text.push_str(line);
        text.push('\n');
    }
}

/// The first words of a message that the model has seen already, so that it knows which one is meant.
fn reminder(text: &mut String, said: &Said, voices: &Voices) {
    const LENGTH: usize = 80;
    let Some(line) = said.text.split(BREAKS).find(|line| !text::is_blank(line)) else {
        return;
    };
    let name = match &said.by {
        Speaker::Me { .. } => ME.to_owned(),
        Speaker::Other { id, name } => voices.noted(*id, name),
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
