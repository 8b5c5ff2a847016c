//! What `kaiwa init` asks and says. What it finds out is said as the doctor says it ([`super::doctor`]).

use super::{Locale, permissions};

/// What it is about to do; `directory` is where.
pub fn hello(locale: Locale, directory: &str) -> String {
    match locale {
        Locale::En => format!(
            "Kaiwa needs a Discord token and a model. Both are checked here, then the settings are written to {directory}."
        ),
        Locale::Ja => format!(
            "KaiwaにはDiscordのトークンとモデルが必要です。ここで両方を確認してから、設定を{directory}に保存します。"
        ),
    }
}

/// Something that it would write is there already; `files` are its names, `writes` all that it would write.
pub fn is_there(locale: Locale, directory: &str, files: &[&str], writes: &[&str]) -> String {
    match locale {
        Locale::En => format!(
            "{directory} holds {} already, and nothing is ever overwritten: nothing was changed. It would write {} there. \
             kaiwa doctor checks what is there; to begin anew, move it away or give another --directory.",
            files.join(", "),
            writes.join(", ")
        ),
        Locale::Ja => format!(
            "{directory}には{}がすでにあります。上書きはしないため、何も変更していません（作成するファイル：{}）。いまの設定はkaiwa doctorで確認できます。作り直すには、それを移動するか、別の--directoryを指定してください。",
            files.join("、"),
            writes.join("、")
        ),
    }
}

/// Asks for the token.
pub fn token(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "The bot's token (https://discord.com/developers/applications -> New Application -> Bot -> Reset Token): "
        }
        Locale::Ja => {
            "ボットのトークン（https://discord.com/developers/applications → New Application → Bot → Reset Token）："
        }
    }
}

/// Discord can't be reached: asks whether to try again.
pub fn again(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Press Enter to try again: ",
        Locale::Ja => "Enterキーを押すともう一度試します：",
    }
}

/// The Message Content intent is off: asks to turn it on, or to go on without.
pub fn message_content(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Press Enter once it is on, or write no to go on without it: ",
        Locale::Ja => {
            "オンにしたらEnterキーを押してください。オフのまま使うにはnoと入力してください："
        }
    }
}

/// What is written to go on without the Message Content intent, in each language.
pub const WITHOUT: &str = "no";

/// Asks where the model is. `servers` are those to choose from, each with its name and address.
pub fn servers(locale: Locale, servers: &[(&str, &str)]) -> String {
    let listed = servers.iter().enumerate();
    let listed = listed.map(|(index, (name, url))| format!("  {}. {name}  {url}\n", index + 1));
    let listed: String = listed.collect();
    match locale {
        Locale::En => format!(
            "Which model server? Any that speaks OpenAI's chat completions will do.\n{listed}Number or address [1]: "
        ),
        Locale::Ja => format!(
            "どのモデルサーバーを使いますか？OpenAIのChat Completions互換であれば何でも使えます。\n{listed}番号またはアドレス [1]："
        ),
    }
}

/// What was written is neither one of the numbers nor an address.
pub fn no_server(locale: Locale, given: &str) -> String {
    match locale {
        Locale::En => format!(
            "\"{given}\" is neither one of the numbers nor an address such as http://localhost:11434/v1"
        ),
        Locale::Ja => format!(
            "「{given}」は番号でもアドレスでもありません。アドレスの例：http://localhost:11434/v1"
        ),
    }
}

/// What was given as the server's address isn't one. It may be a key, and is not shown.
pub fn no_address(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "What was given as the model server's address isn't an address. Write it like http://localhost:11434/v1"
        }
        Locale::Ja => {
            "指定されたモデルサーバーのアドレスは、形式が正しくありません。例：http://localhost:11434/v1"
        }
    }
}

