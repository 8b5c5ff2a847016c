//! The table "When it answers", row by row.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test shows what it did not expect"
)]

use super::*;
use crate::{
    id::UserId,
    message::{Attachment, Author, Content, Quoted, Replied},
};

const ME: UserId = UserId(1);
const ADA: UserId = UserId(2);
const BEN: UserId = UserId(3);

fn settings() -> Settings {
    Settings {
        system_prompt: String::new(),
        message_content: true,
        language: Language::Auto,
        max_messages: 6,
        formula_pictures: true,
        thread_titles: true,
        stale_after: std::time::Duration::from_secs(900),
    }
}

fn message(place: Place, text: &str) -> Message {
    Message {
        id: MessageId(100),
        channel: ChannelId(7),
        guild: (place != Place::Direct).then_some(GuildId(9)),
        place,
        author: Author {
            id: ADA,
            name: "ada".into(),
            kind: AuthorKind::Person,
        },
        text: text.into(),
        attachments: Vec::new(),
        mentions_me: false,
        mentions_others: false,
        reply_to: None,
        edited_ms: None,
        locale: Locale::En,
    }
}

fn mention(place: Place, text: &str) -> Message {
    Message {
        mentions_me: true,
        ..message(place, text)
    }
}

fn replying(to: UserId, message: Message) -> Message {
    let quoted = Quoted {
        author: to,
        name: "somebody".into(),
        mine: to == ME,
        text: "the sea is red".into(),
    };
    Message {
        reply_to: Some(Replied {
            id: MessageId(50),
            quoted: Some(quoted),
        }),
        ..message
    }
}

fn to_others(message: Message) -> Message {
    Message {
        mentions_others: true,
        ..message
    }
}

fn with_file(message: Message) -> Message {
    let file = Attachment {
        name: "photo.png".into(),
        media_type: Some("image/png".into()),
        size: 1,
        url: String::new(),
        content: Content::Opaque,
    };
    Message {
        attachments: vec![file],
        ..message
    }
}

fn by(kind: AuthorKind, message: Message) -> Message {
    let author = Author {
        kind,
        ..message.author.clone()
    };
    Message { author, ..message }
}

/// A decision in one line.
fn told(message: Message) -> String {
    match decide(Incoming::Message(message), &settings()) {
        Decision::Ignore(why) => format!("ignore: {why:?}"),
        Decision::Remember(channel, said) => format!("remember {} in {channel}", said.id),
        Decision::Answer(ask, _) => {
            let greeting = match ask.kind {
                AskKind::Question => "",
                AskKind::Greeting => "greet ",
            };
            match ask.home {
                Home::NewThread { parent, name } => {
                    format!("{greeting}thread {} on {parent}: {name}", ask.conversation)
                }
                Home::Channel { channel, .. } => {
                    format!("{greeting}here {channel}: {}", ask.conversation)
                }
                Home::Chain { channel, parent } => {
                    let parent =
                        parent.map_or_else(|| "none".to_owned(), |parent| parent.to_string());
                    format!(
                        "{greeting}chain in {channel} on {parent}: {}",
                        ask.conversation
                    )
                }
            }
        }
        other => format!("{other:?}"),
    }
}

const OURS: Place = Place::Thread {
    ours: true,
    below: None,
};
const OTHER: Place = Place::Thread {
    ours: false,
    below: None,
};

#[test]
fn it_answers_where_it_is_spoken_to() {
    let table = [
        (
            "a mention opens a thread",
            mention(Place::Channel, "what?"),
            "thread 100 on 7: what?",
        ),
        (
            "a bare mention is greeted in one",
            mention(Place::Channel, ""),
            "greet thread 100 on 7: Chat with ada",
        ),
        (
            "zero width is bare",
            mention(Place::Channel, "\u{200b}"),
            "greet thread 100 on 7: Chat with ada",
        ),
        (
            "a file is a question",
            with_file(mention(Place::Channel, "")),
            "thread 100 on 7: About photo.png",
        ),
        (
            "a mention in a reply asks about the quoted message",
            replying(BEN, mention(Place::Channel, "true?")),
            "thread 100 on 7: true?",
        ),
        (
            "also without a word of its own",
            replying(BEN, mention(Place::Channel, "")),
            "thread 100 on 7: the sea is red",
        ),
        (
            "talk of others is none of its business",
            message(Place::Channel, "hello"),
            "ignore: NotAddressed",
        ),
        (
            "a reply to it goes on as a chain, ping off",
            replying(ME, message(Place::Channel, "why?")),
            "chain in 7 on 50: 50",
        ),
        (
            "and with a mention",
            replying(ME, mention(Place::Channel, "why?")),
            "chain in 7 on 50: 50",
        ),
        (
            "a reply to others is theirs",
            replying(BEN, message(Place::Channel, "why?")),
            "ignore: NotAddressed",
        ),
        (
            "its thread needs no mention",
            message(OURS, "and then?"),
            "here 7: 7",
        ),
        (
            "its thread, to somebody else",
            to_others(message(OURS, "@ben look")),
            "remember 100 in 7",
        ),
        (
            "its thread, a reply to somebody else",
            replying(BEN, message(OURS, "yes")),
            "remember 100 in 7",
        ),
        (
            "its thread, to somebody else and to it",
            to_others(mention(OURS, "@ben look")),
            "here 7: 7",
        ),
        (
            "its thread, a reply to it that names another",
            to_others(replying(ME, message(OURS, "ask @ben"))),
            "here 7: 7",
        ),
        (
            "its thread, a reply to oneself",
            replying(ADA, message(OURS, "and more")),
            "here 7: 7",
        ),
        (
            "its thread, nothing to see",
            message(OURS, "\u{200b}"),
            "ignore: Blank",
        ),
        (
            "its thread, a bare mention",
            mention(OURS, ""),
            "greet here 7: 7",
        ),
        (
            "its thread, only a file",
            with_file(message(OURS, "")),
            "here 7: 7",
        ),
        (
            "another thread, a mention",
            mention(OTHER, "what?"),
            "here 7: 7",
        ),
        (
            "another thread, a reply to it",
            replying(ME, message(OTHER, "why?")),
            "here 7: 7",
        ),
        (
            "another thread, talk of others",
            message(OTHER, "hello"),
            "remember 100 in 7",
        ),
        (
            "a voice channel's chat, a mention",
            mention(Place::Chat, "what?"),
            "chain in 7 on none: 100",
        ),
        (
            "a voice channel's chat, a reply",
            replying(ME, message(Place::Chat, "why?")),
            "chain in 7 on 50: 50",
        ),
        (
            "a voice channel's chat, talk of others",
            message(Place::Chat, "hello"),
            "ignore: NotAddressed",
        ),
        (
            "a direct message",
            message(Place::Direct, "hi"),
            "here 7: 7",
        ),
        (
            "a direct message with nothing to see",
            message(Place::Direct, ""),
            "ignore: Blank",
        ),
    ];
    for (row, message, expected) in table {
        assert_eq!(told(message), expected, "{row}");
    }
}

