//! Reading the files that open a key, and writing new ones that nobody finds half written.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

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

/// A file that is to be made.
pub(crate) struct NewFile<'a> {
    pub(crate) path: &'a Path,
    pub(crate) contents: &'a [u8],
    pub(crate) access: Access,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    /// Mode 0600.
    Owner,
    /// Mode 0644, for what is public anyway.
    Everybody,
}

/// Writes a new file of mode 0600; see [`create_all`].
pub(crate) fn create_secret(path: &Path, contents: &[u8]) -> Result<(), SigningError> {
    create_all(&[NewFile { path, contents, access: Access::Owner }])
}

/// Writes new files that survive a loss of power, and the folders above them with mode 0700. All
/// of them appear, each whole, or none does. An existing file is left alone, whatever it is.
pub(crate) fn create_all(files: &[NewFile<'_>]) -> Result<(), SigningError> {
    // Asked before any folder is made, since it is the new ones that matter.
    let folders: BTreeSet<&Path> =
        files.iter().flat_map(|file| folders_to_sync(folder_of(file.path))).collect();
    let drafts: Vec<Draft<'_>> = files.iter().map(Draft::write).collect::<Result<_, _>>()?;
    for (count, draft) in drafts.iter().enumerate() {
        if let Err(error) = draft.publish() {
            for published in &drafts[..count] {
                let _ = fs::remove_file(published.file.path);
            }
            return Err(error);
        }
    }
    drop(drafts);
    let sync = |folder: &Path| File::open(folder)?.sync_all();
    folders.into_iter().try_for_each(|folder| sync(folder).map_err(unwritable(folder)))
}

/// A file under a passing name beside its own.
struct Draft<'a> {
    file: &'a NewFile<'a>,
    path: PathBuf,
}

impl<'a> Draft<'a> {
    fn write(file: &'a NewFile<'a>) -> Result<Self, SigningError> {
        let folder = folder_of(file.path);
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(unwritable(file.path))?;
        let path = folder.join(passing_name(file.path));
        let mode = file.access.mode();
        let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
        let opened = opened.map_err(unwritable(file.path))?;
        let draft = Self { file, path };
        write_durably(opened, file.contents).map_err(unwritable(file.path))?;
        Ok(draft)
    }

    /// Gives it its own name at one stroke, and fails where something has that name: unlike a
    /// renaming, which would replace it.
    fn publish(&self) -> Result<(), SigningError> {
        fs::hard_link(&self.path, self.file.path)
            .map_err(|error| not_created(self.file.path, error))
    }
}

/// A name that no other process has, nor another thread of this one.
fn passing_name(path: &Path) -> OsString {
    let count = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{count}.new", std::process::id()));
    name
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // A private key under a name that nobody looks for must not stay behind.
        let _ = fs::remove_file(&self.path);
    }
}

impl Access {
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everybody => 0o644,
        }
    }
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

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> SigningError {
    let path = path.to_owned();
    move |source| SigningError::FileUnwritable { path, source }
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

/// How many drafts this process has written.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

const MODE_BITS: u32 = 0o7777;
/// Any right of the group or of others.
const OTHERS: u32 = 0o077;
