//! A download that goes on where it stopped, and is kept only if its checksum is right.

use std::{
    fmt::Write as _,
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{StatusCode, header::RANGE};
use sha2::{Digest as _, Sha256};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::{LocalError, Reason, Step};

/// How often a download that breaks off is gone on with.
const TRIES: u32 = 5;
/// A server that says nothing for so long is taken for gone.
const SILENCE: Duration = Duration::from_secs(60);
/// How much of a file is read at once for its checksum, in bytes.
const CHUNK: usize = 256 * 1024;

/// What is wanted.
pub(crate) struct Wanted<'a> {
    pub url: &'a str,
    /// In bytes.
    pub size: u64,
    /// In hexadecimal.
    pub sha256: &'a str,
}

/// Brings a file to `target`. What came of it so far waits beside it, in a file that ends with `.part`.
pub(crate) async fn fetch(
    http: &reqwest::Client,
    wanted: &Wanted<'_>,
    target: &Path,
    tell: &mut impl FnMut(Step),
) -> Result<(), LocalError> {
    let part = part_of(target);
    let mut tries = 0;
    while length(&part).await < wanted.size {
        tries += 1;
        if let Err(error) = go_on(http, wanted, &part, tell).await
            && (tries >= TRIES || !matches!(error, LocalError::Download { .. }))
        {
            return Err(error);
        }
        if tries >= TRIES && length(&part).await < wanted.size {
            return Err(failed(wanted, Reason::BreaksOff));
        }
    }
    if checksum(&part).await? != wanted.sha256 {
        // It would never become right: the next try begins anew.
        let _ = tokio::fs::remove_file(&part).await;
        return Err(LocalError::Checksum {
            url: wanted.url.to_owned(),
        });
    }
    tokio::fs::rename(&part, target)
        .await
        .map_err(|error| LocalError::disk(target, &error))
}

/// Asks for what is missing, and writes it as it comes.
async fn go_on(
    http: &reqwest::Client,
    wanted: &Wanted<'_>,
    part: &Path,
    tell: &mut impl FnMut(Step),
) -> Result<(), LocalError> {
    let mut done = length(part).await;
    let mut request = http.get(wanted.url);
    if done > 0 {
        request = request.header(RANGE, format!("bytes={done}-"));
    }
    let mut response = spoken(wanted, request.send()).await?;
    match response.status() {
        StatusCode::PARTIAL_CONTENT => {}
        // It doesn't know how to go on, and tells all of it again.
        StatusCode::OK => done = 0,
        status => return Err(failed(wanted, Reason::Told(format!("status {status}")))),
    }
    let disk = |error: std::io::Error| LocalError::disk(part, &error);
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .append(done > 0)
        .truncate(done == 0)
        .open(part)
        .await
        .map_err(disk)?;
    tell(Step::Downloading {
        done,
        total: wanted.size,
    });
    loop {
        let bytes = match spoken(wanted, response.chunk()).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => break,
            Err(error) => {
                file.flush().await.map_err(disk)?;
                return Err(error);
            }
        };
        done = done.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if done > wanted.size {
            // More than there should be: the checksum could never be right.
            drop(file);
            let _ = tokio::fs::remove_file(part).await;
            return Err(LocalError::Checksum {
                url: wanted.url.to_owned(),
            });
        }
        file.write_all(&bytes).await.map_err(disk)?;
        tell(Step::Downloading {
            done,
            total: wanted.size,
        });
    }
    file.flush().await.map_err(disk)
}

/// What a server says, if it says something.
async fn spoken<T>(
    wanted: &Wanted<'_>,
    saying: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, LocalError> {
    match timeout(SILENCE, saying).await {
        Ok(said) => said.map_err(|error| {
            let told = error.without_url().to_string();
            failed(wanted, Reason::Told(told))
        }),
        Err(_) => Err(failed(wanted, Reason::Silent(SILENCE.as_secs()))),
    }
}

fn part_of(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

async fn length(path: &Path) -> u64 {
    tokio::fs::metadata(path)
        .await
        .map_or(0, |metadata| metadata.len())
}

fn failed(wanted: &Wanted<'_>, reason: Reason) -> LocalError {
    LocalError::Download {
        url: wanted.url.to_owned(),
        reason,
    }
}

/// A file's SHA-256 in hexadecimal.
async fn checksum(path: &Path) -> Result<String, LocalError> {
    let disk = |error: std::io::Error| LocalError::disk(path, &error);
    let mut file = File::open(path).await.map_err(disk)?;
    let (mut hash, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        let read = file.read(&mut chunk).await.map_err(disk)?;
        let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        hash.update(bytes);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
