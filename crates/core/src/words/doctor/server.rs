//! What the doctor says of the servers that the bot is in.

use super::Told;
use crate::{
    findings::{Denied, Server},
    words::{
        Locale, counted,
        permissions::{PERMISSIONS, invite_link, label},
    },
};

/// So many channels are named; of the others there is the number.
const NAMED: usize = 5;

pub(super) fn told(locale: Locale, found: &Server) -> Told {
    match found {
        Server::Nowhere { application } => {
            let link = invite_link(application.0);
            match locale {
                Locale::En => Told::mended(
                    "The bot is in no server yet.",
                    format!("Open {link} and choose one."),
                ),
                Locale::Ja => Told::mended(
                    "まだどのサーバーにも追加されていません。",
                    format!("{link} を開いて、追加するサーバーを選んでください。"),
                ),
            }
        }
        Server::Fine {
            server,
            seen,
            unseen,
        } => Told::fine(match (locale, unseen) {
            (Locale::En, 0) => format!(
                "{server}: it may do all it needs in {}",
                counted(*seen as u64, "channel")
            ),
            (Locale::En, _) => format!(
                "{server}: it may do all it needs in {}; {unseen} it doesn't see",
                counted(*seen as u64, "channel")
            ),
            (Locale::Ja, 0) => {
                format!("{server}：{seen}個のチャンネルで、必要な権限がそろっています")
            }
            (Locale::Ja, _) => format!(
                "{server}：{seen}個のチャンネルで、必要な権限がそろっています（見えないチャンネル{unseen}個）"
            ),
        }),
        Server::RolesLack {
            server,
            permission,
            application,
        } => {
            let name = label(locale, permission);
            let why = reason(locale, permission);
            let link = invite_link(application.0);
            match locale {
                Locale::En => Told::wrong(
                    format!("{server}: none of its roles has \"{name}\"."),
                    format!("It needs it {why}."),
                    format!(
                        "Server Settings -> Roles -> the bot's role -> Permissions -> \"{name}\", or open {link} again."
                    ),
                ),
                Locale::Ja => Told::wrong(
                    format!("{server}：ボットのどのロールにも「{name}」の権限がありません。"),
                    format!("{why}に必要です。"),
                    format!(
                        "サーバー設定 → ロール → ボットのロール → 権限 → 「{name}」をオンにするか、{link} をもう一度開いてください。"
                    ),
                ),
            }
        }
        Server::ChannelsLack {
            server,
            channels,
            permission,
            by,
        } => {
            let name = label(locale, permission);
            let why = reason(locale, permission);
            let places = places(locale, channels);
            let mend = mend(locale, name, by);
            match locale {
                Locale::En => Told::wrong(
                    format!("{server}: it lacks \"{name}\" in {places}."),
                    format!("It needs it {why}."),
                    mend,
                ),
                Locale::Ja => Told::wrong(
                    format!("{server}：{places}で「{name}」の権限がありません。"),
                    format!("{why}に必要です。"),
                    mend,
                ),
            }
        }
        Server::TimedOut { server } => match locale {
            Locale::En => Told::wrong(
                format!("{server}: the bot is timed out."),
                "Until that is over it can only read there.",
                "Right-click the bot in the list of members -> Remove Timeout.",
            ),
            Locale::Ja => Told::wrong(
                format!("{server}：ボットがタイムアウトされています。"),
                "解除されるまで、読むことしかできません。",
                "メンバーリストでボットを右クリック → 「タイムアウトを解除」を選んでください。",
            ),
        },
        Server::More { looked, all } => Told::fine(match locale {
            Locale::En => format!(
                "{looked} of {all} servers were looked at; --channel looks at a channel of any"
            ),
            Locale::Ja => format!(
                "サーバー{all}個のうち{looked}個を確認しました。ほかのサーバーは--channelで確認できます"
            ),
        }),
    }
}

/// The channels' names, the first few of them.
fn places(locale: Locale, channels: &[String]) -> String {
    let named: Vec<String> = channels
        .iter()
        .take(NAMED)
        .map(|name| format!("#{name}"))
        .collect();
    let more = channels.len().saturating_sub(NAMED);
    match (locale, more) {
        (Locale::En, 0) => named.join(", "),
        (Locale::En, _) => format!("{} and {more} more", named.join(", ")),
        (Locale::Ja, 0) => named.join("、"),
        (Locale::Ja, _) => format!("{}ほか{more}個のチャンネル", named.join("、")),
    }
}

/// Why the bot needs a permission: "to see the messages that mention it".
pub(super) fn reason(locale: Locale, permission: &str) -> &'static str {
    PERMISSIONS
        .iter()
        .find(|known| known.name == permission)
        .map_or("", |known| known.reason(locale))
}

/// Where the bot is given a permission back.
pub(super) fn mend(locale: Locale, name: &str, by: &Denied) -> String {
    match locale {
        Locale::En => mend_for(locale, name, by, "the bot"),
        Locale::Ja => mend_for(locale, name, by, "ボット"),
    }
}

/// Where somebody is given a permission back.
pub(super) fn mend_for(locale: Locale, name: &str, by: &Denied, who: &str) -> String {
    match locale {
        Locale::En => match by {
            Denied::Roles => {
                format!("Server Settings -> Roles -> a role of {who} -> Permissions -> \"{name}\".")
            }
            Denied::Everyone => format!(
                "The channel denies it to @everyone. Edit Channel -> Permissions -> add a role of {who} and allow \"{name}\"."
            ),
            Denied::Role(role) => format!(
                "The channel denies it to the role {role}. Edit Channel -> Permissions -> {role} -> \"{name}\"."
            ),
            Denied::Member => format!(
                "The channel denies it to {who} alone. Edit Channel -> Permissions -> {who} -> \"{name}\"."
            ),
            Denied::TimedOut => "Remove the timeout in the list of members.".to_owned(),
        },
        Locale::Ja => match by {
            Denied::Roles => format!(
                "サーバー設定 → ロール → {who}のロール → 権限 → 「{name}」をオンにしてください。"
            ),
            Denied::Everyone => format!(
                "チャンネルの権限で@everyoneに拒否されています。チャンネルの編集 → 権限 → {who}のロールを追加し、「{name}」を許可してください。"
            ),
            Denied::Role(role) => format!(
                "チャンネルの権限でロール「{role}」に拒否されています。チャンネルの編集 → 権限 → {role} → 「{name}」を変更してください。"
            ),
            Denied::Member => format!(
                "チャンネルの権限で{who}だけに拒否されています。チャンネルの編集 → 権限 → {who} → 「{name}」を変更してください。"
            ),
            Denied::TimedOut => "メンバーリストでタイムアウトを解除してください。".to_owned(),
        },
    }
}
