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

/// What `kaiwa doctor` does.
pub fn doctor(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Looks at everything the bot needs, and says what mends what is wrong",
        Locale::Ja => "ボットに必要なものをすべて調べ、問題があれば直し方を示す",
    }
}

/// How `kaiwa doctor` ends.
pub fn doctor_ends(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "It changes nothing and may run beside the bot. The model is asked for one token.\n\
             Exit code: 0 all is well, 1 something is worth a look, 2 something has to be mended."
        }
        Locale::Ja => {
            "何も変更せず、ボットの起動中でも使えます。モデルには1トークンだけ生成を求めます。\n\
             終了コード：0 問題なし、1 確認したい点あり、2 直す必要あり"
        }
    }
}

/// What `--channel` is.
pub fn channel(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Says why the bot would answer in this channel, or stay silent",
        Locale::Ja => "このチャンネルで回答する、またはしない理由を示す",
    }
}

/// What `--user` is.
pub fn user(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "The same for this person",
        Locale::Ja => "この人についての理由を示す",
    }
}

/// What `--json` is.
pub fn json(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Prints JSON for programs",
        Locale::Ja => "プログラム向けにJSONで出力する",
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
