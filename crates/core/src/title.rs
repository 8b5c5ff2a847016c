//! Titles of threads: what the model is asked for one, and what of its reply becomes a name.
//!
//! A thread is opened under the first line of its question, which is seldom what the talk is about. What the model
//! makes of it is as untrusted as everything that it says: it may explain itself, refuse, or write a page.

use crate::{
    id::MessageId,
    message::{AskKind, Content, Conversation, Said, Speaker},
    model::{Prompt, PromptMessage, Role},
    text::{self, Name, is_blank, thread_name},
    words::{Locale, detect::language_of, title as words},
};

/// So many characters of what was asked, and of what was answered, are enough to name a talk.
const SHOWN: usize = 1_000;

/// A reply of more characters than this is no title, whatever is in it.
const LONGEST_REPLY: usize = 300;

/// A line of more UTF-16 units than this is a text. One that is a little too long for a name is cut.
const LONGEST_LINE: usize = 140;

/// A line of more words than this is a sentence about something.
const MOST_WORDS: usize = 12;

/// What asks the model for a title; none where nobody has said anything that could be named.
pub fn prompt(conversation: &Conversation) -> Option<Prompt> {
    let (mut asked, mut answered) = (Excerpt::default(), Excerpt::default());
    for said in &conversation.said {
        match said.by {
            Speaker::Me { answers } if !greets(conversation, answers) => answered.add(&said.text),
            Speaker::Me { .. } => {}
            Speaker::Other { .. } => add_asked(&mut asked, said),
        }
    }
    if is_blank(&asked.text) {
        return None;
    }
    let locale = language_of(&asked.text, Locale::En);
    let message = |role, content: &str| PromptMessage {
        role,
        content: content.to_owned(),
    };
    let mut messages = vec![message(Role::System, words::instruction(locale))];
    // Small models do as they see it done.
    for (asked, answered, title) in words::examples(locale) {
        let begins = words::beginning(locale, asked, answered);
        messages.extend([
            message(Role::User, &begins),
            message(Role::Assistant, title),
        ]);
    }
    let begins = words::beginning(locale, &asked.text, &answered.text);
    messages.push(message(Role::User, &begins));
    Some(Prompt {
        messages,
        left_out: 0,
        question_cut: false,
    })
}

/// The bot was only called there, and has said no more than hello.
fn greets(conversation: &Conversation, asked: Option<MessageId>) -> bool {
    let asked = conversation.said.iter().find(|said| Some(said.id) == asked);
    asked.is_some_and(|asked| {
        AskKind::of(&asked.text, &asked.attachments, asked.quoted.as_ref()) == AskKind::Greeting
    })
}

/// What somebody says, and what they say it about.
fn add_asked(asked: &mut Excerpt, said: &Said) {
    asked.add(&said.text);
    if let Some(quoted) = &said.quoted {
        asked.add(&quoted.text);
    }
    for file in &said.attachments {
        asked.add(&file.name);
        if let Content::Text(content) | Content::Cut(content) = &file.content {
            asked.add(content);
        }
    }
}

/// The beginning of what one side says.
#[derive(Default)]
struct Excerpt {
    text: String,
    /// Characters in it.
    length: usize,
}

