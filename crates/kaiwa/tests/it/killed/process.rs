//! The process in a scene: it begins, is killed, and leaves its store.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use kaiwa_bot::store::Store;
use kaiwa_core::id::UserId;
use kaiwa_sim::model::DEFAULT_KEY;

use super::scene::{PATIENCE, Scene};

impl Scene {
    /// Starts a process and waits until it is online, which it says when its session is stored.
    pub(super) async fn start(&mut self) -> Result<(), String> {
        let before = self.times_online();
        self.spawn();
        let mut looks = tokio::time::interval(Duration::from_millis(1));
        let online = tokio::time::timeout(PATIENCE, async {
            while self.times_online() == before {
                looks.tick().await;
            }
        });
        online
            .await
            .map_err(|_| "waited in vain for the process to be online".to_owned())
    }

    /// Starts a process.
    pub(super) fn spawn(&mut self) {
        let token = self
            .sim
            .world(|world| world.bots.values().next().unwrap().token.clone());
        let process = Command::new(env!("CARGO_BIN_EXE_kaiwa"))
            .arg("run")
            .env_clear()
            .env("HOME", self.data.path())
            .env("LANG", "C")
            .env("DISCORD_TOKEN", token)
            .env("OPENAI_API_KEY", DEFAULT_KEY)
            .env("OPENAI_BASE_URL", format!("{}/v1", self.sim.url()))
            .env("KAIWA_DISCORD_URL", self.sim.url())
            .env("KAIWA_MODEL", "simulated")
            .env("KAIWA_THREAD_TITLES", self.titles.to_string())
            .env("KAIWA_DATA_DIR", self.data.path())
            .current_dir(self.data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::from(
                std::fs::File::options()
                    .create(true)
                    .append(true)
                    .open(self.data.path().join("log"))
                    .unwrap(),
            ))
            .spawn()
            .unwrap();
        self.process = Some(process);
    }

    fn times_online(&self) -> usize {
        let log = std::fs::read_to_string(self.data.path().join("log")).unwrap_or_default();
        log.matches("is online").count()
    }

    /// Lets the process finish what it does.
    pub(super) async fn terminate(&mut self) {
        if let Some(mut process) = self.process.take() {
            let ended = tokio::task::spawn_blocking(move || {
                let told = Command::new("kill").arg(process.id().to_string()).status();
                assert!(told.unwrap().success());
                process.wait().unwrap()
            });
            assert!(ended.await.unwrap().success());
        }
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It has ended already where it broke.
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Whether the dead process has left something to be answered: a turn in its store, or a question that it did not
    /// come to store. A copy is looked at, so that the next process finds the store exactly as the dead one left it.
    pub(super) async fn is_unfinished(&self, place: u64, prepared: Option<(u64, u64)>) -> bool {
        let copy = tempfile::tempdir().unwrap();
        for name in ["kaiwa.db", "kaiwa.db-wal"] {
            let left = self.data.path().join(name);
            if left.exists() {
                std::fs::copy(left, copy.path().join(name)).unwrap();
            }
        }
        let bot = self.sim.world(|world| *world.bots.keys().next().unwrap());
        let store = Store::open(copy.path(), UserId(bot)).await.unwrap();
        let unfinished = !store.unfinished().await.unwrap().is_empty();
        store.close().await;
        unfinished || self.said(place, prepared).is_empty()
    }

    pub(super) fn log_file(&self) -> PathBuf {
        self.data.path().join("kaiwa.db-wal")
    }

    pub(super) fn log_length(&self) -> u64 {
        length(&self.log_file())
    }
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len())
}

/// Waits until a file has grown so often. Any moment is a good one to be killed at: how finely it looks doesn't matter.
pub(super) async fn grows(file: &Path, from: u64, times: usize) {
    let mut known = from;
    let mut left = times;
    let mut looks = tokio::time::interval(Duration::from_millis(1));
    while left > 0 {
        looks.tick().await;
        let now = length(file);
        if now != known {
            known = now;
            left -= 1;
        }
    }
}
