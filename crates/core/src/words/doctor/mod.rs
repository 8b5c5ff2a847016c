//! What `kaiwa doctor` says: what was found, why it matters, and what mends it. Something that is fine needs the first alone.

mod account;
mod channel;
mod data;
mod machine;
mod model;
mod page;
mod server;

pub use page::{Colours, brief, line, page};

use std::time::Duration;

use super::Locale;
use crate::findings::{Check, Finding, State};

/// A finding in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What was found.
    pub what: String,
    /// Why it matters, where something is wrong.
    pub why: Option<String>,
    /// The switch, page or line that mends it.
    pub mend: Option<String>,
}

impl Told {
    fn fine(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: None,
            mend: None,
        }
    }

    fn wrong(what: impl Into<String>, why: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: Some(why.into()),
            mend: Some(mend.into()),
        }
    }

    /// Something is wrong, and how it is mended says why.
    fn mended(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: None,
            mend: Some(mend.into()),
        }
    }
}

/// A finding in words.
pub fn told(locale: Locale, finding: &Finding) -> Told {
    match finding {
        Finding::Machine(found) => machine::told(locale, found),
        Finding::Account(found) => account::told(locale, found),
        Finding::Server(found) => server::told(locale, found),
        Finding::Model(found) => model::told(locale, found),
        Finding::Data(found) => data::told(locale, found),
        Finding::Channel(found) => channel::told(locale, found),
    }
}

/// What a check is called.
pub fn label(locale: Locale, check: Check) -> &'static str {
    match locale {
        Locale::En => match check {
            Check::Program => "Program",
            Check::Settings => "Settings",
            Check::NameLookup => "Name lookup",
            Check::Discord => "Discord",
            Check::Clock => "Clock",
            Check::Token => "Token",
            Check::MessageContent => "Intent",
            Check::Invite => "Invite",
            Check::Gateway => "Gateway",
            Check::Server => "Server",
            Check::Model => "Model",
            Check::FirstToken => "First token",
            Check::Window => "Window",
            Check::Abilities => "Abilities",
            Check::DataDirectory => "Data",
            Check::Disk => "Disk",
            Check::Database => "Database",
            Check::Channel => "Channel",
        },
        Locale::Ja => match check {
            Check::Program => "プログラム",
            Check::Settings => "設定",
            Check::NameLookup => "名前解決",
            Check::Discord => "Discord",
            Check::Clock => "時計",
            Check::Token => "トークン",
            Check::MessageContent => "インテント",
            Check::Invite => "招待",
            Check::Gateway => "ゲートウェイ",
            Check::Server => "サーバー",
            Check::Model => "モデル",
            Check::FirstToken => "応答開始",
            Check::Window => "ウィンドウ",
            Check::Abilities => "機能",
            Check::DataDirectory => "データ",
            Check::Disk => "ディスク",
            Check::Database => "データベース",
            Check::Channel => "チャンネル",
        },
    }
}

/// The last line: how many of the findings want something done.
pub fn verdict(locale: Locale, broken: usize, warnings: usize) -> String {
    match (locale, broken, warnings) {
        (Locale::En, 0, 0) => "All is well.".to_owned(),
        (Locale::Ja, 0, 0) => "問題は見つかりませんでした。".to_owned(),
        (Locale::En, 0, _) => format!(
            "The bot works; {} worth a look.",
            if warnings == 1 {
                "1 thing is".to_owned()
            } else {
                format!("{warnings} things are")
            }
        ),
        (Locale::Ja, 0, _) => format!("動作はしますが、確認したい点が{warnings}件あります。"),
        (Locale::En, 1, _) => "1 thing has to be mended.".to_owned(),
        (Locale::En, _, _) => format!("{broken} things have to be mended."),
        (Locale::Ja, _, _) => format!("直す必要のある点が{broken}件あります。"),
    }
}

/// In front of why it matters, and of what mends it.
fn leads(locale: Locale) -> [&'static str; 2] {
    match locale {
        Locale::En => ["Why: ", "Do: "],
        Locale::Ja => ["理由：", "対処："],
    }
}

/// The sign of a state. Its words stand in the text too, for those who can't see the sign or its colour.
const fn sign(state: State) -> &'static str {
    match state {
        State::Fine => "✓",
        State::Warning => "!",
        State::Broken => "✗",
    }
}

/// A time as a machine takes it: milliseconds below ten seconds.
fn took(locale: Locale, took: Duration) -> String {
    let milliseconds = took.as_millis();
    match locale {
        _ if milliseconds >= 10_000 => super::span(locale, took),
        Locale::En => format!("{milliseconds} ms"),
        Locale::Ja => format!("{milliseconds}ミリ秒"),
    }
}

/// So many bytes in the greatest unit that leaves a number before the point.
fn bytes(bytes: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1_000.0 && unit + 1 < units.len() {
        size /= 1_000.0;
        unit += 1;
    }
    let unit_name = units.get(unit).copied().unwrap_or_default();
    if unit == 0 {
        format!("{bytes} {unit_name}")
    } else {
        format!("{size:.1} {unit_name}")
    }
}

/// A number with a comma after each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        assert_eq!(
            [0, 999, 1_000, 128_000, 1_047_576].map(grouped),
            ["0", "999", "1,000", "128,000", "1,047,576"]
        );
        assert_eq!(
            [12, 1_500, 2_000_000, 53_000_000_000].map(bytes),
            ["12 bytes", "1.5 kB", "2.0 MB", "53.0 GB"]
        );
        assert_eq!(took(Locale::En, Duration::from_millis(320)), "320 ms");
        assert_eq!(took(Locale::Ja, Duration::from_secs(12)), "12秒");
    }
}