/// A key would go through the open net in plain text.
pub fn in_the_clear(locale: Locale, base_url: &str) -> String {
    match locale {
        Locale::En => format!(
            "{base_url} isn't encrypted: others could read the key on its way, so it is not sent there. Give an address \
             that begins with https://"
        ),
        Locale::Ja => format!(
            "{base_url}への通信は暗号化されず、途中でキーを読み取られるおそれがあるため、キーを送りません。https://で始まるアドレスを指定してください。"
        ),
    }
}

/// Asks for the key of a model server.
pub fn key(locale: Locale, base_url: &str) -> String {
    match locale {
        Locale::En => format!("The key for {base_url}: "),
        Locale::Ja => format!("{base_url}のAPIキー："),
    }
}

/// Asks for the model's name; `first` is taken where nothing is written.
pub fn model(locale: Locale, names: &[String], first: &str) -> String {
    /// So many names fit on a screen beside the question.
    const NAMED: usize = 12;
    let listed: String = names
        .iter()
        .take(NAMED)
        .map(|name| format!("  {name}\n"))
        .collect();
    let more = names.len().saturating_sub(NAMED);
    match (locale, names.len(), more) {
        (Locale::En, 0 | 1, _) => format!("The model's name [{first}]: "),
        (Locale::Ja, 0 | 1, _) => format!("モデル名 [{first}]："),
        (Locale::En, _, 0) => format!("Which model?\n{listed}Name [{first}]: "),
        (Locale::En, _, _) => {
            format!("Which model?\n{listed}  ... and {more} more\nName [{first}]: ")
        }
        (Locale::Ja, _, 0) => format!("どのモデルを使いますか？\n{listed}モデル名 [{first}]："),
        (Locale::Ja, _, _) => {
            format!("どのモデルを使いますか？\n{listed}  ほか{more}個\nモデル名 [{first}]：")
        }
    }
}

/// Which questions nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The token.
    Token,
    /// Whether to try Discord again.
    Discord,
    /// Whether to go on without the Message Content intent.
    MessageContent,
    /// The model's server.
    Server,
    /// The server's key.
    Key,
    /// The model's name.
    Model,
}

/// The input ended before a question was answered: what a script gives instead.
pub fn unanswered(locale: Locale, question: Unanswered) -> String {
    let (english, japanese) = match question {
        Unanswered::Token => (
            "Give a valid token with --token-file FILE or DISCORD_TOKEN.",
            "--token-file FILEまたはDISCORD_TOKENで有効なトークンを指定してください。",
        ),
        Unanswered::Discord => (
            "Try again once Discord can be reached.",
            "Discordに接続できるようになったら、もう一度実行してください。",
        ),
        Unanswered::MessageContent => (
            "Turn the intent on, or give --without-message-content.",
            "インテントをオンにするか、--without-message-contentを指定してください。",
        ),
        Unanswered::Server => (
            "Give the address of a model server that works with --model-url URL or OPENAI_BASE_URL.",
            "--model-url URLまたはOPENAI_BASE_URLで、使えるモデルサーバーのアドレスを指定してください。",
        ),
        Unanswered::Key => (
            "Give a valid key with --key-file FILE or OPENAI_API_KEY.",
            "--key-file FILEまたはOPENAI_API_KEYで有効なAPIキーを指定してください。",
        ),
        Unanswered::Model => (
            "Give the name of a model that the server has with --model NAME.",
            "--model NAMEで、サーバーにあるモデルの名前を指定してください。",
        ),
    };
    match locale {
        Locale::En => format!("Nothing was written. {english}"),
        Locale::Ja => format!("何も保存していません。{japanese}"),
    }
}

/// A file that was named can't be read.
pub fn unreadable(locale: Locale, file: &str, reason: &str) -> String {
    match locale {
        Locale::En => format!("{file} can't be read ({reason}). Nothing was written."),
        Locale::Ja => format!("{file}を読み込めません（{reason}）。何も保存していません。"),
    }
}