impl Excerpt {
    fn add(&mut self, more: &str) {
        let room = SHOWN.saturating_sub(self.length);
        if room == 0 || is_blank(more) {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let shown: String = more.trim().chars().take(room).collect();
        self.length += shown.chars().count();
        self.text.push_str(&shown);
    }
}

/// The name that a model's reply makes, 1 to 100 UTF-16 units; none where it is no title.
pub fn name(reply: &str) -> Option<String> {
    if reply.trim().chars().count() > LONGEST_REPLY {
        return None;
    }
    let mut lines = reply.lines().map(str::trim);
    let line = lines.find_map(|line| {
        let is_announced = line.ends_with([':', '：']);
        let bare = bare(&seen(line));
        let says = bare.chars().any(char::is_alphanumeric);
        (says && !is_announced).then_some(bare)
    })?;
    let is_title = line.encode_utf16().count() <= LONGEST_LINE
        && line.split_whitespace().count() <= MOST_WORDS
        && !is_several_sentences(&line)
        && !refuses(&line);
    thread_name(&line).filter(|_| is_title)
}

/// A line as a name shows it: a name has no markup, and nothing in it pings anybody or can't be seen.
fn seen(line: &str) -> String {
    // What is written as code would be kept as it is.
    let plain = ["`", "**", "~~", "||"]
        .iter()
        .fold(line.to_owned(), |line, mark| line.replace(mark, ""));
    let mut line = text::readable(&plain, |_| Name::Me);
    line.retain(|c| !is_hidden(c));
    for everybody in ["@everyone", "@here"] {
        while line.contains(everybody) {
            line = line.replace(everybody, everybody.trim_start_matches('@'));
        }
    }
    line
}

/// Control characters, and what hides or turns the letters around it. What joins letters and emoji stays.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A line without what models put around a title: marks of headings and lists, a label, quotes, a full stop.
fn bare(line: &str) -> String {
    let mut bare = line.trim();
    loop {
        let before = bare;
        bare = bare.trim_start_matches(['#', '>', ' ']);
        for mark in ["- ", "* ", "• "] {
            bare = bare.strip_prefix(mark).unwrap_or(bare);
        }
        bare = unlabelled(bare);
        for (open, close) in words::QUOTES {
            let inner = bare
                .strip_prefix(open)
                .and_then(|rest| rest.strip_suffix(close));
            // Of two things in quotes the outer marks are no pair.
            bare = inner
                .filter(|inner| !inner.contains([open, close]))
                .unwrap_or(bare);
        }
        if !bare.ends_with("..") {
            bare = bare.strip_suffix(['.', '。']).unwrap_or(bare);
        }
        bare = bare.trim();
        if bare == before {
            return bare.to_owned();
        }
    }
}

/// A line without the word for what it is, as in "Title: The sea".
fn unlabelled(line: &str) -> &str {
    let labelled = words::LABELS.iter().find_map(|label| {
        let (head, rest) = line.split_at_checked(label.len())?;
        let rest = rest.trim_start().strip_prefix([':', '：'])?;
        head.eq_ignore_ascii_case(label).then_some(rest)
    });
    labelled.unwrap_or(line)
}

/// A name is one sentence at the most, or a question; a short one may have a dot in its middle.
fn is_several_sentences(line: &str) -> bool {
    let mut ends = 0;
    let mut letters = line.chars().peekable();
    let mut word = 0;
    while let Some(letter) = letters.next() {
        let goes_on = match letter {
            '。' | '！' | '？' => letters.peek().is_some_and(|next| next.is_alphanumeric()),
            // "Dr. Who", "vs. Go": no sentence ends in so short a word.
            '.' => word > 3 && letters.peek() == Some(&' '),
            '!' | '?' => letters.peek() == Some(&' '),
            _ => false,
        };
        ends += u32::from(goes_on);
        word = if letter.is_alphanumeric() {
            word + 1
        } else {
            0
        };
    }
    ends > 1 || ends == 1 && line.encode_utf16().count() > LONGEST_LINE / 2
}

/// The model speaks of itself: it won't give a title.
fn refuses(line: &str) -> bool {
    let line = line.to_lowercase().replace('’', "'");
    words::REFUSALS.iter().any(|words| line.starts_with(words))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        id::UserId,
        message::{Attachment, Quoted},
    };

    fn said(id: u64, by: Speaker, text: &str) -> Said {
        Said {
            id: MessageId(id),
            by,
            text: text.to_owned(),
            attachments: Vec::new(),
            reply_to: None,
            quoted: None,
            edited_ms: None,
        }
    }

    fn ada(id: u64, text: &str) -> Said {
        let (ada, name) = (UserId(7), "Ada".to_owned());
        said(id, Speaker::Other { id: ada, name }, text)
    }

    fn me(id: u64, text: &str) -> Said {
        said(id, Speaker::Me { answers: None }, text)
    }

    /// The instruction, and how the model is shown that the talk begins.
    fn asked_of(said: Vec<Said>) -> Option<[String; 2]> {
        let conversation = Conversation {
            said,
            ..Conversation::default()
        };
        let mut messages = prompt(&conversation)?.messages;
        let last = messages.pop()?.content;
        let first = messages.into_iter().next()?.content;
        Some([first, last])
    }

    #[test]
    fn the_model_is_shown_how_the_talk_begins() {
        let sea = vec![ada(1, "what color is the sea?"), me(2, "It is blue.")];
        let asked = asked_of(sea).unwrap();
        assert_eq!(asked[0], words::instruction(Locale::En));
        assert_eq!(
            asked[1],
            "A thread begins with:\n> what color is the sea?\n\nThe answer begins with:\n> It is blue.\n\nTitle:"
        );
        let sea = vec![ada(1, "海は何色ですか？"), me(2, "青です。")];
        let asked = asked_of(sea).unwrap();
        assert_eq!(asked[0], words::instruction(Locale::Ja));
        assert_eq!(
            asked[1],
            "スレッドの始まり：\n> 海は何色ですか？\n\n回答の始まり：\n> 青です。\n\nタイトル："
        );
    }

    #[test]
    fn the_examples_are_titles_and_the_sides_take_turns() {
        for question in ["why?", "なぜ？"] {
            let said = vec![ada(1, question)];
            let asked = prompt(&Conversation {
                said,
                ..Conversation::default()
            });
            let messages = asked.unwrap().messages;
            let roles: Vec<Role> = messages.iter().map(|message| message.role).collect();
            let turns = [Role::User, Role::Assistant];
            let mut turn = turns.iter().cycle();
            assert_eq!(roles[0], Role::System);
            assert!(roles[1..].iter().all(|role| Some(role) == turn.next()));
            assert_eq!(roles.last(), Some(&Role::User));
            let titles = messages.iter().filter(|said| said.role == Role::Assistant);
            for title in titles {
                assert_eq!(name(&title.content).as_ref(), Some(&title.content));
            }
        }
    }

