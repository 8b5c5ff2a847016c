//! The helper that serves the model: a process of its own that ends with this one, however this one ends.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, ChildStderr, ChildStdin},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    LocalError,
    python::{Python, last_lines},
};

const PROGRAM: &str = include_str!("server.py");
/// How long a model may take to load: gigabytes from a slow disk.
const PATIENCE: Duration = Duration::from_secs(300);
/// So many of its last lines are told when it ends by itself.
const LINES: usize = 5;
/// How much of what it says is kept, in bytes.
const KEPT: usize = 64 * 1024;

/// A model that is served. Dropping it ends the helper.
#[derive(Debug)]
pub struct Server {
    base_url: String,
    name: String,
    child: Child,
    /// Held open as long as it is to live; waiting for the child would close it.
    _life: Option<ChildStdin>,
    said: JoinHandle<String>,
}

impl Server {
    /// Starts the helper, and waits until the model is loaded.
    pub(crate) async fn start(
        python: &Python,
        model: &Path,
        name: &str,
    ) -> Result<Self, LocalError> {
        let ended = |error: std::io::Error| LocalError::Helper {
            said: error.to_string(),
        };
        let mut child = python
            .command()
            .args(["-c", PROGRAM])
            .arg(model)
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(ended)?;
        let life = child.stdin.take();
        let said = tokio::spawn(listen(child.stderr.take()));
        let mut lines = child.stdout.take().map(|out| BufReader::new(out).lines());
        let address = timeout(PATIENCE, async {
            match &mut lines {
                Some(lines) => lines.next_line().await.ok().flatten(),
                None => None,
            }
        });
        let address = address.await.ok().flatten();
        let Some(address) = address.filter(|address| address.starts_with("http")) else {
            let _ = child.kill().await;
            return Err(LocalError::Helper {
                said: last_lines(&said.await.unwrap_or_default(), LINES),
            });
        };
        Ok(Self {
            base_url: format!("{}/v1", address.trim_end_matches('/')),
            name: name.to_owned(),
            child,
            _life: life,
            said,
        })
    }

    /// The address to which `/chat/completions` is added.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The name by which the model is asked.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Resolves when the helper ends by itself, with why.
    pub async fn ended(&mut self) -> LocalError {
        let _ = self.child.wait().await;
        let said = (&mut self.said).await.unwrap_or_default();
        LocalError::Helper {
            said: last_lines(&said, LINES),
        }
    }
}

/// Reads what the helper says to its end, and keeps the last of it.
async fn listen(said: Option<ChildStderr>) -> String {
    let Some(mut said) = said else {
        return String::new();
    };
    let (mut kept, mut bytes) = (Vec::new(), vec![0; 4096]);
    while let Ok(read @ 1..) = said.read(&mut bytes).await {
        kept.extend_from_slice(bytes.get(..read).unwrap_or_default());
        if kept.len() > 2 * KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}