/// A file that was named isn't there, by what may be the secret itself: that is not shown.
pub fn no_such_file(locale: Locale, flag: &str, directory: &str) -> String {
    match locale {
        Locale::En => format!(
            "{flag} takes the path of a file that holds the secret, and no such file can be found in {directory}. Nothing \
             was written."
        ),
        Locale::Ja => format!(
            "{flag}には、値そのものではなく、値を保存したファイルのパスを指定します。指定されたファイルが{directory}に見つかりません。何も保存していません。"
        ),
    }
}

/// A file can't be written.
pub fn unwritable(locale: Locale, file: &str, reason: &str) -> String {
    match locale {
        Locale::En => format!(
            "{file} can't be written ({reason}). Nothing was left behind; give another --directory, or the right to write \
             there."
        ),
        Locale::Ja => format!(
            "{file}を保存できません（{reason}）。途中のファイルは残していません。別の--directoryを指定するか、書き込みを許可してください。"
        ),
    }
}

/// What a setting in the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comment {
    /// At the head of the file.
    Head,
    /// The token's file.
    Token,
    /// The Message Content intent, off.
    MessageContent,
    /// A server in place of Discord's.
    DiscordUrl,
    /// The model server's address.
    BaseUrl,
    /// The key's file.
    Key,
    /// The model.
    Model,
    /// The language.
    Language,
}

/// A comment in the file of settings, one line each.
pub fn comment(locale: Locale, comment: Comment) -> &'static str {
    match locale {
        Locale::En => match comment {
            Comment::Head => {
                "Kaiwa's settings. kaiwa.example.toml documents all there are; paths start from this file's directory."
            }
            Comment::Token => "The file that holds the bot's token. Nobody else may read it.",
            Comment::MessageContent => {
                "Without the Message Content intent: only direct messages, mentions, and replies with the ping on."
            }
            Comment::DiscordUrl => "A server in place of Discord's own.",
            Comment::BaseUrl => "The model's server.",
            Comment::Key => "The file that holds its key. Nobody else may read it.",
            Comment::Model => "The model.",
            Comment::Language => "The language of the bot's own words, not of the model's.",
        },
        Locale::Ja => match comment {
            Comment::Head => {
                "Kaiwaの設定です。すべての設定の説明はkaiwa.example.tomlにあります。相対パスはこのファイルの場所が起点です。"
            }
            Comment::Token => {
                "ボットのトークンを保存したファイル（ほかの人に読まれないようにしてください）"
            }
            Comment::MessageContent => {
                "Message Content Intentを使わず、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります"
            }
            Comment::DiscordUrl => "Discordの代わりに接続するサーバー",
            Comment::BaseUrl => "モデルサーバー",
            Comment::Key => "APIキーを保存したファイル（ほかの人に読まれないようにしてください）",
            Comment::Model => "モデル",
            Comment::Language => "ボット自身の文言の言語（モデルの回答の言語ではありません）",
        },
    }
}

/// All is written: the files, the invite link, and how to start.
pub fn done(
    locale: Locale,
    directory: &str,
    files: &[&str],
    application: u64,
    config: Option<&str>,
) -> String {
    let link = permissions::invite_link(application);
    let option = config.map_or_else(String::new, |config| format!(" --config {config}"));
    match locale {
        Locale::En => format!(
            "\nWritten to {directory}: {}\n\n\
             What to do next:\n  \
             1. Open the invite link and choose your server. It asks for exactly the permissions that the bot needs.\n     {link}\n  \
             2. Start the bot:\n     kaiwa run{option}\n  \
             3. Write @ and the bot's name in a channel, then your question.\n\n\
             kaiwa doctor{option} says what is the matter, should something not work.\n",
            files.join(", ")
        ),
        Locale::Ja => format!(
            "\n{directory}に保存しました：{}\n\n\
             次にすること：\n  \
             1. 招待リンクを開いてサーバーを選びます。求める権限は、ボットに必要なものだけです。\n     {link}\n  \
             2. ボットを起動します。\n     kaiwa run{option}\n  \
             3. チャンネルでボットにメンションして、質問を書きます。\n\n\
             うまく動かないときは、kaiwa doctor{option} で原因が分かります。\n",
            files.join("、")
        ),
    }
}
