//! What the operator reads while the bot runs.

use insta::assert_snapshot;

use super::both;
use crate::{
    error::ModelError,
    words::operator::{self, Started, StoreTrouble},
};

#[test]
fn the_line_at_start() {
    let kaiwa = Started {
        name: "Kaiwa#1234",
        application: 1_234,
        guilds: 1,
        shards: 2,
        model: Some("gpt-6-luna"),
        base_url: "https://api.openai.com/v1",
        data: "/var/lib/kaiwa",
        message_content: true,
    };
    assert_snapshot!(both(|l| operator::started(l, &kaiwa)), @r"
    Kaiwa#1234 is online in 1 server on 2 shards. It answers with gpt-6-luna from https://api.openai.com/v1 and keeps its data in /var/lib/kaiwa. Invite it with https://discord.com/oauth2/authorize?client_id=1234&scope=bot&permissions=309238795264
    Kaiwa#1234がオンラインになりました（サーバー1、シャード2）。モデルはhttps://api.openai.com/v1のgpt-6-luna、データは/var/lib/kaiwaにあります。招待リンク：https://discord.com/oauth2/authorize?client_id=1234&scope=bot&permissions=309238795264
    ");
    let limited = Started {
        model: None,
        message_content: false,
        ..kaiwa
    };
    assert_snapshot!(both(|l| operator::started(l, &limited)), @r"
    Kaiwa#1234 is online in 1 server on 2 shards. It answers with the default model from https://api.openai.com/v1 and keeps its data in /var/lib/kaiwa. Invite it with https://discord.com/oauth2/authorize?client_id=1234&scope=bot&permissions=309238795264
    message_content is false: it reads only direct messages, mentions, and replies to it with the ping on.
    Kaiwa#1234がオンラインになりました（サーバー1、シャード2）。モデルはhttps://api.openai.com/v1の既定のモデル、データは/var/lib/kaiwaにあります。招待リンク：https://discord.com/oauth2/authorize?client_id=1234&scope=bot&permissions=309238795264
    message_contentがfalseのため、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります。
    ");
}

#[test]
fn what_keeps_the_bot_from_starting() {
    assert_snapshot!(both(operator::message_content_off), @r"
    Discord refuses the connection because this application's Message Content Intent is off. Turn it on: https://discord.com/developers/applications -> your application -> Bot -> Privileged Gateway Intents -> Message Content Intent -> Save Changes, then start again. To run without it, set message_content = false; the bot then reads only direct messages, mentions, and replies to it with the ping on.
    Message Content Intentがオフのため、Discordに接続を拒否されました。https://discord.com/developers/applications → 対象のアプリケーション → Bot → Privileged Gateway Intents → Message Content Intentをオンにして「Save Changes」を押し、起動し直してください。オフのまま使うにはmessage_content = falseと設定します。その場合、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります。
    ");
    assert_snapshot!(both(operator::token_refused), @r"
    Discord refuses the token: take a new one at https://discord.com/developers/applications -> your application -> Bot -> Reset Token, and set it as DISCORD_TOKEN.
    Discordのトークンが正しくありません。https://discord.com/developers/applications → 対象のアプリケーション → Bot → Reset Tokenで新しいトークンを取得し、DISCORD_TOKENに設定してください。
    ");
    assert_snapshot!(both(operator::more_shards), @r"
    The bot has joined so many servers that Discord wants more shards. Start it again: it then uses as many as Discord recommends.
    参加しているサーバーが増え、Discordがより多くのシャードを求めています。起動し直すと、推奨される数のシャードで接続します。
    ");
    assert_snapshot!(both(|l| operator::gateway_closed(l, 4011)), @r"
    Discord refuses the number of shards (close code 4011): leave out the setting shards, so that Discord's recommendation counts.
    シャード数がDiscordに拒否されました（クローズコード4011）。shardsの設定を外し、Discordの推奨値に任せてください。
    ");
    assert_snapshot!(both(|l| operator::gateway_closed(l, 4012)), @r"
    Discord has closed the connection for good (close code 4012). Start again; if it happens again, look for a newer version of Kaiwa.
    Discordとの接続が打ち切られました（クローズコード4012）。起動し直してください。繰り返すようなら、Kaiwaの新しいバージョンを確認してください。
    ");
    assert_snapshot!(both(|l| operator::gateway_closed(l, 0)), @r"
    Discord has closed the connection for good without a reason. Start again.
    Discordとの接続が理由なく打ち切られました。起動し直してください。
    ");
    assert_snapshot!(both(|l| operator::connecting(l, "Kaiwa")), @r"
    Connecting to Discord as Kaiwa ...
    KaiwaとしてDiscordに接続しています…
    ");
    assert_snapshot!(both(|l| operator::discord_unreachable(l, "no connection", 10)), @r"
    Discord can't be reached (no connection); trying again in 10 seconds.
    Discordに接続できません（no connection）。10秒後にもう一度試します。
    ");
}

#[test]
fn what_is_the_matter_with_the_store() {
    let trouble = |trouble| both(|l| operator::store_trouble(l, "/data/kaiwa.db", trouble));
    assert_snapshot!(trouble(StoreTrouble::Full), @r"
    The disk that holds /data/kaiwa.db is full: make room there.
    /data/kaiwa.dbのあるディスクがいっぱいです。空き容量を作ってください。
    ");
    assert_snapshot!(trouble(StoreTrouble::Busy), @r"
    Another program has locked /data/kaiwa.db: close it.
    /data/kaiwa.dbが別のプログラムにロックされています。そのプログラムを終了してください。
    ");
    assert_snapshot!(trouble(StoreTrouble::InUse), @r"
    Another Kaiwa is running with /data/kaiwa.db: stop it first, or set another data directory.
    /data/kaiwa.dbは起動中の別のKaiwaが使っています。先にそれを停止するか、別のデータディレクトリを設定してください。
    ");
    assert_snapshot!(trouble(StoreTrouble::TooNew), @r"
    A newer Kaiwa has written /data/kaiwa.db: run that version.
    /data/kaiwa.dbは新しいバージョンのKaiwaで作られています。そのバージョンで起動してください。
    ");
    assert_snapshot!(trouble(StoreTrouble::Foreign(42)), @r"
    /data/kaiwa.db belongs to another bot (id 42), not to the one whose token is set: give this bot a data directory of its own (data_dir, or KAIWA_DATA_DIR in the environment). To give up that bot's memory, move the file away.
    /data/kaiwa.dbは別のボット（ID 42）のデータで、設定されたトークンのボットのものではありません。このボット用のデータディレクトリをdata_dir（環境変数ならKAIWA_DATA_DIR）に設定してください。前のボットのデータが不要なら、ファイルを別の場所へ移してください。
    ");
    assert_snapshot!(trouble(StoreTrouble::Unwritable("permission denied")), @r"
    /data/kaiwa.db can't be written (permission denied): let the user that runs Kaiwa write there, or set another data directory.
    /data/kaiwa.dbに書き込めません（permission denied）。Kaiwaを実行するユーザーに書き込みを許可するか、別のデータディレクトリを設定してください。
    ");
    assert_snapshot!(trouble(StoreTrouble::Broken("not a database")), @r"
    The database /data/kaiwa.db is damaged (not a database): stop Kaiwa and move it away, its -wal and -shm files with it. Then put a backup in its place, or start without one: conversations are read back from Discord as they are needed.
    データベース/data/kaiwa.dbが破損しています（not a database）。Kaiwaを停止して、-walと-shmのファイルと一緒に別の場所へ移してください。そのあとバックアップを元の場所に置いて起動します。バックアップがなくても起動でき、会話は必要に応じてDiscordから読み直します。
    ");
    assert_snapshot!(trouble(StoreTrouble::Other("out of memory")), @r"
    The store /data/kaiwa.db doesn't work: out of memory
    データベース/data/kaiwa.dbが正常に動作していません：out of memory
    ");
    assert_snapshot!(both(|l| operator::store_failed(l, "/data/kaiwa.db", "disk full")), @r"
    The store /data/kaiwa.db can't be used. Answers go on from Discord's own history, but nothing new is remembered until this is mended: disk full
    データベース/data/kaiwa.dbを使えません。回答はDiscordの履歴をもとに続けますが、直るまで新しい内容は保存されません：disk full
    ");
    assert_snapshot!(both(|l| operator::store_mended(l, "/data/kaiwa.db")), @r"
    The store /data/kaiwa.db works again.
    データベース/data/kaiwa.dbが再び使えるようになりました。
    ");
}

#[test]
fn what_the_check_of_the_model_found() {
    let check = |error: ModelError, nearest: &[&str]| {
        let nearest: Vec<String> = nearest.iter().map(|&name| name.to_owned()).collect();
        both(|l| operator::model_check_failed(l, &error, "http://localhost:11434/v1", &nearest))
    };
    let unknown = || ModelError::ModelUnknown {
        model: "gpt-6-lunar".to_owned(),
    };
    assert_snapshot!(check(ModelError::KeyRefused { status: 401 }, &[]), @r"
    http://localhost:11434/v1 refuses the key (status 401): set a valid one as OPENAI_API_KEY, or check OPENAI_BASE_URL if the key belongs to another server.
    http://localhost:11434/v1がAPIキーを受け付けません（ステータス401）。OPENAI_API_KEYに有効なキーを設定してください。別のサーバーのキーであれば、OPENAI_BASE_URLを確認してください。
    ");
    assert_snapshot!(check(unknown(), &[]), @r#"
    http://localhost:11434/v1 has no model "gpt-6-lunar": set another name as KAIWA_MODEL.
    http://localhost:11434/v1に「gpt-6-lunar」というモデルはありません。KAIWA_MODELに別の名前を設定してください。
    "#);
    assert_snapshot!(check(unknown(), &["gpt-6-luna", "gpt-6-sol"]), @r#"
    http://localhost:11434/v1 has no model "gpt-6-lunar": set another name as KAIWA_MODEL. Nearest to it: gpt-6-luna, gpt-6-sol.
    http://localhost:11434/v1に「gpt-6-lunar」というモデルはありません。KAIWA_MODELに別の名前を設定してください。近い名前：gpt-6-luna、gpt-6-sol
    "#);
    assert_snapshot!(check(ModelError::QuotaUsedUp, &[]), @r"
    http://localhost:11434/v1 says that the account's credit is used up: top it up.
    http://localhost:11434/v1の利用枠を使い切っています。利用枠を追加してください。
    ");
    assert_snapshot!(check(ModelError::Unreachable { reason: "connection refused".to_owned() }, &[]), @r"
    The model's server can't be reached at http://localhost:11434/v1 (connection refused): check that it runs and that OPENAI_BASE_URL is right.
    http://localhost:11434/v1のモデルサーバーに接続できません（connection refused）。サーバーが動いているか、OPENAI_BASE_URLが正しいかを確認してください。
    ");
    assert_snapshot!(both(|l| operator::model_is_there(l, "gpt-6-luna", "https://api.openai.com/v1")), @r"
    gpt-6-luna at https://api.openai.com/v1 can be used now.
    https://api.openai.com/v1のgpt-6-lunaが使えるようになりました。
    ");
    assert_snapshot!(check(ModelError::Broken { status: 502 }, &[]), @r"
    The model's server at http://localhost:11434/v1 doesn't answer as it should (the provider failed (status 502)): check that OPENAI_BASE_URL is right, /v1 included where the server has it.
    http://localhost:11434/v1のモデルサーバーの応答が正常ではありません（the provider failed (status 502)）。OPENAI_BASE_URLが正しいか、/v1が必要なサーバーでは付いているかを確認してください。
    ");
}

#[test]
fn how_the_bot_is() {
    let silent = [Some(std::time::Duration::from_secs(90)), None];
    let said = silent.map(|silent| both(|l| operator::not_connected(l, "/data", silent)));
    assert_snapshot!(said.join("\n"), @r"
    the bot with the data directory /data has not been connected for 90 seconds. Look into its log.
    データディレクトリ/dataのボットは90秒前から接続していません。ログを確認してください。
    no bot with the data directory /data is connected. Start it with kaiwa run.
    データディレクトリ/dataで接続しているボットはありません。kaiwa runで起動してください。
    ");
    assert_snapshot!(both(operator::connected), @r"
    The bot is connected.
    ボットは接続しています。
    ");
}

#[test]
fn how_the_bot_ends() {
    assert_snapshot!(both(|l| operator::draining(l, 0, 30)), @r"
    Stopping.
    停止します。
    ");
    assert_snapshot!(both(|l| operator::draining(l, 1, 30)), @r"
    Stopping: 1 answer may take up to 30 seconds to finish.
    停止します。回答中の1件を最長30秒待ちます。
    ");
    assert_snapshot!(both(|l| operator::drained(l, 0)), @r"
    Stopped; every answer is finished.
    停止しました。すべての回答が終わっています。
    ");
    assert_snapshot!(both(|l| operator::drained(l, 2)), @r"
    Stopped; 2 answers will follow after the next start.
    停止しました。残りの回答2件は、次の起動後に続けます。
    ");
}

#[test]
fn new_sessions_that_have_to_wait() {
    let wait = std::time::Duration::from_secs(86);
    assert_snapshot!(both(|l| operator::sessions_begun_often(l, 8, wait)), @r"
    8 sessions with Discord were begun within a day. If Kaiwa keeps stopping, the log says why. Discord resets the token of bots that begin too many, so the next one is begun in 86 seconds.
    この24時間にDiscordのセッションを8回開始しています。繰り返し停止している場合は、ログで原因を確認してください。回数が多すぎるとDiscordにトークンをリセットされるため、次の開始まで86秒待ちます。
    ");
    let wait = std::time::Duration::from_secs(8_000);
    assert_snapshot!(both(|l| operator::sessions_used_up(l, 1, 2, wait)), @r"
    Discord allows 1 more new session today, but 2 would be needed; it goes on in 3 hours. Resumed sessions don't count.
    Discordで今日あと1回しかセッションを開始できません（必要なのは2回）。残りは3時間後に開始します。セッションの再開は数えられません。
    ");
}
