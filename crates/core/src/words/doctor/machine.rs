//! What the doctor says of this machine.

use super::Told;
use crate::{
    findings::Machine,
    words::{Locale, span},
};

pub(super) fn told(locale: Locale, found: &Machine) -> Told {
    match found {
        Machine::Program { version, system } => Told::fine(format!("Kaiwa {version} ({system})")),
        Machine::Settings { file } => Told::fine(match (locale, file) {
            (Locale::En, Some(file)) => format!("read from {file} and the environment"),
            (Locale::En, None) => "read from the environment".to_owned(),
            (Locale::Ja, Some(file)) => format!("{file}と環境変数から読み込みました"),
            (Locale::Ja, None) => "環境変数から読み込みました".to_owned(),
        }),
        Machine::SettingWrong { problem } => Told::fine(problem.clone()),
        Machine::HostsKnown { hosts } => Told::fine(hosts.join(match locale {
            Locale::En => ", ",
            Locale::Ja => "、",
        })),
        Machine::HostUnknown { host, reason } => match locale {
            Locale::En => Told::wrong(
                format!("{host} has no address ({reason})."),
                "Without an address nothing can be sent there.",
                "Check how the name is written, the network, and the name servers of this machine (on Linux in \
                 /etc/resolv.conf).",
            ),
            Locale::Ja => Told::wrong(
                format!("{host}のアドレスが見つかりません（{reason}）。"),
                "アドレスが分からないと接続できません。",
                "ホスト名のつづり、ネットワーク、このマシンのDNSサーバーの設定（Linuxでは/etc/resolv.conf）を確認してください。",
            ),
        },
        Machine::ClockRight => Told::fine(match locale {
            Locale::En => "agrees with Discord's",
            Locale::Ja => "Discordの時刻と一致しています",
        }),
        Machine::ClockWrong { by, behind } => {
            let by = span(locale, *by);
            match locale {
                Locale::En => Told::wrong(
                    format!(
                        "This machine's clock is {by} {}.",
                        if *behind { "behind" } else { "ahead" }
                    ),
                    "Certificates count as expired or not valid yet, and what has to happen in time comes too late.",
                    "Let a time service set it, on Linux: timedatectl set-ntp true",
                ),
                Locale::Ja => Told::wrong(
                    format!(
                        "このマシンの時計が{by}{}います。",
                        if *behind { "遅れて" } else { "進んで" }
                    ),
                    "証明書が期限切れ、またはまだ有効でないと判断され、期限のある処理も間に合わなくなります。",
                    "時刻を自動で合わせてください。Linuxの場合：timedatectl set-ntp true",
                ),
            }
        }
    }
}
