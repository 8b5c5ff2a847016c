//! What people read who start `kaiwa play`.

use insta::assert_snapshot;

use super::both;
use crate::words::play::{self, Answers};

#[test]
fn where_the_page_is_and_which_model_answers() {
    let all = [
        Answers::Named("api.openai.com", Some("gpt-x")),
        Answers::Named("localhost:11434", None),
        Answers::Found("Ollama", "http://127.0.0.1:11434/v1", "llama3.2"),
        Answers::Brought("smollm2"),
        Answers::Scripted,
    ];
    let said: Vec<String> = all
        .iter()
        .map(|answers| both(|l| play::playing(l, "http://localhost:1/page/", answers)))
        .collect();
    assert_snapshot!(said.join("\n\n"), @r"
    Talk to Kaiwa in the browser: http://localhost:1/page/
    It answers with gpt-x from api.openai.com, as your settings say.
    Ctrl-C ends it.
    ブラウザーでKaiwaと話せます：http://localhost:1/page/
    設定どおり、api.openai.comのgpt-xが答えます。
    Ctrl-Cで終了します。

    Talk to Kaiwa in the browser: http://localhost:1/page/
    It answers with a model from localhost:11434, as your settings say.
    Ctrl-C ends it.
    ブラウザーでKaiwaと話せます：http://localhost:1/page/
    設定どおり、localhost:11434のモデルが答えます。
    Ctrl-Cで終了します。

    Talk to Kaiwa in the browser: http://localhost:1/page/
    It answers with llama3.2, found at http://127.0.0.1:11434/v1 (Ollama).
    Ctrl-C ends it.
    ブラウザーでKaiwaと話せます：http://localhost:1/page/
    http://127.0.0.1:11434/v1（Ollama）で見つかったllama3.2が答えます。
    Ctrl-Cで終了します。

    Talk to Kaiwa in the browser: http://localhost:1/page/
    It answers with smollm2, a small model that runs on this machine.
    Ctrl-C ends it.
    ブラウザーでKaiwaと話せます：http://localhost:1/page/
    このマシンで動く小さなモデルsmollm2が答えます。
    Ctrl-Cで終了します。

    Talk to Kaiwa in the browser: http://localhost:1/page/
    A scripted guide answers, not a model. For a real one set OPENAI_API_KEY, start Ollama, or add --local-model.
    Ctrl-C ends it.
    ブラウザーでKaiwaと話せます：http://localhost:1/page/
    モデルではなく、台本の案内役が答えます。本物のモデルを使うには、OPENAI_API_KEYを設定するか、Ollamaを起動するか、--local-modelを付けてください。
    Ctrl-Cで終了します。
    ");
    assert_snapshot!(both(|l| play::bot_ended(l, "kaiwa: wrong")), @r"
    the bot ended:
    kaiwa: wrong
    ボットが終了しました：
    kaiwa: wrong
    ");
    assert_snapshot!(both(|l| play::cannot_start(l, "no memory")), @r"
    the bot can't be started: no memory
    ボットを起動できません：no memory
    ");
}
