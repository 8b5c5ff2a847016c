//! What the operator reads in the terminal and the log: how the bot starts, what it lacks, how it ends.
//! What is wrong with its settings is in [`super::configuration`].
//!
//! Each sentence says what is the matter and what to do. None holds a key, a token or what people wrote.

use super::{Locale, counted, permissions};
use crate::error::ModelError;

/// What the bot is when it has started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started<'a> {
    /// Its name on Discord.
    pub name: &'a str,
    /// Its application's id, which the invite link names.
    pub application: u64,
    /// How many guilds it is in.
    pub guilds: u64,
    /// How many connections to the gateway it keeps.
    pub shards: u64,
    /// The model's name, where one is known.
    pub model: Option<&'a str>,
    /// The address of the model's server.
    pub base_url: &'a str,
    /// Where its data is.
    pub data: &'a str,
    /// The Message Content intent is on.
    pub message_content: bool,
}

/// The line at start.
pub fn started(locale: Locale, started: &Started<'_>) -> String {
    let Started {
        name,
        guilds,
        shards,
        base_url,
        data,
        ..
    } = *started;
    let link = permissions::invite_link(started.application);
    let mut text = match locale {
        Locale::En => {
            let model = started.model.unwrap_or("the default model");
            let servers = counted(guilds, "server");
            let shards = counted(shards, "shard");
            format!(
                "{name} is online in {servers} on {shards}. It answers with {model} from {base_url} and keeps its \
                 data in {data}. Invite it with {link}"
            )
        }
        Locale::Ja => {
            let model = started.model.unwrap_or("既定のモデル");
            format!(
                "{name}がオンラインになりました（サーバー{guilds}、シャード{shards}）。モデルは{base_url}の{model}、データは{data}にあります。招待リンク：{link}"
            )
        }
    };
    if !started.message_content {
        text.push('\n');
        text.push_str(match locale {
            Locale::En => {
                "message_content is false: it reads only direct messages, mentions, and replies to it with the ping on."
            }
            Locale::Ja => {
                "message_contentがfalseのため、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります。"
            }
        });
    }
    text
}

/// Close code 4014: the application may not use the Message Content intent.
pub fn message_content_off(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "Discord refuses the connection because this application's Message Content Intent is off. Turn it on: \
             https://discord.com/developers/applications -> your application -> Bot -> Privileged Gateway Intents -> \
             Message Content Intent -> Save Changes, then start again. To run without it, set message_content = false; \
             the bot then reads only direct messages, mentions, and replies to it with the ping on."
        }
        Locale::Ja => {
            "Message Content Intentがオフのため、Discordに接続を拒否されました。https://discord.com/developers/applications → 対象のアプリケーション → Bot → Privileged Gateway Intents → Message Content Intentをオンにして「Save Changes」を押し、起動し直してください。オフのまま使うにはmessage_content = falseと設定します。その場合、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります。"
        }
    }
}

/// Close code 4004, or status 401: the token is wrong.
pub fn token_refused(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "Discord refuses the token: take a new one at https://discord.com/developers/applications -> your \
             application -> Bot -> Reset Token, and set it as DISCORD_TOKEN."
        }
        Locale::Ja => {
            "Discordのトークンが正しくありません。https://discord.com/developers/applications → 対象のアプリケーション → Bot → Reset Tokenで新しいトークンを取得し、DISCORD_TOKENに設定してください。"
        }
    }
}

