//! All that the doctor says, for people and for programs.

use insta::assert_snapshot;
use serde_json::Value;

use super::Ward;
use crate::the_command::{Running, User};

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well() {
    let ward = Ward::new().await;
    assert_snapshot!(ward.says(&[]), @r"
    ✓ Program      Kaiwa VERSION (OS ARCH)
    ✓ Settings     read from the environment
    ✓ Discord      answers after N ms
    ✓ Clock        agrees with Discord's
    ✓ Token        belongs to kaiwa (ID)
    ✓ Intent       Message Content Intent is on
    ✓ Invite       https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264
    ✓ Gateway      answers after N ms; 1000 of 1000 starts are left today; Discord recommends 1 shard
    ✓ Server       Kaiwa Lab: it may do all it needs in 4 channels
    ✓ Model        simulated at SIM/v1
    ✓ First token  came after N ms
    ✓ Window       16,384 tokens
    ✓ Abilities    pictures: not told; tools: not told
    ✓ Data         HOME/.local/share/kaiwa, made at the first start
    ✓ Disk         N GB are free
    ✓ Database     made at the first start

    All is well.
    exit code 0
    ");
    assert_snapshot!(ward.says_in("ja_JP.UTF-8", &[]), @r"
    ✓ プログラム    Kaiwa VERSION (OS ARCH)
    ✓ 設定          環境変数から読み込みました
    ✓ Discord       Nミリ秒で応答しました
    ✓ 時計          Discordの時刻と一致しています
    ✓ トークン      kaiwa（ID）のものです
    ✓ インテント    Message Content Intentはオンです
    ✓ 招待          https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264
    ✓ ゲートウェイ  Nミリ秒で応答しました。今日の残り起動回数は1000/1000、推奨シャード数は1です
    ✓ サーバー      Kaiwa Lab：4個のチャンネルで、必要な権限がそろっています
    ✓ モデル        SIM/v1のsimulated
    ✓ 応答開始      最初のトークンまでNミリ秒です
    ✓ ウィンドウ    16,384トークンです
    ✓ 機能          画像：不明、ツール：不明
    ✓ データ        HOME/.local/share/kaiwa（最初の起動時に作成します）
    ✓ ディスク      空き容量はN GBです
    ✓ データベース  最初の起動時に作成します

    問題は見つかりませんでした。
    exit code 0
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_works_beside_a_running_bot_and_changes_nothing() {
    let ward = Ward::new().await;
    let mut bot = Running::start(&ward.user);
    bot.until("is online");
    let said = ward.says(&[]);
    assert!(
        said.contains("in use by a running Kaiwa") && said.contains("0 conversations in N kB"),
        "{said}"
    );
    let calls = ward.sim.world(|world| {
        world
            .calls
            .iter()
            .filter(|call| call.method != "GET")
            .map(|call| call.path.clone())
            .collect::<Vec<_>>()
    });
    assert!(calls.is_empty(), "it only reads: {calls:?}");
    assert!(!bot.stop().contains("\"ERROR\""));
    // A look at the database of a bot that has stopped leaves no files behind.
    let files = || {
        let mut files: Vec<String> =
            std::fs::read_dir(ward.user.home.path().join(".local/share/kaiwa"))
                .unwrap()
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect();
        files.sort();
        files
    };
    let before = files();
    assert!(ward.says(&[]).contains("no Kaiwa is running with it"));
    assert_eq!(files(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_wrong_are_told_as_at_the_start() {
    let ward = Ward::new().await;
    let user = User::new()
        .with("KAIWA_DRAIN_SECONDS", "soon")
        .with("OPENAI_BASE_URL", "http://localhost:1/v1");
    let ward = Ward { user, ..ward };
    assert_snapshot!(ward.complains(), @r"
    ✗ Settings     environment: KAIWA_DRAIN_SECONDS can't be soon. It takes a whole number from 0 to 3600. Write, for example, KAIWA_DRAIN_SECONDS=30
    ✗              No Discord token is set. Get one at https://discord.com/developers/applications -> New Application -> Bot -> Reset Token, turn on Message Content Intent on the same page, and give the token as DISCORD_TOKEN in the environment, as discord_token in kaiwa.toml, or in a file that DISCORD_TOKEN_FILE names. kaiwa init asks for all that is needed; kaiwa play needs nothing.
    2 things have to be mended.
    exit code 2
    ✗ 設定          環境変数：KAIWA_DRAIN_SECONDSにsoonは使えません。0から3600までの整数を指定してください。例：KAIWA_DRAIN_SECONDS=30
    ✗               Discordのトークンが設定されていません。https://discord.com/developers/applications → New Application → Bot → Reset Tokenで取得し、同じページでMessage Content Intentをオンにしてください。トークンは、環境変数DISCORD_TOKEN、kaiwa.tomlのdiscord_token、DISCORD_TOKEN_FILEが指すファイルのいずれかで渡します。kaiwa initなら必要なものを順に尋ねます。kaiwa playなら何も要りません。
    直す必要のある点が2件あります。
    exit code 2
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_read_json() {
    let ward = Ward::new().await;
    let read = |arguments: &[&str]| {
        let output = ward.user.runs(arguments);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code().unwrap(), said)
    };
    let (code, said) = read(&["doctor", "--json"]);
    assert_eq!((code, &said["state"]), (0, &"fine".into()));
    assert_eq!(said["kaiwa"], env!("CARGO_PKG_VERSION"));
    let findings = said["findings"].as_array().unwrap();
    assert!(findings.iter().all(|found| found["state"] == "fine"
        && found["what"].is_string()
        && found["why"].is_null()));
    let checks: Vec<&str> = findings
        .iter()
        .map(|found| found["check"].as_str().unwrap())
        .collect();
    assert_eq!(
        checks,
        [
            "program",
            "settings",
            "discord",
            "clock",
            "token",
            "message_content",
            "invite",
            "gateway",
            "server",
            "model",
            "first_token",
            "window",
            "abilities",
            "data_directory",
            "disk",
            "database",
        ]
    );
    ward.sim
        .world(|world| world.bots.values_mut().next().unwrap().flags = 0);
    let (code, said) = read(&["doctor", "--json"]);
    assert_eq!((code, &said["state"]), (2, &"broken".into()));
    let found = said["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["check"] == "message_content")
        .unwrap();
    assert!(
        found["mend"]
            .as_str()
            .unwrap()
            .contains("Message Content Intent"),
        "{found}"
    );
}
