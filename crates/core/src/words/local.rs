//! What people read who let a small model run on their own machine.

use super::{Locale, masked::masked_file};

/// The model is served at `base_url`; `settings` are the lines to set for a bot that is to use it.
pub fn serving(locale: Locale, name: &str, base_url: &str, settings: &str) -> String {
    match locale {
        Locale::En => format!(
            "The model {name} is served at {base_url}. Run Kaiwa with it:\n\n{settings}\n\nCtrl-C ends it."
        ),
        Locale::Ja => format!(
            "モデル{name}が{base_url}で使えるようになりました。次の設定でKaiwaから利用できます。\n\n{settings}\n\nCtrl-Cで終了します。"
        ),
    }
}

/// The model is on its way.
pub fn downloading(locale: Locale, name: &str) -> String {
    match locale {
        Locale::En => format!("Downloading {name}"),
        Locale::Ja => format!("{name}をダウンロードしています"),
    }
}

/// The helper that serves the model is being installed.
pub fn installing(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Installing llama.cpp, which runs the model (once)",
        Locale::Ja => "モデルを動かすllama.cppをインストールしています（初回のみ）",
    }
}

/// The model is being loaded.
pub fn loading(locale: Locale, name: &str) -> String {
    match locale {
        Locale::En => format!("Loading {name}"),
        Locale::Ja => format!("{name}を読み込んでいます"),
    }
}

/// Neither a name nor a file.
pub fn unknown_model(locale: Locale, named: &str, names: &[&str]) -> String {
    let (named, names) = (masked_file(named), names.join(", "));
    match locale {
        Locale::En => format!(
            "there is no file {named} and no model of that name. Give the path of a GGUF file, or one of: {names}."
        ),
        Locale::Ja => format!(
            "{named}というファイルもモデルも見つかりません。GGUFファイルのパスか、次の名前のどれかを指定してください：{names}"
        ),
    }
}

/// The system names no place for files that can be brought again.
pub fn no_home(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "the system names no place for downloaded files. Set HOME, or name a directory with --directory."
        }
        Locale::Ja => {
            "ダウンロードしたファイルの置き場所が分かりません。HOMEを設定するか、--directoryで場所を指定してください。"
        }
    }
}

/// The disk refused something; `reason` is the system's.
pub fn disk(locale: Locale, path: &str, reason: &str) -> String {
    match locale {
        Locale::En => format!(
            "{path}: {reason}. Make room or mend the permissions, or name another directory with --directory."
        ),
        Locale::Ja => format!(
            "{path}：{reason}。空き容量と権限を確認するか、--directoryで別の場所を指定してください。"
        ),
    }
}

/// It could not be downloaded.
pub fn not_downloaded(locale: Locale, url: &str, reason: &str) -> String {
    match locale {
        Locale::En => format!(
            "can't download {url}: {reason}. Start it again to go on where it stopped, or give the path of a GGUF file \
             that you have."
        ),
        Locale::Ja => format!(
            "{url}をダウンロードできません：{reason}。もう一度実行すると続きから始まります。手元のGGUFファイルのパスを指定することもできます。"
        ),
    }
}

/// Why a download failed: no try came to its end.
pub fn breaks_off(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "the connection keeps breaking off",
        Locale::Ja => "接続が何度も切れました",
    }
}

/// Why a download failed: nothing came for so many seconds.
pub fn silent(locale: Locale, seconds: u64) -> String {
    match locale {
        Locale::En => format!("the server has sent nothing for {seconds} seconds"),
        Locale::Ja => format!("サーバーから{seconds}秒間応答がありませんでした"),
    }
}

/// What came is not what was expected.
pub fn wrong_checksum(locale: Locale, url: &str) -> String {
    match locale {
        Locale::En => format!(
            "what came from {url} is not the file that was expected (wrong checksum), and was thrown away. Start it \
             again; if it stays like this, something on the way changes files."
        ),
        Locale::Ja => format!(
            "{url}から届いたファイルのチェックサムが違うため、破棄しました。もう一度実行してください。続く場合は、通信の途中でファイルが書き換えられているおそれがあります。"
        ),
    }
}

/// There is no Python to run the helper with.
pub fn no_python(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "a local model needs Python 3.10 or newer (`python3`). Install it, or run a server of your own (Ollama, \
             llama.cpp, LM Studio) and set OPENAI_BASE_URL."
        }
        Locale::Ja => {
            "ローカルモデルを動かすにはPython 3.10以降（python3）が必要です。インストールするか、Ollamaやllama.cpp、LM Studioなどのサーバーを起動してOPENAI_BASE_URLを設定してください。"
        }
    }
}

/// The helper can't be installed; `said` are the installer's last lines.
pub fn not_installed(locale: Locale, said: &str) -> String {
    match locale {
        Locale::En => format!(
            "llama.cpp can't be installed. On Debian and Ubuntu `apt install python3-venv` may be missing. The installer \
             said:\n{said}"
        ),
        Locale::Ja => format!(
            "llama.cppをインストールできません。DebianやUbuntuでは`apt install python3-venv`が必要なことがあります。インストーラーの出力：\n{said}"
        ),
    }
}

/// The helper ended; `said` are its last lines.
pub fn helper_ended(locale: Locale, said: &str) -> String {
    match (locale, said.trim().is_empty()) {
        (Locale::En, true) => "the model's server ended without a word. Is there enough memory for the model?".to_owned(),
        (Locale::En, false) => format!(
            "the model's server ended. Is the file a GGUF model, and is there enough memory for it? It said:\n{said}"
        ),
        (Locale::Ja, true) => {
            "モデルのサーバーが何も言わずに終了しました。モデルに必要なメモリがあるか確認してください。".to_owned()
        }
        (Locale::Ja, false) => format!(
            "モデルのサーバーが終了しました。ファイルがGGUF形式か、モデルに必要なメモリがあるか確認してください。サーバーの出力：\n{said}"
        ),
    }
}
