//! `kaiwa init`, as somebody at a terminal and as a script meets it: what it asks, what it finds, and what it leaves behind.

mod script;

use std::{
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    process::{Output, Stdio},
};

use insta::assert_snapshot;
use kaiwa_sim::{
    Sim, World,
    model::{DEFAULT_KEY, Fault, Unscripted},
};

use crate::{
    the_command::{Running, User},
    the_doctor::without_figures,
};

/// A simulator, and somebody who has never run a bot.
struct Beginner {
    sim: Sim,
    user: User,
}

impl Beginner {
    async fn new() -> Self {
        let sim = Sim::start(World::default(), "127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        sim.model()
            .settings(|settings| settings.unscripted = Unscripted::Echo);
        let user = User::new()
            .with("KAIWA_DISCORD_URL", sim.url())
            .with("LANG", "C");
        Self { sim, user }
    }

    fn token(&self) -> String {
        self.sim
            .world(|world| world.bots.values().next().unwrap().token.clone())
    }

    fn model(&self) -> String {
        format!("{}/v1", self.sim.url())
    }

    /// Answers what is asked, line by line, and then no more.
    fn answers(&self, arguments: &[&str], lines: &[&str]) -> Output {
        let mut child = self
            .user
            .command(&[&["init"], arguments].concat())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // Whoever ends early reads no further.
        let _ = input.write_all(format!("{}\n", lines.join("\n")).trim_start().as_bytes());
        drop(input);
        child.wait_with_output().unwrap()
    }

    /// All that was said, and how it ended; what differs from run to run is left out.
    fn told(&self, output: Output) -> String {
        let mut said = String::from_utf8(output.stdout).unwrap();
        said.push_str(&String::from_utf8(output.stderr).unwrap());
        let id = self
            .sim
            .world(|world| world.bots.keys().next().unwrap().to_string());
        for secret in [self.token().as_str(), DEFAULT_KEY] {
            assert!(!said.contains(secret), "{said}");
        }
        let home = self.user.home.path().to_str().unwrap();
        let said = said
            .replace(&self.sim.url(), "SIM")
            .replace(home, "HOME")
            .replace(&id, "ID");
        let said = without_figures(&said, &[" ms", "ミリ秒"]);
        format!("{said}exit code {}", output.status.code().unwrap())
    }

    fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.user.home.path().join(name)).ok()
    }

    fn mode(&self, name: &str) -> u32 {
        let path = self.user.home.path().join(name);
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// What lies in the directory.
    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.user.home.path())
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_and_it_runs() {
    let beginner = Beginner::new().await;
    let output = beginner.answers(
        &["--model-url", &beginner.model()],
        &[&beginner.token(), DEFAULT_KEY, "simulated"],
    );
    assert_snapshot!(beginner.told(output), @r"
    Kaiwa needs a Discord token and a model. Both are checked here, then the settings are written to HOME.

    The bot's token (https://discord.com/developers/applications -> New Application -> Bot -> Reset Token): 
    ✓ Token        belongs to kaiwa (ID)
    ✓ Intent       Message Content Intent is on
    The key for SIM/v1: 
    Which model?
      gpt-6-luna
      gpt-5.6-luna
      gpt-5.4-mini
      gpt-4.1-mini
      simulated
    Name [gpt-6-luna]: 
    ✓ Model        simulated at SIM/v1
    ✓ First token  came after N ms

    Written to HOME: discord_token, openai_api_key, kaiwa.schema.json, kaiwa.toml

    What to do next:
      1. Open the invite link and choose your server. It asks for exactly the permissions that the bot needs.
         https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264
      2. Start the bot:
         kaiwa run
      3. Write @ and the bot's name in a channel, then your question.

    kaiwa doctor says what is the matter, should something not work.
    exit code 0
    ");
    assert_eq!(
        beginner.files(),
        [
            "discord_token",
            "kaiwa.schema.json",
            "kaiwa.toml",
            "openai_api_key"
        ]
    );
    for (secret, content) in [
        ("discord_token", beginner.token()),
        ("openai_api_key", DEFAULT_KEY.to_owned()),
    ] {
        assert_eq!(beginner.file(secret).unwrap().trim(), content);
        assert_eq!(beginner.mode(secret), 0o600);
    }
    let settings = beginner.file("kaiwa.toml").unwrap();
    let url = beginner.sim.url();
    assert_snapshot!(settings.replace(&url, "SIM"), @r#"
    #:schema ./kaiwa.schema.json

    # Kaiwa's settings. kaiwa.example.toml documents all there are; paths start from this file's directory.

    # The file that holds the bot's token. Nobody else may read it.
    discord_token_file = "discord_token"

    # A server in place of Discord's own.
    discord_url = "SIM"

    # The model's server.
    openai_base_url = "SIM/v1"

    # The file that holds its key. Nobody else may read it.
    openai_api_key_file = "openai_api_key"

    # The model.
    model = "simulated"
    "#);
    // What it wrote is all that it takes.
    let user = User {
        variables: Vec::new(),
        home: beginner.user.home,
    };
    let mut bot = Running::start(&user);
    bot.until("is online");
    bot.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_japanese() {
    let mut beginner = Beginner::new().await;
    beginner
        .sim
        .world(|world| world.bots.values_mut().next().unwrap().flags = 0);
    let model = beginner.model();
    beginner.user = beginner.user.with("OPENAI_BASE_URL", model);
    let output = beginner.answers(
        &["--language", "ja", "--directory", "new/bot"],
        &[
            "wrong",
            &beginner.token(),
            "",
            "no",
            "sk-wrong",
            DEFAULT_KEY,
            "simulate",
            "simulated",
        ],
    );
    assert_snapshot!(beginner.told(output), @r"
    KaiwaにはDiscordのトークンとモデルが必要です。ここで両方を確認してから、設定をHOME/new/botに保存します。

    ボットのトークン（https://discord.com/developers/applications → New Application → Bot → Reset Token）：
    ✗ トークン      Discordにトークンが拒否されました。
    ボットのトークン（https://discord.com/developers/applications → New Application → Bot → Reset Token）：
    ✓ トークン      kaiwa（ID）のものです
    ✗ インテント    Message Content Intentがオフです。
                    理由：起動時にこのインテントを要求するため、Discordに接続を拒否されます。
                    対処：https://discord.com/developers/applications → 対象のアプリケーション → Bot → Privileged Gateway Intents → Message Content Intentをオンにして「Save Changes」を押し、起動し直してください。オフのまま使うにはmessage_content = falseと設定します。その場合、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります。
    オンにしたらEnterキーを押してください。オフのまま使うにはnoと入力してください：
    ✗ インテント    Message Content Intentがオフです。
                    理由：起動時にこのインテントを要求するため、Discordに接続を拒否されます。
                    対処：https://discord.com/developers/applications → 対象のアプリケーション → Bot → Privileged Gateway Intents → Message Content Intentをオンにして「Save Changes」を押し、起動し直してください。オフのまま使うにはmessage_content = falseと設定します。その場合、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります。
    オンにしたらEnterキーを押してください。オフのまま使うにはnoと入力してください：
    SIM/v1のAPIキー：
    ✗ モデル        SIM/v1がAPIキーを受け付けません（ステータス401）。OPENAI_API_KEYに有効なキーを設定してください。別のサーバーのキーであれば、OPENAI_BASE_URLを確認してください。
                    理由：このままでは、どの質問にもエラーを返すことになります。
    SIM/v1のAPIキー：
    どのモデルを使いますか？
      gpt-6-luna
      gpt-5.6-luna
      gpt-5.4-mini
      gpt-4.1-mini
      simulated
    モデル名 [gpt-6-luna]：
    SIM/v1に「simulate」というモデルはありません。KAIWA_MODELに別の名前を設定してください。近い名前：simulated
    どのモデルを使いますか？
      gpt-6-luna
      gpt-5.6-luna
      gpt-5.4-mini
      gpt-4.1-mini
      simulated
    モデル名 [gpt-6-luna]：
    ✓ モデル        SIM/v1のsimulated
    ✓ 応答開始      最初のトークンまでNミリ秒です

    HOME/new/botに保存しました：discord_token、openai_api_key、kaiwa.schema.json、kaiwa.toml

    次にすること：
      1. 招待リンクを開いてサーバーを選びます。求める権限は、ボットに必要なものだけです。
         https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264
      2. ボットを起動します。
         kaiwa run --config new/bot/kaiwa.toml
      3. チャンネルでボットにメンションして、質問を書きます。

    うまく動かないときは、kaiwa doctor --config new/bot/kaiwa.toml で原因が分かります。
    exit code 0
    ");
    let settings = beginner.file("new/bot/kaiwa.toml").unwrap();
    assert_snapshot!(settings.replace(&beginner.sim.url(), "SIM"), @r#"
    #:schema ./kaiwa.schema.json

    # Kaiwaの設定です。すべての設定の説明はkaiwa.example.tomlにあります。相対パスはこのファイルの場所が起点です。

    # ボットのトークンを保存したファイル（ほかの人に読まれないようにしてください）
    discord_token_file = "discord_token"

    # Message Content Intentを使わず、ダイレクトメッセージ、メンション、通知オンの返信だけを読み取ります
    message_content = false

    # Discordの代わりに接続するサーバー
    discord_url = "SIM"

    # モデルサーバー
    openai_base_url = "SIM/v1"

    # APIキーを保存したファイル（ほかの人に読まれないようにしてください）
    openai_api_key_file = "openai_api_key"

    # モデル
    model = "simulated"

    # ボット自身の文言の言語（モデルの回答の言語ではありません）
    language = "ja"
    "#);
    assert_eq!(beginner.mode("new/bot/discord_token"), 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_asked_again_and_nothing_is_lost() {
    let beginner = Beginner::new().await;
    beginner
        .sim
        .world(|world| world.bots.values_mut().next().unwrap().flags = 0);
    beginner.sim.model().fails(1, Fault::QuotaExceeded);
    let model = beginner.model();
    let output = beginner.answers(
        &["--model-url", "http://127.0.0.1:9/v1"],
        &[
            "a.wrong.token",
            &beginner.token(),
            "",
            "no",
            // The server that was named is dead; the next address lacks the /v1, its key is wrong, its model unknown,
            // and its account has no credit, for now.
            "nonsense",
            &beginner.sim.url(),
            "sk-wrong",
            DEFAULT_KEY,
            "simulate",
            "simulated",
            &model,
            "simulated",
        ],
    );
    let told = beginner.told(output);
    // Which servers run on this machine is nobody's business here.
    let told: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with("  ") || line.starts_with("   "))
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    Kaiwa needs a Discord token and a model. Both are checked here, then the settings are written to HOME.

    The bot's token (https://discord.com/developers/applications -> New Application -> Bot -> Reset Token): 
    ✗ Token        Discord refuses the token.
    The bot's token (https://discord.com/developers/applications -> New Application -> Bot -> Reset Token): 
    ✓ Token        belongs to kaiwa (ID)
    ✗ Intent       The Message Content Intent is off.
                   Why: The bot asks for it at start, and Discord refuses the connection.
                   Do: Turn it on: https://discord.com/developers/applications -> your application -> Bot -> Privileged Gateway Intents -> Message Content Intent -> Save Changes, then start again. To run without it, set message_content = false; the bot then reads only direct messages, mentions, and replies to it with the ping on.
    Press Enter once it is on, or write no to go on without it: 
    ✗ Intent       The Message Content Intent is off.
                   Why: The bot asks for it at start, and Discord refuses the connection.
                   Do: Turn it on: https://discord.com/developers/applications -> your application -> Bot -> Privileged Gateway Intents -> Message Content Intent -> Save Changes, then start again. To run without it, set message_content = false; the bot then reads only direct messages, mentions, and replies to it with the ping on.
    Press Enter once it is on, or write no to go on without it: 
    ✗ Model        The model's server can't be reached at http://127.0.0.1:9/v1 (Connection refused (os error 111)): check that it runs and that OPENAI_BASE_URL is right.
                   Why: Until then every question is answered with an error.
    Which model server? Any that speaks OpenAI's chat completions will do.
    Number or address [1]: 
    "nonsense" is neither one of the numbers nor an address such as http://localhost:11434/v1
    Which model server? Any that speaks OpenAI's chat completions will do.
    Number or address [1]: 
    The key for SIM/v1: 
    ✗ Model        SIM/v1 refuses the key (status 401): set a valid one as OPENAI_API_KEY, or check OPENAI_BASE_URL if the key belongs to another server.
                   Why: Until then every question is answered with an error.
    The key for SIM/v1: 
    Which model?
    Name [gpt-6-luna]: 
    SIM/v1 has no model "simulate": set another name as KAIWA_MODEL. Nearest to it: simulated.
    Which model?
    Name [gpt-6-luna]: 
    ✗ First token  SIM/v1 says that the account's credit is used up: top it up.
                   Why: Until then every question is answered with an error.
    Which model server? Any that speaks OpenAI's chat completions will do.
    Number or address [1]: 
    Which model?
    Name [gpt-6-luna]: 
    ✓ Model        simulated at SIM/v1
    ✓ First token  came after N ms

    Written to HOME: discord_token, openai_api_key, kaiwa.schema.json, kaiwa.toml

    What to do next:
         https://discord.com/oauth2/authorize?client_id=ID&scope=bot&permissions=309238795264
         kaiwa run

    kaiwa doctor says what is the matter, should something not work.
    exit code 0
    "#);
    assert_eq!(beginner.files().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_may_not_write_nothing_is_left_behind() {
    let mut beginner = Beginner::new().await;
    let token = beginner.token();
    beginner.user = beginner
        .user
        .file("taken", "")
        .with("DISCORD_TOKEN", token)
        .with("OPENAI_API_KEY", DEFAULT_KEY);
    let output = beginner.answers(
        &[
            "--directory",
            "taken",
            "--model-url",
            &beginner.model(),
            "--model",
            "simulated",
        ],
        &[],
    );
    let said = beginner.told(output);
    assert!(
        said.contains("kaiwa: taken can't be written (") && said.ends_with("exit code 2"),
        "{said}"
    );
    assert_eq!(beginner.files(), ["taken"]);
}
