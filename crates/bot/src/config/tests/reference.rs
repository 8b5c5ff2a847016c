//! `docs/configuration.md` and `docs/kaiwa.schema.json`, made from the table of settings.

use super::*;

/// Set to anything, it lets the test write the files in place of comparing them:
/// `KAIWA_WRITE_DOCS=1 cargo test --workspace --lib reference`.
const WRITE: &str = "KAIWA_WRITE_DOCS";

const HEAD: &str = "\
# Settings

<!-- Made from the table of settings by a test: crates/bot/src/config/tests/reference.rs -->

Settings are read from the environment, then from `kaiwa.toml` in the working directory (or `--config FILE`), and the
environment goes first. Each is written at the top level of the file, or as a variable. An empty variable counts as not set.
Paths in the file start from the directory that it is in.

[kaiwa.example.toml](../kaiwa.example.toml) holds all of them with their comments, ready to copy. Editors complete and check the
file by [kaiwa.schema.json](kaiwa.schema.json); the first line of the example names it, and `kaiwa init` writes it beside its
`kaiwa.toml`. A wrong or unknown setting ends the start with the file, the line, the nearest known name and what to write.
";

/// What may be written, as people read it.
fn takes(setting: &Setting) -> String {
    match setting.takes {
        Takes::Text => "a text".to_owned(),
        Takes::Secret => "a text, which is never shown".to_owned(),
        Takes::Path => "a path".to_owned(),
        Takes::Flag => "`true` or `false`".to_owned(),
        Takes::Whole(from, to) => format!("a whole number from {from} to {to}"),
        Takes::Decimal(from, to) => format!("a number from {from} to {to}"),
        Takes::OneOf(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        Takes::Address => "the address of an API, `http://` or `https://`".to_owned(),
        Takes::Origin => "the address of a server, without a path".to_owned(),
        Takes::LogFilter => "a level, or levels by part".to_owned(),
    }
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for setting in SETTINGS {
        let variables = [setting.shared.map(str::to_owned), Some(setting.variable())];
        let mut variables: Vec<String> = variables.into_iter().flatten().collect();
        variables.dedup();
        let variables: Vec<String> = variables.iter().map(|name| format!("`{name}`")).collect();
        page.push_str(&format!(
            "\n## {}\n\n{}\n\n| | |\n|---|---|\n| takes | {} |\n| in the environment | {} |\n| in the file | `{} = {}` |\n",
            setting.key,
            setting.meaning,
            takes(setting),
            variables.join(" or "),
            setting.key,
            setting.example,
        ));
    }
    page
}

#[test]
fn every_example_is_one() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    for setting in SETTINGS {
        let examples = &schema["properties"][setting.key]["examples"];
        assert_eq!(
            examples.as_array().map(Vec::len),
            Some(1),
            "{}",
            setting.key
        );
    }
}

#[test]
fn the_reference_and_the_schema_are_made_from_the_table() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for (name, made) in [
        ("configuration.md", page()),
        ("kaiwa.schema.json", schema()),
    ] {
        let path = docs.join(name);
        if std::env::var_os(WRITE).is_some() {
            fs::write(path, made).unwrap();
            continue;
        }
        let written = fs::read_to_string(path).unwrap();
        assert!(
            written == made,
            "{WRITE}=1 makes the test write docs/{name}"
        );
    }
}

#[test]
fn the_example_names_the_schema() {
    let example = include_str!("../../../../../kaiwa.example.toml");
    assert_eq!(
        example.lines().next(),
        Some("#:schema ./docs/kaiwa.schema.json")
    );
}
