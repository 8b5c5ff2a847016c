//! What the bot logs during a story, kept so that the end can ask whether all of it was expected.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use tokio::sync::watch;
use tracing::{Event, Level, Subscriber, field::Visit, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

/// The log of one story. Stories run on one thread each, and the log is that thread's.
#[derive(Clone, Default)]
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<(Level, String)>>>,
    expected: Arc<Mutex<Vec<String>>>,
    breaks: Arc<Mutex<Vec<String>>>,
    count: Arc<watch::Sender<usize>>,
}

impl Log {
    /// Captures what is logged on this thread until the guard is dropped.
    pub(super) fn capture() -> (Self, DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::registry().with(log.clone());
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// A warning or an error with these words is part of the story.
    pub(crate) fn expects(&self, words: &str) {
        self.expected.lock().unwrap().push(words.to_owned());
    }

    /// What next logs these words breaks off there, as if by a fault of its own.
    pub(crate) fn breaks_at(&self, words: &str) {
        self.breaks.lock().unwrap().push(words.to_owned());
    }

    /// Waits until something with these words is logged, and gives the line.
    pub(super) async fn until(&self, words: &str) -> String {
        let mut count = self.count.subscribe();
        loop {
            count.borrow_and_update();
            let found = self.all().into_iter().find(|line| line.contains(words));
            if let Some(line) = found {
                return line;
            }
            // The sender lives as long as this log.
            let _ = count.changed().await;
        }
    }

    /// Waits until more than so many lines have one of these words, and gives their number.
    pub(super) async fn until_more(&self, than: usize, words: &[&str]) -> usize {
        let mut count = self.count.subscribe();
        loop {
            count.borrow_and_update();
            let lines = self.all();
            let found = lines
                .iter()
                .filter(|line| words.iter().any(|words| line.contains(words)))
                .count();
            if found > than {
                return found;
            }
            // The sender lives as long as this log.
            let _ = count.changed().await;
        }
    }

    /// All that was logged.
    pub(crate) fn all(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap()
            .iter()
            .map(|(level, line)| format!("{level} {line}"))
            .collect()
    }

    /// Warnings and errors that nobody expected.
    pub(super) fn unexpected(&self) -> Vec<String> {
        let expected = self.expected.lock().unwrap();
        let lines = self.lines.lock().unwrap();
        lines
            .iter()
            .filter(|(level, line)| {
                *level <= Level::WARN && !expected.iter().any(|words| line.contains(words))
            })
            .map(|(level, line)| format!("{level} {line}"))
            .collect()
    }
}

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let ours = metadata.target().starts_with("kaiwa");
        if *metadata.level() > Level::INFO || !ours && *metadata.level() > Level::WARN {
            return;
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        let line = format!("{}:{}", metadata.target(), line.0);
        let breaks = {
            let mut breaks = self.breaks.lock().unwrap();
            let at = breaks.iter().position(|words| line.contains(words));
            at.map(|at| breaks.remove(at))
        };
        self.lines.lock().unwrap().push((*metadata.level(), line));
        self.count.send_modify(|count| *count += 1);
        if let Some(words) = breaks {
            panic!("a story breaks off at {words:?}");
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
