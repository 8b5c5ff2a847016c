//! The bot as a process of its own: where its binary is, how it is started, what it costs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

/// Ticks a second in `/proc/PID/stat`: Linux shows this number to programs whatever its own is.
const TICKS: f64 = 100.0;

/// The `kaiwa` that was built beside this program.
///
/// # Errors
/// When it is not there.
pub(crate) fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe().context("where this program is")?;
    let name = format!("kaiwa{}", std::env::consts::EXE_SUFFIX);
    let binary = own.with_file_name(name);
    if !binary.is_file() {
        bail!(
            "there is no kaiwa beside this program ({}). Build it first: cargo build --release -p kaiwa",
            binary.display()
        );
    }
    Ok(binary)
}

/// A running bot; it is killed when dropped.
#[derive(Debug)]
pub(crate) struct Bot {
    process: Child,
}

impl Bot {
    /// Starts it with nothing in its environment but these settings.
    pub(crate) fn start(
        binary: &Path,
        data: &TempDir,
        settings: &[(&str, String)],
    ) -> Result<Self> {
        let process = Command::new(binary)
            .arg("run")
            .current_dir(data.path())
            .env_clear()
            .env("KAIWA_DATA_DIR", data.path())
            .env("KAIWA_LOG", "error")
            .env("KAIWA_LANGUAGE", "en")
            .env("KAIWA_MODEL", "simulated")
            // A title is one more request of a thread, which the figures of an answer are not to hold.
            .env("KAIWA_THREAD_TITLES", "false")
            .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        Ok(Self { process })
    }

    /// Seconds of processor time that it has used so far, in all its threads, also those that have ended.
    pub(crate) fn processor(&self) -> Result<f64> {
        let stat = self.read("stat")?;
        // The name in brackets may hold anything, spaces too: what counts comes after it.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks = |field: usize| -> Result<f64> {
            let text = fields.split_whitespace().nth(field);
            Ok(text.context("a field of /proc/PID/stat")?.parse()?)
        };
        // The 14th and 15th of the page proc(5), in user and in kernel mode; the 3rd is the first here.
        Ok((ticks(11)? + ticks(12)?) / TICKS)
    }

    /// Bytes of memory that it holds.
    pub(crate) fn memory(&self) -> Result<f64> {
        let status = self.read("status")?;
        let kibibytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next())
            .context("VmRSS in /proc/PID/status")?;
        Ok(kibibytes.parse::<f64>()? * 1024.0)
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.process.id());
        fs::read_to_string(&path).with_context(|| format!("reading {path}"))
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // It may have ended by itself, and what it leaves in a directory of ours goes with that.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
