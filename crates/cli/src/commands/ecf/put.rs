//! Writing a signed document: whole or not at all, and never over another file.

use std::fs::{File, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::failure::Failure;

/// Writes a file that survives a loss of power. One that is there already is left as it is: with
/// the same bytes it is as good as written, with others it is a fault.
pub(in crate::commands) fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::unusable(format!("{}: {error}", path.display()));
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut draft = tempfile::Builder::new()
        .permissions(Permissions::from_mode(MODE))
        .tempfile_in(folder)
        .map_err(failed)?;
    draft.write_all(bytes).and_then(|()| draft.as_file().sync_all()).map_err(failed)?;
    match draft.persist_noclobber(path) {
        Ok(_) => File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed),
        Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => same(path, bytes),
        Err(refused) => Err(failed(refused.error)),
    }
}

fn same(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let there = super::read(path)?;
    if there == bytes {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "{} is there already, and is another document: nothing was written",
        path.display()
    )))
}

/// As other files are, but for what the caller's umask takes away.
const MODE: u32 = 0o666;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_once_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signed.xml");
        put(&path, b"one").unwrap();
        put(&path, b"one").unwrap();
        assert_eq!(put(&path, b"two").unwrap_err().exit_code(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft stays");
        let nowhere = folder.path().join("no/signed.xml");
        assert_eq!(put(&nowhere, b"one").unwrap_err().exit_code(), 3);
    }
}
