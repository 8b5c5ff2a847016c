//! What to do about something that came in: the rules of when Kaiwa answers.

use crate::{
    button::{Press, Presser},
    given::Own,
    id::{ChannelId, ConversationId, GuildId, MessageId},
    message::{Ask, AskKind, AuthorKind, Home, Incoming, Message, Place, Said, Speaker},
    settings::{Language, Settings},
    text,
    words::{self, Locale},
};

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Nothing.
    Ignore(Why),
    /// Remember it, if its channel is a conversation, and don't answer.
    Remember(ChannelId, Said),
    /// Answer it.
    Answer(Ask, Said),
    /// It may be an answer of which nobody else tells.
    Mine(Own),
    /// A message of a conversation may have a new text.
    Edit(Said),
    /// Messages are gone, from the memory too.
    Delete(ChannelId, Vec<MessageId>),
    /// A place is gone: its conversations end.
    Close(ChannelId),
    /// A whole guild is gone.
    CloseGuild(GuildId),
    /// Do what a button says; the one who pressed it is spoken to in the language told.
    Press(Press),
}

/// Why something is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is not said to the bot, nor part of a conversation.
    NotAddressed,
    /// The bot said it itself.
    Mine,
    /// A bot or a webhook said it to the bot; two bots would talk for ever.
    Bot,
    /// Discord said it.
    System,
    /// It shows nothing: no text that can be seen, no file.
    Blank,
    /// Without the Message Content intent Discord doesn't tell what it says.
    Hidden,
}

/// Decides what to do about something that came in.
pub fn decide(incoming: Incoming, settings: &Settings) -> Decision {
    match incoming {
        Incoming::Message(message) => decide_message(message, settings),
        Incoming::Mine(own) => Decision::Mine(own),
        Incoming::Edited(message) => match message.author.kind {
            _ if is_hidden(&message, settings) => Decision::Ignore(Why::Hidden),
            AuthorKind::Person | AuthorKind::Bot => Decision::Edit(said(message)),
            AuthorKind::Me => Decision::Ignore(Why::Mine),
            AuthorKind::System => Decision::Ignore(Why::System),
        },
        Incoming::Deleted { channel, messages } => Decision::Delete(channel, messages),
        Incoming::ChannelGone(channel) => Decision::Close(channel),
        Incoming::GuildGone(guild) => Decision::CloseGuild(guild),
        Incoming::Pressed(press) => Decision::Press(decide_press(press, settings)),
    }
}

/// A message that shows nothing may say something all the same: Discord tells the words of those alone that mention the bot.
fn is_hidden(message: &Message, settings: &Settings) -> bool {
    !settings.message_content
        && message.guild.is_some()
        && !message.mentions_me
        && is_empty(message)
}

/// Whoever presses is answered in the language of their own Discord, unless the operator has set one.
fn decide_press(press: Press, settings: &Settings) -> Press {
    let locale = match settings.language {
        Language::Fixed(locale) => locale,
        Language::Auto => press.by.locale,
    };
    Press {
        by: Presser { locale, ..press.by },
        ..press
    }
}

/// Whether what is said in a place may matter although it is not said to the bot: it neither names it nor replies to it.
/// Where this is false, [`decide`] ignores such a message whatever else is in it, and it need not be read.
pub fn hears(place: Place) -> bool {
    match place {
        Place::Direct | Place::Thread { .. } => true,
        Place::Channel | Place::Chat => false,
    }
}

