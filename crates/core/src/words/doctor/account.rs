//! What the doctor says of Discord and the bot's account there.

use super::{Told, took};
use crate::{
    findings::Account,
    words::{Locale, operator, permissions, span},
};

pub(super) fn told(locale: Locale, found: &Account) -> Told {
    match found {
        Account::Answers { took: after } => {
            let after = took(locale, *after);
            Told::fine(match locale {
                Locale::En => format!("answers after {after}"),
                Locale::Ja => format!("{after}で応答しました"),
            })
        }
        Account::Unreachable { address, reason } => match locale {
            Locale::En => Told::wrong(
                format!("Discord can't be reached at {address} ({reason})."),
                "The bot neither hears nor answers anyone.",
                "Check the network, a firewall or proxy (HTTPS_PROXY), and this machine's clock; \
                 https://discordstatus.com tells whether it is Discord itself.",
            ),
            Locale::Ja => Told::wrong(
                format!("Discord（{address}）に接続できません（{reason}）。"),
                "メッセージの受信も回答もできません。",
                "ネットワーク、ファイアウォールやプロキシ（HTTPS_PROXY）、このマシンの時計を確認してください。Discord側の障害はhttps://discordstatus.com で分かります。",
            ),
        },
        Account::Untold { reason, .. } => match locale {
            Locale::En => Told::mended(
                format!("Discord didn't tell ({reason})."),
                "Run kaiwa doctor again in a minute.",
            ),
            Locale::Ja => Told::mended(
                format!("Discordから情報を取得できませんでした（{reason}）。"),
                "1分ほど待ってから、もう一度kaiwa doctorを実行してください。",
            ),
        },
        Account::Token { name, id } => Told::fine(match locale {
            Locale::En => format!("belongs to {name} ({id})"),
            Locale::Ja => format!("{name}（{id}）のものです"),
        }),
        Account::TokenRefused => match locale {
            Locale::En => Told::wrong(
                "Discord refuses the token.",
                "Without it the bot can't sign in. A reset, or a token that was found in public, makes the old one \
                 useless.",
                "Take a new one at https://discord.com/developers/applications -> your application -> Bot -> Reset \
                 Token, and set it as DISCORD_TOKEN or put it into the file that discord_token_file names.",
            ),
            Locale::Ja => Told::wrong(
                "Discordにトークンが拒否されました。",
                "トークンがないとログインできません。リセットした場合や公開の場で見つかった場合、以前のトークンは使えなくなります。",
                "https://discord.com/developers/applications → 対象のアプリケーション → Bot → Reset Tokenで新しいトークンを取得し、DISCORD_TOKENに設定するか、discord_token_fileのファイルに保存してください。",
            ),
        },
        Account::MessageContentOn => Told::fine(match locale {
            Locale::En => "Message Content Intent is on",
            Locale::Ja => "Message Content Intentはオンです",
        }),
        Account::MessageContentUnused => Told::fine(match locale {
            Locale::En => {
                "message_content is false: it reads direct messages, mentions, and replies to it with the ping on"
            }
            Locale::Ja => {
                "message_contentがfalseのため、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります"
            }
        }),
        Account::MessageContentOff => match locale {
            Locale::En => Told::wrong(
                "The Message Content Intent is off.",
                "The bot asks for it at start, and Discord refuses the connection.",
                operator::message_content_switch(locale),
            ),
            Locale::Ja => Told::wrong(
                "Message Content Intentがオフです。",
                "起動時にこのインテントを要求するため、Discordに接続を拒否されます。",
                operator::message_content_switch(locale),
            ),
        },
        Account::Invite { application } => Told::fine(permissions::invite_link(application.0)),
        Account::CodeGrant => match locale {
            Locale::En => Told::wrong(
                "The application requires an OAuth2 code grant.",
                "The invite link then fails, and nobody can add the bot.",
                "Turn it off: https://discord.com/developers/applications -> your application -> Bot -> Requires \
                 OAuth2 Code Grant -> Save Changes.",
            ),
            Locale::Ja => Told::wrong(
                "「Requires OAuth2 Code Grant」がオンです。",
                "招待リンクがエラーになり、誰もボットを追加できません。",
                "https://discord.com/developers/applications → 対象のアプリケーション → Bot → Requires OAuth2 Code Grantをオフにして「Save Changes」を押してください。",
            ),
        },
        Account::Gateway {
            took: after,
            left,
            of,
            shards,
        } => {
            let after = took(locale, *after);
            Told::fine(match locale {
                Locale::En => {
                    let shards = crate::words::counted(u64::from(*shards), "shard");
                    format!(
                        "answers after {after}; {left} of {of} starts are left today; Discord recommends {shards}"
                    )
                }
                Locale::Ja => {
                    format!(
                        "{after}で応答しました。今日の残り起動回数は{left}/{of}、推奨シャード数は{shards}です"
                    )
                }
            })
        }
        Account::GatewayUnreachable { address, reason } => match locale {
            Locale::En => Told::wrong(
                format!("Discord's gateway can't be reached at {address} ({reason})."),
                "The bot hears nothing without it.",
                "It is connected to directly, also where a proxy (HTTPS_PROXY) is set: let the firewall pass connections to \
                 *.discord.gg on port 443. Where the certificate is the problem, check this machine's clock, and leave the gateway out \
                 of what takes TLS apart: it trusts public authorities alone.",
            ),
            Locale::Ja => Told::wrong(
                format!("Discordのゲートウェイ（{address}）に接続できません（{reason}）。"),
                "このままではメッセージを受信できません。",
                "ゲートウェイには、プロキシ（HTTPS_PROXY）を設定していても直接接続します。*.discord.ggのポート443への接続をファイアウォールで許可してください。証明書が原因の場合は、このマシンの時計を確認し、TLS通信を検査する機器があればゲートウェイを検査の対象から外してください。ゲートウェイが信頼するのは公的な認証局だけです。",
            ),
        },
        Account::FewStarts { left, back } => {
            let back = span(locale, *back);
            match locale {
                Locale::En => Told::wrong(
                    format!(
                        "Discord allows {} today.",
                        crate::words::counted(u64::from(*left), "more start")
                    ),
                    "Without one the bot can't connect anew. Something has started it very often.",
                    format!(
                        "Look into the log for why it restarts; all starts are back in {back}."
                    ),
                ),
                Locale::Ja => Told::wrong(
                    format!("Discordでセッションを開始できるのは、今日はあと{left}回です。"),
                    "使い切ると新しく接続できません。セッションが何度も開始されているようです。",
                    format!("ログで再起動の原因を確認してください。回数は{back}後に元に戻ります。"),
                ),
            }
        }
    }
}