    #[test]
    fn of_a_long_talk_the_beginning_is_shown() {
        let long = vec![
            ada(1, &"words and ".repeat(90)),
            me(2, &"海".repeat(3_000)),
            ada(3, &"more words and ".repeat(300)),
            ada(4, "and this is never seen"),
        ];
        let asked = asked_of(long).unwrap().concat();
        assert_eq!(asked.matches('海').count(), SHOWN);
        assert!(asked.contains("more words") && !asked.contains("never seen"));
        assert!(asked.chars().count() < 3 * SHOWN, "{}", asked.len());
    }

    #[test]
    fn what_is_asked_about_without_words_is_named_too() {
        let quoted = Quoted {
            author: UserId(8),
            name: "Ben".to_owned(),
            mine: false,
            text: "Tides follow the moon.".to_owned(),
        };
        let file = Attachment {
            name: "tides.txt".to_owned(),
            media_type: None,
            size: 4,
            url: String::new(),
            content: Content::Text("high, low".to_owned()),
        };
        let asked = Said {
            quoted: Some(quoted),
            attachments: vec![file],
            ..ada(1, "")
        };
        let asked = asked_of(vec![asked]).unwrap();
        assert_eq!(
            asked[1],
            "A thread begins with:\n> Tides follow the moon.\n> tides.txt\n> high, low\n\nTitle:"
        );
        assert_eq!(asked_of(vec![ada(1, ""), me(2, "Hello!")]), None);
        assert_eq!(asked_of(Vec::new()), None);
        let hello = Said {
            by: Speaker::Me {
                answers: Some(MessageId(1)),
            },
            ..me(2, "Hello!")
        };
        let asked = asked_of(vec![ada(1, ""), hello, ada(3, "why?")]).unwrap();
        assert_eq!(asked[1], "A thread begins with:\n> why?\n\nTitle:");
    }

    #[test]
    fn a_title_is_freed_of_what_is_around_it() {
        for (reply, title) in [
            ("The Color of the Sea", "The Color of the Sea"),
            ("  \n\"The color of the sea.\"\n", "The color of the sea"),
            ("Title: The color of the sea", "The color of the sea"),
            ("**Title:** The color of the sea", "The color of the sea"),
            (
                "# Thread title: “The color of the sea”",
                "The color of the sea",
            ),
            ("TITLE : the sea", "the sea"),
            ("Title:\nThe sea", "The sea"),
            ("Sure! Here is a title:\n\n- *The sea*", "The sea"),
            ("The sea\n\nThis title says what it is about.", "The sea"),
            ("```\nThe sea\n```", "The sea"),
            ("Why is the sea blue?", "Why is the sea blue?"),
            ("「海の色」", "海の色"),
            ("タイトル：『海の色について』", "海の色について"),
            ("題名: 海はなぜ青いのか。", "海はなぜ青いのか"),
            ("以下のタイトルはいかがでしょうか：\n海の色", "海の色"),
            ("海の色\u{3000}と\u{202e}空", "海の色 と空"),
            ("\"Sea\" and \"sky\"", "\"Sea\" and \"sky\""),
            ("Rust vs. Go in 2024", "Rust vs. Go in 2024"),
            ("3D printing", "3D printing"),
            ("The `sort` of **lists**", "The sort of lists"),
            ("Ask <@42> and <@&7> about tides", "Ask and about tides"),
            ("@everyone and @@here: tides", "everyone and here: tides"),
            ("Tides…", "Tides…"),
            ("👩‍👩‍👧‍👦 families", "👩‍👩‍👧‍👦 families"),
        ] {
            assert_eq!(name(reply).as_deref(), Some(title), "{reply:?}");
        }
        let long = "Oceanography ".repeat(10);
        assert_eq!(name(&long).unwrap(), "Oceanography ".repeat(7).trim_end());
    }

    #[test]
    fn what_is_no_title_gives_none() {
        let page = "The sea is blue because water absorbs red light. ".repeat(20);
        let line = "海".repeat(141);
        for reply in [
            "",
            " \n\u{200b}\n",
            "…",
            "Title:",
            "Here is your title:",
            "<@42>",
            "I'm sorry, but I can't help with that.",
            "I’m unable to give this a title.",
            "Sorry, no.",
            "申し訳ありませんが、お答えできません。",
            "The sea looks blue. Water absorbs red light. Blue light is scattered back to the eye.",
            "海は青いです。空も青いです。雲は白いです。",
            "This is a sentence that explains at great length what the talk above is about.",
            page.as_str(),
            line.as_str(),
        ] {
            assert_eq!(name(reply), None, "{reply:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_model_replies_a_name_is_a_name(reply in "(\\PC|[\n\"*#: 「」<@1>.。]){0,320}") {
            if let Some(name) = name(&reply) {
                let units = name.encode_utf16().count();
                prop_assert!((1..=100).contains(&units), "{units}: {name:?}");
                prop_assert_eq!(name.trim(), name.as_str());
                prop_assert!(!is_blank(&name) && !name.contains('\n'));
                prop_assert!(!name.contains("@everyone") && !name.contains("@here"));
            }
        }
    }
}
