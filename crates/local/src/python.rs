//! An environment of its own for the helper, made once: a Python of this machine with the one module that it needs.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::Stdio,
};

use tokio::process::Command;

use crate::{LocalError, Step};

/// What is installed, with the checksums of every platform's build.
const WANTED: &str = include_str!("server.txt");
/// How Python may be called.
const PYTHONS: [&str; 3] = ["python3", "python", "py"];
/// Ends well where Python is new enough for the helper.
const NEW_ENOUGH: &str = "import sys; sys.exit(sys.version_info < (3, 10))";
/// Ends well where the helper's module is there.
const IMPORTS: &str = "import xllamacpp";
/// So many of the installer's last lines are told.
const LINES: usize = 5;

/// A Python that has the helper's module.
pub(crate) struct Python {
    program: OsString,
    /// The directory of its modules, where it has no environment of its own.
    modules: Option<OsString>,
}

impl Python {
    /// A command that runs it.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(modules) = &self.modules {
            command.env("PYTHONPATH", modules);
        }
        command
    }

    async fn has_module(&self) -> bool {
        let mut command = self.command();
        let tried = command.args(["-c", IMPORTS]).stdin(Stdio::null());
        let tried = tried.kill_on_drop(true).output().await;
        tried.is_ok_and(|output| output.status.success())
    }
}

/// The Python that has the helper's module, with the module installed if it isn't yet.
pub(crate) async fn environment(
    directory: &Path,
    tell: &mut impl FnMut(Step),
) -> Result<Python, LocalError> {
    let home = directory.join("python");
    let installed = home.join("installed.txt");
    let is_there = tokio::fs::read_to_string(&installed).await;
    if is_there.is_ok_and(|text| text == WANTED) {
        let python = found(&home).await?;
        // A Python that was made newer since has other modules, and doesn't find those of the one before.
        if python.has_module().await {
            return Ok(python);
        }
    }
    tell(Step::Installing);
    // One that was left half made, or is of an older version or for another Python, is made anew.
    let _ = tokio::fs::remove_dir_all(&home).await;
    let disk = |error: std::io::Error| LocalError::disk(&home, &error);
    tokio::fs::create_dir_all(&home).await.map_err(disk)?;
    let list = directory.join("wanted.txt");
    tokio::fs::write(&list, WANTED).await.map_err(disk)?;
    let system = system_python().await.ok_or(LocalError::NoPython)?;
    let make = [OsStr::new("-m"), OsStr::new("venv"), home.as_os_str()];
    let made = run(system.as_ref(), &make);
    let modules = home.join("modules");
    // Some systems leave out what environments are made with, but have an installer.
    let (program, target) = match made.await {
        Ok(()) => (own(&home), None),
        Err(_) => (system.into(), Some(modules.as_os_str())),
    };
    let mut install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "-r",
    ]
    .map(OsStr::new)
    .to_vec();
    install.push(list.as_os_str());
    if let Some(target) = target {
        install.extend([OsStr::new("--target"), target]);
    }
    run(&program, &install).await?;
    tokio::fs::write(&installed, WANTED).await.map_err(disk)?;
    found(&home).await
}

/// The environment that was made before.
async fn found(home: &Path) -> Result<Python, LocalError> {
    let modules = home.join("modules");
    if tokio::fs::try_exists(&modules).await.unwrap_or_default() {
        let system = system_python().await.ok_or(LocalError::NoPython)?;
        return Ok(Python {
            program: system.into(),
            modules: Some(modules.into()),
        });
    }
    Ok(Python {
        program: own(home),
        modules: None,
    })
}

/// The Python of an environment.
fn own(home: &Path) -> OsString {
    if cfg!(windows) {
        home.join("Scripts").join("python.exe").into()
    } else {
        home.join("bin").join("python").into()
    }
}

/// A Python that is new enough.
async fn system_python() -> Option<&'static str> {
    for name in PYTHONS {
        let tried = Command::new(name)
            .args(["-c", NEW_ENOUGH])
            .stdin(Stdio::null())
            .output()
            .await;
        if tried.is_ok_and(|output| output.status.success()) {
            return Some(name);
        }
    }
    None
}

async fn run(program: &OsStr, arguments: &[&OsStr]) -> Result<(), LocalError> {
    let output = Command::new(program)
        .args(arguments)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| LocalError::Install {
            said: error.to_string(),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(LocalError::Install {
        said: last_lines(&String::from_utf8_lossy(&said), LINES),
    })
}

/// The last lines of what a program said that say something.
pub(crate) fn last_lines(said: &str, count: usize) -> String {
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let from = lines.len().saturating_sub(count);
    lines.get(from..).unwrap_or_default().join("\n")
}
