//! The real binary, as its first user meets it: what it prints, what it leaves on the disk, how it ends.

mod running;

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use insta::assert_snapshot;
use kaiwa_sim::{Sim, World, model::DEFAULT_KEY};
use tempfile::TempDir;

/// A user's home directory, and nothing else of an environment.
pub(crate) struct User {
    pub(crate) home: TempDir,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl User {
    pub(crate) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        std::fs::write(self.home.path().join(name), content).unwrap();
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kaiwa"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn runs(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What it is told where it can't start.
    pub(crate) fn is_told(&self, arguments: &[&str]) -> String {
        let output = self.runs(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(output.stdout.is_empty());
        said
    }
}

/// A running bot. It ends with its test.
pub(crate) struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
    read: String,
}

impl Running {
    pub(crate) fn start(user: &User) -> Self {
        let mut child = user.command(&["run"]).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self {
            child,
            log,
            read: String::new(),
        }
    }

    pub(crate) fn until(&mut self, words: &str) {
        while !self.read.contains(words) {
            let length = self.log.read_line(&mut self.read).unwrap();
            assert!(length > 0, "it ended without {words:?}:\n{}", self.read);
        }
    }

    /// Stops it as a supervisor does; gives all that it logged.
    pub(crate) fn stop(mut self) -> String {
        terminate(&self.child);
        self.log.read_to_string(&mut self.read).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}:\n{}", self.read);
        std::mem::take(&mut self.read)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn terminate(child: &Child) {
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.unwrap().success());
}

/// A user with what it takes to run against a simulator; the token is in a file, as people write files.
pub(crate) fn ready(sim: &Sim) -> User {
    let token = sim.world(|world| world.bots.values().next().unwrap().token.clone());
    User::new()
        .file("token", &format!("{token}\n"))
        .with("DISCORD_TOKEN_FILE", "token")
        .with("OPENAI_API_KEY", DEFAULT_KEY)
        .with("OPENAI_BASE_URL", format!("{}/v1", sim.url()))
        .with("KAIWA_DISCORD_URL", sim.url())
        .with("KAIWA_MODEL", "simulated")
}

#[test]
fn help_says_what_there_is() {
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["init", "--help"],
        &["doctor", "--help"],
        &["play", "--help"],
        &["sim", "--help"],
    ] {
        let output = User::new().runs(arguments);
        assert!(output.status.success());
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Usage: kaiwa"), "{help}");
        assert!(
            help.lines().all(|line| line.chars().count() <= 140),
            "{help}"
        );
    }
    let help = User::new().with("LANG", "ja_JP.UTF-8").runs(&["--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    for words in [
        "使い方: kaiwa",
        "コマンド:",
        "シミュレーター",
        "オプション:",
    ] {
        assert!(help.contains(words), "{help}");
    }
    assert!(!help.contains("Usage") && !help.contains("Print"), "{help}");
    let version = User::new().runs(&["--version"]).stdout;
    assert_eq!(
        String::from_utf8(version).unwrap(),
        concat!("kaiwa ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn help_is_given_by_the_word_too() {
    let said = |line: &[&str]| String::from_utf8(User::new().runs(line).stdout).unwrap();
    assert_eq!(said(&["help"]), said(&["--help"]));
    assert_eq!(said(&["help", "run"]), said(&["run", "--help"]));
}

#[test]
fn a_command_line_that_is_wrong_is_told_in_the_readers_language() {
    // A token in the wrong place is not repeated.
    let lines: [&[&str]; 11] = [
        &["pley"],
        &["play", "--lisen", "127.0.0.1:0"],
        &["play", "--listen", "4000"],
        &["play", "--listen"],
        &["play", "--guide", "--local-model"],
        &["init", "--language", "fr"],
        &["doctor", "--user", "1"],
        &["doctor", "--json", "--json"],
        &["completions"],
        &[
            "init",
            "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        ],
        &[
            "run",
            "--token=MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        ],
    ];
    let told = |locale: &str| {
        let user = User::new().with("LANG", locale);
        let said = lines.iter().map(|line| {
            let said = user.is_told(line);
            let kept = said.lines().filter(|line| !line.is_empty());
            kept.map(str::to_owned).collect::<Vec<_>>().join("\n  ")
        });
        said.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(told("C"), @r"
    kaiwa: There is no command `pley`. Did you mean `play`?
      Usage: kaiwa <COMMAND>
      See `--help`.
    kaiwa: `--lisen` is not expected here. Did you mean `--listen`?
      Usage: kaiwa play --listen <ADDRESS>
      See `--help`.
    kaiwa: `--listen <ADDRESS>` can't be `4000`. Write it like `127.0.0.1:4000`.
      See `--help`.
    kaiwa: `--listen <ADDRESS>` needs a value.
      See `--help`.
    kaiwa: `--guide` can't be used with `--local-model [<MODEL>]`.
      Usage: kaiwa play --guide
      See `--help`.
    kaiwa: `--language <LANGUAGE>` can't be `fr`. It takes `en` or `ja`.
      See `--help`.
    kaiwa: `--channel <ID>` is missing.
      Usage: kaiwa doctor --channel <ID> --user <ID>
      See `--help`.
    kaiwa: `--json` can be given only once.
      Usage: kaiwa doctor [OPTIONS]
      See `--help`.
    kaiwa: `<SHELL>` is missing.
      Usage: kaiwa completions <SHELL>
      See `--help`.
    kaiwa: `***` is not expected here. What may be a secret is not shown. Tokens and keys are read from files and from the environment, not from the command line.
      Usage: kaiwa init [OPTIONS]
      See `--help`.
    kaiwa: `--token` is not expected here.
      Usage: kaiwa run [OPTIONS]
      See `--help`.
    ");
    assert_snapshot!(told("ja_JP.UTF-8"), @r"
    kaiwa: `pley`というコマンドはありません。`play`ではありませんか？
      使い方: kaiwa <COMMAND>
      `--help`で説明を表示できます。
    kaiwa: ここに`--lisen`は書けません。`--listen`ではありませんか？
      使い方: kaiwa play --listen <ADDRESS>
      `--help`で説明を表示できます。
    kaiwa: `--listen <ADDRESS>`に`4000`は指定できません。`127.0.0.1:4000`のように書きます。
      `--help`で説明を表示できます。
    kaiwa: `--listen <ADDRESS>`には値が必要です。
      `--help`で説明を表示できます。
    kaiwa: `--guide`は`--local-model [<MODEL>]`と一緒には使えません。
      使い方: kaiwa play --guide
      `--help`で説明を表示できます。
    kaiwa: `--language <LANGUAGE>`に`fr`は指定できません。指定できるのは`en`、`ja`です。
      `--help`で説明を表示できます。
    kaiwa: `--channel <ID>`が必要です。
      使い方: kaiwa doctor --channel <ID> --user <ID>
      `--help`で説明を表示できます。
    kaiwa: `--json`は一度しか指定できません。
      使い方: kaiwa doctor [OPTIONS]
      `--help`で説明を表示できます。
    kaiwa: `<SHELL>`が必要です。
      使い方: kaiwa completions <SHELL>
      `--help`で説明を表示できます。
    kaiwa: ここに`***`は書けません。トークンやAPIキーかもしれない文字列は表示していません。トークンやキーは、コマンドラインではなく、ファイルか環境変数で指定してください。
      使い方: kaiwa init [OPTIONS]
      `--help`で説明を表示できます。
    kaiwa: ここに`--token`は書けません。
      使い方: kaiwa run [OPTIONS]
      `--help`で説明を表示できます。
    ");
}

#[test]
fn completions_and_manual_come_from_the_same_definitions() {
    let user = User::new().with("LANG", "C");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = user.runs(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && script.contains("doctor"),
            "{shell}"
        );
        // What play tells the bot is nothing to be typed.
        assert!(!script.contains("stdin"), "{shell}");
    }
    let page = String::from_utf8(user.runs(&["man"]).stdout).unwrap();
    assert!(
        page.contains(".TH kaiwa 1") && page.contains("Prints completions for a shell"),
        "{page}"
    );
    assert!(user.runs(&["man", "man1"]).status.success());
    let page = std::fs::read_to_string(user.home.path().join("man1/kaiwa-doctor.1")).unwrap();
    assert!(page.contains("Exit code: 0 all is well"), "{page}");
}

#[test]
fn without_a_setting_it_says_what_to_do() {
    assert_snapshot!(User::new().with("LANG", "C").is_told(&["run"]), @r"
    kaiwa: No Discord token is set. Get one at https://discord.com/developers/applications -> New Application -> Bot -> Reset Token, turn on Message Content Intent on the same page, and give the token as DISCORD_TOKEN in the environment, as discord_token in kaiwa.toml, or in a file that DISCORD_TOKEN_FILE names. kaiwa init asks for all that is needed; kaiwa play needs nothing.
    No OpenAI key is set. Get one at https://platform.openai.com/api-keys and give it as OPENAI_API_KEY in the environment, as openai_api_key in kaiwa.toml, or in a file that OPENAI_API_KEY_FILE names. For a model of your own, set OPENAI_BASE_URL instead, for example http://localhost:11434/v1
    ");
    assert_snapshot!(User::new().with("LANG", "ja_JP.UTF-8").is_told(&["run"]), @r"
    kaiwa: Discordのトークンが設定されていません。https://discord.com/developers/applications → New Application → Bot → Reset Tokenで取得し、同じページでMessage Content Intentをオンにしてください。トークンは、環境変数DISCORD_TOKEN、kaiwa.tomlのdiscord_token、DISCORD_TOKEN_FILEが指すファイルのいずれかで渡します。kaiwa initなら必要なものを順に尋ねます。kaiwa playなら何も要りません。
    OpenAIのAPIキーが設定されていません。https://platform.openai.com/api-keys で取得し、環境変数OPENAI_API_KEY、kaiwa.tomlのopenai_api_key、OPENAI_API_KEY_FILEが指すファイルのいずれかで渡してください。手元のモデルを使う場合は、代わりにOPENAI_BASE_URLを設定します。例：http://localhost:11434/v1
    ");
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_what_to_write() {
    let user = User::new()
        .with("DISCORD_TOKEN", "secret.of.discord")
        .with("OPENAI_API_KEY", "sk-secret")
        .file(
            "kaiwa.toml",
            "sytem_prompt = \"Be kind.\"\n\ndrain_seconds = \"soon\"\n",
        );
    let said = user.is_told(&["run"]);
    assert_snapshot!(said, @r#"
    kaiwa: kaiwa.toml, line 1: "sytem_prompt" is not a setting. Did you mean system_prompt?
    kaiwa.toml, line 3: drain_seconds can't be "soon". It takes a whole number from 0 to 3600, without quotes. Write, for example, drain_seconds = 30
    "#);

    let user = User::new()
        .with("DISCORD_TOKEN", "secret.of.discord")
        .with("DISCORD_TOKEN_FILE", "token")
        .with("OPENAI_API_KEY", "sk-secret")
        .with("KAIWA_LOG", "kaiwa=loud");
    let said = user.is_told(&["run", "--config", "missing.toml"]);
    assert_snapshot!(said, @r"
    kaiwa: environment: DISCORD_TOKEN and DISCORD_TOKEN_FILE are both set. Keep one of them and remove the other.
    environment: KAIWA_LOG can't be kaiwa=loud. It takes a level (error, warn, info, debug or trace), or levels by part such as warn,kaiwa_bot=debug. Write, for example, KAIWA_LOG=info
    there is no file missing.toml. Check the path, or create it.
    ");
    assert!(!said.contains("secret"));
}
