//! The bot's process: started, listened to, ended and started again, as the page orders.

use std::{
    ffi::OsString,
    io::{self, BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use kaiwa_bot::{config::this_program, store::held};
use kaiwa_sim::page::{Held, Order, Program};
use tokio::sync::mpsc;

use crate::arguments::UNTIL_STDIN_CLOSES;

/// So long after it was killed it is started again: long enough to see that it is gone.
const PAUSE: Duration = Duration::from_secs(2);
/// So often it is looked at whether it still runs.
const LOOK: Duration = Duration::from_millis(50);
/// So long it gets to end where everything ends; what is live then is forgotten with the rest.
const LEAVE: Duration = Duration::from_secs(5);
/// The exit code that says that the operator has to change something.
const NEEDS_OPERATOR: i32 = 2;

/// So often it is counted what its store holds.
const COUNT: Duration = Duration::from_secs(1);

/// Tells the page what the store in `data_dir` holds, for as long as this is awaited.
pub(super) async fn count(data_dir: &Path, program: &Program) {
    loop {
        // A store that isn't there yet, or is busy, is counted the next time.
        if let Ok(Some(held)) = held(data_dir).await {
            let turns = held.turns.into_iter();
            program.holds(Held {
                counts: vec![
                    ("conversations", held.conversations),
                    ("messages", held.messages),
                    ("erased", held.erased),
                    ("versions", held.versions),
                ],
                turns: turns
                    .map(|turn| (turn.ask.to_string(), turn.state, turn.version))
                    .collect(),
            });
        }
        tokio::time::sleep(COUNT).await;
    }
}

/// How the bot is started.
pub(super) struct Bot {
    /// The file of settings.
    pub(super) config: Option<PathBuf>,
    /// Its settings beside those of this process.
    pub(super) environment: Vec<(&'static str, OsString)>,
}

/// Why it can't be kept running.
pub(super) enum Ended {
    /// It ended by itself, for a reason that it said and that a new start doesn't change.
    Said(String),
    /// The operating system doesn't start it.
    NotStarted(io::Error),
}

/// What came to pass while it ran.
enum Happened {
    Ended(Option<i32>),
    Ordered(Order),
    Told,
}

impl Bot {
    /// Keeps it running as it is ordered, until `told` is told to stop; then it gets time to finish.
    pub(super) async fn keep(
        self,
        program: Program,
        mut orders: mpsc::UnboundedReceiver<Order>,
        told: impl Future<Output = ()>,
    ) -> Result<(), Ended> {
        tokio::pin!(told);
        let start = || self.start(&program).map(Running).map_err(Ended::NotStarted);
        let mut running = Some(start()?);
        let mut wanted = true;
        loop {
            let happened = match &mut running {
                Some(child) => tokio::select! {
                    status = child.ended() => Happened::Ended(status.code()),
                    Some(order) = orders.recv() => Happened::Ordered(order),
                    () = &mut told => Happened::Told,
                },
                None => tokio::select! {
                    Some(order) = orders.recv() => Happened::Ordered(order),
                    () = &mut told => Happened::Told,
                    () = tokio::time::sleep(PAUSE), if wanted => Happened::Ordered(Order::Start),
                },
            };
            match happened {
                Happened::Ended(code) => {
                    running = None;
                    program.ended();
                    if code == Some(NEEDS_OPERATOR) {
                        return Err(Ended::Said(program.last_words()));
                    }
                }
                Happened::Ordered(Order::Start) => {
                    wanted = true;
                    if running.is_none() {
                        running = Some(start()?);
                    }
                }
                Happened::Ordered(Order::Stop) => {
                    wanted = false;
                    if let Some(child) = &mut running {
                        child.ask_to_stop();
                    }
                }
                Happened::Ordered(Order::Kill) => {
                    wanted = true;
                    if let Some(child) = &mut running {
                        // One that has just ended can't be killed, which is as good.
                        let _ = child.0.kill();
                    }
                }
                Happened::Told => {
                    if let Some(mut child) = running {
                        child.ask_to_stop();
                        // Nobody is left to read what it would still finish.
                        let _ = tokio::time::timeout(LEAVE, child.ended()).await;
                        program.ended();
                    }
                    return Ok(());
                }
            }
        }
    }

    fn start(&self, program: &Program) -> io::Result<Child> {
        let mut command = Command::new(this_program()?);
        command.arg("run").arg(format!("--{UNTIL_STDIN_CLOSES}"));
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        for (name, value) in &self.environment {
            command.env(name, value);
            // A file with another one would contradict what it is given here.
            command.env_remove(format!("{name}_FILE"));
            if let Some(short) = name.strip_prefix("KAIWA_") {
                command.env_remove(format!("{short}_FILE"));
            }
        }
        command
            .env("KAIWA_LOG_FORMAT", "pretty")
            // The other end is held by the child that comes back: where this process is killed, the bot ends too.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        program.started();
        if let Some(out) = child.stdout.take() {
            listen(out, program.clone());
        }
        if let Some(errors) = child.stderr.take() {
            listen(errors, program.clone());
        }
        Ok(child)
    }
}

/// The process. It ends when nobody holds it any more.
struct Running(Child);

impl Running {
    /// Waits until it has ended.
    async fn ended(&mut self) -> ExitStatus {
        loop {
            match self.0.try_wait() {
                Ok(Some(status)) => return status,
                // One that can't be asked is looked at again: nothing else is known of it.
                Ok(None) | Err(_) => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// Asks it to end as an operator does. Where that can't be asked, it is ended.
    fn ask_to_stop(&mut self) {
        #[cfg(unix)]
        {
            let pid = i32::try_from(self.0.id()).ok();
            let pid = pid.and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
        }
        #[cfg(not(unix))]
        {
            let _ = self.0.kill();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already where everything went as it should.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Keeps what it says for the page; the thread ends with the process.
fn listen(from: impl Read + Send + 'static, program: Program) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            program.said(&line);
        }
    });
}
