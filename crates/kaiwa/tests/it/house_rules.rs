//! The rules of the house, as far as a machine can see them: who imports whom, and how a file looks.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of source may have so many lines of code, tests not counted.
const LINES: usize = 400;

/// A file of source: where it is below `crates`, and what stands in it.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The part before the tests at its end.
    fn code(&self) -> &str {
        self.text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default()
    }

    /// Its lines of code: no comments, no blank ones.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code().lines().map(str::trim);
        (1..)
            .zip(lines)
            .filter(|(_, line)| !line.is_empty() && !line.starts_with("//"))
    }

    /// Whether it holds tests alone.
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

/// Every file of source below `crates` whose path begins with one of these.
fn sources(below: &[&str]) -> Vec<Source> {
    fn collect(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    collect(crates, &mut found);
    let sources = found.into_iter().map(|path| Source {
        path: path
            .strip_prefix(crates)
            .unwrap()
            .to_str()
            .unwrap()
            .replace('\\', "/"),
        text: fs::read_to_string(&path).unwrap(),
    });
    let sources: Vec<Source> = sources
        .filter(|source| below.iter().any(|below| source.path.starts_with(below)))
        .collect();
    assert!(!sources.is_empty(), "nothing is there below {below:?}");
    sources
}

fn fails(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// The places below `room` that name one of `names`.
fn named(room: &str, names: &[&str]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources(&[room]).iter().filter(|source| !source.is_test()) {
        for (number, line) in source.lines() {
            for name in names.iter().filter(|name| line.contains(**name)) {
                broken.push(format!("{}:{number} names {name}: {line}", source.path));
            }
        }
    }
    broken
}

/// Fails on places outside their home; and where none is at home, because then nothing was looked at.
fn outside(home: &str, places: Vec<String>) {
    let (at_home, strays): (Vec<String>, Vec<String>) = places
        .into_iter()
        .partition(|place| place.starts_with(home));
    assert!(!at_home.is_empty(), "nothing is found in {home}");
    fails(&strays);
}

/// What a crate depends on when it runs, by the table in its manifest.
fn dependencies(of: &str) -> Vec<String> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(of)
        .join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let table = manifest.split("[dependencies]\n").nth(1).unwrap();
    table
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let never = [
        (
            "core",
            &[
                "tokio", "reqwest", "rusqlite", "twilight", "kaiwa", "tracing",
            ][..],
        ),
        ("draw", &["kaiwa", "tokio", "reqwest"]),
        ("bot", &["kaiwa-sim"]),
        ("sim", &["kaiwa", "twilight"]),
    ];
    for (of, never) in never {
        for dependency in dependencies(of) {
            assert!(
                !never.iter().any(|never| dependency.starts_with(never)),
                "{of} depends on {dependency}"
            );
        }
    }
}

#[test]
fn the_rules_know_no_clock_no_files_and_no_environment() {
    let outside = [
        "std::fs",
        "std::env",
        "std::net",
        "std::io",
        "std::thread",
        "Instant::now",
        "SystemTime",
        "env::var",
    ];
    fails(&named("core/src", &outside));
}

#[test]
fn rooms_do_not_know_each_other() {
    let rooms = [
        (
            "bot/src/discord",
            &[
                "crate::model",
                "crate::store",
                "crate::lanes",
                "crate::app",
                "crate::turn",
            ][..],
        ),
        (
            "bot/src/model",
            &[
                "crate::discord",
                "crate::store",
                "crate::lanes",
                "crate::app",
                "crate::turn",
            ],
        ),
        (
            "bot/src/store",
            &[
                "crate::discord",
                "crate::model",
                "crate::lanes",
                "crate::app",
                "crate::turn",
            ],
        ),
        ("bot/src/pictures.rs", &["crate::"]),
        (
            "bot/src/lanes.rs",
            &[
                "crate::discord",
                "crate::model",
                "crate::store",
                "crate::app",
                "crate::turn",
            ],
        ),
    ];
    for (room, others) in rooms {
        fails(&named(room, others));
    }
}

#[test]
fn foreign_types_stay_in_their_room() {
    let at_home = [
        ("twilight_", "bot/src/discord/"),
        ("rusqlite::", "bot/src/store/"),
        ("kaiwa_draw::", "bot/src/pictures.rs"),
    ];
    for (foreign, home) in at_home {
        let strays = named("bot/src", &[foreign]);
        outside(home, strays);
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    let readers = ["bot/src", "draw/src", "sim/src", "kaiwa/src"]
        .map(|room| named(room, &["std::env", "env::var"]));
    outside("bot/src/config/", readers.concat());
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources(&["core/", "draw/", "bot/", "sim/", "kaiwa/", "bench/"]);
    let silent = silent
        .iter()
        .filter(|source| !source.text.starts_with("//! "));
    fails(
        &silent
            .map(|source| format!("{} does not begin with //!", source.path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn tests_stand_in_modules_of_their_own() {
    let mut broken = Vec::new();
    for source in sources(&[
        "core/src",
        "draw/src",
        "bot/src",
        "sim/src",
        "kaiwa/src",
        "bench/src",
    ]) {
        let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
        for (number, line) in (1..).zip(&lines) {
            let follows = lines.get(number).copied().unwrap_or_default();
            if line.starts_with("#[cfg(test)]") && !follows.starts_with("mod ") {
                broken.push(format!(
                    "{}:{number} is for tests and no module of tests: {follows}",
                    source.path
                ));
            }
        }
    }
    fails(&broken);
}

#[test]
fn no_file_is_too_long() {
    let long = sources(&[
        "core/src",
        "draw/src",
        "bot/src",
        "sim/src",
        "kaiwa/src",
        "bench/src",
    ]);
    let long = long
        .iter()
        .filter(|source| !source.is_test())
        .map(|source| (source, source.lines().count()));
    let long = long.filter(|(_, lines)| *lines > LINES);
    fails(
        &long
            .map(|(source, lines)| format!("{} has {lines} lines of code", source.path))
            .collect::<Vec<_>>(),
    );
}

/// The files of the page, which are no Rust: each says what it is, none is long, and nothing that somebody wrote is read as HTML.
#[test]
fn the_page_keeps_the_rules_too() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim/page");
    let mut broken = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(page).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        count += 1;
        let lines = text.lines().count();
        if lines > LINES {
            broken.push(format!("{} has {lines} lines", path.display()));
        }
        let is_page = path
            .extension()
            .is_some_and(|extension| extension == "html");
        if !is_page && !text.starts_with("// ") && !text.starts_with("/* ") {
            broken.push(format!("{} does not say what it is", path.display()));
        }
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            if text.contains(way) {
                broken.push(format!("{} uses {way}", path.display()));
            }
        }
    }
    assert!(count > 20, "the page is not there");
    fails(&broken);
}

#[test]
fn snapshots_stand_beside_what_they_show() {
    fn directories(directory: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories(&path, found);
            } else if path.to_string_lossy().contains(".snap") {
                found.push(format!(
                    "{} is a snapshot in a file of its own",
                    path.display()
                ));
            }
        }
    }
    let mut found = Vec::new();
    directories(
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap(),
        &mut found,
    );
    fails(&found);
}
