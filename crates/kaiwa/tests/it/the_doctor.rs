//! `kaiwa doctor` against the simulator, with each thing that can be wrong: what it says, in both languages, and its
//! exit code.

use insta::assert_snapshot;
use kaiwa_sim::{
    Sim, World,
    model::{Fault, Unscripted},
    world::{ChannelKind, NewThread, Overwrite, OverwriteKind, Saying, permissions as may},
};
use serde_json::Value;

use crate::the_command::{Running, User, ready};

/// A simulator and somebody who has all that it takes to run a bot against it.
struct Ward {
    sim: Sim,
    user: User,
}

impl Ward {
    async fn new() -> Self {
        Self::with(World::default()).await
    }

    async fn with(world: World) -> Self {
        let sim = Sim::start(world, "127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        sim.model()
            .settings(|settings| settings.unscripted = Unscripted::Echo);
        // The simulator doesn't tell the window, which is worth a warning of its own.
        let user = ready(&sim).with("KAIWA_CONTEXT_TOKENS", "16384");
        Self { sim, user }
    }

    /// What the doctor says in a language, with its exit code; what differs from run to run is left out.
    fn says_in(&self, language: &str, arguments: &[&str]) -> String {
        let arguments = [&["doctor"], arguments].concat();
        let mut command = self.user.command(&arguments);
        let output = command.env("LANG", language).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        let said = String::from_utf8(output.stdout).unwrap();
        format!(
            "{}exit code {}",
            self.steady(&said),
            output.status.code().unwrap()
        )
    }

    fn says(&self, arguments: &[&str]) -> String {
        self.says_in("C", arguments)
    }

    /// The lines of what was found wrong, in both languages.
    fn complains(&self) -> String {
        let of = |language| {
            let said = self.says_in(language, &[]);
            let mut wrong = false;
            let lines = said.lines().filter(|line| {
                wrong = match line.chars().next() {
                    Some('✓') => false,
                    Some(' ') => wrong,
                    Some(_) | None => true,
                };
                wrong && !line.is_empty()
            });
            lines.map(str::trim_end).collect::<Vec<_>>().join("\n")
        };
        format!("{}\n{}", of("C"), of("ja_JP.UTF-8"))
    }

    fn steady(&self, said: &str) -> String {
        let said = said
            .replace(&self.sim.url(), "SIM")
            .replace(self.user.home.path().to_str().unwrap(), "HOME")
            .replace(std::env::consts::OS, "OS")
            .replace(std::env::consts::ARCH, "ARCH")
            .replace(
                concat!("Kaiwa ", env!("CARGO_PKG_VERSION")),
                "Kaiwa VERSION",
            );
        let said = without_figures(&said, &[" ms", "ミリ秒"]);
        let said = without_figures(&said, &[" kB", " MB", " GB", " TB"]);
        self.sim.world(|world| {
            let ids = world
                .guilds
                .keys()
                .chain(world.bots.keys())
                .chain(world.channels.keys());
            ids.fold(said, |said, id| said.replace(&id.to_string(), "ID"))
        })
    }

    fn general(&self) -> u64 {
        self.sim
            .world(|world| world.channel_named("general").unwrap().id)
    }

    fn person(&self, name: &str) -> u64 {
        self.sim.world(|world| world.user_named(name).unwrap().id)
    }

    /// Why the bot would answer in a channel, or not.
    fn explains(&self, language: &str, channel: u64, person: Option<u64>) -> String {
        let mut arguments = vec!["--channel".to_owned(), channel.to_string()];
        if let Some(person) = person {
            arguments.extend(["--user".to_owned(), person.to_string()]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let said = self.says_in(language, &arguments);
        // What comes before is the same as without a channel.
        let (label, found) = if language == "C" {
            ("Channel", "\n✓ Gateway")
        } else {
            ("チャンネル", "\n✓ ゲートウェイ")
        };
        assert!(said.contains(label));
        let after = said.split_once(found).unwrap().1;
        after.split_once('\n').unwrap().1.to_owned()
    }
}

/// Puts `N` in place of the numbers in front of these units.
pub(crate) fn without_figures(text: &str, units: &[&str]) -> String {
    let mut text = text.to_owned();
    for unit in units {
        let mut pieces = text.split(unit).map(str::to_owned).collect::<Vec<_>>();
        let last = pieces.len() - 1;
        for piece in &mut pieces[..last] {
            let figures = piece.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            *piece = format!("{figures}N");
        }
        text = pieces.join(unit);
    }
    text
}

fn denied(of: u64, kind: OverwriteKind, deny: u64) -> Overwrite {
    Overwrite {
        id: of,
        kind,
        allow: 0,
        deny,
    }
}

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
async fn settings_that_are_wrong_are_told_as_at_the_start() {
    let ward = Ward::new().await;
    let user = User::new()
        .with("KAIWA_DRAIN_SECONDS", "soon")
        .with("OPENAI_BASE_URL", "http://localhost:1/v1");
    let ward = Ward { user, ..ward };
    assert_snapshot!(ward.complains(), @r"
    ✗ Settings     environment: KAIWA_DRAIN_SECONDS can't be soon. It takes a whole number from 0 to 3600. Write, for example, KAIWA_DRAIN_SECONDS=30
    ✗              No Discord token is set. Get one at https://discord.com/developers/applications -> New Application -> Bot -> Reset Token, turn on Message Content Intent on the same page, and give the token as DISCORD_TOKEN in the environment, as discord_token in kaiwa.toml, or in a file that DISCORD_TOKEN_FILE names.
    2 things have to be mended.
    exit code 2
    ✗ 設定          環境変数：KAIWA_DRAIN_SECONDSにsoonは使えません。0から3600までの整数を指定してください。例：KAIWA_DRAIN_SECONDS=30
    ✗               Discordのトークンが設定されていません。https://discord.com/developers/applications → New Application → Bot → Reset Tokenで取得し、同じページでMessage Content Intentをオンにしてください。トークンは、環境変数DISCORD_TOKEN、kaiwa.tomlのdiscord_token、DISCORD_TOKEN_FILEが指すファイルのいずれかで渡します。
    直す必要のある点が2件あります。
    exit code 2
    ");
}

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
    ! ゲートウェイ  Discordに許された今日の残り起動回数は7回です。
                    理由：使い切ると新しく接続できません。何度も起動し直されているようです。
                    対処：ログで再起動の原因を確認してください。回数は24時間後に元に戻ります。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_is_missing_in_one_channel() {
    let ward = Ward::new().await;
    let general = ward.general();
    let (guild, bot) = ward.sim.world(|world| {
        (
            *world.guilds.keys().next().unwrap(),
            *world.bots.keys().next().unwrap(),
        )
    });
    ward.sim.world(|world| {
        world.set_overwrite(
            general,
            denied(bot, OverwriteKind::Member, may::ATTACH_FILES),
        )
    });
    assert_snapshot!(ward.complains(), @r#"
    ! Server       Kaiwa Lab: it lacks "Attach Files" in #general.
                   Why: It needs it to show formulas as pictures, and to end an answer that is too long for messages with a file that holds all of it.
                   Do: The channel denies it to the bot alone. Edit Channel -> Permissions -> the bot -> "Attach Files".
    The bot works; 1 thing is worth a look.
    exit code 1
    ! サーバー      Kaiwa Lab：#generalで「ファイルを添付」の権限がありません。
                    理由：数式を画像で示し、長すぎる回答の全文を最後にファイルで添えるために必要です。
                    対処：チャンネルの権限でボットだけに拒否されています。チャンネルの編集 → 権限 → ボット → 「ファイルを添付」を変更してください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    "#);
    // Denied to all, in two channels; a third is hidden from the bot, which is nobody's mistake.
    ward.sim.world(|world| {
        world.set_overwrite(general, denied(bot, OverwriteKind::Member, 0));
        for name in ["general", "announcements"] {
            let channel = world.channel_named(name).unwrap().id;
            world.set_overwrite(
                channel,
                denied(guild, OverwriteKind::Role, may::CREATE_PUBLIC_THREADS),
            );
        }
        let lounge = world.channel_named("lounge").unwrap().id;
        world.set_overwrite(
            lounge,
            denied(guild, OverwriteKind::Role, may::VIEW_CHANNEL),
        );
    });
    assert_snapshot!(ward.complains(), @r#"
    ! Server       Kaiwa Lab: it lacks "Create Public Threads" in #general, #announcements.
                   Why: It needs it to open a thread for each conversation.
                   Do: The channel denies it to @everyone. Edit Channel -> Permissions -> add a role of the bot and allow "Create Public Threads".
    The bot works; 1 thing is worth a look.
    exit code 1
    ! サーバー      Kaiwa Lab：#general、#announcementsで「公開スレッドの作成」の権限がありません。
                    理由：会話ごとにスレッドを作るために必要です。
                    対処：チャンネルの権限で@everyoneに拒否されています。チャンネルの編集 → 権限 → ボットのロールを追加し、「公開スレッドの作成」を許可してください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_lacks_a_permission() {
    let ward = Ward::new().await;
    ward.sim.world(|world| {
        for guild in world.guilds.values_mut() {
            for role in guild.roles.values_mut() {
                role.permissions &= !may::READ_MESSAGE_HISTORY;
            }
        }
    });
    assert_snapshot!(ward.complains(), @r#"
    ! Server       Kaiwa Lab: none of its roles has "Read Message History".
                   Why: It needs it to read back what was said before it came, and to reply to messages, which Discord ties to it.
                   Do: Server Settings -> Roles -> the bot's role -> Permissions -> "Read Message History", or open https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264 again.
    The bot works; 1 thing is worth a look.
    exit code 1
    ! サーバー      Kaiwa Lab：ボットのどのロールにも「メッセージ履歴を読む」の権限がありません。
                    理由：それまでの会話を読み、メッセージに返信するために必要です。
                    対処：サーバー設定 → ロール → ボットのロール → 権限 → 「メッセージ履歴を読む」をオンにするか、https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264 をもう一度開いてください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bot_is_in_no_server() {
    let ward = Ward::new().await;
    ward.sim.world(|world| {
        let (guild, bot) = (
            *world.guilds.keys().next().unwrap(),
            *world.bots.keys().next().unwrap(),
        );
        world.leave(guild, bot);
    });
    assert_snapshot!(ward.complains(), @r"
    ! Server       The bot is in no server yet.
                   Do: Open https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264 and choose one.
    The bot works; 1 thing is worth a look.
    exit code 1
    ! サーバー      まだどのサーバーにも追加されていません。
                    対処：https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264 を開いて、追加するサーバーを選んでください。
    動作はしますが、確認したい点が1件あります。
    exit code 1
    ");
}

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
    ✗ Database     The database data/kaiwa.db is damaged (file is not a database): put a backup in its place, or move it away with its -wal and -shm files to start afresh. Conversations are then read back from Discord as they are needed.
                   Why: The bot keeps conversations there, and what it has to finish after a restart.
    1 thing has to be mended.
    exit code 2
    ✗ データベース  データベースdata/kaiwa.dbが破損しています（file is not a database）。バックアップと置き換えるか、-walと-shmのファイルと一緒に別の場所へ移して起動し直してください。移した場合、会話は必要に応じてDiscordから読み直します。
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

#[tokio::test(flavor = "multi_thread")]
async fn it_explains_why_the_bot_answers_in_a_channel() {
    let ward = Ward::new().await;
    let (general, ben) = (ward.general(), ward.person("ben"));
    assert_snapshot!(ward.explains("C", general, Some(ben)), @r"
    ✓ Channel      #general in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message that mentions the bot: it opens a thread on it and answers there.
    ✓              A message without a mention: it stays silent, as outside its own threads it answers mentions and replies alone.
    ✓              A reply to the bot: it answers with a reply.
    ✓              A reply to the bot with the ping off: it answers with a reply.

    All is well.
    exit code 0
    ");
    assert_snapshot!(ward.explains("ja_JP.UTF-8", general, Some(ben)), @r"
    ✓ チャンネル    Kaiwa Labの#general
    ✓               必要な権限がそろっています。
    ✓               ボットへのメンション：スレッドを作り、その中で回答します。
    ✓               メンションのないメッセージ：回答しません。自分が作ったスレッドの外では、メンションと返信にだけ回答します。
    ✓               ボットへの返信：返信で回答します。
    ✓               ボットへの返信（通知オフ）：返信で回答します。

    問題は見つかりませんでした。
    exit code 0
    ");
    // Anybody, in a thread of somebody else, in the bot's own, and in the chat of a voice channel.
    let bot = ward.person("kaiwa");
    let (theirs, own, lounge) = ward.sim.world(|world| {
        let new = |name: &str| NewThread {
            name: name.to_owned(),
            ..NewThread::default()
        };
        let theirs = world.open_thread(ben, general, new("theirs")).unwrap();
        let own = world.open_thread(bot, general, new("own")).unwrap();
        (theirs, own, world.channel_named("lounge").unwrap().id)
    });
    let explained = [theirs, own, lounge].map(|place| ward.explains("C", place, None));
    assert_snapshot!(explained.join("\n\n"), @r"
    ✓ Channel      #theirs in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message that mentions the bot: it answers here.
    ✓              A message without a mention: it stays silent, as that isn't said to it, and reads it as part of the conversation.
    ✓              A reply to the bot: it answers here.

    All is well.
    exit code 0

    ✓ Channel      #own in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message without a mention: it answers here.
    ✓              A message that mentions the bot: it answers here.
    ✓              A message that mentions somebody else: it stays silent, as that isn't said to it, and reads it as part of the conversation.

    All is well.
    exit code 0

    ✓ Channel      #lounge in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message that mentions the bot: it answers with a reply.
    ✓              A message without a mention: it stays silent, as outside its own threads it answers mentions and replies alone.
    ✓              A reply to the bot: it answers with a reply.

    All is well.
    exit code 0
    ");
    let explained = [theirs, own, lounge].map(|place| ward.explains("ja_JP.UTF-8", place, None));
    assert_snapshot!(explained.join("\n\n"), @r"
    ✓ チャンネル    Kaiwa Labの#theirs
    ✓               必要な権限がそろっています。
    ✓               ボットへのメンション：ここで回答します。
    ✓               メンションのないメッセージ：ボット宛てではないため回答しません。会話の一部として読みます。
    ✓               ボットへの返信：ここで回答します。

    問題は見つかりませんでした。
    exit code 0

    ✓ チャンネル    Kaiwa Labの#own
    ✓               必要な権限がそろっています。
    ✓               メンションのないメッセージ：ここで回答します。
    ✓               ボットへのメンション：ここで回答します。
    ✓               ほかの人へのメンション：ボット宛てではないため回答しません。会話の一部として読みます。

    問題は見つかりませんでした。
    exit code 0

    ✓ チャンネル    Kaiwa Labの#lounge
    ✓               必要な権限がそろっています。
    ✓               ボットへのメンション：返信で回答します。
    ✓               メンションのないメッセージ：回答しません。自分が作ったスレッドの外では、メンションと返信にだけ回答します。
    ✓               ボットへの返信：返信で回答します。

    問題は見つかりませんでした。
    exit code 0
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_explains_why_the_bot_stays_silent() {
    let ward = Ward::new().await;
    let (general, ben) = (ward.general(), ward.person("ben"));
    let (guild, bot) = ward.sim.world(|world| {
        (
            *world.guilds.keys().next().unwrap(),
            *world.bots.keys().next().unwrap(),
        )
    });
    let told = |channel, person| {
        let both = ["C", "ja_JP.UTF-8"].map(|language| ward.explains(language, channel, person));
        both.join("\n")
    };
    // To other bots, and to itself.
    assert_snapshot!(told(general, Some(bot)), @r"
    ✓ Channel      #general in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message that mentions the bot: it stays silent, as these are its own words.

    All is well.
    exit code 0
    ✓ チャンネル    Kaiwa Labの#general
    ✓               必要な権限がそろっています。
    ✓               ボットへのメンション：回答しません。ボット自身の発言だからです。

    問題は見つかりませんでした。
    exit code 0
    ");
    // Somebody who isn't there, and somebody who may not write.
    let eve = ward.sim.world(|world| world.add_person("eve", "Eve"));
    let said = ward.explains("C", general, Some(eve));
    assert!(said.contains("is not in Kaiwa Lab."), "{said}");
    ward.sim.world(|world| {
        let muted = world.add_role(guild, "muted", 0);
        world.set_member_roles(guild, ben, vec![muted]);
        world.set_overwrite(
            general,
            denied(muted, OverwriteKind::Role, may::SEND_MESSAGES),
        );
    });
    assert_snapshot!(told(general, Some(ben)), @r#"
    ✓ Channel      #general in Kaiwa Lab
    ✓              The bot may do all it needs here.
    !              ben lacks "Send Messages" here.
                   Why: They can't ask anything in this place.
                   Do: The channel denies it to the role muted. Edit Channel -> Permissions -> muted -> "Send Messages".

    The bot works; 1 thing is worth a look.
    exit code 1
    ✓ チャンネル    Kaiwa Labの#general
    ✓               必要な権限がそろっています。
    !               ここではbenに「メッセージを送信」の権限がありません。
                    理由：この場所では質問できません。
                    対処：チャンネルの権限でロール「muted」に拒否されています。チャンネルの編集 → 権限 → muted → 「メッセージを送信」を変更してください。

    動作はしますが、確認したい点が1件あります。
    exit code 1
    "#);
    // A place that the bot may not write in, one that it doesn't see, and one that nobody talks in.
    ward.sim.world(|world| {
        world.set_overwrite(
            general,
            denied(
                bot,
                OverwriteKind::Member,
                may::CREATE_PUBLIC_THREADS | may::SEND_MESSAGES,
            ),
        );
    });
    assert_snapshot!(told(general, None), @r#"
    ✓ Channel      #general in Kaiwa Lab
    !              The bot lacks "Send Messages" here.
                   Why: It needs it to answer where no thread can be opened, and to show that it is typing.
                   Do: The channel denies it to the bot alone. Edit Channel -> Permissions -> the bot -> "Send Messages".
    !              The bot lacks "Create Public Threads" here.
                   Why: It needs it to open a thread for each conversation.
                   Do: The channel denies it to the bot alone. Edit Channel -> Permissions -> the bot -> "Create Public Threads".
    ✓              A message that mentions the bot: it can't answer, because of what is missing above.
    ✓              A message without a mention: it stays silent, as outside its own threads it answers mentions and replies alone.
    ✓              A reply to the bot: it can't answer, because of what is missing above.
    ✓              A reply to the bot with the ping off: it can't answer, because of what is missing above.

    The bot works; 2 things are worth a look.
    exit code 1
    ✓ チャンネル    Kaiwa Labの#general
    !               ここではボットに「メッセージを送信」の権限がありません。
                    理由：スレッドを作れない場所で回答し、入力中の表示を出すために必要です。
                    対処：チャンネルの権限でボットだけに拒否されています。チャンネルの編集 → 権限 → ボット → 「メッセージを送信」を変更してください。
    !               ここではボットに「公開スレッドの作成」の権限がありません。
                    理由：会話ごとにスレッドを作るために必要です。
                    対処：チャンネルの権限でボットだけに拒否されています。チャンネルの編集 → 権限 → ボット → 「公開スレッドの作成」を変更してください。
    ✓               ボットへのメンション：上記の権限が足りないため、回答できません。
    ✓               メンションのないメッセージ：回答しません。自分が作ったスレッドの外では、メンションと返信にだけ回答します。
    ✓               ボットへの返信：上記の権限が足りないため、回答できません。
    ✓               ボットへの返信（通知オフ）：上記の権限が足りないため、回答できません。

    動作はしますが、確認したい点が2件あります。
    exit code 1
    "#);
    let hidden = ward.sim.world(|world| {
        let hidden = world.add_channel(guild, ChannelKind::Text, "hidden", None);
        world.set_overwrite(
            hidden,
            denied(guild, OverwriteKind::Role, may::VIEW_CHANNEL),
        );
        hidden
    });
    assert_snapshot!(told(hidden, None), @r#"
    ✗ Channel      The bot doesn't see a channel ID.
                   Why: It hears nothing of what is said there.
                   Do: Check the id (in Discord: Settings -> Advanced -> Developer Mode, then right-click the channel -> Copy Channel ID), that the bot is in that server, and that it may view the channel: Edit Channel -> Permissions -> add the bot's role and allow "View Channels".

    1 thing has to be mended.
    exit code 2
    ✗ チャンネル    ボットからチャンネルIDが見えません。
                    理由：そこでの会話は一切届きません。
                    対処：IDが正しいか（Discordの設定 → 詳細設定 → 開発者モードをオンにし、チャンネルを右クリック → 「チャンネルIDをコピー」）、ボットがそのサーバーにいるか、チャンネルを見られるか（チャンネルの編集 → 権限 → ボットのロールを追加し、「チャンネルを見る」を許可）を確認してください。

    直す必要のある点が1件あります。
    exit code 2
    "#);
    let category = ward
        .sim
        .world(|world| world.channel_named("talk").unwrap().id);
    let said = ward.explains("C", category, None);
    assert!(
        said.contains("talk is no channel that people write in."),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_intent_it_says_what_stays_unread() {
    let mut ward = Ward::new().await;
    ward.user = ward.user.with("KAIWA_MESSAGE_CONTENT", "false");
    let (general, ben, bot) = (ward.general(), ward.person("ben"), ward.person("kaiwa"));
    let own = ward.sim.world(|world| {
        let asks = world.say(ben, general, Saying::from("hello")).unwrap();
        let new = NewThread {
            name: "own".to_owned(),
            ..NewThread::default()
        };
        world.open_thread_on(bot, general, asks, new).unwrap()
    });
    let said = ward.explains("C", own, Some(ben));
    assert_snapshot!(said, @r"
    ✓ Channel      #own in Kaiwa Lab
    ✓              The bot may do all it needs here.
    ✓              A message without a mention: it stays silent, as without the Message Content Intent Discord gives it no text.
    ✓              A message that mentions the bot: it answers here.
    ✓              A message that mentions somebody else: it stays silent, as outside its own threads it answers mentions and replies alone.

    All is well.
    exit code 0
    ");
    let direct = ward
        .sim
        .world(|world| world.open_direct_message(bot, ben).unwrap());
    assert_snapshot!(ward.explains("C", direct, Some(ben)), @r"
    ✓ Channel      direct messages
    ✓              A message without a mention: it answers here.

    All is well.
    exit code 0
    ");
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

#[test]
fn permissions_are_computed_as_the_simulator_computes_them() {
    use kaiwa_core::{
        id::{GuildId, RoleId, UserId},
        permissions::{Guild, Member, Overwrite as Rule, Whom, in_channel, lack},
        words::permissions::bits,
    };

    // Any figures will do, as long as they are the same in each run.
    let mut state = 1_u64;
    let mut chance = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    };
    let mut world = World::default();
    let (guild, ben) = (
        *world.guilds.keys().next().unwrap(),
        world.user_named("ben").unwrap().id,
    );
    let general = world.channel_named("general").unwrap().id;
    let roles: Vec<u64> = ["a", "b", "c"]
        .map(|name| world.add_role(guild, name, 0))
        .into();
    let mut had = [0_u32; 2];
    for _ in 0..2_000 {
        for role in world.guilds.get_mut(&guild).unwrap().roles.values_mut() {
            role.permissions = chance() & bits();
            // Seldom enough that something is left to compute.
            if chance().is_multiple_of(40) {
                role.permissions |= may::ADMINISTRATOR;
            }
        }
        let some = |chance: &mut dyn FnMut() -> u64| -> Vec<u64> {
            roles
                .iter()
                .copied()
                .filter(|_| chance().is_multiple_of(2))
                .collect()
        };
        let own = some(&mut chance);
        world.set_member_roles(guild, ben, own.clone());
        let of = [(OverwriteKind::Role, guild), (OverwriteKind::Member, ben)];
        let of = of
            .into_iter()
            .chain(roles.iter().map(|role| (OverwriteKind::Role, *role)));
        let mut rules = Vec::new();
        for (kind, id) in of {
            let (allow, deny) = (chance() & chance() & bits(), chance() & chance() & bits());
            world.set_overwrite(
                general,
                Overwrite {
                    id,
                    kind,
                    allow,
                    deny,
                },
            );
            let of = match kind {
                OverwriteKind::Role => Whom::Role(RoleId(id)),
                OverwriteKind::Member => Whom::Member(UserId(id)),
            };
            rules.push(Rule { of, allow, deny });
        }
        let theirs = &world.guilds[&guild];
        let wanted = may::in_channel(
            theirs,
            &theirs.members[&ben],
            &world.channels[&general].overwrites,
            0,
        );
        let known: Vec<(RoleId, u64)> = theirs
            .roles
            .values()
            .map(|role| (RoleId(role.id), role.permissions))
            .collect();
        let own: Vec<RoleId> = own.into_iter().map(RoleId).collect();
        let ours = Guild {
            id: GuildId(guild),
            owner: UserId(theirs.owner),
            roles: &known,
        };
        let member = Member {
            id: UserId(ben),
            roles: &own,
            timed_out: false,
        };
        assert_eq!(in_channel(&ours, &member, &rules) & bits(), wanted & bits());
        for bit in (0..64).map(|bit| 1 << bit).filter(|bit| bits() & bit != 0) {
            let has = wanted & bit != 0;
            assert_eq!(lack(&ours, &member, &rules, bit).is_none(), has);
            had[usize::from(has)] += 1;
        }
    }
    assert!(had[0] > 1_000 && had[1] > 1_000, "{had:?}");
}
