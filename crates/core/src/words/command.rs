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

/// What `kaiwa init` does.
pub fn init(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Asks for a token and a model, checks both, and writes the settings",
        Locale::Ja => "トークンとモデルを尋ねて確認し、設定ファイルを作る",
    }
}

/// What `kaiwa init` asks and keeps.
pub fn init_asks(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "What flags or the environment say isn't asked. Nothing is written before all is checked, and nothing is\n\
             overwritten."
        }
        Locale::Ja => {
            "オプションや環境変数で指定したものは尋ねません。すべて確認できるまで何も保存せず、上書きもしません。"
        }
    }
}

/// What `--directory` is.
pub fn directory(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Where the settings are written",
        Locale::Ja => "設定を保存するディレクトリ",
    }
}

/// What `--token-file` is.
pub fn token_file(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "A file that holds the Discord token",
        Locale::Ja => "Discordのトークンを保存したファイル",
    }
}

/// What `--model-url` is.
pub fn model_url(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "The model server's address, such as http://localhost:11434/v1",
        Locale::Ja => "モデルサーバーのアドレス（例：http://localhost:11434/v1）",
    }
}

/// What `--model` is.
pub fn model(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "The model's name",
        Locale::Ja => "モデルの名前",
    }
}

/// What `--key-file` is.
pub fn key_file(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "A file that holds the model server's key",
        Locale::Ja => "モデルサーバーのAPIキーを保存したファイル",
    }
}

/// What `--language` is.
pub fn language(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "The language of the bot's words, and of these questions",
        Locale::Ja => "ボットの文言と、この対話の言語",
    }
}

/// What `--without-message-content` is.
pub fn without_message_content(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Goes on where the Message Content Intent is off",
        Locale::Ja => "Message Content Intentがオフでも続ける",
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

/// What `kaiwa play` does.
pub fn play(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Lets you talk to Kaiwa in the browser, without a token, a key or an account",
        Locale::Ja => "ブラウザーでKaiwaと話す（トークンもAPIキーもアカウントも不要です）",
    }
}

/// What answers in `kaiwa play`.
pub fn play_needs(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "It answers with the model that your settings name, else with one that runs on this machine\n\
             (Ollama, LM Studio, llama.cpp), else with a scripted guide."
        }
        Locale::Ja => {
            "設定で指定されたモデル、なければこのマシンで動いているモデル（Ollama、LM Studio、llama.cpp）、\n\
             どちらもなければ台本の案内役が答えます。"
        }
    }
}

/// What `kaiwa health` does.
pub fn health(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "Says whether the bot is connected (exit code 0) or not (1; 2 where the settings can't be used)"
        }
        Locale::Ja => {
            "ボットが接続しているか（終了コード0）、いないか（1。設定に問題があれば2）を示す"
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
        Locale::Ja => "この人に回答する、またはしない理由を示す",
    }
}

/// What `--json` is.
pub fn json(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Prints JSON for programs",
        Locale::Ja => "プログラム向けにJSONで出力する",
    }
}

/// What `kaiwa completions` does.
pub fn completions(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Prints completions for a shell",
        Locale::Ja => "シェルの補完スクリプトを出力する",
    }
}

/// What the shell of `kaiwa completions` is.
pub fn shell(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "The shell",
        Locale::Ja => "シェルの種類",
    }
}

/// What `kaiwa man` does.
pub fn man(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Prints the manual page, or writes a page for each command",
        Locale::Ja => "マニュアルページを出力する、またはコマンドごとに保存する",
    }
}

/// What the directory of `kaiwa man` is.
pub fn man_directory(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Where all pages are written, such as ~/.local/share/man/man1",
        Locale::Ja => "すべてのページの保存先（例：~/.local/share/man/man1）",
    }
}

/// What `--listen` is in `kaiwa play`.
pub fn play_listen(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Where to listen; 127.0.0.1:4000 when not given, or a free port",
        Locale::Ja => "待ち受けるアドレス（省略時は127.0.0.1:4000、使用中なら空いているポート）",
    }
}

/// What `--data-dir` is.
pub fn data_dir(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Where the bot keeps its data; forgotten at the end when not given",
        Locale::Ja => "ボットのデータの保存先（省略時は終了時に破棄）",
    }
}

/// What `--guide` does.
pub fn guide(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Lets the scripted guide answer, whatever model there is",
        Locale::Ja => "モデルがあっても台本の案内役が答える",
    }
}

/// What `--no-open` does.
pub fn no_open(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Doesn't open the page in the browser",
        Locale::Ja => "ブラウザーを開かない",
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
        Locale::Ja => "待ち受けるアドレス（ポート0なら空いているポートを使う）",
    }
}

/// What `--page` does.
pub fn page(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Also serves a page, to be a person in it with a browser",
        Locale::Ja => "ブラウザーで人として参加できるページも表示する",
    }
}

/// What `kaiwa local-model` does.
pub fn local_model(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Brings a small model to this machine and serves it, without key or account",
        Locale::Ja => "小さなモデルをこのマシンで動かす（キーもアカウントも不要）",
    }
}

/// What `--local-model` of `kaiwa play` does.
pub fn with_local_model(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "Answers with a small model on this machine, brought here if need be (a name or a GGUF file)"
        }
        Locale::Ja => {
            "このマシンの小さなモデルで答える。なければ取得する（名前またはGGUFファイル）"
        }
    }
}

/// Which models there are; `models` are their lines.
pub fn local_models(locale: Locale, models: &str) -> String {
    match locale {
        Locale::En => format!("Models that can be brought by name:\n{models}"),
        Locale::Ja => format!("名前で指定できるモデル：\n{models}"),
    }
}

/// What the model of `kaiwa local-model` is.
pub fn which_model(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "A name from the list below, or the path of a GGUF file",
        Locale::Ja => "下の一覧の名前、またはGGUFファイルのパス",
    }
}

/// What `--directory` of `kaiwa local-model` is.
pub fn model_directory(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "Where model and server are kept; the system's cache directory when not given"
        }
        Locale::Ja => "モデルとサーバーの置き場所（省略時はシステムのキャッシュディレクトリ）",
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

/// The pages of the manual can't be written.
pub fn no_manual(locale: Locale, directory: &str, reason: &str) -> String {
    match locale {
        Locale::En => format!(
            "The manual can't be written to {directory} ({reason}): name a directory that you may write to."
        ),
        Locale::Ja => format!(
            "{directory}にマニュアルを保存できません（{reason}）。書き込めるディレクトリを指定してください。"
        ),
    }
}
