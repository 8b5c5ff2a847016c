//! One remembered message as the model reads it: who speaks, what they reply to, what they brought along.

use std::collections::HashMap;

use super::{Attachment, Content, Conversation, Line, Quoted, Role, Said, Speaker, reply};
use crate::{
    id::{MessageId, UserId},
    text, words,
};

/// The names that a conversation's people go by in the prompt.
pub(super) struct Voices {
    /// People whose name somebody else had first, with the number that tells them apart.
    namesakes: HashMap<UserId, usize>,
    several: bool,
}

impl Voices {
    /// Finds out who speaks, in the order in which they came in.
    pub(super) fn of(conversation: &Conversation) -> Self {
        let mut ids_by_name: HashMap<&str, Vec<UserId>> = HashMap::new();
        let mut people = Vec::new();
        let mut namesakes = HashMap::new();
        for said in &conversation.said {
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
        Self {
            namesakes,
            several: people.len() > 1,
        }
    }

    /// The name to put before a message; none while only one person speaks.
    fn name(&self, id: UserId, name: &str) -> Option<String> {
        // A name is one line in the prompt: it can't pretend to be another speaker's message.
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        self.several.then(|| match self.namesakes.get(&id) {
            Some(number) => format!("{name} ({number})"),
            None => name,
        })
    }
}

/// Every message of a conversation as a line of the prompt, answers whole.
pub(super) fn lines(conversation: &Conversation, voices: &Voices) -> Vec<Line> {
    let said = &conversation.said;
    let mut lines = Vec::with_capacity(said.len());
    let mut told_answers = Vec::new();
    let mut before: Option<MessageId> = None;
    let mut index = 0;
    while let Some(message) = said.get(index) {
        index += 1;
        match &message.by {
            Speaker::Other { id, name } => {
                let text = heard(message, before, said);
                let text = match voices.name(*id, name) {
                    Some(name) => format!("{name}: {text}"),
                    None => text,
                };
                lines.push(Line {
                    role: Role::User,
                    text,
                });
            }
            // All messages of one answer are one text, also when somebody spoke while it was written.
            Speaker::Me { answers: Some(ask) } => {
                if !told_answers.contains(ask) {
                    told_answers.push(*ask);
                    lines.push(answer(
                        said.iter()
                            .filter(|other| other.by == message.by)
                            .map(|part| part.text.as_str())
                            .collect(),
                    ));
                }
            }
            Speaker::Me { answers: None } => {
                let mut parts = vec![message.text.as_str()];
                while let Some(next) = said.get(index).filter(|next| next.by == message.by) {
                    parts.push(next.text.as_str());
                    index += 1;
                }
                lines.push(answer(reply::join(&parts)));
            }
        }
        before = said.get(index - 1).map(|said| said.id);
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
fn heard(message: &Said, before: Option<MessageId>, said: &[Said]) -> String {
    let mut text = String::new();
    if let Some(target) = message.reply_to
        && Some(target) != before
    {
        match said.binary_search_by_key(&target, |said| said.id) {
            Ok(found) => {
                if let Some(found) = said.get(found) {
                    reminder(&mut text, found);
                }
            }
            Err(_) => {
                if let Some(quoted) = &message.quoted {
                    quote(&mut text, quoted);
                }
            }
        }
    }
    text.push_str(&message.text);
    for attachment in &message.attachments {
        if !text.is_empty() {
            text.push('\n');
        }
        attach(&mut text, attachment);
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
    for line in quoted.text.lines() {
        text.push_str("> ");
        text.push_str(line);
        text.push('\n');
    }
}

/// The first words of a message that the model has seen already, so that it knows which one is meant.
fn reminder(text: &mut String, said: &Said) {
    const LENGTH: usize = 80;
    let Some(line) = said.text.lines().find(|line| !text::is_blank(line)) else {
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

fn attach(text: &mut String, attachment: &Attachment) {
    let (content, whole) = match &attachment.content {
        Content::Text(content) => (content, true),
        Content::Cut(content) => (content, false),
        Content::Unread | Content::Opaque => {
            text.push_str(&words::prompt::opaque_file(attachment));
            return;
        }
    };
    text.push_str(&words::prompt::file_begins(attachment));
    text.push('\n');
    text.push_str(content.trim_end());
    text.push('\n');
    text.push_str(if whole {
        words::prompt::FILE_ENDS
    } else {
        words::prompt::FILE_CUT
    });
}