/// The model's check at start failed; `nearest` are the names nearest to the one that is set, best first, where the server told any.
///
/// The bot runs on: a model's server may come up later than the bot.
pub fn model_check_failed(
    locale: Locale,
    error: &ModelError,
    base_url: &str,
    nearest: &[String],
) -> String {
    match error {
        ModelError::KeyRefused { status } => match locale {
            Locale::En => format!(
                "{base_url} refuses the key (status {status}): set a valid one as OPENAI_API_KEY, or check \
                 OPENAI_BASE_URL if the key belongs to another server."
            ),
            Locale::Ja => format!(
                "{base_url}がAPIキーを受け付けません（ステータス{status}）。OPENAI_API_KEYに有効なキーを設定してください。別のサーバーのキーであれば、OPENAI_BASE_URLを確認してください。"
            ),
        },
        ModelError::ModelUnknown { model } => model_unknown(locale, model, base_url, nearest),
        ModelError::QuotaUsedUp => match locale {
            Locale::En => {
                format!("{base_url} says that the account's credit is used up: top it up.")
            }
            Locale::Ja => {
                format!("{base_url}の利用枠を使い切っています。利用枠を追加してください。")
            }
        },
        ModelError::Unreachable { reason } => match locale {
            Locale::En => format!(
                "The model's server can't be reached at {base_url} ({reason}): check that it runs and that \
                 OPENAI_BASE_URL is right."
            ),
            Locale::Ja => format!(
                "{base_url}のモデルサーバーに接続できません（{reason}）。サーバーが動いているか、OPENAI_BASE_URLが正しいかを確認してください。"
            ),
        },
        ModelError::Busy { .. }
        | ModelError::TooLong
        | ModelError::Refused { .. }
        | ModelError::Broken { .. }
        | ModelError::Cut
        | ModelError::Stalled
        | ModelError::Garbage { .. }
        | ModelError::Empty => match locale {
            Locale::En => format!(
                "The model's server at {base_url} doesn't answer as it should ({error}): check that OPENAI_BASE_URL is \
                 right, /v1 included where the server has it."
            ),
            Locale::Ja => format!(
                "{base_url}のモデルサーバーの応答が正常ではありません（{error}）。OPENAI_BASE_URLが正しいか、/v1が必要なサーバーでは付いているかを確認してください。"
            ),
        },
    }
}

fn model_unknown(locale: Locale, model: &str, base_url: &str, nearest: &[String]) -> String {
    let names = nearest.iter().take(3).map(String::as_str);
    match locale {
        Locale::En => {
            let names = names.collect::<Vec<_>>().join(", ");
            let hint = if names.is_empty() {
                String::new()
            } else {
                format!(" Nearest to it: {names}.")
            };
            format!("{base_url} has no model \"{model}\": set another name as KAIWA_MODEL.{hint}")
        }
        Locale::Ja => {
            let names = names.collect::<Vec<_>>().join("、");
            let hint = if names.is_empty() {
                String::new()
            } else {
                format!("近い名前：{names}")
            };
            format!(
                "{base_url}に「{model}」というモデルはありません。KAIWA_MODELに別の名前を設定してください。{hint}"
            )
        }
    }
}

/// The bot was asked to stop while `answers` are being given; it waits for them `seconds` at most.
pub fn draining(locale: Locale, answers: u64, seconds: u64) -> String {
    match (locale, answers) {
        (Locale::En, 0) => "Stopping.".to_owned(),
        (Locale::Ja, 0) => "停止します。".to_owned(),
        (Locale::En, _) => format!(
            "Stopping: {} may take up to {} to finish.",
            counted(answers, "answer"),
            counted(seconds, "second")
        ),
        (Locale::Ja, _) => format!("停止します。回答中の{answers}件を最長{seconds}秒待ちます。"),
    }
}

/// The bot has stopped; `unfinished` answers go on when it starts again.
pub fn drained(locale: Locale, unfinished: u64) -> String {
    match (locale, unfinished) {
        (Locale::En, 0) => "Stopped; every answer is finished.".to_owned(),
        (Locale::Ja, 0) => "停止しました。すべての回答が終わっています。".to_owned(),
        (Locale::En, _) => format!(
            "Stopped with {} unfinished; the rest follows after the next start.",
            counted(unfinished, "answer")
        ),
        (Locale::Ja, _) => {
            format!("停止しました。途中の回答{unfinished}件は、次の起動後に続けます。")
        }
    }
}

/// The store can't be used; `reason` says why. The bot goes on from Discord's own history.
pub fn store_failed(locale: Locale, path: &str, reason: &str) -> String {
    match locale {
        Locale::En => format!(
            "The store {path} can't be used ({reason}). Answers go on from Discord's own history, but nothing new is \
             remembered until this is mended: check the disk's free space and the file's permissions."
        ),
        Locale::Ja => format!(
            "データベース{path}を使えません（{reason}）。回答はDiscordの履歴をもとに続けますが、直るまで新しい内容は保存されません。ディスクの空き容量とファイルの権限を確認してください。"
        ),
    }
}

/// The store's file is damaged, so that it can't be opened at all.
pub fn store_corrupt(locale: Locale, path: &str) -> String {
    match locale {
        Locale::En => format!(
            "The store {path} is damaged. Put a backup in its place, or move it away to start afresh; conversations \
             are then read back from Discord as they are needed."
        ),
        Locale::Ja => format!(
            "データベース{path}が破損しています。バックアップと置き換えるか、別の場所に移して起動し直してください。移した場合、会話は必要に応じてDiscordから読み直します。"
        ),
    }
}