#[test]
fn it_never_answers_machines() {
    for place in [Place::Channel, Place::Direct, Place::Chat] {
        assert_eq!(
            told(by(AuthorKind::Bot, mention(place, "hi"))),
            "ignore: Bot"
        );
    }
    // What another bot says in a thread is part of the talk.
    assert_eq!(
        told(by(AuthorKind::Bot, mention(OURS, "hi"))),
        "remember 100 in 7"
    );
    assert_eq!(told(by(AuthorKind::Bot, message(OURS, ""))), "ignore: Bot");
    for place in [Place::Channel, Place::Direct, Place::Chat, OURS, OTHER] {
        assert_eq!(
            told(by(AuthorKind::Me, mention(place, "hi"))),
            "ignore: Mine"
        );
        assert_eq!(
            told(by(AuthorKind::System, mention(place, "hi"))),
            "ignore: System"
        );
    }
}

#[test]
fn notices_are_in_the_readers_language() {
    let locale = |text: &str, guild: Locale, language: Language| {
        let message = Message {
            locale: guild,
            ..mention(Place::Channel, text)
        };
        let settings = Settings {
            language,
            ..settings()
        };
        match decide(Incoming::Message(message), &settings) {
            Decision::Answer(ask, _) => ask.locale,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        locale("海は何色ですか？", Locale::En, Language::Auto),
        Locale::Ja
    );
    assert_eq!(
        locale("what color is the sea?", Locale::Ja, Language::Auto),
        Locale::En
    );
    assert_eq!(locale("ok", Locale::Ja, Language::Auto), Locale::Ja);
    assert_eq!(
        locale("海は何色ですか？", Locale::Ja, Language::Fixed(Locale::En)),
        Locale::En
    );
}

#[test]
fn changes_reach_the_memory() {
    let edited = |kind| {
        decide(
            Incoming::Edited(by(kind, message(OURS, "new"))),
            &settings(),
        )
    };
    assert!(matches!(edited(AuthorKind::Person), Decision::Edit(said) if said.text == "new"));
    assert_eq!(edited(AuthorKind::Me), Decision::Ignore(Why::Mine));
    let deleted = Incoming::Deleted {
        channel: ChannelId(7),
        messages: vec![MessageId(1), MessageId(2)],
    };
    assert_eq!(
        decide(deleted, &settings()),
        Decision::Delete(ChannelId(7), vec![MessageId(1), MessageId(2)])
    );
    assert_eq!(
        decide(Incoming::ChannelGone(ChannelId(7)), &settings()),
        Decision::Close(ChannelId(7))
    );
    assert_eq!(
        decide(Incoming::GuildGone(GuildId(9)), &settings()),
        Decision::CloseGuild(GuildId(9))
    );
}

#[test]
fn what_need_not_be_heard_is_ignored_whoever_says_it() {
    for place in [Place::Channel, Place::Chat] {
        assert!(!hears(place));
        for kind in [
            AuthorKind::Person,
            AuthorKind::Me,
            AuthorKind::Bot,
            AuthorKind::System,
        ] {
            for text in ["hello", ""] {
                let mut said = replying(BEN, message(place, text));
                said.author.kind = kind;
                said.mentions_others = true;
                let decision = decide(Incoming::Message(said), &settings());
                assert!(matches!(decision, Decision::Ignore(_)), "{decision:?}");
            }
        }
    }
}

#[test]
fn without_the_intent_an_edit_that_shows_nothing_is_none() {
    let hidden = Settings {
        message_content: false,
        ..settings()
    };
    let edited = |text: &str, guild, mentions_me| {
        let message = Message {
            guild,
            mentions_me,
            ..message(OURS, text)
        };
        let decision = decide(Incoming::Edited(message), &hidden);
        matches!(decision, Decision::Edit(..))
    };
    let guild = Some(GuildId(3));
    assert!(!edited("", guild, false));
    // Here Discord tells what it says.
    assert!(edited("", guild, true));
    assert!(edited("blue?", guild, false));
    assert!(edited("", None, false));
}
