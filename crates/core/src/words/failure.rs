//! What people read when their question could not be answered: one sentence that says what is the matter and who can
//! do what about it. By the time it is said, asking again was already tried. A button to do so once more stands below it.
//!
//! It never blames the one who asks, and never shows what is meant for the operator (reasons, keys, addresses).
//! "The operator" is whoever runs the bot, not an admin of the Discord server: people must know whom to tell.

use std::time::Duration;

use super::{Locale, conversation, span};
use crate::error::{ModelError, TurnError};

/// How much of the answer people see when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// The part above the sentence.
    Part,
}

/// The sentence for a turn that failed, to be put in small print under what is shown of its answer.
/// `None` when there is no place left to say it in.
pub fn turn_failed(locale: Locale, error: &TurnError, shown: Shown) -> Option<String> {
    let sentence = match error {
        TurnError::Model { error } => model_failed(locale, error),
        TurnError::Forbidden { permission } => conversation::missing_permission(locale, permission),
        TurnError::Discord { status, code } => discord_refused(locale, *status, *code),
        TurnError::BrokeOff => match locale {
            Locale::En => {
                "Something broke on my side; please press Retry, and tell the operator of this bot if it happens again."
            }
            Locale::Ja => {
                "ボット側で問題が起きました。「再試行」を押してみて、繰り返すようならボットの運営者に知らせてください。"
            }
        }
        .to_owned(),
        TurnError::Gone => return None,
    };
    Some(match (locale, shown) {
        (_, Shown::Nothing) => sentence,
        (Locale::En, Shown::Part) => format!("The answer above is not complete. {sentence}"),
        (Locale::Ja, Shown::Part) => format!("上の回答は途中までです。{sentence}"),
    })
}

fn model_failed(locale: Locale, error: &ModelError) -> String {
    match error {
        ModelError::Busy { retry_after } => busy(locale, *retry_after),
        ModelError::QuotaUsedUp => match locale {
            Locale::En => "The credit for the model is used up; the operator of this bot has to top it up.",
            Locale::Ja => "モデルの利用枠を使い切りました。ボットの運営者が利用枠を追加する必要があります。",
        }
        .to_owned(),
        ModelError::KeyRefused { .. } => match locale {
            Locale::En => "The model provider doesn't accept this bot's key; the operator of this bot has to renew it.",
            Locale::Ja => "モデル提供元がこのボットのキーを受け付けません。ボットの運営者がキーを設定し直す必要があります。",
        }
        .to_owned(),
        ModelError::ModelUnknown { model } => {
            let model = model.replace('`', "");
            match locale {
                Locale::En => {
                    format!("The provider has no model `{model}`; the operator of this bot has to choose another.")
                }
                Locale::Ja => format!(
                    "モデル提供元に `{model}` というモデルがありません。ボットの運営者が別のモデルを選ぶ必要があります。"
                ),
            }
        }
        ModelError::TooLong => match locale {
            Locale::En => {
                "This is more than the model can read at once; please shorten it, or start a new conversation."
            }
            Locale::Ja => "モデルが一度に読める長さを超えました。短くするか、新しい会話を始めてください。",
        }
        .to_owned(),
        ModelError::Refused { status, .. } => match locale {
            Locale::En => format!(
                "The model provider didn't accept this question (error {status}); asking in other words may help, \
                 and the operator of this bot finds the reason in the log."
            ),
            Locale::Ja => format!(
                "モデル提供元がこの質問を受け付けませんでした（エラー{status}）。言い方を変えると通ることがあります。理由はボットの運営者がログで確認できます。"
            ),
        },
        ModelError::Broken { status } => match locale {
            Locale::En => format!(
                "The model provider has a problem on its side (error {status}); please press Retry in a few minutes."
            ),
            Locale::Ja => format!(
                "モデル提供元で障害が起きています（エラー{status}）。数分おいて「再試行」を押してください。"
            ),
        },
        ModelError::Unreachable { .. } => match locale {
            Locale::En => {
                "I can't reach the model right now; please press Retry in a few minutes, and tell the operator of this \
                 bot if it stays like this."
            }
            Locale::Ja => {
                "いまはモデルに接続できません。数分おいて「再試行」を押してください。続くようならボットの運営者に知らせてください。"
            }
        }
        .to_owned(),
        ModelError::Cut => match locale {
            Locale::En => "The connection to the model broke off; please press Retry.",
            Locale::Ja => "モデルとの接続が切れました。「再試行」を押してください。",
        }
        .to_owned(),
        ModelError::Stalled => match locale {
            Locale::En => "The model stopped responding; please press Retry.",
            Locale::Ja => "モデルの応答が止まりました。「再試行」を押してください。",
        }
        .to_owned(),
        ModelError::Garbage { .. } => match locale {
            Locale::En => {
                "The model provider sent something that I can't understand; please press Retry, and tell the operator \
                 of this bot if it happens again."
            }
            Locale::Ja => {
                "モデル提供元から読み取れない応答が届きました。「再試行」を押してみて、繰り返すようならボットの運営者に知らせてください。"
            }
        }
        .to_owned(),
        ModelError::Empty => match locale {
            Locale::En => "The model gave an empty answer; please press Retry, or ask in other words.",
            Locale::Ja => "モデルの回答が空でした。「再試行」を押すか、言い方を変えて送ってください。",
        }
        .to_owned(),
        ModelError::OutOfRoom => match locale {
            Locale::En => {
                "The model reached its length limit while it was still thinking; please press Retry, or ask in smaller steps."
            }
            Locale::Ja => {
                "モデルが考えている途中で長さの上限に達し、回答まで進めませんでした。「再試行」を押すか、質問を分けて送ってください。"
            }
        }
        .to_owned(),
    }
}

fn busy(locale: Locale, retry_after: Option<Duration>) -> String {
    match (locale, retry_after) {
        (Locale::En, None) => {
            "The model is very busy right now; please press Retry in a little while.".to_owned()
        }
        (Locale::En, Some(wait)) => format!(
            "The model is very busy right now; please press Retry in about {}.",
            span(locale, wait)
        ),
        (Locale::Ja, None) => {
            "モデルが大変混み合っています。少し時間をおいて「再試行」を押してください。".to_owned()
        }
        (Locale::Ja, Some(wait)) => format!(
            "モデルが大変混み合っています。{}ほどおいて「再試行」を押してください。",
            span(locale, wait)
        ),
    }
}

fn discord_refused(locale: Locale, status: u16, code: u64) -> String {
    let number = if code == 0 { u64::from(status) } else { code };
    match locale {
        Locale::En => format!(
            "Discord didn't accept the answer (error {number}); please press Retry, and tell the operator of this bot \
             if it happens again."
        ),
        Locale::Ja => format!(
            "Discordが回答を受け付けませんでした（エラー{number}）。「再試行」を押してみて、繰り返すようならボットの運営者に知らせてください。"
        ),
    }
}
