//! What the model sees: a conversation as a prompt that fits the model's window.

mod render;

use crate::{
    id::MessageId,
    message::{Attachment, Content, Conversation, Quoted, Said, Speaker},
    model::{Prompt, PromptMessage, Role},
    reply,
    words::notes,
};
use render::Voices;

/// Tokens that a message costs beside its text, as chat formats wrap it; a little more than any needs.
const MESSAGE_TOKENS: usize = 8;

/// How much fits.
pub struct Budget<'a> {
    /// The model's window, in tokens.
    pub window: usize,
    /// What is kept free of it for the answer, in tokens.
    pub answer: usize,
    /// Counts a text's tokens exactly. It is called only near the window, because the first call is slow.
    pub count: &'a mut dyn FnMut(&str) -> usize,
}

/// The questions that are to be answered together, by their messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The first.
    pub first: MessageId,
    /// The last.
    pub last: MessageId,
}

/// Builds the prompt that asks for an answer to these questions: the system prompt, then what was
/// said in order, the oldest left out when it doesn't fit. What people said after the last question waits for the next answer.
///
/// The bot's own messages are `assistant`, everybody else's are `user`. When several people speak, each of their
/// messages begins with the speaker's name. What is said in a row by one side becomes one message, because some
/// models insist on turns that alternate. The last message always stays, cut where it alone is too long; so is an earlier
/// one that is larger than what is left, if a good part of it fits.
pub fn build(
    conversation: &Conversation,
    asked: Asked,
    system_prompt: &str,
    budget: Budget<'_>,
) -> Prompt {
    let said = in_order(&conversation.said, asked);
    let mut lines = render::lines(&said, &Voices::of(&said));
    // Some models refuse a conversation that their own words begin: a greeting does so, and an answer to what nobody knows.
    if !conversation.more
        && lines
            .first()
            .is_some_and(|line| line.role == Role::Assistant)
    {
        let is_called = said
            .first()
            .is_some_and(|first| matches!(first.by, Speaker::Other { .. }));
        lines.insert(
            0,
            Line {
                role: Role::User,
                text: notes::beginning(is_called).to_owned(),
            },
        );
    }
    let room = budget
        .window
        .saturating_sub(budget.answer)
        .saturating_sub(MESSAGE_TOKENS);
    let fitting = fit(lines, system_prompt, room, budget.count);
    let mut messages = Vec::new();
    if !system_prompt.trim().is_empty() {
        messages.push(PromptMessage {
            role: Role::System,
            content: system_prompt.to_owned(),
        });
    }
    let left_out = fitting.left_out + usize::from(conversation.more);
    messages.extend(
        merge(fitting.lines)
            .into_iter()
            // An answer whose question was left out explains nothing, and some models refuse to begin with one.
            .skip_while(|message| left_out > 0 && message.role == Role::Assistant),
    );
    Prompt {
        messages,
        left_out,
        question_cut: fitting.question_cut,
    }
}

/// What was said up to the last question, each answer right behind the message that it answers.
///
/// By its id an answer can come after a question that was asked while it was written. Where nothing tells which message it answers,
/// because it was read back from Discord, it is none of those that wait for theirs.
fn in_order(said: &[Said], Asked { first, last: asked }: Asked) -> Vec<&Said> {
    let place = |said: &Said| match &said.by {
        Speaker::Me { answers: Some(ask) } => (*ask, true, said.id),
        Speaker::Me { answers: None } => (said.id.min(first), false, said.id),
        Speaker::Other { .. } => (said.id, true, MessageId(0)),
    };
    let mut ordered: Vec<&Said> = said
        .iter()
        .filter(|said| match &said.by {
            // What answers this very question is being replaced.
            Speaker::Me { answers: Some(ask) } => *ask < asked,
            Speaker::Me { answers: None } => said.id < asked,
            Speaker::Other { .. } => said.id <= asked,
        })
        .collect();
    ordered.sort_by_key(|said| place(said));
    ordered
}

/// Of the room for a conversation, a message that is cut must get at least this part, or it tells too little.
const WORTH_CUTTING: usize = 8;

/// What fits.
struct Fitting {
    lines: Vec<Line>,
    /// How many lines were left out, or cut, before the last one.
    left_out: usize,
    /// The last one was cut.
    question_cut: bool,
}

/// Leaves out the oldest lines until the rest fits into `room` tokens.
///
/// What somebody says that does not fit whole is cut, where much of it fits, so that the answer to it is no answer to
/// nothing. A byte is never more than one token, so that a prompt whose bytes fit needs no counting at all.
fn fit(
    mut lines: Vec<Line>,
    system_prompt: &str,
    room: usize,
    count: &mut dyn FnMut(&str) -> usize,
) -> Fitting {
    let cost = |line: &Line| line.text.len() + MESSAGE_TOKENS;
    if system_prompt.len() + lines.iter().map(cost).sum::<usize>() <= room {
        return Fitting {
            lines,
            left_out: 0,
            question_cut: false,
        };
    }
    let whole = room.saturating_sub(count(system_prompt));
    let mut room = whole;
    let (mut first_kept, mut cut) = (lines.len(), None);
    let last = lines.len().saturating_sub(1);
    for (index, line) in lines.iter_mut().enumerate().rev() {
        let tokens = count(&line.text) + MESSAGE_TOKENS;
        if tokens > room {
            // Of the question its beginning is the best that can be shown, however little it is.
            let worth = line.role == Role::User && room >= whole / WORTH_CUTTING;
            if worth || index == last {
                shorten(&mut line.text, room.saturating_sub(MESSAGE_TOKENS), count);
                (first_kept, cut) = (index, Some(index));
            }
            break;
        }
        room -= tokens;
        first_kept = index;
    }
    let question_cut = cut == Some(last);
    Fitting {
        lines: lines.split_off(first_kept),
        left_out: first_kept + usize::from(cut.is_some() && !question_cut),
        question_cut,
    }
}

/// Cuts a text to at most `room` tokens and says so in its place.
fn shorten(text: &mut String, room: usize, count: &mut dyn FnMut(&str) -> usize) {
    const CUT: &str = "\n[the rest is too long and was left out]";
    let room = room.saturating_sub(count(CUT));
    let (mut fits, mut over) = (0, text.len());
    // Halving ends after a few dozen counts; the first guesses are long, the later ones near the limit.
    while over - fits > 1 {
        let middle = text.floor_char_boundary(fits + (over - fits) / 2);
        if middle <= fits {
            break;
        }
        if count(text.get(..middle).unwrap_or_default()) <= room {
            fits = middle;
        } else {
            over = middle;
        }
    }
    text.truncate(text.floor_char_boundary(fits));
    text.push_str(CUT);
}

/// One remembered message on its way into the prompt.
struct Line {
    role: Role,
    text: String,
}

/// Joins what one side says in a row into one message.
fn merge(lines: Vec<Line>) -> Vec<PromptMessage> {
    let mut messages: Vec<PromptMessage> = Vec::with_capacity(lines.len());
    for line in lines {
        match messages.last_mut() {
            Some(last) if last.role == line.role => {
                last.content.push('\n');
                last.content.push_str(&line.text);
            }
            Some(_) | None => messages.push(PromptMessage {
                role: line.role,
                content: line.text,
            }),
        }
    }
    messages
}

#[cfg(test)]
mod tests;
