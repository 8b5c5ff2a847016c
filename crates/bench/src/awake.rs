//! Keeps the processors awake while something is measured.
//!
//! A bot waits most of the time, and a processor that has nothing to do falls asleep and slows its clock down: the first
//! steps after it wakes take twice as long, and what was measured is the machine's care for power. So on each processor a
//! loop runs that gives way to everybody at once (Linux' `SCHED_IDLE`).

use std::{
    fs, io,
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
    /// Starts a loop on each processor, with `taskset` and `chrt` of util-linux.
    ///
    /// # Errors
    /// When there are no such programs, or this one can't be found.
    pub(crate) fn keep() -> Result<Self> {
        let own = std::env::current_exe().context("where this program is")?;
        let mut awake = Self { loops: Vec::new() };
        for processor in processors()? {
            let one = Command::new("taskset")
                .args(["--cpu-list", &processor.to_string(), "chrt", "--idle", "0"])
                .arg(&own)
                .arg("--loop")
                .stdin(Stdio::piped())
                .spawn()
                .context(
                    "starting taskset, by which the processors are kept awake (or measure with --asleep)",
                )?;
            awake.loops.push(one);
        }
        Ok(awake)
    }

    /// Makes sure that they still run.
    ///
    /// # Errors
    /// When one of them has ended.
    pub(crate) fn ran(&mut self) -> Result<()> {
        for one in &mut self.loops {
            if let Some(status) = one.try_wait()? {
                bail!(
                    "a loop that kept a processor awake has ended ({status}); measure with --asleep instead"
                );
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
    // Nothing that tells the processor, or the machine that it is a part of, to rest.
    loop {
        std::hint::black_box(());
    }
}

/// The numbers of the processors that this program may use.
fn processors() -> Result<Vec<usize>> {
    let status = fs::read_to_string("/proc/self/status").context("reading /proc/self/status")?;
    let allowed = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let mut processors = Vec::new();
    for range in allowed.unwrap_or_default().trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse()?, last.parse()?);
        processors.extend(first..=last);
    }
    Ok(processors)
}
