//! What people read who let a small model run on their own machine.

use insta::assert_snapshot;

use super::both;
use crate::words::local;

#[test]
fn how_far_it_is() {
    assert_snapshot!(both(|l| local::serving(l, "smollm2", "http://localhost:1/v1", "NAME=value")), @r"
    The model smollm2 is served at http://localhost:1/v1. Run Kaiwa with it:

    NAME=value

    Ctrl-C ends it.
    モデルsmollm2がhttp://localhost:1/v1で使えるようになりました。次の設定でKaiwaから利用できます。

    NAME=value

    Ctrl-Cで終了します。
    ");
    let steps = [
        both(|l| local::downloading(l, "smollm2")),
        both(local::installing),
        both(|l| local::loading(l, "smollm2")),
    ];
    assert_snapshot!(steps.join("\n"), @r"
    Downloading smollm2
    smollm2をダウンロードしています
    Installing llama.cpp, which runs the model (once)
    モデルを動かすllama.cppをインストールしています（初回のみ）
    Loading smollm2
    smollm2を読み込んでいます
    ");
}

#[test]
fn what_is_wrong_and_what_to_do() {
    let said = [
        both(|l| local::unknown_model(l, "gpt-9", &["smollm2", "tiny"])),
        both(local::no_home),
        both(|l| local::disk(l, "/data/local", "no space left on device")),
        both(|l| local::not_downloaded(l, "https://example.org/m.zip", "status 404")),
        both(|l| local::not_downloaded(l, "https://example.org/m.zip", local::breaks_off(l))),
        both(|l| local::not_downloaded(l, "https://example.org/m.zip", &local::silent(l, 60))),
        both(|l| local::wrong_checksum(l, "https://example.org/m.zip")),
        both(local::no_python),
        both(|l| local::not_installed(l, "no network")),
        both(|l| local::helper_ended(l, "no model")),
        both(|l| local::helper_ended(l, "\n")),
    ];
    assert_snapshot!(said.join("\n"), @r"
    there is no file gpt-9 and no model of that name. Give the path of a GGUF file, or one of: smollm2, tiny.
    gpt-9というファイルもモデルも見つかりません。GGUFファイルのパスか、次の名前のどれかを指定してください：smollm2, tiny
    the system names no place for downloaded files. Set HOME, or name a directory with --directory.
    ダウンロードしたファイルの置き場所が分かりません。HOMEを設定するか、--directoryで場所を指定してください。
    /data/local: no space left on device. Make room or mend the permissions, or name another directory with --directory.
    /data/local：no space left on device。空き容量と権限を確認するか、--directoryで別の場所を指定してください。
    can't download https://example.org/m.zip: status 404. Start it again to go on where it stopped, or give the path of a GGUF file that you have.
    https://example.org/m.zipをダウンロードできません：status 404。もう一度実行すると続きから始まります。手元のGGUFファイルのパスを指定することもできます。
    can't download https://example.org/m.zip: the connection keeps breaking off. Start it again to go on where it stopped, or give the path of a GGUF file that you have.
    https://example.org/m.zipをダウンロードできません：接続が何度も切れました。もう一度実行すると続きから始まります。手元のGGUFファイルのパスを指定することもできます。
    can't download https://example.org/m.zip: the server has sent nothing for 60 seconds. Start it again to go on where it stopped, or give the path of a GGUF file that you have.
    https://example.org/m.zipをダウンロードできません：サーバーから60秒間応答がありませんでした。もう一度実行すると続きから始まります。手元のGGUFファイルのパスを指定することもできます。
    what came from https://example.org/m.zip is not the file that was expected (wrong checksum), and was thrown away. Start it again; if it stays like this, something on the way changes files.
    https://example.org/m.zipから届いたファイルのチェックサムが違うため、破棄しました。もう一度実行してください。続く場合は、通信の途中でファイルが書き換えられているおそれがあります。
    a local model needs Python 3.10 or newer (`python3`). Install it, or run a server of your own (Ollama, llama.cpp, LM Studio) and set OPENAI_BASE_URL.
    ローカルモデルを動かすにはPython 3.10以降（python3）が必要です。インストールするか、Ollamaやllama.cpp、LM Studioなどのサーバーを起動してOPENAI_BASE_URLを設定してください。
    llama.cpp can't be installed. On Debian and Ubuntu `apt install python3-venv` may be missing. The installer said:
    no network
    llama.cppをインストールできません。DebianやUbuntuでは`apt install python3-venv`が必要なことがあります。インストーラーの出力：
    no network
    the model's server ended. Is the file a GGUF model, and is there enough memory for it? It said:
    no model
    モデルのサーバーが終了しました。ファイルがGGUF形式か、モデルに必要なメモリがあるか確認してください。サーバーの出力：
    no model
    the model's server ended without a word. Is there enough memory for the model?
    モデルのサーバーが何も言わずに終了しました。モデルに必要なメモリがあるか確認してください。
    ");
}
