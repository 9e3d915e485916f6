//! Reading the files that open a key, and writing one that nobody else may read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::SigningError;

/// Reads a file that anybody may read, of at most `limit` bytes; `what` is its name in an error.
pub(crate) fn read(what: &'static str, path: &Path, limit: usize) -> Result<Vec<u8>, SigningError> {
    let file = open_regular(what, path)?;
    read_bounded(file, what, path, limit).map(|bytes| bytes.to_vec())
}

/// Reads a file that its owner alone may touch, and refuses one that others can read or replace.
pub(crate) fn read_secret(
    what: &'static str,
    path: &Path,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, SigningError> {
    let file = open_regular(what, path)?;
    // Asked of the open file, not of the path, so that it is the file which is then read.
    let mode = file.metadata().map_err(unreadable(what, path))?.permissions().mode() & MODE_BITS;
    if mode & OTHERS != 0 {
        return Err(SigningError::FileExposed { what, path: path.to_owned(), mode });
    }
    read_bounded(file, what, path, limit)
}

/// Writes a new file of mode 0600 that survives a loss of power, and the folders above it with
/// mode 0700. An existing file is left alone, whatever it is.
pub(crate) fn create_secret(path: &Path, contents: &[u8]) -> Result<(), SigningError> {
    let folder = folder_of(path);
    let to_sync = folders_to_sync(folder);
    let unwritable = |source| SigningError::FileUnwritable { path: path.to_owned(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = file.map_err(|error| not_created(path, error))?;
    if let Err(error) = write_durably(file, contents) {
        // Half a key would only stand in the way of the next attempt.
        let _ = fs::remove_file(path);
        return Err(unwritable(error));
    }
    let synced = to_sync.into_iter().try_for_each(|folder| File::open(folder)?.sync_all());
    synced.map_err(unwritable)
}

fn write_durably(mut file: File, contents: &[u8]) -> io::Result<()> {
    file.write_all(contents)?;
    file.sync_all()
}

fn not_created(path: &Path, source: io::Error) -> SigningError {
    if source.kind() == io::ErrorKind::AlreadyExists {
        return SigningError::KeyExists { place: path.display().to_string() };
    }
    SigningError::FileUnwritable { path: path.to_owned(), source }
}

/// A pipe or a device would hang or never end, so only regular files are opened at all.
fn open_regular(what: &'static str, path: &Path) -> Result<File, SigningError> {
    let metadata = fs::metadata(path).map_err(unreadable(what, path))?;
    if !metadata.is_file() {
        return Err(SigningError::NotAFile { what, path: path.to_owned() });
    }
    File::open(path).map_err(unreadable(what, path))
}

fn read_bounded(
    file: File,
    what: &'static str,
    path: &Path,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, SigningError> {
    // All the room at once: a vector that grows leaves copies of a secret behind.
    let mut bytes = Zeroizing::new(vec![0; limit + 1]);
    let mut length = 0;
    let mut file = file;
    while length < bytes.len() {
        match file.read(&mut bytes[length..]).map_err(unreadable(what, path))? {
            0 => break,
            count => length += count,
        }
    }
    if length > limit {
        return Err(SigningError::FileTooLong { what, path: path.to_owned(), limit });
    }
    bytes.truncate(length);
    Ok(bytes)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The folders whose list of entries is about to change: the file's own, and the parent of each
/// that has to be made.
fn folders_to_sync(folder: &Path) -> Vec<&Path> {
    let missing = folder.ancestors().take_while(|ancestor| !ancestor.exists());
    std::iter::once(folder).chain(missing.map(folder_of)).collect()
}

fn unreadable(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SigningError {
    let path = path.to_owned();
    move |source| SigningError::FileUnreadable { what, path, source }
}

const MODE_BITS: u32 = 0o7777;
/// Any right of the group or of others.
const OTHERS: u32 = 0o077;
