//! What is refused, and what the operator then reads.

use insta::assert_snapshot;

use super::*;

#[test]
fn a_misspelt_setting() {
    let operator = Operator::ready()
        .toml("model = \"x\"\n\n# a comment\nsytem_prompt = \"Be brief.\"\ncolour = 3\n");
    assert_snapshot!(operator.errors(), @r#"
    kaiwa.toml, line 4: "sytem_prompt" is not a setting. Did you mean system_prompt?
    kaiwa.toml, line 5: "colour" is not a setting. kaiwa.example.toml lists all settings; remove the line.
    "#);
    assert_snapshot!(operator.env("LANG", "ja_JP.UTF-8").errors(), @r"
    kaiwa.toml 4行目：「sytem_prompt」という設定はありません。system_promptのことですか？
    kaiwa.toml 5行目：「colour」という設定はありません。この行を削除してください。設定の一覧はkaiwa.example.tomlにあります。
    ");
}

#[test]
fn settings_in_sections() {
    assert_snapshot!(Operator::ready().toml("[discord]\ntoken = \"a.b.c\"\n\n[llm]\nmodel = \"x\"\n[empty]\n").errors(), @r#"
    kaiwa.toml, line 2: settings have no sections: remove [discord], and write discord_token = … at the top level.
    kaiwa.toml, line 5: settings have no sections: remove [llm], and write model = … at the top level.
    kaiwa.toml, line 6: "empty" is not a setting. kaiwa.example.toml lists all settings; remove the line.
    "#);
}

#[test]
fn every_wrong_value_at_once() {
    let toml = r#"
message_content = "yes"
shards = 0
discord_url = "http://localhost:8080/api"
openai_base_url = "localhost:11434"
model = 5
context_tokens = "128k"
max_answer_tokens = -1
temperature = 2.5
model_stall_seconds = 0x10
model_tries = 1.5
system_prompt = ["a", "b"]
language = "fr"
data_dir = ""
drain_seconds = 99999999999999999999999999
log = "inof"
log_format = true
"#;
    assert_snapshot!(Operator::ready().toml(toml).errors(), @r#"
    kaiwa.toml, line 2: message_content can't be "yes". It takes true or false, without quotes. Write, for example, message_content = true
    kaiwa.toml, line 3: shards can't be 0. It takes a whole number from 1 to 10000. Write, for example, shards = 1
    kaiwa.toml, line 4: discord_url can't be "http://localhost:8080/api". It takes an address of the form https://host or http://host:port, without a path. Write, for example, discord_url = "http://localhost:8080"
    kaiwa.toml, line 5: openai_base_url can't be "localhost:11434". It takes an address that starts with https:// or http://, up to the part before /chat/completions and without a user name, ? or #. Write, for example, openai_base_url = "https://api.openai.com/v1"
    kaiwa.toml, line 6: model can't be 5. It takes text in quotes. Write, for example, model = "gpt-6-luna"
    kaiwa.toml, line 7: context_tokens can't be "128k". It takes a whole number from 512 to 100000000, without quotes. Write, for example, context_tokens = 128000
    kaiwa.toml, line 8: max_answer_tokens can't be -1. It takes a whole number from 1 to 10000000. Write, for example, max_answer_tokens = 4096
    kaiwa.toml, line 9: temperature can't be 2.5. It takes a number from 0 to 2. Write, for example, temperature = 0.7
    kaiwa.toml, line 10: model_stall_seconds can't be 0x10. It takes a whole number from 5 to 3600. Write, for example, model_stall_seconds = 120
    kaiwa.toml, line 11: model_tries can't be 1.5. It takes a whole number from 1 to 20. Write, for example, model_tries = 4
    kaiwa.toml, line 12: system_prompt can't be ["a", "b"]. It takes text in quotes. Write, for example, system_prompt = "You are a helpful assistant in a Discord chat."
    kaiwa.toml, line 13: language can't be "fr". It takes auto, en or ja. Write, for example, language = "auto"
    kaiwa.toml, line 14: data_dir can't be "". It takes text in quotes. Write, for example, data_dir = "/var/lib/kaiwa"
    kaiwa.toml, line 15: drain_seconds can't be 99999999999999999999999999. It takes a whole number from 0 to 3600. Write, for example, drain_seconds = 30
    kaiwa.toml, line 16: log can't be "inof". It takes a level (error, warn, info, debug or trace), or levels by part such as warn,kaiwa_bot=debug. Write, for example, log = "info"
    kaiwa.toml, line 17: log_format can't be true. It takes auto, pretty or json. Write, for example, log_format = "auto"
    "#);
}

#[test]
fn wrong_values_in_the_environment() {
    let operator = Operator::ready()
        .env("KAIWA_DRAIN_SECONDS", "ten")
        .env("KAIWA_MESSAGE_CONTENT", "maybe")
        .env("KAIWA_LOG", "kaiwa_bot=loud")
        .env("KAIWA_MODEL_TRIES", "\"3\"")
        .env(
            "OPENAI_BASE_URL",
            "https://api.openai.com/v1/chat/completions",
        );
    assert_snapshot!(operator.errors(), @r#"
    environment: KAIWA_DRAIN_SECONDS can't be ten. It takes a whole number from 0 to 3600. Write, for example, KAIWA_DRAIN_SECONDS=30
    environment: KAIWA_LOG can't be kaiwa_bot=loud. It takes a level (error, warn, info, debug or trace), or levels by part such as warn,kaiwa_bot=debug. Write, for example, KAIWA_LOG=info
    environment: KAIWA_MESSAGE_CONTENT can't be maybe. It takes true or false. Write, for example, KAIWA_MESSAGE_CONTENT=true
    environment: KAIWA_MODEL_TRIES can't be "3". It takes a whole number from 1 to 20, without quotes. Write, for example, KAIWA_MODEL_TRIES=4
    environment: OPENAI_BASE_URL can't be https://api.openai.com/v1/chat/completions. It takes an address that starts with https:// or http://, up to the part before /chat/completions and without a user name, ? or #. Write, for example, OPENAI_BASE_URL=https://api.openai.com/v1
    "#);
}

#[test]
fn a_misspelt_variable() {
    let operator = Operator::ready()
        .env("KAIWA_SYTEM_PROMPT", "x")
        .env("KAIWA_SERVICE_HOST", "10.0.0.1")
        .env("KAIWA_PORT", "tcp://10.0.0.1:80");
    assert_snapshot!(operator.errors(), @r#"
    environment: "KAIWA_SYTEM_PROMPT" is not a setting. Did you mean KAIWA_SYSTEM_PROMPT?
    "#);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text() {
    use std::os::unix::ffi::OsStringExt;
    let operator = Operator::ready().env("KAIWA_MODEL", OsString::from_vec(vec![0xff, 0xfe]));
    assert_snapshot!(operator.errors(), @"environment: KAIWA_MODEL isn't valid UTF-8 text. Write it anew.");
}

#[test]
fn nothing_said() {
    assert_snapshot!(Operator::new().errors(), @r"
    No Discord token is set. Get one at https://discord.com/developers/applications -> New Application -> Bot -> Reset Token, turn on Message Content Intent on the same page, and give the token as DISCORD_TOKEN in the environment, as discord_token in kaiwa.toml, or in a file that DISCORD_TOKEN_FILE names. kaiwa init asks for all that is needed; kaiwa play needs nothing.
    No OpenAI key is set. Get one at https://platform.openai.com/api-keys and give it as OPENAI_API_KEY in the environment, as openai_api_key in kaiwa.toml, or in a file that OPENAI_API_KEY_FILE names. For a model of your own, set OPENAI_BASE_URL instead, for example http://localhost:11434/v1
    ");
}

#[test]
fn a_file_that_is_not_toml() {
    // The token may be in what could not be read: that it is missing can't be said.
    let operator = Operator::new()
        .toml("discord_token = a.b.c\nmodel = x\n")
        .env("KAIWA_MODEL_TRIES", "0");
    assert_snapshot!(operator.errors(), @r#"
    kaiwa.toml, line 1: this isn't valid TOML (string values must be quoted, expected literal string). Settings look like this: model = "name"
    environment: KAIWA_MODEL_TRIES can't be 0. It takes a whole number from 1 to 20. Write, for example, KAIWA_MODEL_TRIES=4
    "#);
    assert_snapshot!(Operator::ready().toml("model = \"a\"\nmodel = \"b\"\n").errors(), @r#"
    kaiwa.toml, line 2: this isn't valid TOML (duplicate key). Settings look like this: model = "name"
    "#);
    assert_snapshot!(Operator::ready().toml("model = \"a\n").errors(), @r#"
    kaiwa.toml, line 1: this isn't valid TOML (invalid basic string, expected `"`). Settings look like this: model = "name"
    "#);
    assert_snapshot!(Operator::ready().file("kaiwa.toml", [0xff, 0xfe]).errors(), @"kaiwa.toml isn't valid UTF-8 text. Write it anew.");
}

#[test]
fn a_file_that_cannot_be_read() {
    let operator = Operator::ready();
    let missing = operator
        .load_file(Some(&operator.path("other.toml")))
        .unwrap_err();
    assert_snapshot!(operator.without_directory(missing), @"there is no file other.toml. Check the path, or create it.");
    let directory = operator
        .load_file(Some(operator.directory.path()))
        .unwrap_err();
    assert_eq!(
        directory.problems(),
        [format!(
            "{} is a directory. Name a file in it.",
            operator.directory.path().display()
        )]
    );
}

#[test]
fn a_secret_that_cannot_be_one() {
    let operator =
        Operator::ready().toml("discord_token = \"your-token-here\"\nopenai_api_key = 12345678\n");
    let operator = operator.env("DISCORD_TOKEN", "").env("OPENAI_API_KEY", "");
    assert_snapshot!(operator.errors(), @r#"
    kaiwa.toml, line 1: discord_token still holds the example's text. Put the real value in its place.
    kaiwa.toml, line 2: openai_api_key isn't written as it should be. It takes text in quotes. Write, for example, openai_api_key = "your-key-here"
    "#);
    let operator = Operator::ready()
        .env("DISCORD_TOKEN", "hush.hush.hush hush")
        .env("OPENAI_API_KEY", "hüsh");
    assert_snapshot!(operator.errors(), @r"
    environment: DISCORD_TOKEN has a space, a line break or a special character inside, which no token has. Copy it anew.
    environment: OPENAI_API_KEY has a space, a line break or a special character inside, which no token has. Copy it anew.
    ");
}

#[test]
fn a_secret_in_two_places() {
    let operator = Operator::ready().env("DISCORD_TOKEN_FILE", "/run/secrets/token");
    assert_snapshot!(operator.errors(), @"environment: DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set. Keep one of them and remove the other.");
    let toml = "system_prompt = \"a\"\nsystem_prompt_file = \"b\"\n";
    assert_snapshot!(Operator::ready().toml(toml).errors(), @"kaiwa.toml, line 2: system_prompt and system_prompt_file are both set. Keep one of them and remove the other.");
}

#[test]
fn a_secrets_file_that_is_of_no_use() {
    let operator = Operator::ready()
        .env("DISCORD_TOKEN", "")
        .env("OPENAI_API_KEY", "")
        .file("empty", "\n");
    let operator =
        operator.toml("discord_token_file = \"nowhere\"\nopenai_api_key_file = \"empty\"\n");
    assert_snapshot!(operator.errors(), @r"
    kaiwa.toml, line 1: discord_token_file: no such file can be found in HERE. Check the path, or create it; if that is the value itself, give it as discord_token.
    kaiwa.toml, line 2: openai_api_key_file names empty, which is empty. Write the value into it.
    ");
    fs::create_dir(operator.path("secrets")).unwrap();
    let toml = "discord_token_file = \"secrets/token\"\nopenai_api_key_file = \"secrets\"\n";
    let operator = operator.toml(toml);
    assert_snapshot!(operator.errors(), @r"
    kaiwa.toml, line 1: discord_token_file: there is no file secrets/token. Check the path, or create it.
    kaiwa.toml, line 2: openai_api_key_file: secrets is a directory. Name a file in it.
    ");
    let operator = Operator::ready()
        .env("DISCORD_TOKEN", "")
        .env("DISCORD_TOKEN_FILE", "/dev/token")
        .env("OPENAI_API_KEY", "")
        .env("KAIWA_OPENAI_API_KEY_FILE", "/none/key");
    assert_snapshot!(operator.errors(), @r"
    environment: DISCORD_TOKEN_FILE: there is no file /dev/token. Check the path, or create it.
    environment: KAIWA_OPENAI_API_KEY_FILE: no such file can be found in /. Check the path, or create it; if that is the value itself, give it as OPENAI_API_KEY.
    ");
}

#[test]
fn a_window_without_room_for_the_question() {
    assert_snapshot!(Operator::ready().toml("context_tokens = 2048\nanswer_tokens = 2048\n").errors(), @"context_tokens (2048) must be greater than answer_tokens (2048), so that there is room for the question. Raise the first or lower the second.");
}

#[test]
fn no_error_shows_a_secret() {
    // Wrong type, wrong key, wrong address, broken file, no path: wherever a secret may stray.
    let long = format!("discord_token_file = \"{}\"", "hush".repeat(100));
    let tomls = [
        "discord_token_file = \"hush\"",
        "openai_api_key_file = \"hush/+hush==\"",
        "openai_api_key_file = \"/hush+hush/==\"",
        "discord_token_file = \"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.hush\"",
        &long,
        "discord_token = [\"hush\"]",
        "discord_tokens = \"hush\"",
        "discord_token = hush",
        "discord_token = \"hush\"hush",
        "openai_base_url = \"https://user:hush@localhost/v1\"",
        "openai_base_url = \"https://localhost/v1?key=hush\"",
        "openai_base_url = \"hush\"",
        "discord_token = \"hush hush\"",
        "[discord]\ntoken = \"hush\"",
    ];
    for toml in tomls {
        let operator = Operator::ready().env("DISCORD_TOKEN", "").toml(toml);
        let errors = operator.errors();
        assert!(!errors.contains("hush"), "{toml}: {errors}");
    }
    for name in ["DISCORD_TOKEN_FILE", "KAIWA_DISCORD_TOKEN_FILE"] {
        for value in ["hush", "hush/hush", "/hush", "hush.hush.hush"] {
            let operator = Operator::ready().env("DISCORD_TOKEN", "").env(name, value);
            let errors = operator.errors();
            assert!(!errors.contains("hush"), "{name}={value}: {errors}");
        }
    }
}
