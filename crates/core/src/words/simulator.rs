//! What people read who start the simulator in a terminal.

use super::Locale;

/// The simulator serves at `url`; `settings` are the lines to set for a bot that is to run against it.
pub fn simulating(locale: Locale, url: &str, settings: &str) -> String {
    match locale {
        Locale::En => format!(
            "A simulated Discord and model provider are at {url}. Run a bot against them with\n\n{settings}\n\n\
             and be a person in them over {url}/control, which lists what you can do. Ctrl-C ends it."
        ),
        Locale::Ja => format!(
            "{url}でDiscordとモデルのシミュレーターが動いています。次の設定でボットを接続できます。\n\n{settings}\n\n\
             {url}/controlから、人として発言などの操作ができます（操作の一覧も表示されます）。Ctrl-Cで終了します。"
        ),
    }
}

/// The page that shows the simulator is at `page`.
pub fn page_at(locale: Locale, page: &str) -> String {
    match locale {
        Locale::En => format!("Its page is at {page}"),
        Locale::Ja => format!("ページ：{page}"),
    }
}

/// The simulator can't serve at an address; `reason` is the operating system's.
pub fn cannot_listen(locale: Locale, address: &str, reason: &str) -> String {
    match locale {
        Locale::En => format!(
            "can't listen on {address}: {reason}. Choose another address with --listen, or --listen 127.0.0.1:0 for a \
             free port."
        ),
        Locale::Ja => format!(
            "{address}で待ち受けできません：{reason}。--listenで別のアドレスを指定するか、--listen 127.0.0.1:0で空いているポートを使ってください。"
        ),
    }
}
