//! What the operator reads when a setting is wrong: what it is, and what to write instead.
//!
//! Names of settings, files and variables stay as they are written, in every language. A secret's value is never
//! given to these functions.

use super::Locale;

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expected<'a> {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number, both ends included.
    Whole {
        /// The smallest.
        from: u64,
        /// The greatest.
        to: u64,
    },
    /// A number, both ends included.
    Decimal {
        /// The smallest.
        from: f32,
        /// The greatest.
        to: f32,
    },
    /// One of some words.
    OneOf(&'a [&'a str]),
    /// The address of an API, with its path.
    Address,
    /// The address of a server, without a path.
    Origin,
    /// A filter for the log, as `tracing` reads it.
    LogFilter,
}

/// Puts where it was said in front of what is wrong: a line of a file, counted from 1.
pub fn at_line(locale: Locale, file: &str, line: usize, problem: &str) -> String {
    match locale {
        Locale::En => format!("{file}, line {line}: {problem}"),
        Locale::Ja => format!("{file} {line}行目：{problem}"),
    }
}

/// Puts where it was said in front of what is wrong: the environment.
pub fn in_environment(locale: Locale, problem: &str) -> String {
    match locale {
        Locale::En => format!("environment: {problem}"),
        Locale::Ja => format!("環境変数：{problem}"),
    }
}

/// A setting has a value that it doesn't take. `given` is what was written, quotes included, none for secrets; `example`
/// is a whole line to write.
pub fn wrong_value(
    locale: Locale,
    name: &str,
    given: Option<&str>,
    expected: Expected<'_>,
    example: &str,
) -> String {
    let needless_quotes = given.is_some_and(|given| given.starts_with(['"', '\'']))
        && matches!(
            expected,
            Expected::Flag | Expected::Whole { .. } | Expected::Decimal { .. }
        );
    match locale {
        Locale::En => {
            let problem = match given {
                Some(given) => format!("{name} can't be {given}."),
                None => format!("{name} isn't written as it should be."),
            };
            let takes = takes_in_english(expected);
            let quotes = if needless_quotes {
                ", without quotes"
            } else {
                ""
            };
            format!("{problem} It takes {takes}{quotes}. Write, for example, {example}")
        }
        Locale::Ja => {
            let problem = match given {
                Some(given) => format!("{name}に{given}は使えません。"),
                None => format!("{name}の書き方が正しくありません。"),
            };
            let takes = takes_in_japanese(expected);
            let quotes = if needless_quotes {
                "（引用符なし）"
            } else {
                ""
            };
            format!("{problem}{takes}{quotes}を指定してください。例：{example}")
        }
    }
}

