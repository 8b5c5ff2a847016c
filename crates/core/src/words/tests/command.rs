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
        init,
        init_asks,
        directory,
        token_file,
        model_url,
        model,
        key_file,
        language,
        without_message_content,
        doctor,
        doctor_ends,
        channel,
        user,
        json,
        health,
        completions,
        shell,
        man,
        man_directory,
        play,
        play_needs,
        play_listen,
        data_dir,
        guide,
        no_open,
        sim,
        listen,
        page,
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
    Asks for a token and a model, checks both, and writes the settings
    トークンとモデルを尋ねて確認し、設定ファイルを作る
    What flags or the environment say isn't asked. Nothing is written before all is checked, and nothing is
    overwritten.
    オプションや環境変数で指定したものは尋ねません。すべて確認できるまで何も保存せず、上書きもしません。
    Where the settings are written
    設定を保存するディレクトリ
    A file that holds the Discord token
    Discordのトークンを保存したファイル
    The model server's address, such as http://localhost:11434/v1
    モデルサーバーのアドレス（例：http://localhost:11434/v1）
    The model's name
    モデルの名前
    A file that holds the model server's key
    モデルサーバーのAPIキーを保存したファイル
    The language of the bot's words, and of these questions
    ボットの文言と、この対話の言語
    Goes on where the Message Content Intent is off
    Message Content Intentがオフでも続ける
    Looks at everything the bot needs, and says what mends what is wrong
    ボットに必要なものをすべて調べ、問題があれば直し方を示す
    It changes nothing and may run beside the bot. The model is asked for one token.
    Exit code: 0 all is well, 1 something is worth a look, 2 something has to be mended.
    何も変更せず、ボットの起動中でも使えます。モデルには1トークンだけ生成を求めます。
    終了コード：0 問題なし、1 確認したい点あり、2 直す必要あり
    Says why the bot would answer in this channel, or stay silent
    このチャンネルで回答する、またはしない理由を示す
    The same for this person
    この人に回答する、またはしない理由を示す
    Prints JSON for programs
    プログラム向けにJSONで出力する
    Says whether the bot is connected (exit code 0) or not (1; 2 where the settings can't be used)
    ボットが接続しているか（終了コード0）、いないか（1。設定に問題があれば2）を示す
    Prints completions for a shell
    シェルの補完スクリプトを出力する
    The shell
    シェルの種類
    Prints the manual page, or writes a page for each command
    マニュアルページを出力する、またはコマンドごとに保存する
    Where all pages are written, such as ~/.local/share/man/man1
    すべてのページの保存先（例：~/.local/share/man/man1）
    Lets you talk to Kaiwa in the browser, without a token, a key or an account
    ブラウザーでKaiwaと話す（トークンもAPIキーもアカウントも不要です）
    It answers with the model that your settings name, else with one that runs on this machine
    (Ollama, LM Studio, llama.cpp), else with a scripted guide.
    設定で指定されたモデル、なければこのマシンで動いているモデル（Ollama、LM Studio、llama.cpp）、
    どちらもなければ台本の案内役が答えます。
    Where to listen; 127.0.0.1:4000 when not given, or a free port
    待ち受けるアドレス（省略時は127.0.0.1:4000、使用中なら空いているポート）
    Where the bot keeps its data; forgotten at the end when not given
    ボットのデータの保存先（省略時は終了時に破棄）
    Lets the scripted guide answer, whatever model there is
    モデルがあっても台本の案内役が答える
    Doesn't open the page in the browser
    ブラウザーを開かない
    Serves a simulated Discord and model, to try bots against without an account
    Discordとモデルのシミュレーターを動かす（アカウントなしでボットを試せます）
    Where to listen; port 0 takes a free one
    待ち受けるアドレス（ポート0なら空いているポートを使う）
    Also serves a page, to be a person in it with a browser
    ブラウザーで人として参加できるページも表示する
    Says this
    この説明を表示する
    Says the version
    バージョンを表示する
    ");
    assert_snapshot!(both(|locale| headings(locale).join(" | ")), @r"
        Usage | Commands | Options
        使い方 | コマンド | オプション
    ");
    assert_snapshot!(both(|locale| no_manual(locale, "/usr/man", "Permission denied")), @r"
        The manual can't be written to /usr/man (Permission denied): name a directory that you may write to.
        /usr/manにマニュアルを保存できません（Permission denied）。書き込めるディレクトリを指定してください。
    ");
}
