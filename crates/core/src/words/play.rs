//! What people read in the terminal who start `kaiwa play`.

use super::Locale;

/// Which model answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers<'a> {
    /// The one that the settings name; the server's host, and the model's name where it is set.
    Named(&'a str, Option<&'a str>),
    /// One that was found on this machine: program, address, model.
    Found(&'a str, &'a str, &'a str),
    /// A small one that was brought to this machine: its name.
    Brought(&'a str),
    /// None: what was written beforehand.
    Scripted,
}

/// The page is at `page`.
pub fn playing(locale: Locale, page: &str, answers: &Answers<'_>) -> String {
    let who = answers_with(locale, answers);
    match locale {
        Locale::En => format!("Talk to Kaiwa in the browser: {page}\n{who}\nCtrl-C ends it."),
        Locale::Ja => format!("ブラウザーでKaiwaと話せます：{page}\n{who}\nCtrl-Cで終了します。"),
    }
}

fn answers_with(locale: Locale, answers: &Answers<'_>) -> String {
    match (locale, answers) {
        (Locale::En, Answers::Named(host, Some(name))) => {
            format!("It answers with {name} from {host}, as your settings say.")
        }
        (Locale::Ja, Answers::Named(host, Some(name))) => {
            format!("設定どおり、{host}の{name}が答えます。")
        }
        (Locale::En, Answers::Named(host, None)) => {
            format!("It answers with a model from {host}, as your settings say.")
        }
        (Locale::Ja, Answers::Named(host, None)) => {
            format!("設定どおり、{host}のモデルが答えます。")
        }
        (Locale::En, Answers::Found(program, address, name)) => {
            format!("It answers with {name}, found at {address} ({program}).")
        }
        (Locale::Ja, Answers::Found(program, address, name)) => {
            format!("{address}（{program}）で見つかった{name}が答えます。")
        }
        (Locale::En, Answers::Brought(name)) => {
            format!("It answers with {name}, a small model that runs on this machine.")
        }
        (Locale::Ja, Answers::Brought(name)) => {
            format!("このマシンで動く小さなモデル{name}が答えます。")
        }
        (Locale::En, Answers::Scripted) => {
            "A scripted guide answers, not a model. For a real one set OPENAI_API_KEY, start Ollama, or add --local-model.".to_owned()
        }
        (Locale::Ja, Answers::Scripted) => {
            "モデルではなく、台本の案内役が答えます。本物のモデルを使うには、OPENAI_API_KEYを設定するか、Ollamaを起動するか、--local-modelを付けてください。".to_owned()
        }
    }
}

/// The bot ended, and what it said last; nobody can go on without changing something.
pub fn bot_ended(locale: Locale, said: &str) -> String {
    match locale {
        Locale::En => format!("the bot ended:\n{said}"),
        Locale::Ja => format!("ボットが終了しました：\n{said}"),
    }
}

/// The bot can't be started; `reason` is the operating system's.
pub fn cannot_start(locale: Locale, reason: &str) -> String {
    match locale {
        Locale::En => format!("the bot can't be started: {reason}"),
        Locale::Ja => format!("ボットを起動できません：{reason}"),
    }
}
