//! The real binary while it runs, and how it ends.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_until_it_is_told_to_stop_and_keeps_secrets() {
    let sim = Sim::start(World::default(), "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    // As much as can be said: what libraries say is part of the log too.
    let user = ready(&sim).with("KAIWA_LOG", "trace");
    let mut bot = Running::start(&user);
    bot.until("is online");

    sim.model().answers(["The answer is cerulean."]);
    let (asked, channel) = sim.world(|world| {
        let ada = world.user_named("ada").unwrap().id;
        let channel = world.channel_named("general").unwrap().id;
        (
            world
                .say(ada, channel, "@kaiwa which color is vermilion not?")
                .unwrap(),
            channel,
        )
    });
    let answered = sim.until(|world| {
        let messages = world.messages.get(&asked)?;
        messages
            .values()
            .any(|message| message.content == "The answer is cerulean.")
            .then_some(())
    });
    tokio::time::timeout(std::time::Duration::from_secs(20), answered)
        .await
        .unwrap();
    assert_ne!(asked, channel);
    let log = bot.stop();

    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        // Of a library's lines only the fields may say something.
        let ours = line["target"]
            .as_str()
            .is_some_and(|target| target.starts_with("kaiwa"));
        assert!(
            line["level"].is_string() && (line["message"].is_string() || !ours),
            "{line}"
        );
    }
    assert!(
        log.contains("\"DEBUG\"") && log.contains("Stopped; every answer is finished."),
        "{log}"
    );
    let token = sim.world(|world| world.bots.values().next().unwrap().token.clone());
    for secret in [token.as_str(), DEFAULT_KEY, "cerulean", "vermilion"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    is_private(&user.home.path().join(".local/share/kaiwa"));
}

/// The data is readable by its owner alone.
fn is_private(data: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(data), 0o700);
    let files: Vec<_> = std::fs::read_dir(data)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert!(files.contains(&data.join("kaiwa.db")), "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_health_can_be_asked_without_a_port() {
    let sim = Sim::start(World::default(), "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let user = ready(&sim);
    let asks = || user.runs(&["health"]).status.code();
    assert_eq!(asks(), Some(1), "it isn't running");
    let mut bot = Running::start(&user);
    bot.until("is online");
    // The file is written beside the line in the log.
    let began = std::time::Instant::now();
    while asks() != Some(0) {
        assert!(began.elapsed().as_secs() < 20, "it gives no sign of life");
    }
    bot.stop();
    assert_eq!(asks(), Some(1), "it has stopped");
    // It wants neither token nor key, but settings that can be read.
    let fresh = User::new();
    assert_eq!(fresh.runs(&["health"]).status.code(), Some(1));
    let missing = ["health", "--config", "missing.toml"];
    assert_eq!(fresh.runs(&missing).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_as_much_as_it_is_told_to() {
    let sim = Sim::start(World::default(), "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let user = ready(&sim).with("KAIWA_LOG", "error");
    let bot = Running::start(&user);
    let online = sim.until(|_| (!sim.shared().gateway.sessions().is_empty()).then_some(()));
    tokio::time::timeout(std::time::Duration::from_secs(20), online)
        .await
        .unwrap();
    assert_eq!(bot.stop(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_discord_ends_it_with_code_two() {
    let sim = Sim::start(World::default(), "127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    sim.world(|world| world.bots.values_mut().next().unwrap().flags = 0);
    let output = ready(&sim).runs(&["run"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("\nkaiwa: Discord refuses the connection because this application's Message Content Intent is off."), "{said}");
}

#[tokio::test]
async fn the_simulator_says_where_it_is_and_what_to_set() {
    let user = User::new();
    let mut child = user
        .command(&["sim", "--listen", "127.0.0.1:0"])
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("Ctrl-C") {
        assert!(out.read_line(&mut said).unwrap() > 0, "it ended:\n{said}");
    }
    let value = |name: &str| {
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {name}:\n{said}"))
            .to_owned()
    };
    let (url, token) = (value("KAIWA_DISCORD_URL"), value("DISCORD_TOKEN"));
    assert_eq!(value("OPENAI_BASE_URL"), format!("{url}/v1"));
    assert_eq!(value("OPENAI_API_KEY"), DEFAULT_KEY);
    let http = kaiwa_bot::http::http_client().unwrap();
    let answer = http
        .get(format!("{url}/api/v10/gateway/bot"))
        .header("Authorization", format!("Bot {token}"))
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
    terminate(&child);
    assert!(child.wait().unwrap().success());

    let output = user.runs(&["sim", "--listen", "192.0.2.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("--listen 127.0.0.1:0")
    );
}
