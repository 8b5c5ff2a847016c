//! What the operator reads when a setting is wrong.

use insta::assert_snapshot;

use super::both;
use crate::words::configuration::{self, Expected, NotRead};

#[test]
fn where_a_setting_is_wrong() {
    assert_snapshot!(both(|l| configuration::at_line(l, "kaiwa.toml", 4, "…")), @r"
    kaiwa.toml, line 4: …
    kaiwa.toml 4行目：…
    ");
    assert_snapshot!(both(|l| configuration::in_environment(l, "…")), @r"
    environment: …
    環境変数：…
    ");
}

#[test]
fn what_a_setting_takes() {
    let wrong = |given, expected, example| {
        both(|l| configuration::wrong_value(l, "name", given, expected, example))
    };
    assert_snapshot!(wrong(None, Expected::Text, "name = \"…\""), @r#"
    name isn't written as it should be. It takes text in quotes. Write, for example, name = "…"
    nameの書き方が正しくありません。引用符で囲んだ文字列を指定してください。例：name = "…"
    "#);
    assert_snapshot!(wrong(Some("\"yes\""), Expected::Flag, "name = true"), @r#"
    name can't be "yes". It takes true or false, without quotes. Write, for example, name = true
    nameに"yes"は使えません。trueかfalse（引用符なし）を指定してください。例：name = true
    "#);
    assert_snapshot!(wrong(Some("9"), Expected::Whole { from: 1, to: 5 }, "name = 3"), @r"
    name can't be 9. It takes a whole number from 1 to 5. Write, for example, name = 3
    nameに9は使えません。1から5までの整数を指定してください。例：name = 3
    ");
    assert_snapshot!(wrong(Some("9"), Expected::Decimal { from: 0.0, to: 2.0 }, "name = 0.7"), @r"
    name can't be 9. It takes a number from 0 to 2. Write, for example, name = 0.7
    nameに9は使えません。0から2までの数を指定してください。例：name = 0.7
    ");
    assert_snapshot!(wrong(Some("\"fr\""), Expected::OneOf(&["auto", "en", "ja"]), "name = \"ja\""), @r#"
    name can't be "fr". It takes auto, en or ja. Write, for example, name = "ja"
    nameに"fr"は使えません。auto、en、jaのいずれかを指定してください。例：name = "ja"
    "#);
    assert_snapshot!(wrong(Some("\"x\""), Expected::Address, "name = \"http://localhost:11434/v1\""), @r#"
    name can't be "x". It takes an address that starts with https:// or http://, up to the part before /chat/completions and without a user name, ? or #. Write, for example, name = "http://localhost:11434/v1"
    nameに"x"は使えません。https://かhttp://で始まり、/chat/completionsの手前までで、ユーザー名・?・#を含まないアドレスを指定してください。例：name = "http://localhost:11434/v1"
    "#);
    assert_snapshot!(wrong(Some("\"x\""), Expected::Origin, "name = \"http://localhost:8080\""), @r#"
    name can't be "x". It takes an address of the form https://host or http://host:port, without a path. Write, for example, name = "http://localhost:8080"
    nameに"x"は使えません。https://hostかhttp://host:portの形で、パスを含まないアドレスを指定してください。例：name = "http://localhost:8080"
    "#);
    assert_snapshot!(wrong(Some("\"x=y\""), Expected::LogFilter, "name = \"info\""), @r#"
    name can't be "x=y". It takes a level (error, warn, info, debug or trace), or levels by part such as warn,kaiwa_bot=debug. Write, for example, name = "info"
    nameに"x=y"は使えません。レベル（error、warn、info、debug、trace）か、部分ごとのレベル（warn,kaiwa_bot=debugなど）を指定してください。例：name = "info"
    "#);
}

#[test]
fn what_is_no_setting() {
    assert_snapshot!(both(|l| configuration::unknown(l, "modle", Some("model"))), @r#"
    "modle" is not a setting. Did you mean model?
    「modle」という設定はありません。modelのことですか？
    "#);
    assert_snapshot!(both(|l| configuration::unknown(l, "colour", None)), @r#"
    "colour" is not a setting. kaiwa.example.toml lists all settings; remove the line.
    「colour」という設定はありません。この行を削除してください。設定の一覧はkaiwa.example.tomlにあります。
    "#);
    assert_snapshot!(both(|l| configuration::in_section(l, "discord", "token", Some("discord_token"))), @r"
    settings have no sections: remove [discord], and write discord_token = … at the top level.
    設定にセクションはありません。[discord]を消して、discord_token = …と書いてください。
    ");
    assert_snapshot!(both(|l| configuration::given_twice(l, "system_prompt", "system_prompt_file")), @r"
    system_prompt and system_prompt_file are both set. Keep one of them and remove the other.
    system_promptとsystem_prompt_fileの両方が設定されています。どちらか一方だけにしてください。
    ");
    assert_snapshot!(both(|l| configuration::not_toml(l, "expected `=`")), @r#"
    this isn't valid TOML (expected `=`). Settings look like this: model = "name"
    TOMLとして正しくありません（expected `=`）。設定はmodel = "name"のように書きます。
    "#);
}

#[test]
fn why_a_file_is_not_read() {
    let unreadable = |why| both(|l| configuration::unreadable(l, "kaiwa.toml", why));
    assert_snapshot!(unreadable(NotRead::Missing), @r"
    there is no file kaiwa.toml. Check the path, or create it.
    ファイルkaiwa.tomlがありません。パスを確認するか、ファイルを作成してください。
    ");
    assert_snapshot!(unreadable(NotRead::Forbidden), @r"
    the file kaiwa.toml can't be read: permission denied. Give the user that runs the bot the right to read it.
    ファイルkaiwa.tomlを読み取る権限がありません。ボットを実行するユーザーに読み取りを許可してください。
    ");
    assert_snapshot!(unreadable(NotRead::Directory), @r"
    kaiwa.toml is a directory. Name a file in it.
    kaiwa.tomlはディレクトリです。その中のファイルを指定してください。
    ");
    assert_snapshot!(unreadable(NotRead::Other("input/output error")), @r"
    the file kaiwa.toml can't be read: input/output error
    ファイルkaiwa.tomlを読み取れません：input/output error
    ");
    let missing =
        |l| configuration::unreadable_for(l, "DISCORD_TOKEN_FILE", "/run/token", NotRead::Missing);
    assert_snapshot!(both(missing), @r"
    DISCORD_TOKEN_FILE: there is no file /run/token. Check the path, or create it.
    DISCORD_TOKEN_FILE：ファイル/run/tokenがありません。パスを確認するか、ファイルを作成してください。
    ");
    let misplaced =
        |l| configuration::no_such_file(l, "DISCORD_TOKEN_FILE", "/srv/kaiwa", "DISCORD_TOKEN");
    assert_snapshot!(both(misplaced), @r"
    DISCORD_TOKEN_FILE: no such file can be found in /srv/kaiwa. Check the path, or create it; if that is the value itself, give it as DISCORD_TOKEN.
    DISCORD_TOKEN_FILE：指定されたファイルが/srv/kaiwaに見つかりません。パスを確認するか、ファイルを作成してください。値そのものを書いた場合は、DISCORD_TOKENに設定してください。
    ");
}

#[test]
fn what_a_value_lacks() {
    assert_snapshot!(both(|l| configuration::empty_file(l, "DISCORD_TOKEN_FILE", "/run/token")), @r"
    DISCORD_TOKEN_FILE names /run/token, which is empty. Write the value into it.
    DISCORD_TOKEN_FILEに指定された/run/tokenが空です。ファイルに値を書いてください。
    ");
    assert_snapshot!(both(|l| configuration::not_unicode(l, "KAIWA_MODEL")), @r"
    KAIWA_MODEL isn't valid UTF-8 text. Write it anew.
    KAIWA_MODELがUTF-8の文字列ではありません。書き直してください。
    ");
    assert_snapshot!(both(configuration::no_token), @r"
    No Discord token is set. Get one at https://discord.com/developers/applications -> New Application -> Bot -> Reset Token, turn on Message Content Intent on the same page, and give the token as DISCORD_TOKEN in the environment, as discord_token in kaiwa.toml, or in a file that DISCORD_TOKEN_FILE names. kaiwa init asks for all that is needed; kaiwa play needs nothing.
    Discordのトークンが設定されていません。https://discord.com/developers/applications → New Application → Bot → Reset Tokenで取得し、同じページでMessage Content Intentをオンにしてください。トークンは、環境変数DISCORD_TOKEN、kaiwa.tomlのdiscord_token、DISCORD_TOKEN_FILEが指すファイルのいずれかで渡します。kaiwa initなら必要なものを順に尋ねます。kaiwa playなら何も要りません。
    ");
    assert_snapshot!(both(configuration::no_key), @r"
    No OpenAI key is set. Get one at https://platform.openai.com/api-keys and give it as OPENAI_API_KEY in the environment, as openai_api_key in kaiwa.toml, or in a file that OPENAI_API_KEY_FILE names. For a model of your own, set OPENAI_BASE_URL instead, for example http://localhost:11434/v1
    OpenAIのAPIキーが設定されていません。https://platform.openai.com/api-keys で取得し、環境変数OPENAI_API_KEY、kaiwa.tomlのopenai_api_key、OPENAI_API_KEY_FILEが指すファイルのいずれかで渡してください。手元のモデルを使う場合は、代わりにOPENAI_BASE_URLを設定します。例：http://localhost:11434/v1
    ");
    assert_snapshot!(both(|l| configuration::placeholder(l, "DISCORD_TOKEN")), @r"
    DISCORD_TOKEN still holds the example's text. Put the real value in its place.
    DISCORD_TOKENが例の文字列のままです。実際の値に置き換えてください。
    ");
    assert_snapshot!(both(|l| configuration::not_a_secret(l, "DISCORD_TOKEN")), @r"
    DISCORD_TOKEN has a space, a line break or a special character inside, which no token has. Copy it anew.
    DISCORD_TOKENの途中に、空白や改行など、トークンに含まれない文字があります。コピーし直してください。
    ");
    assert_snapshot!(both(|l| configuration::window_too_small(l, 2_048, 4_096)), @r"
    context_tokens (2048) must be greater than answer_tokens (4096), so that there is room for the question. Raise the first or lower the second.
    質問の入る余地がありません。context_tokens（2048）をanswer_tokens（4096）より大きくしてください。
    ");
    assert_snapshot!(both(configuration::no_data_dir), @r"
    There is no home directory to keep the data in. Name a directory, for example KAIWA_DATA_DIR=/var/lib/kaiwa
    データを置くホームディレクトリがありません。ディレクトリを指定してください。例：KAIWA_DATA_DIR=/var/lib/kaiwa
    ");
}
