//! Keeps the processors awake while something is measured.
//!
//! A bot waits most of the time, and a processor that has nothing to do falls asleep and slows its clock down: the first
//! steps after it wakes take twice as long, and what was measured is the machine's care for power. So on each processor a
//! loop runs that gives way to everybody at once (Linux' `SCHED_IDLE`).

use std::{
    io,
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::{Context as _, Result, bail};

/// Loops that keep the processors awake, until this is dropped.
#[derive(Debug)]
pub(crate) struct Awake {
    loops: Vec<Child>,
}

impl Awake {
    /// Starts a loop for each processor, with `chrt` of util-linux.
    ///
    /// # Errors
    /// When there is no such program, or this one can't be found.
    pub(crate) fn keep() -> Result<Self> {
        let own = std::env::current_exe().context("where this program is")?;
        let processors = thread::available_parallelism()?.get();
        let mut awake = Self { loops: Vec::new() };
        for _ in 0..processors {
            let one = Command::new("chrt")
                .args(["--idle", "0"])
                .arg(&own)
                .arg("--loop")
                .stdin(Stdio::piped())
                .spawn()
                .context(
                    "starting chrt, which keeps the processors awake (or measure with --asleep)",
                )?;
            awake.loops.push(one);
        }
        Ok(awake)
    }

    /// Makes sure that they ran all the while.
    ///
    /// # Errors
    /// When one of them has ended.
    pub(crate) fn ran(&mut self) -> Result<()> {
        for one in &mut self.loops {
            if let Some(status) = one.try_wait()? {
                bail!("a loop that kept a processor awake has ended ({status})");
            }
        }
        Ok(())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        for one in &mut self.loops {
            // It ends with its standard input at the latest.
            let _ = one.kill();
            let _ = one.wait();
        }
    }
}

/// Such a loop. It ends with its standard input, so that it never outlives whoever started it.
pub(crate) fn spin() -> ! {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(0);
    });
    loop {
        std::hint::spin_loop();
    }
}
