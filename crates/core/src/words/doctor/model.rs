//! What the doctor says of the model.

use super::{Told, grouped, took};
use crate::{
    error::ModelError,
    findings::Model,
    words::{Locale, operator},
};

pub(super) fn told(locale: Locale, found: &Model) -> Told {
    match found {
        Model::Served { model, base_url } => Told::fine(match locale {
            Locale::En => format!("{model} at {base_url}"),
            Locale::Ja => format!("{base_url}の{model}"),
        }),
        Model::Unusable {
            base_url,
            error,
            nearest,
        } => Told {
            what: operator::model_check_failed(locale, error, base_url, nearest),
            why: Some(unanswered(locale).to_owned()),
            mend: None,
        },
        Model::FirstToken { took: after } => {
            let after = took(locale, *after);
            Told::fine(match locale {
                Locale::En => format!("came after {after}"),
                Locale::Ja => format!("最初のトークンまで{after}です"),
            })
        }
        Model::NoToken { base_url, error } => Told {
            what: no_token(locale, base_url, error),
            why: Some(unanswered(locale).to_owned()),
            mend: None,
        },
        Model::Window { tokens } => {
            let tokens = grouped(*tokens);
            Told::fine(match locale {
                Locale::En => format!("{tokens} tokens"),
                Locale::Ja => format!("{tokens}トークンです"),
            })
        }
        Model::WindowUnknown { assumed } => {
            let assumed = grouped(*assumed);
            match locale {
                Locale::En => Told::wrong(
                    format!("Nobody tells the model's window; {assumed} tokens are assumed."),
                    "If it is smaller, the server cuts the conversation's beginning or refuses long ones; if it is \
                     larger, the bot forgets earlier than it has to.",
                    "Set context_tokens to what the server runs with (Ollama: OLLAMA_CONTEXT_LENGTH).",
                ),
                Locale::Ja => Told::wrong(
                    format!(
                        "モデルのコンテキストウィンドウが分からないため、{assumed}トークンとみなします。"
                    ),
                    "実際より大きいと会話の先頭が切り捨てられたり長い会話が拒否されたりし、小さいと必要以上に早く忘れます。",
                    "context_tokensに、サーバーの設定値（OllamaではOLLAMA_CONTEXT_LENGTH）を設定してください。",
                ),
            }
        }
        Model::Abilities { pictures, tools } => {
            let pictures = ability(locale, *pictures);
            let tools = ability(locale, *tools);
            Told::fine(match locale {
                Locale::En => format!("pictures: {pictures}; tools: {tools}"),
                Locale::Ja => format!("画像：{pictures}、ツール：{tools}"),
            })
        }
    }
}

fn ability(locale: Locale, has: Option<bool>) -> &'static str {
    match (locale, has) {
        (Locale::En, Some(true)) => "yes",
        (Locale::En, Some(false)) => "no",
        (Locale::En, None) => "not told",
        (Locale::Ja, Some(true)) => "対応",
        (Locale::Ja, Some(false)) => "非対応",
        (Locale::Ja, None) => "不明",
    }
}

fn unanswered(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Until then every question is answered with an error.",
        Locale::Ja => "このままでは、どの質問にもエラーを返すことになります。",
    }
}

/// The model was asked for one token and gave none.
fn no_token(locale: Locale, base_url: &str, error: &ModelError) -> String {
    match error {
        ModelError::Busy { .. } => match locale {
            Locale::En => format!(
                "{base_url} has too much to do: wait, or raise the account's limits with the provider."
            ),
            Locale::Ja => format!(
                "{base_url}が混み合っています。しばらく待つか、プロバイダーで利用上限を上げてください。"
            ),
        },
        ModelError::Refused { status, reason } => match locale {
            Locale::En => format!(
                "{base_url} refuses the question (status {status}: {reason}): check the model's name and temperature."
            ),
            Locale::Ja => format!(
                "{base_url}に質問が拒否されました（ステータス{status}：{reason}）。モデル名とtemperatureを確認してください。"
            ),
        },
        ModelError::Stalled => match locale {
            Locale::En => format!(
                "{base_url} took the question and gave no token in time: see whether the model is loaded and the machine \
                 strong enough, or raise model_stall_seconds."
            ),
            Locale::Ja => format!(
                "{base_url}は質問を受け付けましたが、時間内に何も返しませんでした。モデルが読み込まれているか、マシンの性能が足りているかを確認するか、model_stall_secondsを大きくしてください。"
            ),
        },
        ModelError::QuotaUsedUp
        | ModelError::KeyRefused { .. }
        | ModelError::ModelUnknown { .. }
        | ModelError::TooLong
        | ModelError::Broken { .. }
        | ModelError::Unreachable { .. }
        | ModelError::Cut
        | ModelError::Garbage { .. }
        | ModelError::Empty
        | ModelError::OutOfRoom => operator::model_check_failed(locale, error, base_url, &[]),
    }
}
