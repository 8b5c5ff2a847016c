//! What help says, in both languages.

use insta::assert_snapshot;

use super::{super::command::*, both};

#[test]
fn what_help_says() {
    let all = [
        program,
        run,
        run_needs,
        config,
        doctor,
        doctor_ends,
        channel,
        user,
        json,
        sim,
        listen,
        help,
        version,
    ];
    let said: Vec<String> = all.iter().map(both).collect();
    assert_snapshot!(said.join("\n"), @r"
    会話 — a Discord chat bot for language models: the whole answer, exactly once, live, whatever happens.
    会話 — 言語モデルと話せるDiscordボット。何が起きても、回答を最後まで、一度だけ、書かれるそばから届けます。
    Connects to Discord and to a model, and answers
    Discordとモデルに接続して、質問に答える
    DISCORD_TOKEN and OPENAI_API_KEY are all it needs; kaiwa.example.toml documents the rest.
    必要なのはDISCORD_TOKENとOPENAI_API_KEYだけです。ほかの設定の説明はkaiwa.example.tomlにあります。
    The settings; kaiwa.toml in the working directory when not given
    設定ファイル（省略時は作業ディレクトリのkaiwa.toml）
    Looks at everything the bot needs, and says what mends what is wrong
    ボットに必要なものをすべて調べ、問題があれば直し方を示す
    It changes nothing and may run beside the bot. The model is asked for one token.
    Exit code: 0 all is well, 1 something is worth a look, 2 something has to be mended.
    何も変更せず、ボットの起動中でも使えます。モデルには1トークンだけ生成を求めます。
    終了コード：0 問題なし、1 確認したい点あり、2 直す必要あり
    Says why the bot would answer in this channel, or stay silent
    このチャンネルで回答する、またはしない理由を示す
    The same for this person
    この人についての理由を示す
    Prints JSON for programs
    プログラム向けにJSONで出力する
    Serves a simulated Discord and model, to try bots against without an account
    Discordとモデルのシミュレーターを動かす（アカウントなしでボットを試せます）
    Where to listen; port 0 takes a free one
    待ち受けるアドレス（ポート0なら空いている番号を使う）
    Says this
    この説明を表示する
    Says the version
    バージョンを表示する
    ");
    assert_snapshot!(both(|locale| headings(locale).join(" | ")), @r"
        Usage | Commands | Options
        使い方 | コマンド | オプション
    ");
}
