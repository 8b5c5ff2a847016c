//! A `kaiwa play` that runs, and what can be done with it from outside.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// It ends with its test.
pub(super) struct Playing {
    child: Child,
    http: reqwest::Client,
    /// Where it is, as `http://host:port`.
    pub(super) url: String,
    /// What it printed.
    pub(super) said: String,
    _home: TempDir,
}

fn command(home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kaiwa"));
    command
        .args(["play", "--no-open", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("LANG", "C")
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Playing {
    /// With the guide.
    pub(super) async fn start() -> Self {
        Self::with(&["--guide"], &[]).await
    }

    pub(super) async fn with(arguments: &[&str], environment: &[(&str, String)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = command(&home, arguments);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("Ctrl-C") {
            let length = out.read_line(&mut said).unwrap();
            assert!(length > 0, "it ended: {said}");
        }
        let from = said.find("http://").unwrap();
        let url = said[from..].split("/page/").next().unwrap().to_owned();
        let playing = Self {
            child,
            http: kaiwa_bot::http::http_client().unwrap(),
            url,
            said,
            _home: home,
        };
        let connected = json!({ "connected": 1, "timeout_ms": 60_000 });
        playing.post("/control/wait", connected).await;
        playing
    }

    /// One that can't start; what it says.
    pub(super) fn fails(arguments: &[&str], file: (&str, &str)) -> String {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(file.0), file.1).unwrap();
        let mut child = command(&home, arguments).spawn().unwrap();
        let mut told = String::new();
        let mut errors = child.stderr.take().unwrap();
        errors.read_to_string(&mut told).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(2), "{told}");
        told
    }

    pub(super) async fn get(&self, path: &str) -> String {
        let response = self.http.get(format!("{}{path}", self.url)).send().await;
        response.unwrap().text().await.unwrap()
    }

    /// A call that must work.
    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        let address = format!("{}{path}", self.url);
        let response = self.http.post(address).json(&body).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Says something; gives the message's id.
    pub(super) async fn say(&self, person: &str, channel: &str, content: &str) -> String {
        let say = json!({ "as": person, "channel": channel, "content": content });
        let said = self.post("/control/say", say).await;
        said["id"].as_str().unwrap().to_owned()
    }

    /// Waits for an answer with these words in the thread on a message; gives all that the bot said there.
    pub(super) async fn answer(&self, asked: &str, words: &str) -> String {
        let thread = json!({ "thread_on": asked, "timeout_ms": 60_000 });
        self.post("/control/wait", thread).await;
        let wait =
            json!({ "channel": asked, "author": "kaiwa", "contains": words, "timeout_ms": 60_000 });
        self.post("/control/wait", wait).await;
        let messages = self
            .get(&format!("/control/messages?channel={asked}&after=0"))
            .await;
        let messages: Vec<Value> = serde_json::from_str(&messages).unwrap();
        let texts = messages
            .iter()
            .filter(|message| message["author"]["username"] == "kaiwa")
            .filter_map(|message| message["content"].as_str());
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Kills it, with no time for anything.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as its user does.
    pub(super) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").arg(pid).status();
        assert!(killed.unwrap().success());
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
