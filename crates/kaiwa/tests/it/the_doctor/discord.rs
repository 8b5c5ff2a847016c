//! What the doctor says of Discord, the token and the gateway.

use insta::assert_snapshot;

use super::Ward;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.file("token", "a.wrong.token");
    assert_snapshot!(ward.complains(), @r"
    ✗ Token        Discord refuses the token.
                   Why: Without it the bot can't sign in. A reset, or a token that was found in public, makes the old one useless.
                   Do: Take a new one at https://discord.com/developers/applications -> your application -> Bot -> Reset Token, and set it as DISCORD_TOKEN or put it into the file that discord_token_file names.
    1 thing has to be mended.
    exit code 2
    ✗ トークン      Discordにトークンが拒否されました。
                    理由：トークンがないとログインできません。リセットした場合や公開の場で見つかった場合、以前のトークンは使えなくなります。
                    対処：https://discord.com/developers/applications → 対象のアプリケーション → Bot → Reset Tokenで新しいトークンを取得し、DISCORD_TOKENに設定するか、discord_token_fileのファイルに保存してください。
    直す必要のある点が1件あります。
    exit code 2
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discord_that_is_not_there() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.with("KAIWA_DISCORD_URL", "http://127.0.0.1:9");
    assert_snapshot!(ward.complains(), @r"
    ✗ Discord      Discord can't be reached at http://127.0.0.1:9 (Connection refused (os error 111)).
                   Why: The bot neither hears nor answers anyone.
                   Do: Check the network, a firewall or proxy (HTTPS_PROXY), and this machine's clock; https://discordstatus.com tells whether it is Discord itself.
    1 thing has to be mended.
    exit code 2
    ✗ Discord       Discord（http://127.0.0.1:9）に接続できません（Connection refused (os error 111)）。
                    理由：メッセージの受信も回答もできません。
                    対処：ネットワーク、ファイアウォールやプロキシ（HTTPS_PROXY）、このマシンの時計を確認してください。Discord側の障害はhttps://discordstatus.com で分かります。
    直す必要のある点が1件あります。
    exit code 2
    ");
    ward.user = ward
        .user
        // A label of 64 letters is no name: nobody needs to be asked for it.
        .with(
            "KAIWA_DISCORD_URL",
            format!("http://{}.test", "d".repeat(64)),
        );
    let said = ward.says(&[]);
    assert!(
        said.contains("✗ Name lookup  ddd") && said.contains("ddd.test has no address ("),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_discord_describes_it_is_told() {
    let ward = Ward::new().await;
    ward.says(&[]);
    ward.explains("C", ward.general(), Some(ward.person("ben")));
    let description = kaiwa_sim::openapi::shared().unwrap();
    let findings = ward.sim.world(|world| description.check_calls(world));
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        ward.sim.world(|world| world.calls.unknown_routes().count()),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_intent_is_off() {
    let mut ward = Ward::new().await;
    ward.sim
        .world(|world| world.bots.values_mut().next().unwrap().flags = 0);
    assert_snapshot!(ward.complains(), @r"
    ✗ Intent       The Message Content Intent is off.
                   Why: The bot asks for it at start, and Discord refuses the connection.
                   Do: Turn it on: https://discord.com/developers/applications -> your application -> Bot -> Privileged Gateway Intents -> Message Content Intent -> Save Changes, then start again. To run without it, set message_content = false; the bot then reads only direct messages, mentions, and replies to it with the ping on.
    1 thing has to be mended.
    exit code 2
    ✗ インテント    Message Content Intentがオフです。
                    理由：起動時にこのインテントを要求するため、Discordに接続を拒否されます。
                    対処：https://discord.com/developers/applications → 対象のアプリケーション → Bot → Privileged Gateway Intents → Message Content Intentをオンにして「Save Changes」を押し、起動し直してください。オフのまま使うにはmessage_content = falseと設定します。その場合、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります。
    直す必要のある点が1件あります。
    exit code 2
    ");
    ward.user = ward.user.with("KAIWA_MESSAGE_CONTENT", "false");
    let said = ward.says(&[]);
    assert!(
        said.contains("✓ Intent") && said.ends_with("exit code 0"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_wrong() {
    let ward = Ward::new().await;
    ward.sim
        .world(|world| world.clock.advance(std::time::Duration::from_secs(3_600)));
    assert_snapshot!(ward.complains(), @r"
    ✗ Clock        This machine's clock is 60 minutes behind.
                   Why: Certificates count as expired or not valid yet, and what has to happen in time comes too late.
                   Do: Let a time service set it, on Linux: timedatectl set-ntp true
    1 thing has to be mended.
    exit code 2
    ✗ 時計          このマシンの時計が60分遅れています。
                    理由：証明書が期限切れ、またはまだ有効でないと判断され、期限のある処理も間に合わなくなります。
                    対処：時刻を自動で合わせてください。Linuxの場合：timedatectl set-ntp true
    直す必要のある点が1件あります。
    exit code 2
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_cannot_be_reached_although_discord_answers() {
    let ward = Ward::new().await;
    // Nobody listens there, as behind a firewall that lets only the proxy out.
    ward.sim
        .world(|world| world.base = "http://127.0.0.1:9".to_owned());
    assert_snapshot!(ward.complains(), @r"
    ✗ Gateway      Discord's gateway can't be reached at ws://127.0.0.1:9/gateway (Connection refused (os error 111)).
                   Why: The bot hears nothing without it.
                   Do: It is connected to directly, also where a proxy (HTTPS_PROXY) is set: let the firewall pass connections to *.discord.gg on port 443. Where the certificate is the problem, check this machine's clock, and leave the gateway out of what takes TLS apart: it trusts public authorities alone.
    1 thing has to be mended.
    exit code 2
    ✗ ゲートウェイ  Discordのゲートウェイ（ws://127.0.0.1:9/gateway）に接続できません（Connection refused (os error 111)）。
                    理由：このままではメッセージを受信できません。
                    対処：ゲートウェイには、プロキシ（HTTPS_PROXY）を設定していても直接接続します。*.discord.ggのポート443への接続をファイアウォールで許可してください。証明書が原因の場合は、このマシンの時計を確認し、TLS通信を検査する機器があればゲートウェイを検査の対象から外してください。ゲートウェイが信頼するのは公的な認証局だけです。
    直す必要のある点が1件あります。
    exit code 2
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_looks_names_up_itself() {
    let mut ward = Ward::new().await;
    ward.user = ward
        .user
        .with("HTTP_PROXY", ward.sim.url())
        .with("NO_PROXY", "127.0.0.1")
        // A label of 64 letters is no name here, whoever is asked.
        .with(
            "KAIWA_DISCORD_URL",
            format!("http://{}.test", "d".repeat(64)),
        );
    let said = ward.says(&[]);
    assert!(
        said.contains("✓ Discord ") && !said.contains("Name lookup"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_the_gateway_spends_no_start() {
    let ward = Ward::new().await;
    let left = || ward.sim.world(|world| world.settings.identifies_left);
    let before = left();
    assert!(ward.says(&[]).contains("✓ Gateway      answers after"));
    assert_eq!(left(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn few_starts_are_left() {
    let ward = Ward::new().await;
    ward.sim.world(|world| world.settings.identifies_left = 7);
    assert_snapshot!(ward.complains(), @r"
    ! Gateway      Discord allows 7 more starts today.
                   Why: Without one the bot can't connect anew. Something has started it very often.
                   Do: Look into the log for why it restarts; all starts are back in 24 hours.
    The bot works; 1 thing is worth a look.
    exit code 1
    ! ゲートウェイ  Discordでセッションを開始できるのは、今日はあと7回です。
                    理由：使い切ると新しく接続できません。セッションが何度も開始されているようです。
                    対処：ログで再起動の原因を確認してください。回数は24時間後に元に戻ります。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    ");
}
