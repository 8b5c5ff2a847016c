//! What is wrong with a command line, in both languages.

use insta::assert_snapshot;

use super::{
    super::mistyped::{Mistyped, mistyped},
    both,
};

#[test]
fn what_was_typed_wrong() {
    let name = String::from;
    let all = [
        Mistyped::Argument(name("--lisen"), Some(name("--listen"))),
        Mistyped::Argument(name("more"), None),
        Mistyped::Command(name("pley"), Some(name("play"))),
        Mistyped::Value(
            name("--language <LANGUAGE>"),
            name("fr"),
            vec![name("en"), name("ja")],
        ),
        Mistyped::Form(name("--listen <ADDRESS>"), name("4000"), "127.0.0.1:4000"),
        Mistyped::NoValue(name("--config <FILE>"), Vec::new()),
        Mistyped::Missing(vec![name("--channel <ID>")]),
        Mistyped::Conflict(name("--guide"), vec![name("--local-model [<MODEL>]")]),
        Mistyped::Twice(name("--json")),
        Mistyped::Argument(name("MTk4NjIyNDgzNDcx"), None),
    ];
    let said = all.iter().map(|what| {
        both(|locale| {
            let said = mistyped(locale, what, None);
            said.lines().next().unwrap_or_default().to_owned()
        })
    });
    let said: Vec<String> = said.collect();
    assert_snapshot!(said.join("\n"), @r"
    `--lisen` is not expected here. Did you mean `--listen`?
    ここに`--lisen`は書けません。`--listen`ではありませんか？
    `more` is not expected here.
    ここに`more`は書けません。
    There is no command `pley`. Did you mean `play`?
    `pley`というコマンドはありません。`play`ではありませんか？
    `--language <LANGUAGE>` can't be `fr`. It takes `en` or `ja`.
    `--language <LANGUAGE>`に`fr`は指定できません。指定できるのは`en`、`ja`です。
    `--listen <ADDRESS>` can't be `4000`. Write it like `127.0.0.1:4000`.
    `--listen <ADDRESS>`に`4000`は指定できません。`127.0.0.1:4000`のように書きます。
    `--config <FILE>` needs a value.
    `--config <FILE>`には値が必要です。
    `--channel <ID>` is missing.
    `--channel <ID>`が必要です。
    `--guide` can't be used with `--local-model [<MODEL>]`.
    `--guide`は`--local-model [<MODEL>]`と一緒には使えません。
    `--json` can be given only once.
    `--json`は一度しか指定できません。
    `***` is not expected here. What may be a secret is not shown. Tokens and keys are read from files and from the environment, not from the command line.
    ここに`***`は書けません。トークンやAPIキーかもしれない文字列は表示していません。トークンやキーは、コマンドラインではなく、ファイルか環境変数で指定してください。
    ");
    let usage = Some("kaiwa run [OPTIONS]");
    let whole = both(|locale| mistyped(locale, &Mistyped::Twice(name("--json")), usage));
    assert_snapshot!(whole, @r"
    `--json` can be given only once.

    Usage: kaiwa run [OPTIONS]
    See `--help`.
    `--json`は一度しか指定できません。

    使い方: kaiwa run [OPTIONS]
    `--help`で説明を表示できます。
    ");
}
