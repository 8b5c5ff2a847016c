//! A model is brought from a server that serves well, breaks off, lies, or is not there.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests may stop at the first surprise"
)]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use kaiwa_local::{Choice, Known, LocalError, Options, Reason, Step, start};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// What a server does with one request: so many bytes of the file, from the place that was asked for.
#[derive(Clone, Copy)]
enum Serves {
    Bytes(usize),
    /// All of it again, whatever was asked for.
    AllAgain,
    Status(u16),
    /// Nothing, for ever.
    Nothing,
}

/// A server that serves a file in its own way, and keeps the `Range` of each request.
async fn server(file: Vec<u8>, ways: Vec<Serves>) -> (String, Arc<Mutex<Vec<Option<usize>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/model.zip", listener.local_addr().unwrap());
    let ranges = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&ranges);
    tokio::spawn(async move {
        let mut ways = ways.into_iter();
        let mut silent = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let read = socket.read(&mut head).await.unwrap();
            let head = String::from_utf8_lossy(&head[..read]).to_ascii_lowercase();
            let range = head
                .lines()
                .find_map(|line| line.strip_prefix("range: bytes="))
                .and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
            kept.lock().unwrap().push(range);
            let from = range.unwrap_or_default();
            let (status, from, bytes) = match ways.next().unwrap_or(Serves::Status(500)) {
                Serves::Nothing => {
                    silent.push(socket);
                    continue;
                }
                Serves::Bytes(bytes) if range.is_some() => (206, from, bytes),
                Serves::Bytes(bytes) => (200, 0, bytes),
                Serves::AllAgain => (200, 0, file.len()),
                Serves::Status(status) => (status, file.len(), 0),
            };
            let rest = &file[from.min(file.len())..];
            let head = format!(
                "HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                rest.len()
            );
            let _ = socket.write_all(head.as_bytes()).await;
            let _ = socket.write_all(&rest[..bytes.min(rest.len())]).await;
            let _ = socket.shutdown().await;
        }
    });
    (url, ranges)
}

/// An archive that holds a file which is no model: the helper is not reached, or says so.
fn archive() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut zip = zip::ZipWriter::new(&mut bytes);
    zip.start_file::<_, ()>("a/model.gguf", zip::write::FileOptions::default())
        .unwrap();
    zip.write_all(&b"no model at all ".repeat(4096)).unwrap();
    zip.finish().unwrap();
    bytes.into_inner()
}

/// The SHA-256 of a file.
fn sum(file: &[u8]) -> String {
    use sha2::Digest as _;
    let sum = sha2::Sha256::digest(file);
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where it lies when it is here.
fn brought(directory: &Path, file: &[u8], ending: &str) -> PathBuf {
    directory.join(format!("tiny-{}.{ending}", &sum(file)[..12]))
}

fn known(url: &str, file: &[u8], member: &str) -> &'static Known {
    Box::leak(Box::new(Known {
        name: "tiny".to_owned(),
        about: "tiny".to_owned(),
        licence: "MIT".to_owned(),
        url: url.to_owned(),
        size: file.len() as u64,
        sha256: sum(file),
        member: member.to_owned(),
    }))
}

