//! What the operator reads in the terminal and the log: how the bot starts, what it lacks, how it ends.
//! What is wrong with its settings is in [`super::configuration`].
//!
//! Each sentence says what is the matter and what to do. None holds a key, a token or what people wrote.

use std::time::Duration;

use super::{Locale, counted, permissions, span};
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
pub fn message_content_off(locale: Locale) -> String {
    let switch = message_content_switch(locale);
    match locale {
        Locale::En => format!(
            "Discord refuses the connection because this application's Message Content Intent is off. {switch}"
        ),
        Locale::Ja => {
            format!("Message Content Intentがオフのため、Discordに接続を拒否されました。{switch}")
        }
    }
}

/// Where the Message Content intent is turned on, and how to do without.
pub fn message_content_switch(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "Turn it on: https://discord.com/developers/applications -> your application -> Bot -> Privileged Gateway \
             Intents -> Message Content Intent -> Save Changes, then start again. To run without it, set \
             message_content = false; the bot then reads only direct messages, mentions, and replies to it with the \
             ping on."
        }
        Locale::Ja => {
            "https://discord.com/developers/applications → 対象のアプリケーション → Bot → Privileged Gateway Intents → Message Content Intentをオンにして「Save Changes」を押し、起動し直してください。オフのまま使うにはmessage_content = falseと設定します。その場合、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります。"
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

/// The model, whose check at start failed, is there now.
pub fn model_is_there(locale: Locale, model: &str, base_url: &str) -> String {
    match locale {
        Locale::En => format!("{model} at {base_url} can be used now."),
        Locale::Ja => format!("{base_url}の{model}が使えるようになりました。"),
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
        | ModelError::Empty
        | ModelError::OutOfRoom => match locale {
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

/// The bot has stopped; `unfinished` answers, begun or not, follow when it starts again.
pub fn drained(locale: Locale, unfinished: u64) -> String {
    match (locale, unfinished) {
        (Locale::En, 0) => "Stopped; every answer is finished.".to_owned(),
        (Locale::Ja, 0) => "停止しました。すべての回答が終わっています。".to_owned(),
        (Locale::En, 1) => "Stopped; 1 answer will follow after the next start.".to_owned(),
        (Locale::En, _) => {
            format!("Stopped; {unfinished} answers will follow after the next start.")
        }
        (Locale::Ja, _) => {
            format!("停止しました。残りの回答{unfinished}件は、次の起動後に続けます。")
        }
    }
}

/// The bot runs and is connected.
pub fn connected(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "The bot is connected.",
        Locale::Ja => "ボットは接続しています。",
    }
}

/// The bot of a data directory isn't connected; `silent` is for how long, where it was before.
pub fn not_connected(locale: Locale, data: &str, silent: Option<Duration>) -> String {
    let silent = silent.map(|silent| span(locale, silent));
    match (locale, silent) {
        (Locale::En, Some(silent)) => format!(
            "the bot with the data directory {data} has not been connected for {silent}. Look into its log."
        ),
        (Locale::En, None) => {
            format!("no bot with the data directory {data} is connected. Start it with kaiwa run.")
        }
        (Locale::Ja, Some(silent)) => format!(
            "データディレクトリ{data}のボットは{silent}前から接続していません。ログを確認してください。"
        ),
        (Locale::Ja, None) => format!(
            "データディレクトリ{data}で接続しているボットはありません。kaiwa runで起動してください。"
        ),
    }
}

/// Discord closed the gateway for good; `code` is its close code, 0 where there was none.
///
/// Source: Discord's reference, "Gateway Close Event Codes".
pub fn gateway_closed(locale: Locale, code: u16) -> String {
    match (locale, code) {
        (Locale::En, 4010 | 4011) => format!(
            "Discord refuses the number of shards (close code {code}): leave out the setting shards, so that Discord's \
             recommendation counts."
        ),
        (Locale::Ja, 4010 | 4011) => format!(
            "シャード数がDiscordに拒否されました（クローズコード{code}）。shardsの設定を外し、Discordの推奨値に任せてください。"
        ),
        (Locale::En, 0) => {
            "Discord has closed the connection for good without a reason. Start again.".to_owned()
        }
        (Locale::Ja, 0) => {
            "Discordとの接続が理由なく打ち切られました。起動し直してください。".to_owned()
        }
        (Locale::En, _) => format!(
            "Discord has closed the connection for good (close code {code}). Start again; if it happens again, look for \
             a newer version of Kaiwa."
        ),
        (Locale::Ja, _) => format!(
            "Discordとの接続が打ち切られました（クローズコード{code}）。起動し直してください。繰り返すようなら、Kaiwaの新しいバージョンを確認してください。"
        ),
    }
}

/// Discord wants more shards by now than it recommended at the start.
pub fn more_shards(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "The bot has joined so many servers that Discord wants more shards. Start it again: it then uses as many as Discord recommends."
        }
        Locale::Ja => {
            "参加しているサーバーが増え、Discordがより多くのシャードを求めています。起動し直すと、推奨される数のシャードで接続します。"
        }
    }
}

/// Discord has said who the bot is; the gateway is dialled next.
pub fn connecting(locale: Locale, name: &str) -> String {
    match locale {
        Locale::En => format!("Connecting to Discord as {name} ..."),
        Locale::Ja => format!("{name}としてDiscordに接続しています…"),
    }
}

/// Discord can't be asked for its gateway at start; `reason` is in English, as systems give it.
pub fn discord_unreachable(locale: Locale, reason: &str, seconds: u64) -> String {
    match locale {
        Locale::En => format!(
            "Discord can't be reached ({reason}); trying again in {}.",
            counted(seconds, "second")
        ),
        Locale::Ja => {
            format!("Discordに接続できません（{reason}）。{seconds}秒後にもう一度試します。")
        }
    }
}

/// A new session with Discord has to wait, because `count` were begun within a day; `wait` is how long.
pub fn sessions_begun_often(locale: Locale, count: u64, wait: Duration) -> String {
    let wait = span(locale, wait);
    match locale {
        Locale::En => format!(
            "{count} sessions with Discord were begun within a day. If Kaiwa keeps stopping, the log says why. Discord \
             resets the token of bots that begin too many, so the next one is begun in {wait}."
        ),
        Locale::Ja => format!(
            "この24時間にDiscordのセッションを{count}回開始しています。繰り返し停止している場合は、ログで原因を確認してください。回数が多すぎるとDiscordにトークンをリセットされるため、次の開始まで{wait}待ちます。"
        ),
    }
}

/// Discord allows `remaining` new sessions and `needed` are to be begun; more are allowed after `wait`.
pub fn sessions_used_up(locale: Locale, remaining: u64, needed: u64, wait: Duration) -> String {
    let wait = span(locale, wait);
    match locale {
        Locale::En => format!(
            "Discord allows {} today, but {needed} would be needed; it goes on in {wait}. Resumed sessions don't count.",
            counted(remaining, "more new session")
        ),
        Locale::Ja => format!(
            "Discordで今日あと{remaining}回しかセッションを開始できません（必要なのは{needed}回）。残りは{wait}後に開始します。セッションの再開は数えられません。"
        ),
    }
}

/// What is the matter with the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreTrouble<'a> {
    /// There is no room left on the disk.
    Full,
    /// Another program holds the database.
    Busy,
    /// Another Kaiwa uses the same data directory.
    InUse,
    /// A newer Kaiwa has written it.
    TooNew,
    /// It is the memory of another bot, with this id.
    Foreign(u64),
    /// It may not be made or written.
    Unwritable(&'a str),
    /// It is damaged, or no database.
    Broken(&'a str),
    /// Something else.
    Other(&'a str),
}

/// What is the matter with the store, and what to do about it; `path` is its file or directory.
pub fn store_trouble(locale: Locale, path: &str, trouble: StoreTrouble<'_>) -> String {
    match (locale, trouble) {
        (Locale::En, StoreTrouble::Full) => {
            format!("The disk that holds {path} is full: make room there.")
        }
        (Locale::Ja, StoreTrouble::Full) => {
            format!("{path}のあるディスクがいっぱいです。空き容量を作ってください。")
        }
        (Locale::En, StoreTrouble::Busy) => format!("Another program has locked {path}: close it."),
        (Locale::Ja, StoreTrouble::Busy) => {
            format!(
                "{path}が別のプログラムにロックされています。そのプログラムを終了してください。"
            )
        }
        (Locale::En, StoreTrouble::InUse) => {
            format!(
                "Another Kaiwa is running with {path}: stop it first, or set another data directory."
            )
        }
        (Locale::Ja, StoreTrouble::InUse) => format!(
            "{path}は起動中の別のKaiwaが使っています。先にそれを停止するか、別のデータディレクトリを設定してください。"
        ),
        (Locale::En, StoreTrouble::TooNew) => {
            format!("A newer Kaiwa has written {path}: run that version.")
        }
        (Locale::Ja, StoreTrouble::TooNew) => {
            format!(
                "{path}は新しいバージョンのKaiwaで作られています。そのバージョンで起動してください。"
            )
        }
        (Locale::En, StoreTrouble::Foreign(bot)) => format!(
            "{path} belongs to another bot (id {bot}), not to the one whose token is set: give this bot a data directory of its own \
             (data_dir, or KAIWA_DATA_DIR in the environment). To give up that bot's memory, move the file away."
        ),
        (Locale::Ja, StoreTrouble::Foreign(bot)) => format!(
            "{path}は別のボット（ID {bot}）のデータで、設定されたトークンのボットのものではありません。このボット用のデータディレクトリをdata_dir（環境変数ならKAIWA_DATA_DIR）に設定してください。前のボットのデータが不要なら、ファイルを別の場所へ移してください。"
        ),
        (Locale::En, StoreTrouble::Unwritable(reason)) => format!(
            "{path} can't be written ({reason}): let the user that runs Kaiwa write there, or set another data directory."
        ),
        (Locale::Ja, StoreTrouble::Unwritable(reason)) => format!(
            "{path}に書き込めません（{reason}）。Kaiwaを実行するユーザーに書き込みを許可するか、別のデータディレクトリを設定してください。"
        ),
        (Locale::En, StoreTrouble::Broken(reason)) => format!(
            "The database {path} is damaged ({reason}): stop Kaiwa and move it away, its -wal and -shm files with it. Then put a \
             backup in its place, or start without one: conversations are read back from Discord as they are needed."
        ),
        (Locale::Ja, StoreTrouble::Broken(reason)) => format!(
            "データベース{path}が破損しています（{reason}）。Kaiwaを停止して、-walと-shmのファイルと一緒に別の場所へ移してください。そのあとバックアップを元の場所に置いて起動します。バックアップがなくても起動でき、会話は必要に応じてDiscordから読み直します。"
        ),
        (Locale::En, StoreTrouble::Other(reason)) => {
            format!("The store {path} doesn't work: {reason}")
        }
        (Locale::Ja, StoreTrouble::Other(reason)) => {
            format!("データベース{path}が正常に動作していません：{reason}")
        }
    }
}

/// The store can't be used, and the bot goes on without it; `reason` is [`store_trouble`]'s, or any other.
pub fn store_failed(locale: Locale, path: &str, reason: &str) -> String {
    match locale {
        Locale::En => format!(
            "The store {path} can't be used. Answers go on from Discord's own history, but nothing new is remembered \
             until this is mended: {reason}"
        ),
        Locale::Ja => format!(
            "データベース{path}を使えません。回答はDiscordの履歴をもとに続けますが、直るまで新しい内容は保存されません：{reason}"
        ),
    }
}

/// The store works again.
pub fn store_mended(locale: Locale, path: &str) -> String {
    match locale {
        Locale::En => format!("The store {path} works again."),
        Locale::Ja => format!("データベース{path}が再び使えるようになりました。"),
    }
}
