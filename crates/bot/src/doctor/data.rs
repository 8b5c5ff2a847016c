//! The data directory: whether it can be written, the room on its disk, and its database.

use std::path::Path;

use kaiwa_core::{findings::Data, id::UserId, words::Locale};

use crate::store::{self, Inspected, StoreError};

/// The directory and its disk.
pub(super) fn look(directory: &Path) -> Vec<Data> {
    let path = directory.display().to_string();
    let exists = directory.is_dir();
    // What isn't there yet is made in the nearest directory that is.
    let ground = directory
        .ancestors()
        .find(|ancestor| ancestor.exists())
        // A path that isn't there and has no directory in it starts from the working directory.
        .unwrap_or(Path::new("."));
    let mut found = vec![match disk::may_write(ground) {
        Ok(()) => Data::Directory {
            path: path.clone(),
            exists,
            in_use: store::is_in_use(directory),
        },
        Err(reason) => Data::Unwritable {
            path: ground.display().to_string(),
            reason,
        },
    }];
    found.extend(disk::free(ground).map(|free| Data::room(path, free)));
    found
}

/// The database, by what is found in it and who the bot is, where that is known.
pub(super) fn database(
    inspected: Result<Option<Inspected>, StoreError>,
    bot: Option<UserId>,
    locale: Locale,
) -> Data {
    let is_its = |inspected: &Inspected| bot.map_or(Ok(()), |bot| inspected.may_be_of(bot));
    let usable = inspected.and_then(|inspected| {
        inspected.as_ref().map_or(Ok(()), is_its)?;
        Ok(inspected)
    });
    match usable {
        Ok(Some(inspected)) => Data::Database {
            size: inspected.size,
            conversations: inspected.conversations,
            waiting: inspected.waiting,
        },
        Ok(None) => Data::NoDatabase,
        Err(error) => Data::DatabaseUnusable {
            problem: error.told(locale),
        },
    }
}

#[cfg(unix)]
mod disk {
    use std::path::Path;

    use rustix::fs::{Access, access, statvfs};

    /// Whether something may be made in a directory.
    pub(super) fn may_write(directory: &Path) -> Result<(), String> {
        if !directory.is_dir() {
            return Err("it is no directory".to_owned());
        }
        access(directory, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| error.to_string())
    }

    /// How many bytes are free for this user on a directory's disk; none where the system doesn't tell.
    pub(super) fn free(directory: &Path) -> Option<u64> {
        let disk = statvfs(directory).ok()?;
        // What is no disk (such as /proc) has no blocks at all.
        (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

#[cfg(not(unix))]
mod disk {
    use std::path::Path;

    /// Whether something may be made in a directory.
    pub(super) fn may_write(directory: &Path) -> Result<(), String> {
        if directory.is_dir() {
            Ok(())
        } else {
            Err("it is no directory".to_owned())
        }
    }

    /// Not known here.
    pub(super) fn free(_: &Path) -> Option<u64> {
        None
    }
}
