//! The table: what was measured, what is possible, what is to be reached, and by how much it is missed.

use std::{fmt, fs};

use serde_json::{Value, json};

/// One figure.
#[derive(Debug)]
pub(crate) struct Row {
    /// What it is.
    pub what: String,
    /// What was measured.
    pub measured: f64,
    /// Of what, such as `ms`.
    pub unit: &'static str,
    /// What is physically possible, where that is more than nothing.
    pub limit: Option<f64>,
    /// The most that is allowed; infinite for a figure that only explains another.
    pub reach: f64,
    /// How many values the figure is the median (or the worst, where `what` says so) of.
    pub samples: usize,
}

impl Row {
    fn reached(&self) -> bool {
        self.measured <= self.reach
    }

    fn ratio(&self) -> Option<f64> {
        self.limit
            .filter(|limit| *limit > 0.0)
            .map(|limit| self.measured / limit)
    }

    fn verdict(&self) -> String {
        if self.reach.is_infinite() {
            "explains".to_owned()
        } else if self.reached() {
            "reached".to_owned()
        } else if self.reach > 0.0 {
            let over = self.measured - self.reach;
            format!(
                "missed by {} ({:.2} times)",
                number(over),
                self.measured / self.reach
            )
        } else {
            format!("missed by {}", number(self.measured))
        }
    }

    fn json(&self) -> Value {
        json!({
            "what": self.what, "measured": self.measured, "unit": self.unit, "limit": self.limit,
            "ratio_to_limit": self.ratio(), "reach": self.reach, "reached": self.reached(),
            "samples": self.samples,
        })
    }
}

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Report {
    quick: bool,
    lines: Vec<(String, Result<Vec<Row>, String>)>,
}

impl Report {
    /// An empty one.
    pub(crate) fn new(quick: bool) -> Self {
        Self {
            quick,
            lines: Vec::new(),
        }
    }

    /// Adds the figures of a line.
    pub(crate) fn rows(&mut self, name: &str, rows: Vec<Row>) {
        self.lines.push((name.to_owned(), Ok(rows)));
    }

    /// Adds that a line could not be measured, and why.
    pub(crate) fn failed(&mut self, name: &str, why: String) {
        self.lines.push((name.to_owned(), Err(why)));
    }

    /// Whether a line could not be measured.
    pub(crate) fn has_failed(&self) -> bool {
        self.lines.iter().any(|(_, line)| line.is_err())
    }

    /// All of it as JSON.
    pub(crate) fn json(&self) -> String {
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|(name, line)| match line {
                Ok(rows) => {
                    json!({ "name": name, "rows": rows.iter().map(Row::json).collect::<Value>() })
                }
                Err(why) => json!({ "name": name, "failed": why }),
            })
            .collect();
        let report = json!({ "machine": machine(), "quick": self.quick, "lines": lines });
        format!("{report:#}\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", machine())?;
        if self.quick {
            writeln!(out, "quick: smaller numbers, not for publishing")?;
        }
        writeln!(
            out,
            "\n| line | what | measured | possible | ratio | reach | verdict |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
        for (name, line) in &self.lines {
            match line {
                Ok(rows) => rows.iter().try_for_each(|row| write_row(out, name, row))?,
                Err(why) => writeln!(out, "| {name} | not measured: {why} | | | | | missed |")?,
            }
        }
        Ok(())
    }
}

fn write_row(out: &mut fmt::Formatter<'_>, name: &str, row: &Row) -> fmt::Result {
    let limit = row.limit.map_or_else(String::new, number);
    let ratio = row
        .ratio()
        .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
    writeln!(
        out,
        "| {name} | {} (n = {}) | {} {} | {limit} | {ratio} | {} | {} |",
        row.what,
        row.samples,
        number(row.measured),
        row.unit,
        number(row.reach),
        row.verdict(),
    )
}

/// A figure with as many digits as say something.
fn number(value: f64) -> String {
    if value.is_infinite() {
        String::new()
    } else if value.abs() >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// The machine without its name: cores, memory and kernel.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kibibytes| kibibytes.parse::<u64>().ok())
        .unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // What comes after the numbers is the builder's own.
    let kernel = kernel.trim().split('-').next().unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    format!(
        "{cores} cores, {} GiB of memory, Linux {kernel}, load {load} at the end",
        memory / (1024 * 1024)
    )
}
