//! The table: what was measured, what is possible, what is to be reached, and by how much it is missed.

use std::{fmt, fs};

use serde_json::{Value, json};

use crate::statistics::count;

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

    fn cells(&self, name: &str) -> [String; 7] {
        [
            name.to_owned(),
            format!("{} (n = {})", self.what, self.samples),
            format!("{} {}", number(self.measured), self.unit),
            self.limit.map_or_else(String::new, number),
            self.ratio()
                .map_or_else(String::new, |ratio| format!("{ratio:.2}")),
            number(self.reach),
            self.verdict(),
        ]
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
    /// Whether the processors could fall asleep in between.
    asleep: bool,
    /// How busy the machine was before anything was measured.
    load: String,
    lines: Vec<(String, Result<Vec<Row>, String>)>,
}

impl Report {
    /// An empty one.
    pub(crate) fn new(quick: bool, asleep: bool) -> Self {
        Self {
            quick,
            asleep,
            load: load(),
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
        let report = json!({
            "machine": machine(), "load_before": self.load, "quick": self.quick, "asleep": self.asleep, "lines": lines,
        });
        format!("{report:#}\n")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cores = cores();
        let kept = match self.asleep {
            true => "processors fell asleep when idle",
            false => "processors kept awake",
        };
        writeln!(out, "{}, load {} before, {kept}", machine(), self.load)?;
        if self.quick {
            writeln!(out, "quick: smaller numbers, not for publishing")?;
        }
        let busy = |load: &str| {
            load.parse::<f64>()
                .is_ok_and(|load| load > count(cores) / 2.0)
        };
        if busy(&self.load) {
            writeln!(
                out,
                "other programs were busy before it began: milliseconds are too long"
            )?;
        }
        writeln!(out)?;
        let head = [
            "line", "what", "measured", "possible", "ratio", "reach", "verdict",
        ];
        let mut table = vec![head.map(str::to_owned)];
        for (name, line) in &self.lines {
            match line {
                Ok(rows) => table.extend(rows.iter().map(|row| row.cells(name))),
                Err(why) => table.push(
                    [
                        name,
                        &format!("not measured: {why}"),
                        "",
                        "",
                        "",
                        "",
                        "missed",
                    ]
                    .map(str::to_owned),
                ),
            }
        }
        write_table(out, &table)
    }
}

/// A table in Markdown, its columns aligned for those who read it as it is.
fn write_table(out: &mut fmt::Formatter<'_>, table: &[[String; 7]]) -> fmt::Result {
    let mut widths = [0; 7];
    for row in table {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    for (number, row) in table.iter().enumerate() {
        for (width, cell) in widths.iter().zip(row) {
            write!(out, "| {cell:width$} ")?;
        }
        writeln!(out, "|")?;
        if number == 0 {
            widths
                .iter()
                .try_for_each(|width| write!(out, "|{:-<1$}", "", width + 2))?;
            writeln!(out, "|")?;
        }
    }
    Ok(())
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
    let (cores, memory) = (cores(), memory / (1024 * 1024));
    format!("{cores} cores, {memory} GiB of memory, Linux {kernel}")
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, std::num::NonZero::get)
}

/// How many programs wanted to run in the last minute.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    load.to_owned()
}
