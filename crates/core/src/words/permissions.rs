//! The permissions that the bot asks for, each with its reason, and the link that invites it with exactly these.
//!
//! It is the least that the bot can do its work with. What it does without: Embed Links (its answers stand as text;
//! without it Discord only leaves out previews), Manage Threads (a thread's own opener may rename it, and writing
//! in an archived thread reopens it), and Add Reactions (it adds none).
//!
//! Source: Discord's reference, "Permissions", for the bits; Discord's clients for the labels.

use super::Locale;
use crate::permissions::{
    ATTACH_FILES, CONNECT, CREATE_PUBLIC_THREADS, READ_MESSAGE_HISTORY, SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS, VIEW_CHANNEL,
};

/// A permission of Discord's, as the bot needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Its bit.
    pub bit: u64,
    /// Discord's constant, as its documentation and the bot's errors name it.
    pub name: &'static str,
    /// What Discord's client calls it in English.
    pub label_en: &'static str,
    /// What Discord's client calls it in Japanese.
    pub label_ja: &'static str,
    /// Why the bot needs it, in English.
    pub reason_en: &'static str,
    /// Why the bot needs it, in Japanese; 「に必要です」 may follow.
    pub reason_ja: &'static str,
}

/// Every permission that the bot needs.
pub const PERMISSIONS: [Permission; 7] = [
    Permission {
        bit: VIEW_CHANNEL,
        name: "VIEW_CHANNEL",
        label_en: "View Channels",
        label_ja: "チャンネルを見る",
        reason_en: "to see the messages that mention it",
        reason_ja: "メンションされたメッセージを見るため",
    },
    Permission {
        bit: SEND_MESSAGES,
        name: "SEND_MESSAGES",
        label_en: "Send Messages",
        label_ja: "メッセージを送信",
        reason_en: "to answer where no thread can be opened, and to show that it is typing",
        reason_ja: "スレッドを作れない場所で回答し、入力中の表示を出すため",
    },
    Permission {
        bit: CREATE_PUBLIC_THREADS,
        name: "CREATE_PUBLIC_THREADS",
        label_en: "Create Public Threads",
        label_ja: "公開スレッドの作成",
        reason_en: "to open a thread for each conversation",
        reason_ja: "会話ごとにスレッドを作るため",
    },
    Permission {
        bit: SEND_MESSAGES_IN_THREADS,
        name: "SEND_MESSAGES_IN_THREADS",
        label_en: "Send Messages in Threads",
        label_ja: "スレッドでメッセージを送信",
        reason_en: "to answer in threads and forum posts",
        reason_ja: "スレッドやフォーラムの投稿で回答するため",
    },
    Permission {
        bit: READ_MESSAGE_HISTORY,
        name: "READ_MESSAGE_HISTORY",
        label_en: "Read Message History",
        label_ja: "メッセージ履歴を読む",
        reason_en: "to read back what was said before it came, and to reply to messages, which Discord ties to it",
        reason_ja: "それまでの会話を読み、メッセージに返信するため",
    },
    Permission {
        bit: ATTACH_FILES,
        name: "ATTACH_FILES",
        label_en: "Attach Files",
        label_ja: "ファイルを添付",
        reason_en: "to show formulas as pictures, and to end an answer that is too long for messages with a file that holds all of it",
        reason_ja: "数式を画像で示し、長すぎる回答の全文を最後にファイルで添えるため",
    },
    Permission {
        bit: CONNECT,
        name: "CONNECT",
        label_en: "Connect",
        label_ja: "接続",
        reason_en: "to read and write in the chat of a voice channel, which Discord ties to it; it never joins the call",
        reason_ja: "ボイスチャンネルのチャットを読み書きするため",
    },
];

/// The permissions of [`PERMISSIONS`] as one integer, as invite links write them.
pub const fn bits() -> u64 {
    let mut bits = 0;
    let mut rest: &[Permission] = &PERMISSIONS;
    while let [first, others @ ..] = rest {
        bits |= first.bit;
        rest = others;
    }
    bits
}

/// The link that invites the bot to a server with exactly the permissions it needs; `application` is its application's id.
///
/// The `bot` scope brings slash commands with it (Discord's reference, "OAuth2 scopes").
pub fn invite_link(application: u64) -> String {
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot&permissions={}",
        bits()
    )
}

impl Permission {
    /// What Discord's client calls it.
    pub fn label(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::En => self.label_en,
            Locale::Ja => self.label_ja,
        }
    }

    /// Why the bot needs it.
    pub fn reason(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::En => self.reason_en,
            Locale::Ja => self.reason_ja,
        }
    }
}

/// What Discord's client calls a permission, given Discord's constant; the constant itself where it isn't one of ours.
pub fn label(locale: Locale, name: &str) -> &str {
    PERMISSIONS
        .iter()
        .find(|permission| permission.name == name)
        .map_or(name, |permission| permission.label(locale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_invite_asks_for_each_permission_once() {
        assert_eq!(bits().count_ones() as usize, PERMISSIONS.len());
        assert_eq!(
            invite_link(1_234),
            "https://discord.com/oauth2/authorize?client_id=1234&scope=bot&permissions=309238795264"
        );
    }

    #[test]
    fn a_permission_is_called_as_the_client_calls_it() {
        assert_eq!(label(Locale::En, "CONNECT"), "Connect");
        assert_eq!(
            label(Locale::Ja, "CREATE_PUBLIC_THREADS"),
            "公開スレッドの作成"
        );
        assert_eq!(label(Locale::Ja, "MANAGE_THREADS"), "MANAGE_THREADS");
    }
}
