//! What is wrong with a command line, and what to type instead.

use super::{Locale, masked::masked};

/// What was typed and can't be understood. Options are named as their usage names them: `--listen <ADDRESS>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistyped {
    /// There is no such option, or nothing may stand there; and the nearest that there is.
    Argument(String, Option<String>),
    /// There is no such command; and the nearest that there is.
    Command(String, Option<String>),
    /// An option takes something else; and what it takes, where that can be listed.
    Value(String, String, Vec<String>),
    /// An option takes something else, which is written as in the example.
    Form(String, String, &'static str),
    /// An option wants a value; and what it takes, where that can be listed.
    NoValue(String, Vec<String>),
    /// These are needed.
    Missing(Vec<String>),
    /// The first doesn't go with the others.
    Conflict(String, Vec<String>),
    /// An option may stand there once.
    Twice(String),
    /// Anything else, in the words of whoever found it.
    Other(String),
}

impl Mistyped {
    /// The same without what may be a secret.
    fn masked(&self) -> Self {
        let shown = |typed: &str| masked(typed).into_owned();
        match self.clone() {
            Self::Argument(given, nearest) => Self::Argument(shown(&given), nearest),
            Self::Command(given, nearest) => Self::Command(shown(&given), nearest),
            Self::Value(option, given, takes) => Self::Value(option, shown(&given), takes),
            Self::Form(option, given, example) => Self::Form(option, shown(&given), example),
            Self::Other(said) => Self::Other(shown(&said)),
            other
            @ (Self::NoValue(..) | Self::Missing(_) | Self::Conflict(..) | Self::Twice(_)) => other,
        }
    }
}

/// Says it, and where to read on; `usage` is a line such as `kaiwa run [OPTIONS]`.
pub fn mistyped(locale: Locale, what: &Mistyped, usage: Option<&str>) -> String {
    let shown = what.masked();
    let mut said = match locale {
        Locale::En => english(&shown),
        Locale::Ja => japanese(&shown),
    };
    if shown != *what {
        said.push_str(match locale {
            Locale::En => {
                " What may be a secret is not shown. Tokens and keys are read from files and from the environment, not from \
                 the command line."
            }
            Locale::Ja => {
                "トークンやAPIキーかもしれない文字列は表示していません。トークンやキーは、コマンドラインではなく、ファイルか環境変数で指定してください。"
            }
        });
    }
    let [heading, ..] = super::command::headings(locale);
    let usage = usage.map_or_else(String::new, |usage| format!("\n\n{heading}: {usage}"));
    match locale {
        Locale::En => format!("{said}{usage}\nSee `--help`."),
        Locale::Ja => format!("{said}{usage}\n`--help`で説明を表示できます。"),
    }
}

fn english(what: &Mistyped) -> String {
    let meant = |nearest: &Option<String>| match nearest {
        Some(nearest) => format!(" Did you mean `{nearest}`?"),
        None => String::new(),
    };
    let takes = |values: &[String]| match values {
        [] => String::new(),
        values => format!(" It takes {}.", listed(values, " or ")),
    };
    match what {
        Mistyped::Argument(given, nearest) => {
            format!("`{given}` is not expected here.{}", meant(nearest))
        }
        Mistyped::Command(given, nearest) => {
            format!("There is no command `{given}`.{}", meant(nearest))
        }
        Mistyped::Value(option, given, values) => {
            format!("`{option}` can't be `{given}`.{}", takes(values))
        }
        Mistyped::Form(option, given, example) => {
            format!("`{option}` can't be `{given}`. Write it like `{example}`.")
        }
        Mistyped::NoValue(option, values) => {
            format!("`{option}` needs a value.{}", takes(values))
        }
        Mistyped::Missing(options) => format!("{} is missing.", listed(options, " and ")),
        Mistyped::Conflict(option, others) => {
            format!("`{option}` can't be used with {}.", listed(others, " and "))
        }
        Mistyped::Twice(option) => format!("`{option}` can be given only once."),
        Mistyped::Other(said) => said.clone(),
    }
}

fn japanese(what: &Mistyped) -> String {
    let meant = |nearest: &Option<String>| match nearest {
        Some(nearest) => format!("`{nearest}`ではありませんか？"),
        None => String::new(),
    };
    let takes = |values: &[String]| match values {
        [] => String::new(),
        values => format!("指定できるのは{}です。", listed(values, "、")),
    };
    match what {
        Mistyped::Argument(given, nearest) => {
            format!("ここに`{given}`は書けません。{}", meant(nearest))
        }
        Mistyped::Command(given, nearest) => {
            format!("`{given}`というコマンドはありません。{}", meant(nearest))
        }
        Mistyped::Value(option, given, values) => {
            format!("`{option}`に`{given}`は指定できません。{}", takes(values))
        }
        Mistyped::Form(option, given, example) => {
            format!("`{option}`に`{given}`は指定できません。`{example}`のように書きます。")
        }
        Mistyped::NoValue(option, values) => {
            format!("`{option}`には値が必要です。{}", takes(values))
        }
        Mistyped::Missing(options) => format!("{}が必要です。", listed(options, "と")),
        Mistyped::Conflict(option, others) => {
            format!("`{option}`は{}と一緒には使えません。", listed(others, "や"))
        }
        Mistyped::Twice(option) => format!("`{option}`は一度しか指定できません。"),
        Mistyped::Other(said) => said.clone(),
    }
}

fn listed(names: &[String], between: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(between)
}
