//! What the doctor says of one channel: why the bot would answer somebody there, or stay silent.

use super::{Told, server};
use crate::{
    findings::{Channel, Outcome, Saying},
    words::{Locale, permissions::label},
};

pub(super) fn told(locale: Locale, found: &Channel) -> Told {
    match found {
        Channel::Unseen { channel } => match locale {
            Locale::En => Told::wrong(
                format!("The bot doesn't see a channel {channel}."),
                "It hears nothing of what is said there.",
                "Check the id (in Discord: Settings -> Advanced -> Developer Mode, then right-click the channel -> \
                 Copy Channel ID), that the bot is in that server, and that it may view the channel: Edit Channel -> \
                 Permissions -> add the bot's role and allow \"View Channels\".",
            ),
            Locale::Ja => Told::wrong(
                format!("ボットからチャンネル{channel}が見えません。"),
                "そこでの会話は一切届きません。",
                "IDが正しいか（Discordの設定 → 詳細設定 → 開発者モードをオンにし、チャンネルを右クリック → 「チャンネルIDをコピー」）、ボットがそのサーバーにいるか、チャンネルを見られるか（チャンネルの編集 → 権限 → ボットのロールを追加し、「チャンネルを見る」を許可）を確認してください。",
            ),
        },
        Channel::NoTalk { name } => match locale {
            Locale::En => Told::mended(
                format!("{name} is no channel that people write in."),
                "Give the id of a channel, a thread or a forum post.",
            ),
            Locale::Ja => Told::mended(
                format!("{name}は、メッセージを書けるチャンネルではありません。"),
                "チャンネル、スレッド、フォーラムの投稿のいずれかのIDを指定してください。",
            ),
        },
        Channel::Place { name, server } => Told::fine(match (locale, server) {
            (Locale::En, Some(server)) => format!("#{name} in {server}"),
            (Locale::Ja, Some(server)) => format!("{server}の#{name}"),
            (Locale::En, None) => "direct messages".to_owned(),
            (Locale::Ja, None) => "ダイレクトメッセージ".to_owned(),
        }),
        Channel::BotMay => Told::fine(match locale {
            Locale::En => "The bot may do all it needs here.",
            Locale::Ja => "必要な権限がそろっています。",
        }),
        Channel::BotLacks { permission, by } => {
            let name = label(locale, permission);
            let why = server::reason(locale, permission);
            let mend = server::mend(locale, name, by);
            match locale {
                Locale::En => Told::wrong(
                    format!("The bot lacks \"{name}\" here."),
                    format!("It needs it {why}."),
                    mend,
                ),
                Locale::Ja => Told::wrong(
                    format!("ここではボットに「{name}」の権限がありません。"),
                    format!("{why}に必要です。"),
                    mend,
                ),
            }
        }
        Channel::Locked => match locale {
            Locale::En => Told::wrong(
                "The thread is locked.",
                "The bot may not write in it.",
                "Right-click the thread -> Unlock Thread.",
            ),
            Locale::Ja => Told::wrong(
                "スレッドがロックされています。",
                "ボットは書き込めません。",
                "スレッドを右クリック → 「スレッドのロックを解除」を選んでください。",
            ),
        },
        Channel::NotMember { user, server } => match locale {
            Locale::En => Told::mended(
                format!("{user} is not in {server}."),
                "Check the id: right-click the person -> Copy User ID.",
            ),
            Locale::Ja => Told::mended(
                format!("{user}は{server}のメンバーではありません。"),
                "IDを確認してください（相手を右クリック → 「ユーザーIDをコピー」）。",
            ),
        },
        Channel::PersonLacks {
            person,
            permission,
            by,
        } => {
            let name = label(locale, permission);
            let mend = server::mend_for(locale, name, by, person);
            match locale {
                Locale::En => Told::wrong(
                    format!("{person} lacks \"{name}\" here."),
                    "They can't ask anything in this place.",
                    mend,
                ),
                Locale::Ja => Told::wrong(
                    format!("ここでは{person}に「{name}」の権限がありません。"),
                    "この場所では質問できません。",
                    mend,
                ),
            }
        }
        Channel::Told { saying, outcome } => Told::fine(match locale {
            Locale::En => format!("{}: {}", saying_en(*saying), outcome_en(*outcome)),
            Locale::Ja => format!("{}：{}", saying_ja(*saying), outcome_ja(*outcome)),
        }),
    }
}

const fn saying_en(saying: Saying) -> &'static str {
    match saying {
        Saying::Mention => "A message that mentions the bot",
        Saying::Plain => "A message without a mention",
        Saying::MentionOfOthers => "A message that mentions somebody else",
        Saying::Reply => "A reply to the bot",
        Saying::QuietReply => "A reply to the bot with the ping off",
    }
}

const fn saying_ja(saying: Saying) -> &'static str {
    match saying {
        Saying::Mention => "ボットへのメンション",
        Saying::Plain => "メンションのないメッセージ",
        Saying::MentionOfOthers => "ほかの人へのメンション",
        Saying::Reply => "ボットへの返信",
        Saying::QuietReply => "ボットへの返信（通知オフ）",
    }
}

const fn outcome_en(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Thread => "it opens a thread on it and answers there.",
        Outcome::ReplyForThread => {
            "it answers with a reply, as it may not open a thread, and says so once."
        }
        Outcome::Here => "it answers here.",
        Outcome::Chain => "it answers with a reply.",
        Outcome::Unable => "it can't answer, because of what is missing above.",
        Outcome::Remembers => {
            "it stays silent, as that isn't said to it, and reads it as part of the conversation."
        }
        Outcome::NotAddressed => {
            "it stays silent, as outside its own threads it answers mentions and replies alone."
        }
        Outcome::FromBot => "it stays silent, as two bots would talk for ever.",
        Outcome::Own => "it stays silent, as these are its own words.",
        Outcome::Unreadable => {
            "it stays silent, as without the Message Content Intent Discord gives it no text."
        }
    }
}

const fn outcome_ja(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Thread => "スレッドを作り、その中で回答します。",
        Outcome::ReplyForThread => {
            "スレッドを作れないため、返信で回答し、そのことを一度だけ伝えます。"
        }
        Outcome::Here => "ここで回答します。",
        Outcome::Chain => "返信で回答します。",
        Outcome::Unable => "上記の権限が足りないため、回答できません。",
        Outcome::Remembers => "ボット宛てではないため回答しません。会話の一部として読みます。",
        Outcome::NotAddressed => {
            "回答しません。自分が作ったスレッドの外では、メンションと返信にだけ回答します。"
        }
        Outcome::FromBot => "回答しません。ボットどうしの会話は終わらなくなるためです。",
        Outcome::Own => "回答しません。ボット自身の発言だからです。",
        Outcome::Unreadable => {
            "回答しません。Message Content Intentを使わないと、本文が届かないためです。"
        }
    }
}
