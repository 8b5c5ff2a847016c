//! What the doctor says of the data directory.

use super::{Told, bytes};
use crate::{
    findings::Data,
    words::{Locale, counted},
};

pub(super) fn told(locale: Locale, found: &Data) -> Told {
    match found {
        Data::Directory {
            path,
            exists,
            in_use,
        } => Told::fine(match (locale, exists, in_use) {
            (Locale::En, _, true) => format!("{path}, in use by a running Kaiwa"),
            (Locale::En, true, false) => format!("{path}, no Kaiwa is running with it"),
            (Locale::En, false, false) => format!("{path}, made at the first start"),
            (Locale::Ja, _, true) => format!("{path}（Kaiwaが使用中）"),
            (Locale::Ja, true, false) => format!("{path}（Kaiwaは起動していません）"),
            (Locale::Ja, false, false) => format!("{path}（最初の起動時に作成します）"),
        }),
        Data::Unwritable { path, reason } => {
            let (what, mend) = match locale {
                Locale::En => (
                    format!("{path} can't be written ({reason})."),
                    "Let the user that runs Kaiwa write there, or set another data_dir.",
                ),
                Locale::Ja => (
                    format!("{path}に書き込めません（{reason}）。"),
                    "Kaiwaを実行するユーザーに書き込みを許可するか、data_dirに別の場所を設定してください。",
                ),
            };
            Told::wrong(what, needed(locale), mend)
        }
        Data::Room { free } => {
            let free = bytes(*free);
            Told::fine(match locale {
                Locale::En => format!("{free} are free"),
                Locale::Ja => format!("空き容量は{free}です"),
            })
        }
        Data::LittleRoom { path, free } => {
            let free = bytes(*free);
            let (what, why, mend) = match locale {
                Locale::En => (
                    format!("Only {free} are free on the disk of {path}."),
                    "On a full disk nothing new is remembered: answers go on from Discord's history alone.",
                    "Make room there, or set data_dir to another disk.",
                ),
                Locale::Ja => (
                    format!("{path}のあるディスクの空き容量が{free}しかありません。"),
                    "ディスクがいっぱいになると新しい内容を保存できず、Discordの履歴だけをもとに回答することになります。",
                    "空き容量を作るか、data_dirに別のディスクの場所を設定してください。",
                ),
            };
            Told::wrong(what, why, mend)
        }
        Data::NoDatabase => Told::fine(match locale {
            Locale::En => "made at the first start",
            Locale::Ja => "最初の起動時に作成します",
        }),
        Data::Database {
            size,
            conversations,
            waiting,
        } => {
            let size = bytes(*size);
            Told::fine(match locale {
                Locale::En => format!(
                    "{} in {size}; {} for an answer",
                    counted(*conversations, "conversation"),
                    if *waiting == 1 {
                        "1 question waits".to_owned()
                    } else {
                        format!("{waiting} questions wait")
                    }
                ),
                Locale::Ja => {
                    format!("会話{conversations}件（{size}）、回答待ちの質問{waiting}件")
                }
            })
        }
        Data::DatabaseUnusable { problem } => Told {
            what: problem.clone(),
            why: Some(needed(locale).to_owned()),
            mend: None,
        },
    }
}

fn needed(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "The bot keeps conversations there, and what it has to finish after a restart."
        }
        Locale::Ja => "会話と、再起動後に続ける回答をここに保存します。",
    }
}
