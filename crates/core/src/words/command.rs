//! What `kaiwa --help` says.

use super::Locale;

/// What the program is.
pub fn program(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "会話 — a Discord chat bot for language models: the whole answer, exactly once, live, whatever happens."
        }
        Locale::Ja => {
            "会話 — 言語モデルと話せるDiscordボット。何が起きても、回答を最後まで、一度だけ、書かれるそばから届けます。"
        }
    }
}

/// What `kaiwa run` does.
pub fn run(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Connects to Discord and to a model, and answers",
        Locale::Ja => "Discordとモデルに接続して、質問に答える",
    }
}

/// What `kaiwa run` needs.
pub fn run_needs(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "DISCORD_TOKEN and OPENAI_API_KEY are all it needs; kaiwa.example.toml documents the rest."
        }
        Locale::Ja => {
            "必要なのはDISCORD_TOKENとOPENAI_API_KEYだけです。ほかの設定の説明はkaiwa.example.tomlにあります。"
        }
    }
}

/// What `--config` is.
pub fn config(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "The settings; kaiwa.toml in the working directory when not given",
        Locale::Ja => "設定ファイル（省略時は作業ディレクトリのkaiwa.toml）",
    }
}

/// What `kaiwa sim` does.
pub fn sim(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "Serves a simulated Discord and model, to try bots against without an account"
        }
        Locale::Ja => "Discordとモデルのシミュレーターを動かす（アカウントなしでボットを試せます）",
    }
}

/// What `--listen` is.
pub fn listen(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Where to listen; port 0 takes a free one",
        Locale::Ja => "待ち受けるアドレス（ポート0なら空いている番号を使う）",
    }
}

/// What `--help` does.
pub fn help(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Says this",
        Locale::Ja => "この説明を表示する",
    }
}

/// What `--version` does.
pub fn version(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Says the version",
        Locale::Ja => "バージョンを表示する",
    }
}

/// The headings: usage, commands, options.
pub fn headings(locale: Locale) -> [&'static str; 3] {
    match locale {
        Locale::En => ["Usage", "Commands", "Options"],
        Locale::Ja => ["使い方", "コマンド", "オプション"],
    }
}