fn takes_in_english(expected: Expected<'_>) -> String {
    match expected {
        Expected::Text => "text in quotes".to_owned(),
        Expected::Flag => "true or false".to_owned(),
        Expected::Whole { from, to } => format!("a whole number from {from} to {to}"),
        Expected::Decimal { from, to } => format!("a number from {from} to {to}"),
        Expected::OneOf(words) => match words {
            [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
            _ => words.join(", "),
        },
        Expected::Address => {
            "an address that starts with https:// or http://, up to the part before /chat/completions and without a \
             user name, ? or #"
                .to_owned()
        }
        Expected::Origin => "an address of the form https://host or http://host:port, without a path".to_owned(),
        Expected::LogFilter => {
            "a level (error, warn, info, debug or trace), or levels by part such as warn,kaiwa_bot=debug".to_owned()
        }
    }
}

fn takes_in_japanese(expected: Expected<'_>) -> String {
    match expected {
        Expected::Text => "引用符で囲んだ文字列".to_owned(),
        Expected::Flag => "trueかfalse".to_owned(),
        Expected::Whole { from, to } => format!("{from}から{to}までの整数"),
        Expected::Decimal { from, to } => format!("{from}から{to}までの数"),
        Expected::OneOf(words) => format!("{}のいずれか", words.join("、")),
        Expected::Address => {
            "https://かhttp://で始まり、/chat/completionsの手前までで、ユーザー名・?・#を含まないアドレス".to_owned()
        }
        Expected::Origin => "https://hostかhttp://host:portの形で、パスを含まないアドレス".to_owned(),
        Expected::LogFilter => {
            "レベル（error、warn、info、debug、trace）か、部分ごとのレベル（warn,kaiwa_bot=debugなど）".to_owned()
        }
    }
}

/// There is no such setting; `nearest` is the one that was probably meant.
pub fn unknown(locale: Locale, name: &str, nearest: Option<&str>) -> String {
    match (locale, nearest) {
        (Locale::En, Some(nearest)) => {
            format!("\"{name}\" is not a setting. Did you mean {nearest}?")
        }
        (Locale::En, None) => {
            format!(
                "\"{name}\" is not a setting. kaiwa.example.toml lists all settings; remove the line."
            )
        }
        (Locale::Ja, Some(nearest)) => {
            format!("「{name}」という設定はありません。{nearest}のことですか？")
        }
        (Locale::Ja, None) => {
            format!(
                "「{name}」という設定はありません。この行を削除してください。設定の一覧はkaiwa.example.tomlにあります。"
            )
        }
    }
}

/// A setting stands in a section; `nearest` is the one that was probably meant.
pub fn in_section(locale: Locale, section: &str, name: &str, nearest: Option<&str>) -> String {
    let nearest = nearest.unwrap_or(name);
    match locale {
        Locale::En => format!(
            "settings have no sections: remove [{section}], and write {nearest} = … at the top level."
        ),
        Locale::Ja => {
            format!(
                "設定にセクションはありません。[{section}]を消して、{nearest} = …と書いてください。"
            )
        }
    }
}

/// Two settings that exclude each other are both given, or one is given twice with different values.
pub fn given_twice(locale: Locale, one: &str, other: &str) -> String {
    match locale {
        Locale::En => {
            format!("{one} and {other} are both set. Keep one of them and remove the other.")
        }
        Locale::Ja => {
            format!("{one}と{other}の両方が設定されています。どちらか一方だけにしてください。")
        }
    }
}

/// The configuration file is not TOML; `reason` is the parser's.
pub fn not_toml(locale: Locale, reason: &str) -> String {
    match locale {
        Locale::En => {
            format!("this isn't valid TOML ({reason}). Settings look like this: model = \"name\"")
        }
        Locale::Ja => {
            format!(
                "TOMLとして正しくありません（{reason}）。設定はmodel = \"name\"のように書きます。"
            )
        }
    }
}

/// Why a file can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRead<'a> {
    /// There is none.
    Missing,
    /// The file's permissions forbid it.
    Forbidden,
    /// It is a directory.
    Directory,
    /// What else the operating system says.
    Other(&'a str),
}

/// A file can't be read.
pub fn unreadable(locale: Locale, file: &str, why: NotRead<'_>) -> String {
    match (locale, why) {
        (Locale::En, NotRead::Missing) => {
            format!("there is no file {file}. Check the path, or create it.")
        }
        (Locale::Ja, NotRead::Missing) => {
            format!("ファイル{file}がありません。パスを確認するか、ファイルを作成してください。")
        }
        (Locale::En, NotRead::Forbidden) => {
            format!(
                "the file {file} can't be read: permission denied. Give the user that runs the bot the right to read it."
            )
        }
        (Locale::Ja, NotRead::Forbidden) => {
            format!(
                "ファイル{file}を読み取る権限がありません。ボットを実行するユーザーに読み取りを許可してください。"
            )
        }
        (Locale::En, NotRead::Directory) => format!("{file} is a directory. Name a file in it."),
        (Locale::Ja, NotRead::Directory) => {
            format!("{file}はディレクトリです。その中のファイルを指定してください。")
        }
        (Locale::En, NotRead::Other(reason)) => format!("the file {file} can't be read: {reason}"),
        (Locale::Ja, NotRead::Other(reason)) => format!("ファイル{file}を読み取れません：{reason}"),
    }
}

/// A setting names a file that can't be read.
pub fn unreadable_for(locale: Locale, name: &str, file: &str, why: NotRead<'_>) -> String {
    let unreadable = unreadable(locale, file, why);
    match locale {
        Locale::En => format!("{name}: {unreadable}"),
        Locale::Ja => format!("{name}：{unreadable}"),
    }
}

/// A setting names a file that isn't there, by what may be the value itself: that is not shown.
pub fn no_such_file(locale: Locale, name: &str, directory: &str, direct: &str) -> String {
    match locale {
        Locale::En => format!(
            "{name}: no such file can be found in {directory}. Check the path, or create it; if that is the value itself, \
             give it as {direct}."
        ),
        Locale::Ja => format!(
            "{name}：指定されたファイルが{directory}に見つかりません。パスを確認するか、ファイルを作成してください。値そのものを書いた場合は、{direct}に設定してください。"
        ),
    }
}

/// A setting names a file that is empty.
pub fn empty_file(locale: Locale, name: &str, file: &str) -> String {
    match locale {
        Locale::En => format!("{name} names {file}, which is empty. Write the value into it."),
        Locale::Ja => format!("{name}に指定された{file}が空です。ファイルに値を書いてください。"),
    }
}

/// A value is not Unicode text.
pub fn not_unicode(locale: Locale, name: &str) -> String {
    match locale {
        Locale::En => format!("{name} isn't valid UTF-8 text. Write it anew."),
        Locale::Ja => format!("{name}がUTF-8の文字列ではありません。書き直してください。"),
    }
}

/// There is no token.
pub fn no_token(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "No Discord token is set. Get one at https://discord.com/developers/applications -> New Application -> Bot \
             -> Reset Token, turn on Message Content Intent on the same page, and give the token as DISCORD_TOKEN in \
             the environment, as discord_token in kaiwa.toml, or in a file that DISCORD_TOKEN_FILE names. kaiwa init asks for \
             all that is needed; kaiwa play needs nothing."
        }
        Locale::Ja => {
            "Discordのトークンが設定されていません。https://discord.com/developers/applications → New Application → Bot → Reset Tokenで取得し、同じページでMessage Content Intentをオンにしてください。トークンは、環境変数DISCORD_TOKEN、kaiwa.tomlのdiscord_token、DISCORD_TOKEN_FILEが指すファイルのいずれかで渡します。kaiwa initなら必要なものを順に尋ねます。kaiwa playなら何も要りません。"
        }
    }
}

