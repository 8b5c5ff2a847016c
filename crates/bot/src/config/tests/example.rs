//! `kaiwa.example.toml` against the table of settings.

use super::*;

const EXAMPLE: &str = include_str!("../../../../../kaiwa.example.toml");

/// A value other than the example's, in the environment's form.
fn other_value(setting: &Setting) -> String {
    match setting.takes {
        Takes::Whole(from, to) => u64::midpoint(from, to).to_string(),
        Takes::Decimal(from, to) => f32::midpoint(from, to).to_string(),
        Takes::Flag => "false".to_owned(),
        Takes::Address | Takes::Origin => "http://localhost:1".to_owned(),
        Takes::LogFilter => "warn".to_owned(),
        Takes::OneOf(words) => words.last().unwrap().to_string(),
        Takes::Text | Takes::Path | Takes::Secret => "/other".to_owned(),
    }
}

/// The comment above a setting's line, on one line.
fn comment_above(line: usize) -> String {
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let mut comment: Vec<&str> = lines[..line]
        .iter()
        .rev()
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim_start_matches("# "))
        .collect();
    comment.reverse();
    comment.join(" ")
}

fn line_of(setting: &Setting) -> usize {
    let start = format!("# {} = ", setting.key);
    let found: Vec<usize> = EXAMPLE
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with(&start))
        .map(|(number, _)| number)
        .collect();
    let &[line] = found.as_slice() else {
        panic!(
            "{} is in kaiwa.example.toml {} times",
            setting.key,
            found.len()
        )
    };
    line
}

#[test]
fn it_loads_as_it_is() {
    let config = Operator::ready().toml(EXAMPLE).load().unwrap();
    assert_eq!(
        format!("{config:?}"),
        format!("{:?}", Operator::ready().load().unwrap())
    );
}

#[test]
fn it_documents_every_setting_in_the_tables_order() {
    let mut before = 0;
    for setting in SETTINGS {
        let line = line_of(setting);
        assert!(line > before, "{} is out of order", setting.key);
        before = line;
        assert_eq!(
            EXAMPLE.lines().nth(line).unwrap(),
            format!("# {} = {}", setting.key, setting.example)
        );
        let comment = comment_above(line);
        assert!(
            comment.starts_with(setting.meaning),
            "the comment of {} is {comment}",
            setting.key
        );
        assert_eq!(
            comment.strip_prefix(setting.meaning).unwrap(),
            setting
                .shared
                .map(|name| format!(" Also in the environment as {name}."))
                .unwrap_or_default(),
            "{}",
            setting.key
        );
    }
}

#[test]
fn it_documents_nothing_else() {
    for line in EXAMPLE.lines() {
        let Some((key, _)) = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(" = "))
        else {
            continue;
        };
        assert!(
            SETTINGS.iter().any(|setting| setting.key == key),
            "{key} is not a setting"
        );
    }
}

#[test]
fn each_line_can_be_used_as_it_stands() {
    for setting in SETTINGS {
        let line = EXAMPLE
            .lines()
            .nth(line_of(setting))
            .unwrap()
            .trim_start_matches("# ");
        let operator = Operator::new()
            .toml(line)
            .file("prompt.md", "Be brief.")
            .env("LANG", "C")
            .env(
                "DISCORD_TOKEN",
                if setting.key.starts_with("discord_token") {
                    ""
                } else {
                    "a.b.c"
                },
            )
            .env(
                "OPENAI_API_KEY",
                if setting.key.starts_with("openai_api_key") {
                    ""
                } else {
                    "sk-1"
                },
            );
        match setting.takes {
            Takes::Secret => assert!(
                operator.errors().contains("still holds the example's text"),
                "{line}"
            ),
            Takes::Path if setting.example.contains("/run/") => {
                assert!(
                    operator.errors().contains("there is no file /run/secrets/"),
                    "{line}"
                );
            }
            Takes::Text
            | Takes::Path
            | Takes::Flag
            | Takes::Whole(..)
            | Takes::Decimal(..)
            | Takes::OneOf(_)
            | Takes::Address
            | Takes::Origin
            | Takes::LogFilter => assert!(operator.load().is_ok(), "{line}: {}", operator.errors()),
        }
    }
}

#[test]
fn each_setting_has_an_effect_from_the_environment() {
    let shown = |operator: &Operator| {
        let Config { discord, model, .. } = &operator.load().unwrap();
        let secrets = [Some(&discord.token), model.key.as_ref()]
            .map(|secret| secret.map(ExposeSecret::expose_secret));
        format!("{:?} {secrets:?}", operator.load().unwrap())
    };
    let before = shown(&Operator::ready());
    for setting in SETTINGS {
        let mut value = OsString::from(other_value(setting));
        let mut operator = Operator::ready().file("value", "other");
        if setting.key.ends_with("_file") {
            value = operator.path("value").into_os_string();
            if let Some(direct) = setting.shared.and_then(|name| name.strip_suffix("_FILE")) {
                operator = operator.env(direct, "");
            }
        }
        let operator = operator.env(&setting.variable(), value);
        assert_ne!(shown(&operator), before, "{} changes nothing", setting.key);
    }
}
