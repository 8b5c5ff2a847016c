//! What the doctor says of the model and of this machine.

use insta::assert_snapshot;
use kaiwa_bot::store::Store;
use kaiwa_core::id::UserId;
use kaiwa_sim::model::Fault;

use super::Ward;
use crate::the_command::ready;

#[tokio::test(flavor = "multi_thread")]
async fn the_model_is_dead() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.with("OPENAI_BASE_URL", "http://127.0.0.1:9/v1");
    assert_snapshot!(ward.complains(), @r"
    ✗ Model        The model's server can't be reached at http://127.0.0.1:9/v1 (Connection refused (os error 111)): check that it runs and that OPENAI_BASE_URL is right.
                   Why: Until then every question is answered with an error.
    1 thing has to be mended.
    exit code 2
    ✗ モデル        http://127.0.0.1:9/v1のモデルサーバーに接続できません（Connection refused (os error 111)）。サーバーが動いているか、OPENAI_BASE_URLが正しいかを確認してください。
                    理由：このままでは、どの質問にもエラーを返すことになります。
    直す必要のある点が1件あります。
    exit code 2
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_lists_itself_and_gives_no_token() {
    let ward = Ward::new().await;
    ward.sim.model().fails(2, Fault::QuotaExceeded);
    assert_snapshot!(ward.complains(), @r"
    ✗ First token  SIM/v1 says that the account's credit is used up: top it up.
                   Why: Until then every question is answered with an error.
    1 thing has to be mended.
    exit code 2
    ✗ 応答開始      SIM/v1の利用枠を使い切っています。利用枠を追加してください。
                    理由：このままでは、どの質問にもエラーを返すことになります。
    直す必要のある点が1件あります。
    exit code 2
    ");
    ward.sim.model().fails(2, Fault::EmptyAnswer);
    let said = ward.says(&[]);
    assert!(
        said.contains("✗ First token") && said.ends_with("exit code 2"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_tells_the_window() {
    let ward = Ward::new().await;
    let user = ready(&ward.sim);
    let ward = Ward { user, ..ward };
    assert_snapshot!(ward.complains(), @r"
    ! Window       Nobody tells the model's window; 16,384 tokens are assumed.
                   Why: If it is smaller, the server cuts the conversation's beginning or refuses long ones; if it is larger, the bot forgets earlier than it has to.
                   Do: Set context_tokens to what the server runs with (Ollama: OLLAMA_CONTEXT_LENGTH).
    The bot works; 1 thing is worth a look.
    exit code 1
    ! ウィンドウ    モデルのコンテキストウィンドウが分からないため、16,384トークンとみなします。
                    理由：実際より大きいと会話の先頭が切り捨てられたり長い会話が拒否されたりし、小さいと必要以上に早く忘れます。
                    対処：context_tokensに、サーバーの設定値（OllamaではOLLAMA_CONTEXT_LENGTH）を設定してください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_damaged() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.with("KAIWA_DATA_DIR", "data");
    std::fs::create_dir(ward.user.home.path().join("data")).unwrap();
    std::fs::write(
        ward.user.home.path().join("data/kaiwa.db"),
        "no database at all",
    )
    .unwrap();
    assert_snapshot!(ward.complains(), @r"
    ✗ Database     The database data/kaiwa.db is damaged (file is not a database): stop Kaiwa and move it away, its -wal and -shm files with it. Then put a backup in its place, or start without one: conversations are read back from Discord as they are needed.
                   Why: The bot keeps conversations there, and what it has to finish after a restart.
    1 thing has to be mended.
    exit code 2
    ✗ データベース  データベースdata/kaiwa.dbが破損しています（file is not a database）。Kaiwaを停止して、-walと-shmのファイルと一緒に別の場所へ移してください。そのあとバックアップを元の場所に置いて起動します。バックアップがなくても起動でき、会話は必要に応じてDiscordから読み直します。
                    理由：会話と、再起動後に続ける回答をここに保存します。
    直す必要のある点が1件あります。
    exit code 2
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_of_another_bot() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.with("KAIWA_DATA_DIR", "data");
    let data = ward.user.home.path().join("data");
    let store = Store::open(&data, UserId(42)).await.unwrap();
    store.close().await;
    assert_snapshot!(ward.complains(), @r"
    ✗ Database     data/kaiwa.db belongs to another bot (id 42), not to the one whose token is set: give this bot a data directory of its own (data_dir, or KAIWA_DATA_DIR in the environment). To give up that bot's memory, move the file away.
                   Why: The bot keeps conversations there, and what it has to finish after a restart.
    1 thing has to be mended.
    exit code 2
    ✗ データベース  data/kaiwa.dbは別のボット（ID 42）のデータで、設定されたトークンのボットのものではありません。このボット用のデータディレクトリをdata_dir（環境変数ならKAIWA_DATA_DIR）に設定してください。前のボットのデータが不要なら、ファイルを別の場所へ移してください。
                    理由：会話と、再起動後に続ける回答をここに保存します。
    直す必要のある点が1件あります。
    exit code 2
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_directory_is_a_file() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.with("KAIWA_DATA_DIR", "token");
    let said = ward.says(&[]);
    assert!(
        said.contains("✗ Data         token can't be written (it is no directory)."),
        "{said}"
    );
}

/// Runs only where a user may have a file system of their own, as most Linux systems let them.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_disk_is_full() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.with("KAIWA_DATA_DIR", "data");
    let data = ward.user.home.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=64k kaiwa '{}' && exec '{}' doctor",
        data.display(),
        env!("CARGO_BIN_EXE_kaiwa")
    );
    let mut command = std::process::Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]);
    let like = ward.user.command(&["doctor"]);
    command.env_clear().envs(
        like.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    command
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        .env("LANG", "C")
        .current_dir(ward.user.home.path());
    let Ok(output) = command.output() else { return };
    let said = String::from_utf8(output.stdout).unwrap();
    if said.is_empty() {
        // It may not: nothing was looked at.
        return;
    }
    let said = ward.steady(&said);
    assert!(
        said.contains("✗ Disk         Only N kB are free on the disk of data."),
        "{said}"
    );
    assert_eq!(output.status.code(), Some(2));
}
