//! What people in Discord read while they talk with the bot. What can go wrong with an answer is in [`super::failure`].
//!
//! Everything but the greeting and the names of threads is meant for [`super::small_print`].

use std::time::Duration;

use unicode_segmentation::UnicodeSegmentation;

use super::{Locale, permissions};
use crate::text;

/// How a conversation goes on from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoOn {
    /// Whatever is written here is said to the bot.
    JustWrite,
    /// Only what replies to the bot or mentions it is.
    ReplyOrMention,
}

/// Why an answer is not in a thread of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoThread {
    /// The bot may not open threads there.
    NotAllowed,
    /// The server has as many active threads as Discord allows (error 160006).
    TooMany,
    /// Discord refused for another reason.
    Refused,
}

/// The longest name of a thread, in UTF-16 units. Discord says 100 characters and not how it counts them.
const THREAD_NAME_UNITS: usize = 100;

/// The answer to a bare mention.
pub fn greeting(locale: Locale, go_on: GoOn) -> &'static str {
    match (locale, go_on) {
        (Locale::En, GoOn::JustWrite) => {
            "Hi! What can I do for you? Just write here, no mention needed."
        }
        (Locale::En, GoOn::ReplyOrMention) => {
            "Hi! What can I do for you? Reply to this message, or mention me with your question."
        }
        (Locale::Ja, GoOn::JustWrite) => {
            "こんにちは！ご用件をどうぞ。ここではメンションなしで、そのまま書いてください。"
        }
        (Locale::Ja, GoOn::ReplyOrMention) => {
            "こんにちは！ご用件をどうぞ。このメッセージに返信するか、メンションを付けて書いてください。"
        }
    }
}

/// The name of a thread that starts with a greeting; `person` is the name that people see.
pub fn greeting_thread_name(locale: Locale, person: &str) -> String {
    match locale {
        Locale::En => thread_name("Chat with ", person, ""),
        Locale::Ja => thread_name("", person, "さんとの会話"),
    }
    .unwrap_or_else(|| nameless_thread_name(locale).to_owned())
}

/// The name of a thread whose question is only files; `first` is the first one's name, `others` how many more there are.
pub fn files_thread_name(locale: Locale, first: &str, others: usize) -> String {
    match (locale, others) {
        (Locale::En, 0) => thread_name("About ", first, ""),
        (Locale::En, _) => thread_name("About ", first, &format!(" and {others} more")),
        (Locale::Ja, 0) => thread_name("", first, "について"),
        (Locale::Ja, _) => thread_name("", first, &format!("ほか{others}件について")),
    }
    .unwrap_or_else(|| nameless_thread_name(locale).to_owned())
}

/// The name of a thread whose question holds nothing that could name it.
pub fn nameless_thread_name(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "New conversation",
        Locale::Ja => "新しい会話",
    }
}

/// Puts a name between words, cut between graphemes where the whole would be too long for a thread's name.
/// `None` when nothing of the name can be seen.
fn thread_name(before: &str, name: &str, after: &str) -> Option<String> {
    const ELLIPSIS: &str = "…";
    let folded = name.split_whitespace().collect::<Vec<_>>().join(" ");
    // Names that show nothing, made of zero-width characters, are common on Discord.
    if text::is_blank(&folded) {
        return None;
    }
    let units = |text: &str| text.encode_utf16().count();
    let room = THREAD_NAME_UNITS.saturating_sub(units(before) + units(after));
    if units(&folded) <= room {
        return Some(format!("{before}{folded}{after}"));
    }
    let mut left = room.saturating_sub(units(ELLIPSIS));
    let cut: String = folded
        .graphemes(true)
        .take_while(|grapheme| {
            let size = units(grapheme);
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        })
        .collect();
    Some(format!("{before}{}{ELLIPSIS}{after}", cut.trim_end()))
}

/// Said once, when the beginning of the conversation no longer fits into the model's window: messages are left out, or the
/// end of a long one is.
pub fn window_left_out(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "This conversation has become longer than I can keep in mind: I no longer see all of its oldest messages, \
             so please repeat what still matters."
        }
        Locale::Ja => {
            "会話が長くなったため、古いメッセージの一部を参照できなくなりました。大事なことは、もう一度書いてください。"
        }
    }
}

/// Under the answer to a question that does not fit into the model's window as a whole.
pub fn question_cut(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "Your message is longer than I can read at once: this answers only its beginning."
        }
        Locale::Ja => {
            "メッセージが長すぎて一度に読めないため、はじめの部分だけを読んで回答しました。"
        }
    }
}

