//! One file out of a ZIP archive.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use crate::LocalError;

/// Writes a member of an archive to `target`, whole or not at all.
pub(crate) async fn member(archive: &Path, member: &str, target: &Path) -> Result<(), LocalError> {
    let (archive, member, target) = (archive.to_owned(), member.to_owned(), target.to_owned());
    let unpacking = tokio::task::spawn_blocking(move || unpack(&archive, &member, &target));
    match unpacking.await {
        Ok(unpacked) => unpacked,
        Err(error) => Err(LocalError::Helper {
            said: error.to_string(),
        }),
    }
}

fn unpack(archive: &Path, member: &str, target: &PathBuf) -> Result<(), LocalError> {
    let broken = |error: zip::result::ZipError| LocalError::disk(archive, &io::Error::other(error));
    let disk = |error: io::Error| LocalError::disk(target, &error);
    let file = File::open(archive).map_err(|error| LocalError::disk(archive, &error))?;
    let mut archive = zip::ZipArchive::new(file).map_err(broken)?;
    let mut packed = archive.by_name(member).map_err(broken)?;
    let directory = target.parent().unwrap_or(Path::new("."));
    let mut whole = tempfile::NamedTempFile::new_in(directory).map_err(disk)?;
    io::copy(&mut packed, &mut whole).map_err(disk)?;
    // A file of that name counts as the model: it must be on the disk before it has the name, should the power fail.
    whole.as_file().sync_all().map_err(disk)?;
    whole.persist(target).map_err(|error| disk(error.error))?;
    // Not every system lets one do so. A name that is lost is brought again.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}
