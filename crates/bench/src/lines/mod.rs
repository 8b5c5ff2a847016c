//! The lines of the table, one a file.

mod burst;
mod crowd;
mod memory;
mod pace;
mod processor;
mod start;
mod streams;

use std::path::Path;

use anyhow::Result;

use crate::report::Row;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// As the table says.
    Full,
    /// Less of everything.
    Quick,
}

impl Scale {
    /// The number for this scale.
    pub(crate) fn of<T>(self, full: T, quick: T) -> T {
        match self {
            Self::Full => full,
            Self::Quick => quick,
        }
    }
}

/// A line, or a few that are measured together.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    /// How soon a turn does what.
    Pace,
    /// Many mentions at once.
    Burst,
    /// Many long answers at the same time.
    Streams,
    /// Messages of other people.
    Crowd,
    /// Processor time of turns.
    Processor,
    /// Memory.
    Memory,
    /// From the start of the process to ready.
    Start,
}

/// Every line by its name.
pub(crate) const LINES: [(&str, Line); 7] = [
    ("turn", Line::Pace),
    ("burst", Line::Burst),
    ("streams", Line::Streams),
    ("crowd", Line::Crowd),
    ("cpu", Line::Processor),
    ("memory", Line::Memory),
    ("start", Line::Start),
];

/// Measures a line with this binary.
///
/// # Errors
/// When what should be measured doesn't come about.
pub(crate) async fn measure(line: Line, binary: &Path, scale: Scale) -> Result<Vec<Row>> {
    match line {
        Line::Pace => Box::pin(pace::measure(binary, scale)).await,
        Line::Burst => Box::pin(burst::measure(binary, scale)).await,
        Line::Streams => Box::pin(streams::measure(binary, scale)).await,
        Line::Crowd => Box::pin(crowd::measure(binary, scale)).await,
        Line::Processor => Box::pin(processor::measure(binary, scale)).await,
        Line::Memory => Box::pin(memory::measure(binary, scale)).await,
        Line::Start => Box::pin(start::measure(binary, scale)).await,
    }
}