fn decide_message(message: Message, settings: &Settings) -> Decision {
    match message.author.kind {
        AuthorKind::Me => return Decision::Ignore(Why::Mine),
        AuthorKind::System => return Decision::Ignore(Why::System),
        AuthorKind::Bot => {
            return match message.place {
                Place::Thread { .. } if !is_empty(&message) => {
                    Decision::Remember(message.channel, said(message))
                }
                Place::Thread { .. } | Place::Direct | Place::Channel | Place::Chat => {
                    Decision::Ignore(Why::Bot)
                }
            };
        }
        AuthorKind::Person => {}
    }
    let Some(home) = home(&message) else {
        return match message.place {
            Place::Thread { .. } if !is_empty(&message) => {
                Decision::Remember(message.channel, said(message))
            }
            Place::Thread { .. } | Place::Direct | Place::Channel | Place::Chat => {
                Decision::Ignore(Why::NotAddressed)
            }
        };
    };
    if is_empty(&message) && !message.mentions_me {
        return Decision::Ignore(Why::Blank);
    }
    let quoted = message.reply_to.as_ref();
    let quoted = quoted.and_then(|replied| replied.quoted.as_ref());
    let kind = AskKind::of(&message.text, &message.attachments, quoted);
    let locale = locale(&message, settings);
    let home = match home {
        Where::NewThread => Home::NewThread {
            parent: message.channel,
            name: new_thread_name(&message, locale),
        },
        Where::Here => Home::Channel {
            channel: message.channel,
            below: message.place.below(),
        },
        Where::Chain => Home::Chain {
            channel: message.channel,
            parent: message.reply_to.as_ref().map(|replied| replied.id),
        },
    };
    let conversation = ConversationId(match &home {
        Home::NewThread { .. } => message.id.0,
        Home::Channel { channel, .. } => channel.0,
        // Where the parent is known, the store finds the conversation that it belongs to.
        Home::Chain { parent, .. } => parent.unwrap_or(message.id).0,
    });
    let ask = Ask {
        message: message.id,
        conversation,
        home,
        guild: message.guild,
        author: message.author.id,
        kind,
        locale,
    };
    Decision::Answer(ask, said(message))
}

/// Where an answer goes, before names and ids are known.
enum Where {
    NewThread,
    Here,
    Chain,
}

/// The table "When it answers": where the answer to a person's message goes; `None` when it is not said to the bot.
fn home(message: &Message) -> Option<Where> {
    let replies_to_me = message
        .reply_to
        .as_ref()
        .and_then(|replied| replied.quoted.as_ref())
        .is_some_and(|quoted| quoted.mine);
    let addressed = message.mentions_me || replies_to_me;
    match message.place {
        Place::Direct => Some(Where::Here),
        Place::Thread { ours: true, .. } => {
            (addressed || !talks_to_others(message)).then_some(Where::Here)
        }
        Place::Thread { ours: false, .. } => addressed.then_some(Where::Here),
        Place::Channel if replies_to_me => Some(Where::Chain),
        Place::Channel => message.mentions_me.then_some(Where::NewThread),
        Place::Chat => addressed.then_some(Where::Chain),
    }
}

/// Whether a message that does not address the bot is said to somebody else.
fn talks_to_others(message: &Message) -> bool {
    let replies_to_other = message
        .reply_to
        .as_ref()
        .and_then(|replied| replied.quoted.as_ref())
        // A reply to one's own message goes on with one's own question.
        .is_some_and(|quoted| !quoted.mine && quoted.author != message.author.id);
    message.mentions_others || replies_to_other
}

fn is_empty(message: &Message) -> bool {
    text::is_blank(&message.text) && message.attachments.is_empty()
}

fn locale(message: &Message, settings: &Settings) -> Locale {
    match settings.language {
        Language::Fixed(locale) => locale,
        Language::Auto => words::detect::language_of(&message.text, message.locale),
    }
}

/// The name of the thread that a question opens: its own first line, else what it brought along.
fn new_thread_name(message: &Message, locale: Locale) -> String {
    let quoted = || {
        let quoted = message.reply_to.as_ref()?.quoted.as_ref()?;
        text::thread_name(&quoted.text)
    };
    let files = || {
        let first = message.attachments.first()?;
        let others = message.attachments.len() - 1;
        Some(words::conversation::files_thread_name(
            locale,
            &first.name,
            others,
        ))
    };
    text::thread_name(&message.text)
        .or_else(quoted)
        .or_else(files)
        .unwrap_or_else(|| words::conversation::greeting_thread_name(locale, &message.author.name))
}

/// A message as a conversation remembers it.
pub fn said(message: Message) -> Said {
    let (reply_to, quoted) = match message.reply_to {
        Some(replied) => (Some(replied.id), replied.quoted),
        None => (None, None),
    };
    Said {
        id: message.id,
        by: match message.author.kind {
            AuthorKind::Me => Speaker::Me { answers: None },
            AuthorKind::Person | AuthorKind::Bot | AuthorKind::System => Speaker::Other {
                id: message.author.id,
                name: message.author.name,
            },
        },
        text: message.text,
        attachments: message.attachments,
        reply_to,
        quoted,
        edited_ms: message.edited_ms,
    }
}

#[cfg(test)]
mod tests;