/// Under an answer that reached its limit of tokens.
pub fn answer_cut(locale: Locale, go_on: GoOn) -> &'static str {
    match (locale, go_on) {
        (Locale::En, GoOn::JustWrite) => {
            "The answer stops here because it reached its length limit. Write \"continue\" for the rest."
        }
        (Locale::En, GoOn::ReplyOrMention) => {
            "The answer stops here because it reached its length limit. Reply \"continue\" for the rest."
        }
        (Locale::Ja, GoOn::JustWrite) => {
            "長さの上限に達したため、回答はここまでです。続きを読むには「続けて」と書いてください。"
        }
        (Locale::Ja, GoOn::ReplyOrMention) => {
            "長さの上限に達したため、回答はここまでです。続きを読むには「続けて」と返信してください。"
        }
    }
}

/// The provider's filter withheld the answer, or the rest of it where a part is shown (`partial`).
pub fn filtered(locale: Locale, partial: bool) -> &'static str {
    match (locale, partial) {
        (Locale::En, false) => {
            "The model provider's content filter withheld this answer; asking in other words may help."
        }
        (Locale::En, true) => {
            "The model provider's content filter withheld the rest of this answer."
        }
        (Locale::Ja, false) => {
            "モデル提供元のフィルターにより、回答を表示できません。言い方を変えるとお答えできることがあります。"
        }
        (Locale::Ja, true) => "モデル提供元のフィルターにより、回答の続きを表示できません。",
    }
}

/// Shown while there is nothing of the answer to be seen for long.
pub fn still_thinking(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Still thinking…",
        Locale::Ja => "まだ考えています…",
    }
}

/// Said once, when the bot lacks a permission; `permission` is Discord's constant (`SEND_MESSAGES_IN_THREADS`).
pub fn missing_permission(locale: Locale, permission: &str) -> String {
    let label = permissions::label(locale, permission);
    match locale {
        Locale::En => format!(
            "I'm missing the permission \"{label}\" here; an admin of this server can give it to me."
        ),
        Locale::Ja => {
            format!(
                "ここでは、ボットに「{label}」の権限がありません。サーバーの管理者に権限の追加を頼んでください。"
            )
        }
    }
}

/// Said once, when an answer had to be given without a thread.
pub fn no_thread(locale: Locale, why: NoThread) -> String {
    match (locale, why) {
        (Locale::En, NoThread::NotAllowed) => format!(
            "I'm not allowed to open threads here, so please reply to me to continue; an admin of this server can give me the \
             permission \"{}\".",
            permissions::label(locale, "CREATE_PUBLIC_THREADS")
        ),
        (Locale::Ja, NoThread::NotAllowed) => format!(
            "ここではスレッドを作成できないため、続きはこのメッセージへの返信でどうぞ。サーバーの管理者が「{}」の権限を追加すると、スレッドでお話しできます。",
            permissions::label(locale, "CREATE_PUBLIC_THREADS")
        ),
        (Locale::En, NoThread::TooMany) => {
            "This server has as many active threads as Discord allows, so please reply to me to continue.".to_owned()
        }
        (Locale::Ja, NoThread::TooMany) => {
            "このサーバーのアクティブなスレッドが上限に達しているため、続きはこのメッセージへの返信でどうぞ。"
                .to_owned()
        }
        (Locale::En, NoThread::Refused) => {
            "I couldn't open a thread here, so please reply to me to continue.".to_owned()
        }
        (Locale::Ja, NoThread::Refused) => {
            "スレッドを作成できなかったため、続きはこのメッセージへの返信でどうぞ。".to_owned()
        }
    }
}

/// Said once in a conversation, when the bot runs without the Message Content intent.
pub fn mentions_only(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "I can read only messages that mention me or reply to me with the ping on, so please do so here too."
        }
        Locale::Ja => {
            "読み取れるのは、メンション付きのメッセージと、通知オンの返信だけです。ここで話すときも、メンションか返信をお願いします。"
        }
    }
}

/// Under a half answer, when the bot is stopped in the middle of it.
pub fn interrupted(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "I had to stop here; this answer will continue once I'm back.",
        Locale::Ja => "いったん停止します。再開したら、回答の続きを書きます。",
    }
}

/// Under an answer to what was asked while the bot was away, too long ago to pass over it.
pub fn was_away(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "I was away when you asked this; sorry for the late answer.",
        Locale::Ja => "停止中にいただいた質問です。お返事が遅くなり、すみません。",
    }
}

/// Under an answer whose model told its thoughts before it spoke; they are not shown.
pub fn thought_for(locale: Locale, span: Duration) -> String {
    let span = super::span(locale, span);
    match locale {
        Locale::En => format!("Thought for {span}."),
        Locale::Ja => format!("{span}考えました。"),
    }
}

/// Below an answer that fills all messages that it may and still goes on.
pub fn rest_comes_in_file(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "The answer goes on; all of it comes as a file at the end.",
        Locale::Ja => "回答はまだ続きます。最後に全文をファイルで送ります。",
    }
}

/// Above the file that holds an answer which is too long for messages.
pub fn whole_answer_in_file(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "All of the text is in the file.",
        Locale::Ja => "全文は添付ファイルにあります。",
    }
}
