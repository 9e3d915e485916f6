//! Anchors in files: one for each process that is up at once, all of its outlets in it.
//!
//! One file and not one an outlet: a pass costs one sync however many outlets sealed since the last.
//! The file is written whole beside its place and renamed into it, so that it is never seen in part.
//! Processes over one folder do not meet: each holds the lock of a number, the first that is free, and
//! reads the files of all.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::text::FILE_BYTES_MAX;
use super::{AnchorShelf, Kept};

/// A folder of anchors, and the number in it that this process holds.
#[derive(Debug)]
pub struct AnchorFolder {
    folder: PathBuf,
    own: PathBuf,
    _lock: File,
}

impl AnchorFolder {
    /// Makes the folder if it is not there, and takes the first number that no other process holds.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| named(folder, &error))?;
        for number in 1..=PROCESSES_MAX {
            let lock = folder.join(format!("{number}.lock"));
            let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&lock);
            let file = opened.map_err(|error| named(&lock, &error))?;
            match file.try_lock() {
                Ok(()) => {
                    let own = folder.join(format!("{number}.{EXTENSION}"));
                    return Ok(Self { folder: folder.to_owned(), own, _lock: file });
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(named(&lock, &error)),
            }
        }
        let full = io::Error::other(format!("{PROCESSES_MAX} processes use it already"));
        Err(named(folder, &full))
    }
}

impl AnchorShelf for AnchorFolder {
    fn load(&self) -> io::Result<Vec<Kept>> {
        let mut kept = Vec::new();
        for number in 1..=PROCESSES_MAX {
            let path = self.folder.join(format!("{number}.{EXTENSION}"));
            if let Some(bytes) = read(&path).map_err(|error| named(&path, &error))? {
                let (name, is_own) = (path.display().to_string(), path == self.own);
                kept.push(Kept { name, bytes, is_own });
            }
        }
        Ok(kept)
    }

    fn keep(&self, bytes: &[u8]) -> io::Result<()> {
        let new = self.own.with_extension("new");
        let mut file = File::create(&new).map_err(|error| named(&new, &error))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|error| named(&new, &error))?;
        std::fs::rename(&new, &self.own).map_err(|error| named(&self.own, &error))?;
        // The new name is durable with its folder.
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| named(&self.folder, &error))
    }
}

/// A little more than a file may have, so that a longer one is seen to be.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Processes of one machine over one folder: servers, agents and a command beside them.
const PROCESSES_MAX: u32 = 64;
const EXTENSION: &str = "anchors";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_has_its_file_and_reads_those_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("anchors");
        let first = AnchorFolder::open(&folder).unwrap();
        assert!(first.load().unwrap().is_empty());
        first.keep(b"one").unwrap();
        first.keep(b"two").unwrap();
        let second = AnchorFolder::open(&folder).unwrap();
        second.keep(b"three").unwrap();
        let own = |shelf: &AnchorFolder| {
            let kept = shelf.load().unwrap().into_iter();
            kept.map(|kept| (kept.bytes, kept.is_own)).collect::<Vec<_>>()
        };
        assert_eq!(own(&first), [(b"two".to_vec(), true), (b"three".to_vec(), false)]);
        drop(first);
        let third = AnchorFolder::open(&folder).unwrap();
        assert_eq!(own(&third), [(b"two".to_vec(), true), (b"three".to_vec(), false)]);
    }

    #[test]
    fn an_error_names_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file");
        std::fs::write(&file, "").unwrap();
        let error = AnchorFolder::open(&file).unwrap_err();
        assert!(error.to_string().contains("a file"), "{error}");
    }
}
