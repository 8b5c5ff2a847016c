//! The sign of life: a file in the data directory, touched as long as every shard is connected. `kaiwa health` and whatever
//! watches over a container ask it, so no port has to be opened, and nothing has to be asked of Discord.

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokio::time::MissedTickBehavior;

use crate::discord::connected::Connected;

/// The file.
const FILE: &str = "kaiwa.alive";
/// How often it is touched.
const BEAT: Duration = Duration::from_secs(10);
/// A file that was not touched for so long is of a bot that isn't connected: a dropped connection mostly comes back sooner.
const SILENCE: Duration = Duration::from_secs(60);

/// How a bot is, as its file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It runs, and every shard is connected.
    Connected,
    /// It has not been connected for so long.
    Silent(Duration),
    /// It isn't running, or was never connected.
    Absent,
}

/// How the bot of a data directory is.
pub fn health(directory: &Path) -> Health {
    let touched = std::fs::metadata(directory.join(FILE)).and_then(|file| file.modified());
    let Ok(touched) = touched else {
        return Health::Absent;
    };
    // A file from the future is of a clock that was set back since: it was touched just before.
    let ago = SystemTime::now().duration_since(touched);
    let ago = ago.unwrap_or_default();
    if ago < SILENCE {
        Health::Connected
    } else {
        Health::Silent(ago)
    }
}

/// Touches the file for as long as it runs, whenever all shards are connected.
pub(crate) async fn beat(directory: PathBuf, connected: Connected, shards: u32) {
    let mut beats = tokio::time::interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = beats.tick() => {}
            () = connected.changed() => {}
        }
        if connected.count() >= shards as usize
            && let Err(error) = touch(&directory.join(FILE))
        {
            tracing::debug!(%error, "the sign of life can't be written");
        }
    }
}

/// The bot ends: it gives no sign of life any more.
pub(crate) fn end(directory: &Path) {
    // It isn't there where no shard has been connected.
    let _ = std::fs::remove_file(directory.join(FILE));
}

fn touch(path: &Path) -> io::Result<()> {
    open(path)?.set_modified(SystemTime::now())
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_as_well_as_its_last_sign_of_life() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        assert_eq!(health(directory.path()), Health::Absent);
        touch(&path).unwrap();
        assert_eq!(health(directory.path()), Health::Connected);
        let before = SystemTime::now() - Duration::from_secs(90);
        open(&path).unwrap().set_modified(before).unwrap();
        assert!(
            matches!(health(directory.path()), Health::Silent(ago) if ago >= Duration::from_secs(90))
        );
        end(directory.path());
        assert_eq!(health(directory.path()), Health::Absent);
    }
}