/// A directory in which the helper seems to be installed already: its Python ends at once.
fn prepared(directory: &Path) {
    let home = directory.join("python");
    std::fs::create_dir_all(home.join("bin")).unwrap();
    std::fs::write(
        home.join("installed.txt"),
        include_str!("../../src/server.txt"),
    )
    .unwrap();
    let python = home.join("bin").join("python");
    std::fs::write(
        &python,
        "#!/bin/sh\n[ $# = 2 ] && exit 0\necho 'no such model' >&2\nexit 1\n",
    )
    .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

async fn bring(model: &'static Known, directory: &Path) -> (LocalError, Vec<Step>) {
    prepared(directory);
    let options = Options {
        model: Choice::Known(model),
        directory: directory.to_owned(),
    };
    let http = kaiwa_bot::http::http_client().unwrap();
    let mut steps = Vec::new();
    let started = start(&options, &http, |step| steps.push(step)).await;
    (started.expect_err("nothing serves here"), steps)
}

#[tokio::test]
async fn it_is_brought_checked_unpacked_and_then_the_helper_says_what_is_wrong_with_it() {
    let file = archive();
    let (url, _) = server(file.clone(), vec![Serves::Bytes(usize::MAX)]).await;
    let directory = tempfile::tempdir().unwrap();
    let (error, steps) = bring(known(&url, &file, "a/model.gguf"), directory.path()).await;
    assert!(
        matches!(&error, LocalError::Helper { said } if said == "no such model"),
        "{error}"
    );
    let total = file.len() as u64;
    assert_eq!(steps[0], Step::Downloading { done: 0, total });
    assert!(steps.contains(&Step::Downloading { done: total, total }));
    assert_eq!(steps.last(), Some(&Step::Loading));
    let model = std::fs::read(brought(directory.path(), &file, "gguf")).unwrap();
    assert!(model.starts_with(b"no model at all"));
    assert!(!brought(directory.path(), &file, "zip").exists());

    // It is here now: nothing is asked for again.
    let (error, steps) = bring(known(&url, &file, "a/model.gguf"), directory.path()).await;
    assert!(matches!(error, LocalError::Helper { .. }));
    assert_eq!(steps, [Step::Loading]);
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_stopped() {
    let file = archive();
    let ways = vec![
        Serves::Bytes(10),
        Serves::Bytes(30),
        Serves::Bytes(usize::MAX),
    ];
    let (url, ranges) = server(file.clone(), ways).await;
    let directory = tempfile::tempdir().unwrap();
    let (error, _) = bring(known(&url, &file, "a/model.gguf"), directory.path()).await;
    assert!(matches!(error, LocalError::Helper { .. }), "{error}");
    assert_eq!(*ranges.lock().unwrap(), [None, Some(10), Some(40)]);
}

#[tokio::test]
async fn a_server_that_can_not_go_on_tells_all_of_it_again() {
    let file = archive();
    let (url, _) = server(file.clone(), vec![Serves::Bytes(10), Serves::AllAgain]).await;
    let directory = tempfile::tempdir().unwrap();
    let (error, _) = bring(known(&url, &file, "a/model.gguf"), directory.path()).await;
    assert!(matches!(error, LocalError::Helper { .. }), "{error}");
}

#[tokio::test]
async fn what_is_not_the_right_file_is_thrown_away() {
    let file = archive();
    for (wrong, size) in [
        (file.clone(), file.len()),
        ([file.as_slice(), b"!"].concat(), file.len()),
    ] {
        let mut changed = wrong.clone();
        changed[20] ^= 1;
        let (url, _) = server(changed, vec![Serves::AllAgain]).await;
        let directory = tempfile::tempdir().unwrap();
        let (error, _) = bring(known(&url, &file[..size], "a/model.gguf"), directory.path()).await;
        assert!(matches!(error, LocalError::Checksum { .. }), "{error}");
        assert!(!brought(directory.path(), &file[..size], "zip.part").exists());
    }
}

#[tokio::test]
async fn a_server_that_refuses_or_is_not_there_is_named() {
    let file = archive();
    let directory = tempfile::tempdir().unwrap();
    let (url, ranges) = server(file.clone(), vec![Serves::Status(404); 9]).await;
    let (error, _) = bring(known(&url, &file, "a/model.gguf"), directory.path()).await;
    assert!(
        matches!(&error, LocalError::Download { reason: Reason::Told(reason), .. } if reason.contains("404")),
        "{error}"
    );
    assert_eq!(ranges.lock().unwrap().len(), 5);
    let (error, _) = bring(
        known("http://127.0.0.1:1/model.zip", &file, "a/model.gguf"),
        directory.path(),
    )
    .await;
    assert!(matches!(error, LocalError::Download { .. }), "{error}");
}

/// Nobody waits: time passes as soon as nothing else happens.
#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_is_left() {
    let file = archive();
    let directory = tempfile::tempdir().unwrap();
    let (url, _) = server(file.clone(), vec![Serves::Nothing; 5]).await;
    let (error, _) = bring(known(&url, &file, "a/model.gguf"), directory.path()).await;
    let LocalError::Download { reason, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*reason, Reason::Silent(60));
}

#[tokio::test]
async fn an_archive_without_the_model_is_named() {
    let file = archive();
    let (url, _) = server(file.clone(), vec![Serves::AllAgain]).await;
    let directory = tempfile::tempdir().unwrap();
    let (error, _) = bring(known(&url, &file, "a/other.gguf"), directory.path()).await;
    assert!(
        matches!(&error, LocalError::Disk { path, .. } if *path == brought(directory.path(), &file, "zip")),
        "{error}"
    );
}

#[test]
fn a_model_is_a_name_or_a_file() {
    assert!(matches!(Choice::parse("smollm2"), Ok(Choice::Known(_))));
    let file = tempfile::NamedTempFile::with_suffix(".gguf").unwrap();
    let choice = Choice::parse(file.path().to_str().unwrap()).unwrap();
    assert_eq!(Path::new(&choice.name()), file.path().file_stem().unwrap());
    assert!(matches!(
        Choice::parse("gpt-9"),
        Err(LocalError::UnknownModel { .. })
    ));
}

#[tokio::test]
async fn another_model_under_the_same_name_is_brought_too() {
    let directory = tempfile::tempdir().unwrap();
    let old = archive();
    let (url, _) = server(old.clone(), vec![Serves::AllAgain]).await;
    let _ = bring(known(&url, &old, "a/model.gguf"), directory.path()).await;
    // What stands behind the archive makes it another one.
    let new = [old.as_slice(), b"and more"].concat();
    let (url, ranges) = server(new.clone(), vec![Serves::AllAgain]).await;
    let _ = bring(known(&url, &new, "a/model.gguf"), directory.path()).await;
    assert_eq!(ranges.lock().unwrap().len(), 1);
}

#[test]
fn who_waits_for_another_process_can_be_told_to_stop() {
    let directory = tempfile::tempdir().unwrap();
    let lock = std::fs::File::create(directory.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let options = Options {
        model: Choice::parse("smollm2").unwrap(),
        directory: directory.path().to_owned(),
    };
    let (told, ended) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        let http = kaiwa_bot::http::http_client().unwrap();
        runtime.block_on(async {
            let started = std::pin::pin!(start(&options, &http, |_| ()));
            let waited = std::time::Duration::from_millis(300);
            assert!(tokio::time::timeout(waited, started).await.is_err());
        });
        // A runtime waits for whatever its threads are at.
        drop(runtime);
        told.send(()).unwrap();
    });
    let ended = ended.recv_timeout(std::time::Duration::from_secs(30));
    drop(lock);
    waiting.join().unwrap();
    ended.expect("it ends while the other process goes on");
}