/// There is no key, and the model is OpenAI's.
pub fn no_key(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "No OpenAI key is set. Get one at https://platform.openai.com/api-keys and give it as OPENAI_API_KEY in the \
             environment, as openai_api_key in kaiwa.toml, or in a file that OPENAI_API_KEY_FILE names. For a model \
             of your own, set OPENAI_BASE_URL instead, for example http://localhost:11434/v1"
        }
        Locale::Ja => {
            "OpenAIのAPIキーが設定されていません。https://platform.openai.com/api-keys で取得し、環境変数OPENAI_API_KEY、kaiwa.tomlのopenai_api_key、OPENAI_API_KEY_FILEが指すファイルのいずれかで渡してください。手元のモデルを使う場合は、代わりにOPENAI_BASE_URLを設定します。例：http://localhost:11434/v1"
        }
    }
}

/// A secret holds what stands in examples.
pub fn placeholder(locale: Locale, name: &str) -> String {
    match locale {
        Locale::En => {
            format!("{name} still holds the example's text. Put the real value in its place.")
        }
        Locale::Ja => format!("{name}が例の文字列のままです。実際の値に置き換えてください。"),
    }
}

/// A secret holds spaces, line breaks or other characters that no token has.
pub fn not_a_secret(locale: Locale, name: &str) -> String {
    match locale {
        Locale::En => {
            format!(
                "{name} has a space, a line break or a special character inside, which no token has. Copy it anew."
            )
        }
        Locale::Ja => {
            format!(
                "{name}の途中に、空白や改行など、トークンに含まれない文字があります。コピーし直してください。"
            )
        }
    }
}

/// The window leaves no room for the question.
pub fn window_too_small(locale: Locale, window: u32, answer: u32) -> String {
    match locale {
        Locale::En => format!(
            "context_tokens ({window}) must be greater than answer_tokens ({answer}), so that there is room for the \
             question. Raise the first or lower the second."
        ),
        Locale::Ja => format!(
            "質問の入る余地がありません。context_tokens（{window}）をanswer_tokens（{answer}）より大きくしてください。"
        ),
    }
}

/// There is no home directory to keep the data in.
pub fn no_data_dir(locale: Locale) -> &'static str {
    match locale {
        Locale::En => {
            "There is no home directory to keep the data in. Name a directory, for example KAIWA_DATA_DIR=/var/lib/kaiwa"
        }
        Locale::Ja => {
            "データを置くホームディレクトリがありません。ディレクトリを指定してください。例：KAIWA_DATA_DIR=/var/lib/kaiwa"
        }
    }
}
